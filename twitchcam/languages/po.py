"""Catalogue files: gettext's text form (`.po`), which editors such as Poedit read and write."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

KEYS: Final = ("msgctxt", "msgid", "msgstr")


class Entry(NamedTuple):
    """One sentence: where it stands when it means different things, in English, in the other language."""

    context: str
    english: str
    other: str


def read_entries(lines: Iterable[str], name: str) -> Iterator[Entry]:
    """Yield the entries of a `.po` file; its head (the entry of the empty string) is left out.

    Raises
    ------
    ValueError
        If a line is none of a catalogue, with its file and number.
    """
    found: dict[str, str] = {}
    key = ""
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        word, _, rest = text.partition(" ")
        if word in KEYS:
            if word != "msgstr" and "msgstr" in found:
                yield from _entry(found)
                found = {}
            key, text = word, rest.strip()
            found[key] = ""
        if not key or not text.startswith('"'):
            raise ValueError(f"{name}, line {number}: this is not an entry of a catalogue")
        found[key] += ast.literal_eval(text)
    yield from _entry(found)


def _entry(found: dict[str, str]) -> Iterator[Entry]:
    if found.get("msgid"):
        yield Entry(found.get("msgctxt", ""), found["msgid"], found.get("msgstr", ""))
