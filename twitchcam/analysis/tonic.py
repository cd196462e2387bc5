"""Tonic pulls: a region leaves its resting place and stays away for half a second or more."""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.ordered import masked_quantile
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, find_spans
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray

SLOW_HZ = 3.0
HOLD_FRACTION = 0.45
"""A pull is held when six sevenths of its time lie above this part of its height; a train of pulses falls
back to rest between them."""
PLATEAU = 0.8
"""A twitch on top of a pull begins and ends above this part of the pull's height."""
RIPPLE = 0.1
"""Smaller than this part of the pull in the same region it is the pull's own unevenness."""
REST_S = (0.12, 0.5)
"""The resting place is taken this long before the onset and after the offset."""


def find_tonic(signals: Signals, limits: Limits, settings: AnalysisSettings) -> list[Movement]:
    """Return the sustained movements in time order, joined over the regions that overlap in time."""
    slow = gaussian_mean(signals.work_mm, 0.19 * signals.fs / SLOW_HZ)
    pulls: list[tuple[float, int, Span]] = []
    spread, sizes = _spreads(slow), np.hypot(slow[..., 0], slow[..., 1])
    for r in range(len(REGIONS)):
        if not np.isfinite(limits.threshold[r]):
            continue
        high = max(
            settings.tonic_floor_mm, settings.tonic_sigma * spread[r], float(2.0 * limits.threshold[r])
        )
        size = np.where(np.isfinite(sizes[:, r]), sizes[:, r], 0.0)
        if size.max(initial=0.0) < high:
            continue
        for a, b in contiguous(size > 0):
            for p, q in find_spans(size[a:b], low=0.5 * high, high=high):
                pull = _hold(signals.work_mm[:, r], size, (a + p, a + q), signals.fs, settings)
                if pull is not None:
                    pulls.append((pull[0], r, pull[1]))
    return _join(pulls, signals, slow)


def _spreads(slow: FloatArray) -> FloatArray:
    """Robust standard deviation of the slow signal (its leak of head sway), mm, of each region (19,)."""
    x = np.ascontiguousarray(slow.transpose(1, 2, 0))
    known = np.broadcast_to(np.isfinite(x).all(axis=1)[:, None], x.shape)
    away = np.abs(x - masked_quantile(x, known, 0.5)[..., None])
    return np.asarray(np.nan_to_num(1.4826 * np.max(masked_quantile(away, known, 0.5), axis=1)))


def _hold(
    work: FloatArray, size: FloatArray, span: Span, fs: float, settings: AnalysisSettings
) -> tuple[float, Span] | None:
    """Return the height and the half-height span of a pull, or None when it is too short or not held."""
    a, b = span
    top = int(a + np.argmax(size[a:b]))
    height = float(size[top])
    above = contiguous(size[a:b] >= 0.5 * height)
    left = above[0][0] + a
    right = above[-1][1] + a
    if right - left < settings.tonic_min_s * fs:
        return None
    level = np.median(work[left:right], axis=0)
    axis = level / max(float(np.hypot(*level)), 1e-9)
    along = work[left:right] @ axis
    along = along[np.isfinite(along)]
    plateau = float(np.quantile(along, 0.75)) if along.size else 0.0
    if plateau < 0.5 * height or float(np.quantile(along, 0.15)) < HOLD_FRACTION * plateau:
        return None
    return height, (left, right)


def _join(pulls: list[tuple[float, int, Span]], signals: Signals, slow: FloatArray) -> list[Movement]:
    out: list[Movement] = []
    taken: list[Span] = []
    for _, r, (a, b) in sorted(pulls, key=lambda p: (-p[0], p[1])):
        if any(min(b, d) - max(a, c) > 0.4 * min(b - a, d - c) for c, d in taken):
            continue
        taken.append((a, b))
        out.append(_movement(signals, slow, r, (a, b)))
    return sorted(out, key=lambda m: m.onset)


def _movement(signals: Signals, slow: FloatArray, leader: int, half: Span) -> Movement:
    a, b = half
    near, far = (round(s * signals.fs) for s in REST_S)
    around = np.r_[
        max(0, a - far) : max(0, a - near), min(b + near, slow.shape[0]) : min(b + far, slow.shape[0])
    ]
    rest = mean_seen(slow[around]) if around.size else np.zeros(slow.shape[1:])
    inner = max(1, (b - a) // 6)
    vector = mean_seen(slow[a + inner : max(b - inner, a + inner + 1)]) - rest
    ramp = 0.06 * signals.fs
    return Movement(
        onset=a - ramp,
        peak=(a + b - 1) / 2,
        offset=b - 1 + ramp,
        leader=leader,
        vector_mm=vector,
        size_mm=np.hypot(vector[:, 0], vector[:, 1]),
        tonic=True,
    )


def mean_seen(x: FloatArray) -> FloatArray:
    """Return (...) the means of (m, ...) columns over the values that exist; 0 for an empty column."""
    good = np.isfinite(x)
    return np.asarray(np.where(good, x, 0.0).sum(axis=0) / np.maximum(good.sum(axis=0), 1))


def without_flanks(fast: list[Movement], tonic: list[Movement], signals: Signals) -> list[Movement]:
    """Return the fast movements that are not a tonic pull's own rise and fall.

    A twitch on top of a pull starts and ends on its plateau; the pull itself starts or ends at rest.
    """
    first = np.array([t.onset - 0.1 * signals.fs for t in tonic])
    last = np.array([t.offset + 0.1 * signals.fs for t in tonic])
    peak = np.array([m.peak for m in fast])
    near: dict[int, list[Movement]] = {}
    for t, a, b in zip(tonic, first, last, strict=True):
        for k in np.flatnonzero((peak >= a) & (peak <= b)).tolist():
            near.setdefault(k, []).append(t)
    return [m for k, m in enumerate(fast) if not any(_is_flank(m, t, signals) for t in near.get(k, ()))]


def _is_flank(m: Movement, t: Movement, signals: Signals) -> bool:
    r, brief = t.leader, m.offset - m.onset <= 0.45 * signals.fs
    last = signals.work_mm.shape[0] - 1
    axis = t.vector_mm[r] / max(float(t.size_mm[r]), 1e-9)
    ends = [signals.work_mm[int(np.clip(round(k), 0, last)), r] @ axis for k in (m.onset, m.offset)]
    lowest = float(np.fmin(*ends)) / max(float(t.size_mm[r]), 1e-9)
    if brief and lowest >= PLATEAU:
        return bool(m.size_mm[m.leader] < RIPPLE * t.size_mm[m.leader])
    if m.size_mm[r] < 0.35 * t.size_mm[r]:
        return bool(m.size_mm[m.leader] < 0.5 * t.size_mm[m.leader])
    return not brief or lowest < 0.5
