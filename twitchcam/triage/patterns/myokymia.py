"""Facial myokymia: rippling of one side almost without a pause."""

from __future__ import annotations

from twitchcam.phrases import phrase
from twitchcam.summary import Pattern
from twitchcam.triage.checks import MINUTE_S, Check, Plan, weigh
from twitchcam.triage.clues import Clues, covered_fraction, side_of_events
from twitchcam.triage.clues.events import leading_regions
from twitchcam.triage.patterns.spasm import even, hfs_signature

CONTINUOUS = 0.5
"""Part of the usable time that a continuous movement fills, short pauses included; our own choice."""
UNBROKEN = 0.8
"""The same for a flag; our own choice."""
PAUSE_S = 3.0
"""Myokymic discharges pause for 0.5-3 s (S6)."""
RIPPLES_PER_S = 0.8
"""Fewer movements a second do not ripple; our own choice (2-8 are described, reference A2, background)."""
MYOKYMIA = Plan("facial_myokymia_like", MINUTE_S, MINUTE_S, ("S5", "S6", "S6d"))


def facial_myokymia_like(clues: Clues) -> Pattern:
    """Rippling of one side almost without a pause."""
    events = clues.face_events
    side = side_of_events(events)
    filled = covered_fraction(events, clues.usable_s, pause_s=PAUSE_S)
    per_s = len(events) / clues.usable_s if clues.usable_s > 0 else 0.0
    constant = clues.answers.constant
    core = [
        Check(
            filled >= CONTINUOUS and per_s >= RIPPLES_PER_S,
            phrase(
                "Movement filled {filled:.0%} of the usable time, {per_s:.1f} ripples a second.",
                filled=filled,
                per_s=per_s,
            ),
            phrase("Movement filled only {filled:.0%} of the usable time.", filled=filled),
        ),
        Check(
            side in ("left", "right"),
            phrase("It stayed on the {side} side.", side=side),
            "It was not on one side only." if events else "",
        ),
        Check(
            not even(clues),
            "It kept no even rhythm.",
            "It kept an even rhythm.",
        ),
        # A wave that wanders through one muscle is described, not a jerk of all at once (A2).
        Check(
            not hfs_signature(clues), "", "The eye joins in at the same instant, which fits a facial spasm."
        ),
    ]
    full = [
        Check(filled >= UNBROKEN, "", "There were longer pauses."),
        Check(
            constant is True,
            "It is said to go on almost without a pause.",
            "It is said to go on with pauses."
            if constant is False
            else "Whether it goes on all day was not answered.",
        ),
    ]
    places = leading_regions(events)
    also = [phrase("It wandered over {places} places of that side.", places=places)] if places > 1 else []
    return weigh(MYOKYMIA, clues, core, full, also)
