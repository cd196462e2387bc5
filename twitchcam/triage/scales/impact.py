"""Impact: what the twitching keeps someone from, in our own words, as a sum (reference B4).

Published questionnaires are their authors'; these questions are not theirs, so no published limit applies.
"""

from __future__ import annotations

from typing import Final

from twitchcam.phrases import listing, phrase
from twitchcam.summary import ScaleEstimate
from twitchcam.triage.questions import QUESTIONS, Question, describe
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form

ASKED: Final[tuple[Question, ...]] = tuple(q for q in QUESTIONS.values() if q.section == "impact")
"""Each answered 0 (never) to 4 (always)."""
MOST: Final = sum(int(question.high) for question in ASKED)

IMPACT = Form(
    "impact",
    "Impact on daily life, by our own questions",
    phrase("0 none to {most}; {asked} questions of 0 never to 4 always", most=MOST, asked=len(ASKED)),
    (),
    ("No published scale: our own questions, compared with no patients.",),
)


def impact(case: Case) -> ScaleEstimate:
    """Return the sum of the impact answers that were given, 0-28; it never changes the triage level."""
    given = case.answers.given()
    told = [question for question in ASKED if question.key in given]
    if not told:
        return IMPACT.unknown(
            phrase(
                "The {asked} questions on daily life were not answered.",
                asked=len(ASKED),
            )
        )
    basis: list[str] = [
        phrase(
            "{told} of {asked} questions answered, as a sum (our own choice).",
            told=len(told),
            asked=len(ASKED),
        )
    ]
    basis += [
        phrase(
            "{question}: {answer}.",
            question=_begun(question.title),
            answer=describe(question, given[question.key]),
        )
        for question in told
    ]
    left = [question for question in ASKED if question not in told]
    missing = []
    if left:
        names = listing((question.title for question in left), last="; ", comma="; ")
        more = sum(int(question.high) for question in left)
        missing.append(phrase("Not answered: {names}. Up to {more} points more.", names=names, more=more))
    return IMPACT.value(sum(float(given[question.key]) for question in told), basis, missing)


def _begun(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[0].upper() + text[1:]
