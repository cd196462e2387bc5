"""`twitchcam export`: files where one looks for them, numbers as in the recording, refusals in one line."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from exported import busy, concluded, first_frames, without_face
from media import remux

from twitchcam import cli
from twitchcam.edges.exports.columns import ABOUT_EVENTS, ABOUT_SIGNALS, events_columns, signals_columns
from twitchcam.edges.exports.landmarks import N_POINTS
from twitchcam.edges.recordings import as_stored, save_recording
from twitchcam.errors import InputRefused
from twitchcam.exporting import FORMATS, write_export
from twitchcam.regions import REGIONS
from twitchcam.session import Options, Result, analyse_clip
from twitchcam.types import Recording


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[str], list[str]]:
    """Run the program in this process; return exit code and the lines of both streams."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["twitchcam", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.app_main()
    out, err = capsys.readouterr()
    return int(stopped.value.code or 0), out.splitlines(), err.splitlines()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder as analyze leaves it, with answers."""
    from twitchcam.session import write_outputs
    from twitchcam.triage.answers import parse_answers
    from twitchcam.triage.patterns import conclude

    recording = as_stored(busy())
    summary = conclude(concluded(busy()).measured, parse_answers({"duration_days": 3, "face_weakness": True}))
    return write_outputs(recording, summary, tmp_path_factory.mktemp("results") / "phone")


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t" if path.suffix == ".tsv" else ","))


class TestTables:
    @pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
    @pytest.mark.parametrize(
        "recording",
        [busy(jitter=0.2), without_face(busy()), first_frames(busy(), 1)],
        ids=["uneven", "no face", "one frame"],
    )
    def test_signals_come_back(self, ending: str, recording: Recording, tmp_path: Path) -> None:
        paths = write_export(ending, tmp_path, concluded(recording), recording)
        signals = paths[0]
        if ending == "parquet":
            found = duckdb.connect(":memory:").execute(f"SELECT * FROM '{signals}'").fetchnumpy()
            back = {name: np.ma.filled(found[name], np.nan) for name in ABOUT_SIGNALS if name != "gated"}
        else:
            nothing = "" if ending == "csv" else "n/a"
            rows = rows_of(signals)
            back = {
                name: np.array([np.nan if row[name] == nothing else float(row[name]) for row in rows])
                for name in ABOUT_SIGNALS
                if name != "gated"
            }
        np.testing.assert_allclose(back["t"], recording.t_s, atol=1e-6)
        for i, region in enumerate(REGIONS):
            for j, axis in enumerate("xy"):
                np.testing.assert_allclose(back[f"{region}_d{axis}"], recording.motion_mm[:, i, j], atol=6e-5)
        np.testing.assert_allclose(back["eye_opening_right_mm"], recording.eye_opening_mm[:, 1], atol=6e-4)

    def test_events_are_those_of_the_summary(self, tmp_path: Path) -> None:
        recording = busy()
        events = sorted(concluded(recording).measured.events, key=lambda e: e.onset_s)
        _, path, about = write_export("csv", tmp_path / "x.csv", concluded(recording), recording)
        assert (path.name, about.name) == ("x_events.csv", "x_columns.json")
        rows = rows_of(path)
        assert [float(r["onset"]) for r in rows] == pytest.approx([e.onset_s for e in events], abs=1e-4)
        assert [r["run"] for r in rows] == ["" if e.run is None else str(e.run) for e in events]
        assert [r["regions"] for r in rows] == [",".join(e.regions) for e in events]
        described = json.loads(about.read_text())
        assert list(described["events"]) == list(rows[0])
        assert described["signals"]["commissure_left_dx"]["unit"] == "mm"

    def test_every_column_is_described(self) -> None:
        recording = busy()
        measured = concluded(recording).measured
        assert list(signals_columns(recording, measured)) == list(ABOUT_SIGNALS)
        assert list(events_columns(measured.events)) == list(ABOUT_EVENTS)
        gated = signals_columns(recording, measured)["gated"]
        assert "blink" in gated
        lost = [g for g, seen in zip(gated, recording.face, strict=True) if not seen]
        assert all(g and "lost_face" in g for g in lost)

    def test_parquet_carries_units(self, tmp_path: Path) -> None:
        path, _ = write_export("parquet", tmp_path / "x.parquet", concluded(busy()), busy())
        kept = dict(
            duckdb.connect(":memory:")
            .execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')")
            .fetchall()
        )
        assert json.loads(kept[b"units"])["head_yaw_deg"] == "deg"


class TestCommand:
    def test_several_formats_go_into_a_folder(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "out"
        status, said, wrong = run(
            capsys, folder, "--format", "csv,edf", "--format", "fhir", "--format", "mne", "--out", out
        )
        assert (status, wrong) == (0, [])
        assert [Path(line).name for line in said] == [
            "phone_signals.csv", "phone_events.csv", "phone_columns.json", "phone.edf", "phone_fhir.json",
            "phone_annotations.txt",
        ]  # fmt: skip
        assert all(Path(line).is_file() for line in said)

    def test_a_bids_data_set_among_others_has_its_own_folder(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, _out, _err = run(capsys, folder, "--format", "edf,bids", "--out", tmp_path / "o")
        assert code == 0
        assert (tmp_path / "o" / "bids" / "dataset_description.json").is_file()
        assert list((tmp_path / "o").glob("*.edf"))

    def test_the_answers_of_the_folder_come_along(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        level = json.loads((folder / "summary.json").read_text())["triage"]["level"]
        for given in (folder, folder / "recording.npz", folder / "summary.json"):
            out = tmp_path / f"{given.name}.json"
            assert run(capsys, given, "--format", "fhir", "--out", out)[0] == 0
            found = [e["resource"] for e in json.loads(out.read_text())["entry"]]
            codes = {r["code"]["coding"][0]["code"]: r for r in found if r["resourceType"] == "Observation"}
            assert codes["triage.level"]["valueCodeableConcept"]["coding"][0]["code"] == level

    @pytest.mark.parametrize("ending", ["svg", "png"])
    def test_a_figure(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
    ) -> None:
        out = tmp_path / f"spectrum.{ending}"
        assert run(capsys, folder, "--format", ending, "--figure", "spectrum", "--out", out)[0] == 0
        assert out.read_bytes()[:5] in (b"<?xml", b"\x89PNG\r")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["{folder}", "--format", "cvs", "--out", "o"], "--format cvs: did you mean csv? choose"),
            (["{folder}", "--format", "csv,edf", "--out", "o.csv"], "several formats need a folder"),
            (["{folder}", "--format", "edf", "--out", "o.csv"], "o.csv: edf is not written to .csv files"),
            (["{folder}", "--format", "bids", "--out", "o.csv"], "not written to .csv files; give a folder"),
            (["{folder}", "--format", "svg", "--figure", "pie", "--out", "o"], "--figure pie: choose"),
            (["{folder}", "--format", "landmarks", "--out", "o"], "run 'twitchcam analyze CLIP --landmarks'"),
            (["{folder}", "--format", "bids", "--subject", "a b", "--out", "o"], "BIDS labels hold letters"),
            (["{folder}/summary.json", "--format", "edf", "--out", "o"], "holds no signals, which edf"),
            (["{folder}/events.tsv", "--format", "edf", "--out", "o"], "events.tsv: is no recording"),
            (["missing.npz", "--format", "edf", "--out", "o"], "missing.npz: does not exist"),
            (["empty", "--format", "edf", "--out", "o"], "empty: holds no recording.npz"),
            (["broken.json", "--format", "fhir", "--out", "o"], "is no complete summary"),
            (["{folder}", "--format", "csv", "--out", "file"], "file: cannot write here"),
            (["{folder}", "--out", "o"], "Missing option '--format'"),
            (["{folder}", "--format", ",", "--out", "o"], "--format is missing"),
        ],
    )  # fmt: skip
    def test_refusals_are_one_line_and_leave_nothing(
        self,
        folder: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        arguments: list[str],
        said: str,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("empty").mkdir()
        Path("file").touch()
        Path("broken.json").write_text('{"schema": "twitchcam.summary/1"}')
        status, out, wrong = run(capsys, *(a.format(folder=folder) for a in arguments))
        assert (status, out) == (2, [])
        assert len(wrong) == 1
        assert said in wrong[0]
        assert not [p for p in Path().rglob("*") if p.is_file() and p.name not in ("file", "broken.json")]

    def test_the_help_names_every_format(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = run(capsys, "--help")
        assert all(name in " ".join(out) for name in FORMATS)


@pytest.fixture(scope="module")
def measured_again(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The first second of a sample, measured with its landmarks written down."""
    root = tmp_path_factory.mktemp("landmarks")
    clip = remux(samples / "left-twitch.mp4", root / "clip.mp4", lambda k, p, d: (p, d) if k < 30 else None)
    return clip, analyse_clip(clip, root, Options(landmarks=True))


