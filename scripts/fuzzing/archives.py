"""Hostile `recording.npz`: members exchanged, headers that lie, zip files with tricks, odd numbers."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from fuzzing.mutate import odd_bytes, odd_text, odd_tree

Members = dict[str, bytes]
npy: Any = np.lib.format
_DTYPES: Final = ("<f4", "<f8", ">f4", "<i4", "|b1", "<U5", "<c8", "|V8", "<f2", "<i8", "<M8[s]", "|S3")
_NUMBERS: Final = (np.nan, np.nan, 0.0, 0.0, -1.0, 1.0, -30.0, 255.0, 9e4, -9e4, 1e-38, 1e6, 1e30, 3e38)
_TIMES: Final = (0.0, -1.0, 1e-9, 1e9, 1e15, 1e300, -1e300, np.nan, np.inf, 86400.0, 1e6)


class Payload:
    """Unpickled, it would make a file: the sign that code ran."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


def array_bytes(array: Any, *, allow_pickle: bool = False) -> bytes:
    """Return an array as .npy."""
    handle = io.BytesIO()
    npy.write_array(handle, np.asarray(array), allow_pickle=allow_pickle)
    return handle.getvalue()


def header_bytes(text: str, version: tuple[int, int] = (1, 0), length: int | None = None) -> bytes:
    """Return the header of a .npy with that description and, if given, a false length."""
    form = "<H" if version == (1, 0) else "<I"
    return (
        b"\x93NUMPY"
        + bytes(version)
        + struct.pack(form, len(text) if length is None else length)
        + text.encode()
    )


def read_members(content: bytes) -> Members:
    """Return the members of a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file; names may repeat."""
    import warnings

    handle = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(handle, "w", method) as archive:
        warnings.simplefilter("ignore")  # names that repeat are wanted here
        for name, data in members:
            archive.writestr(name, data)
    return handle.getvalue()


def hostile_archive(rng: random.Random, good: bytes, mark: Path) -> bytes:
    """Return a recording file with something wrong in it; `mark` appears if it ever runs code."""
    if rng.random() < 0.12:
        return odd_bytes(rng, good)
    members = read_members(good)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(_CHANGES)(rng, members, mark)
    listed = list(members.items())
    if rng.random() < 0.1:
        listed += rng.choices(listed, k=rng.choice((1, 3, 60)))
    method = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    packed = pack(listed, method)
    return odd_bytes(rng, packed) if rng.random() < 0.05 else packed


def _any(rng: random.Random, members: Members) -> str:
    return rng.choice(sorted(members))


def _array(rng: random.Random, members: Members) -> tuple[str, Any]:
    name = rng.choice(sorted(n for n in members if n != "meta.npy") or ["x.npy"])
    try:
        return name, npy.read_array(io.BytesIO(members[name]), allow_pickle=False).copy()
    except Exception:  # of members that an earlier change made odd
        return name, np.zeros(3, "<f4")


def _lose(rng: random.Random, members: Members, _mark: Path) -> None:
    if members:
        members.pop(_any(rng, members))


def _rename(rng: random.Random, members: Members, _mark: Path) -> None:
    name = _any(rng, members) if members else "x.npy"
    members[
        rng.choice(
            ("../../evil.npy", "/tmp/evil.npy", "C:\\evil.npy", f"{name}.npy", "a\0b.npy", "é.npy", "/")
        )
    ] = members.pop(name, b"")


def _garble(rng: random.Random, members: Members, _mark: Path) -> None:
    if members:
        name = _any(rng, members)
        members[name] = odd_bytes(rng, members[name])


def _code(rng: random.Random, members: Members, mark: Path) -> None:
    payload = Payload(mark)
    array = np.empty(1, dtype=object)
    array[0] = payload
    members[_any(rng, members) if members else "t_s.npy"] = rng.choice(
        (lambda: array_bytes(array, allow_pickle=True), lambda: pickle.dumps(payload))
    )()


