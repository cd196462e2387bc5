"""The course: what several recordings of one person show together. Part of summary.json only when asked for.

Dates are ISO days (2026-03-05). None means that the recordings cannot answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Interval = tuple[float, float]
Measure = Literal["rate", "amplitude"]
Direction = Literal["more", "less", "no_clear_change", "not_assessable"]
Area = Literal["mouth", "eye", "cheek", "brow", "chin"]
CourseSide = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One recording in the course."""

    date: str
    verdict: str
    usable_s: float
    events: int | None
    rate_per_min: float | None
    rate_ci: Interval | None
    """Exact 95 % Poisson interval: as if twitches came independently of each other."""
    amplitude_mm: float | None
    amplitude_ci: Interval | None
    asymmetry: float | None
    asymmetry_ci: Interval | None
    seen: bool | None
    """More twitches than a still face shows by chance; None when it could not be told."""
    comparable: bool
    """Filmed and measured like the present one."""
    why_not: tuple[str, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """How a measure changed over comparable recordings since the last treatment mark."""

    measure: Measure
    sessions: int
    factor_per_30_days: float | None
    ci: Interval | None
    """95 % interval of the factor, from how much the recordings scatter round the trend."""
    direction: Direction
    reason: str
    """Why it cannot be told, or is not called a change; else empty."""


@dataclass(frozen=True, slots=True)
class NewArea:
    """A part of one side of the face that twitches now and did not before."""

    area: Area
    side: CourseSide
    first_seen: str


@dataclass(frozen=True, slots=True)
class CourseMark:
    """A day on which something was done, such as a treatment."""

    date: str
    text: str


@dataclass(frozen=True, slots=True)
class Course:
    """What the recordings of one person show together."""

    sessions: int
    """Recordings in which twitches of the lips could have been seen."""
    seen_sessions: int
    first_seen: str | None
    last_seen: str | None
    lasting_days: int | None
    """From the first to the last day of the present stretch in which twitches were seen again and again."""
    weeks_looked: int
    weeks_seen: int
    worsening: bool | None
    trends: tuple[Trend, ...]
    new_areas: tuple[NewArea, ...]
    eye_and_mouth: CourseSide | None
    """Side on which eye and mouth both twitch now, one of them newly."""
    marks: tuple[CourseMark, ...]
    points: tuple[CoursePoint, ...]
    """Every recording, in time order."""
    sentences: tuple[str, ...]
