"""Writing: one recording in one format."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from twitchcam import __version__, files
from twitchcam.edges.exports.bids import Labels, write_bids
from twitchcam.edges.exports.columns import (
    ABOUT_EVENTS,
    ABOUT_SIGNALS,
    Columns,
    events_columns,
    signals_columns,
)
from twitchcam.edges.exports.edf import write_edf
from twitchcam.edges.exports.fhir import write_fhir
from twitchcam.edges.exports.marks import Mark, marks_of
from twitchcam.edges.exports.mne import write_mne_annotations
from twitchcam.edges.exports.uniform import Uniform, make_uniform
from twitchcam.edges.figures import FIGURES, write_figure
from twitchcam.edges.outputs import summary_to_dict, write_json
from twitchcam.edges.tables import write_table
from twitchcam.errors import InputRefused
from twitchcam.exporting.formats import NO_LANDMARKS, SUFFIX, ExportOptions, check_formats
from twitchcam.summary import Summary
from twitchcam.types import Recording


@dataclass(frozen=True, slots=True)
class _Job:
    """One format to be written."""

    name: str
    out: Path
    summary: Summary
    recording: Recording | None
    options: ExportOptions

    @property
    def the_recording(self) -> Recording:
        assert self.recording is not None, "formats that need the recording were refused without it"
        return self.recording

    def is_file(self, export_format: str) -> bool:
        """Tell whether `out` names the file itself."""
        return self.out.suffix.lower() == SUFFIX[export_format]

    def place(self, export_format: str, part: str = "") -> Path:
        """Return the file's path: `out` itself, or `<name>_<part>.<ending>` in the folder `out`."""
        if self.is_file(export_format):
            return self.out
        return self.out / f"{self.name}{'_' * bool(part)}{part}{SUFFIX[export_format]}"


def write_export(
    export_format: str,
    path: Path,
    summary: Summary,
    recording: Recording | None = None,
    *,
    options: ExportOptions | None = None,
    name: str = "twitchcam",
) -> list[Path]:
    """Write one format; return the files.

    Parameters
    ----------
    export_format : str
        One of `FORMATS`, except landmarks, which a recording does not hold.
    path : Path
        The file, when it has the format's ending; otherwise a folder, in which the files are called after
        `name`. A BIDS data set is always a folder.
    summary, recording
        Only fhir, svg and png do without the recording.
    options : ExportOptions, optional
        Labels and the choice of a figure.
    name : str
        What files in a folder are called after.

    Raises
    ------
    InputRefused
        If the format is unknown or needs a recording, or the files cannot be written.
    """
    options = options or ExportOptions()
    path = Path(path)
    check_formats([export_format], path, options)
    if export_format == "landmarks":
        raise InputRefused(NO_LANDMARKS)
    if recording is None and export_format not in ("fhir", "svg", "png"):
        raise InputRefused(f"{export_format} needs the recording, which is not given")
    job = _Job(name, path, summary, recording, options)
    if export_format != "bids":
        make_folder(job.place(export_format).parent)
    return _WRITERS[export_format](job, export_format)


def make_folder(folder: Path) -> None:
    """Make the folder of an export; raises InputRefused when that cannot be."""
    try:
        files.make_folder(folder)
    except OSError as error:
        raise InputRefused(f"{folder}: cannot write here ({error.strerror}); choose another --out") from error


def _tables(job: _Job, export_format: str) -> list[Path]:
    recording = job.the_recording
    measured = job.summary.measured
    signals = job.place(export_format, "" if job.is_file(export_format) else "signals")
    events = signals.with_name(f"{signals.stem.removesuffix('_signals')}_events{signals.suffix}")
    _write_columns(signals, signals_columns(recording, measured), ABOUT_SIGNALS)
    _write_columns(events, events_columns(measured.events), ABOUT_EVENTS)
    if export_format == "parquet":
        return [signals, events]
    about = signals.with_name(f"{signals.stem.removesuffix('_signals')}_columns.json")
    described = {"signals": ABOUT_SIGNALS, "events": ABOUT_EVENTS}
    write_json(
        about,
        {
            table: {name: {"unit": unit or None, "description": text} for name, (unit, text) in of.items()}
            for table, of in described.items()
        },
    )
    return [signals, events, about]


def _write_columns(path: Path, columns: Columns, about: Mapping[str, tuple[str, str]]) -> None:
    units = {name: unit for name, (unit, _) in about.items() if unit}
    write_table(path, columns, about={"made_by": f"twitchcam {__version__}", "units": json.dumps(units)})


def _uniform(job: _Job) -> tuple[Uniform, list[Mark]]:
    recording = job.the_recording
    uniform = make_uniform(recording)
    marks = marks_of(job.summary.measured, recording.segments, uniform.motion_mm, uniform.t0_s, uniform.fs)
    return uniform, marks


def _edf(job: _Job, export_format: str) -> list[Path]:
    uniform, marks = _uniform(job)
    path = job.place(export_format)
    write_edf(path, uniform, marks, subject=job.options.subject, equipment=f"twitchcam-{__version__}")
    return [path]


def _mne(job: _Job, export_format: str) -> list[Path]:
    path = job.place(export_format, "" if job.is_file(export_format) else "annotations")
    write_mne_annotations(path, _uniform(job)[1])
    return [path]


def _bids(job: _Job, _export_format: str) -> list[Path]:
    labels = Labels(job.options.subject or "01", job.options.session)
    return write_bids(job.out, job.the_recording, job.summary.measured, labels, version=__version__)


def _fhir(job: _Job, export_format: str) -> list[Path]:
    path = job.place(export_format, "" if job.is_file(export_format) else "fhir")
    write_fhir(path, summary_to_dict(job.summary), subject=job.options.subject, version=__version__)
    return [path]


def _figures(job: _Job, export_format: str) -> list[Path]:
    if job.is_file(export_format):
        kinds = [job.options.figure or FIGURES[0]]
        paths = [job.out]
    else:
        kinds = [job.options.figure] if job.options.figure else list(FIGURES)
        paths = [job.place(export_format, kind) for kind in kinds]
    for kind, path in zip(kinds, paths, strict=True):
        write_figure(path, job.summary, kind)
    return paths


_WRITERS: Final[dict[str, Callable[[_Job, str], list[Path]]]] = {
    "csv": _tables,
    "tsv": _tables,
    "parquet": _tables,
    "edf": _edf,
    "bids": _bids,
    "mne": _mne,
    "fhir": _fhir,
    "svg": _figures,
    "png": _figures,
}
