"""After the SMC grade of hemifacial spasm: how far it has spread, how it interferes (reference B2)."""

from __future__ import annotations

from dataclasses import dataclass

from twitchcam.phrases import phrase
from twitchcam.summary import Event, Measured, ScaleEstimate
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form, in_mm, percent
from twitchcam.triage.scales.rest import BLIND, Rest, lid_side

TONIC_S = 1.0
"""A one-sided closing of this length is tonic (S23)."""
TONIC_PER_MIN = 1.0
"""Tonic closings are frequent from here, and from two on; our own choice."""
APART_MM = 3.0
"""Mouth corners: the difference that people notice (S36)."""
NARROW = 0.8
"""Lid gap of that side over the other: 2 mm (S38) of about 10 mm; the conversion is our own choice."""
LONG_S = 60.0
"""Less rest may miss what is seldom; our own choice."""
MIN_JOINT = 2
"""So many movements of eye and face together make a spread: one may be chance; our own choice."""
REACHED = frozenset(("cheek", "brow", "chin", "jaw", "neck"))
"""Places of the same side that the grade counts as spread."""

GRADE = Form(
    "smc_grade",
    "Grade of a hemifacial spasm, after the SMC grading",
    "I around the eye only, II other muscles of that side too, III frequent tonic spasm that hinders sight, "
    "IV disfiguring asymmetry",
    ("S20", "S21", "S23", "S36", "S38"),
    ("Whether sight is hindered and how it looks to others: the grade asks for both.",),
)


@dataclass(frozen=True, slots=True)
class _Spasm:
    """What one side did."""

    side: str
    rest: Rest
    joint: int
    """Movements in which the eye and the lower face or the brow of the side took part."""
    eye: int
    """Movements of that eye alone or with others."""
    tonic: tuple[Event, ...]

    @property
    def often_tonic(self) -> bool:
        return len(self.tonic) >= 2 and 60.0 * len(self.tonic) >= TONIC_PER_MIN * self.rest.seconds


def smc_grade(case: Case) -> ScaleEstimate:
    """Return the grade I to IV when the recording looks like a hemifacial spasm, else that there is none."""
    measured, rest, status = case.measured, case.rest, case.status("hfs_like")
    if rest is None:
        return GRADE.unknown(BLIND)
    if status == "not_assessable":
        return GRADE.unknown("Whether it looks like a hemifacial spasm could not be judged.")
    if status == "not_seen":
        return GRADE.unknown("Nothing like a hemifacial spasm was seen, so there is nothing to grade.")
    spasm = _spasm(measured, rest)
    apart = _asymmetry(measured, spasm)
    reached = sorted(REACHED & set(case.answers.spread or ()))
    basis: list[str] = [
        phrase(
            "{n} movement{n||s} in which the {side} eye and another part of that side moved together in "
            "{seconds:.0f} s of rest; two make a spread (our own choice).",
            n=spasm.joint,
            side=spasm.side,
            seconds=rest.seconds,
        ),
        phrase(
            "{n} closing{n||s} of that eye of 1 s or longer (S23); two, and one a minute, count as "
            "frequent (our own choice).",
            n=len(spasm.tonic),
        ),
    ]
    if reached:
        basis.append(phrase("Said to have spread to: {parts}.", parts=", ".join(reached)))
    basis += apart
    missing = [] if measured.rest_asymmetry.assessable else ["The face at rest could not be compared."]
    if rest.seconds < LONG_S:
        missing.append(
            phrase(
                "{seconds:.0f} s of rest are short: a longer recording may show a higher grade.",
                seconds=rest.seconds,
            )
        )
    if apart and not spasm.often_tonic:
        missing.append("A difference at rest without frequent tonic spasm is not graded IV (our own choice).")
    return GRADE.value(_grade(spasm, bool(reached), bool(apart)), basis, missing)


def _grade(spasm: _Spasm, told_spread: bool, uneven: bool) -> str:
    if spasm.often_tonic:
        return "IV" if uneven else "III"
    if not spasm.eye and not spasm.joint:
        return "II-equivalent, no periocular"
    return "II" if spasm.joint >= MIN_JOINT or told_spread else "I"


def _spasm(measured: Measured, rest: Rest) -> _Spasm:
    found = [_of_side(measured, rest, side) for side in ("left", "right")]
    # Equal sides: the lips' own side, so that a mirror image gives the mirrored answer.
    return max(found, key=lambda s: (s.joint, s.eye, measured.lips.side == s.side))


def _of_side(measured: Measured, rest: Rest, side: str) -> _Spasm:
    eye = [event for event in rest.events if lid_side(event) == side]
    joined = sum(any(_beyond_the_eye(name, side) for name in event.regions) for event in eye)
    sync = measured.synchrony[side]
    together = max(joined, sync.eye_mouth_events or 0, sync.brow_lift_events or 0)
    tonic = tuple(event for event in eye if event.offset_s - event.onset_s >= TONIC_S)
    return _Spasm(side, rest, together, len(eye), tonic)


def _beyond_the_eye(region: str, side: str) -> bool:
    """Tell whether a region lies outside the ring muscle of the eye, which reaches to the brow."""
    return region.endswith(side) and "eyelid" not in region and "brow" not in region


def _asymmetry(measured: Measured, spasm: _Spasm) -> list[str]:
    """Return what sets the side of the spasm apart, at rest or in its tonic pulls."""
    rest = measured.rest_asymmetry
    found: list[str] = []
    if rest.assessable and rest.commissure_mm is not None:
        higher = rest.commissure_mm if spasm.side == "left" else -rest.commissure_mm
        if higher >= APART_MM:
            found.append(
                phrase(
                    "At rest that mouth corner stands {mm} higher; 3 mm are noticed (S36).",
                    mm=in_mm(higher),
                )
            )
    ratio = rest.eye_opening_ratio if rest.assessable else None
    if ratio is not None and ratio > 0:
        narrower = ratio if spasm.side == "left" else 1.0 / ratio
        if narrower <= NARROW:
            found.append(
                phrase(
                    "At rest that eye is open to {part} of the other; 80 % is our own choice.",
                    part=percent(narrower),
                )
            )
    pull = max((e.amplitude_mm for e in spasm.tonic if "eyelid" not in e.region), default=0.0)
    if pull >= APART_MM:
        found.append(phrase("Tonic pulls reach {mm}; 3 mm are noticed (S36).", mm=in_mm(pull)))
    return found
