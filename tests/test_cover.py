"""A covered mouth is told from a bare one, of every tone and with every beard, and never measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from faces import PHOTOS
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.errors import InputRefused
from twitchcam.front.cover import MouthWatch, describe, mouth_seen
from twitchcam.front.recorder import Recorder
from twitchcam.regions import LIP_INDEX
from twitchcam.synth import Camera, Clip, Cover, Portrait, astronaut, read_portrait
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict
from twitchcam.synth.motion import Script
from twitchcam.synth.occluders import HIDING, CoveredRenderer, make_layer, offset_mm
from twitchcam.types import FloatArray, Frame, Image, Recording, Source

SIZE = (300, 320)
EYES_PX = 64.0
FPS = 30
RNG = np.random.default_rng(4)


@cache
def people() -> tuple[Portrait, ...]:
    """The astronaut and, where the photos are, a dark and a bearded face."""
    names = ("london_042_m27_black.jpg", "london_037_m37_west_asian.jpg")
    return (astronaut(), *(read_portrait(PHOTOS / n) for n in names if (PHOTOS / n).is_file()))


def places(shift_mm: tuple[float, float] = (0.0, 0.0)) -> tuple[FloatArray, FloatArray]:
    """Face millimetres of the pixels of a small picture."""
    px, py = np.meshgrid(np.arange(SIZE[0], dtype=np.float32), np.arange(SIZE[1], dtype=np.float32))
    mm = 63.0 / EYES_PX
    return (px - SIZE[0] / 2) * mm - shift_mm[0], (0.38 * SIZE[1] - py) * mm - shift_mm[1]


def paint(portrait: Portrait, *covers: Cover, shift_mm: tuple[float, float] = (0.0, 0.0)) -> Image:
    """Draw a face with what covers it, and camera noise."""
    x, y = places(shift_mm)
    q = (np.stack([x, y], axis=-1) / portrait.mm_per_px) @ portrait.axes + portrait.origin_px
    photo = cv2.GaussianBlur(portrait.image, (0, 0), 0.5 * portrait.eye_distance_px / EYES_PX)
    at = q.astype(np.float32)
    picture = cv2.remap(photo, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    for cover in covers:
        picture = make_layer(cover, portrait).over(picture, x, y)
    return np.clip(picture + RNG.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)


def look(image: Image) -> float:
    """Track one picture and look for its mouth."""
    tracker = FaceMeshTracker()
    picture = ArrayPicture(image)
    found = tracker.track(Frame(0, 0.0, picture))
    tracker.close()
    assert found is not None, "the mesh is expected to find this face"
    return mouth_seen(picture.luma, found.points_px, picture.black, picture.white)


def looks() -> Iterator[tuple[str, Image]]:
    for portrait in people():
        plain = paint(portrait)
        yield "plain", plain
        yield "grey", np.repeat(cv2.cvtColor(plain, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
        yield "dark", (plain * 0.25).astype(np.uint8)
        yield "blurred", np.asarray(cv2.GaussianBlur(plain, (0, 0), 2.0), np.uint8)
        yield "beard", paint(portrait, Cover("beard", seed=2))
        yield "glasses, lipstick", paint(portrait, Cover("glasses", seed=1), Cover("lipstick", seed=1))
        yield "chin in the hand", paint(portrait, Cover("chin_rest", seed=1))


def test_bare_mouths_are_seen() -> None:
    refused = [name for name, image in looks() if look(image) < 0.5]
    assert refused == []


@pytest.mark.parametrize("kind", HIDING)
def test_covered_mouths_are_not_seen(kind: str) -> None:
    for seed, portrait in enumerate(people(), 50):
        cover = Cover(kind, seed=seed)  # type: ignore[arg-type]
        assert look(paint(portrait, cover)) < 0.5


def test_mirror_image_is_described_alike() -> None:
    window = RNG.random((36, 40)).astype(np.float32)
    np.testing.assert_allclose(describe(window), describe(window[:, ::-1].copy()), atol=1e-5)


def test_description_does_not_depend_on_the_exposure() -> None:
    window = 0.2 + 0.6 * RNG.random((36, 40)).astype(np.float32)
    np.testing.assert_allclose(describe(window), describe(0.5 * window), atol=0.02)


def test_nothing_is_said_in_the_dark_or_outside_the_picture() -> None:
    points = np.zeros((478, 3))
    points[[263, 362], 0], points[[33, 133], 0] = 200, 100
    points[[291, 61, 13, 14], 1], points[[291, 61], 0] = 110, (175, 125)
    points[[13, 14], 0] = 150
    assert mouth_seen(np.full((300, 300), 2, np.uint8), points, 0, 255) == 1.0
    assert mouth_seen(np.full((40, 300), 99, np.uint8), points, 0, 255) == 1.0


def film(covered: range, frames: int) -> tuple[Recording, Recorder]:
    """Measure a face that sways; a hand covers its mouth in some frames."""
    portrait, tracker, recorder = people()[0], FaceMeshTracker(), Recorder()
    hand = Cover("hand", seed=3)
    for i in range(frames):
        shift = (1.2 * np.sin(i / 15), 1.0 * np.cos(i / 11))
        frame = Frame(
            i, i / FPS, ArrayPicture(paint(portrait, *([hand] if i in covered else []), shift_mm=shift))
        )
        recorder.add(frame, tracker.track(frame))
    tracker.close()
    source = Source("film", None, *SIZE, frames, frames / FPS, FPS, False, 0, False)
    return recorder.recording(source, tracker.info), recorder


def test_face_is_learnt_anew_when_the_hand_has_left() -> None:
    recording, _ = film(range(45), 110)
    lips = list(LIP_INDEX)
    assert recording.mouth_seen[:44].max() < 0.5
    assert recording.mouth_seen[54:].min() > 0.5
    assert np.median(recording.region_match[75:, lips]) > 0.9
    assert np.isfinite(recording.motion_mm[75:, lips]).mean() > 0.95


def with_mouth_seen(seen: FloatArray | float, duration_s: float = 20.0) -> Recording:
    face = StillFace(duration_s=duration_s, seed=3)
    face.train(3.0, 2.0, 4.0, "commissure_left", 0.8)
    recording = face.recording()
    return replace(recording, mouth_seen=np.broadcast_to(seen, recording.t_s.shape).astype(float))


def test_mouth_covered_throughout_is_refused_with_the_reason() -> None:
    measured = analyse(with_mouth_seen(0.03))
    assert measured.quality.verdict == "unusable"
    assert "mouth is covered" in measured.quality.reasons[0]
    assert measured.lips.events is None
    assert measured.events == ()


def test_a_few_looks_that_err_do_not_open_a_covered_mouth() -> None:
    recording = with_mouth_seen(0.03)
    seen = recording.mouth_seen.copy()
    for start in (3.0, 6.0, 11.0):
        seen[(recording.t_s >= start) & (recording.t_s < start + 0.4)] = 0.9
    measured = analyse(replace(recording, mouth_seen=seen))
    assert measured.quality.verdict == "unusable"
    assert "mouth is covered" in measured.quality.reasons[0]


def test_what_follows_a_cover_is_measured() -> None:
    recording = with_mouth_seen(0.95)
    seen = np.where(recording.t_s > 9.0, 0.03, 0.95)
    measured = analyse(replace(recording, mouth_seen=seen))
    assert measured.quality.gated_s["occluded"] == pytest.approx(11.0, abs=0.4)
    counted = [e for e in measured.events if not e.gated and 2.9 < e.peak_s < 5.1]
    assert len(counted) >= 7


def test_one_look_that_errs_costs_nothing() -> None:
    recording = with_mouth_seen(0.95)
    seen = np.where((recording.t_s >= 4.0) & (recording.t_s < 4.2), 0.2, 0.95)
    measured = analyse(replace(recording, mouth_seen=seen))
    assert "occluded" not in measured.quality.gated_s


def test_watch_looks_now_and_then_and_remembers_since_when() -> None:
    watch, picture = MouthWatch(), ArrayPicture(np.zeros((64, 64, 3), np.uint8))
    points = np.zeros((478, 3))
    points[[263, 362, 291], 0] = 30
    points[:, :2] += 16
    for i in range(31):
        watch.look(Frame(i, i / FPS, picture), points)
    assert watch.bare_s == pytest.approx(1.0)


def test_held_things_come_and_go_and_worn_ones_stay() -> None:
    clip = Clip(camera=Camera(size=(320, 240)), eye_distance_px=60)
    state = Script(clip, people()[0]).state(0.0)
    hand = Cover("hand", 2.0, 4.0)
    assert [offset_mm(hand, state, t) is None for t in (1.9, 2.2, 3.0, 3.9, 4.1)] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert offset_mm(Cover("mask"), state, 0.0) == (0.0, 0.0)


def test_cover_changes_the_mouth_and_not_the_forehead() -> None:
    clip = Clip(camera=Camera(size=(320, 240), noise=0), eye_distance_px=60, covers=(Cover("mask"),))
    covered = CoveredRenderer(clip, people()[0]).light(0.0)
    bare = CoveredRenderer(replace(clip, covers=()), people()[0]).light(0.0)
    changed = np.abs(covered - bare).max(axis=2) > 5
    assert changed[165:185, 150:170].mean() > 0.9
    assert not changed[:90].any()


def test_covers_survive_the_clip_file_and_unknown_kinds_are_refused() -> None:
    clip = Clip(covers=(Cover("hand", 1.0, 2.0, seed=4),))
    assert clip_from_dict(clip_to_dict(clip)) == clip
    with pytest.raises(InputRefused, match="kind must be one of"):
        Cover("helmet")  # type: ignore[arg-type]
