"""Movements at the ends of the range: held pulls, clonic trains up to Nyquist, sides and lips apart, chirps,
neighbours 150 ms apart, onsets.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.recordings import StillFace, TrueEvent
from twitchcam.analysis import analyse
from twitchcam.scoring import match_events
from twitchcam.summary import Event, Measured


def measured(face: StillFace) -> tuple[Measured, list[Event]]:
    found = analyse(face.recording())
    return found, [e for e in found.events if e.trial_type in ("twitch", "tonic") and not e.gated]


def f1(face: StillFace, events: list[Event], tolerance_s: float = 0.05) -> float:
    true = np.array(sorted(t.peak_s for t in face.truth))
    return match_events(true, np.array(sorted(e.peak_s for e in events)), tolerance_s).f1


@pytest.mark.parametrize("mm", [3.0, 6.0, 10.0])
def test_held_pulls_keep_their_offset(mm: float) -> None:
    face = StillFace(duration_s=20, seed=1)
    face.tonic(5, 3, "commissure_left", mm)
    face.tonic(12, 1.0, "commissure_left", mm)
    _, events = measured(face)
    assert [e.trial_type for e in events] == ["tonic", "tonic"]
    assert all(e.side == "left" and e.amplitude_mm == pytest.approx(mm, rel=0.05) for e in events)
    assert [e.offset_s - e.onset_s for e in events] == pytest.approx([3.0, 1.0], abs=0.25)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_twitches_on_top_of_a_pull_are_kept(seed: int) -> None:
    face = StillFace(duration_s=20, seed=seed)
    face.tonic(5, 4, "commissure_left", 5.0)
    for t in (6.0, 6.8, 7.6):
        face.twitch(t, "commissure_left", 1.0)
    _, events = measured(face)
    assert sum(e.trial_type == "tonic" for e in events) == 1
    on_top = [e for e in events if e.trial_type == "twitch"]
    assert [e.peak_s for e in on_top] == pytest.approx([6.0, 6.8, 7.6], abs=0.04)
    assert [e.amplitude_mm for e in on_top] == pytest.approx([1.0] * 3, rel=0.15)


@pytest.mark.parametrize("hz", [1.0, 2.0, 3.0, 6.0, 10.0, 13.0])
def test_clonic_trains_up_to_nyquist(hz: float) -> None:
    face = StillFace(duration_s=16, seed=2)
    face.train(4, 6, hz, "commissure_left", 3.0, pulse_s=min(0.2, 1 / hz))
    found, events = measured(face)
    assert f1(face, events, min(0.05, 0.4 / hz)) >= 0.98
    assert found.lips.dominant_hz == pytest.approx(hz, abs=0.03)
    assert found.lips.rhythmic
    assert found.lips.side == "left"


def test_sides_that_take_turns_are_two_movements_of_one_frequency() -> None:
    face = StillFace(duration_s=16, seed=1)
    face.train(4, 6, 4, "commissure_left", 0.6, pulse_s=0.15)
    face.train(4.125, 6, 4, "commissure_right", 0.6, pulse_s=0.15)
    found, events = measured(face)
    assert f1(face, events) >= 0.98
    assert sum(e.side == "left" for e in events) == sum(e.side == "right" for e in events) == 24
    assert found.lips.side == "bilateral"
    assert found.lips.dominant_hz == pytest.approx(4.0, abs=0.03)


@pytest.mark.parametrize(
    ("region", "direction_deg"),
    [("upper_lip_mid", 90.0), ("lower_lip_mid", 0.0), ("lower_lip_mid", 90.0), ("upper_lip_mid", 0.0)],
)
def test_lips_and_directions_apart(region: str, direction_deg: float) -> None:
    face = StillFace(duration_s=16, seed=1)
    face.train(4, 5, 4, region, 0.6, pulse_s=0.15, direction_deg=direction_deg)
    _, events = measured(face)
    assert f1(face, events) >= 0.98
    assert {e.region for e in events} == {region}
    assert np.median([abs(e.direction_deg - direction_deg) for e in events]) < 10.0


def test_a_chirp_keeps_its_cycles() -> None:
    face = StillFace(duration_s=16, seed=1)
    t, hz = 4.0, 2.0
    while t < 10:
        face.twitch(t, "commissure_right", 0.7, length_s=min(0.2, 1 / hz))
        t, hz = t + 1 / hz, 1.06 * hz
    _, events = measured(face)
    assert f1(face, events) >= 0.9


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("mm", "length_s"), [(0.5, 0.12), (0.3, 0.12), (0.3, 0.1)])
def test_neighbours_150_ms_apart_stay_two(seed: int, mm: float, length_s: float) -> None:
    face = StillFace(duration_s=12, fps=60, seed=seed, noise_um_rthz=4.0)
    for t in (2.0, 4.0, 6.0, 8.0):
        face.twitch(t, "commissure_left", mm, length_s=length_s)
        face.twitch(t + 0.15, "commissure_left", mm, length_s=length_s)
    _, events = measured(face)
    assert f1(face, events, 0.04) == 1.0


@pytest.mark.parametrize(("fps", "mm"), [(30.0, 0.3), (30.0, 0.5), (60.0, 0.3)])
def test_onset_and_duration_of_single_twitches(fps: float, mm: float) -> None:
    face = StillFace(duration_s=60, fps=fps, seed=3, noise_um_rthz=5.0)
    sites = ("commissure_left", "upper_lip_right", "lower_lip_mid")
    for k in range(30):
        face.twitch(2 + 1.91 * k, sites[k % 3], mm, length_s=0.17)
    _, events = measured(face)
    assert f1(face, events) >= 0.97
    pairs = [(t, e) for t in face.truth for e in events if abs(e.peak_s - t.peak_s) < 0.05]
    onset = np.array([abs(e.onset_s - t.onset_s) for t, e in pairs])
    length = np.array([abs((e.offset_s - e.onset_s) - _length(t)) for t, e in pairs])
    frame = max(1 / fps, 1 / 30)
    assert np.quantile(onset, 0.95) <= frame
    assert np.quantile(length, 0.85) <= frame


def _length(true: TrueEvent) -> float:
    return true.offset_s - true.onset_s
