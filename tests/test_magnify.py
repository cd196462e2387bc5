"""The magnified video: measured motion comes out N times as large, stillness stays still, nothing folds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import StillFace
from typer.testing import CliRunner

from twitchcam.analysis import analyse
from twitchcam.analysis.amplify import steady_factors, worth_showing
from twitchcam.cli import app
from twitchcam.edges.decode import open_video
from twitchcam.edges.overlay.magnify import (
    ACROSS,
    PANEL,
    SHOWN,
    Painter,
    eye_distance_mm,
    plan,
    write_magnified,
)
from twitchcam.edges.overlay.trace import Traces, main_line
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.errors import InputRefused
from twitchcam.front.canonical import EYE_LINE, WIDTH
from twitchcam.front.swell import STEEPEST, Swelling, look_back
from twitchcam.regions import INDEX, LIP_INDEX, REGIONS
from twitchcam.result_files import MAGNIFIED
from twitchcam.session import Options, Result, analyse_clip, analyse_recording
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.types import FloatArray, Frame, Recording

SIZE = (640, 480)
EYES_PX = 150.0
SETTINGS = AnalysisSettings()


def upright(angle_deg: float = 0.0, eyes_px: float = EYES_PX) -> FloatArray:
    """(2, 3) from a face's own frame to a picture in whose middle it lies, turned by an angle."""
    a = np.radians(angle_deg)
    linear = eyes_px * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    middle = np.array([WIDTH / 2, EYE_LINE + 0.6])
    return np.column_stack([linear, np.array(SIZE) / 2 - linear @ middle])


def placed(recording: Recording, to_picture: FloatArray) -> FloatArray:
    maps = np.broadcast_to(to_picture, (recording.t_s.size, 2, 3)).copy()
    maps[~recording.face] = np.nan
    return maps


def skin(seed: int = 0) -> np.ndarray:
    """A picture with detail everywhere."""
    rough = np.random.default_rng(seed).normal(size=(SIZE[1], SIZE[0], 3))
    smooth = cv2.GaussianBlur(rough, (0, 0), 2.5)
    return np.asarray(np.clip(128 + 200 * smooth, 0, 255), np.uint8)


def twitching(
    mm: float = 0.4, *, at_s: float = 5.0, region: str = "commissure_left"
) -> tuple[Recording, Measured]:
    face = StillFace(duration_s=10.0, seed=4)
    face.twitch(at_s, region, mm, length_s=0.3)
    recording = face.recording()
    return recording, analyse(recording)


def row_at(recording: Recording, t_s: float) -> int:
    return int(np.argmin(np.abs(recording.t_s - t_s)))


def shift_between(a: np.ndarray, b: np.ndarray, at: FloatArray, half: int = 40) -> FloatArray:
    """Return how far what lies at a place of picture `a` has moved in `b`, by matching grey levels."""
    grey = [cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) for image in (a, b)]
    x, y = at.round().astype(int)
    part = grey[0][y - half : y + half + 1, x - half : x + half + 1]
    found = cv2.matchTemplate(grey[1], part, cv2.TM_CCOEFF_NORMED)
    start = np.array(np.unravel_index(np.argmax(found), found.shape))[::-1] - [x - half, y - half]
    affine = np.float32([[1, 0, x - half + start[0]], [0, 1, y - half + start[1]]])
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 200, 1e-6)
    affine = cv2.findTransformECC(part, grey[1], affine, cv2.MOTION_AFFINE, stop, None, 5)[1]
    return np.asarray(affine @ [half, half, 1] - [x, y])


