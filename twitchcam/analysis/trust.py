"""Trust: where a region no longer looks like its reference, its displacement is a guess."""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.spans import find_spans
from twitchcam.regions import LOWER_INDEX
from twitchcam.types import FloatArray

LOST_SHARE, DOUBT_SHARE = 0.65, 0.75
"""A region is lost below the first part of its usual match, until it is back above the second. Twitches,
smiles and tonic pulls keep 0.94 of it, speech 0.75; a chin whose registration had run into the neck after a
yawn stayed at 0.5 and trembled by a millimetre (synthetic clips)."""
LOST_MIN_S = 0.3


def without_lost_regions(motion_mm: FloatArray, match: FloatArray, fs: float) -> FloatArray:
    """Return (m, 19, 2) motion with NaN where a region's match (m, 19) stays far below its usual value."""
    out = np.array(motion_mm, dtype=float)
    margin = round(0.1 * fs)
    for r in LOWER_INDEX:
        good = np.isfinite(match[:, r])
        if not good.any():
            continue
        usual = float(np.quantile(match[good, r], 0.9))
        lost = 1.0 - np.where(good, match[:, r], usual) / max(usual, 1e-6)
        for a, b in find_spans(lost, low=1 - DOUBT_SHARE, high=1 - LOST_SHARE):
            if b - a >= LOST_MIN_S * fs:
                out[max(0, a - margin) : b + margin, r] = np.nan
    return out
