"""The terminal: shows lines by their role, wrapped to its width, and reads replies."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import replace
from textwrap import wrap
from typing import IO, Any, Final

from twitchcam.languages import Language, language_of
from twitchcam.triage.lines import Line, Role

STYLES: Final[dict[Role, str]] = {
    "title": "bold", "alarm": "bold red", "text": "", "item": "", "hint": "dim", "note": "yellow",
    "space": "",
}  # fmt: skip
WIDEST = 100
"""Longer lines are hard to read."""
NARROWEST = 24


def is_interactive() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()


class Terminal:
    """Shows lines on a stream; off a terminal each paragraph is one plain line."""

    def __init__(self, stream: IO[str], language: Language | None = None) -> None:
        self._stream = stream
        self._language = language or language_of("en")
        self._console: Any = None
        if stream.isatty():
            from rich.console import Console

            from twitchcam.streams import drawing

            self._console = Console(
                file=drawing(stream), highlight=False, markup=False, emoji=False, soft_wrap=True
            )

    def show(self, lines: Iterable[Line]) -> None:
        """Show paragraphs, each in its role's style."""
        for line in lines:
            told = replace(line, text=self._language(line.text))
            for text in layout(told, self._width()):
                if self._console is None:
                    print(text, file=self._stream)
                else:
                    self._console.print(text, style=STYLES[line.role])
        self._stream.flush()

    def ask(self, hint: str) -> str:
        """Show what may be typed and return the line that is typed.

        Raises
        ------
        EOFError
            If the input has ended.
        """
        self.show([Line("hint", f"[{self._language(hint)}]")])
        print("> ", end="", file=self._stream, flush=True)
        try:
            typed = sys.stdin.readline()
        except UnicodeDecodeError:  # bytes that are no text in the terminal's encoding: asked again
            typed = "\N{REPLACEMENT CHARACTER}\n"
        if not typed:
            print(file=self._stream, flush=True)
            raise EOFError
        return self._in_english(typed)

    def _in_english(self, typed: str) -> str:
        """Return what was typed with the words that an answer is made of in English, as replies are read."""
        known = self._language.catalogue
        if (whole := known.get(("typed", " ".join(typed.lower().split())))) is not None:
            return whole
        return re.sub(r"[^\W\d_]+", lambda word: known.get(("typed", word[0].lower()), word[0]), typed)

    def _width(self) -> int | None:
        if self._console is None:
            return None
        return max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns - 1))


def layout(line: Line, width: int | None) -> list[str]:
    """Return a paragraph as lines of at most `width` characters; None: as one line."""
    text = "".join(c if c.isprintable() else " " for c in line.text)
    if line.role != "item":
        return [text] if width is None else wrap(text, width) or [""]
    if width is None:
        return [f"{line.mark} {text}"]
    first = f"{line.mark:>3} "
    return wrap(text, width, initial_indent=first, subsequent_indent=" " * len(first)) or [first]
