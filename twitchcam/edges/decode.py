"""Decoding: a video file as frames in media time, with constant memory, and its Source at the end."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from twitchcam.edges import probe
from twitchcam.edges.pictures import DecodedPicture, Upright, square_size
from twitchcam.edges.timestamps import MediaClock
from twitchcam.errors import InputRefused
from twitchcam.types import Frame, Source

T = TypeVar("T")

_READ_TRIES = 50
"""Read errors in a row after which the rest of the file is given up."""
_SHORT_S = 1.0
"""Files whose pictures end this much before the announced length are reported as cut short."""


def open_video(path: str | Path, *, mirrored: bool = False) -> VideoFile:
    """Open a video file for one pass over its frames.

    Parameters
    ----------
    path
        The file.
    mirrored
        The video shows a mirror image (selfie view). Its pictures are flipped back, so that everything behind
        sees the subject as others do and left and right need no second thought there.

    Raises
    ------
    InputRefused
        If the file is missing, unreadable, not a video, or has no picture that can be decoded.
    """
    return VideoFile(Path(path), mirrored=mirrored)


class VideoFile:
    """An opened video: iterate once over its frames, then read `source`."""

    def __init__(self, path: Path, *, mirrored: bool = False) -> None:
        self.path = path
        self.mirrored = mirrored
        self._container = probe.open_container(path)
        try:
            self._stream = probe.choose_stream(self._container, path)
            self._stream.thread_type = "AUTO"
            self._odd: Counter[str] = Counter()
            self._decoded = _decode(self._container, self._stream, self._odd)
            self._first = self._read_first()
        except BaseException:
            self._container.close()
            raise
        self._coded = self._first.width, self._first.height
        turns, flip, rest_deg = probe.orientation_of(self._first)
        self._flipped_by_file, self._rest_deg = flip, rest_deg
        aspect = probe.sample_aspect_of(self._stream)
        self.sample_aspect = aspect
        self._upright = Upright(square_size(self._coded, aspect), turns, flip is not mirrored)
        rate = self._stream.guessed_rate or self._stream.average_rate
        self.nominal_fps = float(rate) if rate else None
        """The rate that the file announces; may be wrong."""
        assert self._stream.time_base is not None
        self._clock = MediaClock(self._stream.time_base, 1.0 / self.nominal_fps if self.nominal_fps else None)
        self._started = self._finished = False
        self._hash = _HashThread(path)

    def _read_first(self) -> av.VideoFrame:
        first = next(self._decoded, None)
        if first is None:
            raise InputRefused(
                f"{self.path} holds no picture that can be decoded ({self._stream.codec_context.name}); "
                "copy it again, or convert it to H.264 in .mp4"
            )
        return first

    @property
    def width(self) -> int:
        """Width of the upright picture with square pixels."""
        return self._upright.size[0]

    @property
    def height(self) -> int:
        """Height of the upright picture with square pixels."""
        return self._upright.size[1]

    @property
    def expected_frames(self) -> int | None:
        """How many frames the file announces, for a progress bar; may be wrong, None when it says nothing."""
        return probe.expected_frames(self._container, self._stream)

    @property
    def expected_duration_s(self) -> float | None:
        """The length that the file announces; None when it says nothing."""
        return probe.announced_s(self._container, self._stream)

    def __iter__(self) -> Iterator[Frame]:
        if self._started:
            raise RuntimeError("a VideoFile can be read once; open the file again for another pass")
        self._started = True
        return self._frames()

    def _frames(self) -> Iterator[Frame]:
        self._hash.start()
        index = 0
        frame: av.VideoFrame | None = self._first
        del self._first
        while frame is not None:
            t_s = self._clock.place(frame.pts, frame.dts, frame.duration)
            if t_s is not None:
                self._odd["interlaced"] += frame.interlaced_frame
                self._odd["resized"] += (frame.width, frame.height) != self._coded
                yield Frame(index, t_s, DecodedPicture(frame, self._upright))
                index += 1
            frame = next(self._decoded, None)
        self._finished = True

    @property
    def source(self) -> Source:
        """What was read so far; complete once the iteration has ended. Waits for the file's hash."""
        timing = self._clock.timing()
        codec = self._stream.codec_context
        rate_bps = self._stream.bit_rate or self._container.bit_rate
        return Source(
            file=self.path.name,
            sha256=self._hash.result(),
            width=self.width,
            height=self.height,
            frames=len(self._clock.times_s),
            duration_s=timing.duration_s,
            fps=timing.fps,
            vfr=timing.vfr,
            rotation_deg=90 * self._upright.turns,
            mirrored=self.mirrored,
            codec=codec.name,
            pixel_format=codec.pix_fmt or "",
            bit_rate_bps=float(rate_bps) if rate_bps else None,
            sample_aspect=self.sample_aspect,
            notes=tuple(self._notes(timing.duration_s)),
        )

    def _notes(self, duration_s: float) -> list[str]:
        said = self._clock.notes()
        said += [text.format(n=self._odd[kind]) for kind, text in _ODDITIES.items() if self._odd[kind]]
        announced = self.expected_duration_s
        if self._finished and announced and announced - duration_s > max(_SHORT_S, 0.02 * announced):
            said.append(
                f"The file announces {announced:.1f} s but its pictures end after {duration_s:.1f} s; "
                "it may have been cut short."
            )
        if self._flipped_by_file:
            said.append("The file asks for its pictures to be flipped left to right; that was done.")
        if abs(self._rest_deg) > 0.5:
            said.append(f"The file asks for an odd rotation; {self._rest_deg:+.0f} degrees were left out.")
        return said

    def close(self) -> None:
        """Let go of the file."""
        self._decoded.close()
        self._container.close()

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_ODDITIES = {
    "packets": "{n} damaged packets were skipped.",
    "corrupt": "{n} damaged pictures were left out.",
    "reads": "Reading met {n} errors; what could be read was used.",
    "interlaced": "{n} pictures are interlaced: their lines come from two moments, which blurs quick motion.",
    "resized": "{n} pictures changed size on the way and were scaled to the first one's.",
}


