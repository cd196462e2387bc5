"""Which template a plain English sentence was made of, and with which values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from twitchcam.phrases import PLACE, formats_of

TELLING: Final = 8
"""Letters that a template must fix to be told from others; with fewer, numbers must stand in its places."""


@dataclass(frozen=True)
class Template:
    """A template with places, and the pattern of the sentences it makes."""

    text: str

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """What always stands in its sentences, in order."""
        return tuple(piece for piece in PLACE.sub("\0", self.text).split("\0") if piece)

    @cached_property
    def mark(self) -> str:
        """The longest text that all of its sentences hold: a quick look for it spares most patterns."""
        return max((piece.strip() for piece in self.pieces), key=len, default="")

    @cached_property
    def vague(self) -> bool:
        """Whether it fixes little of a sentence, so that it may match what it did not make."""
        return sum(map(str.isalpha, "".join(self.pieces))) < TELLING and "" in self.formats.values()

    @cached_property
    def formats(self) -> dict[str, str]:
        """The places and their formats."""
        return formats_of(self.text)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole sentence as a regular expression, one named group for each value."""
        parts: list[str] = []
        seen: set[str] = set()
        end = 0
        for place in PLACE.finditer(self.text):
            parts += [re.escape(self.text[end : place.start()]), self._of_place(place, seen)]
            end = place.end()
        pattern = "".join([*parts, re.escape(self.text[end:])])
        if end == len(self.text) and len(parts) > 1 and parts[-2].endswith((r"\.\ ", r".\ ", r":\ ")):
            # a last value that is empty takes the space before it along
            pattern = "".join([*parts[:-2], parts[-2][:-2], rf"(?:\ {parts[-1]})?"])
        return re.compile(pattern, re.DOTALL)

    def match(self, sentence: str) -> Mapping[str, str] | None:
        """Return the values with which this template makes the sentence, None when it cannot."""
        found = self.pattern.fullmatch(sentence)
        return None if found is None else found.groupdict(default="")

    def _of_place(self, place: re.Match[str], seen: set[str]) -> str:
        name = place[1]
        if place[3]:
            return f"(?:{'|'.join(re.escape(word) for word in place[3].split('|')[1:])})"
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return f"(?P<{name}>{_values_like(self.formats[name])})"


def _values_like(spec: str) -> str:
    """Return a pattern of what a format makes."""
    if spec.endswith("%"):
        return r"-?\d+(?:\.\d+)?%"
    if spec.endswith("f"):
        decimals = int(spec.partition(".")[2].rstrip("f") or "6")
        return r"-?\d+" + (rf"\.\d{{{decimals}}}" if decimals else "") + "|nan|inf"
    if spec.endswith(("g", "d")):
        return r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|nan|inf"
    return ".*?"


def templates_of(texts: Iterable[str]) -> Iterator[Template]:
    """Yield those that have places; the one that fixes most letters first, as it fits best."""
    made = [Template(text) for text in texts if PLACE.search(text)]
    yield from sorted(made, key=lambda template: -sum(map(len, template.pieces)))
