"""Rest: the time in which nothing was asked of the face, and what it did by itself then."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.summary import Event, Measured
from twitchcam.triage.clues import covered_fraction
from twitchcam.types import BoolArray, FloatArray

BLIND = "The lips and the eyes could not be measured in this recording."


@dataclass(frozen=True, slots=True)
class Closure:
    """One closing of an eye that is no blink."""

    side: str
    """'left' or 'right', or 'bilateral' for both eyes."""
    event: Event

    @property
    def length_s(self) -> float:
        """How long it lasted."""
        return self.event.offset_s - self.event.onset_s


@dataclass(frozen=True, slots=True)
class Rest:
    """Usable time without a task, and what happened in it."""

    seconds: float
    events: tuple[Event, ...]
    """Counted twitches and tonic movements."""
    closures: tuple[Closure, ...]
    blinks: int

    @property
    def blinks_per_min(self) -> float:
        """Blinks of both eyes; needs some seconds of rest."""
        return 60.0 * self.blinks / self.seconds

    def share(self, events: tuple[Event, ...]) -> float:
        """Return which part of the rest the events fill, 0 to 1."""
        return covered_fraction(events, self.seconds)


def rest_of(measured: Measured) -> Rest | None:
    """Return the rest of a recording, or None when it could not be measured.

    What a task of the guided protocol asks for is no sign of anything, so time and events inside the tasks
    are left out; without a protocol all usable time is rest.
    """
    if measured.quality.verdict == "unusable" or measured.lips.events is None:
        return None
    spans = [(task.start_s, task.end_s) for task in measured.tasks if task.task != "rest"]
    events = tuple(e for e in measured.events if not any(a <= e.peak_s <= b for a, b in spans))
    return Rest(
        seconds=max(0.0, measured.quality.usable_s - _usable_within(measured, spans)),
        events=tuple(e for e in events if not e.gated and e.trial_type in ("twitch", "tonic")),
        closures=tuple(closure for e in events if (closure := _closure(e)) is not None),
        blinks=sum(e.trial_type == "blink" and _watched(measured, e.peak_s) for e in events),
    )


def lid_side(event: Event) -> str | None:
    """Return which eye's lids take part: 'left', 'right' or 'bilateral'; None when none do."""
    sides = {name.rsplit("_", 1)[1] for name in event.regions if "eyelid" in name}
    return ("bilateral" if len(sides) > 1 else sides.pop()) if sides else None


def _closure(event: Event) -> Closure | None:
    """Return the event as a closing of one eye, or of both for longer than a blink lasts."""
    side = lid_side(event)
    if side == "bilateral":
        return Closure(side, event) if event.trial_type == "tonic" and event.gated == "blink" else None
    if side is None or event.gated or event.trial_type not in ("twitch", "tonic"):
        return None
    return Closure(side, event)


def _usable_within(measured: Measured, spans: list[tuple[float, float]]) -> float:
    if not spans or measured.t_s.size < 2:
        return 0.0
    inside = np.zeros(measured.t_s.shape, dtype=bool)
    for start, stop in spans:
        inside |= (measured.t_s >= start) & (measured.t_s < stop)
    return float(np.count_nonzero(inside & _free(measured)) * _step(measured.t_s))


def _watched(measured: Measured, t_s: float) -> bool:
    if not measured.t_s.size:
        return True
    at = min(int(np.searchsorted(measured.t_s, t_s)), measured.t_s.size - 1)
    return bool(_free(measured)[at])


def _free(measured: Measured) -> BoolArray:
    """Return (m,) True where movement counts; a blink does not stop the face from being watched."""
    stopped = np.zeros(measured.t_s.shape, dtype=bool)
    for reason, mask in measured.gates.items():
        if reason != "blink":
            stopped |= mask
    return ~stopped


def _step(t_s: FloatArray) -> float:
    return float(t_s[1] - t_s[0])
