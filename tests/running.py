"""The command line run in this process."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from twitchcam import cli


class Ran(NamedTuple):
    """How a run ended, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def refusals(self) -> list[str]:
        return self.err.splitlines()


class Run:
    """Runs the program in this process, with everything that native code prints."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture

    def __call__(self, *arguments: object) -> Ran:
        self._patch.setattr(sys, "argv", ["twitchcam", *map(str, arguments)])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as stopped:
            cli.app_main()
        out, err = self._capture.readouterr()
        status = stopped.value.code or 0
        assert isinstance(status, int)
        return Ran(status, out, err)
