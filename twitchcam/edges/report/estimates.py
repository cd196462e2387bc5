"""Estimates: those after clinical scales that could be made, and why the others could not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from twitchcam.edges.report.speech import general, t
from twitchcam.summary import ScaleEstimate


def made(scales: Sequence[ScaleEstimate]) -> list[ScaleEstimate]:
    """Return the estimates that have a value."""
    return [scale for scale in scales if has_value(scale)]


def not_made(scales: Sequence[ScaleEstimate]) -> list[tuple[list[str], tuple[str, ...]]]:
    """Return the titles of the others, grouped by their reasons, in their first order."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for scale in scales:
        if not has_value(scale):
            groups.setdefault(scale.missing, []).append(scale.title)
    return [(titles, reasons) for reasons, titles in groups.items()]


def has_value(scale: ScaleEstimate) -> bool:
    """Tell whether there is a value to show; a number that is not finite is none."""
    return scale.value is not None and not (isinstance(scale.value, float) and not math.isfinite(scale.value))


def value_text(scale: ScaleEstimate) -> str:
    """Return the value as it is shown."""
    if isinstance(scale.value, str):
        return t(scale.value)
    return general(scale.value) if scale.value is not None else ""
