"""Probing: open a file as a video, pick its picture stream, or refuse with a line that says what to do."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import Type as SideDataType
from av.stream import Disposition
from av.video.stream import VideoStream

from twitchcam.edges.boxes import is_bomb
from twitchcam.edges.packets import READ_ERRORS
from twitchcam.edges.timestamps import measure_timing
from twitchcam.errors import InputRefused

_RATE_PACKETS = 400
"""So many packets tell the rate at which a file plays: 13 s at 30 a second, longer than any pattern."""
_NOT_CAMERA = frozenset({"tty", "bin", "xbin", "adf", "idf", "hls", "dash", "concat", "sdp", "ffmetadata"})
"""Demuxers that take text or play lists for video; they would also open other files than the one named."""
_STILL_BRANDS = frozenset({"heic", "heix", "heim", "heis", "mif1", "avif", "miaf"})
MOST_PIXELS: Final = 1 << 26
"""Twice 8K UHD. A file of a few bytes can announce pictures that fill any memory."""
MOST_SIDE: Final = 1 << 14
MOST_STRETCH: Final = 4.0
"""Anamorphic cameras and old tape formats stay below 2.2."""
_COVER = Disposition.attached_pic | Disposition.still_image | Disposition.timed_thumbnails
_SINGLE = "{path} is a single picture, not a video; give a recording of some seconds"
_FORBIDDEN = "{path} may not be read; change its permissions or copy it to your own folder"
_CONVERT = "convert it with a video tool (for example to H.264 in .mp4) and try again"


def open_container(path: Path) -> InputContainer:
    """Return the opened file.

    Raises
    ------
    InputRefused
        If the path is no readable file, or no video in a form that FFmpeg knows.
    """
    refuse_path(path)
    if is_bomb(path):
        raise InputRefused(f"{path} announces more pictures than it has bytes; it is damaged: copy it again")
    try:
        # The prefix keeps names such as 'a:b.mp4' from being read as an address, the whitelist keeps play
        # lists from reaching the network.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.FFmpegError, OSError, ValueError) as error:
        raise InputRefused(_why_not_opened(path, error)) from error
    if _is_still(container) or container.format.name in _NOT_CAMERA:
        still = _is_still(container)
        container.close()
        if still:
            raise InputRefused(_SINGLE.format(path=path))
        raise InputRefused(f"{path} is not a video file; give a recording such as .mp4, .mov, .webm or .avi")
    return container


def refuse_path(path: Path) -> None:
    """Raise InputRefused if the path is not a readable file with something in it."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputRefused(f"{path} does not exist; check the spelling and the folder") from error
    except PermissionError as error:
        raise InputRefused(_FORBIDDEN.format(path=path)) from error
    except (OSError, ValueError) as error:  # links in a circle, names too long or with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        raise InputRefused(f"{path} cannot be opened ({reason}); check the name, or copy it") from error
    if stat.S_ISDIR(found.st_mode):
        raise InputRefused(f"{path} is a folder; name the videos in it, for example folder/*.mp4")
    if not stat.S_ISREG(found.st_mode):
        raise InputRefused(f"{path} is not a regular file; copy the video to disk and give that copy")
    if not os.access(path, os.R_OK):
        raise InputRefused(_FORBIDDEN.format(path=path))
    if found.st_size == 0:
        raise InputRefused(f"{path} is empty (0 bytes); copy it again from the camera or phone")


def _why_not_opened(path: Path, error: Exception) -> str:
    if isinstance(error, PermissionError):
        return _FORBIDDEN.format(path=path)
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as why:  # gone since it was looked at, a share that went away, a disk that fails
        return f"{path} cannot be read ({why.strerror}); copy it to this computer and give that copy"
    if head[4:8] == b"ftyp" and head[8:12].decode("latin-1") in _STILL_BRANDS:
        return _SINGLE.format(path=path)
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free"):
        return (
            f"{path} is a cut-off MP4 or MOV without its index: recording or copying was interrupted; "
            "copy it again or repair it"
        )
    return f"{path} is not a video that can be read; give a recording such as .mp4, .mov, .webm or .avi"


def _is_still(container: InputContainer) -> bool:
    name = container.format.name
    brand = container.metadata.get("major_brand", "").strip().lower()
    return name == "image2" or name.endswith("_pipe") or brand in _STILL_BRANDS


def choose_stream(container: InputContainer, path: Path) -> VideoStream:
    """Return the stream with the largest picture, cover art left aside.

    Raises
    ------
    InputRefused
        If there is none, its codec is unknown, or its pictures are too large.
    """
    streams = [s for s in container.streams.video if not Disposition(s.disposition) & _COVER]
    if not streams:
        kind = "sound but no video" if container.streams.audio else "no video"
        raise InputRefused(f"{path} holds {kind}; give a recording that shows the face")
    # The stubs promise a codec context, but streams of unknown codecs have none.
    known = [s for s in streams if getattr(s, "codec_context", None) is not None]
    if not known:
        raise InputRefused(f"{path} uses a video codec that is not known here; {_CONVERT}")
    chosen = max(known, key=lambda s: s.codec_context.width * s.codec_context.height)
    refuse_size(path, chosen.codec_context.width, chosen.codec_context.height)
    # The decoder refuses larger ones that come later.
    chosen.codec_context.options = chosen.codec_context.options | {"max_pixels": str(MOST_PIXELS)}
    return chosen


