"""Assess: whether a task can be measured at all, and if not, why, in plain words."""

from __future__ import annotations

from typing import Final

import numpy as np

from twitchcam.analysis.tasks.stage import Rest, Stage
from twitchcam.phrases import phrase
from twitchcam.protocol import Segment
from twitchcam.types import IntArray

LEAST_TASK_S: Final = 2.0
"""People react after half a second to a second and take half a second to get there; less leaves nothing to
measure. Our own choice."""
LEAST_SEEN: Final = 0.6
PITCH_DEG: Final = 12.0
"""The head often goes along with the brows; so far, brows and lids are seen from another angle."""
NAMES: Final[dict[str, str]] = {
    "lost_face": phrase("the face was out of view"),
    "occluded": phrase("the mouth was covered"),
    "head_motion": phrase("the head moved fast or was turned away"),
}


def outside(segment: Segment, length_s: float) -> str:
    """Say when a segment lies beyond the recording's end, or ends there."""
    if segment.start_s >= length_s:
        return phrase("It lies beyond the recording's end ({s:.1f} s).", s=length_s)
    if segment.end_s > length_s + 0.5:
        return phrase("It was cut off by the recording's end ({s:.1f} s).", s=length_s)
    return ""


def why_not(stage: Stage, segment: Segment, rows: IntArray, rest: Rest | None) -> str:
    """Return why a task cannot be measured, '' when nothing speaks against it."""
    seconds = rows.size / stage.fs
    if seconds < LEAST_TASK_S:
        return phrase(
            "It is too short ({s:.1f} s; at least {least:g} s are needed).", s=seconds, least=LEAST_TASK_S
        )
    seen = float(np.mean(stage.seen[rows]))
    if seen < LEAST_SEEN:
        return phrase("For {part:.0f} % of the time {why}.", part=100 * (1 - seen), why=_most(stage, rows))
    if segment.task in ("rest", "sentence"):
        return ""
    if rest is None:
        return "There is no rest near it to compare with; film the resting face before and after the tasks."
    return _turned(stage, rows, rest)


def _turned(stage: Stage, rows: IntArray, rest: Rest) -> str:
    settings = stage.answer.settings
    yaw, pitch = (float(v) for v in np.nanmedian(stage.pose_deg[rows, :2], axis=0))
    if abs(yaw) > settings.yaw_limit_deg:
        return phrase(
            "The face was turned away by {deg:.0f} degrees, so the sides cannot be compared.", deg=abs(yaw)
        )
    aside, nod = abs(yaw - rest.pose_deg[0]), abs(pitch - rest.pose_deg[1])
    if aside > settings.turned_away_deg or nod > PITCH_DEG:
        return phrase(
            "The head was held {deg:.0f} degrees away from how it was held at rest.", deg=max(aside, nod)
        )
    return ""


def _most(stage: Stage, rows: IntArray) -> str:
    gates = stage.answer.gates
    worst = max(NAMES, key=lambda name: float(np.mean(gates[name][rows])))
    return NAMES[worst] if gates[worst][rows].any() else NAMES["lost_face"]
