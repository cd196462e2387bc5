"""What the mesh alone says of one frame: head angles, openings, sizes, the places of the regions.

Mesh numbers are noisy and damped (FaceMesh keeps 20-60 % of a small twitch), but they are absolute: they know
how far an eye is open and which mouth corner hangs, which registration, relative to its reference, does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.front.anatomy import (
    ACROSS,
    INNER_LIPS,
    IRIS,
    LIDS,
    LOWER_MIDLINE,
    MOUTH_CORNERS,
    OUTER_LIPS,
    UPPER_MIDLINE,
    eye_centres,
    region_places,
)
from twitchcam.front.canonical import apply, invert
from twitchcam.types import FloatArray

PITCH_ZERO_DEG: Final = 17.0
"""The line from nose tip to forehead leans back by this much in a frontal face (mean of six frontal
portraits; they range from 11 to 21, which is how well pitch is known)."""


@dataclass(frozen=True, slots=True)
class MeshShape:
    """Lengths are in eye distances unless a name says otherwise."""

    eye_distance_px: float
    """Between the midpoints of the eyes' corners, in three dimensions: turning the head does not shorten
    it."""
    angles_deg: FloatArray
    """(3,) yaw, pitch, roll as in `Recording.pose_deg`."""
    eye_opening: FloatArray
    """(2,) left, right."""
    mouth_opening: float
    mouth_width: float
    pupils: float
    """Distance between the pupils."""
    iris: float
    """Horizontal diameter of the iris, mean of both eyes."""
    regions: FloatArray
    """(19, 2) places of the regions from the midpoint of the eyes, subject's left and up, head upright."""


def _differences(pairs: tuple[tuple[int, int], ...]) -> FloatArray:
    """(p, 478) matrix that takes the difference of each pair of landmarks."""
    matrix = np.zeros((len(pairs), 478))
    for row, (a, b) in enumerate(pairs):
        matrix[row, a], matrix[row, b] = 1.0, -1.0
    return matrix


def _mean_of(group: tuple[int, ...]) -> FloatArray:
    row = np.zeros(478)
    row[list(group)] = 1 / len(group)
    return row


_UP: Final = _mean_of(UPPER_MIDLINE) - _mean_of(LOWER_MIDLINE)
_AXES: Final = np.stack([_differences(ACROSS).mean(axis=0), _UP])
_ACROSS_IRIS: Final = tuple((ring[1], ring[3]) for ring in IRIS)
_PUPILS: Final = (IRIS[0][0], IRIS[1][0])
_LENGTHS: Final = _differences((*LIDS[0], *LIDS[1], *INNER_LIPS, MOUTH_CORNERS, _PUPILS, *_ACROSS_IRIS))
"""Three lengths each for the left eye, the right eye and the mouth's opening, its width, pupils, two irises:
all in one product, because a loop over them costs more than the registration of a round."""


def head_angles(points_px: FloatArray) -> FloatArray:
    """Return (yaw, pitch, roll) in degrees from (478, 3) landmarks whose z has the unit of x and y."""
    across, up = _AXES @ points_px
    yaw = np.arctan2(across[2], np.hypot(across[0], across[1]))
    pitch = np.arctan2(up[2], np.hypot(up[0], up[1]))
    roll = np.arctan2(across[1], across[0])
    return np.degrees([yaw, pitch, roll]) - [0.0, PITCH_ZERO_DEG, 0.0]


def measure_mesh(points_px: FloatArray, to_picture: FloatArray, crop_eye_distance_px: float) -> MeshShape:
    """Measure the mesh of one frame; `to_picture` (2, 3) maps the canonical crop to the picture."""
    eyes = eye_centres(points_px)
    distance = float(np.linalg.norm(eyes[0] - eyes[1]))
    flat = apply(invert(to_picture), points_px[:, :2]) / crop_eye_distance_px
    middle = eye_centres(flat).mean(axis=0)
    apart = _LENGTHS @ points_px
    lengths = np.hypot(apart[:, 0], apart[:, 1]) / distance
    return MeshShape(
        eye_distance_px=distance,
        angles_deg=head_angles(points_px),
        eye_opening=lengths[:6].reshape(2, 3).mean(axis=1),
        mouth_opening=float(lengths[6:9].mean()),
        mouth_width=float(np.linalg.norm(apart[9])) / distance,
        pupils=float(lengths[10]),
        iris=float(lengths[11:].mean()),
        regions=(region_places(flat) - middle) * [1.0, -1.0],
    )


def unrest(points_px: FloatArray) -> float:
    """Return how far a face is from a resting, open-eyed, frontal one; only for comparing frames."""
    apart = _LENGTHS @ points_px
    lengths = np.hypot(apart[:, 0], apart[:, 1])
    size = float(np.linalg.norm(np.subtract(*eye_centres(points_px))))
    opening = float(2 * lengths[6:9].mean() - lengths[:6].mean()) / size
    return opening + abs(float(head_angles(points_px)[0])) / 90


def part_in_picture(points_px: FloatArray, width: int, height: int) -> float:
    """Return the fraction of the lips' outline that lies inside the picture."""
    lips = points_px[list(OUTER_LIPS), :2]
    inside = (lips >= 0).all(axis=1) & (lips[:, 0] < width) & (lips[:, 1] < height)
    return float(inside.mean())
