"""Impact: what the twitching keeps someone from, in our own words, as a sum (reference B4).

Published questionnaires are their authors'; these questions are not theirs, so no published limit applies.
"""

from __future__ import annotations

from typing import Final

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
    f"0 none to {MOST}; {len(ASKED)} questions of 0 never to 4 always",
    (),
    ("No published scale: our own questions, compared with no patients.",),
)


def impact(case: Case) -> ScaleEstimate:
    """Return the sum of the impact answers that were given, 0-28; it never changes the triage level."""
    given = case.answers.given()
    told = [question for question in ASKED if question.key in given]
    if not told:
        return IMPACT.unknown(f"The {len(ASKED)} questions on daily life were not answered.")
    basis = [f"{len(told)} of {len(ASKED)} questions answered, as a sum (our own choice)."]
    basis += [
        f"{question.title[0].upper()}{question.title[1:]}: {describe(question, given[question.key])}."
        for question in told
    ]
    left = [question for question in ASKED if question not in told]
    missing = []
    if left:
        names = "; ".join(question.title for question in left)
        more = sum(int(question.high) for question in left)
        missing.append(f"Not answered: {names}. Up to {more} points more.")
    return IMPACT.value(sum(float(given[question.key]) for question in told), basis, missing)
