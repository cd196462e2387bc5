"""Figures: every kind of every result can be drawn, shows its numbers, and leaves matplotlib as it was."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
import summaries
from exported import busy, concluded, without_face
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.figures import FIGURES, draw_figure, write_figure
from twitchcam.edges.figures.traces import MOST_POINTS, along_main_axis, busiest, thinned
from twitchcam.errors import InputRefused


def texts(figure: Any) -> str:
    from matplotlib.text import Text

    return "\n".join(found.get_text() for found in figure.findobj(Text))


@pytest.mark.parametrize("kind", FIGURES)
def test_every_kind_of_a_recording(kind: str, tmp_path: Path) -> None:
    summary = concluded(busy())
    write_figure(tmp_path / "a.png", summary, kind)
    head = (tmp_path / "a.png").read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:24])
    assert width == 1440
    assert height > 400


@pytest.mark.parametrize(
    "make",
    [summaries.quiet, summaries.unusable, summaries.nothing_known, lambda: concluded(without_face(busy()))],
    ids=["quiet", "unusable", "nothing", "no face"],
)
def test_what_cannot_be_answered_says_so(make: Any) -> None:
    summary = make()
    said = texts(draw_figure(summary))
    if summary.measured.lips.events is None:
        assert "Not assessable" in said
    else:
        assert "Lips: 0 twitches" in said


def test_the_overview_tells_the_numbers_with_units() -> None:
    summary = summaries.twitching()
    said = texts(draw_figure(summary))
    lips = summary.measured.lips
    assert f"{lips.events} twitches, {lips.rate_per_min:.1f} per minute" in said
    for label in (
        "Time (s)",
        "mm",
        "Frequency (Hz)",
        "left only",
        "right only",
        "per minute",
        "not a diagnosis",
    ):
        assert label in said
    assert f"{lips.asymmetry.index:+.2f}" in said


def test_the_same_figure_gives_the_same_bytes_and_no_global_state(tmp_path: Path) -> None:
    before = dict(matplotlib.rcParams)
    for name in ("a.svg", "b.svg"):
        write_figure(tmp_path / name, summaries.twitching(), "traces")
    first, second = (tmp_path / name for name in ("a.svg", "b.svg"))
    assert first.read_bytes() == second.read_bytes()
    assert b"<dc:date>" not in first.read_bytes()
    assert dict(matplotlib.rcParams) == before


def test_pyplot_is_never_loaded() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); import summaries;"
        "from twitchcam.edges.figures import draw_figure; assert 'matplotlib' not in sys.modules;"
        "draw_figure(summaries.quiet()); assert 'matplotlib.pyplot' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_such_figure() -> None:
    with pytest.raises(InputRefused, match="no figure is called 'pie'; choose from overview"):
        draw_figure(summaries.quiet(), "pie")


@given(st.integers(2, 30_000), st.integers(0, 2**32 - 1))
def test_thinning_keeps_the_extremes(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    values[rng.random(n) < 0.2] = np.nan
    t, v = thinned(np.arange(n) / 30.0, values)
    assert t.size == v.size <= MOST_POINTS + 2
    if n <= MOST_POINTS:
        np.testing.assert_array_equal(v, values)
    else:
        assert np.nanmax(v) == np.nanmax(values)
        assert np.nanmin(v) == np.nanmin(values)


def test_the_trace_runs_along_the_movement() -> None:
    wave = np.sin(np.arange(300) / 5)
    slanted = np.stack([0.6 * wave, 0.8 * wave], axis=1)
    np.testing.assert_allclose(along_main_axis(slanted, np.ones(300, dtype=bool)), wave, atol=1e-9)
    assert busiest(summaries.twitching().measured, "left") == "commissure_left"
    assert busiest(summaries.quiet().measured, "right") == "commissure_right"
