"""What the program was started with: streams closed or full, no home, any locale, a signal at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import StillFace
from running import Run

from twitchcam import cli, session, stopping
from twitchcam.edges.recordings import as_stored, load_recording, save_recording
from twitchcam.errors import InputRefused
from twitchcam.history_command.remember import Remembering
from twitchcam.session import Options, analyse_clip
from twitchcam.stopping import Stopping

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and descriptors")
FIVE = {"recording.npz", "signals.csv", "summary.json", "events.tsv", "report.html"}
PATIENCE_S = 60.0
PROGRAM = "from twitchcam.cli import app_main; app_main()"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    return Run(monkeypatch, capfd)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("still") / "face.npz"
    save_recording(as_stored(StillFace(duration_s=3.0).recording()), path)
    return path


def shell(line: str, *arguments: object, environment: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Run a line of bash in which "$@" is the program with its arguments."""
    command = ["bash", "-c", line, "bash", sys.executable, "-c", PROGRAM, *map(str, arguments)]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        timeout=300,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


@posix
class TestStreams:
    @pytest.mark.parametrize(
        ("line", "status", "told"),
        [
            ('"$@" | true; exit ${PIPESTATUS[0]}', 141, ""),
            ('"$@" > /dev/full', 2, "twitchcam: standard output cannot be written"),
            ('"$@" >&-', 0, ""),
            ('"$@" 2>&-', 0, ""),
        ],
    )
    def test_version(self, line: str, status: int, told: str) -> None:
        if "/dev/full" in line and not Path("/dev/full").exists():
            pytest.skip("no /dev/full here")
        ended, _, err = shell(line, "--version")
        assert ended == status
        assert err.startswith(told)
        assert len(err.splitlines()) == bool(told)

    @pytest.mark.parametrize("line", ['"$@" 2> /dev/full', '"$@" <&- >&- 2>&-'])
    def test_a_refusal_that_nobody_hears_is_one(self, line: str) -> None:
        assert shell(line, "report", "nowhere")[0] == 2

    def test_results_are_whole_when_nobody_listens(self, still: Path, tmp_path: Path) -> None:
        line = '"$@" <&- 2>&- | true; exit ${PIPESTATUS[0]}'
        assert shell(line, "analyze", still, "--out", tmp_path)[0] == 141
        assert {path.name for path in (tmp_path / "face").iterdir()} == FIVE

    def test_no_file_gets_the_number_of_a_closed_stream(self) -> None:
        code = (
            "import os; from twitchcam.streams import set_up_streams; set_up_streams();"
            "print(os.open(os.devnull, os.O_RDONLY) > 2)"
        )
        line = 'exec "$1" -c "$3" <&- 2>&-'
        done = subprocess.run(
            ["bash", "-c", line, "bash", sys.executable, "", code], capture_output=True, check=False
        )
        assert done.stdout == b"True\n"


