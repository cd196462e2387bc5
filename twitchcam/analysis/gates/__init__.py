"""Gates: times at which movement of the lips is seen but must not be counted, each with its reason."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import (
    gaussian_filter1d,
    maximum_filter1d,
    median_filter,
    minimum_filter1d,
    uniform_filter1d,
)

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.filters.smooth import gaussian_mean, hold
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, find_spans, mask_of
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import INDEX, LIP_INDEX, side_of
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import GATES
from twitchcam.types import BoolArray, FloatArray

Gates = dict[str, BoolArray]
_LIPS = np.array(LIP_INDEX)
_LIPS_LEFT = np.array([i for n, i in INDEX.items() if i in LIP_INDEX and side_of(n) == "left"])
_LIPS_RIGHT = np.array([i for n, i in INDEX.items() if i in LIP_INDEX and side_of(n) == "right"])

MATCH_SHARE = 0.82
"""A region is covered when its match falls below this part of its usual value. Twitches, an 8 mm tonic pull
and smiles keep 0.94 of it, speech 0.85; under a hand 6 or 7 of the 8 lip regions keep 0.1 to 0.8 (synthetic
clips)."""
MOSTLY = 0.45


def find_gates(signals: Signals, blinks: list[Blink], settings: AnalysisSettings) -> Gates:
    """Return a (m,) mask for every reason in `GATES`."""
    m, fs = signals.grid.t_s.size, signals.fs
    gates = {reason: np.zeros(m, dtype=bool) for reason in GATES}
    gates["lost_face"] = lost_face(signals, settings)
    gates["blink"] = mask_of([(b.start, b.stop) for b in blinks], m, round(0.5 * settings.gate_margin_s * fs))
    smiling = contiguous(smile(signals, settings))
    gates["smile"] = mask_of(smiling, m, round(settings.smile_margin_s * fs))
    gates["chew"] = np.zeros(m, dtype=bool)
    gates["speech"] = _wider(speech(signals, settings) & ~gates["smile"], fs, settings)
    gates["head_motion"] = _wider(head_motion(signals, settings), fs, settings)
    rec, grid = signals.recording, signals.grid
    explained = gates["speech"] | gates["smile"]
    gates["occluded"] = _wider(occluded(signals, settings, explained), fs, settings)
    gates["blur"] = _steadily_below(grid.resample(rec.sharpness), settings.sharpness_low, fs)
    gates["dark"] = _steadily_below(grid.resample(rec.brightness), settings.brightness_low, fs)
    return gates


def usable(gates: Gates) -> BoolArray:
    """Return (m,) True where lip movement counts. A blink does not stop the lips from being watched."""
    stopped = np.zeros_like(gates["lost_face"])
    for reason, mask in gates.items():
        if reason != "blink":
            stopped |= mask
    return ~stopped


def lost_face(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where no face was measured for longer than the filters can bridge."""
    longest = min(2, int(settings.bridge_s * signals.fs))
    spans = [s for s in contiguous(~signals.face) if s[1] - s[0] > longest]
    return mask_of(spans, signals.face.size)


