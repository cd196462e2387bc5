"""Signals: the recording on the uniform grid, and the filtered versions of the motion that the searches
work on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.believable import believable
from twitchcam.analysis.filters.drift import fast_part, remove_drift
from twitchcam.analysis.filters.fill import fill_pauses
from twitchcam.analysis.filters.smooth import despike, low_pass
from twitchcam.analysis.flicker import Beat, find_beats, without_beats
from twitchcam.analysis.head import fast_head, turned_away, without_steps
from twitchcam.analysis.repeats import Repeats, find_repeats
from twitchcam.analysis.timegrid import Grid, make_grid
from twitchcam.analysis.trust import without_lost_regions
from twitchcam.settings import AnalysisSettings
from twitchcam.types import BoolArray, FloatArray, Recording


@dataclass(frozen=True)
class Signals:
    """Everything on the grid: m samples, 19 regions, NaN where nothing could be measured."""

    grid: Grid
    recording: Recording
    band_mm: FloatArray
    """(m, 19, 2) motion without drift."""
    work_mm: FloatArray
    """(m, 19, 2) the same, low-passed, with single dropped frames bridged, without regions that are lost."""
    fast_mm: FloatArray
    """(m, 19, 2) the same without what changes below about 0.7 Hz."""
    head_moves: BoolArray
    """(m,) the head moves faster than registration can follow, or is turned away."""
    face: BoolArray
    """(m,) a face was measured in a new picture."""
    opening_mm: FloatArray
    """(m, 2) lid gaps, left and right."""
    mouth_mm: FloatArray
    """(m,) gap between the lips."""
    width_mm: FloatArray
    """(m,) distance of the mouth corners."""
    match: FloatArray
    """(m, 19) likeness of each region to its reference."""
    beats: tuple[Beat, ...]
    """Flicker of the light that was taken out of the motion."""

    bandwidth_hz: float
    """Bandwidth of `work_mm`."""
    repeats: Repeats
    """Which rows of the recording repeat the picture before, and in what beat."""

    @property
    def fs(self) -> float:
        return self.grid.fs


def fresh_rows(recording: Recording, repeats: Repeats) -> BoolArray:
    """Return (n,) True where a face was measured in a picture that is not a repeat of the one before."""
    seen = recording.face & np.isfinite(recording.motion_mm).any(axis=(1, 2))
    return np.asarray(seen & ~repeats.rows)


def make_signals(recording: Recording, settings: AnalysisSettings) -> Signals | None:
    """Put what is believable of a recording on its grid; None where `make_grid` has none."""
    recording = believable(recording)
    repeats = find_repeats(recording)
    grid = make_grid(recording.t_s, fresh_rows(recording, repeats), gap_intervals=settings.gap_intervals)
    if grid is None:
        return None
    head_moves = fast_head(recording, grid, settings) | turned_away(recording, grid, settings)
    brightness = grid.resample(recording.brightness)
    beats = find_beats(brightness, grid.fs)
    moved = without_beats(grid.resample(recording.motion_mm), brightness, grid.fs, beats)
    level = without_steps(moved, head_moves, grid.fs)
    band = remove_drift(level, grid.fs, window_s=settings.drift_window_s)
    longest = min(2, int(settings.bridge_s * grid.fs))
    work = despike(fill_pauses(band, longest, grid.fs), grid.fs, settings.shortest_s)
    match = grid.resample(recording.region_match)
    work = without_lost_regions(low_pass(work, grid.fs, settings.lowpass_hz), match, grid.fs)
    return Signals(
        grid=grid,
        recording=recording,
        band_mm=band,
        work_mm=work,
        fast_mm=fast_part(work, grid.fs, window_s=0.7 / settings.drop_below_hz),
        head_moves=head_moves,
        face=np.isfinite(band).any(axis=(1, 2)),
        opening_mm=grid.resample(recording.eye_opening_mm),
        mouth_mm=grid.resample(recording.mouth_opening_mm),
        width_mm=grid.resample(recording.mouth_width_mm),
        match=match,
        beats=beats,
        bandwidth_hz=min(settings.lowpass_hz, grid.fs / 2),
        repeats=repeats,
    )
