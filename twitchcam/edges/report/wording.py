"""Wording: numbers and regions in plain words.

Everything here returns plain text; the template escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from twitchcam.edges.report.names import GATE_NAMES, PATTERN_NAMES, REGION_NAMES, SCALE_ORIGINS, SIDE_NAMES
from twitchcam.edges.report.speech import decimal, finite, general, t
from twitchcam.history.chance import rate_interval
from twitchcam.summary import Pattern, Synchrony
from twitchcam.types import Scale

NB = "\N{NO-BREAK SPACE}"


def region_part(region: str) -> str:
    """Return a region's name without its side."""
    stem = region.rsplit("_", 1)[0]
    return t(REGION_NAMES[stem]) if stem in REGION_NAMES else stem.replace("_", " ")


def known(value: float | None) -> bool:
    """Tell whether a number can be shown."""
    return finite(value)


def unknown() -> str:
    """Return what stands where a number could not be measured."""
    return t("not measurable")


def number(value: float | None, digits: int = 1, *, signed: bool = False) -> str:
    """Format a number; None and non-finite values read 'not measurable'."""
    if value is None or not math.isfinite(value):
        return unknown()
    return decimal(value, digits, signed=signed)


def unit(value: float | None, digits: int, symbol: str) -> str:
    """Format a number with its unit."""
    if value is None or not math.isfinite(value):
        return unknown()
    return f"{decimal(value, digits)}{NB}{symbol}"


def percent(share: float | None, digits: int = 0) -> str:
    """Format a share of 0 to 1 as per cent."""
    return unit(None if share is None else 100.0 * share, digits, "%")


def per_minute(value: float | None) -> str:
    """Format a rate."""
    if value is None or not math.isfinite(value):
        return unknown()
    return t("{rate} a minute", rate=decimal(value, 0 if value >= 100 else 1))


def mm(value: float | None) -> str:
    """Format millimetres with the digits that the measurement deserves."""
    return unit(value, 2 if value is None or abs(value) >= 0.1 else 3, "mm")


def interval(ci: tuple[float, float] | None, digits: int, *, signed: bool = False) -> str:
    """Format an interval as 'a to b', or as an empty text."""
    if ci is None or not all(math.isfinite(x) for x in ci):
        return ""
    low, high = (decimal(x, digits, signed=signed) for x in ci)
    return t("{low} to {high}", low=low, high=high)


def clock(seconds: float) -> str:
    """Format a time in the recording: '12.34 s', or '61:02.3' from two minutes on."""
    if seconds < 120.0:
        return unit(seconds, 2, "s")
    minutes, rest = divmod(round(seconds, 1), 60.0)
    return f"{int(minutes)}:{decimal(rest, 1).rjust(4, '0')}"


def length(seconds: float) -> str:
    """Format a duration: '18.2 s', or '61 min 2 s' from two minutes on."""
    if seconds < 120.0:
        return unit(seconds, 1, "s")
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def region_name(region: str) -> str:
    """Return a region's name for readers: 'commissure_left' becomes 'mouth corner, left'."""
    return f"{region_part(region)}, {side_name(region.rsplit('_', 1)[1])}"


def side_name(side: str) -> str:
    """Return 'left', 'right' or 'middle'."""
    return t(SIDE_NAMES[side]) if side in SIDE_NAMES else side


def pattern_name(pattern: str) -> str:
    """Return a pattern's name; an id without a name of its own is spelt out."""
    known_name = PATTERN_NAMES.get(pattern)
    return t(known_name) if known_name else pattern.replace("_", " ").capitalize()


def by_reason(patterns: Sequence[Pattern]) -> list[tuple[list[str], tuple[str, ...]]]:
    """Group the names of patterns that have the same reasons, in their first order; what little spoke for one
    stands before what spoke against it.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for pattern in patterns:
        groups.setdefault((*pattern.evidence, *pattern.against), []).append(pattern_name(pattern.id))
    return [(names, reasons) for reasons, names in groups.items()]


def gate_name(reason: str) -> str:
    """Return the words for a gate's reason."""
    return t(GATE_NAMES[reason]) if reason in GATE_NAMES else reason.replace("_", " ")


def join(separator: str, *parts: str) -> str:
    """Join the parts that are not empty."""
    return separator.join(part for part in parts if part)


def cell(value: float | None, digits: int) -> str:
    """Format a table cell; an unknown value is a dash."""
    return decimal(value, digits) if value is not None and math.isfinite(value) else "–"


def ci_note(ci: tuple[float, float] | None, digits: int, unit: str) -> str:
    """Return '95 %: 4.9 to 5.1 Hz', or an empty text."""
    text = interval(ci, digits)
    return f"95{NB}%: {text}{unit}" if text else ""


def rate_note(events: int | None, usable_s: float) -> str:
    """Return the exact Poisson interval of a rate and what it takes for granted, or an empty text."""
    ends = rate_interval(events, usable_s)
    if ends is None:
        return ""
    low, high = (decimal(end, 0 if end >= 100 else 1) for end in ends)
    return t("95 %: {low} to {high}, as if each came independently", low=low, high=high)


def rhythm_note(rhythmic: bool | None) -> str:
    """Say whether the peak in the spectrum passed its test."""
    if rhythmic is None:
        return ""
    return t("rhythmic") if rhythmic else t("not rhythmic")


def scale_note(scale: Scale) -> str:
    """Say where the millimetres come from and how sure they are."""
    source = SCALE_ORIGINS.get(scale.source, "")
    source = t(source) if source else ""
    if scale.rel_sd is None or not math.isfinite(scale.rel_sd):
        return source
    return join("; ", source, f"±{percent(1.96 * scale.rel_sd)} (95{NB}%)")


def higher(value_mm: float | None) -> str:
    """Say how much higher the left side stands at rest."""
    if value_mm is None or not math.isfinite(value_mm):
        return unknown()
    if abs(value_mm) < 0.05:
        return t("level with the right one")
    size = decimal(abs(value_mm), 1)
    if value_mm > 0:
        return t("{size} mm higher than the right one", size=size)
    return t("{size} mm lower than the right one", size=size)


def synchrony(side: Synchrony | None, name: str) -> str:
    """Format one cell of the synchrony table."""
    value = None if side is None else getattr(side, name)
    if value is None or not math.isfinite(value):
        return "–"
    if name == "coincident_fraction":
        return percent(value)
    if name == "p_value":
        return f"< {decimal(0.001, 3)}" if value < 0.001 else decimal(value, 3)
    return str(value)


def tick_time(seconds: float, stop_s: float) -> str:
    """Format a tick of the time axis: seconds, or minutes:seconds in recordings of two minutes and more."""
    if stop_s < 120.0:
        return f"{general(seconds)}{NB}s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
