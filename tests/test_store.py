"""The store: what goes in comes out, people never mix, older files open, deleting deletes."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from histories import entry_of

from twitchcam.edges.store import FILE, check_integrity, data_folder, open_store, repair, schema
from twitchcam.errors import InputRefused

VERSION_1 = Path(__file__).with_name("history_version_1.sql")


def old_file(folder: Path) -> Path:
    """Make a history of version 1 from the text that is kept of it."""
    path = folder / FILE
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    connection.close()
    return path


class TestKeeping:
    def test_what_goes_in_comes_out(self, tmp_path: Path) -> None:
        entry = entry_of(1, "2026-03-05T18:30", 7)
        with open_store(tmp_path) as store:
            number, new = store.add("me", entry)
            (kept,) = store.sessions("me")
            assert new
            assert (kept.id, kept.person, kept.day, kept.filmed_from) == (number, "me", "2026-03-05", "given")
            assert (kept.figures.events, kept.figures.protocol, kept.figures.backend) == (
                7,
                "free",
                "facemesh",
            )
            assert kept.figures.rate_ci == pytest.approx((2.814, 14.423), abs=0.001)
            assert kept.figures.amplitude_ci == pytest.approx((0.36, 0.44))
            assert kept.onsets_s == tuple(map(float, range(7)))
            assert kept.regions["commissure_left"].events == 7
            assert store.summary(number) == entry.summary
            assert store.answers(number) == {"pain": False}
            assert store.events(number) == list(entry.events)
            assert store.session(number) == kept

    def test_the_same_clip_takes_the_place_of_its_earlier_result(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            first, _ = store.add("me", entry_of(1, events=3))
            store.add_note("me", "2026-01-05", "stays", first)
            assert store.add("me", entry_of(1, events=9)) == (first, False)
            (kept,) = store.sessions("me")
            assert (kept.figures.events, len(store.events(first))) == (9, 9)
            assert [note.text for note in store.notes("me")] == ["stays"]

    def test_people_never_mix(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            store.add("me", entry_of(1, events=3))
            number, _ = store.add("  anna  ", entry_of(1, events=8))
            store.add_mark("anna", "2026-02-01", "hers")
            assert [k.figures.events for k in store.sessions("me")] == [3]
            assert [k.figures.events for k in store.sessions("anna")] == [8]
            assert store.marks("me") == store.notes("me") == []
            with pytest.raises(InputRefused, match="'me' has no session"):
                store.delete("me", sessions=[number])
            with pytest.raises(InputRefused, match="'me' has no session"):
                store.add_note("me", "2026-02-01", "x", number)
            store.delete("me", everything=True)
            assert [p.name for p in store.people()] == ["anna"]

    def test_sessions_come_in_the_order_of_filming(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            for number, day in enumerate(
                ("2026-03-01", "2026-01-01T09:00", "2026-01-01", "2025-12-31T23:59")
            ):
                store.add("me", entry_of(number, day))
            days = [kept.filmed_at for kept in store.sessions("me")]
        assert days == sorted(days)

    def test_names_and_texts_are_checked(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            for name in ("", "  ", "x" * 61, "a\x00b"):
                with pytest.raises(InputRefused, match="--person"):
                    store.add(name, entry_of(1))
            with pytest.raises(InputRefused, match="note: write"):
                store.add_note("me", "2026-01-01", "   ")
            assert store.people() == []

    def test_a_name_that_is_no_text_is_kept(self, tmp_path: Path) -> None:
        entry = entry_of(1)
        entry.summary["source"]["file"] = "caf\udce9.mp4"
        with open_store(tmp_path) as store:
            number, _ = store.add("me", entry)
            assert store.summary(number)["source"]["file"] == "caf?.mp4"


class TestFiles:
    @pytest.mark.skipif(os.name != "posix", reason="file modes")
    def test_only_the_owner_can_read(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "a" / "b") as store:
            store.add("me", entry_of(1))
            files = list((tmp_path / "a" / "b").iterdir())
            assert {f.name for f in files} == {FILE, f"{FILE}-wal", f"{FILE}-shm"}
            assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700

    @pytest.mark.skipif(os.name != "posix", reason="file modes")
    def test_a_file_that_others_could_read_is_closed_to_them(self, tmp_path: Path) -> None:
        old_file(tmp_path).chmod(0o644)
        with open_store(tmp_path):
            assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600

    def test_where_it_lies(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TWITCHCAM_DATA_DIR", str(tmp_path / "named"))
        assert data_folder() == tmp_path / "named"
        assert data_folder(tmp_path / "given") == tmp_path / "given"
        monkeypatch.delenv("TWITCHCAM_DATA_DIR")
        if sys.platform == "linux":
            monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg"))
            assert data_folder() == tmp_path / "xdg" / "twitchcam"
            monkeypatch.setenv("XDG_DATA_HOME", "relative")
            assert data_folder() == Path.home() / ".local" / "share" / "twitchcam"

    def test_none_there_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(InputRefused, match="no history is kept here yet"):
            open_store(tmp_path / "empty", create=False)
        assert not (tmp_path / "empty").exists()


class TestVersions:
    def test_a_file_of_version_1_is_brought_up_to_date(self, tmp_path: Path) -> None:
        path = old_file(tmp_path)
        with open_store(tmp_path) as store:
            (kept,) = store.sessions("me")
            assert (kept.figures.events, kept.reviewed, len(kept.onsets_s)) == (3, False, 3)
            assert kept.figures.amplitude_ci == (0.3, 0.5)
            assert [note.text for note in store.notes("me")] == ["a note"]
            assert [mark.text for mark in store.marks("me")] == ["a mark"]
            assert store.add("me", entry_of(2))[1]
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        made = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        connection.close()
        with open_store(tmp_path / "new"):
            pass
        fresh = sqlite3.connect(tmp_path / "new" / FILE)
        assert (
            made
            == fresh.execute("SELECT sql FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        )
        fresh.close()

    def test_a_migration_that_fails_changes_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = old_file(tmp_path)
        broken = (*schema.MIGRATIONS[:1], (*schema.MIGRATIONS[1], "CREATE TABLE session (x)"))
        monkeypatch.setattr(schema, "MIGRATIONS", broken)
        with pytest.raises(InputRefused):
            open_store(tmp_path)
        connection = sqlite3.connect(path)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert len(connection.execute("SELECT * FROM session").fetchone()) == 12
        connection.close()

    @pytest.mark.parametrize(
        ("statement", "told"),
        [
            ("PRAGMA user_version = 99", "newer twitchcam"),
            ("PRAGMA application_id = 1", "another program's database"),
        ],
    )
    def test_what_is_not_ours_is_left_alone(self, tmp_path: Path, statement: str, told: str) -> None:
        path = old_file(tmp_path)
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
        before = path.read_bytes()
        with pytest.raises(InputRefused, match=told):
            open_store(tmp_path)
        # SQLite may have turned on write-ahead logging (two bytes of the header); no table has changed
        assert path.read_bytes()[100:] == before[100:]


class TestDeleting:
    SECRET = "unmistakable-ZEBRA-words"

    def traces(self, folder: Path, secret: str) -> list[str]:
        return [f.name for f in folder.rglob("*") if f.is_file() and secret.encode() in f.read_bytes()]

    def fill(self, folder: Path) -> int:
        entry = entry_of(7, "2026-03-05", 40)
        entry.summary["source"]["file"] = f"{self.SECRET}-7.mp4"
        entry.answers["why"] = self.SECRET
        with open_store(folder) as store:
            for number in range(30):
                store.add("me", entry_of(100 + number))
            number, _ = store.add("me", entry)
            store.add_note("me", "2026-03-05", f"{self.SECRET} noted", number)
            store.add_mark("me", "2026-03-05", f"{self.SECRET} marked")
        return number

    def test_nothing_is_left_in_any_file(self, tmp_path: Path) -> None:
        number = self.fill(tmp_path)
        assert self.traces(tmp_path, self.SECRET)
        with open_store(tmp_path) as store:
            (mark,) = store.marks("me")
            assert store.delete("me", sessions=[number], marks=[mark.id])
            assert not self.traces(tmp_path, self.SECRET)  # at once, not only when it is closed
            assert not self.traces(tmp_path, f"{7:064x}")
            assert len(store.sessions("me")) == 30
            assert store.notes("me") == []
        assert check_integrity(tmp_path / FILE) == []

    def test_a_person_goes_with_everything(self, tmp_path: Path) -> None:
        self.fill(tmp_path)
        with open_store(tmp_path) as store:
            store.add("anna", entry_of(1))
            assert store.delete("me", everything=True)
            for table, rows in store.dump().items():
                assert len(rows) == {"person": 1, "session": 1, "answers": 1, "result": 1}.get(
                    table, len(rows)
                )
                assert table in ("region", "event") or len(rows) <= 1
        assert not self.traces(tmp_path, self.SECRET)

    def test_all_or_nothing(self, tmp_path: Path) -> None:
        number = self.fill(tmp_path)
        with open_store(tmp_path) as store:
            with pytest.raises(InputRefused):
                store.delete("me", sessions=[number, 999])
            assert len(store.sessions("me")) == 31

    def test_the_last_thing_takes_the_name_along(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            number, _ = store.add("somebody-odd", entry_of(1))
            store.delete("somebody-odd", sessions=[number])
            assert store.people() == []
        assert not self.traces(tmp_path, "somebody-odd")


class Torn:
    """A connection to a file whose damage only rewriting it comes upon."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def execute(self, statement: str, *values: Any) -> Any:
        if statement == "VACUUM":
            raise sqlite3.DatabaseError("database disk image is malformed")
        return self.connection.execute(statement, *values)


