"""Peaks: single cycles of a movement, on its main axis, between the samples, with their size in every
region.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, firwin, peak_widths, upfirdn

from twitchcam.types import BoolArray, FloatArray, IntArray

UPSAMPLED_HZ = 110.0
"""Peaks of a 12 Hz tremor at 30 fps have 2.5 samples a cycle; band-limited interpolation to this rate finds
them."""
SIZE_NOISE = 4.0
"""Variance of a fitted size = SIZE_NOISE * noise variance / (bandwidth * duration), from the raised cosine's
shape."""
HALF_TAPS = 12
AXIS_SD_S = 0.4
"""In a long stretch the main axis may turn this slowly (one standard deviation of its window)."""
FIXED_AXIS_S = 3.0
ANCHOR = 0.3
"""Weight of the stretch's overall axis against the local one: in a pause the axis stays and does not flip."""
SHIFTS = np.linspace(-0.48, 0.48, 17)
WIDTHS = np.linspace(0.4, 1.0, 9)
_U = np.linspace(-1.0, 1.0, 33)
_BUMP = 0.5 * (1.0 + np.cos(np.pi * _U))
_FIT = (_BUMP - _BUMP.mean()) / np.sum((_BUMP - _BUMP.mean()) ** 2)
"""Least-squares weights of a raised cosine plus a constant: one cycle of a sine, or one twitch."""
_GROUNDED = np.where(np.abs(_U) < WIDTHS[:, None], 0.5 * (1.0 + np.cos(np.pi * _U / WIDTHS[:, None])), 0.0)
_GROUNDED = _GROUNDED - _GROUNDED.mean(axis=1, keepdims=True)
_MATCHED = _GROUNDED / np.linalg.norm(_GROUNDED, axis=1, keepdims=True)
"""The same on a flat ground, for each of `WIDTHS`, of unit energy: a matched filter."""


@dataclass(frozen=True)
class Peaks:
    """Cycles found on one region's axis; times in samples of the piece that was searched."""

    at: FloatArray
    rise: FloatArray
    """From onset to peak."""
    fall: FloatArray
    prominence_mm: FloatArray

    def take(self, keep: BoolArray) -> Peaks:
        """Return the kept ones."""
        return Peaks(self.at[keep], self.rise[keep], self.fall[keep], self.prominence_mm[keep])

    def join(self, other: Peaks) -> Peaks:
        """Return both in time order."""
        order = np.argsort(np.r_[self.at, other.at], kind="stable")
        parts = ((self.at, other.at), (self.rise, other.rise), (self.fall, other.fall),
                 (self.prominence_mm, other.prominence_mm))  # fmt: skip
        return Peaks(*(np.concatenate(p)[order] for p in parts))


def unblur(p: Peaks, sd: float) -> Peaks:
    """Return peaks found after smoothing by a Gaussian of `sd` samples with the widths they had before it."""

    def sharpen(half: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(np.maximum(half**2 - (2.355 * sd) ** 2, (0.5 * half) ** 2)))

    return Peaks(p.at, sharpen(p.rise), sharpen(p.fall), p.prominence_mm)


def upsample(x: FloatArray, factor: int) -> FloatArray:
    """Interpolate (L, c) columns without NaN by an integer factor, flat to 0.42 of the old rate."""
    if factor == 1:
        return x
    taps = firwin(2 * HALF_TAPS * factor + 1, 1.0 / factor, window=("kaiser", 5.0)) * factor
    pad = HALF_TAPS
    wide = (
        np.pad(x, ((pad, pad), (0, 0)), mode="reflect", reflect_type="odd")
        if x.shape[0] > pad
        else np.pad(x, ((pad, pad), (0, 0)), mode="edge")
    )
    out = upfirdn(taps, wide, up=factor, axis=0)
    first = HALF_TAPS * factor + pad * factor
    return np.asarray(out[first : first + (x.shape[0] - 1) * factor + 1])


def main_axis(fast: FloatArray, core: slice, noise_var: FloatArray, fs: float) -> FloatArray:
    """Return (L,) direction in radians (modulo pi) of the largest motion of `fast` (L, 2) in `core`.

    One direction for a stretch up to 3 s, a slowly turning one for a longer stretch. The noise's own (2,)
    variances are subtracted so that a weak movement is not drawn towards the noisier coordinate.
    """
    xx, yy = fast[:, 0] ** 2 - noise_var[0], fast[:, 1] ** 2 - noise_var[1]
    xy = fast[:, 0] * fast[:, 1]
    if core.stop - core.start <= FIXED_AXIS_S * fs:
        c2 = float(np.sum((xx - yy)[core]))
        s2 = 2.0 * float(np.sum(xy[core]))
        return np.full(fast.shape[0], 0.5 * np.arctan2(s2, c2))
    sd = AXIS_SD_S * fs
    c2s, s2s = gaussian_filter1d(xx - yy, sd), 2.0 * gaussian_filter1d(xy, sd)
    c2s, s2s = c2s + ANCHOR * float(np.mean((xx - yy)[core])), s2s + ANCHOR * 2.0 * float(np.mean(xy[core]))
    return np.asarray(0.5 * np.unwrap(np.arctan2(s2s, c2s)))


