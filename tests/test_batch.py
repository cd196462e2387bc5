"""What a batch is made of: clips found, manifests, names, columns, the cohort page, and the real analysis."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam import cli_batch
from twitchcam.batch.cohort import CohortBuilder
from twitchcam.batch.columns import MEASURED_COLUMNS, flatten, measured_columns
from twitchcam.batch.command import BatchOptions, run_batch
from twitchcam.batch.finding import find_clips
from twitchcam.batch.fingerprint import settings_key
from twitchcam.batch.jobs import Job, Labels, Shard, parse_shard, without_repeats
from twitchcam.batch.journal import Row
from twitchcam.batch.lane import Lane
from twitchcam.batch.manifest import read_manifest
from twitchcam.batch.naming import named
from twitchcam.batch.outcome import Order
from twitchcam.batch.work import clear
from twitchcam.edges.cohort import Cohort, render_cohort
from twitchcam.errors import InputRefused
from twitchcam.session import Options, Result, analyse_clip, analyse_recording

ROOT = Path(__file__).resolve().parents[1]
PLAIN = Options()


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


class TestFinding:
    def test_a_folder_gives_its_videos_and_not_what_we_wrote(self, tmp_path: Path) -> None:
        wanted = [tmp_path / "a.mp4", tmp_path / "deep" / "er" / "b.MOV", tmp_path / "overlay.mp4"]
        out = tmp_path / "out"
        touch(*wanted, tmp_path / ".hidden.mp4", tmp_path / ".cache" / "c.mp4", tmp_path / "notes.txt")
        touch(out / "a" / "copy.mp4", tmp_path / "old" / "overlay.mp4", tmp_path / "old" / "summary.json")
        touch(tmp_path / "old" / "recording.npz")
        found = find_clips([str(tmp_path)], out=out)
        assert sorted(found.clips) == sorted(wanted)
        assert found.left_out == 1

    def test_results_without_videos_give_their_recordings(self, tmp_path: Path) -> None:
        recording = tmp_path / "old" / "a" / "recording.npz"
        touch(recording, recording.with_name("summary.json"), recording.with_name("overlay.mp4"))
        assert find_clips([str(tmp_path / "old")], out=tmp_path / "new").clips == [recording]

    def test_files_and_patterns(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        touch(tmp_path / "a.mp4", tmp_path / "b" / "c.mp4", tmp_path / "odd[1].bin", tmp_path / "m.csv")
        monkeypatch.chdir(tmp_path)
        found = find_clips(["**/*.mp4", "odd[1].bin", "m.csv"], out=tmp_path / "out")
        assert [p.name for p in found.clips] == ["a.mp4", "c.mp4", "odd[1].bin"]
        assert all(p.is_absolute() for p in found.clips)
        assert [p.name for p in found.manifests] == ["m.csv"]

    @pytest.mark.parametrize("path", ["missing.mp4", "*.mov", "empty"])
    def test_nothing_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputRefused, match=r"check the|give a folder"):
            find_clips([path], out=tmp_path / "out")


class TestManifest:
    def read(self, folder: Path, text: str, options: Options = PLAIN) -> list[Job]:
        path = folder / "study.csv"
        path.write_text(text, encoding="utf-8")
        return read_manifest(path, options)

    def test_rows_become_jobs(self, tmp_path: Path) -> None:
        (tmp_path / "anna.toml").write_text("duration_days = 20\n", encoding="utf-8")
        first, second = self.read(
            tmp_path,
            "\ufeffpath;subject;session;side_treated;answers;pd_mm;mirrored;segments;real_fps;clinic\n"
            'a/b.mp4;anna;1;left;anna.toml;61,5;yes;"rest:0-60,smile:60-66";240;"north; one"\n\n'
            "c.mp4;;;;;;;;;\n",
            Options(mirrored=False, exposure_ms=20.0),
        )
        assert first.path == str(tmp_path / "a" / "b.mp4")
        assert first.labels == Labels("anna", "1", "left", (("clinic", "north; one"),))
        options = first.options
        assert (options.pd_mm, options.mirrored, options.real_fps) == (61.5, True, 240.0)
        assert (options.answers.duration_days, len(options.segments)) == (20, 2)
        assert second.options == Options(exposure_ms=20.0)
        assert second.labels.others == (("clinic", ""),)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "is empty"),
            ("path\n", "names no clip"),
            ("file,subject\na.mp4,x\n", "no column 'path'"),
            ("path,sujbect\na.mp4,x\n", "did you mean 'subject'"),
            ("path,path\na,b\n", "there twice"),
            ("path,\na,b\n", "column 2 has no name"),
            ("path,pd_mm\na.mp4,wide\n", "line 2: pd_mm 'wide' is not a number"),
            ("path,pd_mm\na.mp4,62\nb.mp4,6.2\n", "line 3: --pd-mm 6.2"),
            ("path,mirrored\na.mp4,perhaps\n", "use yes or no"),
            ("path,side_treated\na.mp4,up\n", "use left, right, both, none"),
            ("path,answers\na.mp4,none.toml\n", "line 2: .*none.toml"),
            ("path,protocol\na.mp4,nonsense\n", "line 2: .*nonsense"),
            ("path,segments\na.mp4,rest\n", "line 2: "),
            ("path,subject\na.mp4,x\na.mp4,x\n", "line 3: the same clip, subject and session as in line 2"),
            ("path,subject\na.mp4,x,y\n", "3 fields under 2 columns"),
            ('path,subject\na.mp4,"x\n', "line 2"),
            ("path\n\n ,\n", "2 fields under|names no clip"),
            ("subject,path\nx,\n", "names no clip in the column"),
        ],
    )
    def test_mistakes_are_told_with_their_line(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(InputRefused, match=said) as refused:
            self.read(tmp_path, text)
        assert "study.csv" in str(refused.value)

    def test_other_encodings_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "m.csv"
        path.write_bytes("path,subject\na.mp4,J\u00fcrgen\n".encode("latin-1"))
        with pytest.raises(InputRefused, match="UTF-8"):
            read_manifest(path, PLAIN)

    def test_a_labelled_row_goes_before_the_bare_file(self) -> None:
        labelled = Job("/a.mp4", PLAIN, Labels("anna"))
        assert without_repeats([labelled, Job("/a.mp4", PLAIN), Job("/b.mp4", PLAIN)]) == [
            labelled, Job("/b.mp4", PLAIN),
        ]  # fmt: skip


class TestNaming:
    def test_short_where_unique_and_the_same_in_any_order(self) -> None:
        jobs = [Job(path, PLAIN) for path in ("/x/a.mp4", "/y/A.mov", "/y/b.mp4", "/y/batch.csv.mp4")]
        names = {job.path: job.name for job in named(jobs, {})}
        assert names["/y/b.mp4"] == "b"
        assert names["/x/a.mp4"].startswith("a-")
        assert names["/y/A.mov"].startswith("A-")
        assert names["/y/batch.csv.mp4"].startswith("batch.csv-")
        assert {job.path: job.name for job in named(jobs[::-1], {})} == names

    def test_a_name_once_given_stays(self) -> None:
        (first,) = named([Job("/x/a.mp4", PLAIN)], {})
        known = {first.identity: first.name}
        old, new = named([Job("/x/a.mp4", PLAIN), Job("/y/a.mp4", PLAIN)], known)
        assert (old.name, new.name.startswith("a-")) == ("a", True)
        (alone,) = named([Job("/y/a.mp4", PLAIN)], known)
        assert alone.name == new.name

    def test_subject_and_session_stand_in_front(self) -> None:
        (job,) = named([Job("/x/a.mp4", PLAIN, Labels("Anna B/..", "2"))], {})
        assert job.name == "sub-Anna-B-_ses-2_a"
        (job,) = named([Job("/x/results/recording.npz", PLAIN)], {})
        assert job.name == "results"

    @given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), unique=True, max_size=8))
    def test_names_are_fit_for_folders_and_never_shared(self, stems: list[str]) -> None:
        jobs = named([Job(f"/x/{stem}.mp4", PLAIN, Labels(stem)) for stem in stems], {})
        assert len({job.name.casefold() for job in jobs}) == len(stems)
        for job in jobs:
            assert "/" not in job.name
            assert job.name not in (".", "..", "")
            assert len(job.name.encode("utf-8", "surrogateescape")) <= 255

    @given(st.integers(1, 9), st.integers(0, 50))
    def test_each_job_is_in_one_shard(self, count: int, k: int) -> None:
        job = Job(f"/x/{k}.mp4", PLAIN)
        assert sum(Shard(i, count).holds(job) for i in range(1, count + 1)) == 1

    @pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"])
    def test_wrong_shards_are_refused(self, text: str) -> None:
        with pytest.raises(InputRefused, match="--shard"):
            parse_shard(text)


class TestColumns:
    def test_every_field_of_a_summary_is_in_a_column(self, measured: Result) -> None:
        assert measured.folder is not None
        summary = json.loads((measured.folder / "summary.json").read_text(encoding="utf-8"))
        cells = flatten(summary)
        assert tuple(cells) == MEASURED_COLUMNS
        assert cells["lips.rate_per_min"] == summary["lips"]["rate_per_min"]
        assert cells["lips.dominant_hz_ci.hi"] == summary["lips"]["dominant_hz_ci"][1]
        assert json.loads(cells["lips.regions"]) == summary["lips"]["regions"]
        for pattern in summary["patterns"]:
            assert cells[f"patterns.{pattern['id']}.status"] == pattern["status"]
            assert json.loads(cells[f"patterns.{pattern['id']}.evidence"]) == pattern["evidence"]
        for scale in summary["scales"]:
            assert cells[f"scales.{scale['id']}.scale"] == scale["scale"]

    def test_of_repeated_tasks_the_first_assessable_one_counts(self) -> None:
        tasks = [{"task": "rest", "assessable": k > 0, "twitches": k} for k in range(3)]
        cells = flatten({"tasks": tasks})
        assert cells["tasks.rest.twitches"] == 1
        assert json.loads(cells["tasks"]) == tasks
        assert flatten({})["tasks.rest.twitches"] is None

    def test_the_page_names_them_all(self) -> None:
        spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "make_batch_page.py")
        assert spec is not None
        assert spec.loader is not None
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        page = (ROOT / "docs" / "batch.md").read_text(encoding="utf-8")
        assert page == script.with_columns(page), "run scripts/make_batch_page.py"

    def test_names_are_unique_and_explained(self) -> None:
        assert len(set(MEASURED_COLUMNS)) == len(MEASURED_COLUMNS)
        without = [column.name for column in measured_columns() if not column.about]
        assert not without

    def test_options_and_answers_decide_on_the_settings(self) -> None:
        keys = {
            settings_key(Options(mirrored=m, pd_mm=pd)) for m in (True, False) for pd in (None, 61.0, 62.0)
        }
        assert len(keys) == 6
        assert settings_key(Options()) == settings_key(Options())


def row(k: int, **changes: Any) -> Row:
    one = Row(
        identity=f"/x/{k}.mp4", name=f"c{k}", path=f"/x/{k}.mp4", subject="", session="", side_treated="",
        status="answered", reason="", error="", seconds=1.0 + k % 7, attempts=1, finished="", host="", size=1,
        mtime_ns=1, inode=1, sha256=None, settings="",
    )  # fmt: skip
    return replace(one, **changes)


class TestCohort:
    def page(self, tmp_path: Path, rows: list[tuple[Row, dict[str, Any]]]) -> tuple[Cohort, str]:
        builder = CohortBuilder(tmp_path)
        for one, values in rows:
            builder.add(one, values)
        cohort = builder.cohort()
        return cohort, render_cohort(cohort)

    def test_empty(self, tmp_path: Path) -> None:
        _, page = self.page(tmp_path, [])
        assert "No clip has been measured yet" in page

    def test_only_failures(self, tmp_path: Path) -> None:
        bad = row(1, status="failed", error="<b>not a video</b>")
        _, page = self.page(tmp_path, [(bad, {})])
        assert "&lt;b&gt;not a video" in page
        assert "Slowest" not in page

    def test_many_clips_stay_a_small_page(self, tmp_path: Path) -> None:
        rows = []
        for k in range(3000):
            values = {
                "lips.rate_per_min": k % 50 * 1.0, "lips.side": ("left", "right", "none", None)[k % 4],
                "lips.amplitude_mm.median": 0.2 + k % 10 / 10, "lips.asymmetry.index": (k % 21 - 10) / 10,
                "quality.verdict": "ok", "quality.usable_fraction": 0.8, "source.duration_s": 60.0,
                "quality.usable_s": 48.0, "quality.gated_s.blink": 3.0, "triage.level": "see_doctor",
                "patterns.hfs_like.status": ("flagged", "not_seen")[k % 2],
            }  # fmt: skip
            rows.append((row(k, side_treated=("left", "")[k % 2]), values))
        cohort, page = self.page(tmp_path, rows)
        assert (cohort.clips, cohort.answered, len(cohort.listed), len(cohort.slowest)) == (
            3000,
            3000,
            300,
            10,
        )
        assert [(g.name, g.clips) for g in cohort.sides][:2] == [("left", 750), ("right", 750)]
        assert [(g.name, g.clips) for g in cohort.treated] == [("left", 1500)]
        assert cohort.patterns[0].flagged == 1500
        assert cohort.listed[0].rate_per_min == 49.0
        assert cohort.gated_s["blink"] == 9000.0
        assert len(page) < 200_000
        assert 'href="c49/report.html"' in page
        assert "http" not in page.replace("http-equiv", "")


class TestRealClips:
    """The numbers are those of `analyze`, whatever ran before in the same worker."""

    def test_a_batch_gives_what_analyze_gives(
        self, short_clip: Path, measured: Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert measured.folder is not None
        clips = tmp_path / "clips"
        for name in ("one/clip.mp4", "two/clip.mp4"):
            (clips / name).parent.mkdir(parents=True)
            shutil.copy(short_clip, clips / name)
        (clips / "text.mp4").write_text("no video", encoding="utf-8")
        out = tmp_path / "out"
        paths = [str(clips), str(measured.folder / "recording.npz")]
        assert run_batch(BatchOptions(paths, out, workers=1, progress="plain")) == 3
        assert "4 clips: 3 answered, 1 could not be read" in capsys.readouterr().out
        alone = analyse_clip(clips / "one" / "clip.mp4", tmp_path / "alone", PLAIN)
        again = analyse_recording(measured.folder / "recording.npz", tmp_path / "alone", PLAIN)
        with open(out / "batch.csv", encoding="utf-8", newline="") as handle:
            rows = {row["path"]: row for row in csv.DictReader(handle)}
        for result, path in (
            (alone, clips / "one" / "clip.mp4"),
            (alone, clips / "two" / "clip.mp4"),
            (again, measured.folder / "recording.npz"),
        ):
            assert result.folder is not None
            folder = out / rows[str(path)]["name"]
            names = sorted(p.name for p in result.folder.iterdir())
            assert sorted(p.name for p in folder.iterdir()) == names
            for name in names:
                assert (folder / name).read_bytes() == (result.folder / name).read_bytes(), name
        assert "is not a video" in rows[str(clips / "text.mp4")]["error"]
        self.check_tables(out)

    def check_tables(self, out: Path) -> None:
        with duckdb.connect(":memory:") as database:
            table = str(out / "batch.parquet")
            kinds = dict(database.execute(f"SELECT name, type FROM parquet_schema('{table}')").fetchall())
            assert kinds["lips.rate_per_min"] == "DOUBLE"
            assert kinds["lips.events"] == "INT64"
            assert kinds["history.worsening"] == "BOOLEAN"
            events = database.execute(
                f"SELECT count(*), count(DISTINCT clip) FROM '{out / 'events.parquet'}'"
            )
            assert events.fetchall()[0][1] == 3
            status = database.execute(
                f"SELECT status, count(*) FROM '{table}' GROUP BY 1 ORDER BY 1"
            ).fetchall()
            assert status == [("answered", 3), ("failed", 1)]


class TestCommandLine:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"workers": 0}, "--workers"),
            ({"timeout_s": -1.0}, "--timeout"),
            ({"memory_mb": 1.0}, "--memory-mb"),
            ({"progress": "loud"}, "--progress"),
            ({"paths": []}, "no clips are named"),
        ],
    )
    def test_bad_options_are_refused(self, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
        touch(tmp_path / "a.mp4")
        with pytest.raises(InputRefused, match=said):
            run_batch(BatchOptions(**{"paths": [str(tmp_path)], "out": tmp_path / "out", **changes}))
        assert not (tmp_path / "out").exists()

    def test_results_are_never_written_over_their_recording(self, tmp_path: Path) -> None:
        recording = tmp_path / "me" / "recording.npz"
        touch(recording, recording.with_name("summary.json"))
        with pytest.raises(InputRefused, match="written over it"):
            run_batch(BatchOptions([str(tmp_path)], tmp_path))
        assert recording.exists()

    def test_what_a_refused_clip_left_before_goes(self, tmp_path: Path) -> None:
        folder = tmp_path / "me"
        touch(folder / "summary.json", folder / "notes.txt", folder / "overlay.mp4", tmp_path / "a.mp4")
        clear(folder, str(tmp_path / "a.mp4"))
        assert [p.name for p in folder.iterdir()] == ["notes.txt"]

    def test_merging_nothing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputRefused, match="no batch was run here"):
            cli_batch._merge(tmp_path)

    def test_a_worker_that_cannot_start_is_an_outcome(self, tmp_path: Path) -> None:
        lane = Lane("twitchcam.no_such_module:act")
        outcome = lane.run(Order(Job("/a.mp4", PLAIN), str(tmp_path)), lambda *_: None)
        lane.close()
        assert outcome.reason == "crashed"
