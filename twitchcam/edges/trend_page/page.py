"""The course as a page: plots and numbers as one file that needs no network and no script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from twitchcam.course import Course, Interval
from twitchcam.edges.trend_page.plots import Value, draw
from twitchcam.files import replacing
from twitchcam.plain import on_page

_PAGE: Final = """
body{margin:0;padding:1.2rem;background:#fff;color:#1d2733;font:16px/1.5 system-ui,sans-serif}
main{max-width:800px;margin:auto}svg{width:100%;height:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d9dfe6;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}td:not(:last-child){white-space:nowrap}.soft{color:#5b6876}
@media (prefers-color-scheme:dark){body{background:#151b21;color:#e6ebf0}th,td{border-color:#38424d}
.soft{color:#a5b0bc}}
@media print{body{padding:0}}
"""
INTERVALS: Final = (
    "Bars are 95 % intervals. How often: the exact Poisson interval, as if twitches came independently; "
    "twitches come in trains, so the true interval is wider. How far: of the median, noise and scale "
    "together. Asymmetry: from the twitches of the recording. Hollow points were filmed or measured "
    "unlike the latest recording and are not compared with it."
)


def write_trend_page(path: Path, course: Course, regions: Mapping[str, Sequence[Value]], person: str) -> None:
    """Write the plots of a course to an .svg file, or as a page with a table to any other name.

    Parameters
    ----------
    path : Path
        The file, readable by its owner only.
    course : Course
        With at least one point.
    regions : mapping
        For each part of the face one (rate, interval) for each point of the course.
    person : str
        Whose it is, for the title.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    svg = draw(course, regions)
    text = svg if path.suffix.lower() == ".svg" else _page(course, svg, person)
    with replacing(path, private=True) as handle:
        handle.write(str(on_page(text)).encode("utf-8", "replace"))


def _page(course: Course, svg: str, person: str) -> str:
    said = "".join(f"<li>{escape(sentence)}</li>" for sentence in course.sentences)
    title = "Course over time" + ("" if person == "me" else f": {escape(person)}")
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title} - twitchcam</title><style>{_PAGE}</style></head><body><main>
<h1>{title}</h1>
<ul>{said}</ul>
{svg}
<p class="soft">{INTERVALS}</p>
<h2>The numbers</h2>
<div class="scroll"><table><thead><tr><th>filmed</th><th>usable</th><th>twitches a minute</th><th>mm</th>
<th>asymmetry</th><th></th></tr></thead><tbody>{_rows(course)}</tbody></table></div>
<p class="soft">An observation, not a diagnosis. Made by twitchcam on this computer.</p>
</main></body></html>
"""


def _rows(course: Course) -> str:
    rows = []
    for p in course.points:
        cells = [
            p.date,
            f"{p.usable_s:.0f} s",
            _told(p.rate_per_min, p.rate_ci, 1),
            _told(p.amplitude_mm, p.amplitude_ci, 2),
            _told(p.asymmetry, p.asymmetry_ci, 2),
            " ".join(p.why_not),
        ]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return "".join(rows)


def _told(value: float | None, ci: Interval | None, digits: int) -> str:
    if value is None:
        return "–"
    return f"{value:.{digits}f}" + (f" ({ci[0]:.{digits}f} to {ci[1]:.{digits}f})" if ci is not None else "")
