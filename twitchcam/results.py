"""Results: a results folder opened again, with the answers, the review and the course that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitchcam.analysis import analyse
from twitchcam.edges.answers_file import read_summary
from twitchcam.edges.recordings import load_recording
from twitchcam.edges.review_file import read_review
from twitchcam.errors import InputRefused
from twitchcam.result_files import RECORDING, REVIEW, SUMMARY
from twitchcam.review import Review, review_recording
from twitchcam.session import is_recording, name_of
from twitchcam.stored_course import stored_course
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording


@dataclass(frozen=True, slots=True)
class Results:
    """A recording with what it shows now."""

    name: str
    folder: Path | None
    """The results folder; None for a recording that lies by itself."""
    recording: Recording
    summary: Summary
    answers: Answers
    review: Review | None


def open_results(
    path: str | Path, *, answers: Answers | None = None, review: Review | None = None
) -> Results:
    """Open a results folder or a saved recording, and conclude it anew.

    Without `answers` those of the folder's summary.json count, so that no red flag is lost; without `review`
    the folder's own one does, when its result rests on one. The course over earlier recordings that
    summary.json tells counts as it stands there.

    Raises
    ------
    InputRefused
        If there is no recording, or a file of the folder cannot be used.
    """
    source, folder = find_recording(path)
    stored = _stored(folder)
    recording = load_recording(source)
    if answers is None:
        answers = parse_answers(stored.get("answers") or {})
    if review is None:
        review = _own_review(folder, stored)
    measured = analyse(recording) if review is None else review_recording(recording, review)
    summary = conclude(measured, answers, stored_course(stored.get("history")))
    return Results(name_of(source), folder, recording, summary, answers, review)


def find_recording(path: str | Path) -> tuple[Path, Path | None]:
    """Return the recording at a path, and the results folder that it belongs to.

    Raises
    ------
    InputRefused
        If there is none.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / RECORDING).is_file():
            raise InputRefused(f"{path}: holds no {RECORDING}; give a results folder that analyze wrote.")
        return path / RECORDING, path
    if not path.exists():
        raise InputRefused(f"{path}: does not exist; give a results folder or its {RECORDING}.")
    if not is_recording(path):
        raise InputRefused(f"{path}: is no recording; run 'twitchcam analyze' and give its {RECORDING}.")
    return path, path.parent if path.name == RECORDING else None


def _stored(folder: Path | None) -> dict[str, Any]:
    if folder is None or not (folder / SUMMARY).is_file():
        return {}
    return read_summary(folder / SUMMARY)


def _own_review(folder: Path | None, stored: dict[str, Any]) -> Review | None:
    """Return the folder's review when its result rests on one; a file alone was never applied."""
    if folder is None or not stored.get("review"):
        return None
    if not (folder / REVIEW).is_file():
        raise InputRefused(
            f"{folder}: its result was reviewed, but {REVIEW} is gone; give the review again with 'twitchcam "
            "review --file', or analyse the recording anew."
        )
    return read_review(folder / REVIEW)
