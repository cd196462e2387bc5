"""Masks of gates: their type, and widening."""

from __future__ import annotations

from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray

Gates = dict[str, BoolArray]
"""For each reason in `GATES` a (m,) mask on the grid."""


def wider(mask: BoolArray, fs: float, settings: AnalysisSettings) -> BoolArray:
    """Return the mask with the gates' margin around each stretch."""
    return mask_of(contiguous(mask), mask.size, round(settings.gate_margin_s * fs))
