"""A language: its catalogue and its way with numbers, and how a sentence is found in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from twitchcam.languages.match import Template, templates_of
from twitchcam.languages.style import Date, Moment, Style
from twitchcam.phrases import PLACE, Listing, Phrase, formats_of, number_in, phrase

_SENTENCE_END = re.compile(r"(?<=[.!?)]) +")
_SEPARATOR = re.compile(r", and |, or |, | and | or |; ")
_LONGEST_LIST = 400
"""Characters of a list that are looked at; longer text is none."""


@dataclass(frozen=True, eq=False)
class Language:
    """A language that twitchcam speaks. Call it with an English sentence or template to get its own."""

    code: str
    """As in HTML's lang: en, de."""
    name: str
    """In the language itself."""
    style: Style
    catalogue: Mapping[tuple[str, str], str] = field(repr=False)
    """(context, English) to this language; empty for English."""
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict, init=False, repr=False)

    def __call__(self, text: str, /, **values: object) -> str:
        """Return an English sentence, phrase or template with values in this language.

        What the catalogue does not have comes back in English; a test sees to it that this never happens.
        """
        english = phrase(text, **values) if values else text
        told = self.find(english)
        return str(english) if told is None else told

    def find(self, text: str, context: str = "") -> str | None:
        """Return an English text in this language, None where the catalogue does not have it.

        A `Phrase` knows its template; a plain string (read back from a file) is matched against all of them.
        Several sentences, or the items of a list, in one string are looked up one by one.
        """
        if not self.catalogue or not text.strip():
            return str(text)
        if isinstance(text, Listing):
            return self._list(text)
        if isinstance(text, Phrase) and text.values:
            told = self._fill(text.template, text.values, lenient=True)
            if told is not None:
                return told
        key = (context, str(text))
        if key not in self._known:
            self._known[key] = None  # meanwhile: a text that would be looked up for itself is not known
            self._known[key] = self._search(*key)
        return self._known[key]

    def number(self, value: float, spec: str = "") -> str:
        """Return a number as this language writes it, formatted as by `format`."""
        return self.style.write_number(format(value, spec))

    def date(self, day: Date) -> str:
        """Return a date in words."""
        return self.style.write_date(day)

    def moment(self, moment: Moment) -> str:
        """Return date and time of day."""
        return self.style.write_moment(moment)

    @cached_property
    def templates(self) -> dict[bool, tuple[tuple[str, Template], ...]]:
        """The catalogue's entries with places and their marks, the most particular first; the vague apart."""
        found = tuple(templates_of(english for context, english in self.catalogue if not context))
        return {vague: tuple((x.mark, x) for x in found if x.vague == vague) for vague in (False, True)}

    def _search(self, context: str, text: str) -> str | None:
        if (told := self.catalogue.get((context, text))) is not None:
            return told
        if number_in(text) is not None:
            return self.style.write_number(text)
        if context:
            return None
        return (
            self._by_template(text, vague=False)
            or self._by_capital(text)
            or self._by_parts(text)
            or self._by_stop(text)
            or self._by_template(text, vague=True)
        )

    def _by_template(self, text: str, *, vague: bool) -> str | None:
        """Look among the templates; the vague ones ('{a}: {b}') would also match lists and sentences."""
        for mark, template in self.templates[vague]:
            if mark not in text:
                continue
            values = template.match(text)
            if values is not None and (told := self._fill(template.text, values)) is not None:
                return told
        return None

    def _by_any_template(self, text: str) -> str | None:
        return self._by_template(text, vague=False) or self._by_template(text, vague=True)

    def _by_capital(self, text: str) -> str | None:
        """Look for the same text that begins with a small letter, and begin it with a capital one."""
        if not text[0].isupper():
            return None
        small = text[0].lower() + text[1:]
        told = self.catalogue.get(("", small)) or self._by_any_template(small)
        return None if told is None else told[0].upper() + told[1:]

    def _by_stop(self, text: str) -> str | None:
        """Look for the same text without its full stop: a list that was made a sentence."""
        told = self.find(text[:-1]) if text.endswith(".") and len(text) > 1 else None
        return None if told is None else f"{told}."

    def _by_parts(self, text: str) -> str | None:
        """Tell several sentences, or else the items of a list, each by itself."""
        bounds = [0, *(gap.end() for gap in _SENTENCE_END.finditer(text)), len(text)]
        if len(bounds) > 2 and (told := self._sentences(text, bounds, 0)):
            return " ".join(told)
        items = self._items(text) if len(text) < _LONGEST_LIST else None
        return None if items is None else "".join(items)

    def _sentences(self, text: str, bounds: list[int], at: int) -> list[str] | None:
        """Cover the text from a bound with pieces that are known, the longest one first."""
        if at == len(bounds) - 1:
            return []
        for end in range(len(bounds) - 1, at, -1):
            if (at, end) == (0, len(bounds) - 1):
                continue
            told = self._piece(text[bounds[at] : bounds[end]].rstrip(), whole=end == at + 1)
            if told is not None and (rest := self._sentences(text, bounds, end)) is not None:
                return [told, *rest]
        return None

    def _piece(self, text: str, *, whole: bool) -> str | None:
        """Find one sentence (it may hold a list), or some together that are one entry."""
        if whole:
            return self.find(text)
        return self.catalogue.get(("", text)) or self._by_any_template(text)

    def _items(self, text: str) -> list[str] | None:
        """Cover a list with items that are known, the longest one first, and its separators."""
        for gap in reversed([*_SEPARATOR.finditer(text)]):
            head, separator, tail = text[: gap.start()], gap[0], text[gap.end() :]
            first = self._item(head)
            if first is None:
                continue
            told = self._item(tail)
            rest = [told] if told is not None else self._items(tail)
            if rest is not None:
                return [first, self._separator(separator), *rest]
        return None

    def _item(self, text: str) -> str | None:
        if not text:
            return None
        found = self.catalogue.get(("", text)) or self._by_any_template(text)
        if found is None and number_in(text) is not None:
            return self.style.write_number(text)
        return found or self._by_capital(text)

    def _separator(self, text: str) -> str:
        return self.catalogue.get(("list", text), text)

    def _list(self, text: Listing) -> str | None:
        told = [self.find(item) for item in text.items]
        if any(item is None for item in told):
            return None
        known = [item for item in told if item is not None]
        if len(known) < 2:
            return "".join(known)
        return self._separator(text.comma).join(known[:-1]) + self._separator(text.last) + known[-1]

    def _fill(self, template: str, values: Mapping[str, str], *, lenient: bool = False) -> str | None:
        """Return this language's sentence for a template, None where it is not known.

        Values of a phrase may be told already, or be markup: `lenient` takes those not known as they are.
        Values guessed from a plain sentence must be known, otherwise the guess was wrong.
        """
        other = self.catalogue.get(("", template))
        if other is None:
            return None
        formats = formats_of(template)
        told: list[str] = []
        end = 0
        for place in PLACE.finditer(other):
            word = self._word(place, values, formats)
            if word is None and lenient:
                word = values[place[1]]
            if word is None:
                return None
            told += [other[end : place.start()], word]
            end = place.end()
        sentence = "".join([*told, other[end:]])
        return sentence.rstrip() if sentence.endswith(" ") else sentence

    def _word(
        self, place: re.Match[str], values: Mapping[str, str], formats: Mapping[str, str]
    ) -> str | None:
        value = values[place[1]]
        if place[3]:
            words = place[3].split("|")[1:]
            number = number_in(value)
            chosen = self.style.plural(2.0 if number is None else number)
            return words[min(chosen, len(words) - 1)]
        if formats[place[1]] == "s":
            return self.style.write_text(value)
        if number_in(value) is not None:
            return self.style.write_number(value)
        return self.find(value, place[2] or "")
