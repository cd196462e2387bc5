"""Sides: the weak side of the face against the other, from the guided tasks (reference B5, B6).

Every excursion is set against the other side of the same face, so that neither the scale of the millimetres
nor how much someone smiles counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twitchcam.phrases import phrase
from twitchcam.protocol import TaskName
from twitchcam.summary import Measured, Pair, TaskMeasure

MIN_EXCURSION_MM: Final[dict[TaskName, float]] = {
    "brow_raise": 1.0,
    "smile": 2.0,
    "pucker": 2.0,
    "snarl": 2.0,
}
"""The better side must move so far, else the task was hardly done, or both sides are weak; our own choice.
Landmarks of a smile repeat to 1.5 mm (S35d); brows that rise together measure about half of what they go."""
EYE_SLACK = 0.4
"""How much two shut eyes may differ in what the mesh reads of them (rendered faces: 0.5-0.85)."""
TOO_SMALL: Final = "too small to compare the sides (under 2 mm, of the brows 1 mm; our own choice)."
NAMES: Final[dict[TaskName, str]] = {
    "rest": "rest",
    "eyes_gentle": "gentle eye closure",
    "eyes_firm": "firm eye closure",
    "brow_raise": "brow raise",
    "smile": "smile",
    "pucker": "pucker",
    "snarl": "snarl",
    "sentence": "sentence",
}
"""The tasks in words."""


@dataclass(frozen=True, slots=True)
class Act:
    """How far both sides went in one task."""

    task: TaskName
    left: float
    right: float

    def part(self, side: str) -> float:
        """Return how far a side went, of the other, 0 to 1: a side that goes further has 1."""
        mine, other = (self.left, self.right) if side == "left" else (self.right, self.left)
        return min(1.0, max(0.0, mine) / other) if other > 0 else 1.0

    def of(self, side: str) -> float:
        """Return how far a side went."""
        return self.left if side == "left" else self.right

    def least(self, side: str | None) -> float:
        """Return the part of a side, or of the weaker one where no side is given."""
        return self.part(side) if side else min(self.part("left"), self.part("right"))


def best(
    measured: Measured, task: TaskName, value: Callable[[TaskMeasure], Pair], least: float = 0.0
) -> Act | None:
    """Return the best try at a task: that in which the better side went furthest.

    None when there is no assessable try with both sides measured whose better side reaches `least`.
    """
    acts = []
    for found in measured.tasks:
        pair = value(found)
        if found.task == task and found.assessable and pair.left is not None and pair.right is not None:
            acts.append(Act(task, pair.left, pair.right))
    reached = [act for act in acts if max(act.left, act.right) >= least]
    return max(reached, key=lambda act: max(act.left, act.right), default=None)


def excursion(measured: Measured, task: TaskName) -> Act | None:
    """Return the best try at a task that moves the brow or the mouth; None when it was hardly done."""
    return best(measured, task, lambda found: found.excursion_mm, MIN_EXCURSION_MM[task])


def closure(measured: Measured, task: TaskName) -> Act | None:
    """Return the best try at closing the eyes, 0 open to 1 shut."""
    return best(measured, task, lambda found: found.closure)


def share_of(acts: list[Act], side: str) -> float:
    """Return the mean part that a side reached of the other, 0 to 1."""
    return sum(act.part(side) for act in acts) / len(acts)


def weak_side(acts: list[Act]) -> str | None:
    """Return the side that went less far in all tasks together; None when both went alike."""
    left, right = share_of(acts, "left"), share_of(acts, "right")
    return None if left == right else "left" if left < right else "right"


def why_not(measured: Measured, task: TaskName, otherwise: str = TOO_SMALL) -> str:
    """Say why a task counts for nothing: not done, not assessable, or `otherwise`."""
    tries = [found for found in measured.tasks if found.task == task]
    if not tries:
        return phrase("The {task} was not done.", task=NAMES[task])
    name = NAMES[task].capitalize()
    if any(found.assessable for found in tries):
        return phrase("{act}: {why}", act=name, why=otherwise)
    return phrase("{act}: {why}", act=name, why=tries[0].reason or "it could not be assessed.")
