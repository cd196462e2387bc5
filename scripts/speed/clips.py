"""The clips of the comparison: phone films of several people, drawn once and kept."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Encoding,
    Portrait,
    Sway,
    Twitch,
    astronaut,
    encode,
    read_portrait,
    render,
)
from twitchcam.types import Image

GRAIN = 1.5
"""Standard deviation of the sensor's noise, grey levels."""


@dataclass(frozen=True)
class Kind:
    """One way of filming."""

    name: str
    size: tuple[int, int]
    fps: float
    mbit: float
    drawn_s: float
    length_s: float
    people: int
    eye_distance_px: float


KINDS = (
    Kind("480p30", (640, 480), 30.0, 4.0, 4.0, 30.0, 1, 80.0),
    Kind("720p30", (1280, 720), 30.0, 12.0, 4.0, 30.0, 3, 110.0),
    Kind("1080p30", (1920, 1080), 30.0, 17.0, 4.0, 30.0, 2, 165.0),
    Kind("720p240", (1280, 720), 240.0, 45.0, 1.0, 7.5, 2, 110.0),
    Kind("2160p30", (3840, 2160), 30.0, 50.0, 2.0, 10.0, 1, 330.0),
)
"""Sizes, rates and bit rates of phones. 240 pictures a second are stored with their true times. Drawing is
slow: a film is drawn for `drawn_s`, then runs backwards, forwards, ... with fresh noise, without a jump."""
COMPARED = ("720p30", "1080p30", "720p240")
"""The kinds that the issue's targets are about; the others are for the cost of a minute."""


def clip_path(folder: Path, kind: Kind, person: int) -> Path:
    """Return where the clip of a person (0, 1, ...) lies."""
    return folder / f"{kind.name}-{kind.mbit:g}mbit-{person}.mp4"


def make_clip(folder: Path, kind: Kind, person: int, photos: Path | None) -> Path:
    """Return a clip, drawn when it is not there yet."""
    path = clip_path(folder, kind, person)
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    part = path.with_name(f"part-{path.name}")
    clip = act(kind, person)
    encode(part, to_and_fro(clip, portrait_of(photos, person), kind.length_s), clip.encoding, kind.fps)
    part.replace(path)
    print(f"drawn: {path.name}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return path


def portrait_of(photos: Path | None, person: int) -> Portrait:
    """Return a person's portrait: of a folder of photos, or the one that scikit-image brings."""
    found = sorted(photos.glob("*.jpg")) if photos else []
    return read_portrait(found[person % len(found)]) if found else astronaut()


def to_and_fro(clip: Clip, portrait: Portrait, length_s: float) -> Iterator[tuple[float, Image]]:
    """Yield the drawn pictures forwards, backwards, ... until the length is full, each with its own noise."""
    drawn = [picture for _, picture in render(clip, portrait)]
    cv2.setRNGSeed(clip.camera.seed)
    there_and_back = [*range(len(drawn)), *range(len(drawn) - 2, 0, -1)]
    for k in range(round(length_s * clip.camera.fps)):
        picture = drawn[there_and_back[k % len(there_and_back)]]
        grain = np.empty(picture.shape, np.int8)
        cv2.randn(grain, 0.0, GRAIN)
        yield k / clip.camera.fps, cv2.add(picture, grain, dtype=cv2.CV_8U)


def act(kind: Kind, person: int) -> Clip:
    """Return what happens: sway, blinks, and a rhythm of one mouth corner in the middle third."""
    length = kind.drawn_s
    side = "left" if person % 2 == 0 else "right"
    return Clip(
        duration_s=length,
        twitches=(
            Twitch(f"commissure_{side}", 0.5, length / 3, duration_s=length / 3, hz=5.0, direction_deg=60.0),
        ),
        blinks=tuple(Blink(t) for t in np.arange(2.0, length - 1, 3.7).tolist()),
        sway=Sway(2.0, 1.5),
        camera=Camera(size=kind.size, fps=kind.fps, noise=0.5, seed=person),
        encoding=Encoding(bit_rate_bps=kind.mbit * 1e6, preset="medium", params="bframes=0"),
        eye_distance_px=kind.eye_distance_px,
    )
