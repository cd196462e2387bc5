"""`twitchcam report`: the command that makes a report again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitchcam.cli_language import LANGUAGE

EXAMPLES = """\b
Examples:
  twitchcam report results/phone                       the report of a results folder made again
  twitchcam report results/phone --answers me.toml     with other answers
  twitchcam report results/phone --language de         auf Deutsch
  twitchcam report results/phone/recording.npz --out for-my-doctor.html --open
  twitchcam report results/phone --pdf                 also report.pdf, two pages to print
"""


def report(
    recording: Annotated[
        Path,
        typer.Argument(metavar="RECORDING", help="A results folder, or a recording.npz.", show_default=False),
    ],
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Other answers than those that were given."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="PATH", help="Write only the report, to this file or into this folder."
        ),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also write the report as a PDF of two pages, beside it.")
    ] = False,
    paper: Annotated[str, typer.Option("--paper", metavar="a4|letter", help="Paper of the PDF.")] = "a4",
    language: Annotated[str, LANGUAGE] = "en",
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Make the report of an analysed recording again, without its video.

    Answers, review and pictures that the results folder keeps stand in it again.
    """
    from twitchcam.edges.pdf import check_paper
    from twitchcam.edges.report.findings import findings_and_level
    from twitchcam.edges.report.speech import speaking, t
    from twitchcam.report_command import open_report, rebuild

    wanted = check_paper(paper) if pdf else None
    made = rebuild(recording, answers=answers, out=out, language=language, paper=wanted)
    with speaking(language):
        print(" ".join(findings_and_level(made.summary)))
        print(t("Report: {file:s}", file=str(made.path)), flush=True)
        if made.pdf is not None:
            print(t("To print: {file:s}", file=str(made.pdf)), flush=True)
        if show and not open_report(made.path):
            print(t("No browser was found; open the file yourself."), flush=True)
