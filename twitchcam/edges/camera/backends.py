"""Backends: which of OpenCV's ways to a camera is used where, and in what units each speaks of exposure."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Final

import cv2

SYSTEM: str = sys.platform


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one backend sets and reads the shutter."""

    manual: float
    automatic: float
    log2: bool
    """Exposure is a power of two of a second; else it counts units of `unit_s`."""
    unit_s: float = 1.0

    def seconds(self, value: float) -> float | None:
        """Return the exposure in s, None where the camera does not say."""
        if not math.isfinite(value) or (value <= 0 and not self.log2) or (value == 0 and self.log2):
            return None
        seconds = 2.0**value if self.log2 else value * self.unit_s
        return seconds if 1e-6 < seconds < 10.0 else None

    def value(self, seconds: float) -> float:
        """Return the number that asks for an exposure of so many seconds."""
        return float(round(math.log2(seconds))) if self.log2 else max(1.0, round(seconds / self.unit_s))


DIALECTS: Final = {
    cv2.CAP_V4L2: Dialect(manual=1, automatic=3, log2=False, unit_s=1e-4),
    cv2.CAP_DSHOW: Dialect(manual=0.25, automatic=0.75, log2=True),
    cv2.CAP_MSMF: Dialect(manual=0, automatic=1, log2=True),
}
"""V4L2: V4L2_CID_EXPOSURE_AUTO (1 manual, 3 aperture priority) and V4L2_CID_EXPOSURE_ABSOLUTE, in 100 us, as
the kernel defines them. Windows: IAMCameraControl's powers of two. AVFoundation has no exposure in OpenCV."""


def backends() -> list[int]:
    """Return the backends for a camera of this computer, best first.

    DirectShow comes before Media Foundation: that one takes up to half a minute to start some cameras.
    """
    if SYSTEM == "linux":
        return [cv2.CAP_V4L2]
    if SYSTEM == "darwin":
        return [cv2.CAP_AVFOUNDATION]
    if SYSTEM == "win32":
        return [cv2.CAP_DSHOW, cv2.CAP_MSMF]
    return [cv2.CAP_ANY]
