"""Time grid: the recording's frames on a uniform axis at their real rate, with gaps left as NaN."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.ndimage import median_filter

from twitchcam.analysis.curves import nearest
from twitchcam.types import BoolArray, FloatArray, IntArray

UNIFORM_JITTER = 0.15
"""Frames within this part of an interval of an even rhythm are taken as even; rounding to milliseconds
stays below 0.12 up to 240 fps."""


LOCAL_FRAMES = 15
"""Half a second at 30 a second: the median over so many frames is blind to dropped ones and follows a change
of the rate."""
FAST_PART = 0.1
"""The faster rate counts when it holds for a tenth of the frames."""
SLOWED = 1.33
"""Intervals longer than this are another rate; jitter of the frames stays below."""
FEW_FULL = 0.2
MOST_SLOWED = 4.0
"""Slower than a quarter of the rate, every interval is a gap."""
FASTEST_HZ = 2000.0
"""Twice the fastest camera that is supported: pictures closer than that are one picture with two stamps."""
MOST_EMPTY = 300_000
"""Samples, beside four for each row, that a grid may have: nearly three hours of pauses at 30 a second. A
clock that jumps by days between pictures says nothing about rates, and would fill the memory with gaps."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows first..last (inclusive) without a gap, and where the first one falls on the grid."""

    first: int
    last: int
    start: int
    even: bool


@dataclass(frozen=True)
class Grid:
    """A uniform time axis and how the recording's rows fall on it."""

    t_s: FloatArray
    """(m,) uniform."""
    fs: float
    rows: IntArray
    """(k,) rows of the recording that carry new pictures of a face."""
    row_t_s: FloatArray
    """(k,) their times."""
    stretches: tuple[Stretch, ...]
    shift_s: FloatArray
    """(m,) true time of the sample minus `t_s`: below half an interval after a gap of broken length, else
    0."""

    def resample(self, values: FloatArray) -> FloatArray:
        """Return (n, ...) row values on the grid as (m, ...), NaN where there is no picture."""
        v: FloatArray = np.asarray(values, dtype=float)
        out = np.full((self.t_s.size, *v.shape[1:]), np.nan)
        for s in self.stretches:
            rows = self.rows[s.first : s.last + 1]
            in_a_row = int(rows[-1] - rows[0]) == rows.size - 1
            part = v[rows[0] : rows[-1] + 1] if in_a_row else v[rows]
            if s.even:  # one sample for each row, without a break
                out[s.start : s.start + rows.size] = part
            else:
                self._interpolate(s, part, out)
        return out

    def _interpolate(self, s: Stretch, part: FloatArray, out: FloatArray) -> None:
        t = self.row_t_s[s.first : s.last + 1]
        i0 = int(np.ceil((t[0] - self.t_s[0]) * self.fs - 1e-6))
        i1 = int(np.floor((t[-1] - self.t_s[0]) * self.fs + 1e-6))
        at = np.clip(self.t_s[i0 : i1 + 1], t[0], t[-1])
        bad = ~np.isfinite(part)
        filled = np.where(bad, 0.0, part)
        value = CubicSpline(t, filled, axis=0)(at) if t.size >= 4 else _linear(t, filled, at)
        if bad.any():
            value = np.where(_linear(t, bad.astype(float), at) > 0.01, np.nan, value)
        out[i0 : i1 + 1] = value

    def full_rate(self) -> BoolArray:
        """Return (m,) where frames come at the grid's own rate; elsewhere samples lie between slower frames.

        True everywhere when the slower frames are nearly all: then they are the recording.
        """
        if self.row_t_s.size < 3:
            return np.ones(self.t_s.size, dtype=bool)
        slow = local_interval(np.diff(self.row_t_s)) * self.fs > SLOWED
        row = np.clip(np.searchsorted(self.row_t_s, self.t_s) - 1, 0, slow.size - 1)
        full = ~slow[row]
        return full if full.mean() > FEW_FULL else np.ones(full.size, dtype=bool)

    def true_time(self, index: FloatArray) -> FloatArray:
        """Return the media time of (fractional) grid indices."""
        i = np.clip(np.round(index).astype(int), 0, self.t_s.size - 1)
        return np.asarray(self.t_s[0] + np.asarray(index) / self.fs + self.shift_s[i])


def frame_rate(t_s: FloatArray, gap_intervals: float) -> float:
    """Return the real frame rate, Hz: the mean over the intervals that are no gaps (the median is only as
    fine as the rounding of the time stamps).
    """
    dt = np.diff(t_s)
    usual = usual_interval(dt)
    near = dt[(dt < gap_intervals * usual) & (dt > 0.4 * usual)]
    # Between intervals that have nothing in common the median may lie where none is.
    interval = float(np.mean(near)) if near.size else usual
    # Rounded far below any clock's drift, so that window lengths do not hang on the last bit.
    return min(FASTEST_HZ, round(1.0 / interval, 7))


def usual_interval(steps_s: FloatArray) -> float:
    """Return the usual one of the intervals (k,) between frames, in s: the median, or that of the faster part
    where the rate changes for good (a camera that slows down in the dark).
    """
    usual = float(np.median(steps_s))
    local = local_interval(steps_s)
    quick = float(np.quantile(local, FAST_PART))
    return float(np.median(local[local < SLOWED * quick])) if SLOWED * quick < usual else usual


