"""Synkinesis: one side of the face goes along with what the rest of it does."""

from __future__ import annotations

from twitchcam.analysis.locked import Locked
from twitchcam.phrases import phrase
from twitchcam.summary import Pattern, TaskMeasure
from twitchcam.triage.checks import MINUTE_S, Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues
from twitchcam.triage.clues.along import BLINK_PULL_MM
from twitchcam.triage.clues.guided import EYE_TASKS, MOUTH_TASKS, larger_side

MIN_SHARE = 0.5
"""Part of the blinks that come with the mouth (reference E6, proposed)."""
MAX_P = 0.01
"""Chance of so many, or of so large an average; our own choice."""
PULL_MM = 1.5
"""A mouth corner that goes along with the eye: the repeatability of landmarks in posed movements (S35d)."""
NARROWING = 0.2
"""An eye that narrows along with the mouth: 2 mm (S38) of about 10 mm."""
TIMES_OTHER = 2.0
"""How much more one side goes along than the other: a little of it is normal on both; our own choice."""
SYNKINESIS = Plan("synkinesis_like", MINUTE_S, MINUTE_S, ("S18", "S19"))


def synkinesis_like(clues: Clues) -> Pattern:
    """One side of the face moves along with something else: a blink, a smile, a closing of the eyes."""
    along = acts_along(clues)
    locks = {side: lock for side, lock in clues.blink_locks.items() if lock is not None}
    tested = bool(locks) or bool(_tested(clues, EYE_TASKS) and _tested(clues, MOUTH_TASKS))
    if not tested and not along:
        return cannot_tell(SYNKINESIS, "Needs at least five blinks at rest, or the guided tasks.")
    sides = [side for _, side, _ in along] + [side for side in locks if goes_with_blinks(clues, side)]
    side = max(("left", "right"), key=sides.count)
    here = [act for act in along if act[1] == side]
    blinks = goes_with_blinks(clues, side)
    history = clues.answers.bells_palsy_history
    said = [text for _, _, text in here]
    if blinks:
        said.insert(0, _with_blinks(clues, side))
    kinds = {task in EYE_TASKS for task, _, _ in here} | ({True} if blinks else set())
    missing = (
        "The mouth did not move along with the blinks more than by chance; nor did one side move along with "
        "the guided tasks."
        if _tested(clues, EYE_TASKS) or _tested(clues, MOUTH_TASKS)
        else "The mouth did not move along with the blinks more than by chance; other acts were not tested."
    )
    core = [Check(bool(said), said[0] if said else "", missing)]
    full = [
        Check(
            history is True or len(kinds) == 2,
            "There was a facial palsy before." if history else "",
            "No earlier facial palsy."
            if history is False
            else "Whether there was a facial palsy was not answered.",
        )
    ]
    return weigh(SYNKINESIS, clues, core, full, said[1:])


def goes_with_blinks(clues: Clues, side: str) -> bool:
    """Return whether the mouth of a side moves with the blinks of both eyes, beyond chance."""
    return _seen_with_blinks(clues, side) or _corner_with_blinks(clues, side) is not None


def _seen_with_blinks(clues: Clues, side: str) -> bool:
    lock = clues.blink_locks[side]
    return lock is not None and lock.share >= MIN_SHARE and lock.p < MAX_P


def _corner_with_blinks(clues: Clues, side: str) -> Locked | None:
    """Return how the corner of a side goes with the blinks on the average; None when it does not clearly."""
    if clues.corner_lock is None or clues.corner_lock[0] != side:
        return None
    lock = clues.corner_lock[1]
    clear = lock.size_mm >= BLINK_PULL_MM and lock.share >= MIN_SHARE and lock.p < MAX_P
    return lock if clear else None


def _with_blinks(clues: Clues, side: str) -> str:
    lock, corner = clues.blink_locks[side], _corner_with_blinks(clues, side)
    if lock is not None and _seen_with_blinks(clues, side):
        return phrase(
            "The {side} side of the mouth moved with {share:.0%} of the blinks (p = {p:.2g}).",
            side=side,
            share=lock.share,
            p=lock.p,
        )
    size = corner.size_mm if corner is not None else 0.0
    return phrase(
        "With the blinks the {side} mouth corner goes {size:.1f} mm further than the other, on the average.",
        side=side,
        size=size,
    )


def acts_along(clues: Clues) -> list[tuple[str, str, str]]:
    """Return the guided tasks in which one side went along: (task, side, what was seen)."""
    found: list[tuple[str, str, str]] = []
    for task in clues.guided.done(*EYE_TASKS):
        pair = larger_side(task.mouth_pull_mm)
        if pair and pair[1] >= PULL_MM and pair[1] >= TIMES_OTHER * pair[2]:
            text = phrase(
                "{act}: the {side} mouth corner went along by {mm:.1f} mm (other side {other:.1f} mm).",
                act=_act(task),
                side=pair[0],
                mm=pair[1],
                other=pair[2],
            )
            found.append((task.task, pair[0], text))
    for task in clues.guided.done(*MOUTH_TASKS):
        pair = larger_side(task.eye_narrowing)
        if pair and pair[1] - pair[2] >= NARROWING and pair[1] >= TIMES_OTHER * pair[2]:
            text = phrase(
                "{act}: the {side} eye narrowed by {part:.0%} (other side {other:.0%}).",
                act=_act(task),
                side=pair[0],
                part=pair[1],
                other=pair[2],
            )
            found.append((task.task, pair[0], text))
    return found


_ACTS = {
    "eyes_gentle": "Closing the eyes gently", "eyes_firm": "Closing the eyes firmly",
    "brow_raise": "Raising the brows", "smile": "Smiling", "pucker": "Puckering the lips",
    "snarl": "Wrinkling the nose",
}  # fmt: skip


def _act(task: TaskMeasure) -> str:
    return _ACTS[task.task]


def _tested(clues: Clues, tasks: tuple[str, ...]) -> bool:
    pairs = [(t.mouth_pull_mm if t.task in EYE_TASKS else t.eye_narrowing) for t in clues.guided.tasks
             if t.task in tasks and t.assessable]  # fmt: skip
    return any(larger_side(pair) for pair in pairs)
