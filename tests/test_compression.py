"""What the encoder takes: known steps and sizes on arrays, and the limits that follow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.analysis.compression import (
    LARGEST_MM,
    before_coding,
    hidden_mm,
    kept_part,
    least_visible_mm,
    limits_of_coding,
    steps_mm,
    usual_step_mm,
)
from twitchcam.front.coding import gradients_at, steps_at, worth_a_step
from twitchcam.front.recorder import mirror
from twitchcam.regions import INDEX, LIPS, MIRROR
from twitchcam.summary import Measured
from twitchcam.types import FloatArray, Recording

PLACES = np.column_stack([np.linspace(40, 90, 19), np.linspace(30, 80, 19)])


def coded(recording: Recording, step_mm: float | FloatArray) -> Recording:
    """Return the recording as if every picture were coded with a step worth `step_mm`."""
    return replace(recording, coded_step_mm=np.broadcast_to(step_mm, recording.coded_step_mm.shape).copy())


def twitching(mm: float = 0.5) -> Recording:
    face = StillFace(duration_s=24, seed=3)
    for at_s in (6.0, 11.0, 17.0):
        face.twitch(at_s, "commissure_left", mm)
    return face.recording()


def lip_events(measured: Measured) -> list[float]:
    return [e.peak_s for e in measured.events if e.region in LIPS and not e.gated and e.trial_type != "blink"]


def limit(measured: Measured) -> float:
    return measured.quality.by_region["commissure_left"].min_detectable_mm or np.nan


def test_half_of_a_twitch_as_large_as_the_step_is_left() -> None:
    np.testing.assert_allclose(kept_part(np.array([0.3, 1.2, 5.0]), 0.3), [0.5, 16 / 17, 1.0], atol=0.004)
    assert kept_part(0.3, 0.0) == 1.0


@given(st.floats(0.001, 5), st.floats(0.0, 3))
def test_the_size_before_coding_is_found_again(size: float, step: float) -> None:
    left = size * kept_part(size, step)
    assert before_coding(np.array([left]), np.array([step]))[0] == pytest.approx(size, rel=1e-3, abs=1e-4)


def test_nothing_larger_than_a_face_can_move_is_stated() -> None:
    assert before_coding(np.array([0.5, 90.0]), np.array([400.0, 1.0])).max() == LARGEST_MM


def test_limits_rise_with_the_step_and_stay_without_one() -> None:
    noise = np.full(19, 0.15)
    limits = [least_visible_mm(noise, np.full(19, step))[0] for step in (0.0, 0.01, 0.05, 0.2, 1.0)]
    assert limits == sorted(limits)
    assert limits[0] == pytest.approx(0.15, abs=1e-6)
    assert limits[1] < 1.02 * limits[0]
    assert 3.0 < limits[-1] < 4.0
    assert np.isnan(least_visible_mm(np.full(19, np.nan), np.full(19, 0.1))).all()
    assert hidden_mm(np.zeros(19)) == pytest.approx(0.0, abs=1e-6)


def test_an_unknown_step_changes_nothing() -> None:
    recording = twitching()
    assert not usual_step_mm(recording).any()
    known, unknown = analyse(coded(recording, 0.0)), analyse(recording)
    assert lip_events(known) == lip_events(unknown)
    assert limit(known) == pytest.approx(limit(unknown))
    assert known.quality.reasons == unknown.quality.reasons


def test_a_good_clip_stays_as_it_is() -> None:
    recording = twitching()
    plain, fine = analyse(recording), analyse(coded(recording, 0.015))
    assert len(lip_events(plain)) == 3
    assert lip_events(plain) == lip_events(fine)
    assert limit(fine) < 1.05 * limit(plain)
    assert fine.quality.reasons == plain.quality.reasons


def test_what_the_encoder_may_have_made_is_not_reported_and_the_limit_says_so() -> None:
    measured = analyse(coded(twitching(), 0.4))
    assert lip_events(measured) == []
    assert 1.2 < limit(measured) < 1.7
    assert measured.quality.verdict == "limited"
    said = [r for r in measured.quality.reasons if "compressed" in r]
    assert len(said) == 1
    assert "could not have been seen" in said[0]
    assert f"{limit(measured):.2g} mm" in said[0]


def test_a_large_twitch_in_a_coarse_clip_is_reported() -> None:
    assert len(lip_events(analyse(coded(twitching(2.5), 0.4)))) == 3


def test_only_the_time_that_was_coded_coarsely_is_doubted() -> None:
    recording = twitching(0.4)
    step = np.where(np.abs(recording.t_s - 11.0) < 1.0, 0.5, 0.01)[:, None]
    peaks = lip_events(analyse(coded(recording, step)))
    assert len(peaks) == 2
    assert min(abs(p - 11.0) for p in peaks) > 3


def test_a_clip_that_hides_everything_is_unusable() -> None:
    measured = analyse(coded(twitching(), 1.5))
    assert measured.quality.verdict == "unusable"
    assert any("compressed so strongly" in r for r in measured.quality.reasons)
    assert measured.lips.events is None


def test_pictures_predicted_from_both_sides_lose_more() -> None:
    recording = coded(StillFace(duration_s=4, seed=1).recording(), 0.1)
    both = replace(recording, b_picture=np.arange(recording.t_s.size) % 4 != 0)
    assert usual_step_mm(both)[0] == pytest.approx(0.15)
    np.testing.assert_allclose(np.unique(steps_mm(both)), [0.1, 0.15])


def test_small_readings_are_said() -> None:
    (said,) = limits_of_coding(0.3, 0.05, events=4, kept=0.75)
    assert "25 % smaller" in said
    assert limits_of_coding(0.3, 0.05, events=4, kept=0.95) == ()


def test_a_quiet_clip_whose_limit_is_high_says_so_whatever_the_cause() -> None:
    quiet = analyse(StillFace(duration_s=70, seed=5, noise_um_rthz=25).recording())
    assert quiet.lips.events == 0
    assert any("could not have been seen here" in r or "cannot be seen" in r for r in quiet.quality.reasons)


def test_a_mirrored_recording_swaps_the_steps() -> None:
    recording = coded(StillFace(duration_s=2, seed=1).recording(), np.arange(19.0))
    np.testing.assert_array_equal(mirror(recording).coded_step_mm[0], np.arange(19.0)[list(MIRROR)])


def test_the_gradient_of_a_ramp() -> None:
    x, y = np.meshgrid(np.arange(120), np.arange(100))
    ramp = (3 * x // 2 + y // 2).astype(np.uint8)
    found = gradients_at(ramp, PLACES, 10.0)
    np.testing.assert_allclose(found, np.sqrt((1.5**2 + 0.5**2) / 2), rtol=0.12)
    np.testing.assert_allclose(gradients_at(ramp, PLACES, 10.0, 0.25), found / 4, rtol=1e-5)


def test_places_outside_the_picture_take_its_edge() -> None:
    assert np.isfinite(gradients_at(np.zeros((50, 60), np.uint8), PLACES + 40, 10.0)).all()
    steps = steps_at(np.arange(12.0).reshape(3, 4), PLACES + 500, 5.0, (64, 48))
    np.testing.assert_array_equal(steps, 11.0)


def test_steps_are_those_of_the_blocks_around_a_place() -> None:
    blocks = np.zeros((6, 8))
    blocks[2, 3] = 9.0
    at_middle = steps_at(blocks, np.array([[56.0, 40.0]]), 4.0, (128, 96))
    assert at_middle[0] == 9.0
    assert steps_at(blocks, np.array([[56.0, 40.0]]), 16.0, (128, 96))[0] == pytest.approx(1.0)


def test_a_step_below_the_noise_costs_little() -> None:
    """Noise carries small changes over the rounding."""
    fine, coarse = worth_a_step(np.array([2.0, 40.0]), np.array([5.0, 5.0]))
    assert coarse == pytest.approx(40 / 40, rel=0.02)
    assert fine < 0.1 * 2 / 40


def test_every_lip_has_a_limit_of_its_own() -> None:
    step = np.full(19, 0.02)
    step[INDEX["lower_lip_left"]] = 0.5
    measured = analyse(coded(twitching(), step))
    of = {n: measured.quality.by_region[n].min_detectable_mm or np.nan for n in LIPS}
    assert of["lower_lip_left"] > 1.5
    assert max(v for n, v in of.items() if n != "lower_lip_left") < 0.5
