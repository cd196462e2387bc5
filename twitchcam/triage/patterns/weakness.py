"""Weakness of one side: a droop at rest, and less movement when the face is asked to move."""

from __future__ import annotations

from dataclasses import dataclass

from twitchcam.phrases import phrase
from twitchcam.summary import Pattern, RestAsymmetry, TaskMeasure
from twitchcam.triage.checks import Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues
from twitchcam.triage.clues.guided import larger_side

DROOP_MM = 3.0
"""Mouth corners: the difference that people notice (S36)."""
LID_RATIO = 0.8
"""Lid gap, smaller over larger: 2 mm (S38) of about 10 mm; the conversion is our own choice."""
EXCURSION_MM = {"smile": 3.0, "pucker": 2.0, "snarl": 2.0, "brow_raise": 1.0}
"""How much further the better side goes. A smile that differs by 3 mm is noticed, a brow that differs by 1-6
mm (S38; measured at about half when both go up); the rest is our own choice."""
EXCURSION_RATIO = 0.7
"""Weaker over better side. Corners of healthy people differ by up to 3.9 mm of 14 (S35b): a ratio of 0.72."""
SHUT = 0.5
"""A shut eye reads 0.5-0.85 on rendered clips, differently from eye to eye."""
OPEN_BY = 0.4
"""So much less the other one closes: beyond what two shut eyes differ by, as filmed; our own choice."""

SPARED = (
    "The forehead of that side moves like the other: a weak mouth with a spared forehead points to the brain"
    " and is urgent when new."
)
WEAKNESS = Plan("facial_weakness_like", 0.0, 0.0, ("S36", "S38", "S76"))
"""A droop needs two seconds of straight rest, strength the guided tasks; seconds of rest do not decide."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that is less on one side."""

    side: str
    text: str


def facial_weakness_like(clues: Clues) -> Pattern:
    """One side of the face hangs at rest or moves less in the guided tasks.

    A droop at rest alone is at most possible: weakness shows in movement, and a natural difference looks
    alike. Two signs of one side, one of them of movement, flag it.
    """
    if not clues.assessable:
        return cannot_tell(WEAKNESS, "The face could not be measured in this recording.")
    resting, moving = rest_signs(clues.measured.rest_asymmetry), task_signs(clues)
    if not resting and not moving:
        return _nothing(clues)
    signs = [sign.side for sign in (*moving, *resting)]
    side = max(("left", "right"), key=signs.count)
    mine, rest_of = [s.text for s in moving if s.side == side], [s.text for s in resting if s.side == side]
    texts = [*rest_of, *mine]
    core = [Check(True, texts[0], "")]
    full = [
        Check(bool(mine), "", "Strength was not tested (guided tasks)." if not _tested(clues) else
              "In the guided tasks both sides moved alike."),
        Check(len(texts) >= 2, "", "It is a single sign."),
    ]  # fmt: skip
    but = ["Natural and long-standing differences look the same; is it new?"]
    if len(set(signs)) > 1:
        but.append("The other side showed a sign too.")
    also = texts[1:]
    forehead = forehead_says(clues, side) if mine or rest_of else ""
    if forehead:
        also.append(forehead)
    return weigh(WEAKNESS, clues, core, full, also, but)


def rest_signs(rest: RestAsymmetry) -> list[Sign]:
    """Return what hangs at rest."""
    signs: list[Sign] = []
    if not rest.assessable:
        return signs
    drop, ratio = rest.commissure_mm, rest.eye_opening_ratio
    if drop is not None and abs(drop) >= DROOP_MM:
        side = "left" if drop < 0 else "right"
        signs.append(
            Sign(
                side,
                phrase(
                    "The {side} mouth corner rests {drop:.1f} mm lower than the other.",
                    side=side,
                    drop=abs(drop),
                ),
            )
        )
    if ratio is not None and ratio > 0 and min(ratio, 1.0 / ratio) <= LID_RATIO:
        side = "left" if ratio < 1 else "right"
        signs.append(
            Sign(
                side,
                phrase(
                    "The {side} eye is open to {ratio:.0%} of the other.",
                    side=side,
                    ratio=min(ratio, 1 / ratio),
                ),
            )
        )
    return signs


