"""The back on artificial recordings: known answers, invariances, honest nulls."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import StillFace, mirrored

from twitchcam.analysis import analyse
from twitchcam.errors import SettingsError
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.types import Recording

OTHER = {"left": "right", "right": "left", "bilateral": "bilateral", "none": "none"}


def counted(m: Measured) -> list[Event]:
    return [e for e in m.events if not e.gated]


def numbers(x: Any) -> list[float]:
    """Every number in the parts of the result that are written to the summary."""
    if isinstance(x, dict):
        return [v for y in x.values() for v in numbers(y)]
    if isinstance(x, (list, tuple)):
        return [v for y in x for v in numbers(y)]
    return [float(x)] if isinstance(x, (int, float)) and not isinstance(x, bool) else []


def summary_numbers(m: Measured) -> list[float]:
    parts = (m.quality, m.lips, m.rest_asymmetry, *m.regions.values(), *m.synchrony.values(), *m.events)
    return [v for part in parts for v in numbers(asdict(part))]


def train(
    fps: float = 30.0, hz: float = 5.0, mm: float = 0.8, side: str = "left", seed: int = 1
) -> StillFace:
    face = StillFace(duration_s=14, fps=fps, seed=seed)
    face.train(4, 6, hz, f"commissure_{side}", mm)
    face.blink(2.0)
    return face


@pytest.mark.parametrize("fps", [24, 30, 60, 120])
def test_a_train_of_5_hz_is_one_run_of_30_events(fps: float) -> None:
    m = analyse(train(fps).recording())
    assert abs(len(counted(m)) - 30) <= 1
    assert m.lips.runs == 1
    assert m.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    assert m.lips.rhythmic
    assert m.lips.amplitude_mm.median == pytest.approx(0.8, rel=0.1)
    assert m.lips.side == "left"


@pytest.mark.parametrize("hz", [2.5, 8.0, 11.5])
def test_frequency(hz: float) -> None:
    m = analyse(train(hz=hz, mm=1.0).recording())
    assert m.lips.dominant_hz == pytest.approx(hz, abs=0.05)
    low, high = m.lips.dominant_hz_ci or (np.nan, np.nan)
    assert low <= hz <= high
    assert low <= m.lips.dominant_hz <= high


@pytest.mark.parametrize("mm", [0.3, 0.5, 3.0])
@pytest.mark.parametrize("site", ["commissure_left", "lower_lip_right"])
def test_single_twitches(mm: float, site: str) -> None:
    face = StillFace(duration_s=20, seed=4)
    times = np.arange(2.0, 18.0, 1.63)
    for k, at in enumerate(times):
        face.twitch(at, site, mm, length_s=0.15, direction_deg=40.0 * k)
    m = analyse(face.recording())
    found = np.array([e.peak_s for e in counted(m)])
    assert len(found) == len(times)
    assert np.abs(found - times).max() < 0.05
    assert np.median([e.amplitude_mm for e in counted(m)]) == pytest.approx(mm, rel=0.12)
    assert m.lips.side == site.rsplit("_", 1)[1]
    assert {e.side for e in counted(m)} == {site.rsplit("_", 1)[1]}
    assert all(site in e.regions for e in counted(m))


def test_neighbours_150_ms_apart_stay_apart() -> None:
    face = StillFace(duration_s=10, fps=60, seed=2)
    for at in (4.0, 4.15, 7.0, 7.15):
        face.twitch(at, "commissure_right", 1.0, length_s=0.12)
    found = [e.peak_s for e in counted(analyse(face.recording()))]
    assert np.allclose(found, [4.0, 4.15, 7.0, 7.15], atol=0.02)


def test_tonic_pull_is_one_event_and_keeps_its_height() -> None:
    face = StillFace(duration_s=20, seed=3)
    face.tonic(8, 3.0, "commissure_right", 4.0, direction_deg=150)
    (event,) = counted(analyse(face.recording()))
    assert event.trial_type == "tonic"
    assert event.side == "right"
    assert event.amplitude_mm == pytest.approx(4.0, rel=0.1)
    assert event.onset_s == pytest.approx(8.0, abs=0.15)
    assert event.offset_s == pytest.approx(11.0, abs=0.15)


def test_still_face_with_sway_and_blinks_has_no_event() -> None:
    face = StillFace(duration_s=60, seed=11)
    for at in np.arange(3, 58, 4.1):
        face.blink(at)
    m = analyse(face.recording())
    assert counted(m) == []
    assert sum(e.trial_type == "blink" for e in m.events) == 14
    assert {e.gated for e in m.events} == {"blink"}
    assert m.lips.side == "none"
    assert m.lips.events == 0
    assert m.lips.dominant_hz is None


def test_speech_and_smile_are_gated_and_the_twitch_after_them_is_found() -> None:
    face = StillFace(duration_s=24, seed=7)
    face.speak(3, 4)
    face.smile(11, 3)
    face.twitch(7.6, "commissure_left", 0.8)
    face.twitch(14.7, "commissure_left", 0.8)
    m = analyse(face.recording())
    assert [round(e.peak_s, 1) for e in counted(m)] == [7.6, 14.7]
    assert {"speech", "smile"} <= {e.gated for e in m.events}
    assert m.quality.gated_s["speech"] == pytest.approx(4, abs=1)
    assert m.quality.gated_s["smile"] == pytest.approx(3, abs=1)


def test_rest_tremor_is_not_speech() -> None:
    face = StillFace(duration_s=16, seed=8)
    face.sine(3, 10, 5.0, "lower_lip_mid", 2.5)
    inside = (face.t > 3) & (face.t < 13)
    face.mouth += np.where(inside, 1.3 + 1.2 * np.sin(2 * np.pi * 5.0 * face.t), 0.0)
    m = analyse(face.recording())
    assert "speech" not in m.quality.gated_s
    assert m.lips.side == "bilateral"
    assert m.lips.rhythmic
    assert m.lips.dominant_hz == pytest.approx(5.0, abs=0.05)


def test_hemifacial_spasm_is_neither_blink_nor_smile() -> None:
    face = StillFace(duration_s=40, seed=9)
    times = [4.0, 7.3, 9.1, 13.2, 18.8, 22.4, 27.9, 33.3]
    for at in times:
        face.spasm(at, "left", 2.0, brow_mm=1.0)
    for at in (5.8, 16.0, 25.0, 36.0):
        face.blink(at)
    m = analyse(face.recording())
    assert np.allclose([e.peak_s for e in counted(m)], times, atol=0.05)
    assert m.synchrony["left"].eye_mouth_events == 8
    assert m.synchrony["left"].coincident_fraction == 1.0
    assert m.synchrony["left"].p_value is not None
    assert m.synchrony["left"].p_value < 0.01
    assert m.synchrony["left"].brow_lift_events == 8
    assert m.synchrony["right"].eye_mouth_events == 0
    assert m.lips.side == "left"
    assert m.lips.amplitude_mm.median == pytest.approx(2.0, rel=0.15)


def test_twitch_during_a_blink_is_kept() -> None:
    face = StillFace(duration_s=12, seed=10)
    face.blink(5.0)
    face.twitch(5.0, "commissure_right", 1.5)
    (event,) = counted(analyse(face.recording()))
    assert event.side == "right"
    assert all("eyelid" not in r for r in event.regions)


def test_head_turn_is_gated() -> None:
    face = StillFace(duration_s=12, seed=12)
    face.turn_head(5, 1.2)
    m = analyse(face.recording())
    assert counted(m) == []
    assert m.quality.gated_s["head_motion"] > 0.4


def test_lost_face_is_a_gap_and_rates_use_usable_time() -> None:
    face = train(seed=5)
    face.lose_face(11.0, 2.0)
    m = analyse(face.recording())
    assert m.quality.gated_s["lost_face"] == pytest.approx(2.0, abs=0.1)
    assert m.quality.usable_s == pytest.approx(12.0, abs=0.1)
    assert m.lips.rate_per_min == pytest.approx(60 * m.lips.events / m.quality.usable_s)
    gap = (m.t_s > 11.1) & (m.t_s < 12.9)
    assert np.isnan(m.band_mm[gap]).all()
    assert counted(m)[-1].offset_s < 11.0


@pytest.mark.parametrize("change", ["jitter", "dropped", "repeated"])
def test_uneven_time(change: str) -> None:
    face = StillFace(duration_s=14, seed=1, jitter=0.15 if change == "jitter" else 0.0)
    face.train(4, 6, 5.0, "commissure_left", 0.8)
    if change == "dropped":
        face.drop(0.03)
    recording = face.recording()
    if change == "repeated":
        recording = doubled(recording)
    m = analyse(recording)
    assert m.lips.dominant_hz == pytest.approx(5.0, abs=0.05)
    assert 26 <= len(counted(m)) <= 31
    assert m.quality.nyquist_hz == pytest.approx(15.0, rel=0.02)


def doubled(r: Recording) -> Recording:
    """Return the recording as a file of twice the rate that shows every picture twice."""
    rows = np.repeat(np.arange(r.t_s.size), 2)
    again = np.arange(rows.size) % 2 == 1
    arrays = {n: getattr(r, n)[rows] for n in r.__dataclass_fields__ if isinstance(getattr(r, n), np.ndarray)}
    arrays["t_s"] = r.t_s[rows] + np.where(again, 1 / 60, 0.0)
    arrays["repeated"] = again
    return replace(r, **arrays)


def test_mirror_image_flips_the_sides_and_nothing_else() -> None:
    face = StillFace(duration_s=20, seed=13)
    face.train(3, 4, 6.0, "commissure_left", 0.6, irregular=0.1)
    face.spasm(10, "right", 2.0)
    face.tonic(13, 2, "cheek_left", 3.0)
    face.blink(17)
    recording = face.recording()
    a, b = analyse(recording), analyse(mirrored(recording))
    assert [OTHER[e.side] for e in a.events] == [e.side for e in b.events]
    assert [e.amplitude_mm for e in a.events] == pytest.approx([e.amplitude_mm for e in b.events])
    assert [e.peak_s for e in a.events] == pytest.approx([e.peak_s for e in b.events])
    assert a.lips.side is not None
    assert OTHER[a.lips.side] == b.lips.side
    assert a.lips.asymmetry.index == pytest.approx(-(b.lips.asymmetry.index or 0.0))
    assert a.lips.dominant_hz == pytest.approx(b.lips.dominant_hz)


def test_the_same_recording_gives_the_same_numbers() -> None:
    recording = train().recording()
    a, b = analyse(recording), analyse(recording)
    assert a.lips == b.lips
    assert a.events == b.events
    assert a.quality == b.quality


def test_one_second_gives_honest_nulls() -> None:
    m = analyse(StillFace(duration_s=1.0).recording())
    assert m.quality.verdict == "unusable"
    assert m.lips.rate_per_min is None
    assert m.lips.dominant_hz is None
    assert m.quality.reasons


def test_no_face_gives_honest_nulls() -> None:
    face = StillFace(duration_s=5.0)
    face.lose_face(0.0, 5.0)
    m = analyse(face.recording())
    assert m.quality.verdict == "unusable"
    assert m.quality.usable_s == 0
    assert m.events == ()
    assert m.lips.events is None
    assert "No face" in m.quality.reasons[0]


def test_a_cartoon_is_unusable() -> None:
    recording = replace(train().recording(), plausible=np.full(train().n, 0.2))
    m = analyse(recording)
    assert m.quality.verdict == "unusable"
    assert m.lips.events is None


def test_a_turned_head_has_no_asymmetry() -> None:
    recording = train().recording()
    m = analyse(replace(recording, pose_deg=recording.pose_deg + np.array([22.0, 0, 0])))
    assert m.lips.asymmetry.index is None
    assert m.lips.side == "left"
    assert any("turned" in r for r in m.quality.reasons)


def test_slow_cameras_get_no_frequency() -> None:
    m = analyse(train(fps=15, hz=3.0).recording())
    assert m.lips.dominant_hz is None
    assert m.lips.rhythmic is None
    assert any("new pictures a second" in r for r in m.quality.reasons)


@pytest.mark.parametrize("fps", [0.1, 0.5, 1.0, 2.0, 3.4, 5.0])
def test_a_few_pictures_a_second_answer_nothing(fps: float) -> None:
    m = analyse(StillFace(duration_s=60, fps=fps).recording())
    assert m.quality.verdict == "unusable"
    assert any(f"Only {fps:.1f} new pictures a second" in r for r in m.quality.reasons)


def test_noise_and_smallest_twitch_follow_the_recording() -> None:
    quiet, loud = (analyse(StillFace(duration_s=20, noise_um_rthz=n).recording()) for n in (5.0, 20.0))
    for m, n in ((quiet, 5.0), (loud, 20.0)):
        assert m.quality.by_region["commissure_left"].noise_um_rthz == pytest.approx(n, rel=0.15)
    small = quiet.quality.by_region["commissure_left"].min_detectable_mm
    large = loud.quality.by_region["commissure_left"].min_detectable_mm
    assert small is not None
    assert large == pytest.approx(4 * small, rel=0.3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("lowpass_hz", -1.0),
        ("rule_out_s", math.inf),
        ("short_s", math.nan),
        ("noise_quantile", 1.2),
        ("span_low_sigma", 9.0),
        ("noise_low_hz", 99.0),
    ],
)
def test_settings_refuse_nonsense(name: str, value: float) -> None:
    """A quantile beyond 1 left regions with events but without the smallest that can be seen there."""
    with pytest.raises(SettingsError, match=name):
        AnalysisSettings(**{name: value})


@settings(max_examples=12)
@given(
    fps=st.sampled_from([24.0, 30.0, 60.0]),
    mm=st.floats(0.0, 5.0),
    hz=st.floats(1.0, 12.0),
    gap=st.floats(0.0, 3.0),
    jitter=st.sampled_from([0.0, 0.2]),
    seed=st.integers(0, 1000),
)
def test_numbers_are_finite_and_intervals_hold_their_estimate(
    fps: float, mm: float, hz: float, gap: float, jitter: float, seed: int
) -> None:
    face = StillFace(duration_s=6, fps=fps, seed=seed, jitter=jitter)
    face.train(1, 3, hz, "upper_lip_right", mm, irregular=0.2)
    face.blink(2.5)
    if gap:
        face.lose_face(3.0, gap)
    m = analyse(face.recording())
    assert np.isfinite(summary_numbers(m)).all()
    if m.lips.dominant_hz is not None and m.lips.dominant_hz_ci is not None:
        assert m.lips.dominant_hz_ci[0] <= m.lips.dominant_hz <= m.lips.dominant_hz_ci[1]
    index, ci = m.lips.asymmetry.index, m.lips.asymmetry.ci
    if index is not None and ci is not None:
        assert -1 <= ci[0] <= index <= ci[1] <= 1
    assert all(e.onset_s <= e.peak_s <= e.offset_s for e in m.events)
    assert m.quality.usable_s <= m.t_s[-1] - m.t_s[0] + 2 / fps
    if m.lips.rate_per_min is not None:
        assert m.lips.rate_per_min == pytest.approx(60 * m.lips.events / m.quality.usable_s)
