"""Sources: what a session watches. A camera is opened once; a clip is played in a loop until the recording
begins, and then once from its start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from twitchcam.edges.camera import CameraSettings, Feed, open_feed, play_clip
from twitchcam.edges.decode import open_video
from twitchcam.live.measuring import HELD


class LiveSource(Protocol):
    """Gives the feeds of a session, one after the other. The one who asks closes what is replaced."""

    @property
    def ends(self) -> bool:
        """Whether it ends by itself."""
        ...

    def preview(self) -> Feed:
        """Return the feed for the time before and after a recording."""
        ...

    def record(self) -> Feed:
        """Return the feed of a recording; the same as the preview's where it just goes on."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class CameraSource:
    """A camera or a stream."""

    ends = False

    def __init__(self, address: int | str | Path, wanted: CameraSettings) -> None:
        """Open the camera; raises InputRefused when it gives no picture."""
        self._feed = open_feed(address, wanted)

    def preview(self) -> Feed:
        return self._feed

    def record(self) -> Feed:
        return self._feed

    def close(self) -> None:
        self._feed.close()


class ClipSource:
    """A clip played in real time."""

    ends = True

    def __init__(self, path: Path, *, mirrored: bool = False, speed: float = 1.0, loop: bool = False) -> None:
        """Name the clip; raises InputRefused if it cannot be read. `speed` and `loop`
        (the recording goes on from the start again) are for tests and measurements.
        """
        open_video(path).close()
        self._path, self._mirrored, self._speed, self._loop = path, mirrored, speed, loop
        self._feed: Feed | None = None

    def preview(self) -> Feed:
        return self._play(loop=True, waiting=1)

    def record(self) -> Feed:
        return self._play(loop=self._loop, waiting=HELD)

    def _play(self, *, loop: bool, waiting: int) -> Feed:
        self.close()
        self._feed = play_clip(
            self._path, speed=self._speed, loop=loop, mirrored=self._mirrored, waiting=waiting
        )
        return self._feed

    def close(self) -> None:
        if self._feed is not None:
            self._feed.close()
