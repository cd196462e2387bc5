"""Patterns of slow movements: an even swing of the jaw, irregular gestures, long pulls downwards."""

from __future__ import annotations

from twitchcam.phrases import phrase
from twitchcam.summary import Pattern
from twitchcam.triage.checks import MINUTE_S, Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues, Swing, covered_fraction
from twitchcam.triage.clues.mouth import GESTURE_S, SWING_HZ
from twitchcam.triage.patterns.tremors import DOPAMINE_BLOCKERS, even_on_both_sides, within

ABOUT_ONE_HZ = (0.8, 1.25)
"""Oculomasticatory myorhythmia (S63); the upper end a little wider than 1.2, for the measured rate."""
CLOCKWORK = 0.07
"""Interval spread of a swing that is more even than chewing, whose cycles scatter by a tenth (background);
synthetic chewing came out at 0.1 and more: our own choice."""
SWING_S = 20.0
"""Bouts of chewing last 13 s on average, up to 35 s (S69b); our own choice."""
MOST = 0.5
GESTURES = 5
"""Slow movements that make a likeness; our own choice."""
BOTH = 0.7
"""Share of the lips' movements that both sides make; our own choice."""
DOWN_DEG = (-135.0, -45.0)
DOWN_SHARE = 0.5
PULLS = 3

MYORHYTHMIA = Plan("myorhythmia_like", MINUTE_S, 30.0, ("S63", "S64", "S69b"))
DYSKINESIA = Plan("dyskinesia_like", MINUTE_S, MINUTE_S, ("S84", "S85"))
FUNCTIONAL = Plan("functional_like", MINUTE_S, MINUTE_S, ("S14b",))


def myorhythmia_like(clues: Clues) -> Pattern:
    """A slow, very even rhythm of both sides; where it looks like chewing, that is said."""
    swing = clues.swing
    if swing is not None and swing.run.spread <= CLOCKWORK and swing.run.length_s >= SWING_S:
        return _swinging(clues, swing)
    hz = clues.measured.lips.dominant_hz
    filled = covered_fraction(clues.lip_events, clues.usable_s)
    core = even_on_both_sides(clues, SWING_HZ)
    full = [_near_one(hz), _most_of_the_time(filled)]
    return weigh(MYORHYTHMIA, clues, core, full)


def _swinging(clues: Clues, swing: Swing) -> Pattern:
    run = swing.run
    part = min(1.0, run.length_s / clues.mouth_s) if clues.mouth_s > 0 else 0.0
    core = [
        Check(
            True,
            phrase(
                "Jaw and lips went up and down {events} times in {length_s:.0f} s, very evenly, {hz:.1f} "
                "a second.",
                events=run.events,
                length_s=run.length_s,
                hz=run.hz,
            ),
            "",
        )
    ]
    full = [
        _near_one(run.hz),
        _most_of_the_time(part),
        Check(
            not swing.gated or swing.asked_to_rest,
            "It went on although rest was asked for." if swing.asked_to_rest else "",
            "Chewing or speaking looks much the same; nothing says that the person was at rest.",
        ),
    ]
    but = ["Chewing looks much the same."] if swing.gated and swing.asked_to_rest else []
    but.append("The eyes' own movements, which go with it in one form, are not measured.")
    return weigh(MYORHYTHMIA, clues, core, full, (), but, seen_s=clues.mouth_s)


def dyskinesia_like(clues: Clues) -> Pattern:
    """Slow, irregular movements of both sides of the mouth; tongue and jaw are not measured."""
    slow = clues.gestures
    medicines = clues.answers.medicines
    blocker = medicines is not None and bool(DOPAMINE_BLOCKERS & set(medicines))
    free = len(slow.all) - slow.gated
    at_rest = slow.asked_to_rest >= GESTURES
    hidden = len(slow.all) >= GESTURES and free < GESTURES and not at_rest
    if hidden and not blocker and clues.assessable:
        return cannot_tell(
            DYSKINESIA,
            phrase(
                "{count} slow movements of both sides of the mouth look like speech, chewing or smiles; "
                "only a recording of asked-for rest could tell.",
                count=len(slow.all),
            ),
        )
    events = slow.all if hidden or at_rest else tuple(e for e in slow.all if not e.gated)
    both = sum(e.amplitude_mm for e in clues.lip_events if e.side == "bilateral")
    whole = sum(e.amplitude_mm for e in clues.lip_events)
    core = [
        Check(
            len(events) >= GESTURES,
            phrase(
                "{events} slow movements of both sides of the mouth (over {s:g} s each).",
                events=len(events),
                s=GESTURE_S,
            ),
            "Few slow movements of both sides of the mouth.",
        ),
        Check(
            hidden or at_rest or both >= BOTH * whole,
            "Both sides moved together." if len(events) >= GESTURES else "",
            "One side moved." if clues.lip_events else "",
        ),
        Check(
            clues.measured.lips.rhythmic is not True and not _even_swing(clues),
            "They kept no even rhythm.",
            "They kept an even rhythm." if events else "",
        ),
    ]
    full = [
        Check(blocker, "A medicine is taken that can cause it.", "No medicine that causes it is known of."),
        Check(
            not hidden,
            "",
            "Speaking, chewing and smiling look much the same; nothing says that the person was at rest.",
        ),
    ]
    but = ["The tongue was not measured."]
    seen_s = clues.mouth_s if hidden or at_rest else None
    return weigh(DYSKINESIA, clues, core, full, (), but, seen_s=seen_s)


def functional_like(clues: Clues) -> Pattern:
    """Long contractions that pull the mouth down, now on one side, now on the other."""
    long = [event for event in clues.lip_events if event.trial_type == "tonic" and event.side != "bilateral"]
    down = [event for event in long if DOWN_DEG[0] <= event.direction_deg <= DOWN_DEG[1]]
    lifts = sum((s.brow_lift_events or 0) for s in clues.measured.synchrony.values())
    core = [
        Check(
            len(long) >= PULLS,
            phrase("{long} long contractions of one side of the mouth.", long=len(long)),
            "No repeated long contractions of one side of the mouth.",
        ),
        Check(
            bool(long) and len(down) >= DOWN_SHARE * len(long),
            phrase("They pull the mouth down ({down} of {long}).", down=len(down), long=len(long)),
            "They do not pull the mouth down." if long else "",
        ),
        Check(
            {"left", "right"} <= {event.side for event in long},
            "They change sides.",
            "They do not change sides." if long else "",
        ),
    ]
    full = [
        Check(lifts < 2, "", "The brow rose while the eye closed, which speaks against it."),
        Check(
            clues.answers.sides == "alternating",
            "They are said to change sides.",
            "That they change sides from time to time was not reported.",
        ),
    ]
    return weigh(FUNCTIONAL, clues, core, full, (), ["Whether distraction stops them was not tested."])


def _near_one(hz: float | None) -> Check:
    return Check(
        within(hz, ABOUT_ONE_HZ),
        "The rhythm is close to one a second.",
        "The rhythm is faster than about one." if hz is not None else "",
    )


def _most_of_the_time(part: float) -> Check:
    return Check(part >= MOST, "It went on most of the time.", "It went on for less than half of the time.")


def _even_swing(clues: Clues) -> bool:
    return clues.swing is not None and clues.swing.run.spread <= CLOCKWORK
