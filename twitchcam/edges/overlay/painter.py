"""The painter: lays picture, close-up, words and strip out, and paints one frame after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twitchcam.edges.overlay.drawing import (
    AFTERGLOW_S,
    COLOURS,
    GREY,
    INK,
    PAPER,
    colour_of,
    describe,
    draw_event,
    draw_lips,
    draw_regions,
    draw_sides,
    fit_text,
    glow,
    write,
)
from twitchcam.edges.overlay.marks import N_MARKS, steady_mouth
from twitchcam.edges.overlay.strip import Strip
from twitchcam.edges.overlay.video_out import write_video
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Frame, Image

_SHORT_SIDE, _LONG_SIDE = 480, 1280
"""Small clips are enlarged so that the writing can be read, large ones reduced to what a screen shows."""
_MOUTHS = 1.7
"""Width of the close-up in widths of the mouth."""
_LEGEND = (("their left", COLOURS["left"]), ("their right", COLOURS["right"]), ("not counted", GREY))
_SAME_TIME_S = 1e-3

Area = tuple[int, int, int, int]
"""x0, y0, x1, y1 on the overlay."""


def write_overlay(
    frames: Iterable[Frame],
    out_path: str | Path,
    *,
    t_s: FloatArray,
    marks_px: FloatArray,
    events: Sequence[Event],
    fps: float | None = None,
    on_frame: Callable[[int], None] | None = None,
) -> int:
    """Write the overlay as H.264 in MP4, without sound, with the clip's own times; return the picture count.

    Parameters
    ----------
    frames
        The clip once more, opened the same way (`mirrored` too) as for the measurement.
    out_path
        Where to write; the file appears only when complete.
    t_s
        (n,) media time of the measured frames.
    marks_px
        (n, N_MARKS, 2) from `pick_marks`, NaN where no face was seen.
    events
        All of them; gated ones are drawn grey.
    fps
        Frame rate, as a hint to the encoder.
    on_frame
        Called with the number of pictures written so far.
    """
    if marks_px.shape != (t_s.size, N_MARKS, 2):
        raise ValueError(f"marks_px must be ({t_s.size}, {N_MARKS}, 2), see pick_marks; got {marks_px.shape}")
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise ValueError("there are no frames to draw on; was the video read before? open it again")
    layout = Layout.fitted(first.picture.width, first.picture.height)
    span_s = (float(t_s[0]), float(t_s[-1])) if t_s.size else (0.0, 0.0)
    strip = Strip.painted(layout.size[0], layout.unit, span_s, events)
    painter = Painter.fitted(layout, strip, events)
    mouths = steady_mouth(t_s, marks_px)
    count = 0
    with write_video(Path(out_path), painter.size, fps) as out:
        frame: Frame | None = first
        while frame is not None:
            k = int(np.searchsorted(t_s, frame.t_s - _SAME_TIME_S))
            known = k < t_s.size and abs(t_s[k] - frame.t_s) <= _SAME_TIME_S
            marks = marks_px[k] if known and not np.isnan(marks_px[k]).any() else None
            out.add(painter.paint(frame, marks, mouths[k] if known else None), frame.t_s)
            count += 1
            if on_frame is not None:
                on_frame(count)
            frame = next(pictures, None)
    return count


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things go: a panel with close-up and words, right of a wide picture or below a tall one."""

    size: tuple[int, int]
    """(w, h) of everything above the strip."""
    scale: float
    unit: float
    """Thickness of a line in pixels; everything grows with it."""
    picture: Area
    closeup: Area
    words: Area

    @classmethod
    def fitted(cls, width: int, height: int) -> Layout:
        """Return the layout for pictures of a size."""
        scale = min(max(1.0, _SHORT_SIDE / min(width, height)), _LONG_SIDE / max(width, height))
        w, h = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
        unit = max(1.0, min(w, h) / 480)
        if w > h:
            panel = 2 * round(0.3 * h)
            zoom = w, 0, w + panel, round(0.75 * panel)
            words = w, zoom[3], w + panel, h
            return cls((w + panel, h), scale, unit, (0, 0, w, h), zoom, words)
        panel = 2 * round(0.19 * w)
        zoom = 0, h, round(w * 0.5), h + panel
        return cls((w, h + panel), scale, unit, (0, 0, w, h), zoom, (zoom[2], h, w, h + panel))


