"""The interview as a state that replies carry forward: no terminal, no clock, no file.

`begin` gives the first state, `reply` the next one. Every reply leads to a state; enough empty ones end it.
A sign that cannot wait stops the questions at once: the triage rules themselves decide what that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from twitchcam.phrases import phrase
from twitchcam.summary import Level
from twitchcam.triage.answers import Answers
from twitchcam.triage.conditions import facts_used
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import Observed
from twitchcam.triage.questions import QUESTIONS, Question, describe, worth_asking
from twitchcam.triage.replies import NotUnderstood, read_reply

Stage = Literal["question", "warning", "review", "leaving", "done", "left"]
ENDED: Final[tuple[Stage, ...]] = ("done", "left")
BACK: Final = frozenset(("b", "back"))
HELP: Final = frozenset(("h", "help"))
QUIT: Final = frozenset(("q", "quit", "exit"))
SKIP_SECTION: Final = frozenset(("s", "skip"))
UNKNOWN: Final = frozenset(("?", "u", "unknown", "don't know", "do not know", "i don't know", "no idea"))
GO_ON: Final = frozenset(("c", "continue", "go on"))
LEAVE: Final = frozenset(("x", "leave"))
ALSO_AN_EMERGENCY: Final = "This too is a reason to call the emergency number (112, 999 or 911) now."


@dataclass(frozen=True, slots=True)
class Interview:
    """Where an interview stands."""

    given: Mapping[str, Any] = field(default_factory=dict)
    """The answers so far, by key."""
    passed: frozenset[str] = frozenset()
    """Questions that were answered or left out; they are not asked again unless gone back to."""
    at: str | None = None
    """The question that is asked, or that the warning is about; None in front of the review."""
    stage: Stage = "question"
    note: str = ""
    """One line about the last reply: what was not understood, or how it was taken."""
    helping: bool = False
    """Whether the question's help is to be shown."""
    level: Level = "unable"
    """The triage level of the answers so far."""
    video: Observed | None = None

    @property
    def answers(self) -> Answers:
        """The answers so far, typed."""
        return Answers(**self.given)

    @property
    def ended(self) -> bool:
        """Tell whether the interview is over: 'done' wants the result, 'left' does not."""
        return self.stage in ENDED


def begin(answers: Answers | None = None, video: Observed | None = None) -> Interview:
    """Return the start of an interview; questions that `answers` holds are not asked again."""
    given = (answers or Answers()).given()
    state = Interview(given=given, passed=frozenset(given), video=video)
    state = replace(state, level=_level(state))
    if state.level == "emergency":
        return replace(state, stage="warning")
    return _next(state)


def reply(state: Interview, text: str) -> Interview:
    """Return the state after one typed line. An ended interview stays as it is."""
    words = " ".join(text.lower().split())
    state = replace(state, note="", helping=False)
    if state.stage == "question":
        return _reply_to_question(state, text, words)
    if state.stage == "warning":
        return _reply_to_warning(state, words)
    if state.stage == "review":
        return _reply_to_review(state, words)
    return _reply_to_leaving(state, words) if state.stage == "leaving" else state


def asked(state: Interview) -> list[Question]:
    """Return the questions that are worth asking after the answers so far, and all that were answered."""
    return [
        question
        for question in QUESTIONS.values()
        if question.key in state.given or worth_asking(question, state.given)
    ]


def _reply_to_question(state: Interview, text: str, words: str) -> Interview:
    assert state.at is not None
    question = QUESTIONS[state.at]
    if words in HELP:
        return replace(state, helping=True)
    if words in QUIT:
        return replace(state, stage="leaving")
    if words in BACK:
        return _back(state)
    if words in SKIP_SECTION:
        rest = [each.key for each in asked(state) if each.section == question.section]
        return _next(replace(state, passed=state.passed.union(rest)))
    if not words:
        return _next(_pass(state, question))
    if words in UNKNOWN:
        return _next(_answer(state, question, None))
    try:
        value = read_reply(question, text)
    except NotUnderstood as error:
        return replace(state, note=error.args[0])
    return _after_answer(_answer(state, question, value), question, state.level, words)


def _reply_to_warning(state: Interview, words: str) -> Interview:
    if words in GO_ON:
        return _next(state)
    if words in BACK and state.at is not None:
        return replace(state, stage="question")
    if not words or words in QUIT:
        return replace(state, stage="done")
    return replace(state, note="Please press Enter to stop here, or c to go on with the questions.")


def _reply_to_review(state: Interview, words: str) -> Interview:
    listed = [key for key in QUESTIONS if key in state.given]
    if not words:
        return replace(state, stage="done")
    if words in QUIT:
        return replace(state, stage="leaving")
    if words in BACK:
        return _back(state)
    if words.isdecimal() and len(words) < 4 and 1 <= int(words) <= len(listed):
        return replace(state, stage="question", at=listed[int(words) - 1])
    return replace(state, note="Please press Enter for the result, or give the number of an answer.")


def _reply_to_leaving(state: Interview, words: str) -> Interview:
    if not words or words in QUIT:
        return replace(state, stage="done")
    if words in LEAVE:
        return replace(state, stage="left")
    if words in BACK | GO_ON:
        return replace(state, stage="review" if state.at is None else "question")
    return replace(state, note="Please press Enter for the result, b to go on, or x to leave without it.")


def _next(state: Interview) -> Interview:
    """Go to the first question that was not passed yet, or to the review."""
    for question in asked(state):
        if question.key not in state.passed:
            return replace(state, stage="question", at=question.key)
    return replace(state, stage="review", at=None)


def _back(state: Interview) -> Interview:
    """Go to the question before; its answer stays until another is given."""
    keys = [question.key for question in asked(state)]
    place = len(keys) if state.at is None else keys.index(state.at)
    if place == 0:
        return replace(state, note="This is the first question.")
    return replace(state, stage="question", at=keys[place - 1])


def _pass(state: Interview, question: Question) -> Interview:
    return replace(state, passed=state.passed | {question.key})


def _answer(state: Interview, question: Question, value: Any) -> Interview:
    """Take an answer, None for none. Answers that were only asked because of the earlier one go with it."""
    before = state.given
    given = {key: old for key, old in before.items() if key != question.key}
    if value is not None:
        given[question.key] = value
    pointless = [
        other.key
        for other in QUESTIONS.values()
        if question.key in facts_used(other.asked_if)
        and worth_asking(other, before)
        and not worth_asking(other, given)
    ]
    given = {key: given[key] for key in QUESTIONS if key in given and key not in pointless}
    state = replace(state, given=given, passed=state.passed.difference(pointless) | {question.key})
    return replace(state, level=_level(state))


def _after_answer(state: Interview, question: Question, before: Level, words: str) -> Interview:
    """Stop at a sign that cannot wait, otherwise go on; say how a number with a unit was taken."""
    value = state.given[question.key]
    flagged = question.red_flag and value is True
    if state.level == "emergency" and before != "emergency":
        return replace(state, stage="warning")
    if flagged and state.level == "emergency":
        return replace(_next(state), note=ALSO_AN_EMERGENCY)
    if flagged and state.level == "urgent":
        return replace(state, stage="warning")
    plain = value is True or value is False or (question.kind == "number" and words.isdecimal())
    return replace(
        _next(state),
        note=""
        if plain
        else phrase(
            "Taken as: {value}.",
            value=describe(question, value),
        ),
    )


def _level(state: Interview) -> Level:
    return triage(state.answers, state.video).level
