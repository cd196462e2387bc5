"""Which face is followed: tested with a stand-in for the network, so that every case is exact."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.box_tracker import (
    INPUT_PX,
    LEAST_PX,
    SEARCH_EVERY,
    BoxTracker,
    in_picture,
    in_steps,
    search_boxes,
)
from twitchcam.front.follow import FORGET_S, Follower, Spot
from twitchcam.types import FloatArray, Frame, Image

WIDTH, HEIGHT, FPS = 960, 540, 20
LEFT, RIGHT = 300.0, 640.0


def face_at(x: float, size: float, points: int = 478, y: float = 270.0) -> FloatArray:
    """Return landmarks in an ellipse of the given height."""
    angle = np.linspace(0, 2 * np.pi, points)
    return np.column_stack([x + 0.4 * size * np.sin(angle), y + 0.5 * size * np.cos(angle), np.zeros(points)])


@dataclass
class Scene:
    """Faces as (name, x, size), and a network that sees those in the part of the picture it is given."""

    faces: list[tuple[str, float, float]] = field(default_factory=list)
    searches: int = 0
    _box: tuple[int, int, int, int] = (0, 0, WIDTH, HEIGHT)

    def near(self, _rgb: Image) -> list[FloatArray]:
        x0, y0, x1, y1 = self._box
        inside = [f for f in self.faces if x0 < f[1] < x1]
        # As the real networks do: one face, the one that fills the box best.
        inside.sort(key=lambda f: -f[2])
        return [(face_at(f[1], f[2]) - [x0, y0, 0]) / [x1 - x0, y1 - y0, x1 - x0] for f in inside[:1]]

    def anywhere(self, _rgb: Image) -> list[FloatArray]:
        self.searches += 1
        x0, y0, x1, y1 = self._box
        faces = [f for f in self.faces if x0 + f[2] / 2 < f[1] < x1 - f[2] / 2 and f[2] > (x1 - x0) / 10]
        return [(face_at(f[1], f[2], 468) - [x0, y0, 0]) / [x1 - x0, y1 - y0, x1 - x0] for f in faces]


class ScenePicture(ArrayPicture):
    def __init__(self, scene: Scene) -> None:
        super().__init__(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
        self.scene = scene

    def rgb(self, box: tuple[int, int, int, int] | None = None, size: tuple[int, int] | None = None) -> Image:
        self.scene._box = box or (0, 0, WIDTH, HEIGHT)
        return super().rgb(box, size)


class Play:
    """Runs a script and writes down who was followed in every frame, '.' for nobody."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.tracker = BoxTracker(self.scene.near, self.scene.anywhere)
        self.frames = 0

    def show(self, seconds: float, *faces: tuple[str, float, float]) -> str:
        seen = ""
        for _ in range(round(seconds * FPS)):
            self.scene.faces = list(faces)
            found = self.tracker.track(Frame(self.frames, self.frames / FPS, ScenePicture(self.scene)))
            self.frames += 1
            seen += "." if found is None else self._name(Spot.of(found.points_px))
        return seen

    def _name(self, spot: Spot) -> str:
        return min(self.scene.faces, key=lambda f: abs(f[1] - spot.x))[0]


def test_largest_at_the_start_is_followed() -> None:
    assert set(Play().show(1, ("A", LEFT, 200), ("B", RIGHT, 160))) == {"A"}
    assert set(Play().show(1, ("A", LEFT, 160), ("B", RIGHT, 200))) == {"B"}


def test_larger_face_that_appears_is_not_taken() -> None:
    play = Play()
    play.show(1, ("A", LEFT, 160))
    assert set(play.show(3, ("A", LEFT, 160), ("B", RIGHT, 260))) == {"A"}


def test_sizes_that_swap_slowly_change_nothing() -> None:
    play = Play()
    for size in np.arange(220, 120, -2.0):
        assert play.show(1 / FPS, ("A", LEFT, size), ("B", RIGHT, 340 - size)) == "A"


def test_face_that_leaves_for_two_seconds_is_found_again() -> None:
    play = Play()
    play.show(1, ("A", LEFT, 200), ("B", RIGHT, 160))
    assert set(play.show(2, ("B", RIGHT, 160))) == {"."}
    back = play.show(1, ("A", LEFT + 30, 190), ("B", RIGHT, 160))
    assert set(back.lstrip(".")) == {"A"}
    assert back.count(".") < SEARCH_EVERY


