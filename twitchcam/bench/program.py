"""The command `twitchcam analyze` as a user starts it, its start and its supervision included."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from twitchcam.errors import InputRefused
from twitchcam.supervise.start import code_running

REFUSED = 2


def run_command(clip: Path, begin: Callable[[], None]) -> int:
    """Run the command on a clip and return the number of pictures.

    Raises
    ------
    InputRefused
        If the command refuses the clip.
    """
    with tempfile.TemporaryDirectory() as out:
        program = [sys.executable, "-c", code_running("twitchcam.__main__")]
        command = [*program, "analyze", str(clip), "--out", out, "--json"]
        begin()
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode == REFUSED:
        raise InputRefused(done.stderr.strip().removeprefix("twitchcam: "))
    done.check_returncode()
    return int(json.loads(done.stdout)["source"]["frames"])
