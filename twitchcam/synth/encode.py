"""Pictures to a video file with their own time stamps (PyAV)."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from twitchcam.errors import InputRefused
from twitchcam.files import placing
from twitchcam.synth.camera import Encoding
from twitchcam.synth.scheduling import usual_scheduling
from twitchcam.types import Image

TIME_BASE = Fraction(1, 90000)
_ENCODERS = {
    "h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1", "mjpeg": "mjpeg", "ffv1":
    "ffv1",
}  # fmt: skip
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm", ".avi": "avi"}
_PIXELS = {"mjpeg": "yuvj420p", "ffv1": "yuv444p"}


def encode(path: str | Path, frames: Iterable[tuple[float, Image]], encoding: Encoding, fps: float) -> int:
    """Write (media time, RGB picture) pairs to `path`; the suffix chooses the container. Returns the number
    of frames.

    Colours are BT.601 limited range, the time base 1/90000 s. Time stamps are the given times, rounded to
    the time base. The file appears when it is complete.

    Raises
    ------
    InputRefused
        If the name has another ending than those of `_FORMATS`, or the file cannot be written.
    """
    path = Path(path)
    _check_container(path, encoding)
    with placing(path) as unfinished:
        return _write(unfinished, _FORMATS[path.suffix.lower()], frames, encoding, fps)


def _write(
    path: Path, form: str, frames: Iterable[tuple[float, Image]], encoding: Encoding, fps: float
) -> int:
    turns, stream, count = encoding.rotation_deg // 90, None, 0
    with av.open(str(path), "w", format=form) as container:
        for t_s, rgb in frames:
            # Stored turned the other way; the player turns it back clockwise.
            stored = np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb
            stored = _squeeze(stored, encoding.pixel_aspect)
            if stream is None:
                stream = _add_stream(container, encoding, fps, stored)
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24").reformat(
                format=stream.pix_fmt, threads=1
            )
            frame.pts, frame.time_base = round(t_s / TIME_BASE), TIME_BASE
            with usual_scheduling():
                packets = stream.encode(frame)
            container.mux(packets)
            count += 1
        if stream is not None:
            container.mux(stream.encode())
    if turns:
        _write_rotation(path, encoding.rotation_deg)
    return count


def _squeeze(rgb: Image, pixel_aspect: float) -> Image:
    """Store fewer (or more) columns than are shown; each is `pixel_aspect` times as wide as high."""
    if pixel_aspect == 1.0:
        return rgb
    height, width = rgb.shape[:2]
    columns = 2 * round(width / pixel_aspect / 2)
    how = cv2.INTER_AREA if columns < width else cv2.INTER_CUBIC
    return np.ascontiguousarray(cv2.resize(rgb, (columns, height), interpolation=how), np.uint8)


def _check_container(path: Path, encoding: Encoding) -> None:
    if path.suffix.lower() not in _FORMATS:
        raise InputRefused(f"{path}: the name must end in one of {', '.join(sorted(_FORMATS))}")
    if encoding.rotation_deg and path.suffix.lower() not in (".mp4", ".mov"):
        raise InputRefused(f"{path}: rotation metadata is written to .mp4 and .mov only")
    if not path.parent.is_dir():
        raise InputRefused(f"{path}: the folder {path.parent} does not exist; create it first")


def _write_rotation(path: Path, clockwise_deg: int) -> None:
    """Put a display matrix into the track header of an MP4 (ISO 14496-12, 8.3.2); PyAV has no call for it."""
    data = bytearray(path.read_bytes())
    at = data.find(b"tkhd")
    if at < 0:
        raise InputRefused(f"{path}: no track header found; rotation needs MP4 or MOV")
    matrix_at = at + 4 + (52 if data[at + 4] == 1 else 40)
    cos, sin = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[clockwise_deg]
    one, two = 1 << 16, 1 << 30
    struct.pack_into(">9i", data, matrix_at, cos * one, sin * one, 0, -sin * one, cos * one, 0, 0, 0, two)
    path.write_bytes(data)


def _add_stream(
    container: av.container.OutputContainer, encoding: Encoding, fps: float, first: Image
) -> av.VideoStream:
    stream = container.add_stream(_ENCODERS[encoding.codec], rate=Fraction(fps).limit_denominator(1001))
    assert isinstance(stream, av.VideoStream)
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = _PIXELS.get(encoding.codec, "yuv420p")
    stream.codec_context.time_base = TIME_BASE
    if encoding.pixel_aspect != 1.0:
        stream.codec_context.sample_aspect_ratio = Fraction(encoding.pixel_aspect).limit_denominator(255)
    stream.options = {**_options(encoding)}
    if encoding.crf is None and encoding.bit_rate_bps is not None:
        stream.bit_rate = int(encoding.bit_rate_bps)
    return stream


def _options(encoding: Encoding) -> dict[str, str]:
    options: dict[str, str] = {}
    if encoding.codec in ("h264", "hevc"):
        options["preset"] = encoding.preset
        if encoding.tune:
            options["tune"] = encoding.tune
    if encoding.codec == "h264" and encoding.params:
        options["x264-params"] = encoding.params
    if encoding.codec == "hevc":
        options["x265-params"] = ":".join(filter(None, ("log-level=error", encoding.params)))
    if encoding.codec == "vp9":
        options |= {"deadline": "realtime", "cpu-used": "6"}
    if encoding.crf is not None:
        options["crf"] = f"{encoding.crf:g}"
        if encoding.codec == "vp9":
            options["b"] = "0"
    return options
