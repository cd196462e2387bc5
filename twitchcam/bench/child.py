"""One piece of work in a process of its own. Its arguments are WORK and CLIP.

Its last line on standard output is JSON: pictures, seconds, memory.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from twitchcam.bench.works import BY_NAME
from twitchcam.errors import InputRefused

if sys.platform != "win32":
    import resource


def main() -> None:
    """Do the work that the command line names and say what it took."""
    name, clip = sys.argv[1:3]
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    try:
        told = measured(BY_NAME[name].function, Path(clip))
    except InputRefused as refusal:
        told = {"refused": str(refusal)}
    print(json.dumps(told), file=answer, flush=True)


def measured(place: str, clip: Path) -> dict[str, Any]:
    """Return what a work took: seconds from when it began, without start-up, and of the whole process."""
    module, _, function = place.partition(":")
    work: Callable[..., Any] = getattr(importlib.import_module(f"twitchcam.bench.{module}"), function)
    began: list[tuple[float, float]] = []
    done = work(clip, lambda: began.append((time.perf_counter(), time.process_time())))
    wall_s, cpu_s = time.perf_counter() - began[0][0], time.process_time() - began[0][1]
    children = os.times()
    cpu_s += children.children_user + children.children_system
    laps = {name: asdict(lap) for name, lap in done.items()} if isinstance(done, dict) else {}
    frames = laps["registration"]["calls"] - 1 if laps else done  # one call more makes the recording
    return {
        "frames": frames,
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "startup_cpu_s": began[0][1],
        "peak_mb": peak_mb(),
        "laps": laps,
    }


def peak_mb() -> float | None:
    """Return the most memory that this process, or one that it waited for, has held so far, MB.

    None where the system does not tell.
    """
    own = _own_peak_mb()
    if own is None or sys.platform == "win32":
        return None
    return max(own, _bytes_of(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1e6)


def _own_peak_mb() -> float | None:
    status = Path("/proc/self/status")
    if status.exists():  # getrusage would count the parent's memory in, from before this program was loaded
        fields = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024 / 1e6 if "VmHWM" in fields else None
    if sys.platform == "win32":
        return None
    return _bytes_of(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1e6


def _bytes_of(maxrss: int) -> int:
    """KB on Linux, bytes on macOS."""
    return maxrss if sys.platform == "darwin" else maxrss * 1024
