"""Mutations: valid values, texts and bytes made odd, by a random number generator that is handed in."""

from __future__ import annotations

import datetime
import json
import random
import re
from collections.abc import Callable
from typing import Any, Final

DEEP: Final = 3000
"""Levels of nesting, three times what Python's own recursion allows."""
LONG: Final = 20_000


def odd_value(rng: random.Random) -> Any:
    """Return a value that nobody expects."""
    return rng.choice(_ODD)()


_ODD: Final[tuple[Callable[[], Any], ...]] = (
    lambda: None, lambda: True, lambda: False, lambda: 0, lambda: -1, lambda: 1e308, lambda: -1e308,
    lambda: 5e-324, lambda: 10**400, lambda: -(10**3000), lambda: 2**63, lambda: 2**31, lambda: float("nan"),
    lambda: float("inf"), lambda: float("-inf"), lambda: -0.0, lambda: "", lambda: "x" * LONG,
    lambda: "\ud800", lambda: "a\0b", lambda: "=HYPERLINK(\"x\")", lambda: "../../../etc/passwd",
    lambda: "<script>alert(1)</script>", lambda: "two\nlines", lambda: "\x1b[31m", lambda: "1", lambda: "nan",
    lambda: "2026-02-30", lambda: "9999-99-99T99:99", lambda: [], lambda: {}, lambda: [None], lambda: [[]],
    lambda: {"": None}, lambda: {"a": {"b": [1]}}, lambda: [1, "a", None], lambda: list(range(3000)),
    lambda: nested(60), lambda: datetime.date(2026, 1, 2),
)  # fmt: skip


def nested(levels: int) -> list[Any]:
    """Return a list in a list in a list."""
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def odd_tree(rng: random.Random, tree: Any, times: int = 2) -> Any:
    """Return plain values with a few places replaced, removed, renamed, repeated or exchanged."""
    holder = {"": _copy(tree)}
    for _ in range(rng.randint(1, times)):
        places = list(_places(holder))
        if not places:
            break
        parent, key = rng.choice(places)
        _change(rng, parent, key, places)
    return holder.get("")


def _copy(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copy(value) for key, value in tree.items()}
    return [_copy(value) for value in tree] if isinstance(tree, (list, tuple)) else tree


def _places(tree: Any) -> Any:
    """Yield every (container, key) of a tree."""
    for key, value in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
        yield tree, key
        if isinstance(value, (dict, list)):
            yield from _places(value)


def _change(rng: random.Random, parent: Any, key: Any, places: list[Any]) -> None:
    kind = rng.randrange(8)
    if kind <= 3:
        parent[key] = odd_value(rng)
    elif kind == 4:
        other, name = rng.choice(places)
        parent[key] = _copy(other[name])
    elif kind == 5 and isinstance(parent, dict):
        value = parent.pop(key)
        parent[rng.choice((f"{key}x", str(key)[:-1], "", key.upper() if isinstance(key, str) else "k"))] = (
            value
        )
    elif kind == 6:
        del parent[key]
    elif isinstance(parent[key], list) and parent[key]:
        parent[key] = parent[key] * rng.choice((2, 50))
    else:
        parent[key] = [parent[key]]


def json_text(value: Any) -> str:
    """Return values as JSON as Python writes it, NaN and Infinity too."""
    return json.dumps(value, default=str, ensure_ascii=False)


def toml_text(table: Any) -> str:
    """Return a table as TOML, odd values as they would be written by hand."""
    if not isinstance(table, dict):
        return toml_value(table)
    lines, below = [], []
    for key, value in table.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            below += [f"\n[[{toml_key(key)}]]\n{toml_text(item)}" for item in value]
        else:
            lines.append(f"{toml_key(key)} = {toml_value(value)}")
    return "\n".join((*lines, *below)) + "\n"


def toml_key(key: Any) -> str:
    """Return a key, bare where it may be."""
    return str(key) if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else json.dumps(str(key))


def toml_value(value: Any) -> str:
    """Return one value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, datetime.date)):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(map(toml_value, value)) + "]" if isinstance(value, list) else '"unknown"'


def odd_text(rng: random.Random, text: str) -> bytes:
    """Return a text's bytes, one time in four with something wrong in them."""
    content = text.encode("utf-8", "surrogatepass")
    return odd_bytes(rng, content) if rng.random() < 0.25 else content


def odd_bytes(rng: random.Random, content: bytes) -> bytes:
    """Return bytes cut, flipped, repeated, encoded otherwise or filled up."""
    return rng.choice(_BYTES)(rng, content)


def _flip(rng: random.Random, content: bytes) -> bytes:
    data = bytearray(content)
    for _ in range(rng.choice((1, 3, 30)) if data else 0):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randint(0, len(content))]


def _insert(rng: random.Random, content: bytes) -> bytes:
    at = rng.randint(0, len(content))
    return content[:at] + rng.choice(_PIECES)() + content[at:]


def _repeat(rng: random.Random, content: bytes) -> bytes:
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return content[:last] + content[first:last][:5000] * rng.choice((1, 20)) + content[last:]


def _encode(rng: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-le", "cp037")), "replace")


def _grow_number(rng: random.Random, content: bytes) -> bytes:
    found = list(re.finditer(rb"\d+", content))
    if not found:
        return content
    at = rng.choice(found)
    return content[: at.start()] + b"9" * rng.choice((30, 400, 5000, 100_000)) + content[at.end() :]


def _remove(rng: random.Random, content: bytes) -> bytes:
    first, last = sorted(rng.randint(0, len(content)) for _ in range(2))
    return content[:first] + content[last:]


_PIECES: Final[tuple[Callable[[], bytes], ...]] = (
    lambda: b"\0", lambda: b"\xff\xfe", lambda: b"\xef\xbb\xbf", lambda: b"\xc3", lambda: b"\r",
    lambda: b"\n\n", lambda: b'"', lambda: b"'", lambda: b",", lambda: b"[" * DEEP, lambda: b'{"a":' * DEEP,
    lambda: b"9" * 400, lambda: b"1e999", lambda: b"NaN", lambda: b"\xed\xa0\x80", lambda: b"x" * 200_000,
    lambda: b"\x1b[2J", lambda: b"a.b.c.d = 1\n", lambda: b"\t",
)  # fmt: skip
_BYTES: Final = (_flip, _cut, _insert, _repeat, _encode, _grow_number, _remove)
