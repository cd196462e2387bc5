"""Patterns of the eyes, of the resting face, and those that rest on what the person tells."""

from __future__ import annotations

from twitchcam.summary import Pattern
from twitchcam.triage.checks import Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues

BLINKS_PER_MIN = 27.0
"""At rest, more than this fits blepharospasm (S62: sensitivity 92 %, specificity 82 %, rest above talk)."""
DROOP_MM = 3.0
"""Mouth corners: the difference that people notice (S36)."""
LID_RATIO = 0.8
"""Lid gap, smaller over larger: 2 mm (S38) of about 10 mm; the conversion is our own choice."""
STEREOTYPED = 0.5
"""Share of events in the same region from which they count as alike; our own choice."""

BLEPHAROSPASM = Plan("blepharospasm_like", 60.0, 60.0, ("S39", "S62"))
MEIGE = Plan("meige_like", 60.0, 60.0, ("S88",))
TIC = Plan("tic_like", 60.0, 60.0, ("S66", "S67"))
WEAKNESS = Plan("facial_weakness_like", 60.0, 2.0, ("S36", "S38", "S76"))
FUNCTIONAL = Plan("functional_like", 60.0, 60.0, ("S14b",))


def blepharospasm_like(clues: Clues) -> Pattern:
    """Both eyes blink far more often at rest than usual."""
    full = [
        Check(
            None,
            "",
            "Whether talking slows the blinks, and whether the brow sinks with them, was not tested.",
        )
    ]
    return weigh(BLEPHAROSPASM, clues, [_blinks_often(clues)], full)


def meige_like(clues: Clues) -> Pattern:
    """Frequent blinking together with long contractions of both sides of the mouth."""
    long = [event for event in clues.lip_events if event.trial_type == "tonic" and event.side == "bilateral"]
    core = [
        _blinks_often(clues),
        Check(
            len(long) >= 2,
            f"{len(long)} long contractions of both sides of the mouth.",
            "No repeated long contractions of both sides of the mouth.",
        ),
    ]
    return weigh(
        MEIGE, clues, core, [Check(None, "", "Talking, chewing and sensory tricks were not tested.")]
    )


def tic_like(clues: Clues) -> Pattern:
    """Abrupt, alike, not rhythmic, with an urge that can be held back."""
    urge = clues.answers.urge_suppressible
    share = clues.top_region_share or 0.0
    core = [
        Check(
            urge,
            "An urge that can be held back was reported.",
            "No urge that can be held back."
            if urge is False
            else "Depends on an urge that can be held back, which was not answered.",
        ),
        Check(
            len(clues.lip_events) >= 3,
            "Several movements were seen.",
            "Fewer than three movements were seen.",
        ),
    ]
    full = [
        Check(share >= STEREOTYPED, "The movements were alike.", "The movements were not alike."),
        Check(clues.measured.lips.rhythmic is not True, "They kept no rhythm.", "They kept an even rhythm."),
    ]
    return weigh(TIC, clues, core, full)


def facial_weakness_like(clues: Clues) -> Pattern:
    """One side of the resting face lower, or one eye narrower, than people usually notice.

    A droop at rest is at most possible: weakness shows in movement, and a natural difference looks alike.
    """
    rest = clues.measured.rest_asymmetry
    if not rest.assessable or not clues.assessable:
        return cannot_tell(WEAKNESS, "The face was not seen straight and at rest for long enough.")
    drop, ratio = rest.commissure_mm, rest.eye_opening_ratio
    drops = drop is not None and abs(drop) >= DROOP_MM
    narrow = ratio is not None and ratio > 0 and min(ratio, 1.0 / ratio) <= LID_RATIO
    if not (drops or narrow):
        return cannot_tell(
            WEAKNESS,
            f"No droop of {DROOP_MM:.0f} mm at rest; strength can only be judged in movement (guided tasks).",
        )
    evidence = []
    if drops and drop is not None:
        side = "left" if drop < 0 else "right"
        evidence.append(f"The {side} mouth corner rests {abs(drop):.1f} mm lower than the other.")
    if narrow and ratio is not None:
        side = "left" if ratio < 1 else "right"
        evidence.append(f"The {side} eye is open to {min(ratio, 1 / ratio):.0%} of the other.")
    against = ("Natural and long-standing differences look the same; is it new?", "Strength was not tested.")
    return Pattern(WEAKNESS.id, "possible", tuple(evidence), against, WEAKNESS.sources)


def functional_like(clues: Clues) -> Pattern:
    """Long contractions that pull the mouth down, now on one side, now on the other."""
    long = [event for event in clues.lip_events if event.trial_type == "tonic"]
    down = [event for event in long if -135.0 <= event.direction_deg <= -45.0]
    core = [
        Check(
            len(long) >= 3, f"{len(long)} long contractions of the mouth.", "No repeated long contractions."
        ),
        Check(
            bool(long) and 2 * len(down) >= len(long),
            "They pull the mouth down.",
            "They do not pull the mouth down." if long else "",
        ),
        Check(
            {"left", "right"} <= {event.side for event in long},
            "They change sides.",
            "They do not change sides." if long else "",
        ),
    ]
    return weigh(FUNCTIONAL, clues, core, [Check(None, "", "Whether distraction stops them was not tested.")])


def _blinks_often(clues: Clues) -> Check:
    rate = clues.blinks_per_min
    said = f"{rate:.0f} blinks a minute at rest" if rate is not None else "Blinks were not counted"
    return Check(
        rate is not None and rate > BLINKS_PER_MIN,
        f"{said}; up to {BLINKS_PER_MIN:.0f} are usual.",
        f"{said}; more than {BLINKS_PER_MIN:.0f} would fit.",
    )
