"""Guided protocols: the data, the reader's refusals, the options, and recordings that keep their segments."""

from __future__ import annotations

import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam import cli
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import with_real_fps
from twitchcam.protocol import TASKS, Protocol, Segment, Step, in_order
from twitchcam.protocols import parse_segments, protocol_names, read_protocol
from twitchcam.session import Options, analyse_recording

STANDARD = (
    "rest", "eyes_gentle", "eyes_firm", "brow_raise", "smile", "pucker", "sentence", "rest",
)  # fmt: skip


def test_the_standard_protocol_is_what_the_documents_say() -> None:
    protocol = read_protocol("standard")
    assert tuple(step.task for step in protocol.steps) == STANDARD
    assert (protocol.steps[0].seconds, protocol.steps[-1].seconds) == (60, 30)
    assert protocol.length_s == sum(step.seconds for step in protocol.steps)


@pytest.mark.parametrize("name", protocol_names())
def test_every_protocol_that_comes_along_can_be_shown_and_said(name: str) -> None:
    protocol = read_protocol(name)
    assert protocol.name == name
    assert protocol.title
    for step in protocol.steps:
        assert step.prompt.endswith(".")
        assert 0 < len(step.voice) < len(step.prompt)
        assert step.seconds >= 5


def test_steps_follow_each_other_or_have_times_of_their_own() -> None:
    steps = (Step("rest", 10, ""), Step("smile", 5, "", start_s=12.0), Step("pucker", 4, ""))
    protocol = Protocol("p", "", steps, start_s=1.0)
    assert protocol.segments() == (
        Segment("rest", 1, 11),
        Segment("smile", 12, 17),
        Segment("pucker", 17, 21),
    )
    assert protocol.segments(0.0)[1] == Segment("smile", 11, 16)
    assert protocol.length_s == 20


def test_a_file_may_give_times(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'start_s = 2\n[[step]]\ntask = "rest"\nseconds = 5\n'
        '[[step]]\ntask = "smile"\nstart_s = 8\nend_s = 12.5\nprompt = "Smile."\n'
    )
    protocol = read_protocol(path)
    assert protocol.name == "mine"
    assert protocol.segments() == (Segment("rest", 2, 7), Segment("smile", 8, 12.5))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "has no steps"),
        ("step = 3", "has no steps"),
        ("step = [1]", "step 1 is 1"),
        ("[[step]]\nseconds = 3", "step 1 has no task"),
        ("[[step]]\ntask = 'smyle'\nseconds = 3", "did you mean smile?"),
        ("[[step]]\ntask = 'smile'", "step 1 (smile) has no length"),
        ("[[step]]\ntask = 'smile'\nsecond = 3", "did you mean seconds?"),
        ("[[step]]\ntask = 'smile'\nseconds = -1", "seconds must be 0 or more"),
        ("[[step]]\ntask = 'smile'\nseconds = 0", "lasts 0 s"),
        ("[[step]]\ntask = 'smile'\nseconds = inf", "seconds must be 0 or more"),
        ("[[step]]\ntask = 'smile'\nseconds = true", "must be a number of seconds"),
        ("[[step]]\ntask = 'smile'\nseconds = 3\nprompt = 4", "prompt must be text"),
        ("[[step]]\ntask = 'smile'\nend_s = 3", "end_s goes with start_s"),
        ("[[step]]\ntask = 'smile'\nstart_s = 5\nend_s = 3", "lasts -2 s"),
        ("[[step]]\ntask='smile'\nseconds=5\n[[step]]\ntask='rest'\nseconds=1\nstart_s=3", "overlap"),
        ("titel = 'x'\n[[step]]\ntask = 'smile'\nseconds = 3", "did you mean title?"),
        ("[[step", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(InputRefused) as refused:
        read_protocol(path)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_name_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    for name in ("standart", tmp_path, tmp_path / "none.toml"):
        with pytest.raises(InputRefused, match="Known are short, standard"):
            read_protocol(name)


def test_segments_are_written_in_a_line() -> None:
    assert parse_segments(" smile:60-66.5, rest:0-60 ,") == (
        Segment("rest", 0, 60),
        Segment("smile", 60, 66.5),
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("smyle:0-3", "did you mean smile?"),
        ("wink:0-3", "known are rest"),
        ("rest:0-60,smile:59-66", "rest 0-60 s and smile 59-66 s overlap"),
        ("rest", "'rest' is not a segment"),
        ("rest:0", "is not a segment"),
        ("rest:a-3", "not a number"),
        ("rest:-1-3", "not a number"),
        ("rest:nan-3", "ends before it starts"),
        ("rest:5-5", "ends before it starts"),
        ("", "names no segment"),
    ],
)
def test_wrong_segments_are_refused(text: str, says: str) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_segments(text)
    assert says in str(refused.value)


HUNDREDTHS = st.tuples(st.sampled_from(TASKS), st.integers(10, 9999), st.integers(0, 999))


