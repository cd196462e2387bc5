"""The database under the store: transactions, rows, and the people that rows belong to."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from twitchcam.edges.store.connection import told
from twitchcam.edges.store.entries import Person, check_person
from twitchcam.edges.store.sound import sound
from twitchcam.errors import InputRefused

_Self = TypeVar("_Self", bound="Database")


def _fit(value: Any) -> Any:
    """Return text without lone surrogates (file names that are no text), which a database does not take."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


class Database:
    """An open file."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Take over an open connection whose tables are current."""
        self.path = path
        self._db = connection

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def people(self) -> list[Person]:
        """Return everybody of whom something is kept."""
        with told(self.path):
            found = self._db.execute(
                "SELECT name, (SELECT count(*) FROM session WHERE person_id = person.id) AS n FROM person "
                "ORDER BY name"
            ).fetchall()
            sound("person", found)
            return [Person(row["name"], row["n"]) for row in found]

    def _person(self, name: str, *, make: bool) -> int:
        name = check_person(name)
        row = self._db.execute("SELECT id FROM person WHERE name = ?", (name,)).fetchone()
        if row is not None:
            return int(row["id"])
        if not make:
            known = ", ".join(p.name for p in self.people()) or "nobody yet"
            raise InputRefused(f"nothing is kept of {name!r}; there is: {known}")
        return self._insert("person", {"name": name})

    def _own(self, owner: int, person: str, number: int, name: str = "session") -> None:
        found = self._db.execute(f"SELECT person_id FROM {name} WHERE id = ?", (number,)).fetchone()
        if found is None or found["person_id"] != owner:
            raise InputRefused(
                f"{person!r} has no {name} {number}; 'twitchcam history list' shows the numbers"
            )

    def _insert(self, name: str, row: Mapping[str, Any]) -> int:
        columns, holes = ", ".join(row), ", ".join("?" * len(row))
        cursor = self._db.execute(
            f"INSERT INTO {name} ({columns}) VALUES ({holes})", tuple(map(_fit, row.values()))
        )
        return int(cursor.lastrowid or 0)

    def _update(self, number: int, row: Mapping[str, Any]) -> None:
        pairs = ", ".join(f"{column} = ?" for column in row)
        self._db.execute(f"UPDATE session SET {pairs} WHERE id = ?", (*map(_fit, row.values()), number))

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One writing transaction: all of it or nothing."""
        with told(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read everything as of one moment, whatever another process writes meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
