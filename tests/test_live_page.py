"""The live page in a real browser before the real server; nothing leaves this machine, nothing complains."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import numpy as np
import pytest
from mjpeg_server import MjpegServer, encode

import twitchcam

PAGE = Path(twitchcam.__file__).parent / "live" / "page"
PATIENCE_S = 60.0
"""How long anything may take on a busy machine."""
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
PROTOCOL = """
name = "tiny"
title = "Three short steps"
[[step]]
task = "rest"
seconds = 1.5
prompt = "Let your face go loose."
[[step]]
task = "smile"
seconds = 3
prompt = "Smile."
[[step]]
task = "rest"
seconds = 3
prompt = "Let go again."
"""
HOSTILE = '<img src="http://192.0.2.1/x" onerror="alert(1)">'


# --- Without a browser ---


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in PAGE.iterdir()}
    html = texts["index.html"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script[^>]*>(?=[^<])", html) == []
    for name, text in texts.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text
        ), name
        addresses = set(re.findall(r"https?://[^\s\"'<>)]+", text))
        assert addresses <= {"http://www.w3.org/2000/svg"}, name
    for name, text in texts.items():
        for used in re.findall(r"""(?:from|src=|href=)\s*["']\.?/?([\w-]+\.(?:js|css|svg))["']""", text):
            assert used in texts, f"{name} names {used}"


def test_every_module_is_used_and_short() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}
    used = {name for text in scripts.values() for name in re.findall(r'from "\./([\w.]+)"', text)}
    assert used | {"main.js"} == set(scripts)
    assert max(text.count("\n") for text in scripts.values()) <= 260


def test_every_element_that_a_module_asks_for_is_there() -> None:
    ids = set(re.findall(r'id="([\w-]+)"', (PAGE / "index.html").read_text(encoding="utf-8")))
    for path in PAGE.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        made = set(re.findall(r'id: "([\w-]+)"', text))
        for name in re.findall(r'byId\("([\w-]+)"\)', text):
            assert name in ids | made, f"{path.name}: {name}"


# --- The server, and the browser before it ---


@dataclass
class Live:
    """A running `twitchcam live`."""

    process: subprocess.Popen[str]
    address: str
    out: Path

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def ready(self) -> None:
        """Drop whatever a test left."""
        from websockets.sync.client import connect

        socket = self.address.replace("http:", "ws:") + "ws"
        with connect(socket, origin=self.origin, max_size=None) as talk:  # type: ignore[arg-type]
            talk.send(json.dumps({"type": "discard"}))
            end = time.monotonic() + PATIENCE_S
            while time.monotonic() < end:
                said = talk.recv(timeout=PATIENCE_S)
                message = json.loads(said) if isinstance(said, str) else {}
                if message.get("type") == "state" and message["state"] == "ready":
                    return
        raise AssertionError("the session did not become ready")


def start_live(out: Path, *options: str) -> Live:
    command = [sys.executable, "-m", "twitchcam", "live", "--no-browser", "--out", str(out), *options]
    out.parent.mkdir(parents=True, exist_ok=True)
    with open(out.parent / "complaints.txt", "w", encoding="utf-8") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)
    watchdog = threading.Timer(2 * PATIENCE_S, process.kill)
    watchdog.start()
    assert process.stdout is not None
    line = process.stdout.readline()
    watchdog.cancel()
    found = re.fullmatch(r"Live: (http://127\.0\.0\.1:\d+/[\w-]+/)\n", line)
    if found is None:
        process.kill()
        raise AssertionError(f"no address was printed: {line!r}")
    return Live(process, found[1], out)


def end_live(live: Live) -> None:
    live.process.terminate()
    try:
        live.process.wait(20)
    except subprocess.TimeoutExpired:
        live.process.kill()
        live.process.wait()
    if live.process.stdout is not None:
        live.process.stdout.close()


