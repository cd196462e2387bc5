"""After the Jankovic scale: how severe and how frequent the closing of the eyes is (reference B1).

Written for blepharospasm and used for hemifacial spasm as well. A camera sees blinks and closings; what they
keep someone from doing has to be told.
"""

from __future__ import annotations

from dataclasses import dataclass

from twitchcam.phrases import phrase
from twitchcam.summary import ScaleEstimate
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.form import Form, percent, too_short
from twitchcam.triage.scales.rest import BLIND, Closure, Rest

NEEDS_S = 60.0
"""Usable rest; our own choice."""
BLINKS_PER_MIN = 27.0
"""More than this at rest is increased (S62)."""
SPASM_S = 1.0
"""A closing that lasts as long is a spasm, a shorter one a flutter (S23)."""
MOSTLY_CLOSED = 0.5
"""Closed for more than this part of the time: the highest frequency (S23)."""
MIN_FLUTTERS = 2
"""One short closing of one eye may be a wink or a mistake of the measurement; our own choice."""
OFTEN = 3
"""An impact answer from which it keeps someone from doing things; our own choice."""

_SLIGHT = "Slight closings of an eye: a camera follows the lids only in part."
SEVERITY = Form(
    "jankovic_severity",
    "Closing of the eyes: severity, after Jankovic",
    "0 none, 1 blinks more, 2 flutter, 3 spasm of the lids, 4 incapacitating",
    ("S23", "S62"),
    ("Whether light or wind brings it on; what it looks like outside of this recording.", _SLIGHT),
)
FREQUENCY = Form(
    "jankovic_frequency",
    "Closing of the eyes: frequency, after Jankovic",
    "0 none, 1 blinks more often, 2 flutters under 1 s, 3 spasms over 1 s, 4 closed over half of the time",
    ("S23", "S62"),
    ("The scale is about a whole waking day; this is one recording.", _SLIGHT),
)


@dataclass(frozen=True, slots=True)
class _Eyes:
    """What the eyes did at rest."""

    rest: Rest
    closings: tuple[Closure, ...]
    left_out: tuple[Closure, ...]
    """Of both eyes, where nothing says that it was not on purpose."""

    @property
    def longest_s(self) -> float:
        return max((closing.length_s for closing in self.closings), default=0.0)

    @property
    def closed_share(self) -> float:
        return self.rest.share(tuple(closing.event for closing in self.closings))

    @property
    def step(self) -> int:
        """0 nothing, 1 more blinks, 2 flutters, 3 a spasm, 4 closed for most of the time."""
        if self.closed_share > MOSTLY_CLOSED:
            return 4
        if self.longest_s >= SPASM_S:
            return 3
        if len(self.closings) >= MIN_FLUTTERS:
            return 2
        return 1 if self.rest.blinks_per_min > BLINKS_PER_MIN else 0

    def basis(self) -> list[str]:
        found = [
            phrase(
                "{rate:.0f} blinks a minute in {seconds:.0f} s of rest; more than "
                "{usual:.0f} a minute counts as more often (S62).",
                rate=self.rest.blinks_per_min,
                seconds=self.rest.seconds,
                usual=BLINKS_PER_MIN,
            )
        ]
        if not self.closings:
            return [*found, "No closing of one eye apart from the blinks."]
        share = self.closed_share
        return [
            *found,
            phrase(
                "{n} closing{n||s} of {whose}, the longest {longest:.1f} s; 1 s divides flutter from spasm "
                "(S23). A single short one does not count (our own choice).",
                n=len(self.closings),
                whose=_whose(self.closings),
                longest=self.longest_s,
            ),
            phrase(
                "Closed for {share} of the rest; more than half is the highest frequency (S23).",
                share=percent(share),
            ),
        ]

    def missing(self) -> list[str]:
        if not self.left_out:
            return []
        seconds = sum(closing.length_s for closing in self.left_out)
        return [
            phrase(
                "Both eyes stayed shut {n} time{n||s}, {seconds:.0f} s in all; taken as done on purpose, for "
                "neither the blinks nor an answer speak for a spasm of both eyes.",
                n=len(self.left_out),
                seconds=seconds,
            )
        ]


def severity(case: Case) -> ScaleEstimate:
    """Return the severity, 0-4. Between 3 and 4 the impact answers decide; without them it is '3 or 4'."""
    eyes = _eyes(case)
    if isinstance(eyes, str):
        return SEVERITY.unknown(eyes)
    basis, missing = eyes.basis(), eyes.missing()
    if eyes.step < 3:
        return SEVERITY.value(eyes.step, basis, missing)
    told = [x for x in (case.answers.impact_reading, case.answers.impact_driving_or_work) if x is not None]
    if any(value >= OFTEN for value in told):
        basis.append(
            "Said to get in the way of reading, driving or work often or always; that limit is ours."
        )
        return SEVERITY.value(4, basis, missing)
    if len(told) == 2:
        basis.append("Said not to get in the way of reading, driving or work often; that limit is ours.")
        return SEVERITY.value(3, basis, missing)
    return SEVERITY.value(
        "3 or 4",
        basis,
        ["How often it gets in the way of reading and of driving or work (not answered).", *missing],
    )


def frequency(case: Case) -> ScaleEstimate:
    """Return the frequency, 0-4."""
    eyes = _eyes(case)
    if isinstance(eyes, str):
        return FREQUENCY.unknown(eyes)
    return FREQUENCY.value(eyes.step, eyes.basis(), eyes.missing())


def _eyes(case: Case) -> _Eyes | str:
    """Return what the eyes did, or why that cannot be told."""
    rest = case.rest
    if rest is None:
        return BLIND
    if rest.seconds < NEEDS_S:
        return too_short(rest.seconds, NEEDS_S)
    both_count = case.answers.both_eyes_close is True or case.resembles("blepharospasm_like", "meige_like")
    kept = tuple(c for c in rest.closures if both_count or c.side != "bilateral")
    return _Eyes(rest, kept, tuple(c for c in rest.closures if c not in kept))


def _whose(closings: tuple[Closure, ...]) -> str:
    sides = {closing.side for closing in closings}
    if sides == {"bilateral"}:
        return "both eyes"
    return phrase("the {side} eye alone", side=sides.pop()) if len(sides) == 1 else "one eye or both"
