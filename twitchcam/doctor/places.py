"""Places: room and permission in the folders that are written to, and the state of the history."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from twitchcam.doctor.finding import NOTE, OK, PROBLEM, Finding

GROUP = "places"
FULL_MB, LOW_MB = 50, 500
"""A minute of a clip leaves about 3 MB; the video of a live session up to 100 MB a minute."""


def check_places() -> Iterator[Finding]:
    """Look at the current folder, the folder for temporary files, and the history's."""
    yield check_folder("results", Path.cwd, "choose another folder with --out")
    yield check_folder(
        "temporary files", lambda: Path(tempfile.gettempdir()), "set TMPDIR to a folder with room"
    )
    yield from check_history()


def check_folder(name: str, find: Callable[[], Path], mend: str) -> Finding:
    """Tell whether files can be written to the folder that `find` gives, and how much room it has."""
    try:
        folder = find()
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"twitchcam")
            file.flush()
        free_mb = shutil.disk_usage(folder).free / 1e6
    except OSError as error:
        return Finding(GROUP, name, PROBLEM, f"cannot be written ({error.strerror or error})", mend)
    return tell_room(name, f"{folder}", free_mb, mend)


def tell_room(name: str, folder: str, free_mb: float, mend: str) -> Finding:
    """Word how much room a folder has."""
    room = f"{free_mb / 1000:.1f} GB" if free_mb >= 1000 else f"{free_mb:.0f} MB"
    shown = f"{folder} can be written, {room} free"
    if free_mb < FULL_MB:
        return Finding(GROUP, name, PROBLEM, shown, f"make room, or {mend}")
    if free_mb < LOW_MB:
        return Finding(GROUP, name, NOTE, shown, f"enough for clips, not for videos; make room, or {mend}")
    return Finding(GROUP, name, OK, shown)


def check_history() -> Iterator[Finding]:
    """Look at the history's folder and file. Nothing is made where there is none."""
    try:
        from twitchcam.edges.store import FILE, check_integrity, data_folder
        from twitchcam.errors import InputRefused
    except ImportError as error:
        yield Finding(GROUP, "history", NOTE, f"could not be looked at ({error})", "mend what is named above")
        return
    try:
        folder = data_folder()
        path = folder / FILE
        if not path.exists():
            yield check_new(folder)
            return
        yield from check_modes(folder, path)
        wrong = check_integrity(path)
        size_mb = path.stat().st_size / 1e6
    except InputRefused as error:
        yield Finding(GROUP, "history", NOTE, str(error), "analyze and live work without it")
        return
    except OSError as error:
        text = f"{folder} cannot be read ({error.strerror})"
        yield Finding(
            GROUP, "history", NOTE, text, "choose another folder with --data-dir or TWITCHCAM_DATA_DIR"
        )
        return
    if wrong:
        mend = "'twitchcam history check --repair' saves what can still be read"
        yield Finding(GROUP, "history", NOTE, f"{path} is damaged: {wrong[0]}", mend)
    else:
        yield Finding(GROUP, "history", OK, f"{path} opens, {size_mb:.1f} MB, no damage found")


def check_new(folder: Path) -> Finding:
    """Tell whether a history could be made where there is none yet."""
    parent = folder
    while not parent.exists() and parent != parent.parent:
        parent = parent.parent
    if not parent.is_dir() or not os.access(parent, os.W_OK | os.X_OK):
        text = f"none yet, and {folder} cannot be made"
        return Finding(GROUP, "history", NOTE, text, "name a folder with --data-dir or TWITCHCAM_DATA_DIR")
    return Finding(GROUP, "history", OK, f"none yet (analyze --history makes one in {folder})")


def check_modes(folder: Path, path: Path) -> Iterator[Finding]:
    """Tell whether others than its owner can read the history. Windows has no such modes."""
    if os.name != "posix":
        return
    for place, wanted in ((folder, 0o700), (path, 0o600)):
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & 0o077 and place == path:
            yield Finding(
                GROUP, "permissions", NOTE, f"{place}: others may read it ({mode:04o})", f"chmod 600 {place}"
            )
        elif mode & 0o077:
            text = f"{place}: others may look into it ({mode:04o}); the file in it is closed to them"
            yield Finding(GROUP, "permissions", OK, text, f"chmod {wanted:o} {place}")
