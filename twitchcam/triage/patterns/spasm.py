"""Hemifacial spasm: eye and mouth of one side jerk together, irregularly, on that side alone."""

from __future__ import annotations

from twitchcam.phrases import phrase
from twitchcam.regions import LOWER_FACE, side_of
from twitchcam.summary import Pattern, Synchrony
from twitchcam.triage.checks import MINUTE_S, Check, Plan, weigh
from twitchcam.triage.clues import Clues, side_of_events
from twitchcam.triage.clues.along import LID_MM
from twitchcam.triage.clues.trains import MANY, SLOW_HZ
from twitchcam.triage.patterns.synkinesis import acts_along, goes_with_blinks

MIN_COINCIDENT = 5
"""Eye-mouth events for a flag (reference E6, proposed)."""
SOME_COINCIDENT = 3
"""Eye-mouth events that make it possible; with the brow lift, which was not seen in any other disorder of the
eyes (S11, S12), its two do. Our own choice."""
MIN_FRACTION = 0.5
"""Part of the eye's events, or of the mouth's, that coincide: by chance 3 % would (reference D7, derived)."""
MAX_P = 0.01
"""Of the circular-shift test (reference E6, proposed)."""
MIN_INDEX = 0.5
"""Asymmetry index of a one-sided movement (reference E6, proposed)."""
EVEN_PART = 0.5
"""A movement is even when so much of it lies in even trains; our own choice."""
BROW_LIFTS = 2
"""Brow lifts with the eye's closing that make the sign (reference E6, proposed)."""
BRIEF_S = 0.5
"""Clonic jerks last 0.05-0.2 s (reference A2, background), as filmed with the lid's way back up to 0.4 s; our
own choice. Winks take longer."""
BRIEF_PART = 0.25
"""Tonic spasms come with jerks before and between them; our own choice."""
LID_PART = 0.1
"""The lids must go along by this part of the mouth's movement as well; our own choice."""
HFS = Plan("hfs_like", MINUTE_S, MINUTE_S, ("S2c", "S10", "S11", "S41", "S79"))
"""A minute: our own choice; published recordings last 180 s, with 0.3-24.7 spasms a minute (S41)."""


def hfs_like(clues: Clues) -> Pattern:
    """Same-side eye and mouth together, beyond chance, irregular, on one side: hemifacial spasm."""
    if not hfs_signature(clues) and clues.assessable:
        for side in ("left", "right"):
            if lids_go_along(clues, side):
                return _hidden_spasm(clues, side)
    side, sync = best_side(clues)
    count, part = sync.eye_mouth_events or 0, sync.coincident_fraction or 0.0
    mouth_part = _mouth_part(clues, side)
    core = [
        Check(
            _enough(sync) and max(part, mouth_part) >= MIN_FRACTION,
            phrase(
                "Eye and mouth of the {side} side moved together {count} times ({part:.0%} of that eye's "
                "and {mouth_part:.0%} of that side of the mouth's movements), while the other eye did "
                "not close.",
                side=side,
                count=count,
                part=part,
                mouth_part=mouth_part,
            ),
            "Eye and mouth of one side seldom or never moved together.",
        ),
        Check(
            sync.p_value is not None and sync.p_value < MAX_P,
            phrase(
                "So many coincidences are unlikely by chance (p = {p:.2g}).",
                p=sync.p_value or 0,
            ),
            "The coincidences of eye and mouth can be chance." if count else "",
        ),
        Check(
            not (even(clues) and side_of_events(clues.lip_events) == "bilateral"),
            "",
            "Both sides of the mouth moved in an even rhythm, which fits a tremor.",
        ),
    ]
    full, also = _hfs_full(clues, side, count), _hfs_also(clues, side, sync)
    return weigh(HFS, clues, core, full, also, _hfs_but(clues))


def _enough(sync: Synchrony) -> bool:
    """Tell whether there were joint movements enough to speak of: two, when the brow rose in both."""
    count = sync.eye_mouth_events or 0
    return count >= SOME_COINCIDENT or min(count, sync.brow_lift_events or 0) >= BROW_LIFTS


def lids_go_along(clues: Clues, side: str) -> bool:
    """Return whether the eye of a side narrows a little with that side's mouth, on the average over many."""
    lock = clues.lid_locks[side]
    if lock is None or even(clues) or goes_with_blinks(clues, side):
        return False
    least = max(LID_MM, LID_PART * (clues.measured.lips.amplitude_mm.median or 0.0))
    closes = lock.way[0] > 0 and lock.size_mm >= least
    return (
        closes and lock.share >= MIN_FRACTION and lock.p < MAX_P and side_of_events(clues.lip_events) == side
    )


def _hidden_spasm(clues: Clues, side: str) -> Pattern:
    lock = clues.lid_locks[side]
    size, times = (lock.size_mm, lock.times) if lock is not None else (0.0, 0)
    found = phrase(
        "With {times} movements of the {side} side of the mouth that eye narrows by {size:.1f} mm on "
        "the average, more than the other.",
        times=times,
        side=side,
        size=size,
    )
    missing = "It is too little to be seen in the single movement; a longer or closer recording would tell."
    return weigh(HFS, clues, [Check(True, found, "")], [Check(False, "", missing)])


