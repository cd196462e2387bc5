"""Patterns of both sides with a quick even rhythm: at rest, under a medicine, in held positions."""

from __future__ import annotations

from twitchcam.phrases import phrase
from twitchcam.regions import LIPS
from twitchcam.summary import Pattern
from twitchcam.triage.checks import MINUTE_S, Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues
from twitchcam.triage.clues.guided import HELD

REST_HZ = (4.0, 6.0)
"""Parkinsonian lip and jaw tremor (S58)."""
REST_WIDE_HZ = (3.0, 8.0)
"""Quoted for rest tremor at the widest (S57)."""
RABBIT_HZ = (4.0, 6.0)
"""About 5 Hz (S15, S16); the width is background knowledge."""
ACTION_HZ = (4.0, 12.0)
"""Essential tremor (S58b)."""
MIN_NYQUIST_HZ = 10.0
"""Below 20 pictures a second no rhythm is judged (reference E6, proposed)."""
WINDOW_S = 3.0
"""Tremor is judged in windows of three seconds (S57)."""
UP_OR_DOWN_DEG = 45.0
"""A movement within this angle of the vertical counts as vertical; our own choice."""
MOSTLY = 0.7
"""Share that counts as 'mostly'; our own choice."""
LESS = 0.5
"""A tremor that is smaller than this part of another is clearly less; our own choice."""
DOPAMINE_BLOCKERS = frozenset({"antipsychotic", "metoclopramide"})

REST_TREMOR = Plan("rest_tremor_like", MINUTE_S, 10.0, ("S22", "S57", "S58", "S59"))
"""10 s of quiet rest are what a tremor scale asks for (S22); a minute before absence: our own choice."""
RABBIT = Plan("rabbit_like", MINUTE_S, 10.0, ("S15", "S16", "S17"))
ACTION_TREMOR = Plan("action_tremor_like", 6.0, 6.0, ("S57", "S58b", "S68"), of="held positions")
"""Two windows of three seconds (S57)."""


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
            phrase("It went on for {longest:.0f} s at a stretch.", longest=longest),
            "It stopped within three seconds.",
        ),
    ]
    also, but = _held_says(clues)
    if clues.answers.slowness or clues.answers.hand_tremor:
        also.append("Slowness or shaking hands were reported.")
    return weigh(REST_TREMOR, clues, even_on_both_sides(clues, REST_WIDE_HZ), full, also, but)


def rabbit_like(clues: Clues) -> Pattern:
    """A vertical tremor of both lips at about 5 Hz in someone who takes a dopamine-blocking medicine."""
    medicines = clues.answers.medicines
    taken = None if medicines is None else bool(DOPAMINE_BLOCKERS & set(medicines))
    vertical = vertical_share(clues)
    hz = clues.measured.lips.dominant_hz
    core = [
        *even_on_both_sides(clues, REST_WIDE_HZ),
        Check(
            None if vertical is None else vertical >= MOSTLY,
            "The lips moved up and down.",
            "The lips did not move mainly up and down." if vertical is not None else "",
        ),
        Check(taken is not False, "", "No medicine that causes it is known of."),
    ]
    full = [
        Check(
            within(hz, RABBIT_HZ), "The rhythm is close to five a second.", "The rhythm is not close to five."
        ),
        Check(
            taken,
            "A medicine is taken that can cause it.",
            "Depends on the medicines, which were not answered." if taken is None else "",
        ),
    ]
    but = ["The tongue, which stays still in it, cannot be seen."]
    return weigh(RABBIT, clues, core, full, (), but)


def action_tremor_like(clues: Clues) -> Pattern:
    """A tremor of 4-12 Hz that comes with holding a position of the mouth."""
    held = [t for t in clues.guided.done(*HELD) if t.tremor_mm is not None or t.tremor_hz is not None]
    if not held:
        return cannot_tell(ACTION_TREMOR, "Needs guided tasks that hold a position (pucker, smile).")
    shaking = [t for t in held if within(t.tremor_hz, ACTION_HZ)]
    rest_mm = _rest_tremor_mm(clues)
    largest = max((t.tremor_mm or 0.0 for t in shaking), default=0.0)
    names = ", ".join(dict.fromkeys(t.task for t in shaking))
    rates = ", ".join(f"{t.tremor_hz:.1f}" for t in shaking)
    core = [
        Check(
            bool(shaking),
            phrase(
                "In a held position ({names}) the lips trembled at {rates} a second, by {largest:.1f} mm.",
                names=names,
                rates=rates,
                largest=largest,
            ),
            "No even tremor of 4 to 12 a second was found while a position was held.",
        )
    ]
    full = [
        Check(len(shaking) >= 2, "It came back in another task.", "It showed in a single task."),
        Check(
            rest_mm is not None and rest_mm <= LESS * largest,
            "At rest there was none or clearly less.",
            "At rest the lips trembled as well, which fits a rest tremor."
            if rest_mm is not None
            else "Whether the lips tremble at rest is not known.",
        ),
    ]
    also = ["Trembling runs in the family."] if clues.answers.family_tremor else []
    if clues.answers.hand_tremor:
        also.append("Shaking hands were reported.")
    seconds = sum(t.end_s - t.start_s for t in held)
    return weigh(ACTION_TREMOR, clues, core, full, also, rest_s=seconds)


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


def even_on_both_sides(clues: Clues, band: tuple[float, float]) -> list[Check]:
    """Return the checks of an even rhythm within the band, and of both sides."""
    lips, nyquist = clues.measured.lips, clues.measured.quality.nyquist_hz
    blind = (lips.rhythmic is None and bool(lips.events)) or nyquist is None or nyquist < MIN_NYQUIST_HZ
    one = "Only one side moved."
    rate = f"{lips.dominant_hz:.1f}" if lips.dominant_hz is not None else phrase("unknown")
    return [
        Check(
            None if blind else lips.rhythmic is True and within(lips.dominant_hz, band),
            phrase("The lips kept an even rhythm of {rate} a second.", rate=rate),
            "The rhythm could not be measured (20 pictures a second are needed)."
            if blind
            else phrase(
                "No even rhythm between {low:g} and {high:g} a second was found.",
                low=band[0],
                high=band[1],
            ),
        ),
        Check(
            None if blind or lips.side is None else lips.side == "bilateral",
            "Both sides moved.",
            {None: "The sides could not be compared.", "left": one, "right": one}.get(lips.side, ""),
        ),
    ]


def _rest_tremor_mm(clues: Clues) -> float | None:
    """Return the size of a tremor in the guided rest, 0 where none was found; None when it is not known."""
    sizes = [t.tremor_mm for t in clues.guided.rest if t.assessable and t.tremor_mm is not None]
    return max(sizes) if sizes else None


def _held_says(clues: Clues) -> tuple[list[str], list[str]]:
    """Return what the held positions say for and against a tremor of rest."""
    held = [t.tremor_mm for t in clues.guided.done(*HELD) if t.tremor_mm is not None]
    rest_mm = _rest_tremor_mm(clues)
    if not held or not rest_mm:
        return [], []
    if max(held) <= LESS * rest_mm:
        return ["While a position was held it stopped or became clearly less."], []
    return [], ["It went on while a position was held, which fits a tremor of action."]
