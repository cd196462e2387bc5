"""Blinks: both lids close together and open again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.spans import find_spans
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray


@dataclass(frozen=True, slots=True)
class Blink:
    """One closing of both eyes, in samples of the grid."""

    start: int
    peak: int
    stop: int
    closed_mm: tuple[float, float]
    """How far the left and the right lid gap narrowed."""


def closure(opening_mm: FloatArray, fs: float) -> tuple[FloatArray, FloatArray]:
    """Return the closed fraction (m, 2) of both eyes and the (2,) open gap in mm (NaN where no eye was
    seen).
    """
    good = np.isfinite(opening_mm)
    level = np.array(
        [np.quantile(opening_mm[g, i], 0.7) if (g := good[:, i]).any() else np.nan for i in range(2)]
    )
    smooth = gaussian_filter1d(hold(opening_mm), max(0.3, 0.012 * fs), axis=0, mode="nearest")
    with np.errstate(invalid="ignore", divide="ignore"):
        part = 1.0 - smooth / level
    return np.where(good & (level > 1.0), part, 0.0), level


def find_blinks(opening_mm: FloatArray, fs: float, settings: AnalysisSettings) -> list[Blink]:
    """Return the conjugate closures of (m, 2) lid gaps: both eyes, the smaller one at least half of the
    larger.

    A closing of one eye (a spasm, a wink) is not among them.
    """
    closed, level = closure(opening_mm, fs)
    both = closed.max(axis=1)
    out = []
    for a, b in find_spans(both, low=0.4 * settings.blink_closure, high=settings.blink_closure):
        most = closed[a:b].max(axis=0)
        if most.min() < settings.blink_conjugate * most.max():
            continue
        out.append(
            Blink(a, a + int(np.argmax(closed[a:b].sum(axis=1))), b, (most[0] * level[0], most[1] * level[1]))
        )
    return out
