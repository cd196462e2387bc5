"""Which recordings stand before and which after."""

from __future__ import annotations

from collections.abc import Sequence

from twitchcam.edges.store import Store
from twitchcam.errors import InputRefused
from twitchcam.history.compared import Comparison
from twitchcam.history.comparison import compare
from twitchcam.history.figures import Visit
from twitchcam.history_command.filmed import day_number, parse_date
from twitchcam.history_command.remember import visit_of


def compare_kept(
    store: Store, person: str, sessions: Sequence[int], at: str | None, days: int | None
) -> Comparison:
    """Compare two sessions, or those before a day with those from that day on.

    Without a day the person's last mark is taken. Neighbouring marks end the two times, so that two
    treatments are not mixed.

    Raises
    ------
    InputRefused
        If there is nothing to compare.
    """
    visits = [visit_of(kept) for kept in store.sessions(person)]
    if sessions:
        return compare(*_two(visits, sessions, person))
    marks = sorted({day_number(mark.day) for mark in store.marks(person)})
    day = day_number(parse_date(at, "--at")) if at is not None else _last(marks, person)
    earliest = max((mark for mark in marks if mark < day), default=0)
    latest = min((mark for mark in marks if mark > day), default=10**9)
    if days is not None:
        earliest, latest = max(earliest, day - days), min(latest, day + days)
    before = [visit for visit in visits if earliest <= visit.day < day]
    after = [visit for visit in visits if day <= visit.day < latest]
    return compare(before, after)


def _two(visits: Sequence[Visit], numbers: Sequence[int], person: str) -> tuple[list[Visit], list[Visit]]:
    if len(numbers) != 2:
        raise InputRefused(f"give two numbers of 'twitchcam history list' to compare, not {len(numbers)}")
    known = {visit.id: visit for visit in visits}
    for number in numbers:
        if number not in known:
            raise InputRefused(
                f"{person!r} has no session {number}; 'twitchcam history list' shows the numbers"
            )
    first, second = sorted((known[number] for number in numbers), key=lambda visit: (visit.day, visit.id))
    return [first], [second]


def _last(marks: Sequence[int], person: str) -> int:
    if not marks:
        raise InputRefused(
            f"there is no mark of {person!r} to compare across; give a day with --at 2026-03-10, two numbers "
            "of the list, or set a mark with 'twitchcam history mark'"
        )
    return marks[-1]