def test_face_elsewhere_is_not_taken_before_it_is_forgotten() -> None:
    play = Play()
    play.show(1, ("A", LEFT, 200))
    seen = play.show(FORGET_S + 1, ("B", LEFT + 210, 200))
    gone = len(seen) - len(seen.lstrip("."))
    assert FORGET_S <= gone / FPS <= FORGET_S + (SEARCH_EVERY + 1) / FPS
    assert set(seen[gone:]) == {"B"}


def test_network_that_slips_to_a_neighbour_is_not_believed() -> None:
    play = Play()
    play.show(1, ("A", LEFT, 200))
    # Both lie in the box, and the network now prefers the larger neighbour: no frame may show B.
    assert "B" not in play.show(1, ("A", LEFT, 180), ("B", LEFT + 190, 240))


def test_search_is_rare_while_nobody_is_there() -> None:
    play = Play()
    assert set(play.show(5, *())) == {"."}
    assert play.scene.searches <= play.frames / SEARCH_EVERY + len(search_boxes(WIDTH, HEIGHT))


@given(width=st.integers(16, 4000), height=st.integers(16, 4000))
def test_search_covers_the_picture_with_few_parts(width: int, height: int) -> None:
    whole, *parts = search_boxes(width, height)
    assert whole == (0, 0, width, height)
    assert 3 <= len(parts) <= 9
    seen = np.zeros((height // 8, width // 8), bool)
    for x0, y0, x1, y1 in parts:
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height
        seen[y0 // 8 : -(-y1 // 8), x0 // 8 : -(-x1 // 8)] = True
    assert seen.all()


def test_face_too_small_for_the_whole_picture_is_found_at_once() -> None:
    assert Play().show(0.2, ("A", LEFT, 70)) == "AAAA"


def test_small_face_that_appears_later_is_found_within_two_seconds() -> None:
    play = Play()
    play.show(1, *())
    assert play.show(4, ("A", LEFT, 70)).count(".") <= 14 * SEARCH_EVERY


def test_first_frame_with_a_face_is_not_missed() -> None:
    assert Play().show(0.2, ("A", LEFT, 200)) == "AAAA"


def test_fractions_become_picture_pixels() -> None:
    points = in_picture(np.array([[0.0, 0.0, 0.1], [1.0, 0.5, 0.0]]), (100, 50, 300, 150))
    assert points == pytest.approx(np.array([[100, 50, 20], [300, 100, 0]]))


@given(x=st.floats(-50, WIDTH + 50), size=st.floats(20, 900), steps=st.lists(st.floats(-60, 60), max_size=20))
def test_box_stays_inside_the_picture(x: float, size: float, steps: list[float]) -> None:
    follower = Follower()
    for k, step in enumerate([0.0, *steps]):
        x += step
        follower.settle(face_at(x, size), k / FPS)
        box = follower.box(WIDTH, HEIGHT)
        if box is not None:
            x0, y0, x1, y1 = box
            assert 0 <= x0 < x1 <= WIDTH
            assert 0 <= y0 < y1 <= HEIGHT


@given(
    x0=st.integers(0, 8000),
    y0=st.integers(0, 8000),
    width=st.integers(32, 5000),
    height=st.integers(32, 5000),
)
def test_large_boxes_are_shrunk_by_whole_numbers(x0: int, y0: int, width: int, height: int) -> None:
    box = (x0, y0, x0 + width, y0 + height)
    inner, size = in_steps(box)
    assert box[0] <= inner[0] < inner[2] <= box[2]
    assert box[1] <= inner[1] < inner[3] <= box[3]
    if max(width, height) < 2 * LEAST_PX:
        assert inner == box
        assert max(size) <= INPUT_PX
    elif min(width, height) > 0.5 * max(width, height) and max(width, height) > 2 * LEAST_PX + 1:
        sides = inner[2] - inner[0], inner[3] - inner[1]
        assert inner[0] % 2 == inner[1] % 2 == sides[0] % size[0] == sides[1] % size[1] == 0
        assert sides[0] // size[0] == sides[1] // size[1]
        assert max(size) >= 0.97 * LEAST_PX
