"""The back alone for an hour of 30 pictures a second: time and memory, each kind in a process of its own.

python scripts/speed/back.py KIND [SECONDS]        (scripts/time_back.py has the kinds, and the stages)
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[2]
HOUR_KINDS = ("typical", "busy", "still")
ROUNDS = 3


def hours(seconds: float) -> list[dict[str, Any]]:
    """Return the least seconds and the memory of the back for each kind of recording."""
    rows = []
    for kind in HOUR_KINDS:
        print(f"bench: the back, {seconds / 60:g} minutes of a {kind} recording", file=sys.stderr, flush=True)
        done = subprocess.run(
            [sys.executable, __file__, kind, f"{seconds:g}"], check=True, capture_output=True, text=True
        )
        rows.append(json.loads(done.stdout))
    return rows


def main(kind: str, seconds: float) -> None:
    """Measure one kind and print it."""
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts"), str(ROOT / "tests")]
    import time_back

    from twitchcam.analysis import analyse
    from twitchcam.bench.child import peak_mb

    recording = time_back.make(kind, seconds)
    analyse(time_back.make("busy", 20.0))  # what is made once
    forget_peak()
    before = peak_mb() or 0.0
    wall, cpu = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter(), time.process_time()
        analyse(recording)
        wall.append(time.perf_counter() - began[0])
        cpu.append(time.process_time() - began[1])
    told = {
        "kind": kind, "length_s": seconds, "frames": int(recording.t_s.size), "wall_s": min(wall),
        "cpu_s": min(cpu), "added_mb": (peak_mb() or 0.0) - before,
    }  # fmt: skip
    print(json.dumps(told))


def forget_peak() -> None:
    """Let the system count this process's peak of memory from now on (Linux)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 3600.0)
