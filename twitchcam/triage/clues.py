"""Clues: the few numbers, drawn once from a measurement, that the patterns are compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from twitchcam.regions import LIPS, side_of
from twitchcam.summary import Event, LipSide, Measured
from twitchcam.triage.answers import Answers
from twitchcam.types import FloatArray

ONE_SIDED_SHARE = 0.8
"""Share of a group's movement that must lie on one side for it to count as one-sided; our own choice."""
STRONG = 0.25
"""Movements below this part of a run's largest are left out of its rhythm and side; our own choice."""
PAUSE_S = 2.0
"""A longer pause between the strong movements ends a run; our own choice."""
BLINK_LOCK_S = 0.15
"""A mouth event this close to a blink's peak goes with it: half of a full blink of 0.3 s; our own choice."""


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


@dataclass(frozen=True, slots=True)
class BlinkLock:
    """How often the mouth of one side moves with the blinks of both eyes."""

    share: float
    """Part of the blinks that come with a movement of the mouth."""
    p: float
    """Chance of as many if the blinks fell at random (binomial, with the time near a movement)."""


@dataclass(frozen=True)
class Clues:
    """What the patterns look at, besides the measurement itself."""

    measured: Measured
    answers: Answers
    lip_events: tuple[Event, ...]
    """Counted twitches and tonic movements in which a lip takes part."""
    interval_cv: float | None
    """Of the lip events' onsets; None with fewer than four."""
    median_length_s: float | None
    top_region_share: float | None
    """Share of the lips' movement that has the same strongest region, each event weighed by its amplitude."""
    runs: tuple[Run, ...]
    blinks_per_min: float | None
    blink_locks: dict[str, BlinkLock | None]
    """How the blinks of both eyes go with the mouth of each side; None below five blinks."""

    @property
    def usable_s(self) -> float:
        """Usable time of the recording."""
        return self.measured.quality.usable_s

    @property
    def assessable(self) -> bool:
        """The lips were measured and the recording can be used."""
        return self.measured.quality.verdict != "unusable" and self.measured.lips.events is not None


def gather_clues(measured: Measured, answers: Answers) -> Clues:
    """Return the clues of one recording."""
    lip = tuple(event for event in measured.events if _counts(event) and set(event.regions) & set(LIPS))
    blinks = _free_blinks(measured)
    minutes = measured.quality.usable_s / 60.0
    return Clues(
        measured=measured,
        answers=answers,
        lip_events=lip,
        interval_cv=interval_cv(np.sort([event.onset_s for event in lip])),
        median_length_s=float(np.median([e.offset_s - e.onset_s for e in lip])) if lip else None,
        top_region_share=_top_region_share(lip),
        runs=_runs(lip),
        blinks_per_min=blinks.size / minutes if minutes > 0 else None,
        blink_locks={side: _blink_lock(measured, blinks, side) for side in ("left", "right")},
    )


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


def side_of_events(events: tuple[Event, ...] | list[Event]) -> LipSide:
    """Return the side of nearly all movement (by amplitude), else 'bilateral'; 'none' without events."""
    if not events:
        return "none"
    sizes: dict[LipSide, float] = {}
    for event in events:
        sizes[event.side] = sizes.get(event.side, 0.0) + event.amplitude_mm
    side = max(sizes, key=lambda name: sizes[name])
    one = side in ("left", "right") and sizes[side] >= ONE_SIDED_SHARE * sum(sizes.values())
    return side if one else "bilateral"


def covered_fraction(events: tuple[Event, ...], usable_s: float) -> float:
    """Return which part of the usable time the events fill (overlaps counted once), 0 to 1."""
    spans = sorted((event.onset_s, event.offset_s) for event in events)
    total, end = 0.0, -np.inf
    for start, stop in spans:
        total += max(0.0, stop - max(start, end))
        end = max(end, stop)
    return float(min(1.0, total / usable_s)) if usable_s > 0 else 0.0


def _top_region_share(events: tuple[Event, ...]) -> float | None:
    sizes: dict[str, float] = {}
    for event in events:
        sizes[event.region] = sizes.get(event.region, 0.0) + event.amplitude_mm
    total = sum(sizes.values())
    return max(sizes.values()) / total if total > 0 else None


def _counts(event: Event) -> bool:
    return not event.gated and event.trial_type in ("twitch", "tonic")


def _runs(events: tuple[Event, ...]) -> tuple[Run, ...]:
    groups: dict[int, list[Event]] = {}
    for event in events:
        if event.run is not None:
            groups.setdefault(event.run, []).append(event)
    found = []
    for group in groups.values():
        largest = max(event.amplitude_mm for event in group)
        strong = [event for event in group if event.amplitude_mm >= STRONG * largest]
        times = _longest_stretch(np.sort([event.peak_s for event in strong]))
        length = float(times[-1] - times[0])
        if length > 0:
            hz = 1.0 / float(np.median(np.diff(times)))
            found.append(
                Run(float(times[0]), length, times.size, hz, interval_spread(times), side_of_events(strong))
            )
    return tuple(found)


def _longest_stretch(times_s: FloatArray) -> FloatArray:
    """Return the part of sorted (n,) times with most events and no pause above `PAUSE_S`."""
    return max(np.split(times_s, np.flatnonzero(np.diff(times_s) > PAUSE_S) + 1), key=len)


def _free_blinks(measured: Measured) -> FloatArray:
    """Return the peak times of the blinks that fall into usable time (not while speaking, smiling, ...)."""
    stopped = np.zeros(measured.t_s.shape, dtype=bool)
    for reason, mask in measured.gates.items():
        if reason != "blink":
            stopped |= mask
    peaks = np.sort([event.peak_s for event in measured.events if event.trial_type == "blink"])
    if not peaks.size or not stopped.size:
        return peaks
    at = np.clip(np.searchsorted(measured.t_s, peaks), 0, stopped.size - 1)
    return np.asarray(peaks[~stopped[at]])


def _blink_lock(measured: Measured, blinks: FloatArray, side: str) -> BlinkLock | None:
    if blinks.size < 5:
        return None
    mouth = [
        event.peak_s
        for event in measured.events
        if event.trial_type in ("twitch", "tonic")
        and event.gated in ("", "blink")
        and event.side == side
        and any(side_of(name) == side and not _around_the_eye(name) for name in event.regions)
    ]
    if not mouth:
        return BlinkLock(0.0, 1.0)
    near = _nearest(blinks, np.asarray(mouth)) <= BLINK_LOCK_S
    by_chance = float(np.mean(_nearest(measured.t_s, np.asarray(mouth)) <= BLINK_LOCK_S))
    p = float(binom.sf(int(near.sum()) - 1, blinks.size, by_chance))
    return BlinkLock(float(near.mean()), p)


def _nearest(times: FloatArray, others: FloatArray) -> FloatArray:
    """Return for each of (n,) times the distance to the nearest of (k,) others, k >= 1."""
    others = np.sort(others)
    at = np.searchsorted(others, times)
    before = np.abs(times - others[np.clip(at - 1, 0, others.size - 1)])
    after = np.abs(times - others[np.clip(at, 0, others.size - 1)])
    return np.asarray(np.minimum(before, after))


def _around_the_eye(region: str) -> bool:
    return "eyelid" in region or "brow" in region
