"""Trains: jerks of one place in a row, even or not, from five a second to one in five seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.timegrid import contiguous
from twitchcam.summary import Event, LipSide
from twitchcam.triage.clues.events import one_place_share, side_of_events
from twitchcam.types import FloatArray

STRONG = 0.25
"""Movements below this part of a run's largest are left out of its rhythm and side; our own choice."""
PAUSE_S = 2.0
"""A longer pause between the strong movements ends a run; our own choice."""
EVEN_SPREAD = 0.2
"""Interval spread up to which a train is even: an even 5 Hz train came out at 0.05, spasm bursts at 0.3-0.6,
on our own synthetic clips; our own choice."""
EVEN_WITHIN = 0.25
"""Each interval of an even train keeps within this part of the usual one, and one with a missed jerk of twice
that. Jerks at random times pass five such intervals in a row once in a thousand times, eight never."""
MISSED = 0.2
"""Part of the intervals that may have missed a jerk; our own choice."""
FEWEST = 7
"""Jerks of an even train; of one slower than `SLOW_HZ` two more. Chosen so that random jerks make none."""
SLOW_HZ = 0.8
MANY = 12
CLOCKWORK = 0.15
"""Interval spread up to which a run of `MANY` jerks is even throughout; our own choice."""
BRIEF_S = 0.6
"""A jerk is over within this, as filmed; our own choice (the muscle's own: below 0.1 s, S65)."""
PERIODS_S: FloatArray = np.geomspace(0.12, 5.2, 40)
"""Where an even train's interval is looked for: a tenth from one to the next."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of twitches."""

    start_s: float
    length_s: float
    events: int
    hz: float
    """One over the median interval."""
    spread: float
    """Robust spread of the intervals over their median: 0 for a clockwork, NaN below four events."""
    side: LipSide
    one_place: float = 1.0
    """Share of the movement in which one region takes part."""


def interval_cv(times_s: FloatArray) -> float | None:
    """Return standard deviation over mean of the intervals of sorted (n,) times; None below four times."""
    if times_s.size < 4:
        return None
    steps = np.diff(times_s)
    return float(np.std(steps) / np.mean(steps)) if np.mean(steps) > 0 else None


def interval_spread(times_s: FloatArray) -> float:
    """Return 1.48 MAD over median of the intervals of sorted (n,) times; NaN below four times.

    Unlike the plain ratio it is not thrown off by a pause or a missed event in the middle of an even train.
    """
    if times_s.size < 4:
        return float("nan")
    steps = np.diff(times_s)
    middle = float(np.median(steps))
    return float(1.4826 * np.median(np.abs(steps - middle)) / middle) if middle > 0 else float("nan")


def runs_of(events: Sequence[Event]) -> tuple[Run, ...]:
    """Return the runs that the analysis joined, by their strong movements."""
    groups: dict[int, list[Event]] = {}
    for event in events:
        if event.run is not None:
            groups.setdefault(event.run, []).append(event)
    found = []
    for group in groups.values():
        strong = _strong(group)
        times = _longest_stretch(np.sort([event.peak_s for event in strong]))
        if times[-1] > times[0]:
            found.append(_run(times, strong))
    return tuple(found)


def even_trains(events: Sequence[Event]) -> tuple[Run, ...]:
    """Return the longest even train of brief one-sided jerks of each side, where there is one.

    The analysis joins what follows within a second or so; here even jerks up to five seconds apart count. A
    long run that is even but for a few extra movements counts as a whole.
    """
    found = [r for r in runs_of(events) if r.events >= MANY and r.spread <= CLOCKWORK]
    for side in ("left", "right"):
        mine = _strong([e for e in events if e.side == side and e.offset_s - e.onset_s <= BRIEF_S])
        times = np.sort([event.peak_s for event in mine])
        stretch = longest_even(times)
        if stretch is not None:
            inside = [e for e in mine if times[stretch.start] <= e.peak_s <= times[stretch.stop - 1]]
            found.append(_run(times[stretch], inside))
    sides = ("left", "right")
    longest = [max((r for r in found if r.side == s), key=lambda r: r.length_s, default=None) for s in sides]
    return tuple(run for run in longest if run is not None)


def longest_even(
    times_s: FloatArray, *, fewest: int = FEWEST, band_hz: tuple[float, float] = (0.0, np.inf)
) -> slice | None:
    """Return where sorted (n,) times keep an even rhythm for longest; None when they never do."""
    steps = np.diff(times_s)
    best: slice | None = None
    for period in PERIODS_S:
        if not band_hz[0] <= 1.05 / period or not 0.95 / period <= band_hz[1]:
            continue
        least = fewest + 2 * (period > 1 / SLOW_HZ)
        for start, stop in _stretches(steps, float(period)):
            longer = (
                best is None or times_s[stop] - times_s[start] > times_s[best.stop - 1] - times_s[best.start]
            )
            if stop - start + 1 >= least and longer:
                best = slice(start, stop + 1)
    return best


def _stretches(steps: FloatArray, period: float) -> list[tuple[int, int]]:
    """Return the (first, stop) intervals in a row that fit `period`, with few missed jerks among them."""
    ratio = steps / period
    once = np.abs(ratio - 1) <= EVEN_WITHIN
    twice = np.abs(ratio - 2) <= EVEN_WITHIN
    found = []
    for start, stop in contiguous(once | twice):
        if np.count_nonzero(twice[start:stop]) <= MISSED * (stop - start):
            found.append((start, stop))
        else:
            found += [(start + a, start + b) for a, b in contiguous(once[start:stop])]
    return found


def _strong(group: Sequence[Event]) -> list[Event]:
    largest = max((event.amplitude_mm for event in group), default=0.0)
    return [event for event in group if event.amplitude_mm >= STRONG * largest]


def _run(times: FloatArray, events: Sequence[Event]) -> Run:
    return Run(
        start_s=float(times[0]),
        length_s=float(times[-1] - times[0]),
        events=times.size,
        hz=1.0 / float(np.median(np.diff(times))),
        spread=interval_spread(times),
        side=side_of_events(events),
        one_place=one_place_share(events) or 0.0,
    )


def _longest_stretch(times_s: FloatArray) -> FloatArray:
    """Return the part of sorted (n,) times with most events and no pause above `PAUSE_S`."""
    return max(np.split(times_s, np.flatnonzero(np.diff(times_s) > PAUSE_S) + 1), key=len)
