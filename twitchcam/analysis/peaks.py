"""Peaks: single cycles of a movement, on its main axis, between the samples, with their size in every region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks, firwin, peak_widths, upfirdn

from twitchcam.types import BoolArray, FloatArray, IntArray

UPSAMPLED_HZ = 110.0
"""Peaks of a 12 Hz tremor at 30 fps have 2.5 samples a cycle; band-limited interpolation to this rate finds them."""
HALF_TAPS = 12
AXIS_SD_S = 0.4
"""In a long stretch the main axis may turn this slowly (one standard deviation of its window)."""
FIXED_AXIS_S = 3.0
_U = np.linspace(-1.0, 1.0, 33)
_BUMP = 0.5 * (1.0 + np.cos(np.pi * _U))
_FIT = (_BUMP - _BUMP.mean()) / np.sum((_BUMP - _BUMP.mean()) ** 2)
"""Least-squares weights of a raised cosine plus a constant: one cycle of a sine, or one twitch."""


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
        return np.sqrt(np.maximum(half**2 - (2.355 * sd) ** 2, (0.5 * half) ** 2))

    return Peaks(p.at, sharpen(p.rise), sharpen(p.fall), p.prominence_mm)


def upsample(x: FloatArray, factor: int) -> FloatArray:
    """Interpolate (L, c) columns without NaN by an integer factor, flat to 0.42 of the old rate."""
    if factor == 1:
        return x
    taps = firwin(2 * HALF_TAPS * factor + 1, 1.0 / factor, window=("kaiser", 5.0)) * factor
    pad = HALF_TAPS
    wide = np.pad(x, ((pad, pad), (0, 0)), mode="reflect", reflect_type="odd") if x.shape[0] > pad else np.pad(
        x, ((pad, pad), (0, 0)), mode="edge"
    )
    out = upfirdn(taps, wide, up=factor, axis=0)
    first = HALF_TAPS * factor + pad * factor
    return np.asarray(out[first : first + (x.shape[0] - 1) * factor + 1])


def main_axis(fast: FloatArray, core: slice, noise_var: FloatArray, fs: float) -> FloatArray:
    """Return (L,) direction in radians (modulo pi) of the largest motion of `fast` (L, 2) in `core`.

    One direction for a stretch up to 3 s, a slowly turning one for a longer stretch. The noise's own (2,) variances
    are subtracted so that a weak movement is not drawn towards the noisier coordinate.
    """
    xx, yy = fast[:, 0] ** 2 - noise_var[0], fast[:, 1] ** 2 - noise_var[1]
    xy = fast[:, 0] * fast[:, 1]
    if core.stop - core.start <= FIXED_AXIS_S * fs:
        c2 = float(np.sum((xx - yy)[core]))
        s2 = 2.0 * float(np.sum(xy[core]))
        return np.full(fast.shape[0], 0.5 * np.arctan2(s2, c2))
    sd = AXIS_SD_S * fs
    c2s, s2s = gaussian_filter1d(xx - yy, sd), 2.0 * gaussian_filter1d(xy, sd)
    return np.asarray(0.5 * np.unwrap(np.arctan2(s2s, c2s)))


def project(x: FloatArray, angle: FloatArray) -> FloatArray:
    """Return (L,) component of (L, 2) `x` along the direction."""
    return np.asarray(x[:, 0] * np.cos(angle) + x[:, 1] * np.sin(angle))


def orient(s: FloatArray, core: slice) -> float:
    """Return +1 or -1 so that the movement's excursions from its resting level are positive.

    The resting level is the median of the piece, which has quiet margins. Depends on nothing but the curve, so a
    mirrored recording gives the mirrored result.
    """
    away = s[core] - np.median(s)
    third = float(np.sum(away**3))
    return -1.0 if third < 0 else 1.0


def find_cycles(
    s: FloatArray, fs: float, *, prominence_mm: float, window_s: float, fraction: float, allowed: BoolArray
) -> Peaks:
    """Return the cycles of (L,) `s` whose peak stands out by `prominence_mm` within `window_s`.

    `fraction`: ripples below this part of the largest peak within half the window are left out. `allowed` (L,): where
    a peak may lie.
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

    The model is one raised cosine with the cycle's own rise and fall, plus a constant: unlike maximum minus minimum
    it does not grow with the noise.
    """
    side = np.where(_U[None] < 0, peaks.rise[:, None], peaks.fall[:, None])
    where = np.clip(peaks.at[:, None] + _U[None] * side, 0, x.shape[0] - 1.000001)
    i = where.astype(int)
    part = (where - i)[..., None]
    values = x[i] * (1 - part) + x[np.minimum(i + 1, x.shape[0] - 1)] * part
    return np.asarray(np.einsum("k,pkc->pc", _FIT, values))


def _largest_near(at: IntArray, size: FloatArray, reach: float) -> FloatArray:
    first, last = np.searchsorted(at, at - reach), np.searchsorted(at, at + reach, side="right")
    return np.array([size[a:b].max() for a, b in zip(first, last, strict=True)])


def _vertex(s: FloatArray, at: IntArray) -> FloatArray:
    """Offset of the parabola's top through three samples, -0.5 to 0.5."""
    a, b, c = s[at - 1], s[at], s[at + 1]
    curve = a - 2 * b + c
    return np.where(curve < 0, np.clip(0.5 * (a - c) / np.where(curve < 0, curve, -1.0), -0.5, 0.5), 0.0)
