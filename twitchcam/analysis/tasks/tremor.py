"""Tremor: a rhythm of the lips at rest, or while a position is held."""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.analysis.rhythm import REST_MIN_S, axis_motion, rest_line
from twitchcam.analysis.tasks.stage import Stage
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import LIP_INDEX
from twitchcam.types import BoolArray, FloatArray, IntArray

LOW_HZ: Final = 3.0
HIGH_HZ: Final = 12.0
"""Visible tremors of lips and jaw: 4-6 Hz at rest, 4-12 Hz in action (clinical reference, A)."""
INSET_S: Final = 0.3
"""After the act has come to its height it settles for so long."""


def find_tremor(stage: Stage, keep: BoolArray) -> tuple[float | None, float | None]:
    """Return (Hz, peak-to-peak mm) of a rhythm of the lips while (m,) `keep`; (None, 0) when there was none,
    (None, None) when there was too little time without a break to tell.
    """
    longest = max((b - a for a, b in contiguous(keep)), default=0)
    if longest < REST_MIN_S * stage.fs or stage.fs < stage.answer.settings.min_fps_hz:
        return None, None
    line = rest_line(stage.answer.signals, keep, stage.answer.settings)
    if line is None or not LOW_HZ <= line.hz <= HIGH_HZ:
        return None, 0.0
    return line.hz, _size_mm(stage, keep, line.hz)


def while_held(stage: Stage, rows: IntArray) -> BoolArray:
    """Return (m,) True inside the stretches in which a task is held, blinks left out where enough is left."""
    keep = np.zeros(stage.t_s.size, dtype=bool)
    inset = round(INSET_S * stage.fs)
    mask = np.zeros(stage.t_s.size, dtype=bool)
    mask[rows] = True
    for a, b in contiguous(mask):
        keep[a + inset : max(a + inset, b - inset)] = True
    clear = keep.copy()
    for blink in stage.answer.blinks:
        if blink.stop - blink.start < stage.answer.settings.blink_max_s * stage.fs:
            clear[blink.start : blink.stop] = False
    enough = any(b - a >= REST_MIN_S * stage.fs for a, b in contiguous(clear))
    return clear if enough else keep


def _size_mm(stage: Stage, keep: BoolArray, hz: float) -> float:
    """Return the peak-to-peak size of the sinusoid of `hz` that fits the longest stretch, in the lip region
    where it is largest. A tremor that wanders in phase is fitted in pieces of two cycles and more.
    """
    a, b = max(contiguous(keep), key=lambda s: s[1] - s[0])
    t_s, grid = stage.t_s, stage.answer.signals.grid
    first, stop = np.searchsorted(grid.row_t_s, [t_s[a], t_s[b - 1]])
    sizes = []
    for region in LIP_INDEX:
        t, y = axis_motion(stage.answer.signals, np.arange(first, stop), region)
        pieces = np.array_split(np.arange(t.size), max(1, int((t[-1] - t[0]) * hz / 4)))
        sizes.append(float(np.median([_swing(t[p], y[p], hz) for p in pieces])))
    return max(sizes)


def _swing(t: FloatArray, y: FloatArray, hz: float) -> float:
    angle = 2 * np.pi * hz * t
    design = np.stack([np.ones(t.size), t - t.mean(), np.cos(angle), np.sin(angle)], axis=1)
    coef = np.linalg.lstsq(design, y, rcond=None)[0]
    return 2.0 * float(np.hypot(coef[2], coef[3]))
