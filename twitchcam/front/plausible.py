"""Does the tracked thing look like a camera picture of a human face, or like a drawing?

A face mesh and a face detector fit a cartoon as happily as a person: drawn faces, flat avatars and
posterised photos gave what people give (detector score 0.64-0.93 against 0.83-0.96; mesh proportions
within people's range). What tells them apart is the skin. Skin is curved, so its brightness changes
everywhere; a drawing is made of even patches with sharp edges. So we look at the slope of the luma over
the skin, relative to the luma itself: neither colour nor tone plays a part, and a grey infrared picture
is judged like any other.

Measured on 400 pictures of ten people (seven portraits, and webcam and phone clips of others; dark,
overexposed, grey, blurred, noisy, small, smoothed by a beauty filter, coded at 100 kbit/s): at most 27 %
of the skin is even on the coarse scale and 36 % on the fine one, so every one was judged 1. Of 177 flat
drawings and avatars, clean or filmed with noise and uneven light, at least 54 % is even on the coarse
scale: every one was judged 0. Posterised photos lie between. What is shaded like skin is not told from
it: pencil drawings, paintings, rendered figures.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.front import canonical
from twitchcam.front.anatomy import EYES, OUTER_LIPS, OVAL
from twitchcam.front.canonical import Geometry
from twitchcam.front.registration import cut_out
from twitchcam.types import BoolArray, FloatArray, Image, Luma

EVEN: Final = 0.15
"""Skin is even where the luma changes by less than this part of itself per eye distance."""
COARSE: Final = 1 / 32
FINE: Final = 1 / 64
"""Smoothing (standard deviation) before slopes are taken, in eye distances."""
COARSE_LIMITS: Final = (0.30, 0.50)
FINE_LIMITS: Final = (0.38, 0.58)
"""Even part of the skin up to which it is a face for sure, and from which it is none."""
DARK: Final = (0.04, 0.12)
"""Mean luma (0 black to 1 white) below which coding may have made real skin even, and above which the
judgement counts fully."""
ENOUGH: Final = 0.3
"""Part of the skin that must be neither black nor white for a judgement."""
BROWS: Final = ((276, 283, 282, 295, 296, 334, 293, 300), (46, 53, 52, 65, 66, 105, 63, 70))
"""Left, right."""
NOSE: Final = (98, 327, 2, 4, 1, 49, 279)


def plausibility(luma: Luma, points_px: FloatArray, black: float, white: float) -> float:
    """Return 0 (a drawing) to 1 (may be a face).

    1 is also returned where nothing can be said: in the dark, when most of the skin is burnt out, or outside
    the picture.

    Parameters
    ----------
    luma : (h, w) array
        The whole picture.
    points_px : (478, 3) array
        Landmarks in the picture.
    black, white : float
        Luma codes of black and white.
    """
    geometry, to_picture = canonical.define(points_px)
    cut = cut_out(luma, to_picture, geometry)
    if cut is None:
        return 1.0
    # From the mesh alone, so that it shows what is there even where registration has gone astray.
    crop, inside = _warp(*cut, geometry, to_picture)
    eye_distance_px = geometry.eye_distance_px
    skin = skin_mask(geometry.landmarks_px, crop.shape, eye_distance_px)
    light = (crop - np.float32(black)) / np.float32(white - black)
    lit: BoolArray = skin & inside & (light > 0.01) & (light < 0.97)
    if np.count_nonzero(lit) <= ENOUGH * max(np.count_nonzero(skin), 1):
        return 1.0
    mean = float(light[lit].mean())
    slope = EVEN * mean / eye_distance_px
    coarse = _falling(even_part(light, lit, COARSE * eye_distance_px, slope), COARSE_LIMITS)
    fine = _falling(even_part(light, lit, FINE * eye_distance_px, slope), FINE_LIMITS)
    certain = 1.0 - _falling(mean, DARK)
    return 1.0 - certain * (1.0 - min(coarse, fine))


def _warp(
    part: FloatArray, offset: tuple[int, int], geometry: Geometry, to_picture: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return the upright (h, w) face crop, and where it lies inside the picture."""
    matrix = to_picture - np.column_stack([np.zeros((2, 2)), offset])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(part, matrix, geometry.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpAffine(np.ones(part.shape, np.uint8), matrix, geometry.size, flags=flags)
    return np.asarray(crop, np.float32), inside > 0


def even_part(light: FloatArray, where: BoolArray, smooth_px: float, slope_per_px: float) -> float:
    """Return the fraction of `where` in which the smoothed picture changes by less than `slope_per_px`."""
    smooth = cv2.GaussianBlur(light, (0, 0), max(smooth_px, 0.6))
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    return float(np.mean(np.hypot(across[where], down[where]) < slope_per_px))


def skin_mask(points_px: FloatArray, shape: tuple[int, ...], eye_distance_px: float) -> BoolArray:
    """Return (h, w) True on the skin: the face's oval without its rim, eyes, brows, mouth and nose tip."""
    oval = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(oval, [_corners(points_px, OVAL)], (1,))
    features = np.zeros(shape[:2], np.uint8)
    for group in (*(eye + brow for eye, brow in zip(EYES, BROWS, strict=True)), OUTER_LIPS, NOSE):
        cv2.fillPoly(features, [cv2.convexHull(_corners(points_px, group))], (1,))
    rim, margin = max(1, round(eye_distance_px / 14)), max(1, round(eye_distance_px / 20))
    inside: BoolArray = cv2.erode(oval, _square(rim)) > 0
    skin: BoolArray = inside & (cv2.dilate(features, _square(margin)) == 0)
    return skin


def _corners(points_px: FloatArray, ids: tuple[int, ...]) -> NDArray[np.int32]:
    corners: NDArray[np.int32] = np.round(points_px[list(ids), :2]).astype(np.int32)
    return corners


def _square(reach: int) -> Image:
    return np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)


def _falling(x: float, limits: tuple[float, float]) -> float:
    """Return 1 up to the first limit, 0 from the second."""
    return float(np.clip((limits[1] - x) / (limits[1] - limits[0]), 0.0, 1.0))
