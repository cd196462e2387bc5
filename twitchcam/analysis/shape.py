"""Shape: whether a hump goes and comes back as a twitch does, or is a step or the jump of a single picture.

Steps come from new reference pictures and from an encoder's key pictures, jumps from single badly coded
pictures; a matched filter answers to both. What explains the motion best decides (a likelihood ratio of three
models in white noise, each with level and slope of the surroundings).
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.bank import sampled_bump
from twitchcam.types import FloatArray

AROUND_S = 0.25
"""Surroundings on each side."""
BRIEF_S = 0.05
"""What is left of a single picture's jump behind the low-pass of fast recordings."""
SLOW_HZ = 42.0
"""Slower recordings are not low-passed: there a jump is one sample."""
REACH_S = 0.06
"""The twitch may lie this far from where it was found."""
STRETCHES = (0.8, 1.0, 1.25)


def is_twitch_like(x: FloatArray, at: float, length_s: float, fs: float) -> bool:
    """True when a raised cosine of about `length_s` around sample `at` explains (m,) `x` better than a step
    or a jump of a single picture.

    Missing samples, and a place too near to the ends, make it False.
    """
    half = round((0.5 * length_s + AROUND_S) * fs)
    middle = round(at)
    if middle - half < 0 or middle + half >= x.size or half < 4:
        return False
    part = x[middle - half : middle + half + 1]
    if not np.isfinite(part).all():
        return False
    k = np.arange(-half, half + 1)
    ground = np.linalg.qr(np.stack([np.ones(k.size), k / half], axis=1))[0]
    shifts = np.arange(-round(REACH_S * fs), round(REACH_S * fs) + 1)
    inside = np.abs(k) <= 0.5 * length_s * fs + 1
    twitch = [sampled_bump(half, f * length_s, fs) for f in STRETCHES]
    jump = (k == 0).astype(float) if fs < SLOW_HZ else sampled_bump(half, BRIEF_S, fs)
    best = _explained(part, np.stack([np.roll(t, s) for t in twitch for s in shifts]), ground)
    jumps = _explained(part, np.stack([np.roll(jump, s) for s in k[inside]]), ground)
    steps = _explained(part, np.stack([(k >= s).astype(float) for s in k[inside]]), ground)
    return best > max(jumps, steps)


def _explained(x: FloatArray, shapes: FloatArray, ground: FloatArray) -> float:
    """Return the largest part of the sum of squares of (n,) `x` that one of (s, n) `shapes` explains beyond
    the (n, 2) orthonormal ground.
    """
    clear = shapes - (shapes @ ground) @ ground.T
    power = np.sum(clear**2, axis=1)
    return float(np.max((clear @ x) ** 2 / np.maximum(power, 1e-12)))
