"""Filling of short pauses: what a dropped picture would have shown, judged by how the signal goes around it.

A cubic through the neighbours knows nothing of rhythm: at 30 pictures a second a 10 Hz tremor has three
samples a cycle, and one missing among them is a cycle lost. The best linear guess (kriging; Wiener's
interpolation) weighs the neighbours by the signal's own autocorrelation, which holds the rhythm; where there
is none it is the cautious guess of noise, the mean. What changes slowly is taken out before and put back.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.analysis.timegrid import contiguous
from twitchcam.types import BoolArray, FloatArray, IntArray

WINDOW_S: Final = 3.0
"""The autocorrelation is taken from so much time around: rhythms keep for seconds."""
REACH: Final = 14
"""Samples on each side that the guess is made from."""
LAGS: Final = 2 * REACH + 4
SLOW_SD_S: Final = 0.2
"""Gaussian mean for what changes slowly, below about 1 Hz."""
FLOOR: Final = 0.03
"""Of the mean spectral density, everywhere: noise that keeps the guess steady."""
BOUND: Final = 1.5
"""A guess beyond this times the largest sample around is no guess."""


def fill_pauses(x: FloatArray, longest: int, fs: float) -> FloatArray:
    """Return (m, ...) columns with pauses of up to `longest` samples filled; others stay NaN.

    For use inside filters only. A pause is where any column lacks a value; columns that lack values elsewhere
    too (a region that is never seen) are left as they are, and so are pauses at the ends.
    """
    out = np.array(x, dtype=float)
    flat = out.reshape(x.shape[0], -1)
    missing = ~np.isfinite(flat)
    usable = ~missing.all(axis=0)
    rows = missing[:, usable].any(axis=1)
    gaps = [g for g in contiguous(rows) if g[1] - g[0] <= longest and g[0] >= 2 and g[1] + 2 <= x.shape[0]]
    if longest < 1 or not gaps:
        return out
    columns = np.flatnonzero(usable)
    slow = _slow_part(flat[:, columns], SLOW_SD_S * fs)
    quick = flat[:, columns] - slow
    half = round(0.5 * WINDOW_S * fs)
    for a, b in gaps:
        start = max(0, a - half)
        window = quick[start : b + half]
        guess = _guess(window, np.isfinite(window).all(axis=1), np.arange(a - start, b - start))
        known = np.isfinite(flat[a:b, columns])
        flat[a:b, columns] = np.where(known, flat[a:b, columns], slow[a:b] + guess)
    return out


def _slow_part(x: FloatArray, sd: float) -> FloatArray:
    """Return the running mean of (m, c) columns, in pauses too: over straight lines from side to side, for
    what is left out of a mean would be missing from it.
    """
    k = np.arange(x.shape[0])
    bad = ~np.isfinite(x).all(axis=1)
    straight = np.stack([np.interp(k, k[~bad], column[~bad]) for column in x.T], axis=1)
    return np.asarray(gaussian_filter1d(straight, sd, axis=0, mode="nearest"))


def _guess(window: FloatArray, whole: BoolArray, gap: IntArray) -> FloatArray:
    """Return (k, c) the best linear guess of the `gap` rows of (w, c) columns from the `whole` rows near."""
    near = np.flatnonzero(whole & (np.abs(np.arange(whole.size) - gap.mean()) <= REACH))
    if near.size < 4:
        return np.full((gap.size, window.shape[1]), np.nan)
    r = _autocorrelation(np.where(whole[:, None], window, 0.0), whole)
    lag = np.abs(near[:, None] - near[None])
    kk = r[lag].transpose(2, 0, 1)
    kk[:, np.arange(near.size), np.arange(near.size)] += 1e-3 * r[0][:, None] + 1e-12
    weights = np.linalg.solve(kk, r[np.abs(near[:, None] - gap[None])].transpose(2, 0, 1))
    guess = np.einsum("ckg,kc->gc", weights, window[near])
    most = BOUND * np.abs(window[near]).max(axis=0)
    return np.asarray(np.clip(guess, -most, most))


def _autocorrelation(filled: FloatArray, whole: BoolArray) -> FloatArray:
    """Return (LAGS, c) autocovariance, missing rows (zeros) allowed for, tapered towards the last lag.

    Dividing by the number of pairs can leave what no signal has; its spectrum, cut off below, is one's again.
    """
    size = 2 ** int(np.ceil(np.log2(filled.shape[0] + LAGS)))
    power = np.abs(np.fft.rfft(filled, size, axis=0)) ** 2
    pairs = np.fft.irfft(np.abs(np.fft.rfft(whole.astype(float), size)) ** 2, size)[:LAGS]
    sums = np.fft.irfft(power, size, axis=0)[:LAGS]
    taper = np.cos(0.5 * np.pi * np.arange(LAGS) / LAGS) ** 2
    half = sums / np.maximum(pairs, 1.0)[:, None] * taper[:, None]
    spectrum = np.fft.rfft(np.concatenate([half, np.zeros_like(half[:1]), half[:0:-1]]), axis=0).real
    floor = FLOOR * np.mean(np.maximum(spectrum, 0.0), axis=0)
    return np.asarray(np.fft.irfft(np.maximum(spectrum, floor), 2 * LAGS, axis=0)[:LAGS])
