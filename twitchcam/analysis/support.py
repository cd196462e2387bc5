"""Support: which of the cycles found in spans are movements and not errors of the measurement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.curves import ragged
from twitchcam.analysis.cycles import TRAIN_MIN, TRAIN_REACH_S
from twitchcam.analysis.detector import LOWER, Detector
from twitchcam.analysis.joining import Joined
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.shape import are_twitch_like, half_widths
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.traces import NEIGHBOURS, Bundle
from twitchcam.regions import REGIONS
from twitchcam.types import BoolArray, FloatArray, IntArray

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


_NEAR = np.array([[k in near for k in range(len(REGIONS))] for near in NEIGHBOURS])
_IS_LOWER = np.isin(np.arange(len(REGIONS)), LOWER)


@dataclass(frozen=True)
class Cases:
    """The cycles of many spans that are to be judged; p of them."""

    span: IntArray
    at: FloatArray
    """Peaks in samples of the grid."""
    rise: FloatArray
    fall: FloatArray
    """In samples of the grid."""
    prominence_mm: FloatArray
    leader: IntArray
    moving: BoolArray
    """(p, 19) regions that move in the span."""
    there: BoolArray
    """(p, 19) those, and their neighbours."""
    fitted_mm: FloatArray
    """(p, 19, 2) displacement from onset to peak, 0 in regions that are not `there`."""

    @property
    def length(self) -> FloatArray:
        """(p,) in samples of the grid."""
        return np.asarray(self.rise + self.fall)

    @property
    def own_mm(self) -> FloatArray:
        """(p, 2) the leader's displacement."""
        return np.asarray(self.fitted_mm[np.arange(self.leader.size), self.leader])


def make_cases(bundle: Bundle, joined: list[Joined]) -> Cases:
    """Return the cycles of all spans, with their sizes in all regions."""
    size, n = [j.leaders.size for j in joined], len(REGIONS)
    span = np.repeat(np.arange(len(joined)), size)
    cycles = pk.concatenate([j.cycles for j in joined])
    column = np.stack([t.column for t in bundle.traces])
    moving = np.zeros((len(joined), n), dtype=bool)
    regions = np.zeros((len(joined), n), dtype=np.int64)
    for k, t in enumerate(bundle.traces):
        moving[k, t.regions[: t.moving]] = True
        regions[k, : len(t.regions)] = t.regions
    there = column[span] >= 0
    fitted = np.zeros((span.size, n, 2))
    case, region = np.nonzero(there)
    for d in (0, 1):
        fitted[case, region, d] = pk.fit_sizes(
            bundle.columns,
            column[span[case], region] + d,
            cycles.at[case],
            cycles.rise[case],
            cycles.fall[case],
        )
    factor = bundle.traces[0].factor
    first = np.array([t.first for t in bundle.traces])
    return Cases(
        span, first[span] + cycles.at / factor, cycles.rise / factor, cycles.fall / factor,
        cycles.prominence_mm, regions[span, cycles.curve], moving[span], there, fitted,
    )  # fmt: skip


