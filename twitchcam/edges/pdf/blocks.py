"""Blocks: what the document is made of, as plain data that the template lays out in order.

Every text is final: translated, formatted, with its unit. The template adds no words of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

Tone = Literal["alarm", "watch", "calm", "neutral"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's title; it becomes a bookmark."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    kind: Literal["body", "lead", "aside"] = "body"


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing: SVG of the size that it has on the page."""

    svg: str
    alt: str
    """What it shows, for those who cannot see it."""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under a head; may run over pages, the head with it."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    """Shares of the width; 0 takes what its texts need."""
    numeric: tuple[int, ...] = ()
    """Columns that hold numbers, set to the right."""


@dataclass(frozen=True, slots=True)
class Reasons:
    """What there is not, and why not, in small letters."""

    title: str
    items: tuple[tuple[str, str], ...]
    """What, and why not."""


@dataclass(frozen=True, slots=True)
class Value:
    """One key figure."""

    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    items: tuple[Value, ...]
    columns: int = 3


@dataclass(frozen=True, slots=True)
class Card:
    """A box with a coloured edge."""

    title: str
    tone: Tone
    body: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Two stacks of blocks side by side; they stay on one page, so they hold what cannot grow long."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    share: float = 0.5
    """Part of the width that the left one has."""


Block = Heading | Paragraph | Bullets | Figure | Table | Reasons | Values | Card | Columns


@dataclass(frozen=True, slots=True)
class Document:
    """The whole document."""

    title: str
    brand: str
    file: str
    """Name of the clip, in the head of every page."""
    footer: str
    blocks: tuple[Block, ...]


def to_plain(thing: Any) -> Any:
    """Return blocks as plain dicts and lists for JSON; each dict tells its block in `block`."""
    if is_dataclass(thing) and not isinstance(thing, type):
        named = {field.name: to_plain(getattr(thing, field.name)) for field in fields(thing)}
        return {"block": type(thing).__name__.lower(), **named}
    if isinstance(thing, Sequence) and not isinstance(thing, str):
        return [to_plain(item) for item in thing]
    return thing


def texts(thing: Any) -> list[str]:
    """Return every text of blocks, in reading order, without drawings."""
    if isinstance(thing, str):
        return [thing]
    if is_dataclass(thing) and not isinstance(thing, type):
        kept = [field.name for field in fields(thing) if field.name not in ("svg", "kind", "tone")]
        return [text for name in kept for text in texts(getattr(thing, name))]
    if isinstance(thing, Sequence):
        return [text for item in thing for text in texts(item)]
    return []
