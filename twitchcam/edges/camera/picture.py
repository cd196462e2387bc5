"""Pictures of a camera: luma made at once in the camera's thread, colour when it is asked for.

Cameras deliver full-range BT.601 (JPEG, and what OpenCV makes of YUYV), so black is 0 and white 255, and grey
from BGR is the luma that was coded. Between black and white it compares with the luma of files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.edges.pictures import clip_box
from twitchcam.edges.planes import Box, Size, resample
from twitchcam.types import FloatArray, Image

Pixels = NDArray[Any]
_START, _END = b"\xff\xd8", b"\xff\xd9"
_PADDING: Final = 64
"""Some cameras fill up behind the end mark."""
_GREY: Final = cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION
_COLOUR: Final = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


class CameraPicture:
    """One picture of a camera; upright, square pixels, 8 bits, full range."""

    black = 0.0
    white = 255.0

    def __init__(self, luma: Pixels, bgr: Callable[[], Pixels], *, jpeg: Pixels | None = None) -> None:
        """Wrap (h, w) luma; `bgr` makes (h, w, 3) on the first demand."""
        self.luma = luma
        self.fitted_from: Size | None = None
        """(w, h) as it came, where it had to be fitted into another size."""
        self._jpeg = jpeg
        self.quantiser_steps: FloatArray | None = None
        self._make = bgr
        self._bgr: Pixels | None = None

    @property
    def width(self) -> int:
        return int(self.luma.shape[1])

    @property
    def height(self) -> int:
        return int(self.luma.shape[0])

    @property
    def jpeg(self) -> bytes | None:
        """The picture as the camera coded it, for showing it on; None where it did not, or not just so."""
        return None if self._jpeg is None else self._jpeg.tobytes()

    @property
    def bgr(self) -> Pixels:
        """(h, w, 3) uint8 in OpenCV's order; leave it alone."""
        if self._bgr is None:
            self._bgr = self._make()
        return self._bgr

    def rgb(self, box: Box | None = None, size: Size | None = None) -> Image:
        x0, y0, x1, y1 = clip_box(box, (self.width, self.height))
        part: Pixels = cv2.cvtColor(resample(self.bgr[y0:y1, x0:x1], size), cv2.COLOR_BGR2RGB)
        return part

    def brightness(self) -> float:
        """Return the mean of the picture, 0 black to 1 white, from every sixteenth line and column."""
        return float(self.luma[8::16, 8::16].mean()) / 255.0


def from_bgr(bgr: Pixels, *, size: Size | None = None, mirrored: bool = False) -> CameraPicture:
    """Return the picture of (h, w, 3) BGR or (h, w) grey pixels, fitted into `size` (w, h) if given."""
    if bgr.ndim == 2:
        bgr = cv2.cvtColor(bgr, cv2.COLOR_GRAY2BGR)
    height, width = bgr.shape[:2]
    if size is not None:
        bgr = fit(bgr, size)
    if mirrored:
        bgr = cv2.flip(bgr, 1)
    picture = CameraPicture(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), lambda: bgr)
    picture.fitted_from = None if size in (None, (width, height)) else (width, height)
    return picture


def from_jpeg(data: Pixels, *, size: Size | None = None, mirrored: bool = False) -> CameraPicture | None:
    """Return the picture of a JPEG, fitted into `size` (w, h) if given; None if it is cut off or damaged."""
    data = data.reshape(-1)
    if data[:2].tobytes() != _START or _END not in data[-_PADDING:].tobytes():
        return None
    luma: Pixels | None = cv2.imdecode(data, _GREY)
    if luma is None:
        return None

    def colour() -> Pixels:
        bgr: Pixels = cv2.imdecode(data, _COLOUR)
        return cv2.flip(bgr, 1) if mirrored else bgr

    if size is not None and luma.shape[1::-1] != size:
        return from_bgr(cv2.imdecode(data, _COLOUR), size=size, mirrored=mirrored)
    if mirrored:
        return CameraPicture(cv2.flip(luma, 1), colour)
    return CameraPicture(luma, colour, jpeg=data)


def fit(bgr: Pixels, size: Size) -> Pixels:
    """Return the picture scaled into `size` (w, h) with its proportions kept, black around it."""
    h, w = bgr.shape[:2]
    if (w, h) == size:
        return bgr
    scale = min(size[0] / w, size[1] / h)
    inner = max(1, round(w * scale)), max(1, round(h * scale))
    out = np.zeros((size[1], size[0], 3), np.uint8)
    x, y = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    out[y : y + inner[1], x : x + inner[0]] = resample(bgr, inner)
    return out
