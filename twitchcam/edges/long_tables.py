"""Tables that need not fit into memory: rows go to CSV or TSV as they come, Parquet is made from that file.

Types are told, never guessed, so that a column is of the same type in every table, also where it is empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused
from twitchcam.files import placing, replacing
from twitchcam.plain import cell

TYPES: Final = {
    "text": "VARCHAR", "json": "VARCHAR", "number": "DOUBLE", "integer": "BIGINT", "boolean": "BOOLEAN",
}  # fmt: skip
GROUP: Final = 8192
"""Rows that Parquet holds in memory at a time: 500 columns of text of the usual 122,880 take 1.9 GB."""
Write = Callable[[Sequence[Any]], object]


@contextmanager
def long_table(path: Path, names: Sequence[str], *, delimiter: str = ",") -> Iterator[Write]:
    """Give a function that writes one row; the file appears, with its header, when the block ends well.

    None is an empty cell, a boolean true or false, a number as Python writes it, text as `plain.cell` does.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    with replacing(path) as handle:
        # A file name may hold bytes that are no text: they are shown, not raised.
        text = io.TextIOWrapper(handle, encoding="utf-8", errors="backslashreplace", newline="")
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
        writer.writerow(names)
        yield lambda row: writer.writerow([_cell(value) for value in row])
        text.flush()
        text.detach()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return cell(value) if isinstance(value, str) else value


def parquet_from(
    table: Path,
    path: Path,
    columns: Sequence[tuple[str, str]],
    *,
    delimiter: str = ",",
    nulls: tuple[str, ...] = ("",),
) -> None:
    """Write the rows of a CSV or TSV file as Parquet.

    Parameters
    ----------
    table
        The file, with a header, as `long_table` writes it.
    path
        The Parquet file.
    columns
        Name and kind (a key of `TYPES`) of each column, in the order of the file.
    delimiter
        Between the cells.
    nulls
        Texts that stand for nothing.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    import duckdb

    types = ", ".join(f"{_text(name)}: {_text(TYPES[kind])}" for name, kind in columns)
    source = (
        f"read_csv({_text(str(table))}, auto_detect=false, header=true, delim={_text(delimiter)}, "
        f"quote='\"', escape='\"', new_line='\\n', nullstr=[{', '.join(map(_text, nulls))}], "
        f"columns={{{types}}}, max_line_size=2000000)"
    )
    settings: dict[str, Any] = {
        # Nothing is looked for on the network, and the rows keep their order.
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
        "threads": 1,
    }
    with placing(path) as temporary:
        database = duckdb.connect(":memory:", config=settings)
        try:
            form = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP}, USE_TMP_FILE false"
            database.execute(f"COPY (SELECT * FROM {source}) TO {_text(str(temporary))} ({form})")
        except duckdb.IOException as error:
            reason = str(error).splitlines()[0][:120]
            raise InputRefused(f"{path}: cannot write here ({reason}). Choose another folder.") from error
        except (duckdb.ConversionException, duckdb.InvalidInputException) as error:
            reason = " ".join(str(error).split())[:120]
            raise InputRefused(
                f"{path}: cannot be made from {table.name} ({reason}); run the batch again with --verify"
            ) from error
        finally:
            database.close()


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
