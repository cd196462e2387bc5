"""Glyphs: the document's fonts, and texts made safe for them.

The fonts are DejaVu Sans, regular and bold (free licence), from matplotlib's data. A letter that they lack (a
Chinese file name, an emoji) is written as its code, [U+732B], never as an empty box and never dropped.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typst

REGULAR, BOLD = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"
LONGEST_WORD = 20
"""Characters after which a line may be broken inside a word; ordinary words stay whole."""
LONGEST_COMPOUND = 40
"""The same for a word of letters in a language whose long words are hyphenated."""
BREAK = "\N{ZERO WIDTH SPACE}"
_LONG = re.compile(rf"[^\s{BREAK}]{{{LONGEST_WORD + 1},}}")
NO_BREAK = "\N{NO-BREAK SPACE}"
_UNIT = re.compile(r"(?<=\d) (?=(?:s|min|mm|cm|px|Hz)\b|%)")
"""The space between a number and its unit, which stay on one line."""
_PILE = re.compile(r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u064b-\u065f\u20d0-\u20f0]{3,}")
"""Marks piled up on one letter, which would reach into other lines."""
_CODE = re.compile(r"\[U\+[0-9A-F]{4,6}\]")


def font_folder() -> Path:
    """Return the folder that holds the fonts.

    Raises
    ------
    RuntimeError
        If matplotlib, a dependency of twitchcam, lacks them: a broken installation.
    """
    found = importlib.util.find_spec("matplotlib")
    folder = Path(found.origin or "").parent / "mpl-data" / "fonts" / "ttf" if found else Path()
    if not (folder / REGULAR).is_file() or not (folder / BOLD).is_file():
        raise RuntimeError(f"the fonts of the PDF are missing ({folder / REGULAR}); install matplotlib again")
    return folder


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """Return the fonts for typst: no others, so that the document is the same on every machine."""
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font_folder())]
    )


@lru_cache(maxsize=1)
def covered() -> frozenset[int]:
    """Return the code points that both fonts can show."""
    from fontTools.ttLib import TTFont

    sets = []
    for name in (REGULAR, BOLD):
        with TTFont(font_folder() / name, lazy=True) as font:
            sets.append(frozenset(font.getBestCmap()))
    return sets[0] & sets[1]


@lru_cache(maxsize=2)
def _advances(bold: bool) -> dict[int, float]:
    """Return the width of each letter in parts of the font's size."""
    from fontTools.ttLib import TTFont

    with TTFont(font_folder() / (BOLD if bold else REGULAR), lazy=True) as font:
        widths, em = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: widths[name][0] / em for code, name in font.getBestCmap().items()}


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is set, in the unit of its size."""
    advances = _advances(bold)
    return size * sum(advances.get(ord(letter), 0.6) for letter in text)


def safe(text: str, *, hyphenated: bool = False) -> str:
    """Return a text that can be shown whole: no control characters, no letter without a glyph, no word that
    a line cannot hold. Where words are hyphenated, compounds are left to that.
    """

    def broken(word: re.Match[str]) -> str:
        compound = hyphenated and word[0].isalpha() and len(word[0]) <= LONGEST_COMPOUND
        return word[0] if compound else _breakable(word[0])

    return _LONG.sub(broken, _UNIT.sub(NO_BREAK, coded(text)))


def coded(text: str) -> str:
    """Return a text with a code for every letter that the fonts lack, or that would hide or move others."""
    shown = "".join(_shown(letter) for letter in unicodedata.normalize("NFC", text))
    return _PILE.sub(lambda pile: "".join(_code(mark) for mark in pile[0]), shown)


def plain(text: str) -> str:
    """Return a text for the document's properties: any letter, no control characters."""
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join("".join(kept).split())


def was_coded(text: str) -> bool:
    """Tell whether letters of a text are written as codes."""
    return _CODE.search(coded(text)) is not None and _CODE.search(text) is None


def _shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in "\t\n\r" or kind in ("Zl", "Zp"):
        return " "
    # Marks that turn or join text could make a name look like another one: written out.
    hidden = kind in ("Cc", "Cs", "Co", "Cn") or (kind == "Cf" and letter not in "\u00ad\u200b\u200c\u200d")
    if hidden or ord(letter) not in covered():
        return _code(letter)
    return letter


def _code(letter: str) -> str:
    return f"[U+{ord(letter):04X}]"


def _breakable(word: str) -> str:
    """Let a long word break: after what parts it (. _ - / ]) and at the latest every few letters."""
    parts: list[str] = []
    run = 0
    for letter in word:
        due = run >= LONGEST_WORD // 2 or (run > 3 and parts[-1] in "._-/\\]")
        if due and not unicodedata.combining(letter):
            parts.append(BREAK)
            run = 0
        parts.append(letter)
        run += 1
    return "".join(parts)
