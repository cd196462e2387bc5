"""Decoding: a video file as frames in media time, with constant memory, and its Source at the end."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, TypeVar

import av
from av.video.frame import PictureType

from twitchcam.edges import probe
from twitchcam.edges.capture_rate import find_capture_rate
from twitchcam.edges.packets import read_pictures
from twitchcam.edges.pictures import DecodedPicture, Upright, square_size
from twitchcam.edges.quantiser import TOLD_BY_DECODER
from twitchcam.edges.timestamps import MediaClock, Timing
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import Pace, pace_as_stated, pace_from_metadata, suspicion
from twitchcam.types import Frame, Source

T = TypeVar("T")

CORES: Final = int(os.environ.get("TWITCHCAM_THREADS") or os.cpu_count() or 1)
"""Cores that decoding may use."""
_SHORT_S = 1.0
"""Files whose pictures end this much before the announced length are reported as cut short."""


def open_video(
    path: str | Path, *, mirrored: bool = False, real_fps: float | None = None, ahead: bool = True
) -> VideoFile:
    """Open a video file for one pass over its frames.

    Parameters
    ----------
    path
        The file.
    mirrored
        The video shows a mirror image (selfie view). Its pictures are flipped back, so that everything
        behind sees the subject as others do and left and right need no second thought there.
    real_fps
        The rate at which the camera took the pictures, as the user states it; without it the file's metadata
        count. All times are real ones (see `front.real_time`).
    ahead
        The decoder may work ahead on other cores; without it its work is done when a picture is asked for.

    Raises
    ------
    InputRefused
        If the file is missing, unreadable, not a video, has no picture that can be decoded, or cannot have
        been taken at `real_fps`.
    """
    return VideoFile(Path(path), mirrored=mirrored, real_fps=real_fps, ahead=ahead)


def _threads_of(stream: av.VideoStream) -> Literal["SLICE", "AUTO"]:
    """Return how the decoder shares its work: the parts of a picture, or also several pictures.

    Decoders that tell their quantisers (`quantiser.ask_for_steps`) tell them before a picture is done when
    they are at several: what the encoder took away would differ from run to run. On two cores tracking and
    registration take the other one anyway.
    """
    told = stream.codec_context.name in TOLD_BY_DECODER
    return "SLICE" if told or CORES <= 2 else "AUTO"


class VideoFile:
    """An opened video: iterate once over its frames, then read `source`. Close it, or use it in a `with`."""

    def __init__(
        self, path: Path, *, mirrored: bool = False, real_fps: float | None = None, ahead: bool = True
    ) -> None:
        self.path = path
        self.mirrored = mirrored
        self._odd: Counter[str] = Counter()
        self._container = probe.open_container(path)
        try:
            stream = probe.choose_stream(self._container, path)
            stream.thread_type = _threads_of(stream) if ahead else "NONE"
            self.announced = probe.read_announced(self._container, stream)
            """What the file says of itself; may be wrong."""
            self.pace = self._find_pace(stream.index, real_fps)
            self._decoded = read_pictures(self._container, stream, self._odd)
            first = next(self._decoded, None)
            if first is None:
                raise InputRefused(
                    f"{path} holds no picture that can be decoded ({self.announced.codec}); "
                    "copy it again, or convert it to H.264 in .mp4"
                )
            probe.refuse_size(path, first.width, first.height)
        except BaseException:
            self._container.close()
            raise
        self._first: av.VideoFrame | None = first
        self._coded = first.width, first.height
        # Known only once a picture was decoded, for some codecs.
        self._pixel_format = first.format.name
        self._aspect, believed = probe.sample_aspect_of(stream)
        self._odd["stretch"] += not believed
        turns, self._flip, self._odd_angle_deg = probe.orientation_of(first)
        self._upright = Upright(square_size(self._coded, self._aspect), turns, self._flip is not mirrored)
        self._clock = self._real_clock()
        self._hash = _HashThread(path)
        self._finished = False

    def _find_pace(self, index: int, real_fps: float | None) -> Pace:
        """Stated, named by the file, or as it plays."""
        said = find_capture_rate(self.path, self._container.metadata)
        if real_fps is None and said is None:
            note = suspicion(self.announced.encoder_fps, self.announced.fps)
            return Pace(notes=(note,) if note else ())
        played = probe.played_rate(self.path, index) or self.announced.fps
        if real_fps is not None:
            return pace_as_stated(real_fps, played)
        assert said is not None
        return pace_from_metadata(said.fps, played, said.said_by)

    def _real_clock(self) -> MediaClock:
        """A clock that turns the file's ticks into real seconds."""
        scale = Fraction(self.pace.time_scale).limit_denominator(1_000_000)
        fps = self.announced.fps
        return MediaClock(self.announced.time_base * scale, fps / float(scale) if fps else None)

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
        return self.announced.frames

    def __iter__(self) -> Iterator[Frame]:
        """Return the frames, once.

        Raises
        ------
        RuntimeError
            On a second pass: the decoder has moved on. Open the file again.
        """
        if self._first is None:
            raise RuntimeError("a VideoFile can be read once; open the file again for another pass")
        frame, self._first = self._first, None
        return self._frames(frame)

    def _frames(self, frame: av.VideoFrame | None) -> Iterator[Frame]:
        self._hash.start()
        while frame is not None:
            pts = None if self.announced.dts_only else frame.pts
            t_s = self._clock.place(pts, frame.dts, frame.duration)
            if t_s is not None:
                self._odd["interlaced"] += frame.interlaced_frame
                self._odd["resized"] += (frame.width, frame.height) != self._coded
                picture = DecodedPicture(frame, self._upright)
                both_sides = frame.pict_type == PictureType.B
                yield Frame(len(self._clock.times_s) - 1, t_s, picture, both_sides)
            frame = next(self._decoded, None)
        self._finished = True

    @property
    def source(self) -> Source:
        """What was read so far; complete once the iteration has ended. Waits for the file's hash."""
        timing = self._clock.timing()
        return Source(
            # as UTF-8, whatever the locale says of file names
            file=os.fsencode(self.path.name).decode("utf-8", "surrogateescape"),
            sha256=self._hash.result(),
            width=self.width,
            height=self.height,
            frames=len(self._clock.times_s),
            duration_s=timing.duration_s,
            fps=timing.fps,
            vfr=timing.vfr,
            rotation_deg=90 * self._upright.turns,
            mirrored=self.mirrored,
            codec=self.announced.codec,
            pixel_format=self._pixel_format,
            bit_rate_bps=self.announced.bit_rate_bps,
            sample_aspect=self._aspect,
            capture_fps=self.pace.capture_fps,
            time_scale=self.pace.time_scale,
            notes=tuple(self._notes(timing)),
        )

    def _notes(self, timing: Timing) -> list[str]:
        said = [*self.pace.notes, *self._clock.notes(told_by_dts=self.announced.dts_only)]
        said += [text.format(n=self._odd[kind]) for kind, text in _ODDITIES.items() if self._odd[kind]]
        announced = (self.announced.duration_s or 0.0) * self.pace.time_scale
        if self._finished and announced and announced - timing.duration_s > max(_SHORT_S, 0.02 * announced):
            said.append(
                f"The file announces {announced:.1f} s but its pictures end after {timing.duration_s:.1f} s; "
                "it may have been cut short."
            )
        if self._flip:
            said.append("The file asks for its pictures to be flipped left to right; that was done.")
        if abs(self._odd_angle_deg) > 0.5:
            said.append(
                f"The file asks for a slanted picture; {self._odd_angle_deg:+.0f} degrees were left out."
            )
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
    "packets": "Damaged packets skipped: {n}.",
    "corrupt": "Pictures left out as damaged, or built on damaged ones: {n}.",
    "reads": "Read errors met and passed over: {n}.",
    "interlaced": "Interlaced pictures: {n}; their lines come from two moments, which blurs quick motion.",
    "stretch": "The file names a pixel shape that no camera has; pixels were taken as square.",
    "resized": "Pictures of another size, scaled to the first one's: {n}.",
}


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
