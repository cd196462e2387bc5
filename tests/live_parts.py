"""Parts for tests of live sessions: a source and a measurement that are fed by hand, and a back that answers
at once. Nothing here has a clock or a thread.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.edges.camera import Counts, FeedState, FeedStatus
from twitchcam.edges.camera.picture import from_bgr
from twitchcam.errors import InputRefused
from twitchcam.live.back import look
from twitchcam.live.measuring import Shot
from twitchcam.live.options import SessionOptions, State
from twitchcam.live.session import Session
from twitchcam.review import Review, review_recording
from twitchcam.summary import Measured
from twitchcam.types import PER_FRAME, FaceLandmarks, Frame, Recording, Source, TrackerInfo

EYES_MM = 63.0


class HandFeed:
    """A feed without pictures of its own."""

    name = "camera by hand"
    notes: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.state = FeedState.RUNNING
        self.trouble: str | None = None
        self.t_s = 0.0
        self.counts = Counts(1, 0, 1, 0, 0, None)

    def status(self) -> FeedStatus:
        return FeedStatus(self.state, self.t_s, 30.0, None, self.counts, 0, 0.5, self.trouble)

    def now_s(self) -> float:
        return self.t_s

    @property
    def source(self) -> Source:
        return Source("camera by hand", None, 64, 48, 0, 0.0, 30.0, False, 0, False)


class HandSource:
    """One hand-fed camera; with `ends` it behaves like a clip."""

    def __init__(self, *, ends: bool = False) -> None:
        self.ends = ends
        self.feed: Any = HandFeed()
        self.closed = False

    def preview(self) -> Any:
        return self.feed

    def record(self) -> Any:
        return self.feed

    def close(self) -> None:
        self.closed = True


class BlindTracker:
    """Sees no face anywhere."""

    info = TrackerInfo("blind", "1", "0" * 64)

    def track(self, _frame: Frame) -> FaceLandmarks | None:
        return None

    def forget(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        """Nothing to free."""


class HandMeasuring:
    """Measures what a test plays to it: rows of an artificial recording."""

    newest: HandMeasuring

    def __init__(self, feed: Any, _tracker: Any, show: Any) -> None:
        HandMeasuring.newest = self
        self.failed: BaseException | None = None
        self.ended = False
        self._feed, self._show = feed, show
        self._take, self._recording_now = 0, False
        self._begun_s: float | None = None
        self._rows: list[int] = []
        self._t_s: list[float] = []
        self._from: Recording | None = None

    def run(self) -> None:
        """Nothing runs by itself."""

    def close(self) -> None:
        self.ended = True

    def begin(self, take: int, *, at_face: bool = False) -> None:  # noqa: ARG002
        self._take, self._recording_now, self._begun_s = take, True, None
        self._rows, self._t_s = [], []

    def pause(self, paused: bool = True) -> None:
        self._recording_now = not paused

    def drop(self) -> None:
        self._rows, self._t_s, self._recording_now, self._begun_s = [], [], False, None

    def play(self, recording: Recording, start_s: float, stop_s: float) -> None:
        """Let the frames from `start_s` until before `stop_s` come, on the feed's clock."""
        self._from = recording
        for k in np.flatnonzero((recording.t_s >= start_s - 1e-9) & (recording.t_s < stop_s - 1e-9)):
            self._one(recording, int(k))

    def _one(self, recording: Recording, k: int) -> None:
        t_s = self._feed.t_s = float(recording.t_s[k])
        frame = Frame(k, t_s, PICTURE)
        if not self._recording_now:
            self._show(Shot(frame, None, None, None, None))
            return
        self._begun_s = t_s if self._begun_s is None else self._begun_s
        self._rows.append(k)
        self._t_s.append(t_s - self._begun_s)
        motion = recording.motion_mm[k] * [1.0, -1.0] / EYES_MM
        known = bool(np.isfinite(motion).all())
        opening = recording.eye_opening_mm[k] / EYES_MM
        shown = (motion, opening) if known else (None, None)
        self._show(Shot(frame, self._t_s[-1], None, *shown, take=self._take))

    def window(self, length_s: float, *, pd_mm: float | None = None) -> Recording | None:  # noqa: ARG002
        return self._part(length_s)

    def recording(self, *, pd_mm: float | None = None) -> Recording | None:  # noqa: ARG002
        return self._part(np.inf)

    def _part(self, length_s: float) -> Recording | None:
        if not self._rows or self._from is None:
            return None
        keep = np.array(self._rows)[np.array(self._t_s) >= self._t_s[-1] - length_s]
        arrays = {name: getattr(self._from, name)[keep] for name in PER_FRAME}
        arrays["t_s"] = np.array(self._t_s)[-keep.size :]
        source = replace(self._from.source, frames=keep.size, duration_s=self._t_s[-1])
        return replace(self._from, **arrays, source=source)


PICTURE = from_bgr(np.full((48, 64, 3), 120, np.uint8))


class PromptBack:
    """Answers at once, in this process."""

    def __init__(self, *, looks: bool) -> None:
        self.due = looks
        self.looks = 0
        self._found: Measured | None = None

    def offer(self, window: Recording) -> None:
        self.looks += 1
        self._found = look(window)

    def take(self) -> Measured | None:
        found, self._found = self._found, None
        return found

    def analyse(self, recording: Recording) -> Future[Measured]:
        future: Future[Measured] = Future()
        future.set_result(analyse(recording))
        return future

    def review(self, recording: Recording, review: Review) -> Future[Measured]:
        future: Future[Measured] = Future()
        try:
            future.set_result(review_recording(recording, review))
        except InputRefused as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing to end."""


def hand_session(
    out: Path, *, source: HandSource | None = None, looks: bool = False, **options: Any
) -> Session:
    """Return an open session that only moves when a test moves it; `looks`: at each turn at a window."""
    made: Any = Session(
        source or HandSource(),
        BlindTracker(),
        SessionOptions(out=out, **options),
        measure=HandMeasuring,  # type: ignore[arg-type]
        back=PromptBack(looks=looks),  # type: ignore[arg-type]
    )
    session: Session = made.open(direct=False)
    return session


def play(
    session: Session, recording: Recording, start_s: float, stop_s: float, *, every_s: float = 1.0
) -> None:
    """Play a stretch of an artificial recording, with a turn of the director every `every_s`."""
    at = start_s
    while at < stop_s:
        HandMeasuring.newest.play(recording, at, min(at + every_s, stop_s))
        at += every_s
        session.turn()


def finish(session: Session) -> None:
    """Let a session that was stopped come to its result."""
    for _ in range(3):
        session.turn()
    assert session.state is State.FINISHED


def twitching_face(duration_s: float = 20.0, *, seed: int = 3) -> Recording:
    """Return a face whose left mouth corner twitches every 1.7 s."""
    face = StillFace(duration_s=duration_s, seed=seed)
    for at in np.arange(1.5, duration_s - 1, 1.7):
        face.twitch(float(at), "commissure_left", 0.8)
    return face.recording()


def my_threads() -> set[str]:
    """Return the names of the threads that live sessions start, as far as they run."""
    mine = ("measuring", "director", "preview", "keeping", "twitchcam-feed")
    return {t.name for t in threading.enumerate() if t.name.startswith(mine)}
