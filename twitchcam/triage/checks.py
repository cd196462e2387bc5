"""How checks add up to a pattern's status; the same way for every pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from twitchcam.summary import Pattern, Status
from twitchcam.triage.clues import Clues

NOT_MEASURED: Final = "The lips could not be measured in this recording."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for."""

    held: bool | None
    """None: not known."""
    found: str
    """Said when it held."""
    missing: str
    """Said when it did not hold or is not known; may be empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pattern needs."""

    id: str
    needs_s: float
    """Usable seconds at rest before its absence means anything. Less is never 'not seen'."""
    flags_s: float
    """Usable seconds from which it may be flagged; below, it is at most possible."""
    sources: tuple[str, ...]


def weigh(
    plan: Plan, clues: Clues, core: Sequence[Check], full: Sequence[Check], also: Sequence[str] = ()
) -> Pattern:
    """Return the pattern: possible when all of `core` held, flagged when `full` did too for long enough.

    One thing of `core` that is known to be absent makes it not seen, provided the usable time sufficed; when
    none is absent but one is unknown, or the time was short, it is not assessable. `also` is further evidence
    that does not decide.
    """
    if not clues.assessable:
        return cannot_tell(plan, NOT_MEASURED)
    held = [check.found for check in (*core, *full) if check.held and check.found]
    missing = [check.missing for check in (*core, *full) if not check.held and check.missing]
    if all(check.held for check in core):
        short = clues.usable_s < plan.flags_s
        if short:
            missing.insert(0, _too_short(clues, plan.flags_s))
        status: Status = "flagged" if all(check.held for check in full) and not short else "possible"
        return Pattern(plan.id, status, (*held, *also), tuple(missing), plan.sources)
    if clues.usable_s < plan.needs_s:
        return cannot_tell(plan, _too_short(clues, plan.needs_s))
    absent = [check for check in core if check.held is not None and not check.held]
    if not absent:
        return cannot_tell(plan, *(check.missing for check in core if check.held is None and check.missing))
    return Pattern(plan.id, "not_seen", (), tuple(c.missing for c in absent if c.missing), plan.sources)


def cannot_tell(plan: Plan, *reasons: str) -> Pattern:
    """Return the pattern as not assessable, with the reasons."""
    return Pattern(plan.id, "not_assessable", (), reasons, plan.sources)


def _too_short(clues: Clues, needed_s: float) -> str:
    return f"Needs {needed_s:.0f} s of usable rest; this recording has {clues.usable_s:.0f} s."