class TestMagnitude:
    @pytest.mark.parametrize("times", [2.0, 5.0, 10.0])
    def test_a_measured_twitch_is_shown_n_times_as_far(self, times: float) -> None:
        recording, measured = twitching(0.4)
        magnification = plan(recording, measured, placed(recording, upright(7.0)), times)
        painter = Painter.of(magnification, measured)
        k = row_at(recording, 5.0)
        filmed, larger = painter.pictures(Frame(k, float(recording.t_s[k]), ArrayPicture(skin())), k)
        place = magnification.swelling.places[SHOWN.index("commissure_left")]
        seen_at = place + magnification.moved[k, SHOWN.index("commissure_left")] - magnification.corner
        shift = shift_between(filmed, larger, seen_at * PANEL / ACROSS)
        true_mm = 0.4 * np.array([np.cos(np.radians(60)), -np.sin(np.radians(60))])
        true_px = true_mm / eye_distance_mm(recording) * PANEL / ACROSS
        assert not magnification.limited
        np.testing.assert_allclose(shift, (times - 1) * true_px, atol=0.12 * (times - 1) * 0.4 * 5.8 + 0.3)

    def test_other_side_stays_where_it_is(self) -> None:
        recording, measured = twitching(0.4)
        magnification = plan(recording, measured, placed(recording, upright()), 10.0)
        k = row_at(recording, 5.0)
        moved = np.linalg.norm(magnification.moved[k], axis=1) * eye_distance_mm(recording)
        assert moved[SHOWN.index("commissure_left")] == pytest.approx(0.4, abs=0.05)
        assert moved[[SHOWN.index(n) for n in SHOWN if n.endswith("right")]].max() < 0.03

    def test_a_pull_keeps_its_height(self) -> None:
        face = StillFace(duration_s=14.0, seed=5)
        face.tonic(5.0, 4.0, "commissure_right", 2.0, direction_deg=120)
        recording = face.recording()
        shown = worth_showing(recording, analyse(recording), SETTINGS)
        held = (recording.t_s > 5.5) & (recording.t_s < 8.5)
        height = np.linalg.norm(shown[held][:, INDEX["commissure_right"]], axis=1)
        np.testing.assert_allclose(height, 2.0, atol=0.25)

    def test_a_train_swings_fully(self) -> None:
        face = StillFace(duration_s=12.0, seed=6)
        face.train(3.0, 6.0, 5.0, "lower_lip_left", 0.5, direction_deg=90)
        recording = face.recording()
        shown = worth_showing(recording, analyse(recording), SETTINGS)[:, INDEX["lower_lip_left"], 1]
        inside = (recording.t_s > 4) & (recording.t_s < 8)
        assert np.ptp(np.quantile(shown[inside], [0.05, 0.95])) == pytest.approx(0.5, abs=0.1)
        assert np.abs(np.median(shown[inside])) < 0.26


class TestStillness:
    @pytest.mark.parametrize("seed", range(3))
    def test_noise_and_sway_are_not_enlarged(self, seed: int) -> None:
        recording = StillFace(duration_s=12.0, seed=seed, tail_dof=6.0).recording()
        measured = replace(analyse(recording), events=())
        shown = worth_showing(recording, measured, SETTINGS)[:, [REGIONS.index(n) for n in SHOWN]]
        assert (np.abs(shown).max(axis=(1, 2)) > 0).mean() < 0.02
        assert np.abs(shown).max() < 0.15

    def test_a_still_frame_is_the_same_picture_twice(self) -> None:
        recording, measured = twitching()
        painter = Painter.of(plan(recording, measured, placed(recording, upright()), 20.0), measured)
        k = row_at(recording, 2.0)
        filmed, larger = painter.pictures(Frame(k, 0.0, ArrayPicture(skin())), k)
        np.testing.assert_array_equal(filmed, larger)

    def test_speech_and_covered_regions_are_left_alone(self) -> None:
        face = StillFace(duration_s=16.0, seed=7)
        face.speak(4.0, 5.0)
        face.twitch(13.0, "commissure_left", 0.6)
        face.match[face.t > 12.0, INDEX["commissure_left"]] = 0.2
        recording = face.recording()
        shown = worth_showing(recording, analyse(recording), SETTINGS)
        talking = (recording.t_s > 4.5) & (recording.t_s < 8.5)
        assert np.abs(shown[talking][:, list(LIP_INDEX)]).max() == 0
        assert np.abs(shown[recording.t_s > 12.1][:, INDEX["commissure_left"]]).max() == 0

    def test_nothing_is_nan_when_the_face_is_lost_or_was_never_there(self) -> None:
        face = StillFace(duration_s=10.0, seed=8)
        face.lose_face(4.0, 1.0)
        face.twitch(7.0, "commissure_left", 0.5)
        recording = face.recording()
        shown = worth_showing(recording, analyse(recording), SETTINGS)
        assert np.isfinite(shown).all()
        assert np.abs(shown[recording.t_s < 6.5][:, list(LIP_INDEX)]).max() < 0.15
        face.lost[:] = True
        recording = face.recording()
        assert not worth_showing(recording, analyse(recording), SETTINGS).any()

    def test_frames_at_uneven_times_keep_their_motion(self) -> None:
        face = StillFace(duration_s=10.0, seed=9, jitter=0.25)
        face.twitch(5.0, "commissure_left", 0.6, length_s=0.3)
        face.drop(0.12)
        recording = face.recording()
        shown = worth_showing(recording, analyse(recording), SETTINGS)[:, INDEX["commissure_left"]]
        near = np.abs(recording.t_s - 5.0) < 0.05
        assert np.linalg.norm(shown[near], axis=1).max() == pytest.approx(0.6, abs=0.1)