@given(st.lists(HUNDREDTHS, min_size=1, max_size=8))
def test_what_is_written_is_read_again(rows: list[tuple[str, int, int]]) -> None:
    found, at = [], 0
    for task, length, pause in rows:
        start, end = at + pause, at + pause + length
        found.append(Segment(task, start / 100, end / 100))  # type: ignore[arg-type]
        at = end
    text = ",".join(f"{s.task}:{s.start_s!r}-{s.end_s!r}" for s in found)
    assert parse_segments(text) == in_order(found)


SEGMENTS = (Segment("rest", 0, 1.5), Segment("smile", 1.5, 4.25))


def test_a_recording_keeps_its_segments(tmp_path: Path) -> None:
    recording = replace(StillFace(duration_s=3).recording(), segments=SEGMENTS)
    save_recording(recording, tmp_path / "r.npz")
    assert load_recording(tmp_path / "r.npz").segments == SEGMENTS
    assert with_real_fps(recording, 240.0).segments[1] == Segment("smile", 1.5 / 8, 4.25 / 8)


def rewritten(path: Path, change) -> Path:  # type: ignore[no-untyped-def]
    """Write a recording whose description was changed by hand."""
    save_recording(StillFace(duration_s=1).recording(), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with np.load(path) as arrays:
        meta = json.loads(str(arrays["meta"]))
    change(meta)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            if name != "meta.npy":
                archive.writestr(name, content)
        with archive.open("meta.npy", "w") as handle:
            np.lib.format.write_array(handle, np.array(json.dumps(meta)), allow_pickle=False)
    return path


def test_a_recording_of_an_earlier_version_has_no_segments(tmp_path: Path) -> None:
    assert load_recording(rewritten(tmp_path / "r.npz", lambda meta: meta.pop("segments"))).segments == ()


@pytest.mark.parametrize(
    "segments",
    [
        "smile", {"smile": 1}, None, 3, [3], [["smile", 0]], [["smile", 0, 1, 2]], [["smile", "0", 1]],
        [["smile", True, 2]], [["wink", 0, 1]], [["smile", 2, 1]], [["smile", -1, 1]],
        [["smile", 0, float("nan")]], [["smile", 0, float("inf")]], [["smile", 0, 10**400]],
        [["rest", 0, 5], ["smile", 4, 6]], [["rest", k, k + 1] for k in range(2000)], [[["smile"], 0, 1]],
    ],
)  # fmt: skip
def test_hostile_segments_are_refused(tmp_path: Path, segments: object) -> None:
    path = rewritten(tmp_path / "r.npz", lambda meta: meta.update(segments=segments))
    with pytest.raises(InputRefused):
        load_recording(path)


def run(patch: pytest.MonkeyPatch, *arguments: object) -> int:
    patch.setattr(sys, "argv", ["twitchcam", *map(str, arguments)])
    with pytest.raises(SystemExit) as stopped:
        cli.app_main()
    return int(stopped.value.code or 0)


def tasks_of(folder: Path) -> list[tuple[str, float, float]]:
    summary = json.loads((folder / "summary.json").read_text())
    return [(t["task"], t["start_s"], t["end_s"]) for t in summary["tasks"]]


def test_segments_given_once_are_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.npz"
    save_recording(StillFace(duration_s=20).recording(), clip)
    assert (
        run(monkeypatch, "analyze", clip, "--out", tmp_path / "a", "--segments", "rest:0-10,smile:10-16") == 0
    )
    assert tasks_of(tmp_path / "a" / "clip") == [("rest", 0, 10), ("smile", 10, 16)]
    stored = tmp_path / "a" / "clip" / "recording.npz"
    assert run(monkeypatch, "analyze", stored, "--out", tmp_path / "b") == 0
    one, two = ((tmp_path / x / "clip" / "summary.json").read_text() for x in ("a", "b"))
    assert one == two
    assert capfd.readouterr().err == ""


def test_given_options_override(tmp_path: Path) -> None:
    clip = tmp_path / "clip.npz"
    save_recording(replace(StillFace(duration_s=20).recording(), segments=SEGMENTS), clip)
    for protocol, segments, first in (
        (None, None, SEGMENTS[0]),
        ("short", None, Segment("rest", 0, 20)),
        ("short", "pucker:2-9", Segment("pucker", 2, 9)),
    ):
        options = Options(segments=cli.guided_segments(protocol, segments))
        result = analyse_recording(clip, None, options)
        assert result.recording.segments[0] == first
        assert result.summary.measured.tasks[0].task == first.task


@pytest.mark.parametrize(
    "option", [("--segments", "smyle:0-3"), ("--segments", ""), ("--protocol", "none"), ("--protocol", ".")]
)
def test_wrong_options_are_refused_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    option: tuple[str, str],
) -> None:
    clip = tmp_path / "clip.npz"
    save_recording(StillFace(duration_s=3).recording(), clip)
    assert run(monkeypatch, "analyze", clip, "--out", tmp_path, *option) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("twitchcam: --")
    assert len(err.splitlines()) == 1
