"""The mouth at work: speech, and the jaw's own doings (chewing, yawning).

Both halves of the mouth move alike, the lips part or the chin goes down, and the rhythm is not that of a
tremor. Frequency alone cannot tell them from a lip tremor (speech: 3-8 Hz, rest tremor: 4-6 Hz; clinical
reference, section 0.4), evenness can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d
from scipy.signal import find_peaks

from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.gates.two_sides import above_noise, mouth_of, split_sides, unevenness
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import Span, find_spans
from twitchcam.analysis.timegrid import contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray

WINDOW_S = 0.3
"""Movement is the range within this: the time of a syllable or two."""
SMOOTH_S = 0.04
MARGIN_S = 0.1
"""A piece of work begins and ends this much outside of what moves."""
YAWN_SHARE = 0.3
"""A yawn is open wide for this part of its time; between words a mouth may stay open too."""
SETTLE_S = 0.3
"""After a wide opening the registration has to find the lips again."""
PAUSE_S = 0.8
"""Pauses between words and between bites are shorter."""
EDGE = 0.35
"""A piece ends where the movement falls below this part of what begins one."""


@dataclass(frozen=True)
class Work:
    """Masks on the grid, (m,)."""

    speech: BoolArray
    chew: BoolArray
    smile: BoolArray
    """Smiles that show the teeth."""


def find_work(signals: Signals, settings: AnalysisSettings) -> Work:
    """Return when the mouth speaks, when the jaw chews or yawns, and when a smile shows the teeth."""
    m, fs = signals.mouth_mm.size, signals.fs
    found = {kind: np.zeros(m, dtype=bool) for kind in ("speech", "chew", "smile", "")}
    if np.isfinite(signals.mouth_mm).any():
        held = hold(signals.work_mm)
        mouth = mouth_of(held, signals.mouth_mm, signals.width_mm)
        smooth = gaussian_filter1d(mouth.columns, SMOOTH_S * fs, axis=0, mode="nearest")
        mesh = gaussian_filter1d(hold(signals.mouth_mm), SMOOTH_S * fs, mode="nearest")
        least = above_noise(settings.work_mm, signals.work_mm)
        pieces = [p for p in _pieces(smooth, fs, least, settings) if _both_sides(held, mesh, p, settings)]
        for group in _groups(pieces, round(PAUSE_S * fs)):
            whole = slice(group[0][0], group[-1][1])
            mask = found[_kind(smooth[whole], mouth.spread[whole], fs, settings)]
            for a, b in group:
                wide = smooth[a:b, 0].max() > settings.yawn_opening_mm
                mask[a : b + (round(SETTLE_S * fs) if wide else 0)] = True
    return Work(found["speech"], found["chew"], found["smile"])


def _pieces(smooth: FloatArray, fs: float, high: float, settings: AnalysisSettings) -> list[Span]:
    """Return the spans in which the mouth moves by `high` mm, or is open wide."""
    size = max(3, round(WINDOW_S * fs)) | 1
    moving = (maximum_filter1d(smooth, size, axis=0) - minimum_filter1d(smooth, size, axis=0)).max(axis=1)
    level = np.where(smooth[:, 0] > settings.yawn_opening_mm, 2 * high, moving)
    inset = max(0, size // 2 - round(MARGIN_S * fs))
    spans = find_spans(level, low=EDGE * high, high=high)
    return [(a + inset, b - inset) for a, b in spans if b - a > 2 * inset]


def _both_sides(held: FloatArray, mesh_gap: FloatArray, piece: Span, settings: AnalysisSettings) -> bool:
    """Tell whether both sides move alike. Of an open mouth the registration says less, the mesh more."""
    a, b = piece
    gap = float(np.ptp(mesh_gap[a:b]))
    if gap > settings.yawn_opening_mm:
        return True
    limit = settings.open_unevenness if gap > settings.open_mm else settings.work_unevenness
    return unevenness(split_sides(held[a:b]), 0, b - a) < limit


def _groups(pieces: list[Span], pause: int) -> list[list[Span]]:
    groups: list[list[Span]] = []
    for piece in pieces:
        if groups and piece[0] - groups[-1][-1][1] <= pause:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _kind(part: FloatArray, spread: FloatArray, fs: float, settings: AnalysisSettings) -> str:
    """Return 'speech', 'chew', 'smile' or '' for one group of the mouth's columns (see `Mouth.columns`)."""
    reach = np.quantile(part, 0.97, axis=0) - np.quantile(part, 0.03, axis=0)
    gap, lower, chin = float(reach[0]), float(reach[1]), float(max(reach[2:4]))
    jaw = part[:, int(np.argmax(reach[:4]))]
    wide = part[:, 0] > settings.yawn_opening_mm
    longest = max((b - a for a, b in contiguous(wide)), default=0)
    if longest >= max(settings.yawn_min_s * fs, YAWN_SHARE * wide.size):
        wider = float(np.median(spread[wide]) - np.median(spread[~wide])) if not wide.all() else 0.0
        return "smile" if wider > settings.grin_mm else "chew"
    lead = part[:, int(np.argmax(reach))]
    carried = chin >= settings.jaw_share * lower
    far = chin >= settings.chew_chin_mm or gap >= settings.open_mm
    if carried and far and _is_chewing(jaw, fs, settings):
        return "chew"
    if gap <= settings.speech_wide_mm and concentration(lead, fs) >= settings.tremor_concentration:
        return ""
    if gap >= settings.speech_opening_mm and carried:
        return "speech"
    return "speech" if one_shape(part) < settings.speech_one_shape and part.shape[0] >= 0.5 * fs else ""


def _is_chewing(jaw: FloatArray, fs: float, settings: AnalysisSettings) -> bool:
    """Tell whether the jaw goes down and up in two or more slow cycles."""
    if jaw.size < 1.2 * fs or cycles(jaw, fs) < max(2.0, settings.chew_low_hz * jaw.size / fs):
        return False
    return slow_share(jaw, fs, settings.chew_high_hz) >= settings.chew_slow_share


def cycles(x: FloatArray, fs: float) -> int:
    """Return how often (k,) `x` goes away from where it starts and ends, and comes back in part."""
    away = x - 0.5 * (x[0] + x[-1])
    away = away * (1.0 if away.mean() >= 0 else -1.0)
    smooth = gaussian_filter1d(away, 0.1 * fs, mode="nearest")
    return len(find_peaks(np.r_[0.0, smooth, 0.0], prominence=0.2 * float(np.ptp(smooth)))[0])


def slow_share(x: FloatArray, fs: float, below_hz: float) -> float:
    """Return the part of the power of `x` between 0.4 and 10 Hz that lies below `below_hz`."""
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(x.size), 4 * x.size)) ** 2
    hz = np.fft.rfftfreq(4 * x.size, 1 / fs)
    band = (hz >= 0.4) & (hz <= 10)
    return float(power[band & (hz < below_hz)].sum() / max(power[band].sum(), 1e-12))


def one_shape(part: FloatArray) -> float:
    """Return the part of the variance of (k, c) columns that one fixed shape explains, 0-1.

    A twitch repeats its own shape; speech opens, rounds and widens the mouth in turns.
    """
    away = part - part.mean(axis=0)
    power = np.linalg.svd(away, compute_uv=False) ** 2
    return float(power[0] / max(power.sum(), 1e-12))


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
