"""Phrases: English sentences that remember template and values, so that other languages can tell them.

A `Phrase` is the English sentence and behaves as that string everywhere; a summary written from it is the
same byte for byte. Templates know three kinds of places:

    {hz:.1f}                   a value, formatted as by `format`
    {n|closing|closings}       the first word where n is one, the last one otherwise
    {name:s}                   text that is told as it is in every language: a file, a name, an answer's key

A value may be a number, a string, or another phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

PLACE: Final = re.compile(r"\{(\w+)(?::([^{}|]*))?((?:\|[^{}|]*)*)\}")
"""A place in a template: name, format and, behind bars, words to choose from."""

_P = TypeVar("_P", bound="Phrase")


class Phrase(str):
    """An English sentence with the template and the values (as told in English) that it was made of."""

    template: str
    values: Mapping[str, str]

    def __new__(
        cls: type[_P], text: str, template: str | None = None, values: Mapping[str, str] | None = None
    ) -> _P:
        """Return the text as a phrase; without a template the text is its own."""
        made = super().__new__(cls, text)
        made.template = text if template is None else template
        made.values = {} if values is None else values
        return made


class Listing(Phrase):
    """Several things in one string, each of which is told by itself."""

    items: tuple[str, ...] = ()
    comma: str = ", "
    last: str = ", "


def phrase(template: str, /, **values: object) -> Phrase:
    """Return the template with its values in, as a phrase.

    Raises
    ------
    ValueError
        If a place has no value or a value has no place.
    """
    formats = formats_of(template)
    if formats.keys() != values.keys():
        odd = ", ".join(sorted(formats.keys() ^ values.keys()))
        raise ValueError(f"the phrase {template!r} and its values do not agree on: {odd}")
    told = {name: _tell(value, formats[name]) for name, value in values.items()}
    return Phrase(fill(template, told), template, told)


def listing(items: Iterable[str], *, last: str = ", ", comma: str = ", ") -> Listing:
    """Return the items in one string; `last` stands before the last one (such as ' and ')."""
    things = tuple(items)
    text = comma.join(things[:-1]) + last + things[-1] if len(things) > 1 else "".join(things)
    made = Listing(text)
    made.items, made.comma, made.last = things, comma, last
    return made


def formats_of(template: str) -> dict[str, str]:
    """Return for each value of a template how it is formatted ('' where nothing is said)."""
    formats: dict[str, str] = {}
    for name, spec, _ in PLACE.findall(template):
        formats[name] = formats.get(name) or spec
    return formats


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the template with values that are told already."""
    return PLACE.sub(lambda place: _word_of(place, values), template)


def number_in(text: str) -> float | None:
    """Return the number that a told value is, None when it is none."""
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        return None


def _tell(value: object, spec: str) -> str:
    return value if isinstance(value, str) else format(value, spec)


def _word_of(place: re.Match[str], values: Mapping[str, str]) -> str:
    told = values[place[1]]
    words = place[3].split("|")[1:]
    if not words:
        return told
    return words[0] if number_in(told) == 1 else words[-1]
