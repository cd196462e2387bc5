"""Preview pictures, made in a thread of their own from the newest shot, only while somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from twitchcam.edges.overlay.preview import as_jpeg
from twitchcam.live.measuring import Shot
from twitchcam.live.session import Session

EVERY_S: Final = 1 / 15
"""Pictures for the eye; the measurement sees them all."""


@dataclass(frozen=True, slots=True)
class PreviewPicture:
    """One picture that is ready to be sent."""

    number: int
    shot: Shot
    jpeg: bytes
    size: tuple[int, int]
    inset: bytes | None = None
    """The mouth with its measured motion enlarged, as JPEG."""


class Previewer:
    """Makes the newest preview picture; `ready` is called when there is one."""

    def __init__(self, session: Session, ready: Callable[[], None]) -> None:
        """Begin; nothing is made while `watched` is False."""
        self.newest: PreviewPicture | None = None
        self.watched = False
        self._session, self._ready = session, ready
        self._new = threading.Event()
        self._closing = False
        self._number = 0
        session.listeners.append(self._new.set)
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._new.set()
        self._thread.join()
        self._session.listeners.remove(self._new.set)

    def _run(self) -> None:
        last: Shot | None = None
        while not self._closing:
            self._new.wait()
            self._new.clear()
            shot = self._session.shot
            if not self.watched or shot is None or shot is last:
                continue
            began_s, last = time.monotonic(), shot
            jpeg, width, height = as_jpeg(shot.frame.picture)
            self._number += 1
            self.newest = PreviewPicture(self._number, shot, jpeg, (width, height))
            self._ready()
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - began_s)))
