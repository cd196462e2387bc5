"""Patterns of both eyes: too many blinks and squeezes, alone or with the mouth."""

from __future__ import annotations

from twitchcam.phrases import phrase
from twitchcam.summary import Event, Pattern
from twitchcam.triage.checks import MINUTE_S, Check, Plan, weigh
from twitchcam.triage.clues import Clues, EyeClues

BLINKS_PER_MIN = 27.0
"""At rest, more than this fits blepharospasm (S62: sensitivity 92 %, specificity 82 %, rest above talk)."""
LONG_CLOSURES = 3
"""Repeated closings of more than a second; our own choice."""
BROW_PART = 0.5
"""Part of the closures with which the brows sink; our own choice."""
SIGNS = 2
"""Signs of the eyes for a flag; our own choice."""
SQUEEZES = 3
"""Contractions of both sides of the mouth for a flag; two make it possible: our own choice."""
SOME_SQUEEZES = 2

BLEPHAROSPASM = Plan("blepharospasm_like", MINUTE_S, MINUTE_S, ("S23", "S39", "S62"))
MEIGE = Plan("meige_like", MINUTE_S, MINUTE_S, ("S62", "S88"))


def blepharospasm_like(clues: Clues) -> Pattern:
    """Both eyes close far more often than usual, or long again and again, and the brows sink with them."""
    eyes = clues.eyes
    slower = talk_slows(clues)
    brow = eyes.brow_share is not None and eyes.brow_share >= BROW_PART
    signs = [
        _often(eyes),
        eyes.long >= LONG_CLOSURES,
        brow,
        slower is True,
        clues.answers.both_eyes_close is True,
    ]
    full = [
        Check(
            slower is not False,
            "Talking slowed the blinks." if slower else "",
            "Talking did not slow the blinks.",
        ),
        Check(sum(signs) >= SIGNS, "", "It is the only sign of the eyes."),
    ]
    also: list[str] = []
    but: list[str] = []
    if brow:
        also.append(
            phrase(
                "The brows sank with {part:.0%} of the closings.",
                part=eyes.brow_share,
            )
        )
    elif eyes.brow_share is not None:
        but.append("The brows did not sink with the lids.")
    if clues.answers.both_eyes_close:
        also.append("Both eyes are said to blink more than they used to, or to squeeze shut.")
    if slower is None:
        but.append("Whether talking slows the blinks was not tested.")
    return weigh(BLEPHAROSPASM, clues, [_too_much(eyes)], full, also, but)


def meige_like(clues: Clues) -> Pattern:
    """Both eyes as in blepharospasm, and both sides of the mouth contract with them."""
    joined = [event for event in clues.squeezes if _closed_during(clues, event)]
    asked = [event for event in joined if clues.guided.asked_to_rest(event.peak_s)]
    core = [
        _too_much(clues.eyes_and_smiles),
        Check(
            len(joined) >= SOME_SQUEEZES,
            phrase(
                "{count} long contractions of both sides of the mouth together with the lids.",
                count=len(joined),
            ),
            "No repeated long contractions of both sides of the mouth together with the lids.",
        ),
    ]
    full = [
        Check(
            len(asked) >= SQUEEZES,
            "They came while rest was asked for.",
            "The same can be done on purpose; nothing says that the person was at rest.",
        )
    ]
    but = ["Talking, chewing and sensory tricks were not tested."]
    return weigh(MEIGE, clues, core, full, (), but, rest_s=clues.smiles_s)


def talk_slows(clues: Clues) -> bool | None:
    """Return whether blinks are rarer while talking than at rest; None when that was not tested."""
    talk = clues.eyes.talk_per_min
    rest = clues.eyes.rest_per_min if clues.eyes.rest_per_min is not None else clues.eyes.per_min
    return None if talk is None or rest is None else rest > talk


def _often(eyes: EyeClues) -> bool:
    return eyes.per_min is not None and eyes.per_min > BLINKS_PER_MIN


def _too_much(eyes: EyeClues) -> Check:
    rate, long = eyes.per_min, eyes.long
    often, lasting = _often(eyes), long >= LONG_CLOSURES
    if rate is None:
        found: str = phrase("Blinks were not counted.")
        missing = phrase("Blinks were not counted; more than {fit:.0f} would fit.", fit=BLINKS_PER_MIN)
    elif often:
        found = missing = phrase(
            "{rate:.0f} blinks a minute at rest; up to {usual:.0f} are usual.",
            rate=rate,
            usual=BLINKS_PER_MIN,
        )
    else:
        found = phrase("{rate:.0f} blinks a minute at rest.", rate=rate)
        missing = phrase(
            "{rate:.0f} blinks a minute at rest; more than {fit:.0f} would fit.",
            rate=rate,
            fit=BLINKS_PER_MIN,
        )
    if lasting:
        shut = phrase("Both eyes were closed for more than a second {long} times.", long=long)
        found = f"{found} {shut}"
    return Check(often or lasting, found, missing)


def _closed_during(clues: Clues, event: Event) -> bool:
    return any(
        closure.onset_s < event.offset_s and closure.offset_s > event.onset_s
        for closure in clues.eyes_and_smiles.closures
    )
