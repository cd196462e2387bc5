"""Moments: the strongest twitches, cut out of the clip as filmed and with their measured motion enlarged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from twitchcam.edges.overlay.drawing import INK
from twitchcam.edges.overlay.magnify import EYES, MOUTH, Magnification, Painter, plan
from twitchcam.summary import Event, Measured
from twitchcam.types import FloatArray, Frame, Image, Recording

WANTED: Final = 6.0
"""How many times the motion is enlarged where it can be: 0.3 mm become 2 mm, which anybody sees."""
BEFORE_S: Final = 0.25
AFTER_S: Final = 0.35
LONGEST_S: Final = 2.0
"""Of a long pull only the beginning is shown."""
FASTEST_HZ: Final = 30.0
SIDE: Final = 232
"""Of each of the two pictures, pixels."""
GAP: Final = 4
SAME_TIME_S: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Moment:
    """One twitch."""

    event: Event
    times_s: tuple[float, ...]
    """Media time of each frame."""
    frames: tuple[Image, ...]
    """As filmed on the left, enlarged on the right."""
    times_larger: float
    """At the peak."""

    @property
    def limited(self) -> bool:
        """Whether the movement is too large to be enlarged as often as wanted."""
        return self.times_larger < 0.98 * WANTED


def strongest(events: Sequence[Event], count: int) -> list[Event]:
    """Return the largest counted twitches, at first one of each train, for its neighbours look alike."""
    ranked = sorted((e for e in events if not e.gated), key=lambda e: -e.amplitude_mm)
    runs: set[int] = set()
    first: list[Event] = []
    others: list[Event] = []
    for event in ranked:
        seen = event.run is not None and event.run in runs
        (others if seen else first).append(event)
        if event.run is not None:
            runs.add(event.run)
    chosen: list[Event] = []
    for event in (*first, *others):
        if len(chosen) < count and all(abs(event.peak_s - other.peak_s) > BEFORE_S for other in chosen):
            chosen.append(event)
    return sorted(chosen, key=lambda e: e.onset_s)


def cut_moments(
    frames: Iterable[Frame], recording: Recording, measured: Measured, to_picture: FloatArray, count: int
) -> list[Moment]:
    """Return the strongest twitches of a clip that is read once more, in time order.

    `to_picture` (n, 2, 3) is `Recorder.placements`. Frames without a face are left out, and twitches of which
    fewer than three frames remain.
    """
    events = strongest(measured.events, count)
    if not events:
        return []
    cuts = [_Cut(event, recording, measured, to_picture) for event in events]
    last = max(cut.stop_s for cut in cuts)
    for frame in frames:
        if frame.t_s > last:
            break
        for cut in cuts:
            cut.look(frame)
    return [cut.moment() for cut in cuts if len(cut.pictures) >= 3]


class _Cut:
    """Collects one twitch's frames."""

    def __init__(
        self, event: Event, recording: Recording, measured: Measured, to_picture: FloatArray
    ) -> None:
        eyes = event.region in EYES.shown and event.region not in MOUTH.shown
        self.plan: Magnification = plan(recording, measured, to_picture, WANTED, EYES if eyes else MOUTH)
        self.painter = Painter.of(self.plan, measured)
        self.event = event
        self.start_s = event.onset_s - BEFORE_S
        self.stop_s = min(event.offset_s + AFTER_S, self.start_s + LONGEST_S)
        self.times: list[float] = []
        self.pictures: list[Image] = []

    def look(self, frame: Frame) -> None:
        """Keep what a frame shows, if it belongs to the twitch and is not too soon after the last one."""
        t = frame.t_s
        if not self.start_s <= t <= self.stop_s or (self.times and t - self.times[-1] < 0.9 / FASTEST_HZ):
            return
        k = int(np.searchsorted(self.plan.t_s, t - SAME_TIME_S))
        if k >= self.plan.t_s.size or abs(self.plan.t_s[k] - t) > SAME_TIME_S:
            return
        if not np.isfinite(self.plan.to_picture[k]).all():
            return
        filmed, larger = self.painter.pictures(frame, k)
        both = np.full((SIDE, 2 * SIDE + GAP, 3), INK, np.uint8)
        both[:, :SIDE] = cv2.resize(filmed, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        both[:, SIDE + GAP :] = cv2.resize(larger, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
        self.times.append(t)
        self.pictures.append(both)

    def moment(self) -> Moment:
        """Return what was collected."""
        k = int(np.argmin(np.abs(self.plan.t_s - self.event.peak_s)))
        return Moment(self.event, tuple(self.times), tuple(self.pictures), float(self.plan.factor[k]))
