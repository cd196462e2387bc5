"""What people read in German: results, reports, the interview, the command line; files for machines stay."""

from __future__ import annotations

import csv
import html
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import summaries
from ailments import ailment
from test_samples import analysed
from vignette_files import read_vignettes

from twitchcam.analysis import analyse
from twitchcam.analysis.verdict import COVERED_TEXT
from twitchcam.edges.report import render_report
from twitchcam.edges.report.speech import decimal, marked, spoken, t, tn
from twitchcam.errors import InputRefused
from twitchcam.languages import language_of
from twitchcam.phrases import phrase
from twitchcam.session import Result
from twitchcam.summary import Summary
from twitchcam.terminal import Terminal
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.interview import begin, reply
from twitchcam.triage.patterns import conclude
from twitchcam.triage.result_lines import result_lines
from twitchcam.triage.rules import load_rules
from twitchcam.triage.scales.sources import SCALE_SOURCES
from twitchcam.triage.screens import hint, screen, welcome

DE = language_of("de")
ENGLISH = re.compile(
    r"\b(the|of|and|are|were|with|without|not|which|that|these|from|than|between|each|only|could|cannot|seen|"
    r"found|when|what|why|how|your|you|right|eye|mouth|face|twitch|twitches|seconds)\b"
)
"""Words that no German sentence has."""
ANSWERS: dict[str, Any] = {
    "duration_days": 20, "sides": "one", "spread": ["eye", "cheek"], "worsening": True, "age": 50,
    "caffeine_mg_per_day": 450, "sleep_hours": 5.5, "medicines": ["metoclopramide", "lithium"],
    "hand_tremor": True, "impact_mood": 2,
}  # fmt: skip


def sentences_of(summary: Summary) -> Iterator[str]:
    """Yield everything that a summary tells in words."""
    measured = summary.measured
    yield from measured.quality.reasons
    yield from (task.reason for task in measured.tasks if task.reason)
    for pattern in summary.patterns:
        yield from (*pattern.evidence, *pattern.against)
    for scale in summary.scales:
        yield from (scale.title, scale.scale, *scale.basis, *scale.missing)
        if isinstance(scale.value, str) and " " in scale.value:
            yield scale.value
    yield from (*summary.triage.reasons, *summary.triage.advice)


def check(sentence: str) -> None:
    """A sentence is told in German, the same when it lost its values in a file."""
    told = DE.find(sentence)
    assert told is not None, sentence
    assert not ENGLISH.search(told), told
    assert DE.find(str(sentence)) == DE.find("".join(sentence)) == told


# --- results ---------------------------------------------------------------------------------------------


def test_every_story_s_result_is_told() -> None:
    for vignette in read_vignettes():
        result = vignette.result()
        made_up = vignette.video.reasons if vignette.video is not None else ()
        for sentence in (*result.reasons, *result.advice):
            if not any(reason in sentence for reason in made_up):
                check(sentence)


@cache
def measured_of(name: str) -> Any:
    return analyse(ailment(name, seconds=60.0).recording())


@pytest.mark.parametrize(
    "name", ["hfs", "synkinesis", "rabbit", "clonic", "tic", "dyskinesia", "functional", "meige", "droop"]
)
def test_patterns_and_scales_are_told(name: str) -> None:
    for answers in ({}, ANSWERS):
        for sentence in sentences_of(conclude(measured_of(name), parse_answers(answers))):
            check(sentence)


def real(summary: Summary) -> Summary:
    """Return a made-up summary with sentences that the program itself says, and its conclusions."""
    measured = summary.measured
    turned = phrase(
        "The face was turned away by {deg:.0f} degrees, so the sides cannot be compared.", deg=33.0
    )
    quality = replace(measured.quality, reasons=(COVERED_TEXT,) if measured.quality.reasons else ())
    tasks = tuple(replace(task, reason=task.reason and turned) for task in measured.tasks)
    return conclude(replace(measured, quality=quality, tasks=tasks), parse_answers(ANSWERS))


