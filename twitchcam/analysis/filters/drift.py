"""Drift: what changes over many seconds (posture, light, a new reference picture) and is no movement of the
face.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.spans import merged
from twitchcam.analysis.timegrid import contiguous
from twitchcam.types import FloatArray, IntArray

BLOCK_S = 0.25
AT_ONCE = 4096
"""Rows that stay in the processor's cache together."""
JOIN_S = 0.3
"""Pauses up to this long keep the same baseline; after a longer one registration may have started anew."""


def remove_drift(x: FloatArray, fs: float, *, window_s: float) -> FloatArray:
    """Subtract the slow baseline of each column of `x` (m, ...), stretch by stretch.

    The baseline is a running median, so a pull that lasts less than half of `window_s` keeps its full
    offset, where a high-pass filter would bend it back to zero. NaN stays NaN. A stretch shorter than the
    window loses its median.
    """
    flat = x.reshape(x.shape[0], -1)
    out = np.full_like(flat, np.nan)
    seen = np.isfinite(flat).any(axis=1)
    for a, b in merged(contiguous(seen), round(JOIN_S * fs)):
        part = flat[a:b]
        place, base = running_median(part, fs, window_s)
        out[a:b] = _less(part, base, place)
    return out.reshape(x.shape)


def fast_part(x: FloatArray, fs: float, *, window_s: float) -> FloatArray:
    """Return (m, ...) columns minus their running median over `window_s`, NaN kept.

    Unlike a high-pass filter the median has no undershoot: beside a large twitch the signal is quiet again
    at once.
    """
    block = max(1, round(0.1 * fs))
    flat = hold(x).reshape(x.shape[0], -1)
    blocks = max(1, flat.shape[0] // block)
    level = flat[: blocks * block].reshape(blocks, min(block, flat.shape[0]), -1).mean(axis=1)
    level = column_medians(level, 2 * round(window_s / 0.2) + 1)
    k = (np.arange(x.shape[0]) - 0.5 * (block - 1)) / block
    return _less(x.reshape(flat.shape), level, k).reshape(x.shape)


def running_median(x: FloatArray, fs: float, window_s: float) -> tuple[FloatArray, FloatArray]:
    """Return the running median of each column of `x` (k, c) over `window_s`, smoothed, as wide as the data
    allow: (b, c) levels, and (k,) where each sample lies among them.
    """
    block = max(1, round(BLOCK_S * fs))
    n_blocks = max(1, x.shape[0] // block)
    edges = np.linspace(0, x.shape[0], n_blocks + 1).round().astype(int)
    mids = (edges[:-1] + edges[1:] - 1) / 2
    level = _fill(_block_medians(x, edges))
    size = min(2 * int(window_s / BLOCK_S / 2) + 1, 2 * n_blocks - 1)
    base = _edge_true_median(level, size)
    if n_blocks > 8:
        base = gaussian_filter1d(base, 4.0, axis=0, mode="nearest")
    k = np.arange(x.shape[0])
    place = np.interp(k, mids, np.arange(mids.size))
    return place, base


def _less(x: FloatArray, level: FloatArray, place: FloatArray) -> FloatArray:
    """Return (m, c) columns minus the straight lines between (b, c) levels, at (m,) places among those;
    beyond the first and last level they are held.
    """
    i = np.clip(place.astype(int), 0, max(0, level.shape[0] - 2))
    u = np.clip(place - i, 0.0, 1.0)[:, None]
    after = np.minimum(i + 1, level.shape[0] - 1)
    out = np.empty_like(x)
    for a in range(0, x.shape[0], AT_ONCE):
        some = slice(a, a + AT_ONCE)
        base = level[after[some]]
        low = level[i[some]]
        base -= low
        base *= u[some]
        base += low
        np.subtract(x[some], base, out=out[some])
    return out


def column_medians(x: FloatArray, size: int) -> FloatArray:
    """Return the running median of each column of (k, c) `x` over `size` values, the ends held."""
    rows = np.ascontiguousarray(x.T)
    return np.ascontiguousarray(np.stack([median_filter(row, size=size, mode="nearest") for row in rows]).T)


def _edge_true_median(level: FloatArray, size: int) -> FloatArray:
    """Running median whose window shrinks to the available side at the ends instead of repeating the edge
    value.
    """
    n, half = level.shape[0], size // 2
    if n <= size:
        return np.repeat(np.median(level, axis=0)[None], n, axis=0)
    base = column_medians(level, size)
    base[:half] = np.median(level[:size], axis=0)
    base[n - half :] = np.median(level[-size:], axis=0)
    return np.asarray(base)


def _block_medians(x: FloatArray, edges: IntArray) -> FloatArray:
    out = np.full((edges.size - 1, x.shape[1]), np.nan)
    whole = np.add.reduceat(~np.isfinite(x).all(axis=1), edges[:-1]) == 0
    size = np.diff(edges)
    for n in np.unique(size[whole]):
        blocks = np.flatnonzero(whole & (size == n))
        for part in np.array_split(blocks, max(1, blocks.size * n // AT_ONCE)):
            values = np.sort(x[edges[part][:, None] + np.arange(n)].transpose(0, 2, 1), axis=2)
            out[part] = 0.5 * (values[..., (n - 1) // 2] + values[..., n // 2])
    for i in np.flatnonzero(~whole):
        values = x[edges[i] : edges[i + 1]]
        some = np.isfinite(values).any(axis=0)
        if bool(some.any()):
            out[i, some] = np.nanmedian(values[:, some], axis=0)
    return out


def _fill(level: FloatArray) -> FloatArray:
    """Fill missing blocks from the nearest ones; a column without any value becomes 0."""
    out = level.copy()
    k = np.arange(level.shape[0])
    for j in np.flatnonzero(~np.isfinite(level).all(axis=0)):
        good = np.isfinite(level[:, j])
        out[:, j] = np.interp(k, k[good], level[good, j]) if good.any() else 0.0
    return out
