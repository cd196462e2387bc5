"""Patterns of one side or one spot: the facial nerve, its muscle fibres, and focal jerks."""

from __future__ import annotations

import math

import numpy as np

from twitchcam.summary import Event, Pattern, Synchrony
from twitchcam.triage.checks import Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues, Run, covered_fraction, side_of_events

MIN_COINCIDENT = 5
"""Eye-mouth events for a flag (reference E6, proposed); three make it possible (our own choice)."""
MIN_FRACTION = 0.5
"""Part of the events that coincide: by chance about 3 % would (reference D7, derived)."""
MAX_P = 0.01
"""Of the circular-shift test (reference E6, proposed)."""
MIN_INDEX = 0.5
"""Asymmetry index of a one-sided movement (reference E6, proposed)."""
IRREGULAR_CV = 0.5
"""Interval variation above which a train is irregular (reference E6, proposed)."""
EVEN_SPREAD = 0.2
"""Interval spread up to which a train is even: an even 5 Hz train came out at 0.05, spasm bursts at 0.3-0.6,
on our own synthetic clips; our own choice."""
BRIEF_S = 0.5
"""A visible flick lasts 0.1-0.3 s (reference A1, background); 0.5 s leaves room: our own choice."""
CONTINUOUS = 0.5
"""Part of the usable time that a continuous movement fills; our own choice."""
CLONIC_HZ = (0.2, 5.0)
"""Focal clonic seizures (S65d); a measured rate may miss the limit by `RATE_SLACK`. The analysis joins jerks
into a run only when they follow each other within 1.25 s, so runs slower than 0.8 Hz are not found yet."""
RATE_SLACK = 1.05
CLONIC_RUN_S = 10.0
"""Run length for a flag (reference E6, proposed); `CLONIC_SOME_S` makes it possible (our own choice)."""
CLONIC_SOME_S = 3.0

HFS = Plan("hfs_like", 60.0, 60.0, ("S2c", "S10", "S41", "S79"))
"""60 s: our own choice; published recordings last 180 s, with 0.3-24.7 spasms a minute (S41)."""
BENIGN = Plan("benign_twitch", 60.0, 60.0, ("S7", "S8", "S70", "L0", "L1"))
"""60 s: our own choice; a fasciculation may need 90 s to show (S8)."""
MYOKYMIA = Plan("facial_myokymia_like", 60.0, 60.0, ("S5", "S6d"))
SYNKINESIS = Plan("synkinesis_like", 60.0, 60.0, ("S18", "S19"))
CLONIC = Plan("clonic_run_like", 60.0, 20.0, ("S65", "S65c", "S65d"))


def hfs_like(clues: Clues) -> Pattern:
    """Same-side eye and mouth together, beyond chance, irregular, on one side: hemifacial spasm."""
    side, sync = _best_side(clues)
    lips = clues.measured.lips
    index = lips.asymmetry.index
    one_sided = lips.side == side or (
        index is not None and (index if side == "left" else -index) >= MIN_INDEX
    )
    count, part = sync.eye_mouth_events or 0, sync.coincident_fraction or 0.0
    core = [
        Check(
            count >= 3 and part >= MIN_FRACTION,
            f"Eye and mouth of the {side} side moved together {count} times ({part:.0%} of the movements).",
            "Eye and mouth of one side seldom or never moved together.",
        ),
        Check(
            sync.p_value is not None and sync.p_value < MAX_P,
            f"So many coincidences are unlikely by chance (p = {sync.p_value or 0:.2g}).",
            "The coincidences of eye and mouth can be chance." if count else "",
        ),
    ]
    full = [
        Check(count >= MIN_COINCIDENT, "", f"Fewer than {MIN_COINCIDENT} joint movements were seen."),
        Check(one_sided, f"The lips moved mainly on the {side} side.", "The lips moved on both sides."),
        Check(
            irregular(clues),
            "The movements came irregularly.",
            "The movements came in an even rhythm, which speaks for something else."
            if clues.interval_cv is not None
            else "Too few movements to tell whether they are irregular.",
        ),
        Check(
            not goes_with_blinks(clues, side),
            "",
            "The mouth also moves with ordinary blinks, which fits synkinesis after a palsy.",
        ),
    ]
    return weigh(HFS, clues, core, full, _hfs_also(clues, side, sync))


def hfs_signature(clues: Clues) -> bool:
    """Return whether eye and mouth of one side move together beyond chance."""
    _, sync = _best_side(clues)
    part, p = sync.coincident_fraction or 0.0, sync.p_value
    return (sync.eye_mouth_events or 0) >= 3 and part >= MIN_FRACTION and p is not None and p < MAX_P


def benign_twitch(clues: Clues) -> Pattern:
    """Brief, irregular, in one spot, no partner: an everyday twitch."""
    events = clues.lip_events
    spot = side_of_events(events) != "bilateral" or (clues.top_region_share or 0.0) >= 0.8
    length = clues.median_length_s
    core = [
        Check(
            bool(events),
            f"{len(events)} movements of the lips were seen.",
            "No movement of the lips was seen.",
        ),
        Check(
            bool(events) and spot,
            "They stayed in one place.",
            "They were not in one place." if events else "",
        ),
        Check(
            not hfs_signature(clues),
            "The eye did not join in." if events else "",
            "The eye of the same side joins in.",
        ),
    ]
    full = [
        Check(
            length is not None and length <= BRIEF_S,
            "They were brief.",
            f"They lasted longer than a flick (about {length or 0:.1f} s)." if events else "",
        ),
        Check(
            clues.measured.lips.rhythmic is not True,
            "They kept no rhythm." if events else "",
            "They kept an even rhythm.",
        ),
    ]
    return weigh(BENIGN, clues, core, full)


