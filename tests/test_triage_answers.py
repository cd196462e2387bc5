"""The questionnaire: every key of the contract, strict types, and errors that say what to do."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.answers_file import read_answers, read_summary
from twitchcam.edges.answers_text import answers_text, template_text, write_answers, write_private
from twitchcam.errors import InputRefused
from twitchcam.triage.answers import QUESTIONS, Answers, parse_answers
from twitchcam.triage.questions import SECTIONS, build_sections, describe

CONTRACT = (
    "duration_days onset sides spread started_at worsening during_sleep constant face_weakness "
    "face_weakness_since_hours forehead_spared drooping cannot_close_eye speech_difficulty "
    "arm_or_leg_weakness vision_loss balance_loss severe_headache numbness pain seizure "
    "awareness_loss hearing_change slowness hand_tremor medicines new_medicine_days "
    "bells_palsy_history face_injury thyroid_surgery tingling_fingers cramps ms_history "
    "urge_suppressible vocal_tics age caffeine_mg_per_day alcohol_excess withdrawal sleep_hours "
    "stress fatigue dehydration cold_exposure congenital_heart_or_cleft"
)
BEYOND = (
    "noisy_breathing comes_with memory_change ear_rash cancer_history palpitations strong_emotion "
    "illicit_drugs family_tremor both_eyes_close low_minerals impact_reading impact_driving_or_work "
    "impact_eating_or_talking impact_meeting_people impact_mood impact_worry impact_sleep"
)
VALUE = {"yes_no": True, "number": 3, "choice": None, "choices": None}


def test_every_key_of_the_contract_is_asked() -> None:
    assert set(CONTRACT.split()) <= set(QUESTIONS)
    assert set(QUESTIONS) - set(CONTRACT.split()) == set(BEYOND.split()), "on purpose"


def test_every_question_accepts_what_it_says_it_allows() -> None:
    for key, question in QUESTIONS.items():
        assert question.text.endswith(("?", ")")), key
        for value in question.options or (VALUE[question.kind],):
            given_value = [value] if question.kind == "choices" else value
            assert getattr(parse_answers({key: given_value}), key) is not None


def test_nothing_is_assumed_for_what_was_not_answered() -> None:
    assert Answers().given() == {}
    assert parse_answers({"age": None, "drooping": "unknown"}) == Answers()
    assert parse_answers({"spread": []}).given() == {"spread": ()}, "an empty list is an answer"


def test_answers_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Answers().age = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"droping": True}, "unknown key 'droping'; the nearest known one is 'drooping'"),
        ({"caffeine": 200}, "nearest known one is 'caffeine_mg_per_day'"),
        ({"zzz": 1}, "nearest known one"),
        ({"drooping": "yes"}, "drooping = 'yes' is not allowed; give true or false"),
        ({"drooping": 1}, "drooping = 1 is not allowed"),
        ({"onset": "slow"}, "onset = 'slow' is not allowed; give one of sudden, gradual"),
        (
            {"medicines": ["lithum"]},
            "medicines = 'lithum' is not allowed; give a list of any of antipsychotic",
        ),
        ({"medicines": "lithium"}, "medicines = 'lithium' is not allowed; give a list"),
        ({"spread": [["eye"]]}, "spread = ['eye'] is not allowed"),
        ({"age": -1}, "age = -1 is not allowed; give a number of years from 0 to 120"),
        ({"age": True}, "age = true is not allowed"),
        ({"age": float("nan")}, "age = nan is not allowed"),
        ({"age": float("inf")}, "age = inf"),
        ({"age": 10**6000}, "age = a number of thousands of digits"),
        ({"sleep_hours": 25}, "from 0 to 24"),
        ({"onset": ["sudden"]}, "onset = ['sudden']"),
        ({"pain": {"a": 1}}, "pain = {'a': 1}"),
        ({"x" * 500: 1}, "..."),
    ],
)
def test_refusals_name_key_value_and_what_is_allowed(values: dict[str, object], said: str) -> None:
    with pytest.raises(InputRefused) as caught:
        parse_answers(values)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@given(st.dictionaries(st.sampled_from(sorted(QUESTIONS)) | st.text(), st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)))  # fmt: skip
def test_any_content_is_taken_or_refused(values: dict[str, object]) -> None:
    try:
        parse_answers(values)
    except InputRefused as error:
        text = str(error)
    else:
        text = ""
    assert "\n" not in text


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('duration_days = 3\nspread = ["eye"]\nstress = true\nonset = "sudden"\n')
    content = {"duration_days": 3, "spread": ["eye"], "stress": True, "onset": "sudden", "pain": None}
    (tmp_path / "a.json").write_text("\ufeff" + json.dumps(content), encoding="utf-8")
    assert read_answers(tmp_path / "a.toml") == read_answers(tmp_path / "a.json")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.toml", b"stress = yes", "not valid TOML"),
        ("a.toml", b'{"stress": true}', "name it .json"),
        ("a.toml", b"stress = true\nstress = false", "not valid TOML"),
        ("a.toml", b"\xff\xfe", "not UTF-8"),
        ("a.toml", b"age = 1979-05-27", "age"),
        ("a.toml", b"age = " + b"9" * 6000, "a.toml"),
        ("a.toml", b"[triage]\nage = 3", "unknown key 'triage'"),
        ("a.json", b"", "not valid JSON"),
        ("a.json", b"[1]", "expected a JSON object, got list"),
        ("a.json", b'{"pain": true, "pain": false}', "given twice"),
        ("a.json", b"[" * 200_000, "not valid JSON"),
        ("a.json", b" " * 1_100_000, "larger than 1 MB"),
        ("a.json", b'{"age": 1e999}', "age = inf"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputRefused) as caught:
        read_answers(tmp_path / name)
    assert said in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such answers file"):
        read_answers(tmp_path / "none.toml")
    with pytest.raises(InputRefused, match="no such answers file"):
        read_answers(tmp_path)
    with pytest.raises(InputRefused, match="no such summary file"):
        read_summary(tmp_path / "none.json")


def test_an_empty_file_answers_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("")
    assert read_answers(tmp_path / "a.toml") == Answers()


# --- the questions

PYTHON_TYPES = {"yes_no": "bool", "number": "float", "choice": "str", "choices": "tuple[str, ...]"}
CAUSES = {  # of the four lay articles: each cause or warning sign, and the keys that reach it
    "caffeine": ("caffeine_mg_per_day",), "other stimulants": ("medicines", "illicit_drugs"),
    "alcohol": ("alcohol_excess",), "withdrawal": ("withdrawal",), "street drugs": ("illicit_drugs",),
    "stress and anxiety": ("stress",), "fatigue": ("fatigue",), "lack of sleep": ("sleep_hours",),
    "dehydration": ("dehydration",), "cold": ("cold_exposure",),
    "potassium, magnesium, calcium": ("low_minerals", "cramps", "tingling_fingers"),
    "strong emotion (hysterical tremor)": ("strong_emotion", "comes_with"),
    "medicines": ("medicines", "new_medicine_days"), "tardive dyskinesia": ("medicines", "spread"),
    "drug-induced tremor": ("medicines", "illicit_drugs", "hand_tremor"),
    "hemifacial spasm": ("sides", "spread", "started_at", "worsening", "during_sleep"),
    "Bell's palsy and recovery": ("bells_palsy_history", "cannot_close_eye", "forehead_spared"),
    "stroke": ("drooping", "speech_difficulty", "arm_or_leg_weakness", "vision_loss", "balance_loss"),
    "multiple sclerosis": ("ms_history", "constant"),
    "Parkinson's disease": ("slowness", "hand_tremor", "comes_with"),
    "essential tremor": ("family_tremor", "hand_tremor", "comes_with"),
    "tics": ("urge_suppressible",), "Tourette's syndrome": ("vocal_tics", "age"),
    "hypoparathyroidism": ("thyroid_surgery", "tingling_fingers", "cramps"),
    "DiGeorge syndrome": ("congenital_heart_or_cleft",), "blepharospasm": ("both_eyes_close",),
    "tumour or injury": ("face_injury", "cancer_history"),
    "lasting weeks": ("duration_days",), "numbness": ("numbness",), "pain": ("pain",),
}  # fmt: skip


def test_each_cause_of_the_lay_articles_is_asked_about() -> None:
    for cause, keys in CAUSES.items():
        assert set(keys) <= set(QUESTIONS), cause


def test_answers_and_questions_are_the_same_keys_in_the_same_order_and_of_the_same_types() -> None:
    assert [item.name for item in fields(Answers)] == list(QUESTIONS)
    for item in fields(Answers):
        assert item.type == f"{PYTHON_TYPES[QUESTIONS[item.name].kind]} | None", item.name


def test_every_question_has_its_words() -> None:
    for key, question in QUESTIONS.items():
        assert question.title, key
        assert len(question.help) > 30, key
        assert question.help.endswith("."), key
        assert set(question.options) <= set(question.labels), key
        assert all(question.labels.values()), key
        for text in (question.title, question.text, question.help, *question.labels.values()):
            assert not re.search("you have (hemi|a stroke|park)|diagnos|suffer|!", text.lower()), text
    assert sum(len(section.questions) for section in SECTIONS) == len(QUESTIONS)


def test_answers_are_told_in_words() -> None:
    told = [
        describe(QUESTIONS[key], value)
        for key, value in (("pain", True), ("age", 40.0), ("impact_mood", 4.0), ("spread", ("eye", "jaw")),
                           ("spread", ()), ("sides", "one"), ("pain", None))
    ]  # fmt: skip
    assert told == [
        "yes", "40 years", "always", "an eye or eyelid; the jaw", "none of these", "always the same side",
        "not answered",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [{"section": "b"}, {"kind": "essay"}])
def test_a_questions_file_with_a_slip_is_found(wrong: dict[str, str]) -> None:
    entry = {"section": "a", "title": "t", "text": "T?", "help": "H.", **wrong}
    document = {"section": [{"id": "a", "title": "A", "intro": "I."}], "question": {"q": entry}}
    with pytest.raises(ValueError, match="does not exist"):
        build_sections(document)


# --- writing


def _value(key: str) -> st.SearchStrategy[object]:
    question = QUESTIONS[key]
    if question.kind == "yes_no":
        return st.booleans()
    if question.kind == "number":
        return st.floats(question.low, question.high) | st.integers(int(question.low), int(question.high))
    one = st.sampled_from(question.options)
    return one if question.kind == "choice" else st.lists(one, max_size=4)


@given(st.fixed_dictionaries({}, optional={key: _value(key) for key in QUESTIONS}).map(parse_answers))
def test_what_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, answers: Answers) -> None:
    folder = tmp_path_factory.mktemp("answers")
    for name in ("a.toml", "a.json"):
        write_answers(folder / name, answers)
        assert read_answers(folder / name) == answers
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert [path.name for path in sorted(folder.iterdir())] == ["a.json", "a.toml"], "no leftovers"


def test_a_template_answers_nothing_and_takes_every_answer(tmp_path: Path) -> None:
    template = template_text()
    path = tmp_path / "a.toml"
    path.write_text(template, encoding="utf-8")
    assert read_answers(path) == Answers()
    path.write_text(re.sub(r"^# ", "", template, flags=re.MULTILINE), encoding="utf-8")
    assert read_answers(path) == Answers(), "uncommented, but not filled in"
    assert re.findall(r"^# (\w+) = ", template, flags=re.MULTILINE) == list(QUESTIONS)
    for key, question in QUESTIONS.items():
        value = {"yes_no": "true", "number": "3"}.get(question.kind) or f'"{(question.options or "?")[0]}"'
        filled = template.replace(f'# {key} = "unknown"', f"{key} = " + (
            f"[{value}]" if question.kind == "choices" else value))  # fmt: skip
        path.write_text(filled, encoding="utf-8")
        assert list(read_answers(path).given()) == [key]
    assert max(map(len, template.splitlines())) <= 110


def test_places_where_no_answers_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="folder does not exist"):
        write_private(tmp_path / "none" / "a.toml", "")
    with pytest.raises(InputRefused, match="not an ordinary file"):
        write_private(tmp_path, "")
    with pytest.raises(InputRefused, match="not an ordinary file"):
        write_private(Path("/dev/null"), "")
    assert "## " in answers_text(Answers(age=3.0))
