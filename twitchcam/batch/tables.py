"""The tables of a results folder, made anew from its journals: batch, events, and the cohort page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from twitchcam.batch.cohort import CohortBuilder
from twitchcam.batch.columns import BATCH, MANIFEST, MEASURED_COLUMNS, Column, measured_columns
from twitchcam.batch.journal import Row
from twitchcam.batch.ledger import Entry, journal_files, newest_entries, with_values
from twitchcam.batch.locking import locked_tables
from twitchcam.edges.cohort import write_cohort
from twitchcam.edges.event_table import read_events_tsv
from twitchcam.edges.long_tables import long_table, parquet_from
from twitchcam.edges.outputs import EVENT_COLUMNS
from twitchcam.errors import InputRefused
from twitchcam.result_files import EVENTS as EVENT_FILE

TABLE: Final = "batch"
EVENTS: Final = "events"
PAGE: Final = "cohort.html"
MADE: Final = (f"{TABLE}.csv", f"{TABLE}.parquet", f"{EVENTS}.tsv", f"{EVENTS}.parquet", PAGE)
EVENT_KEYS: Final = (
    Column("clip", "text", "Folder of the clip's results: `name` in batch.csv."),
    Column("subject", "text", "As the manifest says."),
    Column("session", "text", "As the manifest says."),
)
_EVENT_KINDS: Final = {
    "onset": "number", "duration": "number", "amplitude_mm": "number", "peak": "number", "snr": "number",
    "run": "integer",
}  # fmt: skip


def make_tables(out: Path) -> int:
    """Make all tables anew, each whole or not at all; return the number of rows.

    Raises
    ------
    InputRefused
        If one cannot be written.
    """
    with locked_tables(out):
        entries = newest_entries(out)
        columns = [*BATCH, *measured_columns(), *_manifest_columns(entries)]
        cohort = CohortBuilder(out)
        table = out / f"{TABLE}.csv"
        with long_table(table, [column.name for column in columns]) as write:
            for row, values in with_values(entries.values()):
                write([*_batch_cells(row), *map(values.get, MEASURED_COLUMNS), *_others(row, columns)])
                cohort.add(row, values)
        kinds = [(column.name, column.kind) for column in columns]
        parquet_from(table, out / f"{TABLE}.parquet", kinds)
        _make_events(out, entries)
        write_cohort(cohort.cohort(), out / PAGE)
        return len(entries)


def tables_are_current(out: Path) -> bool:
    """Tell whether no journal is newer than the tables."""
    made = [path.stat().st_mtime_ns for path in (out / name for name in MADE) if path.exists()]
    newest = max((path.stat().st_mtime_ns for path in journal_files(out)), default=0)
    return len(made) == len(MADE) and newest < min(made)


def _batch_cells(row: Row) -> list[Any]:
    return [
        row.path, row.subject, row.session, row.side_treated, row.name, row.status, row.reason, row.error,
        row.seconds, row.attempts, row.finished, row.host, row.size, row.sha256, row.settings,
    ]  # fmt: skip


def _manifest_columns(entries: dict[str, Entry]) -> list[Column]:
    names = sorted({name for entry in entries.values() for name in entry.row.others})
    return [Column(f"{MANIFEST}{name}", "text", "Of the manifest.") for name in names]


def _others(row: Row, columns: list[Column]) -> Iterator[str]:
    for column in columns[len(BATCH) + len(MEASURED_COLUMNS) :]:
        yield row.others.get(column.name.removeprefix(MANIFEST), "")


def _make_events(out: Path, entries: dict[str, Entry]) -> None:
    """Put the events of all clips into one table, as they stand in the clips' own."""
    names = [*(column.name for column in EVENT_KEYS), *EVENT_COLUMNS]
    table = out / f"{EVENTS}.tsv"
    with long_table(table, names, delimiter="\t") as write:
        for entry in entries.values():
            row = entry.row
            for cells in _events_of(out / row.name) if row.status == "answered" else ():
                write([row.name, row.subject, row.session, *cells])
    kinds = [(name, _EVENT_KINDS.get(name, "text")) for name in names]
    parquet_from(table, out / f"{EVENTS}.parquet", kinds, delimiter="\t", nulls=("", "n/a"))


def _events_of(folder: Path) -> Iterator[list[str]]:
    path = folder / EVENT_FILE
    if not path.is_file():  # taken away by hand; its row stays
        return
    try:
        read_events_tsv(path)
    except InputRefused as error:
        print(f"twitchcam: {error}; it is left out of {EVENTS}.tsv", file=sys.stderr)
        return
    for line in path.read_text(encoding="utf-8").split("\n")[1:]:
        cells = line.split("\t")
        if len(cells) == len(EVENT_COLUMNS):
            yield cells
