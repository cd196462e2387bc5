"""One run at a time on a results folder, or the shards of one batch beside each other.

The locks are the operating system's: they end with the process that holds them, however it ends, so none is
ever stale. On a file system without locks nothing is held; rows cannot be lost then either, since every run
writes its own journal, but two runs may do the same work twice.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from twitchcam.batch.jobs import Shard
from twitchcam.batch.journal import FOLDER, this_host
from twitchcam.errors import InputRefused
from twitchcam.files import make_folder, open_own

WHOLE: Final = "run.lock"
TABLES: Final = "tables.lock"


class Busy(Exception):
    """Another process holds the lock."""


@contextlib.contextmanager
def locked_run(out: Path, shard: Shard) -> Iterator[None]:
    """Hold the results folder for this run, or for this shard of it.

    Raises
    ------
    InputRefused
        If another run works there.
    """
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(_held(out / FOLDER / WHOLE, shared=not shard.whole))
            if not shard.whole:
                stack.enter_context(_held(out / FOLDER / f"run-{shard.index}-of-{shard.count}.lock"))
        except Busy as other:
            what = "run" if shard.whole else "run of this shard, or of the whole,"
            raise InputRefused(
                f"{out}: another {what} works here ({other}); wait for it, or choose another --out"
            ) from None
        yield


@contextlib.contextmanager
def locked_tables(out: Path) -> Iterator[None]:
    """Hold the tables while they are made; waits for another run that makes them."""
    with _held(out / FOLDER / TABLES, wait=True):
        yield


@contextlib.contextmanager
def _held(path: Path, *, shared: bool = False, wait: bool = False) -> Iterator[None]:
    with _opened(path) as handle:
        if not _lock(handle, shared, wait):
            raise Busy(_holder(handle))
        if not shared:
            _note(handle, f"process {os.getpid()} on {this_host()}")
        try:
            yield
        finally:
            if not shared:
                _note(handle, "")


def _opened(path: Path) -> IO[bytes]:
    try:
        make_folder(path.parent)
        return open(path, "a+b", buffering=0, opener=open_own)
    except OSError as error:
        raise InputRefused(
            f"{path.parent}: cannot write here ({error.strerror}); choose another folder with --out"
        ) from error


def _note(handle: IO[bytes], text: str) -> None:
    """Leave a text in the lock's file, for people; a full disk is no reason not to lock."""
    with contextlib.suppress(OSError):
        handle.truncate(0)
        handle.write(text.encode())


def _holder(handle: IO[bytes]) -> str:
    """Return who holds the lock, in words; the lock's own state counts, this is only for the message."""
    with contextlib.suppress(OSError):
        handle.seek(0)
        text = handle.read(200).decode("utf-8", "replace").strip()
        if text:
            return text
    return "some process"


if sys.platform == "win32":
    import msvcrt

    _FAR: Final = 1 << 30
    """Windows locks bytes against reading too, so a byte is taken that nobody reads."""

    def _lock(handle: IO[bytes], shared: bool, wait: bool) -> bool:
        if shared:  # not to be had here: shards keep to their own locks
            return True
        handle.seek(_FAR)
        while True:
            try:
                msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return True
            except OSError:
                if not wait:
                    return False
else:
    import fcntl

    def _lock(handle: IO[bytes], shared: bool, wait: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True