STATES: dict[str, Summary] = {
    "twitching": real(summaries.twitching()),
    "guided": real(summaries.guided()),
    "quiet": real(summaries.quiet()),
    "unusable": real(summaries.unusable()),
    "nothing known": real(summaries.nothing_known()),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_s_sentences_are_told(state: str) -> None:
    for sentence in sentences_of(STATES[state]):
        check(sentence)


# --- the report ------------------------------------------------------------------------------------------


def texts_of(page: str) -> list[str]:
    """Return what a page shows or reads out, without the sources, which are titles of papers."""
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    sources = {**load_rules().sources, **SCALE_SOURCES}
    found = [*re.findall(r">([^<]+)<", page), *re.findall(r'(?:aria-label|title|alt)="([^"]*)"', page)]
    told = [" ".join(html.unescape(text).split()) for text in found]
    for source in sorted(sources.values(), key=len, reverse=True):
        told = [text.replace(" ".join(source.split()), "") for text in told]
    return [text for text in told if text]


def english_in(page: str, summary: Summary) -> list[str]:
    file = summary.measured.source.file
    texts = [text.replace(file, "") for text in texts_of(page)]
    commands = re.compile(r"twitchcam \w+ \S+( --\S+.*)?|--\S+( \S+)?|events\.tsv")
    return [text for text in texts if ENGLISH.search(commands.sub("", text).lower())]


@pytest.mark.parametrize("state", STATES)
def test_a_german_report_has_no_english_sentence(state: str) -> None:
    summary = STATES[state]
    page = render_report(summary, language="de")
    assert re.search(r'<html [^>]*lang="de"', page)
    assert not english_in(page, summary)


@pytest.mark.parametrize("name", ["left-twitch", "rest-tremor", "spasm-left", "still"])
def test_the_report_of_each_sample_is_german(samples: Path, name: str) -> None:
    summary = conclude(analysed(samples, name).measured, parse_answers(ANSWERS))
    page = render_report(summary, language="de")
    assert not english_in(page, summary)


def test_an_english_report_does_not_change() -> None:
    summary = summaries.twitching()
    before = render_report(summary)
    render_report(summary, language="de")
    assert render_report(summary) == before
    assert re.search(r'<html [^>]*lang="en"', before)
    assert english_in(before, summary)


def test_decimals_are_commas_in_words_and_never_in_coordinates() -> None:
    page = render_report(STATES["twitching"], language="de")
    shown = " ".join(texts_of(page))
    assert re.search(r"\d,\d+\smm", shown)
    assert not re.search(r"\b\d+\.\d+\b", re.sub(r"[\w.-]+\.(mp4|tsv)|\d+\.\d+\.\d+\S*|UPDRS \S+", "", shown))
    english = render_report(STATES["twitching"])
    for name in ("points", "d", "x", "x1", "y", "width", "height", "cx", "r", "transform", "viewBox"):
        values = rf' {name}="([^"]*)"'
        assert re.findall(values, page) == re.findall(values, english), name


# --- speech ----------------------------------------------------------------------------------------------


def test_speech_follows_the_language_spoken() -> None:
    from twitchcam.edges.report.speech import speaking, within

    with speaking("de"):
        assert t("left") == "links"
        assert tn(1, "{n} twitch", "{n} twitches") == "1 Zuckung"
        assert decimal(-0.5, 2) == "−0,50"
        assert str(marked("File: {file:s}", file="<b>")) == "Datei: &lt;b&gt;"
        assert within(t("Not usable")) == "Nicht verwendbar"
        assert spoken().code == "de"
    assert spoken().code == "en"
    assert decimal(-0.5, 2) == "−0.50"
    assert within(t("Not usable")) == "not usable"


def test_markup_in_a_sentence_stays_markup() -> None:
    from markupsafe import Markup

    from twitchcam.edges.report.speech import speaking

    with speaking("de"):
        told = marked("{low} to {high}", low=Markup("<b>1</b>"), high="<2>")
    assert str(told) == "<b>1</b> bis &lt;2&gt;"


# --- the interview ---------------------------------------------------------------------------------------


def test_the_whole_interview_is_german() -> None:
    state, shown = begin(), [line.text for line in welcome()]
    for _ in range(400):
        if state.ended:
            break
        shown += [line.text for line in screen(state)] + [hint(state)]
        state = reply(state, "h" if state.stage == "question" and not state.helping else "")
    assert state.ended
    shown += [line.text for line in result_lines(STATES["quiet"].triage, state.answers)]
    assert len(shown) > 200
    for text in shown:
        if text:
            check(text)


@pytest.mark.parametrize(
    ("typed", "english"),
    [("j", "y"), ("Ja", "yes"), ("nein", "no"), ("weiß nicht", "?"), ("2 Wochen", "2 weeks"), ("7,5", "7,5"),
     ("3 Tassen Kaffee und 1 Tee", "3 cups coffee and 1 tea"), ("Keine", "none"), ("zurück", "b")],
)  # fmt: skip
def test_german_replies_are_understood(monkeypatch: pytest.MonkeyPatch, typed: str, english: str) -> None:
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO(typed + "\n"))
    assert Terminal(io.StringIO(), DE).ask("y or n").strip() == english


