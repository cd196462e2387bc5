"""Uniform: the recording at a constant rate, for formats that know no other.

It is the grid of the analysis: an even rhythm is kept sample for sample, an uneven one is interpolated
between its neighbours, and a pause stays a gap (NaN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.repeats import find_repeats
from twitchcam.analysis.signals import fresh_rows
from twitchcam.analysis.timegrid import frame_rate, make_grid, too_long
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray, Recording


@dataclass(frozen=True)
class Uniform:
    """Signals of m samples at `fs`; NaN where nothing was measured."""

    t0_s: float
    """Media time of the first sample."""
    fs: float
    motion_mm: FloatArray
    """(m, 19, 2)"""
    pose_deg: FloatArray
    """(m, 3) yaw, pitch, roll"""
    eye_opening_mm: FloatArray
    """(m, 2) left, right"""
    mouth_opening_mm: FloatArray
    """(m,)"""
    mouth_width_mm: FloatArray
    """(m,)"""


def make_uniform(recording: Recording) -> Uniform:
    """Return the recording on its uniform grid; all NaN when fewer than three pictures show a face.

    Raises
    ------
    InputRefused
        If it has too few frames to have a rate, or pauses of hours between them.
    """
    settings = AnalysisSettings()
    grid = None
    if recording.t_s.size >= 3:
        fresh = fresh_rows(recording, find_repeats(recording))
        grid = make_grid(recording.t_s, fresh, gap_intervals=settings.gap_intervals)
    if grid is None:
        return _nothing(recording, settings.gap_intervals)
    return Uniform(
        float(grid.t_s[0]),
        grid.fs,
        grid.resample(recording.motion_mm),
        grid.resample(recording.pose_deg),
        grid.resample(recording.eye_opening_mm),
        grid.resample(recording.mouth_opening_mm),
        grid.resample(recording.mouth_width_mm),
    )


def _nothing(recording: Recording, gap_intervals: float) -> Uniform:
    t = recording.t_s
    if t.size < 2:
        raise InputRefused(
            f"{recording.source.file}: with fewer than two frames there is no frame rate, which this format "
            "needs; export csv or tsv instead"
        )
    fs = frame_rate(t, gap_intervals)
    if too_long(t, fs):
        raise InputRefused(
            f"{recording.source.file}: the pauses between its pictures are too long for an even rate, which "
            "this format needs; export csv or tsv instead"
        )
    m = int(np.floor((t[-1] - t[0]) * fs + 0.5)) + 1
    gap = np.full((m, 1), np.nan)
    return Uniform(
        float(t[0]),
        fs,
        np.full((m, len(REGIONS), 2), np.nan),
        gap.repeat(3, 1),
        gap.repeat(2, 1),
        gap[:, 0],
        gap[:, 0],
    )
