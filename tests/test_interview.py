"""The interview: as a state machine, as screens, and as the real command in a pseudo-terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.answers_file import read_answers
from twitchcam.terminal import layout
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.engine import triage
from twitchcam.triage.interview import ALSO_AN_EMERGENCY, Interview, asked, begin, reply
from twitchcam.triage.lines import Line
from twitchcam.triage.questions import QUESTIONS, SECTIONS, describe
from twitchcam.triage.replies import NotUnderstood, read_reply
from twitchcam.triage.result_lines import LEVEL_WORDS, result_lines, trace_lines
from twitchcam.triage.rules import LEVELS
from twitchcam.triage.screens import hint, screen, welcome

COMMAND = (sys.executable, "-m", "twitchcam")
TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal that it is given its own, so that Ctrl-C reaches it, and becomes the command."""


# --- what a person types


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("drooping", "Y", True), ("drooping", " no. ", False), ("duration_days", "2 weeks", 14.0),
        ("duration_days", "10", 10.0), ("duration_days", "1 year and 2 months", 425.0),
        ("duration_days", "about half a year", 182.5), ("duration_days", "1 week, 3 days", 10.0),
        ("duration_days", "today", 0.0), ("duration_days", "1,000", 1000.0), ("duration_days", "2,5", 2.5),
        ("face_weakness_since_hours", "two days", 48.0), ("face_weakness_since_hours", "30 min", 0.5),
        ("caffeine_mg_per_day", "3 cups a day", 300.0), ("caffeine_mg_per_day", "2 cups of tea", 100.0),
        ("caffeine_mg_per_day", "2 coffees + 1 can of cola", 240.0), ("caffeine_mg_per_day", "none", 0.0),
        ("sleep_hours", "7 h 30 min", 7.5), ("age", "45 years old", 45.0),
        ("impact_mood", "often", 3.0), ("impact_mood", "0", 0.0),
        ("sides", "2", "both"), ("sides", "alternating", "alternating"), ("started_at", "forehead", "brow"),
        ("spread", "3, 1", ("eye", "brow")), ("spread", "eye and other side", ("eye", "other_side")),
        ("spread", "0", ()), ("spread", "none", ()),
        ("medicines", "sertraline, haloperidol", ("antipsychotic", "antidepressant")),
    ],
)  # fmt: skip
def test_replies_by_hand(key: str, typed: str, value: object) -> None:
    assert read_reply(QUESTIONS[key], typed) == pytest.approx(value)


