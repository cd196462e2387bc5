"""The back beside the front: the sliding window is analysed in a process of its own.

In the same process it would hold Python's lock for tens of milliseconds and frames would be late.
"""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from typing import Final

from twitchcam.analysis import analyse
from twitchcam.summary import Measured
from twitchcam.types import Recording

LEAST_PAUSE_S: Final = 0.3
"""From the beginning of one look to the next: up to about three looks a second."""
LARGEST_PART: Final = 0.6
"""Of one core that looking may take; on a slow machine the looks come less often."""


def look(recording: Recording) -> Measured:
    """Measure a window; what only drawings need is left out, so that little goes between the processes."""
    measured = analyse(recording)
    return replace(measured, band_mm=measured.band_mm[:0], spectrum=None)


class Back:
    """Looks at windows one after the other. `offer` never waits."""

    def __init__(self) -> None:
        self._pool = self._open()
        self._running: Future[Measured] | None = None
        self._began_s = 0.0
        self._took_s = 0.0

    def _open(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))

    @property
    def due(self) -> bool:
        """Whether a new window is wanted: none is being looked at, and the last was long enough ago."""
        pause_s = max(LEAST_PAUSE_S, self._took_s / LARGEST_PART)
        return self._running is None and time.monotonic() - self._began_s >= pause_s

    def offer(self, window: Recording) -> None:
        """Begin to look at a window. Call it only when one is `due`."""
        self._began_s = time.monotonic()
        try:
            self._running = self._pool.submit(look, window)
        except BrokenExecutor:  # the process was ended from outside: a new one takes over
            self._pool = self._open()

    def take(self) -> Measured | None:
        """Return the newest result once, None while there is none."""
        if self._running is None or not self._running.done():
            return None
        done, self._running = self._running, None
        self._took_s = time.monotonic() - self._began_s
        try:
            return done.result()
        except BrokenExecutor:
            self._pool = self._open()
            return None

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown(wait=False, cancel_futures=True)
