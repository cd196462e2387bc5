"""Gates on artificial recordings: acts are gated, twitches beside them and spasms are not."""

from __future__ import annotations

import numpy as np
import pytest
from acts import perform
from recordings import StillFace, mirrored

from twitchcam.analysis import analyse
from twitchcam.analysis.blinks import find_blinks
from twitchcam.analysis.gates import Gates, find_gates, gate_of, usable
from twitchcam.analysis.gates.two_sides import MOUTH, split_sides, unevenness
from twitchcam.analysis.gates.work import concentration, cycles, one_shape, slow_share
from twitchcam.analysis.signals import make_signals
from twitchcam.regions import INDEX
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.synth.acts import NO_ACTS, Acts, Chewing, Gesture, Turn, Yawn
from twitchcam.synth.spec import Smile, Speech

START, STOP = 4.0, 8.0
SETTINGS = AnalysisSettings()
BENDS = (0.0, 0.5, 1.0)
"""How much of an act the registration takes for a bend of the whole face."""
ACTS = ("speech", "chew", "smile", "head_motion")


def face_of(seed: int, *, seconds: float = 12.0) -> StillFace:
    return StillFace(duration_s=seconds, fps=(24.0, 30.0, 60.0)[seed % 3], seed=seed)


def gates_of(face: StillFace) -> tuple[np.ndarray, Gates]:
    signals = make_signals(face.recording(), SETTINGS)
    assert signals is not None
    blinks = find_blinks(signals.opening_mm, signals.fs, SETTINGS)
    return signals.grid.t_s, find_gates(signals, blinks, SETTINGS)


def share(t: np.ndarray, mask: np.ndarray, start: float, stop: float) -> float:
    return float(mask[(t >= start) & (t <= stop)].mean())


def counted(m: Measured) -> list[Event]:
    return [e for e in m.events if not e.gated]


def check_act(face: StillFace, reasons: set[str], stop: float = STOP) -> None:
    """The act is gated by one of the reasons, and rest is not gated by any."""
    t, gates = gates_of(face)
    during = np.logical_or.reduce([gates[r] for r in reasons])
    assert share(t, during, START + 0.2, stop - 0.2) >= 0.8
    at_rest = (t < START - 0.6) | (t > stop + 0.6)
    assert not (~usable(gates) & at_rest).any()


@pytest.mark.parametrize("seed", range(30))
def test_speech_is_gated_on_every_seed(seed: int) -> None:
    face = face_of(seed)
    opening = float(np.random.default_rng(seed).uniform(2.5, 9.0))
    perform(face, speech=(Speech(START, STOP, opening_mm=opening, seed=seed),), bend=BENDS[seed % 3])
    t, gates = gates_of(face)
    assert share(t, gates["speech"], START, STOP) >= 0.7  # there are pauses between phrases
    assert not (~usable(gates) & ((t < START - 0.6) | (t > STOP + 0.6))).any()


@pytest.mark.parametrize("seed", range(30))
def test_the_jaws_irregular_work_is_gated_on_every_seed(seed: int) -> None:
    """Speech as the first tests drew it, all regions in step."""
    face = face_of(seed)
    face.speak(START, STOP - START)
    check_act(face, {"speech", "chew"})


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("lips", ["closed", "open"])
def test_chewing_is_gated(seed: int, lips: str) -> None:
    rng = np.random.default_rng(seed)
    size, hz = float(rng.uniform(4, 10)), float(rng.uniform(0.95, 2.2))
    chewing = Chewing(START, STOP + 1, size, hz, "closed" if lips == "closed" else "open", seed)
    face = face_of(seed)
    perform(face, acts=Acts(chewing=(chewing,)), bend=BENDS[seed % 3])
    t, gates = gates_of(face)
    assert share(t, gates["chew"], START, STOP) >= 0.85


@pytest.mark.parametrize("seed", range(6))
def test_a_yawn_is_the_jaws(seed: int) -> None:
    face = face_of(seed)
    perform(face, acts=Acts(yawns=(Yawn(START, STOP, 15.0 + 2 * seed),)), bend=BENDS[seed % 3])
    check_act(face, {"chew"})


@pytest.mark.parametrize("seed", range(12))
def test_a_smile_may_be_uneven(seed: int) -> None:
    weak = 1.0 - 0.7 * (seed / 11)
    face = face_of(seed)
    smile = Smile(START, START + 2.5, 8.0, 1.0 if seed % 2 else weak, weak if seed % 2 else 1.0)
    perform(face, smiles=(smile,), bend=BENDS[seed % 3])
    check_act(face, {"smile"}, START + 2.5)


@pytest.mark.parametrize("kind", ["pucker", "press"])
@pytest.mark.parametrize("seed", range(4))
def test_gestures_of_the_lips_are_expressions(seed: int, kind: str) -> None:
    face = face_of(seed)
    gesture = Gesture("pucker" if kind == "pucker" else "press", START, START + 1.6, 3.0 + seed)
    perform(face, acts=Acts(gestures=(gesture,)), bend=BENDS[seed % 3])
    check_act(face, {"smile", "speech"}, START + 1.6)


