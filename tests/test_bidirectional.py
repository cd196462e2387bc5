"""What B pictures lose: known losses are found and given back, and nothing is made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from recordings import StillFace

from twitchcam.front.bidirectional import b_picture_gain, give_back
from twitchcam.regions import INDEX
from twitchcam.types import BoolArray, FloatArray

FPS = 30.0
LEFT = INDEX["commissure_left"]


def pattern(n: int) -> BoolArray:
    """Three B pictures between two others, as x264 writes them."""
    return np.asarray(np.arange(n) % 4 != 0)


def moving(hz: float, mm: float, *, kept: float, noise_mm: float = 0.015, n: int = 360) -> FloatArray:
    """(n, 19, 2): a rhythm at the left mouth corner whose B pictures keep a part of it."""
    rng = np.random.default_rng(0)
    t = np.arange(n) / FPS
    motion = rng.normal(0, noise_mm, (n, 19, 2))
    wave = 0.5 * mm * np.sin(2 * np.pi * hz * t) * ((t > 3) & (t < 9))
    motion[:, LEFT, 1] += wave * np.where(pattern(n), kept, 1.0)
    return motion


@pytest.mark.parametrize("hz", [2.5, 3.3, 5.0, 6.3, 8.2, 9.0])
@pytest.mark.parametrize("kept", [0.7, 0.9, 1.0])
def test_a_known_loss_is_found(hz: float, kept: float) -> None:
    gain = b_picture_gain(moving(hz, 0.5, kept=kept), pattern(360), FPS)[LEFT]
    assert gain == pytest.approx(kept, abs=0.08)


@pytest.mark.parametrize("hz", [3.75, 7.5])
def test_in_step_with_the_pictures_it_cannot_be_told_and_nothing_is_made_up(hz: float) -> None:
    """Every fourth picture then meets the same phases: what it shows says nothing of the others."""
    gain = b_picture_gain(moving(hz, 0.5, kept=0.7), pattern(360), FPS)[LEFT]
    assert gain == 1.0 or gain == pytest.approx(0.7, abs=0.08)


def test_noise_alone_gives_nothing_back() -> None:
    gain = b_picture_gain(moving(5, 0, kept=0.5), pattern(360), FPS)
    np.testing.assert_array_equal(gain, 1.0)


@pytest.mark.parametrize("fps", [0.1, 0.5, 1.0, 2.0, 3.3, 3.4, 5.0])
def test_a_few_pictures_a_second_show_no_rhythm(fps: float) -> None:
    """A timelapse, or a session on a computer that can hardly keep up."""
    gain = b_picture_gain(moving(5.0, 0.5, kept=0.7, n=60), pattern(60), fps)
    assert np.isfinite(gain).all()
    if fps < 3:
        assert (gain == 1).all()


def test_without_b_pictures_the_recording_stays_as_it_is() -> None:
    recording = StillFace(duration_s=10, seed=1).recording()
    assert give_back(recording) is recording


def test_the_amplitude_is_given_back_and_gaps_stay_gaps() -> None:
    recording = StillFace(duration_s=12, seed=1).recording()
    n = recording.t_s.size
    motion = moving(5.0, 0.6, kept=0.75, n=n)
    motion[100:110] = np.nan
    found = give_back(replace(recording, motion_mm=motion, b_picture=pattern(n)))
    whole = moving(5.0, 0.6, kept=1.0, n=n)
    inside = slice(115, 260)
    ratio = np.std(found.motion_mm[inside, LEFT, 1]) / np.std(whole[inside, LEFT, 1])
    assert ratio == pytest.approx(1.0, abs=0.06)
    assert np.isnan(found.motion_mm[100:110]).all()
    assert np.isfinite(found.motion_mm[110:]).all()
    assert 0.6 < float(found.settings["b_picture_gain"]) < 0.9
