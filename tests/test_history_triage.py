"""What earlier recordings add to the triage: they raise a level where sources ask for it, never lower it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from histories import visit_on
from hypothesis import given, settings
from hypothesis import strategies as st
from summaries import twitching
from test_triage_rules import ANSWERS, RANK, VIDEOS

from twitchcam.edges.outputs import summary_to_dict
from twitchcam.history.build import build_course
from twitchcam.schema import load_schema
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.engine import explain, triage
from twitchcam.triage.observed import Observed, Watched, observed_from_summary, watched_in
from twitchcam.triage.patterns import with_course

SIDES = st.sampled_from([None, "left", "right"])
AREAS = st.lists(st.sampled_from(["mouth", "eye", "cheek", "brow", "chin"]), max_size=3).map(tuple)
COURSES = st.builds(
    Watched,
    lasting_days=st.none() | st.sampled_from([0, 1, 14, 15, 90]),
    seen_sessions=st.none() | st.integers(0, 20),
    worsening=st.none() | st.booleans(),
    new_areas=st.none() | AREAS,
    eye_and_mouth=SIDES,
)
PLAIN = Observed("ok", (), 120.0, 6, {})


@settings(max_examples=150, deadline=None)
@given(answers=ANSWERS, video=VIDEOS, watched=COURSES)
def test_a_history_never_lowers_a_level(answers: Answers, video: Observed, watched: Watched) -> None:
    alone, beside = triage(answers, video), triage(answers, replace(video, watched=watched))
    assert RANK[beside.level] >= RANK[alone.level]
    assert not any("{" in text or "None" in text for text in (*beside.reasons, *beside.advice))


@settings(max_examples=100, deadline=None)
@given(answers=ANSWERS, watched=COURSES)
def test_more_of_it_never_lowers_a_level(answers: Answers, watched: Watched) -> None:
    less = RANK[triage(answers, replace(PLAIN, watched=watched)).level]
    longer = replace(watched, lasting_days=(watched.lasting_days or 0) + 20)
    wider = replace(watched, new_areas=(*(watched.new_areas or ()), "eye"))
    for more in (longer, wider, replace(watched, worsening=True), replace(watched, eye_and_mouth="left")):
        assert RANK[triage(answers, replace(PLAIN, watched=more)).level] >= less


@pytest.mark.parametrize(
    ("watched", "rule"),
    [
        (Watched(lasting_days=15, seen_sessions=2), "history_over_two_weeks"),
        (Watched(worsening=True), "history_worsening"),
        (Watched(new_areas=("cheek",)), "history_spread"),
        (Watched(new_areas=("eye",), eye_and_mouth="right"), "history_eye_and_mouth"),
    ],
)
def test_each_sign_asks_for_a_doctor_and_cites_why(watched: Watched, rule: str) -> None:
    video = replace(PLAIN, watched=watched)
    assert triage(parse_answers({}), PLAIN).level == "self_care"
    assert triage(parse_answers({}), video).level == "see_doctor"
    assert rule in [entry.rule for entry in explain(parse_answers({}), video) if entry.held]


@pytest.mark.parametrize(
    "watched", [Watched(), Watched(14, 9, False, (), None), Watched(0, 1, None, None, None)]
)
def test_without_a_sign_nothing_changes(watched: Watched) -> None:
    assert triage(parse_answers({}), replace(PLAIN, watched=watched)) == triage(parse_answers({}), PLAIN)


class TestSummary:
    def with_history(self) -> dict[str, Any]:
        visits = [
            visit_on(738000 + 7 * i, round(6 * 1.5**i), areas={"lower_eyelid_left": 9 * (i > 2)})
            for i in range(6)
        ]
        dated = [replace(visit, date=f"2026-01-{1 + 5 * i:02d}") for i, visit in enumerate(visits)]
        summary = twitching()
        told = with_course(summary, Answers(), build_course(dated))
        assert told.triage.level == "see_doctor"
        assert summary.history is None
        return summary_to_dict(told)

    def test_it_is_valid_and_reads_back_as_it_was_judged(self) -> None:
        document = self.with_history()
        jsonschema.Draft202012Validator(load_schema()).validate(document)
        assert document["history"]["lasting_days"] == 35
        watched = observed_from_summary(document).watched
        assert watched == Watched(35, 6, True, ("eye",), "left")
        assert triage(Answers(), observed_from_summary(document)).reasons == tuple(
            document["triage"]["reasons"]
        )

    def test_without_being_asked_for_it_is_not_there(self) -> None:
        document = summary_to_dict(twitching())
        assert "history" not in document
        assert observed_from_summary(document).watched == Watched()

    @pytest.mark.parametrize(
        "odd",
        [3, [], {"lasting_days": "long", "new_areas": 5, "worsening": "yes", "eye_and_mouth": "up"},
         {"lasting_days": True, "new_areas": ["eye"]}],
    )  # fmt: skip
    def test_an_odd_history_is_unknown(self, odd: object) -> None:
        watched = observed_from_summary({**summary_to_dict(twitching()), "history": odd}).watched
        assert (watched.lasting_days, watched.worsening, watched.eye_and_mouth) == (None, None, None)
        assert not watched.new_areas

    def test_the_rules_see_what_the_course_says(self) -> None:
        course = build_course([visit_on(7 * i, 5) for i in range(4)])
        assert watched_in(course) == Watched(21, 4, False, (), None)
