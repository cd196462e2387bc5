"""A mouth that is covered or outside the picture: nothing there counts, what follows is measured again."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from faces import CLIPS, compose, portrait
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.edges.facemesh import FaceMeshTracker
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.recorder import Recorder
from twitchcam.regions import INDEX, LIP_INDEX
from twitchcam.session import Options, record
from twitchcam.summary import Summary
from twitchcam.types import FloatArray, Frame, Image, Recording, Source

LIPS = list(LIP_INDEX)
FPS = 30
SIZE = (480, 360)
MOUTH = (244, 190)


def fingers() -> tuple[Image, FloatArray]:
    """Return (66, 84, 3) four fingers made of the face's own skin, and where they are opaque."""
    cheek = compose(SIZE, (portrait(), 240, 180, 345))[148:169, 203:224]
    rows = (np.arange(66) % 16.5) / 16.5
    shade = (0.72 + 0.38 * np.sin(np.pi * rows))[:, None, None]
    skin = np.tile(cheek, (4, 4, 1))[:66] * shade
    return np.clip(skin, 0, 255).astype(np.uint8), cv2.GaussianBlur(np.ones((66, 84)), (0, 0), 1)


def film(covered: range, frames: int) -> Recording:
    """Measure a still head that sways a little; a hand covers the mouth in some frames."""
    rng = np.random.default_rng(0)
    hand, opaque = fingers()
    tracker, recorder = FaceMeshTracker(), Recorder()
    for i in range(frames):
        x, y = 240 + 1.5 * np.sin(i / 15), 180 + 1.2 * np.cos(i / 11)
        image = compose(SIZE, (portrait(), x, y, 345))
        if i in covered:
            move = np.array([[1, 0, MOUTH[0] - 42 + np.sin(i / 3)], [0, 1, MOUTH[1] - 33]], float)
            over = cv2.warpAffine(opaque, move, SIZE)[..., None]
            image = image * (1 - over) + over * cv2.warpAffine(hand, move, SIZE)
        image = np.clip(image + rng.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8)
        frame = Frame(i, i / FPS, ArrayPicture(image))
        recorder.add(frame, tracker.track(frame))
    tracker.close()
    source = Source("hand", None, *SIZE, frames, frames / FPS, FPS, False, 0, False)
    return recorder.recording(source, tracker.info)


def counted(summary: Summary, start_s: float = 0.0, stop_s: float = np.inf) -> list[str]:
    """Return the lip events that count and begin in a stretch."""
    lips = {name for name, i in INDEX.items() if i in LIPS}
    return [
        f"{e.onset_s:.2f} s {e.region}"
        for e in summary.events
        if not e.gated and e.region in lips and start_s <= e.onset_s < stop_s
    ]


@pytest.fixture(scope="module")
def hand_in_the_middle() -> Recording:
    return film(range(45, 80), 120)


def test_covered_lips_stop_matching(hand_in_the_middle: Recording) -> None:
    match = hand_in_the_middle.region_match[:, LIPS]
    assert np.median(match[:45]) > 0.97
    assert np.mean(np.median(match[45:80], axis=1) < 0.82) > 0.9


def test_lips_are_measured_again_after_the_hand(hand_in_the_middle: Recording) -> None:
    match, motion = hand_in_the_middle.region_match[:, LIPS], hand_in_the_middle.motion_mm[:, LIPS]
    assert np.median(match[90:]) > 0.97
    away = np.abs(np.median(motion[90:], axis=0) - np.median(motion[:45], axis=0))
    assert away.max() < 0.5


def test_no_displacement_is_larger_than_skin_can_move(hand_in_the_middle: Recording) -> None:
    motion = hand_in_the_middle.motion_mm
    assert np.nanmax(np.linalg.norm(motion - np.nanmedian(motion, axis=0), axis=2)) < 30


def test_nothing_counts_under_the_hand(hand_in_the_middle: Recording) -> None:
    summary = analyse(hand_in_the_middle)
    assert counted(summary) == []
    assert sum(v for k, v in summary.quality.gated_s.items() if k != "blink") > 1.0


def test_recording_that_begins_covered_is_unusable() -> None:
    recording = film(range(0, 45), 90)
    summary = analyse(recording)
    assert counted(summary) == []
    assert summary.quality.verdict == "unusable"


def covered_still_face(start_s: float, stop_s: float) -> Recording:
    """A still face with a twitch train at 3-5 s; the lips' match falls as under a hand."""
    face = StillFace(duration_s=30, seed=3)
    face.train(3.0, 2.0, 4.0, "commissure_left", 0.8)
    recording = face.recording()
    match = recording.region_match.copy()
    inside = (recording.t_s >= start_s) & (recording.t_s < stop_s)
    match[np.ix_(inside, LIPS[:6])] -= 0.3
    return replace(recording, region_match=match)


def test_gate_knows_each_region_s_usual_match() -> None:
    inside = analyse(covered_still_face(2.5, 5.5))
    assert counted(inside, 3.0, 5.0) == []
    assert inside.quality.gated_s["occluded"] == pytest.approx(3.0, abs=0.4)
    later = analyse(covered_still_face(10.0, 14.0))
    assert len(counted(later, 3.0, 5.1)) >= 7


def test_lips_gone_most_of_the_time_were_never_the_lips() -> None:
    summary = analyse(covered_still_face(12.0, 30.0))
    assert counted(summary) == []
    assert summary.quality.usable_s == 0


def test_mouth_outside_the_picture_does_not_count() -> None:
    tracker, recorder = FaceMeshTracker(), Recorder()
    for i in range(60):
        image = compose(SIZE, (portrait(), 240 + np.sin(i / 9), 180, 345))[: MOUTH[1] - 9]
        frame = Frame(i, i / FPS, ArrayPicture(np.ascontiguousarray(image)))
        recorder.add(frame, tracker.track(frame))
    tracker.close()
    source = Source("cut", None, SIZE[0], MOUTH[1] - 9, 60, 2.0, FPS, False, 0, False)
    recording = recorder.recording(source, tracker.info)
    if recording.face.any():
        assert np.nanmedian(recording.in_frame) < 0.8
    summary = analyse(recording)
    assert counted(summary) == []
    assert summary.quality.verdict == "unusable"


def test_real_hand_over_a_mouth_counts_nothing() -> None:
    name = "intel_asl_eat.mkv"
    if not (CLIPS / name).is_file():
        pytest.skip(f"needs the clip {name}, which is not part of the project")
    summary = analyse(record(CLIPS / name, Options()))
    assert counted(summary, 0.5, 1.05) == []
