"""Swell: the regions' displacements as a smooth field over the face, and the warp that enlarges it.

All lengths are in eye distances of the canonical crop. A point of the resting face at x is seen at x + u(x);
enlarged N times it is shown at x + N u(x).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from twitchcam.front.basis import BUMP_SD
from twitchcam.types import FloatArray

KERNEL_SD: Final = float(np.sqrt(2.0)) * BUMP_SD
"""Standard deviation of the field's kernel. The registration's own field is a sum of bumps of `BUMP_SD` at
many places; the smoothest such field (least squares of the bumps) that agrees with the regions is a sum of
kernels of this width."""
RIDGE: Final = 1e-4
"""Keeps regions that a turned head shows at nearly one place from pulling against each other."""
STEEPEST: Final = 0.7
"""Largest slope of the enlarged displacement. From 1 on the picture would fold over itself; at 0.7 skin is
pressed to 0.3 of its length, which still looks like skin, and the warp is found quickly."""
ROUNDS: Final = 30
SETTLED: Final = 2e-4
"""Eye distances; a tenth of a pixel of the shown picture."""


@dataclass(frozen=True)
class Swelling:
    """The field that passes through the displacements of r regions at given places."""

    places: FloatArray
    """(r, 2)"""
    solve: FloatArray
    """(r, r) carries displacements to coefficients of the kernels."""

    @staticmethod
    def at(places: FloatArray) -> Swelling:
        """Return the field for regions at `places` (r, 2)."""
        return Swelling(places, np.linalg.inv(_kernel(places, places) + RIDGE * np.eye(len(places))))

    def basis(self, points: FloatArray) -> FloatArray:
        """Return (p, r): the displacement at `points` (p, 2) for each region moved by 1 and the others at
        rest.
        """
        return np.asarray(_kernel(points, self.places) @ self.solve)

    def slopes(self, points: FloatArray, moved: FloatArray) -> FloatArray:
        """Return (n,) the largest slope (spectral norm of the gradient) over `points` (p, 2) of the field of
        displacements (n, r, 2).
        """
        kernel = _kernel(points, self.places)
        toward = (self.places[None] - points[:, None]) / KERNEL_SD**2
        gradients = np.concatenate([(kernel * toward[..., d]) @ self.solve for d in (0, 1)])
        out = np.zeros(moved.shape[0])
        for k in np.flatnonzero(np.abs(moved).max(axis=(1, 2), initial=0.0)):
            slope = (gradients @ moved[k]).reshape(2, -1, 2)
            square = (slope**2).sum(axis=(0, 2))
            turned = slope[0, :, 0] * slope[1, :, 1] - slope[0, :, 1] * slope[1, :, 0]
            # Largest singular value of a 2 x 2 matrix from its Frobenius norm and determinant.
            out[k] = np.sqrt(0.5 * (square + np.sqrt(np.maximum(square**2 - 4 * turned**2, 0.0)))).max()
        return out


def _kernel(a: FloatArray, b: FloatArray) -> FloatArray:
    apart = ((a[:, None, :] - b[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-apart / (2 * KERNEL_SD**2)))


def look_back(field_px: FloatArray, factor: float) -> FloatArray:
    """Return (h, w, 2): how far from each pixel of the enlarged picture its content lies in the picture.

    `field_px` (h, w, 2) is u on the same pixels, in pixels, with `factor` times its slope at most `STEEPEST`.
    Solves y = x + factor u(x) for x by fixed-point iteration, which then converges; the picture shows it at
    x + u(x).
    """
    field = np.asarray(field_px, np.float32)
    h, w = field.shape[:2]
    y = np.stack(np.meshgrid(np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)), axis=2)
    here = field
    for _ in range(ROUNDS):
        x = y - np.float32(factor) * here
        again = cv2.remap(field, x[..., 0], x[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        step = float(np.abs(again - here).max())
        here = np.asarray(again, np.float32)
        if factor * step < SETTLED * w:
            break
    return np.asarray(-(factor - 1.0) * here, np.float32)
