"""The kept video: what a live session saw, picture by picture as the camera gave it, with its true times.

Motion JPEG in MOV: every picture stands for itself, so none suffers from its neighbours, and those that a
camera sent as JPEG are kept bit for bit. The file has no name while it grows (on Windows: is deleted when it
is closed), so nothing stays behind that was not saved, however the program ends.
"""

from __future__ import annotations

import shutil
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
from av.video.stream import VideoStream

from twitchcam.edges.overlay.preview import encode
from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.types import Frame, Picture

TIME_BASE: Final = Fraction(1, 90000)
QUALITY: Final = 92
"""A 720p picture is 150-250 kB and takes 5 ms; at 85 skin loses the texture that registration holds on to."""
LEAST_FREE: Final = 500_000_000
"""Bytes left free on the disk of temporary files."""
_CHECK_EVERY: Final = 100


class KeptVideo:
    """A video that is being kept, and saved only when asked. One thread adds."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Begin a video of pictures of `size` (w, h)."""
        self._size = size
        self._file = tempfile.TemporaryFile(prefix="twitchcam-")  # noqa: SIM115 - lives until `close`
        self._container = av.open(self._file, "w", format="mov")
        stream = self._container.add_stream("mjpeg", rate=30)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p"
        stream.time_base = TIME_BASE
        self._stream = stream
        self._open = True
        self._last = -1
        self.frames = 0
        self.bytes = 0
        self.full = False
        """The disk is nearly full: nothing more is kept."""

    def add(self, frame: Frame, t_s: float) -> None:
        """Keep a picture shown from `t_s` on; leave one of another size, or whose time stands still."""
        tick = round(t_s / TIME_BASE)
        size = frame.picture.width, frame.picture.height
        if not self._open or self.full or tick <= self._last or size != self._size:
            return
        packet = av.Packet(_coded(frame.picture))
        packet.stream = self._stream
        packet.pts = packet.dts = tick
        packet.time_base = TIME_BASE
        packet.is_keyframe = True
        self.bytes += packet.size
        self._container.mux(packet)
        self._last = tick
        self.frames += 1
        if self.frames % _CHECK_EVERY == 0:
            self.full = shutil.disk_usage(tempfile.gettempdir()).free < LEAST_FREE

    def finish(self) -> None:
        """Complete the video; nothing can be added any more."""
        if self._open:
            self._open = False
            self._container.close()

    def save(self, path: Path) -> None:
        """Write the finished video to `path` (.mov), whole or not at all, for its owner only.

        Raises
        ------
        InputRefused
            If it cannot be written there.
        """
        self.finish()
        self._file.seek(0)
        with replacing(path, private=True) as out:
            try:
                shutil.copyfileobj(self._file, out, 1 << 20)
            except OSError as error:
                raise InputRefused(f"{path}: the video cannot be written ({error.strerror}).") from error

    def close(self) -> None:
        """Drop the video."""
        self.finish()
        self._file.close()


def _coded(picture: Picture) -> bytes:
    coded: bytes | None = getattr(picture, "jpeg", None)
    if coded is not None:
        return coded
    bgr = getattr(picture, "bgr", None)
    if bgr is not None:
        return bytes(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1])
    return encode(picture.rgb(), quality=QUALITY)
