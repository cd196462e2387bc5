"""Movements: cycles and twitches of the face, found region by region and joined into one where they
coincide.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, activity, find_spans
from twitchcam.analysis.timegrid import contiguous, near
from twitchcam.regions import INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray

PAD_S = 0.45
"""Quiet margin around a span: the resting level and the ends of the first and last twitch."""
FIT_NOISE = 4.0
"""Variance of a fitted size = FIT_NOISE * noise variance / (bandwidth * duration), from the raised cosine's
shape."""
SLOW_WIDTH_S = (0.22, 0.34)
"""A twitch of up to 400 ms is at most 0.2 s wide at half height; what is wider must also rise above the
slow leak of head sway."""
SLOW_FLOOR_MM = 0.15
SMOOTH_SD_S = 0.03
"""Second look at the motion, smoothed: half the noise for twitches of 120 ms and more (matched to 140 ms)."""


GROUP_GAP_S = 0.45
"""Cycles closer than this go the same way."""
EVEN = 0.2
"""Up and down within this part of each other: the movement is as much a swing as a pull."""
OWN_REACH_S = 0.35
"""Away from all movements found so far a region speaks for itself; nearer, only what they do not explain
counts."""
SUPPORT = 0.12
"""Neighbours share 20-60 % of a movement; the mean over them must reach this."""
SUPPORT_Z = 3.0
"""Their sum, in units of its own noise, behind a movement of a frame or two."""
BRIEF_FRAMES = 3.2
CLEAR = 1.6
"""A movement this many times the threshold stands for itself; focal ones hardly move their neighbours."""
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
MAX_LEADS = 4
"""More independent movements at once do not occur in a face."""
TRAIN_MIN = 3
TRAIN_REACH_S = 0.7
_Kept = tuple[float, float, float, float, int]


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


@dataclass(frozen=True)
class Limits:
    """What counts as movement in each region; (19,) arrays in mm unless said otherwise."""

    threshold: FloatArray
    sd: FloatArray
    """Noise of one coordinate."""
    smooth_sd: FloatArray
    density: FloatArray
    """(19, 2) mm/sqrt(Hz)."""
    smooth_threshold: FloatArray
    """The prominence in the smoothed motion."""
    spike: FloatArray
    """The prominence of a jump that lasts a single frame."""
    slow: FloatArray
    """Height that a slow hump must reach."""


@dataclass
class _Traces:
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


def slow_limits(signals: Signals) -> FloatArray:
    """Return (19,) what a slow hump must reach: four times the spread of the slow part of the signal."""
    slow = signals.work_mm - signals.fast_mm
    some = slow[:: max(1, round(signals.fs / 5))]
    with np.errstate(all="ignore"):
        spread = 1.4826 * _nanmedian(np.abs(some - _nanmedian(some)))
    return np.asarray(np.maximum(SLOW_FLOOR_MM, 4.0 * np.nan_to_num(spread.max(axis=1))))


def find_movements(signals: Signals, limits: Limits, settings: AnalysisSettings) -> list[Movement]:
    """Return the fast movements (twitches, cycles of a train, blinks) in time order."""
    level = _level(signals, limits, settings)
    out: list[Movement] = []
    for start, stop in contiguous(np.isfinite(signals.work_mm).any(axis=(1, 2))):
        top = level[start:stop].max(axis=1)
        merge = round(settings.span_merge_s * signals.fs)
        for a, b in find_spans(top, low=settings.span_low_sigma, high=settings.span_sigma, merge=merge):
            span = (start + a, start + b)
            out += _search(signals, level, span, (start, stop), limits, settings)
    return sorted(out, key=lambda m: m.peak)


def _level(signals: Signals, limits: Limits, settings: AnalysisSettings) -> FloatArray:
    """Return (m, 19) activity in noise units, the larger of the full and the smoothed motion's."""
    unit = limits.threshold / settings.detect_sigma
    soft_unit = limits.smooth_threshold / settings.detect_sigma_smooth
    soft = gaussian_mean(signals.fast_mm, SMOOTH_SD_S * signals.fs)
    return np.maximum(
        activity(signals.fast_mm, np.where(np.isfinite(unit), unit, np.inf)),
        activity(soft, np.where(np.isfinite(soft_unit), soft_unit, np.inf)),
    )


