"""Cut short: a recording whose measuring was stopped before the clip's end says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from twitchcam.phrases import phrase
from twitchcam.types import Source

_BEGINNING: Final = "Measuring was stopped"


def as_stopped(source: Source) -> Source:
    """Return the source with a note that the clip goes on behind it."""
    note = phrase(
        "Measuring was stopped after {s:.1f} s; what the clip shows behind that was not looked at.",
        s=source.duration_s,
    )
    return replace(source, notes=(*source.notes, note))


def about_stop(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the note of a source that was not measured to its end; empty when it was."""
    return tuple(note for note in notes if note.startswith(_BEGINNING))
