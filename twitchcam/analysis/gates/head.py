"""Head motion: the head moves or turns faster than registration can follow."""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.filters.smooth import gaussian_mean
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spans import find_spans, mask_of
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray


def head_motion(signals: Signals, settings: AnalysisSettings) -> BoolArray:
    """True where the head moves or turns faster than registration can follow."""
    fs, rec, grid = signals.fs, signals.recording, signals.grid
    speed = _speed(grid.resample(rec.head_mm), fs) / settings.head_speed_mm_s
    turn = _speed(grid.resample(rec.pose_deg), fs) / settings.head_turn_deg_s
    level = np.fmax(speed, turn)
    return mask_of(find_spans(np.nan_to_num(level), low=0.5, high=1.0, merge=round(0.15 * fs)), level.size)


def _speed(x: FloatArray, fs: float) -> FloatArray:
    """Length of the rate of change of (m, c) columns per second, smoothed over about 0.2 s."""
    smooth = gaussian_mean(x, 0.08 * fs)
    rate = np.gradient(smooth, axis=0) * fs if x.shape[0] > 1 else np.zeros_like(smooth)
    return np.asarray(np.sqrt(np.sum(rate**2, axis=1)))
