"""`twitchcam review`: what a person says about the events, and the result recomputed from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitchcam.cli_language import LANGUAGE

EXAMPLES = """\b
Examples:
  twitchcam review results/phone --list
  twitchcam review results/phone --template review.toml      a file to fill in
  twitchcam review results/phone --file review.toml          the result recomputed, beside the automatic one
  twitchcam review results/phone --file events.tsv           events.tsv with a column review added
"""


def review(
    recording: Annotated[
        Path,
        typer.Argument(metavar="RECORDING", help="A results folder, or a recording.npz.", show_default=False),
    ],
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="TOML, JSON, or events.tsv with a column review. Default: the folder's review.toml.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write the result below DIR instead of into its folder."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            "--template", metavar="FILE", help="Write a review with every event, and stop; '-' prints it."
        ),
    ] = None,
    list_only: Annotated[bool, typer.Option("--list", help="Print the events, and stop.")] = False,
    reviewer: Annotated[
        str | None, typer.Option("--reviewer", metavar="LABEL", help="Who reviews: initials or a code.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Other answers than those that the result rests on."),
    ] = None,
    language: Annotated[str, LANGUAGE] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as a line of JSON.")] = False,
) -> None:
    """Reject, relabel or add events, and compute the result anew.

    The automatic events stay in events.tsv; events_reviewed.tsv has those that stand now, and summary.json
    and the report say that they were reviewed. A review never lowers what the answers say.
    """
    from twitchcam.review_command import ReviewOptions, list_events, run_review, write_template

    if list_only:
        list_events(recording)
    elif template is not None:
        write_template(recording, template, reviewer or "")
    else:
        run_review(recording, ReviewOptions(file, out, answers, reviewer, language, as_json))
