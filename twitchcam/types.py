"""The carriers that pass between the parts: frozen, checked at construction, units in the names.

Picture coordinates are pixels of the upright picture with square pixels, x to the right, y down. Face
coordinates are millimetres relative to the head, x towards the subject's left, y up. NaN marks what could not
be measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twitchcam.protocol import Segment
from twitchcam.regions import REGIONS

FloatArray = NDArray[np.floating[Any]]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.integer[Any]]
Image = NDArray[np.uint8]
Luma = NDArray[np.uint8] | NDArray[np.uint16]

N_REGIONS = len(REGIONS)
BARE_MOUTH: float = 0.5
"""Likelihood (`Recording.mouth_seen`) from which the mouth counts as bare; below it is covered."""


class Picture(Protocol):
    """One upright picture with square pixels. Conversions are made when asked for and then kept."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def luma(self) -> Luma:
        """(height, width) luma as coded: uint8 for 8-bit sources, uint16 for deeper ones."""
        ...

    @property
    def black(self) -> float:
        """Luma code of black (16 for 8-bit limited range, 0 for full range)."""
        ...

    @property
    def white(self) -> float:
        """Luma code of white (235 for 8-bit limited range, 255 for full range)."""
        ...

    @property
    def quantiser_steps(self) -> FloatArray | None:
        """(rows, columns) how coarsely the encoder rounded each block of the picture: the step of its
        quantiser in 8-bit grey levels (orthonormal transform). (1, 1) when only one is known; None when none
        is.
        """
        ...

    def rgb(self, box: tuple[int, int, int, int] | None = None, size: tuple[int, int] | None = None) -> Image:
        """Return (h, w, 3) RGB of `box` (x0, y0, x1, y1; clipped to the picture), resized to `size` (w, h).

        Shrinking averages over area. Without `box` the whole picture, without `size` at its own resolution.
        """
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture and the media time at which it was taken."""

    index: int
    t_s: float
    picture: Picture
    b_picture: bool = False
    """The encoder predicted this picture from both sides (see `front.bidirectional`)."""


@dataclass(frozen=True, slots=True)
class Source:
    """What the pictures came from."""

    file: str
    sha256: str | None
    width: int
    height: int
    frames: int
    duration_s: float
    fps: float | None
    """Median frame rate from the time stamps; None with fewer than two frames."""
    vfr: bool
    """True when the frame intervals vary by more than time-stamp rounding explains."""
    rotation_deg: int
    """Clockwise rotation that was applied to make the picture upright: 0, 90, 180 or 270."""
    mirrored: bool
    """The user said that the video is mirrored (selfie view); left and right were swapped back."""
    codec: str = ""
    pixel_format: str = ""
    bit_rate_bps: float | None = None
    sample_aspect: float = 1.0
    capture_fps: float | None = None
    """Frame rate at which the camera took the pictures, where metadata or the user say so."""
    time_scale: float = 1.0
    """Real seconds in one second of the file: 1/8 for slow motion taken at 240 pictures a second and played
    at 30. Every time and rate here and in the recording is real already."""
    exposure_s: float | None = None
    """How long the shutter was open for each picture, where it is known."""
    filmed: str = ""
    """ISO day on which the file's own data say that it was filmed; empty when they say nothing."""
    notes: tuple[str, ...] = ()
    """Plain sentences on what was found odd and what was done (truncated file, repaired time stamps, ...)."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.duration_s < np.inf:
            raise ValueError(f"Source.duration_s must be a time of 0 s or more, got {self.duration_s}")
        if self.fps is not None and not 0.0 < self.fps < np.inf:
            raise ValueError(f"Source.fps must be a positive rate or None, got {self.fps}")
        if min(self.width, self.height, self.frames) < 0:
            raise ValueError("Source.width, height and frames must not be negative")


@dataclass(frozen=True, slots=True)
class FaceLandmarks:
    """Where the mesh sees the face in one picture."""

    points_px: FloatArray
    """(478, 3): x, y in picture pixels, z likewise, smaller is nearer. Never rounded, never smoothed."""

    def __post_init__(self) -> None:
        if self.points_px.shape != (478, 3):
            raise ValueError(f"a face mesh has 478 points of 3 coordinates, got {self.points_px.shape}")


@dataclass(frozen=True, slots=True)
class TrackerInfo:
    """Which face tracker ran."""

    backend: str
    version: str
    model_sha256: str


class Tracker(Protocol):
    """Finds one face, the same one, in picture after picture."""

    @property
    def info(self) -> TrackerInfo: ...

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the face's landmarks, or None when it is not seen."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Scale:
    """How pixels became millimetres."""

    mm_per_px: float | None
    """Of the source picture, median over the recording; None when no face was seen."""
    source: str
    """'iris', 'eye_distance', 'iris+eye_distance', 'user_pd' or 'none'."""
    rel_sd: float | None
    """Relative standard deviation of every millimetre, population spread and measurement together."""

    def __post_init__(self) -> None:
        if self.mm_per_px is not None and not 0.0 < self.mm_per_px < np.inf:
            raise ValueError(
                f"Scale.mm_per_px must be a positive number of millimetres, got {self.mm_per_px}"
            )
        if self.rel_sd is not None and not 0.0 <= self.rel_sd < np.inf:
            raise ValueError(f"Scale.rel_sd must be 0 or more, got {self.rel_sd}")


@dataclass(frozen=True)
class Recording:
    """Everything that the back needs and nothing that shows a face: n frames by regions.

    Rows are frames in media time. A frame whose face was lost keeps its row, with NaN.
    """

    t_s: FloatArray
    """(n,) strictly increasing media time."""
    motion_mm: FloatArray
    """(n, 19, 2) displacement of each region relative to the head; an arbitrary constant per region."""
    mesh_mm: FloatArray
    """(n, 19, 2) position of each region's mesh landmarks relative to the midpoint of the eyes, head pose
    removed. Noisy and damped (see the docs); for resting shape, gates and as the baseline."""
    pose_deg: FloatArray
    """(n, 3) yaw (positive: the nose turns to the subject's left), pitch (positive: up), roll (positive: the
    head tilts towards the subject's left shoulder)."""
    head_mm: FloatArray
    """(n, 2) position of the head in the picture plane, subject's left and up positive."""
    eye_opening_mm: FloatArray
    """(n, 2) lid gap of the subject's left and right eye."""
    mouth_opening_mm: FloatArray
    """(n,) gap between the inner lips."""
    mouth_width_mm: FloatArray
    """(n,) distance between the mouth corners."""
    eye_distance_px: FloatArray
    """(n,) distance between the eye centres in the source picture."""
    residual: FloatArray
    """(n,) what registration could not explain: grey-level RMS over the face, 1 = nothing but noise."""
    region_match: FloatArray
    """(n, 19) correlation of each region's pixels with the reference after registration, -1 to 1. Falls when
    something covers the region or its look changes (open mouth, closed lid)."""
    region_sd_mm: FloatArray
    """(n, 19) predicted standard deviation of each region's displacement in one frame, from pixel noise."""
    sharpness: FloatArray
    """(n,) 1 = as sharp as the sharpest tenth of this recording, towards 0 = blurred."""
    brightness: FloatArray
    """(n,) mean luma of the face, 0 black to 1 white."""
    clipped: FloatArray
    """(n,) fraction of face pixels at black or white."""
    keyframe: IntArray
    """(n,) number of the reference picture that was used, -1 where none was."""
    repeated: BoolArray
    """(n,) the face pixels are identical to those of the frame before (the file repeats a picture)."""
    b_picture: BoolArray
    """(n,) the encoder predicted this picture from its neighbours on both sides."""
    coded_step_mm: FloatArray
    """(n, 19) the displacement whose change of grey levels is as large as one step of the encoder's quantiser
    there: smaller ones need not have been coded (see `front.coding`). NaN where the codec does not say."""
    changed: FloatArray
    """(n,) part of the face pixels that differ from the frame before by more than rounding; NaN where it was
    not measured. A picture that the camera or an editor repeated keeps near 0 after lossy coding."""
    in_frame: FloatArray
    """(n,) fraction of the mouth landmarks that lie inside the picture."""
    plausible: FloatArray
    """(n,) 0-1: how much the tracked thing looks like a camera picture of a human face."""
    mouth_seen: FloatArray
    """(n,) 0-1: how likely the pixels where the mesh sees the lips show a bare mouth and not a mask, a hand
    or something else in front of it."""
    source: Source
    tracker: TrackerInfo
    scale: Scale
    settings: dict[str, float | str | bool] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    """What the person was asked to do, and when; empty when nothing was asked."""

    def __post_init__(self) -> None:
        n = self.t_s.shape[0]
        shapes = {
            "motion_mm": (n, N_REGIONS, 2),
            "mesh_mm": (n, N_REGIONS, 2),
            "pose_deg": (n, 3),
            "head_mm": (n, 2),
            "eye_opening_mm": (n, 2),
            "region_match": (n, N_REGIONS),
            "region_sd_mm": (n, N_REGIONS),
            "coded_step_mm": (n, N_REGIONS),
        }
        for name in PER_FRAME:
            wanted = shapes.get(name, (n,))
            got = getattr(self, name).shape
            if got != wanted:
                raise ValueError(f"Recording.{name} must have shape {wanted}, got {got}")
        if n > 1 and not bool(np.all(np.diff(self.t_s) > 0)):
            raise ValueError("Recording.t_s must increase strictly; sort or drop repeated time stamps first")

    @property
    def face(self) -> BoolArray:
        """(n,) a face was tracked."""
        return np.isfinite(self.eye_distance_px)


PER_FRAME: tuple[str, ...] = (
    "t_s",
    "motion_mm",
    "mesh_mm",
    "pose_deg",
    "head_mm",
    "eye_opening_mm",
    "mouth_opening_mm",
    "mouth_width_mm",
    "eye_distance_px",
    "residual",
    "region_match",
    "region_sd_mm",
    "sharpness",
    "brightness",
    "clipped",
    "keyframe",
    "repeated",
    "b_picture",
    "coded_step_mm",
    "changed",
    "in_frame",
    "plausible",
    "mouth_seen",
)
"""The Recording's arrays, one row a frame."""
