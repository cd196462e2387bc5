"""Mutants: damaged copies of a file, blindly or where its container keeps its numbers."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

Rng = np.random.Generator
HARD: Final = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0xFFFFFF, 0x7FFFFFFF,
               0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
"""Numbers at the edge of what fields hold."""
_PARENTS: Final = frozenset((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"udta",
                             b"dinf", b"mvex", b"meta"))  # fmt: skip
_ELEMENTS: Final = """1a45dfa3 18538067 1549a966 1654ae6b 1f43b675 1c53bb6b 114d9b74 ae e0 a3 a0 a1 e7 d7 83
86 63a2 b0 ba 54b0 54ba 2ad7b1 4489 23e383 536e 55b0 9b fb 6d80 6240 5035 7670 7671 53b8 53c0"""
_EBML: Final = {bytes.fromhex(text) for text in _ELEMENTS.split()}
"""Elements of Matroska that decide something: sizes, times, tracks, crops, colours, encodings, projection."""


def mutate(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Return a damaged copy; `other` is a file to take pieces from."""
    out = data
    for _ in range(int(rng.choice((1, 1, 1, 2, 3, 6)))):
        change: Callable[[bytes, bytes, Rng], bytes] = _CHANGES[int(rng.integers(len(_CHANGES)))]
        out = change(out, other, rng) or data[:1]
    return out


def _place(data: bytes, rng: Rng) -> int:
    """A place in the file; every second one near its beginning or its end, where headers lie."""
    where = int(rng.integers(4))
    near = min(len(data), 700)
    if where == 0:
        return int(rng.integers(near))
    if where == 1:
        return len(data) - 1 - int(rng.integers(near))
    return int(rng.integers(len(data)))


def flip_bits(data: bytes, _other: bytes, rng: Rng) -> bytes:
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 12))):
        out[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(out)


def random_run(data: bytes, _other: bytes, rng: Rng) -> bytes:
    at, size = _place(data, rng), int(rng.integers(1, 200))
    return data[:at] + rng.bytes(min(size, len(data) - at)) + data[at + size :]


def hard_number(data: bytes, _other: bytes, rng: Rng) -> bytes:
    return _with_number(data, _place(data, rng), rng)


def _with_number(data: bytes, at: int, rng: Rng) -> bytes:
    width = int(rng.choice((1, 2, 4, 4, 8)))
    value = int(rng.choice(HARD)) & ((1 << 8 * width) - 1)
    number = value.to_bytes(width, "big")[:: 1 if rng.integers(4) else -1]
    return data[:at] + number[: max(0, len(data) - at)] + data[at + width :]


def truncate(data: bytes, _other: bytes, rng: Rng) -> bytes:
    return data[: _place(data, rng)]


def cut_out(data: bytes, _other: bytes, rng: Rng) -> bytes:
    at = _place(data, rng)
    return data[:at] + data[at + int(rng.integers(1, 300)) :]


def swap_blocks(data: bytes, _other: bytes, rng: Rng) -> bytes:
    size = int(rng.integers(4, 300))
    a, b = sorted((_place(data, rng), _place(data, rng)))
    if a + size > b:
        return data[b:] + data[:b]
    return data[:a] + data[b : b + size] + data[a + size : b] + data[a : a + size] + data[b + size :]


def double(data: bytes, _other: bytes, rng: Rng) -> bytes:
    at, size = _place(data, rng), int(rng.integers(1, 400))
    times = int(rng.choice((1, 1, 2, 50)))
    return data[:at] + data[at : at + size] * times + data[at:]


def graft(data: bytes, other: bytes, rng: Rng) -> bytes:
    at, start = _place(data, rng), _place(other, rng)
    piece = other[start : start + int(rng.integers(1, 400))]
    return data[:at] + piece + data[at + (len(piece) if rng.integers(2) else 0) :]


def join(data: bytes, other: bytes, rng: Rng) -> bytes:
    return data + other if rng.integers(2) else data[: _place(data, rng)] + other


def in_header(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Change a number of one box (MP4, MOV) or element (Matroska, WebM); blindly where there are none."""
    if data[:4] == b"\x1aE\xdf\xa3":
        places = list(_elements(data))
        return _with_number(data, places[int(rng.integers(len(places)))] + int(rng.integers(5)), rng)
    boxes = list(_boxes(data, 0, len(data)))
    if not boxes:
        return hard_number(data, other, rng)
    start, end = boxes[int(rng.integers(len(boxes)))]
    # The size, the kind, or a field: most of a box's fields are four bytes wide and lie in its first hundred.
    at = start + 4 * int(rng.integers(min(25, max(1, (end - start) // 4))))
    return _with_number(data, min(at, len(data) - 1), rng)


def move_box(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Repeat or leave out a whole box."""
    boxes = list(_boxes(data, 0, len(data)))
    if not boxes:
        return swap_blocks(data, other, rng)
    (a, b), (c, _) = (boxes[int(rng.integers(len(boxes)))] for _ in range(2))
    return data[:a] + data[b:] if rng.integers(2) else data[:c] + data[a:b] + data[c:]


def _boxes(data: bytes, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every box, those inside others too."""
    while last - first >= 8:
        size, kind = struct.unpack_from(">I4s", data, first)
        size = last - first if size == 0 else size
        if size < 8 or first + size > last or not kind.isalnum():
            return
        yield first, first + size
        if kind in _PARENTS:
            yield from _boxes(data, first + 8, first + size)
        first += size


def _elements(data: bytes) -> Iterator[int]:
    """Yield where elements of Matroska seem to begin (found by their ids, so some are chance)."""
    head = data[:2000]
    for at in range(len(head)):
        if any(head.startswith(one, at) for one in _EBML):
            yield at


_CHANGES: Final = (
    flip_bits, flip_bits, random_run, hard_number, truncate, cut_out, swap_blocks, double, graft, join,
    in_header, in_header, in_header, in_header, move_box,
)  # fmt: skip
