"""Comparison: before against after, like with like only, with the smallest change that could be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.special import stdtrit

from twitchcam.course import Interval
from twitchcam.history.chance import LEVEL, fit_counts, poisson_interval, same_rate_p, shuffled_p
from twitchcam.history.compared import Comparison, Group, LeftOut, Unit, sentences_of
from twitchcam.history.figures import Visit
from twitchcam.history.likeness import differences, reference
from twitchcam.phrases import listing, phrase
from twitchcam.types import FloatArray

ENOUGH_SESSIONS: Final = 4
"""On each side, before whole sessions are shuffled: with four and four 1 shuffling in 35 is as extreme as a
perfect separation, with three and three 1 in 10, which could never be called clear."""
CLEAR_P: Final = 0.05
SEED: Final = 1


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
    return replace(result, sentences=tuple(sentences_of(result)))


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
