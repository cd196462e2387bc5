"""A result in plain words: the level, why, what to do, what is still open; on request, which rules held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from twitchcam.phrases import listing, phrase
from twitchcam.summary import Level, Triage
from twitchcam.triage.answers import Answers
from twitchcam.triage.engine import Trace, explain
from twitchcam.triage.lines import SPACE, Line, Role, items
from twitchcam.triage.observed import Observed
from twitchcam.triage.questions import QUESTIONS, worth_asking
from twitchcam.triage.rules import LEVELS, load_rules

LEVEL_WORDS: Final[Mapping[Level, str]] = {
    "emergency": "Emergency: call the emergency number now (112, 999 or 911)",
    "urgent": "Urgent: see a doctor today",
    "see_doctor": "See a doctor: an ordinary appointment",
    "self_care": "Self-care: you can look after this yourself for now",
    "no_finding": "No finding: nothing here asks for action",
    "unable": "Unable to say: there is too little to go by",
}
OPEN_QUESTIONS: Final = ("Not answered", "Also not answered")
"""How the engine's advice begins where it names what was not answered."""
MOST_NAMED: Final = 6
"""Open questions that are named one by one."""
NOT_A_DIAGNOSIS: Final = (
    "This is not a diagnosis. It applies open rules to your answers; no patient data has validated them. If "
    "you are worried, see a doctor whatever stands here."
)


def result_lines(result: Triage, answers: Answers) -> list[Line]:
    """Return the result in plain words: level, reasons, what to do, what was not answered."""
    role: Role = "alarm" if result.level in ("emergency", "urgent") else "title"
    still_open = [text for text in result.advice if text.startswith(OPEN_QUESTIONS)]
    to_do = [text for text in result.advice if text not in still_open]
    return [
        SPACE,
        Line(role, LEVEL_WORDS[result.level]),
        *(SPACE, Line("title", "Why"), *items(result.reasons)),
        *(SPACE, Line("title", "What to do"), *items(to_do)),
        *(SPACE, Line("title", "What was not answered"), *items([*still_open, _count_of_open(answers)])),
        *(
            SPACE,
            Line(
                "text",
                phrase(
                    "{caution} Rules version {version}.",
                    caution=NOT_A_DIAGNOSIS,
                    version=result.rules_version,
                ),
            ),
        ),
    ]


def _count_of_open(answers: Answers) -> str:
    """Say how many questions are open; those about impact and age change no result and do not count."""
    given = answers.given()
    weighing = [q for q in QUESTIONS.values() if q.weighs and (q.key in given or worth_asking(q, given))]
    missing = [question.title for question in weighing if question.key not in given]
    if not missing:
        return "Nothing: every question that can change the result was answered."
    counts = {"n": len(missing), "all": len(weighing)}
    if len(missing) > MOST_NAMED:
        return phrase("{n} of {all} questions that can change the result.", **counts)
    named = listing(missing, last="; ", comma="; ")
    return phrase("{n} of {all} questions that can change the result: {named}.", **counts, named=named)


def trace_lines(answers: Answers, video: Observed | None) -> list[Line]:
    """Return which rules held, on which facts and sources, which could still, and which were ruled out."""
    trace = explain(answers, video)
    held = sorted((entry for entry in trace if entry.held), key=lambda entry: LEVELS.index(entry.level))
    lines = [
        SPACE,
        Line(
            "title",
            phrase(
                "Rules that held ({held} of {trace}); the first one decides",
                held=len(held),
                trace=len(trace),
            ),
        ),
    ]
    for entry in held:
        name, *rest = _rule_texts(entry)
        lines += [Line("item", name), *(Line("item", text, " ") for text in rest)]
    level = LEVELS.index(held[0].level) if held else len(LEVELS)
    raising = [e for e in trace if e.lacking and LEVELS.index(e.level) < level]
    waiting = [f"{entry.rule} ({', '.join(entry.lacking)})" for entry in raising]
    title = "Rules that would raise the level, and what they wait for"
    lines += [SPACE, Line("title", title), Line("hint", "; ".join(waiting) or "none")]
    ruled_out = [entry.rule for entry in trace if not entry.held and not entry.lacking]
    return [*lines, SPACE, Line("title", "Rules that were ruled out"), Line("hint", "; ".join(ruled_out))]


def _rule_texts(entry: Trace) -> Iterator[str]:
    """Yield a rule with its level, the facts it looked at, its sources, and what in it is our own choice."""
    book = load_rules()
    rule = next(rule for rule in book.rules if rule.id == entry.rule)
    yield f"{entry.rule} ({entry.level.replace('_', ' ')})"
    facts = [f"{name} = {_fact(value)}" for name, value in entry.facts.items() if value is not None]
    unknown = [name for name, value in entry.facts.items() if value is None]
    yield "facts: " + "; ".join(
        [*facts, *([phrase("not known: {names:s}", names=", ".join(unknown))] if unknown else [])]
    )
    if rule.sources:
        yield "sources: " + "; ".join(f"{tag} {book.sources[tag]}" for tag in rule.sources)
    if rule.own_choice:
        yield phrase("our own choice: {choice:s}", choice=rule.own_choice)


def _fact(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(str, value)) or "none" if isinstance(value, (list, tuple)) else str(value)
