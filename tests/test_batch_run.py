"""A batch's run with a stand-in for the analysis: resume, crashes, limits, locks, shards, Ctrl-C."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch_tasks import Inline, Plain, tries

from twitchcam.batch import command
from twitchcam.batch.command import BatchOptions, run_batch
from twitchcam.batch.jobs import Shard
from twitchcam.batch.ledger import journal_files, newest_rows
from twitchcam.batch.locking import locked_run
from twitchcam.batch.tables import MADE
from twitchcam.errors import InputRefused
from twitchcam.session import Options

TESTS = Path(__file__).parent
TASK = "batch_tasks:act"
PATIENCE_S = 60.0
PLAIN: Any = Plain()


def make_clips(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.mp4").write_text(text, encoding="utf-8")
    return folder


def until(true: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "waited for nothing"
        time.sleep(0.02)


def rows_of(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "batch.csv", encoding="utf-8", newline="") as handle:
        return {Path(row["path"]).stem: row for row in csv.DictReader(handle)}


class Folder:
    """Clips, a results folder, and a batch over them."""

    def __init__(self, base: Path, **texts: str) -> None:
        self.clips, self.out = make_clips(base / "clips", **texts), base / "out"

    def options(self, **changes: Any) -> BatchOptions:
        asked = BatchOptions(
            [str(self.clips)], self.out, options=PLAIN, workers=2, progress="json", task=TASK
        )
        return replace(asked, **changes)

    def run(self, **changes: Any) -> int:
        """Run with worker processes."""
        return run_batch(self.options(**changes))

    def run_here(self, **changes: Any) -> int:
        """Run without any, for what does not depend on them: starting one takes seconds."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command, "make_executor", lambda *_: Inline())
            return self.run(**changes)

    def clip(self, name: str) -> Path:
        return self.clips / f"{name}.mp4"

    def tries(self, name: str) -> int:
        return len(tries(self.clip(name)))

    def rows(self) -> dict[str, dict[str, str]]:
        return rows_of(self.out)

    def start(self) -> subprocess.Popen[str]:
        """Run the batch in a process of its own."""
        code = (
            "import sys; from pathlib import Path; from twitchcam.batch.command import *\n"
            "from batch_tasks import Plain\n"
            f"sys.exit(run_batch(BatchOptions([{str(self.clips)!r}], Path({str(self.out)!r}), "
            f"options=Plain(), workers=2, progress='json', task={TASK!r})))"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(TESTS), "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


class TestResume:
    def test_what_is_done_is_not_done_again(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        folder = Folder(tmp_path, a="ok", b="ok 2", bad="refuse")
        assert folder.run_here() == 3
        out, err = capsys.readouterr()
        assert out.startswith("3 clips: 2 answered, 1 could not be read")
        events = [json.loads(line) for line in err.splitlines()]
        assert events[0] == {"event": "start", "clips": 3, "standing": 0, "to_do": 3}
        assert sorted(e["status"] for e in events if e["event"] == "finished") == ["answered"] * 2 + [
            "failed"
        ]
        assert {name: row["status"] for name, row in folder.rows().items()} == {
            "a": "answered", "b": "answered", "bad": "failed",
        }  # fmt: skip
        assert folder.rows()["bad"]["error"].endswith("is not a video")
        assert folder.rows()["a"]["lips.events"] == "3"
        assert all((folder.out / name).exists() for name in MADE)
        folder.clip("bad").write_text("ok", encoding="utf-8")
        assert folder.run_here() == 0
        assert capsys.readouterr().out.startswith("3 clips: 1 answered, 2 answered before\n")
        assert [folder.tries(name) for name in ("a", "b", "bad")] == [1, 1, 2]

    def test_changed_clips_and_settings_are_done_again(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok", b="ok", c="ok")
        assert folder.run_here() == 0
        tables = [(folder.out / name).stat().st_mtime_ns for name in MADE]
        assert folder.run_here() == 0
        assert tables == [(folder.out / name).stat().st_mtime_ns for name in MADE]
        folder.clip("a").write_text("ok now", encoding="utf-8")
        os.utime(folder.clip("b"), (1, 1))  # touched, not changed
        assert folder.run_here() == 0
        assert [folder.tries(name) for name in "abc"] == [2, 1, 1]
        assert folder.run_here(options=Options(mirrored=True)) == 0
        assert [folder.tries(name) for name in "abc"] == [3, 2, 2]
        assert len(folder.rows()) == 3

    def test_the_same_size_and_time_is_seen_through_when_asked(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok 1")
        folder.run_here()
        before = folder.clip("a").stat()
        folder.clip("a").write_text("ok 2", encoding="utf-8")
        os.utime(folder.clip("a"), ns=(before.st_atime_ns, before.st_mtime_ns))
        folder.run_here()
        assert folder.tries("a") == 1
        folder.run_here(verify=True)
        assert folder.tries("a") == 2

    def test_a_renamed_clip_keeps_its_result(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok 1", b="ok 22")
        folder.run_here()
        folder.clip("a").rename(folder.clip("z"))
        assert folder.run_here() == 0
        rows = folder.rows()
        assert (sorted(rows), folder.tries("z")) == (["b", "z"], 0)
        assert (rows["z"]["name"], rows["z"]["lips.events"]) == ("a", "3")
        assert folder.run_here() == 0
        assert folder.tries("z") == 0

    def test_a_copy_is_measured_for_itself(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok 1")
        folder.run_here()
        folder.clip("copy").write_bytes(folder.clip("a").read_bytes())
        folder.run_here()
        assert {row["name"] for row in folder.rows().values()} == {"a", "copy"}

    def test_lost_results_are_made_anew(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok")
        folder.run_here()
        (folder.out / "a" / "summary.json").unlink()
        folder.run_here()
        assert folder.tries("a") == 2

    def test_a_line_cut_in_half_is_left_out(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="ok", b="ok")
        folder.run_here()
        journal = journal_files(folder.out)[0]
        journal.write_bytes(journal.read_bytes()[:-40])
        assert len(newest_rows(folder.out)) == 1
        assert folder.run_here() == 0
        assert sorted(folder.rows()) == ["a", "b"]
        assert folder.tries("a") + folder.tries("b") == 3


class TestPoison:
    def test_only_the_culprits_are_blamed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        good = {f"good{k}": f"ok {k}" for k in range(4)}
        folder = Folder(tmp_path, bad="kill", once="kill-once", slow="sleep 1000", **good)
        assert folder.run(timeout_s=4.0) == 3
        rows = folder.rows()
        assert [name for name, row in rows.items() if row["status"] == "failed"] == ["bad", "slow"]
        assert (rows["bad"]["reason"], rows["bad"]["attempts"]) == ("crashed", "2")
        assert "SIGKILL" in rows["bad"]["error"]
        assert (rows["once"]["status"], rows["once"]["attempts"]) == ("answered", "2")
        assert rows["slow"]["reason"] == "timeout"
        assert "--timeout" in rows["slow"]["error"]
        assert [folder.tries(name) for name in rows] == [2 if n in ("bad", "once") else 1 for n in rows]
        assert not is_running(tries(folder.clip("slow"))[0])
        again = [json.loads(line) for line in capsys.readouterr().err.splitlines() if '"again"' in line]
        assert {event["clip"] for event in again} == {"bad", "once"}

    @pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc here")
    def test_a_clip_that_eats_memory_is_given_up(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, greedy="eat it", good="ok")
        assert folder.run(memory_mb=300.0, workers=1) == 3
        rows = folder.rows()
        assert (rows["greedy"]["reason"], rows["good"]["status"]) == ("memory", "answered")
        assert folder.tries("greedy") == 1

    def test_fail_fast_stops_at_the_first(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="refuse this, the largest one", b="ok", c="ok")
        assert folder.run_here(fail_fast=True) == 3
        assert list(folder.rows()) == ["a"]


class TestEnds:
    def test_killed_workers_and_a_killed_run_lose_no_row(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, last=f"wait {tmp_path / 'go'}", **{f"c{k}": "ok" for k in range(3)})
        with folder.start() as run:
            until(lambda: folder.tries("last"))
            os.kill(tries(folder.clip("last"))[0], signal.SIGKILL)
            until(lambda: folder.tries("last") == 2 and len(newest_rows(folder.out)) == 3)
            run.kill()
            run.communicate()
        until(lambda: not is_running(tries(folder.clip("last"))[1]))  # nobody is left behind
        assert not (folder.out / "batch.csv").exists()
        (tmp_path / "go").touch()
        assert folder.run_here() == 0
        assert {row["status"] for row in folder.rows().values()} == {"answered"}
        assert [folder.tries(name) for name in ("c0", "c1", "c2", "last")] == [1, 1, 1, 3]

    def test_ctrl_c_finishes_what_was_begun(self, tmp_path: Path) -> None:
        go = tmp_path / "go"
        folder = Folder(tmp_path, **{f"c{k}": f"wait {go}" for k in range(4)})
        with folder.start() as run:
            until(lambda: sum(folder.tries(f"c{k}") for k in range(4)) == 2)
            for shard in (Shard(), Shard(1, 2)):  # meanwhile nobody else may work there
                with pytest.raises(InputRefused, match=f"works here .process {run.pid} on"):
                    folder.run_here(shard=shard)
            run.send_signal(signal.SIGINT)
            read_until(run, "no further clip")
            go.touch()
            out, _ = run.communicate(timeout=PATIENCE_S)
        assert run.returncode == 130
        assert out.startswith("4 clips: 2 answered, 2 left to do")
        assert len(folder.rows()) == 2

    def test_ctrl_c_twice_ends_at_once(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, a="wait never")
        with folder.start() as run:
            until(lambda: folder.tries("a"))
            run.send_signal(signal.SIGINT)
            read_until(run, "no further clip")
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=PATIENCE_S)
        until(lambda: not is_running(tries(folder.clip("a"))[0]))
        assert run.returncode != 0


class TestShards:
    def test_shards_make_one_table(self, tmp_path: Path) -> None:
        folder = Folder(tmp_path, **{f"c{k}": "ok" for k in range(12)})
        counts = []
        for k in (1, 2, 3):
            assert folder.run_here(shard=Shard(k, 3)) == 0
            counts.append(len(folder.rows()))
        assert counts[-1] == 12
        assert 0 < counts[0] < counts[1] < 12
        assert folder.run_here() == 0
        assert [folder.tries(f"c{k}") for k in range(12)] == [1] * 12

    def test_shards_work_at_the_same_time(self, tmp_path: Path) -> None:
        with locked_run(tmp_path, Shard(1, 3)), locked_run(tmp_path, Shard(2, 3)):
            for other in (Shard(2, 3), Shard()):
                with pytest.raises(InputRefused, match="works here"), locked_run(tmp_path, other):
                    pass
        with locked_run(tmp_path, Shard()):
            pass


def read_until(run: subprocess.Popen[str], text: str) -> None:
    assert run.stderr is not None
    while text not in (line := run.stderr.readline()):
        assert line, "it ended"


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/status")
    return not (status.exists() and "State:\tZ" in status.read_text(encoding="utf-8"))
