"""Millimetres from the face itself: the iris and the distance between the pupils have known sizes."""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.types import FloatArray, Scale

IRIS_MM: Final = 11.7
"""Horizontal visible iris diameter of adults (MediaPipe Iris: 11.7 +- 0.5 mm; clinical.md S93)."""
IRIS_SD: Final = 0.043
IRIS_READ_SD: Final = 0.05
"""How far the mesh's iris is off, as a fraction (own measurement on six portraits: it is drawn 3-4 % too
large, by an amount that differs between people and with resolution)."""
IRIS_READ_PX: Final = 0.6
PUPILS_MM: Final = 63.0
"""Mean adult distance between the pupils (Dodgson 2004; clinical.md S95)."""
PUPILS_SD: Final = 0.06
USER_SD: Final = 0.02
"""An optician's pupillary distance (+- 0.5 mm) read on a mesh (+- 1 mm)."""


def millimetres(
    pupils: FloatArray, iris: FloatArray, eye_distance_px: FloatArray, pd_mm: float | None
) -> tuple[float, Scale]:
    """Return millimetres per eye distance, and the scale's description.

    `pupils` and `iris` (n,) are in eye distances, NaN where they should not be used (head turned, eyes
    closed); the median over frames is taken. `pd_mm` is the user's own pupillary distance.
    """
    distance_px = float(np.nanmedian(eye_distance_px))
    pupil, ring = float(np.nanmedian(pupils)), float(np.nanmedian(iris))
    if pd_mm is not None:
        mm = pd_mm / pupil
        return mm, Scale(mm / distance_px, "user_pd", USER_SD)
    read = float(np.hypot(IRIS_READ_SD, IRIS_READ_PX / (ring * distance_px)))
    weight = np.array([1 / (IRIS_SD**2 + read**2), 1 / PUPILS_SD**2])
    estimates = np.array([IRIS_MM / ring, PUPILS_MM / pupil])
    mm = float((weight * estimates).sum() / weight.sum())
    return mm, Scale(mm / distance_px, "iris+eye_distance", float(weight.sum() ** -0.5))
