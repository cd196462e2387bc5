"""Screens: what each state of an interview shows and what may be typed there."""

from __future__ import annotations

from typing import Final

from twitchcam.phrases import phrase
from twitchcam.triage.engine import triage
from twitchcam.triage.interview import Interview, asked
from twitchcam.triage.lines import SPACE, Line, items
from twitchcam.triage.questions import QUESTIONS, SECTIONS, Question, describe
from twitchcam.triage.replies import EXAMPLES
from twitchcam.triage.result_lines import LEVEL_WORDS, NOT_A_DIAGNOSIS

STAYS_HERE: Final = "Your answers stay on this computer."
KEYS: Final = (
    "Enter skips a question (or keeps the answer it has), ? means you do not know, h explains the question, "
    "b goes back, s skips the rest of a section, q stops and offers the result so far."
)


def welcome() -> list[Line]:
    """Return what is said before the first question."""
    return [
        Line("title", "Questions about the twitching"),
        Line(
            "text",
            phrase(
                "{questions} short questions at the most; every one can be left out. {keys}",
                questions=len(QUESTIONS),
                keys=KEYS,
            ),
        ),
        Line("text", f"{STAYS_HERE} {NOT_A_DIAGNOSIS}"),
    ]


def screen(state: Interview, last_section: str = "") -> list[Line]:
    """Return what is shown for a state, the prompt apart; a section's title only where it is new."""
    if state.stage == "warning":
        return [*_note(state), *warning(state)]
    if state.stage == "review":
        return [*_note(state), *review(state)]
    if state.stage == "leaving":
        return [*_note(state), Line("text", _leaving(state))]
    if state.at is None:
        return _note(state)
    return [*_note(state), *question_lines(state, QUESTIONS[state.at], last_section)]


def hint(state: Interview) -> str:
    """Return what may be typed, to stand in front of the cursor."""
    if state.stage == "warning":
        return "Enter = stop here with this result, c = go on with the questions, b = back"
    if state.stage == "review":
        return "Enter = show the result, a number = change that answer, b = back, q = stop"
    if state.stage == "leaving":
        return "Enter = show the result, b = back to the questions, x = leave without it"
    question = QUESTIONS[state.at or ""]
    how = {
        "yes_no": "y or n",
        "number": "0 to 4"
        if question.labels
        else phrase("{unit}, such as {example}", unit=question.unit, example=EXAMPLES.get(question.unit, "")),
        "choice": "one number",
        "choices": "numbers with commas, 0 for none of these",
    }[question.kind]
    enter = phrase("keep") if question.key in state.given else phrase("skip")
    return phrase("{how}; Enter = {enter}, h = help", how=how, enter=enter)


def question_lines(state: Interview, question: Question, last_section: str) -> list[Line]:
    """Return a question with its place, its choices, and its help if that was asked for."""
    keys = [each.key for each in asked(state)]
    place = phrase("{at} of {all}", at=keys.index(question.key) + 1, all=len(keys))
    lines = []
    if question.section != last_section:
        number = next(i for i, section in enumerate(SECTIONS, 1) if section.id == question.section)
        section = SECTIONS[number - 1]
        lines += [
            SPACE,
            Line(
                "title",
                phrase(
                    "{title} (section {number} of {sections})",
                    title=section.title,
                    number=number,
                    sections=len(SECTIONS),
                ),
            ),
        ]
        lines += [Line("hint", section.intro)]
    lines += [SPACE, Line("text", phrase("{place}  {question}", place=place, question=question.text))]
    steps = question.options or tuple(question.labels)
    marks = (f"{i}." for i in range(1, len(steps) + 1)) if question.options else iter(steps)
    lines += [Line("item", question.labels[step], mark) for step, mark in zip(steps, marks, strict=True)]
    if state.helping:
        lines += [Line("hint", question.help), Line("hint", phrase("Keys: {keys}", keys=KEYS))]
    if question.key in state.given:
        lines.append(
            Line(
                "hint",
                phrase(
                    "Your answer so far: {answer}",
                    answer=describe(question, state.given[question.key]),
                ),
            )
        )
    return lines


def warning(state: Interview) -> list[Line]:
    """Return the advice for a sign that cannot wait, as the rules give it."""
    result = triage(state.answers, state.video)
    return [
        SPACE,
        Line("alarm", LEVEL_WORDS[result.level]),
        *items(result.reasons),
        *items(result.advice),
        Line("text", "The other questions can wait. If that answer was a slip, go back and change it."),
    ]


def review(state: Interview) -> list[Line]:
    """Return the answers given, numbered."""
    lines = [SPACE, Line("title", "Your answers")]
    given = [question for question in QUESTIONS.values() if question.key in state.given]
    lines += [
        Line(
            "item",
            phrase(
                "{question}: {answer}",
                question=question.title,
                answer=describe(question, state.given[question.key]),
            ),
            f"{i}.",
        )
        for i, question in enumerate(given, 1)
    ]
    left_out = len(asked(state)) - len(given)
    if not given:
        return [*lines, Line("text", "No question was answered.")]
    return [*lines, Line("hint", phrase("Left out: {left_out}.", left_out=left_out))] if left_out else lines


def _leaving(state: Interview) -> str:
    n = len(state.given)
    return phrase("Stop here? The result would rest on {n} answer{n||s}.", n=n)


def _note(state: Interview) -> list[Line]:
    return [Line("note", state.note)] if state.note else []
