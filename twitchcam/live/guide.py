"""Guide: leads through a protocol by recorded time. Pauses, and times without pictures, do not count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from twitchcam.protocol import Protocol, Segment, Step

LONGEST_STEP_S: Final = 1.0
"""Between two frames; a longer pause (a lost camera) stops the clock."""


@dataclass
class Guide:
    """The clock of one recording, and where its protocol stands. Free recordings have no protocol."""

    protocol: Protocol | None = None
    limit_s: float | None = None
    """A free recording ends by itself after so much recorded time; None: never."""
    recorded_s: float = 0.0
    """Recorded time: without pauses."""
    end_s: float = 0.0
    """Time of the newest frame on the recording's own clock, in which pauses are gaps."""
    _gaps: list[tuple[float, float]] = field(default_factory=list)
    """(recorded time at which a gap lies, length of all gaps up to and with it)."""
    _begun: bool = False
    _stopped: bool = False

    def add(self, t_s: float) -> None:
        """Take the next recorded frame's time."""
        step_s = t_s - self.end_s if self._begun else t_s
        self._begun, self.end_s = True, t_s
        if step_s <= LONGEST_STEP_S and not self._stopped:
            self.recorded_s += step_s
        else:
            lost = self._gaps[-1][1] if self._gaps else 0.0
            self._gaps.append((self.recorded_s, lost + step_s))
        self._stopped = False

    def stop_clock(self) -> None:
        """Tell that the recording is paused: the time up to the next frame does not count."""
        self._stopped = self._begun

    @property
    def length_s(self) -> float | None:
        """How long it is to last; None when nothing ends it."""
        return self.limit_s if self.protocol is None else self.protocol.length_s

    @property
    def done(self) -> bool:
        """Whether everything is recorded."""
        return self.length_s is not None and self.recorded_s >= self.length_s

    @property
    def step(self) -> tuple[int, Step, float] | None:
        """The step that is on: its number from 0, itself, and the seconds left of it; between two steps that
        leave a pause the next one, with its whole length. None without a protocol or after its end.
        """
        if self.protocol is None:
            return None
        laid = zip(self.protocol.steps, self.protocol.segments(0.0), strict=True)
        for number, (step, segment) in enumerate(laid):
            if self.recorded_s < segment.end_s:
                return number, step, segment.end_s - max(self.recorded_s, segment.start_s)
        return None

    def segments(self) -> tuple[Segment, ...]:
        """Return the steps that were begun, on the recording's own clock."""
        laid = () if self.protocol is None else self.protocol.segments(0.0)
        begun = [s for s in laid if s.start_s < self.recorded_s]
        return tuple(
            Segment(s.task, self._own_clock(s.start_s, after=True), self._own_clock(s.end_s, after=False))
            for s in begun
        )

    def _own_clock(self, recorded_s: float, *, after: bool) -> float:
        """Carry a recorded time over; one at which a gap lies comes to its end (`after`) or its beginning."""
        lost = 0.0
        for at_s, total_s in self._gaps:
            if at_s < recorded_s or (after and at_s == recorded_s):
                lost = total_s
        return recorded_s + lost
