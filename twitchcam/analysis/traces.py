"""Traces: the active regions of a span of time, interpolated between the samples and on their main axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span
from twitchcam.regions import INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray

LEAST_KNOWN = 0.5
"""A region is searched when this part of the span was measured; what is missing is held: nothing peaks
there."""
PAD_S = 0.45
"""Quiet margin around a span: the resting level and the ends of the first and last twitch."""
_NEAR: dict[str, tuple[str, ...]] = {
    "upper_lip": ("commissure", "lower_lip", "upper_lip_mid", "cheek"),
    "lower_lip": ("commissure", "upper_lip", "lower_lip_mid", "chin"),
    "commissure": ("upper_lip", "lower_lip", "cheek", "chin"),
    "cheek": ("commissure", "upper_lip", "lower_eyelid"),
    "chin": ("lower_lip", "commissure", "chin_mid"),
    "lower_eyelid": (),
    "upper_eyelid": (),
    "brow": (),
    "upper_lip_mid": ("upper_lip_left", "upper_lip_right", "lower_lip_mid"),
    "lower_lip_mid": ("lower_lip_left", "lower_lip_right", "upper_lip_mid", "chin_mid"),
    "chin_mid": ("chin_left", "chin_right", "lower_lip_mid"),
}


def _neighbours(region: str) -> tuple[int, ...]:
    stem, side = region.rsplit("_", 1)
    names = _NEAR[region] if side == "mid" else _NEAR[stem]
    return tuple(INDEX[n] if n in INDEX else INDEX[f"{n}_{side}"] for n in names)


NEIGHBOURS = tuple(_neighbours(r) for r in REGIONS)


@dataclass
class Traces:
    """The active regions of one span, interpolated and on their main axes."""

    regions: list[int]
    x: FloatArray
    s: FloatArray
    fs: float
    factor: int
    first: int
    core: slice
    moving: int
    """The first so many regions move; the others are their neighbours."""


def make_traces(
    signals: Signals, level: FloatArray, span: Span, stretch: Span, limits: Limits, settings: AnalysisSettings
) -> Traces | None:
    fs = signals.fs
    pad = round(PAD_S * fs)
    first, last = max(stretch[0], span[0] - pad), min(stretch[1], span[1] + pad)
    core = slice(span[0] - first, span[1] - first)
    work, fast = signals.work_mm[first:last], hold(signals.fast_mm[first:last])
    whole = np.isfinite(work[core]).all(axis=2).mean(axis=0) >= LEAST_KNOWN
    work = hold(work)
    moving = level[span[0] : span[1]].max(axis=0) >= settings.span_sigma
    able = whole & np.isfinite(limits.threshold)
    regions = np.flatnonzero(able & moving).tolist()
    if not regions or last - first < 5:
        return None
    n = len(regions)
    regions += [
        r for r in sorted({k for r in regions for k in NEIGHBOURS[r]}) if able[r] and r not in regions
    ]
    factor = max(1, int(np.ceil(pk.UPSAMPLED_HZ / fs)))
    x = pk.upsample(work[:, regions].reshape(last - first, -1), factor)
    fine = slice(core.start * factor, min(core.stop * factor, x.shape[0]))
    columns = []
    for j, r in enumerate(regions[:n]):
        angle = pk.main_axis(fast[:, r], core, limits.density[r] ** 2 * signals.bandwidth_hz, fs)
        k = np.arange(x.shape[0]) / factor
        columns.append(pk.project(x[:, 2 * j : 2 * j + 2], np.interp(k, np.arange(angle.size), angle)))
    return Traces(regions, x, np.stack(columns, axis=1), fs * factor, factor, first, fine, n)


def allowed_places(signals: Signals, traces: Traces) -> BoolArray:
    """Peaks lie near the span and not on a bridged sample."""
    allowed = np.zeros(traces.s.shape[0], dtype=bool)
    reach = round(0.1 * traces.fs)
    allowed[max(0, traces.core.start - reach) : traces.core.stop + reach] = True
    near = traces.first + np.round(np.arange(allowed.size) / traces.factor).astype(int)
    return np.asarray(allowed & signals.face[np.minimum(near, signals.face.size - 1)])
