"""Take the picture of a report's top for the README, or of one of its sections for the documentation.

    python scripts/make_report_picture.py report.html docs/report.png --leave-out triage
    python scripts/make_report_picture.py report.html docs/report-face.png --section face

Needs the test extras (playwright) and a chromium on the PATH.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


@contextmanager
def opened(report: Path, *, width: int, dark: bool) -> Iterator[Page]:
    """Open `report` in a headless chromium, its loops standing still."""
    browser_path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser_path is None:
        raise SystemExit(f"no browser found; install one of: {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page.goto(report.resolve().as_uri())
        yield page
        browser.close()


def take_top(page: Page, picture: Path, *, width: int, height: int | None, leave_out: list[str]) -> None:
    """Write the top of the page as a PNG.

    Without `height` the picture ends below the traces. `leave_out` names sections that are not shown.
    """
    for name in leave_out:
        _section(page, name).evaluate("e => e.style.display = 'none'")
    if height is None:
        bottom = page.locator("#overview, .traces-part .empty").first.bounding_box()
        height = round(bottom["y"] + bottom["height"]) + 12 if bottom else 900
    clip = {"x": 0, "y": 0, "width": width, "height": height}
    page.screenshot(path=picture, full_page=True, clip=clip)  # type: ignore[arg-type]


def _section(page: Page, name: str) -> Locator:
    found = page.locator(f"section[aria-labelledby=h-{name}]")
    if found.count() != 1:
        raise SystemExit(f"the report has no section {name}")
    return found


def main() -> None:
    """Read the command line and take the picture."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("report", type=Path, help="the HTML file")
    parser.add_argument("picture", type=Path, help="the PNG to write")
    parser.add_argument("--width", type=int, default=1000)
    parser.add_argument("--height", type=int, help="pixels from the top; default: down to the traces")
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="SECTION", help="such as triage, key")
    parser.add_argument("--section", help="only this one: traces, pictures, together, face, history, ...")
    parser.add_argument("--dark", action="store_true")
    args = parser.parse_args()
    if not args.report.is_file():
        raise SystemExit(f"{args.report}: no such file; make one with `twitchcam analyze CLIP`")
    args.picture.parent.mkdir(parents=True, exist_ok=True)
    with opened(args.report, width=args.width, dark=args.dark) as page:
        if args.section:
            _section(page, args.section).screenshot(path=args.picture)
        else:
            take_top(page, args.picture, width=args.width, height=args.height, leave_out=args.leave_out)


if __name__ == "__main__":
    main()
