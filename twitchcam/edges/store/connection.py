"""The connection: how the file is opened, and what SQLite's errors mean to a person."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from twitchcam.edges.store import schema
from twitchcam.edges.store.sound import Damaged, fault_of
from twitchcam.errors import InputRefused

BUSY_S: Final = 10.0
"""So long another process is waited for; every transaction of ours takes milliseconds."""
WAIT_S: Final = 0.02
_DAMAGED: Final = (
    "malformed", "not a database", "disk i/o error: short read", "corrupt", "no such table", "no such column",
    "has no column", "already exists", "duplicate column", "could not decode", "datatype mismatch",
)  # fmt: skip
LONGEST: Final = 120
"""Characters of SQLite's own words; they may quote what is kept."""
_FULL: Final = ("full", "disk i/o error", "file too large")


def connect(path: Path, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """Open the file, which exists already; nothing is changed in it yet."""
    connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        # what is deleted is overwritten, and no copy of it goes through a temporary file
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA trusted_schema = OFF")
        _use_wal(connection, busy_s)
        # a session is kept for years: wait for the disk at each commit
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection, busy_s: float) -> None:
    """Change to write-ahead logging. SQLite does not wait by itself when two processes do so at once."""
    end_s = time.monotonic() + busy_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end_s:
                raise
            time.sleep(WAIT_S)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into one line that says what to do."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        raise InputRefused(f"{path}: {_meaning(error)}") from error
    except UnicodeDecodeError as error:  # Python's, on a message of SQLite that quotes a damaged page
        raise InputRefused(f"{path}: {_damaged('its text is not readable')}") from error


def _meaning(error: sqlite3.Error) -> str:
    message = " ".join(str(error).split())[:LONGEST]
    lower = message.lower()
    if "locked" in lower or "busy" in lower:
        return "the history is in use by another program; wait until that has ended, and try again"
    if isinstance(error, Damaged) or any(sign in lower for sign in _DAMAGED):
        return _damaged(message)
    if any(sign in lower for sign in _FULL):
        return (
            f"the history could not be written ({message}): is the disk full? Nothing was changed, what was "
            "there before is still there; make room and try again"
        )
    if "readonly" in lower or "unable to open" in lower:
        return (
            f"the history cannot be opened ({message}); check its permissions, or choose another --data-dir"
        )
    return f"the history gave an error ({message}); 'twitchcam history check' looks at the file"


def _damaged(how: str) -> str:
    return f"the history is damaged ({how}); 'twitchcam history check --repair' saves what can still be read"


def check_integrity(path: Path) -> list[str]:
    """Return what is wrong with the file, in SQLite's words or ours; empty when nothing is.

    Raises
    ------
    InputRefused
        If it cannot be looked at because another program uses it, or is not this program's to look at.
    """
    try:
        with closing(connect(path)) as connection:
            return list(_faults(connection, path))
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "unable" in str(error):
            raise InputRefused(f"{path}: {_meaning(error)}") from error
        return [" ".join(str(error).split())[:LONGEST]]
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return [" ".join(str(error).split())[:LONGEST]]


def _faults(connection: sqlite3.Connection, path: Path) -> Iterator[str]:
    """Yield what is wrong: pages first, then tables, then rows."""
    found = [row[0] for row in connection.execute("PRAGMA integrity_check(20)")]
    yield from (line for line in found if line != "ok")
    for row in connection.execute("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} belongs to nothing"
    if not schema.is_current(connection, str(path)):  # of an older version: looked at as it will be
        copy = sqlite3.connect(":memory:", isolation_level=None)
        connection.backup(copy)
        schema.migrate(copy, str(path))
        copy.row_factory = sqlite3.Row
        connection = copy
    schema.check_tables(connection)
    for name in schema.TABLES:
        for row in connection.execute(f"SELECT * FROM {name}"):
            fault = fault_of(name, dict(row))
            if fault:
                yield fault
                break
