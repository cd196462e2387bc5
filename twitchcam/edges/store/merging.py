"""Merging: rows of another history put beside those that are there, under new numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from twitchcam.edges.store.schema import OF_SESSION, TABLES
from twitchcam.edges.store.sound import fault_of
from twitchcam.errors import InputRefused, shown

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def merge(db: sqlite3.Connection, tables: Tables, owner_of: Callable[[str], int]) -> int:
    """Add the rows of a dump inside the open transaction; return how many sessions are new.

    Raises
    ------
    InputRefused
        If the rows are not what a dump holds.
    """
    try:
        return _merge(db, tables, owner_of)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, sqlite3.IntegrityError) as error:
        short = " ".join(str(error).split())[:120]
        raise InputRefused(
            f"this is no whole export of a history ({type(error).__name__}: {short})"
        ) from error


def _merge(db: sqlite3.Connection, tables: Tables, owner_of: Callable[[str], int]) -> int:
    unknown = set(tables) - set(TABLES)
    if unknown:
        raise InputRefused(f"this is no export of a history: it has a table {shown(min(unknown), 40)}")
    people = {row["id"]: owner_of(str(row["name"])) for row in tables.get("person", ())}
    new: dict[int, int] = {}
    known: dict[int, int] = {}
    for row in tables.get("session", ()):
        owner = people[row["person_id"]]
        there = db.execute(
            "SELECT id FROM session WHERE person_id = ? AND fingerprint = ?", (owner, row["fingerprint"])
        ).fetchone()
        if there is not None:
            known[row["id"]] = there["id"]
        else:
            new[row["id"]] = _insert(db, "session", {**row, "id": None, "person_id": owner})
    for name in OF_SESSION:
        for row in tables.get(name, ()):
            if row["session_id"] in new:
                _insert(db, name, {**row, "session_id": new[row["session_id"]]})
    _whole(db, new.values())
    numbers: dict[Any, int | None] = {None: None, **known, **new}
    for row in tables.get("note", ()):
        moved = {**row, "id": None, "person_id": people[row["person_id"]]}
        _once(db, "note", {**moved, "session_id": numbers[row["session_id"]]})
    for row in tables.get("mark", ()):
        _once(db, "mark", {**row, "id": None, "person_id": people[row["person_id"]]})
    return len(new)


def _whole(db: sqlite3.Connection, numbers: Any) -> None:
    """A session without a result would never be shown."""
    for number in numbers:
        if db.execute("SELECT 1 FROM result WHERE session_id = ?", (number,)).fetchone() is None:
            raise ValueError("a session has no result")


def _once(db: sqlite3.Connection, name: str, row: Mapping[str, Any]) -> None:
    same = f"SELECT 1 FROM {name} WHERE person_id = ? AND day = ? AND content = ?"
    if db.execute(same, (row["person_id"], row["day"], row["content"])).fetchone() is None:
        _insert(db, name, row)


def _insert(db: sqlite3.Connection, name: str, row: Mapping[str, Any]) -> int:
    allowed = {column["name"] for column in db.execute(f"PRAGMA table_info({name})")}
    if not set(row) <= allowed:
        raise ValueError(f"{name} has no column {shown(min(set(row) - allowed), 40)}")
    fault = fault_of(name, {key: value for key, value in row.items() if key != "id"})
    if fault:
        raise ValueError(fault)
    columns, holes = ", ".join(row), ", ".join("?" * len(row))
    cursor = db.execute(f"INSERT INTO {name} ({columns}) VALUES ({holes})", tuple(row.values()))
    return int(cursor.lastrowid or 0)
