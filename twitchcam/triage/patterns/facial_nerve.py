"""Patterns of one facial nerve that fires too much, or wrongly: spasm, rippling, movements that go along."""

from __future__ import annotations

from twitchcam.analysis.locked import Locked
from twitchcam.regions import LOWER_FACE, side_of
from twitchcam.summary import Pattern, Synchrony, TaskMeasure
from twitchcam.triage.checks import Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues, covered_fraction, side_of_events
from twitchcam.triage.clues.along import BLINK_PULL_MM, LID_MM
from twitchcam.triage.clues.events import leading_regions
from twitchcam.triage.clues.guided import EYE_TASKS, MOUTH_TASKS, larger_side
from twitchcam.triage.clues.trains import MANY, SLOW_HZ

MIN_COINCIDENT = 5
"""Eye-mouth events for a flag (reference E6, proposed); three make it possible (our own choice)."""
SOME_COINCIDENT = 3
MIN_FRACTION = 0.5
"""Part of the eye's events, or of the mouth's, that coincide: by chance 3 % would (reference D7, derived)."""
MAX_P = 0.01
"""Of the circular-shift test (reference E6, proposed)."""
MIN_INDEX = 0.5
"""Asymmetry index of a one-sided movement (reference E6, proposed)."""
EVEN_PART = 0.5
"""A movement is even when so much of it lies in even trains; our own choice."""
BROW_LIFTS = 2
"""Brow lifts that make the sign (reference E6, proposed)."""
BRIEF_S = 0.5
"""Clonic jerks last 0.05-0.2 s (reference A2, background), as filmed with the lid's way back up to 0.4 s; our
own choice. Winks take longer."""
BRIEF_PART = 0.25
"""Tonic spasms come with jerks before and between them; our own choice."""
CONTINUOUS = 0.5
"""Part of the usable time that a continuous movement fills, short pauses included; our own choice."""
UNBROKEN = 0.8
"""The same for a flag; our own choice."""
PAUSE_S = 3.0
"""Myokymic discharges pause for 0.5-3 s (S6)."""
RIPPLES_PER_S = 0.8
"""Fewer movements a second do not ripple; our own choice (2-8 are described, reference A2, background)."""
PULL_MM = 1.5
"""A mouth corner that goes along with the eye: the repeatability of landmarks in posed movements (S35d)."""
NARROWING = 0.2
"""An eye that narrows along with the mouth: 2 mm (S38) of about 10 mm."""
LID_PART = 0.1
"""The lids must go along by this part of the mouth's movement as well; our own choice."""
TIMES_OTHER = 2.0
"""How much more one side goes along than the other: a little of it is normal on both; our own choice."""