def local_interval(steps_s: FloatArray) -> FloatArray:
    """Return (k,) the median interval around each: dropped frames leave it as it is."""
    size = min(LOCAL_FRAMES, steps_s.size)
    return np.asarray(median_filter(steps_s, size=size, mode="nearest"), dtype=float)


def make_grid(t_s: FloatArray, fresh: BoolArray, *, gap_intervals: float) -> Grid | None:
    """Lay the rows with a fresh picture on a uniform grid.

    `t_s` (n,) is strictly increasing media time; `fresh` (n,) says that the row shows a face and does not
    repeat the picture before it; a pause longer than `gap_intervals` median intervals is a gap. None with
    fewer than three fresh rows, or when the grid would be nearly all gap (`too_long`).
    """
    zero = float(t_s[0]) if t_s.size else 0.0
    # Since the first row, without the last bits: a recording that begins later gives the same numbers.
    times = np.round(np.asarray(t_s, dtype=float) - zero, 12)
    rows = apart(times, np.flatnonzero(fresh))
    if rows.size < 3:
        return None
    t = times[rows]
    fs = frame_rate(t, gap_intervals)
    if too_long(times, fs):
        return None
    start = t[0] - np.floor(t[0] * fs + 0.5) / fs
    m = int(np.floor((times[-1] - start) * fs + 0.5)) + 1
    # Where the camera is slower for a while, its own interval is no gap.
    slowed = np.clip(local_interval(np.diff(t)) * fs, 1.0, MOST_SLOWED)
    edges = np.flatnonzero(np.diff(t) * fs > gap_intervals * np.where(slowed > SLOWED, slowed, 1.0))
    firsts, lasts = np.r_[0, edges + 1], np.r_[edges, t.size - 1]
    shift = np.zeros(m)
    stretches = []
    for a, b in zip(firsts, lasts, strict=True):
        at = int(np.clip(np.round((t[a] - start) * fs), 0, m - 1))
        index = _even_index(t[a : b + 1], fs)
        even = _is_even(t[a : b + 1], index, fs) and at + max(int(index[-1]), b - a) < m
        if not even and a == b:
            continue
        if even:
            shift[at + index] = t[a : b + 1] - start - (at + index) / fs
        stretches.append(Stretch(int(a), int(b), at, even))
    return Grid(zero + (start + np.arange(m) / fs), fs, rows, zero + t, tuple(stretches), shift)


def too_long(t_s: FloatArray, fs: float) -> bool:
    """Tell whether a grid of `fs` Hz over the times (n,) would be nearly all gap."""
    return bool((t_s[-1] - t_s[0]) * fs > 4 * t_s.size + MOST_EMPTY)


def only_pauses(t_s: FloatArray, fresh: BoolArray, gap_intervals: float) -> bool:
    """Tell whether `make_grid` gives no grid because the pauses between the pictures are too long."""
    rows = apart(t_s, np.flatnonzero(fresh))
    return rows.size >= 3 and too_long(t_s, frame_rate(t_s[rows], gap_intervals))


def apart(t_s: FloatArray, rows: IntArray) -> IntArray:
    """Return the `rows` without those that come within 1 / `FASTEST_HZ` of the one kept before."""
    least = 1.0 / FASTEST_HZ
    if rows.size < 2 or float(np.min(np.diff(t_s[rows]))) >= least:
        return rows
    kept, last = [], -np.inf
    for row, t in zip(rows.tolist(), t_s[rows].tolist(), strict=True):
        if t - last >= least:
            kept.append(row)
            last = t
    return np.array(kept, dtype=np.int64)


def contiguous(valid: BoolArray) -> list[tuple[int, int]]:
    """Return the (start, stop) index pairs of the runs of True."""
    edges = np.diff(np.concatenate(([0], np.asarray(valid, dtype=np.int8), [0])))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def near(a: FloatArray, b: FloatArray, within: float) -> BoolArray:
    """Return for each value of `a` whether one of the ascending values `b` lies within `within`."""
    return np.asarray(nearest(a, b) <= within + 1e-9)


def _even_index(t: FloatArray, fs: float) -> IntArray:
    return np.asarray(np.round((t - t[0]) * fs), dtype=np.int64)


def _is_even(t: FloatArray, index: IntArray, fs: float) -> bool:
    """True when the frames keep an even rhythm; a slow drift of the clock does not count against it."""
    if t.size < 3:
        return True
    off = (t - t[0]) * fs - index
    if bool(np.any(np.diff(index) != 1)):
        return False
    return bool(np.max(np.abs(off - np.polyval(np.polyfit(index, off, 1), index))) < UNIFORM_JITTER)


def _linear(t: FloatArray, v: FloatArray, at: FloatArray) -> FloatArray:
    flat = v.reshape(v.shape[0], -1)
    cols = [np.interp(at, t, flat[:, j]) for j in range(flat.shape[1])]
    return np.stack(cols, axis=1).reshape((at.size, *v.shape[1:]))
