"""The child of a supervised run: the command line, with a line to its parent."""

from __future__ import annotations

import sys

from twitchcam.stopping import STOPPED
from twitchcam.supervise.line import take_up


def main() -> None:
    """Run the command line as the child of a parent."""
    take_up()
    try:
        from twitchcam.cli import app_main
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    app_main()
