"""The box around the face that is being followed, and whether a found face is still the same one.

With several faces in the picture the largest one at the start is followed, and from then on the same one: a
face that appears elsewhere is another person, however large. Trackers only ever see the box, which moves
slowly, so that a neighbour's face is mostly outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from twitchcam.types import FloatArray

Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in picture pixels."""

ROOM: Final = 2.2
"""Side of the box over the face's own extent: face trackers want the whole head and some background."""
DEAD_ZONE: Final = 0.06
PER_FRAME: Final = 0.03
"""The box moves by at most this part of its side per frame, so that a tracker that predicts where the face is
inside the box is not thrown off."""
SAME_REACH: Final = 0.7
"""A face whose centre has moved by more than this many face sizes from one frame to the next is another."""
REACH_GROWTH: Final = 0.2
LONGEST_REACH: Final = 0.9
"""The reach grows by 0.2 face sizes a second while the face is away, up to this: two heads side by side are
about one face size apart or more, so a neighbour is not taken for the one who left."""
SAME_SIZE: Final = 1.7
FORGET_S: Final = 5.0
"""After this long without the face, the largest one is taken again."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Centre and extent of a face in picture pixels."""

    x: float
    y: float
    size: float

    @staticmethod
    def of(points_px: FloatArray) -> Spot:
        """Return the spot of a face from its landmarks (478, d)."""
        low, high = points_px[:, :2].min(axis=0), points_px[:, :2].max(axis=0)
        x, y = (low + high) / 2
        return Spot(float(x), float(y), float((high - low).max()))


@dataclass
class Follower:
    """Keeps the box and the identity."""

    spot: Spot | None = None
    seen_s: float = -np.inf
    _box: tuple[float, float, float] | None = None

    def same(self, spot: Spot, t_s: float) -> bool:
        """Tell whether a face at `spot` can be the one that was followed."""
        if self.spot is None or t_s - self.seen_s > FORGET_S:
            return True
        away = np.hypot(spot.x - self.spot.x, spot.y - self.spot.y)
        ratio = spot.size / self.spot.size
        reach = min(SAME_REACH + REACH_GROWTH * (t_s - self.seen_s), LONGEST_REACH)
        return bool(away <= reach * self.spot.size and 1 / SAME_SIZE < ratio < SAME_SIZE)

    def choose(self, faces: list[FloatArray], t_s: float) -> FloatArray | None:
        """Return the face to follow: the largest at the start, later the nearest that can be the same."""
        spots = [(Spot.of(points), points) for points in faces]
        known = self.spot if self.spot is not None and t_s - self.seen_s <= FORGET_S else None
        if known is None:
            return max(spots, key=lambda item: item[0].size)[1] if spots else None
        candidates = [item for item in spots if self.same(item[0], t_s)]
        nearest = min(candidates, key=lambda i: np.hypot(i[0].x - known.x, i[0].y - known.y), default=None)
        return None if nearest is None else nearest[1]

    def take(self, spot: Spot) -> None:
        """Put the box around a face that was found."""
        self._box = (spot.x, spot.y, ROOM * spot.size)

    def settle(self, points_px: FloatArray, t_s: float) -> None:
        """Take over the face's new place; the box follows slowly."""
        spot = Spot.of(points_px)
        self.spot, self.seen_s = spot, t_s
        if self._box is None:
            self.take(spot)
            return
        x, y, old = self._box
        side = ROOM * spot.size
        limit = PER_FRAME * old
        move_x, move_y = (_step(d, limit, DEAD_ZONE * old) for d in (spot.x - x, spot.y - y))
        self._box = (x + move_x, y + move_y, old + _step(side - old, limit, 2 * DEAD_ZONE * old))

    def lose(self) -> None:
        """The face is not where it was: forget the box, keep the identity for a while."""
        self._box = None

    def box(self, width: int, height: int) -> Box | None:
        """Return the box (x0, y0, x1, y1) in a picture of this size, or None when there is none."""
        if self._box is None:
            return None
        x, y, side = self._box
        half = side / 2
        x0, y0 = max(0, int(x - half)), max(0, int(y - half))
        x1, y1 = min(width, int(np.ceil(x + half))), min(height, int(np.ceil(y + half)))
        return (x0, y0, x1, y1) if x1 - x0 >= 32 and y1 - y0 >= 32 else None


def _step(away: float, limit: float, ignored: float) -> float:
    """Return how far to go towards something `away`: nothing when near enough, at most `limit`."""
    return float(np.clip(away, -limit, limit)) if abs(away) > ignored else 0.0
