"""Writes the columns of batch.csv into docs/batch.md, between its two marks.

python scripts/make_batch_page.py            tests/test_batch.py fails when the page is not current
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from twitchcam.batch.columns import BATCH, MANIFEST, Column, measured_columns
from twitchcam.batch.tables import EVENT_KEYS
from twitchcam.edges.outputs import EVENT_COLUMNS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "batch.md"
BEGIN, END = "<!-- columns: made by scripts/make_batch_page.py -->", "<!-- end of columns -->"
_AXES = {
    "tasks": "task",
    "scales": "scale",
    "patterns": "pattern",
    "regions": "region",
    "by_region": "region",
}
"""Parts of a name after which one of many names follows."""


def with_columns(page: str) -> str:
    """Return the page with the present columns between its marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{columns_text()}\n{END}{rest.partition(END)[2]}"


def columns_text() -> str:
    """Return the tables of all columns, those of many like things as one line."""
    lines = ["| column | cells | what |", "|---|---|---|", *_lines(BATCH)]
    for part, columns in groupby(measured_columns(), key=lambda column: column.name.split(".")[0]):
        lines += [f"| **{part}** | | |", *_folded(columns)]
    lines += [f"| `{MANIFEST}<name>` | text | A column of your own in the manifest. |", ""]
    lines += [f"`events.tsv`, `events.parquet`: {', '.join(f'`{c.name}`' for c in EVENT_KEYS)}, then"]
    lines += [f"{', '.join(f'`{name}`' for name in EVENT_COLUMNS)} as in each clip's own `events.tsv`.", ""]
    return "\n".join(lines)


def _folded(columns: Iterable[Column]) -> Iterator[str]:
    """Write `regions.chin_left.events`, `regions.chin_mid.events`, ... once, with the names beside it."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for column in columns:
        steps, name = column.name.split("."), ""
        for k, axis in enumerate(steps[:-2]):
            if axis in _AXES and not (axis == "regions" and k):
                name, steps[k + 1] = steps[k + 1], f"<{_AXES[axis]}>"
                break
        found.setdefault((".".join(steps), column.kind, column.about), []).append(name)
    told: set[tuple[str, ...]] = set()
    for (pattern, kind, about), names in found.items():
        which = tuple(names) if names[0] else ()
        tail = "" if not which or which in told else f" One for each of {', '.join(which)}."
        told.add(which)
        yield _line(pattern, kind, about + tail)


def _lines(columns: Iterable[Column]) -> Iterator[str]:
    for column in columns:
        yield _line(column.name, column.kind, column.about)


def _line(name: str, kind: str, about: str) -> str:
    return f"| `{name}` | {kind} | {re.sub('[|]', '/', about)} |"


if __name__ == "__main__":
    PAGE.write_text(with_columns(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
