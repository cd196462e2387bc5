"""Rhythm: the dominant frequency of runs, and of a lip that trembles too little to show single events."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np
from scipy.special import stdtrit

from twitchcam.analysis import spectrum
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spectrum import Line
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import INDEX, LIP_INDEX
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Spectrum
from twitchcam.types import BoolArray, FloatArray, IntArray

REST_LOW_HZ = 2.5
"""At rest nothing below this is called a tremor: heartbeat and head sway end at 2 Hz."""
REST_P = 1e-5
"""At rest every lip region and direction is tried, and codecs have rhythms of their own."""
REST_MIN_S = 3.0
MIN_RUN_EVENTS = 4
FIXED_HALF_HZ = 0.015
"""No interval is narrower: camera clocks and time stamps are no better."""


def run_line(events: list[Event], signals: Signals, region: str, settings: AnalysisSettings) -> Line | None:
    """Return the frequency of one run from the motion of `region` on its main axis; None for a short run."""
    if len(events) < MIN_RUN_EVENTS or signals.fs < settings.min_fps_hz:
        return None
    # Sides may take turns: the frequency is that of the region, not of all events together.
    own = [e for e in events if region in e.regions]
    times = np.array([e.peak_s for e in (own if len(own) >= MIN_RUN_EVENTS else events)])
    rate = 1.0 / float(np.median(np.diff(times)))
    high = min(settings.max_hz, 0.47 * signals.fs)
    margin = 0.25 / rate
    rows = _rows(signals, events[0].onset_s - margin, events[-1].offset_s + margin)
    t, y = axis_motion(signals, rows, INDEX[region])
    line = spectrum.find_line(t, y, low_hz=min(0.8, 0.7 * rate), high_hz=high, near_hz=min(rate, high))
    if line is None:
        return None
    sd = np.hypot((line.ci[1] - line.hz) / 2.3, spectrum.interval_sd(times, line.hz))
    half = max(FIXED_HALF_HZ, float(stdtrit(max(3, times.size - 2), 0.975) * sd))
    return Line(line.hz, (max(0.0, line.hz - half), line.hz + half), line.p)


def axis_motion(signals: Signals, rows: IntArray, region: int) -> tuple[FloatArray, FloatArray]:
    """Return the true times and the drift-free motion of a region on its main axis, at the recording's own
    frames.
    """
    grid = signals.grid
    t = grid.row_t_s[rows]
    x = signals.recording.motion_mm[grid.rows[rows], region]
    good = np.isfinite(x).all(axis=1)
    t, x = t[good], x[good]
    if t.size < 4:
        return t, np.zeros(t.size)
    powers = np.vander((t - t.mean()) / max(float(np.ptp(t)), 1e-9), 2 if t[-1] - t[0] < 4 else 4)
    x = x - powers @ np.linalg.lstsq(powers, x, rcond=None)[0]
    _, vectors = np.linalg.eigh(x.T @ x)
    return t, x @ vectors[:, -1]


BEAT_HZ = 0.35
"""A line so close to a beat of the light is what was left of it."""


def rest_line(signals: Signals, quiet: BoolArray, settings: AnalysisSettings) -> Line | None:
    """Return a tremor of the lips that stands out of the noise at rest, or None.

    Works on the longest undisturbed stretch (at most `spectrum.SEGMENT_S` are used at once) of every lip
    region.
    """
    spans = [s for s in contiguous(quiet) if s[1] - s[0] >= REST_MIN_S * signals.fs]
    if not spans or signals.fs < settings.min_fps_hz:
        return None
    a, b = max(spans, key=lambda s: s[1] - s[0])
    b = min(b, a + round(3 * spectrum.SEGMENT_S * signals.fs))
    rows = _rows(signals, signals.grid.t_s[a], signals.grid.t_s[b - 1])
    high = min(settings.max_hz, 0.45 * signals.fs)
    curves = [axis_motion(signals, rows, region) for region in LIP_INDEX]
    lines = [
        line for t, y in _together(curves) for line in _tremors(t, y, high) if _is_own(line, signals, high)
    ]
    return min(lines, key=lambda line: line.p) if lines else None


def _together(curves: list[tuple[FloatArray, FloatArray]]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Yield (times (n,), curves (v, n)): neighbours with the same times at once."""
    for _, group in groupby(curves, key=lambda curve: curve[0].tobytes()):
        same = list(group)
        yield same[0][0], np.stack([y for _, y in same])


def _tremors(t: FloatArray, y: FloatArray, high_hz: float) -> list[Line]:
    found = spectrum.find_lines(t, y, low_hz=REST_LOW_HZ, high_hz=high_hz, worst_p=REST_P)
    return [line for line in found if line is not None and line.p < REST_P]


def _is_own(line: Line, signals: Signals, high_hz: float) -> bool:
    """Tell whether a line is none of the light's beats, and still in the band that was tested: what the
    refinement carries out of it has not passed the test.
    """
    beaten = any(abs(line.hz - beat.hz) < BEAT_HZ for beat in signals.beats)
    return not beaten and REST_LOW_HZ <= line.hz <= high_hz


def rest_spectrum(signals: Signals, keep: BoolArray, density: FloatArray) -> Spectrum | None:
    """Return the amplitude spectrum of both halves of the lips over the kept time, for display."""
    fs = signals.fs
    size = int(4 * fs) if keep.sum() > 8 * fs else int(2 * fs)
    lips = signals.band_mm[:, list(LIP_INDEX)]
    names = {i: n for n, i in INDEX.items()}
    sides = [[k for k, i in enumerate(LIP_INDEX) if names[i].endswith(s)] for s in ("left", "right")]
    ok = keep & np.isfinite(lips).all(axis=(1, 2))
    starts = [k for a, b in contiguous(ok) for k in range(a, b - size + 1, max(1, size // 2))]
    if not starts or size < 8:
        return None
    starts = starts[:: max(1, len(starts) // 200)]
    taper = np.hanning(size)
    scale = 2.0 / (fs * np.sum(taper**2))
    total = np.zeros((size // 2 + 1, 2))
    for k in starts:
        part = lips[k : k + size]
        part = (part - part.mean(axis=0)) * taper[:, None, None]
        power = np.abs(np.fft.rfft(part, axis=0)) ** 2
        total += np.stack([power[:, s].sum(axis=2).mean(axis=1) for s in sides], axis=1)
    noise = float(np.sqrt(np.mean(density[list(LIP_INDEX)] ** 2) * 2))
    hz = np.fft.rfftfreq(size, 1 / fs)
    return Spectrum(hz, np.sqrt(total * scale / len(starts)), np.full(hz.size, noise))


def _rows(signals: Signals, start_s: float, stop_s: float) -> IntArray:
    t = signals.grid.row_t_s
    return np.arange(np.searchsorted(t, start_s), np.searchsorted(t, stop_s, side="right"))
