"""How good the picture of the face is: light, sharpness; and whether it is a new one."""

from __future__ import annotations

import cv2
import numpy as np

from twitchcam.types import Luma

ROUNDING = 1.5 / 219
"""Of the way from black to white, 1.5 levels of 8-bit video: decoded pictures that show the same differ by
one level here and there (loop filters, rounding)."""


def light(part: Luma, black: float, white: float) -> tuple[float, float]:
    """Return (mean luma, fraction clipped) of a piece of the luma plane; the mean runs from 0 to 1.

    NaN for a piece without pixels: the mesh may see a face that has left the picture.
    """
    if not part.size:
        return float("nan"), float("nan")
    span = white - black
    sample = part[::3, ::3]
    clipped = np.mean((sample <= black + 0.01 * span) | (sample >= white - 0.01 * span))
    return float(np.clip((sample.mean() - black) / span, 0.0, 1.0)), float(clipped)


def detail(face: Luma) -> float:
    """Return the fine detail in a picture of the face: mean squared Laplacian per contrast.

    Only comparable between frames of one recording. Every second pixel of a smoothed picture: camera noise
    would otherwise count as detail.
    """
    inner = face[face.shape[0] // 8 : -face.shape[0] // 8, face.shape[1] // 8 : -face.shape[1] // 8]
    if min(inner.shape) < 8:
        return 0.0
    small = cv2.resize(inner, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    energy = float(np.mean(cv2.Laplacian(small, cv2.CV_32F) ** 2))
    return energy / max(float(small.var()), 1.0)


def changed_part(before: Luma, after: Luma, span: float) -> float:
    """Return the part of the pixels that differ between two pictures of the face by more than rounding.

    `span` is the number of levels from black to white. Encoders skip what repeats: in a repeated picture
    0-1 % of the pixels change, in a new one of the same clip 5-30 % (sensor noise, the head's sway). NaN
    where there are no pixels.
    """
    if not before.size:
        return float("nan")
    away = cv2.absdiff(np.ascontiguousarray(before[::2]), np.ascontiguousarray(after[::2]))
    return float(np.count_nonzero(away > ROUNDING * span) / away.size)
