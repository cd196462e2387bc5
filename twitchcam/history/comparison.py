"""Comparison: before against after, like with like only, with the smallest change that could be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from scipy.special import stdtrit

from twitchcam.course import Interval
from twitchcam.history.chance import LEVEL, fit_counts, poisson_interval, same_rate_p, shuffled_p
from twitchcam.history.figures import Visit
from twitchcam.history.likeness import differences, reference
from twitchcam.phrases import listing, phrase
from twitchcam.types import FloatArray

ENOUGH_SESSIONS: Final = 4
"""On each side, before whole sessions are shuffled: with four and four 1 shuffling in 35 is as extreme as a
perfect separation, with three and three 1 in 10, which could never be called clear."""
CLEAR_P: Final = 0.05
SEED: Final = 1
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


def compare(before: Sequence[Visit], after: Sequence[Visit]) -> Comparison:
    """Compare the recordings of two times; those unlike the rest are left out and named with the reason."""
    like = reference(before, after)
    a, out_a = _like(before, like)
    b, out_b = _like(after, like)
    left_out = (*out_a, *out_b)
    if not a or not b:
        return _nothing(before, after, left_out)
    groups = _group(a), _group(b)
    unit, counts, time_s, second = _units(a, b)
    fit = fit_counts(counts, time_s, second.astype(float)) if unit != "none" else None
    enough = fit is not None and fit.df >= 2
    ratio = _ratio(*groups)
    ci = _exp_interval(*fit.interval()) if fit is not None and enough else None
    p = shuffled_p(counts, time_s, second, np.random.default_rng(SEED)) if enough else None
    amplitude, amplitude_ci = _amplitude(a, b)
    result = Comparison(
        before=groups[0],
        after=groups[1],
        left_out=left_out,
        ratio=ratio,
        ratio_ci=ci,
        p_value=p,
        p_independent=same_rate_p(groups[0].events, groups[0].usable_s, groups[1].events, groups[1].usable_s),
        unit=unit if enough else "none",
        dispersion=fit.dispersion if fit is not None and enough else None,
        smallest_ratio=(math.exp(-fit.smallest), math.exp(min(50.0, fit.smallest)))
        if fit and enough
        else None,
        amplitude_ratio=amplitude,
        amplitude_ratio_ci=amplitude_ci,
        clear=None if p is None or ci is None else p < CLEAR_P and not ci[0] <= 1.0 <= ci[1],
        sentences=(),
    )
    return replace(result, sentences=tuple(_sentences(result)))


def _like(visits: Sequence[Visit], like: Visit | None) -> tuple[list[Visit], list[LeftOut]]:
    kept, out = [], []
    for visit in visits:
        why = differences(visit.figures, like.figures) if like is not None else _alone(visit)
        if why:
            out.append(LeftOut(visit.id, visit.date, why))
        elif like is not None:
            kept.append(visit)
    return kept, out


def _alone(visit: Visit) -> tuple[str, ...]:
    return () if visit.assessable else differences(visit.figures, visit.figures)


def _group(visits: Sequence[Visit]) -> Group:
    events = sum(visit.figures.events or 0 for visit in visits)
    usable_s = sum(visit.figures.usable_s for visit in visits)
    low, high = poisson_interval(events)
    sizes = _log_sizes(visits)
    sides = [v.figures.asymmetry for v in visits if v.figures.asymmetry is not None]
    return Group(
        visits=tuple(visit.id for visit in visits),
        events=events,
        usable_s=usable_s,
        rate_per_min=60.0 * events / usable_s,
        rate_ci=(60.0 * low / usable_s, 60.0 * high / usable_s),
        amplitude_mm=math.exp(float(sizes.mean())) if sizes.size else None,
        asymmetry=float(np.mean(sides)) if sides else None,
    )


def _units(a: Sequence[Visit], b: Sequence[Visit]) -> tuple[Unit, FloatArray, FloatArray, FloatArray]:
    """Return what is shuffled, as (unit, counts, seconds, whether of the second group)."""
    by_session = min(len(a), len(b)) >= ENOUGH_SESSIONS
    sides = [
        [(v.figures.events or 0, v.figures.usable_s) for v in side]
        if by_session
        else [part for v in side for part in v.parts()]
        for side in (a, b)
    ]
    second = np.array([0.0] * len(sides[0]) + [1.0] * len(sides[1]))
    counts, time_s = (np.array([part[i] for side in sides for part in side], dtype=float) for i in (0, 1))
    unit: Unit = "sessions" if by_session else "parts" if min(map(len, sides)) > 1 else "none"
    return unit, counts, time_s, second


def _ratio(a: Group, b: Group) -> float | None:
    return b.rate_per_min / a.rate_per_min if a.events else None


def _exp_interval(low: float, high: float) -> Interval:
    return math.exp(max(-50.0, low)), math.exp(min(50.0, high))


def _log_sizes(visits: Sequence[Visit]) -> FloatArray:
    sizes = [v.figures.amplitude_mm for v in visits]
    return np.log([size for size in sizes if size is not None and size > 0])


def _amplitude(a: Sequence[Visit], b: Sequence[Visit]) -> tuple[float | None, Interval | None]:
    """Return the ratio of amplitudes with its interval: Welch's t of the medians' logarithms.

    With a single recording on a side there is no scatter to go by, and no interval.
    """
    x, y = _log_sizes(a), _log_sizes(b)
    if not x.size or not y.size:
        return None, None
    gap = float(y.mean() - x.mean())
    if min(x.size, y.size) < 2:
        return math.exp(gap), None
    va, vb = float(x.var(ddof=1)) / x.size, float(y.var(ddof=1)) / y.size
    if va + vb <= 0:
        return math.exp(gap), None
    df = (va + vb) ** 2 / (va**2 / (x.size - 1) + vb**2 / (y.size - 1))
    half = float(stdtrit(df, 0.5 + LEVEL / 2.0)) * math.sqrt(va + vb)
    return math.exp(gap), _exp_interval(gap - half, gap + half)


def _nothing(before: Sequence[Visit], after: Sequence[Visit], left_out: tuple[LeftOut, ...]) -> Comparison:
    if not before:
        why = "There is no recording before that day, so nothing can be compared."
    elif not after:
        why = "There is no recording after that day, so nothing can be compared."
    else:
        reasons = listing(differences(before[-1].figures, after[0].figures), comma=" ", last=" ")
        why = phrase(
            "No recording before is like one after, so they cannot be compared: {reasons}", reasons=reasons
        )
    return Comparison(
        None, None, left_out, None, None, None, None, "none", None, None, None, None, None, (why,)
    )


def _sentences(c: Comparison) -> list[str]:
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
