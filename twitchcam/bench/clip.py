"""The clip that is measured: the bundled sample or one's own, cut or repeated without coding it anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from twitchcam.edges import probe
from twitchcam.edges.decode import open_video
from twitchcam.errors import InputRefused

SAMPLE: Final = Path(__file__).resolve().parents[2] / "sample_videos" / "left-twitch.mp4"
CONTAINERS: Final = (".mp4", ".mov", ".mkv", ".webm", ".avi")


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What is measured, as far as it decides the speed."""

    file: str
    width: int
    height: int
    fps: float | None
    bit_rate_bps: float | None
    codec: str
    duration_s: float | None


def sample_clip() -> Path:
    """Return the bundled sample.

    Raises
    ------
    InputRefused
        If this installation came without one.
    """
    if not SAMPLE.is_file():
        raise InputRefused("there is no sample clip beside this installation; name a video of your own")
    return SAMPLE


def read_facts(path: Path) -> ClipFacts:
    """Return what a clip says of itself.

    Raises
    ------
    InputRefused
        If it is no video that can be measured.
    """
    if path.suffix.lower() == ".npz":
        raise InputRefused(f"{path}: a recording holds no pictures to be fast with; give a video")
    with open_video(path) as video:
        said = video.announced
        seconds = said.duration_s
        rate = path.stat().st_size * 8 / seconds if seconds else said.bit_rate_bps
        return ClipFacts(path.name, video.width, video.height, said.fps, rate, said.codec, seconds)


def fit_length(path: Path, seconds: float, folder: Path) -> Path:
    """Return a clip of about so many seconds in `folder`: the first part, or the clip again and again.

    Packets are copied as they are, so an hour takes seconds to make.

    Raises
    ------
    InputRefused
        If its packets cannot be copied.
    """
    suffix = path.suffix.lower() if path.suffix.lower() in CONTAINERS else ".mkv"
    target = folder / f"{path.stem[:60]}-{seconds:g}s{suffix}"
    try:
        _copy(path, target, seconds)
    except (av.FFmpegError, ValueError, OSError) as error:
        target.unlink(missing_ok=True)
        raise InputRefused(
            f"{path}: cannot be cut to {seconds:g} s without coding it anew ({error}); give a short clip "
            "without --seconds and --quick, or one in .mp4"
        ) from error
    return target


def _copy(path: Path, target: Path, seconds: float) -> None:
    with av.open(str(target), "w") as out:
        shift_s, stream = Fraction(0), None
        while shift_s < seconds:
            with av.open(f"file:{path}") as source:
                taken = probe.choose_stream(source, path)
                stream = stream or out.add_stream_from_template(taken)
                length = _copy_once(source.demux(taken), taken.time_base, out, stream, shift_s, seconds)
            if length <= 0:
                if shift_s:
                    return
                raise ValueError("it tells no times")
            shift_s += length


def _copy_once(
    packets: Iterable[Any], base: Any, out: Any, stream: Any, shift_s: Fraction, seconds: float
) -> Fraction:
    """Copy packets until the time is full; return the length of what was copied."""
    ticks = math.ceil(shift_s / base)
    first, end, step = None, 0, 1
    for packet in _with_times(packets):
        first = packet.dts if first is None else first
        # In the order of decoding a part from the beginning never misses what it refers to.
        if float((packet.dts - first + ticks) * base) >= seconds:
            end = max(end, packet.dts - first)
            break
        step = packet.duration or step
        end = max(end, packet.dts - first + step)
        packet.dts, packet.pts = packet.dts - first + ticks, packet.pts - first + ticks
        packet.stream = stream
        out.mux(packet)
    return Fraction(end * base)


def _with_times(packets: Iterable[Any]) -> Iterator[Any]:
    """Yield the packets that have both times. Matroska leaves out the decoding times of the first ones."""
    waiting: list[Any] = []
    for packet in packets:
        if packet.pts is None:
            continue
        waiting.append(packet)
        if packet.dts is None:
            continue
        for back, early in enumerate(reversed(waiting)):
            early.dts = packet.dts - back
        yield from waiting
        waiting = []
