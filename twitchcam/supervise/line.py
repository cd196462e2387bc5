"""The line from the child of a supervised run to its parent: which clip it is at, and that it gets on.

Messages go through a pipe, one a line: `.` I live, `+` I got on, or a JSON object that names a clip. Without
a parent all of this does nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

VARIABLE: Final = "TWITCHCAM_SUPERVISED"
"""How the parent hands over the pipe, and with which clip to begin."""
ALIVE: Final = b".\n"
GOT_ON: Final = b"+\n"
LOOK_EVERY_S: Final = 0.5
"""How long a child may outlive a parent that was killed."""
TELL_EVERY_S: Final = 1.0

Progress = Callable[[str, int, "int | None"], None]


class _Line:
    """The pipe to the parent."""

    def __init__(self, handle: int, begin_with: int) -> None:
        self.begin_with = begin_with
        self._handle, self._lock, self._told_s = handle, threading.Lock(), 0.0
        threading.Thread(target=self._live, name="twitchcam-parent", daemon=True).start()

    def say(self, message: bytes) -> None:
        """Send a line; ends this process when nobody is left to read it."""
        try:
            with self._lock:
                os.write(self._handle, message)
        except OSError:
            _leave()

    def get_on(self) -> None:
        """Tell of progress, now and then."""
        now = time.monotonic()
        if now - self._told_s >= TELL_EVERY_S:
            self._told_s = now
            self.say(GOT_ON)

    def _live(self) -> None:
        while True:
            self.say(ALIVE)
            time.sleep(LOOK_EVERY_S)


_line: _Line | None = None


def take_up() -> None:
    """Take what the parent handed over."""
    global _line
    handle, _, begin_with = os.environ.pop(VARIABLE).partition(",")
    _line = _Line(_opened(int(handle)), int(begin_with))


def each(clips: Sequence[Path]) -> Iterator[Path]:
    """Yield the clips, and tell the parent of each; those before a crash are not begun again."""
    for number, clip in enumerate(clips):
        if _line is None:
            yield clip
        elif number >= _line.begin_with:
            _tell(clip=str(clip), number=number, of=len(clips))
            yield clip
    if _line is not None:
        _tell(clip=None)


def telling(progress: Progress) -> Progress:
    """Return `progress` such that the parent hears of it too."""
    line = _line
    if line is None:
        return progress

    def both(stage: str, done: int, expected: int | None) -> None:
        line.get_on()
        progress(stage, done, expected)

    return both


def _tell(**what: Any) -> None:
    assert _line is not None
    _line.say(json.dumps(what).encode() + b"\n")


def _opened(handle: int) -> int:
    """Return the file descriptor of what was inherited."""
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.open_osfhandle(handle, os.O_WRONLY)
    os.set_inheritable(handle, False)
    return handle


def _leave() -> None:
    """End at once, in the middle of a clip too: whoever wanted its result is gone."""
    from twitchcam.files import discard_unfinished

    discard_unfinished()
    os._exit(1)
