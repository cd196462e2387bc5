"""The Summary: what one recording showed, field for field as in `summary.json` (schema twitchcam.summary/1).

None means that the recording cannot answer; the reason stands in `quality.reasons` or in the pattern's
`against`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from twitchcam.course import Course
from twitchcam.protocol import TaskName
from twitchcam.types import BoolArray, FloatArray, Scale, Source, TrackerInfo

Verdict = Literal["ok", "limited", "unusable"]
LipSide = Literal["left", "right", "bilateral", "none"]
TrialType = Literal["twitch", "tonic", "blink", "voluntary"]
Status = Literal["flagged", "possible", "not_seen", "not_assessable"]
Level = Literal["emergency", "urgent", "see_doctor", "self_care", "no_finding", "unable"]
ReviewAction = Literal["keep", "reject", "relabel", "add"]
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
    """How eye and mouth of one side go together; blinks of both eyes are left out."""

    eye_mouth_events: int | None
    """Movements of the eye that came with the mouth."""
    coincident_fraction: float | None
    """Those, of all the eye's movements."""
    p_value: float | None
    """Chance of as many (circular shifts)."""
    brow_lift_events: int | None
    """Those in which the brow rose."""


@dataclass(frozen=True, slots=True)
class RestAsymmetry:
    """At rest, left minus right (millimetres), or left over right (ratio)."""

    commissure_mm: float | None
    """Height of the left mouth corner above the right one."""
    eye_opening_ratio: float | None
    brow_mm: float | None
    assessable: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A number for each of the subject's sides; None where it could not be measured."""

    left: float | None = None
    right: float | None = None


@dataclass(frozen=True, slots=True)
class TaskMeasure:
    """What one segment of a guided protocol showed. Everything is None that the task does not ask for."""

    task: TaskName
    start_s: float
    end_s: float
    assessable: bool
    reason: str
    """Why it could not be assessed, or what limits it (cut off by the recording's end); empty when nothing
    does."""
    excursion_mm: Pair = Pair()
    """How far the task's own feature moved from where it rests: mouth corner (smile, pucker, snarl), brow
    (brow_raise). Relative to the head."""
    excursion_index: float | None = None
    """(L - R)/(L + R) of the excursions, -1 to 1."""
    excursion_index_ci: tuple[float, float] | None = None
    """95 % interval of the index."""
    closure: Pair = Pair()
    """How far each eye closed: 0 as open as at rest, 1 shut (eyes_gentle, eyes_firm)."""
    mouth_pull_mm: Pair = Pair()
    """How far the mouth corner moved along with a task of the eyes or the brow (synkinesis)."""
    eye_narrowing: Pair = Pair()
    """Part by which the eye narrowed along with a task of the mouth: 0 not at all, 1 shut (synkinesis)."""
    twitches: int | None = None
    """Counted movements of any region while at rest; None in the other tasks."""
    tremor_hz: float | None = None
    """Of a rhythm of the lips that passed the test against noise, at rest or while a position is held."""
    tremor_mm: float | None = None
    """Its peak-to-peak size; 0 where no rhythm was found and one could have been."""
    blinks_per_min: float | None = None


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """An estimate after a clinical scale: never the scale itself, which a trained person scores."""

    id: str
    title: str
    value: float | str | None
    """None where it could not be estimated."""
    scale: str
    """Its values in words, such as '0 (none) to 4 (severe)'."""
    basis: tuple[str, ...]
    """What the value rests on."""
    missing: tuple[str, ...]
    """What the scale asks for and the recording and the answers do not tell."""
    sources: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class ReviewMark:
    """What a person's review says about one event."""

    action: ReviewAction
    event: Event | None
    """As it stands in the reviewed result; None when it was rejected."""
    automatic: Event | None
    """As it was found; None when the reviewer added it."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A person's review of the events. The automatic ones stay beside the reviewed ones."""

    reviewer: str
    when: str
    """ISO date and time, or empty."""
    marks: tuple[ReviewMark, ...]
    """One for every event that was found or added, in time order."""
    unmatched: int = 0
    """Decisions about events that this analysis does not find."""
    precision: float | None = None
    """Part of the automatic events that count for the reviewer too; None without automatic ones."""
    recall: float | None = None
    """Part of the reviewer's counted events that were found automatically; None without such events."""
    f1: float | None = None

    def number(self, action: ReviewAction) -> int:
        """Return how many events were so decided on."""
        return sum(mark.action == action for mark in self.marks)

    @property
    def kept(self) -> int:
        """Events that stand as they were found."""
        return self.number("keep")

    @property
    def rejected(self) -> int:
        """Events that are gone from the reviewed result."""
        return self.number("reject")

    @property
    def relabelled(self) -> int:
        """Events that were given another kind, side or region."""
        return self.number("relabel")

    @property
    def added(self) -> int:
        """Events that only the reviewer saw."""
        return self.number("add")

    @property
    def automatic(self) -> tuple[Event, ...]:
        """The events as they were found, in time order."""
        return tuple(mark.automatic for mark in self.marks if mark.automatic is not None)


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
    tasks: tuple[TaskMeasure, ...] = ()
    """One entry for each segment of the guided protocol, in time order; empty without a protocol."""
    review: Reviewed | None = None
    """None: all is as it was found automatically."""
    settings: dict[str, float] = field(default_factory=dict)
    """Of the analysis, by the names in `settings.py`."""
    front: dict[str, float | str | bool] = field(default_factory=dict)
    """How the recording was measured, as it says."""


@dataclass(frozen=True)
class Summary:
    """What is written out: the measurement, the patterns and the triage."""

    measured: Measured
    patterns: tuple[Pattern, ...]
    triage: Triage
    scales: tuple[ScaleEstimate, ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)
    """The answers that were given, by their keys, as plain values; empty when none were."""
    history: Course | None = None
    """What it shows together with earlier recordings; None unless the history was asked for."""
    schema: str = field(default="twitchcam.summary/1")
