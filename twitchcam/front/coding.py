"""Which displacements an encoder may have dropped.

An encoder predicts each block from another picture and codes what is left, rounded to its quantiser's step Q
(in an orthonormal transform). A region that moves by d changes an 8 x 8 block by 8 g d in all, g the root
mean square gradient there. So `Q / (8 g)` is the displacement that is worth one step: what is much smaller
is rounded away, the prediction stands, and the skin stays where it was. Measured on synthetic clips of H.264,
HEVC and VP9 about half of a twitch of this size survives (docs, "What the codec takes").

The camera's own noise carries small changes over the rounding (dither), as long as the step is not much
larger than the noise: a quantiser's non-linearity falls by exp(-2 pi^2 s^2 / Q^2) with noise of standard
deviation s (Widrow & Kollar 2008, Quantization Noise, ch. 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from twitchcam.front.anatomy import region_places
from twitchcam.types import FloatArray, Luma, Picture

REACH: Final = 0.127
"""Half width of a region's window in eye distances (8 mm): the size of a bump, and a block or two."""
BLOCK: Final = 8.0
"""Side of the transform block; x264, x265 and libvpx choose 8 most often in a face of 100 px."""
DITHER_SD: Final = 0.8
"""Grey levels: the least noise that cameras leave in their pictures (fitted; 0.5 to 1.0 fit alike)."""
EVERY_S: Final = 0.5
"""How often the gradients are looked at: the face's texture hardly changes."""


@dataclass
class CodingWatch:
    """Follows how coarsely the face is coded, frame by frame."""

    _gradient: FloatArray | None = None
    _seen_s: float = -np.inf

    def look(self, picture: Picture, t_s: float, points: FloatArray, grey_scale: float) -> FloatArray | None:
        """Return (19,) the displacement worth one quantiser step in each region, in source pixels.

        None where the codec does not say. `points` (478, 3) landmarks, `grey_scale` carries luma codes to
        8-bit ones.
        """
        steps = picture.quantiser_steps
        if steps is None:
            return None
        places = region_places(points)[:, :2]
        reach = REACH * float(np.linalg.norm(points[468, :2] - points[473, :2]))
        if self._gradient is None or t_s - self._seen_s >= EVERY_S:
            self._gradient, self._seen_s = gradients_at(picture.luma, places, reach, grey_scale), t_s
        step = steps_at(steps, places, reach, (picture.width, picture.height))
        return worth_a_step(step, self._gradient)


def worth_a_step(step: FloatArray, gradient: FloatArray) -> FloatArray:
    """Return the displacement (pixels) worth one step; `step` grey levels, `gradient` grey levels a pixel."""
    dithered = np.exp(-2 * (np.pi * DITHER_SD / np.maximum(step, 1e-3)) ** 2)
    return np.asarray(step * dithered / (BLOCK * np.maximum(gradient, 1e-3)))


def gradients_at(luma: Luma, places: FloatArray, reach: float, grey_scale: float = 1.0) -> FloatArray:
    """Return (19,) root mean square gradient (one direction, 8-bit grey levels a pixel) around the places."""
    h, w = luma.shape
    half = max(1, round(reach))
    low = np.clip(np.floor(places.min(axis=0)) - half - 1, 0, [w - 1, h - 1]).astype(int)
    high = np.clip(np.ceil(places.max(axis=0)) + half + 2, low + 1, [w, h]).astype(int)
    part = luma[low[1] : high[1], low[0] : high[0]].astype(np.float32) * np.float32(grey_scale)
    slope = np.array([-0.5, 0.0, 0.5], np.float32)
    one = np.ones(1, np.float32)
    across, down = cv2.sepFilter2D(part, -1, slope, one), cv2.sepFilter2D(part, -1, one, slope)
    energy = cv2.blur(0.5 * (across * across + down * down), (2 * half + 1,) * 2)
    at = np.clip(np.round(places).astype(int) - low, 0, high - low - 1)
    return np.asarray(np.sqrt(np.maximum(energy[at[:, 1], at[:, 0]], 0.0)), float)


def steps_at(steps: FloatArray, places: FloatArray, reach: float, size: tuple[int, int]) -> FloatArray:
    """Return (19,) the mean step around the places; `steps` (rows, columns) covers the picture's `size`."""
    if steps.size == 1:
        return np.full(len(places), float(steps[0, 0]))
    around = np.array([(x, y) for y in (-reach, 0.0, reach) for x in (-reach, 0.0, reach)])
    shape = np.array(steps.shape[::-1])
    at = ((places[:, None] + around) * (shape / np.array(size))).astype(int)
    at = np.clip(at, 0, shape - 1)
    return np.asarray(steps[at[..., 1], at[..., 0]].mean(axis=1), float)
