"""Drift: what changes over many seconds (posture, light, a new reference picture) and is no movement of the
face.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.timegrid import contiguous
from twitchcam.types import BoolArray, FloatArray

BLOCK_S = 0.25
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
    for a, b in _joined(seen, round(JOIN_S * fs)):
        part = flat[a:b]
        out[a:b] = part - running_median(part, fs, window_s)
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
    level = median_filter(level, size=(2 * round(window_s / 0.2) + 1, 1), mode="nearest")
    k = (np.arange(x.shape[0]) - 0.5 * (block - 1)) / block
    i = np.clip(k.astype(int), 0, max(0, blocks - 2))
    u = np.clip(k - i, 0.0, 1.0)[:, None]
    base = level[i] * (1 - u) + level[np.minimum(i + 1, blocks - 1)] * u
    return np.where(np.isfinite(x), x - base.reshape(x.shape), np.nan)


def running_median(x: FloatArray, fs: float, window_s: float) -> FloatArray:
    """Return the running median of each column of `x` (k, c) over `window_s`, smoothed, as wide as the data
    allow.
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
    return np.stack([np.interp(k, mids, base[:, j]) for j in range(x.shape[1])], axis=1)


def _edge_true_median(level: FloatArray, size: int) -> FloatArray:
    """Running median whose window shrinks to the available side at the ends instead of repeating the edge
    value.
    """
    n, half = level.shape[0], size // 2
    if n <= size:
        return np.repeat(np.median(level, axis=0)[None], n, axis=0)
    base = median_filter(level, size=(size, 1), mode="nearest")
    base[:half] = np.median(level[:size], axis=0)
    base[n - half :] = np.median(level[-size:], axis=0)
    return np.asarray(base)


def _block_medians(x: FloatArray, edges: FloatArray) -> FloatArray:
    out = np.full((edges.size - 1, x.shape[1]), np.nan)
    for i in range(edges.size - 1):
        part = x[edges[i] : edges[i + 1]]
        good = np.isfinite(part)
        some = good.any(axis=0)
        if bool(good.all()):
            out[i] = np.median(part, axis=0)
        elif bool(some.any()):
            out[i, some] = np.nanmedian(part[:, some], axis=0)
    return out


def _fill(level: FloatArray) -> FloatArray:
    """Fill missing blocks from the nearest ones; a column without any value becomes 0."""
    out = level.copy()
    k = np.arange(level.shape[0])
    for j in np.flatnonzero(~np.isfinite(level).all(axis=0)):
        good = np.isfinite(level[:, j])
        out[:, j] = np.interp(k, k[good], level[good, j]) if good.any() else 0.0
    return out


def _joined(seen: BoolArray, join: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for a, b in contiguous(seen):
        if spans and a - spans[-1][1] <= join:
            spans[-1] = (spans[-1][0], b)
        else:
            spans.append((a, b))
    return spans
