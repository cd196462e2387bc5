"""The command itself, with and without the libraries that the rest of the command line needs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from twitchcam.doctor.examination import examine
from twitchcam.doctor.finding import PROBLEM, worst
from twitchcam.doctor.showing import show, to_json


def run_doctor(camera: str | None = None, *, as_json: bool = False) -> int:
    """Examine this machine and print what was found; return 1 when there is a problem, else 0."""
    if as_json:
        findings = list(examine(camera))
        print(to_json(findings), flush=True)
    else:
        findings = show(examine(camera))
    return 1 if worst(findings) == PROBLEM else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run without Typer, where that is missing or broken. The options are those of `cli_doctor`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser("twitchcam doctor", description="Tells what is wrong on this machine.")
    parser.add_argument("--camera", metavar="N", help="Switch this camera on for a moment.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    given = parser.parse_args(arguments)
    try:
        return run_doctor(given.camera, as_json=given.json)
    except KeyboardInterrupt:
        print("twitchcam: stopped", file=sys.stderr)
        return 130
