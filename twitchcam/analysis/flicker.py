"""Flicker: lamps on alternating current beat with the shutter; the beat is found and taken out of the motion.

Light on 50 or 60 Hz mains swings 100 or 120 times a second. Pictures taken at another rate show its alias (10
Hz at 30 pictures a second), with a rolling shutter as bands that wander through the face. What the front's
lighting terms leave of them looks like a movement of that rate. Its frequency is known, so is its phase: both
are read off the face's brightness.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.fft import rfft
from scipy.ndimage import gaussian_filter1d

from twitchcam.types import FloatArray

LAMPS_HZ = (100.0, 120.0, 200.0, 240.0)
"""Twice the mains frequency, and the first overtone (half-wave LED drivers are far from a sine)."""
MAINS_RANGE = 0.004
"""How far the mains may be from its frequency: 50 +- 0.2 Hz in Europe (EN 50160)."""
SLOWEST_HZ = 0.5
"""Slower beats are brightness that comes and goes; the lighting terms follow them."""
LEAST_DEPTH = 0.001
"""Relative amplitude of the brightness below which a line is of no account."""
CLEAR = 6.0
"""The line over the median of the spectrum around it."""
STEADY = 0.4
"""Mains never pauses: each quarter of the recording shows at least this part of the line. A train of
twitches does not."""
WINDOW_SD_S = 0.6
"""The line is followed with this resolution, 0.27 Hz wide."""
AROUND_HZ = 1.5
MIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Beat:
    """One line of the light."""

    hz: float
    depth: float
    """Amplitude relative to the mean brightness."""


def find_beats(brightness: FloatArray, fs: float) -> tuple[Beat, ...]:
    """Return the beats of lamps with the shutter, slowest first.

    `brightness` (m,) on a uniform grid, NaN in gaps.
    """
    good = np.isfinite(brightness)
    if good.sum() < MIN_S * fs:
        return ()
    relative = np.where(good, brightness / np.mean(brightness[good]) - 1.0, 0.0)
    fast = np.where(good, relative - gaussian_filter1d(relative, 0.5 * fs), 0.0)
    padded = 8 * fast.size
    size = np.abs(rfft(fast * np.hanning(fast.size), padded)) * 4 / fast.size
    hz = np.fft.rfftfreq(padded, 1 / fs)
    beats: list[Beat] = []
    for centre, reach in sorted(_aliases(fs)):
        beat = _line(fast, fs, hz, size, (centre, reach))
        if beat is not None and not any(abs(beat.hz - b.hz) < 0.3 for b in beats):
            beats.append(beat)
    return tuple(beats)


def without_beats(
    motion: FloatArray, brightness: FloatArray, fs: float, beats: tuple[Beat, ...]
) -> FloatArray:
    """Return the motion (m, k, 2) without what follows the brightness' beats.

    How strongly and with what delay each signal follows is one complex number for the whole recording, the
    median over its windows: a train of twitches that fills less than half of them does not change it.
    """
    for beat in beats:
        light = _follow(np.nan_to_num(brightness - np.nanmean(brightness))[:, None], fs, beat.hz)[:, 0]
        strong = np.abs(light) > 0.3 * np.median(np.abs(light))
        if not strong.any():
            continue
        there = np.isfinite(motion)
        mean = np.where(there, motion, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        flat = np.where(there, motion - mean, 0.0).reshape(len(motion), -1)
        seen = _follow(flat, fs, beat.hz)
        ratio = seen[strong] / light[strong, None]
        answer = np.median(ratio.real, axis=0) + 1j * np.median(ratio.imag, axis=0)
        t = np.arange(len(motion)) / fs
        made = (answer * light[:, None] * np.exp(2j * np.pi * beat.hz * t)[:, None]).real
        motion = np.asarray(motion - made.reshape(motion.shape))
    return motion


def _aliases(fs: float) -> set[tuple[float, float]]:
    found = set()
    for lamp in LAMPS_HZ:
        alias = abs(lamp - fs * round(lamp / fs))
        if SLOWEST_HZ < alias < 0.49 * fs:
            found.add((alias, MAINS_RANGE * lamp + 0.05))
    return found


def _line(
    fast: FloatArray, fs: float, hz: FloatArray, size: FloatArray, where: tuple[float, float]
) -> Beat | None:
    """Return the line near `where` (centre, reach) in the spectrum `size` of (m,) `fast` at `hz`."""
    m, (centre, reach) = fast.size, where
    near = np.flatnonzero(np.abs(hz - centre) <= reach)
    if near.size == 0:
        return None
    top = int(near[np.argmax(size[near])])
    away = np.abs(hz - hz[top])
    around = size[(away < AROUND_HZ) & (away > 4 * fs / m)]
    if size[top] < LEAST_DEPTH or around.size == 0 or size[top] < CLEAR * np.median(around):
        return None
    parts = np.abs(_follow(fast[:, None], fs, float(hz[top]))[:, 0])
    if min(float(np.median(p)) for p in np.array_split(parts, 4)) < STEADY * float(np.median(parts)):
        return None
    return Beat(float(hz[top]), float(size[top]))


def _follow(x: FloatArray, fs: float, hz: float) -> FloatArray:
    """Return the (m, k) complex amplitude of x (m, k) at one frequency over time."""
    t = np.arange(len(x)) / fs
    turned = x * np.exp(-2j * np.pi * hz * t)[:, None]
    sd = WINDOW_SD_S * fs
    edge = gaussian_filter1d(np.ones(len(x)), sd, mode="constant")[:, None]
    real, imag = (
        gaussian_filter1d(v, sd, axis=0, mode="constant") / edge for v in (turned.real, turned.imag)
    )
    return np.asarray(2 * (real + 1j * imag))
