"""Replies as a person types them, such as 'y', '2 weeks' or '1, 3': each gives a value, or is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isnan, nan
from typing import Any, Final

from twitchcam.phrases import listing, phrase
from twitchcam.triage.questions import Question

YES: Final = frozenset(("y", "yes", "yeah", "yep", "true"))
NO: Final = frozenset(("n", "no", "nope", "false"))
NONE: Final = frozenset(("0", "none", "no", "n", "nothing", "none of these", "nowhere", "never"))
MAX_LENGTH: Final = 200
WORD_NUMBERS: Final = {
    "a": "1", "an": "1", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "half": "0.5",
}  # fmt: skip
_DAYS: Final = {"hour": 1 / 24, "day": 1, "d": 1, "week": 7, "month": 30, "mo": 30, "year": 365, "yr": 365}
UNITS: Final[dict[str, Mapping[str, float]]] = {
    "days": {**_DAYS, "hr": 1 / 24, "h": 1 / 24, "wk": 7, "w": 7},
    "hours": {**{name: 24 * days for name, days in _DAYS.items()}, "hr": 1, "h": 1, "minute": 1 / 60,
              "min": 1 / 60, "wk": 168, "w": 168},
    "years": {"year": 1, "yr": 1, "month": 1 / 12},
    "hours a night": {"hour": 1, "hr": 1, "h": 1, "minute": 1 / 60, "min": 1 / 60},
    # Rough contents of one serving: four cups of coffee are about 400 mg [lay articles]; the others are the
    # usual figures of food agencies for one espresso, cup, can or small can, to the next ten.
    "mg a day": {"mg": 1, "milligram": 1, "g": 1000, "gram": 1000, "coffee": 100, "cup": 100, "mug": 100,
                 "espresso": 80, "cappuccino": 80, "latte": 80, "tea": 50, "cola": 40, "coke": 40,
                 "energy": 80, "can": nan, "bottle": nan, "glass": nan, "small": nan, "drink": nan},
}  # fmt: skip
"""For each unit of a question, what the other units that may be typed are in it; NaN says nothing alone."""
EXAMPLES: Final = {
    "days": "10, or 2 weeks", "hours": "5, or 2 days", "years": "45", "hours a night": "7.5",
    "mg a day": "300, or 2 coffees and 1 tea",
}  # fmt: skip
_AT_ONCE: Final = {"today": 0.0, "yesterday": 1.0, "now": 0.0, "just now": 0.0}
"""Said instead of a number of days; of hours only 'now' and 'just now' are clear."""

_IDLE_WORDS: Final = re.compile(
    r"\b(about|around|approximately|approx|roughly|circa|ca|ago|since|for|old|of|and|daily)\b\.?|~"
)
_EACH_TIME: Final = re.compile(r"\b(a|per|each|every) (day|night)\b|/ ?(day|night|d)\b")
_TERM: Final = re.compile(r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+[.,]\d+|\d+)([a-z ]*)")
_LEAST_MG: Final = 15
"""A bare number below it was surely meant as cups."""


class NotUnderstood(ValueError):
    """The reply is no answer to this question; the message says in one line what would be."""


def read_reply(question: Question, text: str) -> Any:
    """Return the value that a typed reply gives to a question.

    Raises
    ------
    NotUnderstood
        If the reply is no answer to it, or lies outside what is allowed.
    """
    words = " ".join(text.lower().split()).strip(" .!")
    if len(words) > MAX_LENGTH:
        raise NotUnderstood(phrase("That is too long for an answer."))
    if question.kind == "yes_no":
        return _yes_or_no(words)
    if question.kind == "number":
        return _number(question, words)
    if question.kind == "choice":
        return _option(question, words)
    return _options(question, words)


def _yes_or_no(words: str) -> bool:
    if words not in YES | NO:
        raise NotUnderstood(phrase("Please answer y (yes) or n (no); h explains the question."))
    return words in YES


def _option(question: Question, words: str) -> str:
    found = _match(question, words)
    if found is None:
        raise NotUnderstood(
            phrase("Please give one number from 1 to {n}, or its name.", n=len(question.options))
        )
    return found


def _options(question: Question, words: str) -> tuple[str, ...]:
    if words in NONE:
        return ()
    chosen: list[str] = []
    wrong = phrase(
        "Please give numbers from 1 to {n} with commas, or 0 for none of these.",
        n=len(question.options),
    )
    for part in re.split(r"[,;]|\b(?:and|or)\b", words):
        whole = _match(question, part.strip())
        for name in [whole] if whole else [_match(question, word) for word in part.split()]:
            if name is None:
                raise NotUnderstood(wrong)
            chosen.append(name)
    if not chosen:
        raise NotUnderstood(wrong)
    return tuple(name for name in question.options if name in chosen)


def _match(question: Question, words: str) -> str | None:
    """Return the option that is meant by its number, its name, or a word of its label that no other has."""
    if words.isdecimal() and len(words) < 4:
        place = int(words) - 1
        return question.options[place] if 0 <= place < len(question.options) else None
    for name in question.options:
        if words in (name, name.replace("_", " "), question.labels[name].lower()):
            return name
    if len(words) < 2:
        return None
    word = re.compile(rf"\b{re.escape(words)}")
    named = [name for name in question.options if word.search(f"{name} {question.labels[name]}".lower())]
    return named[0] if len(named) == 1 else None


def _number(question: Question, words: str) -> float:
    value = _step(question, words) if question.labels else _amount(question.unit, words)
    if value is None:
        raise NotUnderstood(_what_number(question))
    if not question.low <= value <= question.high:
        raise NotUnderstood(_what_number(question) if question.labels else _out_of_range(question, value))
    return value


def _out_of_range(question: Question, value: float) -> str:
    return phrase(
        "That would be {value:.6g} {unit}; {low:g} to {high:g} can be taken.",
        value=value,
        unit=question.unit,
        low=question.low,
        high=question.high,
    )


def _what_number(question: Question) -> str:
    if question.labels:
        labels = question.labels.items()
        steps = listing(phrase("{n:d} {label}", n=int(step), label=label) for step, label in labels)
        return phrase("Please give one of: {steps}.", steps=steps)
    return phrase(
        "Please give one number of {unit}, such as {example}.",
        unit=question.unit,
        example=EXAMPLES[question.unit],
    )


def _step(question: Question, words: str) -> float | None:
    for step, label in question.labels.items():
        if words in (step, label):
            return float(step)
    return None


def _amount(unit: str, words: str) -> float | None:
    """Return a number with or without a unit, or a sum of such ('1 year and 2 months'), or None."""
    if unit == "mg a day" and words in NONE:
        return 0.0
    if words in _AT_ONCE and (unit == "days" or (unit == "hours" and "now" in words)):
        return _AT_ONCE[words]
    if unit in ("mg a day", "hours a night"):
        words = _EACH_TIME.sub(" ", words)
    words = re.sub(r"\bhalf an?\b", "half", words)
    words = re.sub(r"[a-z]+", lambda word: WORD_NUMBERS.get(word[0], word[0]), words)
    words = re.sub(r"[+;]|,(?!\d)", " ", _IDLE_WORDS.sub(" ", words)).strip()
    terms = [match.groups() for match in _TERM.finditer(words)]
    if not terms or "".join(number + named for number, named in terms) != words:
        return None
    if len(terms) == 1 and not terms[0][1]:
        return _plain_number(unit, terms[0][0])
    values = [_times_unit(number, named.split(), UNITS[unit]) for number, named in terms]
    return sum(value for value in values if value is not None) if None not in values else None


def _plain_number(unit: str, number: str) -> float:
    value = _as_float(number)
    if unit == "mg a day" and 0 < value < _LEAST_MG:
        raise NotUnderstood(
            phrase("Please write '{n:s} coffees', '{n:s} teas' or '{n:s} mg', whichever is meant.", n=number)
        )
    return value


def _times_unit(number: str, names: list[str], units: Mapping[str, float]) -> float | None:
    """Return the number in the question's unit; of '2 cups of tea' the tea counts."""
    factor = nan
    for name in names:
        named = units.get(name, units.get(name.removesuffix("s"), units.get(name.removesuffix("es"))))
        if named is None:
            return None
        factor = factor if isnan(named) else named
    return None if isnan(factor) else _as_float(number) * factor


def _as_float(number: str) -> float:
    """Return a number whose comma stands before a decimal, or before three digits of a thousand."""
    return float(number.replace(",", "" if re.fullmatch(r"\d{1,3}(,\d{3})+", number) else "."))
