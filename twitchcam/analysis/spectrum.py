"""Spectrum: the frequency of a movement, how sure it is, and whether it is a rhythm or noise.

Everything is computed at the true times of the frames (a tapered Lomb-Scargle transform), so that uneven
frame rates and dropped frames need no interpolation. Multitaper: Thomson 1982, Proc. IEEE 70:1055.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.signal.windows import dpss
from scipy.special import chdtrc, gammaincinv, stdtrit

from twitchcam.analysis.fourier import fourier_sums
from twitchcam.types import BoolArray, FloatArray

NW = 2.5
TAPERS = 4
SEGMENT_S = 20.0
"""Longer stretches are cut: nothing in a face keeps its frequency to 0.05 Hz for longer."""
LOCAL_HZ = 3.0
"""The background of a peak is the median of the spectrum within this distance."""
HARMONICS = 3
FUNDAMENTAL_SHARE = 0.35
SLOW_TRAIN = 1.5
"""Below so many times the spectrum's resolution a peak runs into the slow motion beside it."""
STUDENT_8: Final = float(stdtrit(8, 0.975))
HANN_LOSS = 2.0
"""Variance of a frequency from a Hann-tapered record over that of the best possible estimate."""


@dataclass(frozen=True, slots=True)
class Line:
    """A spectral peak."""

    hz: float
    ci: tuple[float, float]
    p: float
    """Chance that noise with the same smooth spectrum has such a peak anywhere in the band."""


def transform(
    t: FloatArray, y: FloatArray, low_hz: float, step_hz: float, count: int, tapers: FloatArray
) -> FloatArray:
    """Return (v, k, count) complex Fourier coefficients of (v, n) `y` at times `t`, for each (k, n) taper, at
    `count` frequencies from `low_hz` on, `step_hz` apart.
    """
    weights = tapers * _spacing(t)
    centred = y - (np.sum(weights[0] * y, axis=1) / np.sum(weights[0]))[:, None]
    tapered = (centred[:, None] * weights).reshape(-1, t.size)
    return fourier_sums(t, tapered, low_hz, step_hz, count).reshape(y.shape[0], -1, count)


def power_spectra(t: FloatArray, y: FloatArray, hz: FloatArray) -> tuple[FloatArray, int]:
    """Return the (v, f) one-sided multitaper power densities of (v, n) `y` at (f,) evenly spaced `hz` and
    their degrees of freedom.

    Cut into segments of at most `SEGMENT_S`, averaged.
    """
    pieces = max(1, int(np.ceil((t[-1] - t[0]) / SEGMENT_S)))
    edges = np.linspace(t[0], t[-1] + 1e-9, pieces + 1)
    total, count = np.zeros((y.shape[0], hz.size)), 0
    step = float(hz[-1] - hz[0]) / (hz.size - 1)
    for a, b in pairwise(edges):
        inside = slice(*np.searchsorted(t, [a, b]).tolist())
        if inside.stop - inside.start < 8:
            continue
        tapers = _tapers(t[inside])
        found = transform(t[inside], y[:, inside], float(hz[0]), step, hz.size, tapers)
        total += 2.0 * np.mean(found.real**2 + found.imag**2, axis=1)
        count += 1
    return total / max(count, 1), 2 * TAPERS * max(count, 1)


