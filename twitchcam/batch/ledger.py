"""Reading the journals of a results folder: for each clip, its newest row.

A line that a crash cut in half is left out. Measured values are read only where they are asked for: of
100,000 clips the rows take 100 MB of memory, the values would take ten times that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Final

from twitchcam.batch.journal import FOLDER, FORMAT, Row

_VALUES: Final = b',"values":['
"""Cannot stand inside a string of JSON, whose quotes are escaped."""
_FIELDS: Final = frozenset(field.name for field in fields(Row))
_NEEDED: Final = frozenset(("identity", "name", "path", "status", "settings"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row, and where its line stands."""

    row: Row
    file: Path
    at: int


def journal_files(out: Path) -> list[Path]:
    """Return the journals of a results folder, of all its runs."""
    return sorted((out / FOLDER).glob("rows-*.jsonl"))


def newest_entries(out: Path) -> dict[str, Entry]:
    """Return each clip's newest row by its identity, in the order of the identities (path first)."""
    return present(newest_with_gone(out))


def present(entries: dict[str, Entry]) -> dict[str, Entry]:
    """Return those whose clip does not go by another identity now."""
    return {key: entry for key, entry in entries.items() if not entry.row.gone}


def newest_with_gone(out: Path) -> dict[str, Entry]:
    """As `newest_entries`, with the rows that say that a clip goes by another identity."""
    found: dict[str, Entry] = {}
    for file in journal_files(out):
        for entry in _entries(file):
            older = found.get(entry.row.identity)
            if older is None or older.row.written_ns <= entry.row.written_ns:
                found[entry.row.identity] = entry
    return {key: found[key] for key in sorted(found)}


def newest_rows(out: Path) -> dict[str, Row]:
    """Return each clip's newest row by its identity."""
    return {key: entry.row for key, entry in newest_entries(out).items()}


def with_values(entries: Iterable[Entry]) -> Iterator[tuple[Row, dict[str, Any]]]:
    """Yield the rows with their measured values by column, one at a time; a failed clip has none."""
    open_files: dict[Path, tuple[IO[bytes], list[str]]] = {}
    handle: IO[bytes]
    try:
        for entry in entries:
            if entry.file not in open_files:
                handle = open(entry.file, "rb")  # noqa: SIM115 - closed below
                open_files[entry.file] = handle, _columns(handle)
            handle, columns = open_files[entry.file]
            handle.seek(entry.at)
            values = json.loads(handle.readline())["values"]
            yield entry.row, dict(zip(columns, values, strict=False))
            if len(open_files) > 200:  # many short runs: systems allow about a thousand open files
                open_files.pop(next(iter(open_files)))[0].close()
    finally:
        for handle, _ in open_files.values():
            handle.close()


def _columns(handle: IO[bytes]) -> list[str]:
    columns: list[str] = json.loads(handle.readline())["columns"]
    return columns


def _entries(file: Path) -> Iterator[Entry]:
    with open(file, "rb") as handle:
        try:
            if json.loads(handle.readline()).get("format") != FORMAT:
                return
        except ValueError:  # cut off in its first line
            return
        at = handle.tell()
        for line in handle:
            row = _row(line)
            if row is not None:
                yield Entry(row, file, at)
            at += len(line)


def _row(line: bytes) -> Row | None:
    head, mark, _ = line.partition(_VALUES)
    if not mark or not line.endswith(b"]}\n"):
        return None
    try:
        plain = json.loads(head + b"}")
    except ValueError:
        return None
    if not plain.keys() >= _NEEDED:
        return None
    return Row(**{name: value for name, value in plain.items() if name in _FIELDS})
