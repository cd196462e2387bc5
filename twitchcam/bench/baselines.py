"""What others would do with a clip: decode it, and run a face mesh on every picture.

Plain loops as in the libraries' own examples, with nothing of twitchcam in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import cv2

from twitchcam.edges.mediapipe_quiet import quiet_native, without_drawing

Begin = Callable[[], None]
"""Called when everything is imported and the work begins."""


def decode_with_av(clip: Path, begin: Begin) -> int:
    """Decode with PyAV as it comes; return the number of pictures."""
    return _decode_with_av(clip, begin, "SLICE")


def decode_with_av_on_all_cores(clip: Path, begin: Begin) -> int:
    """Decode with PyAV, several pictures at a time."""
    return _decode_with_av(clip, begin, "AUTO")


def _decode_with_av(clip: Path, begin: Begin, threads: Any) -> int:
    begin()
    with av.open(f"file:{clip}") as container:
        stream = container.streams.video[0]
        stream.thread_type = threads
        return sum(1 for _ in container.decode(stream))


def decode_with_opencv(clip: Path, begin: Begin) -> int:
    """Decode with OpenCV, which hands out BGR pictures."""
    begin()
    return sum(1 for _ in _pictures(cv2.VideoCapture(str(clip))))


def facemesh_on_every_picture(clip: Path, begin: Begin) -> int:
    """Decode with OpenCV and run MediaPipe's refined FaceMesh on every picture."""
    with without_drawing():
        from mediapipe.python.solutions.face_mesh import FaceMesh
    begin()
    with quiet_native(), FaceMesh(refine_landmarks=True, max_num_faces=1) as mesh:
        count = 0
        for picture in _pictures(cv2.VideoCapture(str(clip))):
            mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            count += 1
    return count


def tasks_on_every_picture(clip: Path, begin: Begin) -> int:
    """Decode with OpenCV and run the Tasks FaceLandmarker on every picture, in its video mode."""
    with without_drawing():
        import mediapipe as mp
        from mediapipe.tasks.python import BaseOptions, vision

        from twitchcam.edges.tasks import find_model

        model = find_model()
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model)), running_mode=vision.RunningMode.VIDEO
    )
    begin()
    video = cv2.VideoCapture(str(clip))
    step_ms = 1000.0 / (video.get(cv2.CAP_PROP_FPS) or 30.0)
    with quiet_native(), vision.FaceLandmarker.create_from_options(options) as landmarker:
        count, now_ms = 0, -1
        for picture in _pictures(video):
            now_ms = max(now_ms + 1, round(count * step_ms))  # whole milliseconds that must increase
            rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
            landmarker.detect_for_video(mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb), now_ms)
            count += 1
    return count


def _pictures(video: Any) -> Iterator[Any]:
    try:
        while True:
            good, picture = video.read()
            if not good:
                return
            yield picture
    finally:
        video.release()
