"""The traces: how the left and the right half of the mouth moved, page by page, with a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from twitchcam.edges.overlay.drawing import COLOURS, GREY, INK, LANE, PAPER, colour_of, write
from twitchcam.regions import INDEX, LEFT, REGIONS, RIGHT, side_of
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Image

PAGE_S: Final = 20.0
"""Longest time on one page: a twitch of 0.1 s is then 6 pixels wide."""
LEAST_MM: Final = 0.15
"""Traces are never stretched further than this full height, or noise would look like movement."""
_SIDES: Final = ("left", "right")
_TOP, _LANE_H, _FOOT = 6, 62, 22
_LEFT_EDGE, _RIGHT_EDGE = 40, 76
_STEPS_MM: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)


@dataclass
class Traces:
    """Draws the page that holds a time; a page is painted once."""

    width: int
    t_s: FloatArray
    lines_mm: tuple[FloatArray, FloatArray]
    """(m,) of the left and the right half."""
    events: tuple[Event, ...]
    full_mm: float
    """Height of a lane."""
    _page: int = -1
    _image: Image = field(default_factory=lambda: np.zeros((1, 1, 3), np.uint8))

    @classmethod
    def of(
        cls, width: int, t_s: FloatArray, band_mm: FloatArray, events: Sequence[Event], shown: Sequence[str]
    ) -> Traces:
        """Return the traces of (m, 19, 2) motion: of each side the region of `shown` with the largest events,
        without events the one that moves most.
        """
        lines = []
        for outwards, columns in ((1.0, LEFT), (-1.0, RIGHT)):
            names = [REGIONS[i] for i in columns if REGIONS[i] in shown]
            chosen = [INDEX[n] for n in _busiest(names, events) or names]
            lines.append(main_line(band_mm[:, chosen] * [outwards, 1.0]))
        known = np.abs(np.concatenate(lines))
        known = known[np.isfinite(known)]
        top = float(np.quantile(known, 0.998)) if known.size else 0.0
        return cls(width, t_s, (lines[0], lines[1]), tuple(events), max(2.3 * top, LEAST_MM))

    @property
    def height(self) -> int:
        return _TOP + 2 * _LANE_H + _FOOT

    def put(self, area: Image, t_s: float) -> None:
        """Copy the page into `area` (height, width, 3), with the cursor at `t_s`."""
        page = int(max(t_s - self._start(), 0.0) // PAGE_S)
        if page != self._page:
            self._page = page
            self._image = self._paint()
        area[:] = self._image
        x = self.x_of(t_s)
        cv2.line(area, (x, 2), (x, _TOP + 2 * _LANE_H + 2), (255, 255, 255), 1)

    def x_of(self, t_s: float) -> int:
        """Return the column of a time of the page."""
        done = (t_s - self._start() - self._page * PAGE_S) / self._length()
        return round(_LEFT_EDGE + min(max(done, 0.0), 1.0) * (self.width - _LEFT_EDGE - _RIGHT_EDGE))

    def _start(self) -> float:
        return float(self.t_s[0]) if self.t_s.size else 0.0

    def _length(self) -> float:
        whole = float(self.t_s[-1] - self.t_s[0]) if self.t_s.size else 0.0
        return min(max(whole, 0.1), PAGE_S)

    def _paint(self) -> Image:
        image = np.full((self.height, self.width, 3), INK, np.uint8)
        start = self._start() + self._page * PAGE_S
        stop = start + self._length()
        a, b = np.searchsorted(self.t_s, [start - 0.2, stop + 0.2])
        for k, side in enumerate(_SIDES):
            y0 = _TOP + k * _LANE_H
            lane = image[y0 : y0 + _LANE_H - 4]
            lane[:, _LEFT_EDGE : self.width - _RIGHT_EDGE] = LANE
            self._mark_events(lane, side, start, stop)
            write(lane, side[0].upper(), (14, _LANE_H // 2 - 2), 0.6, COLOURS[side], centred=True)
            self._draw_line(lane, self.t_s[a:b], self.lines_mm[k][a:b], COLOURS[side])
        self._label(image, start, stop)
        return image

    def _mark_events(self, lane: Image, side: str, start: float, stop: float) -> None:
        """Lay a bar under each event of the side; counted ones last, so that a grey one never hides them."""
        for event in sorted(self.events, key=lambda e: not e.gated):
            if event.offset_s < start or event.onset_s > stop or side_of(event.region) not in (side, "mid"):
                continue
            x0, x1 = self.x_of(event.onset_s), self.x_of(event.offset_s)
            bottom = lane.shape[0]
            cv2.rectangle(lane, (x0, bottom - 5), (max(x1, x0 + 1), bottom), colour_of(event), -1)

    def _draw_line(
        self, lane: Image, t_s: FloatArray, values: FloatArray, colour: tuple[int, int, int]
    ) -> None:
        room = lane.shape[0] - 8
        y = room / 2 - np.clip(values / self.full_mm, -0.5, 0.5) * (room - 4)
        good = np.isfinite(y)
        edges = np.flatnonzero(np.diff(np.r_[0, good.view(np.int8), 0]))
        for i, j in edges.reshape(-1, 2):
            x = [self.x_of(float(t)) for t in t_s[i:j]]
            points = np.column_stack([np.array(x) * 16, np.round(y[i:j] * 16)]).astype(np.int32)
            cv2.polylines(lane, [points], False, colour, 1, cv2.LINE_AA, shift=4)

    def _label(self, image: Image, start: float, stop: float) -> None:
        """Write the times below, and how much a millimetre is."""
        y = _TOP + 2 * _LANE_H + 13
        step = next((s for s in (0.5, 1.0, 2.0) if (stop - start) / s <= 12), 2.0)
        for t in np.arange(np.ceil(start / step) * step, stop + 1e-6, step):
            write(image, f"{t:g} s", (self.x_of(float(t)), y - 3), 0.38, GREY, centred=True)
        size = max((s for s in _STEPS_MM if s <= 0.6 * self.full_mm), default=_STEPS_MM[0])
        tall = round(size / self.full_mm * (_LANE_H - 16))
        x, bottom = self.width - _RIGHT_EDGE + 8, _TOP + _LANE_H + tall // 2 - 2
        cv2.line(image, (x, bottom), (x, bottom - tall), PAPER, 2)
        write(image, f"{size:g} mm", (x + 8, bottom - tall // 2 + 4), 0.4, PAPER)


def _busiest(names: Sequence[str], events: Sequence[Event]) -> list[str]:
    weight = {n: sum(e.amplitude_mm for e in events if e.region == n and not e.gated) for n in names}
    best = max(names, key=lambda n: weight[n])
    return [best] if weight[best] > 0 else []


def main_line(motion_mm: FloatArray) -> FloatArray:
    """Return (m,) the motion of the region that moves most, of (m, r, 2), along its main direction.

    Up (y) or, when it goes more across, x is positive. NaN where the region was not measured.
    """
    known = np.isfinite(motion_mm).all(axis=2)
    if not known.any():
        return np.full(motion_mm.shape[0], np.nan)
    middle = [
        np.median(motion_mm[good, r], axis=0) if good.any() else [0, 0] for r, good in enumerate(known.T)
    ]
    centred = motion_mm - np.array(middle)
    size = np.where(known, np.linalg.norm(np.nan_to_num(centred), axis=2), 0.0)
    most = int(np.argmax(np.quantile(size, 0.99, axis=0)))
    mine = centred[known[:, most], most]
    axis = np.linalg.eigh(mine.T @ mine)[1][:, -1]
    axis *= np.sign(axis[np.argmax(np.abs(axis))])
    line: FloatArray = centred[:, most] @ axis
    return line
