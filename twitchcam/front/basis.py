"""The displacement model: how the pixels of the crop may move.

`u(x) = head(x) + sum_k phi_k(x) d_k`. The head moves as a polynomial of second order plus depth parallax
(turning the head shifts near points against far ones); the skin moves as smooth bumps phi_k at the places of
`anatomy`. Positions are in crop pixels, displacements too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.interpolate import LinearNDInterpolator

from twitchcam.front.anatomy import EYE_CORNERS, SUPPORT_POINTS, region_places, support_places
from twitchcam.front.canonical import EYE_LINE, WIDTH, Geometry
from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray

AFFINE: Final = 6
CURVED: Final = 8
HEAD: Final = AFFINE + CURVED
ILLUMINATION: Final = 6
BUMP_SD: Final = 0.105
"""Standard deviation of a bump in eye distances (6.6 mm). Displacements whose own spread is 6, 8 or 12 mm are
then measured with a gain of 0.94, 1.01 and 0.98; wider bumps are a little quieter but lose narrow twitches
(see the docs)."""


def node_places(geometry: Geometry) -> FloatArray:
    """Return the (K, 2) places of the bumps: the 19 regions first, then the supporting ones."""
    flat = geometry.landmarks_px[:, :2]
    return np.concatenate([region_places(flat), support_places(flat)])


def lid_nodes() -> tuple[int, ...]:
    """Return which nodes move with the eyelids."""
    corners = [i for i, group in enumerate(SUPPORT_POINTS) if group in EYE_CORNERS]
    return (*(i for i, name in enumerate(REGIONS) if "eyelid" in name), *(len(REGIONS) + i for i in corners))


def bumps(geometry: Geometry, places: FloatArray, nodes: FloatArray) -> FloatArray:
    """Return the (n, K) values of the bumps at `places` (n, 2)."""
    sd = BUMP_SD * geometry.eye_distance_px
    apart = ((places[:, None, :] - nodes[None, :, :]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-apart / (2 * sd * sd)), np.float32)


def overlap(geometry: Geometry, nodes: FloatArray) -> FloatArray:
    """Return the (K, K) values of the bumps at each other's places."""
    return bumps(geometry, nodes, nodes).astype(float)


def normalise(geometry: Geometry, places: FloatArray) -> FloatArray:
    """Return places in eye distances from the middle of the face."""
    e = geometry.eye_distance_px
    middle = np.array([WIDTH / 2 * e, (EYE_LINE + 0.5) * e])
    return np.asarray((places - middle) / e)


def relief(geometry: Geometry, places: FloatArray) -> FloatArray:
    """Return the face's depth at `places` (n, 2) in eye distances, with its linear part removed; 0 off the
    mesh.
    """
    e = geometry.eye_distance_px
    mesh = geometry.landmarks_px[:468]
    depth = LinearNDInterpolator(mesh[:, :2], mesh[:, 2] / e, fill_value=np.nan)(places)
    known = np.isfinite(depth)
    xy = normalise(geometry, places)
    design = np.column_stack([np.ones(len(xy)), xy])
    plane = np.linalg.lstsq(design[known], depth[known], rcond=None)[0]
    return np.where(known, depth - design @ plane, 0.0)


def head_terms(geometry: Geometry, places: FloatArray, depth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the (n, 3) linear terms {1, x, y} and the (n, 4) curved ones {x2, xy, y2, depth}.

    Each serves both directions: the parameters are ordered direction by direction.
    """
    x, y = normalise(geometry, places).T
    return np.column_stack([np.ones_like(x), x, y]), np.column_stack([x * x, x * y, y * y, depth])
