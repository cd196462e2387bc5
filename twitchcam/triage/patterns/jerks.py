"""Patterns of single jerks: everyday twitches, runs of jerks, tics."""

from __future__ import annotations

from collections.abc import Iterable

from twitchcam.phrases import phrase
from twitchcam.summary import Pattern, Status
from twitchcam.triage.checks import MINUTE_S, Check, Plan, cannot_tell, weigh
from twitchcam.triage.clues import Clues, Run
from twitchcam.triage.clues.trains import CLOCKWORK, EVEN_SPREAD
from twitchcam.triage.patterns.spasm import hfs_signature

BRIEF_S = 0.5
"""A visible flick lasts 0.1-0.3 s (reference A1, background); 0.5 s leaves room: our own choice."""
ONE_PLACE = 0.8
"""Share of the movement in which one region takes part; our own choice."""
SAME_PLACE = 0.9
"""The same in uneven runs, so that rippling from place to place is none; our own choice."""
CLONIC_HZ = (0.2, 5.0)
"""Focal clonic seizures (S65d); a measured rate may miss the limits by `RATE_SLACK`."""
RATE_SLACK = 1.05
CLONIC_RUN_S = 10.0
"""Run length for a flag (reference E6, proposed); `CLONIC_SOME_S` makes it possible (our own choice)."""
CLONIC_SOME_S = 3.0
UNEVEN_EVENTS = 15
"""Uneven jerks in a row, one a second or more, of one place: too dense for single twitches (which come up to
some twenty a minute); our own choice. Of epilepsia partialis continua most is uneven (S65b)."""
EPC_PER_MIN = 6.0
"""Epilepsia partialis continua: one jerk or more in ten seconds, for an hour (S65)."""
STEREOTYPED = 0.6
"""Share of the movements that repeat the commonest; our own choice."""
ABRUPT_S = 0.7
"""A tic's single movement lasts 0.1-1 s (reference A3, background); our own choice."""
CLUSTERED_CV = 1.2
"""Interval variation of movements in clusters: random ones have 1; our own choice."""
TIC_MM = 1.0
"""Flicks of muscle fibres reach 0.1-1 mm (reference D6, background): with no urge told, a tic is larger."""
FEW = 3

BENIGN = Plan("benign_twitch", MINUTE_S, MINUTE_S, ("S7", "S8", "S70", "L0", "L1"))
"""A minute: our own choice; a fasciculation may need 90 s to show (S8)."""
CLONIC = Plan("clonic_run_like", MINUTE_S, 20.0, ("S65", "S65b", "S65c", "S65d"))
TIC = Plan("tic_like", MINUTE_S, MINUTE_S, ("S66", "S67"))

WEIGHTIER = (
    "hfs_like", "facial_myokymia_like", "rest_tremor_like", "rabbit_like", "dyskinesia_like", "meige_like",
    "synkinesis_like", "clonic_run_like", "myorhythmia_like",
)  # fmt: skip
"""Patterns of the same movements that go before an everyday twitch."""


def benign_twitch(clues: Clues) -> Pattern:
    """Brief, irregular, in one spot, no partner: an everyday twitch."""
    events, length = clues.lip_events, clues.median_length_s
    core = [
        Check(
            bool(events),
            phrase("{events} movements of the lips were seen.", events=len(events)),
            "No movement of the lips was seen.",
        ),
        Check(
            (clues.one_place or 0.0) >= ONE_PLACE,
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
            phrase("They lasted longer than a flick (about {length:.1f} s).", length=length or 0)
            if events
            else "",
        ),
        Check(
            clues.measured.lips.rhythmic is not True and not clues.even,
            "They kept no rhythm.",
            "They kept an even rhythm.",
        ),
    ]
    return weigh(BENIGN, clues, core, full)