@dataclass(frozen=True)
class Judge:
    """Decides about cycles."""

    detector: Detector
    signals: Signals
    limits: Limits

    def sees(self, c: Cases) -> BoolArray:
        """Return (p,) True where the detector's statistic passes its threshold at a cycle that is shaped like
        a twitch.
        """
        fs = self.signals.fs
        sure = self._found(c)
        size = np.hypot(c.own_mm[:, 0], c.own_mm[:, 1])
        sure &= ~(size < LEAST_SHARE * self.detector.threshold_mm[c.leader])
        some = np.flatnonzero(sure)
        sure[some] = self._shaped(c, some, size[some])
        return sure & ((c.length / fs * fs >= BRIEF_FRAMES) | self.draws_along(c))

    def _found(self, c: Cases) -> BoolArray:
        """Return (p,) True where the detector sees something in the leader, or for one of the lower face in
        any of the lower face that moves.
        """
        reach = max(1.0, SEEN_S * self.signals.fs)
        step, level = self.detector.step, self.detector.level
        first = np.maximum(0, np.ceil((c.at - reach) / step)).astype(np.int64)
        last = np.minimum(((c.at + reach) / step).astype(np.int64) + 1, level.shape[0])
        asked = np.where(_IS_LOWER[c.leader][:, None], c.moving & _IS_LOWER, False)
        asked[np.arange(c.leader.size), c.leader] = True
        out = np.zeros(c.leader.size, dtype=bool)
        for k in range(int((last - first).max(initial=0))):
            row = np.minimum(first + k, level.shape[0] - 1)
            out |= (first + k < last) & ((level[row] >= 1.0) & asked).any(axis=1)
        return out

    def _shaped(self, c: Cases, some: IntArray, size: FloatArray) -> BoolArray:
        """Return for `some` cycles whether their leader's motion along its way is a twitch's."""
        fs, m = self.signals.fs, self.signals.work_mm.shape[0]
        if some.size == 0:
            return np.zeros(0, dtype=bool)
        at, rise, fall = c.at[some], c.rise[some], c.fall[some]
        first = np.maximum(0, np.round(at - fs).astype(np.int64))
        stop = np.minimum(np.round(at + fs).astype(np.int64) + 1, m)
        middle = first + np.round(at + 0.5 * (fall - rise) - first).astype(np.int64)
        length_s = (rise + fall) / fs
        half = half_widths(length_s, fs)
        able = (middle - half >= first) & (middle + half < stop)
        out = np.zeros(some.size, dtype=bool)
        some, middle, half, length_s, size = some[able], middle[able], half[able], length_s[able], size[able]
        if some.size == 0:
            return out
        rows = np.clip(middle[:, None] + np.arange(-half.max(), half.max() + 1), 0, m - 1)
        around = self.signals.work_mm[rows, c.leader[some][:, None]]
        way = c.own_mm[some] / np.maximum(size, 1e-9)[:, None]
        along = around[..., 0] * way[:, :1] + around[..., 1] * way[:, 1:]
        out[able] = are_twitch_like(along, half, length_s, fs)
        return out

    def supports(self, c: Cases) -> BoolArray:
        """Return (p,) True for a clear movement that draws its neighbours along.

        Skin and the spatial basis are continuous; an error of one region does not move the others. Alone, a
        movement must be clear and last more than a frame, or exceed the recording's own tail of jumps; one
        that lasts a single frame needs neighbours that stand out of their own noise.
        """
        limits, r = self.limits, c.leader
        brief = c.length < BRIEF_FRAMES
        sizes = np.hypot(c.fitted_mm[..., 0], c.fitted_mm[..., 1])
        size = sizes[np.arange(r.size), r]
        others = c.there & (sizes >= limits.threshold)
        others[np.arange(r.size), r] = False
        clear = (size >= limits.spike[r]) | others.any(axis=1)
        return np.asarray(clear | (~brief & (size >= CLEAR * limits.threshold[r])) | self.draws_along(c))

    def draws_along(self, c: Cases) -> BoolArray:
        """Return (p,) True where the neighbours of a region move with it; for a brief movement, beyond their
        own noise.
        """
        fs = self.signals.fs
        noise_gain = pk.size_noise_gain(self.signals.bandwidth_hz, c.length / fs)
        brief = c.length < BRIEF_FRAMES
        size = np.hypot(c.own_mm[:, 0], c.own_mm[:, 1])
        near_by = c.there & _NEAR[c.leader]
        count = near_by.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            along = np.sum(c.fitted_mm * c.own_mm[:, None], axis=2) / size[:, None]
            mean = np.sum(along, axis=1, where=near_by) / count
            noise = noise_gain[:, None] * self.limits.sd
            stands = np.sum(along / noise, axis=1, where=near_by) >= SUPPORT_Z * np.sqrt(count)
            moved = ~(mean < SUPPORT * size) & (~brief | stands)
        return np.where(count == 0, ~brief, moved)


def in_train(c: Cases, fs: float) -> BoolArray:
    """Return (p,) whether a cycle has two or more others of its size close by in its span: errors do not come
    in trains.
    """
    apart = 4.0 * (TRAIN_REACH_S * fs + np.max(np.abs(c.at), initial=0.0))
    key = c.at + c.span * apart
    first = np.searchsorted(key, key - TRAIN_REACH_S * fs, side="left")
    last = np.searchsorted(key, key + TRAIN_REACH_S * fs, side="right")
    mine = np.repeat(np.arange(key.size), last - first)
    alike = c.prominence_mm[ragged(first, last)] >= 0.5 * c.prominence_mm[mine]
    return np.asarray(np.bincount(mine, alike, minlength=key.size) >= TRAIN_MIN)
