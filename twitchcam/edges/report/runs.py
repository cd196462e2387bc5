"""Runs: the trains of twitches, one row each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twitchcam.summary import Event

LISTED_RUNS = 60
"""Trains in the page's table."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One train of counted twitches."""

    number: int
    start_s: float
    stop_s: float
    events: int
    hz: float | None
    """One over the median interval between the peaks of its strongest region; None below three of them."""
    amplitude_mm: float
    """Median."""
    region: str
    """The strongest region of most of its events."""


def build_runs(events: Sequence[Event]) -> list[RunRow]:
    """Return the trains in time order."""
    groups: dict[int, list[Event]] = {}
    for event in events:
        if event.run is not None and not event.gated:
            groups.setdefault(event.run, []).append(event)
    rows = [_row(number, sorted(run, key=lambda e: e.peak_s)) for number, run in groups.items()]
    return sorted(rows, key=lambda row: row.start_s)


def _row(number: int, run: list[Event]) -> RunRow:
    region = Counter(e.region for e in run).most_common(1)[0][0]
    own = [e.peak_s for e in run if region in e.regions]
    gap = float(np.median(np.diff(own))) if len(own) >= 3 else 0.0
    return RunRow(
        number=number,
        start_s=min(e.onset_s for e in run),
        stop_s=max(e.offset_s for e in run),
        events=len(run),
        hz=1.0 / gap if gap > 0 else None,
        amplitude_mm=float(np.median([e.amplitude_mm for e in run])),
        region=region,
    )
