"""`twitchcam doctor`: the command that tells what is wrong on a machine."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """\b
Examples:
  twitchcam doctor                    what is wrong here, and how to mend it
  twitchcam doctor --camera 0         also switches this camera on for a moment
  twitchcam doctor --json             for a bug report or a program
  python -m twitchcam.doctor          the same where twitchcam itself does not start

Exit code 0: analyze and live work here; 1: something that they need is broken.
"""


def doctor(
    camera: Annotated[
        str | None,
        typer.Option("--camera", metavar="N|URL", help="Switch this camera on for a moment, and look."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell what is wrong on this machine, and how to mend it.

    Looks at Python, libraries, face tracker, codecs, speed, cameras, browser, disk, history and settings,
    one line each. No camera is switched on unless it is named, nothing goes over the network, and the output
    holds nothing personal: it can be pasted into a bug report.
    """
    from twitchcam.doctor.command import run_doctor

    status = run_doctor(camera, as_json=as_json)
    if status:
        raise typer.Exit(status)
