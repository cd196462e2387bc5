"""Ctrl-C once: no further clip is begun. Twice, or a request to terminate: everything ends at once."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Final

TERMINATED: Final = 128 + signal.SIGTERM


class Interrupt:
    """Use it in a `with`; ask it between clips."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():
            self._before = {
                signal.SIGINT: signal.signal(signal.SIGINT, self._on_interrupt),
                signal.SIGTERM: signal.signal(signal.SIGTERM, self._on_terminate),
            }
        return self

    def __exit__(
        self, _t: type[BaseException] | None, _e: BaseException | None, _tb: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        text = (
            "twitchcam: no further clip is begun, those in progress are finished; Ctrl-C again stops at once"
        )
        print(text, file=sys.stderr, flush=True)

    def _on_terminate(self, _number: int, _frame: FrameType | None) -> None:
        sys.exit(TERMINATED)
