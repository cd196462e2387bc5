"""Spread: parts of the face that twitch now and did not before.

Hemifacial spasm usually begins at the eyelid and moves down to the mouth, atypically the other way (S1, S1d).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twitchcam.course import Area, CourseSide, NewArea
from twitchcam.history.chance import SEEN_P, same_rate_p
from twitchcam.history.figures import AREAS, SIDES, Visit
from twitchcam.history.likeness import alike

BEFORE: Final = 2
"""Recordings in which the part could have been seen, and was not, before it counts as new. Our own choice."""
SINCE: Final = 2
"""Recordings in which it was seen since: once may be chance. Our own choice."""


def find_new_areas(visits: Sequence[Visit]) -> tuple[NewArea, ...]:
    """Return the parts of each side that are new among the recordings like the last one, in fixed order.

    New is what was seen in none of the first recordings (`BEFORE` of them at least), in `SINCE` of the later
    ones and in most of these, at a rate that is beyond chance higher than before.
    """
    able = [visit for visit in visits if visit.assessable]
    like = alike(able, able[-1]) if able else []
    found = (_new(like, area, side) for side in SIDES for area in AREAS)
    return tuple(new for new in found if new is not None)


def _new(visits: Sequence[Visit], area: Area, side: CourseSide) -> NewArea | None:
    could = [visit for visit in visits if visit.area_seen(area, side) is not None]
    first = next((i for i, visit in enumerate(could) if visit.area_seen(area, side)), None)
    if first is None or first < BEFORE:
        return None
    before, since = could[:first], could[first:]
    times = sum(bool(visit.area_seen(area, side)) for visit in since)
    if times < SINCE or 2 * times <= len(since):
        return None
    a, b = _total(before, area, side), _total(since, area, side)
    grown = b[0] / b[1] > a[0] / a[1] and same_rate_p(*a, *b) < SEEN_P
    return NewArea(area, side, could[first].date) if grown else None


def _total(visits: Sequence[Visit], area: Area, side: CourseSide) -> tuple[int, float]:
    events = sum(visit.area_events(area, side) or 0 for visit in visits)
    return events, sum(visit.figures.usable_s for visit in visits)


def eye_and_mouth(visits: Sequence[Visit], new: Sequence[NewArea]) -> CourseSide | None:
    """Return the side on which eye and mouth both twitch in the last recording, one of them newly."""
    able = [visit for visit in visits if visit.assessable]
    for side in SIDES:
        joined = able and all(able[-1].area_seen(area, side) for area in ("eye", "mouth"))
        if joined and any(entry.side == side and entry.area in ("eye", "mouth") for entry in new):
            return side
    return None
