"""Plain text: what a terminal or a page shows as it is, and nothing that acts on them.

A file's name may hold an escape sequence that clears the screen or writes a command, or a character that
turns the reading direction round so that `exe.mp4` reads `4pm.exe`. Such characters are shown as their codes.
"""

from __future__ import annotations

import re
from typing import Final

_ACTING: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, without tab and end of line
    "\xad\u061c\u180e\u200b\u200e\u200f"  # soft hyphen, marks of direction, spaces without width
    "\u2028-\u202e\u2060-\u206f"  # separators, embeddings, overrides, isolates
    "\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"  # bytes of a file name that are no text
    "\U000e0000-\U000e007f"  # tags, which nothing shows
    "]"
)
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
"""What neither a page nor a drawing may hold."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_FORMULA: Final = re.compile(r"\s*[=@+-]")
_NUMBER: Final = re.compile(r"[+-]?\d[\d.]*(e[+-]?\d+)?", re.IGNORECASE)


def visible(text: str) -> str:
    r"""Return the text with characters that would act on a terminal written as codes, such as \u001b.

    The codes are those of JSON and TOML: text that is one of them means the same as before.
    """
    return _ACTING.sub(_code, text)


def on_page(value: object) -> object:
    """Return text without control characters, which pages may not hold; markup stays markup."""
    if isinstance(value, str) and _NO_TEXT.search(value):
        return type(value)(_NO_TEXT.sub(_code, value))
    return value


def one_line(text: str) -> str:
    """Return the text as one line of visible characters."""
    return visible(" ".join(text.split()))


def _code(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def cell(text: str) -> str:
    """Return the text as a table's cell that no program for tables takes for a formula to be worked out.

    An apostrophe goes in front of what would be one; numbers stay as they are. Control characters are written
    as codes, for not every writer of tables puts quotation marks round a carriage return.
    """
    text = _CONTROL.sub(_code, text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def text_of(cell_text: str) -> str:
    """Return a cell's text without the apostrophe that `cell` put in front."""
    guarded = cell_text.startswith("'") and _FORMULA.match(cell_text, 1) is not None
    return cell_text[1:] if guarded else cell_text
