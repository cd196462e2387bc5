"""What a synthetic clip shows: plain frozen settings, checked at construction (`camera`: how it is filmed).

Times are seconds of media time from the clip's start, lengths millimetres on the face, angles degrees.
Directions are face
coordinates: 0 = towards the subject's left, 90 = up. Left and right are the subject's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from twitchcam.regions import REGIONS
from twitchcam.synth.acts import NO_ACTS, Acts
from twitchcam.synth.camera import PLAIN, WEBCAM, Camera, Encoding
from twitchcam.synth.refuse import require

EyeSide = Literal["left", "right", "both"]
Waveform = Literal["raised_cosine", "sine", "hold"]
CoverKind = Literal[
    "mask", "scarf", "beard", "moustache", "stubble", "glasses", "lipstick",
    "hand", "chin_rest", "cup", "food", "phone",
]  # fmt: skip
COVERS: tuple[str, ...] = get_args(CoverKind)

PUPIL_DISTANCE_MM = 63.0
"""Mean adult distance between the pupils; it defines the millimetre of every synthetic face."""


@dataclass(frozen=True, slots=True)
class Twitch:
    """One twitch, or a train of them, at one region."""

    site: str
    """A region of `twitchcam.regions`; the movement is full there and falls off around it."""
    amplitude_mm: float
    """Peak-to-peak displacement of the site, relative to the head."""
    start_s: float
    duration_s: float = 0.0
    """Length of the train; ignored when `hz` is 0."""
    hz: float = 0.0
    """Twitches per second; 0 = one single twitch."""
    width_s: float | None = None
    """Onset to offset of one pulse; None = the whole period in a train, 0.15 s for a single twitch."""
    waveform: Waveform = "raised_cosine"
    """'raised_cosine' pulses leave the resting place and return; 'sine' swings to both sides of it; 'hold'
    goes there in
    0.1 s, stays, and returns in 0.2 s (a tonic spasm; give `width_s`)."""
    jitter: float = 0.0
    """Relative standard deviation of the intervals (0 = a clock, 0.3 and more = irregular)."""
    amplitude_cv: float = 0.0
    """Relative standard deviation of the single amplitudes."""
    direction_deg: float = 90.0
    spread_mm: float = 8.0
    """Distance from the site at which half the movement is left; nothing moves beyond twice this."""
    seed: int = 0
    """Of the jitter. Twitches with equal timing and seed move together."""
    group: str = ""
    """Twitches of one group that coincide are one event (one muscle burst seen at several places)."""

    def __post_init__(self) -> None:
        where = f"twitch at {self.site!r}"
        require(self.site in REGIONS, where, f"no such region; choose one of {', '.join(REGIONS)}")
        require(
            0 < self.amplitude_mm <= 20, where, f"amplitude_mm must be 0-20 mm, got {self.amplitude_mm:g}"
        )
        require(self.start_s >= 0, where, f"start_s must not be negative, got {self.start_s:g}")
        require(0 <= self.hz <= 60, where, f"hz must be 0 (single) to 60, got {self.hz:g}")
        require(
            self.hz == 0 or self.duration_s * self.hz >= 0.999,
            where,
            f"a train of {self.hz:g} Hz needs duration_s of at least one period, got {self.duration_s:g}",
        )
        require(self.width_s is None or self.width_s > 0, where, "width_s must be positive (seconds)")
        require(self.spread_mm >= 2, where, f"spread_mm must be at least 2 mm, got {self.spread_mm:g}")
        require(
            0 <= self.jitter <= 1, where, f"jitter is a fraction of the interval, 0-1, got {self.jitter:g}"
        )
        require(0 <= self.amplitude_cv <= 1, where, "amplitude_cv is a fraction, 0-1")
        require(
            self.waveform in ("raised_cosine", "sine", "hold"),
            where,
            "waveform must be raised_cosine, sine or hold",
        )
        require(
            not (self.waveform == "sine" and self.hz == 0),
            where,
            "a sine needs hz; use raised_cosine for one twitch",
        )


@dataclass(frozen=True, slots=True)
class Blink:
    """The upper lid comes down over the eye and goes up again."""

    t_s: float
    """When it begins."""
    side: EyeSide = "both"
    duration_s: float = 0.25
    """Begin to end: a third closing, a short rest, the remainder opening."""
    depth: float = 1.0
    """1 = closes fully."""
    held_s: float = 0.0
    """Time that the lid stays down, on top of `duration_s`: an eye kept closed."""

    def __post_init__(self) -> None:
        require(
            self.side in ("left", "right", "both"),
            f"blink at {self.t_s:g} s",
            "side must be left, right or both",
        )
        require(self.duration_s > 0, f"blink at {self.t_s:g} s", "duration_s must be positive")
        require(self.held_s >= 0, f"blink at {self.t_s:g} s", "held_s must not be negative")
        require(0 < self.depth <= 1, f"blink at {self.t_s:g} s", "depth is a fraction of full closure, 0-1")

    @property
    def stop_s(self) -> float:
        """When the eye is open again."""
        return self.t_s + self.duration_s + self.held_s


@dataclass(frozen=True, slots=True)
class Speech:
    """Talking: the jaw opens and closes 3-8 times a second, irregularly, and the lips widen and round."""

    start_s: float
    stop_s: float
    opening_mm: float = 7.0
    """The mouth's opening on strong syllables."""
    seed: int = 0

    def __post_init__(self) -> None:
        require(self.stop_s > self.start_s, f"speech at {self.start_s:g} s", "stop_s must come after start_s")


