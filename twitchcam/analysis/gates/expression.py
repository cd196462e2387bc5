"""Expressions: the corners or the lips go somewhere slowly, both sides together, and stay there.

Smiles above all; a pucker or pressed lips count as well. A tonic spasm pulls one side, or both unevenly and
within a tenth of a second, and closes the eye of its own side.
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.blinks import closure
from twitchcam.analysis.filters.smooth import gaussian_mean, hold
from twitchcam.analysis.gates.two_sides import Sides, above_noise, split_sides, together_of
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, find_spans, mask_of
from twitchcam.regions import INDEX, LIP_INDEX
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, IntArray

_LIPS = np.array(LIP_INDEX)
_BROWS = np.array([INDEX["brow_left"], INDEX["brow_right"]])
SLOW_S = 0.08
HELD = 0.45
"""Six sevenths of an expression lie above this part of its height; a train of pulses falls back between."""
ATTACK = (0.15, 0.85)
"""The rise is timed between these parts of the height."""
EDGE_MM = 0.1
"""An expression reaches to where it can no longer be told from rest."""
REACH_S = 0.5
"""It takes no longer from half its threshold to rest."""
LID_LEAD = 0.25
"""A spasm closes the eye of its own side by so much (of the open gap) more than the other."""


def find_expressions(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """Return (m,) True during expressions of the mouth."""
    return _find(signals, _LIPS, settings)


def find_brow_lifts(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """Return (m,) True while both brows are raised or drawn down together."""
    return _find(signals, _BROWS, settings)


def _find(signals: Signals, regions: IntArray, settings: AnalysisSettings) -> BoolArray:
    fs, least = signals.fs, above_noise(settings.expression_mm, signals.work_mm)
    slow = together_of(gaussian_mean(signals.work_mm[:, regions], SLOW_S * fs), regions)
    level = _size(slow, np.arange(regions.size))
    found = []
    spans = find_spans(level, low=0.5 * least, high=least, merge=round(0.1 * fs))
    held = hold(signals.work_mm) if spans else signals.work_mm
    closed = closure(signals.opening_mm, fs)[0] if spans else signals.opening_mm
    for span in spans:
        a, b = _to_rest(level, span, round(REACH_S * fs))
        raw = split_sides(held[a:b])
        act = Sides(_above_rest(raw.together), _above_rest(raw.apart))
        if _is_expression(act, regions, closed[a:b], fs, settings):
            found.append((a, b))
    return mask_of(found, level.size, round(settings.smile_margin_s * fs))


def _to_rest(level: FloatArray, span: Span, reach: int) -> Span:
    """Return the span, widened on both sides to where (m,) `level` stops falling, at most by `reach`.

    The level at rest need not be zero: the drift of the signal keeps something of an earlier act.
    """
    a, b = span
    before, after = level[max(0, a - reach) : a + 1][::-1], level[b - 1 : b + reach]
    return a - _settles(before), b + _settles(after)


def _settles(level: FloatArray) -> int:
    """Return after how many samples (k,) `level` comes within `EDGE_MM` of the lowest it reaches."""
    return int(np.argmax(level <= level.min() + EDGE_MM))


def _above_rest(part: FloatArray) -> FloatArray:
    """Return (k, 19, 2) motion less the straight line between its ends."""
    along = np.linspace(0.0, 1.0, part.shape[0])[:, None, None]
    return np.asarray(part - part[:1] * (1 - along) - part[-1:] * along)


def _is_expression(
    act: Sides, regions: IntArray, closed: FloatArray, fs: float, settings: AnalysisSettings
) -> bool:
    """Tell whether an act that starts and ends at rest is held, by both sides, and not a spasm."""
    together, apart = _size(act.together, regions), _size(act.apart, regions)
    height = float(np.quantile(together, 0.75))
    above = np.flatnonzero(together >= 0.5 * height)
    held = slice(int(above[0]), int(above[-1]) + 1)
    if height < 0.5 * settings.expression_mm or above[-1] + 1 - above[0] < settings.expression_min_s * fs:
        return False
    if float(np.quantile(together[held], 0.15)) < HELD * height:
        return False
    uneven = float(np.median(apart[held])) / max(float(np.median(together[held])), 1e-9)
    if uneven < settings.expression_even and _is_led_by_corners(act.together[held]):
        return True
    lids = np.median(closed[held], axis=0)
    if uneven > settings.expression_unevenness or abs(float(lids[0] - lids[1])) > LID_LEAD:
        return False
    return attack_s(together + apart, fs) >= settings.expression_attack_s


def _is_led_by_corners(together: FloatArray) -> bool:
    """Tell whether the corners go furthest, outwards or up: a smile."""
    where = np.median(together[:, _LIPS], axis=0)
    out_or_up = where[-2, 0] + where[-2, 1] > 0
    return bool(out_or_up and int(np.argmax(np.hypot(where[:, 0], where[:, 1]))) >= len(_LIPS) - 2)


def attack_s(size: FloatArray, fs: float) -> float:
    """Return how long the first rise of (k,) `size` takes, s: between `ATTACK` parts of its height."""
    height = float(np.quantile(size, 0.75))
    top = int(np.argmax(size >= ATTACK[1] * height))
    below = np.flatnonzero(size[: top + 1] <= ATTACK[0] * height)
    return (top - int(below[-1] if below.size else 0)) / fs


def _size(x: FloatArray, regions: IntArray) -> FloatArray:
    """Length of the largest region's movement, (m,) mm."""
    part = np.nan_to_num(x[:, regions])
    return np.asarray(np.hypot(part[..., 0], part[..., 1]).max(axis=1))
