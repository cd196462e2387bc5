"""The tables, as steps from one version to the next. `PRAGMA user_version` says how many were taken.

A step that was ever released is never changed: another one is added.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import Final

from twitchcam.errors import InputRefused

APPLICATION_ID: Final = 0x74776368
"""'twch': marks the file as ours, so that no other program's database is taken for it."""

_FIRST: Final = (
    """CREATE TABLE person (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE
    )""",
    """CREATE TABLE session (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        fingerprint TEXT NOT NULL,
        filmed_at TEXT NOT NULL,
        filmed_from TEXT NOT NULL,
        added_at TEXT NOT NULL,
        protocol TEXT NOT NULL,
        backend TEXT NOT NULL,
        backend_version TEXT NOT NULL,
        model_sha256 TEXT NOT NULL,
        program_version TEXT NOT NULL,
        rules_version TEXT NOT NULL,
        UNIQUE (person_id, fingerprint)
    )""",
    """CREATE TABLE answers (
        session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        content TEXT NOT NULL
    )""",
    """CREATE TABLE result (
        session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
        summary TEXT NOT NULL,
        verdict TEXT NOT NULL,
        usable_s REAL NOT NULL,
        duration_s REAL NOT NULL,
        fps REAL,
        eye_distance_px REAL,
        min_detectable_mm REAL,
        events INTEGER,
        rate_per_min REAL,
        rate_low REAL,
        rate_high REAL,
        runs INTEGER,
        amplitude_mm REAL,
        amplitude_low REAL,
        amplitude_high REAL,
        asymmetry REAL,
        asymmetry_low REAL,
        asymmetry_high REAL,
        side TEXT,
        dominant_hz REAL,
        level TEXT
    )""",
    """CREATE TABLE region (
        session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        events INTEGER,
        rate_per_min REAL,
        amplitude_mm REAL,
        min_detectable_mm REAL,
        PRIMARY KEY (session_id, name)
    )""",
    """CREATE TABLE event (
        session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        onset REAL NOT NULL,
        duration REAL NOT NULL,
        trial_type TEXT NOT NULL,
        side TEXT NOT NULL,
        region TEXT NOT NULL,
        regions TEXT NOT NULL,
        amplitude_mm REAL,
        peak REAL,
        snr REAL,
        run INTEGER,
        gated TEXT NOT NULL,
        PRIMARY KEY (session_id, number)
    )""",
    """CREATE TABLE note (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        session_id INTEGER REFERENCES session (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        content TEXT NOT NULL
    )""",
    """CREATE TABLE mark (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        content TEXT NOT NULL
    )""",
)
_SECOND: Final = (
    # A person may have gone over a session's events (twitchcam review).
    "ALTER TABLE session ADD COLUMN reviewed INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX session_in_time ON session (person_id, filmed_at)",
)
MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (_FIRST, _SECOND)
VERSION: Final = len(MIGRATIONS)
TABLES: Final = ("person", "session", "answers", "result", "region", "event", "note", "mark")
"""In an order in which rows can be put in."""
OF_SESSION: Final = ("answers", "result", "region", "event")
"""Those whose rows are part of one session."""


def migrate(connection: sqlite3.Connection, where: str, *, to: int = VERSION) -> None:
    """Bring the file to version `to`, all or nothing.

    Raises
    ------
    InputRefused
        If the file is another program's, or was made by a newer twitchcam.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        found = _version(connection, where)
        for step in MIGRATIONS[found:to]:
            for statement in step:
                connection.execute(statement)
        if found < to:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {to}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_tables(connection: sqlite3.Connection) -> None:
    """Raise sqlite3.DatabaseError where the file's tables are not those of the current version.

    That is: one is gone or no table at all, a column is missing, or a change of rows sets something off.
    """
    kinds = dict(connection.execute("SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"))
    for name, wanted in columns().items():
        found = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        if kinds.get(name) != "table" or not set(wanted) <= set(found):
            raise sqlite3.DatabaseError(f"malformed: no table {name} as twitchcam makes it")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'trigger'").fetchone():
        raise sqlite3.DatabaseError("malformed: a trigger that is not twitchcam's")


@cache
def columns() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return the kind of each column of each table (TEXT, INTEGER, REAL), and whether it must be given."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, "memory")
        return {
            name: {
                column: (kind, bool(filled) and not key and default is None)
                for _, column, kind, filled, default, key in fresh.execute(f"PRAGMA table_info({name})")
            }
            for name in TABLES
        }


def is_current(connection: sqlite3.Connection, where: str) -> bool:
    """Tell whether nothing needs to be done, without taking a lock."""
    return _version(connection, where) == VERSION


def _version(connection: sqlite3.Connection, where: str) -> int:
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if (tables or found or owner) and owner != APPLICATION_ID:
        raise InputRefused(f"{where}: is another program's database; choose another folder with --data-dir")
    if found < 0:
        raise sqlite3.DatabaseError(f"malformed: history version {found}")
    if found > VERSION:
        raise InputRefused(
            f"{where}: was written by a newer twitchcam (history version {found}, this one reads {VERSION}); "
            "install that version again"
        )
    return int(found)
