"""Believable: numbers that no face and no camera makes are gaps, like everything else that was not measured.

The front makes none of them; a damaged or foreign recording may hold any. They are taken out before anything
is computed, so that one wild number cannot spread through the filters over its neighbours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from twitchcam.types import PER_FRAME, FloatArray, Recording

LARGEST: Final = 1e5
"""Of any unit that a recording has: 100 m, 100 000 px, degrees or grey levels."""
_POSITIVE: Final = ("eye_distance_px",)
"""A face of no size is no face."""
_NOT_NUMBERS: Final = ("t_s", "keyframe", "repeated", "b_picture")


def believable(recording: Recording) -> Recording:
    """Return the recording with NaN for what is infinite or beyond `LARGEST`; itself when nothing is."""
    found: dict[str, Any] = {}
    for name in PER_FRAME:
        if name in _NOT_NUMBERS:
            continue
        values: FloatArray = getattr(recording, name)
        if not values.size:
            continue
        least = np.nextafter(0.0, 1.0) if name in _POSITIVE else -LARGEST
        if _within(values, least):
            continue
        with np.errstate(invalid="ignore"):
            found[name] = np.where((values >= least) & (values <= LARGEST), values, np.nan)
    return replace(recording, **found) if found else recording


def _within(values: FloatArray, least: float) -> bool:
    low, high = np.fmin.reduce(values, axis=None), np.fmax.reduce(values, axis=None)
    return not (low < least or high > LARGEST)
