"""Wording: numbers and regions in plain English.

Everything here returns plain text; the template escapes it.
"""

from __future__ import annotations

import math

from twitchcam.edges.report.names import GATE_NAMES, PATTERN_NAMES
from twitchcam.summary import Pattern, Synchrony
from twitchcam.types import Scale

UNKNOWN = "not measurable"
NB = "\N{NO-BREAK SPACE}"


def region_part(region: str) -> str:
    """Return a region's name without its side."""
    return region_name(region).split(",")[0]


def known(value: float | None) -> bool:
    """Tell whether a number can be shown."""
    return value is not None and math.isfinite(value)


def number(value: float | None, digits: int = 1) -> str:
    """Format a number; None and non-finite values read 'not measurable'."""
    return UNKNOWN if value is None or not math.isfinite(value) else f"{value:.{digits}f}".replace("-", "−")


def per_minute(value: float | None) -> str:
    """Format a rate."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:.{0 if value >= 100 else 1}f}{NB}a minute"


def mm(value: float | None) -> str:
    """Format millimetres with the digits that the measurement deserves."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:.2f}{NB}mm" if abs(value) >= 0.1 else f"{value:.3f}{NB}mm"


def interval(ci: tuple[float, float] | None, digits: int, *, signed: bool = False) -> str:
    """Format an interval as 'a to b', or as an empty text."""
    if ci is None or not all(math.isfinite(x) for x in ci):
        return ""
    sign = "+" if signed else ""
    return " to ".join(f"{x:{sign}.{digits}f}".replace("-", "−") for x in ci)


def clock(seconds: float) -> str:
    """Format a time in the recording: '12.34 s', or '61:02.3' from two minutes on."""
    if seconds < 120.0:
        return f"{seconds:.2f}{NB}s"
    minutes, rest = divmod(round(seconds, 1), 60.0)
    return f"{int(minutes)}:{rest:04.1f}"


def length(seconds: float) -> str:
    """Format a duration: '18.2 s', or '61 min 2 s' from two minutes on."""
    if seconds < 120.0:
        return f"{seconds:.1f}{NB}s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def count(n: int, one: str, many: str | None = None) -> str:
    """Format a count with its noun."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def region_name(region: str) -> str:
    """Return a region's name for readers: 'commissure_left' becomes 'mouth corner, left'."""
    stem, side = region.rsplit("_", 1)
    plain = "mouth corner" if stem == "commissure" else stem.replace("_", " ")
    return f"{plain}, {side_name(side)}"


def side_name(side: str) -> str:
    """Return 'left', 'right' or 'middle'."""
    return "middle" if side == "mid" else side


def pattern_name(pattern: str) -> str:
    """Return a pattern's name; an id without a name of its own is spelt out."""
    return PATTERN_NAMES.get(pattern, pattern.replace("_", " ").capitalize())


def by_reason(patterns: list[Pattern]) -> list[tuple[list[str], tuple[str, ...]]]:
    """Group the names of patterns that have the same reasons, in their first order; what little spoke for one
    stands before what spoke against it.
    """
    groups: dict[tuple[str, ...], list[str]] = {}
    for pattern in patterns:
        groups.setdefault((*pattern.evidence, *pattern.against), []).append(pattern_name(pattern.id))
    return [(names, reasons) for reasons, names in groups.items()]


def gate_name(reason: str) -> str:
    """Return the words for a gate's reason."""
    return GATE_NAMES.get(reason, reason.replace("_", " "))


def join(separator: str, *parts: str) -> str:
    """Join the parts that are not empty."""
    return separator.join(part for part in parts if part)


def cell(value: float | None, digits: int) -> str:
    """Format a table cell; an unknown value is a dash."""
    return f"{value:.{digits}f}" if value is not None and math.isfinite(value) else "–"


def ci_note(ci: tuple[float, float] | None, digits: int, unit: str) -> str:
    """Return '95 %: 4.9 to 5.1 Hz', or an empty text."""
    text = interval(ci, digits)
    return f"95{NB}%: {text}{unit}" if text else ""


def rhythm_note(rhythmic: bool | None) -> str:
    """Say whether the peak in the spectrum passed its test."""
    return {True: "rhythmic", False: "not rhythmic"}.get(rhythmic, "") if rhythmic is not None else ""


def scale_note(scale: Scale) -> str:
    """Say where the millimetres come from and how sure they are."""
    source = {
        "iris": "from the iris",
        "eye_distance": "from the eye distance",
        "iris+eye_distance": "from the iris and the eye distance",
        "user_pd": "from the pupillary distance given",
    }.get(scale.source, "")
    if scale.rel_sd is None or not math.isfinite(scale.rel_sd):
        return source
    return join("; ", source, f"±{196 * scale.rel_sd:.0f}{NB}% (95{NB}%)")


def higher(value_mm: float | None) -> str:
    """Say how much higher the left side stands at rest."""
    if value_mm is None or not math.isfinite(value_mm):
        return UNKNOWN
    if abs(value_mm) < 0.05:
        return "level with the right one"
    return f"{abs(value_mm):.1f} mm {'higher' if value_mm > 0 else 'lower'} than the right one"


def synchrony(side: Synchrony | None, name: str) -> str:
    """Format one cell of the synchrony table."""
    value = None if side is None else getattr(side, name)
    if value is None or not math.isfinite(value):
        return "–"
    if name == "coincident_fraction":
        return f"{100 * value:.0f}{NB}%"
    if name == "p_value":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    return str(value)


def tick_time(seconds: float, stop_s: float) -> str:
    """Format a tick of the time axis: seconds, or minutes:seconds in recordings of two minutes and more."""
    if stop_s < 120.0:
        return f"{seconds:g}{NB}s"
    hours, rest = divmod(round(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
