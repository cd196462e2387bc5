"""How a process ended, in words and as an exit status."""

from __future__ import annotations

import contextlib
import signal
from typing import Final

from twitchcam.stopping import STOPPED
from twitchcam.supervise.messages import Heard

REFUSED: Final = 2
_WISHED: Final = frozenset({"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGPIPE", "SIGUSR1", "SIGUSR2"})
"""Signals that somebody sends on purpose; all others tell of a crash."""
_OWN: Final = frozenset({0, 1, REFUSED, 3, 129, STOPPED, 141, 143})
"""What the program exits with; other codes come from below it (the loader's 127 when memory is short)."""
_WINDOWS_CRASH: Final = 0xC0000000
"""NTSTATUS of severity "error": access violation, damaged heap, illegal instruction, ..."""
_WINDOWS_STOPPED: Final = 0xC000013A
_OR_MEMORY: Final = ". Libraries also end so when memory is short: close other programs"
_MEMORY: Final = ("SIGKILL", "0xC0000017", "0xC000012D")


def is_crash(code: int) -> bool:
    """Tell whether an exit code (negative: signal) means that native code died, or was killed."""
    if code >= 0:
        return code not in _OWN and code != _WINDOWS_STOPPED
    return name_of(code) not in _WISHED


def status_of(code: int) -> int:
    """Return the exit status to pass on: as a shell has it, 128 and the signal."""
    return 128 - code if code < 0 else code if code < _WINDOWS_CRASH else STOPPED


def name_of(code: int) -> str:
    """Return what ended a process: SIGSEGV, Windows' 0xC0000005, or exit code 127."""
    if code >= 0:
        return f"0x{code:X}" if code >= _WINDOWS_CRASH else f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def describe_crash(code: int, clip: Heard | None, command: str) -> str:
    """Return one line: what died, most likely of what, and what to do."""
    name = name_of(code)
    at = f"while {clip.clip} was measured" if clip is not None else f"in '{command}'"
    if name in _MEMORY or 0 <= code < _WINDOWS_CRASH:
        return (
            f"the system ended the program {at} ({name}), most likely because memory ran out; close other "
            "programs, or make the video smaller (1280x720 is plenty)"
        )
    if clip is not None:
        return (
            f"{clip.clip} made the video decoder or the face tracker crash ({name}); it is probably damaged: "
            f"copy it again, or convert it to H.264 in .mp4{_OR_MEMORY if name == 'SIGABRT' else ''}"
        )
    return f"the program crashed {at} ({name}); try again, and let 'twitchcam doctor' look for what is wrong"


def describe_excess(clip: Heard, memory_mb: float) -> str:
    """Return one line: which clip took all memory, and what to do."""
    return (
        f"{clip.clip} was given up, it needed more than {memory_mb:.0f} MB of memory; make the video smaller "
        "(1280x720 is plenty), or copy it again if it is not that large"
    )


def describe_hang(clip: Heard, after_s: float) -> str:
    """Return one line: which clip was given up, and what to do."""
    return (
        f"{clip.clip} was given up after {after_s:.0f} s without progress; it is probably damaged: "
        "copy it again, or convert it to H.264 in .mp4"
    )
