"""Time stamps: hand-made sequences with known answers, and properties."""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.timestamps import MediaClock, measure_timing

MS = Fraction(1, 1000)


def place(stamps: list[int | None], fps: float | None = 25.0) -> tuple[list[float | None], MediaClock]:
    clock = MediaClock(MS, fps)
    return [clock.place(stamp) for stamp in stamps], clock


def test_zero_is_the_first_picture() -> None:
    assert place([-80, -40, 0, 50])[0] == [0.0, 0.04, 0.08, 0.13]
    assert place([9000, 9040])[0] == [0.0, 0.04]


def test_repeated_and_backward_stamps_are_dropped_and_told() -> None:
    times, clock = place([0, 40, 40, 80, 60, 120])
    assert times == [0.0, 0.04, None, 0.08, None, 0.12]
    assert clock.dropped == 2
    assert "2 pictures left out" in clock.notes()[0]


def test_missing_stamp_is_placed_after_the_last_one() -> None:
    times, clock = place([0, None, 80])
    assert times == [0.0, 0.04, 0.08]
    assert clock.missing == 1
    assert clock.notes() == ["1 picture without a time stamp placed one interval after the last."]


def test_missing_first_stamp_keeps_later_ones_in_step() -> None:
    assert place([None, 1000, 1040])[0] == [0.0, 0.04, 0.08]


def test_missing_stamp_without_any_rate_is_dropped() -> None:
    times, clock = place([0, None, 80], fps=None)
    assert times == [0.0, None, 0.08]
    assert clock.dropped == 1


def test_decoding_time_stands_in_for_a_missing_presentation_time() -> None:
    clock = MediaClock(MS, 25.0)
    assert [clock.place(None, dts) for dts in (10, 50, 90)] == [0.0, 0.04, 0.08]
    assert "decoding time" in clock.notes()[0]
    assert clock.notes(told_by_dts=True) == []


def test_one_stray_stamp_is_dropped_alone() -> None:
    for stray in (-5000, 10**9):
        times, clock = place([0, 40, stray, 120, 160])
        assert times == [0.0, 0.04, None, 0.12, 0.16]
        assert clock.jumps == []


def test_clock_that_starts_again_is_joined() -> None:
    times, clock = place([8000, 8040, 8080, 0, 40, 80, 120])
    # Two pictures are spent on being sure; the third and fourth continue where they belong.
    assert times[:5] == [0.0, 0.04, 0.08, None, None]
    assert times[5:] == pytest.approx([0.2, 0.24])
    assert len(clock.jumps) == 1
    assert "jumped by -8.1 s at 0.1 s" in clock.notes()[1]


def test_stream_without_stamps_says_so() -> None:
    _, clock = place([None] * 4, fps=30.0)
    assert clock.notes() == ["The file has no time stamps at all; times assume 30 pictures a second."]


def test_time_base_must_be_positive() -> None:
    with pytest.raises(ValueError, match="time base"):
        MediaClock(Fraction(0), 25.0)


@given(st.lists(st.one_of(st.none(), st.integers(-(10**7), 10**7)), max_size=60))
def test_times_always_increase_and_every_picture_is_accounted_for(stamps: list[int | None]) -> None:
    times, clock = place(stamps)
    kept = [t for t in times if t is not None]
    assert all(b > a for a, b in pairwise(kept))
    assert len(kept) + clock.dropped == len(stamps)
    assert list(clock.times_s) == kept
    clock.timing()
    clock.notes()


@given(st.lists(st.integers(1, 500), min_size=2, max_size=50), st.integers(-(10**6), 10**6))
def test_good_stamps_pass_unchanged_whatever_the_start(steps: list[int], start: int) -> None:
    stamps = np.concatenate([[0], np.cumsum(steps)]) + start
    times, clock = place([int(s) for s in stamps])
    np.testing.assert_allclose(times, (stamps - start) / 1000, atol=1e-9)
    assert clock.dropped == clock.missing == 0


@pytest.mark.parametrize("fps", [23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0, 240.0])
@pytest.mark.parametrize("tick_s", [1e-3, 1 / 90000, 1 / 15360])
def test_rounding_is_never_a_variable_rate(fps: float, tick_s: float) -> None:
    t_s = np.round(np.arange(600) / fps / tick_s) * tick_s
    timing = measure_timing(t_s, tick_s)
    assert not timing.vfr
    assert timing.fps == pytest.approx(fps, rel=1e-3)
    assert timing.duration_s == pytest.approx(600 / fps, abs=2 * tick_s)


def test_jitter_beyond_rounding_is_a_variable_rate() -> None:
    rng = np.random.default_rng(1)
    t_s = np.arange(300) / 30 + rng.uniform(0, 0.01, 300)
    assert measure_timing(t_s, 1e-3).vfr


def test_no_rate_from_fewer_than_two() -> None:
    assert measure_timing(np.array([]), 1e-3).duration_s == 0.0
    one = measure_timing(np.array([0.0]), 1e-3, 0.04)
    assert (one.fps, one.vfr, one.duration_s) == (None, False, 0.04)


def test_one_thread_asks_while_another_places() -> None:
    """A live session asks for a clip's rate while the clip is still being decoded."""
    clock = MediaClock(Fraction(1, 30), 30.0)
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            clock.timing()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        for k in range(60_000):
            assert clock.place(k) is not None
    finally:
        stop.set()
        asking.join()
