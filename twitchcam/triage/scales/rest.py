"""Rest: the time in which nothing was asked of the face, and what it did by itself then."""

from __future__ import annotations

from dataclasses import dataclass

from twitchcam.summary import Event, Measured
from twitchcam.triage.clues import counts, covered_fraction, free_blinks, guided_of, rest_seconds

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
    guided = guided_of(measured)
    events = guided.at_rest(measured.events)
    return Rest(
        seconds=rest_seconds(measured, guided),
        events=tuple(event for event in events if counts(event)),
        closures=tuple(closure for event in events if (closure := _closure(event)) is not None),
        blinks=len(free_blinks(measured, guided)),
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
    return Closure(side, event) if side is not None and counts(event) else None
