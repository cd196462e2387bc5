"""The start: what is said when a library that a command needs does not load."""

from __future__ import annotations

import sys
from collections.abc import Sequence

BROKEN = 1


def without_library(error: ImportError, arguments: Sequence[str]) -> int:
    """Say in one line which library is missing or broken, or let the doctor speak if it was asked for.

    Returns the exit code. A module of twitchcam itself that is missing is a bug, and raised.
    """
    if (error.name or "").split(".")[0] == "twitchcam":
        raise error
    if list(arguments[:1]) == ["doctor"]:
        from twitchcam.doctor.command import main

        return main(arguments[1:])
    what = " ".join(str(error).split())[:200]
    print(
        f"twitchcam: a library does not load ({what}); 'twitchcam doctor' says how to mend it",
        file=sys.stderr,
    )
    return BROKEN
