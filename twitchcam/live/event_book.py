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
        settled = timeline.settled[len(self.settled) :]
        numbered = self._number([*settled, *timeline.open])
        self.settled += numbered[: len(settled)]
        self.open = numbered[len(settled) :]

    def _number(self, events: list[Event]) -> list[Numbered]:
        """Give each event the number of the same event in the look before, nearest first, or a new one."""
        pairs = sorted(
            (apart, k, number)
            for k, event in enumerate(events)
            for number, other in self.open
            if (apart := abs(other.peak_s - event.peak_s)) < SAME_S and _alike(event, other)
        )
        numbers: dict[int, int] = {}
        for _, k, number in pairs:
            if k not in numbers and number not in numbers.values():
                numbers[k] = number
        for k in range(len(events)):
            if k not in numbers:
                self._last += 1
                numbers[k] = self._last
        return [(numbers[k], event) for k, event in enumerate(events)]


def _alike(event: Event, other: Event) -> bool:
    return (event.trial_type == "blink") == (other.trial_type == "blink")


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
