"""Cycles: single there-and-back movements of one region, in whichever direction along its axis they go.

Many curves (regions of many spans) are searched at once; each gives what it would give alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.curves import Curves, nearest, window_max, window_medians
from twitchcam.analysis.detector import LOWER
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, IntArray

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


@dataclass(frozen=True)
class _Search:
    """Curves with what counts as a movement in each of them; (k,) arrays in mm."""

    sharp: Curves
    soft: Curves
    wide: Curves
    """The same smoothed, and smoothed more."""
    threshold: FloatArray
    smooth: FloatArray
    slow: FloatArray
    lower: BoolArray
    """The region is one of the lower face: trains below 2 Hz are looked for."""
    fs: float
    settings: AnalysisSettings

    @property
    def least_wide(self) -> FloatArray:
        """(k,) prominence of the cycles of a slow train."""
        return np.where(self.lower, np.maximum(self.smooth, self.slow), np.inf)

    def both_ways(self, keep: BoolArray) -> _Search:
        """Return the kept curves and after them the same ones upside down."""

        def twice(x: FloatArray) -> FloatArray:
            return np.tile(x[keep], 2)

        sharp, soft, wide = (c.take(keep).both_ways() for c in (self.sharp, self.soft, self.wide))
        return _Search(
            sharp, soft, wide, twice(self.threshold), twice(self.smooth), twice(self.slow),
            np.tile(self.lower[keep], 2), self.fs, self.settings,
        )  # fmt: skip

    def cycles(self, c: Curves, prominence_mm: FloatArray, window_s: float) -> pk.Peaks:
        fraction = self.settings.prominence_fraction
        return pk.find_cycles(c, self.fs, prominence_mm=prominence_mm, window_s=window_s, fraction=fraction)


def find_directed_cycles(
    c: Curves, regions: IntArray, limits: Limits, settings: AnalysisSettings, fs: float
) -> tuple[pk.Peaks, BoolArray]:
    """Find the cycles of each curve in whichever direction along its axis they go, and (k,) whether the
    motion shows which that is. `regions` (k,) are the curves' regions.

    A twitch stands out in one direction only. A swing does in both; there the way decides in which it first
    left its resting place.
    """
    look = _Search(
        c, c.blurred(SMOOTH_SD_S * fs), c.blurred(WIDE_SD_S * fs), limits.threshold[regions],
        limits.smooth_threshold[regions], limits.slow[regions], np.isin(regions, LOWER), fs, settings,
    )  # fmt: skip
    shown = np.ones(regions.size, dtype=bool)
    # No cycle is higher than its curve's range: most regions of most spans are done with here.
    worth = (c.ranges() >= look.threshold) | (look.soft.ranges() >= look.smooth)
    worth |= look.wide.ranges() >= look.least_wide
    if not worth.any():
        return pk.no_peaks(), shown
    found = _one_way(look.both_ways(worth))
    curves, k = c.take(worth), int(worth.sum())
    up, down = found.take(found.curve < k), found.take(found.curve >= k)
    down = pk.Peaks(down.curve - k, down.at, down.rise, down.fall, down.prominence_mm)
    directed, unclear = _directed(curves, up, down, fs)
    back = np.flatnonzero(worth)
    shown[back[unclear]] = False
    return pk.Peaks(
        back[directed.curve], directed.at, directed.rise, directed.fall, directed.prominence_mm
    ), shown


def _directed(c: Curves, up: pk.Peaks, down: pk.Peaks, fs: float) -> tuple[pk.Peaks, list[int]]:
    """Return the cycles that go their group's way, and the curves that swing without a way of their own."""
    if up.at.size == 0 or down.at.size == 0:
        return up.join(down), []
    curve, at = np.concatenate([up.curve, down.curve]), np.concatenate([up.at, down.at])
    order = np.lexsort((at, curve))
    is_up = (np.arange(at.size) < up.at.size)[order]
    curve, at = curve[order], at[order]
    length = np.concatenate([up.length, down.length])[order]
    height = np.concatenate([up.prominence_mm, down.prominence_mm])[order]
    reach = np.maximum(GROUP_GAP_S * fs, GROUP_LENGTHS * 0.5 * (length[1:] + length[:-1]))
    cut = (np.diff(at) > reach) | (np.diff(curve) > 0)
    start = np.r_[0, np.flatnonzero(cut) + 1]
    stop = np.r_[start[1:], at.size]
    group = np.repeat(np.arange(start.size), stop - start)
    up_mm = np.bincount(group, np.where(is_up, height, 0.0))
    more = up_mm - np.bincount(group, np.where(is_up, 0.0, height))
    unclear = []
    for g in np.flatnonzero(np.abs(more) < EVEN * up_mm):
        mine, k = slice(start[g], stop[g]), int(curve[start[g]])
        goes_up, place = is_up[mine], at[mine]
        s = c.values[c.first[k] : c.first[k] + c.length[k]]
        way = _first_way(s, place, float(np.median(height[mine])), fs) or _lean(s, place, fs)
        if way == 0 and place.size >= EVEN_MIN:
            unclear.append(k)
        more[g] = way or float(place[~goes_up][0] - place[goes_up][0])
    keep = np.empty(at.size, dtype=bool)
    keep[order] = is_up == (more >= 0)[group]
    return up.take(keep[: up.at.size]).join(down.take(keep[up.at.size :])), unclear


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