def refuse_size(path: Path, width: int, height: int) -> None:
    """Raise InputRefused for pictures larger than any camera's."""
    if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
        raise InputRefused(
            f"{path} announces pictures of {width}x{height}, more than can be measured; if that is true, "
            "make it smaller (1920x1080 is plenty), else copy it again"
        )


@dataclass(frozen=True, slots=True)
class Announced:
    """What a file says of itself before anything is decoded. Any of it may be wrong."""

    codec: str
    time_base: Fraction
    fps: float | None
    frames: int | None
    """Counted by the container, or its length times its rate; None when it says nothing."""
    duration_s: float | None
    """Of the pictures where the container says so, else of the whole file."""
    bit_rate_bps: float | None
    encoder_fps: float | None
    """Rate that the encoder was told (timing in the codec's own headers), where the codec has it."""
    dts_only: bool
    """AVI stores no presentation times; those that the demuxer makes up are wrong as soon as pictures are
    reordered, while the decoding times run evenly in the order of the output."""


def read_announced(container: InputContainer, stream: VideoStream) -> Announced:
    """Return what the file says of its pictures."""
    rate = stream.guessed_rate or stream.average_rate
    tick = stream.time_base or Fraction(1, av.time_base)
    length_s = float(stream.duration * tick) if stream.duration else (container.duration or 0) / av.time_base
    mean_rate = stream.average_rate or rate
    guess = round(length_s * float(mean_rate)) if length_s > 0 and mean_rate else None
    bit_rate = stream.bit_rate or container.bit_rate
    return Announced(
        codec=stream.codec_context.codec.canonical_name,
        time_base=tick,
        fps=float(rate) if rate else None,
        frames=stream.frames if stream.frames > 0 else guess,
        duration_s=length_s if length_s > 0 else None,
        bit_rate_bps=float(bit_rate) if bit_rate else None,
        encoder_fps=_encoder_rate(stream),
        dts_only=container.format.name == "avi",
    )


def _encoder_rate(stream: VideoStream) -> float | None:
    """H.264 and HEVC carry the encoder's rate in their own headers; elsewhere it is the container's."""
    rate = stream.codec_context.framerate
    if stream.codec_context.codec.canonical_name not in ("h264", "hevc") or not rate or rate <= 0:
        return None
    return float(rate)


def played_rate(path: Path, index: int) -> float | None:
    """Return the typical rate at which stream `index` plays, from the stamps of its first packets.

    What files announce is a mean, which dropped pictures lower, or a guess. Reads the file on its own; None
    without stamps.
    """
    stamps: list[int] = []
    with open_container(path) as container:
        stream = container.streams[index]
        tick = stream.time_base
        with contextlib.suppress(*READ_ERRORS):
            for packet in container.demux(stream):
                if packet.pts is not None:
                    stamps.append(packet.pts)
                if len(stamps) >= _RATE_PACKETS:
                    break
    times = np.unique(np.array(stamps, dtype=np.int64))
    return measure_timing(times * float(tick), float(tick)).fps if tick and times.size > 1 else None


def orientation_of(frame: av.VideoFrame) -> tuple[int, bool, float]:
    """Return (quarter turns clockwise, flip left-right afterwards, angle left over in degrees) for a frame.

    From the display matrix, 16.16 numbers that take coded x, y (y down) to shown x, y. Phones write quarter
    turns, selfie cameras sometimes a flip; other angles are rounded to the nearest quarter.
    """
    known: Any = frame.side_data  # the stubs name motion vectors only
    data = known.get(SideDataType.DISPLAYMATRIX)
    if data is None:
        return 0, False, 0.0
    a, b, _, c, d = (float(v) for v in np.frombuffer(data, dtype=np.int32)[:5])
    flip = a * d - b * c < 0
    if flip:
        a, c = -a, -c
    angle = math.degrees(math.atan2(b, a)) if a or b else 0.0
    turns = round(angle / 90.0)
    return turns % 4, flip, angle - 90.0 * turns


def sample_aspect_of(stream: VideoStream) -> tuple[float, bool]:
    """Return (width of a coded pixel over its height, whether the file says so in a way to be believed).

    (1, True) where it says nothing, (1, False) for a shape that no camera has.
    """
    aspect = float(stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio or 1.0)
    if aspect <= 0.0:
        return 1.0, True
    return (aspect, True) if 1.0 / MOST_STRETCH <= aspect <= MOST_STRETCH else (1.0, False)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
