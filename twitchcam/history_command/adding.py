"""Adding results that were made earlier: folders of analyze, or single files of theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twitchcam.edges.answers_file import read_summary
from twitchcam.edges.event_table import read_events_tsv
from twitchcam.edges.recordings import load_recording
from twitchcam.edges.store import Entry
from twitchcam.errors import InputRefused
from twitchcam.history_command.filmed import Filmed, filmed_results
from twitchcam.history_command.remember import entry_of, fingerprint, fingerprint_of
from twitchcam.result_files import EVENTS, RECORDING, REVIEWED, SUMMARY
from twitchcam.triage.answers import Answers
from twitchcam.triage.observed import observed_from_summary


def read_results(path: Path, date: str | None) -> Entry:
    """Return what is kept of earlier results: a folder of analyze, its summary.json, or a recording.npz.

    A summary is taken as it stands; a recording without one is analysed.

    Raises
    ------
    InputRefused
        If there is neither, a file is no such file, or it does not say when it was filmed.
    """
    if path.is_dir():
        if (path / SUMMARY).is_file():
            return _of_summary(path / SUMMARY, filmed_results(path, date))
        if (path / RECORDING).is_file():
            return _of_recording(path / RECORDING, filmed_results(path, date))
        raise InputRefused(
            f"{path}: holds no {SUMMARY} or {RECORDING}; give a results folder of analyze or live "
            "(several: results/*)"
        )
    if not path.exists():
        raise InputRefused(f"{path}: does not exist; check the spelling and the folder")
    filmed = filmed_results(path, date)
    return _of_recording(path, filmed) if path.suffix.lower() == ".npz" else _of_summary(path, filmed)


def _of_recording(path: Path, filmed: Filmed) -> Entry:
    from twitchcam.analysis import analyse
    from twitchcam.triage.patterns import conclude

    recording = load_recording(path)
    return entry_of(recording, conclude(analyse(recording), Answers()), filmed)


def _of_summary(path: Path, filmed: Filmed) -> Entry:
    summary = read_summary(path)
    try:
        observed_from_summary(summary)
    except InputRefused as error:
        raise InputRefused(f"{path}: {error}") from error
    summary.pop("history", None)
    events: tuple[dict[str, Any], ...] = ()
    table = path.with_name(REVIEWED if summary.get("review") else EVENTS)
    if path.name == SUMMARY and table.is_file():
        events = read_events_tsv(table)
    recording = path.with_name(RECORDING)
    known = summary.get("source", {}).get("sha256")
    # a live session has no file; its recording, where it lies beside, tells it from others
    print_of = fingerprint(load_recording(recording)) if not known and recording.is_file() else None
    answers = summary.get("answers")
    return Entry(
        filmed_at=filmed.at,
        filmed_from=filmed.how,
        fingerprint=print_of or fingerprint_of(summary),
        summary=summary,
        answers=answers if isinstance(answers, dict) else {},
        events=events,
        reviewed=bool(summary.get("review")),
    )
