"""A disk that is full, or fails, at every step of every output: one line, whole files, nothing lost."""

from __future__ import annotations

import csv
import errno
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from batch_tasks import Inline, Plain
from failing import failing_disk
from recordings import StillFace

from twitchcam import files, session
from twitchcam.analysis import analyse
from twitchcam.batch import command, journal, tables, work
from twitchcam.batch.command import BatchOptions, run_batch
from twitchcam.batch.executors import Finished
from twitchcam.batch.jobs import Job
from twitchcam.batch.ledger import newest_rows
from twitchcam.batch.outcome import Order, Outcome
from twitchcam.edges.recordings import as_stored, load_recording
from twitchcam.errors import InputRefused, NoRoom
from twitchcam.live.saving import Mark, save_session
from twitchcam.session import Options, write_outputs
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording

FILES = {"recording.npz", "signals.csv", "summary.json", "events.tsv", "report.html"}
PLAIN: Any = Plain()


@pytest.fixture(scope="module")
def seen() -> tuple[Recording, Summary]:
    face = StillFace(duration_s=3.0)
    recording = as_stored(face.recording())
    return recording, conclude(analyse(recording), Answers())


@pytest.fixture(autouse=True)
def quick_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page takes a third of a second to draw, each time."""

    def write(_summary: object, path: Path, **_: object) -> None:
        with files.replacing(path) as handle:
            handle.write(b"<html>" + b"x" * 20_000 + b"</html>\n")

    monkeypatch.setattr(session, "write_report", write)


def check_whole(folder: Path) -> None:
    """Every file that is there is whole, and there is nothing else."""
    assert {path.name for path in folder.iterdir()} <= FILES
    for path in folder.iterdir():
        content = path.read_bytes()
        if path.name == "recording.npz":
            assert load_recording(path).t_s.size == 90
        elif path.name == "summary.json":
            assert json.loads(content)["schema"] == "twitchcam.summary/1"
        elif path.name == "signals.csv":
            assert content.count(b"\n") == 91
        elif path.name == "report.html":
            assert content.endswith(b"</html>\n")


class TestResults:
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
    @pytest.mark.parametrize("for_good", [True, False])
    def test_each_step_in_turn(
        self, seen: tuple[Recording, Summary], tmp_path: Path, code: int, for_good: bool
    ) -> None:
        with failing_disk(files) as disk:
            write_outputs(*seen, tmp_path / "whole" / "clip")
        steps = len(disk.done)
        assert steps >= 5 * 4  # make, write, sync and name five files
        for n in range(1, steps + 1):
            folder = tmp_path / f"{n}" / "clip"
            with (
                failing_disk(files, fail_at=n, code=code, for_good=for_good),
                pytest.raises(InputRefused) as told,
            ):
                write_outputs(*seen, folder)
            assert os.strerror(code) in str(told.value)
            assert "\n" not in str(told.value)
            assert isinstance(told.value, NoRoom) == (code == errno.ENOSPC and disk.done[n - 1] != "mkdir")
            if folder.exists():
                check_whole(folder)

    def test_earlier_results_stay(self, seen: tuple[Recording, Summary], tmp_path: Path) -> None:
        with failing_disk(files) as disk:
            write_outputs(*seen, tmp_path)
        for n in range(1, len(disk.done) + 1):
            with failing_disk(files, fail_at=n), pytest.raises(InputRefused):
                write_outputs(*seen, tmp_path)
            check_whole(tmp_path)
            assert {path.name for path in tmp_path.iterdir()} == FILES


class TestLiveSession:
    def test_all_of_it_or_nothing(self, seen: tuple[Recording, Summary], tmp_path: Path) -> None:
        marks = [Mark(1.0, "here")]
        with failing_disk(files) as disk:
            save_session(tmp_path / "first", *seen, marks=marks)
        kept = {path.name for path in (tmp_path / "first").iterdir()}
        for n in range(1, len(disk.done) + 1):
            with failing_disk(files, fail_at=n, for_good=False), pytest.raises(InputRefused):
                save_session(tmp_path / "second", *seen, marks=marks)
            assert [path.name for path in tmp_path.iterdir()] == ["first"], disk.done[n - 1]
            with failing_disk(files, fail_at=n, for_good=False), pytest.raises(InputRefused):
                save_session(tmp_path / "first", *seen, marks=marks, again=True)
            assert {path.name for path in (tmp_path / "first").iterdir()} == kept
        assert [path.name for path in tmp_path.iterdir()] == ["first"]


class TestKilledWhileSaving:
    def test_what_was_set_aside_comes_back_and_what_was_not_finished_goes(
        self, seen: tuple[Recording, Summary], tmp_path: Path
    ) -> None:
        aside, half, other = (
            tmp_path / name for name in (".a.00ff00ff.old", ".b.00ff00ff.part", ".keep.old")
        )
        for folder in (aside, half, other):
            folder.mkdir()
            (folder / "summary.json").write_text("{}", encoding="utf-8")
        os.utime(half, (1, 1))
        with pytest.raises(InputRefused, match="exists already"):
            save_session(tmp_path / "a", *seen)
        assert {path.name for path in tmp_path.iterdir()} == {"a", ".keep.old"}


class Batch:
    """Three clips, a results folder, and a batch over them that runs here."""

    def __init__(self, base: Path) -> None:
        self.clips, self.out = base / "clips", base / "out"
        self.clips.mkdir()
        for name in "abc":
            (self.clips / f"{name}.mp4").write_text("ok", encoding="utf-8")

    def run(self, executor: Inline | None = None) -> int:
        asked = BatchOptions([str(self.clips)], self.out, options=PLAIN, workers=1, progress="none")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "make_executor", lambda *_: executor or Inline())
            return run_batch(asked)

    def rows(self) -> dict[str, str]:
        with open(self.out / "batch.csv", encoding="utf-8", newline="") as handle:
            return {Path(row["path"]).stem: row["status"] for row in csv.DictReader(handle)}


class FullAfter(Inline):
    """An executor whose disk is full from the second clip on."""

    def as_completed(self) -> Iterator[Finished]:
        for count, finished in enumerate(super().as_completed()):
            outcome = finished.outcome
            if count:
                outcome = Outcome(
                    "no_room", "out/b/summary.json: cannot write here (No space left on device)."
                )
            yield Finished(finished.order, outcome)


class TestBatch:
    @pytest.fixture(autouse=True)
    def _quick_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What DuckDB and the page's template take is long; they are written through `files` as well."""

        def write(_table: object, path: Path, *_: object, **__: object) -> None:
            with files.replacing(path) as handle:
                handle.write(b"x" * 20_000)

        monkeypatch.setattr(tables, "parquet_from", write)
        monkeypatch.setattr(tables, "write_cohort", write)

    def test_each_step_of_the_journal_and_the_tables(self, tmp_path: Path) -> None:
        (tmp_path / "0").mkdir()
        with failing_disk(files, journal) as disk:
            assert Batch(tmp_path / "0").run() == 0
        for n in range(1, len(disk.done) + 1):
            (tmp_path / str(n)).mkdir()
            batch = Batch(tmp_path / str(n))
            try:
                with failing_disk(files, journal, fail_at=n, for_good=False) as failed:
                    batch.run()
            except InputRefused:  # one line, see above
                pass
            except OSError:  # of the stand-in for the analysis, which makes its folder itself
                assert failed.done[n - 1] == "mkdir"
            finished = newest_rows(batch.out)
            assert batch.run() == 0
            assert batch.rows() == dict.fromkeys("abc", "answered")
            for row in finished.values():  # what was finished was not done again
                tried = Path(row.path).with_suffix(".tried").read_text(encoding="utf-8")
                assert len(tried.split()) == 1

    def test_it_ends_instead_of_failing_every_clip(self, tmp_path: Path) -> None:
        batch = Batch(tmp_path)
        with pytest.raises(InputRefused, match=r"No space left.*run the same command again"):
            batch.run(FullAfter())
        assert len(newest_rows(batch.out)) == 1
        assert batch.run() == 0
        assert batch.rows() == dict.fromkeys("abc", "answered")

    def test_a_worker_tells_it_and_leaves_earlier_results(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise NoRoom("a/recording.npz: cannot write here (No space left on device).")

        clip, folder = tmp_path / "a.mp4", tmp_path / "out" / "a"
        clip.write_bytes(b"x")
        folder.mkdir(parents=True)
        (folder / "summary.json").write_text("{}", encoding="utf-8")
        monkeypatch.setattr(session, "analyse_clip", full)
        order = Order(Job(str(clip), Options(), name="a"), str(tmp_path / "out"))
        outcome = work.analyse_order(order, lambda *_: None)
        assert outcome.reason == "no_room"
        assert (folder / "summary.json").exists()

    def test_a_folder_that_cannot_be_written_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        batch = Batch(tmp_path)
        monkeypatch.setattr("twitchcam.batch.locking.make_folder", refuse)
        with pytest.raises(InputRefused, match=r"cannot write here \(Permission denied\)"):
            batch.run()

    def test_a_clock_that_is_set_back(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        batch = Batch(tmp_path)
        assert batch.run() == 0
        before = {key: row.written_ns for key, row in newest_rows(batch.out).items()}
        then = min(before.values()) - 7200 * 10**9
        monkeypatch.setattr(journal.time, "time_ns", lambda: then)
        (batch.clips / "b.mp4").write_text("refuse", encoding="utf-8")
        assert batch.run() == 3
        assert batch.rows() == {"a": "answered", "b": "failed", "c": "answered"}
        after = newest_rows(batch.out)
        changed = [key for key, row in after.items() if row.written_ns != before[key]]
        assert [Path(after[key].path).stem for key in changed] == ["b"]
        assert after[changed[0]].written_ns > max(before.values())


class TestLeftovers:
    def test_locked_ones_stay_and_dead_ones_go(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        dead = tmp_path / ".summary.json.00ff00ff.part"
        dead.write_bytes(b"half")
        monkeypatch.setattr(files, "LOCKED_WITHIN_S", -1.0)
        with files.placing(tmp_path / "events.tsv") as living:
            living.write_bytes(b"half")
            files.remove_leftovers(tmp_path)
            assert [path.name for path in tmp_path.iterdir()] == [living.name]
        assert [path.name for path in tmp_path.iterdir()] == ["events.tsv"]

    def test_without_locks_the_age_counts_whatever_the_clock_says(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "_lock", lambda _: None)
        now = files.time.time()
        for name, age_s in ((".old.1.part", 3600), (".tomorrow.1.part", -90000), (".new.1.part", 60)):
            (tmp_path / name).write_bytes(b"half")
            os.utime(tmp_path / name, (now - age_s, now - age_s))
        files.remove_leftovers(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == [".new.1.part"]

    def test_unfinished_ones_are_taken_along(self, tmp_path: Path) -> None:
        with suppress(InputRefused), files.replacing(tmp_path / "a.csv") as handle:
            handle.write(b"x")
            files.discard_unfinished()
            assert not list(tmp_path.iterdir())
        assert not list(tmp_path.iterdir())
