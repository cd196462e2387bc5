"""Support: which of the cycles found in a span are movements and not errors of the measurement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.cycles import TRAIN_MIN, TRAIN_REACH_S
from twitchcam.analysis.detector import LOWER, Detector
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.shape import is_twitch_like
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.traces import NEIGHBOURS, Traces
from twitchcam.types import FloatArray

SUPPORT = 0.12
"""Neighbours share 20-60 % of a movement; the mean over them must reach this."""
SUPPORT_Z = 3.0
"""Their sum, in units of its own noise, behind a movement of a frame or two."""
BRIEF_FRAMES = 3.2
CLEAR = 1.6
"""A movement this many times the threshold stands for itself; focal ones hardly move their neighbours."""
SEEN_S = 0.06
"""The detector's peak lies this near to that of the cycle."""
LEAST_SHARE = 0.6
"""A twitch at the detector's threshold measures at least this part of it."""


@dataclass(frozen=True)
class Judge:
    """Decides about the cycles of one span."""

    detector: Detector
    signals: Signals
    limits: Limits

    def sees(self, traces: Traces, cycles: pk.Peaks, i: int, j: int, fitted: FloatArray) -> bool:
        """True when the detector's statistic passes its threshold at a cycle that is shaped like a twitch."""
        fs = self.signals.fs
        at = traces.first + cycles.at[i] / traces.factor
        reach = max(1.0, SEEN_S * fs)
        leader = traces.regions[j]
        lower = [r for r in traces.regions[: traces.moving] if r in LOWER] if leader in LOWER else [leader]
        if all(self.detector.near(at, r, reach) < 1.0 for r in lower):
            return False
        size = float(np.hypot(*fitted[j]))
        if size < LEAST_SHARE * self.detector.threshold_mm[leader]:
            return False
        along = fitted[j] / max(size, 1e-9)
        first = max(0, round(at - fs))
        part = self.signals.work_mm[first : round(at + fs) + 1, traces.regions[j]] @ along
        length_s = float(cycles.rise[i] + cycles.fall[i]) / traces.fs
        middle = at + 0.5 * (cycles.fall[i] - cycles.rise[i]) / traces.factor
        if not is_twitch_like(part, middle - first, length_s, fs):
            return False
        return length_s * fs >= BRIEF_FRAMES or self.draws_along(traces, cycles, i, j, fitted)

    def supports(self, traces: Traces, cycles: pk.Peaks, i: int, j: int, fitted: FloatArray) -> bool:
        """True for a clear movement that draws its neighbours along.

        Skin and the spatial basis are continuous; an error of one region does not move the others. Alone, a
        movement must be clear and last more than a frame, or exceed the recording's own tail of jumps; one
        that lasts a single frame needs neighbours that stand out of their own noise.
        """
        limits, regions = self.limits, traces.regions
        brief = float(cycles.rise[i] + cycles.fall[i]) / traces.factor < BRIEF_FRAMES
        r = regions[j]
        size = float(np.hypot(*fitted[j]))
        others = np.hypot(fitted[:, 0], fitted[:, 1]) >= limits.threshold[regions]
        others[j] = False
        if size >= limits.spike[r] or others.any() or (not brief and size >= CLEAR * limits.threshold[r]):
            return True
        return self.draws_along(traces, cycles, i, j, fitted)

    def draws_along(self, traces: Traces, cycles: pk.Peaks, i: int, j: int, fitted: FloatArray) -> bool:
        """True when the neighbours of a region move with it; for a brief movement, beyond their own noise."""
        regions = traces.regions
        length_s = float(cycles.rise[i] + cycles.fall[i]) / traces.fs
        noise_gain = pk.size_noise_gain(self.signals.bandwidth_hz, length_s)
        brief = length_s * self.signals.fs < BRIEF_FRAMES
        size = float(np.hypot(*fitted[j]))
        near_by = [n for n, k in enumerate(regions) if k in NEIGHBOURS[regions[j]]]
        if not near_by:
            return not brief
        along = fitted[near_by] @ fitted[j] / size
        if float(along.mean()) < SUPPORT * size:
            return False
        noise = noise_gain * self.limits.sd[[regions[i] for i in near_by]]
        return not brief or float(np.sum(along / noise)) >= SUPPORT_Z * np.sqrt(len(near_by))


def in_train(cycles: pk.Peaks, i: int, fs: float) -> bool:
    """Tell whether a cycle has two or more others of its size close by: errors do not come in trains."""
    close = np.abs(cycles.at - cycles.at[i]) <= TRAIN_REACH_S * fs
    alike = cycles.prominence_mm >= 0.5 * cycles.prominence_mm[i]
    return int(np.count_nonzero(close & alike)) >= TRAIN_MIN
