"""Saving a session: everything of it appears in its folder at once, or nothing does."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twitchcam.edges.review_file import write_review
from twitchcam.errors import InputRefused
from twitchcam.files import LEFTOVER_S, make_folder, replacing
from twitchcam.live.keeping import Keeper
from twitchcam.plain import cell
from twitchcam.result_files import REVIEW
from twitchcam.review import Review
from twitchcam.session import write_outputs, write_results
from twitchcam.summary import Summary
from twitchcam.types import Recording

VIDEO: Final = "video.mov"
MARKS: Final = "marks.tsv"
LONGEST_NAME: Final = 80
_ASIDE: Final = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(?P<kind>part|old)")
_NAME: Final = re.compile(r"[^\W_][\w .()+-]*")
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that the person marked."""

    t_s: float
    """On the recording's own clock."""
    note: str


def check_name(name: str) -> str:
    """Return the name of a session's folder, trimmed.

    Raises
    ------
    InputRefused
        If a folder cannot safely have it.
    """
    name = " ".join(name.split())
    fits = _NAME.fullmatch(name) and not _RESERVED.fullmatch(name) and not name.endswith(".")
    if not fits or len(name) > LONGEST_NAME:
        raise InputRefused(
            f"A session cannot be named {name[:40]!r}: begin with a letter or a number, and use letters, "
            f"numbers, spaces, dots and dashes, {LONGEST_NAME} at most."
        )
    return name


def save_session(
    folder: Path,
    recording: Recording,
    summary: Summary,
    *,
    marks: Sequence[Mark] = (),
    review: Review | None = None,
    video: Keeper | None = None,
    again: bool = False,
) -> Path:
    """Write a session's files into the new `folder`; return it.

    The five files of every clip; `marks.tsv` when something was marked, `review.toml` when events were
    reviewed, `video.mov` when one is given. With `again` a folder that this session has written before is
    replaced.

    Raises
    ------
    InputRefused
        If the folder exists already or cannot be written.
    """
    tidy(folder.parent)
    if os.path.lexists(folder) and not again:
        raise InputRefused(f"{folder} exists already; choose another name.")
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    try:
        make_folder(part)
        write_outputs(recording, summary, part)
        if marks:
            _write_marks(part / MARKS, marks)
        if review is not None:
            write_review(part / REVIEW, review)
        if video is not None:
            video.save(part / VIDEO)
        _put_in_place(part, folder)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(f"{folder}: cannot be written ({reason}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder


def update_saved(folder: Path, summary: Summary, review: Review | None) -> None:
    """Write what a review changes into a folder that was saved already; raises InputRefused if it is gone."""
    write_results(summary, folder)
    if review is not None:
        write_review(folder / REVIEW, review)
    else:
        (folder / REVIEW).unlink(missing_ok=True)


def tidy(out: Path) -> None:
    """Clear up after a run that was killed while it saved: put back what it had set aside for the new folder,
    and remove what it had not finished.
    """
    for path in out.glob(".*"):
        found = _ASIDE.fullmatch(path.name)
        with suppress(OSError):
            if found is None or not path.is_dir():
                continue
            if found["kind"] == "old" and not os.path.lexists(out / found["name"]):
                os.rename(path, out / found["name"])
            elif abs(time.time() - path.stat().st_mtime) > LEFTOVER_S:
                shutil.rmtree(path, ignore_errors=True)


def _put_in_place(part: Path, folder: Path) -> None:
    """Exchange the folder for the new one; the old one stays until the new one is whole."""
    old = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.old")
    there = os.path.lexists(folder)
    if there:
        video = folder / VIDEO
        if video.exists() and not (part / VIDEO).exists():
            shutil.copy2(video, part / VIDEO)
        os.rename(folder, old)
    try:
        os.rename(part, folder)
    except OSError:
        if there:
            os.rename(old, folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_marks(path: Path, marks: Sequence[Mark]) -> None:
    """Write BIDS-like events: onset, duration, note."""
    rows = [
        "onset\tduration\tnote",
        *(f"{m.t_s:.3f}\t0\t{cell(' '.join(m.note.split())) or 'n/a'}" for m in marks),
    ]
    with replacing(path) as handle:
        handle.write(("\n".join(rows) + "\n").encode("utf-8"))
