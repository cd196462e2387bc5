"""Lids: how far each eye closes when it is asked to, how far it narrows when the mouth acts, and blinks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.analysis.tasks.stage import Rest, Stage
from twitchcam.protocol import Segment
from twitchcam.summary import Pair
from twitchcam.types import FloatArray, IntArray

PLATEAU: Final = 0.7
SHUT_READS: Final = 0.2
"""Part of the resting gap that the mesh still reads in an eye that is shut: 0.05-0.09 in a living face (one
clip), 0.14-0.49 with rendered lids. Our own choice between them."""
LEAST_CLOSURE: Final = 0.25
"""Less on both sides is no closing of the eyes: the mesh reads gaze and sway as 0.1-0.15."""
LEAST_HOLD_S: Final = 0.4
LEAST_RATE_S: Final = 8.0
"""Fewer seconds give no blink rate: one blink would be more than 8 a minute. Our own choice."""


@dataclass(frozen=True)
class Shut:
    """The stretch in which the eyes were closed."""

    rows: IntArray
    closure: Pair
    strong: bool
    """More than what an open eye shows."""


def closed_part(stage: Stage, rows: IntArray, rest: Rest) -> FloatArray:
    """Return (k, 2) how far each eye is closed, 0 as at rest, 1 shut; NaN where unknown."""
    part = (1.0 - stage.opening_mm[rows] / rest.opening_mm) / (1.0 - SHUT_READS)
    return np.clip(part, 0.0, 1.0)


def find_shut(stage: Stage, rows: IntArray, rest: Rest) -> Shut | None:
    """Return how far the eyes were closed within `rows`, None when the lids were not seen."""
    part = closed_part(stage, rows, rest)
    most = np.nanmax(np.where(np.isfinite(part), part, 0.0), axis=1)
    if not np.isfinite(part).all(axis=1).any():
        return None
    shut = (most >= PLATEAU * float(np.quantile(most, 0.95))) & np.isfinite(part).all(axis=1)
    if shut.sum() < LEAST_HOLD_S * stage.fs:
        return None
    middle = np.median(part[shut], axis=0)
    return Shut(rows[shut], Pair(*(float(v) for v in middle)), bool(middle.max() >= LEAST_CLOSURE))


def narrowing(stage: Stage, rows: IntArray, rest: Rest) -> Pair:
    """Return the part by which each eye is narrower than at rest, median over `rows` without blinks."""
    blinks = stage.answer.blinks
    ours = np.ones(rows.size, dtype=bool)
    for blink in blinks:
        if blink.stop - blink.start < stage.answer.settings.blink_max_s * stage.fs:
            ours &= (rows < blink.start) | (rows >= blink.stop)
    part = closed_part(stage, rows[ours], rest)
    good = part[np.isfinite(part).all(axis=1)]
    return Pair(*(float(v) for v in np.median(good, axis=0))) if good.size else Pair()


def blink_rate(stage: Stage, segment: Segment) -> float | None:
    """Return blinks a minute of the time in which the face was seen; None when that is too short.

    Eyes that stay closed for longer than a blink count once.
    """
    rows = stage.rows(segment.start_s, segment.end_s)
    seen_s = float(stage.answer.signals.face[rows].sum()) / stage.fs
    if seen_s < LEAST_RATE_S or not np.isfinite(stage.opening_mm[rows]).any():
        return None
    first, last = int(rows[0]), int(rows[-1])
    count = sum(first <= blink.peak <= last for blink in stage.answer.blinks)
    return 60.0 * count / seen_s
