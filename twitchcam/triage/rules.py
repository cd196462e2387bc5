"""The rules as data: read once from `rules.toml`, checked, and held in frozen carriers."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, get_args

from twitchcam.summary import Level
from twitchcam.triage.conditions import Condition

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""From the most to the least pressing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: when `when` holds, the level is at least `level`."""

    id: str
    level: Level
    about: tuple[str, ...]
    """The conditions and causes it speaks of, in plain words."""
    when: Condition
    reason: str
    """A plain sentence; {fact} is replaced by the fact."""
    short: str
    """The same in a few words, for a list."""
    group: str
    """Reasons of the same group are told in one sentence; empty: told by itself."""
    covers: tuple[str, ...]
    """Rules whose reasons this one's says already."""
    advice: tuple[str, ...]
    """Names of entries in the advice table."""
    sources: tuple[str, ...]
    own_choice: str
    """What in the rule is the authors' own choice or background knowledge, empty if nothing."""
    only_when_deciding: bool
    """Its reason is told only when no more pressing rule holds (it reassures)."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two answers, or an answer and the video, that do not fit together."""

    when: Condition
    text: str


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All of `rules.toml`."""

    version: str
    note: str
    """What the version is."""
    rules: tuple[Rule, ...]
    contradictions: tuple[Contradiction, ...]
    may_lower: dict[str, str]
    """The answers that may lower a level, each with the reason why it may."""
    lead: dict[str, str]
    """For each level the first sentence of the advice."""
    groups: dict[str, str]
    """For each group the sentence that tells its reasons together; {these} is replaced."""
    advice: dict[str, str]
    advice_sources: dict[str, list[str]]
    """For each advice its sources; none: background knowledge, or how to use the program."""
    measures: tuple[str, ...]
    """The advice that the person can follow at home."""
    sources: dict[str, str]
    red_flags: dict[str, str]
    """The answers whose absence is named first, with a short name of each sign."""
    questions: dict[str, str]
    """Further answers whose absence is named when no doctor is advised."""


@cache
def load_rules() -> RuleBook:
    """Return the rules that ship with the package.

    Raises
    ------
    ValueError
        If the file names a level, a group, a rule, an advice or a source that does not exist: a fault of
        the package.
    """
    text = resources.files(__package__).joinpath("rules.toml").read_text(encoding="utf-8")
    return build_rules(tomllib.loads(text))


def build_rules(document: dict[str, Any]) -> RuleBook:
    """Return the rule book from the parsed file, every reference checked."""
    book = RuleBook(
        version=document["version"],
        note=document["note"],
        rules=tuple(_rule(entry) for entry in document["rule"]),
        contradictions=tuple(
            Contradiction(entry["when"], entry["text"]) for entry in document["contradiction"]
        ),
        may_lower=document["may_lower"],
        lead=document["lead"],
        groups=document["groups"],
        advice=document["advice"],
        advice_sources=document["advice_sources"],
        measures=tuple(document["measures"]),
        sources=document["sources"],
        red_flags=document["red_flags"],
        questions=document["questions"],
    )
    for rule in book.rules:
        _check(rule, book)
    return book


def _check(rule: Rule, book: RuleBook) -> None:
    unknown = {
        *({rule.level} - set(LEVELS)),
        *({rule.group} - {"", *book.groups}),
        *(set(rule.covers) - {other.id for other in book.rules}),
        *(set(rule.advice) - set(book.advice)),
        *(set(rule.sources) - set(book.sources)),
    }
    if unknown:
        raise ValueError(f"rules.toml: rule {rule.id} names {sorted(unknown)}, which do not exist")


def _rule(entry: dict[str, Any]) -> Rule:
    return Rule(
        id=entry["id"],
        level=entry["level"],
        about=tuple(entry["about"]),
        when=entry["when"],
        reason=entry["reason"],
        short=entry["short"],
        group=entry.get("group", ""),
        covers=tuple(entry.get("covers", ())),
        advice=tuple(entry.get("advice", ())),
        sources=tuple(entry.get("sources", ())),
        own_choice=entry.get("own_choice", ""),
        only_when_deciding=entry.get("only_when_deciding", False),
    )
