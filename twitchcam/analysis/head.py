"""The head: when it moves faster than registration can follow, and when it is turned away."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from twitchcam.analysis.filters.smooth import column_median, gaussian_mean, hold
from twitchcam.analysis.spans import find_spans, mask_of
from twitchcam.analysis.timegrid import Grid, contiguous
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, Recording

TURN_S = 0.7
AWAY_MIN_S = 0.3
FIRST_ROWS = 6
STEP_S = 0.4
"""The level before and after a head movement is the median over this time."""


def fast_head(recording: Recording, grid: Grid, settings: AnalysisSettings) -> BoolArray:
    """Return (m,) True where the head moves or turns faster than registration can follow, or turns further
    within a second than it sways.
    """
    fs, pose = grid.fs, grid.resample(recording.pose_deg)
    speed = _speed(grid.resample(recording.head_mm), fs) / settings.head_speed_mm_s
    turn = _speed(pose, fs) / settings.head_turn_deg_s
    size = max(3, round(TURN_S * fs)) | 1
    smooth = gaussian_mean(hold(pose), 0.08 * fs)
    far = maximum_filter1d(smooth, size, axis=0) - minimum_filter1d(smooth, size, axis=0)
    level = np.nan_to_num(np.fmax(np.fmax(speed, turn), far.max(axis=1) / settings.head_turn_deg))
    spans = find_spans(level, low=0.5, high=1.0, merge=round(0.15 * fs))
    return mask_of(spans, level.size, round(settings.gate_margin_s * fs))


def turned_away(recording: Recording, grid: Grid, settings: AnalysisSettings) -> BoolArray:
    """Return (m,) True where the face is turned (yaw, pitch) far from where it is for most of the recording,
    or from where its reference picture was taken: skin that comes into view has no counterpart in it.
    """
    pose = grid.resample(recording.pose_deg)[:, :2]
    good = np.isfinite(pose).all(axis=1)
    if not good.any():
        return np.zeros(pose.shape[0], dtype=bool)
    usual = np.abs(pose - np.median(pose[good], axis=0))
    reference = np.abs(pose - grid.resample(_pose_of_reference(recording))[:, :2])
    away = gaussian_mean(np.fmax(usual, reference), 0.08 * grid.fs).max(axis=1)
    limit = settings.turned_away_deg
    spans = find_spans(np.nan_to_num(away), low=0.8 * limit, high=limit)
    long = [s for s in spans if s[1] - s[0] >= AWAY_MIN_S * grid.fs]
    return mask_of(long, pose.shape[0], round(settings.gate_margin_s * grid.fs))


def _pose_of_reference(recording: Recording) -> FloatArray:
    """Return (n, 3) the pose in the first frames of the reference picture that each frame uses."""
    out = np.full(recording.pose_deg.shape, np.nan)
    for k in np.unique(recording.keyframe[recording.keyframe >= 0]):
        rows = np.flatnonzero(recording.keyframe == k)
        out[rows] = column_median(recording.pose_deg[rows[:FIRST_ROWS]])
    return out


def without_steps(x: FloatArray, moving: BoolArray, fs: float) -> FloatArray:
    """Return (m, ...) motion whose level after each stretch of `moving` (m,) is the level before it.

    What a turn of the head leaves behind (another perspective, another reference picture) is no movement of
    the face. A pull that begins or ends while the head moves fast is lost with it.
    """
    out = np.array(x, dtype=float)
    reach = max(1, round(STEP_S * fs))
    for a, b in contiguous(moving):
        before, after = out[max(0, a - reach) : a], out[b : b + reach]
        if before.size and after.size:
            step = np.nan_to_num(column_median(after) - column_median(before))
            ramp = (np.arange(b - a) + 1.0) / (b - a + 1)
            out[a:b] -= ramp.reshape(-1, *([1] * step.ndim)) * step
            out[b:] -= step
    return out


def _speed(x: FloatArray, fs: float) -> FloatArray:
    """Length of the rate of change of (m, c) columns per second, smoothed over about 0.2 s."""
    smooth = gaussian_mean(x, 0.08 * fs)
    rate = np.gradient(smooth, axis=0) * fs if x.shape[0] > 1 else np.zeros_like(smooth)
    return np.asarray(np.sqrt(np.sum(rate**2, axis=1)))
