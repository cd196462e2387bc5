"""Findings: what the recording showed, in a few plain sentences."""

from __future__ import annotations

from twitchcam.edges.report.guided import furthest_apart
from twitchcam.edges.report.names import FILMING_TIPS, LEVELS, LIP_SIDES, USUAL_TIP
from twitchcam.edges.report.speech import decimal, finite, t, tn, within
from twitchcam.edges.report.wording import NB, interval, known, length, mm, number, per_minute, percent
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
    limited = [t("The recording answers only in part.")] if quality.verdict == "limited" else []
    reasons = " ".join([*limited, *(t(reason) for reason in quality.reasons)])
    return [text for text in (*told, _tasks(measured), reasons) if text]


def findings_and_level(summary: Summary) -> list[str]:
    """Return the findings, and how pressing they and the answers are where that is anything."""
    level = summary.triage.level
    told = findings(summary)
    if level in ("no_finding", "unable"):
        return told
    return [*told, t("Triage: {level}.", level=within(t(LEVELS[level][0])))]


def filming_tips(quality: Quality) -> list[str]:
    """Return what to do better next time: the two reasons that cost most, then the usual advice."""
    costly = sorted(quality.gated_s, key=lambda reason: -quality.gated_s[reason])
    tips = [t(FILMING_TIPS[r]) for r in costly if r in FILMING_TIPS and quality.gated_s[r] > 0]
    return [*tips[1::-1], t(USUAL_TIP)]


def smallest_visible(quality: Quality) -> str:
    """Return how small a twitch of the lips could have been seen, or an empty text when that is not known."""
    if quality.verdict == "unusable":
        return ""
    limits = [quality.by_region[name].min_detectable_mm for name in LIPS if name in quality.by_region]
    values = sorted(x for x in limits if x is not None and finite(x))
    if not values:
        return ""
    digits = 2 if values[0] >= 0.02 else 3
    high = f"{decimal(values[-1], digits)}{NB}mm"
    if values[-1] < 1.25 * values[0]:
        return high
    return t("{low} to {high}", low=decimal(values[0], digits), high=high)


def _unusable(measured: Measured) -> list[str]:
    reasons = " ".join(t(reason) for reason in measured.quality.reasons)
    return [
        " ".join(
            [
                t("This recording cannot say whether the lips twitched."),
                reasons or t("The lips could not be measured."),
            ]
        ),
        " ".join([t("This is no finding in either direction."), *filming_tips(measured.quality)[-2:]]),
    ]


def _nothing(measured: Measured) -> list[str]:
    usable = measured.quality.usable_s
    size = smallest_visible(measured.quality)
    first = t("No twitch of the lips was seen in {time} of usable video.", time=length(usable))
    small = t("smaller than about {size}", size=size) if size else t("too small for this recording")
    if usable < 1.0:
        return [first, t("A twitch {small} could have been missed, so a quiet video does not rule one out.",
                         small=small)]  # fmt: skip
    # With none seen in T seconds, up to 3/T a second fits at 95 % (the rule of three).
    rare = decimal(180.0 / usable, 0)
    return [
        first,
        t(
            "A twitch {small} or rarer than about {rare} a minute could have been missed, so a quiet video "
            "does not rule one out.",
            small=small,
            rare=rare,
        ),
    ]


def _something(measured: Measured) -> list[str]:
    lips = measured.lips
    who = t(LIP_SIDES.get(lips.side, "The lips"))
    head = tn(
        lips.events or 0,
        "{who} twitched once in {time} of usable video",
        "{who} twitched {n} times in {time} of usable video",
        who=who,
        time=length(measured.quality.usable_s),
    )
    if known(lips.rate_per_min):
        head = f"{head} ({per_minute(lips.rate_per_min)})"
    sizes = []
    if known(lips.amplitude_mm.median):
        sizes.append(t("typically {size} far", size=mm(lips.amplitude_mm.median)))
    if known(lips.amplitude_mm.max):
        sizes.append(t("{size} at the largest", size=mm(lips.amplitude_mm.max)))
    return [", ".join(part for part in (head, _rhythm(lips), *sizes) if part) + ".", _sureness(measured)]


def _tasks(measured: Measured) -> str:
    """Say how many guided tasks could be assessed, and where the sides were furthest apart."""
    tasks = measured.tasks
    if not tasks:
        return ""
    n, done = len(tasks), sum(task.assessable for task in tasks)
    if n == 1:
        first = t("1 guided task, assessed") if done else t("1 guided task, which could not be assessed")
    elif done == n:
        first = t("{n} guided tasks, all of them assessed", n=n)
    elif done:
        first = t("{n} guided tasks, {done} of them assessed", n=n, done=done)
    else:
        first = t("{n} guided tasks, none assessed", n=n)
    apart = furthest_apart(tasks)
    if not apart:
        return f"{first}."
    return t("{first}; furthest apart were the sides in: {task}.", first=first, task=apart)


def _rhythm(lips: Lips) -> str:
    if lips.rhythmic is False:
        return t("without a clear rhythm")
    if not known(lips.dominant_hz):
        return ""
    # A narrow interval keeps the digits that tell its ends apart.
    ends = lips.dominant_hz_ci
    digits = 2 if ends is not None and ends[1] - ends[0] < 0.2 else 1
    rate = f"{number(lips.dominant_hz, digits)}{NB}Hz"
    lead = t("at about {rate}", rate=rate) if lips.rhythmic else t("strongest near {rate}", rate=rate)
    return lead + _in_brackets(interval(ends, digits))


def _sureness(measured: Measured) -> str:
    lips, quality = measured.lips, measured.quality
    parts = []
    if known(lips.asymmetry.index):
        index = number(lips.asymmetry.index, 2, signed=True)
        text = t("the asymmetry is {index}", index=index)
        parts.append(text + _in_brackets(interval(lips.asymmetry.ci, 2, signed=True)))
    sd = quality.scale.rel_sd
    if sd is not None and finite(sd):
        parts.append(t("every millimetre is known to about ±{percent}", percent=percent(1.96 * sd)))
    size = smallest_visible(quality)
    if size:
        parts.append(t("a twitch smaller than about {size} could not have been seen", size=size))
    return t("How sure this is: {parts}.", parts="; ".join(parts)) if parts else ""


def _in_brackets(ci: str) -> str:
    return f" ({t('95 % interval {ci}', ci=ci)})" if ci else ""
