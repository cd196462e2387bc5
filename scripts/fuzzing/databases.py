"""Hostile histories: pages overwritten, files cut, rows and tables changed, other people's databases."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from fuzzing.mutate import odd_bytes, odd_value

TABLES: Final = ("person", "session", "answers", "result", "region", "event", "note", "mark")
_ENDLESS: Final = (
    "DROP TABLE mark; CREATE VIEW mark AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM c) "
    "SELECT id, 1 AS person_id, '2026-01-01' AS day, 'x' AS content FROM c"
)
_SET_OFF: Final = "CREATE TRIGGER tr AFTER INSERT ON note BEGIN DELETE FROM person; END"
_SCHEMA: Final = (
    "DROP TABLE {t}", "ALTER TABLE {t} RENAME TO gone", "DELETE FROM {t}", "PRAGMA user_version = 99",
    "PRAGMA user_version = 1", "PRAGMA user_version = 0", "PRAGMA user_version = -5", _ENDLESS, _SET_OFF,
    "PRAGMA application_id = 7", "CREATE TABLE more (a, b)", "DROP INDEX session_in_time",
    "DROP TABLE note; CREATE TABLE note (a, b)", "ALTER TABLE session RENAME COLUMN filmed_at TO at",
)  # fmt: skip


def hostile_database(rng: random.Random, good: bytes, path: Path) -> None:
    """Write a history with something wrong in it to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(good)
    _CHANGES[rng.randrange(len(_CHANGES))](rng, path)


def _bytes(rng: random.Random, path: Path) -> None:
    path.write_bytes(odd_bytes(rng, path.read_bytes()))


def _pages(rng: random.Random, path: Path) -> None:
    data = bytearray(path.read_bytes())
    size = 4096
    for _ in range(rng.choice((1, 2, 6))):
        at = rng.randrange(len(data) // size) * size
        data[at : at + size] = rng.choice((bytes(size), rng.randbytes(size), data[:size]))
    path.write_bytes(bytes(data))


def _inside_pages(rng: random.Random, path: Path) -> None:
    """Damage behind the header, where SQLite notices only when it comes by."""
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 20, 200))):
        data[rng.randrange(100, len(data))] = rng.randrange(256)
    path.write_bytes(bytes(data))


def _cells(rng: random.Random, path: Path) -> None:
    """Odd values in rows, the file whole."""
    with _opened(path) as db:
        for _ in range(rng.choice((1, 3))):
            name = rng.choice(TABLES)
            column = rng.choice([row[1] for row in db.execute(f"PRAGMA table_info({name})")])
            value = _plain(odd_value(rng))
            where = rng.choice(("", " WHERE rowid = 1", " WHERE rowid = (SELECT max(rowid) FROM {t})"))
            _try(db, f"UPDATE {name} SET {column} = ?{where.format(t=name)}", (value,))
        db.commit()


def _tables(rng: random.Random, path: Path) -> None:
    with _opened(path) as db:
        for _ in range(rng.choice((1, 2))):
            chosen = rng.choice(_SCHEMA).format(t=rng.choice(TABLES))
            for statement in chosen.replace("; CREATE", "\nCREATE").split("\n"):
                _try(db, statement)
        db.commit()


def _other(rng: random.Random, path: Path) -> None:
    kind = rng.randrange(4)
    path.unlink()
    if kind == 0:
        path.write_bytes(b"")
    elif kind == 1:
        path.write_bytes(rng.randbytes(rng.choice((1, 100, 5000))))
    elif kind == 2:
        path.mkdir()
    else:
        with _opened(path) as db:
            db.execute("CREATE TABLE bookmarks (a)")
            db.commit()


def _log(rng: random.Random, path: Path) -> None:
    """A write-ahead log that is not this file's."""
    path.with_name(f"{path.name}-wal").write_bytes(rng.randbytes(rng.choice((0, 32, 5000))))
    if rng.random() < 0.5:
        path.with_name(f"{path.name}-shm").write_bytes(rng.randbytes(32_768))


def _opened(path: Path) -> Any:
    return closing(sqlite3.connect(path))


def _try(db: sqlite3.Connection, statement: str, values: tuple[Any, ...] = ()) -> None:
    try:
        db.execute(statement, values)
    except (sqlite3.Error, OverflowError, UnicodeEncodeError):
        db.rollback()


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float, str, type(None))) else repr(value).encode()


_CHANGES: Final[tuple[Callable[[random.Random, Path], None], ...]] = (
    _bytes, _pages, _inside_pages, _inside_pages, _cells, _cells, _cells, _tables, _tables, _other, _log,
)  # fmt: skip
