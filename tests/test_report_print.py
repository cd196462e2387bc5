"""The report in a browser: two printed pages, contrast, the whole below the detail, the wheel, the loops."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import summaries
from test_report_figures import picture, with_course, with_review

from twitchcam.edges.report import write_report
from twitchcam.session import Result
from twitchcam.summary import Summary

pytestmark = pytest.mark.browser
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
SMALLEST_PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open reports; at the end none may have complained or asked for anything but its own file."""
    contexts, complaints = [], []

    def open_report(summary: Summary, *, pictures: Any = (), language: str = "en", **options: Any) -> Any:
        path = tmp_path / "report.html"
        write_report(summary, path, pictures=pictures, language=language)
        context = browser.new_context(**options)
        contexts.append(context)
        view = context.new_page()
        view.on("console", lambda message: complaints.append(message.text))
        view.on("pageerror", lambda error: complaints.append(str(error)))
        allowed = (path.as_uri(), "data:")
        view.on("request", lambda r: None if r.url.startswith(allowed) else complaints.append(r.url))
        view.goto(path.as_uri())
        return view

    yield open_report
    for context in contexts:
        context.close()
    assert complaints == []


FULL: dict[str, Callable[[], Summary]] = {
    "twitching": summaries.twitching,
    "quiet": summaries.quiet,
    "unusable": summaries.unusable,
    "guided": summaries.guided,
    "course and review": lambda: with_review(with_course(summaries.twitching())),
    "an hour": lambda: summaries.twitching(3600.0, trains=tuple((60.0 * i, 60.0 * i + 2) for i in range(59))),
}


def until(holds: Callable[[], bool], wait_s: float = 60.0) -> None:
    """Wait for something; the page's policy forbids playwright's own way of waiting."""
    end = time.monotonic() + wait_s
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def printed_pages(view: Any, paper: str = "A4") -> int:
    return len(re.findall(rb"/Type\s*/Page\b", view.pdf(format=paper)))


@pytest.mark.parametrize("state", FULL)
def test_a_report_prints_to_two_pages(opened: Open, state: str) -> None:
    view = opened(FULL[state]())
    assert printed_pages(view) == 2
    assert printed_pages(view, "Letter") == 2
    view.emulate_media(media="print")
    triage = view.locator("section.triage")
    assert triage.locator("h1").is_visible()
    assert all(item.is_visible() for item in triage.locator("li").all())


def test_with_pictures_it_still_prints_to_two_pages(opened: Open) -> None:
    view = opened(summaries.twitching(), pictures=[picture(width=468, height=232)] * 3)
    assert printed_pages(view) == 2
    assert printed_pages(view, "Letter") == 2
    view.emulate_media(media="print")
    assert view.locator(".film img").first.is_visible()


def test_a_real_report_prints_to_two_pages(opened: Open, measured: Result) -> None:
    assert printed_pages(opened(measured.summary)) == 2
    assert printed_pages(opened(measured.summary, language="de")) == 2


def test_everything_prints_when_asked_for(opened: Open) -> None:
    view = opened(summaries.twitching())
    view.evaluate("window.print = () => dispatchEvent(new Event('beforeprint'))")
    view.click("[data-print=all]")
    view.emulate_media(media="print")
    assert view.locator("[aria-labelledby=h-events] table.events").is_visible()
    assert view.locator("table.regions tr").count() == 20
    assert all(row.is_visible() for row in view.locator("table.regions tr").all())
    view.emulate_media(media="screen")
    view.evaluate("dispatchEvent(new Event('afterprint'))")
    view.emulate_media(media="print")
    assert not view.locator("[aria-labelledby=h-events] table.events").is_visible()


