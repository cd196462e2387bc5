"""Planes: how FFmpeg's planar YUV and grey formats lie in memory, and what their codes mean.

Readers return views of the decoder's own buffer wherever the samples can be used as stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.types import Image

Plane = NDArray[Any]
"""(h, w) uint8, or uint16 for deeper formats."""
Box = tuple[int, int, int, int]
Size = tuple[int, int]

_LIMITED, _FULL = 1, 2
"""FFmpeg's AVCOL_RANGE_MPEG and AVCOL_RANGE_JPEG; 0 is unspecified."""
_KR_KB = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
    10: (0.2627, 0.0593),
}
"""Luma weights of red and blue by FFmpeg's number: BT.709, FCC, BT.601 twice, SMPTE 240M, BT.2020 twice."""
_HD_HEIGHT = 720
"""Where a file names no colourspace, players take BT.709 from this coded height on and BT.601 below."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How the samples of a format are stored."""

    bits: int
    shift: int
    """Bits to drop at the low end (P010 keeps its ten bits at the top of sixteen)."""
    big_endian: bool
    planes: int
    interleaved: bool
    """U and V share one plane (NV12 and its kin)."""
    v_first: bool
    full_range: bool
    """The format itself means full range unless the stream says otherwise."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What sample values mean: luma codes of black and white, and the luma weights of red and blue."""

    bits: int
    full_range: bool
    kr: float
    kb: float

    @property
    def black(self) -> float:
        return 0.0 if self.full_range else 16.0 * (1 << self.bits) / 256

    @property
    def white(self) -> float:
        return (1 << self.bits) - 1.0 if self.full_range else 235.0 * (1 << self.bits) / 256


@cache
def coding_of(pixel_format: str) -> Coding | None:
    """Return the layout of an FFmpeg pixel format, or None when its luma cannot be read as a plane."""
    form = av.VideoFormat(pixel_format)
    paired = pixel_format.startswith(("nv12", "nv16", "nv21", "nv24", "nv42", "p0", "p2", "p4"))
    grey = pixel_format.startswith("gray") and not pixel_format.startswith("grayf")
    planar = pixel_format.startswith(("yuv4", "yuvj4", "yuva4")) and form.is_planar
    if not (paired or grey or planar):
        return None
    bits = form.components[0].bits
    return Coding(
        bits=bits,
        shift=16 - bits if pixel_format.startswith("p") else 0,
        big_endian=form.is_big_endian,
        planes=1 if grey else 2 if paired else 3,
        interleaved=paired,
        v_first=pixel_format in ("nv21", "nv42"),
        full_range=grey or pixel_format.startswith("yuvj"),
    )


def codes_of(frame: av.VideoFrame, coding: Coding) -> Codes:
    """Return what a frame's samples mean: its metadata, or the players' defaults where it has none."""
    named = int(frame.color_range)
    full = named == _FULL or (coding.full_range and named != _LIMITED)
    default = _KR_KB[1 if frame.height >= _HD_HEIGHT else 6]
    return Codes(coding.bits, full, *_KR_KB.get(int(frame.colorspace), default))


def read_planes(frame: av.VideoFrame, coding: Coding) -> list[Plane]:
    """Return luma, U and V as (h, w) arrays without line padding; luma alone for grey formats.

    Views of the decoder's memory, except where samples are stored shifted or in the other byte order.
    """
    kind = np.dtype(np.uint8 if coding.bits <= 8 else ">u2" if coding.big_endian else "<u2")
    planes: list[Plane] = []
    for i in range(coding.planes):
        plane, bands = frame.planes[i], 2 if i and coding.interleaved else 1
        rows = np.frombuffer(memoryview(plane), np.uint8, plane.line_size * plane.height)
        rows = rows.reshape(plane.height, plane.line_size)[:, : plane.width * bands * kind.itemsize]
        samples: Plane = rows.view(kind)
        if coding.shift or not kind.isnative:
            samples = (samples >> coding.shift).astype(np.uint16)
        planes += [samples] if bands == 1 else [samples[:, 0::2], samples[:, 1::2]]
    return [planes[0], planes[2], planes[1]] if coding.v_first else planes


def resample(part: Plane, size: Size | None) -> Plane:
    """Return the part at `size` (w, h): averaged over area when shrinking, linear when enlarging."""
    h, w = part.shape[:2]
    if size is None or size == (w, h):
        return part
    shrinks = size[0] < w or size[1] < h
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def crop_chroma(plane: Plane, box: Box, full: Size, size: Size) -> Plane:
    """Return the chroma under a luma box, at `size`, for any subsampling.

    Boxes that cut through a chroma sample are read between the samples, so that colour keeps its place.
    """
    x0, y0, x1, y1 = box
    sx, sy = _subsampling(full[0], plane.shape[1]), _subsampling(full[1], plane.shape[0])
    cx0, cy0, cx1, cy1 = x0 // sx, y0 // sy, -(-x1 // sx), -(-y1 // sy)
    if (cx0 * sx, cy0 * sy, cx1 * sx, cy1 * sy) == box:
        return resample(np.ascontiguousarray(plane[cy0:cy1, cx0:cx1]), size)
    # One sample more all round, to read between.
    cx0, cy0 = max(0, cx0 - 1), max(0, cy0 - 1)
    part = np.ascontiguousarray(plane[cy0 : cy1 + 1, cx0 : cx1 + 1])
    dx, dy = (x1 - x0) / size[0] / sx, (y1 - y0) / size[1] / sy
    to_part = np.array(
        [[dx, 0, x0 / sx - cx0 + (dx - 1) / 2], [0, dy, y0 / sy - cy0 + (dy - 1) / 2]], dtype=np.float32
    )
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(part, to_part, size, flags=how, borderMode=cv2.BORDER_REPLICATE)


def _subsampling(full: int, chroma: int) -> int:
    return max(1, round(full / chroma))


def to_rgb(bands: list[Plane], codes: Codes) -> Image:
    """Return (h, w, 3) RGB of equally large luma, U and V, or of luma alone."""
    if codes.bits > 8:
        bands = [cv2.convertScaleAbs(b, alpha=1.0 / (1 << (codes.bits - 8))) for b in bands]
    if len(bands) == 1:
        bands = [bands[0], *[np.full_like(bands[0], 128)] * 2]
    yuv: Plane = cv2.merge(bands)
    rgb: Plane = cv2.transform(yuv, _rgb_matrix(codes.full_range, codes.kr, codes.kb))
    return rgb


@cache
def _rgb_matrix(full_range: bool, kr: float, kb: float) -> NDArray[np.float32]:
    """Return the (3, 4) matrix from 8-bit Y'CbCr to R'G'B' (ITU-T H.273, MatrixCoefficients)."""
    kg = 1.0 - kr - kb
    y, c, black = (1.0, 1.0, 0.0) if full_range else (255 / 219, 255 / 224, 16.0)
    red, blue = 2 * (1 - kr) * c, 2 * (1 - kb) * c
    mix = np.array([[y, 0, red], [y, -blue * kb / kg, -red * kr / kg], [y, blue, 0]])
    return np.hstack([mix, -mix @ [[black], [128.0], [128.0]]]).astype(np.float32)
