"""The Cramer-Rao bound of the regions' displacements: no unbiased method can be quieter on these pixels.

The picture is explained as the program explains it (head polynomial and parallax, one bump for each node of
`front.basis`, six lighting terms), all of it unknown in every frame; every pixel of the face counts, on the
source's own grid, and its noise is white. With J the derivatives of the grey levels by the parameters,
Fisher's information is F = J J' / sd^2, and a region's displacement c'q has a variance of at least c' F^-1 c
(Kay 1993, Fundamentals of Statistical Signal Processing I, 3.7-3.8).

Nothing here comes from the solver that is judged (`front.reference`): the gradients, the pixels, their grid
and the normal equations are this file's own; there is no ridge, no choice of pixels and no separate solution
for the lids.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import correlate1d

from twitchcam.front import basis, canonical
from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray

TAPS = np.array([3, -32, 168, -672, 0, 672, -168, 32, -3], float) / 840
"""Derivative of the eighth order: exact for everything that a lens leaves in the picture."""


@dataclass(frozen=True)
class Bound:
    """For a pixel noise of one grey level."""

    sd_px: FloatArray
    """(19,) least standard deviation of a region's displacement in one picture and direction, source px."""
    pixels: int
    condition: float
    """Of the scaled information matrix; beyond 1e10 some parameters cannot be told apart."""

    def density_um(self, noise_sd: float, mm_per_px: float, fps: float) -> FloatArray:
        """Return (19,) um/sqrt(Hz), one-sided, for pictures with independent noise of `noise_sd`."""
        return 1e3 * self.sd_px * noise_sd * mm_per_px * np.sqrt(2.0 / fps)


def cramer_rao(clean: FloatArray, points_px: FloatArray, mask: FloatArray) -> Bound:
    """Return the bound for a noiseless picture (h, w) in luma codes, with the face's landmarks (478, 3) and
    its pixels, a (h, w) bool mask.
    """
    geometry, to_picture = canonical.define(points_px)
    rows, cols = np.nonzero(mask)
    grey = clean.astype(float)
    gradient = [correlate1d(grey, TAPS, axis=a, mode="nearest")[rows, cols] for a in (1, 0)]
    places = canonical.apply(canonical.invert(to_picture), np.column_stack([cols, rows]).astype(float))
    linear, curved = basis.head_terms(geometry, places, basis.relief(geometry, places))
    nodes = basis.node_places(geometry)
    local = basis.bumps(geometry, places, nodes).astype(float)
    moving = np.hstack([linear, curved, local])
    # A step of the crop moves the picture's pixels by the map's linear part.
    across = [sum(gradient[i] * to_picture[i, d] for i in (0, 1)) for d in (0, 1)]
    level = grey[rows, cols] / 64.0
    light = np.hstack([linear, linear * level[:, None]])
    jacobian = np.hstack([across[0][:, None] * moving, across[1][:, None] * moving, light])
    size = np.sqrt((jacobian**2).sum(axis=0))
    information = (jacobian / size).T @ (jacobian / size)
    at_regions = basis.bumps(geometry, nodes[: len(REGIONS)], nodes).astype(float)
    variance = np.zeros(len(REGIONS))
    for d in (0, 1):
        wanted = np.zeros((len(REGIONS), jacobian.shape[1]))
        first = d * moving.shape[1] + linear.shape[1] + curved.shape[1]
        wanted[:, first : first + local.shape[1]] = at_regions
        scaled = wanted / size
        variance += 0.5 * np.einsum("rp,rp->r", scaled, np.linalg.solve(information, scaled.T).T)
    crop_px = float(np.sqrt(abs(np.linalg.det(to_picture[:, :2]))))
    return Bound(np.sqrt(variance) * crop_px, len(rows), float(np.linalg.cond(information)))
