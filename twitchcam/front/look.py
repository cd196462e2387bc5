"""How good the picture of the face is: light, sharpness."""

from __future__ import annotations

import cv2
import numpy as np

from twitchcam.types import FloatArray, Luma


def light(part: Luma, black: float, white: float) -> tuple[float, float]:
    """Return (mean luma, fraction clipped) of a piece of the luma plane; the mean runs from 0 to 1."""
    span = white - black
    sample = part[::3, ::3]
    clipped = np.mean((sample <= black + 0.01 * span) | (sample >= white - 0.01 * span))
    return float(np.clip((sample.mean() - black) / span, 0.0, 1.0)), float(clipped)


def detail(crop: FloatArray, noise_grey: float) -> float:
    """Return the fine detail in a grey crop: mean squared Laplacian per contrast, camera noise taken off.

    Only comparable between frames of one recording. The Laplacian of white noise has 20 times its variance.
    """
    inner = crop[crop.shape[0] // 8 : -crop.shape[0] // 8, crop.shape[1] // 8 : -crop.shape[1] // 8]
    energy = float(np.mean(cv2.Laplacian(inner, cv2.CV_32F) ** 2)) - 20 * noise_grey**2
    return max(energy, 0.0) / max(float(inner.var()), 1.0)
