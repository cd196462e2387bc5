"""Ordered: quantiles and medians of many rows at once, each over the values that count."""

from __future__ import annotations

import numpy as np

from twitchcam.types import BoolArray, FloatArray


def masked_quantile(x: FloatArray, mask: BoolArray, q: float) -> FloatArray:
    """Return (...) the `q` quantile of (..., k) `x` where `mask`, linear between the values as
    `numpy.quantile`; NaN for a row without any.
    """
    flat, keep = x.reshape(-1, x.shape[-1]), mask.reshape(-1, x.shape[-1])
    count = np.count_nonzero(keep, axis=1)
    at = q * (count - 1.0)
    low = np.floor(np.maximum(at, 0.0)).astype(np.int64)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    values = flat if keep.all() else np.where(keep, flat, np.inf)
    values = np.partition(values, np.unique([low, high]), axis=1)
    row = np.arange(flat.shape[0])
    a, b, part = values[row, low], values[row, high], at - low
    with np.errstate(invalid="ignore"):
        out = np.where(part < 0.5, a + (b - a) * part, b - (b - a) * (1.0 - part))
    return np.where(count > 0, out, np.nan).reshape(x.shape[:-1])
