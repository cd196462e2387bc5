"""Smoothing that leaves gaps alone: low-pass and running means on columns with NaN."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve1d, gaussian_filter1d
from scipy.signal import firwin

from twitchcam.types import BoolArray, FloatArray, IntArray


def despike(x: FloatArray, fs: float, shortest_s: float) -> FloatArray:
    """Replace jumps of a single sample in (m, ...) columns by the mean of their neighbours.

    Only where samples are closer than `shortest_s`, because there nothing on a face moves and returns
    within one. A jump stands out from both neighbours, which lie where the next ones do: the crest of a
    fast tremor does not.
    """
    if fs * shortest_s < 1.0 or x.shape[0] < 5:
        return x
    out = np.array(x)
    inner, near, far = x[2:-2], 0.5 * (x[1:-3] + x[3:-1]), 0.5 * (x[:-4] + x[4:])
    jump = np.abs(inner - near)
    usual = column_median(jump[:: max(1, x.shape[0] // 20000)]) / 0.6745
    lonely = (jump > 4.0 * usual) & (np.abs(near - far) < 0.35 * jump)
    out[2:-2] = np.where(lonely, near, inner)
    return out


def low_pass(x: FloatArray, fs: float, cut_hz: float) -> FloatArray:
    """Zero-phase FIR low-pass of (m, ...) columns, flat to 0.8 of `cut_hz`; unchanged when `cut_hz` is near
    fs/2.
    """
    if cut_hz > 0.42 * fs:
        return x
    taps = firwin(2 * int(2.8 * fs / cut_hz) + 1, cut_hz, fs=fs, window=("kaiser", 3.5))
    out = convolve1d(hold(x), taps, axis=0, mode="nearest")
    return np.where(np.isfinite(x), out, np.nan)


def gaussian_mean(x: FloatArray, sd_samples: float) -> FloatArray:
    """Gaussian running mean of (m, ...) columns over the samples that exist, NaN where `x` is NaN."""
    good = np.isfinite(x).reshape(x.shape[0], -1)
    rows = good.all(axis=1)
    if rows.all():
        total = gaussian_filter1d(x, sd_samples, axis=0, mode="constant")
    else:
        total = gaussian_filter1d(
            np.where(good.reshape(x.shape), x, 0.0), sd_samples, axis=0, mode="constant"
        )
    if np.array_equal(rows, good.any(axis=1)):  # all columns have the same gaps: one weight for all
        weight = gaussian_filter1d(rows.astype(float), sd_samples, mode="constant")
        weight = np.where(rows, np.maximum(weight, 1e-12), np.nan)
        return np.asarray(np.divide(total, weight.reshape(-1, *([1] * (x.ndim - 1))), out=total))
    weight = gaussian_filter1d(good.reshape(x.shape).astype(float), sd_samples, axis=0, mode="constant")
    return np.where(good.reshape(x.shape), total / np.maximum(weight, 1e-12), np.nan)


def column_median(x: FloatArray) -> FloatArray:
    """Return (...) the medians of (m, ...) columns over the values that exist; NaN for an empty column."""
    flat = x.reshape(x.shape[0], -1)
    columns = [c[np.isfinite(c)] for c in flat.T]
    return np.array([np.median(c) if c.size else np.nan for c in columns]).reshape(x.shape[1:])


def hold(x: FloatArray) -> FloatArray:
    """Return (m, ...) columns with NaN replaced by the nearest value (0 in an empty column)."""
    flat = np.array(x, dtype=float).reshape(x.shape[0], -1)
    bad = ~np.isfinite(flat)
    if not bad.any():
        return flat.reshape(x.shape)
    k = np.arange(x.shape[0])
    patterns: dict[bytes, IntArray] = {}
    for j in np.flatnonzero(bad.any(axis=0)):
        key = np.packbits(bad[:, j]).tobytes()
        if key not in patterns:
            patterns[key] = _nearest_index(~bad[:, j], k)
        flat[:, j] = flat[patterns[key], j] if not bad[:, j].all() else 0.0
    return flat.reshape(x.shape)


def _nearest_index(good: BoolArray, k: IntArray) -> IntArray:
    at = np.flatnonzero(good)
    if at.size == 0:
        return np.zeros_like(k)
    right = np.clip(np.searchsorted(at, k), 0, at.size - 1)
    left = np.maximum(right - 1, 0)
    return np.asarray(np.where(np.abs(at[right] - k) < np.abs(k - at[left]), at[right], at[left]))