@pytest.fixture(scope="module")
def live(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The server on a clip with a twitch at the left that outlasts every wait; each test finds it ready."""
    folder = tmp_path_factory.mktemp("live")
    protocol = folder / "tiny.toml"
    protocol.write_text(PROTOCOL, encoding="utf-8")
    clip = repeat(samples / "left-twitch.mp4", folder / "left-twitch.mp4", 20)
    running = start_live(folder / "out", "--source", str(clip), "--protocol", str(protocol))
    yield running
    end_live(running)


@pytest.fixture
def short_live(samples: Path, tmp_path: Path) -> Iterator[Live]:
    """The server on the clip itself, which ends after 12 s."""
    running = start_live(tmp_path / "out", "--source", str(samples / "left-twitch.mp4"))
    yield running
    end_live(running)


def repeat(clip: Path, out: Path, times: int) -> Path:
    """Write a clip that shows `clip` so many times, one after the other."""
    with av.open(str(out), "w") as joined:
        stream = None
        for turn in range(times):
            with av.open(str(clip)) as source:
                video = source.streams.video[0]
                stream = stream or joined.add_stream_from_template(video)
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None or video.duration is None:
                        continue
                    packet.pts += turn * video.duration
                    packet.dts += turn * video.duration
                    packet.stream = stream
                    joined.mux(packet)
    return out


@pytest.fixture(scope="module")
def browser(browser: Any) -> Any:
    from playwright.sync_api import expect

    expect.set_options(timeout=1000 * PATIENCE_S)
    return browser


@dataclass
class Watcher:
    """Opens pages and notes what they ask for and complain about."""

    browser: Any
    contexts: list[Any] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(
        self,
        address: str,
        *,
        context: Any = None,
        before: Callable[[Any], None] | None = None,
        **options: Any,
    ) -> Any:
        if context is None:
            context = self.browser.new_context(**options)
            context.set_default_timeout(1000 * PATIENCE_S)
            context.on("page", self.watch)
            self.contexts.append(context)
        view = context.new_page()
        if before is not None:
            before(view)
        view.goto(address)
        return view

    def watch(self, view: Any) -> None:
        view.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        view.on("pageerror", lambda error: self.complaints.append(str(error)))
        view.on("request", self.check)
        view.on("websocket", self.check)

    def check(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "blob" and parts.hostname != "127.0.0.1":
            self.complaints.append(f"asked for {request.url}")


@pytest.fixture
def watcher(browser: Any) -> Iterator[Watcher]:
    watching = Watcher(browser)
    yield watching
    for context in watching.contexts:
        context.close()
    assert watching.complaints == []


@pytest.fixture
def view(live: Live, watcher: Watcher) -> Any:
    live.ready()
    opened = watcher.open(live.address)
    at(opened, "ready")
    return opened


def at(view: Any, stage: str) -> None:
    view.locator(f"body[data-stage={stage}]").wait_for()


def until(holds: Callable[[], Any], view: Any = None) -> Any:
    """Wait for something that only asking tells. What the browser reports comes in while it is asked."""
    end = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        if time.monotonic() > end:
            shown = "no page" if view is None else view.inner_text("body")
            raise AssertionError(f"waited too long; the page shows: {shown}")
        time.sleep(0.05)
    return found


def moved_mm(view: Any) -> tuple[float, float]:
    """Return how far the lips of the left and right side moved, as the page tells it."""
    label = view.locator("#traces").get_attribute("aria-label")
    found = re.search(r"Lips: your left ([\d.]+)\s*mm, your right ([\d.]+)\s*mm", label)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)


def drawn_px(view: Any) -> list[int]:
    """Return the height, in pixels, of what is drawn in each side's colour in the rows of the lips."""
    heights: list[int] = view.evaluate(
        """() => {
          const canvas = document.getElementById("traces");
          const copy = new OffscreenCanvas(canvas.width, canvas.height);
          const pen = copy.getContext("2d", {willReadFrequently: true});
          pen.drawImage(canvas, 0, 0);
          const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
          const style = getComputedStyle(document.documentElement);
          return ["--left", "--right"].map((name, row) => {
            const hex = style.getPropertyValue(name).trim().slice(1);
            const rgb = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16));
            const rows = new Set();
            const [from, to] = [0, 1].map((i) => Math.round(canvas.height * 0.22 * (row + i)));
            for (let y = from + 20; y < to; y++) {
              for (let x = 180; x < canvas.width; x++) {
                const p = 4 * (y * canvas.width + x);
                if (rgb.every((c, i) => Math.abs(data[p + i] - c) < 24) && data[p + 3] > 200) rows.add(y);
              }
            }
            return rows.size;
          });
        }"""
    )
    return heights


@pytest.mark.browser
def test_a_quick_look_from_start_to_a_saved_report(short_live: Live, watcher: Watcher) -> None:
    from playwright.sync_api import expect

    live, view = short_live, watcher.open(short_live.address)
    at(view, "ready")
    expect(view.locator("#start-free")).to_be_enabled()
    expect(view.locator("[data-lamp=face]")).to_have_attribute("data-level", "ok")
    view.click("#start-free")
    at(view, "running")
    until(lambda: moved_mm(view)[0] > 0.5)
    left, right = moved_mm(view)
    assert left > 2 * right
    heights = until(lambda: (h := drawn_px(view))[0] > 20 and h)
    assert heights[0] > 2 * heights[1]
    expect(view.locator("#events li:has-text('your left')").first).to_be_visible()
    view.fill("#mark-note", HOSTILE)
    view.click("#mark")

    at(view, "questions")  # the clip has ended, so the recording has
    assert not live.out.exists() or not list(live.out.iterdir())
    view.click("#no-to-all")
    view.click("#next-part")
    assert "The twitching" in view.inner_text("#part-title")
    view.fill("#q-duration_days input", "2")
    view.select_option("#q-duration_days select", "weeks")
    view.click("#q-spread label:has-text('a cheek')")
    view.click("#skip-all")
    at(view, "result")
    figures = dict(
        zip(
            view.locator("#found dt").all_inner_texts(),
            view.locator("#found .figure").all_inner_texts(),
            strict=True,
        )
    )
    assert figures["Side"] == "your left"
    assert 1 <= int(figures["Twitches"]) <= 40
    assert view.inner_text("#keep-state").startswith("Nothing has been saved.")

    with view.context.expect_page() as opening:
        view.click("#report")
    report = opening.value
    report.wait_for_load_state()
    assert "Why" in report.inner_text("main")
    report.close()
    view.reload()
    at(view, "result")

    view.fill("#keep-name", "../nowhere")
    view.click("#save")
    expect(view.locator("#notice")).to_be_visible()
    view.fill("#keep-name", "first look")
    view.click("#save")
    expect(view.locator("#keep-state")).to_contain_text("Saved in")
    saved = live.out / "first look"
    names = {path.name for path in saved.iterdir()}
    assert {"summary.json", "events.tsv", "signals.csv", "recording.npz", "report.html"} <= names
    assert not [name for name in names if name.endswith((".mp4", ".mov", ".mkv", ".jpg", ".png"))]
    summary = json.loads((saved / "summary.json").read_text(encoding="utf-8"))
    assert summary["lips"]["events"] == int(figures["Twitches"])
    if summary["source"]["frames"] > 340:  # of 360; a busy machine leaves out more
        assert summary["lips"]["events"] >= 20
    view.click("#new-session")
    at(view, "ready")
    assert saved.is_dir()
    expect(view.locator("#earlier")).to_contain_text("first look")


@pytest.mark.browser
def test_a_guided_session_with_nothing_but_the_keyboard(live: Live, view: Any, watcher: Watcher) -> None:
    from playwright.sync_api import expect

    before = set(live.out.glob("*"))
    view.keyboard.press("Tab")
    assert view.evaluate("document.activeElement.className") == "skip"
    view.evaluate(LISTEN)
    press_on(view, "start-protocol")
    at(view, "running")
    view.keyboard.press("m")
    at(view, "questions")
    told = view.evaluate("heard")
    prompts = ["Let your face go loose.", "Smile.", "Let go again."]
    assert [text for text in told["guide-prompt"] if text] == prompts
    assert "Then: smile, 3 s" in told["guide-next"]
    for text in ("Recording.", "Marked.", "Step 2 of 3: Smile. Smile. 3 seconds.", "A few questions."):
        until(lambda text=text: text in " ".join(view.evaluate("heard.announcer")), view)  # type: ignore[misc]
    assert view.evaluate("document.activeElement.id") == "questions-title"
    press_on(view, "skip-all")
    at(view, "result")
    assert view.evaluate("document.activeElement.id") == "card-title"
    press_on(view, "discard")
    expect(view.locator("#ask-no")).to_be_focused()
    view.keyboard.press("Escape")
    expect(view.locator("#ask")).to_be_hidden()
    expect(view.locator("#discard")).to_be_focused()
    view.keyboard.press("Enter")
    view.keyboard.press("Shift+Tab")
    expect(view.locator("#ask-yes")).to_be_focused()
    view.keyboard.press("Enter")
    at(view, "ready")
    assert set(live.out.glob("*")) == before


LISTEN = """() => {
  window.heard = {};
  for (const id of ["announcer", "guide-prompt", "guide-next"]) {
    const element = document.getElementById(id);
    window.heard[id] = [];
    const note = () => window.heard[id].push(element.textContent);
    new MutationObserver(note).observe(element, {childList: true, characterData: true, subtree: true});
  }
}"""
"""Notes what passes too quickly for a busy machine's questions."""


def press_on(view: Any, name: str) -> None:
    """Go to a control with the Tab key and press it."""
    for _ in range(60):
        view.keyboard.press("Tab")
        if view.evaluate("document.activeElement.id") == name:
            outline = view.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{name} does not show that it has the focus"
            view.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} cannot be reached with the keyboard")


