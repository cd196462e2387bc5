"""Finished clips, one line each, in files that are only ever appended to.

Every run writes a file of its own, so two runs cannot write into each other, and each line is on the disk
(fsync) before its clip counts as done.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final, Literal

from twitchcam.batch.columns import MEASURED_COLUMNS
from twitchcam.batch.fingerprint import Stat
from twitchcam.batch.jobs import Job
from twitchcam.errors import InputRefused
from twitchcam.files import make_folder, open_own

FOLDER: Final = ".batch"
"""Inside the results folder."""
FORMAT: Final = "twitchcam.rows/1"
Status = Literal["answered", "failed"]


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of one clip beside its measured values."""

    identity: str
    name: str
    path: str
    subject: str
    session: str
    side_treated: str
    status: Status
    reason: str
    """Empty, or in one word why it failed (see `outcome.Reason`)."""
    error: str
    """The same in a sentence."""
    seconds: float | None
    attempts: int
    finished: str
    """UTC, ISO 8601."""
    host: str
    size: int
    mtime_ns: int
    inode: int
    sha256: str | None
    settings: str
    others: dict[str, str] = field(default_factory=dict)
    """Further columns of the manifest."""
    written_ns: int = 0
    gone: bool = False
    """The clip goes by another identity now; this is no row any more."""

    @property
    def stat(self) -> Stat:
        """The file as it was."""
        return Stat(self.size, self.mtime_ns, self.inode)

    def labelled(self, job: Job, stat: Stat | None = None) -> Row:
        """Return the row with the present name, place and labels of its clip."""
        at, labels = stat or self.stat, job.labels
        return replace(
            self, identity=job.identity, name=job.name, path=job.path, subject=labels.subject,
            session=labels.session, side_treated=labels.side_treated, others=dict(labels.others),
            size=at.size, mtime_ns=at.mtime_ns, inode=at.inode,
        )  # fmt: skip


class Journal:
    """This run's own file; it is made with its first row."""

    def __init__(self, out: Path, label: str = "run", *, after_ns: int = 0) -> None:
        """Begin a journal whose rows are newer than `after_ns`, also when the clock was set back since."""
        self._folder = out / FOLDER
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        self._path = self._folder / f"rows-{stamp}-{label}-{secrets.token_hex(4)}.jsonl"
        self._handle: IO[bytes] | None = None
        self._newest_ns = after_ns
        self.rows = 0

    def add(self, row: Row, values: Mapping[str, Any] | None = None) -> None:
        """Append a row; it is on the disk when this returns.

        Raises
        ------
        InputRefused
            If it cannot be written (full disk).
        """
        self._newest_ns = max(time.time_ns(), self._newest_ns + 1)
        plain = asdict(replace(row, written_ns=self._newest_ns))
        # The last key, so that a reader can leave it out without parsing it (see `ledger`).
        plain["values"] = [values.get(name) for name in MEASURED_COLUMNS] if values else []
        try:
            handle = self._handle or self._open()
            handle.write(_line(plain))
            handle.flush()
            os.fsync(handle.fileno())
        except OSError as error:
            raise InputRefused(
                f"{self._path}: cannot be written ({error.strerror}); what is finished stays: "
                "make room and run the same command again"
            ) from error
        self.rows += 1

    def close(self) -> None:
        """Close the file."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):  # what could not be written was told of in `add`
                handle.close()

    def _open(self) -> IO[bytes]:
        make_folder(self._folder)
        handle = open(self._path, "xb", opener=open_own)  # noqa: SIM115 - open as long as the run
        self._handle = handle
        handle.write(_line({"format": FORMAT, "columns": list(MEASURED_COLUMNS)}))
        _sync_names(self._folder)
        return handle


def _sync_names(folder: Path) -> None:
    """Let a new name in a folder survive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    with contextlib.suppress(OSError):  # some network file systems cannot; the rows themselves are synced
        os.fsync(handle)
    os.close(handle)


def now_utc() -> str:
    """Return the time in UTC to the second, ISO 8601."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def this_host() -> str:
    """Return the machine's name."""
    return socket.gethostname()


def _line(plain: dict[str, Any]) -> bytes:
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode() + b"\n"
