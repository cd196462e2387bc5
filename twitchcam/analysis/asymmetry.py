"""Asymmetry: (L - R) / (L + R) of lip activity, noise subtracted, with a confidence interval."""

from __future__ import annotations

import numpy as np

from twitchcam.regions import INDEX, LIPS, MIRROR, side_of
from twitchcam.summary import Asymmetry
from twitchcam.types import FloatArray

LIPS_LEFT = np.array([INDEX[n] for n in LIPS if side_of(n) == "left"])
LIPS_RIGHT = np.array([MIRROR[i] for i in LIPS_LEFT])
RESAMPLES = 400
SEED = 20200
SIGNIFICANT = 3.0
RATIO_SD = 0.08
"""Relative standard deviation of the ratio of the two sides' gains on a frontal face: skin texture and the
shape of the movement make each side's gain differ by 3-6 % (scripts/accuracy.py, scripts/conditions.py)."""
RATIO_SD_TURNED = 0.35
"""What a turned head adds to it, times the sine of the yaw: the slope of the skin, by which foreshortening is
undone, is known to a fifth or so, and the far side shows narrower movements (scripts/conditions.py: errors of
the index up to 0.08 at 15 degrees)."""


def asymmetry_index(
    fast_mm: FloatArray,
    blocks: list[tuple[int, int]],
    noise_var: FloatArray,
    bandwidth_hz: float,
    fs: float,
    *,
    yaw_deg: float = 0.0,
) -> Asymmetry:
    """Return the asymmetry index of the lips over blocks of samples (events, or seconds of rest).

    Activity of a side is the root of its motion power (its three lip regions, both coordinates) minus the
    noise's (19, 2) variances. The interval joins a bootstrap over the blocks with the noise's own
    uncertainty and with that of the two sides' gains, which grows with the head's yaw. Empty when the
    activity is not three standard errors above the noise.
    """
    power, count = block_power(fast_mm, blocks)
    power, count = power[count > 0], count[count > 0]
    var = noise_var.sum(axis=1)
    sides = [LIPS_LEFT, LIPS_RIGHT]
    if count.size == 0 or not np.isfinite(var[np.concatenate(sides)]).all():
        return Asymmetry(None, None)
    per_side = np.stack([power[:, s].sum(axis=1) - count * var[s].sum() for s in sides], axis=1)
    n_eff = float(max(2.0, count.sum() * min(1.0, 2 * bandwidth_hz / fs)))
    noise = np.array([var[s].sum() for s in sides])
    total = per_side.sum(axis=0) / count.sum()
    se = np.sqrt((noise**2 / 3 + 2 * np.maximum(total, 0) * noise / 3) / n_eff)
    if total.sum() < SIGNIFICANT * float(np.hypot(*se)):
        return Asymmetry(None, None)
    index = float(_index(total))
    ratio_sd = float(np.hypot(RATIO_SD, RATIO_SD_TURNED * np.sin(np.radians(yaw_deg))))
    low, high = _interval(per_side, count, total, se, ratio_sd)
    return Asymmetry(index, (float(max(-1.0, min(low, index))), float(min(1.0, max(high, index)))))


def block_power(fast_mm: FloatArray, blocks: list[tuple[int, int]]) -> tuple[FloatArray, FloatArray]:
    """Return (b, 19) sums of squared motion and (b,) numbers of measured samples."""
    squared = np.sum(fast_mm**2, axis=2)
    good = np.isfinite(squared).all(axis=1)
    running = np.concatenate(
        [np.zeros((1, squared.shape[1])), np.cumsum(np.where(good[:, None], squared, 0), axis=0)]
    )
    number = np.concatenate([[0], np.cumsum(good)])
    a = np.array([s[0] for s in blocks], dtype=int)
    b = np.array([s[1] for s in blocks], dtype=int)
    return running[b] - running[a], (number[b] - number[a]).astype(float)


def _index(total: FloatArray) -> FloatArray:
    size = np.sqrt(np.maximum(total, 0.0))
    return np.asarray((size[..., 0] - size[..., 1]) / np.maximum(size.sum(axis=-1), 1e-12))


def _interval(
    per_side: FloatArray, count: FloatArray, total: FloatArray, se: FloatArray, ratio_sd: float
) -> tuple[float, float]:
    rng = np.random.default_rng(SEED)
    n = count.size
    draws = rng.integers(0, n, size=(RESAMPLES, n)) if n <= 400 else rng.integers(0, n, size=(RESAMPLES, 400))
    means = per_side[draws].sum(axis=1) / count[draws].sum(axis=1)[:, None]
    if n > 400:
        means = total + (means - total) * np.sqrt(400 / n)
    widen = np.sqrt(n / (n - 1)) if n > 1 else 1.0
    chance = rng.standard_normal((RESAMPLES, 2))
    ratio = ratio_sd * rng.standard_normal(RESAMPLES)
    # Each draw comes with its mirror image, so that the mirrored recording has the mirrored interval.
    means = np.concatenate([means, means])
    chance = np.concatenate([chance, chance[:, ::-1]])
    ratio = np.exp(np.concatenate([ratio, -ratio]))
    noisy = total + (means - total) * widen + chance * se
    # Activity is squared, so the ratio of the sides' gains is too.
    noisy = noisy * np.stack([ratio, 1 / ratio], axis=1)
    low, high = np.quantile(_index(noisy), [0.025, 0.975])
    return float(low), float(high)
