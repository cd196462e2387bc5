"""The store itself: sessions, notes and marks of each person."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from twitchcam import __version__
from twitchcam.edges.store import rows, schema
from twitchcam.edges.store.connection import BUSY_S, connect, told
from twitchcam.edges.store.database import Database
from twitchcam.edges.store.entries import Entry, Kept, Mark, Note, check_person, check_text
from twitchcam.edges.store.place import FILE, data_folder, make_private
from twitchcam.edges.store.sound import parse_object, sound
from twitchcam.errors import InputRefused

_SESSIONS: Final = """
    SELECT session.*, person.name AS person, result.* FROM session
    JOIN person ON person.id = session.person_id JOIN result ON result.session_id = session.id
"""


def open_store(folder: Path | None = None, *, create: bool = True, busy_s: float = BUSY_S) -> Store:
    """Open the history in `folder` (see `data_folder`); `create` makes it where there is none.

    Raises
    ------
    InputRefused
        If there is none, it cannot be opened, is damaged or locked, or is not twitchcam's.
    """
    place = data_folder(folder)
    path = place / FILE
    if not create and not path.is_file():
        raise InputRefused(
            f"{place}: no history is kept here yet; 'twitchcam analyze CLIP --history' begins one, "
            "'twitchcam history add FOLDER' takes earlier results"
        )
    make_private(place, path)
    with told(path):
        connection = connect(path, busy_s)
        try:
            if not schema.is_current(connection, str(path)):
                schema.migrate(connection, str(path))
            schema.check_tables(connection)
        except BaseException:
            connection.close()
            raise
    return Store(path, connection)


class Store(Database):
    """An open history; use it in a `with` block. Every method is one transaction."""

    # Sessions

    def add(self, person: str, entry: Entry) -> tuple[int, bool]:
        """Keep a session; return its number and whether it is new. The same clip again takes the place of the
        earlier result.
        """
        session = rows.session_row(entry, __version__, now())
        with self._change():
            owner = self._person(person, make=True)
            known = self._db.execute(
                "SELECT id FROM session WHERE person_id = ? AND fingerprint = ?", (owner, entry.fingerprint)
            ).fetchone()
            if known is None:
                number = self._insert("session", {"person_id": owner, **session})
            else:
                number = known["id"]
                self._update(number, session)
                for name in schema.OF_SESSION:
                    self._db.execute(f"DELETE FROM {name} WHERE session_id = ?", (number,))
            mine = {"session_id": number}
            self._insert("answers", {**mine, "content": rows.to_json(entry.answers)})
            self._insert("result", {**mine, **rows.result_row(entry.summary)})
            for row in rows.region_rows(entry.summary):
                self._insert("region", {**mine, **row})
            for row in rows.event_rows(entry.events):
                self._insert("event", {**mine, **row})
        return number, known is None

    def sessions(self, person: str) -> list[Kept]:
        """Return a person's sessions in the order in which they were filmed."""
        with told(self.path), self._snapshot():
            found = self._db.execute(
                f"{_SESSIONS} WHERE person.name = ? ORDER BY filmed_at, session.id", (check_person(person),)
            ).fetchall()
            return [self._kept(row) for row in found]

    def session(self, number: int) -> Kept:
        """Return a session by its number; InputRefused when there is none."""
        with told(self.path), self._snapshot():
            row = self._db.execute(f"{_SESSIONS} WHERE session.id = ?", (number,)).fetchone()
            if row is None:
                raise InputRefused(
                    f"there is no session {number}; 'twitchcam history list' shows their numbers"
                )
            return self._kept(row)

    def summary(self, number: int) -> dict[str, Any]:
        """Return the content of a session's summary.json."""
        return self._content("SELECT summary FROM result WHERE session_id = ?", number)

    def answers(self, number: int) -> dict[str, Any]:
        """Return the answers that were given with a session."""
        return self._content("SELECT content FROM answers WHERE session_id = ?", number)

    def events(self, number: int) -> list[dict[str, Any]]:
        """Return a session's events as rows of events.tsv."""
        with told(self.path):
            found = self._db.execute("SELECT * FROM event WHERE session_id = ? ORDER BY number", (number,))
            return [rows.event_of(row) for row in sound("event", found)]

    # Notes and marks

    def add_note(self, person: str, day: str, text: str, session: int | None = None) -> int:
        """Keep a note; it may belong to one of the person's sessions."""
        text = check_text(text, "note")
        with self._change():
            owner = self._person(person, make=True)
            if session is not None:
                self._own(owner, person, session)
            row = {"person_id": owner, "session_id": session, "day": day, "content": text}
            return self._insert("note", row)

    def add_mark(self, person: str, day: str, text: str) -> int:
        """Keep a mark."""
        text = check_text(text, "mark")
        with self._change():
            owner = self._person(person, make=True)
            return self._insert("mark", {"person_id": owner, "day": day, "content": text})

    def notes(self, person: str) -> list[Note]:
        """Return a person's notes by day."""
        return [Note(r["id"], r["day"], r["content"], r["session_id"]) for r in self._of("note", person)]

    def marks(self, person: str) -> list[Mark]:
        """Return a person's marks by day."""
        return [Mark(r["id"], r["day"], r["content"]) for r in self._of("mark", person)]

    # Deleting

    def delete(
        self,
        person: str,
        *,
        sessions: Sequence[int] = (),
        notes: Sequence[int] = (),
        marks: Sequence[int] = (),
        everything: bool = False,
    ) -> bool:
        """Delete what is named of a person, or all; return whether no trace is left in the files.

        False when another program has the file open, so that its write-ahead log could not be emptied.

        Raises
        ------
        InputRefused
            If there is no such person, or something named is not theirs; then nothing is deleted.
        """
        with self._change():
            owner = self._person(person, make=False)
            for name, numbers in (("session", sessions), ("note", notes), ("mark", marks)):
                for number in numbers:
                    self._own(owner, person, number, name)
                    self._db.execute(f"DELETE FROM {name} WHERE id = ?", (number,))
            if everything or not self._has_anything(owner):
                self._db.execute("DELETE FROM person WHERE id = ?", (owner,))
        with told(self.path):
            return self._scrub()

    def _scrub(self) -> bool:
        """Rewrite the file without the free pages, and empty the write-ahead log."""
        until = time.monotonic() + 2.0
        while True:
            try:
                self._db.execute("VACUUM")
                busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                done = not busy
            except sqlite3.OperationalError:
                done = False
            if done or time.monotonic() > until:
                return done
            time.sleep(0.05)

    # Handing over

    def dump(self, person: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return every row of each table, of one person or of all."""
        with told(self.path), self._snapshot():
            wanted = None if person is None else self._person(person, make=False)
            return {name: self._rows(name, wanted) for name in schema.TABLES}

    def load(self, tables: Mapping[str, Sequence[Mapping[str, Any]]], person: str | None = None) -> int:
        """Add sessions, notes and marks of a dump, all or nothing; return how many sessions are new.

        What is there already (the same clip of the same person, the same note) is left as it is. `person`
        gives all of it to that person.

        Raises
        ------
        InputRefused
            If the rows are not what a dump holds.
        """
        from twitchcam.edges.store.merging import merge

        with self._change():
            return merge(self._db, tables, lambda name: self._person(person or name, make=True))

    # Inside

    def _content(self, query: str, number: int) -> dict[str, Any]:
        with told(self.path):
            row = self._db.execute(query, (number,)).fetchone()
            return parse_object(row[0]) if row is not None else {}

    def _kept(self, row: sqlite3.Row) -> Kept:
        mine = (row["id"],)
        regions = self._db.execute("SELECT * FROM region WHERE session_id = ?", mine).fetchall()
        events = self._db.execute("SELECT * FROM event WHERE session_id = ? ORDER BY number", mine).fetchall()
        for name in ("session", "result"):
            sound(name, [row])
        return rows.kept_of(row, sound("region", regions), sound("event", events))

    def _of(self, name: str, person: str) -> list[sqlite3.Row]:
        query = (
            f"SELECT {name}.* FROM {name} JOIN person ON person.id = {name}.person_id WHERE person.name = ? "
            f"ORDER BY day, {name}.id"
        )
        with told(self.path):
            return sound(name, self._db.execute(query, (check_person(person),)))

    def _has_anything(self, owner: int) -> bool:
        queries = (f"SELECT 1 FROM {name} WHERE person_id = ?" for name in ("session", "note", "mark"))
        return any(self._db.execute(query, (owner,)).fetchone() for query in queries)

    def _rows(self, name: str, owner: int | None) -> list[dict[str, Any]]:
        mine = {
            "person": "id = :o",
            "session": "person_id = :o",
            "note": "person_id = :o",
            "mark": "person_id = :o",
        }
        where = mine.get(name, "session_id IN (SELECT id FROM session WHERE person_id = :o)")
        query = f"SELECT * FROM {name}" + ("" if owner is None else f" WHERE {where}")
        return [dict(row) for row in sound(name, self._db.execute(query, {"o": owner}), whole=True)]


def now() -> str:
    """Return the local time as the store writes it."""
    return datetime.now().isoformat(timespec="seconds")
