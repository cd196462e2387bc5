"""`twitchcam report`: the report of a recording or a results folder made again."""

from __future__ import annotations

import webbrowser
from dataclasses import dataclass
from pathlib import Path

from twitchcam.edges.answers_file import read_answers
from twitchcam.edges.pdf import paper_of
from twitchcam.edges.report import write_report
from twitchcam.edges.report.pictures import FILE as PICTURES
from twitchcam.edges.report.pictures import read_pictures
from twitchcam.errors import InputRefused
from twitchcam.result_files import REPORT
from twitchcam.results import open_results
from twitchcam.session import write_printed, write_results
from twitchcam.summary import Summary


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was made."""

    summary: Summary
    path: Path
    """The report."""
    pdf: Path | None = None
    """The same as a PDF, where it is wanted or was there."""


def rebuild(
    path: Path,
    *,
    answers: Path | None = None,
    out: Path | None = None,
    language: str = "en",
    paper: str | None = None,
) -> Rebuilt:
    """Conclude a recording anew and write its report.

    The answers, the review, the pictures and the course over earlier recordings that its folder keeps stand
    in it again; with `answers` others take the place of the answers. A results folder's own summary.json and
    events.tsv are written again with the report, so that they never disagree; with `out`, a file or a folder,
    only the report is written, there. With `paper` the report is written as a PDF too, beside it; a PDF that
    a results folder holds is made again with its report.

    Raises
    ------
    InputRefused
        If there is no recording, a file of its folder is damaged, or the report has no place.
    """
    given = read_answers(answers) if answers is not None else None
    place = None if out is None else _place(out)
    results = open_results(path, answers=given)
    summary = results.summary
    target = place or path.with_suffix(".html")
    if place is None and results.folder is not None:
        target = results.folder / REPORT
        write_results(summary, results.folder, language)
        paper = paper or paper_of(target.with_suffix(".pdf"))
    else:
        pictures = () if results.folder is None else read_pictures(results.folder / PICTURES)
        write_report(summary, target, pictures=pictures, language=language)
    if paper is None:
        return Rebuilt(summary, target)
    pdf = target.with_suffix(".pdf")
    write_printed(results.recording, summary, pdf, paper=paper, language=language)
    return Rebuilt(summary, target, pdf)


def open_report(path: Path) -> bool:
    """Show a report in the person's browser; tell whether one was found."""
    return webbrowser.open(path.resolve().as_uri())


def _place(out: Path) -> Path:
    """Return the file that `--out` names: itself, or report.html in a folder."""
    if out.is_dir():
        return out / REPORT
    if out.suffix.lower() not in (".html", ".htm"):
        raise InputRefused(f"{out}: no such folder; give a folder that exists, or a file named .html")
    if not out.absolute().parent.is_dir():
        raise InputRefused(f"{out}: its folder does not exist; make it first")
    return out
