"""Salvage: what can still be read of a damaged history goes into a new one; the damaged file is put aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from twitchcam.edges.store.place import FILE
from twitchcam.edges.store.schema import OF_SESSION, TABLES, columns
from twitchcam.edges.store.sound import fault_of
from twitchcam.edges.store.store import Store, open_store
from twitchcam.errors import InputRefused

BESIDE = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was saved of a damaged history."""

    sessions: int
    notes: int
    marks: int
    aside: Path
    """Where the damaged file lies now."""


def repair(path: Path) -> Salvaged:
    """Make a new history of what can be read of the file at `path`; the old file is kept under another name.

    Raises
    ------
    InputRefused
        If the files cannot be written. Then everything is as it was.
    """
    tables = read_what_can_be(path)
    part = path.parent / f".repair.{os.getpid()}"
    try:
        with open_store(part) as fresh:
            sessions = _put_in(fresh, tables)
        aside = _put_in_place(part / FILE, path)
    except OSError as error:
        raise InputRefused(
            f"{path}: cannot be repaired here ({error.strerror}); is the disk full?"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Salvaged(sessions, len(tables["note"]), len(tables["mark"]), aside)


def read_what_can_be(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return each table's rows as far as they can be read; nothing at all of a file that is no database."""
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    try:
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
    except sqlite3.Error:
        return tables
    connection.row_factory = sqlite3.Row
    connection.text_factory = _text
    try:
        for name in TABLES:
            needed = {column for column, (_, given) in columns()[name].items() if given}
            tables[name] = [
                row for row in _readable(connection, name) if needed <= set(row) and not fault_of(name, row)
            ]
    finally:
        connection.close()
    return _fitting(tables)


def _text(content: bytes) -> str:
    """One broken letter must not cost a whole row."""
    return content.decode("utf-8", "replace")


def _readable(connection: sqlite3.Connection, name: str) -> Iterator[dict[str, Any]]:
    """Yield rows from the front until the damage, then from the back until the damage."""
    seen = set()
    for order in ("ASC", "DESC"):
        try:
            if not _is_table(connection, name):
                return
            for row in connection.execute(f"SELECT rowid AS _row, * FROM {name} ORDER BY rowid {order}"):
                if row["_row"] in seen:
                    break
                seen.add(row["_row"])
                yield {key: row[key] for key in row.keys() if key in columns()[name]}  # noqa: SIM118
        except (sqlite3.Error, UnicodeDecodeError, OverflowError, MemoryError):
            continue


def _is_table(connection: sqlite3.Connection, name: str) -> bool:
    """Tell whether it is a table: a view in its place could go on for ever."""
    query = "SELECT sql FROM sqlite_master WHERE name = ? AND type = 'table' AND rootpage > 0"
    return connection.execute(query, (name,)).fetchone() is not None


def _fitting(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Leave out rows whose other half is lost; a session whose person is lost goes to somebody by number."""
    wanted = {row["person_id"] for name in ("session", "note", "mark") for row in tables[name]}
    lost = wanted - {row["id"] for row in tables["person"]}
    tables["person"] += [{"id": number, "name": f"person {number}"} for number in sorted(lost)]
    results = {row["session_id"] for row in tables["result"]}
    tables["session"] = [row for row in tables["session"] if row["id"] in results]
    there = {row["id"] for row in tables["session"]}
    for name in OF_SESSION:
        tables[name] = [row for row in tables[name] if row["session_id"] in there]
    for row in tables["note"]:
        row["session_id"] = row["session_id"] if row["session_id"] in there else None
    return tables


def _put_in(fresh: Store, tables: dict[str, list[dict[str, Any]]]) -> int:
    """Put in all at once, or session by session when one of them is broken."""
    try:
        return fresh.load(tables)
    except InputRefused:
        saved = 0
        for session in tables["session"]:
            mine = {
                name: [r for r in tables[name] if r["session_id"] == session["id"]] for name in OF_SESSION
            }
            try:
                saved += fresh.load({"person": tables["person"], "session": [session], **mine})
            except InputRefused:
                continue
        rest = {name: tables[name] for name in ("person", "note", "mark")}
        rest["note"] = [{**row, "session_id": None} for row in rest["note"]]
        fresh.load(rest)
        return saved


def _put_in_place(new: Path, path: Path) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{datetime.now():%Y%m%d-%H%M%S}")
    for end in BESIDE:
        old = path.with_name(path.name + end)
        if old.exists():
            os.replace(old, aside.with_name(aside.name + end))
    os.replace(path, aside)
    os.replace(new, path)
    return aside
