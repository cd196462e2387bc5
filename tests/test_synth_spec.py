from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.errors import InputRefused
from twitchcam.synth import Blink, Camera, Clip, Encoding, Exposure, Smile, Speech, Sway, Twitch, recipes
from twitchcam.synth.clip_file import clip_from_dict, clip_to_dict, read_clip
from twitchcam.synth.timing import (
    blink_closure,
    brightness,
    frame_times,
    pulse_value,
    slow_noise,
    smile_level,
    speech_syllables,
    twitch_pulses,
)

FULL = Clip(
    duration_s=8.0,
    twitches=(Twitch("chin_left", 0.4, 1.0, 3.0, 4.0, jitter=0.3, seed=3), Twitch("cheek_right", 1.0, 5.0)),
    blinks=(Blink(1.0), Blink(2.0, "left", 0.3, 0.5)),
    speech=(Speech(2.0, 4.0, seed=4),),
    smiles=(Smile(5.0, 7.0),),
    sway=Sway(2.0, 1.0, 5),
    camera=Camera(size=(640, 480), exposures=(Exposure(3.0, 1.2),), drop=0.1),
    encoding=Encoding(codec="hevc", crf=20.0),
    eye_distance_px=80.0,
    mirrored=True,
)


def test_a_train_has_its_rate_and_amplitude() -> None:
    pulses = twitch_pulses(Twitch("chin_mid", 0.8, 2.0, 6.0, 5.0))
    assert len(pulses) == 30
    np.testing.assert_allclose(np.diff([p.onset_s for p in pulses]), 0.2)
    t = np.linspace(1.5, 8.5, 7001)
    for waveform, low, high in (("raised_cosine", 0.0, 0.8), ("sine", -0.4, 0.4)):
        value = pulse_value(
            twitch_pulses(Twitch("chin_mid", 0.8, 2.0, 6.0, 5.0, waveform=waveform)), waveform, t
        )
        assert (value.min(), value.max()) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
        assert not value[(t < 2.0) | (t > 8.0)].any()


def test_a_single_twitch_is_one_pulse() -> None:
    (pulse,) = twitch_pulses(Twitch("chin_mid", 0.3, 1.0, width_s=0.2))
    assert (pulse.onset_s, pulse.peak_s, pulse.offset_s) == pytest.approx((1.0, 1.1, 1.2))


@given(st.floats(0.5, 12), st.floats(0, 1), st.integers(0, 999))
def test_movements_never_overlap(hz: float, jitter: float, seed: int) -> None:
    twitch = Twitch("chin_mid", 0.5, 1.0, 4.0, hz, jitter=jitter, seed=seed)
    pulses = twitch_pulses(twitch)
    assert all(a.offset_s <= b.onset_s + 1e-9 for a, b in pairwise(pulses))
    assert all(p.offset_s <= 5.0 + 1e-5 for p in pulses)
    assert pulses == twitch_pulses(twitch)


def test_twitches_with_one_seed_move_together() -> None:
    burst = recipes.spasm_burst(1.0, jerks=6, seed=5)
    times = [[p.peak_s for p in twitch_pulses(t)] for t in burst]
    assert len({tuple(t) for t in times}) == 1
    assert {t.group for t in burst} == {"spasm 1"}


def test_a_hold_stays() -> None:
    twitch = Twitch("commissure_left", 2.0, 1.0, width_s=1.5, waveform="hold")
    value = pulse_value(twitch_pulses(twitch), "hold", np.array([0.9, 1.2, 1.8, 2.2, 2.6]))
    np.testing.assert_allclose(value, [0, 2, 2, 2, 0], atol=1e-9)


def test_a_blink_closes_in_80_ms_and_opens_slower() -> None:
    t = np.arange(0, 1, 0.001)
    closure = blink_closure((Blink(0.2),), "left", t)
    shut = t[closure > 0.999]
    assert closure.max() == pytest.approx(1.0)
    assert 0.07 <= shut[0] - 0.2 <= 0.09
    assert 0.12 <= 0.45 - shut[-1] <= 0.16
    assert not blink_closure((Blink(0.2, "right"),), "left", t).any()


