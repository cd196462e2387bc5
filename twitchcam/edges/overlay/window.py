"""A plain window of OpenCV: the picture, mirrored, with the lips' outline and lines of text below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from twitchcam.edges.overlay.drawing import COLOURS, INK, PAPER, fit_text, write
from twitchcam.edges.overlay.marks import INNER, OUTER, PLACES, pick_marks
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS, side_of
from twitchcam.types import FloatArray, Image, Picture

TITLE: Final = "twitchcam"
WIDEST: Final = 960
_LINE: Final = 30


class PlainWindow:
    """An open window."""

    def __init__(self) -> None:
        """Open it.

        Raises
        ------
        InputRefused
            If this OpenCV was built without windows.
        """
        try:
            cv2.namedWindow(TITLE)
        except cv2.error as error:
            raise InputRefused(
                "--window: the installed OpenCV has no windows (the locked set has the headless "
                "build); leave --window out to use the page"
            ) from error

    def show(
        self, picture: Picture, points_px: FloatArray | None, activity: FloatArray, lines: Sequence[str]
    ) -> str:
        """Show a picture and return the key that was pressed: '' for none, 'q' too when it was closed."""
        cv2.imshow(TITLE, cv2.cvtColor(draw(picture, points_px, activity, lines), cv2.COLOR_RGB2BGR))
        key = cv2.waitKey(1) & 0xFF
        if cv2.getWindowProperty(TITLE, cv2.WND_PROP_VISIBLE) < 1 or key == 27:
            return "q"
        return "" if key == 0xFF else chr(key)

    def close(self) -> None:
        """Close it."""
        cv2.destroyWindow(TITLE)


def draw(picture: Picture, points_px: FloatArray | None, activity: FloatArray, lines: Sequence[str]) -> Image:
    """Return (h, w, 3) RGB: the mirrored picture with its marks, text below.

    `activity` (19,) is 0-1. Mirrored, the subject's left is on the left.
    """
    scale = min(1.0, WIDEST / picture.width)
    size = round(picture.width * scale), round(picture.height * scale)
    image = np.full((size[1] + _LINE * len(lines) + 8, size[0], 3), INK, np.uint8)
    image[: size[1]] = cv2.flip(picture.rgb(None, size), 1)
    if points_px is not None:
        marks = pick_marks(points_px) * scale
        marks[:, 0] = size[0] - 1 - marks[:, 0]
        for part in (OUTER, INNER):
            cv2.polylines(image, [marks[part].round().astype(np.int32)], True, PAPER, 1, cv2.LINE_AA)
        for name, place, active in zip(REGIONS, marks[PLACES], activity, strict=True):
            colour = COLOURS.get(side_of(name), PAPER)
            at = round(float(place[0])), round(float(place[1]))
            cv2.circle(image, at, 2 + round(8 * float(active)), colour, -1, cv2.LINE_AA)
    write(image, "L", (16, 30), 0.8, COLOURS["left"])
    write(image, "R", (size[0] - 36, 30), 0.8, COLOURS["right"])
    for row, text in enumerate(lines):
        at = 12, size[1] + _LINE * (row + 1) - 6
        write(image, text, at, fit_text(text, size[0] - 24, 0.6), PAPER)
    return image