def speech(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where the gap between the lips keeps changing, both halves of the lips move, and the rhythm is
    not even.

    A lip tremor is even and keeps the mouth nearly closed; a hemifacial spasm moves one half of the lips.
    """
    fs = signals.fs
    mouth = hold(signals.mouth_mm)
    if not np.isfinite(signals.mouth_mm).any():
        return np.zeros(mouth.size, dtype=bool)
    smooth = gaussian_filter1d(mouth, 0.04 * fs, mode="nearest")
    size = max(3, int(settings.speech_window_s * fs)) | 1
    swing = maximum_filter1d(smooth, size) - minimum_filter1d(smooth, size)
    noise = 1.4826 * float(np.median(np.abs(smooth - median_filter(smooth, size, mode="nearest"))))
    limit = max(settings.speech_opening_mm, 6.0 * noise)
    closed = float(np.quantile(smooth, 0.15))
    wide = smooth - closed > 2.5 * settings.speech_opening_mm
    spans = _merge(
        find_spans(np.maximum(swing, 2 * limit * wide), low=limit, high=1.2 * limit), round(0.8 * fs)
    )
    spans = [_shrink(s, size // 2, wide) for s in spans]
    return mask_of([s for s in spans if s[1] > s[0] and _is_speech(signals, smooth, s, settings)], mouth.size)


def _shrink(span: Span, by: int, wide: BoolArray) -> Span:
    """The moving range reaches half a window too far on both sides."""
    a, b = span
    if b - a <= 2 * by:
        return span
    return (a if wide[a] else a + by * 3 // 4, b if wide[b - 1] else b - by * 3 // 4)


def _is_speech(signals: Signals, smooth: FloatArray, span: Span, settings: AnalysisSettings) -> bool:
    part = signals.fast_mm[span[0] : span[1]]
    left, right = _rms(part[:, _LIPS_LEFT]), _rms(part[:, _LIPS_RIGHT])
    if min(left, right) < settings.speech_bilateral * max(left, right):
        return False
    gap = smooth[span[0] : span[1]]
    if float(np.quantile(gap, 0.95) - np.quantile(gap, 0.05)) > settings.speech_wide_mm:
        return True
    return concentration(gap, signals.fs) < settings.tremor_concentration


def concentration(x: FloatArray, fs: float) -> float:
    """Return the part of the 1-10 Hz power of `x` that lies within 1 Hz of its largest peak above 2.5 Hz; 0
    when `x` is shorter than a second.
    """
    if x.size < fs:
        return 0.0
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(x.size), 4 * x.size)) ** 2
    hz = np.fft.rfftfreq(4 * x.size, 1 / fs)
    band, high = (hz >= 1) & (hz <= 10), (hz >= 2.5) & (hz <= 10)
    if not high.any() or power[band].sum() <= 0:
        return 0.0
    top = hz[high][np.argmax(power[high])]
    return float(power[np.abs(hz - top) <= 1.0].sum() / power[band].sum())


def smile(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True while both mouth corners are drawn outwards or up together and stay there."""
    fs = signals.fs
    slow = gaussian_mean(signals.work_mm, 0.08 * fs)
    left, right = slow[:, INDEX["commissure_left"]], slow[:, INDEX["commissure_right"]]
    along_left = (left[:, 0] + left[:, 1]) / np.sqrt(2)
    along_right = (-right[:, 0] + right[:, 1]) / np.sqrt(2)
    both = np.nan_to_num(np.minimum(along_left, along_right), nan=-1.0)
    larger = np.maximum(np.nan_to_num(along_left), np.nan_to_num(along_right))
    level = np.where(both >= settings.smile_ratio * larger, both, 0.0)
    limit = settings.smile_corner_mm
    spans = find_spans(level, low=0.2 * limit, high=limit, merge=round(0.2 * fs))
    return mask_of([s for s in spans if s[1] - s[0] >= 0.5 * fs], level.size)


def head_motion(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where the head moves or turns faster than registration can follow."""
    fs, rec, grid = signals.fs, signals.recording, signals.grid
    speed = _speed(grid.resample(rec.head_mm), fs) / settings.head_speed_mm_s
    turn = _speed(grid.resample(rec.pose_deg), fs) / settings.head_turn_deg_s
    level = np.fmax(speed, turn)
    return mask_of(find_spans(np.nan_to_num(level), low=0.5, high=1.0, merge=round(0.15 * fs)), level.size)


def occluded(signals: Signals, settings: AnalysisSettings, explained: BoolArray) -> BoolArray:
    """True where most lip regions stop looking like their reference for a third of a second or more.

    Times that are `explained` by something else are left out. When the lips are gone for about half of the
    others, the reference was not the mouth: the recording began with a hand over it. Then nothing counts.
    """
    match = np.nan_to_num(signals.match[:, _LIPS], nan=1.0)
    limit = np.maximum(settings.match_low, MATCH_SHARE * np.quantile(match, 0.9, axis=0))
    gone = (match < limit).sum(axis=1) >= settings.occluded_lips
    out_of_picture = np.nan_to_num(signals.grid.resample(signals.recording.in_frame), nan=1.0) < 0.8
    spans = _merge(contiguous(gone | out_of_picture), round(0.2 * signals.fs))
    covered = mask_of([s for s in spans if s[1] - s[0] >= 0.3 * signals.fs], gone.size) & ~explained
    watched = signals.face & ~explained
    if np.count_nonzero(covered & watched) > MOSTLY * np.count_nonzero(watched):
        return ~explained
    return covered


def _speed(x: FloatArray, fs: float) -> FloatArray:
    """Length of the rate of change of (m, c) columns per second, smoothed over about 0.2 s."""
    smooth = gaussian_mean(x, 0.08 * fs)
    rate = np.gradient(smooth, axis=0) * fs if x.shape[0] > 1 else np.zeros_like(smooth)
    return np.asarray(np.sqrt(np.sum(rate**2, axis=1)))


def _steadily_below(x: FloatArray, limit: float, fs: float) -> BoolArray:
    part = uniform_filter1d((np.nan_to_num(x, nan=1.0) < limit).astype(float), max(1, round(0.3 * fs)))
    return np.asarray(part > 0.5)


def _rms(x: FloatArray) -> float:
    good = x[np.isfinite(x)]
    return float(np.sqrt(np.mean(good**2))) if good.size else 0.0


def _merge(spans: list[Span], gap: int) -> list[Span]:
    out: list[Span] = []
    for a, b in spans:
        if out and a - out[-1][1] <= gap:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def _wider(mask: BoolArray, fs: float, settings: AnalysisSettings) -> BoolArray:
    return mask_of(contiguous(mask), mask.size, round(settings.gate_margin_s * fs))


def gate_of(gates: Gates, first: int, last: int) -> str:
    """Return the reason that covers at least half of the samples first..last, or ''. Blinks are handled on
    their own.
    """
    best, most = "", 0.5
    for reason, mask in gates.items():
        share = float(np.mean(mask[first : last + 1])) if last >= first else 0.0
        if reason != "blink" and share >= most:
            best, most = reason, share + 1e-9
    return best
