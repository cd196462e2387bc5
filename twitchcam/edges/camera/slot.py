"""The slot between camera and consumer: it holds the newest frame only, and counts what it lost.

A queue would make a slow consumer later and later; a slot makes it see fewer pictures, each one fresh. For a
consumer that will be busy for a moment only, `room` lets some frames wait.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from twitchcam.types import Frame

_RECENT: Final = 150
"""Evenness is judged over so many frames handed out (5 s at 30 a second)."""
_UNEVEN: Final = 0.1
"""Uneven when more than this part of the dropped frames fell into pauses longer than usual."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Frames so far: grabbed = unwatched + handed out + dropped + those that may be waiting."""

    grabbed: int
    unwatched: int
    """Gone before anyone asked for the first frame; not dropped, since nothing was measured yet."""
    handed_out: int
    dropped: int
    longest_drop: int
    """Most frames dropped in a row."""
    drops_even: bool | None
    """Recent drops are spread evenly (a rhythm stays readable, at a lower rate); None when none was dropped
    recently."""


class Slot:
    """Room for one frame. One thread puts, one takes."""

    def __init__(self) -> None:
        self.room = 1
        """How many frames may wait; when there are as many, the newest takes the place of the one before."""
        self._changed = threading.Condition()
        self._waiting: deque[Frame] = deque()
        self._open = True
        self._grabbed = self._unwatched = self._handed_out = self._dropped = 0
        self._skipped = self._longest = 0
        self._skips: deque[int] = deque(maxlen=_RECENT)

    def put(self, frame: Frame) -> None:
        """Put a frame in; without room for it one that nobody has taken goes away."""
        with self._changed:
            self._grabbed += 1
            if len(self._waiting) >= self.room:
                self._waiting.pop()
                self._count_lost()
            self._waiting.append(frame)
            self._changed.notify_all()

    def _count_lost(self) -> None:
        if not self._handed_out:
            self._unwatched += 1
            return
        self._dropped += 1
        self._skipped += 1
        self._longest = max(self._longest, self._skipped)

    def take(self, timeout_s: float) -> Frame | None:
        """Return the newest frame that was not taken yet; None when none comes in time or ever."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._waiting) or not self._open, timeout_s)
            frame = self._waiting.popleft() if self._waiting else None
            if frame is not None:
                self._handed_out += 1
                self._skips.append(self._skipped)
                self._skipped = 0
            return frame

    def finish(self, *, clear: bool = False) -> None:
        """No frame will come any more: nobody waits any longer. With `clear` the last one goes as well."""
        with self._changed:
            self._open = False
            if clear:
                self._waiting.clear()
            self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """How many frames wait to be taken."""
        return len(self._waiting)

    def counts(self) -> Counts:
        """Return the counts so far."""
        with self._changed:
            return Counts(
                grabbed=self._grabbed,
                unwatched=self._unwatched,
                handed_out=self._handed_out,
                dropped=self._dropped,
                longest_drop=self._longest,
                drops_even=are_even(list(self._skips)),
            )


def are_even(skips: list[int]) -> bool | None:
    """Tell whether drops are spread evenly, from how many frames were dropped before each one handed out.

    One more than the mean, rounded up, is usual: a consumer that needs two and a half intervals drops one
    and two in turn. None without drops.
    """
    dropped = sum(skips)
    if not dropped:
        return None
    usual = math.ceil(dropped / len(skips)) + 1
    return sum(skip for skip in skips if skip > usual) <= _UNEVEN * dropped
