"""Movements: cycles and twitches of the face, found region by region and joined into one where they
coincide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.detector import Detector, find_bumps
from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.joining import find_and_join, fresh_bumps
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, activity, cut_at, find_spans
from twitchcam.analysis.support import Judge, in_train
from twitchcam.analysis.timegrid import contiguous
from twitchcam.analysis.traces import Traces, make_traces
from twitchcam.regions import REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray


@dataclass(frozen=True)
class Movement:
    """One movement of the face; times in (fractional) samples of the grid."""

    onset: float
    peak: float
    offset: float
    leader: int
    """Region in which it was found."""
    vector_mm: FloatArray
    """(19, 2) displacement from onset to peak; 0 in regions that did not move."""
    size_mm: FloatArray
    """(19,) length of the displacement with the noise's share removed."""
    tonic: bool = False
    sure: bool = False
    """The detector found it, whatever its size."""


def find_movements(
    signals: Signals,
    limits: Limits,
    detector: Detector,
    settings: AnalysisSettings,
    rest: BoolArray | None = None,
) -> list[Movement]:
    """Return the fast movements (twitches, cycles of a train, blinks) in time order.

    Where `rest` (m,) ends or begins a span is cut: a twitch soon after speech is not one of its syllables.
    """
    level = _level(signals, limits, detector, settings)
    out: list[Movement] = []
    for start, stop in contiguous(np.isfinite(signals.work_mm).any(axis=(1, 2))):
        top = level[start:stop].max(axis=1)
        merge = round(settings.span_merge_s * signals.fs)
        for a, b in find_spans(top, low=settings.span_low_sigma, high=settings.span_sigma, merge=merge):
            for span in cut_at(rest, (start + a, start + b)):
                traces = make_traces(signals, level, span, (start, stop), limits, settings)
                if traces is not None:
                    out += _search(signals, traces, span, limits, detector, settings)
    return sorted(out, key=lambda m: m.peak)


def _level(signals: Signals, limits: Limits, detector: Detector, settings: AnalysisSettings) -> FloatArray:
    """Return (m, 19) activity in noise units: the largest of the full motion's, the smoothed motion's, and
    the detector's (at its threshold: `span_sigma`).
    """
    unit = limits.threshold / settings.detect_sigma
    soft_unit = limits.smooth_threshold / settings.detect_sigma_smooth
    soft = gaussian_mean(signals.fast_mm, SMOOTH_SD_S * signals.fs)
    level = np.maximum(
        activity(signals.fast_mm, np.where(np.isfinite(unit), unit, np.inf)),
        activity(soft, np.where(np.isfinite(soft_unit), soft_unit, np.inf)),
    )
    tested = level[:: detector.step]
    np.maximum(tested, settings.span_sigma * (detector.level >= 1.0), out=tested)
    return level


def _search(
    signals: Signals, traces: Traces, span: Span, limits: Limits, detector: Detector,
    settings: AnalysisSettings,
) -> list[Movement]:  # fmt: skip
    judge = Judge(detector, signals, limits)
    cycles, leaders = find_and_join(signals, traces, limits, settings)
    out, taken = _accepted(signals, traces, cycles, leaders, judge, limits, trains=True)
    bumps = find_bumps(detector, span, signals.fs)
    more, leaders = fresh_bumps(bumps, traces, cycles.take(taken))
    return out + _accepted(signals, traces, more, leaders, judge, limits, trains=False)[0]


def _accepted(
    signals: Signals, traces: Traces, cycles: pk.Peaks, leaders: list[int], judge: Judge, limits: Limits, *,
    trains: bool,
) -> tuple[list[Movement], BoolArray]:  # fmt: skip
    """Return the cycles that are movements, and (p,) which these are.

    `trains`: cycles may also be accepted because they keep up a train, or for their size.
    """
    taken = np.zeros(cycles.at.size, dtype=bool)
    if cycles.at.size == 0:
        return [], taken
    sizes = pk.fit_sizes(traces.x, cycles).reshape(cycles.at.size, len(traces.regions), 2)
    out = []
    for i, j in enumerate(leaders):
        sure = judge.sees(traces, cycles, i, j, sizes[i])
        large = trains and (in_train(cycles, i, traces.fs) or judge.supports(traces, cycles, i, j, sizes[i]))
        if sure or large:
            taken[i] = True
            out.append(_movement(traces, cycles, i, traces.regions[j], sizes[i], limits, signals, sure))
    return out, taken


def _movement(
    traces: Traces,
    cycles: pk.Peaks,
    i: int,
    leader: int,
    fitted: FloatArray,
    limits: Limits,
    signals: Signals,
    sure: bool,
) -> Movement:
    vector = np.zeros((len(REGIONS), 2))
    vector[traces.regions] = fitted
    length_s = (cycles.rise[i] + cycles.fall[i]) / traces.fs
    var = (pk.size_noise_gain(signals.bandwidth_hz, length_s) * limits.sd) ** 2
    size = np.sqrt(np.maximum(np.sum(vector**2, axis=1) - np.where(vector.any(axis=1), var, 0.0), 0.0))
    at = traces.first + cycles.at[i] / traces.factor
    return Movement(
        onset=at - cycles.rise[i] / traces.factor,
        peak=at,
        offset=at + cycles.fall[i] / traces.factor,
        leader=leader,
        vector_mm=vector,
        size_mm=size,
        sure=sure,
    )
