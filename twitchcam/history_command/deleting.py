"""What is to be deleted, in words, and asking for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from twitchcam.edges.store import Store
from twitchcam.errors import InputRefused
from twitchcam.terminal import Terminal, is_interactive
from twitchcam.triage.lines import Line
from twitchcam.triage.replies import YES


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user named."""

    sessions: tuple[int, ...]
    notes: tuple[int, ...]
    marks: tuple[int, ...]
    everything: bool


def in_words(store: Store, person: str, wanted: Wanted) -> str:
    """Say what would be deleted.

    Raises
    ------
    InputRefused
        If nothing is named, or there is no such person.
    """
    if wanted.everything:
        n = len(store.sessions(person))
        if not n and not store.notes(person) and not store.marks(person):
            raise InputRefused(f"nothing is kept of {person!r}; 'twitchcam history list' shows what there is")
        return f"everything of {person} ({n} recording{'' if n == 1 else 's'}, notes and marks)"
    named = {"session": wanted.sessions, "note": wanted.notes, "mark": wanted.marks}
    parts = [f"{name} {number}" for name, numbers in named.items() for number in numbers]
    if not parts:
        raise InputRefused("name what to delete: --session 3, --note 2, --mark 1, or --all")
    return f"{', '.join(parts)} of {person}"


def copies_aside(history: Path) -> list[Path]:
    """Return the damaged files that repairs of this history have put aside: nothing is deleted in them."""
    return sorted(history.parent.glob(f"{history.name}.damaged-*"))


def confirmed(what: str) -> bool:
    """Ask whether to delete; without anybody to ask, no."""
    if not is_interactive():
        return False
    from twitchcam.triage_command import dialogue

    terminal = Terminal(dialogue())
    terminal.show([Line("text", f"Delete {what}? Nothing can bring it back.")])
    try:
        return terminal.ask("y = delete, Enter = keep it").strip().lower() in YES
    except EOFError:
        return False
