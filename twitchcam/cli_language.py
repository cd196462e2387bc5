"""The option --language, the same in every command that tells people something."""

from __future__ import annotations

from typing import Final

import typer

from twitchcam.languages import LANGUAGES, language_of

VARIABLE: Final = "TWITCHCAM_LANGUAGE"
"""Instead of the option. The machine's own language is not asked: results must not depend on the machine."""


def _check(code: str) -> str:
    """Refuse a language that twitchcam does not speak."""
    return language_of(code).code


LANGUAGE: Final = typer.Option(
    "--language",
    envvar=VARIABLE,
    callback=_check,
    metavar="|".join(LANGUAGES),
    help="Language of what people read (report, questions, result); English unless it is given. "
    "Files for machines (json, csv, tsv) stay English.",
)
"""Use: `language: Annotated[str, LANGUAGE] = "en"`."""
