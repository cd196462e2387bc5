"""Guided tasks on artificial recordings: known answers, the mirrored face, floors, and rest alone counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from guided import COMPACT, by_task, guided, laid, still
from recordings import StillFace, mirrored

from twitchcam.analysis import analyse
from twitchcam.analysis.tasks.guided import AFTER_S, BEFORE_S, at_rest, task_gates
from twitchcam.protocol import Segment
from twitchcam.summary import Measured
from twitchcam.synth.performer import Person

WEAK = Person(weak="left", strength=0.5, brow=0.4, lid=0.5, pull_mm=2.0, narrowing=0.4, seed=3)


@pytest.fixture(scope="module")
def even() -> Measured:
    return analyse(guided(Person()))


@pytest.fixture(scope="module")
def weak() -> Measured:
    return analyse(guided(WEAK))


def test_an_even_face_is_even(even: Measured) -> None:
    assert [t.task for t in even.tasks] == [s.task for s in COMPACT]
    assert all(t.assessable for t in even.tasks)
    for name, mm in (("smile", 9.0), ("pucker", 5.0), ("snarl", 2.8), ("brow_raise", 5.0)):
        task = by_task(even.tasks, name)
        assert task.excursion_mm.left == pytest.approx(mm, rel=0.08)
        assert task.excursion_index == pytest.approx(0.0, abs=0.04)
        assert task.excursion_index_ci[0] < 0 < task.excursion_index_ci[1]
    shut = by_task(even.tasks, "eyes_gentle")
    assert (shut.closure.left, shut.closure.right) == pytest.approx((1.0, 1.0), abs=0.1)
    assert max(shut.mouth_pull_mm.left, shut.mouth_pull_mm.right) < 0.3
    assert max(by_task(even.tasks, "smile").eye_narrowing.left, 0.0) < 0.08


def test_a_weak_side_and_what_moves_along_are_measured(weak: Measured) -> None:
    smile, brow, shut = (by_task(weak.tasks, name) for name in ("smile", "brow_raise", "eyes_gentle"))
    assert smile.excursion_mm.right == pytest.approx(9.0, rel=0.08)
    assert smile.excursion_index == pytest.approx(-1 / 3, abs=0.04)
    assert smile.excursion_index_ci[0] < -1 / 3 < smile.excursion_index_ci[1] < 0
    assert brow.excursion_index == pytest.approx(-0.6 / 1.4, abs=0.06)
    assert shut.closure.left == pytest.approx(0.53, abs=0.08)
    assert shut.closure.right > 0.9
    assert shut.mouth_pull_mm.left == pytest.approx(2.0, abs=0.3)
    assert shut.mouth_pull_mm.right < 0.4
    assert brow.mouth_pull_mm.left == pytest.approx(2.0, abs=0.4)
    assert smile.eye_narrowing.left == pytest.approx(0.42, abs=0.08)
    assert smile.eye_narrowing.right < 0.08


def test_the_mirrored_face_has_the_other_side(weak: Measured) -> None:
    other = analyse(mirrored(guided(WEAK)))
    for one, two in zip(weak.tasks, other.tasks, strict=True):
        assert one.assessable == two.assessable
        assert one.excursion_mm.left == pytest.approx(two.excursion_mm.right, abs=1e-6)
        assert one.closure.left == pytest.approx(two.closure.right, abs=1e-6)
        assert one.mouth_pull_mm.left == pytest.approx(two.mouth_pull_mm.right, abs=1e-6)
        assert one.eye_narrowing.left == pytest.approx(two.eye_narrowing.right, abs=1e-6)
        if one.excursion_index is not None:
            assert two.excursion_index == pytest.approx(-one.excursion_index, abs=1e-6)


def test_a_paralysed_side_is_all_the_difference() -> None:
    tasks = analyse(guided(Person(weak="right", strength=0.0, brow=0.0, lid=0.2, seed=1))).tasks
    for name in ("smile", "pucker", "snarl", "brow_raise"):
        assert by_task(tasks, name).excursion_index > 0.93
        assert by_task(tasks, name).excursion_index_ci[1] <= 1.0
    assert by_task(tasks, "eyes_gentle").closure.right < 0.35


def test_what_is_not_performed_is_no_palsy() -> None:
    idle = Person(idle=("smile", "brow_raise", "pucker", "snarl", "eyes_gentle"), seed=2)
    for task in analyse(guided(idle)).tasks:
        if task.task in ("rest", "sentence"):
            continue
        assert not task.assessable
        assert "not performed, or is too small to be seen on either side" in task.reason
        assert task.excursion_index is None
        assert task.closure.left is None


def test_the_other_act_is_not_taken_for_the_task() -> None:
    segments = laid(("rest", 8), ("smile", 5), ("rest", 6))
    puckered = replace(guided(Person(), laid(("rest", 8), ("pucker", 5), ("rest", 6))), segments=segments)
    assert not by_task(analyse(puckered).tasks, "smile").assessable


def test_only_rest_counts_as_rest(even: Measured) -> None:
    rest_s = 8 - BEFORE_S + 9 - AFTER_S
    assert even.quality.usable_s == pytest.approx(rest_s, abs=0.2)
    assert even.lips.events == 0
    assert [t.twitches for t in even.tasks if t.task == "rest"] == [0, 0]
    assert {e.gated for e in even.events} <= {"smile", "speech", "blink"}


def test_a_twitch_in_a_task_is_listed_and_gated() -> None:
    face = still(Person(), COMPACT)
    for at in (4.0, 43.0):
        face.twitch(at, "commissure_left", 1.5)
    for at in (10.5, 18.5):
        face.twitch(at, "lower_lip_right", 1.5)
    measured = analyse(replace(face.recording(), segments=COMPACT))
    near = {
        at: [e for e in measured.events if abs(e.peak_s - at) < 0.15 and e.trial_type == "twitch"]
        for at in (4.0, 10.5, 18.5, 43.0)
    }
    assert [e.gated for e in near[4.0] + near[43.0]] == ["", ""]
    assert [e.gated for e in near[10.5]] == ["blink"]
    assert [e.gated for e in near[18.5]] == ["smile"]
    assert measured.lips.events == 2
    assert [t.twitches for t in measured.tasks if t.task == "rest"] == [1, 1]


def test_without_segments_nothing_changes() -> None:
    face = StillFace(duration_s=20, seed=4)
    face.twitch(9.0, "commissure_left", 1.0)
    plain = face.recording()
    rest = analyse(replace(plain, segments=(Segment("rest", 0, 20),)))
    assert analyse(plain).tasks == ()
    assert analyse(plain).events == rest.events
    assert rest.tasks[0].twitches == 1


def test_margins_reach_into_rest_only() -> None:
    segments = laid(("rest", 5), ("smile", 3), ("eyes_firm", 3), ("rest", 5))
    t_s = np.arange(0, 16, 0.1)
    gates = task_gates(t_s, segments)
    free = at_rest(gates, t_s)
    assert t_s[free].max(initial=0, where=t_s[free] < 8) == pytest.approx(5 - BEFORE_S, abs=0.11)
    assert t_s[free & (t_s > 8)].min() == pytest.approx(11 + AFTER_S, abs=0.11)
    assert not (gates["smile"] & gates["blink"]).any()
    assert not gates["speech"].any()


def test_a_segment_at_the_end_of_the_recording_says_so() -> None:
    segments = laid(("rest", 10), ("smile", 5), ("rest", 5))
    recording = guided(Person(), segments)
    more = (*segments[:2], Segment("rest", 15, 40), Segment("pucker", 40, 46))
    tasks = analyse(replace(recording, segments=more)).tasks
    assert tasks[2].assessable
    assert "cut off by the recording's end (20.0 s)" in tasks[2].reason
    assert tasks[2].end_s == pytest.approx(20, abs=0.1)
    assert not tasks[3].assessable
    assert "beyond the recording's end (20.0 s)" in tasks[3].reason


def test_short_tasks_lost_faces_and_missing_rest_are_not_assessable() -> None:
    segments = laid(("rest", 10), ("smile", 5), ("rest", 1), ("pucker", 6), ("rest", 6))
    face = still(Person(), segments)
    face.lose_face(16.5, 5.0)
    recording = face.recording()
    tasks = analyse(replace(recording, segments=segments)).tasks
    assert "out of view" in by_task(tasks, "pucker").reason
    assert "too short (1.0 s" in tasks[2].reason
    alone = analyse(replace(recording, segments=(Segment("smile", 0, 28),))).tasks
    assert not alone[0].assessable


def test_an_unusable_recording_says_so_for_every_segment() -> None:
    face = StillFace(duration_s=10)
    face.lose_face(0.0, 20.0)
    tasks = analyse(replace(face.recording(), segments=COMPACT)).tasks
    assert [t.task for t in tasks] == [s.task for s in COMPACT]
    assert all(not t.assessable and t.reason.startswith("The recording is unusable: ") for t in tasks)


@pytest.mark.parametrize("yaw", [25.0, -25.0])
def test_a_face_that_is_turned_away_in_the_task_is_not_assessed(yaw: float) -> None:
    face = still(Person(), COMPACT)
    face.turn_head(15.8, 4.6, yaw)
    smile = by_task(analyse(replace(face.recording(), segments=COMPACT)).tasks, "smile")
    assert not smile.assessable
    assert "turned" in smile.reason


HELD = laid(("rest", 12), ("pucker", 8), ("rest", 12))


@pytest.mark.parametrize(("where", "hz"), [("action", 6.5), ("rest", 4.8), ("nowhere", 5.0)])
def test_tremor_at_rest_and_in_action(where: str, hz: float) -> None:
    person = Person(
        tremor_mm=0.8 * (where == "action"), rest_tremor_mm=0.8 * (where == "rest"), tremor_hz=hz,
        blinks_per_min=5.0, seed=5,
    )  # fmt: skip
    tasks = analyse(guided(person, HELD, seed=6)).tasks
    rest, pucker = tasks[0], tasks[1]
    for task, trembles in ((rest, where == "rest"), (pucker, where == "action")):
        if trembles:
            assert task.tremor_hz == pytest.approx(hz, abs=0.15)
            assert task.tremor_mm == pytest.approx(0.8, rel=0.35)
        else:
            assert (task.tremor_hz, task.tremor_mm) == (None, 0.0)


def test_a_hold_too_short_for_a_rhythm_gives_none(even: Measured) -> None:
    smile, sentence = by_task(even.tasks, "smile"), by_task(even.tasks, "sentence")
    assert (smile.tremor_hz, smile.tremor_mm) == (None, None)
    assert (sentence.tremor_hz, sentence.tremor_mm) == (None, None)
    assert "long enough to tell a tremor" in smile.reason
    assert "from the movements of speech" in sentence.reason


def test_blinks_are_counted_at_rest_and_while_speaking() -> None:
    face = StillFace(duration_s=40)
    for at in (2, 5, 8, 11, 14, 17):
        face.blink(at)
    for at in np.arange(21, 39.5, 1.5):
        face.blink(float(at))
    recording = replace(face.recording(), segments=laid(("rest", 20), ("sentence", 20)))
    rest, sentence = analyse(recording).tasks
    assert rest.blinks_per_min == pytest.approx(18, abs=0.2)
    assert sentence.blinks_per_min == pytest.approx(39, abs=0.2)
    assert sentence.twitches is None
