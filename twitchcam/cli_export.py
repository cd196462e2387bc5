"""`twitchcam export`: the command that hands a recording over to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  twitchcam export results/phone --format csv --out tables
  twitchcam export results/phone --format edf --out phone.edf       for EDFbrowser or MNE
  twitchcam export results/phone --format bids --out study --subject 07
  twitchcam export results/phone --format parquet --format svg --out exports
  twitchcam export results/phone/summary.json --format fhir --out phone.json
"""


def export(
    recording: Annotated[
        Path,
        typer.Argument(
            metavar="RECORDING",
            help="recording.npz, the results folder that holds it, or (for fhir) summary.json.",
            show_default=False,
        ),
    ],
    formats: Annotated[
        list[str],
        typer.Option(
            "--format",
            metavar="NAME",
            help="csv, tsv, parquet (signals and events), edf, bids, mne, fhir, svg, png (figures) "
            "or landmarks. May be given several times, or as a list with commas.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="PATH",
            help="A folder, or the file when there is one format and PATH has its ending.",
            show_default=False,
        ),
    ],
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            metavar="FILE",
            help="Answers to the questionnaire; without it, those that the results folder was made with.",
        ),
    ] = None,
    subject: Annotated[
        str,
        typer.Option(
            "--subject",
            "--person",
            metavar="LABEL",
            help="Your own label for the person. Default: none (BIDS: 01).",
        ),
    ] = "",
    session: Annotated[
        str, typer.Option("--session", metavar="LABEL", help="bids: which session of the subject this is.")
    ] = "",
    figure: Annotated[
        str,
        typer.Option(
            "--figure",
            metavar="KIND",
            help="svg, png: overview, traces, spectrum, events, asymmetry, face.",
        ),
    ] = "",
) -> None:
    """Write a recording in formats that laboratories and clinics read. See docs/exports.md for their columns.

    Nothing about the person is written unless you give --subject; pictures are never part of an export.
    """
    from twitchcam.edges.answers_file import read_answers
    from twitchcam.exporting import ExportOptions, export_files

    wanted = [name.strip().lower() for given in formats for name in given.split(",") if name.strip()]
    given = read_answers(answers) if answers is not None else None
    options = ExportOptions(subject, session, figure)
    for path in export_files(recording, list(dict.fromkeys(wanted)), out, answers=given, options=options):
        print(path)
