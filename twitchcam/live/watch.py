"""The watch over a take: windows go to the back one after the other, and what they say is put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from twitchcam.live.back import Back
from twitchcam.live.event_book import EventBook
from twitchcam.live.timeline import Timeline
from twitchcam.summary import Measured
from twitchcam.types import Recording

WINDOW_S: Final = 20.0
"""Long enough for a rhythm's line to stand out and for the running median of the drift (16 s); looked at in
0.03-0.06 s."""
NOW_S: Final = 0.3
"""What gates the last so much of a window gates now."""


@dataclass(frozen=True)
class Finding:
    """What the newest window, and the windows before it, say."""

    window: Measured
    timeline: Timeline
    book: EventBook
    gates_now: tuple[str, ...]


class Watch:
    """Looks at one take after the other."""

    def __init__(self, back: Back) -> None:
        """Watch with a back of its own."""
        self.back = back
        self._take = -1
        self._offered = -1
        self.begin(0)

    def begin(self, take: int) -> None:
        """Watch take number `take` from now on."""
        self.finding: Finding | None = None
        """None before the first look."""
        self._take = take
        self._timeline, self._book = Timeline(), EventBook()

    @property
    def due(self) -> bool:
        """Whether a new window is wanted."""
        return self.back.due

    def offer(self, window: Recording) -> None:
        """Begin to look at a window of the take."""
        self._offered = self._take
        self.back.offer(window)

    def look(self) -> bool:
        """Take what the back has found; tell whether `finding` is new. What it says of an earlier take is
        left.
        """
        found = self.back.take()
        if found is None or self._offered != self._take:
            return False
        self._timeline.update(found)
        self._book.update(self._timeline)
        self.finding = Finding(found, self._timeline, self._book, _gates_now(found))
        return True


def _gates_now(found: Measured) -> tuple[str, ...]:
    if not found.t_s.size:
        return ()
    last = found.t_s > found.t_s[-1] - NOW_S
    return tuple(reason for reason, mask in found.gates.items() if bool(mask[last].any()))
