"""What a parent hears of its child: lines from a pipe, and its end."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
from dataclasses import dataclass
from enum import Enum
from typing import IO, Final

from twitchcam.supervise.line import ALIVE, GOT_ON

LAST_WORDS_S: Final = 5.0
"""What a dead child wrote is there at once; a child of its own may keep the pipe open for ever."""


@dataclass(frozen=True)
class Heard:
    """A clip was begun: number `number` of `of`, from 0; None when all are done."""

    clip: str | None
    number: int = 0
    of: int = 0


class Sign(Enum):
    """Messages without content."""

    GOT_ON = "got on"
    SILENT = "silent"
    ENDED = "ended"


class Messages:
    """The messages of one child."""

    def __init__(self, handle: int, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._queue: queue.Queue[Heard | Sign] = queue.Queue()
        self._reader = threading.Thread(target=self._read, args=(os.fdopen(handle, "rb"),), daemon=True)
        self._reader.start()
        threading.Thread(target=self._wait, daemon=True).start()

    def next(self, timeout_s: float) -> Heard | Sign:
        """Return the next message, SILENT if none comes in time."""
        try:
            return self._queue.get(timeout=timeout_s)
        except queue.Empty:
            return Sign.SILENT

    def _read(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                if line == GOT_ON:
                    self._queue.put(Sign.GOT_ON)
                elif line != ALIVE and line.endswith(b"}\n"):
                    self._queue.put(Heard(**json.loads(line)))

    def _wait(self) -> None:
        self._process.wait()
        self._reader.join(LAST_WORDS_S)
        self._queue.put(Sign.ENDED)