def peak_test(hz: FloatArray, power: FloatArray, dof: int, resolution_hz: float) -> tuple[int, float]:
    """Return the index of the highest peak over its local background, and the chance p that noise has such
    a peak.

    The background is the local median, so that the slope of irregular twitching does not pass for a rhythm.
    """
    step = hz[1] - hz[0]
    reach = round(LOCAL_HZ / step)
    # The background is looked up where it is needed: at the peaks.
    at = np.flatnonzero(_is_peak(power))
    at = at if at.size else np.zeros(1, dtype=np.int64)
    if power.size > reach:
        padded = np.pad(power, reach, mode="reflect")
        background = np.median(padded[at[:, None] + np.arange(0, 2 * reach + 1, max(1, reach // 40))], axis=1)
    else:
        background = np.full(at.size, np.median(power))
    median_gain = 2.0 * gammaincinv(0.5 * dof, 0.5) / dof
    ratio = power[at] * median_gain / np.maximum(background, 1e-30)
    best = int(np.argmax(ratio))
    independent = max(1.0, (hz[-1] - hz[0]) / max(resolution_hz, step))
    return int(at[best]), float(min(1.0, independent * chdtrc(dof, ratio[best] * dof)))


def find_line(
    t: FloatArray, y: FloatArray, *, low_hz: float, high_hz: float, near_hz: float | None = None
) -> Line | None:
    """Return the dominant frequency of (n,) `y` at times `t`, or None when it is too short (two cycles or
    less).

    It is searched from `low_hz` to `high_hz`; `near_hz`, the event rate, tells the fundamental from its
    harmonics in a train of short pulses.
    """
    good = np.isfinite(y)
    return find_lines(t[good], y[None, good], low_hz=low_hz, high_hz=high_hz, near_hz=near_hz)[0]


def find_lines(
    t: FloatArray, y: FloatArray, *, low_hz: float, high_hz: float, near_hz: float | None = None,
    worst_p: float = 1.0,
) -> list[Line | None]:  # fmt: skip
    """Return for each of (v, n) curves without gaps what `find_line` does; None also where its p is above
    `worst_p`.
    """
    nothing: list[Line | None] = [None] * y.shape[0]
    if t.size < 12 or t[-1] - t[0] < 0.5 or high_hz <= low_hz:
        return nothing
    length = min(float(t[-1] - t[0]), SEGMENT_S)
    hz = np.arange(low_hz, high_hz, min(0.1, 0.1 / length))
    if hz.size < 8:
        return nothing
    powers, dof = power_spectra(t, y, hz)
    out: list[Line | None] = []
    for curve, power in zip(y, powers, strict=True):
        best, p = peak_test(hz, power, dof, 2 * NW / length)
        if p > worst_p:
            out.append(None)
            continue
        around = float(hz[best]) if near_hz is None else _fundamental(hz, power, near_hz, 2 * NW / length)
        f = _polish(t, curve, _refine(t, curve, around, length))
        half = STUDENT_8 * frequency_sd(t, curve, f)
        out.append(Line(f, (f - half, f + half), p))
    return out


def _fundamental(hz: FloatArray, power: FloatArray, near_hz: float, resolution_hz: float) -> float:
    """Return the lowest strong peak of the spectrum of a train; its harmonics are weaker or about as strong.

    Peaks more than the resolution below half the event rate are sway, not the train (events may have been
    missed, so the rate is only a lower hint). Of trains too slow to be told from sway by their spectrum, the
    events themselves say the rate.
    """
    if near_hz < resolution_hz * SLOW_TRAIN:
        return near_hz
    able = _is_peak(power) & (hz > 0.6 * near_hz - 0.5 * resolution_hz)
    if not able.any():
        return near_hz
    top = float(power[able].max())
    return float(hz[np.flatnonzero(able & (power >= FUNDAMENTAL_SHARE * top))[0]])


def _refine(t: FloatArray, y: FloatArray, around: float, length: float) -> float:
    """Return the frequency near `around` whose harmonics hold most power."""
    reach = max(0.12 * around, 1.0 / length)
    hz = np.arange(max(0.2, around - reach), around + reach, 0.02 / length)
    limit = 0.5 / np.median(np.diff(t))
    orders = [h for h in range(1, HARMONICS + 1) if h * around * 1.2 < limit] or [1]
    score = np.zeros(hz.size)
    low, step = float(hz[0]), float(hz[-1] - hz[0]) / max(1, hz.size - 1)
    for a, b in _segments(t):
        taper = np.hanning(b - a + 2)[1:-1][None]
        for h in orders:
            found = transform(t[a:b], y[None, a:b], h * low, h * step, hz.size, taper)[0, 0]
            score += found.real**2 + found.imag**2
    return float(hz[np.argmax(score)])


def _polish(t: FloatArray, y: FloatArray, hz: float) -> float:
    """Return the frequency near `hz` at which level, slope and two harmonics leave the least over.

    Slow motion beside a slow rhythm pulls the peak of its spectrum (by 0.055 Hz at 2 Hz in 6 s); fitted too,
    it does not.
    """
    length = float(t[-1] - t[0])
    if length > POLISH_S:
        return hz
    s = t - t.mean()
    tried = hz + np.linspace(-0.6, 0.6, 61) / length
    turn = np.exp(2j * np.pi * np.outer(tried, s))
    twice = turn**2
    ones = np.broadcast_to([np.ones(s.size), s / length], (tried.size, 2, s.size))
    waves = np.stack([turn.real, turn.imag, twice.real, twice.imag], axis=1)
    design = np.concatenate([ones, waves], axis=1)
    along = design @ y
    coef = np.linalg.solve(design @ design.transpose(0, 2, 1), along[..., None])[..., 0]
    left = np.sum((y - np.einsum("fc,fcn->fn", coef, design)) ** 2, axis=1)
    return float(tried[int(np.argmin(left))])


POLISH_S = 12.0
"""In longer trains the rhythm wanders and one phase does not hold; their spectra are sharp enough."""


def frequency_sd(t: FloatArray, y: FloatArray, hz: float) -> float:
    """Return the standard deviation of a frequency estimate from the part of `y` that the sinusoid leaves
    over.

    The Cramer-Rao bound of a single tone (Rife and Boorstyn 1974) times the taper's loss; the residual
    holds noise and irregularity alike.
    """
    design = np.stack([np.cos(2 * np.pi * hz * t), np.sin(2 * np.pi * hz * t), np.ones(t.size)], axis=1)
    coef, *_ = np.linalg.lstsq(design, y, rcond=None)
    amplitude = float(np.hypot(coef[0], coef[1]))
    residual = float(np.var(y - design @ coef))
    length = float(t[-1] - t[0])
    if amplitude <= 0:
        return 1.0 / length
    return float(np.sqrt(HANN_LOSS * 6.0 * residual / (t.size * amplitude**2)) / (np.pi * length))


def interval_sd(times: FloatArray, hz: float) -> float:
    """Return the standard deviation of a train's frequency that the scatter of its (n,) event times implies.

    Events scatter about their beat (measurement) and the beat itself wanders (each interval a little
    different); both are estimated from the residuals of the times and of the intervals.
    """
    k = np.round((times - times[0]) * hz)
    if times.size < 4 or k[-1] < 3:
        return 0.0
    fit = np.polyfit(k, times, 1)
    e = times - np.polyval(fit, k)
    white = float(np.sqrt(np.sum(e**2) / max(1, times.size - 2) / np.sum((k - k.mean()) ** 2)))
    steps = np.diff(times) - np.diff(k) * fit[0]
    wander = float(np.var(steps) + 2 * np.mean(steps[1:] * steps[:-1])) if steps.size > 2 else 0.0
    walk = np.sqrt(max(0.0, wander) / k[-1])
    return float(np.hypot(white, walk) * hz**2)


def _segments(t: FloatArray) -> list[tuple[int, int]]:
    pieces = max(1, int(np.ceil((t[-1] - t[0]) / SEGMENT_S)))
    edges = np.searchsorted(t, np.linspace(t[0], t[-1], pieces + 1))
    edges[-1] = t.size
    return [(int(a), int(b)) for a, b in pairwise(edges) if b - a >= 8]


def _tapers(t: FloatArray) -> FloatArray:
    """Return (TAPERS, n) Slepian tapers at uneven times, each of unit energy over time."""
    grid = 512
    windows = _slepian(grid)
    at = (t - t[0]) / (t[-1] - t[0]) * (grid - 1)
    out = np.stack([np.interp(at, np.arange(grid), w) for w in windows])
    energy = np.sum(out**2 * _spacing(t), axis=1, keepdims=True)
    return np.asarray(out / np.sqrt(energy))


@lru_cache(maxsize=1)
def _slepian(grid: int) -> FloatArray:
    return np.asarray(dpss(grid, NW, TAPERS))


def _spacing(t: FloatArray) -> FloatArray:
    """Time that each sample stands for; after a gap no more than two usual intervals."""
    return np.asarray(np.minimum(np.gradient(t), 2.0 * float(np.median(np.diff(t)))))


def _is_peak(power: FloatArray) -> BoolArray:
    up = np.r_[False, power[1:] > power[:-1]]
    down = np.r_[power[:-1] >= power[1:], False]
    return np.asarray(up & down)