@dataclass(frozen=True, slots=True)
class Smile:
    """Both mouth corners go out and up, the cheeks follow; 0.5 s to rise and as long to fall."""

    start_s: float
    stop_s: float
    amplitude_mm: float = 9.0
    """Path of each mouth corner."""
    left: float = 1.0
    """Share of the path that the left corner goes: below 1 in a palsy or a wry smile."""
    right: float = 1.0

    def __post_init__(self) -> None:
        require(
            self.stop_s - self.start_s >= 1.0,
            f"smile at {self.start_s:g} s",
            "must last at least 1 s (rise and fall)",
        )
        require(
            min(self.left, self.right) >= 0 and max(self.left, self.right) <= 1,
            f"smile at {self.start_s:g} s",
            "left and right are shares of the path, 0-1",
        )
        require(0 < self.amplitude_mm <= 15, f"smile at {self.start_s:g} s", "amplitude_mm must be 0-15 mm")


@dataclass(frozen=True, slots=True)
class Sway:
    """Slow head movement in three dimensions: seeded noise between 0.05 and 0.8 Hz."""

    mm: float = 0.0
    """Largest excursion of the head in the picture plane, each way (half of it in depth)."""
    deg: float = 0.0
    """Largest turn, nod and tilt, each way."""
    seed: int = 0

    def __post_init__(self) -> None:
        require(
            0 <= self.mm <= 12 and 0 <= self.deg <= 8, "sway", "up to 12 mm and 8 degrees can be rendered"
        )


@dataclass(frozen=True, slots=True)
class Pose:
    """How the head is held; `Sway` moves it about this. Signs as in `Recording.pose_deg`."""

    yaw_deg: float = 0.0
    """Positive: the nose points to the subject's left."""
    pitch_deg: float = 0.0
    """Positive: up."""
    roll_deg: float = 0.0
    """Positive: the head tilts towards the subject's left shoulder."""

    def __post_init__(self) -> None:
        require(
            abs(self.yaw_deg) <= 40 and abs(self.pitch_deg) <= 20 and abs(self.roll_deg) <= 20,
            "pose",
            "a frontal photo can be turned by up to 40 degrees of yaw and 20 of pitch and roll",
        )

    @property
    def frontal(self) -> bool:
        """Tell whether the head is held straight."""
        return self.yaw_deg == self.pitch_deg == self.roll_deg == 0


@dataclass(frozen=True, slots=True)
class Cover:
    """Something worn on the face, or held before the mouth for a time."""

    kind: CoverKind
    start_s: float = 0.0
    """When a hand, cup, ... begins to come (0 = it is there from the first frame). Worn things stay."""
    stop_s: float | None = None
    """When it is gone; None = it stays to the end."""
    seed: int = 0
    """Of shape, colour and texture."""

    def __post_init__(self) -> None:
        require(self.kind in COVERS, f"cover {self.kind!r}", f"kind must be one of {', '.join(COVERS)}")
        require(self.start_s >= 0, f"cover {self.kind!r}", "start_s must not be negative")
        require(
            self.stop_s is None or self.stop_s > self.start_s,
            f"cover {self.kind!r}",
            "stop_s must come after start_s",
        )


@dataclass(frozen=True, slots=True)
class Clip:
    """One synthetic clip: who, what moves, how it is filmed and stored."""

    duration_s: float = 10.0
    twitches: tuple[Twitch, ...] = ()
    blinks: tuple[Blink, ...] = ()
    speech: tuple[Speech, ...] = ()
    smiles: tuple[Smile, ...] = ()
    acts: Acts = NO_ACTS
    covers: tuple[Cover, ...] = ()
    """Later ones lie in front."""
    pose: Pose = Pose()
    sway: Sway = Sway()
    camera: Camera = WEBCAM
    encoding: Encoding = PLAIN
    eye_distance_px: float = 103.3
    """Distance between the pupils in the picture; the default is 1.64 px/mm."""
    mirrored: bool = False
    """Store the picture as a mirror shows it (selfie view). The truth stays the subject's left and right."""

    def __post_init__(self) -> None:
        require(self.duration_s > 0 and math.isfinite(self.duration_s), "clip", "duration_s must be positive")
        require(
            16 <= self.eye_distance_px <= 0.5 * min(self.camera.size),
            "clip",
            f"eye_distance_px must be 16 to half the picture's shorter side, got {self.eye_distance_px:g}",
        )

    @property
    def mm_per_px(self) -> float:
        """Millimetres on the face for one pixel of the picture."""
        return PUPIL_DISTANCE_MM / self.eye_distance_px
