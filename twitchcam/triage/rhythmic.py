"""Patterns of both sides that repeat: tremor, rabbit syndrome, myorhythmia, dyskinesia."""

from __future__ import annotations

from twitchcam.regions import LIPS
from twitchcam.summary import Pattern
from twitchcam.triage.checks import Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues, covered_fraction, side_of_events

REST_HZ = (4.0, 6.0)
"""Parkinsonian lip and jaw tremor (S58)."""
REST_WIDE_HZ = (3.0, 8.0)
"""Quoted for rest tremor at the widest (S57)."""
RABBIT_HZ = (4.0, 6.0)
"""About 5 Hz (S15, S16); the width is background knowledge."""
MYORHYTHMIA_HZ = (0.8, 3.0)
"""0.8-1.2 Hz oculomasticatory (S63), 1-3 Hz myorhythmia (S64)."""
MIN_NYQUIST_HZ = 10.0
"""Below 20 pictures a second no rhythm is judged (reference E6, proposed)."""
WINDOW_S = 3.0
"""Tremor is judged in windows of three seconds (S57)."""
UP_OR_DOWN_DEG = 45.0
"""A movement within this angle of the vertical counts as vertical; our own choice."""
MOSTLY = 0.7
"""Share that counts as 'mostly'; our own choice."""
GESTURE_S = 0.3
"""Dyskinetic gestures last 0.3-2 s (reference A1, background)."""
DOPAMINE_BLOCKERS = frozenset({"antipsychotic", "metoclopramide"})

REST_TREMOR = Plan("rest_tremor_like", 60.0, 10.0, ("S22", "S57", "S58", "S59"))
"""10 s of quiet rest are what a tremor scale asks for (S22); 60 s before absence is said: our own choice."""
RABBIT = Plan("rabbit_like", 60.0, 10.0, ("S15", "S16", "S17"))
ACTION_TREMOR = Plan("action_tremor_like", 60.0, 60.0, ("S58b", "S68"))
MYORHYTHMIA = Plan("myorhythmia_like", 60.0, 30.0, ("S63", "S64"))
DYSKINESIA = Plan("dyskinesia_like", 60.0, 60.0, ("S84", "S85"))


def rest_tremor_like(clues: Clues) -> Pattern:
    """A 4-6 Hz rhythm of both sides at rest, lower lip and chin taking part."""
    hz = clues.measured.lips.dominant_hz
    lower = [
        event
        for event in clues.lip_events
        if any(name.startswith(("lower_lip", "chin")) for name in event.regions)
    ]
    longest = max((run.length_s for run in clues.runs), default=0.0)
    full = [
        Check(
            within(hz, REST_HZ),
            "The rhythm lies between 4 and 6 a second.",
            "The rhythm is outside 4 to 6 a second.",
        ),
        Check(
            bool(clues.lip_events) and len(lower) >= MOSTLY * len(clues.lip_events),
            "The lower lip or chin takes part.",
            "The lower lip and chin hardly take part.",
        ),
        Check(
            longest >= WINDOW_S,
            f"It went on for {longest:.0f} s at a stretch.",
            "It stopped within three seconds.",
        ),
    ]
    also = (
        ["Slowness or shaking hands were reported."]
        if clues.answers.slowness or clues.answers.hand_tremor
        else []
    )
    return weigh(REST_TREMOR, clues, _even_on_both_sides(clues, REST_WIDE_HZ), full, also)


def rabbit_like(clues: Clues) -> Pattern:
    """A vertical tremor of both lips at about 5 Hz in someone who takes a dopamine-blocking medicine."""
    medicines = clues.answers.medicines
    vertical = vertical_share(clues)
    core = [
        *_even_on_both_sides(clues, REST_WIDE_HZ),
        Check(
            None if vertical is None else vertical >= MOSTLY,
            "The lips moved up and down.",
            "The lips did not move mainly up and down." if vertical is not None else "",
        ),
    ]
    core.append(
        Check(
            None if medicines is None else bool(DOPAMINE_BLOCKERS & set(medicines)),
            "A medicine is taken that can cause it.",
            "No medicine that causes it is known of."
            if medicines is not None
            else "Depends on the medicines taken, which were not answered.",
        )
    )
    hz = clues.measured.lips.dominant_hz
    full = [
        Check(
            within(hz, RABBIT_HZ), "The rhythm is close to five a second.", "The rhythm is not close to five."
        )
    ]
    return weigh(RABBIT, clues, core, full)


