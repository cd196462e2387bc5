"""Amplitude of a set of movements: median, extremes, and how well the median is known."""

from __future__ import annotations

import numpy as np

from twitchcam.summary import Amplitude
from twitchcam.types import FloatArray

NO_AMPLITUDE = Amplitude(None, None, None)
GAIN_SD = 0.05
"""How far a region reads off its movement, as a fraction: by the width and the skin's texture
(own measurement on rendered faces, `scripts/amplitude.py`)."""
MEDIAN_LOSS = 1.2533
"""Standard error of a median over that of a mean, for Gaussian errors."""
TWO_SIDED_95 = 1.96


def describe(sizes_mm: FloatArray, sd_mm: FloatArray, scale_rel_sd: float | None) -> Amplitude:
    """Return what `sizes_mm` (n,), each known to `sd_mm` (n,), say together.

    The median's 95 % interval holds the noise, the reading's own error and the scale's: the millimetre itself
    is only as good as the iris or the eye distance it was taken from.
    """
    if sizes_mm.size == 0:
        return NO_AMPLITUDE
    median = float(np.median(sizes_mm))
    noise = MEDIAN_LOSS * float(np.sqrt(np.mean(sd_mm**2) / sizes_mm.size))
    if sizes_mm.size < 3:
        noise /= MEDIAN_LOSS
    half = TWO_SIDED_95 * float(np.hypot(noise, median * np.hypot(GAIN_SD, scale_rel_sd or 0.0)))
    return Amplitude(
        median=median,
        p95=float(np.quantile(sizes_mm, 0.95)),
        max=float(sizes_mm.max()),
        median_ci=(max(0.0, median - half), median + half),
    )
