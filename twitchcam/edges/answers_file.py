"""Answers and summaries as files: TOML or JSON in, plain values out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.text_files import decode_text, parse_json, parse_toml, read_text
from twitchcam.errors import InputRefused
from twitchcam.triage.answers import Answers, parse_answers

STANDARD_INPUT: Final = Path("-")
MAX_ANSWERS_BYTES: Final = 1_000_000
MAX_SUMMARY_BYTES: Final = 50_000_000


def read_answers(path: Path) -> Answers:
    """Read the questionnaire's answers from a file: JSON if its name ends so, otherwise TOML.

    The name "-" stands for the standard input, which is JSON if it begins with a brace.

    Raises
    ------
    InputRefused
        If the file is missing, too large, not valid TOML or JSON, or holds an unknown key or a wrong value.
    """
    path = Path(path)
    if path == STANDARD_INPUT:
        path = Path("standard input")
        content = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_ANSWERS_BYTES + 1)
        text = decode_text(path, "answers", content, MAX_ANSWERS_BYTES)
        as_json = text.lstrip().startswith("{")
    else:
        text = read_text(path, "answers", MAX_ANSWERS_BYTES)
        as_json = path.suffix.lower() == ".json"
    try:
        return parse_answers(parse_json(text, _no_repeats) if as_json else parse_toml(text))
    except InputRefused as error:
        raise InputRefused(f"{path}: {error}") from error


def read_summary(path: Path) -> dict[str, Any]:
    """Read a summary.json as plain values.

    Raises
    ------
    InputRefused
        If the file is missing, too large or not a JSON object.
    """
    path = Path(path)
    text = read_text(path, "summary", MAX_SUMMARY_BYTES)
    try:
        return parse_json(text, _no_repeats, finite=True)
    except InputRefused as error:
        raise InputRefused(f"{path}: {error}") from error


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice is refused, as TOML refuses it: which of the two answers is meant cannot be known."""
    values = dict(pairs)
    if len(values) != len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in {other for other, _ in pairs[:i]})
        raise ValueError(f"key {twice!r:.60} is given twice")
    return values
