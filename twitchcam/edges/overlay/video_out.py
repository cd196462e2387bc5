"""Writing a video: RGB pictures with their own media times to H.264 in MP4, no sound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from twitchcam.files import replacing
from twitchcam.types import Image

TIME_BASE = Fraction(1, 90000)
_BT601, _LIMITED = 6, 1
"""FFmpeg's AVCOL_SPC_SMPTE170M and AVCOL_RANGE_MPEG."""
_OPTIONS = {"preset": "veryfast", "crf": "20"}
"""Clear enough to see half a millimetre, and quicker to encode than the clip was to measure."""


class VideoWriter:
    """An open video file that takes one picture after another."""

    def __init__(self, container: OutputContainer, size: tuple[int, int], fps: float | None) -> None:
        self._container = container
        rate = Fraction(fps).limit_denominator(1001) if fps else Fraction(30)
        # Wheels and some distributions build FFmpeg without x264; MPEG-4 part 2 is in all of them.
        codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
        stream = container.add_stream(codec, rate=rate, options=_OPTIONS if codec == "libx264" else {})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = _BT601, _LIMITED
        stream.codec_context.time_base = TIME_BASE if codec == "libx264" else 1 / rate
        self._stream = stream
        self._last = -1

    def add(self, image: Image, t_s: float) -> None:
        """Append an (h, w, 3) RGB picture shown from `t_s` on; skip it if the time does not move on."""
        tick = round(t_s / TIME_BASE)
        if tick <= self._last:
            return
        self._last = tick
        # BT.601, limited range.
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.colorspace, frame.color_range = _BT601, _LIMITED
        frame.pts, frame.time_base = tick, TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode())


@contextmanager
def write_video(path: Path, size: tuple[int, int], fps: float | None) -> Iterator[VideoWriter]:
    """Open `path` (.mp4) for pictures of `size` (w, h), both even; the file appears when the block ends well.

    Only its owner can read it, in a folder that is shared with a group too: it shows a face.
    `fps` is a hint for the encoder; the pictures keep their own times.

    Raises
    ------
    ValueError
        If a side is odd: 4:2:0 video has half the colour resolution.
    InputRefused
        If the folder cannot be written to.
    """
    if size[0] % 2 or size[1] % 2 or min(size) <= 0:
        raise ValueError(f"the sides of a video must be even and positive, got {size[0]}x{size[1]}")
    with replacing(path, private=True) as file, av.open(file, "w", format="mp4") as container:
        writer = VideoWriter(container, size, fps)
        yield writer
        writer.finish()
