"""Keeping the video of a session, in a thread of its own, so that measuring never waits for a disk."""

from __future__ import annotations

import queue
import threading
from pathlib import Path
from typing import Final

from twitchcam.edges.overlay.kept_video import KeptVideo
from twitchcam.types import Frame

WAITING: Final = 8
"""Pictures that may wait for the disk; more are left out of the video, never of the measurement."""
_Item = tuple[Frame, float] | None


class Keeper:
    """Keeps the pictures that are given to it."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Begin a video of pictures of `size` (w, h)."""
        self.left_out = 0
        self._video = KeptVideo(size)
        self._queue: queue.Queue[_Item] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._run, name="keeping", daemon=True)
        self._thread.start()

    @property
    def frames(self) -> int:
        """How many pictures are kept."""
        return self._video.frames

    @property
    def megabytes(self) -> float:
        """Size of the video so far."""
        return self._video.bytes / 1e6

    @property
    def full(self) -> bool:
        """Whether the disk is nearly full, so that nothing more is kept."""
        return self._video.full

    def add(self, frame: Frame, t_s: float) -> None:
        """Keep a picture; never waits."""
        try:
            self._queue.put_nowait((frame, t_s))
        except queue.Full:
            self.left_out += 1

    def finish(self) -> None:
        """Complete the video: what waits is kept, more is not taken."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._video.finish()

    def save(self, path: Path) -> None:
        """Write the video to `path`; raises InputRefused when that fails."""
        self.finish()
        self._video.save(path)

    def close(self) -> None:
        """Drop the video."""
        self.finish()
        self._video.close()

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            self._video.add(*item)
