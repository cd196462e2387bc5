"""The overlay video: its times, its layout, and what is drawn where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from twitchcam.edges.decode import open_video
from twitchcam.edges.overlay import N_MARKS, pick_marks, write_overlay
from twitchcam.edges.overlay.drawing import COLOURS, GREY
from twitchcam.edges.overlay.marks import PLACES, steady_mouth
from twitchcam.edges.overlay.painter import Layout, Painter
from twitchcam.edges.overlay.strip import Strip
from twitchcam.edges.overlay.video_out import write_video
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.anatomy import REGION_POINTS
from twitchcam.regions import INDEX, REGIONS
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Frame

SIZE = (320, 240)


def event(onset: float, region: str, *, gated: str = "") -> Event:
    return Event(
        onset, onset + 0.05, onset + 0.1, "twitch", "left", region, (region,), 0.5, 0.0, 9.0, None, gated
    )


def marks_at(x: float = 160.0, y: float = 150.0) -> FloatArray:
    """Return marks of a face that looks at the camera: the subject's left is on the right of the picture."""
    marks = np.full((N_MARKS, 2), (x, y), np.float32)
    marks[PLACES.start + INDEX["commissure_left"]] = x + 30, y
    marks[PLACES.start + INDEX["commissure_right"]] = x - 30, y
    marks[PLACES.start + INDEX["cheek_left"]] = x + 60, y - 60
    marks[PLACES.start + INDEX["cheek_right"]] = x - 60, y - 60
    return marks


