"""Tables on disk: columns of equal length as CSV, TSV or Parquet, each file whole or not at all.

DuckDB writes all three: typed columns, quoting and nulls are its own. What is missing (None, a masked item, a
number that is not finite) is one thing in every format: null in Parquet, nothing between the commas of a CSV,
`n/a` in a TSV (BIDS). No NaN is ever written, so a reader need not tell two kinds of nothing apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam.errors import InputRefused
from twitchcam.files import placing

if TYPE_CHECKING:
    import duckdb

TABLE_FORMATS: Final[tuple[str, ...]] = ("csv", "tsv", "parquet")
_OPTIONS: Final = {
    "csv": "FORMAT csv, HEADER, DELIMITER ',', NULLSTR '', USE_TMP_FILE false",
    "tsv": "FORMAT csv, HEADER, DELIMITER '\t', NULLSTR 'n/a', USE_TMP_FILE false",
    "parquet": "FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false",
}
ma: Any = np.ma
"""NumPy's masked arrays, which carry no annotations."""
_SQL_TYPE: Final = {"b": "BOOLEAN", "i": "BIGINT", "u": "BIGINT", "f": "DOUBLE", "O": "VARCHAR"}
Column = Sequence[Any] | NDArray[Any]
"""Booleans, whole numbers, numbers or text; None, NaN or a masked item where there is nothing."""


def write_table(
    path: Path,
    columns: Mapping[str, Column],
    *,
    table_format: str | None = None,
    header: bool = True,
    about: Mapping[str, str] | None = None,
    private: bool = False,
) -> None:
    """Write `columns` to `path`, in their order, one header line (CSV, TSV) or typed columns (Parquet).

    Parameters
    ----------
    path : Path
        The file; without `table_format` its ending says which: .csv, .tsv or .parquet.
    columns : mapping of name to column
        All of one length, which may be 0. A column of nothing but None is text.
    table_format : str, optional
        'csv', 'tsv' or 'parquet'.
    header : bool
        Without it a CSV or TSV begins with the first row (BIDS motion data want it so).
    about : mapping of str to str, optional
        Kept as key-value metadata in a Parquet file (units, say); CSV and TSV have no place for it.
    private : bool
        Readable by its owner only.

    Raises
    ------
    ValueError
        If the columns differ in length, there is none, one mixes text and numbers, or the format is unknown.
    InputRefused
        If the file cannot be written.
    """
    kind = table_format or Path(path).suffix.lstrip(".").lower()
    if kind not in TABLE_FORMATS:
        raise ValueError(f"{path}: {kind!r} is no table format; choose one of {', '.join(TABLE_FORMATS)}")
    arrays = {name: _array(name, column) for name, column in columns.items()}
    if len({array.shape for array in arrays.values()}) != 1:
        raise ValueError(f"columns must be one or more of equal length, got {_lengths(arrays)}")
    options = _OPTIONS[kind] if header else _OPTIONS[kind].replace("HEADER", "HEADER false")
    if kind == "parquet" and about:
        options += ", KV_METADATA {" + ", ".join(f"{_name(k)}: {_text(v)}" for k, v in about.items()) + "}"
    with placing(Path(path), private=private) as temporary, _database() as database:
        selected = _register(database, arrays)
        _copy(database, f"COPY ({selected}) TO {_text(str(temporary))} ({options})", path)


def _register(database: duckdb.DuckDBPyConnection, arrays: Mapping[str, Any]) -> str:
    """Hand the columns over and return the query for them; what is missing is said by a column of its own,
    for not every version of DuckDB looks at NumPy's masks.
    """
    given, chosen = {}, []
    for i, (name, array) in enumerate(arrays.items()):
        kind = array.dtype.kind
        given[f"v{i}"] = array.data if isinstance(array, ma.MaskedArray) else array
        value = f"CAST(v{i} AS {_SQL_TYPE[kind]})"
        if kind == "f":
            value = f"CASE WHEN isnan({value}) THEN NULL ELSE {value} END"
        elif isinstance(array, ma.MaskedArray):
            given[f"m{i}"] = ma.getmaskarray(array)
            value = f"CASE WHEN m{i} THEN NULL ELSE {value} END"
        chosen.append(f"{value} AS {_name(name)}")
    database.register("given", given)
    return f"SELECT {', '.join(chosen)} FROM given"


@contextmanager
def _database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory, which looks for no extension on the network and keeps the rows' order."""
    import duckdb

    settings: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "true",
        "threads": 1,
        # Without looking at a sample of the values: text is text, also where the first thousand are None.
        "pandas_analyze_sample": 0,
    }
    database = duckdb.connect(":memory:", config=settings)
    try:
        yield database
    finally:
        database.close()


def _copy(database: duckdb.DuckDBPyConnection, statement: str, path: Path) -> None:
    import duckdb

    try:
        database.execute(statement)
    except (duckdb.IOException, duckdb.HTTPException) as error:
        reason = str(error).splitlines()[0][:120]
        raise InputRefused(f"{path}: cannot write here ({reason}). Choose another folder.") from error


def _array(name: str, column: Column) -> Any:
    """Return a column as an array that DuckDB reads right: float with NaN, or masked, or text with None."""
    array = ma.asarray(column) if isinstance(column, np.ndarray) else _from_sequence(name, column)
    if array.ndim != 1:
        raise ValueError(f"column {name!r} must have one dimension, got shape {array.shape}")
    kind = array.dtype.kind
    if kind == "f":
        values = ma.filled(array.astype(np.float64), np.nan)
        return np.where(np.isfinite(values), values, np.nan)
    if kind in "biu":
        plain = array.astype(np.int64) if kind != "b" else array
        return plain if ma.is_masked(plain) else np.asarray(plain.data)
    if kind in "OU":
        texts = [None if v is None or v is ma.masked else v for v in array.tolist()]
        if not all(v is None or isinstance(v, str) for v in texts):
            return _array(name, texts)
        return _objects([None if v is None else _readable(v) for v in texts])
    raise ValueError(f"column {name!r} of {array.dtype} cannot be written; give numbers, booleans or text")


def _from_sequence(name: str, column: Sequence[Any]) -> Any:
    values = [v.item() if isinstance(v, np.generic) else v for v in column]
    present = [v for v in values if v is not None]
    missing = [v is None for v in values]
    if all(isinstance(v, bool) for v in present) and present:
        return ma.array([bool(v) for v in values], mask=missing)
    if all(isinstance(v, int) and not isinstance(v, bool) for v in present) and present:
        return ma.array([v or 0 for v in values], mask=missing, dtype=np.int64)
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in present) and present:
        return ma.asarray(np.array([np.nan if v is None else v for v in values], dtype=np.float64))
    if all(isinstance(v, str) for v in present):
        return ma.asarray(_objects(values))
    raise ValueError(f"column {name!r} mixes kinds of values; give all numbers, all booleans or all text")


def _objects(values: Sequence[str | None]) -> NDArray[np.object_]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _readable(text: str) -> str:
    """Return text without the bytes of a broken file name and without NUL, which no column of text takes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "")


def _lengths(arrays: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {array.shape[0]}" for name, array in arrays.items()) or "none"


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
