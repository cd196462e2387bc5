"""Kill and full disk: what was kept stays readable, and every file is whole or absent."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from histories import entry_of, summary_of
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.edges.event_table import read_events_tsv
from twitchcam.edges.outputs import SIGNAL_COLUMNS
from twitchcam.edges.recordings import as_stored, load_recording, save_recording
from twitchcam.edges.store import FILE, check_integrity, open_store
from twitchcam.errors import InputRefused
from twitchcam.session import write_outputs
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and limits")
HERE = str(Path(__file__).parent)
FILES = ("recording.npz", "signals.csv", "summary.json", "events.tsv", "report.html")
ADDING = """
import sys; sys.path.insert(0, sys.argv[2])
from pathlib import Path; from histories import entry_of
from twitchcam.edges.store import open_store
with open_store(Path(sys.argv[1])) as store:
    for i in range(100000):
        store.add("me", entry_of(10**6 + i % 25, events=i % 40))
        if i % 7 == 6:
            store.delete("me", sessions=[store.sessions("me")[-1].id])
        print(i, flush=True)
"""
WRITING = """
import sys; from pathlib import Path
from dataclasses import replace
from twitchcam.analysis import analyse
from twitchcam.edges.recordings import load_recording
from twitchcam.session import write_outputs
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
recording = load_recording(Path(sys.argv[1]))
summary = conclude(analyse(recording), Answers())
for i in range(100000):
    write_outputs(recording, summary, Path(sys.argv[2]))
    print(i, flush=True)
"""
LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from twitchcam.cli import app_main
app_main()
"""


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def kill_at_random(process: subprocess.Popen[str], chance: random.Random) -> None:
    """Kill the process at a random moment after its first line."""
    assert process.stdout is not None
    assert process.stdout.readline(), process.communicate()[1]
    time.sleep(chance.uniform(0.0, 0.15))
    process.send_signal(signal.SIGKILL)
    process.communicate()


def limited(limit: int, *arguments: object) -> tuple[int, list[str]]:
    """Run the program with no file longer than `limit` bytes; return its exit code and lines of error."""
    process = python(LIMITED, limit, *arguments)
    _, err = process.communicate(timeout=300)
    return process.returncode, err.splitlines()


@contextmanager
def no_file_longer_than(limit: int) -> Iterator[None]:
    """Let no file of this process grow beyond `limit` bytes, as on a full disk."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestStore:
    def test_a_kill_at_any_moment_leaves_earlier_sessions_as_they_were(self, tmp_path: Path) -> None:
        chance = random.Random(5)
        with open_store(tmp_path) as store:
            for number in range(5):
                store.add("anna", entry_of(number, f"2026-01-{number + 1:02d}", events=number))
            store.add_note("anna", "2026-01-02", "stays")
            before = store.dump("anna")
        for _ in range(6):
            kill_at_random(python(ADDING, tmp_path, HERE), chance)
            assert check_integrity(tmp_path / FILE) == []
            with open_store(tmp_path) as store:
                assert store.dump("anna") == before
                for kept in store.sessions("me"):
                    assert kept.figures.events == len(store.events(kept.id))
                    assert store.summary(kept.id)["lips"]["events"] == kept.figures.events

    def test_a_full_disk_is_one_line_and_changes_nothing(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        results = tmp_path / "results 2026-03-05"
        results.mkdir()
        summary = {**summary_of(30), "note": "x" * 400_000}
        (results / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
        with open_store(data) as store:
            store.add("me", entry_of(1))
            before = store.dump()
        room = (data / FILE).stat().st_size + 40_000
        status, lines = limited(room, "history", "add", results, "--data-dir", data)
        assert (status, len(lines)) == (2, 1), lines
        assert "disk full" in lines[0]
        with open_store(data) as store:
            assert store.dump() == before
        assert check_integrity(data / FILE) == []
        status, lines = limited(10**9, "history", "add", results, "--data-dir", data)
        assert (status, lines) == (0, [])
        with open_store(data) as store:
            assert len(store.sessions("me")) == 2

    def test_an_export_to_a_full_disk_leaves_nothing_half(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "data") as store:
            store.add("me", entry_of(1))
        status, lines = limited(
            1000, "history", "export", tmp_path / "h.json", "--data-dir", tmp_path / "data"
        )
        assert (status, len(lines)) == (2, 1), lines
        assert [p.name for p in tmp_path.iterdir()] == ["data"]


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("still") / "face.npz"
    save_recording(as_stored(StillFace(duration_s=12.0).recording()), path)
    return path


def check_whole(folder: Path, n: int) -> None:
    """Every file that is there can be read to its end."""
    for path in folder.iterdir():
        if path.name.startswith(".") and path.suffix == ".part":
            continue
        assert path.name in FILES
        content = path.read_bytes()
        if path.name == "recording.npz":
            assert load_recording(path).t_s.size == n
        elif path.name == "signals.csv":
            lines = content.decode().splitlines()
            assert len(lines) == n + 1
            assert all(line.count(",") == len(SIGNAL_COLUMNS) - 1 for line in lines)
        elif path.name == "summary.json":
            assert json.loads(content)["schema"] == "twitchcam.summary/1"
        elif path.name == "events.tsv":
            read_events_tsv(path)
            assert content.endswith(b"\n")
        else:
            assert content.rstrip().endswith(b"</html>")


class TestResultsFolder:
    def test_a_kill_at_any_moment_leaves_whole_files(self, still: Path, tmp_path: Path) -> None:
        chance = random.Random(3)
        for _ in range(3):
            process = python(WRITING, still, tmp_path / "out")
            kill_at_random(process, chance)
            check_whole(tmp_path / "out", load_recording(still).t_s.size)

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.99])
    def test_a_full_disk_leaves_whole_files(self, still: Path, tmp_path: Path, share: float) -> None:
        recording = load_recording(still)
        summary = conclude(analyse(recording), Answers())
        folder = write_outputs(recording, summary, tmp_path / "out")
        limit = int(share * max(path.stat().st_size for path in folder.iterdir()))
        with no_file_longer_than(limit), pytest.raises(InputRefused, match="cannot write here"):
            write_outputs(recording, summary, folder)
        assert {path.name for path in folder.iterdir()} == set(FILES)
        check_whole(folder, recording.t_s.size)

    def test_a_full_disk_is_one_line_of_the_program(self, still: Path, tmp_path: Path) -> None:
        status, lines = limited(5_000, "analyze", still, "--out", tmp_path / "out")
        told = [line for line in lines if line.startswith("twitchcam: ")]
        assert (status, len(told)) == (2, 1), lines
        assert "cannot write here" in told[0]
        assert list((tmp_path / "out" / "face").iterdir()) == []

    def test_what_a_killed_run_left_goes_away(self, still: Path, tmp_path: Path) -> None:
        for name, age_s in ((".summary.json.00ff.part", 3600), (".events.tsv.00ff.part", 0)):
            (tmp_path / name).write_bytes(b"half")
            then = time.time() - age_s
            os.utime(tmp_path / name, (then, then))
        recording = load_recording(still)
        write_outputs(recording, conclude(analyse(recording), Answers()), tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {*FILES, ".events.tsv.00ff.part"}
