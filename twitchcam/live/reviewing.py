"""Reviewing: what the person at the page says about the finished session's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from twitchcam.errors import InputRefused
from twitchcam.review import Decision, Review, decision_about
from twitchcam.review.decisions import decision_of_row
from twitchcam.summary import Event, Measured, ReviewMark

FOUND: Final = "e"
ADDED: Final = "a"
"""First letters of the names of events: found automatically, and added by hand."""
MOST_ADDED: Final = 500
SAYABLE: Final = ("new_type", "new_side", "new_region", "note")


@dataclass(frozen=True)
class ReviewBook:
    """The decisions so far: about found events by their number, and added ones by theirs."""

    found: dict[int, Decision] = field(default_factory=dict)
    added: dict[int, Decision] = field(default_factory=dict)

    def decided(self, name: str, values: Mapping[str, Any], automatic: tuple[Event, ...]) -> ReviewBook:
        """Return the book with one more decision.

        `name` is that of an event, or empty for a new one; the action "keep" takes a decision back.

        Raises
        ------
        InputRefused
            If there is no such event, or the decision does not say what it should.
        """
        if not name:
            number = max(self.added, default=0) + 1
            if len(self.added) >= MOST_ADDED:
                raise InputRefused(f"No more than {MOST_ADDED} events can be added here; use a review file.")
            return replace(self, added={**self.added, number: decision_of_row({**values, "action": "add"})})
        kind, number = name[0], _number(name)
        if kind == ADDED and number in self.added:
            if values.get("action") not in ("keep", "reject"):
                raise InputRefused("An event that was added can be taken away again, not changed.")
            return replace(self, added={k: d for k, d in self.added.items() if k != number})
        if kind != FOUND or not 0 <= number < len(automatic):
            raise InputRefused(f"There is no event {name[:20]!r} to review.")
        rest = {k: d for k, d in self.found.items() if k != number}
        if values.get("action") == "keep":
            return replace(self, found=rest)
        said = {key: values[key] for key in SAYABLE if key in values}
        named = decision_about(automatic[number], "keep").plain()
        decision = decision_of_row({**named, **said, "action": values.get("action", "")})
        return replace(self, found={**rest, number: decision})

    @property
    def empty(self) -> bool:
        """Whether nothing was decided."""
        return not self.found and not self.added

    def review(self, automatic: tuple[Event, ...], sha256: str | None) -> Review:
        """Return the decisions as a review."""
        exact = [
            replace(d, onset_s=e.onset_s, peak_s=e.peak_s, offset_s=e.offset_s)
            for k, d in sorted(self.found.items())
            for e in (automatic[k],)
        ]
        added = [d for _, d in sorted(self.added.items())]
        when = datetime.now().astimezone().isoformat(timespec="seconds")
        return Review("", when, (*exact, *added), sha256)

    def rows(self, measured: Measured) -> list[tuple[str, ReviewMark]]:
        """Return every event with its name, in time order."""
        if measured.review is None:
            return [(f"{FOUND}{k}", ReviewMark("keep", e, e)) for k, e in enumerate(measured.events)]
        names = {(e.onset_s, e.peak_s, e.region): k for k, e in enumerate(_in_order(measured))}
        added = iter(sorted(self.added, key=lambda k: self.added[k].onset_s or 0.0))
        named = []
        for mark in measured.review.marks:
            e = mark.automatic
            name = f"{ADDED}{next(added)}" if e is None else f"{FOUND}{names[e.onset_s, e.peak_s, e.region]}"
            named.append((name, mark))
        return named


def _in_order(measured: Measured) -> tuple[Event, ...]:
    """Return the automatic events in the order of the automatic result."""
    assert measured.review is not None
    return tuple(sorted(measured.review.automatic, key=lambda e: (e.onset_s, e.peak_s, e.region)))


def _number(name: str) -> int:
    try:
        return int(name[1:])
    except ValueError:
        return -1
