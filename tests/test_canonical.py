"""The canonical crop: similarities, their inverses, and the crop's definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.front import canonical
from twitchcam.front.anatomy import STABLE, eye_centres, region_places
from twitchcam.front.basis import node_places
from twitchcam.regions import INDEX, MIRROR


def similarity(scale: float, angle: float, dx: float, dy: float) -> np.ndarray:
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    return np.array([[c, -s, dx], [s, c, dy]])


small = st.floats(-200, 200)


@given(st.floats(0.2, 5), st.floats(-3, 3), small, small)
def test_a_similarity_is_found_again(scale: float, angle: float, dx: float, dy: float) -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-100, 100, (9, 2))
    true = similarity(scale, angle, dx, dy)
    np.testing.assert_allclose(
        canonical.fit_similarity(points, canonical.apply(true, points)), true, atol=1e-6
    )


def test_known_answer_a_quarter_turn() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    turned = np.array([[5.0, 5.0], [5.0, 6.0], [4.0, 5.0]])
    np.testing.assert_allclose(canonical.fit_similarity(points, turned), [[0, -1, 5], [1, 0, 5]], atol=1e-12)


def test_one_point_far_off_hardly_moves_the_robust_fit() -> None:
    rng = np.random.default_rng(1)
    points = rng.uniform(-100, 100, (20, 2))
    true = similarity(1.3, 0.1, 4, -7)
    seen = canonical.apply(true, points) + rng.normal(0, 0.1, (20, 2))
    seen[3] += 30
    plain = np.abs(canonical.fit_similarity(points, seen) - true).max()
    robust = np.abs(canonical.fit_similarity_robust(points, seen) - true).max()
    assert robust < 0.25 * plain


@given(st.floats(0.2, 5), st.floats(-3, 3), small, small)
def test_inverse_and_composition(scale: float, angle: float, dx: float, dy: float) -> None:
    true = similarity(scale, angle, dx, dy)
    there_and_back = canonical.compose(canonical.invert(true), true)
    np.testing.assert_allclose(there_and_back, [[1, 0, 0], [0, 1, 0]], atol=1e-6)


@pytest.mark.parametrize(("source", "crop"), [(20, 32), (50, 48), (103, 96), (130, 128), (900, 128)])
def test_the_crop_follows_the_source_and_never_blows_it_up_much(source: float, crop: int) -> None:
    assert canonical.choose_eye_distance(source) == crop


def test_the_crop_is_upright_and_aligned_with_itself(face_points: np.ndarray) -> None:
    turned = face_points.copy()
    turned[:, :2] = canonical.apply(similarity(1.7, 0.3, 40, -20), face_points[:, :2])
    turned[:, 2] *= 1.7
    geometry, to_picture = canonical.define(turned)
    eyes = eye_centres(geometry.landmarks_px[:, :2])
    assert eyes[0, 1] == pytest.approx(eyes[1, 1], abs=1e-6)
    assert eyes[0, 0] > eyes[1, 0]  # the subject's left eye lies on the right of the picture
    np.testing.assert_allclose(canonical.align(geometry, turned), to_picture, atol=1e-6)
    assert geometry.stable_px.shape == (len(STABLE), 2)


def test_regions_lie_where_they_are_named(face_points: np.ndarray) -> None:
    places = region_places(face_points[:, :2])
    for name, i in INDEX.items():
        if name.endswith("_left"):
            assert places[i, 0] > places[MIRROR[i], 0]
    height = {n: places[INDEX[n], 1] for n in INDEX}
    assert height["brow_left"] < height["upper_eyelid_left"] < height["lower_eyelid_left"]
    assert height["cheek_left"] < height["upper_lip_mid"] < height["lower_lip_mid"] < height["chin_mid"]


def test_nodes_do_not_fall_on_each_other(face_points: np.ndarray) -> None:
    geometry, _ = canonical.define(face_points)
    nodes = node_places(geometry)
    apart = np.linalg.norm(nodes[:, None] - nodes[None], axis=2) + 1e9 * np.eye(len(nodes))
    assert apart.min() > 0.06 * geometry.eye_distance_px
