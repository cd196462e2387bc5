"""Rest: how even the face is while nothing moves."""

from __future__ import annotations

import numpy as np

from twitchcam.regions import INDEX
from twitchcam.summary import RestAsymmetry
from twitchcam.types import BoolArray, FloatArray

MIN_REST_S = 2.0
MAX_ANGLE_DEG = 10.0
"""Beyond this yaw or roll, perspective alone makes a millimetre of difference."""


def rest_asymmetry(
    mesh_mm: FloatArray, opening_mm: FloatArray, pose_deg: FloatArray, quiet: BoolArray, fs: float
) -> RestAsymmetry:
    """Return left minus right heights of mouth corners and brows and the ratio of the lid gaps, as medians
    over the `quiet` (m,) samples. Not assessable with less than two seconds of rest or a turned head.
    """
    nothing = RestAsymmetry(None, None, None, False)
    straight = (np.abs(pose_deg[:, 0]) < MAX_ANGLE_DEG) & (np.abs(pose_deg[:, 2]) < MAX_ANGLE_DEG)
    rows = quiet & straight & np.isfinite(mesh_mm).all(axis=(1, 2))
    if rows.sum() < MIN_REST_S * fs:
        return nothing
    height = np.median(mesh_mm[rows, :, 1], axis=0)
    gaps = opening_mm[rows & np.isfinite(opening_mm).all(axis=1)]
    left, right = np.median(gaps, axis=0) if gaps.size else (np.nan, np.nan)
    ratio = float(left / right) if np.isfinite(left) and right > 1.0 else None
    return RestAsymmetry(
        commissure_mm=float(height[INDEX["commissure_left"]] - height[INDEX["commissure_right"]]),
        eye_opening_ratio=ratio,
        brow_mm=float(height[INDEX["brow_left"]] - height[INDEX["brow_right"]]),
        assessable=True,
    )
