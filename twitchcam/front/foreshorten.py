"""Foreshortening: from movement as a turned head shows it to movement in the face's own frame.

A camera sees the skin's movement in the picture plane. On a head turned by a yaw of 15 degrees the same
sideways pull of both mouth corners looks 15-20 % smaller on the far side than on the near one: an asymmetry
of 0.1 that is not there. The skin moves along itself, so a movement (x, y) in the face's frame has the depth
`zx x + zy y`, where (zx, zy) is the slope of the face's surface there; turned with the head, its first two
coordinates are what the camera sees. That is a 2 by 2 matrix for each region, whose inverse takes it back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from twitchcam.front.anatomy import region_places
from twitchcam.front.mesh_shape import head_angles
from twitchcam.types import FloatArray

SLOPE_SD: Final = 0.08
"""The surface's slope is that of the mesh around a region. Its points count by a Gaussian of this standard
deviation, in eye distances (5 mm). Wider ones flatten the skin beside the mouth: on posed synthetic faces
0.15 undoes two thirds of the foreshortening, 0.08 four fifths; narrower, too few points are left."""
STEEPEST: Final = 0.8
"""Steeper skin (beyond 40 degrees) is taken for this steep: it is seen so flatly that more would only enlarge
errors."""
DOUBTFUL_DEG: Final = (4.0, 9.0)
"""Faces that look straight ahead read up to 4 degrees on the mesh (six portraits: by their own asymmetry and
the mesh's error). Below the first nothing is turned back, from the second on everything."""
LARGEST_DEG: Final = 25.0
"""Beyond this the mesh's own angles and depths are guesses; nothing is turned back by more."""


def to_face_frame(
    points: FloatArray, eye_distance: float, places_of: Callable[[FloatArray], FloatArray] = region_places
) -> FloatArray:
    """Return (k, 2, 2) matrices from movement in the picture to movement in the face's frame, for the 19
    regions or for the places that `places_of` takes from the mesh.

    `points` (478, 3) are landmarks in an upright picture, x right, y down, z smaller = nearer, all in one
    unit; `eye_distance` is in that unit too. Movements are (right, down) on both sides. A frontal head gives
    unit matrices.
    """
    turn = _rotation(_certain(head_angles(points)))
    slopes = surface_slopes(points @ turn, eye_distance, places_of)
    along = np.concatenate([np.broadcast_to(np.eye(2), (len(slopes), 2, 2)), slopes[:, None, :]], axis=1)
    return np.asarray(np.linalg.inv((turn @ along)[:, :2]))


def _certain(angles_deg: FloatArray) -> FloatArray:
    """Return the part of a head's angles that is surely a turn of the head (see `DOUBTFUL_DEG`)."""
    sure = np.clip((np.abs(angles_deg) - DOUBTFUL_DEG[0]) / (DOUBTFUL_DEG[1] - DOUBTFUL_DEG[0]), 0, 1)
    return np.asarray(sure * np.clip(angles_deg, -LARGEST_DEG, LARGEST_DEG))


def surface_slopes(
    points: FloatArray, eye_distance: float, places_of: Callable[[FloatArray], FloatArray] = region_places
) -> FloatArray:
    """Return (k, 2) the slope of the mesh's depth (dz/dx, dz/dy) around each place of a frontal mesh."""
    mesh, places = points[:468], places_of(points)[:, :2]
    slopes = np.empty((len(places), 2))
    for k, place in enumerate(places):
        apart = (mesh[:, :2] - place) / (SLOPE_SD * eye_distance)
        weight = np.exp(-0.25 * (apart**2).sum(axis=1))
        design = np.column_stack([np.ones(len(mesh)), mesh[:, :2] - place]) * weight[:, None]
        slopes[k] = np.linalg.lstsq(design, mesh[:, 2] * weight, rcond=None)[0][1:]
    steep = np.linalg.norm(slopes, axis=1, keepdims=True)
    return np.asarray(slopes * np.minimum(1.0, STEEPEST / np.maximum(steep, 1e-9)))


def _rotation(angles_deg: FloatArray) -> FloatArray:
    """(3, 3) from the face's frame to the picture's: x right, y down, z away; roll stays with the picture."""
    yaw, pitch = np.radians(angles_deg[:2])
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return np.asarray(about_x @ about_y)
