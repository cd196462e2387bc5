"""The columns of batch.csv and batch.parquet: the batch's own, then every field of summary.json by its path.

Measured columns are read off the JSON Schema, so a field that is added there becomes a column. Lists of named
things (patterns, scales, guided tasks) have columns for each name; an interval has `.lo` and `.hi`; any other
list is JSON text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from twitchcam.protocol import TASKS
from twitchcam.schema import load_schema
from twitchcam.triage.patterns import PATTERNS

Kind = Literal["text", "number", "integer", "boolean", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, what its cells are, and what they mean."""

    name: str
    kind: Kind
    about: str


BATCH: Final = (
    Column("path", "text", "The clip's file, absolute."),
    Column("subject", "text", "Whose face it is, as the manifest says."),
    Column("session", "text", "Which session, as the manifest says."),
    Column("side_treated", "text", "left, right, both or none, as the manifest says."),
    Column("name", "text", "Folder of the clip's own results, inside the results folder."),
    Column("status", "text", "answered (also when the verdict is unusable: that is an answer) or failed."),
    Column(
        "reason",
        "text",
        "Of a failed clip: refused, missing, changed, version, timeout, memory, crashed, bug.",
    ),
    Column("error", "text", "Of a failed clip: what went wrong and what to do, in a sentence."),
    Column("seconds", "number", "Time from taking the clip up to its written results, s."),
    Column("attempts", "integer", "How often it was tried in the run that finished it."),
    Column("finished", "text", "When it was finished, UTC, ISO 8601."),
    Column("host", "text", "The machine that started the run."),
    Column("size_bytes", "integer", "Size of the clip's file."),
    Column("content_sha256", "text", "SHA-256 of the clip's bytes."),
    Column("settings_sha256", "text", "Hash of options, answers and program: equal where results compare."),
)
"""What the batch itself knows of a clip."""
MANIFEST: Final = "manifest."
"""In front of the name of a manifest's own columns; they come last."""

SCALES: Final = (
    "jankovic_severity", "jankovic_frequency", "smc_grade", "mds_updrs_3_17_lip_jaw", "ftm_face_rest",
    "mds_updrs_3_18_constancy", "house_brackmann", "sunnybrook_rest", "sunnybrook_voluntary",
    "sunnybrook_synkinesis", "sunnybrook_composite", "impact",
)  # fmt: skip
_NAMED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "tasks": ("task", TASKS),
    "scales": ("id", SCALES),
    "patterns": ("id", tuple(pattern.__name__ for pattern in PATTERNS)),
}
"""Lists of objects: the key that names one, and all the names."""


def flatten(summary: dict[str, Any]) -> dict[str, Any]:
    """Return a summary's values by column, for every measured column; None where there is no such value.

    Of a task that was done several times the first assessable one counts.
    """
    return {column.name: _value(summary, column) for column in measured_columns()}


def _value(summary: dict[str, Any], column: Column) -> Any:
    steps = column.name.split(".")
    found: Any = summary
    if steps[0] in _NAMED and len(steps) > 1:
        found, steps = _one_of(summary.get(steps[0]) or [], _NAMED[steps[0]][0], steps[1]), steps[2:]
    for step in steps:
        if isinstance(found, list) and step in ("lo", "hi"):
            found = found[step == "hi"]
        else:
            found = found.get(step) if isinstance(found, dict) else None
    if column.kind == "json" and found is not None:
        return json.dumps(found, ensure_ascii=False)
    return found


def _one_of(things: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    named = [thing for thing in things if thing.get(key) == name]
    return next((thing for thing in named if thing.get("assessable", True)), named[0] if named else {})


@cache
def measured_columns() -> tuple[Column, ...]:
    """Return the columns of summary.json's fields, in the order of the schema."""
    schema = load_schema()
    return tuple(
        column for key, field in schema["properties"].items() for column in _columns(key, field, schema)
    )


def _columns(name: str, field: dict[str, Any], schema: dict[str, Any], about: str = "") -> Iterator[Column]:
    """Yield the columns of a field; `about` is what stands above it."""
    if name in _NAMED:
        key, names = _NAMED[name]
        inner = _plain(field["items"], schema)
        for one in names:
            yield from _below(f"{name}.{one}", inner, schema, inner.get("description", ""), without=key)
    field = _plain(field, schema)
    about = field.get("description", about)
    if name == "tasks":
        yield Column(name, "json", "All of them, whole, in time order.")
    elif name in _NAMED:
        return
    elif "properties" in field:
        yield from _below(name, field, schema, about)
    elif field.get("minItems") == field.get("maxItems") == 2:
        yield Column(f"{name}.lo", "number", f"{about} Lower end.")
        yield Column(f"{name}.hi", "number", f"{about} Upper end.")
    else:
        yield Column(name, _kind(field), about)


def _below(
    name: str, field: dict[str, Any], schema: dict[str, Any], about: str, without: str = ""
) -> Iterator[Column]:
    for key, inner in field["properties"].items():
        if key != without:
            yield from _columns(f"{name}.{key}" if name else key, inner, schema, about)


def _plain(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference, and leave out that it may be null."""
    about = {"description": field["description"]} if "description" in field else {}
    if "$ref" in field:
        return {**_plain(schema["$defs"][field["$ref"].rpartition("/")[2]], schema), **about}
    options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        return {**_plain(options[0], schema), **about}
    return field


def _kind(field: dict[str, Any]) -> Kind:
    kinds = field.get("type", "string")
    kinds = [kinds] if isinstance(kinds, str) else [kind for kind in kinds if kind != "null"]
    choices = [choice for choice in field.get("enum", ()) if choice is not None]
    if choices and all(isinstance(choice, int) for choice in choices):
        return "integer"
    named: dict[str, Kind] = {
        "string": "text",
        "number": "number",
        "integer": "integer",
        "boolean": "boolean",
    }
    return named.get(kinds[0], "json") if len(kinds) == 1 else "text" if "string" in kinds else "json"


MEASURED_COLUMNS: Final = tuple(column.name for column in measured_columns())
