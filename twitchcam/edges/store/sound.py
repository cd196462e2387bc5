"""Soundness: whether a row holds what its columns are for. SQLite itself keeps anything in any column, and a
damaged page may decode to anything.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final, TypeVar, get_args

from twitchcam.edges.store import schema
from twitchcam.edges.store.entries import FilmedFrom, check_person
from twitchcam.errors import InputRefused, shown

LARGEST: Final = 1e15
"""Of any number that is kept."""
_KINDS: Final[dict[str, Any]] = {"TEXT": (str,), "INTEGER": (int,), "REAL": (float, int)}
_DAYS: Final = ("filmed_at", "day")
_JSON: Final = {"answers": "content", "result": "summary"}
_Row = TypeVar("_Row", bound=Mapping[str, Any] | sqlite3.Row)


class Damaged(sqlite3.DatabaseError):
    """The file can be read, but what it holds cannot be right."""


def fault_of(name: str, row: Mapping[str, Any], *, whole: bool = True) -> str:
    """Return what is wrong with a row of the table `name`, in words; empty when nothing is.

    Only columns that the row has are looked at; `whole` also reads the JSON that it may hold.
    """
    for column, (kind, filled) in schema.columns()[name].items():
        if column not in row:
            continue
        value: Any = row[column]
        if value is None and not filled:
            continue
        if not isinstance(value, _KINDS[kind]) or isinstance(value, bool):
            return f"{name}.{column} holds {shown(value, 30)}"
        if not isinstance(value, str) and not abs(value) < LARGEST:
            return f"{name}.{column} holds {shown(value, 30)}"
    return _own_fault(name, row, whole)


def _own_fault(name: str, row: Mapping[str, Any], whole: bool) -> str:
    """What the kinds of the columns do not tell."""
    for column in _DAYS:
        if column in row and not _is_day(row[column]):
            return f"{name}.{column} holds {shown(row[column], 30)}, which is no date"
    if name == "session" and "filmed_from" in row and row["filmed_from"] not in get_args(FilmedFrom):
        return f"{name}.filmed_from holds {shown(row['filmed_from'], 30)}"
    if name == "person" and "name" in row and not _is_name(row["name"]):
        return f"{name}.name holds {shown(row['name'], 30)}"
    if whole and name in _JSON and not _is_object(row.get(_JSON[name])):
        return f"{name}.{_JSON[name]} is not readable"
    return ""


def sound(name: str, found: Iterable[_Row], *, whole: bool = False) -> list[_Row]:
    """Return the rows of a table; Damaged when one of them is not sound."""
    rows = list(found)
    for row in rows:
        fault = fault_of(name, dict(row), whole=whole)
        if fault:
            raise Damaged(fault)
    return rows


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object that a column holds; Damaged when it is none."""
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, TypeError, RecursionError) as error:
        raise Damaged("what is kept of a recording is not readable") from error
    if not isinstance(found, dict):
        raise Damaged("what is kept of a recording is not readable")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _is_object(text: Any) -> bool:
    try:
        parse_object(text)
    except Damaged:
        return False
    return True


def _is_name(text: str) -> bool:
    try:
        return check_person(text) == text
    except InputRefused:
        return False


def _is_day(text: str) -> bool:
    """Tell whether it is an ISO day, or begins with one and goes on with a time."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return len(text) == 10 or (len(text) <= 40 and text[10] == "T" and text.isprintable())