def _search(
    signals: Signals, level: FloatArray, span: Span, stretch: Span, limits: Limits, settings: AnalysisSettings
) -> list[Movement]:
    traces = _make_traces(signals, level, span, stretch, limits, settings)
    if traces is None:
        return []
    found = _find_and_join(signals, traces, limits, settings)
    if found is None:
        return []
    cycles, leaders = found
    sizes = pk.fit_sizes(traces.x, cycles).reshape(cycles.at.size, len(traces.regions), 2)
    out = []
    for i, j in enumerate(leaders):
        length_s = (cycles.rise[i] + cycles.fall[i]) / traces.fs
        noise_gain = float(np.sqrt(FIT_NOISE / max(1.0, signals.bandwidth_hz * length_s)))
        brief = length_s * signals.fs < BRIEF_FRAMES
        in_train = _in_train(cycles, i, traces.fs)
        if in_train or _supported(traces.regions, j, sizes[i], brief, limits, noise_gain):
            out.append(_movement(traces, cycles, i, traces.regions[j], sizes[i], limits, signals))
    return out


def _in_train(cycles: pk.Peaks, i: int, fs: float) -> bool:
    """Tell whether a cycle has two or more others of its size close by: errors do not come in trains."""
    close = np.abs(cycles.at - cycles.at[i]) <= TRAIN_REACH_S * fs
    alike = cycles.prominence_mm >= 0.5 * cycles.prominence_mm[i]
    return int(np.count_nonzero(close & alike)) >= TRAIN_MIN


def _supported(
    regions: list[int], j: int, fitted: FloatArray, brief: bool, limits: Limits, noise_gain: float
) -> bool:
    """A movement draws its neighbours along, because skin and the spatial basis are continuous; an error of
    one region does not. Alone, a movement must be clear and last more than a frame, or exceed the recording's
    own tail of jumps; one that lasts a single frame (`brief`) needs neighbours that stand out of their own
    noise.
    """
    r = regions[j]
    size = float(np.hypot(*fitted[j]))
    near_by = [i for i, k in enumerate(regions) if k in NEIGHBOURS[r]]
    others = np.hypot(fitted[:, 0], fitted[:, 1]) >= limits.threshold[regions]
    others[j] = False
    if size >= limits.spike[r] or others.any() or (not brief and size >= CLEAR * limits.threshold[r]):
        return True
    if not near_by:
        return not brief
    along = fitted[near_by] @ fitted[j] / size
    if float(along.mean()) < SUPPORT * size:
        return False
    noise = noise_gain * limits.sd[[regions[i] for i in near_by]]
    return not brief or float(np.sum(along / noise)) >= SUPPORT_Z * np.sqrt(len(near_by))


def _make_traces(
    signals: Signals, level: FloatArray, span: Span, stretch: Span, limits: Limits, settings: AnalysisSettings
) -> _Traces | None:
    fs = signals.fs
    pad = round(PAD_S * fs)
    first, last = max(stretch[0], span[0] - pad), min(stretch[1], span[1] + pad)
    core = slice(span[0] - first, span[1] - first)
    work, fast = signals.work_mm[first:last], signals.fast_mm[first:last]
    whole = np.isfinite(work).all(axis=(0, 2))
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
    return _Traces(regions, x, np.stack(columns, axis=1), fs * factor, factor, first, fine, n)


