from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.scoring import (
    SIDES,
    frequency_error_hz,
    match_events,
    score_amplitudes,
    side_accuracy,
    side_confusion,
    signal_gain,
)

TIMES = st.lists(st.floats(0, 100, allow_nan=False), max_size=12).map(lambda x: np.array(sorted(x)))


def test_known_pairs_are_matched() -> None:
    m = match_events(np.array([1.0, 2.0, 3.0, 9.0]), np.array([1.1, 2.9, 5.0]), 0.2)
    assert m.truth_index.tolist() == [0, 2]
    assert m.found_index.tolist() == [0, 1]
    assert (m.precision, m.recall) == (pytest.approx(2 / 3), 0.5)
    assert m.f1 == pytest.approx(4 / 7)
    np.testing.assert_allclose(m.errors_s, [0.1, -0.1])
    assert m.median_error_s == pytest.approx(0.0, abs=1e-12)


def test_matching_is_not_greedy() -> None:
    # The nearest pair first would leave the event at 1.0 s alone.
    m = match_events(np.array([1.0, 1.3]), np.array([1.25, 1.6]), 0.3)
    assert m.truth_index.size == 2


def test_each_event_is_used_once() -> None:
    m = match_events(np.array([1.0]), np.array([0.95, 1.0, 1.05]), 0.1)
    assert (m.recall, m.precision) == (1.0, pytest.approx(1 / 3))
    assert m.found_index.tolist() == [1]


def test_tolerance_includes_its_limit() -> None:
    assert match_events(np.array([0.1]), np.array([0.4]), 0.3).f1 == 1.0


def test_empty_sides() -> None:
    none = np.array([])
    assert np.isnan(match_events(none, none, 0.1).f1)
    assert match_events(none, np.array([1.0]), 0.1).f1 == 0.0
    assert np.isnan(match_events(none, np.array([1.0]), 0.1).recall)
    assert match_events(np.array([1.0]), none, 0.1).recall == 0.0


@given(TIMES, TIMES)
def test_matching_properties(truth: np.ndarray, found: np.ndarray) -> None:
    m, back = match_events(truth, found, 0.5), match_events(found, truth, 0.5)
    assert m.truth_index.size == back.truth_index.size
    assert len(set(m.truth_index.tolist())) == m.truth_index.size
    assert len(set(m.found_index.tolist())) == m.found_index.size
    assert np.all(np.abs(m.errors_s) <= 0.5 + 1e-8)
    assert match_events(truth, truth, 0.5).truth_index.size == truth.size


@given(TIMES, st.floats(0, 50))
def test_matching_does_not_depend_on_the_origin(truth: np.ndarray, shift: float) -> None:
    found = truth + 0.05
    a = match_events(truth, found, 0.2)
    b = match_events(truth + shift, found + shift, 0.2)
    assert a.truth_index.size == b.truth_index.size == truth.size


@pytest.mark.parametrize(
    ("times", "hint"),
    [
        ([[0.0, 1.0]], "onset, offset"),
        ([3.0, 2.0], "sort"),
        ([-1.0], "offset subtracted"),
        ([np.nan], "NaN"),
        ([5e9], "milliseconds"),
    ],
)
def test_wrong_times_are_explained(times: list[float], hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        match_events(np.array(times), np.array([1.0]), 0.1)


def test_wrong_tolerance_is_explained() -> None:
    with pytest.raises(ValueError, match="milliseconds"):
        match_events(np.array([1.0]), np.array([1.0]), 100)


def test_amplitudes() -> None:
    score = score_amplitudes(np.array([1.0, 2.0, 0.5]), np.array([0.9, 2.0, 0.6]))
    assert (score.gain, score.lowest, score.highest, score.n) == pytest.approx((1.0, 0.9, 1.2, 3))
    assert score_amplitudes(np.array([]), np.array([])).n == 0
    with pytest.raises(ValueError, match="Matching"):
        score_amplitudes(np.array([1.0, 2.0]), np.array([1.0]))
    with pytest.raises(ValueError, match="peak-to-peak"):
        score_amplitudes(np.array([0.0]), np.array([1.0]))


def test_signal_gain_ignores_offset_noise_free_gaps() -> None:
    t = np.arange(60) / 30
    truth = np.column_stack([np.sin(10 * t), 0.3 * np.cos(10 * t)])
    found = 0.9 * truth + [5.0, -2.0]
    found[7] = np.nan
    assert signal_gain(truth, found) == pytest.approx(0.9)
    assert signal_gain(truth, -truth) == pytest.approx(-1.0)
    assert np.isnan(signal_gain(np.zeros(9), np.ones(9)))
    with pytest.raises(ValueError, match="resample"):
        signal_gain(np.zeros(9), np.zeros(8))


def test_frequency_error() -> None:
    assert frequency_error_hz(5.0, 5.1) == pytest.approx(0.1)
    assert np.isnan(frequency_error_hz(5.0, None))
    with pytest.raises(ValueError, match="hertz"):
        frequency_error_hz(0.0, 5.0)


def test_side_confusion() -> None:
    table = side_confusion(["left", "left", "right", "none"], ["left", "right", "right", None])
    assert table[SIDES.index("left"), SIDES.index("right")] == 1
    assert table[SIDES.index("none"), -1] == 1
    assert side_accuracy(table) == 0.5
    assert np.isnan(side_accuracy(side_confusion([], [])))
    with pytest.raises(ValueError, match="subject"):
        side_confusion(["L"], ["left"])
    with pytest.raises(ValueError, match="one found side"):
        side_confusion(["left"], [])
