"""A recorded clip as a feed: decoded as always, handed out when its time has come."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from twitchcam.edges.camera.capture import clock
from twitchcam.edges.camera.feed import Feed
from twitchcam.edges.decode import VideoFile, open_video, prefetch
from twitchcam.errors import InputRefused
from twitchcam.types import Frame, Source

_AHEAD: Final = 3
"""Pictures decoded ahead, so that the dear ones (key frames) are in time as well."""


def play_clip(
    path: str | Path,
    *,
    speed: float = 1.0,
    loop: bool = False,
    mirrored: bool = False,
    real_fps: float | None = None,
    waiting: int = 1,
) -> Feed:
    """Play a clip as if it came from a camera: its own time stamps, pauses and all.

    Parameters
    ----------
    path
        The video file.
    speed
        Times real time. Frame times stay those of the clip.
    loop
        Start again at the end; time and indices go on.
    mirrored, real_fps
        As in `edges.decode.open_video`.
    waiting
        So many frames may wait until `hold` says otherwise; above 1 the consumer misses none at the start.

    Raises
    ------
    InputRefused
        If the clip cannot be read.
    """
    if not 0.05 <= speed <= 100:
        raise InputRefused(f"speed {speed:g}: a clip plays 0.05 to 100 times as fast")
    feed = ClipFeed(Path(path), speed=speed, loop=loop, mirrored=mirrored, real_fps=real_fps)
    feed.hold(waiting)
    feed.play()
    return feed


class ClipFeed(Feed):
    """A clip that is being played."""

    def __init__(
        self, path: Path, *, speed: float, loop: bool, mirrored: bool, real_fps: float | None
    ) -> None:
        super().__init__(path.name)
        self._path, self._mirrored, self._real_fps = path, mirrored, real_fps
        self._video = self._open()
        self._speed, self._loop = speed, loop
        self._began: float | None = None
        self._index = -1
        self._last_s = self._step_s = 0.0

    def play(self) -> None:
        """Begin."""
        self._thread.start()

    def now_s(self) -> float:
        return 0.0 if self._began is None else (clock() - self._began) * self._speed

    @property
    def source(self) -> Source:
        return self._video.source

    def _open(self) -> VideoFile:
        return open_video(self._path, mirrored=self._mirrored, real_fps=self._real_fps)

    def _run(self) -> None:
        offset_s = 0.0
        video = self._video
        while True:
            with video:
                self._play(video, offset_s)
            for sentence in video.source.notes if not self._stop.is_set() else ():
                self._note_once(sentence)
            if self._stop.is_set() or not self._loop:
                return
            offset_s = self._last_s + self._step_s
            video = self._open()

    def _play(self, video: VideoFile, offset_s: float) -> None:
        with closing(prefetch(video, depth=_AHEAD, prepare=lambda frame: frame.picture.luma)) as frames:
            for frame in frames:
                t_s = frame.t_s + offset_s
                if self._began is None:
                    self._began = clock() - t_s / self._speed
                late = self._stop.wait(max(0.0, t_s / self._speed - (clock() - self._began)))
                if late or self._stop.is_set():
                    return
                self._hand_on(frame, t_s)

    def _hand_on(self, frame: Frame, t_s: float) -> None:
        self._index += 1
        self._step_s, self._last_s = (t_s - self._last_s if self._index else 0.0), t_s
        self._put(Frame(self._index, t_s, frame.picture, frame.b_picture))
