"""The manifest: a table with one clip a row, and what is known about it."""

from __future__ import annotations

import csv
import difflib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from twitchcam.batch.jobs import Job, Labels
from twitchcam.edges.answers_file import read_answers
from twitchcam.errors import InputRefused, shown
from twitchcam.protocols import parse_segments, read_protocol
from twitchcam.session import Options

LABELS: Final = ("subject", "session", "side_treated")
SIDES: Final = ("", "left", "right", "both", "none")
MAX_BYTES: Final = 100_000_000
MAX_LINE: Final = 200_000
"""Characters of one row; a path has 4096 at most."""
FREE_PREFIX: Final = "x_"
"""A column that begins so is never taken for a misspelt one."""
_YES, _NO = ("1", "true", "yes", "y", "t"), ("", "0", "false", "no", "n", "f")


def read_manifest(path: Path, options: Options) -> list[Job]:
    """Return a job for each row of a CSV or TSV file.

    Parameters
    ----------
    path
        The table, UTF-8, with a header. Fields are parted by commas, semicolons or tabs. Paths in it are
        relative to its own folder.
    options
        What holds where a row leaves a column empty.

    The columns are `COLUMNS`; others are kept beside the results. One whose name is nearly that of a known
    column is refused, since its values would be ignored silently.

    Raises
    ------
    InputRefused
        If the file cannot be read, a column or a value is wrong; says which line and what to do.
    """
    rows = _rows(path)
    names = next(rows, None)
    if names is None:
        raise InputRefused(f"{path}: is empty; the first line names the columns ({', '.join(COLUMNS)})")
    header = _check_header(path, [name.strip() for name in names[1]])
    jobs: dict[str, tuple[int, Job]] = {}
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        job = _job(path, line, _row(path, line, header, cells), options)
        other = jobs.setdefault(job.identity, (line, job))[0]
        if other != line:
            raise InputRefused(
                f"{path}, line {line}: the same clip, subject and session as in line {other}; "
                "give each its own session, or leave one out"
            )
    if not jobs:
        raise InputRefused(f"{path}: names no clip; one row for each is wanted below the header")
    return [job for _, job in jobs.values()]


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line, its cells)."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputRefused(f"{path}: is too large for a manifest; one row for each clip is wanted")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputRefused(f"{path}: cannot be read ({error.strerror}); give a CSV file") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path}: is not UTF-8 text; save it as 'CSV UTF-8'") from error
    if "\0" in text:
        raise InputRefused(f"{path}: holds NUL, so it is no UTF-8 text; save it as 'CSV UTF-8'")
    head = text[:10_000].partition("\n")[0]
    mark = max(",;\t", key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mark, strict=True)
    try:
        for cells in reader:
            if sum(map(len, cells)) > MAX_LINE:
                raise InputRefused(f"{path}, line {reader.line_num}: is longer than {MAX_LINE} characters")
            yield reader.line_num, cells
    except csv.Error as error:
        raise InputRefused(f"{path}, line {reader.line_num}: is not a row of a CSV file ({error})") from error


def _check_header(path: Path, header: list[str]) -> list[str]:
    for place, name in enumerate(header, 1):
        if not name:
            raise InputRefused(f"{path}: column {place} has no name; give it one in the first line")
        near = [] if name in COLUMNS else _nearest(name)
        if near:
            raise InputRefused(
                f"{path}: there is no column {shown(name)}; did you mean {near[0]!r}? "
                f"(to keep a column of your own, begin its name with {FREE_PREFIX})"
            )
    twice = {name for name in header if header.count(name) > 1}
    if twice:
        raise InputRefused(f"{path}: the column {shown(min(twice))} is there twice; leave one out")
    if "path" not in header:
        raise InputRefused(f"{path}: has no column 'path'; the first line names the columns")
    return header


def _nearest(name: str) -> list[str]:
    plain = name.lower().replace(" ", "_").replace("-", "_")
    if plain.startswith(FREE_PREFIX):
        return []
    return difflib.get_close_matches(plain, COLUMNS, n=1, cutoff=0.8)


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        raise InputRefused(
            f"{path}, line {line}: {len(cells)} fields under {len(header)} columns; "
            "a field that holds a comma goes in quotes"
        )
    values = [cell.strip() for cell in cells[: len(header)]]
    return dict(zip(header, values + [""] * (len(header) - len(values)), strict=True))


def _job(path: Path, line: int, row: dict[str, str], options: Options) -> Job:
    where = f"{path}, line {line}"
    if not row["path"]:
        raise InputRefused(f"{where}: names no clip in the column 'path'")
    if row.get("side_treated", "") not in SIDES:
        raise InputRefused(f"{where}: side_treated {shown(row['side_treated'])}; use {', '.join(SIDES[1:])}")
    changes: dict[str, Any] = {}
    try:
        for name, (option, read) in _OPTIONS.items():
            if row.get(name):
                changes[option] = read(path.parent, row[name])
        chosen = replace(options, **changes)
    except (InputRefused, ValueError) as error:
        raise InputRefused(f"{where}: {error}") from error
    labels = Labels(
        **{name: row.get(name, "") for name in LABELS},
        others=tuple((name, row[name]) for name in row if name not in COLUMNS),
    )
    return Job(os.path.abspath(path.parent / row["path"]), chosen, labels)


def _number(name: str, _base: Path, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise InputRefused(f"{name} {shown(text)} is not a number") from None


def _flag(name: str, _base: Path, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise InputRefused(f"{name} {shown(text)}: use yes or no")


def _protocol(base: Path, text: str) -> Any:
    file = base / text
    return read_protocol(str(file) if file.is_file() else text).segments()


_OPTIONS: Final[dict[str, tuple[str, Callable[[Path, str], Any]]]] = {
    "answers": ("answers", lambda base, text: read_answers(base / text)),
    "mirrored": ("mirrored", partial(_flag, "mirrored")),
    "pd_mm": ("pd_mm", partial(_number, "pd_mm")),
    "real_fps": ("real_fps", partial(_number, "real_fps")),
    "exposure_ms": ("exposure_ms", partial(_number, "exposure_ms")),
    "protocol": ("segments", _protocol),
    "segments": ("segments", lambda _base, text: parse_segments(text)),
    "backend": ("backend", lambda _base, text: text),
}
"""Column: the option that it sets, and how its text is read. `segments` goes before `protocol`."""
COLUMNS: Final = ("path", *LABELS, *_OPTIONS)
