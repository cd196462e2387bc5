"""The Summary: what one recording showed, field for field as in `summary.json` (schema twitchcam.summary/1).

None means that the recording cannot answer; the reason stands in `quality.reasons` or in the pattern's
`against`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from twitchcam.types import BoolArray, FloatArray, Scale, Source, TrackerInfo

Verdict = Literal["ok", "limited", "unusable"]
LipSide = Literal["left", "right", "bilateral", "none"]
TrialType = Literal["twitch", "tonic", "blink", "voluntary"]
Status = Literal["flagged", "possible", "not_seen", "not_assessable"]
Level = Literal["emergency", "urgent", "see_doctor", "self_care", "no_finding", "unable"]
GATES: tuple[str, ...] = (
    "speech", "smile", "chew", "blink", "head_motion", "occluded", "lost_face", "blur", "dark",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One twitch."""

    onset_s: float
    peak_s: float
    offset_s: float
    trial_type: TrialType
    side: LipSide
    region: str
    """The strongest region."""
    regions: tuple[str, ...]
    """All regions that moved together with it, strongest first."""
    amplitude_mm: float
    """Peak-to-peak along the movement's main axis, in the strongest region."""
    direction_deg: float
    """Direction of the movement from onset to peak: 0 towards the subject's left, 90 up; -180 to 180."""
    snr: float
    """Amplitude over the peak-to-peak noise expected in a stretch of the same length."""
    run: int | None
    gated: str
    """Empty, or the reason why it is not counted."""


@dataclass(frozen=True, slots=True)
class RegionQuality:
    noise_um_rthz: float | None
    min_detectable_mm: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    verdict: Verdict
    reasons: tuple[str, ...]
    usable_s: float
    usable_fraction: float
    nyquist_hz: float | None
    eye_distance_px: float | None
    mm_per_px: float | None
    scale: Scale
    gated_s: dict[str, float]
    by_region: dict[str, RegionQuality]


@dataclass(frozen=True, slots=True)
class Amplitude:
    median: float | None
    p95: float | None
    max: float | None
    median_ci: tuple[float, float] | None = None
    """95 % interval of the median: noise, reading and scale together."""


@dataclass(frozen=True, slots=True)
class Asymmetry:
    index: float | None
    ci: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Lips:
    events: int | None
    rate_per_min: float | None
    runs: int | None
    dominant_hz: float | None
    dominant_hz_ci: tuple[float, float] | None
    rhythmic: bool | None
    amplitude_mm: Amplitude
    side: LipSide | None
    asymmetry: Asymmetry
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RegionSummary:
    events: int | None
    rate_per_min: float | None
    amplitude_mm: float | None
    """Median over the region's events."""
    dominant_hz: float | None


@dataclass(frozen=True, slots=True)
class Synchrony:
    eye_mouth_events: int | None
    coincident_fraction: float | None
    p_value: float | None
    brow_lift_events: int | None


@dataclass(frozen=True, slots=True)
class RestAsymmetry:
    """At rest, left minus right (millimetres), or left over right (ratio)."""

    commissure_mm: float | None
    """Height of the left mouth corner above the right one."""
    eye_opening_ratio: float | None
    brow_mm: float | None
    assessable: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    id: str
    status: Status
    evidence: tuple[str, ...]
    against: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Triage:
    level: Level
    reasons: tuple[str, ...]
    advice: tuple[str, ...]
    rules_version: str


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Spectrum of the lips at rest, for display; not part of the JSON."""

    frequency_hz: FloatArray
    amplitude_mm_rthz: FloatArray
    """(m, 2): left and right half of the lips."""
    noise_mm_rthz: FloatArray


@dataclass(frozen=True)
class Measured:
    """The back's result before triage: what was measured, with the arrays that the outputs draw."""

    source: Source
    tracker: TrackerInfo
    quality: Quality
    lips: Lips
    regions: dict[str, RegionSummary]
    synchrony: dict[str, Synchrony]
    rest_asymmetry: RestAsymmetry
    events: tuple[Event, ...]
    t_s: FloatArray
    """(m,) the uniform time grid."""
    band_mm: FloatArray
    """(m, 19, 2) motion without slow drift, on the grid, NaN in gaps."""
    gates: dict[str, BoolArray]
    """For each gate reason a (m,) bool array on the grid."""
    spectrum: Spectrum | None = None


@dataclass(frozen=True)
class Summary:
    """What is written out: the measurement, the patterns and the triage."""

    measured: Measured
    patterns: tuple[Pattern, ...]
    triage: Triage
    schema: str = field(default="twitchcam.summary/1")
