"""How checks add up to a pattern's status; the same way for every pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from twitchcam.phrases import phrase
from twitchcam.summary import Pattern, Status
from twitchcam.triage.clues import Clues

NOT_MEASURED: Final = "The lips could not be measured in this recording."

MINUTE_S: Final = 50.0
"""Usable seconds that a recording of a minute (reference E6, proposed) must keep; up to ten may be lost to
speech, smiles and the like. Our own choice."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked for."""

    held: bool | None
    """None: not known."""
    found: str
    """Said when it held; may be empty."""
    missing: str
    """Said when it did not hold or is not known; may be empty."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pattern needs."""

    id: str
    needs_s: float
    """Usable seconds at rest before its absence means anything. Less is never 'not seen'."""
    flags_s: float
    """Seconds from which it may be flagged; below, it is at most possible."""
    sources: tuple[str, ...]
    of: str = "usable rest"
    """What the seconds are seconds of."""


def weigh(
    plan: Plan,
    clues: Clues,
    core: Sequence[Check],
    full: Sequence[Check],
    also: Sequence[str] = (),
    but: Sequence[str] = (),
    *,
    seen_s: float | None = None,
    rest_s: float | None = None,
) -> Pattern:
    """Return the pattern: possible when all of `core` held, flagged when `full` did too for long enough.

    One thing of `core` that is known to be absent makes it not seen, provided the time sufficed; when none is
    absent but one is unknown, or the time was short, it is not assessable. `also` is further evidence for it
    and `but` against it that does not decide. `seen_s` are the seconds in which it could be seen, `rest_s`
    those after which its absence counts; both are the usable seconds at rest where they are not given.
    """
    if not clues.assessable:
        return cannot_tell(plan, NOT_MEASURED)
    rest_s = clues.usable_s if rest_s is None else rest_s
    seen_s = rest_s if seen_s is None else seen_s
    held = [check.found for check in (*core, *full) if check.held and check.found]
    missing = [check.missing for check in (*core, *full) if not check.held and check.missing]
    if all(check.held for check in core):
        short = seen_s < plan.flags_s
        if short:
            missing.insert(0, _too_short(plan.flags_s, seen_s, plan))
        status: Status = "flagged" if all(check.held for check in full) and not short else "possible"
        return Pattern(plan.id, status, _once(*held, *also), _once(*missing, *but), plan.sources)
    if rest_s < plan.needs_s:
        return cannot_tell(plan, _too_short(plan.needs_s, rest_s, plan))
    absent = [check for check in core if check.held is not None and not check.held]
    if not absent:
        return cannot_tell(plan, *(check.missing for check in core if check.held is None and check.missing))
    return Pattern(plan.id, "not_seen", (), _once(*(c.missing for c in absent if c.missing)), plan.sources)


def cannot_tell(plan: Plan, *reasons: str) -> Pattern:
    """Return the pattern as not assessable, with the reasons."""
    return Pattern(plan.id, "not_assessable", (), _once(*reasons), plan.sources)


def _too_short(needed_s: float, had_s: float, plan: Plan) -> str:
    return phrase(
        "Needs {needed:.0f} s of {what}; this recording has {had:.0f} s.",
        needed=needed_s,
        what=plan.of,
        had=had_s,
    )


def _once(*texts: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
