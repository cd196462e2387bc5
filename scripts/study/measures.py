"""Measures on one recording: noise, gain, matched twitches, slices. Lengths are the truth's millimetres.

The scale's own error is common to all numbers of a recording and is taken out (`true_scale`) wherever gain
and noise are asked; intervals are judged as they were stated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.signal import butter, sosfiltfilt, welch

from study.store import BAND_HZ, Facts
from twitchcam.regions import INDEX, REGIONS
from twitchcam.scoring import match_events
from twitchcam.summary import Event, Measured
from twitchcam.types import PER_FRAME, FloatArray, Recording

TOLERANCE_S = 0.07
"""Peaks further apart are different twitches: half the period of 7 Hz."""
AROUND_S = 0.15
"""A twitch is compared with the truth from so long before its onset to so long after its end."""
SPECTRUM_S = 2.1
HIGH_PASS_HZ = 0.8
NEAR_MM = 1e-6
Row = dict[str, Any]


def true_scale(recording: Recording, facts: Facts) -> float:
    """Return the factor that turns the recording's millimetres into the truth's."""
    return float(facts["mm_per_px"]) / (recording.scale.mm_per_px or np.nan)


def cut(recording: Recording, start_s: float, stop_s: float) -> Recording:
    """Return a part of a recording as one of its own, with the time it has in the whole."""
    inside = (recording.t_s >= start_s) & (recording.t_s < stop_s)
    arrays: dict[str, Any] = {name: getattr(recording, name)[inside] for name in PER_FRAME}
    source = replace(recording.source, frames=int(inside.sum()), duration_s=stop_s - start_s)
    return replace(recording, **arrays, source=source)


def noise_density_um(recording: Recording, facts: Facts, start_s: float, stop_s: float) -> FloatArray:
    """Return (19,) um/sqrt(Hz) between 2 and 12 Hz in a stretch where nothing moves: mean power over the band
    and both directions.
    """
    part = cut(recording, start_s, stop_s)
    fs = 1.0 / float(np.median(np.diff(part.t_s)))
    x = part.motion_mm * true_scale(recording, facts)
    gaps = ~np.isfinite(x).all(axis=(1, 2))
    if gaps.mean() > 0.1:
        return np.full(len(REGIONS), np.nan)
    size = min(len(x), round(SPECTRUM_S * fs))
    hz, power = welch(x[~gaps], fs, nperseg=size, axis=0, detrend="linear")
    band = (hz >= BAND_HZ[0]) & (hz <= min(BAND_HZ[1], 0.45 * fs))
    return np.asarray(1e3 * np.sqrt(power[band].mean(axis=(0, 2))))


def quiet_density_um(recording: Recording, facts: Facts) -> FloatArray:
    """Return the noise in the longest stretch without a movement in the truth."""
    moving = np.abs(facts["motion"]).max(axis=(1, 2)) > NEAR_MM
    edges = np.flatnonzero(np.diff(np.r_[1, moving.view(np.int8), 1]))
    first, last = max(edges.reshape(-1, 2).tolist(), key=lambda span: span[1] - span[0])
    t = facts["t_s"]
    return noise_density_um(recording, facts, float(t[first]), float(t[last - 1]) + 1e-6)


def at_times(facts: Facts, recording: Recording) -> FloatArray:
    """Return the true motion (n, 19, 2) at the recording's frames."""
    n = len(recording.t_s)
    rows = np.clip(np.searchsorted(facts["t_s"], recording.t_s - 1e-4), 0, len(facts["t_s"]) - 1)
    return np.asarray(facts["motion"][rows].reshape(n, len(REGIONS), 2), float)


