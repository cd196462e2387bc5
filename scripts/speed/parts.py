"""The parts of the comparison beside the clips in turns: memory, workers, start-up, the cost of a minute."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from speed.clips import KINDS, Kind
from twitchcam.bench.clip import fit_length
from twitchcam.bench.runs import run_once
from twitchcam.bench.works import ANALYZE, BY_NAME

Row = dict[str, Any]
COST_S = {"720p240": 15.0, "2160p30": 20.0}
"""Length on which the cost of a minute is measured, where a minute would take too long."""
FIRST_FRAME = """
import os, sys
from pathlib import Path
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
from twitchcam.session import Options, record

def seen(stage, done, expected):
    if stage == "measuring":
        os._exit(0)

record(Path(sys.argv[1]), Options(), progress=seen)
"""


def say(text: str) -> None:
    """Tell what is going on."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


def timed(command: Sequence[str | Path]) -> Row:
    """Run a command; return its seconds, and processor seconds of it and of what it waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    wall_s = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": wall_s, "cpu_s": cpu_s}


def memory(clip: Path, lengths_s: Sequence[float]) -> list[Row]:
    """Return the most memory that `analyze` takes for films of several lengths."""
    rows = []
    for length_s in lengths_s:
        say(f"memory of {length_s / 60:g} minutes")
        with tempfile.TemporaryDirectory() as folder:
            run = run_once(BY_NAME[ANALYZE], fit_length(clip, length_s, Path(folder)))
        rows.append({"length_s": length_s, **{k: v for k, v in asdict(run).items() if k != "laps"}})
    return rows


def workers(clips: Sequence[Path], count: int, length_s: float, repeat: int) -> list[Row]:
    """Return what `batch` takes for the same clips with one worker and with two, in turns."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        # Of different length each: clips of the same content would be taken for one.
        laid = [fit_length(clips[k % len(clips)], length_s + 0.5 * k, Path(folder)) for k in range(count)]
        for k in range(repeat):
            for number in (1, 2):
                say(f"{count} clips with {number} worker{'s' * (number > 1)}, {k + 1} of {repeat}")
                out = Path(folder) / f"out{k}{number}"
                command = [sys.executable, "-m", "twitchcam", "batch", *laid, "--out", out]
                rows.append({"workers": number, **timed([*command, "--workers", str(number)])})
    return rows


def startup(clip: Path, repeat: int) -> Row:
    """Return the seconds to `--help` and to the first measured picture."""
    with tempfile.TemporaryDirectory() as folder:
        short = fit_length(clip, 0.33, Path(folder))
        commands: dict[str, list[str | Path]] = {
            "help": ["-m", "twitchcam", "--help"],
            "first_frame": ["-c", FIRST_FRAME, short],
        }
        rows: Row = {name: [] for name in commands}
        for k in range(repeat):
            say(f"start-up, {k + 1} of {repeat}")
            for name, command in commands.items():
                rows[name].append(timed([sys.executable, *command]))
    return {
        name: {key: median(run[key] for run in runs) for key in ("wall_s", "cpu_s")}
        for name, runs in rows.items()
    }


def cost(clips: dict[str, Path], part: float) -> list[Row]:
    """Return what a minute of each kind costs, measured on that part of its length."""
    return [_cost(kind, clips[kind.name], part) for kind in KINDS if kind.name in clips]


def _cost(kind: Kind, clip: Path, part: float) -> Row:
    length_s = part * COST_S.get(kind.name, 60.0)
    say(f"cost of {length_s:g} s of {kind.name}")
    with tempfile.TemporaryDirectory() as folder:
        laid = fit_length(clip, length_s, Path(folder))
        spent = timed([sys.executable, "-m", "twitchcam", "analyze", laid, "--out", Path(folder) / "out"])
        run = run_once(BY_NAME[ANALYZE], laid)
        (results,) = (Path(folder) / "out").iterdir()
        sizes = {path.name: path.stat().st_size for path in results.iterdir()}
        return {
            "kind": kind.name, "size": list(kind.size), "fps": kind.fps, "mbit": kind.mbit,
            "length_s": length_s, **spent, "frames": run.frames, "peak_mb": run.peak_mb,
            "work_cpu_s": run.cpu_s, "startup_cpu_s": run.startup_cpu_s,
            "clip_bytes": laid.stat().st_size, "bytes": sizes,
        }  # fmt: skip
