"""Movements: cycles and twitches of the face, found region by region and joined into one where they
coincide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.detector import Detector, find_bumps
from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.joining import find_and_join, fresh_bumps
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, activity, cut_at, find_spans
from twitchcam.analysis.support import Cases, Judge, in_train, make_cases
from twitchcam.analysis.timegrid import contiguous
from twitchcam.analysis.traces import Bundle, make_traces
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray

AT_ONCE = 20_000
"""Samples of spans that are searched together."""


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
    found: list[tuple[Span, Span]] = []
    merge = round(settings.span_merge_s * signals.fs)
    for start, stop in contiguous(np.isfinite(signals.work_mm).any(axis=(1, 2))):
        top = level[start:stop].max(axis=1)
        for a, b in find_spans(top, low=settings.span_low_sigma, high=settings.span_sigma, merge=merge):
            found += [(span, (start, stop)) for span in cut_at(rest, (start + a, start + b))]
    out: list[Movement] = []
    for spans in _in_turns(found):
        bundle = make_traces(signals, level, spans, limits, settings)
        if bundle is not None:
            out += _search(signals, bundle, limits, detector, settings)
    return sorted(out, key=lambda m: m.peak)


def _in_turns(spans: list[tuple[Span, Span]]) -> Iterator[list[tuple[Span, Span]]]:
    """Yield the spans in turns of at most `AT_ONCE` samples (or one span), so that memory stays small."""
    turn: list[tuple[Span, Span]] = []
    samples = 0
    for span, stretch in spans:
        if turn and samples + span[1] - span[0] > AT_ONCE:
            yield turn
            turn, samples = [], 0
        turn.append((span, stretch))
        samples += span[1] - span[0]
    if turn:
        yield turn


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
    signals: Signals, bundle: Bundle, limits: Limits, detector: Detector, settings: AnalysisSettings
) -> list[Movement]:
    judge, fs = Judge(detector, signals, limits), signals.fs
    known = find_and_join(bundle, limits, settings)
    cases = make_cases(bundle, known)
    sure = judge.sees(cases)
    # Cycles may also be accepted because they keep up a train, or for their size; single bumps may not.
    taken = sure | in_train(cases, fs) | judge.supports(cases)
    out = _movements(cases, taken, sure, limits, signals)
    ends = np.cumsum([0, *(one.leaders.size for one in known)])
    known = [one.take(taken[ends[k] : ends[k + 1]]) for k, one in enumerate(known)]
    bumps = [find_bumps(detector, traces.span, fs) for traces in bundle.traces]
    more = make_cases(bundle, fresh_bumps(bundle, bumps, known))
    sure = judge.sees(more)
    return out + _movements(more, sure, sure, limits, signals)


def _movements(
    cases: Cases, taken: BoolArray, sure: BoolArray, limits: Limits, signals: Signals
) -> list[Movement]:
    """Return the taken cycles as movements."""
    vector = cases.fitted_mm
    noise = pk.size_noise_gain(signals.bandwidth_hz, cases.length / signals.fs)[:, None] * limits.sd
    noise = np.where(vector.any(axis=2), noise, 0.0)
    size = np.sqrt(np.maximum(np.sum(vector**2, axis=2) - noise**2, 0.0))
    return [
        Movement(
            onset=float(cases.at[i] - cases.rise[i]),
            peak=float(cases.at[i]),
            offset=float(cases.at[i] + cases.fall[i]),
            leader=int(cases.leader[i]),
            vector_mm=vector[i],
            size_mm=size[i],
            sure=bool(sure[i]),
        )
        for i in np.flatnonzero(taken)
    ]
