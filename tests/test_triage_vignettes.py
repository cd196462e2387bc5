"""Short stories and the level that each must get: typical, look-alike, red flags among reassuring answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from twitchcam.errors import InputRefused
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import Observed
from twitchcam.triage_command import triage_from_files

NO = (
    "worsening during_sleep constant face_weakness drooping cannot_close_eye speech_difficulty "
    "arm_or_leg_weakness vision_loss balance_loss severe_headache numbness pain seizure awareness_loss "
    "noisy_breathing hearing_change slowness hand_tremor "
    "bells_palsy_history face_injury thyroid_surgery tingling_fingers cramps ms_history "
    "urge_suppressible vocal_tics alcohol_excess withdrawal stress fatigue dehydration cold_exposure "
    "congenital_heart_or_cleft"
)
CALM: dict[str, Any] = {
    **dict.fromkeys(NO.split(), False),
    **{"duration_days": 2, "onset": "gradual", "sides": "one", "spread": [], "medicines": [], "age": 30},
    **{"caffeine_mg_per_day": 150, "sleep_hours": 8},
}
TIRED = {**CALM, "stress": True, "fatigue": True, "sleep_hours": 5, "caffeine_mg_per_day": 600}

EMERGENCY: dict[str, dict[str, Any]] = {
    "droop and slurred speech": {"drooping": True, "speech_difficulty": True, "onset": "sudden"},
    "droop alone, nothing else known": {"drooping": True},
    "sudden weakness of one side of the face": {"face_weakness": True, "onset": "sudden"},
    "slurred speech hidden among coffee and stress": {**TIRED, "speech_difficulty": True},
    "weak arm hidden among coffee and stress": {**TIRED, "arm_or_leg_weakness": True},
    "lost vision hidden among reassuring answers": {**CALM, "vision_loss": True},
    "lost balance hidden among reassuring answers": {**CALM, "balance_loss": True},
    "worst headache": {**CALM, "severe_headache": True},
    "lower face weak, forehead moves, since yesterday": {
        **CALM, "face_weakness": True, "forehead_spared": True, "face_weakness_since_hours": 24,
    },
    "a fit in a tired student": {**TIRED, "seizure": True},
    "twitching and confused": {**CALM, "awareness_loss": True},
    "long known spasm, now a sudden droop": {
        **CALM, "duration_days": 900, "bells_palsy_history": True, "drooping": True, "onset": "sudden",
    },
    "after thyroid surgery, cramps and tingling": {
        **CALM, "thyroid_surgery": True, "tingling_fingers": True, "cramps": True,
    },
    "cramps and noisy breathing": {**CALM, "cramps": True, "noisy_breathing": True},
}  # fmt: skip
URGENT: dict[str, dict[str, Any]] = {
    "Bell's palsy, one day old": {
        **CALM, "face_weakness": True, "forehead_spared": False, "face_weakness_since_hours": 24,
    },
    "weak side, age not told": {"face_weakness": True},
    "weakness time given, weakness denied": {**CALM, "face_weakness_since_hours": 10},
    "slow droop with the forehead, two days": {
        **CALM, "drooping": True, "forehead_spared": False, "face_weakness_since_hours": 48,
    },
    "eye does not close": {**CALM, "cannot_close_eye": True},
    "face and arm jerk together": {**CALM, "spread": ["arm"]},
    "thyroid surgery and tingling": {**CALM, "thyroid_surgery": True, "tingling_fingers": True},
    "stopped drinking and shakes": {**CALM, "withdrawal": True, "hand_tremor": True},
    "numb since this morning, suddenly": {**CALM, "onset": "sudden", "numbness": True, "duration_days": 0.3},
    "lithium, shaking, dry": {**CALM, "medicines": ["lithium"], "hand_tremor": True, "dehydration": True},
}  # fmt: skip
SEE_DOCTOR: dict[str, dict[str, Any]] = {
    "three weeks": {**CALM, "duration_days": 21},
    "three weeks with coffee and stress": {**TIRED, "duration_days": 21},
    "hemifacial spasm, typical": {
        **CALM, "started_at": "eyelid", "spread": ["eye", "cheek"], "duration_days": 400, "worsening": True,
        "during_sleep": True,
    },
    "hemifacial spasm, lips first": {**CALM, "started_at": "lip", "spread": ["eye"], "duration_days": 10},
    "getting worse": {**CALM, "worsening": True},
    "goes on in sleep": {**CALM, "during_sleep": True},
    "painful": {**CALM, "pain": True},
    "numb lip, slowly": {**CALM, "numbness": True},
    "continuous rippling of one side": {**CALM, "constant": True},
    "multiple sclerosis": {**CALM, "ms_history": True},
    "Parkinson-like: slow, hands shake": {**CALM, "sides": "both", "slowness": True, "hand_tremor": True},
    "essential tremor: hands shake": {**CALM, "sides": "both", "hand_tremor": True},
    "new antidepressant": {**CALM, "medicines": ["antidepressant"], "new_medicine_days": 10},
    "metoclopramide for months": {**CALM, "medicines": ["metoclopramide"]},
    "antipsychotic, smacking lips": {**CALM, "medicines": ["antipsychotic"], "sides": "both"},
    "after Bell's palsy, months ago": {
        **CALM, "bells_palsy_history": True, "face_weakness": True, "face_weakness_since_hours": 3000,
    },
    "tingling and cramps": {**CALM, "tingling_fingers": True, "cramps": True},
    "heart defect from birth (DiGeorge)": {**CALM, "congenital_heart_or_cleft": True, "age": 12},
    "Tourette-like": {**CALM, "age": 14, "urge_suppressible": True, "vocal_tics": True, "duration_days": 700},
    "first tics at fifty": {**CALM, "age": 50, "urge_suppressible": True},
    "injured face": {**CALM, "face_injury": True},
    "ringing in the ear": {**CALM, "hearing_change": True},
    "drinking a lot and stopping": {**CALM, "alcohol_excess": True, "withdrawal": True},
}  # fmt: skip
SELF_CARE: dict[str, dict[str, Any]] = {
    "two days, one spot": CALM,
    "caffeine": {**CALM, "caffeine_mg_per_day": 600},
    "too little sleep": {"sleep_hours": 5},
    "stress": {"stress": True},
    "dehydrated": {"dehydration": True},
    "cold wind": {"cold_exposure": True},
    "alcohol": {"alcohol_excess": True},
    "everything at once": {**TIRED, "alcohol_excess": True, "dehydration": True, "cold_exposure": True},
    "cramps alone": {"cramps": True},
    "child with a tic": {**CALM, "age": 9, "urge_suppressible": True},
    "old antidepressant": {"medicines": ["antidepressant"]},
    "exactly two weeks": {**CALM, "duration_days": 14},
}
NO_FINDING: dict[str, dict[str, Any]] = {
    "no complaint": {key: value for key, value in CALM.items() if key != "duration_days"},
    "enough sleep, little coffee": {"sleep_hours": 8, "caffeine_mg_per_day": 100},
    "exactly 400 mg": {"caffeine_mg_per_day": 400},
}
UNABLE: dict[str, dict[str, Any]] = {"nothing told": {}, "only the age": {"age": 44}}
ALL = [
    pytest.param(level, story, id=f"{level}: {name}")
    for level, stories in [
        ("emergency", EMERGENCY), ("urgent", URGENT), ("see_doctor", SEE_DOCTOR), ("self_care", SELF_CARE),
        ("no_finding", NO_FINDING), ("unable", UNABLE),
    ]
    for name, story in stories.items()
]  # fmt: skip
QUIET_VIDEO = Observed("ok", (), 180.0, 0, {"hfs_like": "not_seen"})


@pytest.mark.parametrize(("level", "story"), ALL)
def test_story_gets_its_level(level: str, story: dict[str, Any]) -> None:
    assert triage(parse_answers(story), None).level == level


@pytest.mark.parametrize("story", EMERGENCY.values(), ids=EMERGENCY.keys())
def test_an_emergency_comes_first_and_alone_and_a_quiet_video_changes_nothing(story: dict[str, Any]) -> None:
    result = triage(parse_answers(story), QUIET_VIDEO)
    assert result.level == "emergency"
    assert "112, 999 or 911" in result.advice[0]
    assert not any("coffee" in text or "caffeine" in text or "two weeks" in text for text in result.reasons)
    assert not any("Not answered" in text for text in result.advice)


def test_self_care_gives_the_measures_that_fit_the_answers() -> None:
    text = " ".join(triage(parse_answers({"caffeine_mg_per_day": 550, "cold_exposure": True}), None).advice)
    assert "caffeine" in text
    assert "scarf" in text
    assert "Sleep 7 to 9" not in text
    assert "longer than two weeks" in text


def test_medicines_are_never_to_be_stopped_alone() -> None:
    for medicine in ("antipsychotic", "metoclopramide", "antidepressant", "corticosteroid", "stimulant"):
        result = triage(parse_answers({"medicines": [medicine], "new_medicine_days": 5}), None)
        assert result.level == "see_doctor"
        assert any("Do not stop" in text for text in result.advice)


def test_missing_warning_signs_are_named() -> None:
    advice = triage(parse_answers({"stress": True, "drooping": False}), None).advice
    named = next(text for text in advice if text.startswith("Not answered"))
    assert "slurred speech" in named
    assert "hangs on one side" not in named


def test_contradictions_are_named_and_the_more_serious_answer_counts() -> None:
    result = triage(parse_answers({"drooping": True, "face_weakness": False}), None)
    assert result.level == "emergency"
    assert any("The more serious answer was used." in reason for reason in result.reasons)


@pytest.mark.parametrize(
    ("patterns", "events", "level"),
    [
        ({"hfs_like": "flagged"}, 20, "see_doctor"),
        ({"rest_tremor_like": "flagged"}, 100, "see_doctor"),
        ({"clonic_run_like": "flagged"}, 100, "see_doctor"),
        ({"facial_weakness_like": "possible"}, 0, "see_doctor"),
        ({"rest_tremor_like": "possible"}, 30, "self_care"),
        ({"benign_twitch": "flagged"}, 3, "self_care"),
        ({}, 0, "no_finding"),
    ],
)
def test_video_alone(patterns: dict[str, Any], events: int, level: str) -> None:
    video = Observed("ok", (), 120.0, events, patterns)
    assert triage(parse_answers({}), video).level == level


def test_a_droop_in_the_video_asks_whether_it_is_new() -> None:
    video = Observed("ok", (), 120.0, 0, {"facial_weakness_like": "possible"})
    assert any("Is the difference new?" in text for text in triage(parse_answers({}), video).advice)


@pytest.mark.parametrize(("verdict", "seconds"), [("unusable", 0.0), ("limited", 6.0)])
def test_a_useless_video_without_answers_is_unable(verdict: Any, seconds: float) -> None:
    result = triage(parse_answers({}), Observed(verdict, ("Too dark.",), seconds, 0, {}))
    assert result.level == "unable"
    assert any("Record again" in text for text in result.advice)


# --- by file


def summary_file(folder: Path, **changes: Any) -> Path:
    document = {
        "schema": "twitchcam.summary/1",
        "quality": {"verdict": "ok", "reasons": [], "usable_s": 90.0},
        "lips": {"events": 12},
        "patterns": [{"id": "hfs_like", "status": "flagged"}],
        **changes,
    }
    (folder / "summary.json").write_text(json.dumps(document))
    return folder / "summary.json"


def test_files_with_and_without_a_summary(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("stress = true\n")
    assert triage_from_files(tmp_path / "a.toml").level == "self_care"
    assert triage_from_files(tmp_path / "a.toml", summary_file(tmp_path)).level == "see_doctor"


@pytest.mark.parametrize(
    "changes",
    [
        {"schema": "other/1"},
        {"quality": None},
        {"quality": {"verdict": "good", "reasons": [], "usable_s": 1}},
        {"quality": {"verdict": "ok", "reasons": [], "usable_s": "long"}},
        {"quality": {"verdict": "ok", "reasons": [], "usable_s": float("nan")}},
        {"lips": {}},
        {"lips": {"events": True}},
        {"patterns": [{"id": "other", "status": "flagged"}]},
        {"patterns": [3]},
        {"patterns": {}},
    ],
)
def test_a_wrong_summary_is_refused_in_one_line(tmp_path: Path, changes: dict[str, Any]) -> None:
    (tmp_path / "a.toml").write_text("")
    path = summary_file(tmp_path, **changes)
    with pytest.raises(InputRefused) as caught:
        triage_from_files(tmp_path / "a.toml", path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
