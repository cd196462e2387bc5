"""Assess: whether a task can be measured at all, and if not, why, in plain words."""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.analysis.tasks.stage import Rest, Stage
from twitchcam.protocol import Segment
from twitchcam.types import IntArray

LEAST_TASK_S: Final = 2.0
"""People react after half a second to a second and take half a second to get there; less leaves nothing to
measure. Our own choice."""
LEAST_SEEN: Final = 0.6
PITCH_DEG: Final = 12.0
"""The head often goes along with the brows; so far, brows and lids are seen from another angle."""
NAMES: Final[dict[str, str]] = {
    "lost_face": "the face was out of view",
    "occluded": "the mouth was covered",
    "head_motion": "the head moved fast or was turned away",
}


def outside(segment: Segment, length_s: float) -> str:
    """Say when a segment lies beyond the recording's end, or ends there."""
    if segment.start_s >= length_s:
        return f"It lies beyond the recording's end ({length_s:.1f} s)."
    if segment.end_s > length_s + 0.5:
        return f"It was cut off by the recording's end ({length_s:.1f} s)."
    return ""


def why_not(stage: Stage, segment: Segment, rows: IntArray, rest: Rest | None) -> str:
    """Return why a task cannot be measured, '' when nothing speaks against it."""
    seconds = rows.size / stage.fs
    if seconds < LEAST_TASK_S:
        return f"It is too short ({seconds:.1f} s; at least {LEAST_TASK_S:g} s are needed)."
    seen = float(np.mean(stage.seen[rows]))
    if seen < LEAST_SEEN:
        return f"For {100 * (1 - seen):.0f} % of the time {_most(stage, rows)}."
    if segment.task in ("rest", "sentence"):
        return ""
    if rest is None:
        return "There is no rest near it to compare with; film the resting face before and after the tasks."
    return _turned(stage, rows, rest)


def _turned(stage: Stage, rows: IntArray, rest: Rest) -> str:
    settings = stage.answer.settings
    yaw, pitch = (float(v) for v in np.nanmedian(stage.pose_deg[rows, :2], axis=0))
    if abs(yaw) > settings.yaw_limit_deg:
        return f"The face was turned away by {abs(yaw):.0f} degrees, so the sides cannot be compared."
    aside, nod = abs(yaw - rest.pose_deg[0]), abs(pitch - rest.pose_deg[1])
    if aside > settings.turned_away_deg or nod > PITCH_DEG:
        return f"The head was held {max(aside, nod):.0f} degrees away from how it was held at rest."
    return ""


def _most(stage: Stage, rows: IntArray) -> str:
    gates = stage.answer.gates
    worst = max(NAMES, key=lambda name: float(np.mean(gates[name][rows])))
    return NAMES[worst] if gates[worst][rows].any() else NAMES["lost_face"]
