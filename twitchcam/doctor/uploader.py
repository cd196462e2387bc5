"""The uploader: later mediapipe releases carry code that can send data out; the installed one must not."""

from __future__ import annotations

import importlib.util
import mmap
from pathlib import Path

WORDS = (b"clearcut", b"Clearcut", b"play.googleapis")
"""Names of the service that mediapipe 1.0 (0.10.35 outside Linux) reports to."""
NATIVE = ("*.so", "*.pyd", "*.dylib", "*.dll")


def find_package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it; None where there is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent


def native_files(folder: Path) -> list[Path]:
    """Return the native libraries below a folder."""
    return sorted(path for pattern in NATIVE for path in folder.rglob(pattern))


def find_uploader(folder: Path) -> list[str]:
    """Return 'file contains word' for each sign of an uploader in the native libraries below a folder."""
    found = []
    for path in native_files(folder):
        if path.stat().st_size == 0:
            continue
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            words = [word.decode() for word in WORDS if content.find(word) >= 0]
        if words:
            found.append(f"{path.name} contains {', '.join(words)}")
    return found
