"""The whole job on a real clip: five files by the contract, the same numbers by every way to them."""

from __future__ import annotations

import csv
import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from recordings import StillFace

from twitchcam.edges.decode import open_video
from twitchcam.edges.outputs import EVENT_COLUMNS, SIGNAL_COLUMNS
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.schema import load_schema
from twitchcam.session import (
    Options,
    Result,
    analyse_clip,
    analyse_recording,
    check_folder,
    is_recording,
    name_of,
)
from twitchcam.summary import GATES
from twitchcam.triage.answers import Answers

FIVE = {"summary.json", "events.tsv", "signals.csv", "recording.npz", "report.html"}


def folder_of(result: Result) -> Path:
    assert result.folder is not None
    return result.folder


@pytest.fixture(scope="module")
def again(measured: Result, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The recording of the measured clip, analysed again."""
    out = tmp_path_factory.mktemp("again")
    return analyse_recording(folder_of(measured) / "recording.npz", out, Options())


class TestFiles:
    def test_all_are_there_and_nothing_else(self, measured: Result) -> None:
        assert {p.name for p in folder_of(measured).iterdir()} == FIVE | {"overlay.mp4"}
        assert folder_of(measured).name == "left-twitch"

    def test_summary_obeys_the_schema(self, measured: Result) -> None:
        summary = json.loads((folder_of(measured) / "summary.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(load_schema()).validate(summary)
        source = summary["source"]
        assert (source["file"], source["frames"], source["fps"]) == ("left-twitch.mp4", 360, 30.0)
        assert source["mirrored"] is False
        assert list(summary["regions"]) == list(REGIONS)
        assert summary["tracker"]["backend"] == "facemesh"

    def test_summary_finds_the_twitch_that_was_made(self, measured: Result, samples: Path) -> None:
        truth = json.loads((samples / "left-twitch.truth.json").read_text(encoding="utf-8"))
        twitches = [e for e in truth["events"] if e["trial_type"] == "twitch"]
        lips = measured.summary.measured.lips
        assert measured.summary.measured.quality.verdict == "ok"
        assert lips.side == "left"
        assert lips.rhythmic
        assert lips.dominant_hz == pytest.approx(5.0, abs=0.1)
        assert lips.events == pytest.approx(len(twitches), abs=5)
        assert lips.amplitude_mm.median == pytest.approx(twitches[0]["amplitude_mm"], rel=0.2)

    def test_events_have_the_columns_and_words_of_the_contract(self, measured: Result) -> None:
        text = (folder_of(measured) / "events.tsv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
        assert tuple(rows[0]) == EVENT_COLUMNS
        assert len(rows) == len(measured.summary.measured.events)
        onsets = [float(row["onset"]) for row in rows]
        assert onsets == sorted(onsets)
        for row in rows:
            assert 0 <= float(row["onset"]) < float(row["onset"]) + float(row["duration"]) <= 12.0
            assert row["trial_type"] in ("twitch", "tonic", "blink", "voluntary")
            assert row["side"] in ("left", "right", "bilateral", "none")
            assert row["region"] in row["regions"].split(",")
            assert set(row["regions"].split(",")) <= set(REGIONS)
            assert row["gated"] in ("", *GATES)
            assert row["run"] == "" or int(row["run"]) > 0

    def test_signals_have_a_row_a_frame(self, measured: Result) -> None:
        lines = (folder_of(measured) / "signals.csv").read_text(encoding="utf-8").splitlines()
        assert tuple(lines[0].split(",")) == SIGNAL_COLUMNS
        numbers = np.array([[float(cell) for cell in line.split(",")] for line in lines[1:]])
        np.testing.assert_allclose(numbers[:, 0], measured.recording.t_s, atol=1e-6)
        motion = numbers[:, 1:].reshape(-1, len(REGIONS), 2)
        np.testing.assert_allclose(motion, measured.recording.motion_mm, atol=1e-4)

    def test_recording_holds_what_was_analysed(self, measured: Result) -> None:
        back = load_recording(folder_of(measured) / "recording.npz")
        np.testing.assert_array_equal(back.motion_mm, measured.recording.motion_mm)
        assert back.source == measured.recording.source

    def test_report_works_offline(self, measured: Result) -> None:
        page = (folder_of(measured) / "report.html").read_text(encoding="utf-8")
        assert "left-twitch" in page
        assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)

    def test_overlay_plays_and_has_every_frame(self, measured: Result) -> None:
        with open_video(folder_of(measured) / "overlay.mp4") as video:
            times = [frame.t_s for frame in video]
        assert len(times) == measured.recording.source.frames
        np.testing.assert_allclose(times, measured.recording.t_s, atol=0.002)


class TestAgain:
    @pytest.mark.parametrize("name", ["summary.json", "events.tsv", "signals.csv", "recording.npz"])
    def test_a_recording_gives_the_same_bytes_as_its_clip(
        self, measured: Result, again: Result, name: str
    ) -> None:
        assert (folder_of(again) / name).read_bytes() == (folder_of(measured) / name).read_bytes()

    def test_results_go_to_the_name_of_the_clip(self, again: Result) -> None:
        assert folder_of(again).name == "left-twitch"
        assert {p.name for p in folder_of(again).iterdir()} == FIVE

    def test_answers_are_taken_anew(self, measured: Result) -> None:
        path = folder_of(measured) / "recording.npz"
        result = analyse_recording(path, None, Options(answers=Answers(face_weakness=True, onset="sudden")))
        assert result.folder is None
        assert result.summary.triage.level == "emergency"
        assert result.summary.measured.lips == measured.summary.measured.lips

    @pytest.mark.parametrize("options", [Options(overlay=True), Options(pd_mm=62), Options(backend="tasks")])
    def test_what_needs_pictures_is_refused(self, measured: Result, options: Options) -> None:
        with pytest.raises(InputRefused, match="holds no pictures, which --"):
            analyse_recording(folder_of(measured) / "recording.npz", None, options)

    def test_a_second_run_replaces_everything(self, measured: Result, tmp_path: Path) -> None:
        folder = tmp_path / "left-twitch"
        folder.mkdir()
        for name in FIVE | {"overlay.mp4"}:
            (folder / name).write_bytes(b"old" * 500_000)
        (folder / "notes.txt").write_text("mine")
        analyse_recording(folder_of(measured) / "recording.npz", tmp_path, Options())
        assert {p.name for p in folder.iterdir()} == FIVE | {"notes.txt"}
        for name in FIVE - {"report.html"}:
            assert (folder / name).read_bytes() == (folder_of(measured) / name).read_bytes()
        assert b"oldold" not in (folder / "report.html").read_bytes()


class TestMirrored:
    def check(self, straight: Result, flipped: Result) -> None:
        assert flipped.summary.measured.source.mirrored
        lips = flipped.summary.measured.lips
        assert lips.side == "right"
        left, right = straight.summary.measured.lips.asymmetry, lips.asymmetry
        assert left.index is not None
        assert right.index == pytest.approx(-left.index, abs=0.1)
        assert lips.events == pytest.approx(straight.summary.measured.lips.events, abs=3)

    def test_clip(self, measured: Result, samples: Path) -> None:
        self.check(measured, analyse_clip(samples / "left-twitch.mp4", None, Options(mirrored=True)))

    def test_recording(self, measured: Result, tmp_path: Path) -> None:
        path = folder_of(measured) / "recording.npz"
        flipped = analyse_recording(path, tmp_path, Options(mirrored=True))
        self.check(measured, flipped)
        # It is known to be mirrored now; saying so again changes nothing.
        saved = folder_of(flipped) / "recording.npz"
        for options in (Options(), Options(mirrored=True)):
            once_more = analyse_recording(saved, None, options)
            assert once_more.summary.measured.lips == flipped.summary.measured.lips


def test_a_stop_in_the_middle_leaves_no_thread_and_no_file(short_clip: Path, tmp_path: Path) -> None:
    def stop(stage: str, done: int, expected: int | None) -> None:
        assert (stage, expected) in (("starting", None), ("measuring", 60))
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyse_clip(short_clip, tmp_path, Options(), progress=stop)
    assert not list(tmp_path.iterdir())
    assert not [t.name for t in threading.enumerate() if "prefetch" in t.name]


def test_an_unusable_recording_is_an_answer(tmp_path: Path) -> None:
    face = StillFace(duration_s=4.0)
    face.lost[:] = True
    recording = face.recording()
    recording = replace(recording, source=replace(recording.source, file="dark.mp4"))
    save_recording(recording, tmp_path / "dark.npz")
    result = analyse_recording(tmp_path / "dark.npz", tmp_path, Options())
    assert result.summary.measured.quality.verdict == "unusable"
    assert {p.name for p in (tmp_path / "dark").iterdir()} == FIVE


@pytest.mark.parametrize(
    ("path", "name", "recording"),
    [
        ("a/phone.mp4", "phone", False),
        ("results/phone/recording.npz", "phone", True),
        ("results/kept.NPZ", "kept", True),
        ("/recording.npz", "recording", True),
        ("two.dots.mov", "two.dots", False),
    ],
)
def test_names_of_result_folders(path: str, name: str, recording: bool) -> None:
    assert name_of(path) == name
    assert is_recording(path) is recording


class TestFolders:
    def test_one_that_can_be_made_is_not_made_yet(self, tmp_path: Path) -> None:
        check_folder(None)
        check_folder(tmp_path)
        check_folder(tmp_path / "new" / "deep")
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("below", ["", "clip", "deep/clip"])
    def test_a_file_in_the_way_is_refused(self, tmp_path: Path, below: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(InputRefused, match=r"file: is not a folder.*--out"):
            check_folder(tmp_path / "file" / below)

    def test_a_link_to_nowhere_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to(tmp_path / "gone")
        with pytest.raises(InputRefused, match="is not a folder"):
            check_folder(tmp_path / "link" / "clip")


@pytest.mark.parametrize("pd_mm", [0.0, 39.9, 80.1, float("nan"), -62.0])
def test_impossible_pupillary_distances_are_refused(pd_mm: float) -> None:
    with pytest.raises(InputRefused, match="between 40 and 80 mm"):
        Options(pd_mm=pd_mm)
