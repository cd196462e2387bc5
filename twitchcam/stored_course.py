"""The course over several recordings, read back from a summary.json."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from twitchcam.course import Course
from twitchcam.errors import InputRefused


def stored_course(values: object) -> Course | None:
    """Return the course that a summary's `history` holds; None where there is none.

    Raises
    ------
    InputRefused
        If it is not what `analyze --history` wrote.
    """
    if values is None:
        return None
    try:
        course: Course = _build(Course, values)
    except (TypeError, ValueError, KeyError) as error:
        raise InputRefused(
            "summary.json: its history is not what analyze --history wrote; analyse the recording again"
        ) from error
    return course


def _build(kind: Any, value: Any) -> Any:
    """Return plain JSON values as the annotated kind, each checked against it."""
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        if not isinstance(value, Mapping) or value.keys() != {field.name for field in fields(kind)}:
            raise ValueError(f"no {kind}")
        made: Any = kind
        return made(**{name: _build(hints[name], value[name]) for name in value})
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inner:
            return None
        return _build(next(part for part in inner if part is not type(None)), value)
    if origin is tuple:
        if not isinstance(value, list):
            raise ValueError("no list")
        if inner[-1] is Ellipsis:
            return tuple(_build(inner[0], item) for item in value)
        return tuple(_build(part, item) for part, item in zip(inner, value, strict=True))
    if origin is Literal:
        if value not in inner:
            raise ValueError("no such word")
        return value
    return _plain(kind, value)


def _plain(kind: Any, value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind is float and number:
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise ValueError(f"no {kind}")
