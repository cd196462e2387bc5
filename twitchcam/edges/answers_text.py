"""Answers as text that a person can read and change: TOML with each question above its answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.triage.answers import Answers
from twitchcam.triage.questions import SECTIONS, Question

WIDTH: Final = 100
_ABOUT: Final = (
    "Answers for twitchcam, as --answers reads them. They stay here. Lines with ## explain; lines "
    'with # are not answered: take away the # and give a value. Leave out, or answer "unknown", what you do '
    "not know; an empty list [] means none of these."
)


def template_text() -> str:
    """Return an answers file in which every question is explained and none is answered."""
    lines = [*_comment(_ABOUT)]
    for section in SECTIONS:
        lines += ["", *_comment(f"--- {section.title} ---"), *_comment(section.intro)]
        for question in section.questions:
            lines += ["", *_comment(question.text), *_comment(question.help), *_comment(_allowed(question))]
            lines.append(f'# {question.key} = "unknown"')
    return "\n".join(lines) + "\n"


def answers_text(answers: Answers) -> str:
    """Return the answers that were given as TOML that `read_answers` reads again."""
    given = answers.given()
    lines = [*_comment(_ABOUT)]
    for section in SECTIONS:
        asked = [question for question in section.questions if question.key in given]
        lines += ["", *_comment(f"--- {section.title} ---")] if asked else []
        for question in asked:
            lines += [*_comment(question.text), f"{question.key} = {_toml(given[question.key])}"]
    return "\n".join(lines) + "\n"


def write_answers(path: Path, answers: Answers) -> None:
    """Write the answers for their owner only, whole or not at all: JSON if the name ends so, otherwise TOML.

    Raises
    ------
    InputRefused
        If the file cannot be written there.
    """
    as_json = path.suffix.lower() == ".json"
    write_private(path, json.dumps(answers.given(), indent=2) + "\n" if as_json else answers_text(answers))


def write_private(path: Path, text: str) -> None:
    """Write a text file that only its owner may read, whole or not at all."""
    check_target(path)
    with replacing(path, private=True) as handle:
        handle.write(text.encode())


def check_target(path: Path) -> None:
    """Refuse a place where no file can be written, before anybody answers questions for it.

    Raises
    ------
    InputRefused
        If the folder is missing, or there is something else than an ordinary file.
    """
    if not path.absolute().parent.is_dir():
        raise InputRefused(f"{path}: its folder does not exist; make it, or choose another place.")
    if path.exists() and not path.is_file():
        raise InputRefused(f"{path}: is not an ordinary file; choose another name.")


def _comment(text: str) -> Iterable[str]:
    return (f"## {line}" for line in wrap(text, WIDTH, break_long_words=False))


def _allowed(question: Question) -> str:
    if question.kind in ("choice", "choices"):
        names = "; ".join(f'"{name}": {question.labels[name]}' for name in question.options)
        form = "One of" if question.kind == "choice" else 'A list such as ["' + question.options[0] + '"] of'
        return f"{form} {names}."
    return f"Allowed: {question.allowed}."


def _toml(value: Any) -> str:
    """Return an answer's value as TOML: every text is the name of an option, which needs no escapes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) else repr(value)
    if isinstance(value, str):
        return f'"{value}"'
    return "[" + ", ".join(_toml(item) for item in value) + "]"
