"""The work of `twitchcam export`: several formats of one path."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from twitchcam import __version__
from twitchcam.edges.exports.fhir import write_fhir
from twitchcam.errors import InputRefused
from twitchcam.exporting.formats import NO_LANDMARKS, ExportOptions, check_formats
from twitchcam.exporting.opening import Opened, open_recording
from twitchcam.exporting.writing import make_folder, write_export
from twitchcam.files import replacing
from twitchcam.result_files import LANDMARKS
from twitchcam.triage.answers import Answers


def export_files(
    path: Path,
    formats: Sequence[str],
    out: Path,
    *,
    answers: Answers | None = None,
    options: ExportOptions | None = None,
) -> list[Path]:
    """Write what lies at `path` in every one of `formats`; return the files in the order written.

    Raises
    ------
    InputRefused
        If a format is unknown, needs more than there is, or `out` does not fit or cannot be written.
    """
    options = options or ExportOptions()
    check_formats(formats, out, options)
    if list(formats) == ["landmarks"]:
        return [_copy_landmarks(path, out)]
    opened = open_recording(path, answers)
    written: list[Path] = []
    for export_format in formats:
        if export_format == "landmarks":
            written.append(_copy_landmarks(path, out))
        elif opened.summary is not None:
            # A BIDS data set is a folder of its own: among other formats it gets one.
            place = out / "bids" if export_format == "bids" and len(formats) > 1 else out
            written += write_export(
                export_format, place, opened.summary, opened.recording, options=options, name=opened.name
            )
        elif export_format == "fhir":
            written.append(_fhir_alone(path, opened, out, options))
        else:
            raise InputRefused(
                f"{path}: a summary holds no signals, which {export_format} needs; give recording.npz or the "
                "results folder"
            )
    return written


def _fhir_alone(path: Path, opened: Opened, out: Path, options: ExportOptions) -> Path:
    """Write the Bundle of a summary.json without its recording."""
    target = out if out.suffix.lower() == ".json" else out / f"{opened.name}_fhir.json"
    make_folder(target.parent)
    try:
        write_fhir(target, opened.document, subject=options.subject, version=__version__)
    except (LookupError, TypeError, AttributeError) as error:
        raise InputRefused(f"{path}: is no complete summary.json of this version ({error!r})") from error
    return target


def _copy_landmarks(path: Path, out: Path) -> Path:
    """Copy the landmarks that `analyze --landmarks` left beside the recording."""
    folder = path if path.is_dir() else path.absolute().parent
    there = folder / LANDMARKS
    if not there.is_file():
        raise InputRefused(f"{path}: {NO_LANDMARKS}")
    target = out if out.suffix.lower() == ".csv" else out / f"{folder.absolute().name}_{LANDMARKS}"
    make_folder(target.parent)
    if target.absolute() != there.absolute():
        with open(there, "rb") as source, replacing(target) as handle:
            shutil.copyfileobj(source, handle)
    return target