@dataclass(frozen=True, slots=True)
class Painter:
    """Paints frames; holds only what stays the same from one to the next."""

    layout: Layout
    strip: Strip
    events: tuple[Event, ...]
    background: Image

    @classmethod
    def fitted(cls, layout: Layout, strip: Strip, events: Sequence[Event]) -> Painter:
        """Return the painter for a layout and what happened."""
        background = np.full((layout.size[1] + strip.height, layout.size[0], 3), INK, np.uint8)
        _put_legend(background, layout)
        return cls(layout, strip, tuple(events), background)

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) of the overlay."""
        return self.layout.size[0], self.layout.size[1] + self.strip.height

    def paint(self, frame: Frame, marks_px: FloatArray | None, mouth_px: FloatArray | None) -> Image:
        """Return the overlay of one frame.

        `marks_px` None: no face was seen. `mouth_px` (3,): centre and width for the close-up, or None or NaN.
        """
        layout = self.layout
        image = self.background.copy()
        shown = [e for e in self.events if e.onset_s <= frame.t_s <= e.offset_s + AFTERGLOW_S]
        x0, y0, x1, y1 = layout.picture
        area = image[y0:y1, x0:x1]
        area[:] = frame.picture.rgb(None, (x1 - x0, y1 - y0))
        if marks_px is None:
            write(area, "no face", (x1 // 2, y1 // 2), layout.unit, PAPER, centred=True)
        else:
            marks = marks_px * layout.scale
            draw_lips(area, marks, layout.unit)
            draw_regions(area, marks, layout.unit)
            draw_sides(area, marks, layout.unit)
            for event in shown:
                draw_event(area, marks, event, glow(event, frame.t_s), layout.unit)
        if mouth_px is not None and np.isfinite(mouth_px).all():
            self._put_closeup(image, frame, mouth_px)
        self._put_words(image, frame.t_s, shown)
        self.strip.put(image[layout.size[1] :], frame.t_s)
        return image

    def _put_closeup(self, image: Image, frame: Frame, mouth_px: FloatArray) -> None:
        """Show the mouth enlarged and unmarked, cut out between the pixels so that the cut does not jump."""
        x0, y0, x1, y1 = self.layout.closeup
        w, h = x1 - x0, y1 - y0
        cx, cy, width = (float(v) for v in mouth_px)
        step = max(_MOUTHS * width / w, 1e-3)
        left, top = cx - step * w / 2, cy - step * h / 2
        box = (int(left) - 2, int(top) - 2, int(left + step * w) + 3, int(top + step * h) + 3)
        bx, by = max(0, box[0]), max(0, box[1])
        if min(box[2], frame.picture.width) <= bx or min(box[3], frame.picture.height) <= by:
            return
        part = frame.picture.rgb(box)
        cut = np.array([[step, 0, left - bx + (step - 1) / 2], [0, step, top - by + (step - 1) / 2]])
        how = (cv2.INTER_CUBIC if step < 1 else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP
        image[y0:y1, x0:x1] = cv2.warpAffine(part, cut, (w, h), flags=how, borderValue=INK)
        size = 0.42 * self.layout.unit
        at = (x0 + round(6 * self.layout.unit), y1 - round(7 * self.layout.unit))
        write(image, f"mouth x{1 / (step * self.layout.scale):.1f}", at, size, PAPER)

    def _put_words(self, image: Image, t_s: float, shown: Sequence[Event]) -> None:
        x0, y0, x1, _ = self.layout.words
        unit, margin = self.layout.unit, round(10 * self.layout.unit)
        counted = [e for e in self.events if not e.gated and e.trial_type == "twitch" and e.onset_s <= t_s]
        lines = [(f"{t_s:.2f} s", PAPER, 0.7), (f"twitches so far: {len(counted)}", PAPER, 0.5)]
        lines += [(describe(e), colour_of(e), 0.5) for e in sorted(shown, key=lambda e: e.onset_s)[-3:]]
        y = y0 + margin
        for text, colour, letters in lines:
            y += round(30 * letters * unit + 6 * unit)
            room = x1 - x0 - 2 * margin
            write(image, text, (x0 + margin, y), fit_text(text, room, letters * unit), colour)


def _put_legend(image: Image, layout: Layout) -> None:
    x0, _, x1, y1 = layout.words
    unit, room = layout.unit, (x1 - x0) / len(_LEGEND)
    margin = round(10 * unit)
    for k, (text, colour) in enumerate(_LEGEND):
        x, y = x0 + margin + round(k * (room - margin / 2)), y1 - margin
        cv2.circle(image, (x, y - round(4 * unit)), round(3 * unit), colour, -1, cv2.LINE_AA)
        write(image, text, (x + round(7 * unit), y), fit_text(text, room - 2 * margin, 0.42 * unit), PAPER)
