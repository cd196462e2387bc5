"""What bidirectionally predicted pictures (B pictures) lose, and how it is given back.

An encoder may predict a picture from its neighbours on both sides and drop a difference that is small against
its quantiser. The motion measured in such a picture is drawn towards its neighbours' mean: in x264's default
setting a 0.3 mm twitch keeps 70-95 % there, and all of it in the pictures between. In a rhythmic stretch both
kinds of picture see the same movement, so the loss can be read off the recording itself: regress either kind
on the movement's own narrow band and compare the slopes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.types import BoolArray, FloatArray, Recording

DRIFT_SD_S: Final = 0.2
"""Slower motion (below about 0.8 Hz) is left alone: neighbours predict it well."""
WINDOW_S: Final = 3.0
HOP_S: Final = 1.0
LOWEST_HZ: Final = 1.5
HIGHEST: Final = 0.45
"""Of the frame rate."""
PURE: Final = 0.6
"""A window is rhythmic when this part of its power lies within 2 bins (0.7 Hz) of its peak; white noise
reaches 0.3."""
BAND_SD_HZ: Final = 0.6
ROUNDS: Final = 4
MIN_ROWS: Final = 12
"""Of each kind, in rhythmic windows."""
MIN_EXPLAINED: Final = 0.5
LEAST: Final = 0.4
"""No more than this is given back: below it hardly anything is left to measure."""

Window = tuple[int, int, int, float]
"""(first row, length, region, frequency)."""


def give_back(recording: Recording) -> Recording:
    """Return the recording with the motion of its B pictures restored, where a rhythm allows to measure the
    loss.

    Without B pictures, or without a rhythmic stretch, the recording comes back as it is. The median factor is
    kept in `settings["b_picture_gain"]`.
    """
    b = recording.b_picture
    if recording.t_s.size < 2 or b.mean() < 0.2:
        return recording
    fs = 1.0 / float(np.median(np.diff(recording.t_s)))
    gain = b_picture_gain(recording.motion_mm, b, fs)
    if not (gain < 1).any():
        return recording
    slow = _drift(recording.motion_mm, fs)
    fast = recording.motion_mm - slow
    fast[b] /= gain[:, None]
    kept: dict[str, float | str | bool] = {"b_picture_gain": round(float(np.median(gain)), 4)}
    return replace(recording, motion_mm=slow + fast, settings=recording.settings | kept)


def b_picture_gain(motion_mm: FloatArray, b: BoolArray, fs: float) -> FloatArray:
    """Return (19,) what part of a movement the B pictures show, 1 where nothing can be said.

    `motion_mm` (n, 19, 2), `b` (n,). Regions without a rhythm of their own take the energy-weighted mean of
    the others.
    """
    fast = np.nan_to_num(motion_mm - _drift(motion_mm, fs))
    windows = _rhythmic_windows(fast, fs)
    regions = motion_mm.shape[1]
    gain, energy = np.full(regions, np.nan), np.zeros(regions)
    for r in sorted({w[2] for w in windows}):
        gain[r], energy[r] = _region_gain(fast[:, r], b, fs, [w for w in windows if w[2] == r])
    known = np.isfinite(gain)
    if not known.any():
        return np.ones(regions)
    usual = float((gain[known] * energy[known]).sum() / energy[known].sum())
    return np.where(known, gain, usual)


def _drift(motion_mm: FloatArray, fs: float) -> FloatArray:
    """Gaussian mean over time that passes over gaps."""
    there = np.isfinite(motion_mm)
    weight = gaussian_filter1d(there.astype(float), DRIFT_SD_S * fs, axis=0)
    total = gaussian_filter1d(np.where(there, motion_mm, 0.0), DRIFT_SD_S * fs, axis=0)
    return np.asarray(np.where(there, total / np.maximum(weight, 1e-9), np.nan))


def _rhythmic_windows(fast: FloatArray, fs: float) -> list[Window]:
    length, hop = round(WINDOW_S * fs), max(1, round(HOP_S * fs))
    f = np.fft.rfftfreq(max(length, 1), 1 / fs)
    band = np.flatnonzero((f >= LOWEST_HZ) & (f <= HIGHEST * fs))
    if not band.size:  # hardly more than three pictures a second
        return []
    taper = np.hanning(length)[:, None, None]
    out: list[Window] = []
    for start in range(0, fast.shape[0] - length + 1, hop):
        power = (np.abs(np.fft.rfft(fast[start : start + length] * taper, axis=0)) ** 2).sum(axis=2)[band]
        peak = power.argmax(axis=0)
        total = np.maximum(power.sum(axis=0), 1e-12)
        for r, k in enumerate(peak):
            if power[max(0, k - 2) : k + 3, r].sum() > PURE * total[r]:
                out.append((start, length, r, float(f[band[k]])))
    return out


def _region_gain(x: FloatArray, b: BoolArray, fs: float, windows: list[Window]) -> tuple[float, float]:
    """Return (gain, energy) of one region's motion (n, 2); NaN when it cannot be told."""
    gain = 1.0
    for _ in range(ROUNDS):
        whole = x.copy()
        whole[b] /= gain
        sums = np.zeros((2, 3))
        rows = np.zeros(2)
        for start, length, _r, hz in windows:
            middle = slice(start + length // 3, start + length - length // 3)
            z = _narrow(whole[start : start + length], hz, fs)[length // 3 : length - length // 3]
            for kind in (0, 1):
                at = b[middle] == bool(kind)
                seen, base = x[middle][at], z[at]
                sums[kind] += [(seen * base).sum(), (base * base).sum(), (seen * seen).sum()]
                rows[kind] += at.sum()
        explained = sums[:, 0] ** 2 / np.maximum(sums[:, 1] * sums[:, 2], 1e-12)
        if rows.min() < MIN_ROWS or explained.min() < MIN_EXPLAINED:
            return np.nan, 0.0
        slope = sums[:, 0] / sums[:, 1]
        gain = float(np.clip(slope[1] / slope[0], LEAST, 1.0))
    return gain, float(sums[:, 1].sum())


def _narrow(x: FloatArray, hz: float, fs: float) -> FloatArray:
    """Return the part of x (n, 2) around one frequency."""
    f = np.fft.rfftfreq(x.shape[0], 1 / fs)[:, None]
    passed = np.fft.rfft(x, axis=0) * np.exp(-0.5 * ((f - hz) / BAND_SD_HZ) ** 2)
    return np.fft.irfft(passed, x.shape[0], axis=0)
