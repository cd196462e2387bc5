"""Every condition, cause, red flag and advice of the lay articles and the reference has its rule."""

from __future__ import annotations

from typing import Any

import pytest

from twitchcam.summary import Status
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.engine import explain, triage
from twitchcam.triage.observed import PATTERN_IDS, Observed
from twitchcam.triage.rules import LEVELS, load_rules

BOOK = load_rules()
MEDICINES = ["antipsychotic", "metoclopramide", "antidepressant", "lithium", "corticosteroid", "stimulant"]
Case = tuple[str, dict[str, Any], dict[str, Status], str]
"""What is named, the answers and the video's patterns that lead to it, and the rule that speaks of it."""
NAMED: list[Case] = [
    ("caffeine", {"caffeine_mg_per_day": 401}, {}, "caffeine"),
    ("alcohol", {"alcohol_excess": True}, {}, "alcohol"),
    ("withdrawal", {"withdrawal": True}, {}, "withdrawal"),
    ("withdrawal", {"withdrawal": True, "hand_tremor": True}, {}, "withdrawal_with_tremor"),
    ("illicit drugs", {"illicit_drugs": True}, {}, "illicit_drugs"),
    ("stress", {"stress": True}, {}, "stress"),
    ("fatigue", {"fatigue": True}, {}, "fatigue"),
    ("too little sleep", {"sleep_hours": 6.9}, {}, "little_sleep"),
    ("dehydration", {"dehydration": True}, {}, "dehydration"),
    ("cold", {"cold_exposure": True}, {}, "cold"),
    ("potassium", {"low_minerals": True}, {}, "low_minerals"),
    ("magnesium", {"low_minerals": True}, {}, "low_minerals"),
    ("calcium", {"low_minerals": True}, {}, "low_minerals"),
    ("low calcium", {"tingling_fingers": True}, {}, "tingling"),
    ("antipsychotics", {"medicines": ["antipsychotic"]}, {}, "dopamine_blocker"),
    ("metoclopramide", {"medicines": ["metoclopramide"]}, {}, "dopamine_blocker"),
    ("antidepressants", {"medicines": ["antidepressant"]}, {}, "listed_medicine"),
    ("corticosteroids", {"medicines": ["corticosteroid"]}, {}, "listed_medicine"),
    ("stimulants", {"medicines": ["stimulant"]}, {}, "listed_medicine"),
    ("lithium", {"medicines": ["lithium"]}, {}, "listed_medicine"),
    ("new medicine", {"new_medicine_days": 20}, {}, "new_medicine"),
    ("hemifacial spasm", {"sides": "one", "spread": ["eye"]}, {}, "same_side_eye"),
    ("hemifacial spasm", {"sides": "one", "duration_days": 30}, {}, "one_sided_and_lasting"),
    ("hemifacial spasm", {}, {"hfs_like": "flagged"}, "video_hfs_like"),
    ("Bell's palsy", {"face_weakness": True, "face_weakness_since_hours": 30}, {}, "new_face_weakness"),
    ("Bell's palsy", {"drooping": True, "onset": "gradual"}, {}, "weakness_of_unknown_age"),
    ("Ramsay Hunt syndrome", {"ear_rash": True}, {}, "ramsay_hunt"),
    ("recovery after Bell's palsy", {"bells_palsy_history": True}, {}, "bells_palsy_history"),
    ("recovery after Bell's palsy", {"face_weakness_since_hours": 600}, {}, "palsy_no_better_after_weeks"),
    ("recovery after Bell's palsy", {"face_weakness_since_hours": 3000}, {}, "palsy_incomplete_after_months"),
    ("synkinesis", {"bells_palsy_history": True, "comes_with": ["blinking"]}, {}, "synkinesis_by_answers"),
    ("synkinesis", {"sides": "one", "comes_with": ["blinking"]}, {}, "moves_with_blinks"),
    ("oromandibular dystonia", {"spread": ["jaw"], "comes_with": ["talking_or_chewing"]}, {},
     "jaw_dystonia_by_answers"),
    ("self-limited epilepsy of childhood", {"age": 8, "during_sleep": True}, {}, "child_jerks_in_sleep"),
    ("acute dystonia from medicines",
     {"medicines": ["metoclopramide"], "new_medicine_days": 2, "spread": ["jaw"]}, {},
     "acute_dystonia_on_blocker"),
    ("Parkinson's disease", {"hand_tremor": True, "comes_with": ["rest"]}, {}, "parkinson_by_answers"),
    ("synkinesis", {}, {"synkinesis_like": "possible"}, "video_synkinesis_like"),
    ("facial palsy", {}, {"facial_weakness_like": "possible"}, "video_weakness_like"),
    ("stroke", {"drooping": True, "onset": "sudden"}, {}, "droop_sudden_or_unclear"),
    ("stroke", {"speech_difficulty": True}, {}, "speech_difficulty"),
    ("stroke", {"arm_or_leg_weakness": True}, {}, "arm_or_leg_weakness"),
    ("stroke", {"vision_loss": True}, {}, "vision_loss"),
    ("stroke", {"balance_loss": True}, {}, "balance_loss"),
    ("stroke", {"face_weakness": True, "forehead_spared": True}, {}, "forehead_spared"),
    ("multiple sclerosis", {"ms_history": True}, {}, "ms_history"),
    ("multiple sclerosis", {"constant": True, "sides": "one"}, {}, "constant_one_side"),
    ("multiple sclerosis", {"face_weakness_since_hours": 400}, {}, "older_weakness"),
    ("facial myokymia", {}, {"facial_myokymia_like": "possible"}, "video_myokymia_like"),
    ("Parkinson's disease", {"slowness": True}, {}, "slowness"),
    ("Parkinson's disease", {"slowness": True, "hand_tremor": True}, {}, "parkinson_by_answers"),
    ("Parkinson's disease", {"slowness": True, "comes_with": ["rest"]}, {}, "parkinson_by_answers"),
    ("Parkinson's disease", {}, {"rest_tremor_like": "flagged"}, "video_rest_tremor_like"),
    ("Parkinson's disease", {"slowness": True}, {"rest_tremor_like": "possible"},
     "video_rest_tremor_and_signs"),
    ("essential tremor", {"hand_tremor": True}, {}, "hand_tremor"),
    ("essential tremor", {"hand_tremor": True, "family_tremor": True}, {}, "essential_tremor_by_answers"),
    ("essential tremor", {"hand_tremor": True, "comes_with": ["action"]}, {}, "essential_tremor_by_answers"),
    ("essential tremor", {}, {"action_tremor_like": "flagged"}, "video_action_tremor_like"),
    ("drug-induced tremor", {"hand_tremor": True, "medicines": ["lithium"]}, {}, "medicine_tremor"),
    ("drug-induced tremor", {"hand_tremor": True, "illicit_drugs": True}, {}, "drug_tremor"),
    ("emotional tremor", {"strong_emotion": True}, {}, "strong_emotion"),
    ("emotional tremor", {"comes_with": ["emotion"]}, {}, "strong_emotion"),
    ("tardive dyskinesia", {"medicines": ["antipsychotic"], "spread": ["tongue"]}, {},
     "dyskinesia_by_answers"),
    ("tardive dyskinesia", {"medicines": ["antipsychotic"]}, {"dyskinesia_like": "possible"},
     "video_dyskinesia_on_blocker"),
    ("rabbit syndrome", {"medicines": ["antipsychotic"]}, {"rest_tremor_like": "possible"},
     "video_tremor_on_blocker"),
    ("rabbit syndrome", {}, {"rabbit_like": "flagged"}, "video_rabbit_like"),
    ("tics", {"urge_suppressible": True}, {}, "simple_tic"),
    ("tics", {"urge_suppressible": True, "age": 40}, {}, "adult_onset_tics"),
    ("tics", {}, {"tic_like": "possible"}, "video_tic_like"),
    ("Tourette's syndrome", {"vocal_tics": True}, {}, "vocal_tics"),
    ("Tourette's syndrome", {"vocal_tics": True, "age": 12, "duration_days": 800}, {}, "tourette_by_answers"),
    ("hypoparathyroidism", {"thyroid_surgery": True}, {}, "thyroid_surgery"),
    ("hypoparathyroidism", {"thyroid_surgery": True, "tingling_fingers": True}, {},
     "low_calcium_after_surgery"),
    ("tetany", {"tingling_fingers": True, "noisy_breathing": True}, {}, "noisy_breathing"),
    ("tetany", {"thyroid_surgery": True, "tingling_fingers": True, "cramps": True}, {},
     "tetany_after_surgery"),
    ("DiGeorge syndrome", {"congenital_heart_or_cleft": True}, {}, "heart_or_cleft"),
    ("DiGeorge syndrome", {"congenital_heart_or_cleft": True, "cramps": True}, {},
     "heart_or_cleft_and_low_calcium"),
    ("blepharospasm", {"both_eyes_close": True}, {}, "blepharospasm_by_answers"),
    ("blepharospasm", {"sides": "both", "spread": ["eye"]}, {}, "blepharospasm_by_answers"),
    ("blepharospasm", {}, {"blepharospasm_like": "flagged"}, "video_blepharospasm_like"),
    ("Meige syndrome", {"both_eyes_close": True, "spread": ["jaw"]}, {}, "meige_by_answers"),
    ("Meige syndrome", {}, {"meige_like": "possible"}, "video_meige_like"),
    ("tumour or facial injury", {"face_injury": True}, {}, "face_injury"),
    ("tumour", {"cancer_history": True, "numbness": True}, {}, "tumour_signs"),
    ("tumour", {"cancer_history": True, "face_weakness": True}, {}, "weakness_with_cancer"),
    ("seizure", {"seizure": True}, {}, "seizure"),
    ("focal seizure", {"spread": ["arm"], "sides": "one"}, {}, "face_and_arm_jerks"),
    ("focal seizure", {}, {"clonic_run_like": "flagged"}, "video_clonic_run_like"),
    ("faciobrachial dystonic seizures (LGI1)", {"spread": ["arm"], "memory_change": True}, {},
     "face_arm_and_memory"),
    ("myorhythmia", {}, {"myorhythmia_like": "flagged"}, "video_myorhythmia_like"),
    ("functional facial spasm", {}, {"functional_like": "possible"}, "video_functional_like"),
    ("functional facial spasm", {"sides": "alternating", "onset": "sudden", "pain": True}, {},
     "functional_by_answers"),
    ("benign fasciculation", {"duration_days": 3}, {}, "short_twitch"),
    ("benign fasciculation", {}, {"benign_twitch": "flagged"}, "video_twitches"),
]  # fmt: skip