def behind(found: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Return the patterns with an everyday twitch at most possible where a weightier one may be there."""
    found = tuple(found)
    there = [p.id for p in found if p.status in ("flagged", "possible") and p.id in WEIGHTIER]
    return tuple(_second(p) if p.id == BENIGN.id and p.status == "flagged" and there else p for p in found)


def _second(pattern: Pattern) -> Pattern:
    status: Status = "possible"
    against = (*pattern.against, "The movements fit another pattern as well, which goes first.")
    return Pattern(pattern.id, status, pattern.evidence, against, pattern.sources)


def clonic_run_like(clues: Clues) -> Pattern:
    """Long one-sided runs of jerks at 0.2-5 Hz: focal motor seizures, epilepsia partialis continua."""
    run = best_run(clues)
    length = run.length_s if run else 0.0
    core = [
        Check(
            run is not None,
            phrase(
                "{events} jerks in a row on the {side} side, {length:.0f} s at {hz:.1f} a second.",
                events=run.events,
                side=run.side,
                length=length,
                hz=run.hz,
            )
            if run
            else "",
            "No one-sided run of jerks, one in five seconds to five a second, was seen; such runs may be"
            " hours apart.",
        )
    ]
    full = [
        Check(
            length >= CLONIC_RUN_S,
            "",
            phrase(
                "No run lasted {s:.0f} s.",
                s=CLONIC_RUN_S,
            ),
        ),
        Check(
            run is not None and run.spread <= EVEN_SPREAD,
            "The jerks were even.",
            "The jerks were uneven, as in most of these runs and in spasms of the facial nerve."
            if run
            else "",
        ),
    ]
    but = ["The eye joins in at the same instant, which fits a facial spasm."] if hfs_signature(clues) else []
    return weigh(CLONIC, clues, core, full, _clonic_also(clues, run), but)


def best_run(clues: Clues) -> Run | None:
    """Return the longest run of jerks that could be clonic, even ones first; None without.

    Where the eye joins in, only many very even ones: seizures of the face may take the lids along (S65c),
    spasms of the facial nerve are never so even.
    """
    joined = hfs_signature(clues)
    fitting = [
        run
        for run in clues.even
        if run.length_s >= CLONIC_SOME_S
        and run.side in ("left", "right")
        and CLONIC_HZ[0] / RATE_SLACK <= run.hz <= CLONIC_HZ[1] * RATE_SLACK
        and (not joined or (run.spread <= CLOCKWORK and run.events >= UNEVEN_EVENTS))
    ]
    if not fitting and not joined:
        fitting = [run for run in clues.runs if _is_dense(run)]
    return max(fitting, key=lambda run: run.length_s, default=None)


def _is_dense(run: Run) -> bool:
    return (
        run.side in ("left", "right")
        and 1.0 <= run.hz <= CLONIC_HZ[1] * RATE_SLACK
        and run.events >= UNEVEN_EVENTS
        and run.length_s >= CLONIC_RUN_S
        and run.one_place >= SAME_PLACE
    )


def _clonic_also(clues: Clues, run: Run | None) -> list[str]:
    also = []
    per_min = 60.0 * len(clues.lip_events) / clues.usable_s if clues.usable_s > 0 else 0.0
    if run and run.length_s >= 0.8 * clues.usable_s and per_min >= EPC_PER_MIN:
        also.append("The jerks went on all through the recording, more than one in ten seconds.")
    if "arm" in (clues.answers.spread or ()):
        also.append("An arm is said to jerk too.")
    return also


def tic_like(clues: Clues) -> Pattern:
    """Abrupt, alike, in clusters, not rhythmic, with an urge that can be held back."""
    urge, length = clues.answers.urge_suppressible, clues.median_length_s
    alike = clues.alike >= STEREOTYPED
    clustered = clues.interval_cv is not None and clues.interval_cv >= CLUSTERED_CV
    abrupt = length is not None and length <= ABRUPT_S
    rhythmic = clues.measured.lips.rhythmic is True or bool(clues.even)
    several = len(clues.lip_events) >= FEW
    sizes = sorted(event.amplitude_mm for event in clues.lip_events)
    large = several and sizes[len(sizes) // 2] >= TIC_MM
    looks = large and alike and clustered and abrupt and not rhythmic and not hfs_signature(clues)
    if urge is None and not looks and several:
        return cannot_tell(TIC, "Depends on an urge that can be held back, which was not answered.")
    core = [
        Check(several, "Several movements were seen.", "Fewer than three movements were seen."),
        Check(urge is not False, "An urge that can be held back was reported." if urge else "",
              "No urge that can be held back."),
    ]  # fmt: skip
    full = [
        Check(alike, "The movements were alike.", "The movements were not alike."),
        Check(abrupt, "They were abrupt.", "They were not abrupt."),
        Check(not rhythmic, "They kept no rhythm.", "They kept an even rhythm."),
        Check(urge, "", "Depends on an urge that can be held back, which was not answered."),
    ]
    also = ["They came in clusters."] if clustered else []
    but = [] if clustered else ["They did not come in clusters."]
    return weigh(TIC, clues, core, full, also, but)
