"""Drawing: lips, regions, sides, events and writing, in place on an RGB picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from twitchcam.edges.overlay.marks import INNER, OUTER, PLACES, place_of
from twitchcam.regions import REGIONS, side_of
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Image

Colour = tuple[int, int, int]
COLOURS: Final[dict[str, Colour]] = {"left": (99, 184, 240), "right": (245, 166, 35), "mid": (225, 225, 225)}
"""The report's colours of the sides, so that both read alike."""
GREY: Final[Colour] = (140, 140, 140)
INK: Final[Colour] = (18, 22, 28)
LANE: Final[Colour] = (40, 46, 56)
PAPER: Final[Colour] = (240, 240, 240)
AFTERGLOW_S: Final = 0.25
"""A twitch lasts a tenth of a second; its mark stays a little longer, fading, to be seen at all."""
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def colour_of(event: Event) -> Colour:
    """Return the colour of the event's side, grey when it is not counted."""
    return GREY if event.gated else COLOURS[side_of(event.region)]


def write(
    area: Image, text: str, at: tuple[int, int], size: float, colour: Colour, *, centred: bool = False
) -> None:
    """Write with a dark rim, readable on any skin and any wall; `at` is the left end of the base line."""
    thick = max(1, round(1.4 * size))
    (w, h), _ = cv2.getTextSize(text, _FONT, size, thick)
    x, y = (at[0] - w // 2, at[1] + h // 2) if centred else at
    cv2.putText(area, text, (x, y), _FONT, size, INK, thick + 2, cv2.LINE_AA)
    cv2.putText(area, text, (x, y), _FONT, size, colour, thick, cv2.LINE_AA)


def fit_text(text: str, width: float, size: float) -> float:
    """Return the largest letter size up to `size` at which the text is no wider than `width` pixels."""
    wide = cv2.getTextSize(text, _FONT, size, max(1, round(1.4 * size)))[0][0]
    return size if wide <= width else size * width / wide


def draw_lips(area: Image, marks: FloatArray, unit: float) -> None:
    """Draw both outlines, each half in the colour of its side."""
    across = place_of(marks, "commissure_left") - place_of(marks, "commissure_right")
    middle = (place_of(marks, "upper_lip_mid") + place_of(marks, "lower_lip_mid")) / 2
    for outline in (marks[OUTER], marks[INNER]):
        for a, b in zip(outline, np.roll(outline, -1, axis=0), strict=True):
            side = "left" if ((a + b) / 2 - middle) @ across > 0 else "right"
            cv2.line(area, _px(a), _px(b), COLOURS[side], max(1, round(unit)), cv2.LINE_AA, shift=4)


def draw_regions(area: Image, marks: FloatArray, unit: float) -> None:
    """Draw a dot for each region, in the colour of its side."""
    for name, place in zip(REGIONS, marks[PLACES], strict=True):
        cv2.circle(area, _px(place), round(2.8 * unit * 16), INK, -1, cv2.LINE_AA, shift=4)
        cv2.circle(area, _px(place), round(2.0 * unit * 16), COLOURS[side_of(name)], -1, cv2.LINE_AA, shift=4)


def draw_sides(area: Image, marks: FloatArray, unit: float) -> None:
    """Write L and R beside the mouth, on the subject's own side."""
    left, right = place_of(marks, "commissure_left"), place_of(marks, "commissure_right")
    for letter, side, at, other in (("L", "left", left, right), ("R", "right", right, left)):
        x, y = at + 0.45 * (at - other)
        write(area, letter, (round(float(x)), round(float(y))), 0.7 * unit, COLOURS[side], centred=True)


def draw_event(area: Image, marks: FloatArray, event: Event, glow: float, unit: float) -> None:
    """Ring the event's regions, the strongest one widest; `glow` 1 to 0 fades it."""
    colour = tuple(round(c * (0.4 + 0.6 * glow)) for c in colour_of(event))
    width = max(1, round((1.0 + 1.5 * glow) * unit))
    for region in dict.fromkeys((event.region, *event.regions)):
        radius = round((11.0 if region == event.region else 6.5) * unit * 16)
        place = _px(place_of(marks, region))
        cv2.circle(area, place, radius, INK, width + 2, cv2.LINE_AA, shift=4)
        cv2.circle(area, place, radius, colour, width, cv2.LINE_AA, shift=4)


def describe(event: Event) -> str:
    """Return kind, place and size of an event in a few words."""
    size = f" {event.amplitude_mm:.2f} mm" if np.isfinite(event.amplitude_mm) else ""
    gate = f" ({event.gated.replace('_', ' ')})" if event.gated else ""
    *words, side = event.region.replace("commissure", "mouth_corner").split("_")
    return f"{event.trial_type}: {'middle' if side == 'mid' else side} {' '.join(words)}{size}{gate}"


def glow(event: Event, t_s: float) -> float:
    """Return 1 while the event lasts, falling to 0 in the afterglow."""
    return float(np.clip(1.0 - (t_s - event.offset_s) / AFTERGLOW_S, 0.0, 1.0))


def _px(point: FloatArray) -> tuple[int, int]:
    """Return a point in the sixteenths of a pixel that OpenCV draws at with shift=4."""
    return round(float(point[0]) * 16), round(float(point[1]) * 16)
