"""Locked movement: what goes along with known times, too small to be seen once, plain in the average.

The average of a signal around n times keeps what is locked to them and loses the noise by the square root of
n. Whether it is more than chance is asked by the same average around the times shifted together in a circle
(circular-shift surrogate, as in `synchrony`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.types import BoolArray, FloatArray, IntArray

FEWEST = 5
"""Times below which no average is taken."""
AROUND_S = 0.2
"""What is locked shows within this of the times; its ground is taken before."""
GROUND_S = (0.6, 0.3)
SURROGATES = 199
NEAREST_SHIFT_S = 1.0
SEED = 271


@dataclass(frozen=True, slots=True)
class Locked:
    """A movement that goes with given times."""

    size_mm: float
    """Length of the average where it is longest."""
    way: tuple[float, ...]
    """Its direction there, a unit vector."""
    share: float
    """Part of the times at which the signal goes at least half as far the same way."""
    p: float
    """Chance of so large an average around shifted times."""
    times: int


def find_locked(
    x_mm: FloatArray, t_s: FloatArray, times_s: FloatArray, watched: BoolArray, *, least_mm: float = 0.0
) -> Locked | None:
    """Return how (m, c) motion goes along with the times; None with fewer than five that were seen.

    `watched` (m,): where the motion may be looked at; it may have gaps (NaN). The chance of an
    average below `least_mm` is not asked for (p is 1).
    """
    if t_s.size < 3 or times_s.size < FEWEST:
        return None
    fs = 1.0 / float(np.median(np.diff(t_s)))
    good = np.where(watched[:, None], x_mm, np.nan)
    at = np.searchsorted(t_s, times_s)
    curves = _around(good, at, fs)
    if curves.shape[0] < FEWEST:
        return None
    mean = curves.mean(axis=0)
    best = int(np.argmax(np.sum(mean**2, axis=1)))
    size = float(np.hypot.reduce(mean[best]))
    way = mean[best] / max(size, 1e-9)
    share = float(np.mean(curves[:, best] @ way >= 0.5 * size))
    p = _chance(good, at, fs, size) if size >= least_mm else 1.0
    return Locked(size, tuple(float(v) for v in way), share, p, curves.shape[0])


def _chance(x: FloatArray, at: IntArray, fs: float, size: float) -> float:
    least = round(NEAREST_SHIFT_S * fs)
    shifts = np.random.default_rng(SEED).integers(least, max(x.shape[0] - least, least + 1), SURROGATES)
    as_large = 0
    for shift in shifts:
        curves = _around(x, (at + shift) % x.shape[0], fs)
        if curves.shape[0] >= FEWEST:
            as_large += bool(np.sum(curves.mean(axis=0) ** 2, axis=1).max() >= size**2)
    return (1 + as_large) / (1 + SURROGATES)


def _around(x: FloatArray, at: IntArray, fs: float) -> FloatArray:
    """Return (n, k, c) the motion around each place, above its ground before; only places without gaps."""
    reach, far, near = (round(s * fs) for s in (AROUND_S, *GROUND_S))
    lags, before = np.arange(-reach, reach + 1), np.arange(-far, -near + 1)
    at = at[(at >= far) & (at < x.shape[0] - reach)]
    curves = x[at[:, None] + lags] - x[at[:, None] + before].mean(axis=1, keepdims=True)
    return np.asarray(curves[np.isfinite(curves).all(axis=(1, 2))])
