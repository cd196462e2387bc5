"""After House and Brackmann, measured form: how far the weak side goes, of the other (reference B5)."""

from __future__ import annotations

from typing import Final

from twitchcam.phrases import phrase
from twitchcam.protocol import TaskName
from twitchcam.summary import Measured, ScaleEstimate
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form, percent
from twitchcam.triage.scales.rest import BLIND
from twitchcam.triage.scales.sides import (
    EYE_SLACK,
    NAMES,
    Act,
    closure,
    excursion,
    share_of,
    weak_side,
    why_not,
)

GRADES: Final = ("I", "II", "III", "IV", "V", "VI")
WHOLE = 15 / 16
"""From here both sides go alike: the form has eight points, and this is nearest to all of them. Its rounding
as a limit is our own choice; no face is even to the last percent."""
NOTHING = 1 / 16
"""Below, the nearest number of points is 0; the same choice."""
LIMITS: Final = (WHOLE, 0.75, 0.50, 0.25, NOTHING)
"""A part above these is I, II, III, IV, V; the form's quarters (reference B5, background)."""
ALIKE = 0.2
"""Eyes that close alike within this are both taken as shut when they are asked to; our own choice."""
_III, _IV = 2, 3

GRADE = Form(
    "house_brackmann",
    "Facial movement, after the measured form of House and Brackmann",
    "I normal, II slight, III moderate, IV moderately severe, V severe, VI no movement",
    ("S29", "S29b", "S34"),
    (
        "What the grades say of the look at rest, of tone, and of linked movements.",
        "Eyes that both stay open alike: they are only compared with each other.",
        "Healthy faces are uneven too, and landmarks follow a weak side less: I and II are close.",
    ),
)


def house_brackmann(case: Case) -> ScaleEstimate:
    """Return the grade I to VI of the weaker side, from brow raise and smile (or pucker)."""
    measured = case.measured
    brow, mouth = excursion(measured, "brow_raise"), _mouth(measured)
    if measured.quality.verdict == "unusable":
        return GRADE.unknown(BLIND)
    if not measured.tasks:
        return GRADE.unknown("Needs guided tasks: brow raise and smile.")
    if brow is None or mouth is None:
        lacking: list[TaskName] = ["brow_raise"] if brow is None else []
        lacking += ["smile"] if mouth is None else []
        return GRADE.unknown(*(why_not(measured, task) for task in lacking))
    acts = [brow, mouth]
    weak = weak_side(acts)
    share = min(share_of(acts, "left"), share_of(acts, "right"))
    basis = [_told(act, weak) for act in acts]
    basis.append(
        phrase(
            "Together {share}; the form's limits are 75, 50 and 25 % (background), and 94 and 6 % for I "
            "and VI (our own choice).",
            share=percent(share),
        )
    )
    grade = sum(share <= limit for limit in LIMITS)
    firm, gentle = closure(measured, "eyes_firm"), closure(measured, "eyes_gentle")
    basis += [_told_eye(act) for act in (gentle, firm) if act is not None]
    grade = _with_eyes(grade, _closed(gentle, weak), _closed(firm, weak))
    sure = _closed(firm, weak) is not None
    missing = [] if sure else ["Whether the eye closes firmly, which divides III from IV."]
    return GRADE.value(GRADES[grade], basis, missing)


def _with_eyes(grade: int, gentle: bool | None, firm: bool | None) -> int:
    """Return the grade once the eye has its say: III closes with effort, IV does not, II without effort."""
    if firm is False:
        return max(grade, _IV)
    if firm is True and grade == _IV:
        return _III
    return max(grade, _III) if gentle is False else grade


def _mouth(measured: Measured) -> Act | None:
    return excursion(measured, "smile") or excursion(measured, "pucker")


def _closed(act: Act | None, weak: str | None) -> bool | None:
    """Tell whether the weak side's eye closes as far as the other; None in between, where it is not sure."""
    behind = 0.0 if act is None else _behind(act, weak)
    if act is None or ALIKE < behind <= EYE_SLACK:
        return None
    return behind <= ALIKE


def _behind(act: Act, weak: str | None) -> float:
    """Return by how much the weak side's eye stays open more than the other."""
    return (
        abs(act.left - act.right)
        if weak is None
        else act.of("right" if weak == "left" else "left") - act.of(weak)
    )


def _told(act: Act, weak: str | None) -> str:
    act_name, left, right = NAMES[act.task].capitalize(), act.left, act.right
    if not weak:
        return phrase(
            "{act}: left {left:.1f} mm, right {right:.1f} mm.", act=act_name, left=left, right=right
        )
    return phrase(
        "{act}: left {left:.1f} mm, right {right:.1f} mm; the {side} side reaches {part} of the other.",
        act=act_name,
        left=left,
        right=right,
        side=weak,
        part=percent(act.part(weak)),
    )


def _told_eye(act: Act) -> str:
    return phrase(
        "{act}: left {left}, right {right}; a difference of 20 points is none, one of 40 is "
        "sure (our own choice).",
        act=NAMES[act.task].capitalize(),
        left=percent(act.left),
        right=percent(act.right),
    )
