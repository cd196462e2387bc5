"""`twitchcam bench`: the command that measures how fast this machine is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  twitchcam bench                          the bundled sample, three rounds (about two minutes)
  twitchcam bench --quick                  four seconds of it, once
  twitchcam bench phone.mp4 --seconds 20   the first 20 s of a clip of your own
  twitchcam bench phone.mp4 --json
"""


def bench(
    clip: Annotated[
        Path | None,
        typer.Argument(
            metavar="[CLIP]", help="Video to measure on; without it the bundled sample.", show_default=False
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            metavar="S",
            help="Length to measure: the clip's first part, or the clip again and again. Without it all, "
            "or the first 30 s.",
        ),
    ] = None,
    repeat: Annotated[
        int | None, typer.Option("--repeat", metavar="N", help="Rounds; each runs everything once (3).")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One round of 4 s: rough numbers, soon.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as one JSON object, and no progress.")
    ] = False,
) -> None:
    """Measure how fast this machine decodes, tracks, registers and analyses.

    Beside it, in the same run and in turns: decoding alone, and a face mesh on every picture as a plain loop
    would do it. Nothing is kept, and nothing leaves this computer.
    """
    from twitchcam.bench.command import BenchOptions, run_bench

    run_bench(BenchOptions(clip, seconds, repeat, quick, as_json))
