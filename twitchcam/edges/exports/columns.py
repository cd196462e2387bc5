"""Columns: the recording and its events as plain columns, with the unit and meaning of each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from twitchcam.regions import REGIONS
from twitchcam.summary import GATES, Event, Measured
from twitchcam.types import FloatArray, Recording

Columns = dict[str, Any]
"""Name of a column -> its values, all of one length."""
ABOUT_SIGNALS: Final[dict[str, tuple[str, str]]] = {
    "t": ("s", "Media time of the picture."),
    **{
        f"{region}_{axis}": (
            "mm",
            f"Displacement relative to the head, towards the subject's {way}; the constant is arbitrary.",
        )
        for region in REGIONS
        for axis, way in (("dx", "left"), ("dy", "upper end"))
    },
    "head_yaw_deg": ("deg", "Head turned; positive: the nose points to the subject's left."),
    "head_pitch_deg": ("deg", "Head raised; positive: up."),
    "head_roll_deg": ("deg", "Head tilted; positive: towards the subject's left shoulder."),
    "eye_opening_left_mm": ("mm", "Lid gap of the subject's left eye."),
    "eye_opening_right_mm": ("mm", "Lid gap of the subject's right eye."),
    "mouth_opening_mm": ("mm", "Gap between the inner lips."),
    "mouth_width_mm": ("mm", "Distance between the mouth corners."),
    "gated": (
        "",
        "Why movements at this time are not counted, several joined by '+'; nothing where they are.",
    ),
}
"""Unit and meaning of the columns of `signals_columns`."""
ABOUT_EVENTS: Final[dict[str, tuple[str, str]]] = {
    "onset": ("s", "Begin of the movement, media time."),
    "duration": ("s", "From onset to offset."),
    "trial_type": ("", "twitch, tonic, blink or voluntary."),
    "side": ("", "The subject's left or right, bilateral, or none."),
    "region": ("", "The strongest region."),
    "regions": ("", "All regions that moved together, strongest first, joined by commas."),
    "amplitude_mm": ("mm", "Peak-to-peak along the movement's main axis, in the strongest region."),
    "direction_deg": ("deg", "From onset to peak: 0 towards the subject's left, 90 up."),
    "peak": ("s", "Time of the peak, media time."),
    "snr": ("1", "Amplitude over the peak-to-peak noise expected in a stretch of the same length."),
    "run": ("", "Number of the train that the movement belongs to; nothing where it stands alone."),
    "gated": ("", "Why the movement is not counted; nothing where it is."),
}
"""Unit and meaning of the columns of `events_columns`."""
ma: Any = np.ma
"""NumPy's masked arrays, which carry no annotations."""
MM_DECIMALS: Final = 4
"""0.1 um, well below the noise of any camera."""


def signals_columns(recording: Recording, measured: Measured) -> Columns:
    """Return one row a frame: time, the 19 regions, pose, openings and what gates it; see `ABOUT_SIGNALS`."""
    motion = np.round(recording.motion_mm, MM_DECIMALS)
    columns: Columns = {"t": np.round(recording.t_s, 6)}
    for i, region in enumerate(REGIONS):
        columns[f"{region}_dx"], columns[f"{region}_dy"] = motion[:, i, 0], motion[:, i, 1]
    pose, eyes = np.round(recording.pose_deg, 3), np.round(recording.eye_opening_mm, 3)
    for i, name in enumerate(("yaw", "pitch", "roll")):
        columns[f"head_{name}_deg"] = pose[:, i]
    columns["eye_opening_left_mm"], columns["eye_opening_right_mm"] = eyes[:, 0], eyes[:, 1]
    columns["mouth_opening_mm"] = np.round(recording.mouth_opening_mm, 3)
    columns["mouth_width_mm"] = np.round(recording.mouth_width_mm, 3)
    columns["gated"] = gate_names(recording.t_s, measured)
    return columns


def gate_names(t_s: FloatArray, measured: Measured) -> list[str | None]:
    """Return for each time why movements are not counted ('blink+speech'), None where they are."""
    if not t_s.size or not measured.t_s.size:
        return [None] * int(t_s.size)
    grid = measured.t_s
    step = float(grid[1] - grid[0]) if grid.size > 1 else 1.0
    at = np.clip(np.round((t_s - grid[0]) / step).astype(np.int64), 0, grid.size - 1)
    reasons = [reason for reason in GATES if reason in measured.gates]
    code = np.zeros(t_s.size, dtype=np.int64)
    for bit, reason in enumerate(reasons):
        code |= measured.gates[reason][at].astype(np.int64) << bit
    words = {
        int(c): "+".join(r for bit, r in enumerate(reasons) if int(c) >> bit & 1) or None
        for c in np.unique(code)
    }
    return [words[c] for c in code.tolist()]


def events_columns(events: Iterable[Event]) -> Columns:
    """Return one row an event, in time order; see `ABOUT_EVENTS`."""
    rows = sorted(events, key=lambda event: event.onset_s)
    return {
        "onset": [round(e.onset_s, 4) for e in rows],
        "duration": [round(e.offset_s - e.onset_s, 4) for e in rows],
        "trial_type": [e.trial_type for e in rows],
        "side": [e.side for e in rows],
        "region": [e.region for e in rows],
        "regions": [",".join(e.regions) for e in rows],
        "amplitude_mm": np.array([round(e.amplitude_mm, 4) for e in rows], dtype=float),
        "direction_deg": np.array([round(e.direction_deg, 1) for e in rows], dtype=float),
        "peak": np.array([round(e.peak_s, 4) for e in rows], dtype=float),
        "snr": np.array([round(e.snr, 2) for e in rows], dtype=float),
        "run": ma.array([e.run or 0 for e in rows], mask=[e.run is None for e in rows], dtype=np.int64),
        "gated": [e.gated or None for e in rows],
    }
