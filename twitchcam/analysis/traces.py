"""Traces: the active regions of spans of time, interpolated between the samples and on their main axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import upfirdn

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.curves import Curves, before, ragged
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span
from twitchcam.regions import INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, IntArray

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


@dataclass(frozen=True)
class Traces:
    """The active regions of one span; L fine samples."""

    span: Span
    """In samples of the grid."""
    regions: list[int]
    x: FloatArray
    """(regions, 2, L) the motion."""
    s: FloatArray
    """(moving, L) the moving regions' motion on their main axes."""
    fs: float
    factor: int
    first: int
    """Sample of the grid at which the fine ones begin."""
    core: slice
    """The fine samples of the span itself."""
    moving: int
    """The first so many regions move; the others are their neighbours."""
    column: IntArray
    """(19,) which column of `Bundle.columns` holds a region's dx (dy is the next); -1 for none."""


@dataclass(frozen=True)
class Bundle:
    """The traces of many spans."""

    traces: list[Traces]
    columns: Curves
    """dx, dy of each region of each span, one after the other."""
    curves: Curves
    """The moving regions on their main axes, one after the other."""
    regions: IntArray
    """The region of each of `curves`."""


@dataclass(frozen=True)
class _Cut:
    """The coarse samples of one span."""

    span: Span
    first: int
    last: int
    regions: list[int]
    moving: int
    work: FloatArray
    """(regions, 2, samples) without gaps."""
    angle: FloatArray
    """(samples or 1, moving)"""


def make_traces(
    signals: Signals, level: FloatArray, spans: Sequence[tuple[Span, Span]], limits: Limits,
    settings: AnalysisSettings,
) -> Bundle | None:  # fmt: skip
    """Return the traces of the spans in which a region that can be searched moves; None without any.

    `spans`: each with the stretch without a gap that it lies in.
    """
    cuts = [_cut(signals, level, span, stretch, limits, settings) for span, stretch in spans]
    found = [cut for cut in cuts if cut is not None]
    return _bundle(found, signals) if found else None


def _cut(
    signals: Signals, level: FloatArray, span: Span, stretch: Span, limits: Limits, settings: AnalysisSettings
) -> _Cut | None:
    fs = signals.fs
    pad = round(PAD_S * fs)
    first, last = max(stretch[0], span[0] - pad), min(stretch[1], span[1] + pad)
    moving = level[span[0] : span[1]].max(axis=0) >= settings.span_sigma
    if last - first < 5 or not moving.any():
        return None
    work = signals.work_mm[first:last]
    core = slice(span[0] - first, span[1] - first)
    able = np.isfinite(limits.threshold)
    if not np.isfinite(work).all():
        able = able & (np.isfinite(work[core]).all(axis=2).mean(axis=0) >= LEAST_KNOWN)
        work = hold(work)
    regions = np.flatnonzero(able & moving).tolist()
    if not regions:
        return None
    n = len(regions)
    fast = signals.fast_mm[first:last, regions]
    if not np.isfinite(fast).all():
        fast = hold(fast)
    noise = limits.density[regions] ** 2 * signals.bandwidth_hz
    angle = pk.main_axes(fast, core, noise, fs)
    regions += [
        r for r in sorted({k for r in regions for k in NEIGHBOURS[r]}) if able[r] and r not in regions
    ]
    return _Cut(span, first, last, regions, n, work[:, regions].transpose(1, 2, 0), angle)


