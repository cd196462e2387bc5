"""What a page shows of each moment: lamps, traces, the inset, events with their numbers, the kept video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from faces import portrait
from live_parts import EYES_MM, HandFeed, twitching_face
from recordings import StillFace

from twitchcam.edges.camera import Counts, FeedState
from twitchcam.edges.camera.picture import CameraPicture, from_bgr, from_jpeg
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.overlay.inset import SIDE, TIMES, Inset
from twitchcam.edges.overlay.kept_video import KeptVideo
from twitchcam.edges.overlay.preview import as_jpeg
from twitchcam.edges.overlay.window import draw
from twitchcam.front import canonical
from twitchcam.live.event_book import EventBook, Shown
from twitchcam.live.lamps import Lamp, Lamps
from twitchcam.live.measuring import Shot
from twitchcam.live.timeline import Timeline
from twitchcam.live.traces import LINES, LiveTraces
from twitchcam.regions import INDEX, REGIONS
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Frame


@pytest.fixture(scope="module")
def seen() -> tuple[CameraPicture, FloatArray]:
    """Return a picture of a face of 120 px between the eyes, and its landmarks."""
    image = np.full((720, 1280, 3), 90, np.uint8)
    image[80:640, 400:840] = portrait()[..., ::-1]
    picture = from_bgr(image)
    tracker = FaceMeshTracker()
    try:
        landmarks = tracker.track(Frame(0, 0.0, picture))
    finally:
        tracker.close()
    assert landmarks is not None
    return picture, landmarks.points_px


class TestLamps:
    def look(
        self,
        seen: tuple[CameraPicture, FloatArray],
        *,
        points: FloatArray | None = None,
        picture: CameraPicture | None = None,
        gates: tuple[str, ...] = (),
        working: bool = False,
        feed: HandFeed | None = None,
    ) -> dict[str, Lamp]:
        shot = Shot(Frame(0, 1.0, picture or seen[0]), 1.0, seen[1] if points is None else points, None, None)
        status = (feed or HandFeed()).status()
        return {lamp.id: lamp for lamp in Lamps().look(shot, status, gates, working=working)}

    def test_all_is_well(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        assert {lamp.level for lamp in self.look(seen).values()} == {"ok"}

    def test_nobody_is_there(self) -> None:
        found = {lamp.id: lamp for lamp in Lamps().look(None, HandFeed().status(), (), working=False)}
        assert (found["face"].level, found["light"].level) == ("bad", "unknown")

    def test_far_away(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        middle = seen[1].mean(axis=0)
        assert self.look(seen, points=middle + 0.2 * (seen[1] - middle))["distance"].text == "Come closer."
        assert self.look(seen, points=middle + 0.5 * (seen[1] - middle))["distance"].level == "warn"

    def test_half_outside(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        assert "middle" in self.look(seen, points=seen[1] + [0, 340, 0])["distance"].text

    def test_dark(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        dark = from_bgr((seen[0].bgr * 0.15).astype(np.uint8))
        assert self.look(seen, picture=dark)["light"].level == "bad"

    def test_turned_away(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        turn = np.deg2rad(30)
        matrix = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
        middle = seen[1].mean(axis=0)
        assert self.look(seen, points=(seen[1] - middle) @ matrix.T + middle)["straight"].level == "bad"

    def test_talking(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        assert self.look(seen, gates=("speech",))["quiet"].text.startswith("Don't talk.")
        assert self.look(seen, gates=("speech",), working=True)["quiet"].level == "ok"

    def test_moving(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        lamps, status = Lamps(), HandFeed().status()
        for k in range(4):
            shot = Shot(Frame(k, 0.25 * k, seen[0]), None, seen[1] + [20.0 * k, 0, 0], None, None)
            found = {lamp.id: lamp for lamp in lamps.look(shot, status, (), working=False)}
        assert found["still"].level == "bad"

    def test_too_slow(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        lamps, feed = Lamps(), HandFeed()
        for k in range(4):
            feed.t_s, feed.counts = float(k), Counts(40 * k, 0, 20 * k + 1, 20 * k, 1, True)
            shot = Shot(Frame(k, feed.t_s, seen[0]), None, seen[1], None, None)
            camera = lamps.look(shot, feed.status(), (), working=False)[-1]
        assert camera.level == "warn"
        assert "50 %" in camera.text
        assert "evenly" in camera.text

    def test_a_dim_camera_is_explained_in_its_own_words(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        feed = HandFeed()
        feed.trouble = "The light is dim, so the camera sends only 15 pictures a second."
        assert self.look(seen, feed=feed)["camera"] == Lamp("camera", "warn", feed.trouble)
        feed.state = FeedState.LOST
        assert self.look(seen, feed=feed)["face"].level == "bad"


class TestTraces:
    def values(self, *, eyes_mm: float | None = None) -> FloatArray:
        traces, recording = LiveTraces(eyes_mm), twitching_face()
        frame = Frame(0, 0.0, from_bgr(np.zeros((8, 8, 3), np.uint8)))
        rows = zip(recording.t_s, recording.motion_mm, recording.eye_opening_mm, strict=True)
        shots = (Shot(frame, float(t), None, m * [1, -1] / EYES_MM, e / EYES_MM) for t, m, e in rows)
        return np.array([traces.add(shot) for shot in shots])

    def test_one_value_a_line(self) -> None:
        values = self.values()
        assert values.shape[1] == len(LINES)
        assert np.isfinite(values).all()
        assert np.median(values[:, 2:4]) == pytest.approx(10, abs=4)  # lid gaps are not taken from rest

    def test_the_scale_is_the_eye_distance(self) -> None:
        assert np.allclose(self.values(eyes_mm=60.0), self.values() * 60 / 63)

    def test_it_rests_at_nothing(self) -> None:
        assert np.abs(np.median(self.values()[60:, [0, 1, 4, 5]], axis=0)).max() < 0.1

    def test_the_twitching_corner_lights_most(self) -> None:
        face = StillFace(duration_s=20, seed=4)
        for at in np.arange(3.0, 19.0, 1.7):
            face.twitch(float(at), "commissure_left", 0.8)
        for at in (4.0, 9.0, 14.0):
            face.blink(at)
        recording, traces = face.recording(), LiveTraces()
        frame = Frame(0, 0.0, from_bgr(np.zeros((8, 8, 3), np.uint8)))
        lit = np.zeros((recording.t_s.size, len(REGIONS)))
        rows = zip(recording.t_s, recording.motion_mm, recording.eye_opening_mm, strict=True)
        for k, (t, moved, gaps) in enumerate(rows):
            traces.add(Shot(frame, float(t), None, moved * [1, -1] / EYES_MM, gaps / EYES_MM))
            lit[k] = traces.activity
        brightest = lit[60:].max(axis=0)
        assert REGIONS[int(np.argmax(brightest))] == "commissure_left"
        assert brightest[INDEX["commissure_left"]] > 0.3
        assert brightest[INDEX["commissure_right"]] < 0.2
        assert brightest[[INDEX["upper_eyelid_left"], INDEX["upper_eyelid_right"]]].max() < 0.25

    def test_a_lost_face_is_a_gap(self) -> None:
        traces = LiveTraces()
        frame = Frame(0, 0.0, from_bgr(np.zeros((8, 8, 3), np.uint8)))
        assert np.isnan(traces.add(Shot(frame, 0.0, None, None, None))).all()
        assert not traces.activity.any()


class TestEvents:
    def event(self, peak_s: float, **changes: object) -> Event:
        event = Event(peak_s - 0.1, peak_s, peak_s + 0.1, "twitch", "left", "commissure_left",
                      ("commissure_left",), 0.8, 30.0, 9.0, 1, "")  # fmt: skip
        return replace(event, **changes)  # type: ignore[arg-type]

    def update(self, book: EventBook, settled: list[Event], still_open: list[Event]) -> None:
        book.update(Timeline(_settled_events=settled, _open_events=still_open))

    def test_numbers_stay_while_events_settle(self) -> None:
        book, shown = EventBook(), Shown()
        one, two = self.event(1.0), self.event(2.0)
        self.update(book, [], [one, two])
        assert shown.changes(book) == ([(1, one), (2, two)], [])
        moved = replace(two, peak_s=2.03, gated="speech")
        self.update(book, [one], [moved])
        assert shown.changes(book) == ([(2, moved)], [])
        self.update(book, [one, moved], [])
        assert shown.changes(book) == ([], [])

    def test_what_was_none_goes(self) -> None:
        book, shown = EventBook(), Shown()
        self.update(book, [], [self.event(1.0), self.event(2.0)])
        shown.changes(book)
        self.update(book, [], [self.event(2.0)])
        assert shown.changes(book) == ([], [1])

    def test_a_page_that_comes_late_gets_all(self) -> None:
        book = EventBook()
        self.update(book, [self.event(1.0)], [self.event(2.0)])
        assert [n for n, _ in Shown().changes(book)[0]] == [1, 2]

    def test_a_blink_is_no_twitch(self) -> None:
        book = EventBook()
        self.update(book, [], [self.event(1.0)])
        self.update(book, [], [self.event(1.0, trial_type="blink")])
        assert book.open[0][0] == 2


class TestInset:
    def paint(self, seen: tuple[CameraPicture, FloatArray], moved: FloatArray) -> tuple[Inset, FloatArray]:
        geometry, to_picture = canonical.define(seen[1])
        place = to_picture.copy()
        place[:, :2] *= geometry.eye_distance_px
        inset = Inset()
        painted = inset.paint(seen[0], seen[1], place, moved)
        assert painted is not None
        assert painted.shape == (SIDE, SIDE, 3)
        return inset, painted.astype(float)

    def test_motion_is_enlarged_where_it_is(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        rest = np.zeros((len(REGIONS), 2))
        moved = rest.copy()
        moved[INDEX["commissure_left"]] = [0.01, -0.004]
        still, larger = self.paint(seen, rest)[1], self.paint(seen, moved)[1]
        changed = np.abs(larger - still).mean(axis=2)
        # The subject's left is on the right of the picture.
        assert changed[:, SIDE // 2 :].mean() > 5 * changed[:, : SIDE // 2].mean()

    def test_noise_is_not(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        noise = np.random.default_rng(1).normal(0, 0.0003, (len(REGIONS), 2))
        assert np.array_equal(self.paint(seen, noise)[1], self.paint(seen, 0 * noise)[1])

    def test_large_motion_is_enlarged_less(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        moved = np.zeros((len(REGIONS), 2))
        moved[INDEX["commissure_left"]] = [0.1, 0.0]
        assert 1.0 <= self.paint(seen, moved)[0].factor < 0.5 * TIMES


class TestPictures:
    def test_previews_are_small(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        jpeg, width, height = as_jpeg(seen[0])
        assert (width, height) == (640, 360)
        assert cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR).shape == (360, 640, 3)

    def test_a_small_jpeg_of_the_camera_is_passed_on(self) -> None:
        data = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1]
        picture = from_jpeg(data)
        assert picture is not None
        assert as_jpeg(picture) == (data.tobytes(), 64, 48)

    def test_the_kept_video_holds_the_cameras_own_bytes(self, tmp_path: Path) -> None:
        video = KeptVideo((64, 48))
        sent = [cv2.imencode(".jpg", np.full((48, 64, 3), 20 * k, np.uint8))[1] for k in range(5)]
        for k, data in enumerate(sent):
            picture = from_jpeg(data)
            assert picture is not None
            video.add(Frame(k, 0.0, picture), 0.1 * k**2)
            video.add(Frame(k, 0.0, picture), 0.1 * k**2)  # its time stands still
        video.save(tmp_path / "video.mov")
        video.close()
        content = (tmp_path / "video.mov").read_bytes()
        assert all(data.tobytes() in content for data in sent)
        assert video.frames == 5

    def test_the_plain_window_draws_a_mirror(self, seen: tuple[CameraPicture, FloatArray]) -> None:
        image = draw(seen[0], seen[1], np.zeros(len(REGIONS)), ["one", "two"])
        assert image.shape == (540 + 2 * 30 + 8, 960, 3)
        plain = draw(seen[0], None, np.zeros(len(REGIONS)), [])
        assert np.abs(plain[300, ::-1].astype(float) - seen[0].rgb(None, (960, 540))[300]).mean() < 3
