"""Masks of gates: their type, joining and widening."""

from __future__ import annotations

from twitchcam.analysis.spans import Span, mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray

Gates = dict[str, BoolArray]
"""For each reason in `GATES` a (m,) mask on the grid."""


def merged(spans: list[Span], gap: int) -> list[Span]:
    """Return the spans with those closer than `gap` samples joined."""
    out: list[Span] = []
    for a, b in spans:
        if out and a - out[-1][1] <= gap:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def wider(mask: BoolArray, fs: float, settings: AnalysisSettings) -> BoolArray:
    """Return the mask with the gates' margin around each stretch."""
    return mask_of(contiguous(mask), mask.size, round(settings.gate_margin_s * fs))
