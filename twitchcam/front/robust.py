"""The median, without the checks that cost more than the sorting."""

from __future__ import annotations

import numpy as np

from twitchcam.types import FloatArray


def middle(values: FloatArray) -> float:
    """Return the upper median of a (n,) array without NaN: `numpy.median` takes ten times as long for twenty
    numbers.
    """
    half = values.size // 2
    return float(np.partition(values, half)[half])
