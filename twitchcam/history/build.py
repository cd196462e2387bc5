"""The course of one person's recordings, put together, and what it says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from twitchcam.course import Course, CourseMark, CoursePoint, Trend
from twitchcam.history.figures import Visit
from twitchcam.history.lasting import Lasting, measure_lasting
from twitchcam.history.likeness import differences
from twitchcam.history.progression import is_worsening, measure_trends
from twitchcam.history.spread import eye_and_mouth, find_new_areas

AREA_WORDS = {
    "mouth": "the mouth",
    "eye": "the eye",
    "cheek": "the cheek",
    "brow": "the brow",
    "chin": "the chin",
}


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
    return replace(course, sentences=tuple(_sentences(course, lasting)))


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


def _sentences(course: Course, lasting: Lasting) -> Iterator[str]:
    if not course.sessions:
        yield "No recording so far let twitches of the lips be counted, so there is no course yet."
        return
    yield _seen(course)
    if lasting.lasting_days is not None and lasting.seen_sessions > 1:
        yield (
            f"In the present stretch they have been seen for {_many(lasting.lasting_days, 'day')}, in "
            f"{course.weeks_seen} of {_many(course.weeks_looked, 'week')} that were looked at."
        )
    yield from map(trend_in_words, course.trends)
    for new in course.new_areas:
        yield (
            f"New since {new.first_seen}: {AREA_WORDS[new.area]} of the {new.side} side twitches, which it "
            "did not in the recordings before."
        )
    if course.eye_and_mouth is not None:
        yield f"Eye and mouth of the {course.eye_and_mouth} side both twitch in the latest recording."
    left_out = sum(not point.comparable for point in course.points)
    if left_out:
        many = _many(left_out, "recording")
        yield f"{many} could not be compared with the latest one and took no part in trends."


def _seen(course: Course) -> str:
    if course.first_seen is None:
        return (
            f"In {_many(course.sessions, 'recording')} the lips did not twitch more than those of a still "
            "face do by chance."
        )
    when = f"on {course.first_seen}"
    if course.last_seen != course.first_seen:
        when = f"first on {course.first_seen}, last on {course.last_seen}"
    of = _many(course.sessions, "recording")
    return f"Twitches of the lips were seen in {course.seen_sessions} of {of}, {when}."


def trend_in_words(trend: Trend) -> str:
    """Say a trend in a sentence."""
    name = {"rate": "How often", "amplitude": "How far"}[trend.measure]
    if trend.factor_per_30_days is None or trend.ci is None:
        return f"{name}: no trend can be told. {trend.reason}"
    told = {"more": "rising", "less": "falling"}.get(trend.direction, "no clear change")
    return (
        f"{name}: {told}, {trend.factor_per_30_days:.2f} times in 30 days (95 % interval {trend.ci[0]:.2f} "
        f"to {trend.ci[1]:.2f}, {trend.sessions} comparable recordings)."
    )


def _many(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
