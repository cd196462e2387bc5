"""Joining: the cycles of all active regions of a span become movements of the face, each counted once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.curves import lay, nearest
from twitchcam.analysis.cycles import find_directed_cycles
from twitchcam.analysis.detector import LOWER, Bump
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.traces import Bundle, Traces
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, IntArray

_LOWER = frozenset(LOWER.tolist())
OWN_REACH_S = 0.35
"""Away from all movements found so far a region speaks for itself; nearer, only what they do not explain
counts."""
OWN_LENGTHS = 0.9
"""The same in lengths of the movements: the troughs of a slow train are not another region's movements."""
MAX_LEADS = 4
"""More independent movements at once do not occur in a face."""
SHADOW_S = 0.4
"""So far beyond its end a movement bends the ground of a filter; a bump there must be half as large."""
AT_ONCE = 200
"""So many curves are looked at ahead; which of them are needed shows only then."""


@dataclass(frozen=True)
class Joined:
    """The cycles of the face in one span, and the place of each one's region among the span's regions."""

    cycles: pk.Peaks
    leaders: IntArray

    def take(self, keep: BoolArray) -> Joined:
        """Return the kept ones."""
        return Joined(self.cycles.take(keep), self.leaders[keep])


def find_and_join(bundle: Bundle, limits: Limits, settings: AnalysisSettings) -> list[Joined]:
    """Find, for each span, cycles in the strongest region, then in the others what it does not explain.

    The strongest is the one whose cycles go furthest together; a region's reach may be its drift. Regions
    that swing without a way of their own come last. A region is searched again each time that another lead
    is known, in all spans at once.
    """
    fs = bundle.traces[0].fs
    found, shown = find_directed_cycles(bundle.curves, bundle.regions, limits, settings, fs)
    ends = np.cumsum([t.moving for t in bundle.traces])
    stops = np.searchsorted(found.curve, np.arange(bundle.regions.size + 1))
    spans = []
    for traces, end in zip(bundle.traces, ends.tolist(), strict=True):
        mine = range(end - traces.moving, end)
        alone = [found.take(slice(stops[k], stops[k + 1])) for k in mine]
        one = bundle.curves.first[mine[0]]
        allowed = bundle.curves.allowed[one : one + bundle.curves.length[mine[0]]]
        spans.append(_Span(traces, alone, shown[end - traces.moving : end], allowed, limits, settings))
    waiting = [span for span in spans if span.go_on({})]
    while waiting:
        ahead = max(1, AT_ONCE // len(waiting))
        asked = [(span, j) for span in waiting for j in span.order[:ahead]]
        rows = [span.unexplained(j) for span, j in asked]
        masks = [span.allowed for span, _ in asked]
        regions = np.array([span.traces.regions[j] for span, j in asked])
        found, _ = find_directed_cycles(lay(rows, masks), regions, limits, settings, fs)
        stops = np.searchsorted(found.curve, np.arange(len(asked) + 1))
        answers: dict[int, dict[int, pk.Peaks]] = {id(span): {} for span in waiting}
        for k, (span, j) in enumerate(asked):
            answers[id(span)][j] = found.take(slice(stops[k], stops[k + 1]))
        waiting = [span for span in waiting if span.go_on(answers[id(span)])]
    return [span.joined() for span in spans]


@dataclass
class _Span:
    """The search of one span: what is known so far, and which regions are still to be looked at."""

    traces: Traces
    alone: list[pk.Peaks]
    """Each moving region's cycles as if it were the only one."""
    shown: BoolArray
    allowed: BoolArray
    limits: Limits
    settings: AnalysisSettings
    order: list[int] = field(init=False)
    """Regions to be looked at, the strongest first."""
    leads: list[int] = field(init=False, default_factory=list)
    kept: pk.Peaks = field(init=False)
    """`curve` is the region's place among the span's."""
    rest: dict[int, FloatArray] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = pk.no_peaks()
        self.order = []
        if any(p.at.size for p in self.alone):
            by_cycles = _by_cycles(_by_strength(self.traces, self.limits), self.alone, self.traces)
            self.order = sorted(by_cycles, key=lambda j: not self.shown[j])

    def go_on(self, found: dict[int, pk.Peaks]) -> bool:
        """Look at the regions in their order; tell whether the span waits for another search.

        `found`: the cycles of some regions in what the present leads do not explain.
        """
        while self.order:
            j = self.order[0]
            p = self.alone[j]
            if self.kept.at.size:
                if j not in found:
                    return True
                p = self._own(p, found[j])
            self.order.pop(0)
            if self._keep(j, p) and len(self.leads) < MAX_LEADS:
                self.leads.append(j)
                self.rest, found = {}, {}
        return False

    def _own(self, alone: pk.Peaks, beside: pk.Peaks) -> pk.Peaks:
        """Return a region's cycles: away from all movements known its own, near them those that are left."""
        if alone.at.size == 0 and beside.at.size == 0:
            return alone
        taken = np.sort(self.kept.at)
        reach = max(OWN_REACH_S * self.traces.fs, OWN_LENGTHS * float(np.median(self.kept.length))) + 1e-9
        fresh = alone.take(nearest(alone.at, taken) > reach)
        beside = beside.take(nearest(beside.at, taken) <= reach)
        if beside.at.size == 0:
            return fresh
        beside = replace(beside, curve=np.full(beside.at.size, fresh.curve[0] if fresh.at.size else 0))
        return fresh.join(beside)

    def _keep(self, j: int, p: pk.Peaks) -> bool:
        """Keep the cycles that are no others' again; tell whether there are any.

        A peak is part of an earlier one nearby; a weak one also of a strong one a little further off.
        """
        if p.at.size and self.kept.at.size:
            reach = self.settings.same_event_s * self.traces.fs
            apart = np.abs(p.at[:, None] - self.kept.at)
            weak = p.prominence_mm[:, None] < self.settings.region_fraction * self.kept.prominence_mm
            p = p.take(~((apart <= reach) | ((apart <= 2.5 * reach) & weak)).any(axis=1))
        if p.at.size == 0:
            return False
        p = replace(p, curve=np.full(p.at.size, j))
        self.kept = pk.concatenate([self.kept, p])
        return True

    def unexplained(self, j: int) -> FloatArray:
        """Return what is left of a region's curve without its share of the movements found in other regions.

        Regions overlap, so most of what a neighbour shows is the same movement; what is left may be another.
        """
        if j not in self.rest:
            core, s = self.traces.core, self.traces.s[self.order]
            leading = self.traces.x[self.leads].reshape(2 * len(self.leads), -1)
            known = np.vstack([leading[:, core], np.ones(core.stop - core.start)])
            share, *_ = np.linalg.lstsq(known.T, s[:, core].T, rcond=None)
            left = s - share[:-1].T @ leading
            self.rest = dict(zip(self.order, left, strict=True))
        return self.rest[j]

    def joined(self) -> Joined:
        """Return what was found, in time order."""
        kept = self.kept
        order = np.lexsort((kept.curve, kept.prominence_mm, kept.fall, kept.rise, kept.at))
        kept = kept.take(order)
        return Joined(kept, kept.curve)


def _by_strength(traces: Traces, limits: Limits) -> list[int]:
    """Return the span's regions, the one that moves furthest above its threshold first."""
    high, low = np.quantile(traces.s[:, traces.core], [0.98, 0.02], axis=1)
    score = high - low - 0.5 * limits.threshold[traces.regions[: traces.moving]]
    return [int(j) for j in np.argsort(-score, kind="stable")]


def _by_cycles(order: list[int], alone: list[pk.Peaks], traces: Traces) -> list[int]:
    """Return the regions in their order, those of the lower face among themselves by what their cycles go
    together.
    """
    lower = [j for j in order if traces.regions[j] in _LOWER]
    by_sum = iter(sorted(lower, key=lambda j: -float(alone[j].prominence_mm.sum())))
    return [next(by_sum) if traces.regions[j] in _LOWER else j for j in order]


def fresh_bumps(bundle: Bundle, bumps: list[list[Bump]], known: list[Joined]) -> list[Joined]:
    """Return, for each span, the detector's bumps, as cycles with their regions, that are none of the
    movements `known` already nor the shadow of one.
    """
    spans, curves, rows = [], [], []
    ends = np.cumsum([t.moving for t in bundle.traces])
    for k, traces in enumerate(bundle.traces):
        places = {r: j for j, r in enumerate(traces.regions[: traces.moving])}
        for b in bumps[k]:
            if b.region in places:
                at = (b.at - traces.first) * traces.factor
                spans.append(k)
                curves.append(int(ends[k]) - traces.moving + places[b.region])
                rows.append((at, 0.5 * b.length_s * traces.fs, b.size_mm))
    if not rows:
        return [Joined(pk.no_peaks(), np.zeros(0, dtype=np.int64)) for _ in bumps]
    at, half, size = np.array(rows).T
    found = pk.Peaks(np.array(curves), at, half, half, size)
    upright = np.where(pk.fit_sizes(bundle.curves, found.curve, at, half, half) >= 0, 1.0, -1.0)
    shaped = pk.centre(bundle.curves, found, signs=upright)
    where = np.array(spans)
    shaped = replace(shaped, curve=found.curve - (ends - [t.moving for t in bundle.traces])[where])
    out = []
    for k, traces in enumerate(bundle.traces):
        new = shaped.take(slice(*np.searchsorted(where, [k, k + 1])))
        new = new.take(~_covered(known[k].cycles, new, traces.fs))
        new = new.take(np.lexsort((new.curve, new.prominence_mm, new.fall, new.rise, new.at)))
        out.append(Joined(new, new.curve))
    return out


def _covered(old: pk.Peaks, new: pk.Peaks, fs: float) -> BoolArray:
    """Return which of the new cycles lie in an old one, or in its shadow."""
    apart = np.abs(new.at[:, None] - old.at)
    is_before = new.at[:, None] < old.at
    reach = np.where(is_before, old.rise + new.fall[:, None], old.fall + new.rise[:, None])
    inside = apart <= np.maximum(reach, 0.08 * fs)
    shadow = (apart <= reach + SHADOW_S * fs) & (new.prominence_mm[:, None] < 0.5 * old.prominence_mm)
    return np.asarray((inside | shadow).any(axis=1))
