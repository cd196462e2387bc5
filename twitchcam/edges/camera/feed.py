"""A feed: pictures that come by themselves, from a camera or a clip played in real time.

It has its own thread and keeps the newest frame only. Everything here may be called from any thread; nothing
waits longer than it was asked to.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Final, TypeVar

from twitchcam.edges.camera.rate import RateMeter
from twitchcam.edges.camera.settings import Given
from twitchcam.edges.camera.slot import Counts, Slot
from twitchcam.types import Frame, Source

_CLOSE_S: Final = 5.0
"""Longer than any read or opening that the thread may be in; a driver that hangs is left behind."""
_NOTES: Final = 50
F = TypeVar("F", bound="Feed")


class FeedState(str, Enum):
    """Where a feed stands."""

    STARTING = "starting"
    RUNNING = "running"
    LOST = "lost"
    """The source went away; it is looked for until it comes back."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A feed at one moment."""

    state: FeedState
    t_s: float
    """Media time now; that of a frame subtracted from it is how old the frame is."""
    fps: float | None
    """Measured over the last seconds; None while too few pictures come."""
    given: Given | None
    """What was negotiated; None for clips."""
    counts: Counts
    damaged: int
    """Pictures that arrived broken and were left out."""
    brightness: float | None
    """Mean of the picture, 0 black to 1 white."""
    trouble: str | None
    """One sentence on what is wrong right now, and what helps."""


class Feed(ABC):
    """Pictures from a thread of their own. Close it, or use it in a `with`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._slot = Slot()
        self._rate = RateMeter()
        self._state = FeedState.STARTING
        self._notes: deque[str] = deque(maxlen=_NOTES)
        self._given: Given | None = None
        self._damaged = 0
        self._brightness: float | None = None
        self._slow: str | None = None
        self._lost: str | None = None
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._begun = threading.Event()
        """The first picture is there, or it is certain that none will come."""
        self._thread = threading.Thread(target=self._work, name="twitchcam-feed", daemon=True)

    def latest(self, timeout_s: float = 1.0) -> Frame | None:
        """Return the newest frame not handed out yet, waiting up to `timeout_s`.

        None: nothing came in time, or nothing will come any more (`state` tells which).

        Indices count the frames grabbed, so a dropped frame leaves a hole. Times start at 0 with the first
        frame and only grow; a pause of the source is a gap in them.
        """
        frame = self._slot.take(timeout_s)
        if frame is None and self._error is not None:
            raise self._error
        return frame

    def hold(self, frames: int) -> None:
        """Let up to so many frames wait, for a consumer that is busy for a moment; 1 is the usual."""
        self._slot.room = max(1, frames)

    @property
    def waiting(self) -> int:
        """How many frames wait to be taken."""
        return self._slot.waiting

    @property
    def state(self) -> FeedState:
        """Where the feed stands."""
        return self._state

    @property
    def notes(self) -> tuple[str, ...]:
        """Plain sentences on what happened so far, in order, each kind once where it may repeat."""
        return tuple(self._notes)

    def status(self) -> FeedStatus:
        """Return everything a page shows of a feed."""
        return FeedStatus(
            state=self._state,
            t_s=self.now_s(),
            fps=self._rate.fps if self._state is FeedState.RUNNING else None,
            given=self._given,
            counts=self._slot.counts(),
            damaged=self._damaged,
            brightness=self._brightness,
            trouble=self._lost or self._slow,
        )

    def close(self) -> None:
        """End the feed and let go of the source. Harmless when it has ended or is closed already."""
        self._stop.set()
        self._slot.finish(clear=True)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_S)

    @abstractmethod
    def now_s(self) -> float:
        """Return the media time of this moment; 0 before the first frame."""

    @property
    @abstractmethod
    def source(self) -> Source:
        """What the pictures came from, so far."""

    @abstractmethod
    def _run(self) -> None:
        """Put frames into the slot until the source ends or `_stop` is set."""

    def _work(self) -> None:
        try:
            self._run()
        except Exception as error:
            self._error = error
        finally:
            self._state = FeedState.ENDED
            self._slot.finish()
            self._begun.set()

    def _put(self, frame: Frame) -> None:
        self._rate.add(frame.t_s)
        self._state = FeedState.RUNNING
        self._slot.put(frame)
        self._begun.set()

    def _note(self, sentence: str) -> None:
        self._notes.append(sentence)

    def _note_once(self, sentence: str) -> None:
        if sentence not in self._notes:
            self._notes.append(sentence)

    def __enter__(self: F) -> F:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
