"""The report's figures and the maths behind them: spectrogram, lags, runs, map, course, pictures, colours."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import summaries
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.analysis.lags import lag_histogram
from twitchcam.analysis.spectrogram import noise_size_mm, short_spectra
from twitchcam.course import Course, CourseMark, CoursePoint, Trend
from twitchcam.edges.report import axes, course, figures, render_report, runs, spectrum, together
from twitchcam.edges.report.pictures import EventPicture, make_strip, read_pictures, write_pictures
from twitchcam.edges.report.views import choose_views
from twitchcam.errors import InputRefused
from twitchcam.settings import AnalysisSettings
from twitchcam.stored_course import stored_course
from twitchcam.summary import Event, Measured, Reviewed, ReviewMark, Summary

SETTINGS = AnalysisSettings()
CSS = Path(axes.__file__).parent / "templates" / "report.css"
FS = 30.0


def test_a_rhythm_shows_at_its_time_frequency_and_size() -> None:
    t = np.arange(0.0, 20.0, 1.0 / FS)
    wave = np.where((t > 8.0) & (t < 13.0), 0.25 * np.sin(2 * np.pi * 5.0 * t), 0.0)
    found = short_spectra(wave, FS, start_s=0.0, high_hz=15.0, columns=240)
    assert found is not None
    column, row = np.unravel_index(np.argmax(found.size_mm), found.size_mm.shape)
    assert found.hz[row] == 5.0
    assert 8.0 < found.edges_s[column] < 12.0
    assert found.size_mm.max() == pytest.approx(0.5, rel=0.02)
    assert found.size_mm[found.edges_s[1:] < 6.0].max() < 0.01


@pytest.mark.parametrize("length_s", [20.0, 4000.0])
def test_no_burst_falls_between_the_columns_of_a_spectrogram(length_s: float) -> None:
    t = np.arange(0.0, length_s, 1.0 / FS)
    starts = np.linspace(3.0, length_s - 5.0, 9)
    wave = sum(np.where((t > a) & (t < a + 2.0), 0.5 * np.sin(2 * np.pi * 6.0 * t), 0.0) for a in starts)
    found = short_spectra(np.asarray(wave), FS, start_s=0.0, high_hz=15.0, columns=240)
    assert found is not None
    assert found.size_mm.shape[0] <= 240
    assert (np.diff(found.edges_s) > 0).all()
    loud = found.size_mm[:, found.hz == 6.0].max(axis=1) > 0.4
    for a in starts:
        columns = (found.edges_s[1:] > a) & (found.edges_s[:-1] < a + 2.0)
        assert loud[columns].any()


def test_the_noise_of_a_spectrogram_is_as_told() -> None:
    density = 0.02
    noise = np.random.default_rng(5).normal(0.0, density * np.sqrt(FS / 2), 30_000)
    found = short_spectra(noise, FS, start_s=0.0, high_hz=14.0, columns=10_000)
    assert found is not None
    rms = float(np.sqrt(np.mean(found.size_mm**2)))
    assert rms == pytest.approx(noise_size_mm(density), rel=0.05)


@given(st.integers(0, 90), st.integers(1, 90))
def test_gaps_of_a_spectrogram_stay_gaps(first: int, length: int) -> None:
    wave = np.sin(np.arange(120) / 3.0)
    wave[first : first + length] = np.nan
    found = short_spectra(wave, FS, start_s=0.0, high_hz=15.0, columns=50)
    assert found is not None
    assert found.size_mm.shape == (found.edges_s.size - 1, found.hz.size)
    if length >= 60 and first <= 1:
        assert np.isnan(found.size_mm[0]).all()
    assert not np.isinf(found.size_mm).any()


def test_a_recording_shorter_than_a_window_has_no_spectrogram() -> None:
    assert short_spectra(np.zeros(30), FS, start_s=0.0, high_hz=15.0, columns=50) is None


def test_the_spectrogram_of_a_page_has_levels_out_of_the_noise() -> None:
    measured = summaries.twitching().measured
    view = choose_views(measured, "Lips")["left"]
    figure = spectrum.build_spectrogram(measured, view, "left")
    assert figure is not None
    sizes = [size for size, _ in figure.levels]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 0.02
    assert figure.levels[-1][1]
    quiet = summaries.quiet().measured
    silent = spectrum.build_spectrogram(quiet, choose_views(quiet, "Lips")["left"], "left")
    assert silent is not None
    assert len("".join(path for _, path in silent.levels)) < 2000


def eye_and_mouth(lag_s: float, *, together: int = 12, seed: int = 4) -> Measured:
    """A minute in which the left eye closes at random times and the mouth follows after a lag."""
    measured = summaries.quiet(60.0).measured
    rng = np.random.default_rng(seed)
    eye = np.sort(rng.uniform(1.0, 58.0, together))
    model = summaries.twitching().measured.events
    twitch = next(e for e in model if e.trial_type == "twitch")
    events: list[Event] = []
    for peak in eye:
        lid = replace(twitch, region="upper_eyelid_left", regions=("upper_eyelid_left",))
        events += [_at(lid, peak), _at(twitch, peak + lag_s)]
    return replace(measured, events=tuple(sorted(events, key=lambda e: e.onset_s)))


def _at(event: Event, peak_s: float) -> Event:
    peak_s = float(peak_s)
    return replace(event, onset_s=peak_s - 0.05, peak_s=peak_s, offset_s=peak_s + 0.05, run=None, gated="")


@pytest.mark.parametrize("lag_s", [0.0, 0.3, -0.4])
def test_lags_are_counted_where_they_are_and_stand_out_of_chance(lag_s: float) -> None:
    lags = lag_histogram(eye_and_mouth(lag_s), "left", SETTINGS)
    assert lags is not None
    k = int(np.argmax(lags.pairs))
    assert lags.edges_s[k] <= lag_s <= lags.edges_s[k + 1]
    assert lags.pairs[k] >= 12
    assert lags.pairs[k] > lags.chance_high[k]
    assert (lags.eye, lags.mouth) == (12, 12)
    assert (lags.chance <= lags.chance_high + 1).all()


def test_the_middle_bin_is_the_coincidence_window() -> None:
    lags = lag_histogram(eye_and_mouth(0.0), "left", SETTINGS)
    assert lags is not None
    middle = lags.pairs.size // 2
    assert lags.edges_s[middle] == pytest.approx(-SETTINGS.coincidence_s)
    assert lags.edges_s[middle + 1] == pytest.approx(SETTINGS.coincidence_s)
    assert lag_histogram(eye_and_mouth(0.0), "right", SETTINGS) is None


def test_chance_is_what_the_trains_rates_give() -> None:
    measured = eye_and_mouth(0.0, together=40, seed=9)
    lags = lag_histogram(measured, "left", SETTINGS)
    assert lags is not None
    expected = 40 * 40 * 2 * SETTINGS.coincidence_s / 60.0
    assert lags.chance.mean() == pytest.approx(expected, rel=0.25)


def test_the_panel_of_synchrony_says_the_numbers_behind_the_picture() -> None:
    summary = summaries.twitching()
    measured = replace(eye_and_mouth(0.0), source=summary.measured.source)
    html = render_report(replace(summary, measured=measured))
    figure = together.build_lags(measured)[0]
    assert figure.middle.pairs == 12
    assert f"{figure.eye} movements of the eye, {figure.mouth} of the mouth" in html
    assert html.count("<td>12</td>") >= 1
    assert "Numbers behind the histogram" in html


def test_an_hour_of_lags_is_quick() -> None:
    import time

    measured = eye_and_mouth(0.1, together=1500)
    start = time.perf_counter()
    assert lag_histogram(measured, "left", SETTINGS) is not None
    assert time.perf_counter() - start < 10.0


def test_runs_have_their_own_rate_size_and_length() -> None:
    measured = summaries.twitching(trains=((4.0, 6.0), (9.0, 12.0)), hz=4.0).measured
    rows = runs.build_runs(measured.events)
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].hz == pytest.approx(4.0)
    assert rows[0].amplitude_mm == pytest.approx(0.5, rel=0.2)
    assert rows[0].start_s == pytest.approx(4.0)
    assert rows[0].region == "commissure_left"


def test_the_face_map_s_scale_ends_at_the_busiest_region() -> None:
    measured = summaries.twitching().measured
    steps = figures.map_steps(measured)
    assert steps[0] == 0.0
    assert steps[-1] == figures.busiest_per_min(measured)
    spots = {spot.level for spot in figures.build_face_map(measured)}
    assert spots == {0, 4}
    assert figures.map_steps(summaries.quiet().measured) == []


def with_course(summary: Summary) -> Summary:
    """A summary with five earlier recordings, one of them filmed differently."""
    points = tuple(
        CoursePoint(
            f"2026-0{m}-11", "ok", 60.0, 12 * m, 12.0 * m, (9.0 * m, 15.0 * m), 0.4 + 0.05 * m, (0.3, 0.8),
            0.8, (0.7, 0.9), True, m != 3, ("Filmed at another frame rate.",) if m == 3 else (), m == 6,
        )
        for m in range(1, 7)
    )  # fmt: skip
    trends = (
        Trend("rate", 6, 1.4, (1.2, 1.6), "more", ""),
        Trend("amplitude", 2, None, None, "not_assessable", "It needs three recordings."),
    )
    found = Course(
        6, 6, "2026-01-11", "2026-06-11", 151, 6, 6, True, trends, (), None,
        (CourseMark("2026-03-20", "botulinum toxin"),), points, ("Twitches were seen in 6 of 6 recordings.",),
    )  # fmt: skip
    return replace(summary, history=found)


def with_review(summary: Summary) -> Summary:
    """A summary of which two events were changed by hand."""
    *kept, gone, other = summary.measured.events
    marks = (
        *(ReviewMark("keep", e, e) for e in kept),
        ReviewMark("reject", None, gone, "a <b>swallow</b>"),
        ReviewMark("relabel", replace(other, trial_type="tonic"), other),
    )
    review = Reviewed("AB", "2026-06-12T10:00:00+02:00", marks)
    return replace(summary, measured=replace(summary.measured, review=review))


def test_the_course_is_drawn_and_told() -> None:
    summary = with_course(summaries.twitching())
    assert summary.history is not None
    drawn = course.build_course(summary.history)
    assert drawn is not None
    assert [dot.alike for dot in drawn.dots] == [True, True, False, True, True, True]
    assert drawn.dots[0].x == 0.0
    assert drawn.dots[-1].x == 1.0
    assert all(0.0 <= (dot.low or 0.0) <= dot.y <= (dot.high or 0.0) <= 1.0 for dot in drawn.dots)
    html = render_report(summary)
    for text in (
        "Twitches were seen in 6 of 6", "botulinum toxin", "Filmed at another frame rate.", "11 January 2026",
        "times 1.40 in 30 days (95 % interval 1.20 to 1.60)", "Size: It needs three recordings.",
    ):  # fmt: skip
        assert text in html, text


def test_a_course_survives_the_file_and_a_wrong_one_is_refused() -> None:
    from dataclasses import asdict

    summary = with_course(summaries.twitching())
    assert summary.history is not None
    values = json.loads(json.dumps(asdict(summary.history)))
    assert stored_course(values) == summary.history
    assert stored_course(None) is None
    for wrong in (
        [], {}, {**values, "sessions": "6"}, {**values, "surprise": 1},
        {**values, "trends": [{**values["trends"][0], "ci": [1.0]}]}, {**values, "eye_and_mouth": "chin"},
    ):  # fmt: skip
        with pytest.raises(InputRefused, match="history"):
            stored_course(wrong)


def test_a_review_has_a_banner_and_a_list_of_changes() -> None:
    html = render_report(with_review(summaries.twitching()))
    assert "Reviewed by AB, 12 June 2026" in html
    assert "33 kept, 1 rejected, 1 relabelled, 0 added" in html
    assert "a &lt;b&gt;swallow&lt;/b&gt;" in html
    assert "What was changed: 2 events" in html
    assert "Reviewed by" not in render_report(summaries.twitching())


def picture(**changes: Any) -> EventPicture:
    """A strip of four small frames."""
    frames = [np.full((24, 52, 3), 40 * k, np.uint8) for k in range(4)]
    values: dict[str, Any] = {
        "region": "commissure_left", "peak_s": 4.06, "amplitude_mm": 0.5, "times_larger": 6.0,
        "limited": False, "slower": 4.0, "times_s": (0.0, 0.0333, 0.0667, 0.1), "peak_frame": 2,
        "width": 52, "height": 24, "data": make_strip(frames),
    }  # fmt: skip
    return EventPicture(**{**values, **changes})


def test_pictures_stand_in_the_page_only_when_given() -> None:
    plain = render_report(summaries.twitching())
    assert "data:image" not in plain
    assert "img-src" not in plain
    assert "analyze CLIP <span>--pictures</span>" in plain
    html = render_report(summaries.twitching(), pictures=[picture(limited=True)])
    assert html.count("data:image/webp;base64,") == 1
    assert "img-src data:;" in html
    assert "movement 6 times as large, played 4 times slower; more would have folded the picture" in html


def test_pictures_survive_their_private_file(tmp_path: Path) -> None:
    path = tmp_path / "pictures.json"
    assert read_pictures(path) == ()
    write_pictures(path, [picture(), picture(peak_s=5.0)])
    assert read_pictures(path) == (picture(), picture(peak_s=5.0))
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "change",
    [
        {"data": "https://example.org/x.webp"}, {"data": 'data:image/webp;base64,AA"onerror="x'},
        {"region": "<b>"}, {"peak_frame": 4}, {"width": 0}, {"slower": 0}, {"times_s": ["x"]}, {"more": 1},
        {"peak_s": "nan"},
    ],
)  # fmt: skip
def test_a_file_of_pictures_that_is_something_else_is_refused(tmp_path: Path, change: Any) -> None:
    path = tmp_path / "pictures.json"
    write_pictures(path, [picture()])
    document = json.loads(path.read_text())
    document["pictures"][0].update(change)
    path.write_text(json.dumps(document))
    with pytest.raises(InputRefused, match="pictures"):
        read_pictures(path)


def test_too_tall_a_strip_is_an_error() -> None:
    with pytest.raises(ValueError, match="tall"):
        make_strip([np.zeros((9000, 4, 3), np.uint8)] * 2)


def palette(dark: bool) -> dict[str, str]:
    """Return the page's colours by name."""
    blocks = re.findall(r":root \{(.*?)\}", CSS.read_text(encoding="utf-8"), re.S)
    named = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks[:2]]
    return {**named[0], **(named[1] if dark else {})}


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours after WCAG 2.2."""

    def light(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]
        linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_colours_are_told_apart_by_everybody(dark: bool) -> None:
    colours = palette(dark)
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    for text in ("ink", "soft", "left", "right", "accent", "calm", "watch", "alarm"):
        for ground in ("card", "page"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for ground in ("shade", "extent"):
        assert contrast(colours["ink"], colours[ground]) >= 4.5
        for mark in ("left", "right", "ink"):
            assert contrast(colours[mark], colours[ground]) >= 3.0, (mark, ground)
    assert contrast(colours["edge"], colours["card"]) >= 3.0
    assert contrast(colours["level-4"], colours["card"]) >= 4.5
    steps = [contrast(colours[f"level-{k}"], colours["card"]) for k in (1, 2, 3, 4)]
    assert steps == sorted(steps)
    assert all(b / a > 1.3 for a, b in pairwise(steps))
