"""The rate at which a camera took its pictures, where a file names it.

- Android (all makers; AOSP's MediaRecorder, media3): the key `com.android.capture.fps` of the `mdta`
  metadata. Ordinary clips carry it too, with their own rate.
- Samsung's editable slow motion: 240 or 120 pictures a second stamped as 30, in the box moov/udta/smta/saut
  (recording modes as in media3's SmtaAtomUtil and SefSlowMotionFlattener).
- Sony XAVC S: `<VideoFrame captureFps="119.88p" formatFps="29.97p"/>` in the XML of the file's `meta` box.

Apple's slow motion and GoPro's high rates are stamped with their real times: nothing is to be done, whatever
`com.apple.quicktime.full-frame-rate-playback-intent` asks of a player. Exports of an editor carry nothing.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from twitchcam.edges.boxes import FIRST_KINDS, walk_boxes

ANDROID_KEY: Final = "com.android.capture.fps"
_SAMSUNG_MODES: Final = {12: 240.0, 13: 120.0}
_SAMSUNG_NEW_MODE: Final = 21
"""Names its rate in a box of its own (srfr, 16.16 fixed point)."""
_SONY: Final = re.compile(rb'captureFps="([0-9.]+)[pi]"')
_LARGEST: Final = 1 << 20
"""Boxes of metadata are small; larger ones are not read."""


@dataclass(frozen=True, slots=True)
class CaptureRate:
    """A captured rate, Hz, and what says so."""

    fps: float
    said_by: str


def find_capture_rate(path: Path, metadata: Mapping[str, str]) -> CaptureRate | None:
    """Return the captured rate that a file names, None where it names none.

    `metadata` is the container's, as FFmpeg reads it. What is broken counts as not there.
    """
    if (rate := _number(metadata.get(ANDROID_KEY, ""))) is not None:
        return CaptureRate(rate, ANDROID_KEY)
    try:
        with path.open("rb") as file:
            return _from_boxes(file)
    except (OSError, struct.error):
        return None


def _from_boxes(file: IO[bytes]) -> CaptureRate | None:
    start = file.read(12)
    if start[4:8] not in FIRST_KINDS:
        return None
    end = file.seek(0, 2)
    for kind, first, last in walk_boxes(file, 0, end):
        if kind == b"meta" and last - first <= _LARGEST:
            file.seek(first)
            if (sony := _SONY.search(file.read(last - first))) and (rate := _number(sony[1].decode())):
                return CaptureRate(rate, "the camera's XML")
        if kind == b"moov" and (rate := _samsung(file, first, last)) is not None:
            return CaptureRate(rate, "the smta box")
    return None


def _samsung(file: IO[bytes], first: int, last: int) -> float | None:
    for kind, a, b in walk_boxes(file, first, last):
        if kind == b"udta":
            for inner, c, d in walk_boxes(file, a, b):
                if inner == b"smta" and 4 <= d - c <= _LARGEST:
                    return _samsung_rate(file, c + 4, d)
    return None


def _samsung_rate(file: IO[bytes], first: int, last: int) -> float | None:
    """Author (4), then two pairs of key and value: key 0 is the recording mode."""
    mode, stated = None, None
    for kind, a, b in walk_boxes(file, first, last):
        file.seek(a)
        if kind == b"saut" and b - a >= 8:
            pairs = file.read(8)[4:]
            mode = dict(zip(pairs[::2], pairs[1::2], strict=True)).get(0)
        elif kind == b"srfr" and b - a >= 4:
            stated = struct.unpack(">I", file.read(4))[0] / 65536.0
    if mode == _SAMSUNG_NEW_MODE:
        return stated
    return None if mode is None else _SAMSUNG_MODES.get(mode)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
