"""Peaks: single cycles of a movement, on its main axis, between the samples, with their size in every
region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, firwin, peak_prominences, peak_widths

from twitchcam.analysis.curves import Curves, window_max
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
WITHIN = np.linspace(-1.0, 1.0, 33)
"""Places within a cycle: -1 onset, 0 peak, 1 offset."""
_BUMP = 0.5 * (1.0 + np.cos(np.pi * WITHIN))
FIT = (_BUMP - _BUMP.mean()) / np.sum((_BUMP - _BUMP.mean()) ** 2)
"""Least-squares weights of a raised cosine plus a constant: one cycle of a sine, or one twitch."""
_GROUNDED = np.where(
    np.abs(WITHIN) < WIDTHS[:, None], 0.5 * (1.0 + np.cos(np.pi * WITHIN / WIDTHS[:, None])), 0.0
)
_GROUNDED = _GROUNDED - _GROUNDED.mean(axis=1, keepdims=True)
_MATCHED = _GROUNDED / np.linalg.norm(_GROUNDED, axis=1, keepdims=True)
"""The same on a flat ground, for each of `WIDTHS`, of unit energy: a matched filter."""
AT_ONCE = 512
"""Peaks whose samples stay in the processor's cache together."""


@dataclass(frozen=True)
class Peaks:
    """Cycles found in curves, by curve and time; times in samples of their curve."""

    curve: IntArray
    at: FloatArray
    rise: FloatArray
    """From onset to peak."""
    fall: FloatArray
    prominence_mm: FloatArray

    def take(self, keep: BoolArray | IntArray | slice) -> Peaks:
        """Return the kept ones."""
        return Peaks(
            self.curve[keep], self.at[keep], self.rise[keep], self.fall[keep], self.prominence_mm[keep]
        )

    def join(self, other: Peaks) -> Peaks:
        """Return both by curve and time."""
        both = concatenate([self, other])
        if self.at.size == 0 or other.at.size == 0:
            return both
        return both.take(np.lexsort((both.at, both.curve)))

    @property
    def length(self) -> FloatArray:
        """From onset to offset."""
        return np.asarray(self.rise + self.fall)


def no_peaks() -> Peaks:
    """Return none."""
    return Peaks(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in range(4)))


def concatenate(parts: Sequence[Peaks]) -> Peaks:
    """Return all, one after the other."""
    return Peaks(
        np.concatenate([p.curve for p in parts]), np.concatenate([p.at for p in parts]),
        np.concatenate([p.rise for p in parts]), np.concatenate([p.fall for p in parts]),
        np.concatenate([p.prominence_mm for p in parts]),
    )  # fmt: skip


def unblur(p: Peaks, sd: float) -> Peaks:
    """Return peaks found after smoothing by a Gaussian of `sd` samples with the widths they had before it."""

    def sharpen(half: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(np.maximum(half**2 - (2.355 * sd) ** 2, (0.5 * half) ** 2)))

    return Peaks(p.curve, p.at, sharpen(p.rise), sharpen(p.fall), p.prominence_mm)


@lru_cache(maxsize=8)
def interpolator(factor: int) -> FloatArray:
    """Return the taps that interpolate by an integer factor, flat to 0.42 of the old rate, `HALF_TAPS` old
    samples to each side.
    """
    taps: FloatArray = firwin(2 * HALF_TAPS * factor + 1, 1.0 / factor, window=("kaiser", 5.0)) * factor
    taps.setflags(write=False)
    return taps


def main_axes(fast: FloatArray, core: slice, noise_var: FloatArray, fs: float) -> FloatArray:
    """Return (L or 1, n) direction in radians (modulo pi) of the largest motion of `fast` (L, n, 2) in
    `core`, for n regions.

    One direction for a stretch up to 3 s, a slowly turning one for a longer stretch. The noise's own (n, 2)
    variances are subtracted so that a weak movement is not drawn towards the noisier coordinate.
    """
    x, y = fast[..., 0], fast[..., 1]
    if core.stop - core.start <= FIXED_AXIS_S * fs:
        x, y = x[core], y[core]
        c2 = np.sum((x**2 - noise_var[:, 0]) - (y**2 - noise_var[:, 1]), axis=0)
        s2 = 2.0 * np.sum(x * y, axis=0)
        return np.asarray(0.5 * np.arctan2(s2, c2))[None]
    apart = (x**2 - noise_var[:, 0]) - (y**2 - noise_var[:, 1])
    xy = x * y
    sd = AXIS_SD_S * fs
    c2 = gaussian_filter1d(apart, sd, axis=0) + ANCHOR * np.mean(apart[core], axis=0)
    s2 = 2.0 * gaussian_filter1d(xy, sd, axis=0) + ANCHOR * 2.0 * np.mean(xy[core], axis=0)
    return np.asarray(0.5 * np.unwrap(np.arctan2(s2, c2), axis=0))


