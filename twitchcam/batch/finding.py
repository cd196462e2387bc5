"""Which clips are meant: files, folders, globs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from twitchcam.errors import InputRefused
from twitchcam.result_files import MAGNIFIED, OVERLAY, RECORDING, SUMMARY

VIDEO_SUFFIXES: Final = frozenset((
    ".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".3gp",
    ".3g2", ".wmv", ".asf", ".flv", ".ogv", ".mjpeg", ".mjpg", ".mxf", ".vob", ".h264", ".hevc",
))  # fmt: skip
"""What a folder is searched for. A file that is named is taken whatever its name."""
MANIFEST_SUFFIXES: Final = frozenset((".csv", ".tsv"))
_OWN: Final = frozenset((OVERLAY, MAGNIFIED))
"""Videos that twitchcam itself wrote, beside a summary."""


@dataclass
class Found:
    """What the paths on the command line mean."""

    clips: list[Path] = field(default_factory=list)
    manifests: list[Path] = field(default_factory=list)
    left_out: int = 0
    """Saved recordings that lie in folders with videos; they are taken when they are named."""


def find_clips(paths: Iterable[str], *, out: Path) -> Found:
    """Return the clips, recordings and manifests that `paths` name, absolute, in a fixed order.

    Folders are searched with what is below them for video files; hidden files and folders, the results folder
    `out` and videos that twitchcam wrote are passed over. A folder without any video is searched for saved
    recordings (`recording.npz`).

    Raises
    ------
    InputRefused
        If a path does not exist, or a pattern or a folder holds nothing.
    """
    found = Found()
    for text in paths:
        for path in _expand(text):
            if path.is_dir():
                _add_folder(path, out, found, named=text)
            elif path.suffix.lower() in MANIFEST_SUFFIXES:
                found.manifests.append(_absolute(path))
            else:
                found.clips.append(_absolute(path))
    return found


def _expand(text: str) -> list[Path]:
    if os.path.lexists(text):
        return [Path(text)]
    if not glob.has_magic(text):
        raise InputRefused(f"{text} does not exist; check the spelling and the folder")
    matches = sorted(glob.glob(text, recursive=True))
    wanted = [Path(m) for m in matches if not (os.path.isfile(m) and _is_own(Path(m)))]
    if not wanted:
        raise InputRefused(f"{text}: no file has such a name; check the pattern and the folder")
    return wanted


def _add_folder(folder: Path, out: Path, found: Found, *, named: str) -> None:
    files = list(_files_below(folder, out))
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES and not _is_own(path)]
    recordings = [path for path in files if path.name == RECORDING]
    if videos:
        found.left_out += len(recordings)
    elif not recordings:
        raise InputRefused(f"{named}: no video in this folder or below it; give a folder with clips")
    found.clips.extend(map(_absolute, videos or recordings))


def _files_below(folder: Path, out: Path) -> Iterator[Path]:
    skipped = os.path.realpath(out)
    same = os.path.realpath(folder) == skipped  # the results themselves, to be analysed again
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and (same or os.path.realpath(os.path.join(top, name)) != skipped)
        )
        yield from (Path(top, name) for name in sorted(files) if not name.startswith("."))


def _is_own(path: Path) -> bool:
    return path.name in _OWN and (path.parent / SUMMARY).exists()


def _absolute(path: Path) -> Path:
    """Make it independent of the folder one works in; links stay as they are named."""
    return Path(os.path.abspath(path))