def action_tremor_like(_clues: Clues) -> Pattern:
    """A tremor that comes with holding a posture or speaking."""
    return cannot_tell(ACTION_TREMOR, "Needs guided tasks (pursing the lips, saying a sentence).")


def myorhythmia_like(clues: Clues) -> Pattern:
    """A slow, very even rhythm of both sides."""
    hz = clues.measured.lips.dominant_hz
    filled = covered_fraction(clues.lip_events, clues.usable_s)
    core = _even_on_both_sides(clues, MYORHYTHMIA_HZ)
    full = [
        Check(
            within(hz, (0.8, 1.2)),
            "The rhythm is close to one a second.",
            "The rhythm is faster than about one.",
        ),
        Check(filled >= 0.5, "It went on most of the time.", "It went on for less than half of the time."),
    ]
    return weigh(MYORHYTHMIA, clues, core, full)


def dyskinesia_like(clues: Clues) -> Pattern:
    """Slow, irregular movements of the lips on both sides; tongue and jaw are not measured."""
    events, length = clues.lip_events, clues.median_length_s
    core = [
        Check(len(events) >= 5, f"{len(events)} movements of the lips.", "Few movements of the lips."),
        Check(
            side_of_events(events) == "bilateral", "Both sides moved.", "One side moved." if events else ""
        ),
        Check(
            length is not None and length >= GESTURE_S,
            f"They were slow (about {length or 0:.1f} s each).",
            "They were brief." if events else "",
        ),
        Check(
            clues.measured.lips.rhythmic is not True,
            "They kept no even rhythm." if events else "",
            "They kept an even rhythm.",
        ),
    ]
    medicines = clues.answers.medicines or ()
    full = [
        Check(
            bool(DOPAMINE_BLOCKERS & set(medicines)),
            "A medicine is taken that can cause it.",
            "No medicine that causes it is known of; the tongue and jaw were not measured.",
        )
    ]
    return weigh(DYSKINESIA, clues, core, full)


def within(hz: float | None, band: tuple[float, float]) -> bool:
    """Return whether a known frequency lies in the band, ends included."""
    return hz is not None and band[0] <= hz <= band[1]


def vertical_share(clues: Clues) -> float | None:
    """Return the share of the lip events that move up or down rather than sideways; None without events."""
    lips = [event for event in clues.lip_events if event.region in LIPS]
    if not lips:
        return None
    upright = [event for event in lips if abs(abs(event.direction_deg) - 90.0) <= UP_OR_DOWN_DEG]
    return len(upright) / len(lips)


def _even_on_both_sides(clues: Clues, band: tuple[float, float]) -> list[Check]:
    lips, nyquist = clues.measured.lips, clues.measured.quality.nyquist_hz
    blind = (lips.rhythmic is None and bool(lips.events)) or nyquist is None or nyquist < MIN_NYQUIST_HZ
    one = "Only one side moved."
    rate = f"{lips.dominant_hz:.1f}" if lips.dominant_hz is not None else "unknown"
    return [
        Check(
            None if blind else lips.rhythmic is True and within(lips.dominant_hz, band),
            f"The lips kept an even rhythm of {rate} a second.",
            "The rhythm could not be measured (20 pictures a second are needed)."
            if blind
            else f"No even rhythm between {band[0]:g} and {band[1]:g} a second was found.",
        ),
        Check(
            None if blind or lips.side is None else lips.side == "bilateral",
            "Both sides moved.",
            {None: "The sides could not be compared.", "left": one, "right": one}.get(lips.side, ""),
        ),
    ]
