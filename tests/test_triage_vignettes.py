"""People's stories: each must get the level, the words and the silence that the references ask for."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any, get_args

import pytest
from vignette_files import KINDS, Vignette, read_vignettes

from twitchcam.summary import Level
from twitchcam.triage.answers import QUESTIONS, parse_answers
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import PATTERN_IDS, Observed

VIGNETTES = read_vignettes()
EMERGENCIES = [one for one in VIGNETTES if one.levels == ("emergency",)]
LEVELS = get_args(Level)
CONDITIONS = (
    "caffeine", "alcohol", "withdrawal", "stress", "fatigue", "sleep", "dehydration", "cold", "potassium",
    "magnesium", "calcium", "antipsychotic", "antidepressant", "corticosteroid", "metoclopramide",
    "stimulant", "lithium", "valproate", "illicit_drugs", "hfs", "bells_palsy", "bells_recovery",
    "synkinesis", "stroke", "ms", "parkinson", "essential_tremor", "drug_induced_tremor",
    "emotional_tremor", "tardive_dyskinesia", "rabbit", "tic", "tourette", "hypoparathyroidism", "digeorge",
    "blepharospasm", "meige", "tumour", "face_injury", "benign_myokymia", "facial_myokymia", "myorhythmia",
    "functional", "focal_seizure", "epc", "fbds", "ramsay_hunt",
)  # fmt: skip
"""Every condition of the lists that the rules must reach."""
QUIET_VIDEO = Observed("ok", (), 180.0, 0, dict.fromkeys(PATTERN_IDS, "not_seen"))
STROKE_SIGNS = ("speech_difficulty", "arm_or_leg_weakness", "vision_loss", "balance_loss")
EVERYDAY = re.compile(r"caffeine|coffee|alcohol|scarf|compress|banana|7 to 9|meditation|two weeks")
NEVER = re.compile(r"\byou have\b(?! (noticed|answered|been|had))|you suffer|diagnos|hysteri|normal result")
TODAY = re.compile(r"\btoday\b|same day")


def named(one: Vignette) -> str:
    return f"{one.topic}/{one.id}"


def text_of(result: Any) -> str:
    return " ".join((*result.reasons, *result.advice))


@pytest.mark.parametrize("one", VIGNETTES, ids=named)
def test_story(one: Vignette) -> None:
    result = one.result()
    wrong = one.disagreements(result)
    told = "\n".join(f"  {part}" for part in (*result.reasons, *result.advice))
    assert not wrong, f"{one.story}\n- " + "\n- ".join(wrong) + f"\n{result.level}:\n{told}"


# --- what the suite covers


def test_no_emergency_is_missed() -> None:
    missed = [named(one) for one in EMERGENCIES if one.result().level != "emergency"]
    assert len(EMERGENCIES) >= 40
    assert not missed, f"{len(missed)} of {len(EMERGENCIES)} emergencies are missed: {missed}"


def test_every_listed_condition_has_a_typical_and_an_atypical_story() -> None:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for one in VIGNETTES:
        kinds[one.condition][one.kind] += 1
    lacking = {name: dict(kinds[name]) for name in CONDITIONS if not kinds[name]["typical"]}
    lacking |= {name: dict(kinds[name]) for name in CONDITIONS if not kinds[name]["atypical"]}
    assert not lacking


def test_every_kind_of_story_and_every_level_is_there() -> None:
    assert len(VIGNETTES) >= 200
    kinds = Counter(one.kind for one in VIGNETTES)
    assert min(kinds[kind] for kind in KINDS) >= 8
    assert kinds["hidden_red_flag"] >= 25
    assert {level for one in VIGNETTES for level in one.levels} == set(LEVELS)


def test_stories_are_well_formed() -> None:
    assert len({one.id for one in VIGNETTES}) == len(VIGNETTES)
    for one in VIGNETTES:
        assert one.kind in KINDS, named(one)
        assert one.story.endswith((".", "?")), named(one)
        assert all((one.because, one.sources)), named(one)
        places = [LEVELS.index(level) for level in one.levels]
        assert places in ([places[0]], [places[0], places[0] + 1]), f"{named(one)}: not adjacent"
        assert all(word == word.lower() for word in (*one.mentions, *one.omits)), named(one)


# --- what holds for every story


@pytest.mark.parametrize("one", EMERGENCIES, ids=named)
def test_an_emergency_stands_alone_and_a_quiet_video_changes_nothing(one: Vignette) -> None:
    result = one.result()
    assert "112, 999 or 911" in result.advice[0]
    assert not EVERYDAY.search(text_of(result)), text_of(result)
    assert not any("Not answered" in text for text in result.advice)
    filmed, unfilmed = replace(one, video=QUIET_VIDEO).result(), replace(one, video=None).result()
    assert (filmed.level, filmed.advice) == (unfilmed.level, unfilmed.advice)
    assert "video" not in text_of(filmed), text_of(filmed)


@pytest.mark.parametrize("sign", STROKE_SIGNS)
def test_a_stroke_sign_added_to_any_story_is_an_emergency(sign: str) -> None:
    for one in VIGNETTES:
        result = replace(one, answers={**one.answers, sign: True}).result()
        assert result.level == "emergency", f"{named(one)} with {sign}"


def test_a_quiet_video_lowers_no_story() -> None:
    for one in VIGNETTES:
        if one.video is None:
            before, after = one.result().level, replace(one, video=QUIET_VIDEO).result().level
            assert LEVELS.index(after) <= LEVELS.index(before), f"{named(one)}: {before} became {after}"


def test_words_are_plain_and_no_story_gets_a_diagnosis() -> None:
    for one in VIGNETTES:
        result = one.result()
        assert all((result.reasons, result.advice)), named(one)
        found = NEVER.search(text_of(result).lower())
        assert found is None, f"{named(one)}: {found} in {text_of(result)}"
        assert not re.search(r"\{|\}|None|nan\b", text_of(result)), f"{named(one)}: {text_of(result)}"


def test_urgent_says_today_and_self_care_says_when_to_look_again() -> None:
    for one in VIGNETTES:
        result = one.result()
        if result.level == "urgent":
            assert TODAY.search(text_of(result)), named(one)
        if result.level == "self_care":
            assert "two weeks" in text_of(result), named(one)


def test_results_stay_short() -> None:
    for one in VIGNETTES:
        result = one.result()
        assert len(result.reasons) <= 6, f"{named(one)}: {result.reasons}"
        assert len(result.advice) <= 10, f"{named(one)}: {result.advice}"
        assert len(set(result.advice)) == len(result.advice), named(one)


# --- particulars


def test_self_care_gives_the_measures_that_fit_the_answers() -> None:
    text = text_of(triage(parse_answers({"caffeine_mg_per_day": 550, "cold_exposure": True}), None))
    assert "caffeine" in text
    assert "scarf" in text
    assert "Sleep 7 to 9" not in text


@pytest.mark.parametrize("medicine", QUESTIONS["medicines"].options)
def test_medicines_are_never_to_be_stopped_alone(medicine: str) -> None:
    result = triage(parse_answers({"medicines": [medicine], "new_medicine_days": 5}), None)
    assert result.level == "see_doctor"
    assert any("Do not stop" in text for text in result.advice)


def test_missing_warning_signs_are_named() -> None:
    advice = triage(parse_answers({"stress": True, "drooping": False}), None).advice
    told = next(text for text in advice if text.startswith("Not answered"))
    assert "slurred speech" in told
    assert "hangs on one side" not in told


def test_a_contradiction_is_named() -> None:
    result = triage(parse_answers({"drooping": True, "face_weakness": False}), None)
    assert result.level == "emergency"
    assert any("hangs on one side but that it is not weak" in reason for reason in result.reasons)


@pytest.mark.parametrize(
    ("patterns", "events", "levels"),
    [
        ({"hfs_like": "flagged"}, 20, "see_doctor"),
        ({"rest_tremor_like": "flagged"}, 100, "see_doctor"),
        ({"facial_weakness_like": "possible"}, 0, "see_doctor"),
        ({"rest_tremor_like": "possible"}, 30, "self_care"),
        ({"benign_twitch": "flagged"}, 3, "self_care"),
        ({}, 0, "no_finding"),
    ],
)
def test_a_video_alone(patterns: dict[str, Any], events: int, levels: str) -> None:
    video = Observed("ok", (), 120.0, events, patterns)
    assert triage(parse_answers({}), video).level == levels


def test_a_droop_in_the_video_asks_whether_it_is_new() -> None:
    video = Observed("ok", (), 120.0, 0, {"facial_weakness_like": "possible"})
    assert any("Is the difference new?" in text for text in triage(parse_answers({}), video).advice)


@pytest.mark.parametrize(("verdict", "seconds"), [("unusable", 0.0), ("limited", 6.0)])
def test_a_useless_video_without_answers_is_unable(verdict: Any, seconds: float) -> None:
    result = triage(parse_answers({}), Observed(verdict, ("Too dark.",), seconds, 0, {}))
    assert result.level == "unable"
    assert any("Record again" in text for text in result.advice)