class TestLandmarks:
    def test_rows_are_the_frames_that_the_mesh_saw(self, measured_again: tuple[Path, Result]) -> None:
        _, result = measured_again
        assert result.folder is not None
        rows = rows_of(result.folder / "landmarks.csv")
        assert len(rows[0]) == 2 + 3 * N_POINTS
        assert 10 <= len(rows) <= 20, "30 frames at 30 a second: about every second one"
        t = np.array([float(r["t"]) for r in rows])
        assert set(np.round(t, 6)) <= set(np.round(result.recording.t_s, 6))
        assert np.all(np.diff(t) > 0)
        # The outer corners of the eyes (33 is the right one's): subject's right lies left in the picture.
        assert all(0 < float(r["x33"]) < float(r["x263"]) < result.recording.source.width for r in rows)

    def test_they_are_copied_by_export_and_go_with_the_next_run(
        self, measured_again: tuple[Path, Result], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clip, result = measured_again
        assert result.folder is not None
        there = result.folder / "landmarks.csv"
        status, said, _ = run(capsys, result.folder, "--format", "landmarks", "--out", tmp_path)
        assert status == 0
        assert Path(said[0]).read_bytes() == there.read_bytes()
        again = analyse_clip(clip, result.folder.parent, Options())
        assert not there.exists(), "landmarks of an earlier run must not pass for this one's"
        assert again.summary.measured.events == result.summary.measured.events

    def test_a_recording_has_none(self, tmp_path: Path) -> None:
        from twitchcam.session import analyse_recording

        save_recording(first_frames(busy(), 30), tmp_path / "a.npz")
        with pytest.raises(InputRefused, match="--landmarks needs"):
            analyse_recording(tmp_path / "a.npz", tmp_path, Options(landmarks=True))


def test_a_failed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import edfio

    path = tmp_path / "a.edf"
    path.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(edfio.Edf, "write", full)
    with pytest.raises(InputRefused, match="No space left"):
        write_export("edf", path, concluded(busy()), busy())
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.edf"]
    shutil.rmtree(tmp_path)
