"""A worker's process: takes orders on its standard input, answers on its standard output, both pickled.

Its arguments are MODULE:FUNCTION and THREADS. It ends when its input ends, so none outlives the program that
started it, however that ended.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import sys
import threading
from typing import IO, Any, Final

from twitchcam import files

PROGRESS_EVERY_S: Final = 0.2
TELL_READY: Final = "ready"


def main() -> None:
    """Serve orders until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the parent decides
    if hasattr(signal, "SIGHUP"):  # and so when the terminal goes away
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    orders, answers = _take_pipes()
    _cap_threads(int(sys.argv[2]))
    module, _, function = sys.argv[1].partition(":")
    waiting: queue.Queue[Any] = queue.Queue()
    threading.Thread(target=_read, args=(orders, waiting), daemon=True).start()
    task = getattr(importlib.import_module(module), function)
    _send(answers, (TELL_READY, None))
    while True:
        order = waiting.get()
        _send(answers, ("done", task(order, _Teller(answers))))


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the two pipes for this protocol alone: what libraries print goes to standard error."""
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    return orders, answers


def _cap_threads(threads: int) -> None:
    """Share the cores between the workers; with one thread for each core in each they would fight."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["TWITCHCAM_THREADS"] = str(threads)
    import cv2

    cv2.setNumThreads(threads)


def _read(orders: IO[bytes], waiting: queue.Queue[Any]) -> None:
    while True:
        try:
            waiting.put(pickle.load(orders))
        except (EOFError, OSError, pickle.UnpicklingError):
            _leave()  # in the middle of a clip too: nobody waits for it


def _send(answers: IO[bytes], message: tuple[str, Any]) -> None:
    try:
        pickle.dump(message, answers)
        answers.flush()
    except OSError:
        _leave()


def _leave() -> None:
    """End at once, without half a file."""
    files.discard_unfinished()
    os._exit(0)


class _Teller:
    """Passes progress on, a few times a second."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers, self._last, self._stage = answers, 0.0, ""

    def __call__(self, stage: str, done: int, expected: int | None) -> None:
        import time

        now = time.monotonic()
        if stage == self._stage and now - self._last < PROGRESS_EVERY_S:
            return
        self._last, self._stage = now, stage
        _send(self._answers, ("progress", (stage, done, expected)))
