"""When a clip was filmed, and how that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from twitchcam.edges.store import entries
from twitchcam.errors import InputRefused
from twitchcam.result_files import RECORDING
from twitchcam.types import Source

_IN_NAME: Final = re.compile(
    r"(?<!\d)(20\d\d)[-_. ]?([01]\d)[-_. ]?([0-3]\d)(?:[-_ T]*(?:at )?([0-2]\d)[-.:_h]?([0-5]\d)|(?!\d))"
)
"""Such as 'live 2026-03-05 14.05.33', '2026-03-05 1405', 'VID_20260305_140533.mp4'."""
HOW: Final[dict[entries.FilmedFrom, str]] = {
    "clock": "this computer's clock",
    "file": "the video's own data",
    "name": "its name",
    "given": "as given",
    "file_date": "the file's date, which copying may have changed",
}


@dataclass(frozen=True, slots=True)
class Filmed:
    """When, in local time, and how that is known."""

    at: str
    how: entries.FilmedFrom

    @property
    def day(self) -> int:
        """The proleptic Gregorian ordinal of the day."""
        return day_number(self.at)


def day_number(text: str) -> int:
    """Return the ordinal of an ISO day, or of the day of an ISO time."""
    return date.fromisoformat(text[:10]).toordinal()


def given(text: str, option: str = "--date") -> Filmed:
    """Return the day or time that the user gave.

    Raises
    ------
    InputRefused
        If it is no date, or lies in the future.
    """
    return Filmed(parse_date(text, option), "given")


def parse_date(text: str, option: str = "--date", *, future: bool = False) -> str:
    """Return an ISO day or time; 'today' is one too."""
    text = text.strip()
    if text == "today":
        return date.today().isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputRefused(
            f"{option} {text[:30]!r}: give a day as 2026-03-05, or a time as 2026-03-05T14:30"
        ) from None
    moment = moment.astimezone().replace(tzinfo=None) if moment.tzinfo is not None else moment
    if not future and moment > datetime.now():
        raise InputRefused(f"{option} {text[:30]}: this day has not come yet; check the year")
    return moment.date().isoformat() if len(text) == 10 else moment.isoformat(timespec="minutes")


def now() -> Filmed:
    """Return the present moment, for what was just filmed."""
    return Filmed(datetime.now().isoformat(timespec="seconds"), "clock")


def filmed_clip(path: Path, date: str | None) -> Filmed:
    """Return when a video was filmed: as given, by its own data, by its name, else by the file's date."""
    from twitchcam.edges.filming_time import creation_time

    if date is not None:
        return given(date)
    moment = creation_time(path)
    if moment is not None:
        return Filmed(moment.isoformat(timespec="seconds"), "file")
    named = in_name(path.stem)
    if named is not None:
        return Filmed(named, "name")
    changed = datetime.fromtimestamp(path.stat().st_mtime)
    return Filmed(changed.isoformat(timespec="seconds"), "file_date")


def filmed_results(path: Path, date: str | None) -> Filmed:
    """Return when earlier results were filmed: as given, by the clip's own data, or by a name of folder, file
    or clip.

    Raises
    ------
    InputRefused
        If none of these tells: the files' own dates say when they were analysed.
    """
    if date is not None:
        return given(date)
    source = _source(path)
    if source is not None and source.filmed:
        return Filmed(source.filmed, "file")
    place = path.absolute()
    names = (place.stem if place.suffix in (".npz", ".json") else place.name, place.parent.name)
    clip = () if source is None else (Path(source.file).stem,)
    for name in (*(names if place.suffix in (".npz", ".json") else names[:1]), *clip):
        named = in_name(name)
        if named is not None:
            return Filmed(named, "name")
    raise InputRefused(f"{path}: does not say when it was filmed; give the day with --date 2026-03-05")


def _source(path: Path) -> Source | None:
    """Return what the recording of these results says of its clip; None where there is no recording."""
    from twitchcam.edges.recordings import load_recording

    beside = path / RECORDING if path.is_dir() else path.with_name(RECORDING)
    recording = path if path.suffix.lower() == ".npz" else beside
    return load_recording(recording).source if recording.is_file() else None


def in_name(name: str) -> str | None:
    """Return the day or time that a name holds; None when it holds none that can be."""
    for found in _IN_NAME.finditer(name):
        year, month, day, hour, minute = found.groups()
        try:
            at = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0))
        except ValueError:
            continue
        if at <= datetime.now():
            return at.isoformat(timespec="minutes") if hour is not None else at.date().isoformat()
    return None
