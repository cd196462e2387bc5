"""Scale estimates: what a clinical scale might say of a recording, each with what it rests on and what lacks.

An estimate is never the scale: that is scored by a trained person with the patient in front of them. Trained
raters agree on videos of hemifacial spasm to 0.53-0.71 (S20), so little more can be asked of an estimate. No
patient data has validated any of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from twitchcam.summary import Measured, Pattern, ScaleEstimate
from twitchcam.triage.answers import Answers
from twitchcam.triage.scales import eyes, sunnybrook, tremor
from twitchcam.triage.scales.case import Case
from twitchcam.triage.scales.house_brackmann import house_brackmann
from twitchcam.triage.scales.impact import impact
from twitchcam.triage.scales.sources import SCALE_SOURCES
from twitchcam.triage.scales.spread import smc_grade

__all__ = ["SCALES", "SCALE_SOURCES", "estimate_scales"]

SCALES: Final[tuple[Callable[[Case], ScaleEstimate], ...]] = (
    eyes.severity,
    eyes.frequency,
    smc_grade,
    tremor.lip_and_jaw,
    tremor.face_at_rest,
    tremor.constancy,
    house_brackmann,
    sunnybrook.rest,
    sunnybrook.voluntary,
    sunnybrook.synkinesis,
    sunnybrook.composite,
    impact,
)
"""One function a scale, in the order in which they are listed."""


def estimate_scales(
    measured: Measured, answers: Answers, patterns: tuple[Pattern, ...]
) -> tuple[ScaleEstimate, ...]:
    """Return every scale's estimate in fixed order; its value is None where it cannot be told."""
    case = Case(measured, answers, patterns)
    return tuple(scale(case) for scale in SCALES)
