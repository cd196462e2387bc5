"""Shape: whether a hump goes and comes back as a twitch does, or is a step or the jump of a single picture.

Steps come from new reference pictures and from an encoder's key pictures, jumps from single badly coded
pictures; a matched filter answers to both. What explains the motion best decides (a likelihood ratio of three
models in white noise, each with level and slope of the surroundings).
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.bank import sampled_bumps
from twitchcam.types import BoolArray, FloatArray, IntArray

AROUND_S = 0.25
"""Surroundings on each side."""
BRIEF_S = 0.05
"""What is left of a single picture's jump behind the low-pass of fast recordings."""
SLOW_HZ = 42.0
"""Slower recordings are not low-passed: there a jump is one sample."""
REACH_S = 0.06
"""The twitch may lie this far from where it was found."""
STRETCHES = (0.8, 1.0, 1.25)
AT_ONCE = 256
"""Places whose samples stay in the processor's cache together."""


def is_twitch_like(x: FloatArray, at: float, length_s: float, fs: float) -> bool:
    """True when a raised cosine of about `length_s` around sample `at` explains (m,) `x` better than a step
    or a jump of a single picture.

    Missing samples, and a place too near to the ends, make it False.
    """
    half, middle = int(half_widths(np.array([length_s]), fs)[0]), round(at)
    if middle - half < 0 or middle + half >= x.size:
        return False
    part = x[middle - half : middle + half + 1]
    return bool(are_twitch_like(part[None], np.array([half]), np.array([length_s]), fs)[0])


def half_widths(length_s: FloatArray, fs: float) -> IntArray:
    """Return (p,) the samples that are looked at on each side of twitches of these lengths."""
    return np.asarray(np.round((0.5 * length_s + AROUND_S) * fs), dtype=np.int64)


def are_twitch_like(x: FloatArray, half: IntArray, length_s: FloatArray, fs: float) -> BoolArray:
    """Return (p,) which of the places look like twitches; see `is_twitch_like`.

    `x` (p, 2 h + 1): the motion around each place, of which the middle 2 `half` + 1 samples (see
    `half_widths`) are looked at; False where one of them is missing.
    """
    out = np.zeros(length_s.size, dtype=bool)
    h = x.shape[1] // 2
    k = np.arange(-h, h + 1)
    inside = np.abs(k) <= half[:, None]
    able = np.flatnonzero((half >= 4) & np.where(inside, np.isfinite(x), True).all(axis=1))
    for a in range(0, able.size, AT_ONCE):
        some = able[a : a + AT_ONCE]
        out[some] = _better(np.where(inside[some], x[some], 0.0), half[some], length_s[some], fs)
    return out


def _better(x: FloatArray, half: IntArray, length_s: FloatArray, fs: float) -> BoolArray:
    """Return (p,) whether a twitch explains more of (p, n) `x`, zero outside of `half`, than a step or a
    jump; explained is what a shape takes of the sum of squares beyond level and slope (orthonormal).
    """
    h = x.shape[1] // 2
    k = np.arange(-h, h + 1)
    inside = np.abs(k) <= half[:, None]
    level = inside / np.sqrt(2.0 * half + 1.0)[:, None]
    slope = inside * k / np.sqrt(half * (half + 1.0) * (2.0 * half + 1.0) / 3.0)[:, None]
    left = x - level * np.sum(x * level, axis=1)[:, None] - slope * np.sum(x * slope, axis=1)[:, None]
    near = np.abs(k) <= (0.5 * length_s * fs + 1)[:, None]
    # A step is the sum of the samples from its place on.
    power = _sums(inside) - _sums(level) ** 2 - _sums(slope) ** 2
    most = np.max(np.where(near, _sums(left) ** 2 / np.maximum(power, 1e-12), 0.0), axis=1)
    if fs < SLOW_HZ:
        power = 1.0 - level**2 - slope**2
        jumps = np.max(np.where(near, left**2 / np.maximum(power, 1e-12), 0.0), axis=1)
    else:
        jumps = _shifted(left, np.full(half.size, BRIEF_S), fs, level, slope, near)
    shifts = np.broadcast_to(np.abs(k) <= round(REACH_S * fs), x.shape)
    twitch = [_shifted(left, f * length_s, fs, level, slope, shifts) for f in STRETCHES]
    return np.asarray(np.max(twitch, axis=0) > np.maximum(jumps, most))


def _sums(x: FloatArray | BoolArray) -> FloatArray:
    """Return (p, n) the sum from each column to the last."""
    return np.asarray(np.cumsum(x[:, ::-1], axis=1, dtype=float)[:, ::-1])


def _shifted(
    left: FloatArray,
    length_s: FloatArray,
    fs: float,
    level: FloatArray,
    slope: FloatArray,
    allowed: BoolArray,
) -> FloatArray:
    """Return (p,) the most that twitches of (p,) lengths, moved to where (p, n) `allowed`, explain of
    `left`.
    """
    h = left.shape[1] // 2
    width = min(h, int(np.ceil(0.5 * float(length_s.max()) * fs)) + 1)
    shape = sampled_bumps(width, length_s, fs)
    total, energy = shape.sum(axis=1), np.sum(shape**2, axis=1)
    best = np.zeros(left.shape[0])
    wide = np.pad(left, ((0, 0), (width, width)))
    for at in np.flatnonzero(allowed.any(axis=0)).tolist():
        along = np.einsum("pk,pk->p", shape, wide[:, at : at + 2 * width + 1])
        # Symmetric shapes: their part along the slope is their sum times their distance.
        power = energy - (total * level[:, h]) ** 2 - (total * (at - h) * slope[:, h + 1]) ** 2
        best = np.maximum(best, np.where(allowed[:, at], along**2 / np.maximum(power, 1e-12), 0.0))
    return best