CONTRAST = """() => {
  const parse = (text) => {
    const parts = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith('color(') ? parts.map((x, i) => (i < 3 ? 255 * x : x)) : parts;
  };
  const over = (top, below) => {
    const alpha = top.length > 3 ? top[3] : 1;
    return [0, 1, 2].map((i) => alpha * top[i] + (1 - alpha) * below[i]);
  };
  const light = (c) => {
    const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    const [r, g, b] = c.map((x) => linear(x / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(parse(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || e.closest('script, style, .unseen, .skip') || !e.getClientRects().length) continue;
    let back = ground(e), style = getComputedStyle(e), front = parse(style.color);
    if (e.closest('svg')) {
      if (e.tagName !== 'text') continue;
      front = parse(style.fill);
      const shape = e.parentElement.matches('.spot') && e.parentElement.querySelector('ellipse');
      const fill = shape && getComputedStyle(shape).fill;
      if (fill && fill.startsWith('rgb')) back = over(parse(fill), back);
    }
    const [a, b] = [light(over(front, back)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${e.tagName}: ${e.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_of_its_ground(opened: Open, scheme: str) -> None:
    summary = with_review(with_course(summaries.guided()))
    view = opened(summary, pictures=[picture()], color_scheme=scheme, **DESKTOP)
    view.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert view.evaluate(CONTRAST) == []


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("rhythmic", [True, False])
def test_on_the_smallest_phone_nothing_runs_over_the_edge(
    opened: Open, language: str, rhythmic: bool
) -> None:
    summary = with_review(with_course(summaries.guided()))
    lips = replace(summary.measured.lips, rhythmic=rhythmic)
    summary = replace(summary, measured=replace(summary.measured, lips=lips))
    view = opened(summary, pictures=[picture()] * 3, language=language, **SMALLEST_PHONE)
    view.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert view.evaluate("document.documentElement.scrollWidth") == 360


def test_every_control_and_figure_has_a_name(opened: Open) -> None:
    view = opened(with_review(with_course(summaries.guided())), pictures=[picture()], **DESKTOP)
    view.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    nameless = view.evaluate(
        "[...document.querySelectorAll('button, [role=img], img, [role=group]')]"
        ".filter(e => !(e.getAttribute('aria-label') || e.getAttribute('alt') || e.textContent).trim())"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert nameless == []
    empty = view.evaluate(
        "[...document.querySelectorAll('th')].filter(e => !e.textContent.trim()).map(e => e.outerHTML)"
    )
    assert empty == []
    levels = view.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(e => Number(e.tagName[1]))")
    assert all(b - a <= 1 for a, b in pairwise(levels))


def shown(view: Any) -> tuple[float, float]:
    start, _, width, _ = view.get_attribute("#traces svg.curve", "viewBox").split()
    return float(start), float(width)


def test_the_wheel_zooms_only_when_the_traces_are_in_use(opened: Open) -> None:
    view = opened(summaries.twitching(), **DESKTOP)
    field = view.locator("#traces .field").first
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    view.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    view.mouse.wheel(0, 60)
    assert shown(view) == (0.0, 20.0)
    view.focus("#traces")
    box = field.bounding_box()
    view.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    view.mouse.wheel(0, -240)
    until(lambda: shown(view)[1] < 19)
    start, width = shown(view)
    assert start + 0.25 * width == pytest.approx(5.0, abs=0.1)
    view.keyboard.press("0")
    assert shown(view) == (0.0, 20.0)


def test_the_strip_shows_the_whole_and_moves_the_detail(opened: Open) -> None:
    view = opened(summaries.twitching(), **DESKTOP)
    strip = view.locator("#overview .field")
    assert strip.is_visible()
    view.focus("#traces")
    for _ in range(3):
        view.keyboard.press("+")
    width = shown(view)[1]
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    view.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 10)
    assert shown(view)[0] + width / 2 == pytest.approx(15.0, abs=0.1)
    window = view.locator("#overview .window").bounding_box()
    assert window["x"] + window["width"] / 2 == pytest.approx(box["x"] + 0.75 * box["width"], abs=3)


def test_an_hour_zooms_within_a_blink(opened: Open) -> None:
    view = opened(FULL["an hour"](), **DESKTOP)
    took = view.evaluate(
        "() => { const box = document.getElementById('traces'); const start = performance.now();"
        " for (let i = 0; i < 10; i++)"
        " box.dispatchEvent(new KeyboardEvent('keydown', { key: i % 2 ? '-' : '+' }));"
        " return (performance.now() - start) / 10; }"
    )
    # 15 ms here; the bound is for machines that are busy.
    assert took < 400


def test_loops_play_pause_and_stand_still_for_whom_motion_disturbs(opened: Open) -> None:
    at = "document.querySelector('.film img').style.transform"
    view = opened(summaries.twitching(), pictures=[picture()], **DESKTOP)
    first = view.evaluate(at)
    until(lambda: view.evaluate(at) != first)
    view.click("[data-film=play]")
    assert view.inner_text("[data-film=play]") == "Play"
    assert view.evaluate(at) == "translateY(-50%)"
    calm = opened(summaries.twitching(), pictures=[picture()], reduced_motion="reduce", **DESKTOP)
    assert calm.inner_text("[data-film=play]") == "Play"
    assert calm.evaluate(at) == "translateY(-50%)"


def test_the_page_reads_without_its_script(opened: Open) -> None:
    view = opened(summaries.twitching(), pictures=[picture()], java_script_enabled=False, **DESKTOP)
    assert view.locator("#traces path.trace").first.bounding_box()["height"] > 4
    assert view.locator(".spectrogram path.level-4").bounding_box()["width"] > 50
    assert view.locator(".film img").bounding_box()["width"] > 200
    assert not view.locator(".tools").is_visible()
    assert not view.locator("#overview").is_visible()


def test_numbers_of_the_script_follow_the_language(opened: Open) -> None:
    view = opened(summaries.twitching(), language="de", **DESKTOP)
    view.focus("#traces")
    view.keyboard.press("n")
    assert re.match(r"\d+,\d\d s", view.inner_text("#readout"))
