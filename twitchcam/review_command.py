"""`twitchcam review`: events of a recording listed, written out to be judged, and the result recomputed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from twitchcam.edges.answers_file import STANDARD_INPUT, read_answers
from twitchcam.edges.answers_text import write_private
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.pdf import paper_of
from twitchcam.edges.report.findings import findings_and_level
from twitchcam.edges.review_file import read_review, template_of, write_review
from twitchcam.errors import InputRefused
from twitchcam.result_files import PDF, REPORT, REVIEW
from twitchcam.results import Results, find_recording, open_results
from twitchcam.review import Review
from twitchcam.session import check_folder, name_of, write_outputs, write_printed, write_results
from twitchcam.summary import Reviewed, ReviewMark


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What `twitchcam review` was asked for."""

    file: Path | None = None
    out: Path | None = None
    """Results go to a folder of the recording's name below it; None: beside the recording."""
    answers: Path | None = None
    reviewer: str | None = None
    language: str = "en"
    """Of the report."""
    as_json: bool = False


def run_review(path: Path, options: ReviewOptions) -> None:
    """Apply a review, write the reviewed result, and say what came of it.

    Raises
    ------
    InputRefused
        If a file cannot be used, or the result has no place.
    """
    review = _read(path, options)
    answers = read_answers(options.answers) if options.answers is not None else None
    folder = _place(path, options)
    results = open_results(path, answers=answers, review=review)
    if folder == results.folder:
        write_results(results.summary, folder, options.language)
        if (paper := paper_of(folder / PDF)) is not None:
            write_printed(
                results.recording, results.summary, folder / PDF, paper=paper, language=options.language
            )
    else:
        write_outputs(results.recording, results.summary, folder, options.language)
    if not _same(folder / REVIEW, options.file):
        write_review(folder / REVIEW, review)
    if options.as_json:
        print(json.dumps(summary_to_dict(results.summary), allow_nan=False), flush=True)
    else:
        _tell(results, folder)


def write_template(path: Path, target: Path, reviewer: str = "") -> None:
    """Write a review file that lists every event; '-' prints it.

    Raises
    ------
    InputRefused
        If the recording cannot be used or the file exists already.
    """
    text = template_of(open_results(path).summary.measured, reviewer=reviewer)
    if target == STANDARD_INPUT:
        print(text, end="", flush=True)
        return
    if target.exists():
        raise InputRefused(f"{target}: exists already and is left as it is; choose another name.")
    if target.suffix.lower() != ".toml":
        raise InputRefused(f"{target}: the template explains itself in comments; name it .toml.")
    write_private(target, text)
    print(f"Edit it, then: twitchcam review {path} --file {target}", flush=True)


def list_events(path: Path) -> None:
    """Print one line an event: time, kind, side, region, size, and what a review said."""
    measured = open_results(path).summary.measured
    marks = (
        measured.review.marks
        if measured.review is not None
        else tuple(ReviewMark("keep", event, event) for event in measured.events)
    )
    if not marks:
        print("No event was found.")
    for number, mark in enumerate(marks, 1):
        print(_line(number, mark), flush=True)


def _line(number: int, mark: ReviewMark) -> str:
    event = mark.event or mark.automatic
    assert event is not None
    said = {"reject": "rejected", "relabel": "relabelled", "add": "added"}.get(mark.action, "")
    notes = [f"not counted: {event.gated}" if event.gated else "", said, mark.note]
    words = f"{number:4d}  {event.peak_s:8.2f} s  {event.trial_type:9s} {event.side:9s} {event.region:19s}"
    return f"{words} {event.amplitude_mm:6.2f} mm  {'; '.join(filter(None, notes))}".rstrip()


def _read(path: Path, options: ReviewOptions) -> Review:
    file = options.file
    if file is None:
        folder = path if path.is_dir() else path.parent
        file = folder / REVIEW
        if not file.is_file():
            raise InputRefused(
                f"{path}: no review; give one with --file, or make one to fill in with --template review.toml"
            )
    review = read_review(file)
    reviewer = review.reviewer if options.reviewer is None else options.reviewer
    when = review.when or datetime.now().astimezone().isoformat(timespec="seconds")
    return replace(review, reviewer=reviewer, when=when)


def _place(path: Path, options: ReviewOptions) -> Path:
    source, own = find_recording(path)
    if options.out is None and own is None:
        raise InputRefused(f"{path}: lies in no results folder; say with --out where the result goes.")
    folder = own if options.out is None else options.out / name_of(source)
    assert folder is not None
    check_folder(folder)
    return folder


def _same(one: Path, other: Path | None) -> bool:
    """Tell whether the review was read from the very file; a person's comments in it stay."""
    return other is None or (one.exists() and one.samefile(other))


def _tell(results: Results, folder: Path) -> None:
    review = results.summary.measured.review
    assert review is not None
    print(f"{results.name}, reviewed: {said(review)}")
    print(" ".join(findings_and_level(results.summary)))
    print(f"Report: {folder / REPORT}", flush=True)


def said(review: Reviewed) -> str:
    """Return what a review came to, in one sentence or two."""
    changes = ", ".join(
        f"{getattr(review, name)} {name}" for name in ("kept", "rejected", "relabelled", "added")
    )
    text = f"{changes}."
    if review.f1 is not None:
        text += f" The automatic events agree with it by F1 = {review.f1:.2f}."
    if review.unmatched == 1:
        text += " One decision is about an event that is not found in this recording."
    elif review.unmatched:
        text += f" {review.unmatched} decisions are about events that are not found in this recording."
    return text