@posix
class TestSurroundings:
    """One run each: the program's imports take a second."""

    @pytest.mark.parametrize(
        "environment",
        [
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TERM": "", "COLUMNS": "1"},
            {"LC_ALL": "tr_TR.UTF-8", "PYTHONIOENCODING": "ascii", "NO_COLOR": "1"},
        ],
    )
    def test_any_locale_and_no_home(self, still: Path, tmp_path: Path, environment: dict[str, str]) -> None:
        clip = tmp_path / "Gesicht \u00fc \u53e3 \U0001f600.npz"
        clip.write_bytes(still.read_bytes())
        nowhere = {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}
        arguments = ("analyze", clip, "--out", tmp_path / "out", "--pdf", "--language", "de")
        ended, out, err = shell('cd / && exec "$@"', *arguments, environment={**environment, **nowhere})
        told = [line for line in err.splitlines() if not line.startswith("bash: warning")]
        assert (ended, told) == (0, []), err
        assert out.isascii() or "LC_ALL" not in environment
        assert {path.name for path in (tmp_path / "out" / clip.stem).iterdir()} == {*FIVE, "report.pdf"}

    def test_no_home_for_the_history_is_one_line(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("TWITCHCAM_DATA_DIR")
        monkeypatch.setenv("HOME", "/dev/null/home")
        monkeypatch.delenv("XDG_DATA_HOME", raising=False)
        ended = run("analyze", still, "--out", tmp_path, "--history", "--date", "2026-03-05")
        assert (ended.status, len(ended.refusals)) == (2, 1)
        assert "--data-dir" in ended.err


def stop_after(frames: int) -> tuple[Any, Any]:
    """Return a (progress, stop) pair that asks to stop once so many frames are measured."""
    done = [0]

    def progress(_stage: str, count: int, _expected: int | None) -> None:
        done[0] = max(done[0], count)

    return progress, lambda: done[0] >= frames


class TestStop:
    def test_what_was_measured_is_concluded_and_says_so(self, short_clip: Path, tmp_path: Path) -> None:
        progress, stop = stop_after(40)
        result = analyse_clip(short_clip, tmp_path, Options(overlay=True), progress=progress, stop=stop)
        assert result.stopped
        assert result.folder is not None
        assert {path.name for path in result.folder.iterdir()} == FIVE  # the overlay is left out
        recording = load_recording(result.folder / "recording.npz")
        assert recording.t_s.size == recording.source.frames == 40
        assert recording.source.duration_s == pytest.approx(40 / 30, abs=0.01)
        quality = result.summary.measured.quality
        assert "Measuring was stopped after 1.3 s; what the clip shows behind that was not looked at." in (
            quality.reasons
        )
        assert "Measuring was stopped" in (result.folder / "report.html").read_text(encoding="utf-8")
        assert not [t.name for t in threading.enumerate() if "prefetch" in t.name]

        again = session.analyse_recording(result.folder / "recording.npz", None, Options())
        assert again.summary.measured.quality == quality

        progress, stop = stop_after(20)  # stopped again, earlier: the longer result stays
        shorter = analyse_clip(short_clip, tmp_path, Options(), progress=progress, stop=stop)
        assert (shorter.stopped, shorter.folder) == (True, None)
        assert load_recording(result.folder / "recording.npz").t_s.size == 40

    def test_landmarks_of_a_longer_result_stay(self, short_clip: Path, tmp_path: Path) -> None:
        def frames_of(path: Path) -> list[str]:
            return path.read_text(encoding="utf-8").splitlines()

        options = Options(landmarks=True)
        progress, stop = stop_after(20)
        result = analyse_clip(short_clip, tmp_path, options, progress=progress, stop=stop)
        assert result.folder is not None
        table = result.folder / "landmarks.csv"
        before = frames_of(table)
        assert len(before) > 5
        progress, stop = stop_after(6)
        assert analyse_clip(short_clip, tmp_path, options, progress=progress, stop=stop).folder is None
        with pytest.raises(KeyboardInterrupt):
            analyse_clip(short_clip, tmp_path, options, stop=lambda: True)
        assert frames_of(table) == before
        assert {path.name for path in result.folder.iterdir()} == {*FIVE, "landmarks.csv"}

    def test_before_the_first_frame_there_is_nothing(self, short_clip: Path, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            analyse_clip(short_clip, tmp_path, Options(), stop=lambda: True)
        assert not list(tmp_path.iterdir())

    @posix
    @pytest.mark.parametrize(
        ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
    )
    def test_each_signal_has_its_exit_code(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
    ) -> None:
        real = session.analyse

        def analyse_and_hear(recording: Any) -> Any:
            os.kill(os.getpid(), number)
            return real(recording)

        before = signal.getsignal(number)
        monkeypatch.setattr(session, "analyse", analyse_and_hear)
        other = tmp_path / "other.npz"
        other.write_bytes(still.read_bytes())
        ended = run("analyze", still, other, "--out", tmp_path / "out")
        assert ended.status == status
        assert ended.refusals[0] == f"twitchcam: {cli.STOPPING}"
        assert ended.refusals[-1] == "twitchcam: stopped"
        assert {path.name for path in (tmp_path / "out" / "face").iterdir()} == FIVE
        assert not (tmp_path / "out" / "other").exists()  # not begun any more
        assert signal.getsignal(number) == before

    @posix
    def test_before_the_first_frame_the_code_is_the_signals(
        self, run: Run, short_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def stopped(*_: object, **__: object) -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            raise KeyboardInterrupt

        monkeypatch.setattr(session, "record", stopped)
        assert run("analyze", short_clip, "--out", tmp_path).status == 129

    @posix
    def test_the_second_signal_ends_it_at_once(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def analyse_and_hear(_recording: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(PATIENCE_S)

        monkeypatch.setattr(session, "analyse", analyse_and_hear)
        assert run("analyze", still, "--out", tmp_path / "out").status == 143
        assert not (tmp_path / "out").exists()

    @posix
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_live_before_anything_was_measured(
        self, run: Run, short_clip: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        monkeypatch.setattr("twitchcam.live.command.FaceMeshTracker", lambda: os.kill(os.getpid(), number))
        ended = run("live", "--source", short_clip, "--json")
        assert (ended.status, ended.out) == (128 + number, "")
        assert ended.refusals[-1] == "twitchcam: stopped"

    @posix
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_other_commands_leave_nothing_half(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        def sync(_handle: int) -> None:
            os.kill(os.getpid(), number)

        monkeypatch.setattr(os, "fsync", sync)
        ended = run("export", still, "--format", "csv", "--out", tmp_path / "x.csv")
        assert ended.status == 128 + number
        assert ended.err == "twitchcam: stopped\n"
        assert not list(tmp_path.iterdir())

    @posix
    def test_nohup_is_respected(self) -> None:
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            with Stopping("") as stop:
                os.kill(os.getpid(), signal.SIGHUP)
                assert not stop.asked
        finally:
            signal.signal(signal.SIGHUP, before)

    def test_elsewhere_than_in_the_main_thread_nothing_changes(self) -> None:
        seen: list[object] = []

        def enter() -> None:
            with Stopping(""), stopping.ending_signals():
                seen.append(signal.getsignal(signal.SIGINT))

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        assert seen == [signal.getsignal(signal.SIGINT)]


class TestHistory:
    """The results of a clip do not depend on its history."""

    @pytest.mark.parametrize("where", ["course", "keep"])
    def test_results_are_written_when_it_fails_after_measuring(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
    ) -> None:
        def fail(*_: object) -> None:
            raise InputRefused("history.db: the history is in use by another program")

        monkeypatch.setattr(Remembering, where, fail)
        arguments = ("--history", "--date", "2026-03-05", "--data-dir", tmp_path / "data")
        ended = run("analyze", still, "--out", tmp_path / "out", *arguments)
        assert (ended.status, len(ended.refusals)) == (2, 1)
        assert "in use by another program" in ended.err
        assert "its results are written" in ended.err
        assert {path.name for path in (tmp_path / "out" / "face").iterdir()} == FIVE


class TestMemory:
    def test_the_next_clip_is_measured(
        self, run: Run, still: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = session.analyse
        calls: list[int] = []

        def analyse(recording: Any) -> Any:
            calls.append(1)
            if len(calls) == 1:
                return np.empty(1 << 56)
            return real(recording)

        monkeypatch.setattr(session, "analyse", analyse)
        other = tmp_path / "other.npz"
        other.write_bytes(still.read_bytes())
        ended = run("analyze", still, other, "--out", tmp_path / "out")
        assert (ended.status, len(ended.refusals)) == (2, 1)
        assert ended.err == f"twitchcam: {still}: {cli.NO_MEMORY}\n"
        assert {path.name for path in (tmp_path / "out" / "other").iterdir()} == FIVE

    def test_of_a_command_is_one_line(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise MemoryError

        monkeypatch.setattr("twitchcam.report_command.make_report", fail, raising=False)
        monkeypatch.setattr(cli, "check_names", fail)
        ended = run("analyze", tmp_path / "a.mp4")
        assert (ended.status, ended.err) == (2, f"twitchcam: {cli.NO_MEMORY}\n")


@posix
def test_sigterm_while_a_clip_is_measured(tmp_path: Path, samples: Path) -> None:
    """The whole way: a process, a clip being measured, SIGTERM from outside."""
    code = (
        "import sys; from twitchcam import session\n"
        "real = session.analyse_clip\n"
        "def told(path, out, options, *, progress, stop):\n"
        "    def saying(stage, done, expected):\n"
        "        if done == 20: print('measuring', file=sys.stderr, flush=True)\n"
        "        progress(stage, done, expected)\n"
        "    return real(path, out, options, progress=saying, stop=stop)\n"
        "session.analyse_clip = told\n"
        f"{PROGRAM}"
    )
    arguments: Sequence[object] = ("analyze", samples / "left-twitch.mp4", "--out", tmp_path, "--json")
    with subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None
        while b"measuring" not in (line := process.stderr.readline()):
            assert line, "it ended"
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode == 143, err.decode()
    assert err.decode().splitlines()[-1] == "twitchcam: stopped"
    assert out.count(b"\n") == 1
    assert b"Measuring was stopped" in out
    assert {path.name for path in (tmp_path / "left-twitch").iterdir()} == FIVE