def test_a_smile_takes_half_a_second() -> None:
    level = smile_level((Smile(1.0, 3.0, 8.0),), np.array([0.9, 1.0, 1.25, 1.5, 2.0, 3.0]))
    np.testing.assert_allclose(level, [0, 0, 4, 8, 8, 0], atol=1e-9)


def test_speech_has_3_to_8_syllables_a_second() -> None:
    syllables = speech_syllables(Speech(1.0, 11.0, seed=2))
    assert 3 <= len(syllables) / 10 <= 9
    assert all(1 / 8 <= s.length_s <= 1 / 3 for s in syllables)


def test_sway_is_slow_and_reaches_its_size() -> None:
    t = np.arange(0, 20, 1 / 30)
    noise = slow_noise(20.0, 3, seed=1)(t)
    assert np.abs(noise).max(axis=0) == pytest.approx(1.0, abs=0.01)
    power = np.abs(np.fft.rfft(noise - noise.mean(axis=0), axis=0)) ** 2
    f = np.fft.rfftfreq(t.size, 1 / 30)
    assert power[f > 2].sum() < 0.005 * power.sum()


def test_dropped_frames_keep_their_times() -> None:
    t, number = frame_times(Camera(fps=30.0, drop=0.3, seed=1), 10.0)
    assert 180 < t.size < 240
    np.testing.assert_allclose(t, number / 30.0)
    assert frame_times(Camera(fps=29.97), 1.0)[0][1] == pytest.approx(1 / 29.97)


def test_exposure_steps() -> None:
    camera = Camera(exposures=(Exposure(1.0, 1.5), Exposure(2.0, 0.8)))
    assert [brightness(camera, t) for t in (0.5, 1.0, 2.5)] == [1.0, 1.5, 0.8]


def test_a_clip_survives_its_file(tmp_path: Path) -> None:
    values = json.loads(json.dumps(clip_to_dict(FULL)))
    assert clip_from_dict(values) == FULL
    (tmp_path / "clip.json").write_text(json.dumps(values))
    assert read_clip(tmp_path / "clip.json") == FULL
    (tmp_path / "clip.toml").write_text(
        'duration_s = 3\n[[twitches]]\nsite = "chin_mid"\namplitude_mm = 0.5\nstart_s = 1\n'
    )
    assert read_clip(tmp_path / "clip.toml").twitches == (Twitch("chin_mid", 0.5, 1),)


@pytest.mark.parametrize(
    ("values", "hint"),
    [
        ({"duration": 3}, "duration_s"),
        ({"twitches": [{"site": "lip"}]}, r"clip.twitches\[0\]: .*amplitude_mm"),
        ({"twitches": [{"site": "lip", "amplitude_mm": 1, "start_s": 0}]}, "upper_lip_left"),
        ({"blinks": 3}, "list"),
        ({"duration_s": "long"}, "duration_s must be a number"),
        ({"camera": {"fsp": 30}}, "did you mean fps"),
    ],
)
def test_wrong_settings_are_refused(values: dict[str, object], hint: str) -> None:
    with pytest.raises(InputRefused, match=hint):
        clip_from_dict(values)


def test_unreadable_clip_files(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        read_clip(tmp_path / "none.toml")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InputRefused, match="not valid"):
        read_clip(tmp_path / "bad.json")


def test_out_of_range_settings_are_refused() -> None:
    for make in (
        lambda: Twitch("chin_mid", 0.0, 1.0),
        lambda: Twitch("chin_mid", 1.0, 1.0, 0.1, 5.0),
        lambda: Twitch("chin_mid", 1.0, 1.0, waveform="sine"),
        lambda: Smile(1.0, 1.5),
        lambda: Camera(size=(641, 480)),
        lambda: Encoding(codec="h265"),  # type: ignore[arg-type]
        lambda: dataclasses.replace(FULL, eye_distance_px=500.0),
    ):
        with pytest.raises(InputRefused):
            make()
