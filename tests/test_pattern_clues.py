"""Clues and the analysis under them: known answers for trains, synchrony, the lids and the jaw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import StillFace
from test_triage_patterns import blinks, event, irregular_times, measured

from twitchcam.analysis import analyse
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.synchrony import _near_in_rows, measure_synchrony, surrogate_p, usable_clock
from twitchcam.analysis.timegrid import near
from twitchcam.regions import INDEX, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import TaskMeasure
from twitchcam.triage.answers import Answers
from twitchcam.triage.clues import covered_fraction, gather_clues
from twitchcam.triage.clues.events import alike_share, leading_regions, one_place_share
from twitchcam.triage.clues.guided import Guided
from twitchcam.triage.clues.trains import longest_even

SETTINGS = AnalysisSettings()


# --- trains


@pytest.mark.parametrize("hz", [0.2, 0.25, 0.5, 0.8, 1.0, 2.0, 3.3, 5.0])
@pytest.mark.parametrize("scatter", [0.0, 0.06])
def test_an_even_train_is_found_at_every_rate(hz: float, scatter: float) -> None:
    rng = np.random.default_rng(3)
    steps = (1 + scatter * np.clip(rng.standard_normal(19), -2, 2)) / hz
    times = 2.0 + np.cumsum(steps)
    found = longest_even(times)
    assert found is not None
    assert found.stop - found.start == times.size


def test_one_missed_jerk_in_a_while_does_not_end_a_train() -> None:
    times = np.delete(np.arange(40) * 0.5, [9, 22, 31])
    found = longest_even(times)
    assert found == slice(0, times.size)


def test_jerks_at_random_times_are_no_train() -> None:
    """400 recordings of 75 s with 5-30 twitches a minute: at most a few look like a train."""
    rng = np.random.default_rng(11)
    trains = 0
    for _ in range(400):
        n = rng.poisson(rng.uniform(5, 30) * 75 / 60)
        trains += longest_even(np.sort(rng.uniform(0, 75, n))) is not None
    assert trains <= 4


@given(st.lists(st.floats(0, 60), max_size=40))
@settings(max_examples=60, deadline=None)
def test_a_train_lies_within_its_times_and_is_as_even_as_said(values: list[float]) -> None:
    times = np.sort(values)
    found = longest_even(times)
    if found is not None:
        steps = np.diff(times[found])
        assert steps.size >= 6
        assert steps.max() <= 2.6 * np.median(steps)


def test_alike_places_and_pauses_by_hand() -> None:
    same = [event(float(t), ("commissure_left", "cheek_left"), "left", direction_deg=40.0) for t in range(6)]
    other = [event(9.0 + t, ("chin_mid",), "bilateral", direction_deg=-90.0) for t in range(2)]
    assert alike_share(same) == 1.0
    assert alike_share(same + other) == pytest.approx(6 / 8)
    assert alike_share([]) == 0.0
    assert one_place_share(same + other) == pytest.approx(6 / 8)
    assert one_place_share([]) is None
    assert leading_regions(same + other) == 2
    spans = [event(0.0, ("chin_mid",), "left", offset_s=1.0), event(3.0, ("chin_mid",), "left", offset_s=4.0)]
    assert covered_fraction(spans, 10.0) == pytest.approx(0.2)
    assert covered_fraction(spans, 10.0, pause_s=2.0) == pytest.approx(0.4)


# --- synchrony


def bursts(rng: np.random.Generator, n: int, seconds: float) -> np.ndarray:
    starts = rng.uniform(0, seconds - 3, n)
    return np.sort(np.concatenate([s + np.cumsum(rng.uniform(0.1, 0.5, rng.integers(2, 7))) for s in starts]))


def test_the_chance_of_synchrony_is_honest_for_bursts_that_have_nothing_to_do_with_each_other() -> None:
    rng = np.random.default_rng(7)
    p = [surrogate_p(bursts(rng, 5, 60), bursts(rng, 6, 60), 60.0, SETTINGS) for _ in range(60)]
    assert np.mean(np.array(p) < 0.05) <= 0.12
    assert np.mean(np.array(p) < 0.01) <= 0.05


def test_bursts_that_go_together_are_never_chance() -> None:
    rng = np.random.default_rng(8)
    for _ in range(10):
        eye = bursts(rng, 4, 60)
        mouth = np.sort(np.r_[eye + rng.uniform(-0.03, 0.03, eye.size), rng.uniform(0, 60, 10)])
        assert surrogate_p(eye, mouth, 60.0, SETTINGS) < 0.01


def test_an_even_train_without_an_end_can_meet_another_by_chance() -> None:
    times = np.arange(300) * 0.2
    assert surrogate_p(times, times, 60.0, SETTINGS) > 0.05


def test_the_share_of_coincidences_is_that_of_the_eyes_movements() -> None:
    """Four movements of the eye, two of them with the mouth; the mouth moves six times more by itself."""
    lids, mouth = ("upper_eyelid_left",), ("commissure_left",)
    eye = [event(at, lids, "left") for at in (5.0, 15.0)]
    both = [event(at, (*lids, *mouth), "left") for at in (10.0, 20.0)]
    alone = [event(float(at), mouth, "left") for at in range(30, 42, 2)]
    still = np.zeros((len(REGIONS), 2))
    movement = Movement(0.0, 0.5, 1.0, 0, still, still[:, 0])
    t = np.arange(0.0, 60.0, 0.1)
    found = [(e, movement) for e in (*eye, *both, *alone)]
    side = measure_synchrony(found, t, np.ones(t.size, bool), SETTINGS)["left"]
    assert (side.eye_mouth_events, side.coincident_fraction) == (2, 0.5)


def test_the_usable_clock_stands_still_where_nothing_counts() -> None:
    t = np.arange(0.0, 10.0, 0.1)
    clock = usable_clock(t, (t < 3.0) | (t >= 7.0))
    assert clock[-1] == pytest.approx(5.9, abs=0.11)
    assert np.ptp(clock[(t >= 3.05) & (t < 6.95)]) == pytest.approx(0.0)
    assert usable_clock(t, np.ones(t.size, bool))[-1] == pytest.approx(9.9)


@pytest.mark.parametrize("fps", [24.0, 25.0, 30.0])
@pytest.mark.parametrize("pulse_s", [0.1, 0.12])
def test_a_quick_train_of_brief_pulses_keeps_their_way(fps: float, pulse_s: float) -> None:
    """The pauses between the pulses must not be taken for the movements."""
    face = StillFace(duration_s=12, fps=fps, seed=1)
    face.train(4, 6, 3.5, "commissure_left", 1.4, irregular=0.06, pulse_s=pulse_s, direction_deg=30)
    found = [e for e in analyse(face.recording()).events if e.trial_type == "twitch"]
    assert abs(len(found) - len(face.truth)) <= 1
    assert all(abs(e.direction_deg - 30) < 45 for e in found)


# --- the lids


def test_brows_that_sink_with_the_lids_are_told_from_still_ones() -> None:
    m = measured(blinks(np.arange(2, 60, 3.0)), seconds=62.0)
    assert gather_clues(m, Answers()).eyes.brow_share == 0.0
    for at in np.arange(2, 60, 3.0):
        closed = (m.t_s >= at) & (m.t_s < at + 0.15)
        m.band_mm[closed, INDEX["brow_left"], 1] = m.band_mm[closed, INDEX["brow_right"], 1] = -1.0
    assert gather_clues(m, Answers()).eyes.brow_share == 1.0
    m.band_mm[:, INDEX["brow_left"], 1] = 0.0
    assert gather_clues(m, Answers()).eyes.brow_share == 0.0, "both brows sink in blepharospasm"


def test_closures_and_twitches_inside_a_guided_task_do_not_count() -> None:
    flicks = [event(t, ("lower_lip_left",), "left") for t in range(1, 89, 4)]
    events = blinks(np.arange(1, 89, 3.0)) + flicks
    m = measured(events)
    tasks = (TaskMeasure("rest", 0.0, 60.0, True, ""), TaskMeasure("smile", 60.0, 90.0, True, ""))

    clues, whole = gather_clues(replace(m, tasks=tasks), Answers()), gather_clues(m, Answers())
    assert clues.usable_s == pytest.approx(60.0, abs=0.1)
    assert len(clues.lip_events) == sum(t < 60 for t in range(1, 89, 4))
    assert clues.eyes.per_min == pytest.approx(whole.eyes.per_min or 0.0, rel=0.05)


def test_guided_times() -> None:
    guided = Guided(
        (TaskMeasure("rest", 0.0, 10.0, True, ""), TaskMeasure("smile", 10.0, 15.0, False, "dark"))
    )
    assert guided.asked_to_rest(5.0)
    assert not guided.asked_to_rest(12.0)
    assert guided.acting(12.0)
    assert not guided.acting(15.0)
    assert guided.done("smile") == ()
    assert len(guided.at_rest([event(t, ("chin_mid",), "left") for t in (5.0, 12.0, 20.0)])) == 2


# --- the jaw


@pytest.mark.parametrize(("scatter", "even"), [(0.01, True), (0.15, False)])
def test_a_swing_of_the_jaw_says_how_even_it_is(scatter: float, even: bool) -> None:
    rng = np.random.default_rng(4)
    m = measured(seconds=70.0)
    at = 2.0
    while at < 66:
        length = 1.0 * (1 + scatter * rng.standard_normal())
        inside = (m.t_s >= at) & (m.t_s < at + length)
        wave = -1.0 + np.cos(2 * np.pi * (m.t_s[inside] - at) / length)
        m.band_mm[inside, INDEX["lower_lip_mid"], 1] = m.band_mm[inside, INDEX["chin_mid"], 1] = wave
        at += length
    swing = gather_clues(m, Answers()).swing
    if even:
        assert swing is not None
        assert swing.run.hz == pytest.approx(1.0, abs=0.03)
        assert swing.run.spread <= 0.04
        assert swing.run.length_s >= 55
    else:
        assert swing is None or swing.run.spread > 0.07 or swing.run.length_s < 20


def test_a_still_mouth_swings_not() -> None:
    m = measured(seconds=70.0)
    m.band_mm[:] = np.random.default_rng(0).normal(0, 0.02, m.band_mm.shape)
    assert gather_clues(m, Answers()).swing is None
    assert gather_clues(
        measured([event(t, ("chin_mid",), "left") for t in irregular_times(9, 80)]), Answers()
    )


@pytest.mark.parametrize("fps", [29.97, 60.0])
@pytest.mark.parametrize(("eyes", "mouths"), [(0, 5), (5, 0), (1, 1), (40, 60), (300, 7)])
def test_all_shifts_at_once_count_as_one_by_one(eyes: int, mouths: int, fps: float) -> None:
    rng = np.random.default_rng(eyes + mouths)
    a, b = (np.sort(rng.integers(0, round(3600 * fps), n)) / fps for n in (eyes, mouths))
    rows = np.sort((b + rng.integers(0, 9999, (50, 1)) / fps) % 3600.0, axis=1)
    assert _near_in_rows(a, rows, 0.05).tolist() == [int(near(a, row, 0.05).sum()) for row in rows]