def project(x: FloatArray, angle: FloatArray) -> FloatArray:
    """Return (L,) component of (L, 2) `x` along the direction."""
    return np.asarray(x[:, 0] * np.cos(angle) + x[:, 1] * np.sin(angle))


def find_cycles(
    s: FloatArray, fs: float, *, prominence_mm: float, window_s: float, fraction: float, allowed: BoolArray
) -> Peaks:
    """Return the cycles of (L,) `s` whose peak stands out by `prominence_mm` within `window_s`.

    `fraction`: ripples below this part of the largest peak within half the window are left out. `allowed`
    (L,): where a peak may lie.
    """
    at, props = find_peaks(s, prominence=prominence_mm, wlen=max(3, int(window_s * fs)))
    prominence = props["prominences"]
    keep = allowed[at] & (prominence >= fraction * _largest_near(at, prominence, 0.5 * window_s * fs))
    at, prominence = at[keep], prominence[keep]
    data = (prominence, props["left_bases"][keep], props["right_bases"][keep])
    _, _, left, right = peak_widths(s, at, rel_height=0.5, prominence_data=data)
    least = 0.02 * fs
    rise = np.maximum(2.0 * (at - left), least)
    fall = np.maximum(2.0 * (right - at), least)
    return Peaks(at + _vertex(s, at), rise, fall, prominence)


def fit_sizes(x: FloatArray, peaks: Peaks) -> FloatArray:
    """Return (p, c) signed size of each cycle in every column of (L, c) `x`, by least squares.

    The model is one raised cosine with the cycle's own rise and fall, plus a constant: unlike maximum minus
    minimum it does not grow with the noise.
    """
    return np.asarray(np.einsum("k,pkc->pc", _FIT, _sample(x, peaks.at, peaks.rise, peaks.fall)))


def size_noise_gain(bandwidth_hz: float, length_s: FloatArray | float) -> FloatArray:
    """Return the scatter of a fitted size over the noise of one coordinate, for cycles of `length_s`."""
    return np.asarray(np.sqrt(SIZE_NOISE / np.maximum(1.0, bandwidth_hz * np.asarray(length_s))))


def _sample(x: FloatArray, at: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Return (p, 33, c) values of (L, c) `x` from `before` samples before to `after` samples after each
    place.
    """
    side = np.where(_U[None] < 0, before[:, None], after[:, None])
    where = np.clip(at[:, None] + _U[None] * side, 0, x.shape[0] - 1.000001)
    i = where.astype(int)
    part = (where - i)[..., None]
    return np.asarray(x[i] * (1 - part) + x[np.minimum(i + 1, x.shape[0] - 1)] * part)


def centre(s: FloatArray, peaks: Peaks) -> Peaks:
    """Return the peaks with the place and length at which a raised cosine on a flat ground fits (L,) `s`
    best.

    The largest sample of a slow, noisy twitch lies anywhere on its top, and its half-height width is no
    better. The ground reaches 1.6 times the first guess, but not beyond the middle to the next peak.
    """
    if peaks.at.size == 0:
        return peaks
    apart = np.diff(peaks.at, prepend=-np.inf, append=np.inf)
    room = 0.52 * np.minimum(apart[:-1], apart[1:])
    half = np.minimum(0.5 * (peaks.rise + peaks.fall), room)
    window = np.minimum(1.6 * half, room)
    middle = peaks.at + np.clip(0.5 * (peaks.fall - peaks.rise), -0.25 * half, 0.25 * half)
    gains = []
    for shift in SHIFTS:
        values = _sample(s[:, None], middle + shift * half, window, window)[..., 0]
        gains.append(np.maximum(values @ _MATCHED.T, 0.0))
    all_gains = np.stack(gains)
    best = np.argmax(all_gains.transpose(1, 0, 2).reshape(half.size, -1), axis=1)
    shift_at, width_at = np.divmod(best, WIDTHS.size)
    length = WIDTHS[width_at] * window
    return Peaks(middle + SHIFTS[shift_at] * half, length, length, peaks.prominence_mm)


def _largest_near(at: IntArray, size: FloatArray, reach: float) -> FloatArray:
    first, last = np.searchsorted(at, at - reach), np.searchsorted(at, at + reach, side="right")
    return np.array([size[a:b].max() for a, b in zip(first, last, strict=True)])


def _vertex(s: FloatArray, at: IntArray) -> FloatArray:
    """Offset of the parabola's top through three samples, -0.5 to 0.5."""
    a, b, c = s[at - 1], s[at], s[at + 1]
    curve = a - 2 * b + c
    return np.where(curve < 0, np.clip(0.5 * (a - c) / np.where(curve < 0, curve, -1.0), -0.5, 0.5), 0.0)