def _bundle(cuts: list[_Cut], signals: Signals) -> Bundle:
    factor = max(1, int(np.ceil(pk.UPSAMPLED_HZ / signals.fs)))
    count = np.array([2 * len(cut.regions) for cut in cuts])
    coarse = np.array([cut.last - cut.first for cut in cuts])
    length = (coarse - 1) * factor + 1
    fine = _upsampled(cuts, np.repeat(coarse, count), factor)
    shut = np.zeros(1, dtype=bool)
    begin = 1 + before(count * (length + 1))
    traces, rows, masks, regions = [], [np.array([np.inf])], [shut], []
    for k, cut in enumerate(cuts):
        block = fine[begin[k] : begin[k] + count[k] * (length[k] + 1)].reshape(-1, 2, length[k] + 1)
        s = _projected(block[: cut.moving], cut.angle, factor)
        core = slice(
            (cut.span[0] - cut.first) * factor, min((cut.span[1] - cut.first) * factor, int(length[k]))
        )
        column = np.full(len(REGIONS), -1)
        column[cut.regions] = int(count[:k].sum()) + 2 * np.arange(len(cut.regions))
        one = Traces(
            cut.span, cut.regions, block[..., :-1], s[:, :-1], signals.fs * factor, factor, cut.first, core,
            cut.moving, column,
        )  # fmt: skip
        traces.append(one)
        rows.append(s.ravel())
        masks += [np.append(allowed_places(signals, one), False)] * cut.moving
        regions += cut.regions[: cut.moving]
    moving = np.repeat(length, [cut.moving for cut in cuts])
    columns = np.repeat(length, count)
    return Bundle(
        traces,
        Curves(fine, 1 + before(columns + 1), columns, np.zeros(fine.size, dtype=bool)),
        Curves(np.concatenate(rows), 1 + before(moving + 1), moving, np.concatenate(masks)),
        np.array(regions),
    )


def _upsampled(cuts: list[_Cut], coarse: IntArray, factor: int) -> FloatArray:
    """Return all columns interpolated by an integer factor, laid out as `Curves`.

    Beyond its ends each is continued by point reflection; one too short for that is held.
    """
    pad = pk.HALF_TAPS if factor > 1 else 0
    flat = np.concatenate([cut.work.reshape(-1) for cut in cuts])
    first, last = before(coarse), before(coarse) + coarse - 1
    if factor > 1:
        wide = coarse + 2 * pad
        begin, end = np.repeat(first, wide), np.repeat(last, wide)
        at = ragged(first - pad, last + 1 + pad)
        inner = np.clip(at, begin, end)
        mirrored = np.where(np.repeat(coarse > pad, wide), 2 * inner - at, inner)
        flat = np.where(at == inner, flat[inner], 2 * flat[inner] - flat[mirrored])
        flat = upfirdn(pk.interpolator(factor), flat, up=factor)
        first, last = before(wide) + 2 * pad, before(wide) + 2 * pad + coarse - 1
    out = np.full(int(((coarse - 1) * factor + 2).sum()) + 1, np.inf)
    length = (coarse - 1) * factor + 1
    to = ragged(1 + before(length + 1), 1 + before(length + 1) + length)
    out[to] = flat[ragged(first * factor, last * factor + 1)]
    return out


def _projected(x: FloatArray, angle: FloatArray, factor: int) -> FloatArray:
    """Return (n, L + 1) the component of (n, 2, L + 1) motion along its direction, with the wall behind."""
    if angle.shape[0] > 1:
        k = np.arange(x.shape[2] - 1) / factor
        at = np.arange(angle.shape[0])
        angle = np.stack([np.interp(k, at, column) for column in angle.T])
    else:
        angle = angle.T
    out = np.full((x.shape[0], x.shape[2]), np.inf)
    out[:, :-1] = x[:, 0, :-1] * np.cos(angle) + x[:, 1, :-1] * np.sin(angle)
    return out


def allowed_places(signals: Signals, traces: Traces) -> BoolArray:
    """Return (L,) where peaks may lie: near the span and not on a bridged sample."""
    allowed = np.zeros(traces.s.shape[1], dtype=bool)
    reach = round(0.1 * traces.fs)
    allowed[max(0, traces.core.start - reach) : traces.core.stop + reach] = True
    near = traces.first + np.round(np.arange(allowed.size) / traces.factor).astype(int)
    return np.asarray(allowed & signals.face[np.minimum(near, signals.face.size - 1)])
