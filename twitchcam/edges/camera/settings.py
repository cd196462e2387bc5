"""What is asked of a camera, and what it says it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twitchcam.errors import InputRefused

_SHORT: Final = 0.97
"""A rate below this part of the one asked for is another rate (29.97 for 30 is not)."""


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Wishes. A camera takes the nearest it can, a stream from the network none of them."""

    width: int = 1280
    height: int = 720
    """720 lines: an eye distance of 100-200 px at arm's length; 1080 costs twice the time for little."""
    fps: float = 30.0
    exposure_s: float | None = None
    """Fixed shutter time; None leaves it to the camera."""
    mirrored: bool = False
    """The source shows a mirror image (some virtual cameras do); its pictures are flipped back."""
    give_up_s: float | None = None
    """A camera that was lost is looked for so long; None: until the feed is closed."""

    def __post_init__(self) -> None:
        if not (16 <= self.width <= 10_000 and 16 <= self.height <= 10_000):
            raise InputRefused(f"camera size {self.width}x{self.height}: give pixels, for example 1280x720")
        if not 1 <= self.fps <= 1000:
            raise InputRefused(f"camera rate {self.fps:g}: give pictures a second, 1 to 1000; 30 is usual")
        if self.exposure_s is not None and not 1e-5 <= self.exposure_s <= 0.5:
            raise InputRefused(
                f"camera exposure {self.exposure_s:g} s: give the shutter time in seconds, 0.00001 to 0.5"
            )


@dataclass(frozen=True, slots=True)
class Given:
    """What the camera says it does after it was asked. What really comes is measured (`Feed.status`)."""

    width: int
    height: int
    fps: float | None
    """None where the source does not know (most streams)."""
    exposure_s: float | None
    """Shutter time as read back; cameras on automatic may not keep it up to date."""
    auto_exposure: bool | None
    pixel_format: str
    """Four letters, such as MJPG or YUYV; empty where unknown."""
    backend: str

    def differs(self, wanted: CameraSettings) -> str | None:
        """Return a sentence on what was not granted, None when all was."""
        said = []
        if (self.width, self.height) != (wanted.width, wanted.height):
            said.append(f"{self.width}x{self.height} instead of {wanted.width}x{wanted.height}")
        if self.fps is not None and self.fps < _SHORT * wanted.fps:
            said.append(f"{self.fps:.4g} pictures a second instead of {wanted.fps:.4g}")
        if wanted.exposure_s is not None and not self._keeps(wanted.exposure_s):
            known = self.exposure_s is not None and not self.auto_exposure
            got = f"{1e3 * (self.exposure_s or 0.0):.3g} ms" if known else "an automatic one"
            said.append(f"{got} instead of an exposure of {1e3 * wanted.exposure_s:.3g} ms")
        return f"The camera gives {', '.join(said)}." if said else None

    def _keeps(self, exposure_s: float) -> bool:
        """Cameras have steps, Windows even powers of two: within a third is kept."""
        known = self.exposure_s is not None and not self.auto_exposure
        return known and self.exposure_s is not None and 0.7 < self.exposure_s / exposure_s < 1.4
