"""Amplify: which part of the measured motion is worth showing larger, frame by frame.

Everything in a recording is measured motion plus noise plus slow drift, and a tenfold noise looks like a
tremor. What is shown larger is the movement away from the line of rest: fully within the events that are
counted, elsewhere only as far as it stands out of the recording's own noise, and not at all where the
analysis does not trust the measurement (speech, a blink, a hand, ...).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import minimum_filter1d, uniform_filter1d

from twitchcam.analysis.filters.drift import fast_part
from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.timegrid import contiguous
from twitchcam.regions import INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray, FloatArray, Recording

ENERGY_SD_S: Final = 0.08
"""The size of a movement is taken over the length of a twitch."""
EASE_S: Final = 0.1
"""Around an event the enlargement fades within this, so that nothing jumps."""
FADE_IN: Final = (2.5, 4.0)
"""Sizes in units of the noise between which a movement outside the events is faded in. White noise over
this window passes the lower one once in a million frames."""
LEAST_NOISE_MM: Final = 0.02
"""Pulse and breathing move skin by some hundredths of a millimetre, however quiet the camera."""
TRUSTED: Final = 0.6
"""Likeness to the reference from which a region's motion is trusted fully; below the analysis's own limit not
at all."""
STEADY_S: Final = 0.3
"""The factor moves from one value to another over twice this time: slower than a twitch, quicker than
another."""
APART_S: Final = 0.3
"""After a longer pause registration may have started anew: each side has its own line of rest."""


def worth_showing(recording: Recording, measured: Measured, settings: AnalysisSettings) -> FloatArray:
    """Return (n, 19, 2) the motion, mm as in `Recording.motion_mm`, that may be shown larger; 0 for the rest.

    `measured` is what `analyse` made of the same recording. Continuous in time within a stretch of measured
    frames. Never NaN.
    """
    out = np.zeros_like(recording.motion_mm, dtype=float)
    quality = measured.quality.by_region
    noise_um = np.array([quality[name].noise_um_rthz or np.nan for name in REGIONS])
    seen = np.isfinite(recording.motion_mm).all(axis=2).any(axis=1)
    if seen.sum() < 3 or not np.isfinite(noise_um).any():
        return out
    gates = _gated(recording.t_s, measured)
    events = event_weights(recording.t_s, measured.events)
    pulled = event_weights(recording.t_s, tuple(e for e in measured.events if e.trial_type == "tonic")) > 0
    doubt = settings.match_low
    trusted = np.clip((np.nan_to_num(recording.region_match) - doubt) / (TRUSTED - doubt), 0.0, 1.0)
    for a, b in _stretches(recording.t_s, seen):
        fps = 1.0 / float(np.median(np.diff(recording.t_s[a:b])))
        sd_mm = 1e-3 * noise_um * np.sqrt(min(settings.lowpass_hz, fps / 2))
        moved = from_rest(recording.motion_mm[a:b], pulled[a:b], fps, 0.7 / settings.drop_below_hz)
        above = _above_noise(moved, np.maximum(sd_mm, LEAST_NOISE_MM), fps)
        weight = np.maximum(np.where(gates[a:b, None], 0.0, above), events[a:b]) * trusted[a:b]
        out[a:b] = weight[..., None] * np.nan_to_num(moved)
    return out


def from_rest(moved_mm: FloatArray, pulled: BoolArray, fps: float, window_s: float) -> FloatArray:
    """Return (k, 19, 2) a stretch of motion minus the line of rest.

    The line is a running median over `window_s`, which passes by twitches and takes drift and leaking sway
    along; across the frames where a region is `pulled` (k, 19) for longer than that it goes straight, so that
    the pull keeps its height.
    """
    bridged = np.array(moved_mm, dtype=float)
    k = np.arange(moved_mm.shape[0])
    for r in np.flatnonzero(pulled.any(axis=0)):
        for d in (0, 1):
            free = ~pulled[:, r] & np.isfinite(moved_mm[:, r, d])
            level = moved_mm[free, r, d] if free.any() else np.zeros(1)
            bridged[pulled[:, r], r, d] = np.interp(k[pulled[:, r]], k[free] if free.any() else [0], level)
    return np.asarray(moved_mm - (bridged - fast_part(bridged, fps, window_s=window_s)))


def event_weights(t_s: FloatArray, events: tuple[Event, ...]) -> FloatArray:
    """Return (n, 19) 1 while a counted event moves a region, falling to 0 within `EASE_S` around it."""
    weight = np.zeros((t_s.size, len(REGIONS)))
    for event in events:
        if event.gated:
            continue
        a, b = np.searchsorted(t_s, [event.onset_s - EASE_S, event.offset_s + EASE_S])
        away = np.maximum(np.maximum(event.onset_s - t_s[a:b], t_s[a:b] - event.offset_s), 0.0)
        columns = [INDEX[name] for name in {event.region, *event.regions}]
        weight[a:b, columns] = np.maximum(weight[a:b, columns], 1.0 - away[:, None] / EASE_S)
    return weight


def steady_factors(
    t_s: FloatArray, slopes: FloatArray, events: tuple[Event, ...], *, wanted: float, steepest: float
) -> FloatArray:
    """Return (n,) how many times each frame's motion may be enlarged: `wanted`, or less where it is large.

    `slopes` (n,) are those of the motion; enlarged, none exceeds `steepest` (unless it does so as filmed).
    The factor is one number over an event (or a train of them) and changes slowly beside it, so that a
    twitch keeps its shape.
    """
    slopes = np.array(slopes, dtype=float)
    for a, b in contiguous(_in_events(t_s, events)):
        slopes[a:b] = slopes[a:b].max()
    allowed = np.minimum(steepest / np.maximum(slopes, 1e-9), wanted)
    if t_s.size < 2:
        return np.maximum(allowed, 1.0)
    half = max(1, round(STEADY_S / float(np.median(np.diff(t_s)))))
    least = minimum_filter1d(allowed, 4 * half + 1, mode="nearest")
    # The mean of what is allowed around a frame by frames that all include it is allowed for it too.
    return np.asarray(np.clip(uniform_filter1d(least, 2 * half + 1, mode="nearest"), 1.0, wanted))


def _in_events(t_s: FloatArray, events: tuple[Event, ...]) -> BoolArray:
    inside = np.zeros(t_s.size, dtype=bool)
    for event in events:
        a, b = np.searchsorted(t_s, [event.onset_s - EASE_S, event.offset_s + EASE_S])
        inside[a:b] = True
    return inside


def _gated(t_s: FloatArray, measured: Measured) -> BoolArray:
    gate = np.any(np.stack([np.zeros(measured.t_s.size, dtype=bool), *measured.gates.values()]), axis=0)
    middle = (measured.t_s[1:] + measured.t_s[:-1]) / 2
    return np.asarray(gate[np.searchsorted(middle, t_s)])


def _stretches(t_s: FloatArray, seen: BoolArray) -> list[tuple[int, int]]:
    """Return (start, stop) of the runs of measured frames, at least three long, without a long pause."""
    rows = np.flatnonzero(seen)
    parts = np.split(rows, np.flatnonzero(np.diff(t_s[rows]) > APART_S) + 1)
    return [(int(part[0]), int(part[-1]) + 1) for part in parts if part.size >= 3]


def _above_noise(moved: FloatArray, sd_mm: FloatArray, fps: float) -> FloatArray:
    """Return (k, 19) 0 where a region only trembles with noise, 1 where it clearly moves."""
    size = np.sqrt(gaussian_mean((moved**2).mean(axis=2), ENERGY_SD_S * fps))
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.clip((size / sd_mm - FADE_IN[0]) / (FADE_IN[1] - FADE_IN[0]), 0.0, 1.0))
