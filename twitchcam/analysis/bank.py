"""Bank: matched filters for single twitches of 60-400 ms.

A filter returns the amplitude (mm) of a raised-cosine twitch of its own length whose peak lies at the sample:
the generalised least-squares estimate in noise that rises towards low frequencies, with level and slope of
the surroundings fitted along (Kay 1998, Detection Theory, ch. 4.4 and 5). Nothing estimates the size of a
known bump in Gaussian noise with less scatter, so nothing finds it in more noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import toeplitz
from scipy.stats import chi2

from twitchcam.types import FloatArray

LENGTHS_S = (0.065, 0.1, 0.155, 0.24, 0.38)
"""A raised cosine 1.25 times longer or shorter is still met at 0.98 of its strength."""
AROUND_S = 0.35
"""Surroundings on each side from which level and slope are taken; more would reach into the next twitch."""
CORNER_HZ = 0.7
"""Below this the noise of a swaying head exceeds that of the pixels on most still clips (0.6-1.6 Hz). A
higher corner costs 5 % in white noise, a lower one lets sway through."""
SHUTTER = 0.5
"""Part of the frame interval over which the shutter averages; 0 or 1 change a filter by under 2 %."""
SPECTRUM_POINTS = 4096


@dataclass(frozen=True)
class Matched:
    """One filter of the bank."""

    length_s: float
    taps: FloatArray
    """(2 h + 1,) symmetric; `taps @ samples` is the amplitude."""
    white_gain: float
    """Standard deviation of the estimate for noise of density 1/sqrt(Hz), one-sided."""
    bandwidth_hz: float
    """Of the estimate in white noise: independent values per second, halved."""

    @property
    def half(self) -> int:
        """Samples on either side of the peak."""
        return self.taps.size // 2

    def response(self, length_s: float, fs: float) -> float:
        """Return what the filter says of a twitch of 1 mm that lasts `length_s`."""
        return float(self.taps @ sampled_bump(self.half, length_s, fs))


def bump(t_s: FloatArray, length_s: FloatArray | float) -> FloatArray:
    """Return a raised cosine of unit height and `length_s` from rest to rest, at times from its peak."""
    inside = np.abs(t_s) < length_s / 2
    return np.asarray(np.where(inside, 0.5 * (1.0 + np.cos(2 * np.pi * t_s / length_s)), 0.0))


def sampled_bump(half: int, length_s: float, fs: float) -> FloatArray:
    """Return (2 half + 1,) a twitch of unit height as a camera samples it, its peak in the middle."""
    return np.asarray(sampled_bumps(half, np.array([length_s]), fs)[0])


def sampled_bumps(half: int, length_s: FloatArray, fs: float) -> FloatArray:
    """Return (p, 2 half + 1) the same for twitches of p lengths."""
    k = np.arange(-half, half + 1)
    within = np.linspace(-0.5, 0.5, 9) * SHUTTER
    t_s = ((k[:, None] + within) / fs)[None]
    return np.asarray(bump(t_s, np.asarray(length_s)[:, None, None]).mean(axis=2))


def make_bank(fs: float, lengths_s: tuple[float, ...] = LENGTHS_S) -> tuple[Matched, ...]:
    """Return the filters for a sampling rate; lengths of less than two samples are left out."""
    return tuple(_matched(length, fs) for length in lengths_s if length * fs >= 1.9)


def quantile_gain(q: float, bandwidth_hz: float, window_s: float) -> float:
    """Return the `q` quantile of a window's mean square over its expectation, for Gaussian noise.

    The mean square over a window is a chi-square variable with two degrees of freedom for each independent
    pair of values.
    """
    dof = max(1.0, 2.0 * bandwidth_hz * window_s)
    return float(chi2.ppf(q, dof) / dof)


def _matched(length_s: float, fs: float) -> Matched:
    half = round((length_s / 2 + AROUND_S) * fs)
    k = np.arange(-half, half + 1)
    shape = sampled_bump(half, length_s, fs)
    inverse = np.linalg.inv(toeplitz(_autocovariance(fs)[: k.size]))
    ground = np.stack([np.ones(k.size), k / half], axis=1)
    cleared = inverse @ ground
    weights = inverse - cleared @ np.linalg.solve(ground.T @ cleared, cleared.T)
    taps = weights @ shape / float(shape @ weights @ shape)
    power = np.abs(np.fft.rfft(taps, SPECTRUM_POINTS)) ** 2
    step = fs / SPECTRUM_POINTS
    return Matched(
        length_s,
        taps,
        float(np.sqrt(np.sum(taps**2) * fs / 2)),
        float(np.sum(power) ** 2 / np.sum(power**2) * step),
    )


def _autocovariance(fs: float) -> FloatArray:
    hz = np.fft.rfftfreq(SPECTRUM_POINTS, 1 / fs)
    hz[0] = hz[1]
    return np.asarray(np.fft.irfft(1.0 + (CORNER_HZ / hz) ** 2))