def grey_frames(times: FloatArray) -> Iterator[Frame]:
    picture = ArrayPicture(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
    for k, t_s in enumerate(times):
        yield Frame(k, float(t_s), picture)


def painted(t_s: float, marks: FloatArray | None, *events: Event) -> tuple[np.ndarray, Layout]:
    layout = Layout.fitted(*SIZE)
    painter = Painter.fitted(layout, Strip.painted(layout.size[0], layout.unit, (0.0, 2.0), events), events)
    frame = next(grey_frames(np.array([t_s])))
    return painter.paint(frame, marks, None if marks is None else np.array([160.0, 150.0, 60.0])), layout


def count(image: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int(np.all(image == colour, axis=-1).sum())


def test_keeps_the_clips_own_times(tmp_path: Path) -> None:
    times = np.array([0.0, 0.033, 0.067, 0.2, 0.21, 0.5])
    out = tmp_path / "overlay.mp4"
    marks = np.stack([marks_at()] * 6)
    marks[3] = np.nan
    told: list[int] = []
    n = write_overlay(
        grey_frames(times),
        out,
        t_s=times,
        marks_px=marks,
        events=[event(0.03, "cheek_left")],
        on_frame=told.append,
    )
    assert n == 6
    assert told == [1, 2, 3, 4, 5, 6]
    with open_video(out) as video:
        seen = [frame.t_s for frame in video]
        assert video.source.codec in ("h264", "mpeg4")
        assert (video.width, video.height) == (640 + 288, 480 + 44)
    np.testing.assert_allclose(seen, times, atol=1e-4)
    assert [p.name for p in tmp_path.iterdir()] == ["overlay.mp4"]


def test_left_is_blue_and_on_the_right_of_the_picture() -> None:
    image, layout = painted(1.0, marks_at())
    x0, y0, x1, y1 = layout.picture
    halves = image[y0:y1, x0 : x1 // 2 - 8], image[y0:y1, x1 // 2 + 8 : x1]
    assert count(halves[0], COLOURS["left"]) == 0 < count(halves[0], COLOURS["right"])
    assert count(halves[1], COLOURS["right"]) == 0 < count(halves[1], COLOURS["left"])


def test_event_is_ringed_while_it_lasts() -> None:
    marks, twitch = marks_at(), event(1.0, "cheek_left")
    x, y = (marks[PLACES.start + INDEX["cheek_left"]] * Layout.fitted(*SIZE).scale).astype(int)
    shown = [
        count(painted(t, marks, twitch)[0][y - 20 : y + 20, x - 20 : x + 20], COLOURS["left"])
        for t in (0.9, 1.05, 1.6)
    ]
    assert shown[1] > 2 * shown[0]
    assert shown[2] == shown[0]


def test_gated_event_is_grey() -> None:
    marks = marks_at()
    image, layout = painted(1.05, marks, event(1.0, "cheek_left", gated="speech"))
    x, y = (marks[PLACES.start + INDEX["cheek_left"]] * layout.scale).astype(int)
    assert count(image[y - 20 : y + 20, x - 20 : x + 20], GREY) > 20


def test_no_face_is_said_and_nothing_else_drawn() -> None:
    image, layout = painted(1.0, None, event(0.95, "cheek_left"))
    x0, y0, x1, y1 = layout.picture
    area = image[y0:y1, x0:x1]
    assert count(area, COLOURS["left"]) == count(area, COLOURS["right"]) == 0
    words = np.abs(area.astype(int) - 90).sum(axis=-1) > 200
    assert words[y1 // 2 - 20 : y1 // 2 + 20].sum() == words.sum() > 100


def test_strip_shows_events_in_their_lane_and_place() -> None:
    strip = Strip.painted(600, 1.0, (0.0, 10.0), [event(5.0, "cheek_left"), event(2.0, "cheek_right")])
    columns = np.flatnonzero(np.all(strip.image[10, 40:] == COLOURS["left"], axis=-1)) + 40
    assert strip.x_of(5.0) == columns[0]
    assert strip.x_of(5.1) == columns[-1]
    assert np.all(strip.image[strip.height - 10, strip.x_of(2.05)] == COLOURS["right"])


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (3840, 2160), (160, 120), (641, 479), (500, 500)])
def test_layout_is_even_inside_and_without_overlap(size: tuple[int, int]) -> None:
    layout = Layout.fitted(*size)
    covered = np.zeros(layout.size[::-1], int)
    for x0, y0, x1, y1 in (layout.picture, layout.closeup, layout.words):
        assert 0 <= x0 < x1 <= layout.size[0]
        assert 0 <= y0 < y1 <= layout.size[1]
        covered[y0:y1, x0:x1] += 1
    assert covered.min() == covered.max() == 1
    assert layout.size[0] % 2 == layout.size[1] % 2 == 0
    assert max(layout.picture[2:]) <= 1280 or min(layout.picture[2:]) <= 480
    shown = layout.picture[2] / layout.picture[3]
    assert shown == pytest.approx(size[0] / size[1], rel=0.01)


def test_marks_are_the_lips_and_the_regions() -> None:
    points = np.random.default_rng(0).normal(size=(478, 3))
    marks = pick_marks(points)
    assert marks.shape == (N_MARKS, 2)
    for name in REGIONS:
        wanted = points[list(REGION_POINTS[name]), :2].mean(axis=0)
        np.testing.assert_allclose(marks[PLACES.start + INDEX[name]], wanted, rtol=1e-6)


def test_close_up_follows_the_head_and_not_the_twitch() -> None:
    t_s = np.arange(300) / 30
    twitch = 1.0 * np.sin(2 * np.pi * 5 * t_s)
    drift = 10.0 * t_s
    marks = np.stack([marks_at(160 + x) for x in drift + twitch])
    marks[100:110] = np.nan
    steady = steady_mouth(t_s, marks)
    middle = slice(30, 270)
    away = steady[middle, 0] - 160 - drift[middle]
    assert np.abs(np.delete(away, np.s_[50:100])).max() < 0.2
    np.testing.assert_allclose(steady[middle, 2], 60, atol=1e-3)
    assert np.isnan(steady_mouth(t_s, np.full_like(marks, np.nan))).all()


def test_wrong_shapes_and_used_up_frames_are_told(tmp_path: Path) -> None:
    times = np.array([0.0, 0.1])
    with pytest.raises(ValueError, match="pick_marks"):
        write_overlay([], tmp_path / "o.mp4", t_s=times, marks_px=np.zeros((2, 478, 2)), events=[])
    with pytest.raises(ValueError, match="open it again"):
        write_overlay([], tmp_path / "o.mp4", t_s=times, marks_px=np.zeros((2, N_MARKS, 2)), events=[])
    with pytest.raises(ValueError, match="even"), write_video(tmp_path / "o.mp4", (641, 480), 30.0):
        pass
    assert list(tmp_path.iterdir()) == []


def test_failed_overlay_leaves_no_file(tmp_path: Path) -> None:
    def breaks() -> Iterator[Frame]:
        yield from grey_frames(np.array([0.0]))
        raise RuntimeError("decoder gone")

    with pytest.raises(RuntimeError, match="decoder gone"):
        write_overlay(
            breaks(), tmp_path / "o.mp4", t_s=np.array([0.0]), marks_px=np.stack([marks_at()]), events=[]
        )
    assert list(tmp_path.iterdir()) == []
