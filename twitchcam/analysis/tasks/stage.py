"""Stage: what all tasks are measured on: the registered motion, the lids, and how both are at rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.head import without_steps
from twitchcam.analysis.search import Answer
from twitchcam.protocol import Segment
from twitchcam.types import BoolArray, FloatArray, IntArray

SMOOTH_S: Final = 0.1
"""A task is held for seconds; what is faster is twitch, tremor and noise."""
NEAR_S: Final = 10.0
"""So much rest on each side of a task says where the face rests: near enough in time that the head has not
wandered off, long enough for sway to average out."""
LEAST_REST_S: Final = 1.0
BLOCK_S: Final = 1.0
"""Noise of a position that is averaged over a second: what sway and registration leave."""


@dataclass(frozen=True)
class Rest:
    """How the face is at rest around one task."""

    place_mm: FloatArray
    """(19, 2)"""
    sd_mm: FloatArray
    """(19,) of a place averaged over a second."""
    opening_mm: FloatArray
    """(2,) lid gaps; NaN where the lids were not seen."""
    pose_deg: FloatArray
    """(3,)"""


@dataclass(frozen=True)
class Stage:
    """A recording as the tasks see it; m samples."""

    answer: Answer
    t_s: FloatArray
    fs: float
    place_mm: FloatArray
    """(m, 19, 2) smooth, drift kept, steps of head turns taken out."""
    opening_mm: FloatArray
    """(m, 2) lid gaps."""
    pose_deg: FloatArray
    """(m, 3)"""
    seen: BoolArray
    """(m,) the face was measured, held still enough and not covered."""
    resting: BoolArray
    """(m,) the face rests and the eyes are open."""

    def rows(self, start_s: float, end_s: float) -> IntArray:
        """Return the samples of a stretch of time."""
        first, stop = np.searchsorted(self.t_s, [start_s, end_s])
        return np.arange(first, stop)

    def rest_around(self, segment: Segment) -> Rest | None:
        """Return the rest next to a task, None when there is less than a second of it.

        Between the rest before and the rest after, the nearer one counts more.
        """
        most, rest = round(NEAR_S * self.fs), np.flatnonzero(self.resting)
        before = rest[self.t_s[rest] < segment.start_s][-most:]
        after = rest[self.t_s[rest] >= segment.end_s][:most]
        parts = [p for p in (before, after) if p.size >= LEAST_REST_S * self.fs]
        if not parts:
            return None
        middle = 0.5 * (segment.start_s + segment.end_s)
        weight = np.array([1.0 / max(0.5, abs(middle - float(np.mean(self.t_s[p])))) for p in parts])
        levels: list[FloatArray] = [np.median(self.place_mm[p], axis=0) for p in parts]
        every = np.concatenate(parts)
        return Rest(
            place_mm=np.average(levels, axis=0, weights=weight),
            sd_mm=self._unrest(parts, levels),
            opening_mm=_middle(self.opening_mm[every]),
            pose_deg=_middle(self.pose_deg[every]),
        )

    def _unrest(self, parts: Sequence[IntArray], levels: Sequence[FloatArray]) -> FloatArray:
        size = max(1, round(BLOCK_S * self.fs))
        means = [
            self.place_mm[p[k : k + size]].mean(axis=0) - level
            for p, level in zip(parts, levels, strict=True)
            for k in range(0, p.size - size + 1, size)
        ]
        apart = np.ptp(levels, axis=0) / np.sqrt(12.0)
        spread = np.sqrt(np.mean(np.square(means), axis=0) + apart**2)
        return np.asarray(spread.max(axis=1))


def set_stage(answer: Answer) -> Stage:
    """Return the stage of an analysed recording."""
    signals = answer.signals
    grid, recording = signals.grid, signals.recording
    moved = without_steps(grid.resample(recording.motion_mm), signals.head_moves, signals.fs)
    hidden = answer.gates["occluded"] | answer.gates["lost_face"] | answer.gates["head_motion"]
    place = gaussian_mean(moved, SMOOTH_S * signals.fs)
    measured = np.isfinite(place).all(axis=(1, 2))
    return Stage(
        answer=answer,
        t_s=grid.t_s,
        fs=signals.fs,
        place_mm=place,
        opening_mm=signals.opening_mm,
        pose_deg=grid.resample(recording.pose_deg),
        seen=measured & ~hidden,
        resting=measured & answer.quiet,
    )


def _middle(x: FloatArray) -> FloatArray:
    """Return the median of each column of (k, c), NaN for a column without numbers."""
    good = [column[np.isfinite(column)] for column in x.T]
    return np.array([np.median(g) if g.size else np.nan for g in good])
