"""Ctrl-C once: no further clip is begun. Twice, or a request to terminate: everything ends at once."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final

from twitchcam.stopping import Stopping

_SAID: Final = "no further clip is begun, those in progress are finished; Ctrl-C again stops at once"


class Interrupt(Stopping):
    """Use it in a `with`; ask it between clips."""

    def __init__(self) -> None:
        super().__init__(_SAID)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT:  # whoever terminates may not wait as long as a clip takes
            self._number = number
        super()._handle(number, frame)
