"""The portrait that is animated: a photo, its mesh landmarks, and where the regions lie on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twitchcam.edges.mediapipe_quiet import quiet_native
from twitchcam.errors import InputRefused
from twitchcam.front.anatomy import REGION_POINTS
from twitchcam.regions import REGIONS
from twitchcam.synth.spec import PUPIL_DISTANCE_MM
from twitchcam.types import FloatArray, Image

RIGHT_IRIS, LEFT_IRIS = 468, 473

# Lid and lip margins from one corner to the other, in the order of increasing face x (subject's right to
# left).
MARGINS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "eye_right": ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    "eye_left": (
        (362, 398, 384, 385, 386, 387, 388, 466, 263),
        (362, 382, 381, 380, 374, 373, 390, 249, 263),
    ),
    "mouth": (
        (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
        (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
    ),
}
BROW_EDGE: dict[str, tuple[int, ...]] = {"eye_right": (52, 53, 65), "eye_left": (282, 283, 295)}
"""Lower edge of the brow above each eye."""


@dataclass(frozen=True)
class Portrait:
    """A photo of one face and its geometry in face millimetres.

    Face millimetres: origin midway between the pupils, x along the eye line to the subject's left, y up, z
    towards
    the camera (0 at the eyes' depth).
    """

    image: Image
    """(h, w, 3) RGB."""
    points_px: FloatArray
    """(478, 3) mesh landmarks in photo pixels, z smaller = nearer."""

    @property
    def eye_distance_px(self) -> float:
        """Distance between the pupils in the photo."""
        a, b = self.points_px[[RIGHT_IRIS, LEFT_IRIS], :2]
        return float(np.hypot(*(b - a)))

    @property
    def origin_px(self) -> FloatArray:
        """(2,) midpoint of the pupils in the photo."""
        return np.asarray(self.points_px[[RIGHT_IRIS, LEFT_IRIS], :2].mean(axis=0))

    @property
    def axes(self) -> FloatArray:
        """(2, 2) rows: unit vectors, in photo pixels, of face x (subject's left) and face y (up)."""
        a, b = self.points_px[[RIGHT_IRIS, LEFT_IRIS], :2]
        ex = (b - a) / np.hypot(*(b - a))
        return np.array([ex, [ex[1], -ex[0]]])

    @property
    def mm_per_px(self) -> float:
        """Millimetres for one photo pixel."""
        return PUPIL_DISTANCE_MM / self.eye_distance_px

    def to_mm(self, points_px: FloatArray) -> FloatArray:
        """Photo pixels (..., 2) -> face millimetres (..., 2)."""
        return np.asarray((points_px - self.origin_px) @ self.axes.T * self.mm_per_px)

    def landmarks_mm(self) -> FloatArray:
        """(478, 3) all landmarks in face millimetres."""
        eye_z = self.points_px[[33, 133, 362, 263], 2].mean()
        z = -(self.points_px[:, 2] - eye_z) * self.mm_per_px
        return np.column_stack([self.to_mm(self.points_px[:, :2]), z])

    def sites_mm(self) -> FloatArray:
        """(19, 2) where each region lies, face millimetres."""
        points = self.landmarks_mm()[:, :2]
        return np.array([points[list(REGION_POINTS[name])].mean(axis=0) for name in REGIONS])


def find_landmarks(image: Image) -> FloatArray:
    """Return the (478, 3) FaceMesh landmarks of the largest face in an RGB picture, in pixels.

    Raises
    ------
    InputRefused
        When no face is found.
    """
    with quiet_native():
        # Slow to import, and only needed when a new portrait is read.
        from mediapipe.python.solutions.face_mesh import FaceMesh

        with FaceMesh(static_image_mode=True, refine_landmarks=True, max_num_faces=1) as mesh:
            found = mesh.process(np.ascontiguousarray(image)).multi_face_landmarks
    if not found:
        raise InputRefused(
            "portrait: no face found; use a frontal photo in which the face is at least 100 pixels wide"
        )
    h, w = image.shape[:2]
    return np.array([(p.x * w, p.y * h, p.z * w) for p in found[0].landmark], dtype=float)


def read_portrait(path: str | Path) -> Portrait:
    """Read a photo (JPEG, PNG, ...) and find the face in it.

    Raises
    ------
    InputRefused
        If there is no such file, it is no picture, or shows no face.
    """
    if not os.path.isfile(path):  # Path's own raises for names that are too long
        raise InputRefused(f"{path}: no such picture; check the path")
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if bgr is None:
        raise InputRefused(f"{path}: not a picture that can be read; give a JPEG or PNG portrait")
    image = np.ascontiguousarray(bgr[..., ::-1])
    return Portrait(image, find_landmarks(image))


def astronaut() -> Portrait:
    """Return the portrait of Eileen Collins (NASA, public domain) that scikit-image carries."""
    try:
        from skimage.data import astronaut as picture
    except ImportError as error:
        raise InputRefused(
            "portrait: none given. Name a frontal photo with --portrait, or install scikit-image for its own."
        ) from error
    image = np.ascontiguousarray(picture())  # type: ignore[no-untyped-call]
    return Portrait(image, find_landmarks(image))


ASTRONAUT_CREDIT = (
    "Portrait of Eileen Collins, NASA, public domain, from scikit-image (skimage.data.astronaut)"
)