class TestTrouble:
    def test_damage_that_deleting_comes_upon_is_told_in_one_line(self, tmp_path: Path) -> None:
        with open_store(tmp_path) as store:
            number, _ = store.add("me", entry_of(1))
            store._db = Torn(store._db)  # type: ignore[assignment]
            with pytest.raises(InputRefused, match=r"history is damaged .* check --repair"):
                store.delete("me", sessions=[number])
            assert store.sessions("me") == []

    def test_locked_is_told_in_one_line(self, tmp_path: Path) -> None:
        with open_store(tmp_path):
            pass
        holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with open_store(tmp_path, busy_s=0.05) as store:
            assert store.sessions("me") == []  # reading goes on
            with pytest.raises(InputRefused, match="in use by another program") as told:
                store.add("me", entry_of(1))
        holder.close()
        assert "\n" not in str(told.value)

    def test_two_processes_write_at_once(self, tmp_path: Path) -> None:
        code = (
            "import sys; sys.path.insert(0, sys.argv[3])\n"
            "from pathlib import Path; from histories import entry_of\n"
            "from twitchcam.edges.store import open_store\n"
            "for i in range(12):\n"
            "    with open_store(Path(sys.argv[1]), busy_s=60) as store:\n"
            "        store.add('me', entry_of(int(sys.argv[2]) + i))\n"
        )
        here = str(Path(__file__).parent)
        running = [
            subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(start), here])
            for start in (0, 1000)
        ]
        assert [process.wait(timeout=120) for process in running] == [0, 0]
        with open_store(tmp_path) as store:
            assert len(store.sessions("me")) == 24
        assert check_integrity(tmp_path / FILE) == []

    def damage(self, folder: Path, *, sessions: int = 40) -> Path:
        with open_store(folder) as store:
            for number in range(sessions):
                store.add("me", entry_of(number, f"2026-01-{number % 28 + 1:02d}"))
            store.add_note("me", "2026-01-01", "a note")
        path = folder / FILE
        content = bytearray(path.read_bytes())
        middle = len(content) // 2 // 4096 * 4096
        content[middle : middle + 3 * 4096] = b"\xa5" * (3 * 4096)
        path.write_bytes(content)
        return path

    def test_damage_is_found_told_and_mended(self, tmp_path: Path) -> None:
        path = self.damage(tmp_path)
        assert check_integrity(path)
        saved = repair(path)
        assert 10 <= saved.sessions <= 40
        assert saved.aside.is_file()
        assert check_integrity(path) == []
        with open_store(tmp_path) as store:
            assert len(store.sessions("me")) == saved.sessions
        if os.name == "posix":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / FILE).write_bytes(b"no database at all" * 400)
        with pytest.raises(InputRefused, match=r"history is damaged .* check --repair"):
            open_store(tmp_path)
        assert check_integrity(tmp_path / FILE)
        assert repair(tmp_path / FILE).sessions == 0
        with open_store(tmp_path) as store:
            assert store.people() == []

    def test_a_truncated_file(self, tmp_path: Path) -> None:
        path = self.damage(tmp_path)
        path.write_bytes(path.read_bytes()[: 5 * 4096 + 100])
        assert check_integrity(path)
        repair(path)
        assert check_integrity(path) == []


