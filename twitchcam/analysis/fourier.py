"""Fourier sums of unevenly sampled curves at evenly spaced frequencies.

Each sample is spread over the nearest places of a fine even grid, the grid is transformed by FFT, and the
spreading is divided out (a non-uniform FFT of type 1; kernel and its width after Barnett, Magland and af
Klinteberg 2019, SIAM J. Sci. Comput. 41:C479). The result is that of the plain sums to about 1e-13 of the
largest possible one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.fft import fft, next_fast_len
from scipy.sparse import csc_array
from scipy.special import roots_legendre

from twitchcam.types import FloatArray

WIDTH = 15
"""Places of the grid that a sample is spread over."""
BETA = 2.3 * WIDTH
FINER = 2
"""Places of the grid for each frequency."""
FEW = 40_000
"""Times by frequencies up to which the plain sums are quicker."""


def fourier_sums(t_s: FloatArray, y: FloatArray, low_hz: float, step_hz: float, count: int) -> FloatArray:
    """Return (v, count) complex sums of (v, n) `y` times exp(-2 pi i f t) at f = low, low + step, ...

    `t_s` (n,) ascending times; they count from the first one.
    """
    t = t_s - t_s[0]
    if t.size * count <= FEW:
        return np.asarray(y @ np.exp(-2j * np.pi * np.outer(t, low_hz + step_hz * np.arange(count))))
    middle = count // 2
    turned = y * np.exp(-2j * np.pi * t * (low_hz + step_hz * middle))
    size = next_fast_len(max(FINER * count, 4 * WIDTH, int(FINER * step_hz * t[-1] * WIDTH)))
    place = t * step_hz * size
    first = np.ceil(place - 0.5 * WIDTH).astype(np.int64)
    at = first[:, None] + np.arange(WIDTH)
    share = _kernel((at - place[:, None]) * (2.0 / WIDTH))
    spread = csc_array(
        (share.ravel(), (at % size).ravel(), np.arange(t.size + 1) * WIDTH), shape=(size, t.size)
    )
    grid = fft((spread @ turned.T).T, axis=1)
    k = np.arange(count) - middle
    return np.asarray(grid[:, k % size] / _spectrum_of_kernel(count, size))


def _kernel(x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(BETA * (np.sqrt(np.maximum(1.0 - x**2, 0.0)) - 1.0)))


@lru_cache(maxsize=32)
def _spectrum_of_kernel(count: int, size: int) -> FloatArray:
    """Return (count,) what the spreading does to each frequency."""
    x, weight = roots_legendre(60)
    k = (np.arange(count) - count // 2) / size
    angle = np.pi * WIDTH * np.outer(k, x)
    return np.asarray(0.5 * WIDTH * np.cos(angle) @ (weight * _kernel(x)))
