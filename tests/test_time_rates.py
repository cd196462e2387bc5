"""Time in the analysis: dropped and repeated pictures, changing rates, the open shutter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.analysis.exposure import pulse_kept, sine_kept, usable_exposure
from twitchcam.analysis.rates import effective_rates
from twitchcam.analysis.repeats import find_repeats
from twitchcam.analysis.time_quality import look_again
from twitchcam.analysis.timegrid import make_grid, usual_interval
from twitchcam.front.real_time import with_exposure, with_real_fps
from twitchcam.types import PER_FRAME, FloatArray, Recording

EXTRA = {"changed": 0.2, "repeated": False}


def face(seconds: float = 14.0, fps: float = 30.0, seed: int = 0, **more: float) -> StillFace:
    return StillFace(duration_s=seconds, fps=fps, seed=seed, **more)


def take(recording: Recording, rows: np.ndarray, t_s: FloatArray | None = None) -> Recording:
    """Return the recording with these rows, shown at `t_s`."""
    arrays = {name: getattr(recording, name)[rows] for name in PER_FRAME}
    return replace(recording, **(arrays | {"t_s": recording.t_s[rows] if t_s is None else t_s}))


def written_at(recording: Recording, rows: np.ndarray, fps: float, seed: int = 0) -> Recording:
    """Return a file of `fps` pictures a second that shows `rows` one after the other, copies as coding leaves
    them.
    """
    rng = np.random.default_rng(seed)
    n = rows.size
    out = take(recording, rows, np.arange(n) / fps)
    copy = np.r_[False, np.diff(rows) == 0]
    changed = np.where(copy, rng.uniform(0.001, 0.008, n), rng.uniform(0.1, 0.2, n))
    changed[0] = np.nan
    noisy = out.motion_mm + 0.002 * rng.standard_normal(out.motion_mm.shape)
    source = replace(out.source, fps=fps, frames=n)
    return replace(out, changed=changed, motion_mm=noisy, source=source)


def doubled(recording: Recording) -> Recording:
    return written_at(recording, np.repeat(np.arange(recording.t_s.size), 2), 30.0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("hz", [3.0, 5.0, 8.0, 12.0])
def test_twelve_per_cent_dropped_cost_no_frequency(hz: float, seed: int) -> None:
    whole = face(10.0, seed=seed)
    whole.train(2.0, 6.0, hz, "commissure_left", 0.8, irregular=0.02)
    before = analyse(whole.recording()).lips.dominant_hz
    whole.drop(0.12)
    recording = whole.recording()
    assert 0.05 < 1 - recording.t_s.size / whole.n < 0.2
    lips = analyse(recording).lips
    assert before is not None
    assert lips.dominant_hz is not None
    assert abs(lips.dominant_hz - before) <= 0.05
    assert abs(lips.dominant_hz - hz) <= 0.05 + abs(before - hz)


def test_pictures_written_twice_are_half_the_rate() -> None:
    slow = face(fps=15.0, seed=2)
    slow.train(3.0, 6.0, 4.0, "commissure_left", 0.8)
    recording = doubled(slow.recording())
    repeats = find_repeats(recording)
    np.testing.assert_array_equal(repeats.rows, np.arange(recording.t_s.size) % 2 == 1)
    found = analyse(recording)
    assert found.quality.nyquist_hz == pytest.approx(7.5, abs=0.1)
    assert found.lips.dominant_hz is None
    assert found.lips.rhythmic is None
    assert any("Every second picture repeats" in r and "7.5 Hz" in r for r in found.quality.reasons)
    assert found.lips.events == pytest.approx(24, abs=3)


@pytest.mark.parametrize(
    ("rows", "cycle", "hz", "words"),
    [(lambda i: i - i // 5, 5, 24.0, "Every fifth picture"), (lambda i: i * 2 // 3, 3, 20.0, "Every third"),
     (lambda i: i // 3, 3, 10.0, "2 of 3 pictures"), (lambda i: i * 2 // 5, 5, 12.0, "3 of 5 pictures")],
)  # fmt: skip
def test_other_beats(rows: object, cycle: int, hz: float, words: str) -> None:
    base = face(12.0).recording()
    recording = written_at(base, rows(np.arange(330)), 30.0)  # type: ignore[operator]
    repeats = find_repeats(recording)
    assert np.all(repeats.beat == cycle)
    copy = np.r_[False, np.diff(rows(np.arange(330))) == 0]  # type: ignore[operator]
    assert np.mean(repeats.rows == copy) > 0.99
    quality = analyse(recording).quality
    assert quality.nyquist_hz == pytest.approx(hz / 2, rel=0.03)
    assert any(words in reason for reason in quality.reasons)


def test_copies_that_the_encoder_drew_anew_are_covered_by_the_beat() -> None:
    recording = doubled(face(fps=15.0).recording())
    changed = recording.changed.copy()
    changed[61::60] = 0.3
    repeats = find_repeats(replace(recording, changed=changed))
    np.testing.assert_array_equal(repeats.rows, np.arange(changed.size) % 2 == 1)


def test_dropped_pictures_do_not_break_the_beat() -> None:
    recording = doubled(face(fps=15.0).recording())
    keep = np.random.default_rng(1).uniform(size=recording.t_s.size) > 0.05
    rows = np.flatnonzero(keep)
    repeats = find_repeats(take(recording, rows))
    # A copy whose first picture is missing is new, but counted as a copy: no harm, its twin is gone.
    assert np.mean(repeats.rows == (rows % 2 == 1)) > 0.97


def test_likeness_alone_takes_no_picture_away() -> None:
    rng = np.random.default_rng(3)
    recording = face().recording()
    changed = rng.uniform(0.05, 0.2, recording.t_s.size)
    changed[rng.uniform(size=changed.size) < 0.06] = 0.005
    assert not find_repeats(replace(recording, changed=changed)).rows.any()


def test_frozen_pictures_are_found_among_b_pictures_too() -> None:
    recording = face().recording()
    n = recording.t_s.size
    changed, b = np.full(n, 0.15), np.arange(n) % 4 != 0
    changed[100:120] = 0.0005
    repeats = find_repeats(replace(recording, changed=changed, b_picture=b))
    np.testing.assert_array_equal(np.flatnonzero(repeats.rows), np.arange(100, 120))


def test_old_recordings_know_identical_pictures_only() -> None:
    recording = face().recording()
    marked = np.zeros(recording.t_s.size, dtype=bool)
    marked[50:55] = True
    repeats = find_repeats(replace(recording, repeated=marked))
    np.testing.assert_array_equal(repeats.rows, marked)


@given(st.lists(st.floats(0, 1), min_size=0, max_size=200))
def test_any_values_are_taken(values: list[float]) -> None:
    recording = take(face(8.0).recording(), np.arange(len(values)))
    repeats = find_repeats(replace(recording, changed=np.array(values)))
    assert repeats.rows.shape == repeats.beat.shape == (len(values),)


def slowed(seed: int, hz: float) -> Recording:
    """30 pictures a second, 15 from 8 s on, with a train of 12 s across the change."""
    both = face(16.0, seed=seed)
    both.train(2.0, 12.0, hz, "commissure_left", 0.8)
    both.dropped = (both.t >= 8.0) & (np.arange(both.n) % 2 == 1)
    return both.recording()


@pytest.mark.parametrize("seed", range(3))
def test_half_the_rate_from_half_way_on(seed: int) -> None:
    found = analyse(slowed(seed, 5.0))
    assert found.quality.nyquist_hz == pytest.approx(7.5, abs=0.1)
    assert found.quality.verdict == "limited"
    (said,) = [r for r in found.quality.reasons if "15 pictures a second" in r]
    assert "against 30" in said
    assert "7.5 Hz" in said
    # The train's beginning was filmed fast enough.
    assert found.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    late = [e for e in found.events if e.peak_s > 9 and e.trial_type == "twitch"]
    assert len(late) == pytest.approx(25, abs=3)


def test_a_fast_train_in_the_slow_part_has_no_frequency() -> None:
    both = face(16.0, seed=5)
    both.train(9.0, 5.0, 5.0, "commissure_left", 0.8)
    both.dropped = (both.t >= 8.0) & (np.arange(both.n) % 2 == 1)
    found = analyse(both.recording())
    assert found.lips.dominant_hz is None
    assert found.lips.rhythmic is None
    assert found.quality.nyquist_hz == pytest.approx(7.5, abs=0.1)


def test_a_frequency_above_the_strict_limit_stands_where_it_was_filmed_fast() -> None:
    both = face(16.0, seed=6)
    both.train(1.0, 6.0, 10.0, "commissure_left", 0.8)
    both.dropped = (both.t >= 9.0) & (np.arange(both.n) % 2 == 1)
    found = analyse(both.recording())
    assert found.lips.dominant_hz == pytest.approx(10.0, abs=0.05)
    assert found.quality.nyquist_hz == pytest.approx(15.0, abs=0.1)


@pytest.mark.parametrize("fps", [24.0, 30.0, 60.0, 120.0])
def test_even_recordings_have_half_their_rate(fps: float) -> None:
    recording = face(6.0, fps=fps).recording()
    time = look_again(recording)
    assert time.rates.strict_hz == pytest.approx(fps, rel=1e-6)
    assert analyse(recording).quality.nyquist_hz == pytest.approx(fps / 2, rel=1e-3)


def test_rates_of_few_pictures() -> None:
    recording = take(face().recording(), np.arange(3))
    rates = effective_rates(recording.t_s, np.ones(3, dtype=bool), find_repeats(recording))
    assert np.isnan([rates.strict_hz, rates.usual_hz, rates.between(0, 1)]).all()


@given(st.floats(5, 240), st.floats(0, 0.15), st.integers(0, 100))
def test_jitter_and_drops_leave_the_usual_interval(fps: float, drops: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    t = (np.arange(400) + 0.1 * rng.uniform(-1, 1, 400)) / fps
    t = t[rng.uniform(size=400) >= drops]
    assert usual_interval(np.diff(t)) == pytest.approx(1 / fps, rel=0.12)


def test_the_slow_part_is_no_gap() -> None:
    t = np.r_[np.arange(300) / 30, 10 + np.arange(150) / 15]
    grid = make_grid(t, np.ones(t.size, dtype=bool), gap_intervals=1.6)
    assert grid is not None
    assert grid.fs == pytest.approx(30, rel=1e-6)
    wave = np.sin(2 * np.pi * 2.0 * t)
    out = grid.resample(wave)
    assert np.isfinite(out).mean() > 0.99
    np.testing.assert_allclose(out[5:-5], np.sin(2 * np.pi * 2.0 * grid.t_s)[5:-5], atol=0.02)
    assert np.mean(grid.full_rate()) == pytest.approx(0.5, abs=0.02)


def test_kept_by_the_shutter_known_answers() -> None:
    assert sine_kept(12.0, 1 / 30) == pytest.approx(0.7568, abs=1e-4)
    assert sine_kept(30.0, 1 / 30) == 0.0
    assert pulse_kept(0.1, 0.0) == 1.0
    assert pulse_kept(0.1, 0.05) == pytest.approx(0.5 * (1 + 2 / np.pi))
    assert pulse_kept(0.02, 0.04) == pytest.approx(0.25)
    assert usable_exposure(0.05, 30.0) is None
    assert usable_exposure(1 / 30, 30.0) == 1 / 30
    assert usable_exposure(None, 30.0) is None


@given(st.floats(0.03, 0.5), st.floats(0.0005, 0.03))
def test_pulse_kept_is_the_mean_over_the_shutter(length_s: float, exposure_s: float) -> None:
    t = (np.arange(2001) - 1000) / 2000 * exposure_s
    inside = np.abs(t) < length_s / 2
    pulse = np.where(inside, 0.5 * (1 + np.cos(2 * np.pi * t / length_s)), 0.0)
    assert pulse_kept(length_s, exposure_s) == pytest.approx(float(pulse.mean()), abs=2e-3)


@pytest.mark.parametrize("hz", [4.0, 8.0, 11.0])
def test_a_train_through_an_open_shutter_gets_its_size_back(hz: float) -> None:
    def size(exposure: float, exposure_ms: float | None) -> float:
        open_face = face(8.0, fps=30.0, seed=1, exposure=exposure, noise_um_rthz=2.0)
        open_face.train(1.5, 5.0, hz, "commissure_left", 1.0)
        found = analyse(with_exposure(open_face.recording(), exposure_ms)).lips.amplitude_mm.median
        assert found is not None
        return found

    sharp = size(0.0, None)
    assert size(1.0, None) == pytest.approx(sine_kept(hz, 1 / 30) * sharp, rel=0.06)
    assert size(1.0, 1000 / 30) == pytest.approx(sharp, rel=0.06)


@pytest.mark.parametrize("length_s", [0.12, 0.2])
def test_single_twitches_through_an_open_shutter(length_s: float) -> None:
    def size(exposure: float, exposure_ms: float | None) -> float:
        open_face = face(12.0, fps=30.0, seed=1, exposure=exposure, noise_um_rthz=2.0)
        for k in range(6):
            open_face.twitch(1.5 + 1.55 * k + 0.007 * k, "commissure_left", 1.0, length_s=length_s)
        found = analyse(with_exposure(open_face.recording(), exposure_ms)).lips.amplitude_mm.median
        assert found is not None
        return found

    sharp = size(0.0, None)
    assert abs(size(1.0, 1000 / 30) / sharp - 1) < 0.05


def test_the_shutter_is_told() -> None:
    fast = face(8.0, seed=1)
    fast.train(1.5, 5.0, 10.0, "commissure_left", 1.0)
    recording = fast.recording()
    (said,) = [r for r in analyse(recording).quality.reasons if "shutter" in r]
    for figure in ("10.0 Hz", "17 % small", "--exposure-ms"):
        assert figure in said
    (said,) = [r for r in analyse(with_exposure(recording, 10.0)).quality.reasons if "shutter" in r]
    assert "corrected for the shutter time of 10 ms" in said
    (said,) = [r for r in analyse(with_exposure(recording, 100.0)).quality.reasons if "shutter" in r]
    assert "longer than a picture" in said
    assert analyse(with_exposure(recording, 100.0)).lips == analyse(recording).lips


def test_the_shutter_is_not_mentioned_where_it_does_not_matter() -> None:
    slow = face(16.0, seed=1)
    slow.train(3.0, 8.0, 2.0, "commissure_left", 1.0)
    found = analyse(slow.recording())
    assert not any("shutter" in r for r in found.quality.reasons)


def test_slow_motion_in_a_saved_recording() -> None:
    """Taken at 120, played at 30: a 5 Hz train plays at 1.25 Hz."""
    real = face(8.0, fps=120.0, seed=3)
    real.train(1.0, 6.0, 5.0, "commissure_left", 0.8)
    truth = analyse(real.recording())
    played = take(real.recording(), np.arange(real.n), np.arange(real.n) / 30.0)
    played = replace(played, source=replace(played.source, fps=30.0, duration_s=32.0))
    again = analyse(with_real_fps(played, 120.0))
    assert again.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    assert again.lips.events == truth.lips.events
    assert again.quality.nyquist_hz == pytest.approx(60.0, rel=1e-3)
    assert again.source.fps == pytest.approx(120.0)
    assert again.quality.reasons[-1].startswith(
        "Slow motion: taken at 120 pictures a second and played at 30"
    )


def test_slow_blinks_are_suspected() -> None:
    still = face(32.0, seed=1)
    for at in (4.0, 11.0, 19.0, 27.0):
        still.blink(at, length_s=2.0)
    reasons = analyse(still.recording()).quality.reasons
    assert any("This may be slow motion: blinks last" in r for r in reasons)
    quick = face(32.0, seed=1)
    for at in (4.0, 11.0, 19.0, 27.0):
        quick.blink(at)
    assert not any("slow motion" in r for r in analyse(quick.recording()).quality.reasons)
