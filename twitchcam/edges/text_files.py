"""Text files that people write: read whole and within bounds, TOML or JSON; refused with one line."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twitchcam.errors import InputRefused

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DIGITS: Final = 18
"""Of a whole number: all of them fit into 64 bits."""
Pairs = Callable[[list[tuple[str, Any]]], Any]


def read_text(path: Path, what: str, limit: int, advice: str = "Check the path.") -> str:
    """Return the text of a `what` file of at most `limit` bytes; `advice` is for one that is not there.

    Raises
    ------
    InputRefused
        If the file is missing, cannot be read, is too large or not UTF-8.
    """
    try:
        if not path.is_file():
            raise InputRefused(f"{path}: no such {what} file. {advice}")
        with path.open("rb") as handle:
            content = handle.read(limit + 1)
    except OSError as error:
        raise InputRefused(
            f"{path}: cannot be read ({error.strerror}). Check its name and permissions."
        ) from error
    return decode_text(path, what, content, limit)


def decode_text(path: Path, what: str, content: bytes, limit: int) -> str:
    """Return bytes that were read, one more than `limit` at most, as text; refusals as for `read_text`."""
    if len(content) > limit:
        raise InputRefused(f"{path}: larger than {limit // 1_000_000} MB, so not a {what} file.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path}: not UTF-8 text (byte {error.start}). Save it as UTF-8.") from error


def parse_toml(text: str) -> dict[str, Any]:
    """Return TOML's values. The InputRefused does not name the file; the caller knows it."""
    try:
        values: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError, MemoryError) as error:
        hint = " It looks like JSON: name it .json." if text.lstrip().startswith("{") else ""
        raise InputRefused(f"not valid TOML ({_one_line(error)}).{hint}") from error
    return values


def parse_json(text: str, pairs: Pairs | None = None, *, finite: bool = False) -> dict[str, Any]:
    """Return a JSON object's values, made by `pairs` where it is given; refusals as for `parse_toml`.

    With `finite`, for what is not checked value by value, numbers are finite and whole ones fit into 64 bits:
    what is read can be computed with, kept, and written again.
    """
    hooks: dict[str, Any] = (
        {"parse_constant": _no_number, "parse_float": _finite, "parse_int": _whole} if finite else {}
    )
    try:
        values = json.loads(text, object_pairs_hook=pairs, **hooks)
    except (ValueError, RecursionError, MemoryError) as error:
        raise InputRefused(f"not valid JSON ({_one_line(error)}).") from error
    if not isinstance(values, dict):
        raise InputRefused(f"expected a JSON object, got {type(values).__name__}.")
    return values


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:20]} is too large")
    return value


def _whole(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"the number {text[:DIGITS]}... is too large")
    return int(text)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
