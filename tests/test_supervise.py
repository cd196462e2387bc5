"""Supervised runs: native crashes are told in one line, signals and exit codes pass, nothing stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from twitchcam.supervise import parent, words
from twitchcam.supervise.messages import Heard
from twitchcam.supervise.parent import CHILD, Supervisor, is_supervised

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
LONG_S = 60.0
BEGIN = (
    "import os, signal, sys, time; from pathlib import Path; from twitchcam.supervise import line; "
    "line.take_up()\n"
)
"""A child that does something else than the command line."""
CLIPS = (
    "for clip in line.each([Path('a.mp4'), Path('b c.mp4'), Path('d.mp4')]):\n    print(clip, flush=True)\n"
)


def run(code: str, capfd: pytest.CaptureFixture[str], stall_s: float = 900.0) -> tuple[int, list[str], str]:
    """Return (status, lines of standard output, standard error)."""
    status = Supervisor([sys.executable, "-c", BEGIN + code], "analyze", stall_s).run()
    out, err = capfd.readouterr()
    return status, out.splitlines(), err


def supervised(command: list[str]) -> list[str]:
    """Return the command that runs another one under supervision."""
    code = "import sys; from twitchcam.supervise.parent import Supervisor; "
    return [sys.executable, "-c", f"{code}sys.exit(Supervisor({command!r}, 'analyze').run())"]


@posix
@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE"])
def test_a_crash_is_one_line_and_the_other_clips_follow(capfd: pytest.CaptureFixture[str], name: str) -> None:
    code = CLIPS + f"    if 'b' in clip.name: os.kill(os.getpid(), signal.{name})\n"
    status, out, err = run(code, capfd)
    assert (status, out) == (2, ["a.mp4", "b c.mp4", "d.mp4"])
    (line,) = err.splitlines()
    assert line.startswith(f"twitchcam: b c.mp4 made the video decoder or the face tracker crash ({name}); ")


@posix
def test_the_last_clip_may_crash_too(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(CLIPS + "    if 'd' in clip.name: os.abort()\n", capfd)
    assert (status, len(out), err.count("\n")) == (2, 3, 1)


@posix
def test_every_clip_may_crash(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(CLIPS + "    os.abort()\n", capfd)
    assert (status, len(out), err.count("\n")) == (2, 3, 3)


@posix
def test_a_process_that_was_ended_for_want_of_memory(capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(CLIPS + "    os.kill(os.getpid(), signal.SIGKILL)\n", capfd)
    assert status == 2
    first = err.splitlines()[0]
    assert first.startswith(
        "twitchcam: the system ended the program while a.mp4 was measured (SIGKILL), most"
    )
    assert "close other programs" in first


@posix
def test_a_crash_before_any_clip(capfd: pytest.CaptureFixture[str]) -> None:
    status, _, err = run("os.abort()", capfd)
    assert (status, err.count("\n")) == (2, 1)
    assert err.startswith("twitchcam: the program crashed in 'analyze' (SIGABRT); ")


def test_a_clip_that_does_not_get_on_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(CLIPS + "    if 'a' in clip.name: time.sleep(600)\n", capfd, stall_s=1.0)
    assert (status, out) == (2, ["a.mp4", "b c.mp4", "d.mp4"])
    assert err.splitlines() == ["twitchcam: " + words.describe_hang(Heard("a.mp4"), 1.0)]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="where the system tells")
def test_a_clip_that_fills_the_memory_is_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    code = CLIPS + "    if 'a' in clip.name: held = bytearray(os.urandom(1000) * 200_000); time.sleep(600)\n"
    command = [sys.executable, "-c", BEGIN + code]
    assert Supervisor(command, "analyze", memory_mb=100.0).run() == 2
    out, err = capfd.readouterr()
    assert out.splitlines() == ["a.mp4", "b c.mp4", "d.mp4"]
    assert err.startswith("twitchcam: a.mp4 was given up, it needed more than 100 MB of memory; ")
    assert err.count("\n") == 1


def test_a_clip_that_gets_on_is_not_given_up(capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        CLIPS
        + "    if 'a' in clip.name:\n        for _ in range(10): line._line.say(b'+\\n'); time.sleep(0.4)\n"
    )
    # In all it takes longer than one silence may; a busy machine must not make one of the pauses that long.
    assert run(code, capfd, stall_s=3.0)[0] == 0


@pytest.mark.parametrize("status", [0, 1, 2, 3, 130, 141])
def test_exit_codes_pass(capfd: pytest.CaptureFixture[str], status: int) -> None:
    assert run(f"sys.exit({status})", capfd) == (status, [], "")


@posix
def test_the_whole_command_with_a_crashing_decoder(tmp_path: Path) -> None:
    """The command line itself: a refused clip, one that crashes the process, another refused one."""
    fake = (
        "from twitchcam import session; from twitchcam.errors import InputRefused\n"
        "def fake(clip, *_, **__):\n"
        "    if clip.name == 'b.mp4': os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    raise InputRefused(f'{clip} refused; do something')\n"
        "session.analyse_clip = fake\n"
    )
    code = "import os, signal\n" + fake + CHILD
    command = [sys.executable, "-c", code, "analyze", "a.mp4", "b.mp4", "c.mp4"]
    done = subprocess.run(supervised(command), cwd=tmp_path, capture_output=True, text=True, check=False)
    first, second, third = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert first == "twitchcam: a.mp4 refused; do something"
    assert second.startswith("twitchcam: b.mp4 made the video decoder")
    assert third == "twitchcam: c.mp4 refused; do something"


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["analyze", "a.mp4"], True),
        (["live", "--no-browser"], True),
        (["analyze", "--help"], False),
        (["batch", "."], False),
        (["--version"], False),
        ([], False),
    ],
)
def test_what_is_supervised(monkeypatch: pytest.MonkeyPatch, arguments: list[str], wanted: bool) -> None:
    monkeypatch.delenv(parent.SWITCH, raising=False)
    assert is_supervised(arguments) is wanted
    monkeypatch.setenv(parent.SWITCH, "0")
    assert not is_supervised(arguments)


class TestSignals:
    pytestmark = posix

    @staticmethod
    def start(code: str, tmp_path: Path) -> subprocess.Popen[str]:
        """Start a parent whose child runs `code`; returns when the child has said "ready"."""
        command = [sys.executable, "-c", BEGIN + code]
        process = subprocess.Popen(
            supervised(command),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        return process

    WAIT = "print('ready', os.getpid(), flush=True)\nwhile True: time.sleep(0.05)\n"
    SAY_WHO = "print('ready', flush=True)\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"
    COUNT = (
        "heard = []\n"
        "def hear(number, _): heard.append(number)\n"
        "for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): signal.signal(n, hear)\n"
        "print('ready', flush=True)\n"
        "while not heard: time.sleep(0.05)\n"
        "time.sleep(0.5)\nprint(*heard, flush=True)\nsys.exit(128 + heard[0])\n"
    )

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_each_reaches_the_child_once(self, tmp_path: Path, number: signal.Signals) -> None:
        process = self.start(self.COUNT, tmp_path)
        process.send_signal(number)
        out, err = process.communicate(timeout=LONG_S)
        assert (out, err, process.returncode) == (f"{int(number)}\n", "", 128 + number)

    def test_the_third_interrupt_ends_what_does_not_listen(self, tmp_path: Path) -> None:
        deaf = "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        process = self.start(deaf + self.SAY_WHO, tmp_path)
        assert process.stdout is not None
        child, deadline = int(process.stdout.readline()), time.monotonic() + LONG_S
        # No more than it takes: once the child has ended, an interrupt is meant for the parent itself.
        while _lives(child) and time.monotonic() < deadline:
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
        assert process.communicate(timeout=LONG_S)[1] == "twitchcam: stopped\n"
        assert process.returncode == 130

    def test_a_child_that_dies_of_the_signal(self, tmp_path: Path) -> None:
        process = self.start(self.WAIT, tmp_path)
        process.terminate()
        assert process.communicate(timeout=LONG_S)[1] == "twitchcam: stopped\n"
        assert process.returncode == 143

    def test_a_child_does_not_outlive_a_killed_parent(self, tmp_path: Path) -> None:
        process = self.start("deaf = signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + self.WAIT, tmp_path)
        process.kill()
        # The child holds the other end of this pipe until it has ended.
        out, err = process.communicate(timeout=LONG_S)
        assert (out, err, process.returncode) == ("", "", -signal.SIGKILL)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class TestWords:
    def test_windows(self) -> None:
        assert words.is_crash(0xC0000005)
        assert not words.is_crash(0xC000013A)
        assert words.status_of(0xC000013A) == 130
        assert "(0xC0000005)" in words.describe_crash(0xC0000005, Heard("a.mp4"), "analyze")
        assert "memory" in words.describe_crash(0xC0000017, Heard("a.mp4"), "analyze")

    def test_codes_that_the_program_never_gives(self) -> None:
        assert words.is_crash(127)
        assert "(exit code 127), most likely because memory ran out" in words.describe_crash(
            127, None, "live"
        )

    def test_signals_that_somebody_sends_are_no_crash(self) -> None:
        assert not words.is_crash(-15)
        assert words.is_crash(-99)
        assert words.name_of(-99) == "signal 99"