def twitch_gain(recording: Recording, facts: Facts, k: int) -> float:
    """Return measured over true motion of twitch `k` at its site, by regression; level and slope are free."""
    start, stop = facts["onset_s"][k] - AROUND_S, facts["offset_s"][k] + AROUND_S
    part = cut(recording, float(start), float(stop))
    region = int(facts["region"][k])
    true, found = at_times(facts, part)[:, region], part.motion_mm[:, region] * true_scale(recording, facts)
    if len(true) < 4 or not np.isfinite(found).all():
        return float("nan")
    nuisance = np.column_stack([np.ones(len(true)), part.t_s - part.t_s.mean()])
    true = true - nuisance @ np.linalg.lstsq(nuisance, true, rcond=None)[0]
    return float((true * found).sum() / (true * true).sum())


def run_gain(recording: Recording, facts: Facts, region: int, start_s: float, stop_s: float) -> float:
    """Return measured over true motion of a run above 0.8 Hz."""
    fs = 1.0 / float(np.median(np.diff(recording.t_s)))
    sos = butter(2, HIGH_PASS_HZ, btype="high", fs=fs, output="sos")
    inside = (recording.t_s >= start_s) & (recording.t_s < stop_s)
    found = sosfiltfilt(sos, np.nan_to_num(recording.motion_mm[:, region]), axis=0)[inside]
    true = sosfiltfilt(sos, at_times(facts, recording)[:, region], axis=0)[inside]
    return float((found * true).sum() / (true * true).sum()) * true_scale(recording, facts)


def movements(measured: Measured) -> list[Event]:
    """Return the twitches and pulls that were found, gated or not."""
    return sorted((e for e in measured.events if e.trial_type in ("twitch", "tonic")), key=lambda e: e.peak_s)


def false_events(measured: Measured, facts: Facts) -> int:
    """Return how many counted events have no true one at their peak."""
    counted = [e for e in movements(measured) if not e.gated]
    return sum(
        not np.any((facts["onset_s"] - 0.05 <= e.peak_s) & (e.peak_s <= facts["offset_s"] + 0.05))
        for e in counted
    )


def twitch_rows(recording: Recording, measured: Measured, facts: Facts, common: Row) -> list[Row]:
    """Return a row for each single twitch of a clip: its gain, and what the event says of it."""
    scale, fps = true_scale(recording, facts), 1.0 / float(np.median(np.diff(recording.t_s)))
    events = movements(measured)
    order = np.argsort(facts["peak_s"])
    pairs = match_events(facts["peak_s"][order], np.array([e.peak_s for e in events]), TOLERANCE_S)
    found = {int(order[t]): events[f] for t, f in zip(pairs.truth_index, pairs.found_index, strict=True)}
    rows = []
    for k in range(len(facts["peak_s"])):
        region = REGIONS[int(facts["region"][k])]
        true_mm, event = float(facts["amplitude_mm"][k]), found.get(k)
        length = float(facts["offset_s"][k] - facts["onset_s"][k])
        upright = abs(np.sin(np.radians(facts["direction_deg"][k]))) > np.sqrt(0.5)
        row: Row = common | {
            "region": region,
            "site": region.rsplit("_", 1)[0],
            "mm": round(true_mm, 3),
            "axis": "vertical" if upright else "horizontal",
            "width_s": length,
            "gain": twitch_gain(recording, facts, k),
            "found": event is not None and not event.gated,
            "gated": event.gated if event else None,
        }
        if event is not None:
            row["event_gain"] = event.amplitude_mm * scale / true_mm
            row["onset_frames"] = (event.onset_s - float(facts["onset_s"][k])) * fps
            row["length_frames"] = (event.offset_s - event.onset_s - length) * fps
            row["peak_frames"] = (event.peak_s - float(facts["peak_s"][k])) * fps
        rows.append(row)
    return rows


def covers(interval: Any, truth: float) -> bool | None:
    """Tell whether a stated interval holds the truth; None when none was stated."""
    return None if interval is None else bool(interval[0] <= truth <= interval[1])


def limits_mm(measured: Measured) -> FloatArray:
    """Return (19,) the smallest twitch that the program says it can find, its own millimetres."""
    stated = (measured.quality.by_region[name].min_detectable_mm for name in INDEX)
    return np.array([np.nan if v is None else v for v in stated])
