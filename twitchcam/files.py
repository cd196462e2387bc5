"""Files that appear whole or not at all, and that nobody but their owner can read.

What is measured here is health data, whatever the system lets others read of new files. Only inside a folder
that is shared with a group on purpose (its set-group-ID bit is set) the system's own rule (umask) holds.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from twitchcam.errors import InputRefused, NoRoom

LEFTOVER_S: Final = 600.0
"""A temporary file that nobody has written to for so long belongs to a run that was killed. Counts where the
system has no locks."""
LOCKED_WITHIN_S: Final = 5.0
"""Its writer holds a lock on a temporary file, from the moment after it is made."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_unfinished: set[Path] = set()
"""Temporary files of this process."""


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
        _unfinished.add(temporary)
        with _being_written(temporary, 0o666 if is_shared(path.parent) and not private else 0o600):
            yield temporary
        os.replace(temporary, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        _unfinished.discard(temporary)


@contextmanager
def _being_written(path: Path, mode: int) -> Iterator[None]:
    """Make a file and hold it for its writer, where the system has locks; it is on the disk at the end."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        _lock(handle)
        if os.name == "nt":  # a handle that is held may keep others from opening the file
            os.close(handle)
        yield
        if os.name == "nt":
            handle = os.open(path, os.O_RDWR)
        # the name must not reach the disk before the content does, or a power cut leaves an empty file
        os.fsync(handle)
    finally:
        with suppress(OSError):
            os.close(handle)


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


def discard_unfinished() -> None:
    """Take away what this process is writing: for one that is about to end without cleaning up."""
    for path in list(_unfinished):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def remove_leftovers(folder: Path, *, at_once: bool = False) -> None:
    """Remove what a killed run left half written in a folder; what may still be written to stays.

    `at_once`: nobody else can be writing there.
    """
    for path in folder.glob(".*.part"):
        with suppress(OSError):
            if path.is_file() and (at_once or _is_left(path)):
                path.unlink()


def _is_left(path: Path) -> bool:
    """Tell whether the writer of a temporary file is gone."""
    # either way round: a clock that was set back makes files of tomorrow
    age_s = abs(time.time() - path.stat().st_mtime)
    if age_s <= LOCKED_WITHIN_S:
        return False
    handle = os.open(path, os.O_RDONLY)
    try:
        held = _lock(handle)
    finally:
        os.close(handle)
    return age_s > LEFTOVER_S if held is None else held


def _cannot_write(path: Path, error: OSError) -> InputRefused:
    reason = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return NoRoom(f"{path}: cannot write here ({reason}). Make room, or choose another folder.")
    return InputRefused(f"{path}: cannot write here ({reason}). Choose another folder.")


if sys.platform == "win32":

    def _lock(handle: int) -> bool | None:  # noqa: ARG001
        return None
else:
    import fcntl

    def _lock(handle: int) -> bool | None:
        """Lock a file until it is closed: True when that was done, False when somebody else holds it, None
        where the file system has no locks.
        """
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True