@pytest.mark.browser
def test_a_reload_and_a_second_tab_go_on_with_the_same_session(
    live: Live, view: Any, watcher: Watcher
) -> None:
    from playwright.sync_api import expect

    view.click("#start-free")
    at(view, "running")
    until(lambda: recorded_s(view) >= 2)
    view.reload()
    at(view, "running")
    until(lambda: recorded_s(view) >= 3)
    until(lambda: moved_mm(view)[0] > 0)
    other = watcher.open(live.address, context=view.context)
    at(other, "running")
    other.click("#pause")
    at(view, "paused")
    expect(view.locator("#pause")).to_have_text("Go on")
    stood = recorded_s(view)
    view.click("#pause")
    at(other, "running")
    assert stood <= recorded_s(other) + 1
    view.click("#restart")
    view.click("#ask-yes")
    until(lambda: recorded_s(view) < stood)
    other.click("#stop")
    at(view, "questions")
    at(other, "questions")
    assert view.locator("#events li").count() == other.locator("#events li").count()


def recorded_s(view: Any) -> int:
    found = re.search(r"(\d+):(\d+)", view.inner_text("#clock"))
    return 60 * int(found[1]) + int(found[2]) if found else -1


@pytest.mark.browser
def test_an_event_is_rejected_relabelled_added_and_taken_back(live: Live, view: Any) -> None:
    from playwright.sync_api import expect

    view.click("#start-free")
    until(lambda: recorded_s(view) >= 8, view)  # the train begins at 3 s
    view.click("#stop")
    at(view, "questions")
    view.click("#skip-all")
    at(view, "result")
    view.click("#review-box summary")
    rows = view.locator("#review li[data-type=twitch]:not(.gated)")
    found = rows.count()
    assert found == twitches(view) > 3
    first = rows.first.get_attribute("data-id")
    row = view.locator(f"#review li[data-id={first}]")
    row.locator("button").click()
    expect(row).to_have_class("rejected")
    until(lambda: twitches(view) == found - 1, view)
    expect(view.locator("#review-words")).to_contain_text("Reviewed: 1 rejected")
    check_controls(view)
    check_contrast(view)
    row.focus()
    view.keyboard.press("u")
    expect(row).not_to_have_class("rejected")
    until(lambda: twitches(view) == found, view)
    view.keyboard.press("ArrowDown")
    assert view.evaluate("document.activeElement.dataset.id") != first
    row.locator("select").select_option("blink")
    until(lambda: twitches(view) == found - 1, view)
    expect(view.locator("#review-words")).to_contain_text("1 relabelled")
    view.fill("#review-from", "900")
    view.fill("#review-to", "900.2")
    view.click("#review-add button")
    expect(view.locator("#notice-text")).to_contain_text("nothing was recorded")
    view.fill("#keep-name", "reviewed")
    view.click("#save")
    expect(view.locator("#keep-state")).to_contain_text("Saved in")
    row.locator("button").click()  # undo, which brings what was saved up to date
    until(lambda: twitches(view) == found, view)
    saved = json.loads((live.out / "reviewed" / "summary.json").read_text(encoding="utf-8"))
    assert saved["lips"]["events"] == found
    assert "review" not in saved


