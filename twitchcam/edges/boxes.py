"""Boxes: how MP4, MOV and their kin are laid out (ISO 14496-12, 4.2), read without decoding anything."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

FIRST_KINDS: Final = frozenset({b"ftyp", b"moov", b"moof", b"wide", b"free", b"mdat", b"styp", b"sidx"})
"""What such a file may begin with."""
_MOST_BOXES: Final = 1000
_MOST_FRAGMENTS: Final = 200_000
"""Five days in fragments of two seconds."""

Box = tuple[bytes, int, int]


def walk_boxes(file: IO[bytes], first: int, last: int, most: int = _MOST_BOXES) -> Iterator[Box]:
    """Yield (kind, start, end) of each box's content between two places of a file."""
    for _ in range(most):
        if last - first < 8:
            return
        file.seek(first)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", file.read(8))[0], 16
        end = last if size == 0 else first + size
        if end > last or end < first + head:
            return
        yield kind, first + head, end
        first = end


def is_bomb(path: Path) -> bool:
    """Tell whether the file's fragments announce more samples than the file has bytes.

    A fragment (`trun`) need not say anything of its single samples, so twenty bytes announce millions, and
    FFmpeg lays out a table of all of them as soon as the file is opened: 20 kB filled 5 GB.
    """
    try:
        with path.open("rb") as file:
            if file.read(8)[4:] not in FIRST_KINDS:
                return False
            size = file.seek(0, 2)
            announced = 0
            for count in _fragment_samples(file, size):
                announced += count
                if announced > size:
                    return True
    except (OSError, struct.error):
        return False
    return False


def _fragment_samples(file: IO[bytes], end: int) -> Iterator[int]:
    """Yield how many samples each run of each fragment announces."""
    for kind, a, b in walk_boxes(file, 0, end, _MOST_FRAGMENTS):
        for inner, c, d in walk_boxes(file, a, b) if kind == b"moof" else ():
            for innermost, e, f in walk_boxes(file, c, d) if inner == b"traf" else ():
                if innermost == b"trun" and f - e >= 8:
                    file.seek(e + 4)
                    yield struct.unpack(">I", file.read(4))[0]
