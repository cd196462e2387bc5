"""Progress on standard error: a bar with rate and time left on a terminal, a plain line now and then
elsewhere.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any

from twitchcam.plain import one_line
from twitchcam.streams import drawing

PLAIN_EVERY_S = 10.0


class ProgressDisplay:
    """Shows how far one clip has come. Use it in a `with`; call it as a `session.Progress`."""

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        self._title, self._quiet = one_line(title), quiet
        self._bar: Any = None
        self._task: Any = None
        self._started = self._last = time.monotonic()
        self._stage = ""

    def __enter__(self) -> ProgressDisplay:
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, expected: int | None) -> None:
        if self._quiet:
            return
        if sys.stderr.isatty():
            self._show_bar(stage, done, expected)
        else:
            self._show_line(stage, done, expected)

    def _show_bar(self, stage: str, done: int, expected: int | None) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TextColumn("{task.fields[note]}"),
                TimeRemainingColumn(compact=True),
                console=Console(file=drawing(sys.stderr)),
                transient=True,
            )
            self._bar.start()
        if self._task is None or stage != self._stage:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._stage, self._started = stage, time.monotonic()
            self._task = self._bar.add_task(f"{self._title}: {stage}", total=expected, note="")
        note = f"{done} frames, {self._rate(done):.0f} a second" if done else ""
        self._bar.update(self._task, completed=done, note=note)

    def _rate(self, done: int) -> float:
        return done / max(time.monotonic() - self._started, 1e-3)

    def _show_line(self, stage: str, done: int, expected: int | None) -> None:
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._started, self._last = stage, now, now
        if now - self._last < PLAIN_EVERY_S:
            return
        self._last = now
        rate = self._rate(done)
        left = f", about {(expected - done) / rate:.0f} s left" if expected and expected > done else ""
        of = f" of {expected}" if expected else ""
        print(
            f"{self._title}: {stage}, frame {done}{of}, {rate:.0f} a second{left}",
            file=sys.stderr,
            flush=True,
        )
