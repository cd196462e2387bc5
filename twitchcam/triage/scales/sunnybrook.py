"""After the Sunnybrook grading: resting shape, voluntary movement, linked movement (reference B6).

Parts that were not done or cannot be seen leave a range from their best to their worst score; nothing is put
in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twitchcam.phrases import phrase
from twitchcam.protocol import TaskName
from twitchcam.summary import Measured, ScaleEstimate
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form, from_to, in_mm, percent
from twitchcam.triage.scales.rest import BLIND
from twitchcam.triage.scales.sides import EYE_SLACK, NAMES, Act, best, closure, excursion, weak_side, why_not

ACTS: Final[tuple[TaskName, ...]] = ("brow_raise", "eyes_gentle", "smile", "snarl", "pucker")
"""The five of the form."""
MOVED: Final = (0.10, 0.40, 0.70, 0.90)
"""Parts of the other side that divide none, slight, mild, almost complete and complete (1-5); the words are
the form's, the numbers our own choice."""
PULLED_MM: Final = (1.5, 3.0, 6.0)
"""Pull of the mouth corner beyond the other's that makes 1, 2, 3: what repeats (S35d), what is noticed (S36),
what is not accepted (S37); that they divide the form's steps is our own choice."""
NARROWED: Final = (0.10, 0.20, 0.35)
"""Narrowing of the eye beyond the other's that makes 1, 2, 3, as the mesh reads it: about half of the true
part, and up to 0.05 where nothing narrows (rendered faces); our own choice."""
UNSEEN: Final = "what moved along was not measured."
DROP_MM = 3.0
"""Mouth corners: the difference that people notice (S36)."""
LID_RATIO = 0.8
"""Lid gap, smaller over larger: 2 mm (S38) of about 10 mm; the conversion is our own choice."""
WIDEST_RANGE = 30
"""A composite that is known less well than this is not given; our own choice."""

