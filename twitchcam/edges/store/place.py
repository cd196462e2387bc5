"""Where the history lies: the folder of the user's own data, or the one that was asked for."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from twitchcam.errors import InputRefused
from twitchcam.files import make_folder

FILE: Final = "history.db"
VARIABLE: Final = "TWITCHCAM_DATA_DIR"
NAME: Final = "twitchcam"


def data_folder(given: Path | None = None) -> Path:
    """Return the folder of the history: `given`, else TWITCHCAM_DATA_DIR, else the system's usual place."""
    if given is not None:
        return given.expanduser().absolute()
    named = os.environ.get(VARIABLE, "")
    return Path(named).expanduser().absolute() if named else _usual()


def _usual() -> Path:
    """The XDG base directories, and what Windows and macOS have in their place."""
    try:
        home = Path.home()
    except RuntimeError as error:
        raise InputRefused(
            "this account has no home folder for the history; name one with --data-dir DIR"
        ) from error
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / NAME
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / NAME
    shared = os.environ.get("XDG_DATA_HOME", "")
    # relative paths are to be ignored, says the XDG specification
    return (Path(shared) if os.path.isabs(shared) else home / ".local" / "share") / NAME


def make_private(folder: Path, path: Path) -> None:
    """Make the folder (for its owner only, where it is new) and an empty file for its owner only.

    Raises
    ------
    InputRefused
        If that cannot be done.
    """
    try:
        if not folder.is_dir():
            make_folder(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)
        # SQLite gives its -wal and -shm files the permissions of this one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if os.name == "posix" and path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(
            f"{path}: the history cannot be opened ({reason}); choose another folder with --data-dir"
        ) from error
