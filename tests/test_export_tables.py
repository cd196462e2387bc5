"""Tables: what DuckDB writes is what the standard library, DuckDB itself and pandas' rules read back."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.tables import write_table
from twitchcam.errors import InputRefused

TEXT = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
NUMBER = st.none() | st.floats(width=64)
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
TRUTH = st.none() | st.booleans()


def parquet(path: Path) -> tuple[list[str], list[tuple[Any, ...]]]:
    found = duckdb.connect(":memory:").execute(f"SELECT * FROM '{path}'")
    return [str(column[1]) for column in found.description or ()], found.fetchall()


@given(st.lists(st.tuples(NUMBER, WHOLE, TRUTH, TEXT), max_size=6))
def test_parquet_gives_every_value_back(tmp_path_factory: Any, rows: list[tuple[Any, ...]]) -> None:
    path = tmp_path_factory.mktemp("t") / "it's.parquet"
    path = path.with_name("t.parquet")
    columns = dict(zip("nwbt", map(list, zip(*rows, strict=True)), strict=True)) if rows else {"n": []}
    write_table(path, columns)
    _, back = parquet(path)
    wanted = [
        tuple(None if isinstance(v, float) and not math.isfinite(v) else v for v in row) for row in rows
    ]
    assert back == wanted


@given(st.lists(st.tuples(NUMBER, TEXT), min_size=1, max_size=6), st.sampled_from([",", "\t"]))
def test_text_tables_are_read_by_the_standard_library(
    tmp_path_factory: Any, rows: list[tuple[Any, ...]], mark: str
) -> None:
    ending, nothing = ("csv", "") if mark == "," else ("tsv", "n/a")
    path = tmp_path_factory.mktemp("t") / f"t.{ending}"
    write_table(path, {"n": [r[0] for r in rows], "t": [r[1] for r in rows]})
    with open(path, encoding="utf-8", newline="") as handle:
        head, *cells = csv.reader(handle, delimiter=mark)
    assert head == ["n", "t"]
    for (number, text), (a, b) in zip(rows, cells, strict=True):
        assert (a == nothing) if number is None or not math.isfinite(number) else float(a) == number
        assert b == (nothing if text is None else text)


def test_arrays_keep_their_types_and_metadata(tmp_path: Path) -> None:
    n = 3000
    sparse = np.full(n, None, dtype=object)
    sparse[-1] = "at last"
    columns = {
        "f4": np.arange(n, dtype=np.float32),
        "i": np.ma.array(np.arange(n), mask=np.arange(n) % 2 == 0),
        "b": np.arange(n) % 3 == 0,
        "s": sparse,
        "u": np.array(["ü"] * n),
        "never": [None] * n,
        'odd "name"': [1] * n,
        "mixed": [1, 2.5, None] * (n // 3),
    }
    path = tmp_path / "t.parquet"
    write_table(path, columns, about={"units": "mm; it's"})
    types, rows = parquet(path)
    assert types == ["DOUBLE", "BIGINT", "BOOLEAN", "VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "DOUBLE"]
    assert rows[0] == (0.0, None, True, None, "ü", None, 1, 1.0)
    assert rows[-1] == (n - 1.0, n - 1, False, "at last", "ü", None, 1, None)
    database = duckdb.connect(":memory:")
    kept = database.execute(f"SELECT key, value FROM parquet_kv_metadata('{path}')").fetchall()
    assert (b"units", b"mm; it's") in kept


def test_no_row_is_a_table_too(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", {"a": np.zeros(0), "b": []})
    assert (tmp_path / "t.csv").read_text() == "a,b\n"
    write_table(tmp_path / "t.parquet", {"a": np.zeros(0), "b": []})
    assert parquet(tmp_path / "t.parquet") == (["DOUBLE", "VARCHAR"], [])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1], "b": [1, 2]}, "equal length, got a 1, b 2"),
        ({}, "one or more"),
        ({"a": [1, "x"]}, "'a' mixes"),
        ({"a": [True, 2]}, "'a' mixes"),
        ({"a": np.zeros((2, 2))}, "one dimension"),
        ({"a": np.zeros(2, "M8[s]")}, "cannot be written"),
    ],
)
def test_what_is_no_table_is_a_mistake_of_the_caller(
    tmp_path: Path, columns: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        write_table(tmp_path / "t.csv", columns)
    with pytest.raises(ValueError, match="no table format"):
        write_table(tmp_path / "t.xlsx", {"a": [1]})
    assert not list(tmp_path.iterdir())


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_table(path, {"a": [1]}, private=True)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ValueError):
        write_table(path, {"a": [1, "x"]})
    assert path.read_text() == "a\n1\n"
    with pytest.raises(InputRefused, match="Choose another folder"):
        write_table(tmp_path / "none" / "t.csv", {"a": [1]})
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputRefused, match=r"folder\.csv: cannot write here"):
        write_table(tmp_path / "folder.csv", {"a": [1]})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder.csv", "t.csv"]
