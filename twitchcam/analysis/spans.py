"""Spans: the stretches of time in which some region moves more than its noise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from twitchcam.analysis.timegrid import contiguous
from twitchcam.types import BoolArray, FloatArray

Span = tuple[int, int]


def activity(fast_mm: FloatArray, unit_mm: FloatArray) -> FloatArray:
    """Return (m, 19) length of the displacement in units of `unit_mm` (19,); 0 where nothing was measured."""
    size = np.hypot(fast_mm[..., 0], fast_mm[..., 1]) / unit_mm
    return np.where(np.isfinite(size), size, 0.0)


def find_spans(level: FloatArray, *, low: float, high: float, merge: int = 0) -> list[Span]:
    """Return the (start, stop) spans of (m,) `level` that stay above `low` and reach `high` (Schmitt
    trigger).

    Spans closer than `merge` samples become one.

    Raises
    ------
    ValueError
        If `low > high`; thresholds were probably given in mm instead of noise units.
    """
    if low > high:
        raise ValueError(f"low ({low}) must not exceed high ({high}): are the thresholds in noise units?")
    peaks = np.flatnonzero(level >= high)
    spans: list[Span] = []
    for a, b in contiguous(np.asarray(level >= low)):
        i = np.searchsorted(peaks, a)
        if i < peaks.size and peaks[i] < b:
            if spans and a - spans[-1][1] <= merge:
                spans[-1] = (spans[-1][0], b)
            else:
                spans.append((a, b))
    return spans


def merged(spans: list[Span], gap: int) -> list[Span]:
    """Return the spans with those at most `gap` samples apart joined."""
    out: list[Span] = []
    for a, b in spans:
        if out and a - out[-1][1] <= gap:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def mask_of(spans: list[Span], m: int, margin: int = 0) -> BoolArray:
    """Return (m,) True inside the spans and up to `margin` samples around them."""
    mask = np.zeros(m, dtype=bool)
    for a, b in spans:
        mask[max(0, a - margin) : b + margin] = True
    return mask


def cut_at(mask: BoolArray | None, span: Span) -> list[Span]:
    """Return the parts of a span between the changes of (m,) `mask`."""
    if mask is None:
        return [span]
    edges = (np.flatnonzero(np.diff(mask[span[0] : span[1]].astype(np.int8))) + 1 + span[0]).tolist()
    ends = [span[0], *edges, span[1]]
    return list(pairwise(ends))
