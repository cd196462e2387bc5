"""The session: one person before a camera, from the first picture to a saved result.

    ready -> running <-> paused -> finishing -> finished

A thread of its own (`_direct`) gives windows to the back, ends what has lasted long enough, and brings the
result. Commands come from any thread; one that does not fit the state is refused with a sentence. Nothing is
written unless `save` is called.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from twitchcam.errors import InputRefused
from twitchcam.history_command.filmed import now
from twitchcam.history_command.remember import Remembering
from twitchcam.live.back import Back
from twitchcam.live.measuring import Measuring, Shot
from twitchcam.live.memory import Memory
from twitchcam.live.options import LiveTracker, SessionOptions, State
from twitchcam.live.outcome import Outcome, WholeAnalysis, complete
from twitchcam.live.saving import check_name, save_session, update_saved
from twitchcam.live.scene import Scene
from twitchcam.live.sources import LiveSource
from twitchcam.live.take import Sample, Take
from twitchcam.live.watch import WINDOW_S, Finding, Watch
from twitchcam.protocol import Protocol, Segment
from twitchcam.triage.answers import Answers
from twitchcam.types import FloatArray, Recording

TICK_S: Final = 0.05
LAMPS_EVERY: Final = 5
"""Ticks."""


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
        self.scene = Scene(source, tracker, self._show, measure)
        self.state = State.READY
        self.take = Take(0, pd_mm=self.options.pd_mm)
        """The recording that is made, or was made last."""
        self.answers = self.options.answers
        self.answers_final = False
        """The person has answered all that they want to answer."""
        self.saved: Path | None = None
        self.remembered: str | None = None
        """Where in the history it is kept, in words."""
        self.filmed = now()
        """When the last recording ended."""
        self.failed: str | None = None
        """A sentence on why it cannot go on, or what ended it."""
        self.crashed: Exception | None = None
        """A fault of the program itself."""
        self.outcome: Outcome | None = None
        self.shot: Shot | None = None
        self.keep_video = False
        self.versions = {"state": 0, "look": 0, "result": 0, "take": 0, "earlier": 0}
        """Numbers that grow when that changes."""
        self.listeners: list[Callable[[], None]] = []
        """Called, from any thread and shortly, when there is something new."""
        self._stir = threading.Event()
        self._watch = Watch(back or Back(self._stir.set))
        self._whole: WholeAnalysis | None = None
        self._turns = 0
        self._data = threading.RLock()
        """Held for moments, by the measuring thread too."""
        self._order = threading.RLock()
        """Held by one command or turn of the director at a time."""
        self._closing = threading.Event()
        self._director = threading.Thread(target=self._direct, name="director", daemon=True)

    # What others call

    def open(self, *, direct: bool = True) -> Session:
        """Begin to watch; raises InputRefused when the source gives nothing. Without `direct` somebody else
        calls `turn`.
        """
        self.scene.preview()
        if direct:
            self._director.start()
        return self

    def close(self) -> None:
        """End everything. What was not saved is gone."""
        self._closing.set()
        if self._director.ident is not None:
            self._director.join()
        with self._order:
            self.scene.close()
            self._forget()
            self._watch.back.close()

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
            self._begin(self.take.mode, self.take.guide.protocol)

    def pause(self) -> None:
        """Leave out what follows."""
        with self._order, self._data:
            self._need("pause", State.RUNNING)
            self.scene.measuring.pause()
            self.take.guide.stop_clock()
            self._become(State.PAUSED)

    def resume(self) -> None:
        """Go on after a pause."""
        with self._order, self._data:
            self._need("resume", State.PAUSED)
            self.scene.measuring.pause(False)
            self._become(State.RUNNING)

    def mark(self, note: str = "") -> None:
        """Mark this moment."""
        with self._order, self._data:
            self._need("mark", State.RUNNING, State.PAUSED)
            self.take.mark(note)
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
                self.outcome = self.outcome.answered(answers)
                self._changed("result")

    def review(self, event: str, values: Mapping[str, Any]) -> None:
        """Take a decision about an event of the finished session (`ReviewBook.decided`); all is computed
        anew, and what was saved already is brought up to date.
        """
        with self._order:
            self._need("be reviewed", State.FINISHED)
            assert self.outcome is not None
            book = self.outcome.book.decided(event, values, self.outcome.automatic)
            self.outcome = self.outcome.reviewed(book, self._watch.back, self.answers)
            if self.saved is not None:
                update_saved(self.saved, self.outcome.summary, self.outcome.review)
            self._changed("result")

    def set_video(self, on: bool) -> None:
        """Keep the video from now on, or stop keeping it."""
        with self._order:
            self._need("keep a video", State.READY, State.RUNNING, State.PAUSED)
            self.keep_video = on
            self._changed("state")

    def save(self, name: str, *, video: bool = False, person: str | None = None) -> Path:
        """Write the result into its own folder below the results; return the folder.

        With a `person` it is set beside their earlier sessions and kept in their history.
        """
        with self._order:
            self._need("save", State.FINISHED)
            assert self.outcome is not None
            folder = self.options.out / check_name(name)
            kept = self.take.keeper if video else None
            if video and (kept is None or not kept.frames):
                raise InputRefused("No video was kept of this session; untick it to save the rest.")
            memory = (
                None if person is None else Memory(Remembering(person, self.options.data_dir), self.filmed)
            )
            if memory is not None:
                self.outcome = memory.beside_earlier(self.outcome, self.answers)
            self.saved = save_session(
                folder.absolute(),
                self.outcome.recording,
                self.outcome.summary,
                marks=self.take.marks,
                review=self.outcome.review,
                video=kept,
                again=self.saved == folder.absolute(),
            )
            self._changed("state", "earlier")
            if memory is not None:
                self.remembered = memory.keep(self.outcome, self.saved)
                self._changed("state", "result")
            return self.saved

    def discard(self) -> None:
        """Forget what was recorded, and be ready again."""
        with self._order:
            if self.state is State.READY:
                return
            self._forget()
            self.keep_video = self.answers_final = False
            if self.scene.source.ends:
                try:
                    self.scene.preview()
                except InputRefused as error:
                    self.failed = str(error)
            self._become(State.READY)

    @property
    def finding(self) -> Finding | None:
        """What the looks at the present take say; None before the first."""
        return self._watch.finding

    def newest(self) -> tuple[Shot | None, FloatArray | None]:
        """Return the newest shot, and how far its regions are from rest (`Take.moved_mm`)."""
        with self._data:
            recorded = self.shot is not None and self.shot.t_s is not None
            return self.shot, self.take.moved_mm if recorded else None

    def samples_since(self, number: int) -> list[Sample]:
        """Return the traces' samples after that number, oldest first."""
        with self._data:
            return self.take.samples_since(number)

    # The inside

    def _need(self, what: str, *states: State) -> None:
        if self.state not in states:
            raise InputRefused(f"A session that is {self.state.value} cannot {what}.")

    def _protocol(self, name: str | None) -> Protocol:
        name = name or next(iter(self.options.protocols))
        if name not in self.options.protocols:
            known = ", ".join(self.options.protocols)
            raise InputRefused(f"There is no protocol {name[:40]!r}; known are {known}.")
        return self.options.protocols[name]

    def _begin(self, mode: str, protocol: Protocol | None, *, at_face: bool = False) -> None:
        self.scene.check()  # before anything is forgotten
        self._forget(mode, protocol)
        try:
            self.scene.record(self.take.number, at_face=at_face)
        except InputRefused as error:
            self.failed = str(error)
            self._become(State.READY)
            raise
        self._become(State.RUNNING)

    def _forget(self, mode: str = "free", protocol: Protocol | None = None) -> None:
        """Drop what was recorded; a new take is ready."""
        with self._data:
            self.scene.measuring.drop()
            old, number = self.take, self.take.number + 1
            limits = {"limit_s": self.options.limit_s, "pd_mm": self.options.pd_mm}
            self.take = Take(number, mode, protocol, **limits)
            self._watch.begin(number)
        old.close()
        if self._whole is not None:
            self._whole.cancel()
        self.saved, self.failed, self.outcome, self._whole = None, None, None, None
        self.remembered = None
        self._changed("take", "look", "result")

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
        changed = []
        with self._data:
            self.shot = shot
            if shot.t_s is not None and shot.take == self.take.number:
                next_step = self.take.add(shot, shot.t_s, keep=self.keep_video)
                changed = ["state"] if next_step else []
        self._changed(*changed)

    def _direct(self) -> None:
        """Look after the session until it is closed."""
        while not self._closing.is_set():
            self._stir.wait(TICK_S)
            self._stir.clear()
            try:
                self.turn()
            except Exception as error:  # a fault of the program; whoever waits must not wait for ever
                traceback.print_exc()
                self.crashed = error
                self.failed = (
                    f"Something went wrong inside twitchcam ({type(error).__name__}); please report it."
                )
                self._whole = None
                self._become(State.READY)

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
        if self._watch.look() and self._live:
            self._learn_scale()
            self._changed("look")
        if self._live and self._watch.due:
            window = self.scene.measuring.window(WINDOW_S, pd_mm=self.options.pd_mm)
            if window is not None and window.t_s.size > 1 and bool(np.isfinite(window.motion_mm).any()):
                self._watch.offer(replace(window, segments=self._segments(window)))

    @property
    def _live(self) -> bool:
        return self.state in (State.RUNNING, State.PAUSED)

    def _segments(self, window: Recording) -> tuple[Segment, ...]:
        with self._data:
            laid = self.take.guide.segments()
        return tuple(s for s in laid if s.end_s > window.t_s[0] and s.start_s < window.t_s[-1])

    def _learn_scale(self) -> None:
        if self.finding is not None:
            quality = self.finding.window.quality
            if quality.scale.mm_per_px is not None and quality.eye_distance_px is not None:
                self.take.traces.eyes_mm = quality.scale.mm_per_px * quality.eye_distance_px

    def _look_at_lamps(self) -> None:
        step = self.take.guide.step if self.state is State.RUNNING else None
        working = step is not None and step[1].task != "rest"
        gates = self.finding.gates_now if self.finding is not None and self._live else ()
        self.scene.look(self.shot, gates, working=working)
        self._changed("look")

    def _end_in_time(self) -> None:
        """Stop what has lasted long enough, and what cannot go on."""
        self.failed = self.scene.trouble or self.failed
        if self.take.guide.done or self.scene.measuring.ended:
            self._finish()

    def _watch_measuring(self) -> None:
        if self.failed is None and self.scene.trouble is not None:
            self.failed = self.scene.trouble
            self._changed("state")

    def _finish(self) -> None:
        measuring = self.scene.measuring
        measuring.pause()
        whole = measuring.recording(pd_mm=self.options.pd_mm)
        if self.take.keeper is not None:
            self.take.keeper.finish()
        if whole is None:
            self.failed = self.failed or "Nothing was recorded: no picture came between start and stop."
            self._become(State.READY)
            return
        whole = complete(
            whole,
            segments=self.take.guide.segments(),
            exposure_ms=self.options.exposure_ms,
            notes=self._notes(),
        )
        self.filmed = now()
        self._whole = WholeAnalysis(whole, self._watch.back)
        self._become(State.FINISHING)

    def _notes(self) -> list[str]:
        dropped = self.scene.dropped
        if not dropped:
            return []
        return [
            f"Measured live; {dropped} pictures came faster than they could be measured and were left out."
        ]

    def _conclude(self) -> None:
        """Take the whole's analysis when it is there."""
        assert self._whole is not None
        self.outcome = self._whole.take(self.answers)
        if self.outcome is not None:
            self._changed("result")
            self._become(State.FINISHED)
