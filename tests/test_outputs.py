"""Outputs: the contract's files, valid against the shipped schema, readable by others, fast."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.outputs import (
    EVENT_COLUMNS,
    SIGNAL_COLUMNS,
    decimal_cells,
    summary_to_dict,
    to_plain,
    write_events_tsv,
    write_signals_csv,
    write_summary_json,
)
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.schema import load_schema
from twitchcam.summary import (
    Amplitude,
    Asymmetry,
    Event,
    Lips,
    Measured,
    Pattern,
    Quality,
    RegionQuality,
    RegionSummary,
    RestAsymmetry,
    Summary,
    Synchrony,
    Triage,
)
from twitchcam.types import Scale, Source, TrackerInfo

VALIDATOR = jsonschema.Draft202012Validator(load_schema())
EVENT = Event(
    onset_s=1.25, peak_s=1.3, offset_s=1.5, trial_type="twitch", side="left", region="commissure_left",
    regions=("commissure_left", "cheek_left"), amplitude_mm=0.51234, direction_deg=90.0, snr=12.3, run=1,
    gated="",
)  # fmt: skip


def make_summary() -> Summary:
    source = Source("clip.mp4", "0" * 64, 1280, 720, 300, 10.0, 29.97003, False, 0, False, notes=("odd",))
    quality = Quality(
        "ok", (), 9.5, 0.95, 14.985, 103.2, 0.61, Scale(0.61, "iris", 0.043), {"blink": 0.5},
        {name: RegionQuality(4.7, 0.05) for name in REGIONS},
    )  # fmt: skip
    lips = Lips(
        1, 6.3157894, 0, None, None, False, Amplitude(np.float64(0.5), 0.6, 0.7), "left",
        Asymmetry(0.9, (0.8, 1.0)), ("commissure_left",),
    )  # fmt: skip
    measured = Measured(
        source, TrackerInfo("facemesh", "0.10.21", "abc"), quality, lips,
        {name: RegionSummary(np.int64(0), 0.0, None, float("nan")) for name in REGIONS},
        {side: Synchrony(0, None, None, 0) for side in ("left", "right")},
        RestAsymmetry(0.4, 1.02, -0.3, True), (EVENT,), np.arange(3.0), np.zeros((3, 19, 2)), {},
    )  # fmt: skip
    pattern = Pattern("hfs_like", "not_assessable", (), ("short",), ("S1",))
    return Summary(measured, (pattern,), Triage("unable", ("r",), ("a",), "1"))


def test_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(load_schema())


def test_summary_obeys_the_schema_and_survives_the_file(tmp_path: Path) -> None:
    summary = make_summary()
    write_summary_json(tmp_path / "summary.json", summary)
    back = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    VALIDATOR.validate(back)
    assert back == summary_to_dict(summary)
    assert back["regions"]["chin_mid"]["dominant_hz"] is None, "NaN must become null"
    assert back["lips"]["rate_per_min"] == 6.31579
    assert back["source"]["fps"] == 29.97
    assert list(back) == load_schema()["required"]
    assert "notes" not in back["source"]
    assert [path.name for path in tmp_path.iterdir()] == ["summary.json"], "no temporary file may stay"


@pytest.mark.parametrize("path", [["lips"], ["quality", "scale"], ["triage"], [], ["patterns", 0]])
def test_schema_refuses_keys_that_are_not_in_the_contract(path: list[str | int]) -> None:
    document = summary_to_dict(make_summary())
    part = document
    for key in path:
        part = part[key]  # type: ignore[index]
    part["surprise"] = 1
    assert not VALIDATOR.is_valid(document)


def test_events_have_the_contract_columns_and_bids_order(tmp_path: Path) -> None:
    late = replace(EVENT, onset_s=5.0, offset_s=5.5, run=None, gated="blink", amplitude_mm=math.nan)
    write_events_tsv(tmp_path / "events.tsv", [late, EVENT])
    rows = list(csv.DictReader(io.StringIO((tmp_path / "events.tsv").read_text()), delimiter="\t"))
    assert tuple(rows[0]) == EVENT_COLUMNS
    assert rows[0]["onset"] == "1.2500"
    assert rows[0]["duration"] == "0.2500"
    assert rows[0]["regions"] == "commissure_left,cheek_left"
    assert rows[0]["run"] == "1"
    assert rows[1] | {"run": "", "gated": "blink", "amplitude_mm": "n/a"} == rows[1]


def test_no_events_leave_only_the_header(tmp_path: Path) -> None:
    write_events_tsv(tmp_path / "events.tsv", [])
    assert (tmp_path / "events.tsv").read_text() == "\t".join(EVENT_COLUMNS) + "\n"


@given(st.lists(st.floats(-99999, 99999, width=64) | st.just(math.nan), min_size=1, max_size=20))
def test_rows_equal_printf(values: list[float]) -> None:
    raw = decimal_cells(np.array([values]), 4)
    cells = raw[raw != 0].tobytes().decode().removesuffix(",").split(",")
    for value, cell in zip(values, cells, strict=True):
        if math.isnan(value):
            assert cell == "NaN"
        else:
            assert abs(float(cell) - value) <= 0.5001e-4
            assert len(cell.split(".")[1]) == 4
            assert not cell.startswith(("-0.0000", ".", "-."))
            assert cell.lstrip("-")[0] != "0" or cell.lstrip("-").startswith("0.")


def test_signals_read_back_with_gaps(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    motion = rng.normal(0, 0.3, (20, 19, 2))
    motion[5:8] = np.nan
    write_signals_csv(tmp_path / "signals.csv", np.arange(20) / 30, motion)
    with (tmp_path / "signals.csv").open() as handle:
        assert tuple(handle.readline().strip().split(",")) == SIGNAL_COLUMNS
    back = np.loadtxt(tmp_path / "signals.csv", delimiter=",", skiprows=1)
    np.testing.assert_allclose(back[:, 1:].reshape(20, 19, 2), motion, atol=0.51e-4)
    np.testing.assert_allclose(back[:, 0], np.arange(20) / 30, atol=0.51e-6)
    assert len(SIGNAL_COLUMNS) == 39


def test_twenty_minutes_of_signals_take_seconds(tmp_path: Path) -> None:
    n = 36_000  # at 30 fps; the bound is loose because test machines are shared
    motion = np.random.default_rng(2).normal(0, 0.3, (n, 19, 2))
    start = time.perf_counter()
    write_signals_csv(tmp_path / "signals.csv", np.arange(n) / 30, motion)
    assert time.perf_counter() - start < 5.0


def test_signals_refuse_what_is_not_millimetres(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="millimetres"):
        write_signals_csv(tmp_path / "s.csv", np.arange(1.0), np.full((1, 19, 2), 1e6))
    with pytest.raises(ValueError, match="shape"):
        write_signals_csv(tmp_path / "s.csv", np.arange(2.0), np.zeros((1, 19, 2)))
    assert not list(tmp_path.iterdir()), "a failed write leaves nothing behind"


def test_unwritable_folder_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot write") as caught:
        write_events_tsv(tmp_path / "missing" / "events.tsv", [])
    assert "\n" not in str(caught.value)


def test_an_old_file_survives_a_failed_write(tmp_path: Path) -> None:
    path = tmp_path / "signals.csv"
    path.write_text("old")
    with pytest.raises(ValueError, match="millimetres"):
        write_signals_csv(path, np.arange(1.0), np.full((1, 19, 2), 1e6))
    assert path.read_text() == "old"


def test_plain_values_have_no_numpy_and_no_nan() -> None:
    plain = to_plain({"a": (np.float32(0.1), np.int64(3), np.bool_(True), math.inf), "b": [1.23456789]})
    assert plain == {"a": [0.1, 3, True, None], "b": [1.23457]}
    json.dumps(plain, allow_nan=False)
