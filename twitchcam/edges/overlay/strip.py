"""The strip: the whole recording along the lower edge, with its events by side and a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from twitchcam.edges.overlay.drawing import COLOURS, INK, LANE, colour_of, write
from twitchcam.regions import side_of
from twitchcam.summary import Event
from twitchcam.types import Image


@dataclass(frozen=True, slots=True)
class Strip:
    """The painted strip and the times at its ends."""

    image: Image
    start_s: float
    end_s: float
    unit: float

    @classmethod
    def painted(cls, width: int, unit: float, span_s: tuple[float, float], events: Sequence[Event]) -> Strip:
        """Return the strip: the subject's left above, right below, midline across both."""
        height = 2 * round(22 * unit)
        strip = cls(np.full((height, width, 3), INK, np.uint8), *span_s, unit)
        half, gap = height // 2, max(1, round(2 * unit))
        lanes = {"left": (gap, half - gap), "right": (half + gap, height - gap), "mid": (gap, height - gap)}
        x0, x1 = strip.x_of(span_s[0]), strip.x_of(span_s[1])
        for side, letter in (("left", "L"), ("right", "R")):
            y0, y1 = lanes[side]
            where = (round(14 * unit), (y0 + y1) // 2)
            write(strip.image, letter, where, 0.5 * unit, COLOURS[side], centred=True)
            cv2.rectangle(strip.image, (x0, y0), (x1, y1), LANE, -1)
        # Counted events last, so that a grey one never hides them.
        for event in sorted(events, key=lambda e: not e.gated):
            y0, y1 = lanes[side_of(event.region)]
            start, stop = strip.x_of(event.onset_s), strip.x_of(event.offset_s)
            stop = max(stop, start + round(unit))
            cv2.rectangle(strip.image, (start, y0), (stop, y1), colour_of(event), -1)
        return strip

    @property
    def height(self) -> int:
        return int(self.image.shape[0])

    def x_of(self, t_s: float) -> int:
        """Return the column of a time."""
        left, right = 28 * self.unit, self.image.shape[1] - 10 * self.unit
        length_s = self.end_s - self.start_s
        done = min(max((t_s - self.start_s) / length_s, 0.0), 1.0) if length_s > 0 else 0.0
        return round(left + done * (right - left))

    def put(self, area: Image, t_s: float) -> None:
        """Copy the strip into `area`, with the cursor at `t_s`."""
        area[:] = self.image
        x = self.x_of(t_s)
        cv2.line(area, (x, 0), (x, self.height - 1), (255, 255, 255), max(1, round(self.unit)))
