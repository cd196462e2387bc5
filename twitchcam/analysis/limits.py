"""Limits: what counts as movement in each region, from the recording's own noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.filters.smooth import column_median
from twitchcam.analysis.signals import Signals
from twitchcam.types import FloatArray

SMOOTH_SD_S = 0.03
"""Second look at the motion, smoothed: half the noise for twitches of 120 ms and more (matched to 140 ms)."""
SLOW_FLOOR_MM = 0.15
OVER_USUAL = 2.0
"""Sway shows in all regions; one that moves slowly by more than so many times the median region twitches."""


@dataclass(frozen=True)
class Limits:
    """What counts as movement in each region; (19,) arrays in mm unless said otherwise."""

    threshold: FloatArray
    sd: FloatArray
    """Noise of one coordinate."""
    smooth_sd: FloatArray
    density: FloatArray
    """(19, 2) mm/sqrt(Hz)."""
    smooth_threshold: FloatArray
    """The prominence in the smoothed motion."""
    spike: FloatArray
    """The prominence of a jump that lasts a single frame."""
    slow: FloatArray
    """Height that a slow hump must reach."""


def slow_limits(signals: Signals) -> FloatArray:
    """Return (19,) what a slow hump must reach: four times the spread of the slow part of the signal."""
    slow = signals.work_mm - signals.fast_mm
    some = slow[:: max(1, round(signals.fs / 5))]
    with np.errstate(all="ignore"):
        spread = 1.4826 * column_median(np.abs(some - column_median(some)))
    out = np.maximum(SLOW_FLOOR_MM, 4.0 * np.nan_to_num(spread.max(axis=1)))
    return np.asarray(np.minimum(out, OVER_USUAL * float(np.median(out))))