@pytest.mark.parametrize("hz", [3.0, 4.5, 6.0, 9.0, 12.0])
@pytest.mark.parametrize("lips_mm", [0.0, 1.5])
def test_a_lip_tremor_is_no_act(hz: float, lips_mm: float) -> None:
    face = StillFace(duration_s=12, fps=60, seed=3)
    face.sine(3, 7, hz, "lower_lip_mid", 2.5)
    face.sine(3, 7, hz, "chin_mid", 1.5)
    inside = (face.t > 3) & (face.t < 10)
    face.mouth += np.where(inside, lips_mm * (1 + np.sin(2 * np.pi * hz * face.t)), 0.0)
    _, gates = gates_of(face)
    assert not any(gates[r].any() for r in ACTS)


@pytest.mark.parametrize(("hz", "pulse_s"), [(1.5, 0.25), (3.0, 0.25), (5.0, None), (8.0, None)])
@pytest.mark.parametrize("mm", [3.0, 8.0])
def test_large_clonic_runs_of_one_side_are_no_act(hz: float, pulse_s: float | None, mm: float) -> None:
    face = StillFace(duration_s=12, fps=30, seed=5)
    face.train(3, 6, hz, "commissure_left", mm, irregular=0.3, pulse_s=pulse_s)
    _, gates = gates_of(face)
    assert not any(gates[r].any() for r in ACTS)


@pytest.mark.parametrize("other_mm", [0.0, 1.5, 2.5])
def test_tonic_spasms_are_no_smiles(other_mm: float) -> None:
    face = StillFace(duration_s=14, seed=6)
    face.tonic(5, 3, "commissure_left", 6.0, direction_deg=30)
    if other_mm:
        face.tonic(5, 3, "commissure_right", other_mm, direction_deg=150)
    m = analyse(face.recording())
    assert ("tonic", 5) in [(e.trial_type, round(e.onset_s)) for e in counted(m)]
    assert m.quality.gated_s == {}


def test_a_slow_pull_with_the_eye_of_its_side_is_a_spasm() -> None:
    face = StillFace(duration_s=14, seed=7)
    face.tonic(5, 3, "commissure_left", 6.0, direction_deg=45, attack_s=0.5)
    face.tonic(5, 3, "commissure_right", 2.4, direction_deg=135, attack_s=0.5)
    held = np.clip(np.minimum(face.t - 5, 8 - face.t) / 0.4, 0, 1)
    face.opening[:, 0] -= 6.0 * held
    _, gates = gates_of(face)
    assert not gates["smile"].any()
    assert not gates["blink"].any()


@pytest.mark.parametrize("seed", [7, 12, 23])
@pytest.mark.parametrize("act", ["speech", "smile", "chew"])
def test_twitches_beside_an_act_are_found_and_nothing_else(seed: int, act: str) -> None:
    face = face_of(seed)
    perform(
        face,
        speech=(Speech(START, STOP, seed=seed),) if act == "speech" else (),
        smiles=(Smile(START, STOP),) if act == "smile" else (),
        acts=Acts(chewing=(Chewing(START, STOP, seed=seed),)) if act == "chew" else NO_ACTS,
    )
    times = (2.0, STOP + 0.5, STOP + 2.2)
    for at in times:
        face.twitch(at, "commissure_left", 0.8)
    assert np.allclose([e.peak_s for e in counted(analyse(face.recording()))], times, atol=0.07)


def test_a_twitch_between_words_is_found() -> None:
    face = StillFace(duration_s=14, seed=8)
    perform(face, speech=(Speech(3, 5, seed=1), Speech(6.4, 8.5, seed=2)))
    face.twitch(5.7, "commissure_right", 1.0)
    assert [round(e.peak_s, 1) for e in counted(analyse(face.recording()))] == [5.7]


def test_raised_brows_are_voluntary_and_leave_the_mouth_watched() -> None:
    face = StillFace(duration_s=12, seed=9)
    perform(face, acts=Acts(gestures=(Gesture("brows", START, STOP, 5.0),)), bend=0.0)
    face.twitch(6.0, "commissure_left", 0.8)
    m = analyse(face.recording())
    assert [round(e.peak_s, 1) for e in counted(m)] == [6.0]
    assert "smile" not in m.quality.gated_s
    assert "voluntary" in {e.trial_type for e in m.events}


@pytest.mark.parametrize("deg", [10.0, -20.0])
def test_a_turn_of_the_head_is_gated_and_leaves_no_pull(deg: float) -> None:
    face = StillFace(duration_s=14, seed=10)
    perform(face, acts=Acts(turns=(Turn(START, STOP, deg),)))
    face.twitch(2.0, "commissure_left", 0.8)
    face.twitch(10.0, "lower_lip_right", 0.8)
    m = analyse(face.recording())
    assert [round(e.peak_s, 1) for e in counted(m)] == [2.0, 10.0]
    assert m.quality.gated_s["head_motion"] > (3.5 if abs(deg) > 15 else 0.8)


