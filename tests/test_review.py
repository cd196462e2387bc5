"""Review: decisions find their events again, and everything that depends on events follows them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.analysis.events import is_lip_event
from twitchcam.analysis.search import Answer, search
from twitchcam.analysis.signals import make_signals
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.recordings import as_stored
from twitchcam.errors import InputRefused
from twitchcam.front.recorder import mirror
from twitchcam.regions import mirror_of
from twitchcam.review import Decision, Review, apply_review, decision_about, review_of_rows, review_recording
from twitchcam.review.matching import match_decisions
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording

OTHER = {"left": "right", "right": "left"}


def face(seed: int = 3) -> Recording:
    """A face with single twitches left, a train right, blinks, and a train of one-sided lid closings."""
    made = StillFace(duration_s=40.0, seed=seed)
    for at in np.arange(1.5, 16, 1.7):
        made.twitch(float(at), "commissure_left", 0.8)
    made.train(20.0, 3.0, 5.0, "lower_lip_right", 0.7)
    for at in (5.0, 18.0, 30.0):
        made.blink(at)
    return made.recording()


@pytest.fixture(scope="module")
def recording() -> Recording:
    return face()


@pytest.fixture(scope="module")
def answer(recording: Recording) -> Answer:
    signals = make_signals(recording, AnalysisSettings())
    assert signals is not None
    return search(signals, AnalysisSettings())


@pytest.fixture(scope="module")
def automatic(recording: Recording) -> Measured:
    return analyse(recording)


def reviewed(answer: Answer, *decisions: Decision) -> Measured:
    return apply_review(answer, Review("AB", "2026-03-04", decisions))


def counted(measured: Measured) -> list[Event]:
    return [e for e in measured.events if not e.gated]


def same_numbers(one: Measured, other: Measured) -> None:
    documents = [summary_to_dict(conclude(replace(m, review=None), Answers())) for m in (one, other)]
    assert documents[0] == documents[1]


# --- Known answers ---


def test_keeping_all_changes_nothing(answer: Answer, automatic: Measured) -> None:
    assert len(counted(automatic)) > 15
    kept = reviewed(answer, *(decision_about(e, "keep", note="seen") for e in automatic.events))
    same_numbers(kept, automatic)
    assert kept.review is not None
    assert kept.review.kept == len(automatic.events)
    assert (kept.review.f1, kept.review.precision, kept.review.recall) == (1.0, 1.0, 1.0)
    assert kept.review.automatic == automatic.events == kept.events


def test_rejecting_all_leaves_nothing(answer: Answer, automatic: Measured) -> None:
    none = reviewed(answer, *(decision_about(e, "reject") for e in automatic.events))
    assert none.events == ()
    assert none.lips.events == none.lips.runs == 0
    assert none.lips.rate_per_min == 0
    assert none.lips.side == "none"
    assert none.lips.dominant_hz is None, "what was rejected is no tremor at rest either"
    assert none.lips.amplitude_mm.median is None
    assert none.review is not None
    assert none.review.automatic == automatic.events
    assert none.review.f1 == 0.0
    assert none.review.recall is None
    assert none.rest_asymmetry == automatic.rest_asymmetry


def test_rejecting_a_train_takes_its_run_and_rate_away(answer: Answer, automatic: Measured) -> None:
    train = [e for e in automatic.events if e.run is not None]
    assert len(train) >= 12
    assert automatic.lips.dominant_hz == pytest.approx(5.0, abs=0.1)
    left = reviewed(answer, *(decision_about(e, "reject") for e in train))
    assert left.lips.events == automatic.lips.events - len(train)
    assert left.lips.runs == 0
    assert left.lips.dominant_hz is None
    assert left.lips.side == "left"
    assert left.lips.rate_per_min == pytest.approx(60 * left.lips.events / left.quality.usable_s)
    assert [e.run for e in left.events] == [None] * len(left.events)


def test_an_added_event_is_measured_as_the_automatic_one_was(answer: Answer, automatic: Measured) -> None:
    singles = [e for e in counted(automatic) if e.run is None and e.region == "commissure_left"]
    for event in singles[:4]:
        for wider in (0.0, 0.15):
            again = Decision("add", event.onset_s - wider, None, event.offset_s + wider)
            result = reviewed(answer, decision_about(event, "reject"), again)
            made = next(m.event for m in result.review.marks if m.action == "add")  # type: ignore[union-attr]
            assert made is not None
            assert made.amplitude_mm == pytest.approx(event.amplitude_mm, rel=0.08)
            assert made.peak_s == pytest.approx(event.peak_s, abs=0.02)
            assert made.snr == pytest.approx(event.snr, rel=0.2)
            assert (made.region, made.side) == (event.region, event.side)
            assert result.lips.events == automatic.lips.events


def test_a_tonic_pull_that_was_rejected_can_be_added(tmp_path: object) -> None:
    made = StillFace(duration_s=20.0, seed=5)
    made.tonic(8.0, 2.0, "commissure_left", 2.0)
    recording = made.recording()
    found = [e for e in analyse(recording).events if e.trial_type == "tonic" and not e.gated]
    assert len(found) == 1
    again = Decision("add", found[0].onset_s, None, found[0].offset_s, new_type="tonic")
    result = review_recording(recording, Review(decisions=(decision_about(found[0], "reject"), again)))
    (back,) = counted(result)
    assert back.trial_type == "tonic"
    assert back.amplitude_mm == pytest.approx(found[0].amplitude_mm, rel=0.15)
    assert back.region == found[0].region


def test_relabelled_events_count_or_not_as_their_kind_does(answer: Answer, automatic: Measured) -> None:
    first, second, *_ = counted(automatic)
    result = reviewed(
        answer,
        decision_about(first, "relabel", new_type="blink"),
        decision_about(second, "relabel", new_type="voluntary"),
    )
    by_time = {e.peak_s: e for e in result.events}
    assert (by_time[first.peak_s].trial_type, by_time[first.peak_s].gated) == ("blink", "blink")
    assert (by_time[second.peak_s].trial_type, by_time[second.peak_s].gated) == ("voluntary", "smile")
    assert result.lips.events == automatic.lips.events - 2
    assert result.quality.usable_s < automatic.quality.usable_s, "an expression's time is not watched"


def test_a_gated_event_that_a_reviewer_calls_a_twitch_counts() -> None:
    made = StillFace(duration_s=30.0, seed=8)
    made.twitch(12.0, "commissure_left", 1.0)
    made.opening[358:364] = 2.0  # both eyes close with it
    recording = made.recording()
    plain = analyse(recording)
    blinks = [e for e in plain.events if e.trial_type == "blink"]
    assert blinks
    result = review_recording(
        recording, Review(decisions=(decision_about(blinks[0], "relabel", new_type="twitch"),))
    )
    mark = next(m for m in result.review.marks if m.action == "relabel")  # type: ignore[union-attr]
    assert mark.event is not None
    assert mark.event.gated == ""
    assert mark.event.trial_type == "twitch"
    assert not any(result.gates["blink"][np.abs(result.t_s - mark.event.peak_s) < 0.02])


def test_side_and_region_are_taken_over_where_something_moved(answer: Answer, automatic: Measured) -> None:
    event = next(e for e in counted(automatic) if e.region == "commissure_left")
    result = reviewed(answer, decision_about(event, "relabel", new_region="lower_lip_left"))
    changed = next(m.event for m in result.review.marks if m.action == "relabel")  # type: ignore[union-attr]
    assert changed is not None
    assert changed.region == changed.regions[0] == "lower_lip_left"
    assert 0 < changed.amplitude_mm < event.amplitude_mm
    both = reviewed(answer, decision_about(event, "relabel", new_side="bilateral"))
    sides = [m.event.side for m in both.review.marks if m.action == "relabel" and m.event]  # type: ignore[union-attr]
    assert sides == ["bilateral"]


def test_a_mirrored_review_of_a_mirrored_recording_gives_the_mirrored_result(
    recording: Recording, answer: Answer, automatic: Measured
) -> None:
    some = counted(automatic)[2:9]
    decisions = [decision_about(e, "reject") for e in some[:4]]
    decisions.append(decision_about(some[5], "relabel", new_side="bilateral"))
    turned = [replace(d, region=mirror_of(d.region or "")) for d in decisions]
    one = reviewed(answer, *decisions)
    other = review_recording(as_stored(mirror(recording)), Review(decisions=tuple(turned)))
    assert other.review is not None
    assert (other.review.rejected, other.review.relabelled, other.review.unmatched) == (4, 1, 0)
    assert other.lips.events == one.lips.events
    assert other.lips.side == OTHER.get(str(one.lips.side), one.lips.side)
    assert other.lips.asymmetry.index == pytest.approx(-(one.lips.asymmetry.index or 0), abs=0.05)


# --- What a review cannot do ---


def test_no_review_lowers_what_the_answers_say(answer: Answer, automatic: Measured) -> None:
    flags = Answers(drooping=True, face_weakness_since_hours=2.0)
    before = conclude(automatic, flags).triage
    after = conclude(reviewed(answer, *(decision_about(e, "reject") for e in automatic.events)), flags).triage
    assert before.level == after.level == "emergency"


def test_a_review_of_another_clip_is_refused(recording: Recording) -> None:
    mine = replace(recording, source=replace(recording.source, sha256="a" * 64))
    with pytest.raises(InputRefused, match="made for another clip"):
        review_recording(mine, Review(sha256="b" * 64))


def test_what_cannot_be_measured_cannot_be_added(answer: Answer) -> None:
    with pytest.raises(InputRefused, match=r"nothing was recorded from 90\.00 to 90\.30"):
        reviewed(answer, Decision("add", 90.0, None, 90.3))
    with pytest.raises(InputRefused, match="no lid closed"):
        reviewed(answer, Decision("add", 33.0, None, 33.3, new_type="blink"))


def test_an_unusable_recording_is_not_made_to_answer() -> None:
    short = StillFace(duration_s=1.0).recording()
    assert analyse(short).quality.verdict == "unusable"
    done = review_recording(short, Review("AB", "", (Decision("reject", peak_s=0.5),)))
    assert done.lips.events is None
    assert done.review is not None
    assert done.review.unmatched == 1
    with pytest.raises(InputRefused, match="unusable"):
        review_recording(short, Review(decisions=(Decision("add", 0.2, None, 0.4),)))


# --- Finding events again ---


def event_at(peak_s: float, region: str = "commissure_left", *also: str) -> Event:
    return Event(
        peak_s - 0.07,
        peak_s,
        peak_s + 0.07,
        "twitch",
        "left",
        region,
        (region, *also),
        0.5,
        60.0,
        5.0,
        None,
        "",
    )


def test_the_nearest_event_of_the_region_is_meant() -> None:
    events = [event_at(1.0), event_at(1.05, "brow_left"), event_at(1.083), event_at(1.166), event_at(5.0)]
    decisions = [
        Decision("reject", peak_s=1.09, region="commissure_left"),
        Decision("reject", peak_s=1.01, region="commissure_left"),
        Decision("reject", peak_s=1.05, region="brow_left"),
        Decision("reject", peak_s=1.05, region="chin_right"),
        Decision("reject", onset_s=4.95),
        Decision("reject", peak_s=7.0),
        Decision("add", 1.0, None, 1.2),
    ]
    assert match_decisions(decisions, events) == {0: 2, 1: 0, 2: 1, 4: 4}


@given(st.lists(st.floats(0.0, 0.03), min_size=60, max_size=60))
@settings(max_examples=20)
def test_decisions_survive_another_analysis(shifts: list[float]) -> None:
    """A 12 Hz train whose peaks move by a frame: every decision finds its own event."""
    events = [event_at(1 + k / 12) for k in range(60)]
    moved = [event_at(e.peak_s + s) for e, s in zip(events, shifts, strict=True)]
    matched = match_decisions([decision_about(e, "reject") for e in events], moved)
    assert matched == {k: k for k in range(60)}


# --- Any review ---


@st.composite
def any_decision(draw: st.DrawFn) -> tuple[str, float, float, dict[str, Any]]:
    action = draw(st.sampled_from(["keep", "reject", "relabel", "add"]))
    kind = draw(st.sampled_from(["twitch", "tonic", "blink", "voluntary"]))
    return action, draw(st.floats(0, 1)), draw(st.floats(0.05, 2.0)), {"new_type": kind}


@given(st.lists(any_decision(), max_size=12))
@settings(max_examples=25)
def test_every_review_gives_a_whole_result(
    answer: Answer, automatic: Measured, choices: list[tuple[str, float, float, dict[str, Any]]]
) -> None:
    decisions = []
    for action, where, length_s, changes in choices:
        event = automatic.events[int(where * (len(automatic.events) - 1))]
        if action == "add":
            decisions.append(Decision("add", 38 * where, None, 38 * where + length_s, **changes))
        else:
            decisions.append(decision_about(event, action, **(changes if action == "relabel" else {})))  # type: ignore[arg-type]
    try:
        result = reviewed(answer, *decisions)
    except InputRefused:  # what is to be added there did not move
        assume(False)
    whole(result, automatic)


def whole(result: Measured, automatic: Measured) -> None:
    """Counts agree, intervals hold their estimates, nothing is NaN, the automatic events are untouched."""
    review, lips = result.review, result.lips
    assert review is not None
    assert review.automatic == automatic.events
    assert review.kept + review.rejected + review.relabelled == len(automatic.events)
    assert len(result.events) == len(automatic.events) - review.rejected + review.added
    assert lips.events == sum(is_lip_event(e) for e in result.events)
    if lips.dominant_hz is not None and lips.dominant_hz_ci is not None:
        assert lips.dominant_hz_ci[0] <= lips.dominant_hz <= lips.dominant_hz_ci[1]
    if lips.amplitude_mm.median is not None and lips.amplitude_mm.median_ci is not None:
        assert lips.amplitude_mm.median_ci[0] <= lips.amplitude_mm.median <= lips.amplitude_mm.median_ci[1]
    if lips.asymmetry.index is not None and lips.asymmetry.ci is not None:
        assert lips.asymmetry.ci[0] <= lips.asymmetry.index <= lips.asymmetry.ci[1]
    for event in result.events:
        assert event.onset_s <= event.peak_s <= event.offset_s
        assert event.region == event.regions[0]
        assert math.isfinite(event.amplitude_mm)
        assert math.isfinite(event.snr)
    json.dumps(summary_to_dict(conclude(result, Answers())), allow_nan=False)


# --- What a reviewer may not write ---


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"event": [{"action": "reject"}]}, "event 1: reject: give the event's peak or onset"),
        ({"event": [{"peak": 1.0}]}, "no action"),
        ({"event": [{"action": "rejct", "peak": 1.0}]}, "nearest known one is 'reject'"),
        ({"event": [{"action": "reject", "peek": 1.0}]}, "nearest known one is 'peak'"),
        ({"reviewr": "AB"}, "nearest known one is 'reviewer'"),
        ({"event": [{"action": "relabel", "peak": 1.0}]}, "say what it is"),
        (
            {"event": [{"action": "relabel", "peak": 1.0, "new_type": "twich"}]},
            "nearest known one is 'twitch'",
        ),
        ({"event": [{"action": "add", "onset": 1.0}]}, "give onset and offset"),
        ({"event": [{"action": "add", "onset": 2.0, "offset": 1.0}]}, "later offset"),
        ({"event": [{"action": "add", "onset": 1.0, "offset": 900.0}]}, "at most 60 s"),
        ({"event": [{"action": "reject", "peak": "1"}]}, "expected seconds as a number"),
        ({"event": [{"action": "reject", "peak": True}]}, "expected seconds as a number"),
        ({"event": [{"action": "reject", "peak": float("nan")}]}, "expected seconds as a number"),
        ({"event": [{"action": "reject", "peak": -1.0}]}, "0 or more"),
        ({"event": [{"action": "add", "onset": 1, "offset": 2, "region": "nose"}]}, "nearest known one is"),
        (
            {"event": [{"action": "relabel", "peak": 1, "new_side": "left", "new_region": "brow_right"}]},
            "does not fit",
        ),
        ({"event": 3}, "expected a list"),
        ({"event": [3]}, "expected key = value pairs"),
        ({"when": "yesterday"}, "give a date"),
        ({"sha256": "12"}, "64 hexadecimal digits"),
        ({"reviewer": "A\nB"}, "one line"),
        ({"reviewer": 3}, "expected text"),
    ],
)
def test_a_wrong_review_is_refused_in_one_line(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InputRefused, match=complaint) as refused:
        review_of_rows(values)
    assert "\n" not in str(refused.value)