class TestHandingOver:
    def test_out_and_in_again(self, tmp_path: Path) -> None:
        with open_store(tmp_path / "a") as a, open_store(tmp_path / "b") as b:
            for number in range(3):
                a.add("me", entry_of(number))
            a.add("anna", entry_of(0, events=2))
            a.add_note("me", "2026-01-01", "x", 2)
            a.add_mark("anna", "2026-01-02", "y")
            tables = json.loads(json.dumps(a.dump()))
            assert b.load(tables) == 4
            assert b.load(tables) == 0
            assert [k.figures for k in b.sessions("me")] == [k.figures for k in a.sessions("me")]
            assert b.sessions("anna")[0].onsets_s == a.sessions("anna")[0].onsets_s
            assert [(n.text, n.session) for n in b.notes("me")] == [("x", 2)]
            assert len(b.marks("anna")) == 1
            assert set(a.dump("anna")["session"][0]) == set(tables["session"][0])
            assert len(a.dump("anna")["session"]) == len(a.dump("anna")["mark"]) == 1

    @pytest.mark.parametrize(
        "tables",
        [
            {"rocket": []},
            {"person": [{"id": 1}]},
            {"person": [{"id": 1, "name": "me"}], "session": [{"id": 1, "person_id": 1}]},
            {"person": [{"id": 1, "name": "me"}], "mark": [{"person_id": 1, "day": "soon", "content": "x"}]},
            {"person": [{"id": 1, "name": "me"}],
             "mark": [{"person_id": 1, "day": "2026-01-01", "content": "x", "x; DROP TABLE session": 1}]},
            {"person": [{"id": 1, "name": "me"}],
             "note": [{"person_id": 1, "day": "2026-01-01", "content": ["x"]}]},
        ],
    )  # fmt: skip
    def test_what_is_no_export_changes_nothing(self, tmp_path: Path, tables: dict[str, list[object]]) -> None:
        with open_store(tmp_path) as store:
            with pytest.raises(InputRefused, match="export of a history"):
                store.load(tables)  # type: ignore[arg-type]
            assert store.people() == []
