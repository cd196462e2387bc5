"""Excursion: how far the mouth corners or the brows go in a task, side by side.

Measured on the registered motion: on rendered clips it follows mouth corners over 3-14 mm with the same gain
on both sides, where the mesh exaggerates differences and moves with the lids (scripts/tasks.py,
docs/protocol.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.analysis.tasks.stage import Rest, Stage
from twitchcam.protocol import TaskName
from twitchcam.regions import INDEX
from twitchcam.summary import Pair
from twitchcam.types import FloatArray, IntArray

SIDES: Final = ("left", "right")
FEATURE: Final[dict[TaskName, tuple[str, tuple[float, float]]]] = {
    "smile": ("commissure", (0.68, 0.73)),
    "pucker": ("commissure", (-1.0, 0.0)),
    "snarl": ("commissure", (0.2, 1.0)),
    "brow_raise": ("brow", (0.0, 1.0)),
}
"""The feature of each task and where it goes (outwards, up). Smile: 47 degrees (clinical reference, A5)."""
SAME_WAY: Final = 0.25
"""Cosine of the angle to the expected way: within 75 degrees. Smiles differ from person to person."""
PLATEAU: Final = 0.7
"""The task is held where both sides together are this part of their height away from rest."""
HEIGHT: Final = 0.95
LEAST_HOLD_S: Final = 0.4
LEAST_MM: Final[dict[str, float]] = {"commissure": 0.8, "brow": 0.5}
"""Nothing smaller is an act: below this lies what lids, sway and breathing leave in the places of corners and
brows (rendered clips in which nothing was performed: up to 0.4 mm)."""
NOISES: Final = 4.0
GAIN_SD: Final[dict[str, float]] = {"commissure": 0.06, "brow": 0.12}
"""Relative error of one side's excursion against the other's (rendered clips; docs/protocol.md)."""
CROSS_SD: Final[dict[str, float]] = {"commissure": 0.02, "brow": 0.08}
"""Part of the other side's way that is read on a side: the head terms of the registration share a raised brow
out between the sides (rendered clips, as above)."""


@dataclass(frozen=True)
class Held:
    """The stretch in which a task was held."""

    rows: IntArray
    """Samples of the stage."""
    size_mm: FloatArray
    """(2,) left and right excursion along the common way, never below 0."""
    sd_mm: FloatArray
    """(2,)"""
    strong: bool
    """It stands out of what rest explains, and goes the task's way."""


def find_held(stage: Stage, rows: IntArray, rest: Rest, task: TaskName) -> Held | None:
    """Return how a task of `FEATURE` was held within `rows`, None when nothing was measured there."""
    stem, (out, up) = FEATURE[task]
    both = away_from_rest(stage, rows, rest, stem)
    level = np.hypot(both[..., 0], both[..., 1]).sum(axis=1)
    if not np.isfinite(level).any():
        return None
    high = np.nan_to_num(level) >= PLATEAU * float(np.nanquantile(level, HEIGHT))
    held = high & np.isfinite(level)
    if held.sum() < LEAST_HOLD_S * stage.fs:
        return None
    place = np.median(both[held], axis=0)
    way = (place * np.hypot(place[:, 0], place[:, 1])[:, None]).sum(axis=0)
    way = way / max(float(np.hypot(*way)), 1e-9)
    expected = np.array([out, up]) / np.hypot(out, up)
    size = np.maximum(place @ way, 0.0)
    noise = rest.sd_mm[[INDEX[f"{stem}_{s}"] for s in SIDES]]
    least = max(LEAST_MM[stem], NOISES * float(noise.max()))
    return Held(
        rows=rows[held],
        size_mm=size,
        sd_mm=np.sqrt(noise**2 + (GAIN_SD[stem] * size) ** 2 + (CROSS_SD[stem] * size[::-1]) ** 2),
        strong=bool(size.max() >= least and way @ expected >= SAME_WAY),
    )


def away_from_rest(stage: Stage, rows: IntArray, rest: Rest, stem: str) -> FloatArray:
    """Return (k, 2, 2): for the left and the right side how far the feature is from rest, outwards and up."""
    at = [INDEX[f"{stem}_{s}"] for s in SIDES]
    moved = stage.place_mm[rows][:, at] - rest.place_mm[at]
    return np.asarray(moved * np.array([[1.0, 1.0], [-1.0, 1.0]]))


def index_of(held: Held) -> tuple[float, tuple[float, float]]:
    """Return (L - R)/(L + R) and its 95 % interval, by propagation of both sides' errors."""
    left, right = (float(v) for v in held.size_mm)
    total = max(left + right, 1e-9)
    sd = 2.0 / total**2 * float(np.hypot(right * held.sd_mm[0], left * held.sd_mm[1]))
    index = (left - right) / total
    return index, (max(-1.0, index - 1.96 * sd), min(1.0, index + 1.96 * sd))


def pull_along(stage: Stage, rows: IntArray, rest: Rest) -> Pair:
    """Return how far each mouth corner is from where it rests, median over `rows`, mm; what noise explains is
    taken off.
    """
    away = away_from_rest(stage, rows, rest, "commissure")
    good = away[np.isfinite(away).all(axis=(1, 2))]
    if not good.size:
        return Pair()
    place = np.median(good, axis=0)
    noise = rest.sd_mm[[INDEX[f"commissure_{s}"] for s in SIDES]]
    size = np.sqrt(np.maximum(np.sum(place**2, axis=1) - 2 * noise**2, 0.0))
    return Pair(float(size[0]), float(size[1]))
