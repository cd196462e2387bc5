"""When is a result still good: the same bytes, the same options, and a program that would say the same."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twitchcam.session import Options

PACKAGE: Final = Path(__file__).resolve().parents[1]
MEASURING: Final = (
    "front", "analysis", "triage", "protocols", "edges/recordings.py", "edges/facemesh.py", "edges/tasks.py",
    "edges/decode.py", "edges/packets.py", "edges/planes.py", "edges/probe.py", "edges/timestamps.py",
    "edges/pictures.py", "edges/boxes.py", "edges/capture_rate.py", "edges/filming_time.py",
    "edges/quantiser.py", "edges/outputs.py", "session.py", "types.py", "regions.py", "settings.py",
    "summary.py", "protocol.py", "phrases.py",
)  # fmt: skip
"""Where numbers and sentences of a summary come from. Reports, exports and pages only show them."""
LIBRARIES: Final = (
    "mediapipe", "av", "opencv-contrib-python", "opencv-contrib-python-headless", "numpy", "scipy",
)  # fmt: skip
"""Libraries whose version changes what is measured."""


@dataclass(frozen=True, slots=True)
class Stat:
    """By what a file is recognised without being read."""

    size: int
    mtime_ns: int
    inode: int


def stat_of(path: str | Path) -> Stat | None:
    """Return a file's size, time and number; None when it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Stat(found.st_size, found.st_mtime_ns, found.st_ino)


def content_key(path: str | Path) -> str | None:
    """Return the SHA-256 of a file's bytes; None when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()


@cache
def program_key() -> str:
    """Return a hash of the code that measures and concludes, and of the libraries under it.

    A version number would be forgotten one day; the code cannot be.
    """
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.relative_to(PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {_version(library)}".encode())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=10_000)
def settings_key(options: Options) -> str:
    """Return a hash of everything but the clip that decides on its results."""
    plain = json.dumps(asdict(options), sort_keys=True, default=sorted)
    return hashlib.sha256(f"{program_key()} {plain}".encode()).hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for place in MEASURING:
        path = PACKAGE / place
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix in (".py", ".toml"))
        elif path.exists():
            yield path


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ""
