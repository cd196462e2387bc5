"""Applies the rules to the answers and the video. The most pressing rule that holds decides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from twitchcam.summary import Level, Triage
from twitchcam.triage.answers import Answers
from twitchcam.triage.conditions import facts_used, holds
from twitchcam.triage.observed import NO_VIDEO, Observed
from twitchcam.triage.rules import LEVELS, Rule, RuleBook, load_rules

ABOUT_THE_PERSON: Final = frozenset({"age"})
"""Answers that say nothing about the complaint."""
_QUIET: Final[tuple[Level, ...]] = ("no_finding", "unable")
_TOLD_DOWN_TO: Final[dict[Level, Level]] = {"urgent": "see_doctor", "see_doctor": "self_care"}


@dataclass(frozen=True, slots=True)
class Trace:
    """One rule's outcome: what it looked at and whether it held."""

    rule: str
    level: Level
    held: bool
    facts: dict[str, Any]


def triage(answers: Answers, video: Observed | None) -> Triage:
    """Return how soon someone should look at it, why, and what to do.

    The level is the most pressing one among the rules that hold, so neither the video nor a further answer
    that makes a rule hold can lower it. Emergencies list only what is pressing.
    """
    book = load_rules()
    facts = facts_of(answers, video)
    held = [rule for rule in book.rules if holds(rule.when, facts)]
    level = most_pressing(held)
    shown = _shown(held, level)
    reasons = [_fill(rule.reason, facts) for rule in shown]
    if level not in _QUIET and facts["video_usable"] is False:
        reasons.append("The video could not be used; this rests on the answers.")
    reasons += [
        f"{entry.text} The more serious answer was used."
        for entry in book.contradictions
        if holds(entry.when, facts)
    ]
    return Triage(level, _once(reasons), _advice(book, level, shown, facts), book.version)


def explain(answers: Answers, video: Observed | None) -> tuple[Trace, ...]:
    """Return for every rule whether it held and the facts it looked at, in the order of the rules file."""
    facts = facts_of(answers, video)
    return tuple(
        Trace(rule.id, rule.level, holds(rule.when, facts), {k: facts[k] for k in facts_used(rule.when)})
        for rule in load_rules().rules
    )


def facts_of(answers: Answers, video: Observed | None) -> dict[str, Any]:
    """Return every fact that a rule may name; None where it is not known."""
    answered = sum(key not in ABOUT_THE_PERSON for key in answers.given())
    return {**asdict(answers), "answered": answered, **(video.facts() if video else NO_VIDEO)}


def most_pressing(held: list[Rule]) -> Level:
    """Return the most pressing level among the rules that hold; 'unable' when none does."""
    for level in LEVELS:
        if any(rule.level == level for rule in held):
            return level
    return "unable"


def _shown(held: list[Rule], level: Level) -> list[Rule]:
    """Return the rules worth telling, the most pressing first.

    With an emergency only the emergencies, so that nothing distracts from them; reassuring rules only when
    they decide.
    """
    last = _TOLD_DOWN_TO.get(level, level)
    lowest = LEVELS.index(last)
    told = [
        rule
        for rule in held
        if LEVELS.index(rule.level) <= lowest and (rule.level == level or not rule.only_when_deciding)
    ]
    return sorted(told, key=lambda rule: LEVELS.index(rule.level))


def _advice(book: RuleBook, level: Level, shown: list[Rule], facts: dict[str, Any]) -> tuple[str, ...]:
    advice = [book.lead[level]]
    advice += [book.advice[name] for rule in shown for name in rule.advice]
    if level == "emergency":
        return _once(advice)
    if level in ("self_care", "see_doctor"):
        advice.append(book.advice["when_to_look_again" if level == "self_care" else "go_sooner"])
    missing = [name for key, name in book.red_flags.items() if facts[key] is None]
    if missing:
        advice.append(f"Not answered: {', '.join(missing)}. {book.advice['red_flag_unanswered']}")
    return _once(advice)


def _fill(text: str, facts: dict[str, Any]) -> str:
    return text.format_map({name: _in_words(value) for name, value in facts.items()}).strip()


def _in_words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item).replace("_", " ") for item in value)
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
    return str(value)


def _once(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