def keep_eyes_closed(face: StillFace, start_s: float, stop_s: float) -> None:
    closed = np.clip(np.minimum(face.t - start_s, stop_s - face.t) / 0.1, 0, 1)
    face.opening -= 9.0 * closed[:, None]
    for side in ("left", "right"):
        face.motion[:, INDEX[f"upper_eyelid_{side}"], 1] -= 8.0 * closed


def test_eyes_that_stay_closed_are_no_blink() -> None:
    face = StillFace(duration_s=14, seed=11)
    keep_eyes_closed(face, 4.0, 7.0)
    face.blink(10.0)
    face.twitch(5.5, "commissure_left", 0.5)
    m = analyse(face.recording())
    closings = [(e.trial_type, round(e.onset_s)) for e in m.events if e.gated == "blink"]
    assert closings == [("tonic", 4), ("blink", 10)]
    assert [round(e.peak_s, 1) for e in counted(m)] == [5.5]


def test_a_twitch_with_a_blink_stands_beside_it() -> None:
    face = StillFace(duration_s=12, seed=12)
    face.blink(5.0)
    face.twitch(5.05, "commissure_right", 1.5)
    m = analyse(face.recording())
    (twitch,) = counted(m)
    (blink,) = (e for e in m.events if e.trial_type == "blink")
    assert twitch.onset_s < blink.offset_s
    assert blink.onset_s < twitch.offset_s


def test_one_eye_closing_with_its_mouth_is_an_event() -> None:
    face = StillFace(duration_s=16, seed=13)
    for at in (4.0, 7.0, 9.5, 12.0):
        face.spasm(at, "right", 2.5)
    m = analyse(face.recording())
    assert [(e.trial_type, e.side) for e in counted(m)] == [("twitch", "right")] * 4
    assert m.quality.gated_s == {}


def test_noise_alone_is_no_act() -> None:
    for seed in range(4):
        face = StillFace(duration_s=20, seed=seed, noise_um_rthz=120.0)
        _, gates = gates_of(face)
        assert not any(gates[r].any() for r in ACTS)


def test_gates_do_not_know_left_from_right() -> None:
    face = face_of(1)
    perform(face, smiles=(Smile(START, START + 2, 8.0, 1.0, 0.4),), speech=(Speech(7.5, 9.5, seed=3),))
    recording = face.recording()
    for r in (recording, mirrored(recording)):
        signals = make_signals(r, SETTINGS)
        assert signals is not None
        found = find_gates(signals, [], SETTINGS)
        if r is recording:
            first = found
    assert all(np.array_equal(first[reason], found[reason]) for reason in found)


def test_a_lost_region_is_left_out() -> None:
    face = StillFace(duration_s=12, seed=14)
    chin = INDEX["chin_right"]
    lost = face.t > 6
    face.motion[lost, chin] += 0.6 * face.rng.standard_normal((int(lost.sum()), 2))
    face.match[lost, chin] = 0.5
    assert counted(analyse(face.recording())) == []


def test_sides_of_a_movement() -> None:
    still = np.zeros((20, 19, 2))
    one, both = still.copy(), still.copy()
    wave = np.sin(np.arange(20.0))
    one[:, INDEX["commissure_left"], 0] = wave
    both[:, INDEX["commissure_left"], 0] = wave
    both[:, INDEX["commissure_right"], 0] = -wave
    assert unevenness(split_sides(one), 0, 20) == pytest.approx(1.0)
    assert unevenness(split_sides(both), 0, 20) == pytest.approx(0.0)
    assert len(MOUTH) == 11


def test_shape_and_rhythm_of_a_curve() -> None:
    t = np.arange(0, 6, 1 / 30)
    tremor, bites = np.sin(2 * np.pi * 5 * t), np.sin(np.pi * 1.5 * t) ** 2
    assert concentration(tremor, 30.0) > 0.95
    assert concentration(tremor[:20], 30.0) == 0.0
    assert slow_share(bites, 30.0, 2.6) > 0.95
    assert slow_share(tremor, 30.0, 2.6) < 0.05
    assert cycles(bites, 30.0) == 9
    assert cycles(np.clip(np.minimum(t, 6 - t), 0, 1), 30.0) == 1
    assert one_shape(np.outer(tremor, [1.0, 2.0, 0.5])) == pytest.approx(1.0)
    assert one_shape(np.column_stack([tremor, np.cos(2 * np.pi * 3 * t)])) == pytest.approx(0.5, abs=0.05)


def test_the_gate_of_a_movement() -> None:
    gates = {"speech": np.zeros(20, dtype=bool), "blink": np.ones(20, dtype=bool)}
    gates["speech"][5:10] = True
    assert gate_of(gates, 4, 8) == "speech"
    assert gate_of(gates, 9, 14) == ""
    assert gate_of(gates, 9, 19, ends=1) == "speech"
    assert gate_of(gates, 9, 8) == ""
