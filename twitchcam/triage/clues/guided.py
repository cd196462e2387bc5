"""Guided tasks: what the person was asked to do when, and what one side did otherwise than the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twitchcam.protocol import TaskName
from twitchcam.summary import Event, Measured, Pair, TaskMeasure

HELD: tuple[TaskName, ...] = ("pucker", "smile", "snarl")
"""Tasks in which the mouth holds a position."""
EYE_TASKS: tuple[TaskName, ...] = ("eyes_gentle", "eyes_firm", "brow_raise")
MOUTH_TASKS: tuple[TaskName, ...] = ("smile", "pucker", "snarl")


@dataclass(frozen=True, slots=True)
class Guided:
    """The segments of a guided protocol; empty without one."""

    tasks: tuple[TaskMeasure, ...]

    @property
    def rest(self) -> tuple[TaskMeasure, ...]:
        """Segments in which the person was asked to be still and silent."""
        return tuple(task for task in self.tasks if task.task == "rest")

    def done(self, *names: TaskName) -> tuple[TaskMeasure, ...]:
        """Return the segments of these tasks that could be assessed."""
        return tuple(task for task in self.tasks if task.task in names and task.assessable)

    def acting(self, time_s: float) -> bool:
        """Return whether the person was asked to do something at this time."""
        return any(task.task != "rest" and task.start_s <= time_s < task.end_s for task in self.tasks)

    def asked_to_rest(self, time_s: float) -> bool:
        """Return whether the person was asked to be still and silent at this time."""
        return any(task.start_s <= time_s < task.end_s for task in self.rest)

    def at_rest(self, events: Iterable[Event]) -> list[Event]:
        """Return the events that belong to no task but rest: by their peak, and their onset."""
        return [e for e in events if not self.acting(e.peak_s) and not self.acting(e.onset_s)]


def guided_of(measured: Measured) -> Guided:
    """Return the guided part of a measurement."""
    return Guided(measured.tasks)


def larger_side(pair: Pair) -> tuple[str, float, float] | None:
    """Return the side with the larger value, that value and the other; None unless both are known."""
    if pair.left is None or pair.right is None:
        return None
    if pair.left >= pair.right:
        return "left", pair.left, pair.right
    return "right", pair.right, pair.left
