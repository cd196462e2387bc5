"""Rows: what is written to a frame's row is what its column gives back, across blocks."""

from __future__ import annotations

import numpy as np

from twitchcam.front.rows import BLOCK, ROW, Rows
from twitchcam.regions import REGIONS


def filled(n: int) -> Rows:
    rows = Rows()
    for k in range(n):
        row = rows.new(k / 30)
        row["motion"] = k
        row["keyframe"] = k % 7
    return rows


def test_no_row_no_numbers() -> None:
    rows = Rows()
    assert len(rows) == 0
    assert rows.column("motion").shape == (0, len(REGIONS), 2)
    assert rows.column("keyframe").dtype.kind == "i"


def test_columns_go_on_over_blocks() -> None:
    n = 2 * BLOCK + 3
    rows = filled(n)
    assert len(rows) == n
    assert np.array_equal(rows.column("motion")[:, 4, 1], np.arange(n))
    assert np.array_equal(rows.column("keyframe", n - 5), np.arange(n - 5, n) % 7)
    assert rows.column("t_s").dtype == rows.column("sd").dtype == np.float64


def test_what_was_not_written_is_unknown() -> None:
    row = Rows().new(1.5)
    assert row["t_s"] == 1.5
    assert row["keyframe"] == -1
    assert not row["measured"]
    assert np.isnan(row["regions"]).all()


def test_since_finds_the_first_row_of_a_window() -> None:
    rows = filled(90)
    assert rows.since(1.0) == 30
    assert rows.since(-1.0) == 0
    assert rows.since(99.0) == 90


def test_put_overwrites_some_regions_of_some_rows() -> None:
    rows = filled(BLOCK + 10)
    which = np.zeros(BLOCK + 10, dtype=bool)
    which[[3, BLOCK + 2]] = True
    rows.put("motion", which, np.nan, [0, 5])
    gone = np.isnan(rows.column("motion")).any(axis=2)
    assert np.array_equal(np.flatnonzero(gone.any(axis=1)), [3, BLOCK + 2])
    assert np.array_equal(np.flatnonzero(gone[3]), [0, 5])
    rows.put("motion", which, 0.0)
    assert not rows.column("motion")[which].any()


def test_a_row_is_small() -> None:
    assert ROW.itemsize < 1000
