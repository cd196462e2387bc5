"""Capture: one opened camera or stream, picture by picture, each stamped when it was grabbed."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2

from twitchcam.edges.camera.address import Address
from twitchcam.edges.camera.backends import SYSTEM, backends
from twitchcam.edges.camera.hush import hush
from twitchcam.edges.camera.negotiate import negotiate, read_back, read_exposure
from twitchcam.edges.camera.picture import CameraPicture, from_bgr, from_jpeg
from twitchcam.edges.camera.settings import CameraSettings, Given
from twitchcam.edges.planes import Size

READ_S: Final = 1.5
"""A stream that sends nothing for so long is lost; closing may have to wait for it."""
_OPTIONS: Final = {
    "fflags": "nobuffer",
    # The rate is measured here; to guess it FFmpeg would hold back the first pictures.
    "fpsprobesize": "0",
    "rtsp_transport": "tcp",
    # Nothing that a server sends may lead to a file of this computer.
    "protocol_whitelist": "http,https,httpproxy,tcp,tls,udp,rtp,srtp,rtsp,crypto",
}
_FRESH_S: Final = 0.5
"""A driver's own stamp counts when it lies less than this in the past: it is of the same clock then."""
_ENVIRONMENT = threading.Lock()

clock = time.perf_counter
"""Monotonic, and fine on every system. On Linux it is the clock by which V4L2 stamps pictures."""


class Capture:
    """An opened source. Used by one thread."""

    def __init__(self, source: cv2.VideoCapture, backend: int, given: Given) -> None:
        self.given = given
        self.is_stream = backend == cv2.CAP_FFMPEG
        self._source = source
        self._backend = backend
        # OpenCV scales wrongly when a stream's picture size changes, so JPEGs are taken as they were sent;
        # that also shows damaged ones, and keeps the luma as coded.
        motion_jpeg = self.is_stream and given.pixel_format == "MJPG"
        self._jpegs = motion_jpeg and source.set(cv2.CAP_PROP_FORMAT, -1)
        self._last_s = -1.0

    def grab(self) -> float | None:
        """Wait for the next picture; return when it was taken (s of `clock`), None when none came."""
        if not self._source.grab():
            return None
        stamp = now = clock()
        if self._backend == cv2.CAP_V4L2 and SYSTEM == "linux":
            driver_s = self._source.get(cv2.CAP_PROP_POS_MSEC) / 1e3
            stamp = driver_s if now - _FRESH_S < driver_s <= now else now
        if stamp <= self._last_s:
            stamp = now
        self._last_s = stamp
        return stamp

    def retrieve(self, *, size: Size | None, mirrored: bool) -> CameraPicture | None:
        """Return the picture that was grabbed, fitted into `size` (w, h); None if it is damaged."""
        got, pixels = self._source.retrieve()
        if not got or not pixels.size:
            return None
        if self._jpegs:
            return from_jpeg(pixels, size=size, mirrored=mirrored)
        return from_bgr(pixels, size=size, mirrored=mirrored)

    def exposure_s(self) -> float | None:
        """Return the shutter time as the camera reads it back now."""
        return read_exposure(self._source, self._backend)

    def release(self) -> None:
        """Let go of the source."""
        self._source.release()


def open_capture(address: Address, wanted: CameraSettings, *, timeout_s: float) -> Capture | None:
    """Return the opened source, None when it does not open. `timeout_s` holds for streams."""
    hush()
    if address.url is not None:
        return _open_stream(address.url, timeout_s)
    for backend in backends():
        source = cv2.VideoCapture(_target(address), backend)
        if source.isOpened():
            return Capture(source, backend, negotiate(source, backend, wanted))
        source.release()
    return None


def _target(address: Address) -> int | str:
    """V4L2 takes paths, which links such as /dev/v4l/by-id/... need; the others take numbers."""
    if address.device is not None:
        return str(address.device)
    return 0 if address.number is None else address.number


def _open_stream(url: str, timeout_s: float) -> Capture | None:
    limits = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(1e3 * timeout_s)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(1e3 * READ_S)),
        # Several decoder threads would each hold one picture back.
        *(cv2.CAP_PROP_N_THREADS, 1),
    ]
    with _ffmpeg_options():
        source = cv2.VideoCapture(url, cv2.CAP_FFMPEG, limits)
    if not source.isOpened():
        source.release()
        return None
    return Capture(source, cv2.CAP_FFMPEG, read_back(source, cv2.CAP_FFMPEG))


@contextmanager
def _ffmpeg_options() -> Iterator[None]:
    """OpenCV reads options for FFmpeg from the environment alone, at each opening."""
    name = "OPENCV_FFMPEG_CAPTURE_OPTIONS"
    with _ENVIRONMENT:
        before = os.environ.get(name)
        os.environ[name] = before or "|".join(f"{key};{value}" for key, value in _OPTIONS.items())
        try:
            yield
        finally:
            if before is None:
                del os.environ[name]