def video_of(patterns: dict[str, Status]) -> Observed | None:
    return Observed("ok", (), 120.0, 4, patterns) if patterns else None


@pytest.mark.parametrize(("name", "answers", "patterns", "rule_id"), NAMED)
def test_every_condition_and_cause_is_reached_and_told(
    name: str, answers: dict[str, Any], patterns: dict[str, Status], rule_id: str
) -> None:
    rule = next(rule for rule in BOOK.rules if rule.id == rule_id)
    assert name in rule.about
    trace = {entry.rule: entry for entry in explain(parse_answers(answers), video_of(patterns))}
    assert trace[rule_id].held
    said = " ".join(triage(parse_answers(answers), video_of(patterns)).reasons)
    assert rule.reason.split("{")[0] in said or rule.short.split("{")[0] in said


@pytest.mark.parametrize("name", MEDICINES)
def test_every_medicine_is_named_back(name: str) -> None:
    result = triage(parse_answers({"medicines": [name], "new_medicine_days": 3}), None)
    assert any("Do not stop or change it on your own." in text for text in result.advice)
    assert result.level == "see_doctor"


RED_FLAGS_OF_ARTICLES: list[tuple[str, dict[str, Any]]] = [
    ("0: lasts for weeks or months", {"duration_days": 21}),
    ("0: weakness", {"face_weakness": True}),
    ("0: drooping", {"drooping": True, "onset": "gradual"}),
    ("0: cannot close an eye", {"cannot_close_eye": True}),
    ("0: slowing of movement", {"slowness": True}),
    ("0: tremor of the hands", {"hand_tremor": True}),
    ("0: prescribed medicines", {"medicines": ["antipsychotic"]}),
    ("1: constant", {"constant": True}),
    ("1: worsens", {"worsening": True}),
    ("1: difficulty speaking", {"speech_difficulty": True}),
    ("1: numbness", {"numbness": True}),
    ("1: spreads to eye or cheek", {"spread": ["eye", "cheek"]}),
    ("1: new medicine", {"new_medicine_days": 5}),
    ("1: facial injury", {"face_injury": True}),
    ("2: persistent", {"duration_days": 15}),
    ("2: sounds", {"vocal_tics": True}),
    ("3: worsens", {"worsening": True}),
    ("3: spreads", {"spread": ["chin"]}),
    ("3: pain", {"pain": True}),
]


