"""Fuzzing of every data file that the program reads: answers, protocols, recordings, histories and so on.

    python scripts/fuzz_files.py --count 1000                  every target, a thousand inputs each
    python scripts/fuzz_files.py --only recording --first 37 --count 1

Each input is made from a good file by its target and number alone (a seed), so that a fault can be had again.
Inputs run in a worker process through the command line's own main function, with a limit of time for each and
of memory for all; a worker that hangs or dies is replaced, and the input counts as a hang or a crash. Exit
status 1 when anything but answers and refusals came.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

HERE: Final = Path(__file__).resolve()
LIMIT_S: Final = 30.0
"""For one input; the slowest good one takes two seconds."""
START_S: Final = 120.0
"""Until a worker's first word."""
MEMORY_MB: Final = 4096
"""Address space of a worker; mediapipe is not loaded."""
FAULTS: Final = ("fault", "hang", "crash")


@dataclass
class Tally:
    """What the inputs of one target came to."""

    target: str
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[int, str]] = field(default_factory=list)
    slowest_s: float = 0.0

    def add(self, seed: int, kind: str, told: str, seconds: float) -> None:
        """Take one input's verdict."""
        self.counts[kind] += 1
        self.slowest_s = max(self.slowest_s, seconds)
        if kind in FAULTS:
            self.faults.append((seed, f"{kind}: {told}"))

    @property
    def row(self) -> str:
        """The line of the table."""
        c = self.counts
        bad = [c["fault"], c["crash"], c["hang"]]
        cells = [self.target, sum(c.values()), c["answer"], c["refusal"], *bad, f"{self.slowest_s:.1f} s"]
        return "| " + " | ".join(map(str, cells)) + " |"


HEAD: Final = """\
| file | inputs | answers | refusals | tracebacks | crashes | hangs | slowest |
|---|---|---|---|---|---|---|---|"""


def fuzz(target: str, first: int, count: int, limit_s: float = LIMIT_S) -> Tally:
    """Run the inputs `first` to `first + count - 1` of a target in worker processes."""
    tally, at = Tally(target), first
    while at < first + count:
        at = _one_worker(target, at, first + count, limit_s, tally)
    return tally


def _one_worker(target: str, first: int, stop: int, limit_s: float, tally: Tally) -> int:
    """Run inputs until all are done or the worker had to be given up; return the next number."""
    command = [sys.executable, str(HERE), "--worker", target, str(first), str(stop)]
    worker = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    )
    assert worker.stdout is not None
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_read, args=(worker.stdout, lines), daemon=True).start()
    at, patience = first, START_S
    try:
        while at < stop:
            try:
                line = lines.get(timeout=patience)
            except queue.Empty:
                tally.add(at, "hang", f"no verdict in {patience:.0f} s", patience)
                return at + 1
            if not line:
                tally.add(at, "crash", f"the worker ended with {worker.wait()}", 0.0)
                return at + 1
            patience = limit_s
            if line.startswith(b"{"):
                said = json.loads(line)
                tally.add(at, said["kind"], said["told"], said["seconds"])
                at += 1
        return at
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def _read(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed, for the worker was given up
        return
    lines.put(b"")


def work(target: str, first: int, stop: int) -> None:
    """Be a worker: one line of JSON a verdict."""
    sys.path.insert(0, str(HERE.parent))
    from fuzzing.seeds import make_seeds
    from fuzzing.targets import judge_case

    make_seeds()
    limit = MEMORY_MB * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    tell = sys.stdout
    print("ready", file=tell, flush=True)
    for seed in range(first, stop):
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        began = time.monotonic()
        try:
            verdict = judge_case(target, seed, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        said = {"kind": verdict.kind, "told": verdict.told, "seconds": time.monotonic() - began}
        print(json.dumps(said), file=tell, flush=True)


def targets() -> list[str]:
    """Return the names of all targets."""
    sys.path.insert(0, str(HERE.parent))
    from fuzzing.targets import TARGETS

    return list(TARGETS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz what is asked for, print the table and every fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="inputs for each target")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--only", action="append", choices=targets(), help="this target (may be repeated)")
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds for one input")
    asked = parser.parse_args(arguments)
    tallies = []
    for target in asked.only or targets():
        tally = fuzz(target, asked.first, asked.count, asked.limit)
        tallies.append(tally)
        for seed, told in tally.faults:
            print(f"{target} {seed}: {told}", file=sys.stderr, flush=True)
    print("\n".join((HEAD, *(tally.row for tally in tallies))))
    return int(any(tally.faults for tally in tallies))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(main())
