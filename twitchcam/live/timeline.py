"""Timeline: what a session showed so far, put together from overlapping windows.

The back looks at the last 20 seconds (`watch.WINDOW_S`) again and again. What lies deep enough inside a
window is settled; what came last may still change with what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from twitchcam.analysis.gates import usable
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray

SETTLED_S: Final = 4.0
"""What ended so long before the window's end does not change any more: longer than a gate's margins, a tonic
pull's flanks and the pauses that join a run; our own choice."""


@dataclass
class Timeline:
    """Events and usable time of a session, from its start to the latest window's end."""

    settled_s: float = 0.0
    end_s: float = 0.0
    _settled_events: list[Event] = field(default_factory=list)
    _settled_usable_s: float = 0.0
    _open_events: list[Event] = field(default_factory=list)
    _open_usable_s: float = 0.0

    @property
    def events(self) -> list[Event]:
        """All events, those at the end still provisional, in time order."""
        return self._settled_events + self._open_events

    @property
    def settled(self) -> list[Event]:
        """The events that stay as they are."""
        return self._settled_events

    @property
    def open(self) -> list[Event]:
        """Those near the end, which the next look may change."""
        return self._open_events

    @property
    def counted(self) -> list[Event]:
        """The events that count."""
        return [e for e in self.events if not e.gated and e.trial_type in ("twitch", "tonic")]

    @property
    def usable_s(self) -> float:
        """Time in which a twitch would have been counted."""
        return self._settled_usable_s + self._open_usable_s

    @property
    def rate_per_min(self) -> float | None:
        """Counted movements per minute of usable time; None before there are ten seconds of it."""
        return 60.0 * len(self.counted) / self.usable_s if self.usable_s >= 10.0 else None

    def update(self, window: Measured) -> None:
        """Take the newest window: it stands for everything after what is settled.

        Windows must overlap by more than `SETTLED_S`, or time between them is not looked at.
        """
        if not window.t_s.size:
            return
        t_s, step_s = window.t_s, _step(window)
        watched = usable(window.gates) if window.quality.verdict != "unusable" else np.zeros(t_s.size, bool)
        self.end_s = float(t_s[-1])
        limit_s = max(self.settled_s, self.end_s - SETTLED_S)
        fresh = t_s > self.settled_s
        self._settled_usable_s += step_s * _count(watched & fresh & (t_s <= limit_s))
        self._open_usable_s = step_s * _count(watched & (t_s > limit_s))
        new = [event for event in window.events if event.peak_s > self.settled_s]
        self._settled_events += [event for event in new if event.peak_s <= limit_s]
        self._open_events = [event for event in new if event.peak_s > limit_s]
        self.settled_s = limit_s


def _step(window: Measured) -> float:
    return float(np.median(np.diff(window.t_s))) if window.t_s.size > 1 else 0.0


def _count(mask: BoolArray) -> int:
    return int(np.count_nonzero(mask))
