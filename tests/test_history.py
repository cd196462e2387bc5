"""The course: intervals by hand, what lasts, grows and spreads, and how often chance alone says so."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from histories import onsets_of, summary_of, visit_on
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.course import CourseMark, NewArea
from twitchcam.history.build import build_course, trend_in_words
from twitchcam.history.chance import (
    beyond_chance,
    fit_counts,
    fit_line,
    poisson_interval,
    same_rate_p,
    shuffled_p,
)
from twitchcam.history.comparison import compare
from twitchcam.history.figures import Visit, figures_of, protocol_of
from twitchcam.history.lasting import measure_lasting
from twitchcam.history.likeness import alike, differences
from twitchcam.history.progression import is_worsening, measure_trends
from twitchcam.history.spread import eye_and_mouth, find_new_areas

EYE = "lower_eyelid_left"


def random_visit(day: int, rate: float, rng: np.random.Generator, **changes: Any) -> Visit:
    """A visit with clustered twitches and day-to-day unrest."""
    onsets = onsets_of(rate, rng)
    size = 0.4 * math.exp(rng.normal(0, 0.2))
    return visit_on(day, len(onsets), onsets, amplitude_mm=size, **changes)


class TestChance:
    @pytest.mark.parametrize(
        ("events", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (10, 4.7954, 18.3904)]
    )
    def test_the_exact_poisson_interval_of_the_tables(self, events: int, low: float, high: float) -> None:
        assert poisson_interval(events) == pytest.approx((low, high), abs=1e-4)

    @given(rate=st.floats(0.5, 40.0))
    def test_the_interval_holds_the_truth_95_times_in_100(self, rate: float) -> None:
        counts = np.arange(0, 200)
        log_p = counts * math.log(rate) - rate - np.array([math.lgamma(n + 1) for n in counts])
        held = [low <= rate <= high for low, high in map(poisson_interval, map(int, counts))]
        assert float(np.exp(log_p)[held].sum()) >= 0.95

    def test_two_equal_times_are_a_coin_thrown(self) -> None:
        assert same_rate_p(0, 60.0, 6, 60.0) == pytest.approx(2 * 0.5**6)
        assert same_rate_p(3, 60.0, 3, 60.0) == 1.0
        assert same_rate_p(0, 60.0, 0, 60.0) == 1.0
        assert same_rate_p(2, 30.0, 8, 90.0) == pytest.approx(same_rate_p(8, 90.0, 2, 30.0))

    def test_what_is_seen(self) -> None:
        assert [beyond_chance(n, 60.0) for n in (0, 1, 2)] == [False, False, True]
        assert [beyond_chance(n, 300.0) for n in (3, 4)] == [False, True]

    def test_a_rate_that_doubles_every_step_is_found(self) -> None:
        x = np.arange(6.0)
        fit = fit_counts(np.round(20 * 2**x), np.full(6, 60.0), x)
        assert fit is not None
        assert fit.slope == pytest.approx(math.log(2), abs=0.02)
        assert fit.dispersion == 1.0
        assert fit.interval()[0] < fit.slope < fit.interval()[1]

    @given(st.lists(st.integers(0, 300), min_size=3, max_size=12), st.integers(0, 999))
    def test_any_counts_give_a_finite_fit_or_none(self, counts: list[int], seed: int) -> None:
        time_s = np.random.default_rng(seed).uniform(10, 300, len(counts))
        fit = fit_counts(np.array(counts, float), time_s, np.arange(float(len(counts))))
        assert (fit is None) == (sum(counts) == 0)
        if fit is not None:
            assert np.isfinite([fit.slope, fit.sd, *fit.interval(), fit.smallest]).all()
            assert fit.dispersion >= 1.0

    def test_what_cannot_be_fitted(self) -> None:
        two = np.array([1.0, 2.0])
        assert fit_counts(two, two, two) is None
        assert fit_line(np.ones(3), np.ones(3)) is None

    def test_shuffling_by_hand(self) -> None:
        """Three and three, perfectly apart: 2 of the 20 ways are as extreme."""
        counts, second = np.array([1.0, 2, 3, 20, 21, 22]), np.array([0.0, 0, 0, 1, 1, 1])
        p = shuffled_p(counts, np.full(6, 60.0), second, np.random.default_rng(0))
        assert p == pytest.approx(0.1, abs=0.015)


class TestFigures:
    def test_what_is_missing_or_odd_is_none(self) -> None:
        figures = figures_of({"lips": {"events": True, "rate_per_min": math.nan}, "quality": 3})
        assert (figures.events, figures.rate_per_min, figures.verdict) == (None, None, "unusable")

    def test_the_protocol_is_what_was_asked(self) -> None:
        assert protocol_of(summary_of(3)) == "free"
        assert protocol_of(summary_of(3, tasks=("rest", "smile"))) == "rest 6 s, smile 6 s"

    def test_parts_share_events_and_time(self) -> None:
        visit = visit_on(1, 3, [1.0, 2.0, 63.0])
        assert visit.parts() == [(2, 20.0), (0, 20.0), (1, 20.0)]
        assert replace(visit, onsets_s=()).parts() == [(3, 60.0)]


class TestLikeness:
    BASE = figures_of(summary_of(5))

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"fps": 60.0}, "frame rates differ: 30 and 60"),
            ({"eyes_px": 160.0}, "distance from the camera differs"),
            ({"least_mm": 0.3}, "smallest twitch that could be seen differs: 0.15 and 0.30 mm"),
            ({"backend": "tasks"}, "face trackers differ"),
            ({"tasks": ("rest",)}, "a free recording against a guided one (rest 6 s)"),
            ({"verdict": "unusable"}, "unusable"),
        ],
    )
    def test_only_like_is_compared_with_like(self, change: dict[str, Any], told: str) -> None:
        (why,) = differences(self.BASE, figures_of(summary_of(5, **change)))
        assert told in why

    @given(st.sampled_from([{"fps": 25.0}, {"eyes_px": 80.0}, {"least_mm": 0.2}, {"fps": 90.0}]))
    def test_it_goes_both_ways(self, change: dict[str, Any]) -> None:
        other = figures_of(summary_of(5, **change))
        assert bool(differences(self.BASE, other)) == bool(differences(other, self.BASE))
        assert differences(other, other) == ()

    def test_alike_leaves_out_the_others(self) -> None:
        visits = [visit_on(1, 5), visit_on(2, 5, fps=60.0), visit_on(3, 5)]
        assert [visit.day for visit in alike(visits, visits[-1])] == [1, 3]


class TestLasting:
    def test_weeks_and_days_by_hand(self) -> None:
        visits = [visit_on(day, events) for day, events in ((0, 5), (3, 0), (10, 9), (16, 4), (17, 0))]
        found = measure_lasting(visits)
        assert (found.sessions, found.seen_sessions) == (5, 3)
        assert (found.first_seen, found.last_seen, found.lasting_days) == ("day 0", "day 16", 16)
        assert (found.weeks_looked, found.weeks_seen) == (3, 3)

    def test_a_quiet_recording_between_ends_nothing_but_a_long_gap_does(self) -> None:
        assert measure_lasting([visit_on(0, 5), visit_on(10, 0), visit_on(20, 5)]).lasting_days == 20
        assert measure_lasting([visit_on(0, 5), visit_on(40, 5)]).lasting_days == 0
        assert measure_lasting([visit_on(0, 5), visit_on(40, 0)]).lasting_days is None

    def test_one_event_a_minute_is_not_seen(self) -> None:
        assert measure_lasting([visit_on(0, 1), visit_on(20, 1)]).seen_sessions == 0

    def test_nothing(self) -> None:
        assert measure_lasting([]).lasting_days is None
        assert measure_lasting([visit_on(0, 5, verdict="unusable")]).sessions == 0

    @given(
        st.lists(st.tuples(st.integers(0, 120), st.integers(0, 9)), min_size=1, max_size=12),
        st.integers(0, 120),
    )
    def test_one_more_recording_never_shortens_it(self, told: list[tuple[int, int]], day: int) -> None:
        """Not by what it shows: only the day of the last one may have moved on."""
        now = visit_on(121, 5)
        before = sorted((visit_on(d, n) for d, n in told), key=lambda visit: visit.day)
        more = sorted([*before, visit_on(day, 7)], key=lambda visit: visit.day)
        one, other = measure_lasting([*before, now]), measure_lasting([*more, now])
        assert (other.lasting_days or 0) >= (one.lasting_days or 0)


class TestProgression:
    def test_a_steady_rise_is_worsening(self) -> None:
        rate, amplitude = measure_trends([visit_on(7 * i, round(6 * 1.5**i)) for i in range(6)])
        assert (rate.direction, rate.sessions) == ("more", 6)
        assert rate.factor_per_30_days == pytest.approx(1.5 ** (30 / 7), rel=0.1)
        assert amplitude.direction == "no_clear_change"
        assert is_worsening((rate, amplitude)) is True

    def test_a_certain_but_slight_rise_is_not(self) -> None:
        sizes = (0.40, 0.41, 0.42, 0.43, 0.44)
        visits = [visit_on(7 * i, 20, amplitude_mm=size) for i, size in enumerate(sizes)]
        rate, amplitude = measure_trends(visits)
        assert amplitude.ci is not None
        assert amplitude.ci[0] > 1.0
        assert (amplitude.direction, is_worsening((rate, amplitude))) == ("no_clear_change", False)
        assert "less than a quarter" in trend_in_words(amplitude)

    def test_a_fall_is_not(self) -> None:
        trends = measure_trends([visit_on(7 * i, round(80 * 0.6**i)) for i in range(6)])
        assert trends[0].direction == "less"
        assert is_worsening(trends) is False

    @pytest.mark.parametrize(
        ("days", "why"),
        [((0, 7, 20), "needs 4 comparable recordings; there are 3"), ((0, 3, 6, 9), "over 14 days")],
    )
    def test_too_little_is_told(self, days: tuple[int, ...], why: str) -> None:
        trends = measure_trends([visit_on(day, 5 + 3 * day) for day in days])
        assert all(why in trend.reason for trend in trends)
        assert is_worsening(trends) is None

    def test_a_treatment_begins_anew_and_others_take_no_part(self) -> None:
        visits = [visit_on(7 * i, round(6 * 1.5**i)) for i in range(6)]
        assert measure_trends(visits, since_day=21)[0].sessions == 3
        assert measure_trends([*visits, visit_on(50, 900, fps=60.0), visit_on(51, 50)])[0].sessions == 7

    def test_chance_alone_is_seldom_called_worsening(self) -> None:
        """Of 3000 made-up courses without change (trains of four, 30 % day-to-day unrest) it was 4 to 5 %."""
        rng = np.random.default_rng(2)
        called = [
            is_worsening(measure_trends([random_visit(7 * i, 15.0, rng) for i in range(6)]))
            for _ in range(150)
        ]
        assert sum(map(bool, called)) <= 15

    def test_a_rate_that_triples_each_month_is_found(self) -> None:
        rng = np.random.default_rng(3)
        called = [
            is_worsening(measure_trends([random_visit(7 * i, 8 * 3 ** (7 * i / 30), rng) for i in range(10)]))
            for _ in range(40)
        ]
        assert sum(map(bool, called)) >= 28


class TestSpread:
    def visits(self, *eye: int, lips: int = 8) -> list[Visit]:
        return [visit_on(7 * i, lips, areas={EYE: count}) for i, count in enumerate(eye)]

    def test_the_eye_joins_in(self) -> None:
        visits = self.visits(0, 0, 9, 8)
        new = find_new_areas(visits)
        assert new == (NewArea("eye", "left", "day 14"),)
        assert eye_and_mouth(visits, new) == "left"

    def test_the_mouth_joins_the_eye(self) -> None:
        visits = [visit_on(7 * i, n, areas={EYE: 9}) for i, n in enumerate((0, 0, 9, 8))]
        new = find_new_areas(visits)
        assert [(one.area, one.side) for one in new] == [("mouth", "left")]
        assert eye_and_mouth(visits, new) == "left"

    @pytest.mark.parametrize(
        "eye", [(9, 9, 9, 9), (0, 9, 9, 9), (0, 0, 9), (0, 0, 9, 0), (1, 1, 2, 2), (0, 0, 0)]
    )
    def test_what_is_not_new(self, eye: tuple[int, ...]) -> None:
        visits = self.visits(*eye)
        assert find_new_areas(visits) == ()
        assert eye_and_mouth(visits, ()) is None

    def test_a_part_that_could_not_be_seen_before_is_not_new(self) -> None:
        hidden = [
            replace(v, regions={n: replace(r, events=None) for n, r in v.regions.items() if "eyelid" in n})
            for v in self.visits(0, 0)
        ]
        later = [replace(v, day=v.day + 14) for v in self.visits(9, 9)]
        assert all(one.area != "eye" for one in find_new_areas([*hidden, *later]))

    def test_false_events_seldom_look_like_spread(self) -> None:
        """One false event in 6.8 minutes in every part of a still face, eight recordings."""
        rng = np.random.default_rng(4)
        areas = [
            f"{stem}_{side}"
            for stem in ("lower_eyelid", "cheek", "brow", "chin")
            for side in ("left", "right")
        ]
        found = 0
        for _ in range(100):
            visits = [
                visit_on(7 * i, 8, areas={name: int(rng.poisson(1 / 6.8)) for name in areas})
                for i in range(8)
            ]
            found += bool(find_new_areas(visits))
        assert found == 0


class TestComparison:
    def groups(self, before: float, after: float, seed: int, n: int = 5) -> tuple[list[Visit], list[Visit]]:
        rng = np.random.default_rng(seed)
        a = [random_visit(7 * i, before, rng) for i in range(n)]
        return a, [random_visit(100 + 7 * i, after, rng) for i in range(n)]

    def test_a_large_fall_is_clear(self) -> None:
        result = compare(*self.groups(40.0, 4.0, 1))
        assert result.clear
        assert result.unit == "sessions"
        assert result.ratio is not None
        assert result.ratio < 0.3
        assert result.ratio_ci is not None
        assert result.ratio_ci[0] < result.ratio < result.ratio_ci[1] < 1.0
        assert result.smallest_ratio is not None
        assert result.smallest_ratio[0] == pytest.approx(1 / result.smallest_ratio[1])
        assert any("Judged by shuffling whole recordings: a clear change" in s for s in result.sentences)

    def test_clusters_do_not_fool_it_as_they_fool_a_poisson_test(self) -> None:
        results = [compare(*self.groups(20.0, 20.0, seed)) for seed in range(60)]
        assert sum(bool(result.clear) for result in results) <= 6
        assert sum((result.p_independent or 1.0) < 0.05 for result in results) >= 15

    def test_few_recordings_are_shuffled_by_parts_and_say_what_that_means(self) -> None:
        result = compare(*self.groups(40.0, 4.0, 2, n=1))
        assert result.unit == "parts"
        assert any("this tells the recordings apart, not the treatment" in s for s in result.sentences)

    def test_only_their_number_known_there_is_no_scatter_to_go_by(self) -> None:
        a, b = replace(visit_on(1, 9), onsets_s=()), replace(visit_on(2, 3), onsets_s=())
        result = compare([a], [b])
        assert (result.clear, result.p_value, result.unit) == (None, None, "none")
        assert result.ratio == pytest.approx(1 / 3)
        assert any("cannot be told" in s for s in result.sentences)

    def test_unlike_ones_are_left_out_and_named(self) -> None:
        a, b = self.groups(20.0, 5.0, 3)
        odd = visit_on(99, 900, fps=60.0)
        result = compare([*a, odd], b)
        assert [out.visit for out in result.left_out] == [99]
        assert "frame rates differ" in result.left_out[0].why[0]
        assert result.before is not None
        assert 99 not in result.before.visits

    def test_nothing_alike_is_said_plainly(self) -> None:
        result = compare([visit_on(1, 5)], [visit_on(2, 5, fps=60.0)])
        assert result.before is result.ratio is result.clear is None
        assert "No recording before is like one after" in result.sentences[0]
        assert "30 and 60 pictures a second" in result.sentences[0]
        assert "no recording before that day" in compare([], [visit_on(1, 5)]).sentences[0]

    @pytest.mark.parametrize(("before", "after"), [(0, 0), (0, 30), (30, 0)])
    def test_none_on_a_side(self, before: int, after: int) -> None:
        result = compare([visit_on(i, before) for i in range(4)], [visit_on(9 + i, after) for i in range(4)])
        assert (result.ratio is None) == (before == 0)
        assert bool(result.clear) == (before != after)
        assert all("nan" not in s and "inf" not in s for s in result.sentences)

    def test_the_same_question_gets_the_same_answer(self) -> None:
        assert compare(*self.groups(20.0, 9.0, 5)) == compare(*self.groups(20.0, 9.0, 5))


class TestCourse:
    def test_empty(self) -> None:
        course = build_course([])
        assert (course.sessions, course.points, course.worsening) == (0, (), None)
        assert "no course yet" in course.sentences[0]

    def test_it_is_put_together(self) -> None:
        visits = [visit_on(7 * i, round(6 * 1.5**i), areas={EYE: 9 * (i > 2)}) for i in range(6)]
        odd = visit_on(20, 4, fps=60.0)
        marks = [(60, CourseMark("day 60", "later")), (-5, CourseMark("day -5", "treatment"))]
        course = build_course([odd, *reversed(visits)], marks)
        assert [point.date for point in course.points] == [f"day {d}" for d in (0, 7, 14, 20, 21, 28, 35)]
        assert [point.comparable for point in course.points] == [True] * 3 + [False] + [True] * 3
        assert [mark.text for mark in course.marks] == ["treatment", "later"]
        assert (course.lasting_days, course.worsening, course.eye_and_mouth) == (35, True, "left")
        text = " ".join(course.sentences)
        for words in (
            "seen in 7 of 7 recordings",
            "rising",
            "New since day 21: the eye",
            "1 recording could not",
        ):
            assert words in text
        assert "you have" not in text.lower()

    def test_the_present_one_comes_last_of_its_day(self) -> None:
        visits = [replace(visit_on(5, 3), id=0, present=True), visit_on(5, 4)]
        assert [point.present for point in build_course(visits).points] == [False, True]
