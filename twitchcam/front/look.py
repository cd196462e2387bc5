"""How good the picture of the face is: light, sharpness."""

from __future__ import annotations

import cv2
import numpy as np

from twitchcam.types import Luma


def light(part: Luma, black: float, white: float) -> tuple[float, float]:
    """Return (mean luma, fraction clipped) of a piece of the luma plane; the mean runs from 0 to 1."""
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
