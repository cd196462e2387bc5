"""events.tsv read back: the rows that `write_events_tsv` wrote."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused

NUMBERS: Final = ("onset", "duration", "amplitude_mm", "peak", "snr")
COLUMNS: Final = (*NUMBERS, "trial_type", "side", "region", "regions", "run", "gated")
MAX_BYTES: Final = 100_000_000


def read_events_tsv(path: Path) -> tuple[dict[str, Any], ...]:
    """Return the rows with numbers as numbers (None for n/a), `regions` as a tuple, `run` as int or None.

    Raises
    ------
    InputRefused
        If the file cannot be read or is no events.tsv.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRefused(f"{path}: too large for an events.tsv; give the one that analyze wrote")
        with path.open(encoding="utf-8", newline="") as handle:
            table = csv.DictReader(handle, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = set(COLUMNS) - set(table.fieldnames or ())
            if missing:
                raise InputRefused(f"{path}: has no column {min(missing)}; give the events.tsv of analyze")
            return tuple(map(_row, table))
    except (OSError, ValueError, csv.Error) as error:
        short = " ".join(str(error).split())[:120]
        raise InputRefused(
            f"{path}: cannot be read as events ({short}); analyse the recording again to make it anew"
        ) from error


def _row(cells: dict[str, Any]) -> dict[str, Any]:
    if any(cells[name] is None for name in COLUMNS):
        raise ValueError("a line ends before its last column")
    row: dict[str, Any] = {name: _number(cells[name]) for name in NUMBERS}
    row |= {name: cells[name] for name in ("trial_type", "side", "region", "gated")}
    if row["onset"] is None or row["duration"] is None:
        raise ValueError("an event has no time")
    row["regions"] = tuple(filter(None, cells["regions"].split(",")))
    row["run"] = _run(cells["run"])
    return row


def _run(cell: str) -> int | None:
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit() and len(cell) < 10):
        raise ValueError(f"{cell[:20]!r} is no number of a run")
    return int(cell)


def _number(cell: str) -> float | None:
    value = float(cell) if cell != "n/a" else math.nan
    return value if math.isfinite(value) else None
