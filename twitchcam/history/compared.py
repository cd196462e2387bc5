"""Compared: what a comparison of two times found, and what it says in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twitchcam.course import Interval
from twitchcam.phrases import phrase

Unit = Literal["sessions", "parts", "none"]


@dataclass(frozen=True, slots=True)
class Group:
    """Recordings of one side of the comparison, taken together."""

    visits: tuple[int, ...]
    events: int
    usable_s: float
    rate_per_min: float
    rate_ci: Interval
    """Exact Poisson, as if twitches came independently."""
    amplitude_mm: float | None
    """Geometric mean of the recordings' medians."""
    asymmetry: float | None
    """Mean of the recordings' indices."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A recording that is not like the others."""

    visit: int
    date: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed, if anything can be said."""

    before: Group | None
    after: Group | None
    left_out: tuple[LeftOut, ...]
    ratio: float | None
    """Rate after over rate before."""
    ratio_ci: Interval | None
    """From the scatter of the units (quasi-Poisson, Student's t)."""
    p_value: float | None
    """From shuffling the units."""
    p_independent: float | None
    """Exact conditional Poisson: right only if twitches came independently."""
    unit: Unit
    dispersion: float | None
    """How much more the units' counts scatter than independent twitches would."""
    smallest_ratio: Interval | None
    """A fall to, or a rise by, this factor would have been found 80 times in 100."""
    amplitude_ratio: float | None
    amplitude_ratio_ci: Interval | None
    clear: bool | None
    """The rate changed beyond chance; None when it cannot be told."""
    sentences: tuple[str, ...]


def sentences_of(c: Comparison) -> list[str]:
    """Say a comparison that has both sides."""
    assert c.before is not None
    assert c.after is not None
    said = [
        phrase("Before: {group}.", group=_in_words(c.before)),
        phrase("After: {group}.", group=_in_words(c.after)),
        *_ratio_in_words(c, c.after),
        _verdict(c),
        *_limits(c),
    ]
    if c.amplitude_ratio is not None and c.amplitude_ratio_ci is None:
        said.append(
            phrase(
                "Movements after are {ratio:.2f} times as large as before (no interval: a side with a single "
                "recording shows no scatter).",
                ratio=c.amplitude_ratio,
            )
        )
    elif c.amplitude_ratio is not None and c.amplitude_ratio_ci is not None:
        said.append(
            phrase(
                "Movements after are {ratio:.2f} times as large as before (95 % interval {low:.2f} "
                "to {high:.2f}).",
                ratio=c.amplitude_ratio,
                low=c.amplitude_ratio_ci[0],
                high=c.amplitude_ratio_ci[1],
            )
        )
    return said


def _ratio_in_words(c: Comparison, after: Group) -> list[str]:
    if c.ratio is None:
        none = not after.events
        return ["No twitch was counted on either side." if none else "No twitch was counted before."]
    if c.ratio_ci is None:
        return [phrase("The rate after is {ratio:.2f} times that before.", ratio=c.ratio)]
    return [
        phrase(
            "The rate after is {ratio:.2f} times that before (95 % interval {low:.2f} to {high:.2f}).",
            ratio=c.ratio,
            low=c.ratio_ci[0],
            high=c.ratio_ci[1],
        )
    ]


def _verdict(c: Comparison) -> str:
    if c.p_value is None:
        return "Whether that is more than chance cannot be told: there is too little to see the scatter by."
    clear = "a clear change" if c.clear else "no clear change"
    if c.unit == "sessions":
        return phrase(
            "Judged by shuffling whole recordings: {clear} (p {p:s}).", clear=clear, p=_p(c.p_value)
        )
    return phrase(
        "Judged by shuffling parts of 20 s: {clear} (p {p:s}). With fewer than four recordings on each side "
        "this tells the recordings apart, not the treatment: good and bad days differ too.",
        clear=clear,
        p=_p(c.p_value),
    )


def _limits(c: Comparison) -> list[str]:
    said: list[str] = []
    if c.smallest_ratio is not None:
        said.append(
            phrase(
                "Seen 80 times in 100 would have been a fall to {fall:.2f} times or a rise to {rise:.2f} "
                "times the rate before; smaller changes may be there unseen.",
                fall=c.smallest_ratio[0],
                rise=c.smallest_ratio[1],
            )
        )
    if c.dispersion is not None and c.dispersion > 1.0 and c.p_independent is not None:
        said.append(
            phrase(
                "Twitches come in trains: the counts scatter {times:.1f} times as much as independent ones "
                "would. A test that takes them as independent says p {p:s}: too sure.",
                times=c.dispersion,
                p=_p(c.p_independent),
            )
        )
    return said


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _in_words(group: Group) -> str:
    return phrase(
        "{events} twitch{events||es} in {minutes:.1f} usable minutes of {n} recording{n||s}, {rate:.1f} a "
        "minute ({low:.1f} to {high:.1f})",
        events=group.events,
        minutes=group.usable_s / 60,
        n=len(group.visits),
        rate=group.rate_per_min,
        low=group.rate_ci[0],
        high=group.rate_ci[1],
    )