def _decode(
    container: InputContainer, stream: VideoStream, odd: Counter[str]
) -> Generator[av.VideoFrame, None, None]:
    """Yield the sound pictures in order of presentation; count in `odd` what had to be skipped."""
    for packet in _packets(container, stream, odd):
        if packet.is_corrupt:
            odd["packets"] += 1
            continue
        try:
            frames = packet.decode()
        except EOFError:
            return
        except av.FFmpegError:
            odd["packets"] += 1
            continue
        for frame in frames:
            # A concealed picture shows motion that never was: a gap is the honest answer.
            if frame.is_corrupt:
                odd["corrupt"] += 1
            else:
                yield frame


def _packets(
    container: InputContainer, stream: VideoStream, odd: Counter[str]
) -> Generator[Packet[VideoStream], None, None]:
    """Yield the stream's packets, starting again after a read error until errors come one upon another."""
    tries = 0
    while tries < _READ_TRIES:
        try:
            for packet in container.demux(stream):
                tries = 0
                yield packet
            return
        except EOFError:
            return
        except av.FFmpegError:
            odd["reads"] += 1
            tries += 1


class _HashThread:
    """The file's SHA-256, computed beside the decoding (hashlib works without the interpreter lock)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: threading.Thread | None = None
        self._digest: str | None = None

    def start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="twitchcam-hash", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            self._digest = probe.hash_file(self._path)

    def result(self) -> str | None:
        """Wait for the digest; None if the file could not be read again."""
        self.start()
        assert self._thread is not None
        self._thread.join()
        return self._digest


def prefetch(
    items: Iterable[T], *, depth: int = 4, prepare: Callable[[T], object] | None = None
) -> Generator[T, None, None]:
    """Yield `items` as they are, made ahead in a background thread.

    Parameters
    ----------
    items
        Used by the background thread alone from the first item on.
    depth
        How many may wait; bounds the memory (a 1080p frame is 3 MB).
    prepare
        Called on each item in the thread, for work that is better done ahead (`lambda f: f.picture.luma`).

    An error in the thread is raised here, after the items before it. Closing the generator ends the thread;
    close it before what `items` reads from (`contextlib.closing`).
    """
    waiting: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(maxsize=depth)
    stop = threading.Event()
    thread = threading.Thread(
        target=_fill, args=(items, prepare, waiting, stop), name="twitchcam-prefetch", daemon=True
    )
    thread.start()
    try:
        while (entry := waiting.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            yield entry[0]
    finally:
        stop.set()
        while thread.is_alive():
            with contextlib.suppress(queue.Empty):
                waiting.get(timeout=0.02)
        thread.join()


def _fill(
    items: Iterable[T],
    prepare: Callable[[T], object] | None,
    waiting: queue.Queue[tuple[T] | BaseException | None],
    stop: threading.Event,
) -> None:
    try:
        for item in items:
            if prepare is not None:
                prepare(item)
            waiting.put((item,))
            if stop.is_set():
                return
        waiting.put(None)
    except BaseException as error:
        waiting.put(error)