def facial_myokymia_like(clues: Clues) -> Pattern:
    """Rippling of one side almost without a pause."""
    side = side_of_events(clues.lip_events)
    filled = covered_fraction(clues.lip_events, clues.usable_s)
    core = [
        Check(
            filled >= CONTINUOUS,
            f"Movement filled {filled:.0%} of the usable time.",
            f"Movement filled only {filled:.0%} of the usable time.",
        ),
        Check(side in ("left", "right"), f"It stayed on the {side} side.", "It was not on one side only."),
        Check(clues.measured.lips.rhythmic is not True, "It kept no even rhythm.", "It kept an even rhythm."),
    ]
    constant = clues.answers.constant
    told = (
        "It is said to go on with pauses."
        if constant is False
        else "Whether it goes on all day was not answered."
    )
    full = [Check(constant is True, "It is said to go on almost without a pause.", told)]
    return weigh(MYOKYMIA, clues, core, full)


def synkinesis_like(clues: Clues) -> Pattern:
    """The mouth of one side moves with the blinks of both eyes, after a facial palsy."""
    locks = {side: lock for side, lock in clues.blink_locks.items() if lock is not None}
    if not locks:
        return cannot_tell(SYNKINESIS, "Needs at least five blinks at rest, or the guided tasks.")
    side = min(locks, key=lambda name: locks[name].p)
    lock = locks[side]
    core = [
        Check(
            goes_with_blinks(clues, side),
            f"The {side} side of the mouth moved with {lock.share:.0%} of the blinks (p = {lock.p:.2g}).",
            "The mouth did not move along with the blinks more than by chance; other acts were not tested.",
        )
    ]
    history = clues.answers.bells_palsy_history
    no_history = (
        "No earlier facial palsy." if history is False else "Whether there was a palsy was not answered."
    )
    full = [Check(history is True, "There was a facial palsy before.", no_history)]
    return weigh(SYNKINESIS, clues, core, full)


def goes_with_blinks(clues: Clues, side: str) -> bool:
    """Return whether the mouth of a side moves with the blinks of both eyes, beyond chance."""
    lock = clues.blink_locks[side]
    return lock is not None and lock.share >= MIN_FRACTION and lock.p < MAX_P


def clonic_run_like(clues: Clues) -> Pattern:
    """Long one-sided runs of jerks at 0.2-5 Hz: focal motor seizures."""
    run = _longest_clonic(clues.runs)
    length = run.length_s if run else 0.0
    core = [
        Check(
            length >= CLONIC_SOME_S,
            f"{run.events} jerks in a row on the {run.side} side, {length:.0f} s at {run.hz:.1f} a second."
            if run
            else "",
            "No one-sided run of jerks, one to five a second, was seen; such runs may be hours apart.",
        )
    ]
    full = [
        Check(length >= CLONIC_RUN_S, "", f"No run lasted {CLONIC_RUN_S:.0f} s."),
        Check(
            run is not None and run.spread <= EVEN_SPREAD,
            "The jerks were even.",
            "The jerks were uneven." if run else "",
        ),
        Check(
            not hfs_signature(clues), "", "The eye joins in at the same instant, which fits a facial spasm."
        ),
    ]
    return weigh(CLONIC, clues, core, full)


def irregular(clues: Clues) -> bool:
    """Return whether the lip events keep no even rhythm: inside their runs, or over all where there are none.

    The test for a spectral peak does not decide: it says that a rate prevails, as it may in uneven bursts.
    """
    trains = [run for run in clues.runs if not math.isnan(run.spread)]
    if trains:
        spreads = np.repeat([run.spread for run in trains], [run.events for run in trains])
        return bool(np.median(spreads) > EVEN_SPREAD)
    return clues.interval_cv is not None and clues.interval_cv > IRREGULAR_CV


def _best_side(clues: Clues) -> tuple[str, Synchrony]:
    """Return the side whose eye and mouth go together best."""

    def strength(side: str) -> tuple[float, float]:
        sync = clues.measured.synchrony[side]
        return -(sync.p_value if sync.p_value is not None else 2.0), sync.eye_mouth_events or 0

    side = max(("left", "right"), key=strength)
    return side, clues.measured.synchrony[side]


def _hfs_also(clues: Clues, side: str, sync: Synchrony) -> list[str]:
    also = []
    if (sync.brow_lift_events or 0) >= 2:
        also.append(f"The brow rose while the eye closed ({sync.brow_lift_events} times).")
    tonic = [event for event in clues.lip_events if event.trial_type == "tonic" and event.side == side]
    if tonic:
        also.append(f"{len(tonic)} longer (tonic) contractions of that side.")
    if _took_part(clues.lip_events, (f"cheek_{side}", f"chin_{side}")):
        also.append("The cheek or chin of that side joined in.")
    if clues.answers.during_sleep:
        also.append("It is said to go on during sleep.")
    return also


def _took_part(events: tuple[Event, ...], regions: tuple[str, ...]) -> bool:
    return sum(bool(set(event.regions) & set(regions)) for event in events) >= 2


def _longest_clonic(runs: tuple[Run, ...]) -> Run | None:
    fitting = [
        run
        for run in runs
        if run.side in ("left", "right")
        and CLONIC_HZ[0] <= run.hz <= CLONIC_HZ[1] * RATE_SLACK
        and run.events >= 5
    ]
    return max(fitting, key=lambda run: run.length_s, default=None)
