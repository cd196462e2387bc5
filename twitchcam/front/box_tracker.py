"""Following one face with a network that finds faces in a picture, whichever network it is.

The network only ever sees a box around the face (see `follow`), small enough to be quick and with a
neighbour's face mostly outside. When the face is not in its box, the whole picture is searched now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from twitchcam.front.follow import Box, Follower, Spot
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Image

INPUT_PX: Final = 320
"""Side of the picture that the network's own crop (192 px) is taken from: it throws finer input away."""
LEAST_PX: Final = 280
"""Boxes of twice this and more are shrunk by whole numbers to no less than this, two thirds of which fill the
network's crop: that is quick, while shrinking to any other size takes as long as a third of the network.
Smaller boxes are not: at their full 400 px the samples' numbers changed by more than other noise
(26 events to 25 and 3.6 % more noise in one of four)."""
SEARCH_PX: Final = 960
"""Longest side of the picture in which faces are searched."""
SEARCH_EVERY: Final = 5
"""While no face is found, search in every fifth frame only: a search costs several times a tracked frame."""

FindFaces = Callable[[Image], list[FloatArray]]
"""From an RGB picture to the (m, 3) landmarks of its faces: x and y as fractions of width and height, z of
the width."""


@dataclass
class BoxTracker:
    """Keeps a network on one face.

    `near` is asked for the face in its box (m = 478), `anywhere` for all faces of the picture (m >= 468).
    """

    near: FindFaces
    anywhere: FindFaces
    follower: Follower = field(default_factory=Follower)
    _misses: int = 0

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the followed face's landmarks in this frame, or None."""
        points = self._in_box(frame)
        if points is None:
            self.follower.lose()
            points = self._search(frame)
        return None if points is None else FaceLandmarks(points)

    def _in_box(self, frame: Frame) -> FloatArray | None:
        picture = frame.picture
        box = self.follower.box(picture.width, picture.height)
        if box is None:
            return None
        box, size = in_steps(box)
        faces = [in_picture(face, box) for face in self.near(picture.rgb(box, size))]
        face = self.follower.choose(faces, frame.t_s)
        if face is None:
            return None
        self.follower.settle(face, frame.t_s)
        return face

    def _search(self, frame: Frame) -> FloatArray | None:
        self._misses += 1
        if self._misses > 1 and self._misses % SEARCH_EVERY:
            return None
        picture = frame.picture
        places = search_boxes(picture.width, picture.height)
        if self._misses > 1:
            # All at once would hold up the frames: the whole picture and one part of it in turn.
            turn = self._misses // SEARCH_EVERY
            places = [places[0] if turn % 2 else places[turn // 2 % len(places)]]
        for box in places:
            found = self.anywhere(picture.rgb(box, _fit_into(SEARCH_PX, box)))
            face = self.follower.choose([in_picture(points, box) for points in found], frame.t_s)
            if face is None:
                continue
            self.follower.take(Spot.of(face))
            near = self._in_box(frame)
            if near is not None:
                self._misses = 0
                return near
            self.follower.lose()
        return None


def search_boxes(width: int, height: int) -> list[Box]:
    """Return the whole picture, then squares of half its length that cover it and overlap by half.

    The search sees what it is given at 128 px: in a whole picture only faces whose eyes are more than about
    a twenty-fifth of its length apart.
    """
    side = -(-max(width, height) // 2)

    def starts(length: int) -> list[int]:
        steps = max(0, -(-(length - side) * 2 // side))
        return [round(k * (length - side) / steps) for k in range(steps + 1)] if steps else [0]

    parts = [
        (x, y, min(x + side, width), min(y + side, height)) for y in starts(height) for x in starts(width)
    ]
    return [(0, 0, width, height), *parts]


def in_picture(points: FloatArray, box: Box) -> FloatArray:
    """Return landmarks given as fractions of a box in picture pixels."""
    width, height = box[2] - box[0], box[3] - box[1]
    return points * [width, height, width] + [box[0], box[1], 0.0]


def in_steps(box: Box) -> tuple[Box, tuple[int, int]]:
    """Return the box and the size it shrinks to for the network.

    A large one loses up to a few pixels at its edges, so that it shrinks by a whole number and begins at even
    pixels, as the colours in video do.
    """
    x0, y0 = box[0] + box[0] % 2, box[1] + box[1] % 2
    width, height = box[2] - x0, box[3] - y0
    step = min(max(width, height) // LEAST_PX, min(width, height) // 4)
    if step < 2:
        return box, _fit_into(INPUT_PX, box)
    width, height = width - width % (2 * step), height - height % (2 * step)
    return (x0, y0, x0 + width, y0 + height), (width // step, height // step)


def _fit_into(longest: int, box: Box) -> tuple[int, int]:
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))
