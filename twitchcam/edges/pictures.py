"""Pictures: upright, square pixels, luma as coded, and small RGB crops without converting the whole frame.

Measurement reads the luma plane, which for planar video is a view into the decoder's own buffer. The face
tracker wants a few hundred pixels of RGB; those are cropped and resized plane by plane before the colours are
converted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.edges.planes import (
    Box,
    Codes,
    Plane,
    Size,
    codes_of,
    coding_of,
    crop_chroma,
    read_planes,
    resample,
    to_rgb,
)
from twitchcam.edges.quantiser import steps_of
from twitchcam.types import FloatArray, Image

_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Upright:
    """How coded pixels become an upright picture with square pixels: stretch, then turn, then flip."""

    stretched: Size
    """(w, h) with square pixels, before turning."""
    turns: int = 0
    """Quarter turns clockwise, 0 to 3."""
    flip: bool = False
    """Swap left and right after turning."""

    @property
    def size(self) -> Size:
        """(w, h) of the upright picture."""
        w, h = self.stretched
        return (h, w) if self.turns % 2 else (w, h)

    def apply(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Turn and flip an array; the same memory where there is nothing to do."""
        if self.turns:
            pixels = cv2.rotate(pixels, _TURNS[self.turns])
        return cv2.flip(pixels, 1) if self.flip else pixels

    def unturn(self, box: Box) -> Box:
        """Return where a box of the upright picture lies before turning and flipping."""
        x0, y0, x1, y1 = box
        w, h = self.size
        if self.flip:
            x0, x1 = w - x1, w - x0
        return {
            0: (x0, y0, x1, y1),
            1: (y0, w - x1, y1, w - x0),
            2: (w - x1, h - y1, w - x0, h - y0),
            3: (h - y1, x0, h - y0, x1),
        }[self.turns]


def square_size(coded: Size, sample_aspect: float) -> Size:
    """Return the size with square pixels: the short side of a pixel is stretched, so that nothing is lost."""
    w, h = coded
    if sample_aspect >= 1.0:
        return max(1, round(w * sample_aspect)), h
    return w, max(1, round(h / sample_aspect))


class ArrayPicture:
    """A picture held as an array: cameras, generated frames, tests."""

    def __init__(self, pixels: Plane, *, black: float = 0.0, white: float | None = None) -> None:
        """Wrap (h, w, 3) RGB uint8, or (h, w) grey uint8 or uint16 with the given codes of black and white.

        White defaults to the largest code of the type. The array is not copied: leave it alone afterwards.
        """
        colour = pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8
        grey = pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16)
        if not (colour or grey) or 0 in pixels.shape:
            raise ValueError(
                "a picture is (h, w, 3) uint8 RGB or (h, w) uint8 or uint16 grey, got "
                f"{pixels.shape} {pixels.dtype}"
            )
        self._pixels = pixels
        self._luma: Plane | None = pixels if grey else None
        self.black = black
        self.white = float(np.iinfo(pixels.dtype).max) if white is None else white
        self.quantiser_steps: FloatArray | None = None

    @property
    def width(self) -> int:
        return int(self._pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self._pixels.shape[0])

    @property
    def luma(self) -> Plane:
        """Grey as given, or BT.601 luma (full range) of the RGB."""
        if self._luma is None:
            self._luma = cv2.cvtColor(self._pixels, cv2.COLOR_RGB2GRAY)
        return self._luma

    def rgb(self, box: Box | None = None, size: Size | None = None) -> Image:
        x0, y0, x1, y1 = clip_box(box, (self.width, self.height))
        part = resample(self._pixels[y0:y1, x0:x1], size)
        if part.ndim == 2:
            gain = 255.0 / (self.white - self.black)
            part = cv2.cvtColor(
                np.clip((part - self.black) * gain + 0.5, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB
            )
        return np.ascontiguousarray(part)


class DecodedPicture:
    """One decoded frame; nothing is converted until asked for. The decoder's buffer lives as long as this."""

    def __init__(self, frame: av.VideoFrame, upright: Upright) -> None:
        self._frame = frame
        self._upright = upright
        self._coding = coding_of(frame.format.name)
        self._codes = codes_of(frame, self._coding) if self._coding else Codes(8, True, 0.299, 0.114)
        self._luma: Plane | None = None
        self._planes: list[Plane] | None = None
        self._whole: ArrayPicture | None = None

    @property
    def width(self) -> int:
        return self._upright.size[0]

    @property
    def height(self) -> int:
        return self._upright.size[1]

    @property
    def black(self) -> float:
        return self._codes.black

    @property
    def white(self) -> float:
        return self._codes.white

    @property
    def luma(self) -> Plane:
        """(height, width), read-only: coded luma turned upright, or grey for formats without a luma plane."""
        if self._luma is None:
            planar = self._coding is not None
            luma = self._upright.apply(self._square_planes()[0]) if planar else self._converted().luma
            luma.flags.writeable = False
            self._luma = luma
        return self._luma

    @property
    def quantiser_steps(self) -> FloatArray | None:
        """(rows, columns) of the upright picture, in 8-bit grey levels; None where the codec does not say."""
        steps = steps_of(self._frame)
        return None if steps is None else self._upright.apply(steps)

    def rgb(self, box: Box | None = None, size: Size | None = None) -> Image:
        if self._coding is None:
            return self._converted().rgb(box, size)
        inner = self._upright.unturn(clip_box(box, self._upright.size))
        x0, y0, x1, y1 = inner
        before = (x1 - x0, y1 - y0) if size is None else size[::-1] if self._upright.turns % 2 else size
        luma, *chroma = self._square_planes()
        bands = [resample(luma[y0:y1, x0:x1], before)]
        bands += [crop_chroma(plane, inner, self._upright.stretched, before) for plane in chroma]
        return self._upright.apply(to_rgb(bands, self._codes))

    def _square_planes(self) -> list[Plane]:
        """Return luma, U and V with square pixels, not yet turned."""
        if self._planes is None:
            assert self._coding is not None
            planes = read_planes(self._frame, self._coding)
            size = self._upright.stretched
            if size != (self._frame.width, self._frame.height):
                planes = [cv2.resize(p, size, interpolation=cv2.INTER_CUBIC) for p in planes]
            self._planes = planes
        return self._planes

    def _converted(self) -> ArrayPicture:
        """Return the whole frame as RGB, for formats that are not planar YUV."""
        if self._whole is None:
            pixels: Plane = self._frame.reformat(format="rgb24", threads=1).to_ndarray()
            if pixels.shape[1::-1] != self._upright.stretched:
                pixels = cv2.resize(pixels, self._upright.stretched, interpolation=cv2.INTER_CUBIC)
            self._whole = ArrayPicture(np.ascontiguousarray(self._upright.apply(pixels)))
        return self._whole


def clip_box(box: Box | None, size: Size) -> Box:
    """Return the box cut to a picture of `size` (w, h); the whole picture for None."""
    if box is None:
        return 0, 0, *size
    x0, y0, x1, y1 = max(0, box[0]), max(0, box[1]), min(size[0], box[2]), min(size[1], box[3])
    if x0 >= x1 or y0 >= y1:
        raise ValueError(f"box {box} (x0, y0, x1, y1) has no pixel inside the {size[0]}x{size[1]} picture")
    return x0, y0, x1, y1
