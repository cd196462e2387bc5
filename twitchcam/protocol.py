"""The guided protocol: which task is done when, and how long.

A `Protocol` is a list of steps, as data (`protocols/*.toml`); laid out in time it gives the `Segment`s of a
recording. Outside the segments a recording is analysed as if there were none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
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

    @property
    def words(self) -> str:
        """Such as 'smile 60-66 s'."""
        return f"{self.task} {self.start_s:g}-{self.end_s:g} s"

    def holds(self, t_s: float) -> bool:
        """Tell whether a time lies in it."""
        return self.start_s <= t_s < self.end_s


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a protocol."""

    task: TaskName
    seconds: float
    prompt: str
    """What the person is asked to do: one or two plain sentences."""
    voice: str = ""
    """The same in a few words, to be said aloud; empty: the prompt is."""
    start_s: float | None = None
    """When it begins, on the protocol's clock; None: when the step before ends."""

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ValueError(f"no task {self.task!r}; choose one of {', '.join(TASKS)}")
        if not (math.isfinite(self.seconds) and self.seconds > 0):
            raise ValueError(f"{self.task}: a step lasts longer than 0 s")
        if self.start_s is not None and not (math.isfinite(self.start_s) and self.start_s >= 0):
            raise ValueError(f"{self.task}: a step starts at 0 s or later")


@dataclass(frozen=True, slots=True)
class Protocol:
    """Tasks in their order."""

    name: str
    title: str
    steps: tuple[Step, ...]
    start_s: float = 0.0
    """When the first step begins, on the clock of the clip that it was made for."""

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("a protocol needs at least one step")
        self.segments()

    @property
    def length_s(self) -> float:
        """From the begin of the first step to the end of the last."""
        laid = self.segments()
        return laid[-1].end_s - laid[0].start_s

    def segments(self, start_s: float | None = None) -> tuple[Segment, ...]:
        """Return the steps laid out in time; the whole begins at `start_s` where that is given (live).

        Raises
        ------
        ValueError
            If a step begins before the one before it ends.
        """
        found, at = [], self.start_s
        for step in self.steps:
            at = at if step.start_s is None else step.start_s
            found.append(Segment(step.task, at, at + step.seconds))
            at += step.seconds
        laid = in_order(found)
        if laid != tuple(found):
            raise ValueError("the steps are not in the order of their times")
        return laid if start_s is None else moved(laid, start_s - laid[0].start_s)


def in_order(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments by time.

    Raises
    ------
    ValueError
        If two overlap: one face does one task at a time.
    """
    laid = tuple(sorted(segments, key=lambda s: (s.start_s, s.end_s)))
    for one, other in pairwise(laid):
        if other.start_s < one.end_s - 1e-9:
            raise ValueError(f"{one.words} and {other.words} overlap; one task is done at a time")
    return laid


def moved(segments: Iterable[Segment], by_s: float) -> tuple[Segment, ...]:
    """Return the segments later by `by_s`."""
    return tuple(Segment(s.task, s.start_s + by_s, s.end_s + by_s) for s in segments)


def stretched(segments: Iterable[Segment], times: float) -> tuple[Segment, ...]:
    """Return the segments on a clock that runs `times` as fast (slow motion set to its real time)."""
    return tuple(Segment(s.task, s.start_s * times, s.end_s * times) for s in segments)
