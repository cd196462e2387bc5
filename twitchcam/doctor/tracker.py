"""The tracker: its model files, no uploader beside them, and the whole measuring on two seconds of a clip."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from twitchcam.doctor.children import Ended, run_probe
from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding
from twitchcam.doctor.libraries import Library, remedy
from twitchcam.doctor.uploader import find_package, find_uploader

GROUP = "measuring"
MODELS = {
    "modules/face_landmark/face_landmark_with_attention.tflite": (
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4"
    ),
    "modules/face_landmark/face_landmark.tflite": (
        "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"
    ),
    "modules/face_detection/face_detection_short_range.tflite": (
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
    ),
}
"""Files of the mediapipe wheel and their sha256, as in models/manifest.json."""
CLIP = Path(__file__).with_name("face.mp4")
"""The first two and a half seconds of sample_videos/left-twitch.mp4, as they are."""
MEASURE_S = 240.0
LIVE_FPS = 30
SPARE = 1.25
"""A live session also looks for events and draws the page."""
_AGAIN = "pip install --force-reinstall --no-deps mediapipe==0.10.21"


def check_tracker() -> Iterator[Finding]:
    """Look at mediapipe's files, then measure the clip."""
    folder = find_package("mediapipe")
    if folder is None:
        yield Finding(
            GROUP, "models", PROBLEM, "mediapipe is not installed, so there is no face tracker", _AGAIN
        )
        return
    yield from check_models(folder)
    yield check_uploader(folder)
    if not CLIP.is_file():
        yield Finding(
            GROUP, "clip", NOTE, f"the test clip {CLIP.name} is not there", "install twitchcam again"
        )
        return
    yield from tell_measuring(
        run_probe("measure", str(CLIP), timeout_s=MEASURE_S), _load(), os.cpu_count() or 1
    )


def check_models(folder: Path) -> Iterator[Finding]:
    """Compare the model files with their checksums."""
    wrong = []
    for name, sha256 in MODELS.items():
        try:
            same = hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
        except OSError as error:
            wrong.append(f"{Path(name).name} cannot be read ({error.strerror})")
        else:
            if not same:
                wrong.append(f"{Path(name).name} is not the file of mediapipe 0.10.21")
    if wrong:
        yield Finding(GROUP, "models", PROBLEM, "; ".join(wrong), _AGAIN)
    else:
        yield Finding(GROUP, "models", OK, f"{len(MODELS)} model files are there, checksums right")


def check_uploader(folder: Path) -> Finding:
    """Tell whether the installed mediapipe could send anything out."""
    try:
        signs = find_uploader(folder)
    except OSError as error:
        return Finding(
            GROUP, "uploader", NOTE, f"mediapipe's files cannot be read ({error.strerror})", _AGAIN
        )
    if signs:
        text = f"this mediapipe carries an uploader: {'; '.join(signs)}"
        return Finding(GROUP, "uploader", PROBLEM, text, f"do not use it with health video; {_AGAIN}")
    return Finding(GROUP, "uploader", OK, "mediapipe carries no uploader")


def tell_measuring(ended: Ended, load: float | None, cores: int) -> Iterator[Finding]:
    """Word how measuring the clip went: whether a face was found, and how fast."""
    if ended.code != 0 or not ended.reports:
        why = ended.how or "it reported nothing"
        mend = remedy(Library("mediapipe", "mediapipe", ""), why)
        yield Finding(GROUP, "tracker", PROBLEM, f"measuring the test clip failed: {why}", mend)
        return
    seen = ended.reports[-1]
    yield _tell_faces(seen)
    yield _tell_speed(seen, load, cores)


def _tell_faces(seen: dict[str, Any]) -> Finding:
    shown = f"a face was found in {seen['faces']} of {seen['frames']} pictures of the test clip"
    if seen["faces"] < 0.9 * seen["frames"]:
        return Finding(GROUP, "tracker", PROBLEM, f"{shown}; it is in all of them", _AGAIN)
    return Finding(GROUP, "tracker", OK, shown)


def _tell_speed(seen: dict[str, Any], load: float | None, cores: int) -> Finding:
    fps = float(seen["fps"])
    shown = f"about {fps:.0f} pictures a second at {seen['width']}x{seen['height']}"
    if load is not None and load > cores:
        shown += f" while the machine is busy with other things (load {load:.1f} on {cores} cores)"
    if fps >= SPARE * LIVE_FPS:
        return Finding(GROUP, "speed", OK, f"{shown}: live at {LIVE_FPS} pictures a second will keep up")
    text = f"{shown}: live at {LIVE_FPS} pictures a second will not keep up and leaves pictures out"
    mend = "close other programs; or record a video and use analyze, which takes the time it needs"
    return Finding(GROUP, "speed", NOTE, text, mend)


def _load() -> float | None:
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows has none
        return None
