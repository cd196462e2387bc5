"""The default face tracker: MediaPipe FaceMesh with refined lips and irises, from the 0.10.21 wheel.

It streams without smoothing, and its models come with the wheel, so nothing is fetched from anywhere.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import numpy as np

from twitchcam.edges.mediapipe_quiet import quiet_native
from twitchcam.front.follow import Follower, Spot
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Image, TrackerInfo

INPUT_PX: Final = 320
"""Side of the picture that the network's own crop (192 px) is taken from: finer input is thrown away by it."""
SEARCH_PX: Final = 960
"""Longest side of the picture in which faces are searched."""
SEARCH_EVERY: Final = 5
"""While no face is found, search in every fifth frame only: a search costs several times a tracked frame."""
MODEL: Final = "modules/face_landmark/face_landmark_with_attention.tflite"


class FaceMeshTracker:
    """Follows one face through the frames of one video (see `Follower` for which one)."""

    def __init__(self) -> None:
        with quiet_native():
            import mediapipe as mp
            from mediapipe.python.solutions.face_mesh import FaceMesh

            self._one = FaceMesh(max_num_faces=1, refine_landmarks=True)
        self._several: Any = None
        model = Path(mp.__file__).parent / MODEL
        self.info = TrackerInfo("facemesh", mp.__version__, hashlib.sha256(model.read_bytes()).hexdigest())
        self._follower = Follower()
        self._misses = 0

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the followed face's landmarks in this frame, or None."""
        points = self._in_box(frame)
        if points is None:
            self._follower.lose()
            points = self._search(frame)
            if points is None:
                return None
        return FaceLandmarks(points)

    def close(self) -> None:
        """Free the network."""
        self._one.close()
        if self._several is not None:
            self._several.close()

    def _in_box(self, frame: Frame) -> FloatArray | None:
        picture = frame.picture
        box = self._follower.box(picture.width, picture.height)
        if box is None:
            return None
        scale = min(1.0, INPUT_PX / max(box[2] - box[0], box[3] - box[1]))
        size = round((box[2] - box[0]) * scale), round((box[3] - box[1]) * scale)
        faces = _run(self._one, picture.rgb(box, size), box)
        if not faces or not self._follower.same(Spot.of(faces[0]), frame.t_s):
            return None
        self._follower.settle(faces[0], frame.t_s)
        return faces[0]

    def _search(self, frame: Frame) -> FloatArray | None:
        self._misses += 1
        if self._misses > 1 and self._misses % SEARCH_EVERY:
            return None
        if self._several is None:
            with quiet_native():
                from mediapipe.python.solutions.face_mesh import FaceMesh

                self._several = FaceMesh(static_image_mode=True, max_num_faces=5, refine_landmarks=False)
        picture = frame.picture
        scale = min(1.0, SEARCH_PX / max(picture.width, picture.height))
        whole = (0, 0, picture.width, picture.height)
        faces = _run(self._several, picture.rgb(None, (round(picture.width * scale), round(picture.height * scale))), whole)
        found = self._follower.choose(faces, frame.t_s)
        if found is None:
            return None
        self._misses = 0
        self._follower.settle(found, frame.t_s, jump=True)
        return self._in_box(frame)


def _run(mesh: Any, rgb: Image, box: tuple[int, int, int, int]) -> list[FloatArray]:
    """Return the (m, 3) landmarks of every face that the network finds, in picture pixels."""
    faces = mesh.process(np.ascontiguousarray(rgb)).multi_face_landmarks or []
    width, height = box[2] - box[0], box[3] - box[1]
    return [
        np.array([(p.x * width + box[0], p.y * height + box[1], p.z * width) for p in face.landmark]) for face in faces
    ]