HFS = Plan("hfs_like", 60.0, 60.0, ("S2c", "S10", "S11", "S41", "S79"))
"""60 s: our own choice; published recordings last 180 s, with 0.3-24.7 spasms a minute (S41)."""
MYOKYMIA = Plan("facial_myokymia_like", 60.0, 60.0, ("S5", "S6", "S6d"))
SYNKINESIS = Plan("synkinesis_like", 60.0, 60.0, ("S18", "S19"))


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
            count >= SOME_COINCIDENT and max(part, mouth_part) >= MIN_FRACTION,
            f"Eye and mouth of the {side} side moved together {count} times ({part:.0%} of that eye's and"
            f" {mouth_part:.0%} of that side of the mouth's movements), while the other eye did not close.",
            "Eye and mouth of one side seldom or never moved together.",
        ),
        Check(
            sync.p_value is not None and sync.p_value < MAX_P,
            f"So many coincidences are unlikely by chance (p = {sync.p_value or 0:.2g}).",
            "The coincidences of eye and mouth can be chance." if count else "",
        ),
    ]
    full, also = _hfs_full(clues, side, count), _hfs_also(clues, side, sync)
    return weigh(HFS, clues, core, full, also, _hfs_but(clues))


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
    found = (
        f"With {times} movements of the {side} side of the mouth that eye narrows by {size:.1f} mm on the"
        " average, more than the other."
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
        Check(count >= MIN_COINCIDENT, "", f"Fewer than {MIN_COINCIDENT} joint movements were seen."),
        Check(
            brief_share(clues, side) >= BRIEF_PART,
            "",
            "They were slow, as a wink or a grimace on purpose is; jerks are over within half a second.",
        ),
        Check(
            moved == side or leans,
            f"The lips moved mainly on the {side} side.",
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
    also = []
    if (sync.brow_lift_events or 0) >= BROW_LIFTS:
        also.append(
            f"The {side} brow rose while that eye closed ({sync.brow_lift_events} times), which no one can do"
            " at will."
        )
    tonic = [event for event in clues.lip_events if event.trial_type == "tonic" and event.side == side]
    if tonic:
        also.append(f"{len(tonic)} longer (tonic) contractions of that side.")
    joined = [name for name in ("cheek", "brow", "chin") if _took_part(clues, f"{name}_{side}")]
    if joined:
        also.append(f"Of that side joined in: {', '.join(joined)}.")
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
    often = (sync.eye_mouth_events or 0) >= SOME_COINCIDENT and part >= MIN_FRACTION
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

    The test for a spectral peak does not decide: it says that a rate prevails, as it may in uneven bursts. Nor
    does a short burst, in which a few jerks may come evenly by chance.
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
            f"Movement filled {filled:.0%} of the usable time, {per_s:.1f} ripples a second.",
            f"Movement filled only {filled:.0%} of the usable time.",
        ),
        Check(
            side in ("left", "right"),
            f"It stayed on the {side} side.",
            "It was not on one side only." if events else "",
        ),
        Check(
            not even(clues),
            "It kept no even rhythm.",
            "It kept an even rhythm.",
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
        Check(
            not hfs_signature(clues), "", "The eye joins in at the same instant, which fits a facial spasm."
        ),
    ]
    places = leading_regions(events)
    also = [f"It wandered over {places} places of that side."] if places > 1 else []
    return weigh(MYOKYMIA, clues, core, full, also)


def synkinesis_like(clues: Clues) -> Pattern:
    """One side of the face moves along with something else: a blink, a smile, a closing of the eyes."""
    along = acts_along(clues)
    locks = {side: lock for side, lock in clues.blink_locks.items() if lock is not None}
    tested = bool(locks) or bool(_tested(clues, EYE_TASKS) and _tested(clues, MOUTH_TASKS))
    if not tested and not along:
        return cannot_tell(SYNKINESIS, "Needs at least five blinks at rest, or the guided tasks.")
    sides = [side for _, side, _ in along] + [side for side in locks if goes_with_blinks(clues, side)]
    side = max(("left", "right"), key=sides.count)
    here = [act for act in along if act[1] == side]
    blinks = goes_with_blinks(clues, side)
    history = clues.answers.bells_palsy_history
    said = [text for _, _, text in here]
    if blinks:
        said.insert(0, _with_blinks(clues, side))
    kinds = {task in EYE_TASKS for task, _, _ in here} | ({True} if blinks else set())
    missing = "The mouth did not move along with the blinks more than by chance; " + (
        "nor did one side move along with the guided tasks."
        if _tested(clues, EYE_TASKS) or _tested(clues, MOUTH_TASKS)
        else "other acts were not tested."
    )
    core = [Check(bool(said), said[0] if said else "", missing)]
    full = [
        Check(
            history is True or len(kinds) == 2,
            "There was a facial palsy before." if history else "",
            "No earlier facial palsy."
            if history is False
            else "Whether there was a facial palsy was not answered.",
        )
    ]
    return weigh(SYNKINESIS, clues, core, full, said[1:])


def goes_with_blinks(clues: Clues, side: str) -> bool:
    """Return whether the mouth of a side moves with the blinks of both eyes, beyond chance."""
    return _seen_with_blinks(clues, side) or _corner_with_blinks(clues, side) is not None


def _seen_with_blinks(clues: Clues, side: str) -> bool:
    lock = clues.blink_locks[side]
    return lock is not None and lock.share >= MIN_FRACTION and lock.p < MAX_P


def _corner_with_blinks(clues: Clues, side: str) -> Locked | None:
    """Return how the corner of a side goes with the blinks on the average; None when it does not clearly."""
    if clues.corner_lock is None or clues.corner_lock[0] != side:
        return None
    lock = clues.corner_lock[1]
    clear = lock.size_mm >= BLINK_PULL_MM and lock.share >= MIN_FRACTION and lock.p < MAX_P
    return lock if clear else None


def _with_blinks(clues: Clues, side: str) -> str:
    lock, corner = clues.blink_locks[side], _corner_with_blinks(clues, side)
    if lock is not None and _seen_with_blinks(clues, side):
        return f"The {side} side of the mouth moved with {lock.share:.0%} of the blinks (p = {lock.p:.2g})."
    size = corner.size_mm if corner is not None else 0.0
    return (
        f"With the blinks the {side} mouth corner goes {size:.1f} mm further than the other, on the average."
    )


def acts_along(clues: Clues) -> list[tuple[str, str, str]]:
    """Return the guided tasks in which one side went along: (task, side, what was seen)."""
    found: list[tuple[str, str, str]] = []
    for task in clues.guided.done(*EYE_TASKS):
        pair = larger_side(task.mouth_pull_mm)
        if pair and pair[1] >= PULL_MM and pair[1] >= TIMES_OTHER * pair[2]:
            text = (
                f"{_act(task)}: the {pair[0]} mouth corner went along by {pair[1]:.1f} mm"
                f" (other side {pair[2]:.1f} mm)."
            )
            found.append((task.task, pair[0], text))
    for task in clues.guided.done(*MOUTH_TASKS):
        pair = larger_side(task.eye_narrowing)
        if pair and pair[1] - pair[2] >= NARROWING and pair[1] >= TIMES_OTHER * pair[2]:
            text = f"{_act(task)}: the {pair[0]} eye narrowed by {pair[1]:.0%} (other side {pair[2]:.0%})."
            found.append((task.task, pair[0], text))
    return found


_ACTS = {
    "eyes_gentle": "Closing the eyes gently", "eyes_firm": "Closing the eyes firmly",
    "brow_raise": "Raising the brows", "smile": "Smiling", "pucker": "Puckering the lips",
    "snarl": "Wrinkling the nose",
}  # fmt: skip


def _act(task: TaskMeasure) -> str:
    return _ACTS[task.task]


def _tested(clues: Clues, tasks: tuple[str, ...]) -> bool:
    pairs = [(t.mouth_pull_mm if t.task in EYE_TASKS else t.eye_narrowing) for t in clues.guided.tasks
             if t.task in tasks and t.assessable]  # fmt: skip
    return any(larger_side(pair) for pair in pairs)


def _took_part(clues: Clues, region: str) -> bool:
    return sum(region in event.regions for event in clues.lip_events) >= BROW_LIFTS
