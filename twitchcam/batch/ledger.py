"""Reading the journals of a results folder: for each clip, its newest row.

A line that a crash cut in half, or that is damaged otherwise, is left out: its clip is measured again.
Measured values are read only where they are asked for: of 100,000 clips the rows take 100 MB of memory, the
values would take ten times that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import IO, Any, Final

from twitchcam.batch.columns import measured_columns
from twitchcam.batch.journal import FOLDER, FORMAT, Row

_VALUES: Final = b',"values":['
"""Cannot stand inside a string of JSON, whose quotes are escaped."""
_FIELDS: Final = {field.name: str(field.type) for field in fields(Row)}
_NEEDED: Final = frozenset(
    f.name for f in fields(Row) if f.default is MISSING and f.default_factory is MISSING
)
_KINDS: Final = {column.name: column.kind for column in measured_columns()}
LARGEST: Final = 9e18
"""Of any number: whole ones fit into 64 bits."""


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
                open_files[entry.file] = handle, _columns(handle) or []
            handle, columns = open_files[entry.file]
            handle.seek(entry.at)
            yield _with_values(entry.row, columns, handle.readline())
            if len(open_files) > 200:  # many short runs: systems allow about a thousand open files
                open_files.pop(next(iter(open_files)))[0].close()
    finally:
        for handle, _ in open_files.values():
            handle.close()


def _with_values(row: Row, columns: list[str], line: bytes) -> tuple[Row, dict[str, Any]]:
    """Return the row with its values; one whose values are damaged counts as failed."""
    try:
        values = dict(zip(columns, json.loads(line)["values"], strict=False))
        sound = all(_fits(kind, values[name]) for name, kind in _KINDS.items() if name in values)
    except (ValueError, KeyError, TypeError, RecursionError):
        values, sound = {}, False
    if sound:
        return row, values
    error = f"what was kept of it is damaged; delete its folder {row.name} and run the batch again"
    return replace(row, status="failed", reason="changed", error=error), {}


def _fits(kind: str, value: Any) -> bool:
    """Tell whether a value may stand in a column of that kind."""
    if value is None:
        return True
    if isinstance(value, bool) or kind == "boolean":
        return isinstance(value, bool) and kind == "boolean"
    if kind in ("text", "json"):
        return isinstance(value, str)
    return isinstance(value, int if kind == "integer" else (int, float)) and abs(value) < LARGEST


def _columns(handle: IO[bytes]) -> list[str] | None:
    """Return the columns that a journal's first line names; None where it is no journal of this version."""
    try:
        head = json.loads(handle.readline())
        columns = head["columns"] if head["format"] == FORMAT else None
    except (ValueError, KeyError, TypeError, RecursionError):  # cut off in its first line, or something else
        return None
    return columns if isinstance(columns, list) and all(isinstance(name, str) for name in columns) else None


def _entries(file: Path) -> Iterator[Entry]:
    with open(file, "rb") as handle:
        if _columns(handle) is None:
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
    except (ValueError, RecursionError):
        return None
    if not isinstance(plain, dict) or not plain.keys() >= _NEEDED:
        return None
    known = {name: value for name, value in plain.items() if name in _FIELDS}
    if not all(_is_of(_FIELDS[name], value) for name, value in known.items()) or not _is_name(known["name"]):
        return None
    return Row(**known)


def _is_of(annotation: str, value: Any) -> bool:
    """Tell whether a value is what the annotation of a field of `Row` says."""
    if value is None:
        return "None" in annotation
    if annotation.startswith("dict"):
        return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    if isinstance(value, bool):
        return annotation == "bool"
    if isinstance(value, str):
        return annotation.startswith("str") or (value in ("answered", "failed") and annotation == "Status")
    number = int if annotation == "int" else (int, float)
    return annotation[:3] in ("int", "flo") and isinstance(value, number) and abs(value) < LARGEST


def _is_name(name: str) -> bool:
    """Tell whether it is the name of a folder inside the results folder, and not a way out of it."""
    return name not in ("", ".", "..") and not set(name) & {"/", "\\", "\0"}
