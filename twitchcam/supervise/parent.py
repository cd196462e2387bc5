"""The parent of a supervised run: starts the command again as a child, passes signals on, words its death.

The child has the same standard input, output and errors. Where there are sessions it gets one of its own, so
that Ctrl-C in the terminal reaches it once, from here.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

from twitchcam.batch.memory import fair_share_mb, resident_mb
from twitchcam.plain import one_line
from twitchcam.stopping import STOPPED
from twitchcam.streams import set_up_streams
from twitchcam.supervise.line import VARIABLE
from twitchcam.supervise.messages import Heard, Messages, Sign
from twitchcam.supervise.start import code_running
from twitchcam.supervise.words import (
    REFUSED,
    describe_crash,
    describe_excess,
    describe_hang,
    is_crash,
    status_of,
)

SUPERVISED: Final = frozenset({"analyze", "live"})
"""Commands that decode pictures in their own process; `batch` has workers, which it watches itself."""
SWITCH: Final = "TWITCHCAM_SUPERVISE"
"""0 in the environment: everything in one process, for debuggers and profilers."""
STALL_S: Final = 900.0
"""A clip without any sign of progress for so long is given up, as in a batch. The slowest step of the longest
clips that were tried says something every few seconds."""
TICK_S: Final = 0.5
MOST_INTERRUPTS: Final = 3
"""The first one ends in good order, the second at once; the third also ends native code that hangs."""
CHILD: Final = code_running("twitchcam.supervise.child")


def main() -> None:
    """Run the program, supervised where it decodes pictures."""
    arguments = sys.argv[1:]
    if is_supervised(arguments):
        sys.exit(Supervisor([sys.executable, "-c", CHILD, *arguments], arguments[0]).run())
    from twitchcam.cli import app_main

    app_main()


def is_supervised(arguments: Sequence[str]) -> bool:
    """Tell whether a command line is to run in a child."""
    wanted = os.environ.get(SWITCH, "1") != "0" and VARIABLE not in os.environ
    heavy = bool(arguments) and arguments[0] in SUPERVISED
    return wanted and heavy and bool(sys.executable) and not {"-h", "--help"} & set(arguments)


@dataclass
class Supervisor:
    """Runs one command, again from the next clip on when one was fatal."""

    command: Sequence[str]
    name: str
    stall_s: float = STALL_S
    memory_mb: float | None = field(default_factory=lambda: fair_share_mb(1))
    """What a clip may use: beyond it the machine would stand still, or end whatever it likes."""
    _process: subprocess.Popen[bytes] | None = None
    _interrupts: int = 0
    _crashed: bool = False

    def run(self) -> int:
        """Return the exit status when the command, or what is left of it, has ended."""
        set_up_streams()  # a pipe must not get the number of a standard output that is closed
        begin_with: int | None = 0
        status = 0
        with self._signals():
            while begin_with is not None:
                status, begin_with = self._run_from(begin_with)
        return status or (REFUSED if self._crashed else 0)

    def _run_from(self, begin_with: int) -> tuple[int, int | None]:
        """Return (exit status, the clip to go on with if there is one)."""
        why, clip = self._listen(self._start(begin_with))
        assert self._process is not None
        code = self._process.wait()
        if self._interrupts and code < 0:  # it had no time to say so
            _say("stopped")
            return STOPPED if is_crash(code) else status_of(code), None
        if not (why or is_crash(code)):
            return status_of(code), None
        self._crashed = True
        _say(why or describe_crash(code, clip, self.name))
        goes_on = clip is not None and clip.number + 1 < clip.of
        return REFUSED, clip.number + 1 if clip is not None and goes_on else None

    def _start(self, begin_with: int) -> Messages:
        read, write = os.pipe()
        how: dict[str, Any] = {}
        if sys.platform == "win32":
            import msvcrt

            os.set_inheritable(write, True)
            handed, how["close_fds"] = msvcrt.get_osfhandle(write), False
        else:
            handed, how["pass_fds"], how["start_new_session"] = write, (write,), True
        # The same program is found by the same search path.
        path = os.pathsep.join(filter(None, sys.path))
        environment = {**os.environ, "PYTHONPATH": path, VARIABLE: f"{handed},{begin_with}"}
        self._process = subprocess.Popen(self.command, env=environment, **how)
        os.close(write)
        return Messages(read, self._process)

    def _listen(self, messages: Messages) -> tuple[str, Heard | None]:
        """Hear the child out; return (why it had to be ended, empty if it was not; the clip it was at).

        Silence is counted in ticks, not by the clock: a run that was stopped (Ctrl-Z) has not been silent.
        """
        clip, silent_s = None, 0.0
        while (said := messages.next(TICK_S)) is not Sign.ENDED:
            silent_s = silent_s + TICK_S if said is Sign.SILENT else 0.0
            if isinstance(said, Heard):
                clip = said if said.clip is not None else None
            if clip is not None and (why := self._excess(clip, silent_s)):
                assert self._process is not None
                self._process.kill()
                return why, clip
        return "", clip

    def _excess(self, clip: Heard, silent_s: float) -> str:
        """Return the line to say when a clip took more than it may."""
        assert self._process is not None
        if silent_s >= self.stall_s:
            return describe_hang(clip, self.stall_s)
        used_mb = resident_mb(self._process.pid) if self.memory_mb is not None else None
        if used_mb is not None and self.memory_mb is not None and used_mb > self.memory_mb:
            return describe_excess(clip, self.memory_mb)
        return ""

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Pass signals on, instead of dying of them before the child does."""
        before: dict[int, Any] = {}
        for number, handler in self._handlers().items():
            # One that is ignored on purpose (nohup) stays so; see `stopping` for SIGINT.
            if number == signal.SIGINT or signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handler)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _handlers(self) -> dict[int, Callable[[int, FrameType | None], None]]:
        if sys.platform == "win32":  # Ctrl-C reaches every process of the console
            return {signal.SIGINT: self._on_console}
        passed = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        return {**dict.fromkeys(passed, self._on_signal), signal.SIGTSTP: self._on_stop}

    def _on_console(self, _number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._process is not None and self._interrupts >= MOST_INTERRUPTS:
            self._process.kill()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._interrupts += 1
        if self._process is None:
            return
        # An interrupt that is not obeyed becomes one that cannot be ignored.
        forced = number == signal.SIGINT and self._interrupts >= MOST_INTERRUPTS
        self._process.send_signal(signal.SIGKILL if forced else number)

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: stop the child, then this process; go on together."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)


def _say(line: str) -> None:
    """Print one line on standard error, below what the child left there."""
    if sys.stderr.isatty():
        # A progress bar that was not taken down, and the cursor that it hid.
        sys.stderr.write("\r\x1b[2K\x1b[?25h")
    print("twitchcam: " + one_line(line), file=sys.stderr, flush=True)
