"""Runs each work in a process of its own, all of them in turns, so that a busy minute meets everyone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitchcam.bench.stopwatch import Lap
from twitchcam.bench.works import ANALYZE, COMMAND, IN_STAGES, TASKS, Work
from twitchcam.edges.tasks import find_model
from twitchcam.errors import InputRefused
from twitchcam.supervise.start import code_running

Told = Callable[[str, int, int], None]
"""Called with (what runs now, runs done, runs in all)."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of one work took."""

    work: str
    frames: int
    whole_s: float
    """From starting the process to its end."""
    wall_s: float
    """From the first call after start-up (imports) to the result."""
    cpu_s: float
    """Processor time of that part, of all threads."""
    startup_cpu_s: float
    peak_mb: float | None
    laps: dict[str, Lap]


@dataclass(frozen=True, slots=True)
class Round:
    """Everything once, and what could not be run, with the reason."""

    runs: dict[str, Run]
    missing: dict[str, str]


def missing_works(works: Sequence[Work]) -> dict[str, str]:
    """Return the works that this machine cannot run, with the reason."""
    if all(work.name != TASKS for work in works):
        return {}
    try:
        find_model()
    except InputRefused:
        return {TASKS: "model absent"}
    return {}


def run_rounds(clip: Path, works: Sequence[Work], repeat: int, told: Told) -> list[Round]:
    """Run all works once, and again, `repeat` times.

    Raises
    ------
    InputRefused
        If twitchcam itself cannot measure the clip.
    """
    absent = missing_works(works)
    present = [work for work in works if work.name not in absent]
    rounds = []
    for k in range(repeat):
        runs, missing = {}, dict(absent)
        for i, work in enumerate(present):
            told(work.title, k * len(present) + i, repeat * len(present))
            run = run_once(work, clip)
            if run.frames:
                runs[work.name] = run
            else:
                missing[work.name] = "reads no picture of this clip"
        rounds.append(Round(runs, missing))
    return rounds


def run_once(work: Work, clip: Path) -> Run:
    """Run a work in a process of its own and return what it took.

    Raises
    ------
    InputRefused
        If the clip is refused, or crashes the work's libraries.
    RuntimeError
        If the work fails in another way.
    """
    command = [sys.executable, "-c", code_running("twitchcam.bench.child"), work.name, str(clip.resolve())]
    began = time.perf_counter()
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, env=_environment(), check=False
    )
    whole_s = time.perf_counter() - began
    if done.returncode < 0:
        raise InputRefused(
            f"{clip}: '{work.title}' crashed on it (signal {-done.returncode}); give another video"
        )
    if done.returncode:
        raise RuntimeError(f"{work.name} failed:\n{done.stderr.decode(errors='replace')}")
    told: dict[str, Any] = json.loads(done.stdout)
    if work.name == COMMAND and "wall_s" in told:
        whole_s = told["wall_s"]  # it is a process of its own in there
    if "refused" in told:
        if work.name in (ANALYZE, COMMAND, IN_STAGES):
            raise InputRefused(told["refused"])
        told = {"frames": 0, "wall_s": 0.0, "cpu_s": 0.0, "startup_cpu_s": 0.0, "peak_mb": None, "laps": {}}
    laps = {name: Lap(**lap) for name, lap in told.pop("laps").items()}
    return Run(work=work.name, whole_s=whole_s, laps=laps, **told)


def _environment() -> dict[str, str]:
    """As the program sets it for itself (see `cli.app_main`), for the baselines too."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path}
