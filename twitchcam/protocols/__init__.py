"""Guided protocols as data: the ones that come with the program (`*.toml` here), and the user's own files.

`read_protocol("standard")`, `read_protocol("mine.toml")`, `parse_segments("rest:0-60,smile:60-66")`.
"""

from __future__ import annotations

import difflib
import math
import sys
from importlib import resources
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused, shown
from twitchcam.protocol import TASKS, Protocol, Segment, Step, TaskName, in_order

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_BYTES: Final = 1_000_000
MAX_STEPS: Final = 500
LATEST_S: Final = 14 * 24 * 3600.0
"""Of a step, as of the pictures of a recording."""
_TOP: Final = {"name", "title", "start_s", "step"}
_STEP: Final = {"task", "seconds", "start_s", "end_s", "prompt", "voice"}


def protocol_names() -> tuple[str, ...]:
    """Return the names of the protocols that come with the program."""
    found = resources.files(__package__).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in found if f.name.endswith(".toml")))


def read_protocol(name_or_path: str | Path) -> Protocol:
    """Return the protocol of that name, or the one in that file.

    Raises
    ------
    InputRefused
        If there is no such protocol, or the file is not one; the message says which step and what to do.
    """
    where = str(name_or_path)
    if where in protocol_names():
        content = (resources.files(__package__) / f"{where}.toml").read_bytes()
    else:
        content = _read(Path(name_or_path))
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputRefused(f"{where}: not valid TOML ({_one_line(error)}).") from error
    try:
        return parse_protocol(values, name=Path(where).stem)
    except ValueError as error:
        raise InputRefused(f"{where}: {error}. See docs/protocol.md.") from error


def parse_protocol(values: dict[str, Any], *, name: str = "protocol") -> Protocol:
    """Return the protocol that plain values describe.

    Raises
    ------
    ValueError
        On an unknown or missing key, a wrong value, or steps that overlap; names the step.
    """
    _check_keys(values, _TOP, "the protocol")
    rows = values.get("step")
    if not isinstance(rows, list) or not rows:
        raise ValueError("has no steps; begin each with a line [[step]], then task = ... and seconds = ...")
    if len(rows) > MAX_STEPS:
        raise ValueError(f"has {len(rows)} steps; at most {MAX_STEPS} are read")
    return Protocol(
        name=_text(values, "name", "the protocol") or name,
        title=_text(values, "title", "the protocol"),
        steps=tuple(_step(row, f"step {k}") for k, row in enumerate(rows, 1)),
        start_s=_number(values, "start_s", "the protocol") or 0.0,
    )


def parse_segments(text: str) -> tuple[Segment, ...]:
    """Return the segments that `task:from-to,task:from-to,...` names (seconds), by time.

    Raises
    ------
    InputRefused
        On an unknown task (with the nearest known one), a time that is none, or an overlap.
    """
    try:
        found = [_segment(part.strip()) for part in text.split(",") if part.strip()]
        if not found:
            raise ValueError("names no segment")
        return in_order(found)
    except ValueError as error:
        raise InputRefused(
            f"--segments: {error}; write them as task:from-to in seconds, such as rest:0-60,smile:60-66"
        ) from error


def task_named(name: object) -> TaskName:
    """Return the task of that name; ValueError with the nearest known one when there is none."""
    for task in TASKS:
        if name == task:
            return task
    near = difflib.get_close_matches(str(name), TASKS, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(TASKS)}"
    raise ValueError(f"there is no task {str(name)[:40]!r} ({hint})")


def _segment(part: str) -> Segment:
    task, colon, times = part.partition(":")
    start, dash, end = times.partition("-")
    if not colon or not dash:
        raise ValueError(f"{part[:40]!r} is not a segment")
    name = task_named(task.strip())
    try:
        start_s, end_s = float(start), float(end)
    except ValueError:
        raise ValueError(f"{part[:40]!r} has a time that is not a number") from None
    if not (math.isfinite(start_s) and math.isfinite(end_s) and end_s > start_s):
        raise ValueError(f"{part[:40]!r} ends before it starts")
    return Segment(name, start_s, end_s)


def _step(row: Any, where: str) -> Step:
    if not isinstance(row, dict):
        raise ValueError(f"{where} is {shown(row, 40)}, not a table of settings")
    if "task" not in row:
        raise ValueError(f"{where} has no task; choose one of {', '.join(TASKS)}")
    try:
        task = task_named(row["task"])
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
    where = f"{where} ({task})"
    _check_keys(row, _STEP, where)
    seconds, start, end = (_number(row, key, where) for key in ("seconds", "start_s", "end_s"))
    if end is not None:
        if start is None or seconds is not None:
            raise ValueError(f"{where}: end_s goes with start_s, and then without seconds")
        seconds = end - start
    if seconds is None:
        raise ValueError(f"{where} has no length; give seconds, or start_s and end_s")
    if not seconds > 0:
        raise ValueError(f"{where} lasts {seconds:g} s; a step lasts longer than 0 s")
    return Step(task, seconds, _text(row, "prompt", where), _text(row, "voice", where), start)


def _check_keys(values: dict[str, Any], known: set[str], where: str) -> None:
    for key in values:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise ValueError(f"{where} has an unknown setting {key[:40]!r} ({hint})")


def _number(values: dict[str, Any], key: str, where: str) -> float | None:
    value = values.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{where}: {key} must be a number of seconds, got {shown(value, 40)}")
    if not 0 <= value <= LATEST_S:  # compared before float(): an integer of any length may come in
        raise ValueError(f"{where}: {key} must be 0 or more and at most two weeks, got {shown(value, 40)}")
    return float(value)


def _text(values: dict[str, Any], key: str, where: str) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise ValueError(f"{where}: {key} must be text in quotes, got {shown(value, 40)}")
    return " ".join(value.split())


def _read(path: Path) -> bytes:
    known = ", ".join(protocol_names())
    try:
        if not path.is_file():
            raise InputRefused(f"--protocol {path}: no such protocol or file. Known are {known}.")
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read ({error.strerror}).") from error
    if len(content) > MAX_BYTES:
        raise InputRefused(f"{path}: larger than {MAX_BYTES // 1_000_000} MB, so not a protocol.")
    return content


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
