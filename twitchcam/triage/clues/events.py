"""Groups of movements: their side, their place, how alike they are, how much of the time they fill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from twitchcam.summary import Event, LipSide

ONE_SIDED_SHARE = 0.8
"""Share of a group's movement that must lie on one side for it to count as one-sided; our own choice."""
ALIKE_DEG = 45.0
"""Movements that keep within this angle of their common direction are alike; our own choice."""
ALIKE_REGIONS = 0.5
"""Two movements are alike when they share so much of the regions they move; our own choice."""
COMPARED = 120
"""So many movements, spread over the recording, are compared with each other."""


def counts(event: Event) -> bool:
    """Return whether an event is a counted twitch or tonic movement."""
    return not event.gated and event.trial_type in ("twitch", "tonic")


def side_of_events(events: Sequence[Event]) -> LipSide:
    """Return the side of nearly all movement (by amplitude), else 'bilateral'; 'none' without events."""
    if not events:
        return "none"
    sizes: dict[LipSide, float] = {}
    for event in events:
        sizes[event.side] = sizes.get(event.side, 0.0) + event.amplitude_mm
    side = max(sizes, key=lambda name: sizes[name])
    one = side in ("left", "right") and sizes[side] >= ONE_SIDED_SHARE * sum(sizes.values())
    return side if one else "bilateral"


def covered_fraction(events: Iterable[Event], usable_s: float, *, pause_s: float = 0.0) -> float:
    """Return which part of the usable time the events fill (overlaps counted once), 0 to 1.

    Pauses of up to `pause_s` between them count as filled.
    """
    spans = sorted((event.onset_s, event.offset_s) for event in events)
    total, end = 0.0, -np.inf
    for start, stop in spans:
        if start - end <= pause_s:
            start = min(start, end)
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return float(min(1.0, total / usable_s)) if usable_s > 0 else 0.0


def one_place_share(events: Iterable[Event]) -> float | None:
    """Return the largest share of the movement (by amplitude) that one region takes part in; None without."""
    sizes: dict[str, float] = {}
    total = 0.0
    for event in events:
        total += event.amplitude_mm
        for region in event.regions:
            sizes[region] = sizes.get(region, 0.0) + event.amplitude_mm
    return max(sizes.values()) / total if total > 0 else None


def leading_regions(events: Iterable[Event], *, least: float = 0.1) -> int:
    """Return how many regions lead at least the part `least` of the movements."""
    names = [event.region for event in events]
    return sum(names.count(name) >= max(1.0, least * len(names)) for name in set(names))


def alike_share(events: Sequence[Event]) -> float:
    """Return which part of the events repeat the commonest of them: its direction and its regions; 0 without.

    Stereotyped movements have 1; two kinds in turns have a half.
    """
    if not events:
        return 0.0
    some = events[:: -(-len(events) // COMPARED)]
    return max(sum(_alike(one, other) for other in some) for one in some) / len(some)


def _alike(a: Event, b: Event) -> bool:
    apart = abs((a.direction_deg - b.direction_deg + 180.0) % 360.0 - 180.0)
    shared, both = set(a.regions) & set(b.regions), set(a.regions) | set(b.regions)
    return apart <= ALIKE_DEG and len(shared) >= ALIKE_REGIONS * len(both)