def _one_way(look: _Search) -> pk.Peaks:
    """Find upward cycles: in the full bandwidth, then those that only smoothing lifts out of the noise."""
    fs, weak = look.fs, look.settings.train_fraction
    window_s = look.settings.prominence_window_s
    sharp = look.cycles(look.sharp, weak * look.threshold, window_s)
    sharp = _with_train(look.sharp, sharp, sharp.prominence_mm >= look.threshold[sharp.curve], fs)
    soft = look.cycles(look.soft, weak * look.smooth, window_s)
    soft = _with_train(look.soft, soft, soft.prominence_mm >= look.smooth[soft.curve], fs)
    known = _known(look.sharp, soft, sharp, look.settings.same_event_s * fs)
    soft = pk.unblur(soft.take(~known), SMOOTH_SD_S * fs)
    found = pk.centre(look.sharp, sharp.join(soft))
    found = found.take(_not_slow(found, fs, look.slow[found.curve]))
    return _with_wide(look, found)


def _with_wide(look: _Search, found: pk.Peaks) -> pk.Peaks:
    """Return the cycles with those of trains below 2 Hz, which are wider than the usual window, in place of
    what was seen of them.
    """
    c, fs = look.wide, look.fs
    if not np.isfinite(look.least_wide).any():
        return found
    wide = look.cycles(c, look.least_wide, WIDE_WINDOW_S)
    wide = wide.take(0.5 * wide.length > WIDE_S * fs)
    count = np.bincount(wide.curve, minlength=c.first.size)
    wide = wide.take(count[wide.curve] >= TRAIN_MIN)
    if wide.at.size == 0:
        return found
    count[count < TRAIN_MIN] = 0
    stop = np.cumsum(count)
    usual = np.nan_to_num(window_medians(wide.length, stop - count, stop))[found.curve]
    away = nearest(c.key(found.curve, found.at), c.key(wide.curve, wide.at))
    other = (away > 0.25 * usual + 1e-9) | (found.length < 0.4 * usual)
    kept = (count == 0)[found.curve] | (other & (found.length < 2.0 * WIDE_S * fs))
    return wide.join(found.take(kept))


def _with_train(c: Curves, p: pk.Peaks, strong: BoolArray, fs: float) -> pk.Peaks:
    """Return the strong cycles and the weaker ones between them that keep up a train of three or more."""
    enough = np.bincount(p.curve[strong], minlength=c.first.size) >= TRAIN_MIN
    weak = np.flatnonzero(~strong & enough[p.curve])
    if weak.size == 0:
        return p.take(strong)
    key, height = c.key(p.curve, p.at), p.prominence_mm[strong]
    first = np.searchsorted(key[strong], key[weak] - TRAIN_REACH_S * fs)
    last = np.searchsorted(key[strong], key[weak] + TRAIN_REACH_S * fs)
    near = last - first >= TRAIN_MIN
    weak, first, last = weak[near], first[near], last[near]
    keep = strong.copy()
    keep[weak] = p.prominence_mm[weak] >= 0.5 * window_medians(height, first, last)
    return p.take(keep)


def _known(c: Curves, soft: pk.Peaks, sharp: pk.Peaks, within: float) -> BoolArray:
    """Return which of the smoothed cycles are sharp ones again: a sharp peak of half their height or more
    lies in their upper half.

    The lowest point of a flat pause between two pulses moves when it is smoothed.
    """
    reach = np.maximum(within, 0.25 * soft.length)
    key, others = c.key(soft.curve, soft.at), c.key(sharp.curve, sharp.at)
    first, last = np.searchsorted(others, key - reach), np.searchsorted(others, key + reach, side="right")
    alike = window_max(sharp.prominence_mm, first, last) >= 0.5 * soft.prominence_mm
    return np.asarray(alike | (nearest(key, others) <= within + 1e-9))


def _not_slow(p: pk.Peaks, fs: float, slow_mm: FloatArray) -> BoolArray:
    """A hump wider than a twitch must also rise above the slow leak of head sway."""
    width = 0.5 * (p.rise + p.fall) / fs
    share = np.clip((width - SLOW_WIDTH_S[0]) / (SLOW_WIDTH_S[1] - SLOW_WIDTH_S[0]), 0, 1)
    return np.asarray(p.prominence_mm >= share * slow_mm)
