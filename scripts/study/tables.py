"""Markdown tables of many rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

Row = dict[str, Any]
DEVELOPED_ON = "london_002"
"""The person whose clips earlier thresholds were chosen on; reported apart."""


def table(rows: Iterable[Row], columns: dict[str, Callable[[Row], object]]) -> str:
    """Return rows as a Markdown table; `columns` maps headings to functions of a row."""
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(str(get(row)) for get in columns.values()) + " |" for row in rows]
    return "\n".join(lines)


def as_table(lines: Sequence[Row]) -> str:
    """Return rows with the same keys as a Markdown table headed by them; 'no figures' without rows."""
    if not lines:
        return "no figures"
    return table(lines, {key: (lambda row, key=key: row[key]) for key in lines[0]})


def spread(values: Sequence[float | None], digits: int = 2) -> str:
    """Return 'median (lowest to highest)' and how many were not given."""
    known = [v for v in values if v is not None and np.isfinite(v)]
    missing = sum(1 for v in values if v is None)
    text = (
        f"{np.median(known):.{digits}f} ({min(known):.{digits}f} to {max(known):.{digits}f})"
        if known
        else "none"
    )
    return text + (f", {missing} not given" if missing else "")


def middle(values: Sequence[float | None], digits: int = 2) -> str:
    """Return 'median (10 % to 90 % quantile)'."""
    known = np.array([v for v in values if v is not None and np.isfinite(v)])
    if not known.size:
        return "none"
    low, mid, high = np.quantile(known, [0.1, 0.5, 0.9])
    return f"{mid:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def share(flags: Sequence[Any]) -> str:
    """Return 'true/all'; None counts as not asked."""
    asked = [bool(f) for f in flags if f is not None]
    return f"{sum(asked)}/{len(asked)}" if asked else "-"


def pick(rows: Iterable[Row], **want: Any) -> list[Row]:
    """Return the rows with these values."""
    return [r for r in rows if all(r.get(k) == v for k, v in want.items())]


def values(rows: Iterable[Row], key: str) -> list[Any]:
    return [r.get(key) for r in rows]


def kinds(rows: Iterable[Row], key: str) -> list[Any]:
    """Return the different values of a key, in order."""
    return sorted({r[key] for r in rows if key in r})


def by_development(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return the rows of the people that no threshold was chosen on, then those of the one that was."""
    new = [r for r in rows if DEVELOPED_ON not in r["person"]]
    old = [r for r in rows if DEVELOPED_ON in r["person"]]
    count = len(kinds(new, "person"))
    return [(name, mine) for name, mine in ((f"{count} others", new), (DEVELOPED_ON, old)) if mine]
