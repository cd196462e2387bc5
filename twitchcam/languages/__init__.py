"""Languages: everything that people read, in theirs. What machines read stays English.

English is written in the source and is the key; each other language is a folder of catalogues (`de/*.po`)
that anyone can read and amend. Add a language: a folder, and a line in LANGUAGES; `scripts/find_phrases.py`
lists what its catalogues lack.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final

from twitchcam.errors import InputRefused
from twitchcam.languages.language import Language
from twitchcam.languages.po import read_entries
from twitchcam.languages.style import ENGLISH, GERMAN, Style

__all__ = ["LANGUAGES", "Language", "language_of", "translate"]

LANGUAGES: Final[dict[str, tuple[str, Style]]] = {"en": ("English", ENGLISH), "de": ("Deutsch", GERMAN)}
"""Code: its name in itself, and how it writes numbers and dates."""


def language_of(code: str) -> Language:
    """Return a language by its code.

    Raises
    ------
    InputRefused
        If twitchcam does not speak it.
    """
    if code not in LANGUAGES:
        raise InputRefused(f"language: {code!r} is not one of {', '.join(LANGUAGES)}; choose one of these.")
    return _load(code)


def translate(text: str, code: str, /, **values: object) -> str:
    """Return an English sentence, phrase or template with values in a language."""
    return language_of(code)(text, **values)


@cache
def _load(code: str) -> Language:
    name, style = LANGUAGES[code]
    catalogue: dict[tuple[str, str], str] = {}
    if code != "en":
        folder = resources.files(__package__) / code
        for path in sorted(folder.iterdir(), key=lambda path: path.name):
            if path.name.endswith(".po"):
                lines = path.read_text(encoding="utf-8").splitlines()
                catalogue |= {
                    (e.context, e.english): e.other for e in read_entries(lines, path.name) if e.other
                }
    return Language(code, name, style, catalogue)
