"""The back beside the front: windows of a session are analysed in a process of their own.

In the same process it would hold Python's lock for tens of milliseconds and frames would be late.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import replace
from typing import Final

from twitchcam.analysis import analyse
from twitchcam.analysis.search import Answer, search
from twitchcam.analysis.signals import make_signals
from twitchcam.review import Review, apply_review, review_recording
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Measured
from twitchcam.types import Recording

LEAST_PAUSE_S: Final = 0.12
"""From the beginning of one look to the next: up to eight looks a second. An event is found in the first
window that holds its end, so half of this is the usual wait."""
LARGEST_PART: Final = 0.6
"""Of one core that looking may take; on a slow machine the looks come less often. It is the processor's time
that counts: on a busy one they come late already.
"""
_NICE: Final = 3
"""Frames go before looks: half their weight where cores are short."""
_LIVE: Final = AnalysisSettings(short_s=1e-6, rule_out_s=1e-6)
"""A window is short by its nature, which is no fault to be told."""


def look(recording: Recording) -> Measured:
    """Measure a window; what only drawings need is left out, so that little goes between the processes."""
    measured = analyse(recording, _LIVE)
    return replace(measured, band_mm=measured.band_mm[:0], spectrum=None)


def _timed_look(recording: Recording) -> tuple[Measured, float]:
    """Return a look and the processor time that it took, s."""
    began_s = time.process_time()
    measured = look(recording)
    return measured, time.process_time() - began_s


_searched: tuple[bytes, Answer] | None = None
"""In the process: what the last reviewed recording was searched for, so that a decision is quick."""


def review_whole(recording: Recording, review: Review) -> Measured:
    """Return what a whole recording shows with a review of its events; a second review of it is quick."""
    global _searched
    digest = hashlib.blake2b(recording.t_s.tobytes() + recording.motion_mm.tobytes()).digest()
    if _searched is None or _searched[0] != digest:
        settings = AnalysisSettings()
        signals = make_signals(recording, settings) if recording.t_s.size else None
        if signals is None:
            return review_recording(recording, review)
        _searched = digest, search(signals, settings)
    return apply_review(_searched[1], review)


class Back:
    """Looks at windows one after the other, and at the whole in the end. Nothing here waits."""

    def __init__(self, ready: Callable[[], object] = lambda: None) -> None:
        """Start the process; `ready` is called, in some thread, whenever there is a result."""
        self._ready = ready
        self._pool = self._open()
        self._running: Future[tuple[Measured, float]] | None = None
        self._began_s = 0.0
        self._took_s = 0.0

    def _open(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(1, mp_context=context, initializer=_begin)
        self._process = pool.submit(os.getpid)  # it starts and imports now, not at the first look
        return pool

    @property
    def due(self) -> bool:
        """Whether a new window is wanted: none is being looked at, and the last was long enough ago."""
        pause_s = max(LEAST_PAUSE_S, self._took_s / LARGEST_PART)
        return self._running is None and time.monotonic() - self._began_s >= pause_s

    def offer(self, window: Recording) -> None:
        """Begin to look at a window. Call it only when one is `due`."""
        self._began_s = time.monotonic()
        try:
            self._running = self._pool.submit(_timed_look, window)
            self._running.add_done_callback(lambda _: self._ready())
        except BrokenExecutor:  # the process was ended from outside: a new one takes over
            self._pool = self._open()

    def take(self) -> Measured | None:
        """Return the newest result once, None while there is none."""
        if self._running is None or not self._running.done():
            return None
        done, self._running = self._running, None
        try:
            measured, self._took_s = done.result()
            return measured
        except BrokenExecutor:
            self._pool = self._open()
            return None

    def analyse(self, recording: Recording) -> Future[Measured]:
        """Begin to analyse a whole recording; the result is exactly what `analyse` gives for a file."""
        return self._submit(analyse, recording)

    def review(self, recording: Recording, review: Review) -> Future[Measured]:
        """Begin to recompute a whole recording with a person's review of its events."""
        return self._submit(review_whole, recording, review)

    def _submit(self, work: Callable[..., Measured], *given: Recording | Review) -> Future[Measured]:
        try:
            return self._pool.submit(work, *given)
        except BrokenExecutor:  # the process was ended from outside: a new one takes over
            self._pool = self._open()
            return self._pool.submit(work, *given)

    def close(self) -> None:
        """End the process, whatever it is at."""
        if self._process.done() and self._process.exception() is None:
            with contextlib.suppress(OSError):
                os.kill(self._process.result(), signal.SIGTERM)
        self._pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Set up the process: Ctrl-C is its parent's business, and it ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    threading.Thread(target=_end_with_parent, name="end-with-parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
