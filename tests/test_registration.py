"""Registration against known truth: a portrait moves by known amounts, without any codec in between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from twitchcam.edges.pictures import ArrayPicture
from twitchcam.front.recorder import Recorder, mirror
from twitchcam.front.reference import gradients, make_reference
from twitchcam.front.registrar import Registrar
from twitchcam.regions import INDEX, LIP_INDEX, MIRROR, REGIONS
from twitchcam.session import make_tracker
from twitchcam.synth import Blink, Camera, Clip, Sway, Twitch, astronaut, render, truth
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Recording, Source, TrackerInfo

FPS = 30.0
CLIP = Clip(
    duration_s=4.0,
    twitches=(
        Twitch("commissure_left", 0.5, 1.5, duration_s=1.6, hz=5.0, waveform="sine", direction_deg=60),
        Twitch("brow_right", 1.0, 1.5, duration_s=1.6, hz=3.0, waveform="sine"),
    ),
    blinks=(Blink(0.6),),
    sway=Sway(2.0, 1.5, seed=3),
    camera=Camera(size=(480, 480), fps=FPS, noise=1.5),
    eye_distance_px=100.0,
)

Shot = tuple[Frame, FaceLandmarks | None]


@pytest.fixture(scope="module")
def shots() -> list[Shot]:
    """The clip's frames with the tracker's landmarks."""
    tracker = make_tracker()
    frames = [Frame(i, t, ArrayPicture(rgb)) for i, (t, rgb) in enumerate(render(CLIP, astronaut()))]
    found = [(frame, tracker.track(frame)) for frame in frames]
    tracker.close()
    return found


def record(shots: list[Shot]) -> Recording:
    recorder = Recorder()
    for frame, landmarks in shots:
        recorder.add(frame, landmarks)
    source = Source("made", None, 480, 480, len(shots), len(shots) / FPS, FPS, False, 0, False)
    return recorder.recording(source, TrackerInfo("facemesh", "test", "0" * 64), pd_mm=63.0)


@pytest.fixture(scope="module")
def recording(shots: list[Shot]) -> Recording:
    return record(shots)


@pytest.fixture(scope="module")
def true_mm() -> FloatArray:
    return truth(CLIP, astronaut()).motion_mm


def fast(x: FloatArray) -> FloatArray:
    return np.asarray(sosfiltfilt(butter(2, 1.0, btype="high", fs=FPS, output="sos"), x, axis=0))


def gain(recording: Recording, true_mm: FloatArray, region: str) -> float:
    true, found = fast(true_mm[:, INDEX[region]]), fast(recording.motion_mm[:, INDEX[region]])
    return float((true * found).sum() / (true * true).sum())


def test_amplitude_is_measured_without_loss(recording: Recording, true_mm: FloatArray) -> None:
    assert gain(recording, true_mm, "commissure_left") == pytest.approx(1.0, abs=0.08)
    assert gain(recording, true_mm, "brow_right") == pytest.approx(1.0, abs=0.15)


def test_the_other_side_stays_still(recording: Recording, true_mm: FloatArray) -> None:
    moving = slice(round(1.6 * FPS), round(3.0 * FPS))
    left, right = (
        np.std(fast(recording.motion_mm[:, INDEX[f"commissure_{s}"]])[moving]) for s in ("left", "right")
    )
    assert right < 0.2 * left


def test_noise_is_what_the_solver_predicts(recording: Recording) -> None:
    quiet = slice(round(3.3 * FPS), round(3.95 * FPS))
    x = recording.motion_mm[quiet, list(LIP_INDEX)]
    steps = np.median(np.std(np.diff(x, axis=0), axis=0)) / np.sqrt(2)
    predicted = float(np.median(recording.region_sd_mm[quiet, list(LIP_INDEX)]))
    assert 0.5 < steps / predicted < 2.0
    assert steps < 0.04


def test_the_chosen_pixels_say_as_much_as_a_third_more_with_the_steepest_gradients(
    shots: list[Shot],
) -> None:
    recorder = Recorder()
    for frame, landmarks in shots[:40]:
        recorder.add(frame, landmarks)
    known = recorder.registrar._keys[0].reference
    across, down = gradients(known.picture)
    worth = known.layout.weight.ravel() * (across**2 + down**2).ravel()
    steepest = np.sort(np.argsort(worth)[-4 * known.pixels.size // 3 :])
    other = make_reference(known.layout, known.picture, 0, 0.3, steepest[: steepest.size // 150 * 150])
    again = make_reference(known.layout, known.picture, 0, 0.3, known.pixels)
    lips = list(LIP_INDEX)
    assert again.region_gain[lips].mean() < 1.02 * other.region_gain[lips].mean()
    assert again.region_gain.max() < 1.1 * other.region_gain.max()


def test_a_blink_leaves_the_mouth_alone(recording: Recording, true_mm: FloatArray) -> None:
    blink = slice(round(0.6 * FPS), round(0.95 * FPS))
    lips = fast(recording.motion_mm[:, list(LIP_INDEX)])[blink]
    assert np.abs(lips).max() < 0.15
    assert recording.eye_opening_mm[blink].min() < 0.5 * np.median(recording.eye_opening_mm)


def test_every_frame_is_measured_and_well(recording: Recording) -> None:
    assert np.isfinite(recording.motion_mm).all()
    assert np.median(recording.region_match[:, list(LIP_INDEX)]) > 0.95
    assert set(np.unique(recording.keyframe)) == {0}
    assert 0.8 < float(np.median(recording.residual)) < 1.5
    assert not recording.repeated.any()


def test_the_picture_mirrored_is_the_recording_mirrored(shots: list[Shot], recording: Recording) -> None:
    def flip(shot: Shot) -> Shot:
        frame, _ = shot
        picture = ArrayPicture(np.ascontiguousarray(frame.picture.rgb()[:, ::-1]))
        return replace(frame, picture=picture), None

    tracker = make_tracker()
    flipped = [(f, tracker.track(f)) for f, _ in map(flip, shots)]
    tracker.close()
    back = mirror(record(flipped))
    there = fast(recording.motion_mm[:, INDEX["commissure_left"]])
    again = fast(back.motion_mm[:, INDEX["commissure_left"]])
    # The mesh is not exactly symmetric, so the two crops and their nodes differ by a millimetre or so.
    assert np.corrcoef(there.ravel(), again.ravel())[0, 1] > 0.97
    assert np.abs(back.pose_deg[:, 0] - recording.pose_deg[:, 0]).mean() < 3.0


def test_mirroring_twice_changes_nothing(recording: Recording) -> None:
    twice = mirror(mirror(recording))
    np.testing.assert_array_equal(twice.motion_mm, recording.motion_mm)
    np.testing.assert_array_equal(twice.pose_deg, recording.pose_deg)
    assert REGIONS[MIRROR[0]] == "upper_lip_right"


def test_same_frames_same_numbers(shots: list[Shot], recording: Recording) -> None:
    np.testing.assert_array_equal(record(shots).motion_mm, recording.motion_mm)


def test_lost_frames_are_gaps_and_the_signal_goes_on(shots: list[Shot], recording: Recording) -> None:
    gone = range(round(2.0 * FPS), round(2.3 * FPS))
    holed = record([(f, None if i in gone else m) for i, (f, m) in enumerate(shots)])
    assert np.isnan(holed.motion_mm[gone.start : gone.stop]).all()
    after = slice(gone.stop, None)
    left = INDEX["commissure_left"]
    np.testing.assert_allclose(holed.motion_mm[after, left], recording.motion_mm[after, left], atol=0.06)


def test_light_that_changes_moves_nothing(shots: list[Shot], recording: Recording) -> None:
    def dim(i: int, shot: Shot) -> Shot:
        frame, landmarks = shot
        level = 0.75 + 0.25 * np.cos(2 * np.pi * 0.8 * i / FPS)
        rgb = np.round(frame.picture.rgb() * level).astype(np.uint8)
        return replace(frame, picture=ArrayPicture(rgb)), landmarks

    lit = record([dim(i, s) for i, s in enumerate(shots)])
    away = fast(lit.motion_mm[:, list(LIP_INDEX)]) - fast(recording.motion_mm[:, list(LIP_INDEX)])
    assert np.sqrt(np.mean(away**2)) < 0.03


def test_a_face_outside_the_picture_is_no_measurement(shots: list[Shot]) -> None:
    registrar = Registrar()
    frame, landmarks = shots[0]
    assert landmarks is not None
    far = landmarks.points_px + np.array([5000.0, 0.0, 0.0])
    assert registrar.register(frame.picture.luma, far, np.zeros(2)) is None


def test_a_face_that_leaves_the_picture_is_a_gap(shots: list[Shot]) -> None:
    """The mesh may still see it outside; nothing of it is measured, and the clip goes on."""
    gone = np.array([5000.0, 0.0, 0.0])
    left = [
        (frame, FaceLandmarks(found.points_px + gone) if frame.index in (1, 2) and found else found)
        for frame, found in shots[:4]
    ]
    found = record(left)
    assert np.isfinite(found.brightness).tolist() == [True, False, False, True]
    assert np.isnan(found.motion_mm[1:3]).all()
    assert np.isfinite(found.motion_mm[3]).all()
