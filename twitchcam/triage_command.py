"""`twitchcam triage`: the rules applied to answers, with or without a recording's summary."""

from __future__ import annotations

from pathlib import Path

from twitchcam.edges.answers_file import read_answers, read_summary
from twitchcam.errors import InputRefused
from twitchcam.summary import Triage
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import observed_from_summary


def triage_from_files(answers_path: Path, summary_path: Path | None = None) -> Triage:
    """Return the triage of an answers file (TOML or JSON) and, if given, a summary.json.

    The summary's patterns are taken as they stand: those that depend on answers (medicines, an earlier palsy)
    know only the answers that were given when the clip was analysed.

    Raises
    ------
    InputRefused
        If a file is missing or its content is not what it should be.
    """
    answers = read_answers(answers_path)
    if summary_path is None:
        return triage(answers, None)
    try:
        return triage(answers, observed_from_summary(read_summary(summary_path)))
    except InputRefused as error:
        if str(error).startswith(str(summary_path)):
            raise
        raise InputRefused(f"{summary_path}: {error}") from error
