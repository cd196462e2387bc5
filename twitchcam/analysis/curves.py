"""Curves: many short curves end to end in one array, so that all are searched at once.

Between two curves stands a wall, an infinite sample: no peak reaches over it, so each curve is seen as if it
were alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.types import BoolArray, FloatArray, IntArray

TRUNCATE = 4.0
"""Standard deviations at which a Gaussian is cut off, as in `scipy.ndimage`."""


@dataclass(frozen=True)
class Curves:
    """k curves of their own lengths; n samples with the walls."""

    values: FloatArray
    """(n,) a wall first, then each curve and a wall."""
    first: IntArray
    """(k,) where each curve begins."""
    length: IntArray
    """(k,)"""
    allowed: BoolArray
    """(n,) where a peak may lie; False at the walls."""

    @property
    def spacing(self) -> float:
        """Curves set apart by this share no window; see `key`."""
        return float(2.0 ** np.ceil(np.log2(4 * self.length.max(initial=1) + 4096)))

    def key(self, curve: IntArray, at: FloatArray) -> FloatArray:
        """Return places (samples of their curves) as numbers that ascend from curve to curve."""
        return np.asarray(at + curve * self.spacing)

    def ranges(self) -> FloatArray:
        """Return (k,) the largest minus the smallest value of each curve."""
        ends = np.stack([self.first, self.first + self.length], axis=1).ravel()
        high = np.maximum.reduceat(self.values, ends)[::2]
        return np.asarray(high - np.minimum.reduceat(self.values, ends)[::2])

    def take(self, keep: BoolArray) -> Curves:
        """Return the kept curves."""
        if keep.all():
            return self
        first, length = self.first[keep], self.length[keep]
        index = np.r_[0, ragged(first, first + length + 1)]
        return Curves(self.values[index], 1 + before(length + 1), length, self.allowed[index])

    def blurred(self, sd: float) -> Curves:
        """Return the curves smoothed by a Gaussian of `sd` samples, each held at its ends."""
        reach = int(TRUNCATE * sd + 0.5)
        wide = self.length + 2 * reach
        within = ragged(np.full(wide.size, -reach), self.length + reach)
        last = np.repeat(self.length - 1, wide)
        inside = (within >= 0) & (within <= last)
        index = np.repeat(self.first, wide) + np.clip(within, 0, last)
        smooth = gaussian_filter1d(self.values[index], sd, mode="nearest")
        values = np.full_like(self.values, np.inf)
        values[index[inside]] = smooth[inside]
        return Curves(values, self.first, self.length, self.allowed)

    def both_ways(self) -> Curves:
        """Return the curves and after them the same ones upside down."""
        size = self.values.size - 1
        down = np.where(np.isinf(self.values), np.inf, -self.values)
        return Curves(
            np.concatenate([self.values, down[1:]]),
            np.concatenate([self.first, self.first + size]),
            np.concatenate([self.length, self.length]),
            np.concatenate([self.allowed, self.allowed[1:]]),
        )


def lay(rows: Sequence[FloatArray], allowed: Sequence[BoolArray]) -> Curves:
    """Return the rows as curves; `allowed` has a mask for each."""
    length = np.array([row.size for row in rows], dtype=np.int64)
    wall, shut = np.array([np.inf]), np.zeros(1, dtype=bool)
    values = np.concatenate([wall, *(part for row in rows for part in (row, wall))])
    may = np.concatenate([shut, *(part for mask in allowed for part in (mask, shut))])
    return Curves(values, 1 + before(length + 1), length, may)


def before(length: IntArray) -> IntArray:
    """Return (k,) the sum of the lengths before each."""
    return np.asarray(np.cumsum(length) - length)


def ragged(start: IntArray, stop: IntArray) -> IntArray:
    """Return start[0]..stop[0]-1, start[1]..stop[1]-1, ... in one array."""
    count = np.maximum(np.asarray(stop) - start, 0)
    return np.asarray(np.arange(int(count.sum())) + np.repeat(start - before(count), count))


def window_max(x: FloatArray, start: IntArray, stop: IntArray) -> FloatArray:
    """Return (w,) the largest of x[start:stop] for each window, -inf for an empty one."""
    ends = np.stack([start, stop], axis=1).ravel()
    most = np.maximum.reduceat(np.append(x, -np.inf), ends)[::2] if ends.size else np.zeros(0)
    return np.where(stop > start, most, -np.inf)


def window_medians(x: FloatArray, start: IntArray, stop: IntArray) -> FloatArray:
    """Return (w,) the median of x[start:stop] for each window, NaN for an empty one."""
    count = np.maximum(stop - start, 0)
    values = x[ragged(start, stop)]
    window = np.repeat(np.arange(count.size), count)
    values = np.append(values[np.lexsort((values, window))], np.nan)
    first = before(count)
    low = np.where(count > 0, first + (count - 1) // 2, values.size - 1)
    high = np.where(count > 0, first + count // 2, values.size - 1)
    return np.asarray(0.5 * (values[low] + values[high]))


def nearest(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return for each value of `a` how far the nearest of the ascending values `b` is; inf without any."""
    if b.size == 0:
        return np.full(a.shape, np.inf)
    at = np.searchsorted(b, a)
    left = np.abs(a - b[np.clip(at - 1, 0, b.size - 1)])
    right = np.abs(a - b[np.clip(at, 0, b.size - 1)])
    return np.asarray(np.minimum(left, right))