def _find_and_join(
    signals: Signals, traces: _Traces, limits: Limits, settings: AnalysisSettings
) -> tuple[pk.Peaks, list[int]] | None:
    """Find cycles in the strongest region, then in the others what the strongest does not explain."""
    fs = traces.fs
    allowed = _allowed(signals, traces)
    order = _by_strength(traces, limits)
    leads: list[int] = []
    kept: list[_Kept] = []
    for j in order:
        p = _cycles(traces.s[:, j], traces, traces.regions[j], limits, settings, allowed)
        if kept:
            rest = _unexplained(traces.s[:, j], traces.x, leads, traces.core)
            taken = np.sort(np.array([k[0] for k in kept]))
            fresh = p.take(~near(p.at, taken, OWN_REACH_S * fs))
            p = _cycles(rest, traces, traces.regions[j], limits, settings, allowed)
            p = fresh.join(p.take(near(p.at, taken, OWN_REACH_S * fs)))
        earlier = list(kept)
        for at, rise, fall, height in zip(p.at, p.rise, p.fall, p.prominence_mm, strict=True):
            if not _known(at, height, earlier, fs, settings):
                kept.append((at, rise, fall, height, j))
        if len(kept) > len(earlier) and len(leads) < MAX_LEADS:
            leads.append(j)
    if not kept:
        return None
    kept.sort()
    at, rise, fall, height, _ = (np.array(c, dtype=float) for c in zip(*kept, strict=True))
    return pk.Peaks(at, rise, fall, height), [k[4] for k in kept]


def _by_strength(traces: _Traces, limits: Limits) -> list[int]:
    """Return the span's regions, the one that moves furthest above its threshold first."""
    part = traces.s[traces.core]
    reach = np.quantile(part, 0.98, axis=0) - np.quantile(part, 0.02, axis=0)
    score = reach - 0.5 * limits.threshold[traces.regions[: traces.moving]]
    return [int(j) for j in np.argsort(-score, kind="stable")]


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


def _cycles(
    s: FloatArray,
    traces: _Traces,
    region: int,
    limits: Limits,
    settings: AnalysisSettings,
    allowed: BoolArray,
) -> pk.Peaks:
    """Find the cycles of one region in whichever direction along its axis they go.

    A twitch stands out in one direction only. A sine does in both; there the larger sum decides, or its
    skewness.
    """
    up, down = (_one_way(sign * s, traces, region, limits, settings, allowed) for sign in (1.0, -1.0))
    if up.at.size == 0 or down.at.size == 0:
        return up.join(down)
    keep_up, keep_down = np.ones(up.at.size, dtype=bool), np.ones(down.at.size, dtype=bool)
    at = np.sort(np.r_[up.at, down.at])
    cuts = np.flatnonzero(np.diff(at) > GROUP_GAP_S * traces.fs)
    edges = np.r_[-np.inf, 0.5 * (at[cuts] + at[cuts + 1]), np.inf]
    for a, b in pairwise(edges):
        in_up, in_down = (up.at >= a) & (up.at < b), (down.at >= a) & (down.at < b)
        more = float(up.prominence_mm[in_up].sum() - down.prominence_mm[in_down].sum())
        if abs(more) < EVEN * float(up.prominence_mm[in_up].sum()):
            first = float(down.at[in_down][0] - up.at[in_up][0])
            more = _lean(s, at[(at >= a) & (at < b)], traces.fs) or first
        (keep_down if more >= 0 else keep_up)[in_down if more >= 0 else in_up] = False
    return up.take(keep_up).join(down.take(keep_down))


def _lean(s: FloatArray, at: FloatArray, fs: float) -> float:
    """Return which way a swinging train leans: from the resting level beside it, or by its skewness; 0 for
    neither, when the way it went first decides.
    """
    first, last = int(at[0]), int(at[-1]) + 1
    part = s[first:last]
    near, far = (round(float(np.median(np.diff(at)))) if at.size > 1 else 0), round(0.4 * fs)
    beside = np.r_[s[max(0, first - far) : max(0, first - near)], s[last + near : last + far]]
    lean = float(part.mean() - np.median(beside)) if beside.size else 0.0
    if abs(lean) > 0.12 * float(np.ptp(part)):
        return lean
    away = part - part.mean()
    skew = float(np.mean(away**3) / max(float(np.mean(away**2)) ** 1.5, 1e-12))
    return skew if abs(skew) > 0.3 else 0.0


