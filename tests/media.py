"""Tiny real files for the tests, written with PyAV. Every picture carries its own number in its luma."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from twitchcam.synth.scheduling import usual_scheduling
from twitchcam.types import Picture

BITS = 8
"""Numbers up to 255, as a row of black and white blocks along the upper edge."""
MS = Fraction(1, 1000)


def numbered(number: int, width: int = 128, height: int = 96) -> np.ndarray[Any, Any]:
    """Return an RGB picture that shows its number: blocks above, four coloured quarters below."""
    image = np.zeros((height, width, 3), np.uint8)
    mid_x, mid_y = width // 2, height // 2
    image[:mid_y, :mid_x], image[:mid_y, mid_x:] = (200, 60, 60), (60, 200, 60)
    image[mid_y:, :mid_x], image[mid_y:, mid_x:] = (60, 60, 200), (190, 190, 190)
    step = width // BITS
    for bit in range(BITS):
        image[: height // 4, bit * step : (bit + 1) * step] = 255 if number >> bit & 1 else 0
    return image


def number_of(picture: Picture) -> int:
    """Return the number that an unturned picture shows."""
    luma, step = picture.luma, picture.width // BITS
    grey = (picture.black + picture.white) / 2
    rows = slice(picture.height // 16, picture.height // 5)
    blocks = [luma[rows, b * step + step // 4 : (b + 1) * step - step // 4] for b in range(BITS)]
    return sum(int(block.mean() > grey) << bit for bit, block in enumerate(blocks))


def write_video(
    path: Path,
    stamps: Iterable[int] = range(0, 20 * 40, 40),
    *,
    time_base: Fraction = MS,
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    size: tuple[int, int] = (128, 96),
    rate: int = 25,
    rotation_deg: int = 0,
    hflip: bool = False,
    aspect: Fraction | None = None,
    color_range: int = 0,
    bframes: int = 0,
    sound: bool = False,
    cover: bool = False,
    format: str | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """Write pictures 0, 1, 2, ... with the given presentation stamps, in ticks of `time_base`."""
    with av.open(str(path), "w", format=format, options=container_options or {}) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        stream.codec_context.time_base = stream.time_base = time_base
        if codec in ("libx264", "libx265"):
            quiet = {"x265-params": f"log-level=none:bframes={bframes}"} if codec == "libx265" else {}
            stream.options = {"crf": "4", "preset": "ultrafast", "bf": str(bframes), "g": "10", **quiet}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation_deg or hflip:
            stream.set_display_rotation(rotation_deg, hflip=hflip)
        if color_range:
            stream.codec_context.color_range = color_range
        noise = out.add_stream("aac" if path.suffix == ".mp4" else "libopus", rate=48000) if sound else None
        if cover:
            _write_cover(out)
        with usual_scheduling():
            for packet in _pictures(stream, stamps, time_base, color_range, pixel_format, size):
                out.mux(packet)
        if noise is not None:
            _write_silence(out, noise, 1.0)
    return path


def _pictures(
    stream: Any,
    stamps: Iterable[int],
    time_base: Fraction,
    color_range: int,
    form: str,
    size: tuple[int, int],
) -> Iterator[Any]:
    for number, stamp in enumerate(stamps):
        rgb = av.VideoFrame.from_ndarray(numbered(number % 256, *size), "rgb24")
        frame = rgb.reformat(format=form, dst_color_range=color_range or None, threads=1)
        frame.pts, frame.time_base = stamp, time_base
        yield from stream.encode(frame)
    yield from stream.encode()


def write_sound(path: Path, *, seconds: float = 1.0, cover: bool = False) -> Path:
    """Write a file of silence, with a cover picture if asked."""
    with av.open(str(path), "w") as out:
        silence = out.add_stream("aac" if path.suffix == ".m4a" else "mp3", rate=48000)
        if cover:
            _write_cover(out)
        _write_silence(out, silence, seconds)
    return path


def _write_cover(out: Any) -> None:
    """Add a picture larger than the video, so that choosing by size alone would take it."""
    picture = out.add_stream("mjpeg", rate=1)
    picture.width, picture.height, picture.pix_fmt = 320, 320, "yuvj420p"
    picture.disposition = av.stream.Disposition.attached_pic
    frame = av.VideoFrame.from_ndarray(numbered(1, 320, 320), "rgb24").reformat(format="yuvj420p", threads=1)
    frame.pts = 0
    for packet in [*picture.encode(frame), *picture.encode()]:
        out.mux(packet)


def _write_silence(out: Any, stream: Any, seconds: float) -> None:
    layout = "mono"
    for k in range(int(seconds * 48000 / 960)):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = 48000, k * 960, Fraction(1, 48000)
        for packet in stream.encode(frame):
            out.mux(packet)
    for packet in stream.encode():
        out.mux(packet)


def remux(source: Path, target: Path, restamp: Any, **options: str) -> Path:
    """Copy packets; `restamp(k, pts, dts)` returns each one's new (pts, dts), or None to leave it out."""
    with av.open(str(source)) as infile, av.open(str(target), "w", options=options) as out:
        old = infile.streams.video[0]
        new = out.add_stream_from_template(old)
        for k, packet in enumerate(p for p in infile.demux(old) if p.dts is not None):
            stamps = restamp(k, packet.pts, packet.dts)
            if stamps is not None:
                packet.pts, packet.dts = stamps
                packet.stream = new
                out.mux(packet)
    return target


def cut_tail(source: Path, target: Path, keep: float) -> Path:
    """Write the first part of a file's bytes."""
    data = source.read_bytes()
    target.write_bytes(data[: int(len(data) * keep)])
    return target


def smooth_noise(shape: tuple[int, int], seed: int, sigma: float = 3.0) -> np.ndarray[Any, Any]:
    """Return a smooth random RGB picture (h, w, 3) that uses most of the range."""
    raw = np.random.default_rng(seed).normal(size=(*shape, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(raw, (0, 0), sigma)
    spread = (soft - soft.min()) / np.ptp(soft)
    image: np.ndarray[Any, Any] = np.round(20 + 215 * spread).astype(np.uint8)
    return image