def task_signs(clues: Clues) -> list[Sign]:
    """Return what moved less on one side in the guided tasks, each task at most once."""
    found: dict[str, Sign] = {}
    for task in clues.guided.done("smile", "pucker", "snarl", "brow_raise"):
        weak = weaker_side(task)
        if weak:
            better = larger_side(task.excursion_mm)
            assert better is not None
            text = phrase(
                "{act}: the {side} side went {mm:.1f} mm, the other {other:.1f} mm.",
                act=_NAMES[task.task],
                side=weak,
                mm=better[2],
                other=better[1],
            )
            found[task.task] = Sign(weak, text)
    for task in clues.guided.done("eyes_gentle", "eyes_firm"):
        pair = larger_side(task.closure)
        if pair and pair[1] >= SHUT and pair[1] - pair[2] >= OPEN_BY:
            weak = "right" if pair[0] == "left" else "left"
            text = phrase(
                "{act}: the {side} eye closed to {part:.0%}, the other to {other:.0%}.",
                act=_NAMES[task.task],
                side=weak,
                part=pair[2],
                other=pair[1],
            )
            found[task.task] = Sign(weak, text)
    return list(found.values())


def weaker_side(task: TaskMeasure) -> str | None:
    """Return the side that moved clearly less in a task, or None."""
    pair = larger_side(task.excursion_mm)
    if not pair or pair[1] - pair[2] < EXCURSION_MM[task.task] or pair[2] > EXCURSION_RATIO * pair[1]:
        return None
    return "right" if pair[0] == "left" else "left"


def forehead_says(clues: Clues, side: str) -> str:
    """Return whether the forehead of a side with a weak mouth is weak too; '' without a weak mouth."""
    mouth = any(weaker_side(t) == side for t in clues.guided.done("smile", "pucker", "snarl"))
    brows = [t for t in clues.guided.done("brow_raise") if larger_side(t.excursion_mm)]
    if not mouth:
        return ""
    if not brows:
        return "Whether the forehead of that side is weak too was not tested."
    if any(weaker_side(t) == side for t in brows):
        return "The forehead of that side is weak too, as described for the facial nerve itself."
    return SPARED


def _nothing(clues: Clues) -> Pattern:
    rest = clues.measured.rest_asymmetry
    missing = [words for words, tasks in _NEEDED.items() if not _done(clues, tasks)]
    if not rest.assessable:
        missing.insert(0, "the face straight and at rest")
    if not missing:
        text = phrase(
            "No droop of {mm:.0f} mm at rest, and both sides moved alike in the guided tasks.",
            mm=DROOP_MM,
        )
        return weigh(WEAKNESS, clues, [Check(False, "", text)], [])
    if not rest.assessable and not clues.guided.tasks:
        return cannot_tell(WEAKNESS, "The face was not seen straight and at rest for long enough.")
    seen = phrase("No droop of {mm:.0f} mm at rest; strength", mm=DROOP_MM) if rest.assessable else "Strength"
    if not clues.guided.tasks:
        return cannot_tell(
            WEAKNESS,
            phrase(
                "{seen} can only be judged in movement (guided tasks).",
                seen=seen,
            ),
        )
    return cannot_tell(
        WEAKNESS,
        phrase(
            "{seen} can only be judged in movement; missing: {missing}.",
            seen=seen,
            missing=", ".join(missing),
        ),
    )


def _done(clues: Clues, tasks: tuple[str, ...]) -> bool:
    done = [t for t in clues.guided.tasks if t.assessable and t.task in tasks]
    return any(larger_side(t.closure if t.task.startswith("eyes") else t.excursion_mm) for t in done)


def _tested(clues: Clues) -> bool:
    return any(_done(clues, tasks) for tasks in _NEEDED.values())


_NEEDED = {
    "a smile": ("smile",),
    "raised brows": ("brow_raise",),
    "closed eyes": ("eyes_gentle", "eyes_firm"),
}
_NAMES = {
    "smile": "Smile", "pucker": "Pucker", "snarl": "Wrinkled nose", "brow_raise": "Raised brows",
    "eyes_gentle": "Eyes closed gently", "eyes_firm": "Eyes closed firmly",
}  # fmt: skip
