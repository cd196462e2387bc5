"""The two face trackers on real pictures: who is followed, small and large faces, none at all, silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from faces import CLIPS, ROOT, centre, compose, model_path, portrait, two_people

from twitchcam.analysis import analyse
from twitchcam.edges import tasks
from twitchcam.edges.decode import open_video
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.edges.tasks import TasksTracker, find_model
from twitchcam.errors import InputRefused
from twitchcam.front.anatomy import eye_centres
from twitchcam.session import Options, record
from twitchcam.types import FaceLandmarks, Frame, Image, Tracker

SIZE = (800, 450)
Make = Callable[[], Tracker]


def make_tasks(*, smoothed: bool = False) -> TasksTracker:
    model = model_path()
    if model is None:
        pytest.skip("needs models/face_landmarker.task (models/README.md says where from)")
    return TasksTracker(model, smoothed=smoothed)


@pytest.fixture(params=["facemesh", "tasks"])
def tracker(request: pytest.FixtureRequest) -> Iterator[Tracker]:
    made = FaceMeshTracker() if request.param == "facemesh" else make_tasks()
    yield made
    made.close()
    made.close()


def look(
    tracker: Tracker, pictures: list[Image], *, fps: float = 15.0, first: int = 0
) -> list[FaceLandmarks | None]:
    return [
        tracker.track(Frame(i, i / fps, ArrayPicture(picture))) for i, picture in enumerate(pictures, first)
    ]


def who(found: list[FaceLandmarks | None], *places: tuple[str, float]) -> str:
    """Name the face that each frame followed by its x."""
    return "".join(
        "." if f is None else min(places, key=lambda p: abs(p[1] - centre(f.points_px)[0]))[0] for f in found
    )


def test_follows_the_same_of_two_people(tracker: Tracker) -> None:
    a, b = two_people()
    at, bt = ("A", 230.0), ("B", 570.0)

    def scene(size_a: float | None, size_b: float | None) -> Image:
        heads = [(a, at[1], 225, size_a), (b, bt[1], 225, size_b)]
        return compose(SIZE, *[(h, x, y, s) for h, x, y, s in heads if s])

    swap = [scene(s, 640 - s) for s in np.linspace(360, 280, 8)]
    pictures = [*swap, *[scene(None, 360)] * 30, *[scene(280, 360)] * 12]
    seen = who(look(tracker, pictures), at, bt)
    assert set(seen[:8]) == {"A"}, "the largest at the start, whoever is larger later"
    assert set(seen[8:38]) == {"."}, "a face that stays elsewhere is not taken"
    assert set(seen[38:].lstrip(".")) == {"A"}
    assert seen[38:].count(".") <= 5


def test_small_face_and_face_that_fills_the_picture(tracker: Tracker) -> None:
    far = compose((640, 480), (portrait(), 320, 200, 150))
    found = look(tracker, [far] * 3)[-1]
    assert found is not None
    distance = float(np.linalg.norm(np.diff(eye_centres(found.points_px)[:, :2], axis=0)))
    assert 16 < distance < 28
    near = portrait()[110:470, 60:400]
    moved = look(tracker, [near] * 3, first=200)[-1]
    assert moved is not None


def test_no_face_is_none_and_needs_few_searches(tracker: Tracker) -> None:
    rng = np.random.default_rng(0)
    empty = rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)
    assert look(tracker, [empty] * 6) == [None] * 6


def test_networks_start_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    picture = compose((320, 240), (portrait(), 160, 120, 220))
    made: list[Make] = [FaceMeshTracker]
    if model_path() is not None:
        made += [make_tasks, lambda: make_tasks(smoothed=True)]
    for make in made:
        tracker = make()
        look(tracker, [picture] * 4)
        tracker.close()
    assert capfd.readouterr().err == ""


def test_both_trackers_see_the_same_face() -> None:
    picture = compose(SIZE, (portrait(), 400, 225, 400))
    places = []
    for make in (FaceMeshTracker, make_tasks, lambda: make_tasks(smoothed=True)):
        tracker = make()
        found = look(tracker, [picture] * 3)[-1]
        tracker.close()
        assert found is not None
        places.append(found.points_px[[33, 133, 263, 362, 1, 61, 291], :2])
    eyes = float(np.linalg.norm(places[0][0] - places[0][2]))
    for other in places[1:]:
        assert np.abs(other - places[0]).max() < 0.06 * eyes


def test_smoothed_tracker_takes_equal_and_very_close_times() -> None:
    tracker = make_tasks(smoothed=True)
    picture = ArrayPicture(compose((320, 240), (portrait(), 160, 120, 220)))
    for i, t_s in enumerate((0.0, 0.0002, 0.0004, 0.5)):
        assert tracker.track(Frame(i, t_s, picture)) is not None
    assert tracker.info.backend == "tasks_smoothed"
    tracker.close()


def test_missing_model_is_refused_with_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWITCHCAM_MODEL_DIR", str(tmp_path))
    with pytest.raises(InputRefused, match=r"storage\.googleapis\.com") as error:
        find_model()
    assert str(tmp_path) in str(error.value)
    assert "\n" not in str(error.value)


def test_other_file_in_the_models_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "face_landmarker.task").write_bytes(b"something else")
    with pytest.raises(InputRefused, match="not the official file"):
        find_model(tmp_path / "face_landmarker.task")


def test_model_is_found_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_path()
    if model is None:
        pytest.skip("needs models/face_landmarker.task (models/README.md says where from)")
    monkeypatch.setenv("TWITCHCAM_MODEL_DIR", str(model.parent))
    assert find_model() == model


def test_model_is_the_manifest_s() -> None:
    models = json.loads((ROOT / "models" / "manifest.json").read_text())["models"]
    entry = next(m for m in models if m["name"] == tasks.MODEL_NAME)
    assert (entry["sha256"], entry["address"]) == (tasks.MODEL_SHA256, tasks.MODEL_ADDRESS)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("pyfeat_no_face.mp4", 0.0, 0.0),
        ("intel_asl_eat.mkv", 1.0, 1.0),
        ("pyfeat_face_noface.mov", 0.4, 0.45),
    ],
)
def test_real_clips(name: str, least: float, most: float) -> None:
    if not (CLIPS / name).is_file():
        pytest.skip(f"needs the clip {name}, which is not part of the project")
    tracker = FaceMeshTracker()
    with open_video(CLIPS / name) as video:
        found = [tracker.track(frame) is not None for frame in video]
    tracker.close()
    assert least <= np.mean(found) <= most


def test_whole_analysis_runs_on_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    model, clip = model_path(), CLIPS / "pyfeat_single_face.mp4"
    if model is None or not clip.is_file():
        pytest.skip("needs models/face_landmarker.task and the clip pyfeat_single_face.mp4")
    monkeypatch.setenv("TWITCHCAM_MODEL_DIR", str(model.parent))
    summary = analyse(record(clip, Options(backend="tasks")))
    assert (summary.tracker.backend, summary.tracker.model_sha256) == ("tasks", tasks.MODEL_SHA256)
    assert summary.quality.eye_distance_px == pytest.approx(68, abs=5)
