"""The history as one JSON file: to keep elsewhere, to move to another computer, to read with others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused
from twitchcam.files import replacing

FORMAT: Final = "twitchcam.history/1"
MAX_BYTES: Final = 2_000_000_000


def write_history(path: Path, tables: Mapping[str, Sequence[Mapping[str, Any]]], program: str) -> None:
    """Write the rows of every table, readable by the owner only, whole or not at all.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    document = {"format": FORMAT, "program": program, "tables": tables}
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    with replacing(path, private=True) as handle:
        handle.write(text.encode("utf-8", "replace"))


def read_history(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the tables of a file that `write_history` wrote.

    Raises
    ------
    InputRefused
        If it is missing or is no such file.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRefused(f"{path}: too large for an exported history; give a file of 'history export'")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read ({error.strerror}); check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputRefused(
            f"{path}: is no exported history (not JSON); give a file of 'history export'"
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputRefused(f"{path}: is no exported history of this version; give a file of 'history export'")
    tables = document.get("tables")
    if not isinstance(tables, dict) or not all(
        isinstance(rows, list) and all(isinstance(row, dict) for row in rows) for rows in tables.values()
    ):
        raise InputRefused(f"{path}: its tables are not lists of rows; export the history again")
    return tables
