"""Marks: the few landmarks that the overlay draws, and where the mouth is, steadied."""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.front.anatomy import MOUTH_INTERIOR, OUTER_LIPS, region_places
from twitchcam.regions import INDEX, REGIONS
from twitchcam.types import FloatArray

OUTER: Final = slice(0, len(OUTER_LIPS))
INNER: Final = slice(OUTER.stop, OUTER.stop + len(MOUTH_INTERIOR))
PLACES: Final = slice(INNER.stop, INNER.stop + len(REGIONS))
N_MARKS: Final[int] = PLACES.stop
_STEADY_S = 0.5
"""Half width of the average that steadies the close-up: long against a twitch, short against a head turn."""


def pick_marks(points_px: FloatArray) -> FloatArray:
    """Return the (N_MARKS, 2) float32 places that the overlay draws, from (478, 2 or 3) landmarks.

    Keeping these instead of all landmarks costs 470 bytes a frame.
    """
    xy = points_px[:, :2]
    marks = np.concatenate([xy[list(OUTER_LIPS)], xy[list(MOUTH_INTERIOR)], region_places(xy)])
    return np.asarray(marks, dtype=np.float32)


def place_of(marks: FloatArray, region: str) -> FloatArray:
    """Return where a region is."""
    place: FloatArray = marks[PLACES.start + INDEX[region]]
    return place


def steady_mouth(t_s: FloatArray, marks_px: FloatArray) -> FloatArray:
    """Return (n, 3): centre x, y and width of the mouth, averaged over time; NaN where no face is near.

    The close-up is cut out by this, so that the cut does not follow the twitch that it is to show.
    """
    left = marks_px[:, PLACES.start + INDEX["commissure_left"]].astype(np.float64)
    right = marks_px[:, PLACES.start + INDEX["commissure_right"]].astype(np.float64)
    track = np.column_stack([(left + right) / 2, np.linalg.norm(left - right, axis=1)])
    seen = np.isfinite(track).all(axis=1)
    known = np.column_stack([np.where(seen[:, None], track, 0.0), seen])
    sums = np.vstack([np.zeros(4), np.cumsum(known, axis=0)])
    start = np.searchsorted(t_s, t_s - _STEADY_S, side="left")
    stop = np.searchsorted(t_s, t_s + _STEADY_S, side="right")
    total = sums[stop] - sums[start]
    with np.errstate(invalid="ignore"):
        steady: FloatArray = total[:, :3] / np.where(total[:, 3:] > 0, total[:, 3:], np.nan)
    return steady