def _false_header(rng: random.Random, members: Members, _mark: Path) -> None:
    name = _any(rng, members) if members else "t_s.npy"
    shape = rng.choice(("(10**12,)", "(1000000000000,)", "(-1,)", "(2, 3, 4)", "()", "(0,)", "(True,)",
                        "(9e99,)", "(60, 10**9)", "[60]", "None", "(4294967296, 4294967296)"))  # fmt: skip
    kind = rng.choice((*_DTYPES, "|O", "V99999999999", "<U250000000", "not a type"))
    order = rng.choice(("False", "True", "3"))
    text = f"{{'descr': {kind!r}, 'fortran_order': {order}, 'shape': {shape}, }}"
    text = (
        rng.choice((text, "(" * 300, "{" * 5000, text + " " * 100_000, "__import__('os')", "{'a': 1}")) + "\n"
    )
    version = rng.choice(((1, 0), (2, 0), (3, 0), (9, 9)))
    length = rng.choice((None, None, 0, 65_535, 100_000_000 if version != (1, 0) else 3))
    if version == (1, 0):
        text = text[:65_000]
    members[name] = header_bytes(text, version, length) + bytes(rng.choice((0, 240, 480, 5000)))


def _kind(rng: random.Random, members: Members, _mark: Path) -> None:
    name, array = _array(rng, members)
    try:
        made = np.zeros(array.shape, rng.choice(_DTYPES))
        members[name] = array_bytes(made)
    except (ValueError, TypeError):
        return


def _shape(rng: random.Random, members: Members, _mark: Path) -> None:
    name, array = _array(rng, members)
    cut = rng.choice((array[:-1], array[:0], array[:1], np.repeat(array, 3, 0), array[..., None], array.T,
                      array.reshape(-1)))  # fmt: skip
    members[name] = array_bytes(cut)


def _rows(rng: random.Random, members: Members, _mark: Path) -> None:
    """All arrays to one length, so that the file is whole: none, one, or a few rows, or rows repeated."""
    n = rng.choice((0, 1, 2, 3, 5, 12))
    for name in [name for name in members if name != "meta.npy"]:
        try:
            array = npy.read_array(io.BytesIO(members[name]), allow_pickle=False)
            members[name] = array_bytes(array[:n])
        except Exception:  # of members that an earlier change made odd
            continue


def _numbers(rng: random.Random, members: Members, _mark: Path) -> None:
    name, array = _array(rng, members)
    if not array.size or array.dtype.kind not in "fi":
        return
    values = [v for v in _NUMBERS if array.dtype.kind == "f" or abs(v) < 2**31]
    if rng.random() < 0.5:
        array[:] = rng.choice(values)
    else:
        flat = array.reshape(-1)
        for _ in range(rng.choice((1, 5, flat.size))):
            flat[rng.randrange(flat.size)] = rng.choice(values)
    members[name] = array_bytes(array)


def _times(rng: random.Random, members: Members, _mark: Path) -> None:
    try:
        t = npy.read_array(io.BytesIO(members["t_s.npy"]), allow_pickle=False).astype(float)
    except Exception:  # of members that an earlier change made odd
        return
    if not t.size:
        return
    kind = rng.randrange(6)
    if kind == 0:
        t = t[::-1].copy()
    elif kind == 1:
        t[:] = t[0]
    elif kind == 2:
        t[rng.randrange(t.size)] = rng.choice(_TIMES)
    elif kind == 3:
        t = t * rng.choice((1e-6, 1e-3, 0.1, 7.0, 1e3, 1e6, -1.0))
    elif kind == 4:
        t[rng.randrange(t.size) :] += rng.choice((0.5, 60.0, 1e3, 1e5, 1e6, 1e9, 1e18))
    else:
        t = t + rng.choice((1e9, 1e15, -1e9, 1e300))
    members["t_s.npy"] = array_bytes(t)


def _about(rng: random.Random, members: Members, _mark: Path) -> None:
    """The description: odd values in its tree, or odd text."""
    try:
        told = str(npy.read_array(io.BytesIO(members["meta.npy"]), allow_pickle=False))
        text = json.dumps(odd_tree(rng, json.loads(told), 2), default=str)
    except Exception:  # of members that an earlier change made odd
        return
    if rng.random() < 0.1:
        text = odd_text(rng, text).decode("utf-8", "replace").replace("\0", "")
    members["meta.npy"] = array_bytes(np.array(text))


def _more(rng: random.Random, members: Members, _mark: Path) -> None:
    for k in range(rng.choice((1, 40, 500))):
        members[f"extra{k}.npy"] = bytes(rng.choice((0, 10, 100_000)))


_CHANGES: Final[tuple[Callable[[random.Random, Members, Path], None], ...]] = (
    _lose, _rename, _garble, _code, _false_header, _kind, _shape, _rows, _rows, _rows, _numbers, _numbers,
    _numbers, _numbers, _numbers, _numbers, _times, _times, _times, _about, _about, _about, _more,
)  # fmt: skip
