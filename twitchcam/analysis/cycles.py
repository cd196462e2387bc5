"""Cycles: single there-and-back movements of one region, in whichever direction along its axis they go."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter1d

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.detector import LOWER
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits
from twitchcam.analysis.timegrid import near
from twitchcam.analysis.traces import Traces
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray

SLOW_WIDTH_S = (0.22, 0.34)
"""A twitch of up to 400 ms is at most 0.2 s wide at half height; what is wider must also rise above the
slow leak of head sway."""
GROUP_GAP_S = 0.45
"""Cycles closer than this go the same way."""
GROUP_LENGTHS = 1.3
"""So do slow ones closer than so many of their own lengths."""
EVEN = 0.2
"""Up and down within this part of each other: the movement is as much a swing as a pull."""
EVEN_MIN = 6
"""Extremes that make a swing whose way matters."""
REST_S = 0.25
"""The resting level is taken from so much before a swing."""
RESTING = 0.3
"""At rest nothing moves by this part of the swing's extent."""
LEFT = 0.3
"""A movement has left its resting place when it is this part of its extent away: its first excursion reaches
half."""
WIDE_S = 0.24
"""Half the length of a cycle of 2 Hz. Wider ones are looked for in a wider window, where three or more of
them follow each other: one alone is sway."""
WIDE_SD_S = 0.05
WIDE_WINDOW_S = 1.5
TRAIN_MIN = 3
TRAIN_REACH_S = 0.7


def find_directed_cycles(
    s: FloatArray,
    traces: Traces,
    region: int,
    limits: Limits,
    settings: AnalysisSettings,
    allowed: BoolArray,
) -> tuple[pk.Peaks, bool]:
    """Find the cycles of one region in whichever direction along its axis they go, and whether the motion
    shows which that is.

    A twitch stands out in one direction only. A swing does in both; there the way decides in which it first
    left its resting place.
    """
    up, down = (_one_way(sign * s, traces, region, limits, settings, allowed) for sign in (1.0, -1.0))
    if up.at.size == 0 or down.at.size == 0:
        return up.join(down), True
    shown = True
    keep_up, keep_down = np.ones(up.at.size, dtype=bool), np.ones(down.at.size, dtype=bool)
    both = up.join(down)
    at, length = both.at, both.rise + both.fall
    reach = np.maximum(GROUP_GAP_S * traces.fs, GROUP_LENGTHS * 0.5 * (length[1:] + length[:-1]))
    cuts = np.flatnonzero(np.diff(at) > reach)
    edges = np.r_[-np.inf, 0.5 * (at[cuts] + at[cuts + 1]), np.inf]
    for a, b in pairwise(edges):
        in_up, in_down = (up.at >= a) & (up.at < b), (down.at >= a) & (down.at < b)
        more = float(up.prominence_mm[in_up].sum() - down.prominence_mm[in_down].sum())
        if abs(more) < EVEN * float(up.prominence_mm[in_up].sum()):
            first = float(down.at[in_down][0] - up.at[in_up][0])
            mine = at[(at >= a) & (at < b)]
            usual = float(np.median(np.r_[up.prominence_mm[in_up], down.prominence_mm[in_down]]))
            more = _first_way(s, mine, usual, traces.fs) or _lean(s, mine, traces.fs)
            shown = shown and (more != 0 or mine.size < EVEN_MIN)
            more = more or first
        (keep_down if more >= 0 else keep_up)[in_down if more >= 0 else in_up] = False
    return up.take(keep_up).join(down.take(keep_down)), shown


def _first_way(s: FloatArray, at: FloatArray, usual_mm: float, fs: float) -> float:
    """Return the way, +1 or -1, in which a swing left its resting place; 0 when it was not at rest before.

    `at` are the extremes found, either way, ascending. The first excursion of a swing is half as high as the
    others are from crest to trough, and may not be among them.
    """
    period = 2.0 * float(np.median(np.diff(at))) if at.size > 2 else 0.2 * fs
    start = round(at[0] - period)
    before = s[max(0, start - round(REST_S * fs)) : max(0, start)]
    if before.size < 0.5 * REST_S * fs or float(np.ptp(before)) > RESTING * usual_mm:
        return 0.0
    away = s[start : round(at[0] + 0.5 * period) + 1] - float(np.median(before))
    left = np.flatnonzero(np.abs(away) >= LEFT * usual_mm)
    return float(np.sign(away[left[0]])) if left.size else 0.0


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
    traces: Traces,
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
    soft = pk.unblur(soft.take(~_known(soft, sharp, settings.same_event_s * fs)), sd)
    found = pk.centre(s, sharp.join(soft))
    found = found.take(_not_slow(found, fs, slow))
    if region not in LOWER:
        return found
    return _with_wide(found, s, fs, max(smooth, slow), settings, allowed)


def _with_wide(
    found: pk.Peaks, s: FloatArray, fs: float, least_mm: float, settings: AnalysisSettings, allowed: BoolArray
) -> pk.Peaks:
    """Return the cycles with those of trains below 2 Hz, which are wider than the usual window, in place of
    what was seen of them.
    """
    wide = pk.find_cycles(
        gaussian_filter1d(s, WIDE_SD_S * fs, mode="nearest"),
        fs,
        window_s=WIDE_WINDOW_S,
        fraction=settings.prominence_fraction,
        allowed=allowed,
        prominence_mm=least_mm,
    )
    wide = wide.take(0.5 * (wide.rise + wide.fall) > WIDE_S * fs)
    if wide.at.size < TRAIN_MIN:
        return found
    inside = near(found.at, wide.at, 0.25 * float(np.median(wide.rise + wide.fall)))
    other = ~inside | (found.rise + found.fall < 0.4 * float(np.median(wide.rise + wide.fall)))
    return wide.join(found.take(other & (found.rise + found.fall < 2.0 * WIDE_S * fs)))


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


def _known(soft: pk.Peaks, sharp: pk.Peaks, within: float) -> BoolArray:
    """Return which of the smoothed cycles are sharp ones again: a sharp peak of half their height or more
    lies in their upper half.

    The lowest point of a flat pause between two pulses moves when it is smoothed.
    """
    if sharp.at.size == 0:
        return np.zeros(soft.at.size, dtype=bool)
    reach = np.maximum(within, 0.25 * (soft.rise + soft.fall))
    away = np.abs(soft.at[:, None] - sharp.at[None])
    alike = sharp.prominence_mm[None] >= 0.5 * soft.prominence_mm[:, None]
    return np.asarray(((away <= reach[:, None]) & alike).any(axis=1) | near(soft.at, sharp.at, within))


def _not_slow(p: pk.Peaks, fs: float, slow_mm: float) -> BoolArray:
    """A hump wider than a twitch must also rise above the slow leak of head sway."""
    width = 0.5 * (p.rise + p.fall) / fs
    share = np.clip((width - SLOW_WIDTH_S[0]) / (SLOW_WIDTH_S[1] - SLOW_WIDTH_S[0]), 0, 1)
    return np.asarray(p.prominence_mm >= share * slow_mm)
