"""A lane: one worker process that does one clip after the other, watched from outside.

A clip that crashes the process, hangs it or eats the memory costs that process and nothing else, and it is
plain which clip it was. The next clip gets a new process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from twitchcam.batch.memory import resident_mb
from twitchcam.batch.outcome import Limits, Order, Outcome
from twitchcam.batch.worker import TELL_READY
from twitchcam.files import remove_leftovers
from twitchcam.supervise.start import code_running

TASK: Final = "twitchcam.batch.work:analyse_order"
LOOK_EVERY_S: Final = 0.1
"""How often time and memory are looked at: a process that fills memory takes about 0.2 GB in between."""
START_S: Final = 300.0
"""A process that is not ready by then never will be; on a busy machine it takes ten seconds."""

NO_LIMITS: Final = Limits()
Progress = Callable[[str, int, "int | None"], None]
_GONE: Final = ("gone", None)
_WORKER: Final = code_running("twitchcam.batch.worker")


class Lane:
    """Runs orders one at a time. `run` is called from one thread; `kill` from any."""

    def __init__(self, task: str = TASK, limits: Limits = NO_LIMITS, threads: int = 1) -> None:
        self._task, self._limits, self._threads = task, limits, threads
        self._process: subprocess.Popen[bytes] | None = None
        self._messages: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, order: Order, progress: Progress) -> Outcome:
        """Have one clip analysed; every way in which that can end is an outcome."""
        began = time.monotonic()
        try:
            self._start()
            self._send(order)
        except OSError as error:
            self._end()
            return Outcome("crashed", f"no worker could be started ({error.strerror})")
        outcome = self._wait(time.monotonic(), progress)
        if self._process is None:  # it was ended, or died, and nobody else writes to this clip's folder
            remove_leftovers(Path(order.out) / order.job.name, at_once=True)
        if outcome.seconds:
            return outcome
        return Outcome(outcome.reason, outcome.error, seconds=round(time.monotonic() - began, 3))

    def _wait(self, began: float, progress: Progress) -> Outcome:
        last = began
        while True:
            with contextlib.suppress(queue.Empty):
                kind, content = self._messages.get(timeout=LOOK_EVERY_S)
                last = time.monotonic()
                if kind == "progress":
                    progress(*content)
                elif kind == "done":
                    outcome: Outcome = content
                    return outcome
                elif kind == "gone":
                    return Outcome("crashed", self._death())
            over = self._over(time.monotonic() - began, time.monotonic() - last)
            if over is not None:
                self._end()
                return over

    def _over(self, taken_s: float, silent_s: float) -> Outcome | None:
        """Return what limit was passed, if one was."""
        limits = self._limits
        if limits.timeout_s is not None and taken_s > limits.timeout_s:
            return Outcome("timeout", f"took longer than {limits.timeout_s:g} s (--timeout)")
        if limits.stall_s is not None and silent_s > limits.stall_s:
            return Outcome("timeout", f"no progress for {limits.stall_s:g} s: it was given up")
        used_mb = resident_mb(self._process.pid) if self._process and limits.memory_mb else None
        if used_mb is not None and limits.memory_mb is not None and used_mb > limits.memory_mb:
            return Outcome("memory", f"needed more than {limits.memory_mb:.0f} MB of memory (--memory-mb)")
        return None

    def _start(self) -> None:
        """Have a process that is ready."""
        with self._lock:
            if self._closed:
                raise OSError(0, "stopped")
            if self._process is not None and self._process.poll() is None:
                return
            command = [sys.executable, "-c", _WORKER, self._task, str(self._threads)]
            # Search path and warnings as here: the worker must load the same program.
            path = os.pathsep.join(filter(None, sys.path))
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            )
            self._messages = queue.Queue()
            assert self._process.stdout is not None
            arguments = (self._process.stdout, self._messages)
            threading.Thread(target=_listen, args=arguments, daemon=True).start()
        try:
            kind, _ = self._messages.get(timeout=START_S)
        except queue.Empty:
            kind = "silent"
        if kind != TELL_READY:
            raise OSError(0, self._death())

    def _send(self, order: Order) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()

    def _death(self) -> str:
        """Say how the process ended, and clean up."""
        process = self._process
        with contextlib.suppress(subprocess.TimeoutExpired):
            if process is not None:
                process.wait(10)
        code = None if process is None else process.returncode
        self._end()
        if code is None:
            return "the worker did not answer"
        if code >= 0:
            return f"the worker ended by itself (exit code {code})"
        with contextlib.suppress(ValueError):
            return f"the worker was ended by {signal.Signals(-code).name}"
        return f"the worker was ended by signal {-code}"

    def kill(self) -> None:
        """End the process now; the clip in it counts as crashed. No other will be started."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process, between clips."""
        self.kill()
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()
        process.wait()


def _listen(answers: IO[bytes], messages: queue.Queue[tuple[str, Any]]) -> None:
    """Pass on what a worker says, until it ends."""
    with answers:
        while True:
            try:
                messages.put(pickle.load(answers))
            except Exception:  # cut off in the middle, or no longer there
                messages.put(_GONE)
                return
