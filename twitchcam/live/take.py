"""A take: one recording from its first frame on, with what is kept beside the measurement itself."""

from __future__ import annotations

from collections import deque
from typing import Final

from twitchcam.errors import InputRefused
from twitchcam.live.guide import Guide
from twitchcam.live.keeping import Keeper
from twitchcam.live.measuring import Shot
from twitchcam.live.saving import Mark
from twitchcam.live.traces import LiveTraces
from twitchcam.protocol import Protocol
from twitchcam.types import FloatArray

KEPT_S: Final = 20.0
"""Of traces, for a page that comes or comes back."""
MOST_MARKS: Final = 500
LONGEST_NOTE: Final = 200
Sample = tuple[int, float, FloatArray]
"""Number, time and the values of the traces."""


class Take:
    """One recording. The session holds its lock while it calls."""

    def __init__(
        self,
        number: int,
        mode: str = "free",
        protocol: Protocol | None = None,
        *,
        limit_s: float | None = None,
        pd_mm: float | None = None,
    ) -> None:
        """Begin take `number`; without a protocol it ends by itself after `limit_s`, if that is given."""
        self.number = number
        self.mode = mode
        self.guide = Guide(protocol, limit_s if protocol is None else None)
        self.traces = LiveTraces(pd_mm)
        self.samples: deque[Sample] = deque()
        """Of the traces' last `KEPT_S`."""
        self.marks: list[Mark] = []
        self.keeper: Keeper | None = None
        """The video; None when none was kept."""
        self.moved_mm: FloatArray | None = None
        """(19, 2) how far the regions of the newest frame are from rest, subject's left and up; None when
        nothing was measured in it."""
        self._count = 0

    def add(self, shot: Shot, t_s: float, *, keep: bool) -> bool:
        """Take a recorded frame; `keep` it in the video. Tell whether the next step has begun with it."""
        before = self.step_number
        self.guide.add(t_s)
        self._count += 1
        self.samples.append((self._count, t_s, self.traces.add(shot)))
        while self.samples[0][1] < t_s - KEPT_S:
            self.samples.popleft()
        self.moved_mm = None if shot.motion is None else self.traces.moved_mm
        if keep:
            if self.keeper is None:
                self.keeper = Keeper((shot.frame.picture.width, shot.frame.picture.height))
            self.keeper.add(shot.frame, t_s)
        return self.step_number != before

    @property
    def step_number(self) -> int | None:
        """Which step of the protocol is on, from 0; None when none is."""
        step = self.guide.step
        return None if step is None else step[0]

    def mark(self, note: str) -> None:
        """Mark this moment; raises InputRefused when too many are."""
        if len(self.marks) >= MOST_MARKS:
            raise InputRefused(f"At most {MOST_MARKS} moments can be marked.")
        self.marks.append(Mark(self.guide.end_s, " ".join(note.split())[:LONGEST_NOTE]))

    def samples_since(self, number: int) -> list[Sample]:
        """Return the samples after that number, oldest first."""
        if not self.samples or self.samples[-1][0] <= number:
            return []
        first = max(0, number + 1 - self.samples[0][0])
        return [self.samples[k] for k in range(first, len(self.samples))]

    def close(self) -> None:
        """Drop the video."""
        if self.keeper is not None:
            self.keeper.close()
