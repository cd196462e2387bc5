"""What a run tells on standard error while it works: bars on a terminal, JSON or plain lines elsewhere."""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from twitchcam.batch.jobs import Job
from twitchcam.batch.outcome import Order, Outcome
from twitchcam.errors import InputRefused
from twitchcam.plain import one_line
from twitchcam.streams import drawing

MODES: Final = ("auto", "bar", "json", "plain", "none")
CLIP_EVERY_S: Final = 5.0
"""Between two reports on one clip, off a terminal."""
LEAST_WEIGHT: Final = 1_000_000
"""Bytes that even an empty clip counts for, in the estimate of the time left."""


class Pace:
    """How long it will still take: by the bytes of the clips that are done."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self._weights = {key: max(size, LEAST_WEIGHT) for key, size in sizes.items()}
        self._left = sum(self._weights.values())
        self._done = 0
        self._began = time.monotonic()

    def finish(self, identity: str) -> None:
        """Count a clip as done."""
        weight = self._weights.pop(identity, 0)
        self._left -= weight
        self._done += weight

    def left_s(self) -> float | None:
        """Return the seconds left; None before the first clip is done."""
        if not self._done:
            return None
        return (time.monotonic() - self._began) * self._left / self._done


class Showing(Protocol):
    """Is told what happens, and shows it."""

    def start(self, clips: int, standing: int, sizes: dict[str, int]) -> None: ...

    def watch(self, order: Order, stage: str, done: int, expected: int | None) -> None: ...

    def finished(self, job: Job, outcome: Outcome, *, again: bool) -> None: ...

    def end(self) -> None: ...


def make_showing(mode: str) -> Showing:
    """Return what shows progress.

    Raises
    ------
    InputRefused
        If there is no such mode.
    """
    if mode not in MODES:
        raise InputRefused(f"--progress {mode}: use one of {', '.join(MODES)}")
    if mode == "auto":
        mode = "bar" if sys.stderr.isatty() else "json"
    kinds: dict[str, type[Lines]] = {"bar": Bars, "json": JsonLines, "plain": Lines, "none": Silence}
    return kinds[mode]()


@dataclass
class _Clip:
    began: float
    last: float
    stage: str = ""


@dataclass
class Lines:
    """A plain line for each clip that ended, and now and then for those that take long."""

    total: int = 0
    count: int = 0
    _pace: Pace = field(default_factory=lambda: Pace({}))
    _clips: dict[str, _Clip] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, clips: int, standing: int, sizes: dict[str, int]) -> None:
        """Begin; `sizes` are the bytes of the clips to do."""
        self.total, self._pace = len(sizes), Pace(sizes)
        self.say_start(clips, standing)

    def watch(self, order: Order, stage: str, done: int, expected: int | None) -> None:
        """Hear how far one clip is. Called from many threads."""
        now = time.monotonic()
        with self._lock:
            clip = self._clips.setdefault(order.job.identity, _Clip(now, now))
            if clip.stage != stage:
                clip.stage, clip.began = stage, now
            if now - clip.last < self.every_s:
                return
            clip.last = now
            rate = done / max(now - clip.began, 1e-3)
            left = (expected - done) / rate if expected and expected > done and rate > 0 else None
            self.say_clip(order.job, stage, done, expected, left)

    def finished(self, job: Job, outcome: Outcome, *, again: bool) -> None:
        """Hear of a clip that ended."""
        with self._lock:
            self._clips.pop(job.identity, None)
            if not again:
                self.count += 1
                self._pace.finish(job.identity)
            self.say_finished(job, outcome, again, self._pace.left_s())

    def end(self) -> None:
        """Clean up."""

    every_s = CLIP_EVERY_S

    def say_start(self, clips: int, standing: int) -> None:
        before = f", {standing} of them measured before" if standing else ""
        _print(f"{clips} clip{'s' if clips != 1 else ''}{before}")

    def say_clip(self, job: Job, stage: str, done: int, expected: int | None, left_s: float | None) -> None:
        of = f" of {expected}" if expected else ""
        _print(f"{job.name}: {stage}, frame {done}{of}{_about(left_s)}")

    def say_finished(self, job: Job, outcome: Outcome, again: bool, left_s: float | None) -> None:
        what = f"answered in {outcome.seconds:.1f} s" if outcome.answered else f"failed: {outcome.error}"
        if again:
            what = f"{outcome.error}; it is tried once more"
        _print(f"{self.count}/{self.total} {job.name}: {what}{'' if again else _about(left_s)}")


class JsonLines(Lines):
    """The same for programs: one JSON object a line."""

    def say_start(self, clips: int, standing: int) -> None:
        _print_json({"event": "start", "clips": clips, "standing": standing, "to_do": self.total})

    def say_clip(self, job: Job, stage: str, done: int, expected: int | None, left_s: float | None) -> None:
        _print_json({
            "event": "clip", "clip": job.name, "path": job.path, "stage": stage, "frames": done,
            "of": expected, "left_s": _rounded(left_s),
        })  # fmt: skip

    def say_finished(self, job: Job, outcome: Outcome, again: bool, left_s: float | None) -> None:
        status = "again" if again else "answered" if outcome.answered else "failed"
        _print_json({
            "event": "finished", "clip": job.name, "path": job.path, "status": status,
            "reason": outcome.reason, "error": outcome.error, "seconds": outcome.seconds, "done": self.count,
            "of": self.total, "left_s": _rounded(left_s),
        })  # fmt: skip


class Silence(Lines):
    """Nothing at all."""

    def say_start(self, clips: int, standing: int) -> None:
        """Say nothing."""

    def say_clip(self, job: Job, stage: str, done: int, expected: int | None, left_s: float | None) -> None:
        """Say nothing."""

    def say_finished(self, job: Job, outcome: Outcome, again: bool, left_s: float | None) -> None:
        """Say nothing."""


class Bars(Lines):
    """A bar for the whole and one for each clip in progress, with the time left."""

    every_s = 0.0

    def say_start(self, clips: int, standing: int) -> None:  # noqa: ARG002 - the bars count what is to do
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._bars: Any = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(file=drawing(sys.stderr)),
            transient=True,
        )
        self._bars.start()
        self._whole = self._bars.add_task("all clips", total=self.total, note="")
        self._tasks: dict[str, Any] = {}

    def say_clip(self, job: Job, stage: str, done: int, expected: int | None, left_s: float | None) -> None:
        if job.identity not in self._tasks:
            self._tasks[job.identity] = self._bars.add_task(one_line(job.name), total=None, note="")
        self._bars.update(
            self._tasks[job.identity], completed=done, total=expected, note=f"{stage}{_about(left_s)}"
        )

    def say_finished(self, job: Job, outcome: Outcome, again: bool, left_s: float | None) -> None:
        task = self._tasks.pop(job.identity, None)
        if task is not None:
            self._bars.remove_task(task)
        if not outcome.answered:
            tail = "; it is tried once more" if again else ""
            told = one_line(f"{job.name}: {outcome.error}{tail}")
            self._bars.console.print(told, markup=False, highlight=False)
        note = f"{self.count} of {self.total}{_about(left_s)}"
        self._bars.update(self._whole, completed=self.count, note=note)

    def end(self) -> None:
        """Take the bars away."""
        self._bars.stop()


def _about(left_s: float | None) -> str:
    if left_s is None:
        return ""
    if left_s < 120:
        return f", about {left_s:.0f} s left"
    return f", about {left_s / 60:.0f} min left" if left_s < 7200 else f", about {left_s / 3600:.1f} h left"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _print_json(plain: dict[str, Any]) -> None:
    _print(json.dumps(plain))