@pytest.mark.parametrize("flag", RED_FLAGS_OF_ARTICLES, ids=lambda flag: flag[0])
def test_every_red_flag_of_the_articles_asks_for_a_doctor_even_among_reassuring_answers(
    flag: tuple[str, dict[str, Any]],
) -> None:
    calm = {"duration_days": 2, "stress": True, "caffeine_mg_per_day": 700, "sleep_hours": 5, "fatigue": True}
    for answers in (flag[1], {**calm, **flag[1]}):
        level = triage(parse_answers(answers), None).level
        assert LEVELS.index(level) <= LEVELS.index("see_doctor")


ADVICE_OF_ARTICLES: list[tuple[str, dict[str, Any], str]] = [
    ("0, 1, 3: less caffeine", {"caffeine_mg_per_day": 500}, "caffeine"),
    ("0, 3: sleep of 7 to 9 hours", {"sleep_hours": 5}, "sleep"),
    ("0, 3: calm", {"stress": True}, "stress"),
    ("0, 1: water", {"dehydration": True}, "fluids"),
    ("0, 1, 3: minerals in food", {"low_minerals": True}, "diet"),
    ("0, 1: warm compress, massage", {"duration_days": 2}, "calm_measures"),
    ("1, 3: less alcohol", {"alcohol_excess": True}, "alcohol"),
    ("1: the prescriber", {"new_medicine_days": 2}, "never_stop_alone"),
    ("1: examination by a doctor", {"sides": "one", "spread": ["eye"]}, "neurology"),
    ("2: the cause removed", {"illicit_drugs": True}, "drugs"),
    ("3: warmth", {"cold_exposure": True}, "warmth"),
]


@pytest.mark.parametrize("entry", ADVICE_OF_ARTICLES, ids=lambda entry: entry[0])
def test_every_advice_of_the_articles_is_given_where_it_fits(entry: tuple[str, dict[str, Any], str]) -> None:
    _, answers, name = entry
    assert BOOK.advice[name] in " ".join(triage(parse_answers(answers), None).advice)
    if name in BOOK.measures:
        other = triage(parse_answers({"medicines": ["lithium"]}), None).advice
        assert BOOK.advice[name] not in " ".join(other)


def test_every_pattern_has_a_rule_for_each_status_that_means_something() -> None:
    for name in PATTERN_IDS:
        for status in ("possible", "flagged"):
            held = [
                entry.rule for entry in explain(parse_answers({}), video_of({name: status})) if entry.held
            ]
            named = [rule for rule in held if rule not in ("video_twitches", "video_clear")]
            assert named or name == "benign_twitch", (name, status)
