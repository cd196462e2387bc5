"""How a synthetic clip is filmed and stored: plain frozen settings, checked at construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from twitchcam.synth.refuse import require

Codec = Literal["h264", "hevc", "vp9", "av1", "mjpeg", "ffv1"]


@dataclass(frozen=True, slots=True)
class Breathing:
    """Autofocus that hunts: the picture goes soft and comes back, and its size goes along."""

    magnify: float = 0.0
    """Largest relative change of the picture's size, each way (lenses breathe by 0.005 to 0.01)."""
    blur_px: float = 0.0
    """Largest added blur (Gaussian sd, picture pixels)."""
    period_s: float = 3.0
    """Of one swing of the lens; the blur passes its least twice in it."""

    def __post_init__(self) -> None:
        require(0 <= self.magnify <= 0.05, "breathing", "magnify is a fraction up to 0.05")
        require(0 <= self.blur_px <= 5, "breathing", f"blur_px must be 0-5, got {self.blur_px:g}")
        require(self.period_s > 0, "breathing", "period_s must be positive")


@dataclass(frozen=True, slots=True)
class Exposure:
    """From `t_s` on the picture is `gain` times as bright (auto-exposure steps)."""

    t_s: float
    gain: float


@dataclass(frozen=True, slots=True)
class Camera:
    """How the scene is filmed."""

    size: tuple[int, int] = (1280, 720)
    """Width and height of the picture as shown."""
    fps: float = 30.0
    noise: float = 1.5
    """Standard deviation of the sensor noise in the dark, grey levels of 255."""
    shot: float = 0.0
    """Noise of the light itself: variance (grey levels squared) for each grey level. About 0.02 in daylight,
    0.3 and more at the gain that a dim room needs."""
    smear: float = 0.0
    """Noise reduction as phones do it: differences below so many grey levels are averaged away."""
    infrared: bool = False
    """A night camera: grey, pale skin, dark pupils, little contrast."""
    distance_mm: float | None = None
    """From the camera to the eyes, for perspective and parallax alone; the photo counts as taken from 600 mm.
    The size in the picture is the clip's `eye_distance_px`."""
    blur_px: float = 0.6
    """Blur of lens and sensor (Gaussian sd, picture pixels). Below 0.5 detail finer than the pixel grid
    aliases."""
    exposures: tuple[Exposure, ...] = ()
    flicker: float = 0.0
    """Relative amplitude of mains flicker in the brightness."""
    flicker_hz: float = 100.0
    """True flicker frequency of the light; what the video shows is its alias."""
    rolling_s: float = 0.0
    """Time from the top row's exposure to the bottom row's: flicker then shows as bands. Movement is not
    skewed."""
    shake_mm: float = 0.0
    """Largest excursion of a hand-held camera, each way: the whole picture moves."""
    shake_deg: float = 0.0
    """Largest roll of a hand-held camera, each way, about the picture's centre."""
    breathing: Breathing = Breathing()
    exposure_fraction: float = 0.0
    """Part of the frame interval that the shutter is open; above 0 the motion blurs."""
    drop: float = 0.0
    """Fraction of frames lost at random; the others keep their time stamps (variable frame rate)."""
    slow_from_s: float | None = None
    """From here on every second frame is left out and the shutter stays open twice as long, as phones do in
    the dark."""
    repeat: int = 1
    """Every picture is written so many times: a 15 fps camera stored at `fps` 30 has 2."""
    seed: int = 0

    def __post_init__(self) -> None:
        w, h = self.size
        require(
            w % 2 == 0 and h % 2 == 0 and min(w, h) >= 64,
            "camera",
            f"size must be even and >= 64, got {w}x{h}",
        )
        require(1 <= self.fps <= 1000, "camera", f"fps must be 1-1000, got {self.fps:g}")
        require(0 <= self.drop < 0.9, "camera", f"drop is a fraction below 0.9, got {self.drop:g}")
        require(0 <= self.exposure_fraction <= 1, "camera", "exposure_fraction must be 0-1")
        for name in ("noise", "shot", "smear", "rolling_s", "shake_mm", "shake_deg"):
            require(getattr(self, name) >= 0, "camera", f"{name} must not be negative")
        require(0 <= self.flicker < 1, "camera", f"flicker is a fraction below 1, got {self.flicker:g}")
        require(self.shake_deg <= 5, "camera", f"shake_deg must be 0-5, got {self.shake_deg:g}")
        require(self.repeat >= 1 and self.repeat == int(self.repeat), "camera", "repeat is a whole number")
        require(
            self.distance_mm is None or 300 <= self.distance_mm <= 3000,
            "camera",
            "distance_mm must be 300 to 3000 (millimetres)",
        )


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the pictures are stored."""

    codec: Codec = "h264"
    bit_rate_bps: float | None = 12e6
    """Target rate; None uses `crf`."""
    crf: float | None = None
    """Constant quality (smaller is better); overrides `bit_rate_bps`."""
    preset: str = "veryfast"
    """Effort of x264 and x265."""
    tune: str = ""
    """Tuning of x264 and x265; 'grain' keeps fine motion that they would otherwise smooth away."""
    params: str = ""
    """Further x264 or x265 parameters, such as 'mbtree=0:bframes=0'."""
    rotation_deg: int = 0
    """Clockwise turn a player must apply (0, 90, 180, 270): the pictures are stored turned the other way.
    MP4/MOV only."""
    pixel_aspect: float = 1.0
    """Width over height of one stored pixel (anamorphic video): the picture is stored narrower by this."""

    def __post_init__(self) -> None:
        require(
            self.codec in ("h264", "hevc", "vp9", "av1", "mjpeg", "ffv1"),
            "encoding",
            f"unknown codec {self.codec!r}",
        )
        require(self.rotation_deg in (0, 90, 180, 270), "encoding", "rotation_deg must be 0, 90, 180 or 270")
        require(0.4 <= self.pixel_aspect <= 2.5, "encoding", "pixel_aspect must be 0.4 to 2.5")
        rate = self.bit_rate_bps
        require(rate is None or 1e3 <= rate <= 1e9, "encoding", f"bit_rate_bps {rate}: use 1e3 to 1e9")


WEBCAM = Camera()
PLAIN = Encoding()
