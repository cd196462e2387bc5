"""Preview pictures, made in a thread of their own from the newest shot, only while somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.edges.overlay.inset import Inset
from twitchcam.edges.overlay.preview import as_jpeg, encode
from twitchcam.live.measuring import Shot
from twitchcam.live.session import Session
from twitchcam.types import FloatArray

EVERY_S: Final = 1 / 15
"""Pictures for the eye; the measurement sees them all."""
INSET_EVERY: Final = 2
"""The inset comes with every second picture."""
STILL: Final = frozenset(("speech", "chew", "smile", "head_motion", "occluded", "lost_face"))
"""While one of these gates nothing is enlarged: it would look like a twitch."""


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
        self._inset = Inset()
        session.listeners.append(self._new.set)
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._new.set()
        self._thread.join()
        self._session.listeners.remove(self._new.set)

    def _inset_of(self, shot: Shot, moved_mm: FloatArray | None) -> bytes | None:
        """Return the inset of a recorded shot; None where no mouth is measured."""
        if shot.points_px is None or shot.to_picture is None or moved_mm is None:
            return None
        finding = self._session.finding
        moved = moved_mm * [1.0, -1.0] / self._session.take.traces.eyes_mm
        if finding is not None and STILL.intersection(finding.gates_now):
            moved = np.zeros_like(moved)
        painted = self._inset.paint(shot.frame.picture, shot.points_px, shot.to_picture, moved)
        return None if painted is None else encode(painted)

    def _run(self) -> None:
        last: Shot | None = None
        while not self._closing:
            self._new.wait()
            self._new.clear()
            shot, moved_mm = self._session.newest()
            if not self.watched or shot is None or shot is last:
                continue
            began_s, last = time.monotonic(), shot
            jpeg, width, height = as_jpeg(shot.frame.picture)
            self._number += 1
            inset = self._inset_of(shot, moved_mm) if self._number % INSET_EVERY == 0 else None
            self.newest = PreviewPicture(self._number, shot, jpeg, (width, height), inset)
            self._ready()
            time.sleep(max(0.0, EVERY_S - (time.monotonic() - began_s)))
