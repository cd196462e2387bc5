"""Wording: numbers, names and the two sentences of the report, in plain English.

Everything here returns plain text; the template escapes it.
"""

from __future__ import annotations

import math

from twitchcam.regions import LIPS
from twitchcam.summary import Lips, Measured, Pattern, Quality, Summary, Synchrony
from twitchcam.types import Scale

UNKNOWN = "not measurable"
NB = "\N{NO-BREAK SPACE}"

LEVELS: dict[str, tuple[str, str]] = {
    "emergency": ("Emergency: call the emergency number now", "!!"),
    "urgent": ("Urgent: be seen by a doctor today", "!"),
    "see_doctor": ("Worth showing to a doctor", "→"),
    "self_care": ("Self-care, and look again if it lasts", "✓"),
    "no_finding": ("Nothing found in this recording", "–"),
    "unable": ("This recording cannot answer", "?"),
}
STATUSES: dict[str, tuple[str, str]] = {
    "flagged": ("fits", "●"),
    "possible": ("fits in part", "◐"),
    "not_seen": ("not seen", "○"),
    "not_assessable": ("cannot be judged", "?"),
}
STATUS_ORDER = ("flagged", "possible", "not_seen", "not_assessable")
VERDICTS: dict[str, str] = {
    "ok": "Good enough to answer",
    "limited": "Answers in part",
    "unusable": "Not usable",
}
GATE_NAMES: dict[str, str] = {
    "speech": "speaking",
    "smile": "smiling",
    "chew": "chewing",
    "blink": "blinking",
    "head_motion": "head moving",
    "occluded": "something in front of the face",
    "lost_face": "face not seen",
    "blur": "blurred",
    "dark": "too dark",
}
FILMING_TIPS: dict[str, str] = {
    "speech": "Do not speak while filming; let the lips rest.",
    "smile": "Keep a neutral face while filming.",
    "chew": "Do not eat or chew while filming.",
    "blink": "Look at the camera and let the eyes blink as they like.",
    "head_motion": "Lean the head against something and put the camera on a table.",
    "occluded": "Keep hands, cups and masks away from the face.",
    "lost_face": "Keep the whole face in the picture, looking at the camera.",
    "blur": "Hold the camera still, wipe the lens and let it focus on the face.",
    "dark": "Face a window or a lamp.",
}
USUAL_TIP = (
    "Film again for at least 60 s: whole face in the picture, light from the front, camera on something "
    "steady, mouth relaxed and silent."
)
PATTERN_NAMES: dict[str, str] = {
    "hfs_like": "Like hemifacial spasm",
    "benign_twitch": "Like harmless twitching",
    "facial_myokymia_like": "Like facial myokymia (rippling)",
    "rest_tremor_like": "Like a tremor at rest",
    "rabbit_like": "Like rabbit syndrome",
    "action_tremor_like": "Like a tremor in action",
    "dyskinesia_like": "Like dyskinesia",
    "blepharospasm_like": "Like blepharospasm",
    "meige_like": "Like Meige syndrome",
    "tic_like": "Like a tic",
    "synkinesis_like": "Like synkinesis (mouth moving with the blink)",
    "facial_weakness_like": "Like facial weakness",
    "clonic_run_like": "Like a run of even jerks (clonic run)",
    "myorhythmia_like": "Like myorhythmia",
    "functional_like": "Like a functional movement",
}
SIDES: dict[str | None, str] = {
    "left": "The left side of the lips",
    "right": "The right side of the lips",
    "bilateral": "Both sides of the lips",
}


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


def findings(summary: Summary) -> list[str]:
    """Return what was found, in two plain sentences; a third when the recording answers only in part, or when
    something has to be known about it (slow motion, the shutter).
    """
    measured = summary.measured
    quality, lips = measured.quality, measured.lips
    if quality.verdict == "unusable" or lips.events is None:
        return _unusable(measured)
    told = _nothing(measured) if lips.events == 0 else _something(measured)
    limited = "The recording answers only in part. " if quality.verdict == "limited" else ""
    return [text for text in (*told, f"{limited}{' '.join(quality.reasons)}".strip()) if text]


