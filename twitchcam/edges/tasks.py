"""The optional second face tracker: MediaPipe Tasks FaceLandmarker, with a model file that the user fetches.

For measuring it runs on single pictures: its video mode smooths a lone face (a One-Euro filter that nothing
turns off) and so removes most of a twitch. The smoothed mode is here only as a baseline to compare with,
because others use it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from twitchcam.edges.mediapipe_quiet import Hushed
from twitchcam.errors import InputRefused
from twitchcam.front.box_tracker import BoxTracker, in_picture
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Image, TrackerInfo

MODEL_NAME: Final = "face_landmarker.task"
MODEL_SHA256: Final = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
MODEL_ADDRESS: Final = (
    f"https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/float16/1/{MODEL_NAME}"
)
"""Name, sha256 and address as in models/manifest.json."""
MODEL_DIR: Final = "TWITCHCAM_MODEL_DIR"
CHECKOUT_MODELS: Final = Path(__file__).resolve().parents[2] / "models"
SEVERAL: Final = 5


def find_model(path: Path | None = None) -> Path:
    """Return the model file: `path` itself, else from the folder TWITCHCAM_MODEL_DIR, else from models/ here.

    Raises
    ------
    InputRefused
        If there is none, or it is not the official file.
    """
    folder = os.environ.get(MODEL_DIR)
    model = path or (Path(folder) if folder else CHECKOUT_MODELS) / MODEL_NAME
    if not model.is_file():
        raise InputRefused(
            f"{model}: the tasks tracker needs this file, which is not part of twitchcam; fetch it from "
            f"{MODEL_ADDRESS} and put it there (or name its folder in {MODEL_DIR}); "
            "the default tracker needs no file"
        )
    found = hashlib.sha256(model.read_bytes()).hexdigest()
    if found != MODEL_SHA256:
        raise InputRefused(
            f"{model}: not the official file (sha256 {found[:12]}..., should be {MODEL_SHA256[:12]}...); "
            f"fetch it again from {MODEL_ADDRESS}"
        )
    return model


class TasksTracker:
    """Follows one face; or, `smoothed`, lets Tasks find and smooth one face of the whole picture."""

    def __init__(self, model: Path | None = None, *, smoothed: bool = False) -> None:
        self._model = find_model(model)
        import mediapipe as mp

        self.info = TrackerInfo("tasks_smoothed" if smoothed else "tasks", mp.__version__, MODEL_SHA256)
        self._one = Hushed(lambda: _Landmarker(self._model, faces=1))
        self._several = Hushed(lambda: _Landmarker(self._model, faces=SEVERAL))
        self._tracker = BoxTracker(self._one, self._several)
        self._stream = _Stream(self._model) if smoothed else None

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the face's landmarks in this frame, or None."""
        return self._tracker.track(frame) if self._stream is None else self._stream.track(frame)

    def close(self) -> None:
        """Free the networks."""
        self._one.close()
        self._several.close()
        if self._stream is not None:
            self._stream.close()


class _Landmarker:
    """FaceLandmarker as a function: on single pictures, or with a clock (ms) in its video mode."""

    def __init__(self, model: Path, *, faces: int, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock
        self._network = _make(model, "IMAGE" if clock is None else "VIDEO", faces)

    def __call__(self, rgb: Image) -> list[FloatArray]:
        image = _image(rgb)
        if self._clock is None:
            return _landmarks(self._network.detect(image))
        return _landmarks(self._network.detect_for_video(image, self._clock()))

    def close(self) -> None:
        self._network.close()


class _Stream:
    """FaceLandmarker in video mode on the whole picture."""

    def __init__(self, model: Path) -> None:
        self._now_ms = -1
        self._network = Hushed(lambda: _Landmarker(model, faces=1, clock=lambda: self._now_ms))

    def track(self, frame: Frame) -> FaceLandmarks | None:
        # Time stamps are whole milliseconds and must increase; beyond 1000 frames a second they run ahead.
        self._now_ms = max(self._now_ms + 1, round(frame.t_s * 1000))
        faces = self._network(frame.picture.rgb())
        whole = (0, 0, frame.picture.width, frame.picture.height)
        return FaceLandmarks(in_picture(faces[0], whole)) if faces else None

    def close(self) -> None:
        self._network.close()


def _make(model: Path, mode: str, faces: int) -> Any:
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)),
        running_mode=vision.RunningMode[mode],
        num_faces=faces,
    )
    return vision.FaceLandmarker.create_from_options(options)


def _image(rgb: Image) -> Any:
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))


def _landmarks(result: Any) -> list[FloatArray]:
    return [np.array([(p.x, p.y, p.z) for p in face]) for face in result.face_landmarks]
