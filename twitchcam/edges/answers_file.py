"""Answers and summaries as files: TOML or JSON in, plain values out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused
from twitchcam.triage.answers import Answers, parse_answers

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
        text = _decoded(path, "answers", content, MAX_ANSWERS_BYTES)
        as_json = text.lstrip().startswith("{")
    else:
        text = _read_text(path, "answers", MAX_ANSWERS_BYTES)
        as_json = path.suffix.lower() == ".json"
    values = _parse_json(path, text) if as_json else _parse_toml(path, text)
    try:
        return parse_answers(values)
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
    return _parse_json(path, _read_text(path, "summary", MAX_SUMMARY_BYTES))


def _read_text(path: Path, what: str, limit: int) -> str:
    try:
        if not path.is_file():
            raise InputRefused(f"{path}: no such {what} file. Check the path.")
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read ({error.strerror}).") from error
    return _decoded(path, what, content, limit)


def _decoded(path: Path, what: str, content: bytes, limit: int) -> str:
    if len(content) > limit:
        raise InputRefused(f"{path}: larger than {limit // 1_000_000} MB, so not a {what} file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error


def _parse_toml(path: Path, text: str) -> dict[str, Any]:
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        hint = " It looks like JSON: name it .json." if text.lstrip().startswith("{") else ""
        raise InputRefused(f"{path}: not valid TOML ({_one_line(error)}).{hint}") from error
    return values


def _parse_json(path: Path, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        raise InputRefused(f"{path}: not valid JSON ({_one_line(error)}).") from error
    if not isinstance(values, dict):
        raise InputRefused(f"{path}: expected a JSON object, got {type(values).__name__}.")
    return values


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key given twice is refused, as TOML refuses it: which of the two answers is meant cannot be known."""
    values = dict(pairs)
    if len(values) != len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in {other for other, _ in pairs[:i]})
        raise ValueError(f"key {twice!r:.60} is given twice")
    return values


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
