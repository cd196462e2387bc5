"""The session: one person before a camera, from the first picture to a saved result.

    ready -> running <-> paused -> finishing -> finished

A thread of its own (`_direct`) gives windows to the back, ends what has lasted long enough, and brings the
result. Commands come from any thread; one that does not fit the state is refused with a sentence. Nothing is
written unless `save` is called.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final
from typing import Protocol as TypingProtocol

import numpy as np

from twitchcam.edges.camera import Feed, FeedStatus
from twitchcam.edges.recordings import as_stored
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import with_exposure
from twitchcam.live.back import Back
from twitchcam.live.event_book import EventBook
from twitchcam.live.guide import Guide
from twitchcam.live.keeping import Keeper
from twitchcam.live.lamps import Lamp, Lamps
from twitchcam.live.measuring import Measuring, Shot
from twitchcam.live.saving import Mark, check_name, save_session
from twitchcam.live.sources import LiveSource
from twitchcam.live.timeline import Timeline
from twitchcam.live.traces import LiveTraces
from twitchcam.protocol import Protocol, Segment
from twitchcam.protocols import protocol_names, read_protocol
from twitchcam.summary import Measured, Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import FloatArray, Recording, Tracker

WINDOW_S: Final = 20.0
"""Long enough for a rhythm's line to stand out and for the running median of the drift (16 s); looked at in
0.13-0.19 s."""
TICK_S: Final = 0.05
LAMPS_EVERY: Final = 5
"""Ticks."""
KEPT_S: Final = 20.0
"""Of traces, for a page that comes or comes back."""
MOST_MARKS: Final = 500
NOW_S: Final = 0.3
"""What gates the last so much of a window gates now."""


class State(str, Enum):
    """Where a session stands."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHING = "finishing"
    FINISHED = "finished"


@dataclass(frozen=True)
class SessionOptions:
    """How sessions are measured."""

    out: Path = Path("twitchcam_results")
    pd_mm: float | None = None
    exposure_ms: float | None = None
    limit_s: float | None = None
    """Free recordings end by themselves after so long; None: when they are stopped."""
    answers: Answers = field(default_factory=Answers)
    protocols: Mapping[str, Protocol] = field(default_factory=lambda: all_protocols())


def all_protocols() -> dict[str, Protocol]:
    """Return the protocols that come with the program by their names."""
    return {name: read_protocol(name) for name in ("standard", *protocol_names())}


@dataclass(frozen=True)
class Finding:
    """What the newest window, and the windows before it, say."""

    window: Measured
    timeline: Timeline
    book: EventBook
    gates_now: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """A finished session."""

    recording: Recording
    measured: Measured
    summary: Summary


class LiveTracker(Tracker, TypingProtocol):
    """A tracker that can start anew without loading its networks again."""

    def forget(self) -> None:
        """Take the next face as a new one."""
        ...


