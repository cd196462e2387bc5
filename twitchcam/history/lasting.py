"""Lasting: since when twitches are seen, and in how many of the weeks that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from twitchcam.history.figures import Visit

LONGEST_GAP_DAYS: Final = 31
"""Twitches seen on two days further apart are taken as two separate times. Our own choice: somebody who
records about once a month is still watched."""
DAYS_A_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long it has been seen."""

    sessions: int
    seen_sessions: int
    first_seen: str | None
    last_seen: str | None
    lasting_days: int | None
    """Days from the first to the last sight in the present stretch; None when it was never seen, or longer
    than `LONGEST_GAP_DAYS` ago."""
    weeks_looked: int
    weeks_seen: int


def measure_lasting(visits: Sequence[Visit]) -> Lasting:
    """Return how long twitches of the lips have been seen; `visits` in time order, the last one the present.

    The present stretch goes back from the last sight while the gaps between sights are no longer than
    `LONGEST_GAP_DAYS`. A recording in between that shows nothing does not end it: twitches come and go. Weeks
    are counted from the first recording on.
    """
    looked = [visit for visit in visits if visit.seen is not None]
    seen = [visit for visit in looked if visit.seen]
    start = looked[0].day if looked else 0
    return Lasting(
        sessions=len(looked),
        seen_sessions=len(seen),
        first_seen=seen[0].date if seen else None,
        last_seen=seen[-1].date if seen else None,
        lasting_days=_stretch(seen, visits[-1].day if visits else 0),
        weeks_looked=len({(visit.day - start) // DAYS_A_WEEK for visit in looked}),
        weeks_seen=len({(visit.day - start) // DAYS_A_WEEK for visit in seen}),
    )


def _stretch(seen: Sequence[Visit], now: int) -> int | None:
    if not seen or now - seen[-1].day > LONGEST_GAP_DAYS:
        return None
    first = seen[-1].day
    for visit in reversed(seen):
        if first - visit.day > LONGEST_GAP_DAYS:
            break
        first = visit.day
    return seen[-1].day - first
