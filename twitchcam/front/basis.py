"""The displacement model: how the pixels of the crop may move.

`u(x) = head(x) + sum_k phi_k(x) d_k`. The head moves as a polynomial of second order plus depth parallax
(turning the head shifts near points against far ones); the skin moves as smooth bumps phi_k at the places of
`anatomy`. Positions are in crop pixels, displacements too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.interpolate import LinearNDInterpolator
from scipy.special import eval_legendre

from twitchcam.front.anatomy import EYE_CORNERS, SUPPORT_POINTS, region_places, support_places
from twitchcam.front.canonical import EYE_LINE, HEIGHT, WIDTH, Geometry
from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray

AFFINE: Final = 6
CURVED: Final = 8
HEAD: Final = AFFINE + CURVED
BANDS: Final = 6
"""Order of the polynomials that light may follow across and down the face: mains flicker under a rolling
shutter is a band of light, half a face high, that moves through the picture's rows (or columns, in video that
was filmed upright on a phone)."""
ILLUMINATION: Final = 3 + 1 + 2 * BANDS + 1
"""Terms of the look: {1, x, y}, the light's factors, and softness."""
BUMP_SD: Final = 0.105
"""Standard deviation of a bump in eye distances (6.6 mm). Displacements whose own spread is 6, 8 or 12 mm are
then measured with a gain of 0.94, 1.01 and 0.98; wider bumps are a little quieter but lose narrow twitches
(see the docs)."""


def node_places(geometry: Geometry) -> FloatArray:
    """Return the (K, 2) places of the bumps: the 19 regions first, then the supporting ones."""
    return places_of(geometry.landmarks_px)[:, :2]


def places_of(points: FloatArray) -> FloatArray:
    """Return the (K, d) places of the bumps on a mesh (478, d)."""
    return np.concatenate([region_places(points), support_places(points)])


def lid_nodes() -> tuple[int, ...]:
    """Return which nodes move with the eyelids."""
    corners = [i for i, group in enumerate(SUPPORT_POINTS) if group in EYE_CORNERS]
    return (*(i for i, name in enumerate(REGIONS) if "eyelid" in name), *(len(REGIONS) + i for i in corners))


def apart_squared(places: FloatArray, nodes: FloatArray, to_face: FloatArray | None = None) -> FloatArray:
    """Return the (n, K) squared distances of `places` (n, 2) from `nodes` (K, 2) along the skin.

    `to_face` (K, 2, 2) carries the picture's plane to the face's own at each node: what is round on the skin
    looks narrow on the far side of a turned head. Without it the head is taken to be frontal.
    """
    turns = np.broadcast_to(np.eye(2), (len(nodes), 2, 2)) if to_face is None else to_face
    middle = nodes.mean(axis=0)  # from which squares stay small
    x, y = (places - middle).T
    square = np.swapaxes(turns, 1, 2) @ turns
    straight = -2 * (square @ (nodes - middle)[..., None])[..., 0]
    constant = -0.5 * (straight * (nodes - middle)).sum(axis=1)
    away = np.column_stack([x * x, x * y, y * y, x, y, np.ones_like(x)]) @ np.stack(
        [square[:, 0, 0], 2 * square[:, 0, 1], square[:, 1, 1], *straight.T, constant]
    )
    return np.asarray(np.maximum(away, 0.0))


def bumps(
    geometry: Geometry, places: FloatArray, nodes: FloatArray, to_face: FloatArray | None = None
) -> FloatArray:
    """Return the (n, K) values of the bumps at `places` (n, 2); see `apart_squared`."""
    sd = BUMP_SD * geometry.eye_distance_px
    away = apart_squared(places, nodes, to_face) / (-2 * sd * sd)
    return np.exp(away.astype(np.float32))


def shade_terms(geometry: Geometry, places: FloatArray) -> FloatArray:
    """Return the (n, 1 + 2 BANDS) factors by which light may change over the face: 1, and the Legendre
    polynomials of the first orders across and down.
    """
    x, y = normalise(geometry, places).T
    across, down = np.clip(x / (WIDTH / 2), -1, 1), np.clip(y / (HEIGHT / 2), -1, 1)
    terms = [eval_legendre(k, v) for v in (across, down) for k in range(1, BANDS + 1)]
    return np.column_stack([np.ones_like(x), *terms])


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