class Session:
    """Everything that happens between opening the camera and closing it."""

    def __init__(
        self,
        source: LiveSource,
        tracker: LiveTracker,
        options: SessionOptions | None = None,
        *,
        measure: type[Measuring] = Measuring,
        back: Back | None = None,
    ) -> None:
        """Take over the source and the (warm) tracker; `open` starts it. `measure` and `back` are what
        measures and analyses, for tests.
        """
        self.options = options or SessionOptions()
        self.source = source
        self.state = State.READY
        self.mode = "free"
        self.guide = Guide()
        self.marks: list[Mark] = []
        self.answers = self.options.answers
        self.answers_final = False
        """The person has answered all that they want to answer."""
        self.saved: Path | None = None
        self.failed: str | None = None
        """A sentence on why it cannot go on, or what ended it."""
        self.finding: Finding | None = None
        self.lamps: list[Lamp] = []
        self.outcome: Outcome | None = None
        self.shot: Shot | None = None
        self.moved_mm: FloatArray | None = None
        """(19, 2) how far the regions of that shot are from rest, subject's left and up; None when it is not
        recorded."""
        self.traces = LiveTraces(self.options.pd_mm)
        self.keep_video = False
        self.keeper: Keeper | None = None
        self.versions = {"state": 0, "look": 0, "result": 0, "take": 0, "earlier": 0}
        """Numbers that grow when that changes; `take` is that of the recording."""
        self.samples: deque[tuple[int, float, FloatArray]] = deque()
        """(number, t_s, values) of the traces' last `KEPT_S`."""
        self.listeners: list[Callable[[], None]] = []
        """Called, from any thread and shortly, when there is something new."""
        self._tracker = tracker
        self._measure = measure
        self._stir = threading.Event()
        self._back = back or Back(self._stir.set)
        self._lamps = Lamps()
        self._timeline, self._book = Timeline(), EventBook()
        self._looked_at = 0
        self._whole: Recording | None = None
        self._future: Future[Measured] | None = None
        self._count = self._turns = 0
        self._data = threading.RLock()
        """Held for moments, by the measuring thread too."""
        self._order = threading.RLock()
        """Held by one command or turn of the director at a time."""
        self._closing = threading.Event()
        self._feed: Feed | None = None
        self._measuring: Measuring | None = None
        self._director = threading.Thread(target=self._direct, name="director", daemon=True)

    # What others call

    def open(self, *, direct: bool = True) -> Session:
        """Begin to watch; raises InputRefused when the source gives nothing. Without `direct` somebody else
        calls `turn`.
        """
        self._attach(self.source.preview)
        if direct:
            self._director.start()
        return self

    def close(self) -> None:
        """End everything. What was not saved is gone."""
        self._closing.set()
        if self._director.ident is not None:
            self._director.join()
        with self._order:
            if self._measuring is not None:
                self._measuring.close()
            self._forget()
            self._back.close()
            self.source.close()

    def start(
        self,
        mode: str = "free",
        protocol: str | None = None,
        *,
        video: bool | None = None,
        at_face: bool = False,
    ) -> None:
        """Begin a recording: free, or led by a protocol; `video` None leaves that as it was set."""
        with self._order:
            self._need("start", State.READY, State.FINISHED)
            if mode not in ("free", "protocol"):
                raise InputRefused(f"There is no mode {mode[:40]!r}; a session is free or protocol.")
            led = self._protocol(protocol) if mode == "protocol" else None
            self.keep_video = self.keep_video if video is None else video
            self._begin(mode, led, at_face=at_face)

    def restart(self) -> None:
        """Record anew from the start, in the same way; what was recorded and not saved is gone."""
        with self._order:
            self._need("restart", State.RUNNING, State.PAUSED, State.FINISHED)
            self._begin(self.mode, self.guide.protocol)

    def pause(self) -> None:
        """Leave out what follows."""
        with self._order, self._data:
            self._need("pause", State.RUNNING)
            self._must_measure().pause()
            self.guide.stop_clock()
            self._become(State.PAUSED)

    def resume(self) -> None:
        """Go on after a pause."""
        with self._order, self._data:
            self._need("resume", State.PAUSED)
            self._must_measure().pause(False)
            self._become(State.RUNNING)

    def mark(self, note: str = "") -> None:
        """Mark this moment."""
        with self._order, self._data:
            self._need("mark", State.RUNNING, State.PAUSED)
            if len(self.marks) >= MOST_MARKS:
                raise InputRefused(f"At most {MOST_MARKS} moments can be marked.")
            self.marks.append(Mark(self.guide.end_s, " ".join(note.split())[:200]))
            self._changed("state")

    def stop(self) -> None:
        """End the recording; the whole is analysed then."""
        with self._order:
            self._need("stop", State.RUNNING, State.PAUSED)
            self._finish()

    def answer(self, answers: Answers, *, final: bool = False) -> None:
        """Take the person's answers; a finished session is concluded anew."""
        with self._order:
            self.answers, self.answers_final = answers, final
            if self.outcome is not None:
                summary = conclude(self.outcome.measured, answers)
                self.outcome = replace(self.outcome, summary=summary)
                self._changed("result")

    def set_video(self, on: bool) -> None:
        """Keep the video from now on, or stop keeping it."""
        with self._order:
            self._need("keep a video", State.READY, State.RUNNING, State.PAUSED)
            self.keep_video = on
            self._changed("state")

    def save(self, name: str, *, video: bool = False) -> Path:
        """Write the result into its own folder below the results; return the folder."""
        with self._order:
            self._need("save", State.FINISHED)
            assert self.outcome is not None
            folder = self.options.out / check_name(name)
            kept = self.keeper if video else None
            if video and (kept is None or not kept.frames):
                raise InputRefused("No video was kept of this session; untick it to save the rest.")
            self.saved = save_session(
                folder.absolute(),
                self.outcome.recording,
                self.outcome.summary,
                marks=self.marks,
                video=kept,
                again=self.saved == folder.absolute(),
            )
            self._changed("state", "earlier")
            return self.saved

    def discard(self) -> None:
        """Forget what was recorded, and be ready again."""
        with self._order:
            if self.state is State.READY:
                return
            if self._future is not None:
                self._future.cancel()
            self._forget()
            self.keep_video = self.answers_final = False
            if self.source.ends:
                try:
                    self._attach(self.source.preview)
                except InputRefused as error:
                    self.failed = str(error)
            self._become(State.READY)

    def status(self) -> FeedStatus | None:
        """Return how the feed is."""
        return None if self._feed is None else self._feed.status()

    def feed(self) -> Feed | None:
        """Return what is being watched."""
        return self._feed

    def newest(self) -> tuple[Shot | None, FloatArray | None]:
        """Return the newest shot and how far its regions are from rest (`moved_mm`)."""
        with self._data:
            return self.shot, self.moved_mm

    def samples_since(self, number: int) -> list[tuple[int, float, FloatArray]]:
        """Return the traces' samples after that number, oldest first."""
        with self._data:
            if not self.samples or self.samples[-1][0] <= number:
                return []
            first = max(0, number + 1 - self.samples[0][0])
            return [self.samples[k] for k in range(first, len(self.samples))]

    # The inside

    def _need(self, what: str, *states: State) -> None:
        if self.state not in states:
            raise InputRefused(f"A session that is {self.state.value} cannot {what}.")

    def _must_measure(self) -> Measuring:
        assert self._measuring is not None
        return self._measuring

    def _protocol(self, name: str | None) -> Protocol:
        name = name or next(iter(self.options.protocols))
        if name not in self.options.protocols:
            known = ", ".join(self.options.protocols)
            raise InputRefused(f"There is no protocol {name[:40]!r}; known are {known}.")
        return self.options.protocols[name]

    def _attach(self, opened: Callable[[], Feed], *, take: int | None = None, at_face: bool = False) -> None:
        """Measure another feed from now on; as recording number `take`, when that is given."""
        if self._measuring is not None:
            self._measuring.close()
            self._tracker.forget()
        self._feed = opened()
        self._measuring = self._measure(self._feed, self._tracker, self._show)
        self._lamps = Lamps()
        if take is not None:
            self._measuring.begin(take, at_face=at_face)
        self._measuring.run()

    def _begin(self, mode: str, protocol: Protocol | None, *, at_face: bool = False) -> None:
        if self._must_measure().failed is not None:
            raise InputRefused(self.failed or "The measuring has stopped; start twitchcam live again.")
        if not self.source.ends and self._must_measure().ended:
            raise InputRefused("No more pictures come from the camera; start twitchcam live again.")
        self._forget()
        limit_s = self.options.limit_s if protocol is None else None
        self.mode, self.guide = mode, Guide(protocol, limit_s)
        if self.source.ends:
            self._attach(self.source.record, take=self.versions["take"], at_face=at_face)
        else:
            self._must_measure().begin(self.versions["take"], at_face=at_face)
        self._become(State.RUNNING)

    def _forget(self) -> None:
        """Drop what was recorded."""
        with self._data:
            if self._measuring is not None:
                self._measuring.drop()
            self.versions["take"] += 1
            self.guide = Guide(self.guide.protocol, self.guide.limit_s)
            self.traces = LiveTraces(self.options.pd_mm)
            self.samples.clear()
            keeper, self.keeper = self.keeper, None
            self.marks, self.saved, self.failed = [], None, None
            self.finding, self.outcome, self._whole, self._future = None, None, None, None
            self._timeline, self._book = Timeline(), EventBook()
        if keeper is not None:
            keeper.close()
        self._changed("look", "result")

    def _become(self, state: State) -> None:
        self.state = state
        self._changed("state")

    def _changed(self, *what: str) -> None:
        for name in what:
            self.versions[name] += 1
        for listener in list(self.listeners):
            listener()

    def _show(self, shot: Shot) -> None:
        """Take a measured frame; called in the measuring thread."""
        with self._data:
            self.shot, self.moved_mm = shot, None
            if shot.t_s is not None and shot.take == self.versions["take"]:
                self.guide.add(shot.t_s)
                self._count += 1
                self.samples.append((self._count, shot.t_s, self.traces.add(shot)))
                self.moved_mm = self.traces.moved_mm if shot.motion is not None else None
                while self.samples[0][1] < shot.t_s - KEPT_S:
                    self.samples.popleft()
                self._keep(shot, shot.t_s)
        self._changed()

    def _keep(self, shot: Shot, t_s: float) -> None:
        if not self.keep_video:
            return
        if self.keeper is None:
            self.keeper = Keeper((shot.frame.picture.width, shot.frame.picture.height))
        self.keeper.add(shot.frame, t_s)

    def _direct(self) -> None:
        """Look after the session until it is closed."""
        while not self._closing.is_set():
            self._stir.wait(TICK_S)
            self._stir.clear()
            self.turn()

    def turn(self) -> None:
        """Do what is due; `open` has this called all the time."""
        with self._order:
            self._turns += 1
            self._look()
            if self._turns % LAMPS_EVERY == 0:
                self._look_at_lamps()
            if self._live:
                self._end_in_time()
            elif self.state is State.FINISHING:
                self._conclude()
            else:
                self._watch_measuring()

    def _look(self) -> None:
        """Take what the back has found, and give it the next window."""
        found = self._back.take()
        if found is not None and self._looked_at == self.versions["take"] and self._live:
            self._timeline.update(found)
            self._book.update(self._timeline)
            self.finding = Finding(found, self._timeline, self._book, _gates_now(found))
            self._learn_scale(found)
            self._changed("look")
        if self._live and self._back.due:
            window = self._must_measure().window(WINDOW_S, pd_mm=self.options.pd_mm)
            if window is not None and window.t_s.size > 1 and bool(np.isfinite(window.motion_mm).any()):
                self._looked_at = self.versions["take"]
                self._back.offer(replace(window, segments=self._segments(window)))

    @property
    def _live(self) -> bool:
        return self.state in (State.RUNNING, State.PAUSED)

    def _segments(self, window: Recording) -> tuple[Segment, ...]:
        with self._data:
            laid = self.guide.segments()
        return tuple(s for s in laid if s.end_s > window.t_s[0] and s.start_s < window.t_s[-1])

    def _learn_scale(self, found: Measured) -> None:
        scale, eyes_px = found.quality.scale.mm_per_px, found.quality.eye_distance_px
        if scale is not None and eyes_px is not None:
            self.traces.eyes_mm = scale * eyes_px

    def _look_at_lamps(self) -> None:
        step = self.guide.step if self.state is State.RUNNING else None
        working = step is not None and step[1].task != "rest"
        gates = self.finding.gates_now if self.finding is not None and self._live else ()
        self.lamps = self._lamps.look(self.shot, self.status(), gates, working=working)
        self._changed("look")

    def _end_in_time(self) -> None:
        """Stop what has lasted long enough, and what cannot go on."""
        measuring = self._must_measure()
        if measuring.failed is not None:
            self.failed = _why(measuring.failed)
        if self.guide.done or measuring.ended:
            self._finish()

    def _watch_measuring(self) -> None:
        failed = self._must_measure().failed
        if failed is not None and self.failed is None:
            self.failed = _why(failed)
            self._changed("state")

    def _finish(self) -> None:
        measuring = self._must_measure()
        measuring.pause()
        whole = measuring.recording(pd_mm=self.options.pd_mm)
        if self.keeper is not None:
            self.keeper.finish()
        if whole is None:
            self.failed = self.failed or "Nothing was recorded: no picture came between start and stop."
            self._become(State.READY)
            return
        whole = with_exposure(as_stored(whole), self.options.exposure_ms)
        source = replace(whole.source, notes=(*whole.source.notes, *self._notes()))
        self._whole = replace(whole, source=source, segments=self.guide.segments())
        self._future = self._back.analyse(self._whole)
        self._become(State.FINISHING)

    def _notes(self) -> list[str]:
        status = self.status()
        dropped = 0 if status is None else status.counts.dropped
        if not dropped:
            return []
        return [
            f"Measured live; {dropped} pictures came faster than they could be measured and were left out."
        ]

    def _conclude(self) -> None:
        """Take the whole's analysis when it is there."""
        assert self._whole is not None
        if self._future is None or not self._future.done():
            return
        done, self._future = self._future, None
        try:
            measured = done.result()
        except BrokenExecutor:
            self._future = self._back.analyse(self._whole)
            return
        self.outcome = Outcome(self._whole, measured, conclude(measured, self.answers))
        self._changed("result")
        self._become(State.FINISHED)


def _gates_now(found: Measured) -> tuple[str, ...]:
    if not found.t_s.size:
        return ()
    last = found.t_s > found.t_s[-1] - NOW_S
    return tuple(reason for reason, mask in found.gates.items() if bool(mask[last].any()))


def _why(error: BaseException) -> str:
    if isinstance(error, InputRefused):
        return str(error)
    said = " ".join(str(error).split())[:200]
    return (
        f"The measuring has stopped ({type(error).__name__}{': ' if said else ''}{said}); what was recorded "
        "until then is kept. Start twitchcam live again."
    )
