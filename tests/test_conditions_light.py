"""Flicker in the back, foreshortening in the front, and the asymmetry's interval on a turned head."""

from __future__ import annotations

import numpy as np
import pytest

from twitchcam.analysis.asymmetry import asymmetry_index
from twitchcam.analysis.flicker import find_beats, without_beats
from twitchcam.front.foreshorten import surface_slopes, to_face_frame
from twitchcam.front.mesh_shape import head_angles
from twitchcam.regions import INDEX, LIP_INDEX, MIRROR, REGIONS
from twitchcam.types import FloatArray

FS = 30.0
T = np.arange(0, 20, 1 / FS)


def lit(hz: float, depth: float, seed: int = 0) -> FloatArray:
    """Brightness of a face under light that beats, with noise and a slow change."""
    rng = np.random.default_rng(seed)
    return np.asarray(
        0.5 * (1 + depth * np.sin(2 * np.pi * hz * T + 0.7) + 0.02 * np.sin(0.9 * T))
        + 2e-5 * rng.standard_normal(T.size)
    )


@pytest.mark.parametrize(
    ("lamp", "fs", "hz"), [(100.0, 30.0, 10.0), (100.0, 30000 / 1001, 10.09), (120.0, 25.0, 5.0)]
)
def test_a_beat_is_found_at_the_alias_of_the_lamps(lamp: float, fs: float, hz: float) -> None:
    t = np.arange(0, 20, 1 / fs)
    brightness = 0.4 * (1 + 0.02 * np.sin(2 * np.pi * lamp * t)) + 2e-5 * np.random.default_rng(
        1
    ).standard_normal(t.size)
    (beat,) = find_beats(brightness, fs)
    assert beat.hz == pytest.approx(hz, abs=0.02)
    assert beat.depth == pytest.approx(0.02, rel=0.1)


def test_steady_light_and_other_lines_are_no_beat() -> None:
    assert find_beats(lit(10.0, 0.0), FS) == ()
    assert find_beats(lit(6.0, 0.01), FS) == ()
    assert find_beats(np.full(T.size, np.nan), FS) == ()
    train = np.where((T > 5) & (T < 12), 1.0, 0.0)
    assert find_beats(0.5 * (1 + 0.01 * train * np.sin(2 * np.pi * 10 * T)), FS) == ()


def test_the_beat_goes_and_the_twitches_stay() -> None:
    brightness = lit(10.02, 0.02)
    leak = 0.3 * np.sin(2 * np.pi * 10.02 * T + 2.0)[:, None, None] * np.ones((1, 3, 2))
    train = np.where((T > 5) & (T < 11), 0.25 * np.sin(2 * np.pi * 5 * T), 0.0)[:, None, None]
    beats = find_beats(brightness, FS)
    clean = without_beats(leak + train, brightness, FS, beats)
    middle = (T > 1) & (T < 19)
    assert np.abs(clean - train)[middle].max() < 0.02
    same = np.where((T > 5) & (T < 11), 0.25 * np.sin(2 * np.pi * 10.02 * T), 0.0)[:, None, None]
    kept = without_beats(leak + same, brightness, FS, beats)
    assert (kept * same).sum() / (same**2).sum() / 3 / 2 > 0.9
    np.testing.assert_array_equal(without_beats(leak, brightness, FS, ()), leak)


def test_gaps_stay_gaps() -> None:
    brightness, motion = lit(10.0, 0.02), np.zeros((T.size, 2, 2))
    brightness[100:130] = motion[100:130] = np.nan
    motion[:, 1] = np.nan
    out = without_beats(motion, brightness, FS, find_beats(brightness, FS))
    np.testing.assert_array_equal(np.isnan(out), np.isnan(motion))


def turned(points: FloatArray, yaw_deg: float) -> FloatArray:
    """A mesh turned about the vertical, nose to the subject's left (picture's right) for positive yaw."""
    a = np.radians(yaw_deg)
    # Mesh z grows away from the camera.
    turn = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    return np.asarray((points - points.mean(axis=0)) @ turn.T)


@pytest.fixture(scope="module")
def straight(face_points: FloatArray) -> tuple[FloatArray, float]:
    """An upright mesh that looks straight ahead, and its eye distance."""
    roll = np.radians(head_angles(face_points)[2])
    upright = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = face_points @ upright.T
    points = turned(points, -float(head_angles(points)[0]))
    nod = np.radians(head_angles(points)[1])
    level = np.array([[1, 0, 0], [0, np.cos(nod), -np.sin(nod)], [0, np.sin(nod), np.cos(nod)]])
    points = points @ level.T
    assert head_angles(points) == pytest.approx([0.0, 0.0, 0.0], abs=1.0)
    return points, float(np.linalg.norm(points[468] - points[473]))


@pytest.mark.parametrize("yaw", [-20.0, -8.0, 0.0, 15.0])
def test_foreshortening_is_undone(straight: tuple[FloatArray, float], yaw: float) -> None:
    """Known answer: move the skin along itself, turn the head, look at it from the front."""
    points, size = straight
    slopes = surface_slopes(points, size)
    a = np.radians(yaw)
    matrices = to_face_frame(turned(points, yaw), size)
    for name in ("commissure_left", "commissure_right", "upper_lip_mid", "chin_mid"):
        k = INDEX[name]
        for move in (np.array([1.0, 0.0]), np.array([0.0, 1.0])):
            depth = float(slopes[k] @ move)
            seen = np.array([np.cos(a) * move[0] - np.sin(a) * depth, move[1]])
            np.testing.assert_allclose(matrices[k] @ seen, move, atol=0.06)


def test_a_straight_face_is_left_alone(straight: tuple[FloatArray, float]) -> None:
    points, size = straight
    wide = to_face_frame(points, size)
    lips = list(LIP_INDEX)
    np.testing.assert_allclose(wide[lips][:, 0], np.tile([1.0, 0.0], (len(lips), 1)), atol=0.08)
    assert wide.shape == (len(REGIONS), 2, 2)


def test_mirrored_faces_have_mirrored_matrices(straight: tuple[FloatArray, float]) -> None:
    """The mesh of a mirrored face is not relabelled here: only the middle regions can be compared."""
    points, size = straight
    left, right = to_face_frame(turned(points, 12.0), size), to_face_frame(turned(points, -12.0), size)
    flip = np.array([[1.0, -1.0], [-1.0, 1.0]])
    for name in ("commissure_left", "upper_lip_left", "lower_lip_left"):
        k = INDEX[name]
        np.testing.assert_allclose(left[k], right[MIRROR[k]] * flip, atol=0.15)


def test_the_interval_widens_with_the_yaw() -> None:
    motion = np.zeros((300, len(REGIONS), 2))
    motion[:, list(LIP_INDEX), 1] = 0.2 * np.sin(2 * np.pi * 5 * T[:300])[:, None]
    blocks = [(30 * k, 30 * k + 30) for k in range(10)]
    widths = []
    for yaw in (0.0, 8.0, 16.0):
        found = asymmetry_index(motion, blocks, np.full((len(REGIONS), 2), 1e-6), 13.0, FS, yaw_deg=yaw)
        assert found.index == pytest.approx(0.0, abs=1e-6)
        assert found.ci is not None
        widths.append(found.ci[1] - found.ci[0])
    assert widths == sorted(widths)
    assert 0.1 < widths[0] < 0.19 < widths[-1] < 0.3
