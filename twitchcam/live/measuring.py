"""Measuring: a thread that takes a feed's frames as they come and runs the front on them.

It keeps up by leaving frames out, never by letting them wait: the feed holds only its latest one.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twitchcam.edges.camera import Feed, FeedState
from twitchcam.edges.timestamps import measure_timing
from twitchcam.errors import InputRefused
from twitchcam.front.recorder import Recorder
from twitchcam.front.sparse import track_sparsely
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Recording, Source, Tracker

TICK_S: Final = 1e-6
"""Of the feeds' clocks."""
WAIT_S: Final = 0.2
"""How long to wait for a frame before looking whether to stop."""
HELD: Final = 30
"""Frames that may wait while the first second, kept back to learn from, is measured in one go (a third of a
second of work). It is caught up with within about a second more."""
CATCH_UP_S: Final = 2.0
"""What has not been caught up with by then never will be: frames are left out again, so that none is late."""


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
    to_picture: FloatArray | None = None
    """(2, 3) map from the face's own frame (eye distances) to the picture."""
    take: int = 0
    """Number of the recording it belongs to."""


class Measuring:
    """Runs tracker and recorder on a feed in a thread of its own; `show` is called with each frame there."""

    def __init__(self, feed: Feed, tracker: Tracker, show: Callable[[Shot], None]) -> None:
        """Take feed and tracker over; nothing happens before `run`."""
        self._feed, self._tracker, self._show = feed, tracker, show
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._recorder: Recorder | None = None
        self._begun_s: float | None = None
        self._take = 0
        self._paused = True
        self._at_face = False
        self._warm_s = 0.0
        self.failed: BaseException | None = None
        """What ended the thread before its time."""
        self._thread = threading.Thread(target=self._run, name="measuring", daemon=True)

    def run(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether no frame will come any more: the feed has ended and its last frame is measured."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def begin(self, take: int, *, at_face: bool = False) -> None:
        """Begin recording number `take` with the next frame (`at_face`: with the next one that shows a face);
        what was recorded so far is dropped.
        """
        with self._lock:
            self._recorder, self._begun_s, self._paused = Recorder(), None, False
            self._take, self._at_face = take, at_face

    def pause(self, paused: bool = True) -> None:
        """Leave frames out of the recording, or go on. The time left out is a gap."""
        with self._lock:
            self._paused = paused or self._recorder is None

    def drop(self) -> None:
        """Forget what was recorded."""
        with self._lock:
            self._recorder, self._begun_s, self._paused = None, None, True

    def window(self, length_s: float, *, pd_mm: float | None = None) -> Recording | None:
        """Return the last `length_s` of what was recorded; None before the first frame."""
        with self._lock:
            if self._recorder is None or self._begun_s is None:
                return None
            times_s = self._recorder.times_s
            # Above 0, at which the frames that are kept back would be measured before their time.
            since_s = max(float(times_s[-1]) - length_s, TICK_S)
            source = self._source(times_s[times_s >= since_s])
            return self._recorder.recording(source, self._tracker.info, pd_mm=pd_mm, since_s=since_s)

    def recording(self, *, pd_mm: float | None = None) -> Recording | None:
        """Return all that was recorded; None before the first frame. No more must be recorded then."""
        with self._lock:
            if self._recorder is None or self._begun_s is None:
                return None
            source = self._source(self._recorder.times_s)
            return self._recorder.recording(source, self._tracker.info, pd_mm=pd_mm)

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
        if self._thread.ident is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        try:
            for frame, landmarks in track_sparsely(self._frames(), self._tracker.track):
                self._show(self._add(frame, landmarks))
        except BaseException as error:  # a thread has nobody to raise to; whoever asks is told
            self.failed = error
            if not isinstance(error, InputRefused):
                traceback.print_exception(error)

    def _frames(self) -> Iterator[Frame]:
        while not self._stop.is_set():
            ended = self._feed.state is FeedState.ENDED  # before the look: the last frame may still wait
            frame = self._feed.latest(WAIT_S)
            if frame is not None:
                yield frame
            elif ended:
                return

    def _add(self, frame: Frame, landmarks: FaceLandmarks | None) -> Shot:
        points = None if landmarks is None else landmarks.points_px
        bare = Shot(frame, None, points, None, None)
        with self._lock:
            if self._paused or self._recorder is None:
                self._feed.hold(1)
                return bare
            if self._begun_s is None:
                if self._at_face and points is None:
                    self._feed.hold(1)
                    return bare
                self._begun_s = frame.t_s
            t_s = frame.t_s - self._begun_s
            if t_s < 0:  # came before the beginning, and waited for the mesh of the next one
                return bare
            self._recorder.add(replace(frame, t_s=t_s), landmarks)
            self._make_room(self._recorder)
            return replace(_shot(frame, t_s, points, self._recorder), take=self._take)

    def _make_room(self, recorder: Recorder) -> None:
        now_s = self._feed.now_s()
        if recorder.warming:
            self._feed.hold(HELD)
            self._warm_s = now_s
        elif not self._feed.waiting or now_s - self._warm_s > CATCH_UP_S:
            self._feed.hold(1)


def _shot(frame: Frame, t_s: float, points: FloatArray | None, recorder: Recorder) -> Shot:
    row = recorder.latest
    if not (bool(row["measured"]) and bool(np.isfinite(row["motion"]).all())):
        return Shot(frame, t_s, points, None, None)
    place = np.array(row["to_picture"])
    place[:, :2] *= float(row["crop_eye_distance_px"])
    return Shot(frame, t_s, points, np.array(row["motion"]), np.array(row["eye_opening"]), place)
