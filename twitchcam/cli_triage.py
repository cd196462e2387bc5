"""`twitchcam triage`: the command that asks the questionnaire and applies the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from twitchcam.cli_language import LANGUAGE
from twitchcam.stopping import STOPPED

EXAMPLES = """\b
Examples:
  twitchcam triage                                   asks the questions, then says what to do
  twitchcam triage --save-answers me.toml            and keeps the answers
  twitchcam triage --answers me.toml --ask           asks what that file leaves open
  twitchcam triage --answers me.toml --summary results/phone/summary.json --json
  twitchcam triage --template me.toml                a file to fill in with an editor
  twitchcam triage --language de                     fragt und antwortet auf Deutsch
"""


def triage(
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Answers, TOML or JSON; '-' reads standard input."),
    ] = None,
    summary: Annotated[
        Path | None, typer.Option("--summary", metavar="FILE", help="summary.json of an analysed clip.")
    ] = None,
    save_answers: Annotated[
        Path | None,
        typer.Option("--save-answers", metavar="FILE", help="Keep the answers here (TOML, or FILE.json)."),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option("--template", metavar="FILE", help="Write a file to fill in, and stop; '-' prints it."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="With --answers: ask the questions that it leaves open.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Also print which rules held, on which facts and sources.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON; questions go to standard error.")
    ] = False,
    language: Annotated[str, LANGUAGE] = "en",
) -> None:
    """Ask about the twitching and say how soon a doctor should look at it, by open and cited rules.

    Without --answers it asks in the terminal; every question can be left out. It does not diagnose.
    """
    from twitchcam.triage_command import TriageOptions, run_triage, write_template

    if template is not None:
        write_template(template)
        return
    options = TriageOptions(answers, summary, save_answers, ask, explain, as_json, language)
    if not run_triage(options):
        raise typer.Exit(STOPPED)
