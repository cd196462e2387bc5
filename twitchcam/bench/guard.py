"""The ratios that a slower program would change: its stages against plain loops, by processor time.

    python -m twitchcam.bench.guard CLIP [ROUNDS]

prints the seconds as JSON. Everything runs in turns in one process; of each the least processor time counts,
which other work on the machine disturbs least. `tests/test_bench.py` holds them against recorded ones.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import cv2

from twitchcam.bench import baselines
from twitchcam.bench.stages import decode_alone, run_stages
from twitchcam.bench.works import STAGES

MOST_LOST: Final = 0.2
"""A ratio that falls by more than this fifth is a slower program."""
FRONT: Final = ("decode", "mesh", "registration")
DECODINGS: Final = 4
"""In each round: decoding takes so little that one is soon disturbed."""


def measure_least(clip: Path, rounds: int) -> dict[str, float]:
    """Return the least processor seconds of each stage, of decoding with PyAV and of the FaceMesh loop."""
    cv2.setNumThreads(1)  # threads that wait for each other spin, the longer the busier the machine
    least: dict[str, float] = {}
    for _ in range(rounds):
        for _ in range(DECODINGS):
            keep_least(least, {"pyav": _spent(baselines.decode_with_av, clip)})
            keep_least(least, {"decode": _spent(decode_alone, clip)})
        keep_least(least, {"loop": _spent(baselines.facemesh_on_every_picture, clip)})
        laps = run_stages(clip, lambda: None)
        keep_least(least, {stage: laps[stage].cpu_s for stage in STAGES})
    return least


def ratios_of(least: Mapping[str, float]) -> dict[str, float]:
    """Return how many times the processor time of ours a plain loop takes: larger is faster.

    decode          decoding with PyAV, over ours
    the other stages, front (the first three) and analyze (all): OpenCV decoding and refined FaceMesh on every
    picture, over ours
    """
    ours = {"front": sum(least[name] for name in FRONT), "analyze": sum(least[name] for name in STAGES)}
    found = {name: least["loop"] / spent for name, spent in {**least, **ours}.items()}
    found["decode"] = least["pyav"] / least["decode"]
    return {name: round(found[name], 3) for name in (*STAGES, "front", "analyze")}


def keep_least(least: dict[str, float], spent: Mapping[str, float]) -> None:
    """Keep the smaller one of each number."""
    for name, value in spent.items():
        least[name] = min(value, least.get(name, value))


def too_slow(found: Mapping[str, float], recorded: Mapping[str, float]) -> dict[str, tuple[float, float]]:
    """Return the ratios that fell by more than a fifth, with (found, recorded)."""
    return {
        name: (found[name], wanted)
        for name, wanted in recorded.items()
        if found[name] < (1 - MOST_LOST) * wanted
    }


def _spent(work: Callable[[Path, Callable[[], None]], object], clip: Path) -> float:
    began: list[float] = []
    work(clip, lambda: began.append(time.process_time()))
    return time.process_time() - began[0]


def main(arguments: list[Any]) -> None:
    """Print the seconds."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    rounds = int(arguments[1]) if len(arguments) > 1 else 3
    print(json.dumps(measure_least(Path(arguments[0]), rounds)), file=answer, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
