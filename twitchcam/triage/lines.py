"""Lines: what is shown in a terminal, as paragraphs with a role each. How they look is up to the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Role = Literal["title", "alarm", "text", "item", "hint", "note", "space"]


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph, and what it is."""

    role: Role
    text: str = ""
    mark: str = "-"
    """What stands in front of an item."""


SPACE: Final = Line("space")


def items(texts: Iterable[str]) -> list[Line]:
    """Return each text as an item of a list."""
    return [Line("item", text) for text in texts]
