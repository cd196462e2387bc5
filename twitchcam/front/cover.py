"""Is there a mouth where the mesh says so, or something in front of it?

A face mesh reports lips under a mask, a hand or a cup with the same confidence as bare ones: in 2,800
pictures, half of them with the mouth covered, it found a face in every one. So the pixels are asked: a
window of 1.25 by 1.125 eye distances around the mesh's mouth, brought to 40 by 36 pixels, is described by
the strength of its edges in eight directions in each of 9 by 10 cells, relative to their surroundings
(histograms of oriented gradients: Dalal & Triggs 2005, CVPR), both halves of the mouth averaged; a linear
rule with the weights of `cover_weights` tells mouths from covers. It needs no colour, so that it judges
skin of any tone, and infrared pictures, alike. The weights were fitted by `scripts/fit_cover.py`, which
also prints what they are worth on people they were not fitted on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from twitchcam.front.anatomy import MOUTH_CORNERS, eye_centres
from twitchcam.front.cover_weights import BIAS, WEIGHTS
from twitchcam.types import BARE_MOUTH, FloatArray, Frame, Luma

LOOK_EVERY_S: Final = 0.2
SCALE_PX: Final = 32
"""Window pixels for one eye distance: the smallest face that is measured has about as many."""
SIZE: Final = (40, 36)
"""Width and height of the window: from the nostrils to the crease of the chin, and beyond both corners."""
ABOVE: Final = 0.5
"""Eye distances from the window's upper edge to the middle of the mouth."""
CELL: Final = 4
DIRECTIONS: Final = 8
LOBE: Final = 0.6
"""Cosine from which on an edge counts for a direction: each lies in one or two of them."""
SMOOTH_PX: Final = 0.8
SURROUNDINGS: Final = 1.6
"""Reach (standard deviation, cells) of the surroundings that an edge's strength is relative to."""
FAINT: Final = 0.02
"""Edges below this part of the luma per pixel are noise; added to the surroundings."""
DARKEST: Final = 0.03
"""Mean luma (0 black to 1 white) below which nothing is said."""


@dataclass
class MouthWatch:
    """Looks for the mouth every `LOOK_EVERY_S`; the answer stands until the next look."""

    bare_s: float = 0.0
    """For how long the mouth has been seen without a break."""
    _looked_s: float = -np.inf
    _seen: float = 1.0
    _bare_from_s: float | None = None

    def look(self, frame: Frame, points_px: FloatArray) -> float:
        """Return how likely a bare mouth is seen, 0 to 1."""
        if frame.t_s - self._looked_s >= LOOK_EVERY_S:
            picture = frame.picture
            self._seen = mouth_seen(picture.luma, points_px, picture.black, picture.white)
            self._looked_s = frame.t_s
        if self._seen < BARE_MOUTH:
            self._bare_from_s = None
        elif self._bare_from_s is None:
            self._bare_from_s = frame.t_s
        self.bare_s = 0.0 if self._bare_from_s is None else frame.t_s - self._bare_from_s
        return self._seen


def mouth_seen(luma: Luma, points_px: FloatArray, black: float, white: float) -> float:
    """Return how likely a bare mouth is seen, 0 (covered) to 1; 1 where nothing can be said.

    Parameters
    ----------
    luma : (h, w) array
        The whole picture.
    points_px : (478, 3) array
        Landmarks in the picture.
    black, white : float
        Luma codes of black and white.
    """
    window = cut_window(luma, points_px)
    if window is None:
        return 1.0
    light = np.clip((window - np.float32(black)) / np.float32(white - black), 0.0, 1.0)
    if float(light.mean()) < DARKEST:
        return 1.0
    return float(1 / (1 + np.exp(-score(light))))


def cut_window(luma: Luma, points_px: FloatArray) -> FloatArray | None:
    """Return the (36, 40) upright window around the mesh's mouth in luma codes; None outside the picture."""
    eyes = eye_centres(points_px)
    distance = float(np.linalg.norm(eyes[0] - eyes[1]))
    corners = points_px[list(MOUTH_CORNERS), :2]
    # Half by the eyes, half by the lips: each alone may be pulled askew.
    along = (eyes[0] - eyes[1])[:2] + corners[0] - corners[1]
    along = along / np.hypot(*along)
    k = distance / SCALE_PX
    linear = k * np.array([[along[0], -along[1]], [along[1], along[0]]])
    middle = (corners.sum(axis=0) + points_px[13, :2] + points_px[14, :2]) / 4
    shift = middle - linear @ np.array([(SIZE[0] - 1) / 2, ABOVE * SCALE_PX])
    ends = np.array([[0, 0], [SIZE[0], 0], [0, SIZE[1]], SIZE]) @ linear.T + shift
    low = np.maximum(np.floor(ends.min(axis=0)).astype(int) - 3, 0)
    high = np.minimum(np.ceil(ends.max(axis=0)).astype(int) + 4, luma.shape[::-1])
    if (high - low).min() < 8:
        return None
    part = luma[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    if k > 1:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.45 * k), np.float32)
    matrix = np.column_stack([linear, shift - low])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(part, matrix, SIZE, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def score(window: FloatArray) -> float:
    """Return the log odds of a bare mouth in a (36, 40) window of luma, 0 black to 1 white."""
    return float(describe(window) @ WEIGHTS + BIAS)


def describe(window: FloatArray) -> FloatArray:
    """Return the (360,) edge strengths of a (36, 40) window; its mirror image has the same."""
    strength = _edges(window)
    energy = np.sqrt(np.einsum("dij,dij->ij", strength, strength))
    around = cv2.GaussianBlur(energy, (0, 0), SURROUNDINGS) + np.float32(
        FAINT * (float(window.mean()) + 0.015)
    )
    relative = np.sqrt(np.minimum(strength / around, 1.0))
    mirrored = relative[(DIRECTIONS // 2 - np.arange(DIRECTIONS)) % DIRECTIONS][:, :, ::-1]
    both = (relative + mirrored) / 2
    return np.asarray(both[:, :, : both.shape[2] // 2].ravel())


def _edges(window: FloatArray) -> FloatArray:
    """(8, 9, 10) mean strength of the edges in each direction and cell."""
    smooth = cv2.GaussianBlur(np.asarray(window, np.float32), (0, 0), SMOOTH_PX)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    angle = (2 * np.pi / DIRECTIONS * np.arange(DIRECTIONS, dtype=np.float32))[:, None, None]
    along = np.cos(angle) * across + np.sin(angle) * down
    lobes = np.maximum(along - LOBE * np.hypot(across, down), 0) / (1 - LOBE)
    soft = np.stack([cv2.GaussianBlur(lobe, (0, 0), 0.35 * CELL) for lobe in lobes])
    rows, columns = window.shape[0] // CELL, window.shape[1] // CELL
    return np.asarray(soft.reshape(DIRECTIONS, rows, CELL, columns, CELL).mean(axis=(2, 4)))
