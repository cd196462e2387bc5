"""Joining: the cycles of all active regions of a span become movements of the face, each counted once."""

from __future__ import annotations

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.cycles import find_directed_cycles
from twitchcam.analysis.detector import LOWER, Bump
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.timegrid import near
from twitchcam.analysis.traces import Traces, allowed_places
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray

OWN_REACH_S = 0.35
"""Away from all movements found so far a region speaks for itself; nearer, only what they do not explain
counts."""
OWN_LENGTHS = 0.9
"""The same in lengths of the movements: the troughs of a slow train are not another region's movements."""
MAX_LEADS = 4
"""More independent movements at once do not occur in a face."""
SHADOW_S = 0.4
"""So far beyond its end a movement bends the ground of a filter; a bump there must be half as large."""
_Kept = tuple[float, float, float, float, int]


def find_and_join(
    signals: Signals, traces: Traces, limits: Limits, settings: AnalysisSettings
) -> tuple[pk.Peaks, list[int]]:
    """Find cycles in the strongest region, then in the others what the strongest does not explain.

    The strongest is the one whose cycles go furthest together; a region's reach may be its drift. Regions
    that swing without a way of their own come last.
    """
    fs = traces.fs
    allowed = allowed_places(signals, traces)
    alone = {
        j: find_directed_cycles(traces.s[:, j], traces, traces.regions[j], limits, settings, allowed)
        for j in _by_strength(traces, limits)
    }
    leads: list[int] = []
    kept: list[_Kept] = []
    for j in sorted(_by_cycles(list(alone), alone, traces), key=lambda j: not alone[j][1]):
        p = alone[j][0]
        if kept:
            rest = _unexplained(traces.s[:, j], traces.x, leads, traces.core)
            taken = np.sort(np.array([k[0] for k in kept]))
            reach = max(OWN_REACH_S * fs, OWN_LENGTHS * float(np.median([k[1] + k[2] for k in kept])))
            fresh = p.take(~near(p.at, taken, reach))
            p, _ = find_directed_cycles(rest, traces, traces.regions[j], limits, settings, allowed)
            p = fresh.join(p.take(near(p.at, taken, reach)))
        earlier = list(kept)
        for at, rise, fall, height in zip(p.at, p.rise, p.fall, p.prominence_mm, strict=True):
            if not _known(at, height, earlier, fs, settings):
                kept.append((at, rise, fall, height, j))
        if len(kept) > len(earlier) and len(leads) < MAX_LEADS:
            leads.append(j)
    return _as_cycles(kept)


def _as_cycles(kept: list[_Kept]) -> tuple[pk.Peaks, list[int]]:
    kept = sorted(kept)
    at, rise, fall, height = (np.array([k[c] for k in kept], dtype=float) for c in range(4))
    return pk.Peaks(at, rise, fall, height), [k[4] for k in kept]


def fresh_bumps(bumps: list[Bump], traces: Traces, known: pk.Peaks) -> tuple[pk.Peaks, list[int]]:
    """Return the detector's bumps, as cycles with their regions, that are none of the movements known already
    nor the shadow of one.
    """
    columns = (known.at, known.rise, known.fall, known.prominence_mm)
    kept: list[_Kept] = [(*(float(v) for v in row), 0) for row in zip(*columns, strict=True)]  # type: ignore[misc]
    out: list[_Kept] = []
    for b in bumps:
        if b.region not in traces.regions[: traces.moving]:
            continue
        j = traces.regions.index(b.region)
        at, half = (b.at - traces.first) * traces.factor, 0.5 * b.length_s * traces.fs
        cycle = pk.Peaks(np.array([at]), np.array([half]), np.array([half]), np.array([b.size_mm]))
        shaped = pk.centre(traces.s[:, j] * _sign(traces.s[:, j], cycle), cycle)
        new = (float(shaped.at[0]), float(shaped.rise[0]), float(shaped.fall[0]), b.size_mm, j)
        if not any(_covers(old, new, traces.fs) for old in kept):
            out.append(new)
    return _as_cycles(out)


def _sign(s: FloatArray, cycle: pk.Peaks) -> float:
    return 1.0 if float(pk.fit_sizes(s[:, None], cycle)[0, 0]) >= 0 else -1.0


def _covers(old: _Kept, new: _Kept, fs: float) -> bool:
    before = new[0] < old[0]
    reach = (old[1] + new[2]) if before else (old[2] + new[1])
    apart = abs(new[0] - old[0])
    return apart <= max(reach, 0.08 * fs) or (apart <= reach + SHADOW_S * fs and new[3] < 0.5 * old[3])


def _by_strength(traces: Traces, limits: Limits) -> list[int]:
    """Return the span's regions, the one that moves furthest above its threshold first."""
    part = traces.s[traces.core]
    reach = np.quantile(part, 0.98, axis=0) - np.quantile(part, 0.02, axis=0)
    score = reach - 0.5 * limits.threshold[traces.regions[: traces.moving]]
    return [int(j) for j in np.argsort(-score, kind="stable")]


def _by_cycles(order: list[int], alone: dict[int, tuple[pk.Peaks, bool]], traces: Traces) -> list[int]:
    """Return the regions in their order, those of the lower face among themselves by what their cycles go
    together.
    """
    lower = [j for j in order if traces.regions[j] in LOWER]
    by_sum = iter(sorted(lower, key=lambda j: -float(alone[j][0].prominence_mm.sum())))
    return [next(by_sum) if traces.regions[j] in LOWER else j for j in order]


def _unexplained(s: FloatArray, x: FloatArray, leads: list[int], core: slice) -> FloatArray:
    """Return what is left of a region's curve without its share of the movements already found in other
    regions.

    Regions overlap, so most of what a neighbour shows is the same movement; what is left may be another one.
    """
    if not leads:
        return s
    columns = x[:, [c for j in leads for c in (2 * j, 2 * j + 1)]]
    known = np.column_stack([columns[core], np.ones(columns[core].shape[0])])
    share, *_ = np.linalg.lstsq(known, s[core], rcond=None)
    return np.asarray(s - columns @ share[:-1])


def _known(at: float, height: float, earlier: list[_Kept], fs: float, settings: AnalysisSettings) -> bool:
    """A peak is part of an earlier one nearby; a weak one also of a strong one a little further off."""
    reach = settings.same_event_s * fs
    return any(
        abs(at - e[0]) <= reach
        or (abs(at - e[0]) <= 2.5 * reach and height < settings.region_fraction * e[3])
        for e in earlier
    )
