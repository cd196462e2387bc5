"""The detector of single twitches: its filters, thresholds and the smallest twitch it promises to find."""

from __future__ import annotations

import numpy as np
import pytest
from recordings import StillFace
from scipy.ndimage import convolve1d

from twitchcam.analysis import analyse
from twitchcam.analysis.bank import make_bank, quantile_gain, sampled_bump
from twitchcam.analysis.noise import noise_density
from twitchcam.analysis.shape import is_twitch_like
from twitchcam.scoring import match_events
from twitchcam.settings import AnalysisSettings

SETTINGS = AnalysisSettings()


@pytest.mark.parametrize("fs", [24.0, 30.0, 60.0])
def test_a_filter_returns_the_amplitude_and_ignores_level_and_slope(fs: float) -> None:
    for filt in make_bank(fs):
        k = np.arange(-filt.half, filt.half + 1)
        x = 0.7 * sampled_bump(filt.half, filt.length_s, fs) + 3.0 - 0.02 * k
        assert filt.taps @ x == pytest.approx(0.7, abs=1e-9)


def test_filters_up_to_240_ms_are_within_a_tenth_of_the_best_possible_in_white_noise() -> None:
    for filt in make_bank(120.0)[:4]:
        ideal = np.sqrt(0.5 / (0.375 * filt.length_s))
        assert 0.97 * ideal < filt.white_gain < 1.12 * ideal


def test_noise_of_white_recordings_is_read_without_bias() -> None:
    fs, rng = 30.0, np.random.default_rng(0)
    x = rng.standard_normal((1800, 60, 2)) * np.sqrt(fs / 2)
    assert np.mean(noise_density(x, fs, SETTINGS) ** 2) == pytest.approx(1.0, abs=0.03)
    for filt in make_bank(fs):
        size = convolve1d(x[..., 0], filt.taps, axis=0)
        assert size.std() == pytest.approx(filt.white_gain, rel=0.03)
        square = (size**2).reshape(30, 60, -1).mean(axis=1)
        low = np.quantile(square, 0.3, axis=0).mean() / size.var()
        assert low == pytest.approx(quantile_gain(0.3, filt.bandwidth_hz, 2.0), abs=0.04)


@pytest.mark.parametrize("noise", [2.5, 4.0])
def test_a_twitch_of_the_stated_size_is_found_19_times_in_20(noise: float) -> None:
    still = StillFace(duration_s=80, seed=3, noise_um_rthz=noise)
    least = analyse(still.recording()).quality.by_region["commissure_left"].min_detectable_mm
    assert least is not None
    assert least < 0.0235 * noise
    found = {0.75: 0, 1.25: 0}
    for part in found:
        for seed in (4, 5):
            face = StillFace(duration_s=80, seed=seed, noise_um_rthz=noise)
            times = 3.0 + 4.7 * np.arange(16) + 0.01 * face.rng.uniform(0, 3, 16)
            for k, at in enumerate(times):
                face.twitch(at, "commissure_left", part * least, length_s=0.175, direction_deg=47.0 * k)
            peaks = sorted(e.peak_s for e in analyse(face.recording()).events if not e.gated)
            found[part] += match_events(times, np.array(peaks), 0.07).truth_index.size
    assert found[1.25] >= 0.95 * 32
    assert found[0.75] < 0.95 * 32


def test_a_step_and_the_jump_of_a_single_picture_are_no_twitches() -> None:
    k = np.arange(-30, 31)
    twitch = sampled_bump(30, 0.17, 30.0)
    assert is_twitch_like(twitch, 30.0, 0.17, 30.0)
    assert not is_twitch_like((k >= 1).astype(float), 30.0, 0.17, 30.0)
    assert not is_twitch_like((k == 0).astype(float), 30.0, 0.17, 30.0)


def test_minutes_of_noise_and_sway_hold_no_event() -> None:
    for seed in (21, 22):
        recording = StillFace(duration_s=150, seed=seed, noise_um_rthz=4.0).recording()
        assert [e for e in analyse(recording).events if not e.gated] == []
