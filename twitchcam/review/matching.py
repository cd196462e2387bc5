"""Matching: which of the events that were found a decision is about."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from twitchcam.review.decisions import Decision
from twitchcam.summary import Event

TOLERANCE_S: Final = 0.1
"""Another analysis of the same clip moves peaks by a frame or two (33 ms each at 30 a second). Where a train
is faster than this, the nearest peak wins, and each event is given away once."""
OTHER_REGION_S: Final = 0.04
"""An event whose strongest region is another one is taken as so much further off: neighbours swap ranks
easily, but of two movements at one time that of the named region is meant."""
ELSEWHERE_S: Final = 1.0
"""The same for a region that does not take part in the event at all: never the same one."""


def match_decisions(decisions: Sequence[Decision], events: Sequence[Event]) -> dict[int, int]:
    """Return for each decision about a found event, by its number, the number of that event.

    Pairs are made from the nearest on, each event and decision once; a decision that finds none within
    `TOLERANCE_S` is left out. Where two decisions are about one event the later one is given the event.
    """
    order = sorted(range(len(events)), key=lambda k: events[k].peak_s)
    peaks = [events[k].peak_s for k in order]
    onsets_order = sorted(range(len(events)), key=lambda k: events[k].onset_s)
    onsets = [events[k].onset_s for k in onsets_order]
    pairs = []
    for number, decision in enumerate(decisions):
        if decision.action == "add":
            continue
        at_s = decision.peak_s if decision.peak_s is not None else decision.onset_s
        assert at_s is not None
        times, by = (peaks, order) if decision.peak_s is not None else (onsets, onsets_order)
        for k in range(bisect_left(times, at_s - TOLERANCE_S), bisect_right(times, at_s + TOLERANCE_S)):
            cost = abs(times[k] - at_s) + _apart(decision, events[by[k]])
            if cost <= TOLERANCE_S + OTHER_REGION_S:
                pairs.append((cost, -number, by[k]))
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for _, minus, event in sorted(pairs):
        if -minus not in matched and event not in taken:
            matched[-minus] = event
            taken.add(event)
    return matched


def _apart(decision: Decision, event: Event) -> float:
    """Return what the regions add to the distance, s."""
    if decision.region is None or decision.region == event.region:
        return 0.0
    return OTHER_REGION_S if decision.region in event.regions else ELSEWHERE_S
