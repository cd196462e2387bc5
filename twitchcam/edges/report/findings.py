"""Findings: what the recording showed, in a few plain sentences."""

from __future__ import annotations

import math

from twitchcam.edges.report.guided import furthest_apart
from twitchcam.edges.report.names import FILMING_TIPS, LEVELS, LIP_SIDES, USUAL_TIP
from twitchcam.edges.report.wording import NB, count, interval, known, length, mm, number, per_minute
from twitchcam.regions import LIPS
from twitchcam.summary import Lips, Measured, Quality, Summary


def findings(summary: Summary) -> list[str]:
    """Return what was found, in two plain sentences; further ones when tasks were done, when the recording
    answers only in part, and when something has to be known about it (slow motion, the shutter).
    """
    measured = summary.measured
    quality, lips = measured.quality, measured.lips
    if quality.verdict == "unusable" or lips.events is None:
        return [text for text in (*_unusable(measured), _tasks(measured)) if text]
    told = _nothing(measured) if lips.events == 0 else _something(measured)
    limited = "The recording answers only in part. " if quality.verdict == "limited" else ""
    reasons = f"{limited}{' '.join(quality.reasons)}".strip()
    return [text for text in (*told, _tasks(measured), reasons) if text]


def findings_and_level(summary: Summary) -> list[str]:
    """Return the findings, and how pressing they and the answers are where that is anything."""
    level = summary.triage.level
    told = findings(summary)
    return told if level in ("no_finding", "unable") else [*told, f"Triage: {LEVELS[level][0].lower()}."]


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
    who = LIP_SIDES.get(lips.side, "The lips")
    rate = f" ({per_minute(lips.rate_per_min)})" if known(lips.rate_per_min) else ""
    times = "once" if lips.events == 1 else f"{lips.events} times"
    first = f"{who} twitched {times} in {length(measured.quality.usable_s)} of usable video{rate}"
    first += f", {_rhythm(lips)}" if _rhythm(lips) else ""
    first += f", {', '.join(sizes)}." if sizes else "."
    return [first, _sureness(measured)]


def _tasks(measured: Measured) -> str:
    """Say how many guided tasks could be assessed, and where the sides were furthest apart."""
    tasks = measured.tasks
    if not tasks:
        return ""
    done = sum(task.assessable for task in tasks)
    which = "all of them" if done == len(tasks) else f"{done} of them" if done else "none"
    first = f"{count(len(tasks), 'guided task')}, {which} assessed"
    if len(tasks) == 1:
        first = f"1 guided task, {'assessed' if done else 'which could not be assessed'}"
    apart = furthest_apart(tasks)
    return f"{first}; furthest apart were the sides in: {apart}." if apart else f"{first}."


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
