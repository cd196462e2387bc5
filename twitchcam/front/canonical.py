"""The canonical face crop: an upright grey picture of fixed size in which the face always lies at the same
place.

The crop's size follows the source: large faces keep their resolution, small ones are not blown up. All
lengths below are given in eye distances, the distance between the midpoints of the two eyes' corners.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam.front.anatomy import STABLE, eye_centres
from twitchcam.front.robust import middle
from twitchcam.types import FloatArray

ComplexArray = NDArray[np.complexfloating[Any, Any]]

EYE_DISTANCES_PX: Final[tuple[int, ...]] = (32, 48, 64, 80, 96, 112, 128)
"""Crop resolutions. 128 is the largest: beyond it the registration noise falls more slowly than the cost
rises."""
WIDTH: Final = 2.25
HEIGHT: Final = 2.80
EYE_LINE: Final = 0.95
"""Distance from the crop's upper edge to the eyes."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Size of the crop, and where the face's stable points lie in it (for one person)."""

    eye_distance_px: int
    stable_px: FloatArray
    """(len(STABLE), 2) places of the stable mesh points in the crop."""
    landmarks_px: FloatArray
    """(478, 3) all landmarks in the crop, at the frame that defined it; z in crop pixels."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the crop."""
        return round(WIDTH * self.eye_distance_px), round(HEIGHT * self.eye_distance_px)


def fit_similarity(source: FloatArray, target: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Return the (2, 3) similarity that carries `source` (m, 2) onto `target` (m, 2) in the least-squares
    sense.

    Reflections are excluded. Closed form with complex numbers (a 2-D similarity is z -> a z + b).
    """
    w = np.full(len(source), 1.0 / len(source)) if weights is None else weights / weights.sum()
    return _matrix(*_similarity(_complex(source), _complex(target), w))


def fit_similarity_robust(source: FloatArray, target: FloatArray, *, rounds: int = 3) -> FloatArray:
    """Like `fit_similarity`, with points that do not fit weighted down (a blink pulls the corners of the
    eyes).
    """
    z, y = _complex(source), _complex(target)
    a, b = _similarity(z, y, np.full(z.size, 1.0 / z.size))
    for _ in range(rounds):
        miss = np.abs(a * z + b - y)
        w = np.minimum(1.0, (1.5 * middle(miss) + 1e-9) / np.maximum(miss, 1e-9))
        a, b = _similarity(z, y, w / w.sum())
    return _matrix(a, b)


def _complex(points: FloatArray) -> ComplexArray:
    return np.asarray(points[:, 0] + 1j * points[:, 1])


def _similarity(z: ComplexArray, y: ComplexArray, w: FloatArray) -> tuple[complex, complex]:
    """Return (a, b) of y = a z + b under weights that sum to 1."""
    zm, ym = w @ z, w @ y
    away = z - zm
    weighted = w * away
    a = np.vdot(weighted, y - ym) / np.vdot(weighted, away).real
    return complex(a), complex(ym - a * zm)


def _matrix(a: complex, b: complex) -> FloatArray:
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])


def apply(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Map (..., 2) points through a (2, 3) affine matrix."""
    mapped: FloatArray = points @ matrix[:, :2].T + matrix[:, 2]
    return mapped


def compose(outer: FloatArray, inner: FloatArray) -> FloatArray:
    """Return the (2, 3) affine map `outer(inner(x))`."""
    composed: FloatArray = outer[:, :2] @ inner
    composed[:, 2] += outer[:, 2]
    return composed


def invert(matrix: FloatArray) -> FloatArray:
    """Return the inverse of a (2, 3) affine map."""
    (a, b, x), (c, d, y) = matrix.tolist()
    size = a * d - b * c
    inverse: FloatArray = np.array([[d, -b, b * y - d * x], [-c, a, c * x - a * y]]) / size
    return inverse


def scale_of(matrix: FloatArray) -> float:
    """Return by how much a (2, 3) affine map enlarges lengths, on average over the directions."""
    (a, b, _), (c, d, _) = matrix.tolist()
    return float(np.sqrt(abs(a * d - b * c)))


def choose_eye_distance(source_px: float) -> int:
    """Return the crop resolution for a face whose eyes are `source_px` apart: the largest not above
    that, or the smallest there is.
    """
    fitting = [e for e in EYE_DISTANCES_PX if e <= source_px]
    return fitting[-1] if fitting else EYE_DISTANCES_PX[0]


def define(points_px: FloatArray) -> tuple[Geometry, FloatArray]:
    """Define the crop from one frame's landmarks (478, 3).

    Returns the geometry and the (2, 3) map from crop to picture for that frame. The eye distance is taken in
    three dimensions, so that a crop defined on a slightly turned head has the same scale.
    """
    left, right = eye_centres(points_px)
    distance = float(np.linalg.norm(left - right))
    size = choose_eye_distance(distance)
    k = distance / size
    along = (left[:2] - right[:2]) / np.linalg.norm(left[:2] - right[:2])
    linear = k * np.array([[along[0], -along[1]], [along[1], along[0]]])
    centre = np.array([WIDTH / 2 * size, EYE_LINE * size])
    to_picture = np.hstack([linear, ((left[:2] + right[:2]) / 2 - linear @ centre)[:, None]])
    flat = apply(invert(to_picture), points_px[:, :2])
    in_crop = np.column_stack([flat, points_px[:, 2] / k])
    return Geometry(size, in_crop[list(STABLE), :2], in_crop), to_picture


def align(geometry: Geometry, points_px: FloatArray) -> FloatArray:
    """Return the (2, 3) map from crop to picture that the mesh's stable points suggest for this frame."""
    return fit_similarity_robust(geometry.stable_px, points_px[list(STABLE), :2])
