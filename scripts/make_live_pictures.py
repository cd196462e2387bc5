"""Take the pictures of the live page for the README: docs/live-*.png.

    python scripts/make_live_pictures.py

Runs `twitchcam live` on a sample clip and a chromium of the system before it. Only the sample's portrait is
seen. A busy machine leaves pictures out, and the page says so: take them on a quiet one.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CLIP = ROOT / "sample_videos" / "left-twitch.mp4"
DOCS = ROOT / "docs"
KEPT_COLOURS = 96
"""The page's own colours stay exact; the photo shares the rest of the palette."""
DOTS = [(35, 60, 130), (32, 130, 160), (71, 165, 140), (110, 200, 120), (182, 216, 78), (253, 231, 37)]
"""Of the regions: too small to get a place by their number of pixels."""
LARGEST = 150_000


def main() -> None:
    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as out:
        command = [
            sys.executable,
            "-m",
            "twitchcam",
            "live",
            "--source",
            str(CLIP),
            "--no-browser",
            "--out",
            out,
        ]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[1]
            with sync_playwright() as driver:
                flags = ["--no-sandbox", "--disable-gpu"]
                browser = driver.chromium.launch(executable_path=browser_path, args=flags)
                take_desktop(browser, address)
                take_phone(browser, address)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def take_desktop(browser: Any, address: str) -> None:
    """Session, questions and result, light."""
    view = browser.new_page(viewport={"width": 1280, "height": 860})
    view.goto(address)
    at(view, "ready")
    view.click("#start-free")
    recorded(view, "0:08")
    keep(view.screenshot(), "live-session.png")
    at(view, "questions")
    view.set_viewport_size({"width": 1000, "height": 760})
    view.click("#no-to-all")
    view.click("#next-part")
    view.fill("#q-duration_days input", "10")
    for choice in ("#q-onset label >> nth=1", "#q-started_at label >> nth=0", "#q-sides label >> nth=0"):
        view.click(choice)
    view.evaluate("scrollTo(0, 0)")
    keep(view.screenshot(), "live-questions.png")
    view.click("#skip-all")
    at(view, "result")
    view.evaluate("document.activeElement.blur()")
    keep(view.screenshot(), "live-result.png")
    view.click("#discard")
    view.click("#ask-yes")
    at(view, "ready")
    view.close()


def take_phone(browser: Any, address: str) -> None:
    """A guided session, dark."""
    view = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark")
    view.goto(address)
    at(view, "ready")
    view.click("#start-protocol")
    recorded(view, "0:08")
    view.evaluate("document.activeElement.blur()")
    keep(view.screenshot(), "live-guided.png")
    view.close()


def at(view: Any, stage: str) -> None:
    view.locator(f"body[data-stage={stage}]").wait_for()


def recorded(view: Any, clock: str) -> None:
    view.locator(f"#clock:has-text('{clock}')").wait_for()
    time.sleep(0.5)


def keep(png: bytes, name: str) -> None:
    """Write a picture with 256 colours."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    pixels = np.asarray(image).reshape(-1, 3)
    own = DOTS + [colour for colour, _ in Counter(map(tuple, pixels.tolist())).most_common(KEPT_COLOURS)]
    rest = image.quantize(256 - len(own), method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in own for part in colour] + rest[: 3 * (256 - len(own))])
    target = DOCS / name
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(target, optimize=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}  {image.width}x{image.height}  {size / 1000:.0f} kB")
    if size > LARGEST:
        raise SystemExit(f"{name} is larger than {LARGEST // 1000} kB")


if __name__ == "__main__":
    main()
