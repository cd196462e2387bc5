"""Formats: which there are, and what they may be told."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twitchcam.edges.figures import FIGURES
from twitchcam.errors import InputRefused

FORMATS: Final = ("csv", "tsv", "parquet", "edf", "bids", "mne", "fhir", "svg", "png", "landmarks")
"""What `write_export` takes."""
SUFFIX: Final = {
    "csv": ".csv", "tsv": ".tsv", "parquet": ".parquet", "edf": ".edf", "mne": ".txt", "fhir": ".json",
    "svg": ".svg", "png": ".png",
}  # fmt: skip
"""Endings that make `--out` the name of a file; with any other it is a folder."""
NO_LANDMARKS: Final = (
    "a recording holds no landmarks, they are written while measuring: run "
    "'twitchcam analyze CLIP --landmarks' on the video"
)


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What the formats may be told."""

    subject: str = ""
    """A label of the user's own for the person; empty: nothing about the person is written."""
    session: str = ""
    """BIDS only: which session of the subject this is."""
    figure: str = ""
    """Which figure; empty: all of them into a folder, the overview into a file."""


def check_formats(formats: Sequence[str], out: Path, options: ExportOptions) -> None:
    """Refuse formats that do not exist, and a file as the place of several."""
    for export_format in formats:
        if export_format not in FORMATS:
            near = difflib.get_close_matches(export_format, FORMATS, 1, 0.4)
            meant = f"did you mean {near[0]}? " if near else ""
            raise InputRefused(f"--format {export_format}: {meant}choose from {', '.join(FORMATS)}")
    if not formats:
        raise InputRefused(f"--format is missing; choose from {', '.join(FORMATS)}")
    _check_ending(formats, out)
    if options.figure and options.figure not in FIGURES:
        raise InputRefused(f"--figure {options.figure}: choose from {', '.join(FIGURES)}")


def _check_ending(formats: Sequence[str], out: Path) -> None:
    """Refuse a file's ending that is not the format's: it would become a folder with an odd name."""
    ending = out.suffix.lower()
    if out.is_dir() or ending not in SUFFIX.values():
        return
    if len(set(formats)) > 1:
        raise InputRefused(f"--out {out}: several formats need a folder; give a name without an ending")
    wanted = SUFFIX.get(formats[0], ".csv" if formats[0] == "landmarks" else "")
    if ending != wanted:
        meant = f"end the name with {wanted}, or give a folder" if wanted else "give a folder"
        raise InputRefused(f"--out {out}: {formats[0]} is not written to {ending} files; {meant}")