class TestNoFold:
    @given(st.integers(0, 10_000), st.floats(2, 50), st.floats(0.001, 0.2))
    def test_warp_is_one_to_one_and_exact(self, seed: int, wanted: float, size: float) -> None:
        rng = np.random.default_rng(seed)
        recording, measured = _still()
        magnification = plan(recording, measured, placed(recording, upright()), wanted)
        swelling = magnification.swelling
        moved = size * rng.normal(size=(1, len(SHOWN), 2))
        k = (np.arange(160) + 0.5) / 160 * ACROSS
        grid = np.stack(np.meshgrid(k, k), axis=2).reshape(-1, 2) + magnification.corner
        slope = float(swelling.slopes(grid[::7], moved)[0])
        factor = float(
            steady_factors(np.zeros(1), np.array([slope]), (), wanted=wanted, steepest=STEEPEST)[0]
        )
        assert 1 <= factor <= wanted
        field = (swelling.basis(grid) @ moved[0]).reshape(160, 160, 2) * 160 / ACROSS
        if factor == 1.0:
            return
        assert slope * factor <= STEEPEST + 1e-9
        shift = look_back(field, factor)
        # Order is kept: the place looked at moves on with the pixel.
        inner = slice(30, -30)
        assert (1 + np.diff(shift[..., 0], axis=1))[inner, inner].min() > 0
        assert (1 + np.diff(shift[..., 1], axis=0))[inner, inner].min() > 0
        # What rests at x is filmed at x + u and shown at x + factor u.
        rest = np.stack(np.meshgrid(np.arange(60, 100), np.arange(60, 100)), axis=2)
        shown = rest + factor * field[60:100, 60:100]
        inside = (shown > 5).all(axis=2) & (shown < 154).all(axis=2)
        x, y = shown[inside].T.astype(np.float32)
        looked = np.column_stack([cv2.remap(shift[..., d], x, y, cv2.INTER_LINEAR).ravel() for d in (0, 1)])
        np.testing.assert_allclose(shown[inside] + looked, (rest + field[60:100, 60:100])[inside], atol=0.35)

    def test_slope_of_one_bump_is_known(self) -> None:
        places = np.array([[1.0, 1.0], [3.0, 1.0]])
        swelling = Swelling.at(places)
        k = np.linspace(0.2, 1.8, 321)
        grid = np.stack(np.meshgrid(k, k), axis=2).reshape(-1, 2)
        moved = np.zeros((1, 2, 2))
        moved[0, 0] = 0.05, 0.0
        sd = np.sqrt(2) * 0.105
        assert swelling.slopes(grid, moved)[0] == pytest.approx(0.05 / sd * np.exp(-0.5), rel=0.01)
        np.testing.assert_allclose(swelling.basis(places), np.eye(2), atol=1e-3)

    def test_large_movements_are_limited_evenly_and_it_is_said(self) -> None:
        recording, measured = twitching(3.0)
        magnification = plan(recording, measured, placed(recording, upright()), 10.0)
        event = next(e for e in measured.events if e.region == "commissure_left")
        during = (recording.t_s >= event.onset_s) & (recording.t_s <= event.offset_s)
        assert magnification.limited
        assert 1.5 < magnification.factor[during].min() == magnification.factor[during].max() < 4
        assert magnification.factor[recording.t_s < event.onset_s - 2].min() == 10

    @given(st.integers(0, 1000))
    def test_factors_stay_below_what_each_frame_allows(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        t_s = np.cumsum(rng.uniform(0.02, 0.05, 200))
        slopes = rng.exponential(0.05, 200) * (rng.uniform(size=200) < 0.2)
        event = Event(t_s[90], t_s[95], t_s[99], "twitch", "left", "commissure_left", (), 1.0, 0, 9, None, "")
        factor = steady_factors(t_s, slopes, (event,), wanted=10.0, steepest=0.7)
        assert factor.max() <= 10
        assert factor.min() >= 1
        assert (factor * slopes <= np.maximum(0.7, slopes) + 1e-9).all()


def _still() -> tuple[Recording, Measured]:
    if not _KEPT:
        recording = StillFace(duration_s=4.0, seed=1).recording()
        _KEPT.append((recording, analyse(recording)))
    return _KEPT[0]


_KEPT: list[tuple[Recording, Measured]] = []


class TestPictures:
    def test_a_turned_and_larger_face_is_held_upright(self) -> None:
        """The same skin under another placement gives the same aligned picture."""
        recording, measured = _still()
        straight, turned = upright(), upright(20.0, 120.0)
        carry = np.vstack([turned, [0, 0, 1]]) @ np.linalg.inv(np.vstack([straight, [0, 0, 1]]))
        flat = cv2.GaussianBlur(skin(), (0, 0), 3)
        other = cv2.warpAffine(flat, carry[:2], SIZE, flags=cv2.INTER_CUBIC)
        shown = []
        for image, maps in ((flat, straight), (other, turned)):
            painter = Painter.of(plan(recording, measured, placed(recording, maps), 5.0), measured)
            shown.append(painter.pictures(Frame(0, 0.0, ArrayPicture(image)), 0)[0].astype(int))
        away = np.abs(shown[0] - shown[1])[200:440, 200:440]
        assert away.mean() < 2.0

    def test_a_huge_picture_is_reduced_in_the_same_place(self) -> None:
        recording, measured = _still()
        big = cv2.resize(skin(), None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
        grow = np.array([[8.0, 0, 3.5], [0, 8.0, 3.5], [0, 0, 1]])
        shown = []
        for image, maps in ((skin(), upright()), (big, (grow @ np.vstack([upright(), [0, 0, 1]]))[:2])):
            painter = Painter.of(plan(recording, measured, placed(recording, maps), 5.0), measured)
            shown.append(painter.pictures(Frame(0, 0.0, ArrayPicture(image)), 0)[0])
        np.testing.assert_allclose(shift_between(shown[0], shown[1], np.array([320.0, 320.0])), 0, atol=0.3)

    def test_a_face_at_the_edge_of_the_picture_or_outside(self) -> None:
        recording, measured = _still()
        for dx in (250.0, 5000.0):
            maps = upright() + np.array([[0, 0, dx], [0, 0, 0]])
            painter = Painter.of(plan(recording, measured, placed(recording, maps), 5.0), measured)
            assert painter.paint(Frame(0, 0.0, ArrayPicture(skin()))).shape == (*painter.size[::-1], 3)

    def test_trace_follows_the_main_direction(self) -> None:
        t = np.arange(100) / 30
        motion = np.zeros((100, 2, 2))
        motion[:, 1] = np.sin(2 * np.pi * t)[:, None] * [0.3, 0.4]
        motion[50:60] = np.nan
        line = main_line(motion)
        np.testing.assert_allclose(
            np.delete(line - 0.5 * np.sin(2 * np.pi * t), np.s_[50:60]).std(), 0, atol=1e-9
        )
        assert np.isnan(line[50:60]).all()
        assert np.isnan(main_line(np.full((5, 2, 2), np.nan))).all()
        traces = Traces.of(1284, t, np.zeros((100, len(REGIONS), 2)), [], SHOWN)
        area = np.zeros((traces.height, 1284, 3), np.uint8)
        for t_s in (0.0, 3.0, 90.0):
            traces.put(area, t_s)


def frames_of(recording: Recording) -> Iterator[Frame]:
    picture = ArrayPicture(skin())
    for k, t_s in enumerate(recording.t_s):
        yield Frame(k, float(t_s), picture)


class TestFile:
    def test_keeps_every_frame_and_time(self, tmp_path: Path) -> None:
        face = StillFace(duration_s=1.6, seed=2, jitter=0.2)
        face.lose_face(0.8, 0.3)
        recording = face.recording()
        measured = analyse(recording)
        told: list[int] = []
        out = tmp_path / "m.mp4"
        write_magnified(
            frames_of(recording),
            out,
            recording,
            measured,
            to_picture=placed(recording, upright()),
            times=10,
            on_frame=told.append,
        )
        with open_video(out) as video:
            times = [frame.t_s for frame in video]
        np.testing.assert_allclose(times, recording.t_s - recording.t_s[0], atol=1e-3)
        assert told == list(range(1, recording.t_s.size + 1))

    def test_no_face_at_all_is_said(self) -> None:
        face = StillFace(duration_s=1.0, seed=2)
        face.lost[:] = True
        recording = face.recording()
        measured = analyse(recording)
        magnification = plan(recording, measured, np.full((recording.t_s.size, 2, 3), np.nan), 10)
        image = Painter.of(magnification, measured).paint(next(frames_of(recording)))
        middle = image[36 + PANEL // 2 - 20 : 36 + PANEL // 2 + 20]
        assert (middle.min(axis=2) > 200).sum() > 100

    def test_wrong_input_is_told(self, tmp_path: Path) -> None:
        recording, measured = _still()
        out = tmp_path / "m.mp4"
        with pytest.raises(ValueError, match="placements"):
            plan(recording, measured, np.zeros((3, 2, 3)), 5.0)
        maps = placed(recording, upright())
        with pytest.raises(ValueError, match="open it again"):
            write_magnified(iter(()), out, recording, measured, to_picture=maps, times=5)
        assert not list(tmp_path.iterdir())


class TestProgram:
    def test_clip_gives_the_video_and_a_second_run_takes_it_away(
        self, short_clip: Path, tmp_path: Path
    ) -> None:
        stages: set[str] = set()
        result = analyse_clip(
            short_clip, tmp_path, Options(magnify=10), progress=lambda stage, *_: stages.add(stage)
        )
        folder = tmp_path / "short"
        with open_video(folder / MAGNIFIED) as video:
            times = [frame.t_s for frame in video]
        np.testing.assert_allclose(times, result.recording.t_s, atol=0.002)
        assert "magnifying" in stages
        assert not (folder / "overlay.mp4").exists()
        analyse_recording(folder / "recording.npz", tmp_path / "again", Options())
        (tmp_path / "again" / "short" / MAGNIFIED).write_bytes(b"old")
        analyse_recording(folder / "recording.npz", tmp_path / "again", Options())
        assert not (tmp_path / "again" / "short" / MAGNIFIED).exists()

    def test_a_recording_is_refused(self, measured: Result) -> None:
        assert measured.folder is not None
        with pytest.raises(InputRefused, match="holds no pictures, which --magnify needs"):
            analyse_recording(measured.folder / "recording.npz", None, Options(magnify=5))

    @pytest.mark.parametrize("times", [1.9, 51, 0, -3, float("nan"), float("inf")])
    def test_impossible_factors_are_refused(self, times: float) -> None:
        with pytest.raises(InputRefused, match="2 to 50 times"):
            Options(magnify=times)

    def test_help_names_it(self) -> None:
        assert "--magnify" in CliRunner().invoke(app, ["analyze", "--help"]).output