@pytest.mark.parametrize(
    ("key", "typed", "said"),
    [
        ("drooping", "maybe", "y (yes) or n (no)"), ("duration_days", "3-4", "one number of days, such as"),
        ("duration_days", "-3", "one number"), ("duration_days", "over 2 weeks", "one number"),
        ("duration_days", "9" * 150, "0 to 36500"), ("duration_days", "9" * 400, "too long"),
        ("caffeine_mg_per_day", "3", "'3 coffees'"), ("caffeine_mg_per_day", "2 cans", "one number"),
        ("sleep_hours", "25", "0 to 24"), ("impact_mood", "9", "0 never, 1 rarely"),
        ("sides", "4", "1 to 3"), ("spread", "none, 3", "0 for none"), ("spread", ",", "0 for none"),
        ("medicines", "anti", "1 to 8"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_refused_in_one_line(key: str, typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        read_reply(QUESTIONS[key], typed)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.sampled_from(sorted(QUESTIONS)), st.text(max_size=40) | st.text("0123456789 ,.+aydwh", max_size=40))
def test_any_text_is_an_allowed_value_or_not_understood(key: str, typed: str) -> None:
    try:
        value = read_reply(QUESTIONS[key], typed)
    except NotUnderstood:
        return
    assert getattr(parse_answers({key: value}), key) == value


# --- the state machine


def follow(typed: Sequence[str], state: Interview | None = None) -> Interview:
    state = state or begin()
    for text in typed:
        state = reply(state, text)
    return state


def shown(state: Interview) -> str:
    return "\n".join(line.text for line in screen(state)) + hint(state)


def test_signs_that_cannot_wait_come_first_and_conditions_look_back() -> None:
    keys = list(QUESTIONS)
    first = [question.red_flag for question in QUESTIONS.values()]
    assert keys[0] == "drooping"
    assert {QUESTIONS[key].section for key, red in zip(keys, first, strict=True) if red} == {"emergency"}
    for key, question in QUESTIONS.items():
        text = json.dumps(question.asked_if)
        named = [other for other in QUESTIONS if f'"{other}"' in text]
        assert all(keys.index(other) < keys.index(key) for other in named), key


@pytest.mark.parametrize("key", [key for key, question in QUESTIONS.items() if question.red_flag])
def test_a_yes_to_a_sign_that_cannot_wait_stops_at_once(key: str) -> None:
    state = begin()
    while state.at != key:
        state = reply(state, "y" if key == "forehead_spared" and state.at == "face_weakness" else "")
        if state.stage == "warning":
            state = reply(state, "c")
    state = reply(state, "y")
    assert state.stage == "warning"
    assert state.level in ("emergency", "urgent")
    assert LEVEL_WORDS[state.level] in shown(state)
    assert "stop here" in hint(state)
    assert reply(state, "").stage == "done"
    assert reply(state, "c").stage == "question"
    assert reply(state, "b").at == key
    assert reply(state, "perhaps").stage == "warning"


def test_a_second_sign_says_so_without_stopping_again() -> None:
    state = follow(["y", "c", "", "", "", "y"])
    assert state.given == {"drooping": True, "arm_or_leg_weakness": True}
    assert (state.stage, state.note) == ("question", ALSO_AN_EMERGENCY)


def test_what_is_only_asked_after_a_yes_goes_with_it() -> None:
    assert follow(["n", "n"]).at == "arm_or_leg_weakness"
    state = follow(["n", "y", "c", "5"])
    assert state.given["face_weakness_since_hours"] == 5.0
    state = follow(["b", "b", "n"], state)
    assert state.given == {"drooping": False, "face_weakness": False}
    assert state.at == "arm_or_leg_weakness"


def test_contradictions_of_a_file_are_kept_for_the_rules_to_name() -> None:
    answers = Answers(face_weakness=False, drooping=False, face_weakness_since_hours=5.0)
    state = begin(answers)
    while not state.ended:
        state = reply(state, "")
    assert state.answers == answers


def test_skip_unknown_help_and_invalid_input() -> None:
    state = begin()
    assert reply(state, "").at == reply(state, "?").at == reply(state, "unknown").at == "face_weakness"
    assert QUESTIONS["drooping"].help in shown(reply(state, "h"))
    assert reply(state, "h").at == reply(state, "maybe").at == "drooping"
    assert "y (yes)" in shown(reply(state, "maybe"))
    assert reply(state, "s").at == "duration_days"
    assert reply(state, "b").note == "This is the first question."
    back = follow(["n", "b"])
    assert "Your answer so far: no" in shown(back)
    assert reply(back, "").given == {"drooping": False}, "Enter keeps an answer"
    assert reply(back, "?").given == {}, "unknown takes it back"


def test_quitting_offers_the_result_so_far() -> None:
    state = follow(["n", "q"])
    assert state.stage == "leaving"
    assert "1 answer." in shown(state)
    assert reply(state, "").stage == "done"
    assert reply(state, "b").at == "face_weakness"
    assert reply(state, "x").stage == "left"
    assert reply(state, "x").given == {"drooping": False}


def test_the_review_lists_answers_and_changes_one() -> None:
    state = follow(["n", *["s"] * len(SECTIONS)])
    assert state.stage == "review"
    assert "one side of the face hangs: no" in shown(state)
    state = follow(["1", "?"], state)
    assert (state.stage, state.given) == ("review", {})
    assert "No question was answered." in shown(state)
    assert reply(state, "b").at == list(QUESTIONS)[-1]
    assert reply(state, "7").stage == "review"
    assert reply(state, "").stage == "done"


def test_an_interview_goes_on_from_a_file() -> None:
    state = begin(Answers(drooping=False, duration_days=3.0))
    assert state.at == "face_weakness"
    assert begin(Answers(seizure=True)).stage == "warning"
    assert follow(["c"], begin(Answers(seizure=True))).at == "drooping"


WORDS = st.sampled_from(
    ["", "y", "n", "b", "h", "?", "q", "s", "c", "x", "1", "2", "0", "1,2", "2 weeks", "30"]
)


@given(st.lists(WORDS | st.text(max_size=12), max_size=90))
def test_any_sequence_of_inputs_ends_and_never_raises(typed: list[str]) -> None:
    state = begin()
    for text in typed:
        state = reply(state, text)
        if not state.ended:
            assert shown(state)
            assert state.level == triage(state.answers, None).level
        if state.stage == "question" and state.at is not None:
            before, back = state, reply(reply(state, ""), "b")
            if before.at not in before.passed and before.stage == back.stage:
                assert (back.at, back.given) == (before.at, before.given), "back restores"
    for _ in range(2 * len(QUESTIONS)):
        state = reply(state, "")
    assert state.ended
    assert parse_answers(state.answers.given()) == state.answers


@given(st.data())
def test_back_restores_the_question_and_the_other_answers(data: st.DataObject) -> None:
    typed = data.draw(st.lists(st.sampled_from(["", "n", "1", "30"]), max_size=40))
    state = follow(typed)
    if state.stage != "question":
        return
    after = next((one for one in (reply(state, "n"), reply(state, "1")) if one.at != state.at), None)
    if after is not None and after.stage == "question":
        back = reply(after, "b")
        others = {key: value for key, value in back.given.items() if key != state.at}
        assert back.at == state.at
        assert others == {key: value for key, value in state.given.items() if key != state.at}


def test_progress_counts_the_questions_that_are_asked() -> None:
    state = begin()
    assert f"1 of {len(asked(state))}  " in shown(state)
    assert "(section 1 of 8)" in shown(state)
    assert len(asked(follow(["y", "c"]))) == len(asked(state)) + 2


# --- the words


BANNED = ("you have hemifacial", "you have a stroke", "we diagnose", "diagnosis of", "you suffer", "!")


def test_screens_and_results_are_calm_and_no_diagnosis() -> None:
    texts = [line.text for line in welcome()]
    for level in LEVELS:
        texts.append(LEVEL_WORDS[level])
    for answers in (Answers(), Answers(drooping=True), Answers(duration_days=30.0, sides="one")):
        texts += [line.text for line in result_lines(triage(answers, None), answers)]
    for text in texts:
        assert not any(word in text for word in BANNED), text
    assert any("This is not a diagnosis" in text for text in texts)


def test_a_result_names_reasons_advice_and_what_is_open() -> None:
    answers = Answers(duration_days=30.0)
    result = triage(answers, None)
    lines = result_lines(result, answers)
    texts = [line.text for line in lines]
    assert texts[1] == LEVEL_WORDS["see_doctor"]
    assert [line.text for line in lines if line.role == "title"][1:] == [
        "Why", "What to do", "What was not answered",
    ]  # fmt: skip
    assert set(result.reasons) | set(result.advice) <= set(texts)
    assert any("questions that can change the result" in text for text in texts)


def test_a_trace_names_rule_facts_and_sources() -> None:
    text = "\n".join(line.text for line in trace_lines(Answers(duration_days=30.0), None))
    assert "over_two_weeks (see doctor)" in text
    assert "duration_days = 30" in text
    assert "S70 NHS" in text


@given(st.text(max_size=300), st.integers(24, 100))
def test_lines_fit_the_width_and_hold_no_control_characters(text: str, width: int) -> None:
    for role in ("text", "item"):
        for line in layout(Line(role, text), width):
            assert len(line) <= width
            assert line.isprintable()


# --- the command


def talk(
    arguments: Sequence[object], typed: Sequence[str], *, cwd: Path, stop: bytes = b""
) -> tuple[str, int]:
    """Run the command in a pseudo-terminal, type each line at a prompt, and `stop` after the last one."""
    terminal, inner = pty.openpty()
    # no pty.fork(): from Python 3.12 on it warns in a process with threads, as numpy's
    child = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, *COMMAND, "triage", *map(str, arguments)],
        stdin=inner, stdout=inner, stderr=inner, cwd=cwd, start_new_session=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )  # fmt: skip
    os.close(inner)
    waiting = [text.encode(errors="surrogateescape") + b"\n" for text in typed] + ([stop] if stop else [])
    said, answered = b"", 0
    end = time.monotonic() + 30
    try:
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 0.1)[0]:
                continue
            try:
                more = os.read(terminal, 65536)
            except OSError:  # how Linux tells that the other end is closed
                break
            if not more:
                break
            said += more
            if waiting and said.endswith(b"\n> ") and len(said) > answered:
                answered = len(said)
                os.write(terminal, waiting.pop(0))
        else:
            child.kill()
    finally:
        os.close(terminal)
        status = child.wait(30)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said.decode(errors="replace")).replace("\r", "")
    return plain, status


