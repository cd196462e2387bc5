"""Fill in the examples of docs/history.md: a made-up history, and what the program says of it.

    python scripts/make_history_page.py [--check] [--picture]

Each block of the page that begins with `$ twitchcam history ...` is replaced by what that command prints.
With --check nothing is written; exit 1 when the page is not what the program says. With --picture the plots
are drawn anew too (docs/history.png; needs chromium).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import math
import re
import shutil
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam import cli
from twitchcam.edges.store import Entry, open_store
from twitchcam.regions import LIPS, REGIONS

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, PICTURE = DOCS / "history.md", DOCS / "history.png"
BLOCK = re.compile(r"(?<=\n)    \$ (twitchcam history [^\n]*)\n(?:    [^\n]*\n|\n(?=    [^$]))*")
FIRST = date(2026, 1, 5)
USABLE_S = 120.0
WIDTH = 118


def session(number: int, rate: float, rng: np.random.Generator, *, eye: bool, fps: float = 30.0) -> Entry:
    """Return a made-up session: trains of two twitches on average, and good and bad days."""
    day = math.exp(rng.normal(0.0, 0.15))
    sizes = rng.geometric(1 / 2, rng.poisson(rate * USABLE_S / 60 * day / 2))
    onsets = sorted(float(t) for n in sizes for t in rng.uniform(0, USABLE_S) + 0.2 * np.arange(n))
    mm, n = 0.45 * math.exp(rng.normal(0.02 * number, 0.06)), len(onsets)
    counts = {"commissure_left": n, "lower_eyelid_left": round(0.4 * n) if eye else 0}
    sha = f"{number:064x}"
    events = tuple(
        {"onset": t, "duration": 0.15, "trial_type": "twitch", "side": "left", "region": "commissure_left",
         "regions": ("commissure_left",), "amplitude_mm": mm, "peak": t + 0.05, "snr": 9.0,
         "run": None, "gated": ""}
        for t in onsets
    )  # fmt: skip
    summary: dict[str, Any] = {
        "schema": "twitchcam.summary/1",
        "source": {"file": f"week {number + 1}.mp4", "sha256": sha, "duration_s": 128.0, "fps": fps},
        "tracker": {"backend": "facemesh", "version": "0.10.21", "model_sha256": ""},
        "quality": {
            "verdict": "ok", "usable_s": USABLE_S, "eye_distance_px": float(rng.normal(110, 5)),
            "by_region": {name: {"min_detectable_mm": 0.15} for name in LIPS},
        },
        "lips": {
            "events": n, "rate_per_min": 60 * n / USABLE_S, "runs": 0, "dominant_hz": None, "side": "left",
            "amplitude_mm": {"median": mm, "median_ci": [0.9 * mm, 1.1 * mm]},
            "asymmetry": {"index": 0.85, "ci": [0.78, 0.9]},
        },
        "regions": {name: {"events": counts.get(name, 0)} for name in REGIONS},
        "triage": {"level": "see_doctor" if eye else "self_care", "rules_version": "2"},
    }  # fmt: skip
    at = FIRST + timedelta(days=8 * number)
    return Entry(f"{at}T18:{number:02d}", "file", sha, summary, {}, events)


def fill(folder: Path) -> None:
    """Make the history: seven weeks that grow, the eye joining in, then a treatment."""
    rng = np.random.default_rng(11)
    with open_store(folder) as store:
        for i in range(13):
            rate = 8.0 * 1.2**i if i < 7 else 4.0
            store.add("me", session(i, rate, rng, eye=i >= 3, fps=60.0 if i == 4 else 30.0))
        store.add_mark("me", "2026-02-28", "botulinum toxin, left")
        store.add_note("me", "2026-01-29", "slept badly all week", 4)


def said(command: str, folder: Path) -> str:
    """Return what a command prints, as an indented block, long lines folded."""
    sys.argv = [*command.split(), "--data-dir", str(folder)]
    printed = io.StringIO()
    printed.reconfigure = lambda **_: None  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        cli.app_main()
    lines = [f"$ {command}"]
    for line in printed.getvalue().splitlines():
        while len(line) > WIDTH:
            cut = line.rindex(" ", 0, WIDTH)
            lines.append(line[:cut])
            line = "  " + line[cut + 1 :]
        lines.append(line)
    return "".join(f"    {line}".rstrip() + "\n" for line in lines)


def page(folder: Path) -> str:
    """Return the page with every example as the program says it now."""
    text = PAGE.read_text(encoding="utf-8")
    return BLOCK.sub(lambda found: said(found[1], folder), text)


def draw(folder: Path) -> None:
    """Take a picture of the plots."""
    from playwright.sync_api import sync_playwright

    said(f"twitchcam history trend --out {folder / 'course.html'}", folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 860, "height": 700})
        view.goto((folder / "course.html").as_uri())
        view.locator("svg").screenshot(path=PICTURE)
        browser.close()


def main() -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(description="Fill in the examples of docs/history.md.")
    parser.add_argument("--check", action="store_true", help="only compare")
    parser.add_argument("--picture", action="store_true", help="also draw docs/history.png")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        fill(Path(place))
        made = page(Path(place))
        if options.check:
            return int(made != PAGE.read_text(encoding="utf-8"))
        PAGE.write_text(made, encoding="utf-8")
        if options.picture:
            draw(Path(place))
    return 0


if __name__ == "__main__":
    sys.exit(main())