def _hfs_full(clues: Clues, side: str, count: int) -> list[Check]:
    lips = clues.measured.lips
    index = lips.asymmetry.index
    moved = lips.side if lips.side is not None else side_of_events(clues.lip_events)
    leans = index is not None and (index if side == "left" else -index) >= MIN_INDEX
    follows = goes_with_blinks(clues, side) or any(act[1] == side for act in acts_along(clues))
    return [
        Check(
            count >= MIN_COINCIDENT,
            "",
            phrase(
                "Fewer than {least} joint movements were seen.",
                least=MIN_COINCIDENT,
            ),
        ),
        Check(
            brief_share(clues, side) >= BRIEF_PART,
            "",
            "They were slow, as a wink or a grimace on purpose is; jerks are over within half a second.",
        ),
        Check(
            moved == side or leans,
            phrase("The lips moved mainly on the {side} side.", side=side),
            "The lips moved on both sides.",
        ),
        Check(
            not even(clues),
            "The movements came irregularly.",
            "The movements came in an even rhythm, which speaks for something else.",
        ),
        Check(
            not follows or clues.answers.bells_palsy_history is False,
            "",
            "That side also moves along with ordinary blinks or other acts, which fits synkinesis after a"
            " palsy.",
        ),
        Check(
            clues.answers.urge_suppressible is not True,
            "",
            "An urge that can be held back was reported, which fits a tic.",
        ),
    ]


def _hfs_also(clues: Clues, side: str, sync: Synchrony) -> list[str]:
    also: list[str] = []
    if (sync.brow_lift_events or 0) >= BROW_LIFTS:
        also.append(
            phrase(
                "The {side} brow rose while that eye closed ({times} times), which no one can do at will.",
                side=side,
                times=sync.brow_lift_events,
            )
        )
    tonic = [event for event in clues.lip_events if event.trial_type == "tonic" and event.side == side]
    if tonic:
        also.append(phrase("{n} longer (tonic) {n|contraction|contractions} of that side.", n=len(tonic)))
    joined = [name for name in ("cheek", "brow", "chin") if _took_part(clues, f"{name}_{side}")]
    if joined:
        also.append(phrase("Of that side joined in: {joined}.", joined=", ".join(joined)))
    if clues.answers.during_sleep:
        also.append("It is said to go on during sleep.")
    if set(clues.answers.spread or ()) & {"eye", "cheek", "brow", "neck"}:
        also.append("It is said to have spread over the face.")
    return also


def _hfs_but(clues: Clues) -> list[str]:
    but = []
    if all(_signature(clues, side) for side in ("left", "right")):
        but.append("Both sides show it, each for itself; that is described in fewer than one in twenty.")
    if not any(event.trial_type == "tonic" for event in clues.lip_events):
        but.append("No longer (tonic) contraction was seen.")
    return but


def hfs_signature(clues: Clues) -> bool:
    """Return whether eye and mouth of one side move together beyond chance."""
    return _signature(clues, best_side(clues)[0])


def _mouth_part(clues: Clues, side: str) -> float:
    """Return which part of the movements of that side's mouth come with the eye.

    Spasms begin at the lids (S1): many jerks of the lids alone do not make the joint ones less telling.
    """
    mouth = sum(
        any(side_of(name) == side and name in LOWER_FACE for name in event.regions)
        for event in clues.face_events
    )
    return min(1.0, (clues.measured.synchrony[side].eye_mouth_events or 0) / mouth) if mouth else 0.0


def _signature(clues: Clues, side: str) -> bool:
    sync = clues.measured.synchrony[side]
    part, p = max(sync.coincident_fraction or 0.0, _mouth_part(clues, side)), sync.p_value
    often = _enough(sync) and part >= MIN_FRACTION
    return often and p is not None and p < MAX_P


def brief_share(clues: Clues, side: str) -> float:
    """Return which part of the movements of one eye are as brief as a jerk; 1 without any."""
    lids, other = ("upper_eyelid", "lower_eyelid"), "right" if side == "left" else "left"
    eye = [
        event
        for event in clues.face_events
        if any(f"{lid}_{side}" in event.regions for lid in lids)
        and not any(f"{lid}_{other}" in event.regions for lid in lids)
    ]
    return sum(e.offset_s - e.onset_s <= BRIEF_S for e in eye) / len(eye) if eye else 1.0


def even(clues: Clues) -> bool:
    """Return whether most of the lips' movements keep an even rhythm.

    The test for a spectral peak does not decide: it says that a rate prevails, as it may in uneven bursts.
    Nor does a short burst, in which a few jerks may come evenly by chance.
    """
    long = [run.events for run in clues.even if run.events >= MANY or run.hz < SLOW_HZ]
    return sum(long) >= EVEN_PART * max(1, len(clues.lip_events))


def best_side(clues: Clues) -> tuple[str, Synchrony]:
    """Return the side whose eye and mouth go together best."""

    def strength(side: str) -> tuple[float, float]:
        sync = clues.measured.synchrony[side]
        return -(sync.p_value if sync.p_value is not None else 2.0), sync.eye_mouth_events or 0

    side = max(("left", "right"), key=strength)
    return side, clues.measured.synchrony[side]


def _took_part(clues: Clues, region: str) -> bool:
    return sum(region in event.regions for event in clues.lip_events) >= BROW_LIFTS
