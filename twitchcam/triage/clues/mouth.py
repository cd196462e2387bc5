"""The mouth's own doings on both sides: what looks like speech, chewing or a smile and may be none of them.

A slow even swing of the jaw, repeated squeezes and slow irregular gestures are gated by the analysis as the
everyday acts they resemble. Here they are looked at all the same; what they are taken for is said with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from twitchcam.regions import INDEX, LIPS
from twitchcam.summary import Event, Measured
from twitchcam.triage.clues.guided import Guided
from twitchcam.triage.clues.trains import Run, interval_spread, longest_even
from twitchcam.types import BoolArray, FloatArray

ACTS = ("speech", "chew", "smile")
SWING_HZ = (0.8, 3.0)
"""0.8-1.2 Hz oculomasticatory myorhythmia (S63), 1-3 Hz myorhythmia (S64)."""
SWING_MM = 0.3
"""Smaller swings are not told from leaks of head sway; our own choice."""
SMOOTH_S = 0.06
FEWEST_SWINGS = 12
GESTURE_S = 0.3
"""Dyskinetic gestures last 0.3-2 s (reference A1, background)."""
SQUEEZE_S = 0.5
"""A contraction that lasts: dystonic spasms are prolonged (S88); half a second is our own choice."""
_LOWER = np.array([INDEX["lower_lip_mid"], INDEX["chin_mid"]])


@dataclass(frozen=True, slots=True)
class Swing:
    """A slow even up and down of jaw and lower lip."""

    run: Run
    gated: bool
    """Most of it lies where the analysis saw chewing, speech or a smile."""
    asked_to_rest: bool
    """Most of it lies where the person was asked to be still and silent."""


@dataclass(frozen=True, slots=True)
class Gestures:
    """Movements of both sides of the mouth that take their time."""

    all: tuple[Event, ...]
    gated: int
    """How many of them the analysis took for speech, chewing or a smile."""
    asked_to_rest: int
    """How many fall where the person was asked to be still and silent."""


def watched_mouth(measured: Measured, guided: Guided) -> BoolArray:
    """Return (m,) True where the mouth was seen and no task was being done, speaking and chewing included."""
    seen = np.ones(measured.t_s.shape, dtype=bool)
    for reason, mask in measured.gates.items():
        if reason not in (*ACTS, "blink"):
            seen &= ~mask
    for task in guided.tasks:
        if task.task != "rest":
            seen &= (measured.t_s < task.start_s) | (measured.t_s >= task.end_s)
    return seen


def find_swing(measured: Measured, guided: Guided) -> Swing | None:
    """Return the longest even swing of the jaw, or None."""
    seen = watched_mouth(measured, guided)
    if seen.size < 3:
        return None
    times = _swings(measured.band_mm[:, _LOWER, 1].mean(axis=1), seen, measured.t_s)
    stretch = longest_even(times, fewest=FEWEST_SWINGS, band_hz=SWING_HZ)
    if stretch is None:
        return None
    beats = times[stretch]
    length = float(beats[-1] - beats[0])
    run = Run(
        float(beats[0]), length, beats.size, 1 / float(np.median(np.diff(beats))), interval_spread(beats),
        "bilateral",
    )  # fmt: skip
    inside = (measured.t_s >= beats[0]) & (measured.t_s <= beats[-1])
    acts = np.zeros_like(inside)
    for reason in ACTS:
        acts |= measured.gates.get(reason, np.zeros_like(inside))
    rested = np.mean([guided.asked_to_rest(float(t)) for t in beats])
    return Swing(run, bool(np.mean(acts[inside]) >= 0.5), bool(rested >= 0.8))


def _swings(height_mm: FloatArray, seen: BoolArray, t_s: FloatArray) -> FloatArray:
    """Return the (k,) times at which (m,) `height_mm` is lowest, swing by swing."""
    good = np.isfinite(height_mm) & seen
    if good.sum() < 3:
        return np.zeros(0)
    fs = 1.0 / float(np.median(np.diff(t_s)))
    x = np.where(good, height_mm, np.nanmedian(height_mm[good]))
    smooth = gaussian_filter1d(x, SMOOTH_S * fs, mode="nearest")
    usual = float(np.ptp(np.quantile(smooth[good], (0.05, 0.95))))
    if usual < SWING_MM:
        return np.zeros(0)
    low, _ = find_peaks(-smooth, prominence=max(SWING_MM, 0.3 * usual))
    return np.asarray(t_s[low[good[low]]])


def find_gestures(measured: Measured, guided: Guided) -> Gestures:
    """Return the slow movements of both sides of the mouth, gated or not, outside of guided tasks."""
    found = [
        event
        for event in guided.at_rest(measured.events)
        if event.side == "bilateral"
        and event.trial_type in ("twitch", "tonic", "voluntary")
        and event.gated in ("", *ACTS)
        and event.offset_s - event.onset_s >= GESTURE_S
        and set(event.regions) & set(LIPS)
    ]
    return Gestures(
        tuple(found), sum(bool(e.gated) for e in found), sum(guided.asked_to_rest(e.peak_s) for e in found)
    )


def find_squeezes(measured: Measured, guided: Guided) -> tuple[Event, ...]:
    """Return the lasting contractions of both sides of the mouth; those at guided rest where there is one."""
    found = [
        event
        for event in find_gestures(measured, guided).all
        if event.trial_type in ("tonic", "voluntary")
        and event.gated in ("", "smile")
        and event.offset_s - event.onset_s >= SQUEEZE_S
    ]
    return tuple(e for e in found if guided.asked_to_rest(e.peak_s) or not guided.rest)
