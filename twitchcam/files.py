"""Files that appear whole or not at all, and that nobody but their owner can read.

What is measured here is health data, whatever the system lets others read of new files. Only inside a folder
that is shared with a group on purpose (its set-group-ID bit is set) the system's own rule (umask) holds.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from twitchcam.errors import InputRefused

LEFTOVER_S: Final = 600.0
"""A temporary file that nobody has written to for so long belongs to a run that was killed."""


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary neighbour of `path` for writing; put it in place when the block ends without an error.

    A reader sees the old file or the new one, never half of one. On an error the temporary file goes away. A
    private file can be read by its owner only, in a shared folder too.

    Raises
    ------
    InputRefused
        If the folder cannot be written to.
    """
    with placing(path, private=private) as temporary, open(temporary, "wb") as handle:
        yield handle


@contextmanager
def placing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give the name of a temporary neighbour for a writer that wants a path; put it in place at the end.

    As `replacing`, for libraries that open files themselves.

    Raises
    ------
    InputRefused
        If the folder cannot be written to.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        mode = 0o666 if is_shared(path.parent) and not private else 0o600
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode))
        yield temporary
        # the name must not reach the disk before the content does, or a power cut leaves an empty file
        with open(temporary, "r+b") as handle:
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, for their owner only; raises OSError."""
    folder = Path(folder)
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    # another program may make it at the same time
    folder.mkdir(mode=0o777 if is_shared(folder.parent) else 0o700, exist_ok=True)


def open_own(path: str, flags: int) -> int:
    """Open a file as `replacing` makes files, for those that grow: `open(..., opener=open_own)`."""
    return os.open(path, flags, 0o666 if is_shared(Path(path).parent) else 0o600)


def is_shared(folder: Path) -> bool:
    """Tell whether a folder is shared with a group: new files in it belong to that group."""
    try:
        return bool(folder.stat().st_mode & stat.S_ISGID) and os.name == "posix"
    except OSError:
        return False


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed run left half written in a folder; what may still be written to stays."""
    for path in folder.glob(".*.part"):
        with suppress(OSError):
            if path.is_file() and time.time() - path.stat().st_mtime > LEFTOVER_S:
                path.unlink()


def _cannot_write(path: Path, error: OSError) -> InputRefused:
    reason = error.strerror or type(error).__name__
    return InputRefused(f"{path}: cannot write here ({reason}). Choose another folder.")
