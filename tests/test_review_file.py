"""Review files and `twitchcam review`: what is read back, what is refused, what lies in the folder then."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam import cli
from twitchcam.analysis import analyse
from twitchcam.edges.outputs import EVENT_COLUMNS
from twitchcam.edges.recordings import as_stored
from twitchcam.edges.review_file import COLUMNS, read_review, review_text, template_of, write_review
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.results import open_results
from twitchcam.review import Decision, Review, decision_about, review_recording
from twitchcam.schema import load_schema
from twitchcam.session import write_outputs
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording

TEXTS = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc")), max_size=40)
SECONDS = st.floats(0, 3000).map(lambda t: round(t, 4))


def twitching() -> Recording:
    made = StillFace(duration_s=20.0, seed=3)
    for at in range(2, 18, 2):
        made.twitch(float(at), "commissure_left", 0.8)
    made.blink(5.0)
    plain = made.recording()
    return as_stored(replace(plain, source=replace(plain.source, sha256="c" * 64)))


@pytest.fixture(scope="module")
def recording() -> Recording:
    return twitching()


@pytest.fixture
def folder(recording: Recording, tmp_path: Path) -> Path:
    """A results folder whose result rests on a red flag."""
    answers = Answers(drooping=True, face_weakness_since_hours=3.0)
    return write_outputs(recording, conclude(analyse(recording), answers), tmp_path / "results" / "phone")


# --- Files ---


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    action = draw(st.sampled_from(["keep", "reject", "relabel", "add"]))
    kind = draw(st.sampled_from(["twitch", "tonic", "blink", "voluntary"]))
    region, note = draw(st.sampled_from(REGIONS)), draw(TEXTS)
    onset = draw(SECONDS)
    if action == "add":
        return Decision("add", onset, None, round(onset + 0.25, 4), region, kind, note=note)
    changes = {"new_type": kind} if action == "relabel" else {}
    return Decision(action, onset, round(onset + 0.1, 4), None, region, note=note, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["review.toml", "review.json"])
@given(st.lists(decisions(), max_size=5), TEXTS)
@settings(max_examples=15)
def test_a_review_survives_its_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, made: list[Decision], reviewer: str
) -> None:
    path = tmp_path_factory.getbasetemp() / name
    review = Review(reviewer, "2026-03-04T10:00:00+01:00", tuple(made), "a" * 64)
    write_review(path, review)
    assert read_review(path) == review
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_template_lists_every_event_and_changes_nothing(recording: Recording, tmp_path: Path) -> None:
    measured = analyse(recording)
    path = tmp_path / "review.toml"
    path.write_text(template_of(measured, reviewer="AB"), encoding="utf-8")
    review = read_review(path)
    assert len(review.decisions) == len(measured.events)
    same = review_recording(recording, review)
    assert same.review is not None
    assert (same.review.kept, same.review.unmatched) == (len(measured.events), 0)
    assert same.lips == measured.lips


def table(folder: Path, mark: str = "\t", decimal: str = ".") -> tuple[list[str], list[list[str]]]:
    rows = list(csv.reader(io.StringIO((folder / "events.tsv").read_text(encoding="utf-8")), delimiter="\t"))
    return [*rows[0], "review", "note"], [[*row, "", ""] for row in rows[1:]]


@pytest.mark.parametrize(("mark", "decimal", "name"), [("\t", ".", "e.tsv"), (";", ",", "e.csv")])
def test_events_tsv_from_a_spreadsheet_is_a_review(
    recording: Recording, folder: Path, tmp_path: Path, mark: str, decimal: str, name: str
) -> None:
    """As a lab leaves it: a column more, rows out of order, one added, decimal commas."""
    head, rows = table(folder)
    at = {column: k for k, column in enumerate(head)}
    twitches = [row for row in rows if row[at["trial_type"]] == "twitch"]
    twitches[0][at["review"]] = "Rejected"
    twitches[1][at["review"]] = "blink"
    twitches[2][at["review"]], twitches[2][at["trial_type"]] = "relabel", "voluntary"
    twitches[3][at["review"]] = "ok"
    new = ["9.9", "0.2", "twitch", "n/a", "", "", "", "", "", "", "", "add", "missed"]
    text = "\r\n".join(mark.join(row) for row in [head, *reversed(rows), new]) + "\r\n"
    if decimal == ",":
        numbers = {at[column] for column in ("onset", "duration", "peak", "amplitude_mm", "snr")}
        lines = [mark.join(head)]
        for row in [*reversed(rows), new]:
            lines.append(mark.join(c.replace(".", ",") if k in numbers else c for k, c in enumerate(row)))
        text = "\n".join(lines)
    path = tmp_path / name
    path.write_text("\ufeff" + text, encoding="utf-8")
    review = read_review(path)
    assert sorted(d.action for d in review.decisions) == ["add", "keep", "reject", "relabel", "relabel"]
    result = review_recording(recording, review)
    assert result.review is not None
    changes = (result.review.rejected, result.review.relabelled, result.review.added, result.review.unmatched)
    assert changes == (1, 2, 1, 0)
    assert {m.note for m in result.review.marks if m.action == "add"} == {"missed"}


def test_the_columns_are_those_of_events_tsv() -> None:
    assert COLUMNS == EVENT_COLUMNS


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("r.toml", "reviewer = ", "not valid TOML"),
        ("r.toml", '{"event": []}', "name it .json"),
        ("r.json", "[]", "expected a JSON object"),
        ("r.json", "{", "not valid JSON"),
        ("r.tsv", "onset\tduration\n1\t1\n", "no column review"),
        ("r.tsv", "onset\tduration\tpeek\treview\n", "nearest known one is 'peak'"),
        ("r.tsv", "onset\tduration\treview\n1\t0.1\trejct\n", "line 2: review 'rejct' is not known"),
        ("r.tsv", "onset\tduration\treview\nx\t0.1\treject\n", "line 2: onset = 'x'"),
        ("r.tsv", "onset\tduration\treview\n\t0.1\treject\n", "line 2: onset and duration"),
        ("r.tsv", "", "no column onset"),
        ("r.toml", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str | bytes, complaint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputRefused, match=complaint) as refused:
        read_review(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


# --- The command ---


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["twitchcam", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.app_main()
    return int(stopped.value.code or 0)


def test_a_review_is_applied_in_its_folder_beside_the_automatic_events(
    recording: Recording, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    automatic = (folder / "events.tsv").read_bytes()
    twitches = [e for e in analyse(recording).events if e.trial_type == "twitch"]
    review = Review("AB", "2026-03-04", tuple(decision_about(e, "reject", note="none") for e in twitches))
    write_review(tmp_path / "mine.toml", review)
    assert run(monkeypatch, "review", folder, "--file", tmp_path / "mine.toml") == 0
    assert f"{len(twitches)} rejected" in capsys.readouterr().out
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(load_schema()).validate(summary)
    assert summary["review"]["rejected"] == len(twitches)
    assert summary["review"]["reviewer"] == "AB"
    assert summary["lips"]["events"] == 0
    assert summary["triage"]["level"] == "emergency", "the answers of the folder still count"
    assert (folder / "events.tsv").read_bytes() == automatic
    left = (folder / "events_reviewed.tsv").read_text(encoding="utf-8").splitlines()
    assert left[0].split("\t") == [*EVENT_COLUMNS, "review", "note"]
    assert len(left) == 2
    opened = open_results(folder)
    assert opened.summary.measured.review is not None
    assert opened.summary.measured.review.rejected == len(twitches)
    assert opened.summary.triage.level == "emergency"

    assert run(monkeypatch, "analyze", folder / "recording.npz", "--out", folder.parent, "--json") == 0
    assert "review" not in json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert not (folder / "events_reviewed.tsv").exists()
    assert (folder / "review.toml").exists(), "what a person wrote is not thrown away"
    assert open_results(folder).summary.measured.review is None
    assert run(monkeypatch, "review", folder) == 0, "the folder's own review is the default"


def test_a_review_goes_to_another_folder_and_a_template_leaves_files_alone(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    template = tmp_path / "r.toml"
    assert run(monkeypatch, "review", folder, "--template", template) == 0
    edited = template.read_text(encoding="utf-8").replace('"keep"', '"reject"', 1)
    template.write_text(edited, encoding="utf-8")
    assert run(monkeypatch, "review", folder, "--template", template) == 2
    assert "exists already" in capsys.readouterr().err
    assert template.read_text(encoding="utf-8") == edited
    assert run(monkeypatch, "review", folder, "--file", template, "--out", tmp_path / "out") == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    names = {path.name for path in (tmp_path / "out" / "phone").iterdir()}
    assert names >= {"summary.json", "events.tsv", "events_reviewed.tsv", "recording.npz", "review.toml"}
    capsys.readouterr()
    assert run(monkeypatch, "review", tmp_path / "out" / "phone", "--list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == len(before["events.tsv"].decode().splitlines()) - 1
    assert "rejected" in listed[0]


def test_refusals_are_one_line_and_exit_2(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_review(tmp_path / "other.toml", Review(sha256="d" * 64))
    cases = [
        (folder,),
        (folder, "--file", tmp_path / "nothing.toml"),
        (folder, "--file", tmp_path / "other.toml"),
        (tmp_path / "nowhere",),
        (tmp_path, "--list"),
        (folder / "summary.json", "--list"),
    ]
    for case in cases:
        assert run(monkeypatch, "review", *case) == 2
        said = capsys.readouterr().err
        assert said.startswith("twitchcam: ")
        assert said.count("\n") == 1
    (folder / "recording.npz").rename(tmp_path / "loose.npz")
    (tmp_path / "mine.toml").write_text(review_text(Review()), encoding="utf-8")
    assert run(monkeypatch, "review", tmp_path / "loose.npz", "--file", tmp_path / "mine.toml") == 2
    assert "--out" in capsys.readouterr().err
