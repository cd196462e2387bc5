"""The mesh on some frames: which ones, what stands between, and what happens when the face is lost."""

from __future__ import annotations

import numpy as np
import pytest

from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.sparse import track_sparsely
from twitchcam.types import FaceLandmarks, Frame

PICTURE = ArrayPicture(np.zeros((8, 8), np.uint8))


class Mesh:
    """Landmarks that move with time; none at the times in `gone`."""

    def __init__(self, gone: tuple[float, float] = (9.0, 9.0)) -> None:
        self.asked: list[int] = []
        self.gone = gone

    def __call__(self, frame: Frame) -> FaceLandmarks | None:
        self.asked.append(frame.index)
        if self.gone[0] <= frame.t_s < self.gone[1]:
            return None
        return FaceLandmarks(np.full((478, 3), frame.t_s))


def frames(fps: float, n: int = 30) -> list[Frame]:
    return [Frame(i, i / fps, PICTURE) for i in range(n)]


@pytest.mark.parametrize(("fps", "every"), [(15, 1), (24, 1), (30, 2), (60, 4), (120, 8)])
def test_the_mesh_runs_on_as_few_frames_as_the_time_allows(fps: float, every: int) -> None:
    mesh = Mesh()
    found = list(track_sparsely(frames(fps, 1 + 8 * every), mesh))
    assert [f.index for f, _ in found] == list(range(1 + 8 * every))
    assert mesh.asked == list(range(0, 1 + 8 * every, every))


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_landmarks_between_are_interpolated_in_time_and_no_frame_is_lost(n: int) -> None:
    for frame, landmarks in track_sparsely(frames(30, n), Mesh()):
        assert landmarks is not None
        np.testing.assert_allclose(landmarks.points_px, frame.t_s, atol=1e-12)


def test_a_lost_face_is_looked_for_in_every_frame_and_never_made_up() -> None:
    mesh = Mesh(gone=(0.3, 0.6))
    found = {f.index: m for f, m in track_sparsely(frames(30), mesh)}
    assert all(found[i] is None for i in range(10, 18))
    assert set(range(10, 18)) <= set(mesh.asked)
    assert found[20] is not None


def test_a_gap_in_time_gets_its_own_mesh() -> None:
    late = [*frames(30, 5), Frame(5, 1.0, PICTURE), Frame(6, 1.5, PICTURE)]
    mesh = Mesh()
    list(track_sparsely(late, mesh))
    assert {5, 6} <= set(mesh.asked)