def find_cycles(
    c: Curves, fs: float, *, prominence_mm: FloatArray, window_s: float, fraction: float
) -> Peaks:
    """Return the cycles whose peak stands out by its curve's `prominence_mm` (k,) within `window_s`.

    `fraction`: ripples below this part of the largest peak within half the window are left out.
    """
    window = max(3, int(window_s * fs))
    # A top so flat and wide that the window ends on it stands out of nothing there.
    at = find_peaks(c.values, plateau_size=(None, 2 * (window // 2) - 1))[0]
    at = at[np.isfinite(c.values[at])]
    if at.size == 0:
        return no_peaks()
    prominence, left, right = peak_prominences(c.values, at, wlen=window)
    curve = np.searchsorted(c.first, at, side="right") - 1
    keep = prominence >= prominence_mm[curve]
    at, curve, prominence, left, right = at[keep], curve[keep], prominence[keep], left[keep], right[keep]
    key, reach = c.key(curve, at - c.first[curve]), 0.5 * window_s * fs
    largest = window_max(
        prominence, np.searchsorted(key, key - reach), np.searchsorted(key, key + reach, side="right")
    )
    keep = c.allowed[at] & (prominence >= fraction * largest)
    at, curve, prominence = at[keep], curve[keep], prominence[keep]
    data = (prominence, left[keep], right[keep])
    _, _, start, stop = peak_widths(c.values, at, rel_height=0.5, prominence_data=data)
    least = 0.02 * fs
    rise = np.maximum(2.0 * (at - start), least)
    fall = np.maximum(2.0 * (stop - at), least)
    return Peaks(curve, at - c.first[curve] + _vertex(c.values, at), rise, fall, prominence)


def fit_sizes(c: Curves, curve: IntArray, at: FloatArray, rise: FloatArray, fall: FloatArray) -> FloatArray:
    """Return (p,) the signed size of each cycle in the curve named beside it, by least squares.

    The model is one raised cosine with the cycle's own rise and fall, plus a constant: unlike maximum minus
    minimum it does not grow with the noise.
    """
    out = np.empty(at.size)
    for k in range(0, at.size, AT_ONCE):
        some = slice(k, k + AT_ONCE)
        side = np.where(WITHIN < 0, rise[some, None], fall[some, None])
        out[some] = _sample(c, curve[some], at[some, None] + WITHIN * side) @ FIT
    return out


def size_noise_gain(bandwidth_hz: float, length_s: FloatArray | float) -> FloatArray:
    """Return the scatter of a fitted size over the noise of one coordinate, for cycles of `length_s`."""
    return np.asarray(np.sqrt(SIZE_NOISE / np.maximum(1.0, bandwidth_hz * np.asarray(length_s))))


def _sample(c: Curves, curve: IntArray, where: FloatArray) -> FloatArray:
    """Return (p, u) the values of a curve for each row of places (p, u), held at its ends.

    `where` is used up.
    """
    np.maximum(where, 0.0, out=where)
    np.minimum(where, (c.length[curve] - 1.000001)[:, None], out=where)
    index = where.astype(np.int64)
    where -= index
    index += c.first[curve][:, None]
    low = c.values[index]
    index += 1
    # Where the next sample is the wall, the place is the last sample itself and has no share of the next.
    step = c.values[index]
    step -= low
    step *= where
    step += low
    return np.asarray(step)


def centre(c: Curves, peaks: Peaks, *, signs: FloatArray | None = None) -> Peaks:
    """Return the peaks with the place and length at which a raised cosine on a flat ground fits their curves
    best.

    The largest sample of a slow, noisy twitch lies anywhere on its top, and its half-height width is no
    better. The ground reaches 1.6 times the first guess, but not beyond the middle to the next peak. With
    `signs` (p,), which way up to look, each peak is looked at as if it were the only one.
    """
    if peaks.at.size == 0:
        return peaks
    apart = np.full(peaks.at.size + 1, np.inf)
    if signs is None:
        apart[1:-1] = np.where(np.diff(peaks.curve) == 0, np.diff(peaks.at), np.inf)
    room = 0.52 * np.minimum(apart[:-1], apart[1:])
    half = np.minimum(0.5 * (peaks.rise + peaks.fall), room)
    window = np.minimum(1.6 * half, room)
    middle = peaks.at + np.clip(0.5 * (peaks.fall - peaks.rise), -0.25 * half, 0.25 * half)
    best = np.concatenate(
        [
            _best_fit(c, peaks.curve[k], middle[k], half[k], window[k], None if signs is None else signs[k])
            for a in range(0, half.size, AT_ONCE)
            for k in (slice(a, a + AT_ONCE),)
        ]
    )
    shift_at, width_at = np.divmod(best, WIDTHS.size)
    length = WIDTHS[width_at] * window
    return Peaks(peaks.curve, middle + SHIFTS[shift_at] * half, length, length, peaks.prominence_mm)


def _best_fit(
    c: Curves, curve: IntArray, middle: FloatArray, half: FloatArray, window: FloatArray,
    signs: FloatArray | None,
) -> IntArray:  # fmt: skip
    """Return (p,) which of the shifts times widths fits best."""
    gains = np.empty((half.size, SHIFTS.size, WIDTHS.size))
    around = WITHIN * window[:, None]
    for i, shift in enumerate(SHIFTS):
        values = _sample(c, curve, (middle + shift * half)[:, None] + around)
        gains[:, i] = values @ _MATCHED.T
    if signs is not None:
        gains *= signs[:, None, None]
    np.maximum(gains, 0.0, out=gains)
    return np.asarray(np.argmax(gains.reshape(half.size, -1), axis=1))


def _vertex(s: FloatArray, at: IntArray) -> FloatArray:
    """Offset of the parabola's top through three samples, -0.5 to 0.5."""
    a, b, c = s[at - 1], s[at], s[at + 1]
    curve = a - 2 * b + c
    return np.where(curve < 0, np.clip(0.5 * (a - c) / np.where(curve < 0, curve, -1.0), -0.5, 0.5), 0.0)
