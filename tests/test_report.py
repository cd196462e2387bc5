"""The report: complete, offline, escaped, and right in every state a Summary can be in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import summaries
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twitchcam.edges.report import (
    advice,
    axes,
    estimates,
    findings,
    guided,
    names,
    page,
    render_report,
    traces,
    views,
    wording,
    write_report,
)
from twitchcam.edges.report.speech import speaking
from twitchcam.regions import MIRROR, mirror_of
from twitchcam.summary import (
    Amplitude,
    Asymmetry,
    Pair,
    Pattern,
    ScaleEstimate,
    Summary,
    TaskMeasure,
    Triage,
)
from twitchcam.triage.patterns import PATTERNS
from twitchcam.triage.rules import load_rules
from twitchcam.types import Scale

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>.mp4'


class Page(HTMLParser):
    """Collects the tags, the attributes and the text of a page, and checks that the tags nest."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})
    MAY_STAY_OPEN = frozenset({"th", "td", "tr", "li", "p", "dt", "dd"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] in self.MAY_STAY_OPEN and self.open[-1] != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data.replace("\N{NO-BREAK SPACE}", " ")


def many_events(count: int = 300) -> Summary:
    return summaries.twitching(120.0, trains=((2.0, 2.0 + count / 5),), hz=5.0)


def every_level() -> Summary:
    """A summary with each status, long texts, notes and a limited verdict."""
    summary = summaries.twitching()
    statuses = ("flagged", "possible", "not_seen", "not_assessable")
    quality = replace(
        summary.measured.quality, verdict="limited", reasons=("The frame rate was low: 15 a second.",)
    )
    source = replace(summary.measured.source, notes=("The file ends early.",), mirrored=True, rotation_deg=90)
    return Summary(
        measured=replace(summary.measured, quality=quality, source=source),
        patterns=tuple(Pattern(f"new_{s}", s, ("for",), ("against",), ("source",)) for s in statuses),  # type: ignore[arg-type]
        triage=Triage("emergency", ("reason",), ("advice",), "1"),
    )


STATES = {
    "twitching": summaries.twitching,
    "guided": summaries.guided,
    "quiet": summaries.quiet,
    "unusable": summaries.unusable,
    "nothing known": summaries.nothing_known,
    "300 events": many_events,
    "every level": every_level,
    "hostile name": lambda: summaries.twitching(file=HOSTILE + "x" * 300),
}


@pytest.mark.parametrize("state", STATES)
def test_every_state_renders_to_a_sound_page(state: str) -> None:
    page_ = Page(render_report(STATES[state]()))
    assert page_.open == []
    assert "never diagnoses" in page_.text
    assert not re.search(r"\b(None|nan|inf|Undefined)\b", page_.text)
    ids = [attrs["id"] for _, attrs in page_.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    headings = [attrs["aria-labelledby"] for tag, attrs in page_.tags if tag == "section"]
    assert set(headings) <= set(ids)


@pytest.mark.parametrize("state", STATES)
def test_the_page_asks_the_network_for_nothing(state: str) -> None:
    html = render_report(STATES[state]())
    for tag, attrs in Page(html).tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form", "video", "audio"}
        for name in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            assert (attrs.get(name) or "#").startswith("#"), (tag, name, attrs[name])
        if tag == "path" and "fill" in attrs:
            assert "url(" not in (attrs["fill"] or "")
    style = html[html.index("<style>") : html.index("</style>")]
    assert re.findall(r"url\(([^)]*)\)", style) == ["#unknown"]
    assert "@import" not in style
    assert not re.search(r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(", html)
    assert "default-src 'none'" in html


def test_the_content_policy_allows_only_the_page_s_own_script() -> None:
    html = render_report(summaries.twitching())
    policy = next(
        a["content"] for _, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    script = html[html.rindex("<script>") + 8 : html.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in (policy or "")


def test_hostile_texts_are_shown_and_not_run() -> None:
    summary = summaries.renamed(every_level(), HOSTILE)
    quality = replace(summary.measured.quality, reasons=(HOSTILE,), gated_s={HOSTILE: 2.0})
    tracker = replace(summary.measured.tracker, backend=HOSTILE, model_sha256=HOSTILE)
    source = replace(summary.measured.source, notes=(HOSTILE,), sha256=HOSTILE)
    events = tuple(replace(e, gated=HOSTILE) for e in summary.measured.events)
    measured = replace(
        summary.measured, quality=quality, tracker=tracker, source=source, events=events,
        gates={HOSTILE: np.ones(summary.measured.t_s.size, bool)},
    )  # fmt: skip
    summary = Summary(
        measured=measured,
        patterns=(Pattern(HOSTILE, "flagged", (HOSTILE,), (HOSTILE,), (HOSTILE,)),),
        triage=Triage("urgent", (HOSTILE,), (HOSTILE,), HOSTILE),
    )
    html = render_report(summary)
    page_ = Page(html)
    assert page_.open == []
    assert [tag for tag, _ in page_.tags].count("script") == 2
    assert not any(tag == "img" for tag, _ in page_.tags)
    assert not any(name.startswith("on") for _, attrs in page_.tags for name in attrs)
    assert HOSTILE in page_.text


def test_a_file_name_that_is_no_text_is_written(tmp_path: Path) -> None:
    write_report(summaries.twitching(file="clip\udcff\u202egpj.mp4"), tmp_path / "report.html")
    assert "clip\\udcff" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_first_sentences_of_a_find() -> None:
    first, second = findings.findings(summaries.twitching())
    plain = (first + " " + second).replace(wording.NB, " ")
    assert plain.startswith(
        "The left side of the lips twitched 28 times in 17.0 s of usable video (98.8 a minute)"
    )
    assert "at about 5.02 Hz (95 % interval 4.94 to 5.09)" in plain
    assert "typically 0.52 mm far" in plain
    assert "+0.91 (95 % interval +0.86 to +0.95)" in plain
    assert "±7 %" in plain
    assert "0.06 to 0.11 mm could not have been seen" in plain


def test_the_first_sentences_when_nothing_was_found() -> None:
    plain = " ".join(findings.findings(summaries.quiet())).replace(wording.NB, " ")
    assert plain.startswith("No twitch of the lips was seen in 18.3 s of usable video.")
    assert (
        "smaller than about 0.06 to 0.11 mm or rarer than about 10 a minute could have been missed" in plain
    )


def test_the_first_sentences_when_unusable_say_why_and_what_to_do() -> None:
    plain = " ".join(findings.findings(summaries.unusable()))
    assert "cannot say whether the lips twitched" in plain
    assert "Something covered the mouth for 3.0 s" in plain
    assert "Keep hands, cups and masks away" in plain
    assert "twitched 0" not in plain


def test_no_event_is_not_called_a_find_when_the_lips_could_not_be_assessed() -> None:
    summary = summaries.quiet()
    lips = replace(summary.measured.lips, events=None)
    plain = " ".join(findings.findings(replace(summary, measured=replace(summary.measured, lips=lips))))
    assert "cannot say" in plain


@pytest.mark.parametrize("side", ["left", "right", "bilateral", None])
def test_a_find_with_unknown_numbers_is_still_a_sentence(side: Any) -> None:
    summary = summaries.twitching()
    lips = replace(
        summary.measured.lips, side=side, events=1, rate_per_min=None, dominant_hz=None, dominant_hz_ci=None,
        rhythmic=None, amplitude_mm=Amplitude(None, float("nan"), None), asymmetry=Asymmetry(None, None),
    )  # fmt: skip
    quality = replace(summary.measured.quality, scale=Scale(None, "none", None), by_region={})
    plain = findings.findings(
        replace(summary, measured=replace(summary.measured, lips=lips, quality=quality))
    )
    assert plain[0].endswith("twitched once in 17.0\N{NO-BREAK SPACE}s of usable video.")
    assert len(plain) == 1


def test_the_event_list_is_capped_and_says_so() -> None:
    summary = many_events()
    html = render_report(summary)
    assert len(summary.measured.events) > 300
    assert html.count('class="go"') == page.LISTED_EVENTS
    assert "all are in events.tsv" in html


def test_counted_events_are_listed_first_when_there_are_too_many() -> None:
    summary = many_events()
    listed = page._listed_events(summary.measured)
    assert all(not e.gated for e in listed)
    assert [e.onset_s for e in listed] == sorted(e.onset_s for e in listed)


def test_source_tags_are_spelt_out_and_other_texts_stand() -> None:
    tag, text = next(iter(load_rules().sources.items()))
    assert advice.cite((tag, "a book")) == [f"{tag}: {text}", "a book"]


def test_every_pattern_has_a_name_of_its_own() -> None:
    ids = {pattern.__name__ for pattern in PATTERNS}
    assert ids == set(names.PATTERN_NAMES)


def test_patterns_with_the_same_reason_share_a_row() -> None:
    patterns = [
        Pattern(i, "not_assessable", (), (why,), ()) for i, why in (("a", "x"), ("b", "y"), ("c", "x"))
    ]
    assert wording.by_reason(patterns) == [(["A", "C"], ("x",)), (["B"], ("y",))]


def test_the_time_axis_has_the_decimal_mark_of_the_language() -> None:
    assert [wording.tick_time(s, 3.0) for s in (0.5, 2.0)] == [
        "0.5\N{NO-BREAK SPACE}s",
        "2\N{NO-BREAK SPACE}s",
    ]
    with speaking("de"):
        assert wording.tick_time(0.5, 3.0) == "0,5\N{NO-BREAK SPACE}s"


def test_writing_is_fast_enough(tmp_path: Path) -> None:
    summary = summaries.twitching()
    write_report(summary, tmp_path / "first.html")
    start = time.perf_counter()
    write_report(summary, tmp_path / "report.html")
    # Takes 15 ms; the bound leaves room for a busy machine.
    assert time.perf_counter() - start < 3.0
    assert (tmp_path / "report.html").stat().st_size < 200_000


def test_an_hour_stays_small() -> None:
    trains = tuple((60.0 * i + 5.0, 60.0 * i + 6.0) for i in range(60))
    assert len(render_report(summaries.twitching(3600.0, trains=trains))) < 1_600_000


def test_a_quiet_lane_is_not_filled_by_noise() -> None:
    drawn = traces.build_traces(summaries.quiet().measured)
    assert drawn is not None
    lips = [lane for lane in drawn.lanes if lane.group == "Lips"]
    assert all(lane.high_mm >= 0.2 and lane.low_mm <= -0.2 for lane in lips)


def test_the_lane_shows_the_whole_amplitude_and_the_other_side_its_mirror_image() -> None:
    drawn = traces.build_traces(summaries.twitching(amplitude_mm=1.0).measured)
    assert drawn is not None
    left, right = drawn.lanes[:2]
    assert (left.region, right.region) == ("commissure_left", "commissure_right")
    assert left.direction == right.direction == "up and out"
    values = np.frombuffer(base64.b64decode(left.samples), "<i2") / 1000.0
    assert np.median(np.sort(values[120:300])[-20:]) == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize(
    ("region", "axis", "words"),
    [
        ("commissure_right", (0.6, 0.8), "up and out"),
        ("brow_left", (-1.0, 0.0), "in"),
        ("lower_lip_mid", (0.6, -0.8), "down and left"),
        ("lower_lip_mid", (0.1, 0.99), "up"),
    ],
)
def test_directions_are_named(region: str, axis: tuple[float, float], words: str) -> None:
    assert views.View(region, np.array(axis)).direction == words


def test_lips_that_twitch_with_a_stronger_eye_are_shown_where_they_twitch() -> None:
    measured = summaries.twitching().measured
    events = tuple(
        replace(e, region="upper_eyelid_left", regions=("upper_eyelid_left", "lower_lip_left"))
        for e in measured.events
        if e.trial_type == "twitch"
    )
    drawn = traces.build_traces(replace(measured, events=events))
    assert drawn is not None
    assert [lane.region for lane in drawn.lanes[:2]] == ["lower_lip_left", "lower_lip_right"]
    assert drawn.lanes[2].region == "upper_eyelid_left"
    assert drawn.lanes[2].marks


def test_one_stray_event_does_not_turn_the_other_side_s_lane() -> None:
    measured = summaries.twitching().measured
    stray = replace(measured.events[3], side="right", region="upper_lip_right", regions=("upper_lip_right",))
    drawn = traces.build_traces(replace(measured, events=(*measured.events, stray)))
    assert drawn is not None
    assert [lane.region for lane in drawn.lanes[:2]] == ["commissure_left", "commissure_right"]


def test_a_twitch_of_the_midline_has_a_lane_of_its_own() -> None:
    measured = summaries.twitching().measured
    events = tuple(
        replace(e, region="lower_lip_mid", regions=("lower_lip_mid", "chin_mid")) for e in measured.events
    )
    drawn = traces.build_traces(replace(measured, events=events))
    assert drawn is not None
    assert [lane.side for lane in drawn.lanes] == ["left", "mid", "right", "left", "right", "left", "right"]
    html = render_report(replace(summaries.twitching(), measured=replace(measured, events=events)))
    assert "<b>Lips, middle</b>" in html


def test_the_mirrored_recording_draws_the_same_curve_on_the_other_side() -> None:
    measured = summaries.twitching().measured
    swap = {"left": "right", "right": "left", "mid": "mid", "bilateral": "bilateral"}
    events = tuple(
        replace(e, side=swap[e.side], region=mirror_of(e.region), regions=tuple(map(mirror_of, e.regions)))  # type: ignore[arg-type]
        for e in measured.events
    )
    band = measured.band_mm[:, list(MIRROR)] * np.array([-1.0, 1.0])
    there = traces.build_traces(measured)
    back = traces.build_traces(replace(measured, events=events, band_mm=band))
    assert there is not None
    assert back is not None
    for left, right in ((0, 1), (1, 0), (2, 3), (3, 2)):
        assert there.lanes[left].path == back.lanes[right].path
        assert there.lanes[left].direction == back.lanes[right].direction


@given(
    arrays(np.float64, st.integers(1, 400), elements=st.floats(-5, 5) | st.just(float("nan"))),
    st.integers(8, 200),
)
def test_thinning_keeps_the_extremes_and_invents_nothing(values: np.ndarray, limit: int) -> None:
    thinned, stride = axes.thin(values, limit)
    assert thinned.size <= max(limit + 2, 2)
    assert thinned.size * stride >= values.size
    kept = set(thinned[np.isfinite(thinned)].tolist())
    assert kept <= set(values[np.isfinite(values)].tolist())
    if np.isfinite(values).any():
        assert max(kept) == np.nanmax(values)
        assert min(kept) == np.nanmin(values)
    else:
        assert not kept


def test_thinning_keeps_gaps_as_gaps() -> None:
    values = np.concatenate([np.ones(100), np.full(100, np.nan), np.ones(100)])
    thinned, stride = axes.thin(values, 30)
    gap = np.flatnonzero(np.isnan(thinned)) * stride
    assert gap.min() >= 99
    assert gap.max() <= 200


def test_a_curve_breaks_at_gaps() -> None:
    path = axes.curve(np.arange(5.0), np.array([1.0, 2.0, np.nan, 3.0, np.nan]), digits=0)
    assert path == "M0 -1L1 -2M3 -3"


@given(st.floats(-50, 50), st.floats(0.01, 4000), st.integers(2, 8))
def test_ticks_are_round_few_and_inside(low: float, width: float, count: int) -> None:
    ticks = axes.round_ticks(low, low + width, count)
    assert len(ticks) <= count + 2
    assert all(low - 1e-6 * width <= tick <= low + width * (1 + 1e-6) for tick in ticks)


def test_long_time_axes_step_by_minutes() -> None:
    assert axes.time_ticks(0.0, 3600.0, 6) == [0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]
    assert wording.tick_time(600.0, 3600.0) == "10:00"
    assert wording.tick_time(3600.0, 3600.0) == "1:00:00"


def test_the_page_s_data_is_what_was_measured() -> None:
    summary = summaries.twitching()
    html = render_report(summary)
    text = re.search(r'id="trace-data">(.*?)</script>', html, re.S)
    assert text is not None
    data = json.loads(text[1])
    assert len(data["lanes"]) == 6
    assert len(data["events"]) == len(summary.measured.events)
    samples = np.frombuffer(base64.b64decode(data["lanes"][0]), "<i2")
    assert samples.size == summary.measured.t_s.size


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Open reports; at the end no page may have complained or asked for anything but its own file."""
    contexts, complaints = [], []

    def open_report(summary: Summary, **options: Any) -> Any:
        path = tmp_path / "report.html"
        write_report(summary, path)
        context = browser.new_context(**options)
        contexts.append(context)
        view = context.new_page()
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        view.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        view.on("request", lambda r: None if r.url == path.as_uri() else complaints.append(r.url))
        view.goto(path.as_uri())
        return view

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


def shown_time(view: Any) -> tuple[float, float]:
    """Return the start and the length of the time that the traces show."""
    start, _, width, _ = view.get_attribute("#traces svg.curve", "viewBox").split()
    return float(start), float(width)


@pytest.mark.browser
@pytest.mark.parametrize("state", STATES)
def test_on_a_phone_nothing_runs_over_the_edge(opened: Any, state: str) -> None:
    view = opened(STATES[state](), **PHONE)
    assert view.evaluate("document.documentElement.scrollWidth") == 390
    # Texts must be readable; those drawn on the face map stand in the table too.
    smallest = view.evaluate(
        "Math.min(...[...document.querySelectorAll('body *')].filter(e => !e.closest('svg, script')"
        " && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    assert smallest >= 12


@pytest.mark.browser
@pytest.mark.parametrize(
    "options", [PHONE, {**DESKTOP, "color_scheme": "dark"}, {"java_script_enabled": False}]
)
def test_the_traces_are_visible(opened: Any, options: dict[str, Any]) -> None:
    view = opened(summaries.twitching(), **options)
    for lane in view.locator("#traces path.trace").all():
        box = lane.bounding_box()
        assert box["width"] > 200
        assert box["height"] > 4
    assert view.locator("#traces .lane-name b").all_inner_texts() == [
        "Lips, left", "Lips, right", "Eyelids, left", "Eyelids, right", "Brows, left", "Brows, right",
    ]  # fmt: skip


@pytest.mark.browser
def test_zoom_by_buttons_keys_and_mouse(opened: Any) -> None:
    view = opened(summaries.twitching(), **DESKTOP)
    assert shown_time(view) == (0.0, 20.0)
    view.click("[data-do=in]")
    assert shown_time(view) == (5.0, 10.0)
    view.focus("#traces")
    view.keyboard.press("+")
    assert shown_time(view) == (7.5, 5.0)
    view.keyboard.press("0")
    assert shown_time(view) == (0.0, 20.0)
    view.keyboard.press("n")
    start, width = shown_time(view)
    assert start < 4.06 < start + width
    assert "twitch" in view.inner_text("#readout")
    view.click("[data-do=all]")
    field = view.locator("#traces .field").first.bounding_box()
    view.mouse.move(field["x"] + 0.25 * field["width"], field["y"] + 30)
    view.mouse.down()
    view.mouse.move(field["x"] + 0.5 * field["width"], field["y"] + 30, steps=3)
    view.mouse.up()
    assert shown_time(view) == pytest.approx((5.0, 5.0), abs=0.1)
    view.mouse.dblclick(field["x"] + 100, field["y"] + 30)
    assert shown_time(view) == (0.0, 20.0)


@pytest.mark.browser
def test_two_fingers_zoom_and_one_moves(opened: Any) -> None:
    view = opened(summaries.twitching(), **PHONE)
    view.locator("#traces").scroll_into_view_if_needed()
    field = view.locator("#traces .field").first.bounding_box()
    touch = view.context.new_cdp_session(view)

    def send(kind: str, *xs: float) -> None:
        points = [
            {"x": field["x"] + x * field["width"], "y": field["y"] + 40, "id": i} for i, x in enumerate(xs)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", 0.4, 0.6)
    for spread in (0.15, 0.2, 0.25):
        send("touchMove", 0.5 - spread, 0.5 + spread)
    send("touchEnd")
    start, width = shown_time(view)
    assert width == pytest.approx(20.0 * 0.2 / 0.5, rel=0.1)
    send("touchStart", 0.7)
    for x in (0.6, 0.5, 0.45):
        send("touchMove", x)
    send("touchEnd")
    assert shown_time(view)[1] == pytest.approx(width, rel=1e-6)
    assert shown_time(view)[0] - start == pytest.approx(0.25 * width, abs=0.1 * width)


@pytest.mark.browser
def test_zooming_a_long_recording_draws_what_was_measured(opened: Any) -> None:
    view = opened(summaries.twitching(1200.0, trains=((600.0, 603.0),)), **DESKTOP)
    view.click("[data-do=next]")
    start, width = shown_time(view)
    assert width == 4.0
    points = re.findall(r"[ML]([\d.-]+) ([\d.-]+)", view.get_attribute("#traces path.trace", "d"))
    heights = [-float(y) for x, y in points if start <= float(x) <= start + width]
    assert len(heights) >= 115
    assert max(heights) == pytest.approx(0.5, abs=0.15)


@pytest.mark.browser
def test_the_event_list_leads_to_the_trace(opened: Any) -> None:
    view = opened(summaries.twitching(), **DESKTOP)
    view.click("text=List of 35 events")
    view.click("[data-go] >> nth=10")
    assert shown_time(view)[1] == 4.0
    assert view.evaluate("document.activeElement.id") == "traces"


@pytest.mark.browser
def test_a_hostile_name_runs_nothing(opened: Any) -> None:
    view = opened(summaries.twitching(file=HOSTILE), **DESKTOP)
    assert HOSTILE in view.inner_text("header")
    assert HOSTILE in view.title()


@pytest.mark.browser
def test_on_paper_the_page_is_light_and_opens_its_sources_when_everything_is_asked_for(opened: Any) -> None:
    view = opened(summaries.twitching(), color_scheme="dark")
    view.emulate_media(media="print", color_scheme="dark")
    assert view.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not view.locator(".tools").is_visible()
    view.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert view.locator("details[open]").count() == 0
    view.evaluate("window.print = () => dispatchEvent(new Event('beforeprint'))")
    view.emulate_media(media="screen")
    view.click("[data-print=all]")
    assert view.locator("details:not([open])").count() == 0
    view.evaluate("dispatchEvent(new Event('afterprint'))")
    assert view.locator("details[open]").count() == 0


def test_the_triage_card_comes_first_and_names_what_was_not_answered() -> None:
    advice = (
        "See your doctor.",
        "Not answered: slurred speech. A yes needs help.",
        "Also not answered: pain.",
    )
    summary = replace(
        summaries.twitching(), triage=Triage("see_doctor", ("It lasted three weeks.",), advice, "1")
    )
    text = Page(render_report(summary)).text
    order = (
        "Worth showing to a doctor", "Why", "It lasted", "What to do", "See your", "What was not answered",
        "Slurred speech. A yes", "Pain.", "What was found",
    )  # fmt: skip
    places = [text.index(part, text.index("Worth showing")) for part in order]
    assert places == sorted(places)


def test_the_statuses_of_patterns_are_plain_words_and_what_cannot_be_told_is_folded() -> None:
    html = render_report(every_level())
    for words in (
        "looks like it",
        "possible",
        "Not seen: 1 pattern",
        "Cannot tell from this recording: 1 pattern",
    ):
        assert words in html
    before = html[: html.index("Cannot tell from this recording")]
    assert before.endswith("<details><summary>")


def test_guided_tasks_are_told_side_by_side_with_interval_and_reason() -> None:
    page_ = Page(render_report(summaries.guided()))
    text = page_.text
    for part in (
        "left13.4 mm", "right6.2 mm", "left97 %", "right71 %",
        "asymmetry index +0.37 (95 % interval +0.34 to +0.40)",
        "mouth corners moved along: left 0.9 mm, right 4.4 mm", "eyes narrowed along: left 12 %, right 44 %",
        "Could not be assessed: The face was turned away for most of it.", "16 twitches", "no rhythm",
        "rhythm of 5.1 Hz, 0.31 mm peak to peak", "14 blinks a minute", "62 to 66 s", "1:40.0 to 2:10.0",
    ):  # fmt: skip
        assert part in text, part
    bands = [a for _, a in page_.tags if "data-from" in a]
    assert [(a["data-from"], a["data-to"]) for a in bands[:2]] == [("0.000", "60.000"), ("62.000", "66.000")]
    assert len(bands) == 8


def test_a_task_of_which_little_is_known_is_still_a_row() -> None:
    bare = TaskMeasure("smile", 0.0, 5.0, True, "", excursion_mm=Pair(4.0, None))
    lost = TaskMeasure("brow_raise", 5.0, 9.0, False, "")
    rows = guided.build_tasks((bare, lost, replace(bare, excursion_mm=Pair(float("nan"), 0.0))))
    assert [bar.text for bar in rows[0].bars] == ["4.0\N{NO-BREAK SPACE}mm", "not measurable"]
    assert [bar.share for bar in rows[0].bars] == [1.0, None]
    assert (rows[1].bars, rows[1].reason) == ((), "It could not be assessed.")
    assert [bar.share for bar in rows[2].bars] == [None, 0.0]


def test_bands_end_where_the_traces_end() -> None:
    tasks = (TaskMeasure("rest", 0.0, 60.0, True, ""), TaskMeasure("smile", 61.0, 66.0, True, ""))
    assert [(b.start_s, b.stop_s, b.rest) for b in guided.build_bands(tasks, 2.0, 30.0)] == [
        (2.0, 30.0, True)
    ]


def test_without_a_protocol_the_page_says_how_to_do_one() -> None:
    text = Page(render_report(summaries.twitching())).text
    assert "No guided tasks were done" in text
    assert "--protocol standard" in text
    assert "data-from" not in render_report(summaries.twitching()).split("<script>")[0]


def test_estimates_show_their_value_basis_and_what_is_missing() -> None:
    text = " ".join(Page(render_report(summaries.guided())).text.split())
    assert "measured form of House and Brackmann estimate III" in text
    assert "the right side reaches 46 % of the other" in text
    assert "Missing for the true scale" in text
    assert "Nothing like a hemifacial spasm was seen" in text
    assert "An estimate is never the scale itself" in text
    assert "No scale was estimated." in Page(render_report(summaries.twitching())).text


def test_estimates_without_a_finite_value_are_not_shown_as_one() -> None:
    odd = ScaleEstimate("x", "Odd", float("nan"), "0 to 4", ("b",), ("Why not.",), ())
    assert estimates.made([odd]) == []
    assert estimates.not_made([odd, replace(odd, title="Odder")]) == [(["Odd", "Odder"], ("Why not.",))]


def test_hostile_texts_in_tasks_and_estimates_are_shown_and_not_run() -> None:
    summary = summaries.guided()
    tasks = tuple(replace(t, assessable=False, reason=HOSTILE) for t in summary.measured.tasks)
    odd = ScaleEstimate(HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE,), (HOSTILE,))
    hostile = replace(
        summary, measured=replace(summary.measured, tasks=tasks), scales=(odd, replace(odd, value=None)),
        triage=Triage("self_care", (), (f"Not answered: {HOSTILE}",), "1"),
    )  # fmt: skip
    page_ = Page(render_report(hostile))
    assert page_.open == []
    assert [tag for tag, _ in page_.tags].count("script") == 2
    assert not any(tag == "img" for tag, _ in page_.tags)
    assert page_.text.count(HOSTILE) >= 8 + 6 + 1


def test_the_command_line_tells_tasks_and_level_in_short() -> None:
    plain = " ".join(findings.findings_and_level(summaries.guided())).replace(wording.NB, " ")
    assert "8 guided tasks, 7 of them assessed" in plain
    assert "furthest apart were the sides in: brow raise (left 7.2 mm, right 3.1 mm)." in plain
    assert plain.endswith("Triage: worth showing to a doctor.")
    assert findings.findings_and_level(summaries.quiet()) == findings.findings(summaries.quiet())


@pytest.mark.browser
def test_bands_of_the_tasks_go_along_when_zooming(opened: Any) -> None:
    view = opened(summaries.guided(), **DESKTOP)
    view.click("text=5. Smile")
    start, width = shown_time(view)
    assert start < 82.5 < start + width
    field = view.locator("#traces .lane.tasks .field").bounding_box()
    band = view.locator("#traces .band >> nth=4").bounding_box()
    left = field["x"] + field["width"] * (80.0 - start) / width
    assert band["x"] == pytest.approx(left, abs=2)
    assert "smile" in view.locator("#traces .band >> nth=4").inner_text()
    view.mouse.move(field["x"] + 300, field["y"] + 60)
    assert "Lips, left" in view.inner_text("#readout")
