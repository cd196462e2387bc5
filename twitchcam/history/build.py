"""The course of one person's recordings, put together, and what it says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from twitchcam.course import Area, Course, CourseMark, CoursePoint, Direction, Measure, Trend
from twitchcam.history.figures import Visit
from twitchcam.history.lasting import measure_lasting
from twitchcam.history.likeness import differences
from twitchcam.history.progression import is_worsening, measure_trends
from twitchcam.history.spread import eye_and_mouth, find_new_areas
from twitchcam.phrases import listing, phrase

AREA_WORDS: Final[dict[Area, str]] = {
    "mouth": "the mouth", "eye": "the eye", "cheek": "the cheek", "brow": "the brow", "chin": "the chin",
}  # fmt: skip
MEASURE_WORDS: Final[dict[Measure, str]] = {"rate": "How often", "amplitude": "How far"}
DIRECTION_WORDS: Final[dict[Direction, str]] = {
    "more": "rising", "less": "falling", "no_clear_change": "no clear change", "not_assessable": "not known",
}  # fmt: skip


def build_course(visits: Sequence[Visit], marks: Sequence[tuple[int, CourseMark]] = ()) -> Course:
    """Return what the visits show together.

    Parameters
    ----------
    visits : sequence of Visit
        One person's recordings in any order; the latest is taken as the present one.
    marks : sequence of (day, CourseMark)
        Days of treatments; recordings before the last one up to the latest visit are no part of a trend.
    """
    visits = sorted(visits, key=lambda visit: (visit.day, visit.present, visit.id))
    now = visits[-1].day if visits else 0
    since = max((day for day, _ in marks if day <= now), default=None)
    lasting, trends = measure_lasting(visits), measure_trends(visits, since)
    new = find_new_areas(visits)
    course = Course(
        sessions=lasting.sessions,
        seen_sessions=lasting.seen_sessions,
        first_seen=lasting.first_seen,
        last_seen=lasting.last_seen,
        lasting_days=lasting.lasting_days,
        weeks_looked=lasting.weeks_looked,
        weeks_seen=lasting.weeks_seen,
        worsening=is_worsening(trends),
        trends=trends,
        new_areas=new,
        eye_and_mouth=eye_and_mouth(visits, new),
        marks=tuple(mark for _, mark in sorted(marks, key=lambda pair: pair[0])),
        points=_points(visits),
        sentences=(),
    )
    return replace(course, sentences=tuple(_sentences(course)))


def _points(visits: Sequence[Visit]) -> tuple[CoursePoint, ...]:
    last = next((visit for visit in reversed(visits) if visit.assessable), None)
    found = []
    for visit in visits:
        f = visit.figures
        why = differences(f, last.figures) if last is not None else ("No recording can be compared.",)
        found.append(
            CoursePoint(
                date=visit.date,
                verdict=f.verdict,
                usable_s=f.usable_s,
                events=f.events,
                rate_per_min=f.rate_per_min,
                rate_ci=f.rate_ci,
                amplitude_mm=f.amplitude_mm,
                amplitude_ci=f.amplitude_ci,
                asymmetry=f.asymmetry,
                asymmetry_ci=f.asymmetry_ci,
                seen=visit.seen,
                comparable=not why,
                why_not=why,
                present=visit is visits[-1],
            )
        )
    return tuple(found)


def _sentences(course: Course) -> Iterator[str]:
    if not course.sessions:
        yield "No recording so far let twitches of the lips be counted, so there is no course yet."
        return
    yield _seen(course)
    if course.lasting_days:
        yield phrase(
            "They have been seen again and again for {days} day{days||s}, in {seen} of the {looked} "
            "week{looked||s} that were looked at.",
            days=course.lasting_days,
            seen=course.weeks_seen,
            looked=course.weeks_looked,
        )
    yield from _trends(course.trends)
    for new in course.new_areas:
        yield phrase(
            "New since {day:s}: {area} of the {side} side twitches, which it did not do before.",
            day=new.first_seen,
            area=AREA_WORDS[new.area],
            side=new.side,
        )
    if course.eye_and_mouth is not None:
        yield phrase(
            "Eye and mouth of the {side} side both twitch in the latest recording.", side=course.eye_and_mouth
        )
    left_out = sum(not point.comparable for point in course.points)
    if left_out and len(course.points) > 1:
        yield phrase(
            "{n} recording{n||s} could not be compared with the latest one and took no part in trends.",
            n=left_out,
        )


def _seen(course: Course) -> str:
    if course.first_seen is None or course.last_seen is None:
        return phrase(
            "In {n} recording{n||s} the lips did not twitch more than those of a still face do by chance.",
            n=course.sessions,
        )
    if course.last_seen == course.first_seen:
        return phrase(
            "Twitches of the lips were seen in {seen} of {n} recording{n||s}, on {day:s}.",
            seen=course.seen_sessions,
            n=course.sessions,
            day=course.first_seen,
        )
    return phrase(
        "Twitches of the lips were seen in {seen} of {n} recording{n||s}, first on {first:s}, last on "
        "{last:s}.",
        seen=course.seen_sessions,
        n=course.sessions,
        first=course.first_seen,
        last=course.last_seen,
    )


def _trends(trends: Sequence[Trend]) -> Iterator[str]:
    told = [trend for trend in trends if trend.direction != "not_assessable"]
    if told:
        yield from map(trend_in_words, trends)
    elif trends:
        yield phrase("No trend can be told yet: {why}", why=trends[0].reason)


def trend_in_words(trend: Trend) -> str:
    """Say a trend in a sentence."""
    name = MEASURE_WORDS[trend.measure]
    if trend.factor_per_30_days is None or trend.ci is None:
        return phrase("{what}: no trend can be told. {why}", what=name, why=trend.reason)
    told = phrase(
        "{what}: {how}, {factor:.2f} times in 30 days (95 % interval {low:.2f} to {high:.2f}, {n} comparable "
        "recordings).",
        what=name,
        how=DIRECTION_WORDS[trend.direction],
        factor=trend.factor_per_30_days,
        low=trend.ci[0],
        high=trend.ci[1],
        n=trend.sessions,
    )
    return listing([told, trend.reason], comma=" ", last=" ") if trend.reason else told
