"""Opening: from the path that the user gave to a summary, and the recording where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitchcam.edges.answers_file import read_summary
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.errors import InputRefused
from twitchcam.result_files import RECORDING, SUMMARY
from twitchcam.results import open_results
from twitchcam.session import is_recording
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers
from twitchcam.types import Recording


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found at the path that the user gave."""

    name: str
    document: dict[str, Any]
    """As summary.json holds it."""
    summary: Summary | None = None
    recording: Recording | None = None


def open_recording(path: Path, answers: Answers | None = None) -> Opened:
    """Open a recording, a results folder (its answers and review come along), or a summary.json.

    Raises
    ------
    InputRefused
        If it is none of these, or damaged.
    """
    path = Path(path)
    if path.is_dir() and not (path / RECORDING).is_file() and (path / SUMMARY).is_file():
        path = path / SUMMARY
    if not path.exists():
        raise InputRefused(f"{path}: does not exist; give recording.npz, a results folder, or summary.json")
    if path.suffix.lower() == ".json":
        return Opened(path.absolute().parent.name, read_summary(path))
    if not path.is_dir() and not is_recording(path):
        raise InputRefused(f"{path}: is no recording; run 'twitchcam analyze' and give its recording.npz")
    results = open_results(path, answers=answers)
    return Opened(results.name, summary_to_dict(results.summary), results.summary, results.recording)
