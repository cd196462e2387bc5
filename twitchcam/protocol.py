"""The guided protocol: which task is done when, and how long.

A `Protocol` is a list of steps, as data (`protocols/*.toml`); laid out in time it gives the `Segment`s of a
recording. Outside the segments a recording is analysed as if there were none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, get_args

TaskName = Literal["rest", "eyes_gentle", "eyes_firm", "brow_raise", "smile", "pucker", "snarl", "sentence"]
TASKS: Final[tuple[TaskName, ...]] = get_args(TaskName)
"""Every task a segment may name."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a recording in which one task is done."""

    task: TaskName
    start_s: float
    end_s: float
    """Media time, as all times of a recording."""

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"no task {self.task!r}; choose one of {', '.join(TASKS)}")
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s) and 0 <= self.start_s < self.end_s):
            raise ValueError(f"{self.task}: a segment goes from a time of at least 0 s to a later one")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol."""

    task: TaskName
    seconds: float
    prompt: str
    """What the person is asked to do: one plain sentence."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """Tasks in their order."""

    name: str
    title: str
    steps: tuple[Step, ...]

    @property
    def length_s(self) -> float:
        """Of all steps together."""
        return sum(step.seconds for step in self.steps)

    def segments(self, start_s: float = 0.0) -> tuple[Segment, ...]:
        """Return the steps laid out one after the other from `start_s` on."""
        found, at = [], start_s
        for step in self.steps:
            found.append(Segment(step.task, at, at + step.seconds))
            at += step.seconds
        return tuple(found)