def test_an_answer_that_was_not_understood_is_told_in_german() -> None:
    state = begin()
    note = reply(state, "vielleicht").note
    assert DE.find(note) == "Bitte antworten Sie mit j (ja) oder n (nein); h erklärt die Frage."


# --- the command line ------------------------------------------------------------------------------------


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a command in this process and gives its standard output."""
    from twitchcam.cli import app

    def command(*arguments: str) -> str:
        capsys.readouterr()
        app(list(arguments), prog_name="twitchcam", standalone_mode=False)
        return capsys.readouterr().out

    return command


@pytest.fixture
def answers_file(tmp_path: Path) -> str:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(ANSWERS), encoding="utf-8")
    return str(path)


def test_triage_speaks_german_when_asked_and_only_then(
    run: Run, answers_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("triage", "--answers", answers_file)
    german = run(*command, "--language", "de")
    assert "Ärztlich ansehen lassen" in german
    assert not ENGLISH.search(german.lower())
    assert run(*command, "--json", "--language", "de") == run(*command, "--json")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    assert "See a doctor" in run(*command)
    monkeypatch.setenv("TWITCHCAM_LANGUAGE", "de")
    assert run(*command) == german
    assert "See a doctor" in run(*command, "--language", "en")


def test_an_unknown_language_is_refused(run: Run, answers_file: str) -> None:
    with pytest.raises(InputRefused, match="'fr' is not one of en, de"):
        run("triage", "--answers", answers_file, "--language", "fr")


def test_files_for_machines_are_the_same_in_every_language(measured: Result, tmp_path: Path) -> None:
    from twitchcam.session import write_outputs

    english = write_outputs(measured.recording, measured.summary, tmp_path / "en")
    german = write_outputs(measured.recording, measured.summary, tmp_path / "de", "de")
    for name in ("summary.json", "events.tsv", "signals.csv"):
        assert (english / name).read_bytes() == (german / name).read_bytes()
    assert "Was gefunden wurde" in (german / "report.html").read_text(encoding="utf-8")
    kept = json.loads((german / "summary.json").read_text(encoding="utf-8"))
    for sentence in (*kept["triage"]["reasons"], *kept["triage"]["advice"], *kept["quality"]["reasons"]):
        check(sentence)
    with (german / "events.tsv").open(encoding="utf-8") as file:
        assert all("," not in row["onset"] for row in csv.DictReader(file, delimiter="\t"))


def test_names_are_told_as_they_are() -> None:
    summary = summaries.renamed(summaries.twitching(), "left.mp4")
    assert "left.mp4" in render_report(replace(summary), language="de")
    assert DE.find(phrase("Report: {file:s}", file="/x/right and left/report.html")) == (
        "Bericht: /x/right and left/report.html"
    )
