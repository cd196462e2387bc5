"""Course: the recordings of one person by date, as the page draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from twitchcam.course import Course, CoursePoint, Interval
from twitchcam.edges.report.axes import round_ticks
from twitchcam.edges.report.names import CHANGES, MEASURES
from twitchcam.edges.report.speech import day, decimal, finite, t
from twitchcam.edges.report.wording import interval

LISTED = 40
"""Recordings in the page's table, the latest ones; the history keeps all."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One recording in the diagram, in shares of its width and height from the lower left."""

    x: float
    y: float
    low: float | None
    high: float | None
    alike: bool
    present: bool
    title: str


@dataclass(frozen=True, slots=True)
class CourseFigure:
    """The rate over time."""

    dots: list[Dot]
    ticks: list[tuple[float, str]]
    """Height and rate."""
    marks: list[tuple[float, str]]
    """Place and text of what was done."""
    first: str
    last: str


def build_course(course: Course) -> CourseFigure | None:
    """Return the diagram of the rates, or None when no recording has one."""
    rated = [p for p in course.points if finite(p.rate_per_min)]
    if not rated:
        return None
    days = [_day(p.date) for p in rated] + [_day(mark.date) for mark in course.marks]
    first, last = min(days), max(days)
    span = max(last - first, 1)
    top = 1.1 * max([1.0, *(_high(p.rate_ci, p.rate_per_min or 0.0) for p in rated)])
    return CourseFigure(
        dots=[_dot(p, first, span, top) for p in rated],
        ticks=[(tick / top, decimal(tick, 0 if top > 5 else 1)) for tick in round_ticks(0.0, top, 4)],
        marks=[((_day(mark.date) - first) / span, mark.text) for mark in course.marks],
        first=day(date.fromordinal(first)),
        last=day(date.fromordinal(last)),
    )


def listed(course: Course) -> list[CoursePoint]:
    """Return the recordings of the table, the latest last."""
    return list(course.points[-LISTED:])


def told_trends(course: Course) -> list[str]:
    """Return how rate and size changed, with interval, or why that cannot be told."""
    told = []
    for trend in course.trends:
        name = t(MEASURES[trend.measure])
        if trend.factor_per_30_days is None:
            told.append(t("{measure}: {change}", measure=name, change=t(trend.reason) or t("cannot tell")))
            continue
        ci = interval(trend.ci, 2)
        text = t(
            "{measure}: {change}, times {factor} in 30 days",
            measure=name,
            change=t(CHANGES[trend.direction]),
            factor=decimal(trend.factor_per_30_days, 2),
        )
        told.append(text + (f" ({t('95 % interval {ci}', ci=ci)})" if ci else ""))
    return told


def told_day(text: str) -> str:
    """Return an ISO day or time as a date in words; what is no date stands as it is."""
    try:
        return day(date.fromisoformat(text[:10]))
    except ValueError:
        return text


def _dot(point: CoursePoint, first: int, span: int, top: float) -> Dot:
    rate = point.rate_per_min or 0.0
    low, high = point.rate_ci if point.rate_ci is not None else (None, None)
    return Dot(
        x=(_day(point.date) - first) / span,
        y=rate / top,
        low=None if low is None else low / top,
        high=None if high is None else high / top,
        alike=point.comparable,
        present=point.present,
        title=t("{date}: {rate} a minute", date=told_day(point.date), rate=decimal(rate, 1)),
    )


def _day(text: str) -> int:
    return date.fromisoformat(text[:10]).toordinal()


def _high(ci: Interval | None, rate: float) -> float:
    return rate if ci is None else max(rate, ci[1])
