"""The questions as data: `questions.toml`, read once. A terminal, a page or a form asks them alike."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from twitchcam.phrases import listing, phrase
from twitchcam.triage.conditions import Condition, holds

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

KINDS: Final = ("yes_no", "number", "choice", "choices")


@dataclass(frozen=True, slots=True)
class Question:
    """How one answer is asked for and what it may be."""

    key: str
    section: str
    """Id of the section in which it is asked."""
    title: str
    """Short name, for summaries: 'one side of the face hangs'."""
    text: str
    help: str
    """What is meant, an example, why it is asked."""
    kind: str = "yes_no"
    """'yes_no', 'number', 'choice' (one of the options) or 'choices' (any of them)."""
    options: tuple[str, ...] = ()
    """Names as in an answers file."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Words for each option; of a number that is chosen from steps, for each step."""
    low: float = 0.0
    high: float = 0.0
    unit: str = ""
    asked_if: Condition = field(default_factory=dict)
    """When it is worth asking, in the language of `conditions`; empty: always."""
    red_flag: bool = False
    """A sign that cannot wait."""
    weighs: bool = True
    """Whether the answer may change the triage level by itself."""

    @property
    def allowed(self) -> str:
        """Say in words what an answer may be."""
        if self.kind == "yes_no":
            return "true or false"
        if self.kind == "number" and self.labels:
            steps = list(self.labels.items())
            return f"a number from {steps[0][0]} ({steps[0][1]}) to {steps[-1][0]} ({steps[-1][1]})"
        if self.kind == "number":
            return f"a number of {self.unit} from {self.low:g} to {self.high:g}"
        names = ", ".join(self.options)
        return f"one of {names}" if self.kind == "choice" else f"a list of any of {names}"


@dataclass(frozen=True, slots=True)
class Section:
    """A group of questions that are asked together."""

    id: str
    title: str
    intro: str
    questions: tuple[Question, ...]


@cache
def load_sections() -> tuple[Section, ...]:
    """Return the questionnaire that ships with the package, in the order in which it is asked.

    Raises
    ------
    ValueError
        If the file names a section or a kind that does not exist: a fault of the package.
    """
    text = resources.files(__package__).joinpath("questions.toml").read_text(encoding="utf-8")
    return build_sections(tomllib.loads(text))


def build_sections(document: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the sections of the parsed file with their questions."""
    common = {entry["id"]: entry.get("every", {}) for entry in document["section"]}
    questions = [_question(key, entry, common) for key, entry in document["question"].items()]
    return tuple(
        Section(
            id=entry["id"],
            title=entry["title"],
            intro=entry["intro"],
            questions=tuple(question for question in questions if question.section == entry["id"]),
        )
        for entry in document["section"]
    )


def _question(key: str, entry: Mapping[str, Any], common: Mapping[str, Any]) -> Question:
    if entry["section"] not in common:
        raise ValueError(f"questions.toml: {key} names section {entry['section']!r}, which does not exist")
    values = {**common[entry["section"]], **entry}
    options = values.pop("options", {})
    labels = values.pop("labels", options)
    question = Question(key=key, options=tuple(options), labels=labels, **values)
    if question.kind not in KINDS:
        raise ValueError(f"questions.toml: {key} is of kind {question.kind!r}, which does not exist")
    return question


SECTIONS: Final = load_sections()
QUESTIONS: Final[dict[str, Question]] = {
    question.key: question for section in SECTIONS for question in section.questions
}
"""Every key of an answers file with its question, in the order in which they are asked."""


def worth_asking(question: Question, values: Mapping[str, Any]) -> bool:
    """Tell whether a question is worth asking once `values` (key to value) are known."""
    return holds(question.asked_if, dict.fromkeys(QUESTIONS) | dict(values))


def describe(question: Question, value: object) -> str:
    """Return an answer in words, 'not answered' for None."""
    if value is None:
        return "not answered"
    if isinstance(value, bool):
        return phrase("yes") if value else phrase("no")
    if isinstance(value, (int, float)):
        number = f"{value:.10g}"
        return question.labels.get(number) or phrase("{n:.10g} {unit}", n=value, unit=question.unit)
    if isinstance(value, (list, tuple)):
        named = listing((question.labels[item] for item in value), last="; ", comma="; ")
        return named or "none of these"
    return question.labels[str(value)]
