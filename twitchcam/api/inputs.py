"""Inputs: answers as a person at a keyboard gives them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twitchcam.edges.answers_file import read_answers
from twitchcam.triage.answers import Answers, parse_answers

AnswersLike = Answers | Mapping[str, Any] | str | Path | None


def answers_of(given: AnswersLike) -> Answers:
    """Return answers that were given as a dict, as a file or as they are."""
    if given is None:
        return Answers()
    if isinstance(given, Answers):
        return given
    if isinstance(given, Mapping):
        return parse_answers(given)
    return read_answers(Path(given))
