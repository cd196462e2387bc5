"""Progression: whether the rate or the size of twitches grows over comparable recordings.

The clinical reference names worsening as a reason to see a doctor and gives no figure for it; what counts as
worsening here is our own choice: several comparable recordings over two weeks, a 95 % interval of the
change that leaves out "no change", and a quarter more over all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from twitchcam.course import Direction, Measure, Trend
from twitchcam.history.chance import Fit, fit_counts, fit_line
from twitchcam.history.figures import Visit
from twitchcam.history.likeness import alike
from twitchcam.phrases import phrase
from twitchcam.types import FloatArray

LEAST_SESSIONS: Final = 4
"""Fewer points always lie near some line."""
LEAST_DAYS: Final = 14
"""A shorter time tells of good and bad days. The two weeks of the NHS page (S70) as a measure of time."""
LEAST_CHANGE: Final = 1.25
"""Over all the recordings; a smaller one may be certain and yet nothing to notice. Our own choice."""
MONTH: Final = 30.0


def measure_trends(visits: Sequence[Visit], since_day: int | None = None) -> tuple[Trend, ...]:
    """Return the trend of rate and amplitude over the recordings like the last one that can be measured.

    Parameters
    ----------
    visits : sequence of Visit
        In time order.
    since_day : int or None
        Day of the last treatment mark: earlier recordings are left out, since it may have changed everything.
    """
    able = [v for v in visits if v.assessable and (since_day is None or v.day >= since_day)]
    like = alike(able, able[-1]) if able else []
    return _rate(like), _amplitude(like)


def is_worsening(trends: Sequence[Trend]) -> bool | None:
    """Tell whether one of the trends goes up beyond chance; None when none can be told."""
    if all(trend.direction == "not_assessable" for trend in trends):
        return None
    return any(trend.direction == "more" for trend in trends)


def _rate(like: Sequence[Visit]) -> Trend:
    too_few = _too_few(like)
    if too_few:
        return _unknown("rate", like, too_few)
    counts = np.array([visit.figures.events or 0 for visit in like], dtype=float)
    time_s = np.array([visit.figures.usable_s for visit in like])
    if not counts.any():
        return _unknown("rate", like, "No twitch was counted in any of them.")
    return _told("rate", like, fit_counts(counts, time_s, _months(like)))


def _amplitude(like: Sequence[Visit]) -> Trend:
    sized = [v for v in like if v.figures.amplitude_mm is not None and v.figures.amplitude_mm > 0]
    too_few = _too_few(sized)
    if too_few:
        return _unknown("amplitude", sized, too_few)
    sizes = np.array([math.log(visit.figures.amplitude_mm or 1.0) for visit in sized])
    return _told("amplitude", sized, fit_line(sizes, _months(sized)))


def _months(visits: Sequence[Visit]) -> FloatArray:
    days: FloatArray = np.array([visit.day for visit in visits], dtype=float)
    months: FloatArray = (days - days[0]) / MONTH
    return months


def _too_few(visits: Sequence[Visit]) -> str:
    if len(visits) < LEAST_SESSIONS:
        return phrase(
            "A trend needs {least} comparable recordings; there {n|is|are} {n}.",
            least=LEAST_SESSIONS,
            n=len(visits),
        )
    days = visits[-1].day - visits[0].day
    if days < LEAST_DAYS:
        return phrase(
            "A trend needs comparable recordings over {least} days; these span {days}.",
            least=LEAST_DAYS,
            days=days,
        )
    return ""


def _unknown(measure: Measure, visits: Sequence[Visit], why: str) -> Trend:
    return Trend(measure, len(visits), None, None, "not_assessable", why)


def _told(measure: Measure, visits: Sequence[Visit], fit: Fit | None) -> Trend:
    if fit is None:
        return _unknown(measure, visits, "The recordings are all of one day.")
    low, high = fit.interval()
    direction: Direction = "more" if low > 0 else "less" if high < 0 else "no_clear_change"
    whole = abs(fit.slope) * (visits[-1].day - visits[0].day) / MONTH
    slight = direction != "no_clear_change" and whole < math.log(LEAST_CHANGE)
    return Trend(
        measure=measure,
        sessions=len(visits),
        factor_per_30_days=_exp(fit.slope),
        ci=(_exp(low), _exp(high)),
        direction="no_clear_change" if slight else direction,
        reason="Over these recordings together that is less than a quarter." if slight else "",
    )


def _exp(value: float) -> float:
    return math.exp(min(50.0, max(-50.0, value)))
