"""The event book: numbers that events keep though every look finds them anew, and what a page lacks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from twitchcam.live.timeline import Timeline
from twitchcam.summary import Event

SAME_S: Final = 0.12
"""Peaks nearer than this in two looks are the same event's."""
Numbered = tuple[int, Event]


class EventBook:
    """The events of a session so far, numbered from 1."""

    def __init__(self) -> None:
        self.settled: list[Numbered] = []
        """They stay as they are."""
        self.open: list[Numbered] = []
        """The next look may change or remove them."""
        self._last = 0

    def update(self, timeline: Timeline) -> None:
        """Take what the timeline has now."""
        free = dict(self.open)
        for event in timeline.settled[len(self.settled) :]:
            self.settled.append((self._number(event, free), event))
        self.open = [(self._number(event, free), event) for event in timeline.open]

    def _number(self, event: Event, free: dict[int, Event]) -> int:
        """Return the number of the same event in the look before, or a new one."""
        blink = event.trial_type == "blink"
        near = {
            number: abs(other.peak_s - event.peak_s)
            for number, other in free.items()
            if (other.trial_type == "blink") == blink
        }
        nearest = min(near, key=lambda number: near[number], default=None)
        if nearest is None or near[nearest] >= SAME_S:
            self._last += 1
            return self._last
        del free[nearest]
        return nearest


@dataclass
class Shown:
    """What one page knows of the book."""

    settled: int = 0
    """So many settled events."""
    open: dict[int, Event] = field(default_factory=dict)

    def changes(self, book: EventBook) -> tuple[list[Numbered], list[int]]:
        """Return the events that are new or different for this page, and the numbers of those that are gone;
        it knows them from now on.
        """
        settled, still_open = book.settled[self.settled :], list(book.open)
        different = [(n, event) for n, event in (*settled, *still_open) if self.open.get(n) != event]
        there = {n for n, _ in (*settled, *still_open)}
        gone = [n for n in self.open if n not in there]
        self.settled += len(settled)
        self.open = dict(still_open)
        return different, gone
