"""Measuring: a thread that takes a feed's frames as they come and runs the front on them.

It keeps up by leaving frames out, never by letting them wait: the feed holds only its latest one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twitchcam.edges.camera import Feed, FeedState
from twitchcam.edges.timestamps import measure_timing
from twitchcam.front.recorder import Recorder
from twitchcam.front.sparse import track_sparsely
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Recording, Source, Tracker

TICK_S: Final = 1e-6
"""Of the feeds' clocks."""
WAIT_S: Final = 0.2
"""How long to wait for a frame before looking whether to stop."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One measured frame, as the page shows it."""

    frame: Frame
    """With its time on the feed's own clock."""
    t_s: float | None
    """Time in the recording; None while nothing is recorded."""
    points_px: FloatArray | None
    """(478, 3) landmarks; None without a face."""
    motion: FloatArray | None
    """(19, 2) displacement in eye distances, right and down in the face's frame; None while not measured."""
    eye_opening: FloatArray | None
    """(2,) lid gap of the left and right eye, in eye distances."""


class Measuring:
    """Runs tracker and recorder on a feed in a thread of its own; `show` is called with each frame there."""

    def __init__(self, feed: Feed, tracker: Tracker, show: Callable[[Shot], None]) -> None:
        self._feed, self._tracker, self._show = feed, tracker, show
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._recorder: Recorder | None = None
        self._begun_s: float | None = None
        self._paused = True
        self.failed: BaseException | None = None
        """What ended the thread before its time."""
        self._thread = threading.Thread(target=self._run, name="measuring", daemon=True)
        self._thread.start()

    def begin(self) -> None:
        """Begin a new recording with the next frame; what was recorded so far is dropped."""
        with self._lock:
            self._recorder, self._begun_s, self._paused = Recorder(), None, False

    def pause(self, paused: bool = True) -> None:
        """Leave frames out of the recording, or go on. The time left out is a gap."""
        with self._lock:
            self._paused = paused or self._recorder is None

    def recording(self, *, since_s: float = 0.0, pd_mm: float | None = None) -> Recording | None:
        """Return what was recorded, or its part from `since_s` on; None before the first frame."""
        with self._lock:
            if self._recorder is None or self._begun_s is None:
                return None
            source = self._source(self._recorder.times_s)
            return self._recorder.recording(source, self._tracker.info, pd_mm=pd_mm, since_s=since_s)

    def _source(self, times_s: FloatArray) -> Source:
        """The feed's own description, with the rate and length of what was recorded."""
        timing = measure_timing(times_s, TICK_S, 0.0)
        return replace(
            self._feed.source,
            frames=times_s.size,
            duration_s=timing.duration_s,
            fps=timing.fps,
            vfr=timing.vfr,
        )

    def close(self) -> None:
        """End the thread. Feed and tracker stay open."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            for frame, landmarks in track_sparsely(self._frames(), self._tracker.track):
                self._show(self._add(frame, landmarks))
        except BaseException as error:  # a thread has nobody to raise to; whoever asks is told
            self.failed = error

    def _frames(self) -> Iterator[Frame]:
        while not self._stop.is_set() and self._feed.state is not FeedState.ENDED:
            frame = self._feed.latest(WAIT_S)
            if frame is not None:
                yield frame

    def _add(self, frame: Frame, landmarks: FaceLandmarks | None) -> Shot:
        points = None if landmarks is None else landmarks.points_px
        with self._lock:
            if self._paused or self._recorder is None:
                return Shot(frame, None, points, None, None)
            if self._begun_s is None:
                self._begun_s = frame.t_s
            t_s = frame.t_s - self._begun_s
            if t_s < 0:  # came before the beginning, and waited for the mesh of the next one
                return Shot(frame, None, points, None, None)
            self._recorder.add(replace(frame, t_s=t_s), landmarks)
            row = self._recorder.latest
        known = bool(row["measured"]) and bool(np.isfinite(row["motion"]).all())
        motion, opening = (np.array(row["motion"]), np.array(row["eye_opening"])) if known else (None, None)
        return Shot(frame, t_s, points, motion, opening)