def twitches(view: Any) -> int:
    return int(view.locator("#found .figure").first.inner_text())


@pytest.mark.browser
def test_a_sign_that_cannot_wait_is_answered_at_once(live: Live, view: Any) -> None:
    from playwright.sync_api import expect

    view.check("#with-video")
    view.click("#start-free")
    until(lambda: recorded_s(view) >= 1, view)
    view.click("#stop")
    at(view, "questions")
    check_controls(view)
    expect(view.locator("#q-forehead_spared")).to_be_hidden()
    expect(view.locator("#alarm")).to_be_hidden()
    view.click("#q-drooping label:has-text('yes')")
    expect(view.locator("#alarm h2")).to_contain_text("mergency")
    expect(view.locator("#alarm")).to_contain_text("112, 999 or 911")
    expect(view.locator("#q-forehead_spared")).to_be_visible()
    view.click("#q-drooping label:has-text('no')")
    expect(view.locator("#alarm")).to_be_hidden()
    expect(view.locator("#q-forehead_spared")).to_be_hidden()
    view.click("#q-seizure label:has-text('yes')")
    expect(view.locator("#alarm")).to_be_visible()
    view.click("#alarm button")
    at(view, "result")
    expect(view.locator("#card")).to_have_attribute("data-level", "emergency")
    check_controls(view)
    check_contrast(view)
    view.click("#again-questions")
    at(view, "questions")
    expect(view.locator("#q-seizure input").first).to_be_checked()
    view.click("#skip-all")
    view.fill("#keep-name", "with video")
    view.check("#keep-video")
    view.click("#save")
    expect(view.locator("#keep-state")).to_contain_text("Saved in")
    assert [path for path in (live.out / "with video").iterdir() if path.name.startswith("video.")]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_readable_on_a_phone(live: Live, watcher: Watcher, scheme: str) -> None:
    live.ready()
    view = watcher.open(live.address, color_scheme=scheme, reduced_motion="reduce", **PHONE)
    at(view, "ready")
    for stage in ("ready", "running"):
        if stage == "running":
            view.click("#start-free")
            at(view, stage)
        assert view.evaluate("document.documentElement.scrollWidth") <= 360
        check_controls(view)
        check_contrast(view)
        smallest = view.evaluate(
            "() => Math.min(...[...document.querySelectorAll('body *')].filter(e => e.checkVisibility()"
            " && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest >= 12
    left = view.locator(".side-label.left").bounding_box()
    right = view.locator(".side-label.right").bounding_box()
    assert left["x"] < right["x"]
    assert [view.inner_text(f".side-label.{side}") for side in ("left", "right")] == [
        "your left",
        "your right",
    ]


def check_controls(view: Any) -> None:
    """Every control that is there has a name; the page has its landmarks and one main heading."""
    nameless = view.evaluate(
        """() => {
          const kinds = "button, a[href], input, select, progress, canvas, summary, [role=img]";
          const words = (id) => document.getElementById(id)?.textContent.trim();
          const named = (e) => e.getAttribute("aria-label") || e.labels?.length || e.textContent.trim()
            || (e.getAttribute("aria-labelledby") ?? "").split(" ").some(words);
          return [...document.querySelectorAll(kinds)].filter((e) => e.checkVisibility() && !named(e))
            .map((e) => e.outerHTML);
        }"""
    )
    assert nameless == []
    for landmark in ("header", "main", "footer"):
        assert view.locator(f"body > {landmark}").count() == 1
    assert view.locator("h1:visible").count() <= 1
    assert (
        view.evaluate("() => new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size")
        == view.locator("[id]").count()
    )
    assert view.locator("#announcer").get_attribute("aria-live") == "polite"


def check_contrast(view: Any) -> None:
    """Text stands out from what is behind it: 4.5 to 1 (WCAG AA)."""
    weak = view.evaluate(
        """() => {
          const parse = (text) => [...text.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
          const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          const parts = [0.2126, 0.7152, 0.0722];
          const light = (rgb) => parts.reduce((sum, part, i) => sum + part * linear(rgb[i] / 255), 0);
          const behind = (element) => {
            for (let e = element; e; e = e.parentElement) {
              const colour = parse(getComputedStyle(e).backgroundColor);
              if (colour[3] > 0.5) return colour;
            }
            return [255, 255, 255, 1];
          };
          return [...document.querySelectorAll("body *")]
            .filter((e) => e.checkVisibility() && !e.closest(".unseen, :disabled, option, .skip, .preview"))
            .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
            .filter((e) => !(e.closest("label")?.querySelector(":disabled")))
            .map((e) => {
              const both = [light(parse(getComputedStyle(e).color)), light(behind(e))];
              const [a, b] = both.sort((x, y) => y - x);
              return [e.textContent.trim().slice(0, 40), (a + 0.05) / (b + 0.05)];
            })
            .filter(([, ratio]) => ratio < 4.5);
        }"""
    )
    assert weak == []


@pytest.mark.browser
def test_a_wrong_address_or_host_is_refused(live: Live, watcher: Watcher) -> None:
    token = urlsplit(live.address).path.strip("/")
    assert live.request("GET", f"/{token}/").status == 200
    assert live.request("GET", f"/{token}/", {"Host": f"twitch.example:{live.port}"}).status == 403
    for path in (
        "/",
        "/wrong/",
        f"/{token[:-1]}/",
        f"/{token}x/",
        "/wrong/main.js",
        f"/{token}/../x",
        "/favicon.ico",
    ):
        assert live.request("GET", path).status == 404, path
    assert len(token) >= 20
    other = watcher.browser.new_page()
    other.goto("about:blank")
    for path in ("wrong", token):  # the second one is right, but asked for by another page
        refused = other.evaluate(
            """(address) => new Promise((done) => {
              const socket = new WebSocket(address);
              socket.onopen = () => done("open");
              socket.onerror = () => done("refused");
            })""",
            f"ws://127.0.0.1:{live.port}/{path}/ws",
        )
        assert refused == "refused"
    other.close()


@pytest.mark.browser
def test_the_camera_that_vanishes_and_the_program_that_ends(watcher: Watcher, tmp_path: Path) -> None:
    from playwright.sync_api import expect

    with MjpegServer(fps=25.0, size=(320, 240)) as camera:
        running = start_live(tmp_path / "out", "--camera", camera.url)
        try:
            view = watcher.open(running.address)
            at(view, "ready")
            expect(view.locator("#preview-empty")).to_be_hidden()
            face = view.locator("[data-lamp=face]")
            expect(face).to_have_attribute("data-level", "bad")  # no face is in these pictures
            expect(view.locator("#hint")).to_contain_text("face")
            view.click("#start-free")
            at(view, "running")
            assert view.inner_text("[data-number=rhythm] .figure") == "–"
            view.click("[data-number=rhythm] summary")
            assert "s are needed" in view.inner_text("[data-number=rhythm] .reason")
            camera.cut()
            expect(view.locator("[data-lamp=camera]")).to_have_attribute("data-level", "bad")
            expect(view.locator("#preview-box")).to_have_class(re.compile("stale"))
            expect(view.locator("#run-title")).to_have_text("Waiting for the camera")
            camera.start()
            expect(view.locator("[data-lamp=camera]")).not_to_have_attribute("data-level", "bad")
            expect(view.locator("#preview-box")).not_to_have_class(re.compile("stale"))
            at(view, "running")
        finally:
            end_live(running)
    expect(view.locator("#banner")).to_contain_text("is gone")
    with stranger(running.port):
        expect(view.locator("#banner")).to_contain_text("not valid any more")
    assert watcher.complaints  # the browser itself says that nobody answered
    assert all("net::ERR" in said or "WebSocket" in said or "404" in said for said in watcher.complaints)
    watcher.complaints.clear()


class _NotHere(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


class stranger:  # noqa: N801
    """Another program at the same port, which does not know the address."""

    def __init__(self, port: int) -> None:
        self._server = until(lambda: self._bind(port))

    def _bind(self, port: int) -> HTTPServer | None:
        try:
            return HTTPServer(("127.0.0.1", port), _NotHere)
        except OSError:
            return None

    def __enter__(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


# --- The page before messages made up ---

LOOK: dict[str, Any] = {
    "type": "look", "t_s": 12.0, "usable_s": 11.0, "events": 2, "rate_per_min": 10.9, "dominant_hz": None,
    "dominant_hz_ci": None, "amplitude_mm": {"median": 0.52, "p95": 0.6, "max": 0.61},
    "asymmetry": {"index": -0.5, "ci": [-0.7, -0.2]}, "side": "right", "min_detectable_mm": None,
    "verdict": "limited", "reasons": ["The face is small in the picture."], "gates_now": ["speech"],
    "new_events": [], "removed": [], "lamps": [],
    "camera": {"fps": 14.9, "dropped": 0, "state": "running", "trouble": None, "notes": []},
}  # fmt: skip
STATE: dict[str, Any] = {
    "type": "state", "state": "running", "mode": "free", "protocol": None, "t_s": 12.0, "recorded_s": 12.0,
    "step": None, "marks": [], "saved": None, "failed": None,
    "video": {"on": False, "frames": 0, "mb": 0, "full": False},
}  # fmt: skip
HELLO: dict[str, Any] = {
    "type": "hello", "version": "1", "source": {"name": HOSTILE, "width": 640, "height": 480}, "mirror": True,
    "protocols": [{"name": HOSTILE, "title": HOSTILE, "length_s": 5, "steps": []}],
    "questions": {"sections": [{"id": "a", "title": HOSTILE}], "items": [
        {"key": "x", "section": "a", "title": "x", "text": HOSTILE, "help": HOSTILE, "kind": "choices",
         "options": [{"value": "v", "label": HOSTILE}], "low": 0, "high": 0, "unit": "", "asked_if": {},
         "red_flag": False}]},
    "out": HOSTILE, "earlier": [{"name": HOSTILE, "when": HOSTILE, "title": HOSTILE}],
}  # fmt: skip


def event(number: int, peak_s: float, gated: str = "") -> dict[str, Any]:
    return {
        "id": number, "onset_s": peak_s - 0.1, "peak_s": peak_s, "offset_s": peak_s + 0.1, "side": "right",
        "region": "commissure_right", "amplitude_mm": 0.5, "trial_type": "twitch", "gated": gated,
    }  # fmt: skip


@pytest.fixture
def told(live: Live, watcher: Watcher) -> tuple[Any, Callable[..., None], list[dict[str, Any]]]:
    """A page whose socket is the test's: the page, a way to tell it something, and what it said."""
    routes: list[Any] = []
    said: list[dict[str, Any]] = []

    def take(route: Any) -> None:
        routes.append(route)
        route.on_message(lambda text: said.append(json.loads(text)))

    view = watcher.open(live.address, before=lambda page: page.route_web_socket(re.compile("/ws$"), take))
    until(lambda: view.evaluate("document.body.dataset.stage") and routes)

    def tell(*messages: dict[str, Any] | bytes) -> None:
        for message in messages:
            routes[-1].send(message if isinstance(message, bytes) else json.dumps(message))

    return view, tell, said


@pytest.mark.browser
def test_unknown_numbers_are_dashes_with_a_reason(told: Any) -> None:
    from playwright.sync_api import expect

    view, tell, _ = told
    tell({**HELLO, "source": {"name": "clip"}}, STATE, LOOK)
    at(view, "running")
    expect(view.locator("[data-number=rate] .figure")).to_have_text("10.9 a minute")
    assert view.inner_text("[data-number=rhythm] .figure") == "–"
    assert view.inner_text("[data-number=smallest] .figure") == "–"
    view.click("[data-number=smallest] summary")
    assert "The face is small" in view.inner_text("[data-number=smallest] .reason")
    assert "more at your right" in view.inner_text("#dial-words")
    needle = float(view.get_attribute("#dial-needle", "x"))
    assert needle > 200  # your right is at the right, as in the mirror
    assert "speaking" in view.inner_text("#usable-note")
    assert view.get_attribute("#usable", "value") == "11"


@pytest.mark.browser
def test_events_may_change_and_go(told: Any) -> None:
    from playwright.sync_api import expect

    view, tell, _ = told
    tell(HELLO, STATE, {**LOOK, "new_events": [event(1, 3.0), event(2, 5.0), event(3, 4.0, "speech")]})
    expect(view.locator("#events li")).to_have_count(3)
    assert view.locator("#events time").all_inner_texts() == ["0:05", "0:04", "0:03"]
    assert "not counted: speaking" in view.locator("#events li").nth(1).inner_text()
    tell({**LOOK, "removed": [2], "new_events": [event(3, 4.5)]})
    expect(view.locator("#events li")).to_have_count(2)
    assert "not counted" not in view.inner_text("#events")
    tell({**STATE, "state": "ready", "t_s": 0.0})
    expect(view.locator("#events li")).to_have_count(0)


@pytest.mark.browser
def test_hostile_names_and_notes_stay_text(told: Any) -> None:
    view, tell, _ = told
    tell(HELLO, {**STATE, "state": "ready"}, {"type": "error", "text": HOSTILE})
    at(view, "ready")
    assert view.inner_text("#source") == HOSTILE
    assert HOSTILE in view.inner_text("#earlier")
    triage = {"level": "see_doctor", "reasons": [HOSTILE], "advice": [HOSTILE]}
    result = {
        "type": "result",
        "level": "see_doctor",
        "title": HOSTILE,
        "report": True,
        "findings": [HOSTILE],
    }
    tell(
        {**STATE, "state": "finished", "saved": HOSTILE},
        {**result, "summary": {"triage": triage, "quality": {}, "lips": {}}},
    )
    at(view, "questions")
    assert HOSTILE in view.inner_text("#form")
    assert view.locator("img, script:not([src='main.js'])").count() == 0


@pytest.mark.browser
def test_the_guide_counts_down_and_a_pause_stops_it(told: Any) -> None:
    from playwright.sync_api import expect

    view, tell, said = told
    steps = [
        {"task": "rest", "seconds": 30, "prompt": "Rest."},
        {"task": "smile", "seconds": 7, "prompt": "Smile."},
    ]
    hello = {**HELLO, "protocols": [{"name": "p", "title": "P", "length_s": 37, "steps": steps}]}
    tell(hello, {**STATE, "state": "ready"})
    at(view, "ready")
    view.check("input[name=sound][value=none]")
    view.keyboard.press("g")
    until(
        lambda: (
            view.evaluate("1")
            and {"type": "start", "mode": "protocol", "protocol": "p", "video": False} in said
        )
    )
    step = {"index": 0, **steps[0], "left_s": 12.0}
    guided = {**STATE, "mode": "protocol", "protocol": "p"}
    tell({**guided, "state": "paused", "step": step})
    at(view, "paused")
    expect(view.locator("#guide-left")).to_have_text("12")
    assert view.inner_text("#guide-next") == "Then: smile, 7 s"
    assert view.get_attribute("#guide-steps li >> nth=0", "aria-current") == "step"
    tell({**guided, "step": step})
    expect(view.locator("#guide-left")).to_have_text("11")  # it goes on between the messages
    tell({**guided, "step": {"index": 1, **steps[1], "left_s": 6.5}})
    expect(view.locator("#guide-prompt")).to_have_text("Smile.")
    expect(view.locator("#announcer")).to_contain_text("Step 2 of 2: Smile")


@pytest.mark.browser
def test_the_picture_is_shown_as_in_a_mirror(told: Any) -> None:
    from playwright.sync_api import expect

    view, tell, said = told
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[:, :80] = (0, 0, 255)  # BGR: red at the left of the camera's picture, at the person's right
    picture[:, 80:] = (255, 0, 0)
    shot = {
        "type": "shot", "n": 7, "t_s": 1.0, "age_ms": 20, "width": 160, "height": 120, "inset": True,
        "outline": [[0.7, 0.4], [0.9, 0.4], [0.8, 0.6]], "outline_inner": [], "activity": {"cheek_left": 1.0},
        "regions": {"cheek_left": [0.8, 0.8]},
    }  # fmt: skip
    tell(HELLO, STATE)
    at(view, "running")
    tell(shot, b"\x01" + encode(picture), b"\x02" + encode(picture))
    expect(view.locator("#inset-box")).to_be_visible()
    until(lambda: view.evaluate("1") and {"type": "seen", "n": 7} in said)
    assert pixel(view, "preview", 0.3, 0.1)[2] > 200  # blue: the person's left, at the left
    assert pixel(view, "preview", 0.7, 0.1)[0] > 200
    red, green, blue = pixel(view, "preview", 0.2, 0.8)  # the dot of the moving left cheek: yellow
    assert red > 200
    assert green > 180
    assert blue < 120
    until(lambda: pixel(view, "inset", 0.3, 0.5)[2] > 200)
    tell({**HELLO, "mirror": False}, {**shot, "n": 8}, b"\x01" + encode(picture))
    until(lambda: view.evaluate("1") and {"type": "seen", "n": 8} in said)
    assert pixel(view, "preview", 0.3, 0.1)[0] > 200


def pixel(view: Any, name: str, x: float, y: float) -> list[int]:
    """Return the colour of a canvas at a place in fractions."""
    colour: list[int] = view.evaluate(
        """([name, x, y]) => {
          const canvas = document.getElementById(name);
          const at = [Math.round(x * canvas.width), Math.round(y * canvas.height)];
          const copy = new OffscreenCanvas(canvas.width, canvas.height);
          const pen = copy.getContext("2d", {willReadFrequently: true});
          pen.drawImage(canvas, 0, 0);
          return [...pen.getImageData(...at, 1, 1).data].slice(0, 3);
        }""",
        [name, x, y],
    )
    return colour


@pytest.mark.browser
def test_single_keys_are_left_alone_where_text_is_typed_and_can_be_turned_off(told: Any) -> None:
    view, tell, said = told
    tell(HELLO, STATE)
    at(view, "running")
    view.focus("#mark-note")
    view.keyboard.type("mp")
    assert view.input_value("#mark-note") == "mp"
    view.click("#open-keys")
    view.uncheck("#keys-on")
    view.keyboard.press("Escape")
    view.keyboard.press("p")
    view.click("#open-keys")
    view.check("#keys-on")
    view.click("#keys-close")
    view.keyboard.press("m")
    until(lambda: view.evaluate("1") and {"type": "mark", "note": "mp"} in said)
    assert {"type": "pause"} not in said
