"""The default face tracker: MediaPipe FaceMesh with refined lips and irises, from the 0.10.21 wheel.

It streams without smoothing, and its models come with the wheel, so nothing is fetched from anywhere.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from twitchcam.edges.mediapipe_quiet import Hushed, without_drawing
from twitchcam.front.box_tracker import INPUT_PX, BoxTracker
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Image, TrackerInfo

MODEL: Final = "modules/face_landmark/face_landmark_with_attention.tflite"


class FaceMeshTracker:
    """Follows one face through the frames of one video (see `Follower` for which one)."""

    def __init__(self) -> None:
        with without_drawing():
            import mediapipe as mp

        model = Path(mp.__file__).parent / MODEL
        self.info = TrackerInfo("facemesh", mp.__version__, hashlib.sha256(model.read_bytes()).hexdigest())
        self._one = Hushed(lambda: _Mesh(max_num_faces=1, refine_landmarks=True))
        self._several = Hushed(lambda: _Mesh(static_image_mode=True, max_num_faces=5, refine_landmarks=False))
        self._tracker = BoxTracker(self._one, self._several)

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the followed face's landmarks in this frame, or None."""
        return self._tracker.track(frame)

    def forget(self) -> None:
        """Start anew: the next face is a new one. The networks are loaded after this, so that the first
        picture takes no longer than any other.
        """
        blank = np.full((INPUT_PX, INPUT_PX, 3), 128, np.uint8)
        self._one(blank)
        self._several(blank)
        self._tracker = BoxTracker(self._one, self._several)

    def close(self) -> None:
        """Free the networks."""
        self._one.close()
        self._several.close()


class _Mesh:
    """FaceMesh as a function from an RGB picture to landmarks in fractions of it."""

    def __init__(self, **options: Any) -> None:
        with without_drawing():
            from mediapipe.python.solutions.face_mesh import FaceMesh

        self._mesh = FaceMesh(**options)

    def __call__(self, rgb: Image) -> list[FloatArray]:
        faces = self._mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks or []
        return [_points(face) for face in faces]

    def close(self) -> None:
        self._mesh.close()


_WIRE: Final = np.dtype(
    [
        ("head", "V2"),
        ("x_tag", "u1"),
        ("x", "<f4"),
        ("y_tag", "u1"),
        ("y", "<f4"),
        ("z_tag", "u1"),
        ("z", "<f4"),
    ]
)
"""How protobuf writes one landmark whose three numbers are set: 17 bytes."""
_TAGS: Final = {"x_tag": 0x0D, "y_tag": 0x15, "z_tag": 0x1D}


def _points(face: Any) -> FloatArray:
    """Return the (m, 3) numbers of a landmark list.

    Read from its bytes: asking protobuf for 1434 attributes takes a tenth of the network's time, with
    Python's lock held. A list of any other layout (a coordinate that is exactly 0 is left out) is read number
    by number.
    """
    raw = face.SerializeToString()
    if len(raw) == _WIRE.itemsize * len(face.landmark):
        rows = np.frombuffer(raw, _WIRE)
        if all((rows[name] == tag).all() for name, tag in _TAGS.items()):
            return np.asarray(np.stack([rows["x"], rows["y"], rows["z"]], axis=1), dtype=float)
    return np.array([(p.x, p.y, p.z) for p in face.landmark])