def _one_way(
    s: FloatArray,
    traces: _Traces,
    region: int,
    limits: Limits,
    settings: AnalysisSettings,
    allowed: BoolArray,
) -> pk.Peaks:
    """Find upward cycles: in the full bandwidth, then those that only smoothing lifts out of the noise."""
    fs, threshold, smooth = traces.fs, float(limits.threshold[region]), float(limits.smooth_threshold[region])
    slow = float(limits.slow[region])
    search = partial(
        pk.find_cycles,
        fs=fs,
        window_s=settings.prominence_window_s,
        fraction=settings.prominence_fraction,
        allowed=allowed,
    )
    weak = settings.train_fraction
    sharp = search(s, prominence_mm=weak * threshold)
    sharp = _with_train(sharp, sharp.prominence_mm >= threshold, fs)
    sd = SMOOTH_SD_S * fs
    blurred = gaussian_filter1d(s, sd, mode="nearest")
    soft = search(blurred, prominence_mm=weak * smooth)
    soft = _with_train(soft, soft.prominence_mm >= smooth, fs)
    soft = soft.take(~near(soft.at, sharp.at, settings.same_event_s * fs))
    soft = pk.unblur(soft, sd)
    found = pk.centre(s, sharp.join(soft))
    return found.take(_not_slow(found, fs, slow))


def _with_train(p: pk.Peaks, strong: BoolArray, fs: float) -> pk.Peaks:
    """Return the strong cycles and the weaker ones between them that keep up a train of three or more."""
    if strong.all() or strong.sum() < TRAIN_MIN:
        return p.take(strong)
    at, height = p.at[strong], p.prominence_mm[strong]
    first = np.searchsorted(at, p.at - TRAIN_REACH_S * fs)
    last = np.searchsorted(at, p.at + TRAIN_REACH_S * fs)
    usual = np.array([np.median(height[a:b]) if b > a else np.inf for a, b in zip(first, last, strict=True)])
    member = (last - first >= TRAIN_MIN) & (p.prominence_mm >= 0.5 * usual)
    return p.take(strong | member)


def _not_slow(p: pk.Peaks, fs: float, slow_mm: float) -> BoolArray:
    """A hump wider than a twitch must also rise above the slow leak of head sway."""
    width = 0.5 * (p.rise + p.fall) / fs
    share = np.clip((width - SLOW_WIDTH_S[0]) / (SLOW_WIDTH_S[1] - SLOW_WIDTH_S[0]), 0, 1)
    return np.asarray(p.prominence_mm >= share * slow_mm)


def _allowed(signals: Signals, traces: _Traces) -> BoolArray:
    """Peaks lie near the span and not on a bridged sample."""
    allowed = np.zeros(traces.s.shape[0], dtype=bool)
    reach = round(0.1 * traces.fs)
    allowed[max(0, traces.core.start - reach) : traces.core.stop + reach] = True
    near = traces.first + np.round(np.arange(allowed.size) / traces.factor).astype(int)
    return np.asarray(allowed & signals.face[np.minimum(near, signals.face.size - 1)])


def _known(at: float, height: float, earlier: list[_Kept], fs: float, settings: AnalysisSettings) -> bool:
    """A peak is part of an earlier one nearby; a weak one also of a strong one a little further off."""
    reach = settings.same_event_s * fs
    return any(
        abs(at - e[0]) <= reach
        or (abs(at - e[0]) <= 2.5 * reach and height < settings.region_fraction * e[3])
        for e in earlier
    )


def _movement(
    traces: _Traces,
    cycles: pk.Peaks,
    i: int,
    leader: int,
    fitted: FloatArray,
    limits: Limits,
    signals: Signals,
) -> Movement:
    vector = np.zeros((len(REGIONS), 2))
    vector[traces.regions] = fitted
    length_s = (cycles.rise[i] + cycles.fall[i]) / traces.fs
    var = FIT_NOISE * limits.sd**2 / max(1.0, signals.bandwidth_hz * length_s)
    size = np.sqrt(np.maximum(np.sum(vector**2, axis=1) - np.where(vector.any(axis=1), var, 0.0), 0.0))
    at = traces.first + cycles.at[i] / traces.factor
    return Movement(
        onset=at - cycles.rise[i] / traces.factor,
        peak=at,
        offset=at + cycles.fall[i] / traces.factor,
        leader=leader,
        vector_mm=vector,
        size_mm=size,
    )


def _nanmedian(x: FloatArray) -> FloatArray:
    flat = x.reshape(x.shape[0], -1)
    columns = [c[np.isfinite(c)] for c in flat.T]
    return np.array([np.median(c) if c.size else 0.0 for c in columns]).reshape(x.shape[1:])
