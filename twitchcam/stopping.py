"""Being asked to stop: Ctrl-C (SIGINT), SIGTERM, and SIGHUP when the terminal goes away.

`ending_signals` stands around the whole program: each of them ends it as Ctrl-C does, so that nothing half
written stays, with an exit status of its own. `Stopping` stands around work that can be cut short: the first
signal only asks, the second ends the program at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, Final, TypeVar

STOPPED: Final = 128 + signal.SIGINT
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Where the system has them; SIGBREAK is Ctrl-Break of Windows."""


def tell(text: str) -> None:
    """Write a line to standard error from inside a signal handler, past Python's buffers, which may be in use
    just then.
    """
    with contextlib.suppress(OSError):
        os.write(2, f"twitchcam: {text}\n".encode())


def exit_status(number: int) -> int:
    """Return the exit status after a signal, as shells count it: 130, 143, 129."""
    return 128 + number


def is_stop(status: int) -> bool:
    """Tell whether an exit status says that somebody stopped the program."""
    return status in {exit_status(getattr(signal, name)) for name in _NAMES if hasattr(signal, name)}


_Self = TypeVar("_Self", bound="_Handling")


class _Handling:
    """Handles the ending signals inside a `with`; elsewhere than in the main thread nothing changes."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}

    def __enter__(self: _Self) -> _Self:
        if threading.current_thread() is threading.main_thread():
            for number in _signals():
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        raise NotImplementedError


class _Ending(_Handling):
    def __init__(self) -> None:
        super().__init__()
        self.status = STOPPED

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.status = exit_status(number)
        raise KeyboardInterrupt


@contextlib.contextmanager
def ending_signals() -> Iterator[_Ending]:
    """Let each signal end the program by a KeyboardInterrupt; gives what knows the `status` to exit with."""
    with _Ending() as ending:
        yield ending


class Stopping(_Handling):
    """Ask it, between frames and between clips, whether to go on."""

    def __init__(self, said: str) -> None:
        """Say `said` when the first signal comes."""
        super().__init__()
        self._said = said
        self._number: int | None = None
        self.insisted = False
        """A second signal came."""

    @property
    def asked(self) -> bool:
        """Whether to begin nothing more."""
        return self._number is not None

    @property
    def status(self) -> int:
        """What to exit with; 0 when nobody asked."""
        return 0 if self._number is None else exit_status(self._number)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._number is None:
            self._number = number
            tell(self._said)
            return
        self.insisted = True
        before = self._before[number]
        if callable(before):
            before(number, frame)
        raise KeyboardInterrupt


def _signals() -> list[int]:
    """Return the ending signals; one that is ignored on purpose (nohup) stays so.

    A shell lets background jobs of a script ignore SIGINT. It is taken all the same: whoever sends it by name
    means it.
    """
    known = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    return [n for n in known if n == signal.SIGINT or signal.getsignal(n) is not signal.SIG_IGN]