def test_the_command_asks_warns_and_keeps_the_answers(tmp_path: Path) -> None:
    typed = ["h", "maybe", "\udcff", "y", "c", "n", "s", "2 weeks", "q", ""]
    said, status = talk(["--save-answers", "me.toml"], typed, cwd=tmp_path)
    assert status == 0, said
    assert said.index("Emergency: call the emergency number now") < said.index("2 of 62")
    assert "best known sign of a stroke" in said
    assert "Taken as: 14 days." in said
    assert "This is not a diagnosis" in said
    assert max(map(len, said.splitlines())) <= 80
    saved = tmp_path / "me.toml"
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert read_answers(saved) == Answers(drooping=True, face_weakness=False, duration_days=14.0)


@pytest.mark.parametrize("stop", [b"\x03", b"\x04"], ids=["ctrl-c", "end of input"])
def test_stopping_in_the_middle_loses_nothing(tmp_path: Path, stop: bytes) -> None:
    said, status = talk(["--save-answers", "me.toml"], ["n"], cwd=tmp_path, stop=stop)
    assert status == 130, said
    assert "Traceback" not in said
    assert read_answers(tmp_path / "me.toml") == Answers(drooping=False)


def test_a_file_is_replaced_only_after_a_yes(tmp_path: Path) -> None:
    kept = tmp_path / "me.toml"
    kept.write_text("age = 40\n")
    said, status = talk(["--save-answers", "me.toml"], [""], cwd=tmp_path)
    assert (status, kept.read_text()) == (2, "age = 40\n"), said
    said, status = talk(["--answers", "me.toml", "--ask", "--save-answers", "me.toml"], ["y", "n", "q", ""],
                        cwd=tmp_path)  # fmt: skip
    assert status == 0, said
    assert read_answers(kept) == Answers(drooping=False, age=40.0)


def run(*arguments: object, cwd: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "triage", *map(str, arguments)],
        input=given, capture_output=True, text=True, cwd=cwd, timeout=60, check=False,
    )  # fmt: skip


def test_without_a_terminal_it_says_so_in_one_line(tmp_path: Path) -> None:
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "--answers FILE" in done.stderr


def test_standard_input_gives_the_json_of_the_contract_and_the_trace_beside_it(tmp_path: Path) -> None:
    done = run("--answers", "-", "--json", "--explain", cwd=tmp_path, given='{"duration_days": 30}')
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"level", "reasons", "advice", "rules_version"}
    assert "over_two_weeks (see doctor)" in done.stderr
    same = run("--answers", "-", "--json", cwd=tmp_path, given="duration_days = 30\n")
    assert (same.stdout, same.stderr) == (done.stdout, "")


def test_off_a_terminal_each_paragraph_is_one_plain_line(tmp_path: Path) -> None:
    done = run("--answers", "-", cwd=tmp_path, given="duration_days = 30\n")
    assert "\x1b" not in done.stdout
    assert done.stdout.splitlines()[1] == LEVEL_WORDS["see_doctor"]
    assert describe(QUESTIONS["duration_days"], 30.0) == "30 days"