def filming_tips(quality: Quality) -> list[str]:
    """Return what to do better next time: the two reasons that cost most, then the usual advice."""
    costly = sorted(quality.gated_s, key=lambda reason: -quality.gated_s[reason])
    tips = [FILMING_TIPS[r] for r in costly if r in FILMING_TIPS and quality.gated_s[r] > 0]
    return [*tips[1::-1], USUAL_TIP]


def smallest_visible(quality: Quality) -> str:
    """Return how small a twitch of the lips could have been seen, or an empty text when that is not known."""
    if quality.verdict == "unusable":
        return ""
    limits = [quality.by_region[name].min_detectable_mm for name in LIPS if name in quality.by_region]
    values = sorted(x for x in limits if x is not None and math.isfinite(x))
    if not values:
        return ""
    digits = 2 if values[0] >= 0.02 else 3
    low, high = (f"{values[i]:.{digits}f}" for i in (0, -1))
    return f"{high}{NB}mm" if values[-1] < 1.25 * values[0] else f"{low} to {high}{NB}mm"


def _unusable(measured: Measured) -> list[str]:
    reasons = " ".join(measured.quality.reasons) or "The lips could not be measured."
    return [
        f"This recording cannot say whether the lips twitched. {reasons}",
        "This is no finding in either direction. " + " ".join(filming_tips(measured.quality)[-2:]),
    ]


def _nothing(measured: Measured) -> list[str]:
    usable = measured.quality.usable_s
    size = smallest_visible(measured.quality)
    first = f"No twitch of the lips was seen in {length(usable)} of usable video."
    small = f"smaller than about {size}" if size else "too small for this recording"
    # With none seen in T seconds, up to 3/T a second fits at 95 % (the rule of three).
    rare = f" or rarer than about {number(180.0 / usable, 0)} a minute" if usable >= 1.0 else ""
    return [first, f"A twitch {small}{rare} could have been missed, so a quiet video does not rule one out."]


def _something(measured: Measured) -> list[str]:
    lips = measured.lips
    sizes = []
    if known(lips.amplitude_mm.median):
        sizes.append(f"typically {mm(lips.amplitude_mm.median)} far")
    if known(lips.amplitude_mm.max):
        sizes.append(f"{mm(lips.amplitude_mm.max)} at the largest")
    who = SIDES.get(lips.side, "The lips")
    rate = f" ({per_minute(lips.rate_per_min)})" if known(lips.rate_per_min) else ""
    times = "once" if lips.events == 1 else f"{lips.events} times"
    first = f"{who} twitched {times} in {length(measured.quality.usable_s)} of usable video{rate}"
    first += f", {_rhythm(lips)}" if _rhythm(lips) else ""
    first += f", {', '.join(sizes)}." if sizes else "."
    return [first, _sureness(measured)]


def _rhythm(lips: Lips) -> str:
    if lips.rhythmic is False:
        return "without a clear rhythm"
    if not known(lips.dominant_hz):
        return ""
    # A narrow interval keeps the digits that tell its ends apart.
    ends = lips.dominant_hz_ci
    digits = 2 if ends is not None and ends[1] - ends[0] < 0.2 else 1
    ci = interval(ends, digits)
    rate = f"{number(lips.dominant_hz, digits)}{NB}Hz"
    lead = "at about" if lips.rhythmic else "strongest near"
    return f"{lead} {rate}" + (f" (95{NB}% interval {ci})" if ci else "")


def _sureness(measured: Measured) -> str:
    lips, quality = measured.lips, measured.quality
    parts = []
    ci = interval(lips.asymmetry.ci, 2, signed=True)
    if known(lips.asymmetry.index):
        index = f"{lips.asymmetry.index:+.2f}".replace("-", "−")
        parts.append(f"the asymmetry is {index}" + (f" (95{NB}% interval {ci})" if ci else ""))
    if quality.scale.rel_sd is not None and math.isfinite(quality.scale.rel_sd):
        parts.append(f"every millimetre is known to about ±{196 * quality.scale.rel_sd:.0f}{NB}%")
    size = smallest_visible(quality)
    if size:
        parts.append(f"a twitch smaller than about {size} could not have been seen")
    return "How sure this is: " + "; ".join(parts) + "." if parts else ""


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
