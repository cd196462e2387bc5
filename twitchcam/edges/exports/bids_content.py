"""BIDS content: the channels of a recording as motion data, its events, and what describes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from twitchcam.edges.exports.columns import ABOUT_EVENTS, Columns, events_columns
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured
from twitchcam.types import Recording

COLUMN_ORDER: Final = ("name", "component", "type", "tracked_point", "units", "placement", "reference_frame")


def describe_channels(recording: Recording) -> tuple[list[dict[str, str | None]], list[Any]]:
    """Return a description of every channel (columns of `COLUMN_ORDER`), and its (n,) values, n frames."""
    rows: list[dict[str, str | None]] = []
    values: list[Any] = []

    def add(
        name: str, component: str | None, kind: str, point: str, units: str, frame: str | None, v: Any
    ) -> None:
        where = (point or None, units, point.replace("_", " ") or None)
        described = (name, component, kind, *where, frame)
        rows.append(dict(zip(COLUMN_ORDER, described, strict=True)))
        values.append(v)

    start = recording.t_s[0]
    add("latency", None, "LATENCY", "", "s", None, np.round(recording.t_s - start, 6))
    for i, region in enumerate(REGIONS):
        for j, axis in enumerate("xy"):
            motion = np.round(recording.motion_mm[:, i, j], 4)
            add(f"{region}_{axis}", axis, "POS", region, "mm", "head", motion)
    for j, (name, axis) in enumerate((("yaw", "y"), ("pitch", "x"), ("roll", "z"))):
        add(f"head_{name}", axis, "ORNT", "head", "deg", "camera", np.round(recording.pose_deg[:, j], 3))
    for j, side in enumerate(("left", "right")):
        opening = np.round(recording.eye_opening_mm[:, j], 3)
        add(f"eye_opening_{side}", None, "MISC", f"eye_{side}", "mm", None, opening)
    add("mouth_opening", None, "MISC", "mouth", "mm", None, np.round(recording.mouth_opening_mm, 3))
    add("mouth_width", None, "MISC", "mouth", "mm", None, np.round(recording.mouth_width_mm, 3))
    return rows, values


def about_motion(
    recording: Recording, task: str, channels: Sequence[Mapping[str, str | None]], version: str
) -> dict[str, Any]:
    """Return the fields of `_motion.json`."""
    t = recording.t_s
    count = {kind: sum(c["type"] == kind for c in channels) for kind in ("LATENCY", "MISC", "ORNT", "POS")}
    effective = (t.size - 1) / float(t[-1] - t[0])
    return {
        "TaskName": task,
        "TaskDescription": "Guided tasks of the face; see the events."
        if recording.segments
        else "A face before a camera, without guided tasks.",
        "SamplingFrequency": round(recording.source.fps or effective, 6),
        "SamplingFrequencyEffective": round(effective, 6),
        "RecordingDuration": round(float(t[-1] - t[0]), 6),
        "TrackingSystemName": "twitchcam, registration of the face in video",
        "SoftwareVersions": f"twitchcam {version}; {recording.tracker.backend} {recording.tracker.version}",
        "MissingValues": "n/a",
        "MotionChannelCount": len(channels),
        "TrackedPointsCount": len(REGIONS),
        "ACCELChannelCount": 0,
        "ANGACCELChannelCount": 0,
        "GYROChannelCount": 0,
        "JNTANGChannelCount": 0,
        "LATENCYChannelCount": count["LATENCY"],
        "MAGNChannelCount": 0,
        "MiscChannelCount": count["MISC"],
        "ORNTChannelCount": count["ORNT"],
        "POSChannelCount": count["POS"],
        "VELChannelCount": 0,
    }


def reference_frames() -> dict[str, Any]:
    """Return `_channels.json`: what the axes and angles mean."""
    head = "Fixed to the head: displacements are what is left when the head's own motion is taken out."
    return {
        "reference_frame": {
            "Levels": {
                "head": {
                    "SpatialAxes": "LU_",
                    "RotationOrder": "n/a",
                    "RotationRule": "n/a",
                    "Description": head,
                },
                "camera": {
                    "SpatialAxes": "LUF",
                    "RotationOrder": "n/a",
                    "RotationRule": "n/a",
                    "Description": "Angles to the camera. Yaw: nose to the subject's left; pitch: "
                    "up; roll: head tilted to the subject's left shoulder. Left is the subject's.",
                },
            }
        }
    }


def event_rows(recording: Recording, measured: Measured) -> Columns:
    """Return the movements and the tasks by onset, in seconds from the first sample."""
    table = events_columns(measured.events)
    start = float(recording.t_s[0])
    rows = [
        dict(zip(table, cells, strict=True)) for cells in zip(*(list(c) for c in table.values()), strict=True)
    ]
    for row in rows:
        row["onset"], row["peak"] = row["onset"] - start, row["peak"] - start
    rows += [
        {"onset": s.start_s - start, "duration": s.end_s - s.start_s, "trial_type": f"task_{s.task}"}
        for s in recording.segments
    ]
    rows.sort(key=lambda row: row["onset"])
    columns: Columns = {name: [_value(row.get(name)) for row in rows] for name in table}
    for name in ("onset", "duration", "amplitude_mm", "direction_deg", "peak", "snr"):
        columns[name] = np.array([np.nan if v is None else round(v, 4) for v in columns[name]], dtype=float)
    return columns


def _value(value: Any) -> Any:
    return None if value is np.ma.masked else value.item() if isinstance(value, np.generic) else value


def about_events() -> dict[str, Any]:
    """Return `_events.json`: meaning and unit of each column."""
    about: dict[str, Any] = {}
    for name, (unit, text) in ABOUT_EVENTS.items():
        text = text.replace(", media time", ", from the first sample").replace(
            "media time", "from the first sample"
        )
        about[name] = {"Description": text} | ({"Units": unit} if unit not in ("", "1") else {})
    about["trial_type"]["Levels"] = {
        "twitch": "A short movement.",
        "tonic": "A pull that is held.",
        "blink": "Both eyes close.",
        "voluntary": "A movement that looks meant, such as a smile.",
        "task_*": "What the person was asked to do.",
    }
    return about
