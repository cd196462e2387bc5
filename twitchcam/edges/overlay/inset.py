"""The inset: the mouth held still with its measured motion enlarged, while it happens.

The same warp as the magnified video's, from what is known by then: the rest position is that of the traces,
and only what stands well out of the usual noise is enlarged.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from twitchcam.front.anatomy import region_places
from twitchcam.front.canonical import apply, invert
from twitchcam.front.swell import STEEPEST, Swelling, look_back
from twitchcam.regions import LIP_INDEX, LOWER_INDEX
from twitchcam.types import FloatArray, Image, Picture

SIDE: Final = 288
"""Of the picture, pixels."""
ACROSS: Final = 1.5
"""What it shows, in eye distances (9 cm)."""
TIMES: Final = 10.0
NOISE: Final = (0.0013, 0.0032)
"""Eye distances (0.08 and 0.2 mm) below which nothing is enlarged, and from which all is."""
RECOVERS: Final = 0.1
"""After a large movement the factor grows back by this part with each picture."""
_STEP: Final = 4
_MOVED: Final = 0.03
"""The field is laid out anew when the regions lie this far from where it has them (eye distances)."""
_COLUMNS: Final = list(LOWER_INDEX)


class Inset:
    """Paints one picture after the other."""

    def __init__(self) -> None:
        self.factor = TIMES
        """How many times the last picture was enlarged."""
        self._places: FloatArray | None = None

    def paint(
        self, picture: Picture, points_px: FloatArray, to_picture: FloatArray, moved: FloatArray
    ) -> Image | None:
        """Return (SIDE, SIDE, 3) RGB, or None when the mouth is not in the picture.

        `to_picture` (2, 3) carries the face's own frame (eye distances) to the picture; `moved` (19, 2) is
        the displacement from rest there, right and down; NaN counts as none.
        """
        places = apply(invert(to_picture), region_places(points_px[:, :2]))
        if self._places is None or np.abs(places - self._places).max() > _MOVED:
            self._lay_out(places)
        size = ACROSS / SIDE
        to_face = np.array([[size, 0, self._corner[0]], [0, size, self._corner[1]], [0, 0, 1.0]])
        at = to_picture @ to_face
        shift = self._shift_px(np.nan_to_num(moved[_COLUMNS]))
        k = np.arange(SIDE, dtype=np.float32)
        x, y = (k, k[:, None]) if shift is None else (k + shift[..., 0], k[:, None] + shift[..., 1])
        u, v = (a[0] * x + a[1] * y + a[2] for a in at.astype(np.float32))
        return _sample(picture, np.asarray(u, np.float32), np.asarray(v, np.float32))

    def _lay_out(self, places: FloatArray) -> None:
        self._places = places
        self._swelling = Swelling.at(places[_COLUMNS])
        self._corner = places[list(LIP_INDEX)].mean(axis=0) - ACROSS / 2
        k = ((np.arange(SIDE // _STEP) + 0.5) * _STEP - 0.5) * ACROSS / SIDE
        grid = np.stack(np.meshgrid(k, k), axis=2).reshape(-1, 2) + self._corner
        self._basis = self._swelling.basis(grid).astype(np.float32)
        self._few = grid[:: 7 * _STEP]

    def _shift_px(self, moved: FloatArray) -> FloatArray | None:
        """Return (SIDE, SIDE, 2) how far each pixel looks aside; None where nothing is enlarged."""
        size = np.linalg.norm(moved, axis=1)
        moved = moved * np.clip((size - NOISE[0]) / (NOISE[1] - NOISE[0]), 0.0, 1.0)[:, None]
        grown = self.factor + RECOVERS * (TIMES - self.factor)
        if not moved.any():
            self.factor = grown
            return None
        slope = float(self._swelling.slopes(self._few, moved[None])[0])
        self.factor = float(np.clip(STEEPEST / max(slope, 1e-9), 1.0, grown))
        n = SIDE // _STEP
        field = (self._basis @ moved.astype(np.float32)).reshape(n, n, 2) * (n / ACROSS)
        shift = look_back(field, self.factor) * _STEP
        return np.asarray(cv2.resize(shift, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR), np.float32)


def _sample(picture: Picture, u: FloatArray, v: FloatArray) -> Image | None:
    """Return the picture at the places (u, v); reduced first where it is much finer."""
    low = np.floor([u.min(), v.min()]).astype(int) - 2
    high = np.ceil([u.max(), v.max()]).astype(int) + 3
    low, high = np.maximum(low, 0), np.minimum(high, [picture.width, picture.height])
    if (high - low < 2).any():
        return None
    fine = max(1.0, float(u[SIDE // 2, -1] - u[SIDE // 2, 0]) / SIDE)
    size = np.maximum(np.round((high - low) / fine), 2).astype(int)
    part = picture.rgb((int(low[0]), int(low[1]), int(high[0]), int(high[1])), (int(size[0]), int(size[1])))
    ratio = size / (high - low)
    x = np.asarray((u - low[0] + 0.5) * ratio[0] - 0.5, np.float32)
    y = np.asarray((v - low[1] + 0.5) * ratio[1] - 0.5, np.float32)
    return np.asarray(cv2.remap(part, x, y, cv2.INTER_LINEAR), np.uint8)
