"""What goes into the store and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from twitchcam.errors import InputRefused
from twitchcam.history.figures import Figures, RegionFigure

FilmedFrom = Literal["clock", "file", "name", "given", "file_date"]
"""How the time of filming is known: the computer's clock (live), the video's own data, the folder's name, the
user, or only the date of the file, which copying may change."""
ME: Final = "me"
LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 2000


@dataclass(frozen=True)
class Entry:
    """A session to be kept."""

    filmed_at: str
    """Local time, ISO: a day, or a day and a time."""
    filmed_from: FilmedFrom
    fingerprint: str
    """SHA-256 of the clip or of the recording: the same clip is kept once."""
    summary: dict[str, Any]
    """The content of summary.json."""
    answers: dict[str, Any] = field(default_factory=dict)
    events: tuple[dict[str, Any], ...] = ()
    """Rows of events.tsv; `regions` a tuple, `run` None where there is none."""
    reviewed: bool = False


@dataclass(frozen=True)
class Kept:
    """A session as it is kept."""

    id: int
    person: str
    filmed_at: str
    filmed_from: FilmedFrom
    added_at: str
    fingerprint: str
    program_version: str
    rules_version: str
    reviewed: bool
    figures: Figures
    regions: dict[str, RegionFigure]
    onsets_s: tuple[float, ...]

    @property
    def day(self) -> str:
        """The ISO day on which it was filmed."""
        return self.filmed_at[:10]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the person wrote down."""

    id: int
    day: str
    text: str
    session: int | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A day on which something was done, such as a treatment."""

    id: int
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose sessions are kept."""

    name: str
    sessions: int


def check_person(name: str) -> str:
    """Return a person's name, trimmed.

    Raises
    ------
    InputRefused
        If it is empty, too long, or holds what cannot be printed.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputRefused(f"--person {name[:30]!r}: give a name of 1 to {LONGEST_NAME} characters")
    return name


def check_text(text: str, what: str) -> str:
    """Return a note or a mark, trimmed; refuse an empty or very long one."""
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    if not text or len(text) > LONGEST_NOTE:
        raise InputRefused(f"{what}: write 1 to {LONGEST_NOTE} characters")
    return text.encode("utf-8", "replace").decode("utf-8")
