"""The eyes: how often and how long both close, whether the brows sink with them and the mouth goes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from twitchcam.analysis.curves import nearest
from twitchcam.regions import INDEX, side_of
from twitchcam.summary import Event, Measured
from twitchcam.triage.clues.guided import Guided
from twitchcam.types import FloatArray

BLINK_LOCK_S = 0.15
"""A mouth event this close to a blink's peak goes with it: half of a full blink of 0.3 s; our own choice."""
FEWEST_BLINKS = 5
LONG_S = 1.0
"""Spasms of the lids that last longer count more in the scale (S23)."""
BROW_SINKS_MM = 0.6
"""Both brows go down by so much with the lids. The skin that follows an ordinary blink moves them by a few
tenths; our own choice."""
BEFORE_S = (0.25, 0.05)
"""The brows' place before a closure is taken within these times of its onset."""


@dataclass(frozen=True, slots=True)
class BlinkLock:
    """How often the mouth of one side moves with the blinks of both eyes."""

    share: float
    """Part of the blinks that come with a movement of the mouth."""
    p: float
    """Chance of as many if the blinks fell at random (binomial, with the time near a movement)."""


@dataclass(frozen=True, slots=True)
class EyeClues:
    """What both eyes did together, at rest."""

    per_min: float | None
    """Closures a minute, short and long; None without usable time."""
    long: int
    """Closures of more than a second."""
    closures: tuple[Event, ...]
    brow_share: float | None
    """Part of the closures with which both brows sank; None below five closures in which they were seen."""
    rest_per_min: float | None
    """Blinks a minute in the guided rest."""
    talk_per_min: float | None
    """Blinks a minute while a sentence was said."""


def eye_clues(
    measured: Measured, guided: Guided, usable_s: float, *, but: tuple[str, ...] = ("blink",)
) -> EyeClues:
    """Return what both eyes did at rest, in `usable_s` seconds. `but`: gates that do not stop them."""
    blinks = free_blinks(measured, guided, but=but)
    long = _in_usable(measured, guided.at_rest(_long_closures(measured)), but)
    closures = sorted((*blinks, *long), key=lambda e: e.onset_s)
    sinks = [brow_shift_mm(measured, event) for event in closures]
    seen = [max(pair) for pair in sinks if np.isfinite(pair).all()]
    return EyeClues(
        per_min=60.0 * len(closures) / usable_s if usable_s > 0 else None,
        long=len(long),
        closures=tuple(closures),
        brow_share=float(np.mean(np.array(seen) <= -BROW_SINKS_MM)) if len(seen) >= FEWEST_BLINKS else None,
        rest_per_min=_mean_rate(guided, "rest"),
        talk_per_min=_mean_rate(guided, "sentence"),
    )


def free_blinks(measured: Measured, guided: Guided, *, but: tuple[str, ...] = ("blink",)) -> list[Event]:
    """Return the blinks in usable time (not while speaking, smiling, ...) outside of guided tasks."""
    return _in_usable(measured, guided.at_rest(e for e in measured.events if e.trial_type == "blink"), but)


def blink_lock(measured: Measured, guided: Guided, side: str) -> BlinkLock | None:
    """Return how the mouth of a side goes with the blinks of both eyes; None below five blinks."""
    blinks = np.sort([event.peak_s for event in free_blinks(measured, guided)])
    if blinks.size < FEWEST_BLINKS:
        return None
    found = [
        event.peak_s
        for event in guided.at_rest(measured.events)
        if event.trial_type in ("twitch", "tonic")
        and event.gated in ("", "blink")
        and event.side == side
        and any(side_of(name) == side and not around_the_eye(name) for name in event.regions)
    ]
    if not found:
        return BlinkLock(0.0, 1.0)
    mouth = np.sort(found)
    near = nearest(blinks, mouth) <= BLINK_LOCK_S
    by_chance = float(np.mean(nearest(measured.t_s, mouth) <= BLINK_LOCK_S))
    p = float(binom.sf(int(near.sum()) - 1, blinks.size, by_chance))
    return BlinkLock(float(near.mean()), p)


def brow_shift_mm(measured: Measured, event: Event) -> tuple[float, float]:
    """Return how far the left and the right brow went up (down: negative) from before a closure to within it,
    mm; NaN where they were not seen.
    """
    t, before = measured.t_s, event.onset_s
    rest = (t >= before - BEFORE_S[0]) & (t <= before - BEFORE_S[1])
    middle, half = 0.5 * (event.onset_s + event.offset_s), 0.25 * (event.offset_s - event.onset_s)
    held = (t >= middle - half) & (t <= middle + half)
    brows = measured.band_mm[:, [INDEX["brow_left"], INDEX["brow_right"]], 1]
    left, right = (_middle(brows[held, i]) - _middle(brows[rest, i]) for i in range(2))
    return left, right


def around_the_eye(region: str) -> bool:
    """Return whether a region belongs to the eye or the brow."""
    return "eyelid" in region or "brow" in region


def _long_closures(measured: Measured) -> list[Event]:
    return [
        event
        for event in measured.events
        if event.trial_type == "tonic"
        and event.gated == "blink"
        and event.offset_s - event.onset_s > LONG_S
        and {side_of(name) for name in event.regions if "eyelid" in name} == {"left", "right"}
    ]


def _in_usable(measured: Measured, events: Sequence[Event], but: tuple[str, ...]) -> list[Event]:
    stopped = np.zeros(measured.t_s.shape, dtype=bool)
    for reason, mask in measured.gates.items():
        if reason not in but:
            stopped |= mask
    if not stopped.size:
        return list(events)
    at = [min(int(np.searchsorted(measured.t_s, event.peak_s)), stopped.size - 1) for event in events]
    return [event for event, k in zip(events, at, strict=True) if not stopped[k]]


def _mean_rate(guided: Guided, task: str) -> float | None:
    rates = [
        (t.blinks_per_min, t.end_s - t.start_s)
        for t in guided.tasks
        if t.task == task and t.assessable and t.blinks_per_min is not None
    ]
    total = sum(length for _, length in rates)
    return sum(rate * length for rate, length in rates) / total if total > 0 else None


def _middle(x: FloatArray) -> float:
    good = x[np.isfinite(x)]
    return float(np.median(good)) if good.size else float("nan")
