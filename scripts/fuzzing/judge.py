"""The judgement on one run of the program in this process: an answer, a refusal in one line, or a fault."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

LONGEST_LINE: Final = 1200
ANSWER, REFUSAL, FAULT = "answer", "refusal", "fault"
_ESCAPES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one run."""

    kind: str
    """answer, refusal or fault."""
    told: str = ""
    """The line of a refusal; what is wrong of a fault."""


def run(arguments: Sequence[object], folder: Path) -> Verdict:
    """Run `twitchcam ARGUMENTS` and judge it by the contract: exit 0, or 2 with one clear line.

    `folder` holds the case's files: no half-written file may be left in it.
    """
    from twitchcam.cli import app_main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    status: Any = None
    with patch.object(sys, "argv", ["twitchcam", *map(str, arguments)]), _streams(out, err):
        try:
            app_main()
        except SystemExit as end:
            status = end.code or 0
        except BaseException as error:  # whatever escapes is the fault that is looked for
            if isinstance(error, KeyboardInterrupt):
                raise
            return Verdict(FAULT, _where(error))
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]  # type: ignore[attr-defined]
    return (
        _judge(status, *texts, as_json="--json" in arguments)
        if not list(folder.rglob("*.part"))
        else Verdict(FAULT, "a half-written file was left")
    )


def _judge(status: int, out: str, err: str, *, as_json: bool) -> Verdict:
    lines = err.splitlines()
    if status == 0:
        warned = next((line for line in lines if "Warning" in line), None)
        if warned:
            return Verdict(FAULT, f"a warning reached the user: {warned[-200:]}")
        return (_judge_json(out) if as_json else None) or Verdict(ANSWER)
    if status != 2:
        return Verdict(FAULT, f"exit status {status}: {err[-200:]}")
    if len(lines) != 1 or not lines[0].startswith("twitchcam: ") or not lines[0][11:].strip():
        return Verdict(FAULT, f"a refusal of {len(lines)} lines: {err[:300]!r}")
    if len(err) > LONGEST_LINE:
        return Verdict(FAULT, f"a refusal of {len(err)} characters: {err[:200]!r}")
    if _ESCAPES.search(lines[0]):
        return Verdict(FAULT, f"a refusal with control characters: {err[:300]!r}")
    return Verdict(REFUSAL, lines[0])


def _judge_json(out: str) -> Verdict | None:
    for line in out.splitlines():
        try:
            json.loads(line, parse_constant=_refuse)
        except ValueError as error:
            return Verdict(FAULT, f"standard output is no JSON ({error}): {line[:200]!r}")
    return None


def _refuse(name: str) -> Any:
    raise ValueError(f"holds {name}")


def _where(error: BaseException) -> str:
    """Return the exception with the last lines of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if f"{os.sep}twitchcam{os.sep}" in f.filename]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(ours[-3:]))
    return f"{type(error).__name__} at {places}: {' '.join(str(error).split())[:160]}"


class _streams:  # noqa: N801 - used like a function
    """Standard output and error exchanged for the time of a run, standard input empty."""

    def __init__(self, out: io.TextIOWrapper, err: io.TextIOWrapper) -> None:
        self._mine = {"stdout": out, "stderr": err, "stdin": io.TextIOWrapper(io.BytesIO())}

    def __enter__(self) -> None:
        self._theirs = {name: getattr(sys, name) for name in self._mine}
        for name, stream in self._mine.items():
            setattr(sys, name, stream)

    def __exit__(self, *_: object) -> None:
        for name, stream in self._theirs.items():
            setattr(sys, name, stream)
        for name in ("stdout", "stderr"):
            with suppress(ValueError):
                self._mine[name].flush()


def call(work: Any) -> Verdict:
    """Judge a function of the program that the command line calls: it returns, or refuses with one line."""
    from twitchcam.errors import TwitchcamError

    try:
        work()
    except TwitchcamError as error:
        line = " ".join(str(error).split())
        if not line or len(line) > LONGEST_LINE:
            return Verdict(FAULT, f"a refusal of {len(line)} characters: {line[:200]!r}")
        return Verdict(REFUSAL, line)
    except Exception as error:  # what escapes is the fault that is looked for
        return Verdict(FAULT, _where(error))
    return Verdict(ANSWER)
