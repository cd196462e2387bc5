"""Negotiation: ask a camera of this computer for size, rate and exposure, and read back what it gives."""

from __future__ import annotations

from typing import Final

import cv2

from twitchcam.edges.camera.backends import DIALECTS
from twitchcam.edges.camera.settings import CameraSettings, Given

_BUFFERS: Final = 3
"""One is being read, one is filled, one is ready: with fewer, drivers lose whole pictures. More would not be
staler, since the camera's thread empties them at once and stamps are the driver's own."""
_ENOUGH: Final = 0.97
_MJPG: Final = cv2.VideoWriter.fourcc(*"MJPG")


def negotiate(capture: cv2.VideoCapture, backend: int, wanted: CameraSettings) -> Given:
    """Ask for the wishes and return what was granted.

    Uncompressed pictures are kept where they come in the size and at the rate asked for, since JPEG costs
    small movements. Over USB 2 they rarely do; then JPEG is asked for.
    """
    capture.set(cv2.CAP_PROP_BUFFERSIZE, _BUFFERS)
    _ask(capture, wanted)
    if not _is_enough(read_back(capture, backend), wanted) and capture.set(cv2.CAP_PROP_FOURCC, _MJPG):
        _ask(capture, wanted)
    dialect = DIALECTS.get(backend)
    if dialect is not None:
        if wanted.exposure_s is None:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, dialect.automatic)
        else:
            capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, dialect.manual)
            capture.set(cv2.CAP_PROP_EXPOSURE, dialect.value(wanted.exposure_s))
    return read_back(capture, backend)


def _ask(capture: cv2.VideoCapture, wanted: CameraSettings) -> None:
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, wanted.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, wanted.height)
    capture.set(cv2.CAP_PROP_FPS, wanted.fps)


def _is_enough(given: Given, wanted: CameraSettings) -> bool:
    fast = given.fps is None or given.fps >= _ENOUGH * wanted.fps
    return fast and (given.width, given.height) == (wanted.width, wanted.height)


def read_back(capture: cv2.VideoCapture, backend: int) -> Given:
    """Return what the source says of itself."""
    dialect = DIALECTS.get(backend)
    fps = capture.get(cv2.CAP_PROP_FPS)
    auto = capture.get(cv2.CAP_PROP_AUTO_EXPOSURE) if dialect else -1.0
    known = dialect is not None and auto in (dialect.manual, dialect.automatic)
    return Given(
        width=int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        height=int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        # What FFmpeg says of a stream without a rate of its own is a guess (25).
        fps=fps if backend != cv2.CAP_FFMPEG and 1.0 <= fps <= 1000.0 else None,
        exposure_s=dialect.seconds(capture.get(cv2.CAP_PROP_EXPOSURE)) if dialect else None,
        auto_exposure=auto == dialect.automatic if dialect is not None and known else None,
        pixel_format=four_letters(capture.get(cv2.CAP_PROP_FOURCC)),
        backend=capture.getBackendName(),
    )


def read_exposure(capture: cv2.VideoCapture, backend: int) -> float | None:
    """Return the shutter time as it is now, s; None where the backend does not tell."""
    dialect = DIALECTS.get(backend)
    return dialect.seconds(capture.get(cv2.CAP_PROP_EXPOSURE)) if dialect else None


def four_letters(code: float) -> str:
    """Return a FOURCC number as its four letters; empty for none."""
    letters = (int(code) & 0xFFFFFFFF).to_bytes(4, "little") if code > 0 else b""
    return letters.decode("latin-1").strip("\x00 ") if letters.isascii() else ""