_SOURCES = ("S25", "S30", "S30b")
REST = Form(
    "sunnybrook_rest",
    "Resting shape, after Sunnybrook",
    "0 even to 20; eye, cheek fold and mouth, times 5",
    (*_SOURCES, "S36", "S38"),
    ("The cheek fold is not measured (0 to 10 points).", "Whether a lid was operated on."),
)
VOLUNTARY = Form(
    "sunnybrook_voluntary",
    "Voluntary movement, after Sunnybrook",
    "20 none to 100 complete; five movements of 1 to 5, times 4",
    _SOURCES,
    ("A trained person judges each movement by eye.",),
)
SYNKINESIS = Form(
    "sunnybrook_synkinesis",
    "Linked movement, after Sunnybrook",
    "0 none to 15; five movements of 0 to 3",
    (*_SOURCES, "S35d", "S36", "S37"),
    ("Only mouth with eye and brow, and eye with mouth; a chin or a neck that joins in is not looked for.",),
)
COMPOSITE = Form(
    "sunnybrook_composite",
    "Facial function, after Sunnybrook",
    "voluntary less rest less linked movement, up to 100; healthy faces have 65 to 100",
    _SOURCES,
    ("A trained person judges each part by eye.",),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A score between the lowest and the highest that fit, and what it rests on."""

    low: int
    high: int
    basis: tuple[str, ...]
    missing: tuple[str, ...]

    def estimate(self, form: Form) -> ScaleEstimate:
        """Return the part as an estimate of its own; unknown when nothing was measured."""
        if not self.basis:
            return form.unknown(*self.missing)
        return form.value(from_to(self.low, self.high), self.basis, self.missing)


def rest(case: Case) -> ScaleEstimate:
    """Return 0-20 for the resting shape, as a range: the cheek fold is not measured."""
    return _rest(case.measured).estimate(REST)


def voluntary(case: Case) -> ScaleEstimate:
    """Return 20-100 for the movements that were done."""
    return _voluntary(case.measured).estimate(VOLUNTARY)


def synkinesis(case: Case) -> ScaleEstimate:
    """Return 0-15 for what moved along."""
    return _synkinesis(case.measured).estimate(SYNKINESIS)


def composite(case: Case) -> ScaleEstimate:
    """Return voluntary less rest less synkinesis as a range; unknown when that is wide or a part lacks."""
    measured = case.measured
    moved, still, linked = _voluntary(measured), _rest(measured), _synkinesis(measured)
    low, high = moved.low - still.high - linked.high, moved.high - still.low - linked.low
    lacking = tuple(dict.fromkeys((*moved.missing, *still.missing, *linked.missing)))
    if not (moved.basis and still.basis and linked.basis):
        return COMPOSITE.unknown(*lacking)
    if high - low > WIDEST_RANGE:
        return COMPOSITE.unknown(
            phrase(
                "Between {low} and {high}; over {widest} points say too little (our own choice).",
                low=low,
                high=high,
                widest=WIDEST_RANGE,
            ),
            *lacking,
        )
    basis = (
        phrase(
            "Voluntary {moved} points, less rest {rest}, less linked movement {linked}.",
            moved=from_to(moved.low, moved.high),
            rest=from_to(still.low, still.high),
            linked=from_to(linked.low, linked.high),
        ),
    )
    return COMPOSITE.value(from_to(low, high), basis, (*lacking, *REST.never_seen))


def _rest(measured: Measured) -> Part:
    shape = measured.rest_asymmetry
    if measured.quality.verdict == "unusable" or not shape.assessable:
        return Part(0, 20, (), ("The face was not seen straight and at rest for long enough.",))
    low, high, basis, missing = 0, 10, [], []
    if shape.eye_opening_ratio is not None and shape.eye_opening_ratio > 0:
        ratio = min(shape.eye_opening_ratio, 1.0 / shape.eye_opening_ratio)
        points = 5 * (ratio <= LID_RATIO)
        low, high = low + points, high + points
        basis.append(
            phrase(
                "The narrower eye opens to {part} of the other; 80 % scores (our own choice).",
                part=percent(ratio),
            )
        )
    else:
        high += 5
        missing.append("The opening of the eyes at rest.")
    if shape.commissure_mm is not None:
        points = 5 * (abs(shape.commissure_mm) >= DROP_MM)
        low, high = low + points, high + points
        basis.append(
            phrase(
                "The mouth corners differ by {mm}; 3 mm scores (S36).",
                mm=in_mm(abs(shape.commissure_mm)),
            )
        )
    else:
        high += 5
        missing.append("The height of the mouth corners at rest.")
    return Part(low, high, tuple(basis), tuple(missing))


def _voluntary(measured: Measured) -> Part:
    if (reason := _not_asked(measured)) is not None:
        return Part(20, 100, (), (reason,))
    weak = _weak(measured)
    whose = phrase("the {side} side", side=weak) if weak else "the lesser side"
    low = high = 0
    basis: list[str] = []
    missing: list[str] = []
    for task in ACTS:
        act = closure(measured, task) if task == "eyes_gentle" else excursion(measured, task)
        if act is None:
            low, high = low + 4, high + 20
            missing.append(why_not(measured, task))
            continue
        part = act.least(weak)
        least, most = _steps(part), _steps(part + EYE_SLACK if task == "eyes_gentle" else part)
        low, high = low + 4 * least, high + 4 * most
        name = NAMES[task].capitalize()
        basis.append(
            phrase(
                "{act}: {whose} reaches {part} of the other, {points} of 5.",
                act=name,
                whose=whose,
                part=percent(part),
                points=from_to(least, most),
            )
        )
    if basis:
        basis.append(
            "10, 40, 70 and 90 % divide the five steps (our own choice); shut eyes are read to 40 points."
        )
    return Part(low, high, tuple(basis), tuple(missing))


def _steps(part: float) -> int:
    return 1 + sum(part >= limit for limit in MOVED)


def _synkinesis(measured: Measured) -> Part:
    if (reason := _not_asked(measured)) is not None:
        return Part(0, 15, (), (reason,))
    along = {task: _along(measured, task) for task in ACTS}
    known = {task: act for task, act in along.items() if act is not None}
    missing = [why_not(measured, task, UNSEEN) for task in ACTS if task not in known]
    if not known:
        return Part(0, 15, (), tuple(missing))
    # The side that moves along is the one that the palsy left so; it need not be the weaker one any more.
    side = max(("left", "right"), key=lambda name: sum(_score(act, name) for act in known.values()))
    basis = [_told(act, side) for act in known.values()]
    basis.append("1.5, 3 and 6 mm (S35d, S36, S37), or 10, 20 and 35 %, divide the steps (our own choice).")
    total = sum(_score(act, side) for act in known.values())
    return Part(total, total + 3 * len(missing), tuple(basis), tuple(missing))


def _not_asked(measured: Measured) -> str | None:
    """Return the one plain reason where no task tells anything."""
    if measured.quality.verdict == "unusable":
        return BLIND
    return None if measured.tasks else "Needs guided tasks: brow raise, eye closure, smile, snarl, pucker."


def _weak(measured: Measured) -> str | None:
    """Return the side that goes less far over all tasks that move the brow or the mouth."""
    moving = [act for task in ACTS if task != "eyes_gentle" and (act := excursion(measured, task))]
    return weak_side(moving) if moving else None


def _of_the_eye(act: Act) -> bool:
    return act.task in ("smile", "snarl", "pucker")


def _along(measured: Measured, task: TaskName) -> Act | None:
    """Return what moved along with a task: the eyes with the mouth, the mouth with eyes and brow."""
    if task in ("smile", "snarl", "pucker"):
        return best(measured, task, lambda found: found.eye_narrowing)
    return best(measured, task, lambda found: found.mouth_pull_mm)


def _more(act: Act, side: str) -> float:
    """Return by how much a side moved along more than the other: both sides do so in healthy faces."""
    return max(0.0, act.of(side) - act.of("right" if side == "left" else "left"))


def _score(act: Act, side: str) -> int:
    return sum(_more(act, side) >= limit for limit in (NARROWED if _of_the_eye(act) else PULLED_MM))


def _told(act: Act, side: str) -> str:
    more = _more(act, side)
    told = {"act": NAMES[act.task].capitalize(), "side": side, "points": _score(act, side)}
    if _of_the_eye(act):
        return phrase(
            "{act}: the {side} eye narrowed by {more} more than the other, {points} of 3.",
            **told,
            more=percent(more),
        )
    return phrase(
        "{act}: the {side} mouth corner moved {more} more than the other, {points} of 3.",
        **told,
        more=in_mm(more),
    )
