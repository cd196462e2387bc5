"""The frame rate that really comes, over a sliding window."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

WINDOW_S: Final = 3.0
"""Long enough that 10 ms of jitter are 0.3 %, short enough to see the light go."""
_FEWEST: Final = 6
_GAP_S, _GAP_TIMES = 0.3, 4.0
"""Intervals above both are interruptions and not part of the rate. Single lost pictures are part of it."""


class RateMeter:
    """Frames a second over the last `WINDOW_S`; the mean, so that 33, 67, 33, 67 ms make 20 and not 30."""

    def __init__(self) -> None:
        self._t_s: deque[float] = deque()
        self.fps: float | None = None
        """None until there are enough frames."""

    def add(self, t_s: float) -> None:
        """Take the time of the next frame, s."""
        self._t_s.append(t_s)
        while self._t_s[0] < t_s - WINDOW_S:
            self._t_s.popleft()
        if len(self._t_s) < _FEWEST:
            self.fps = None
            return
        steps = np.diff(np.array(self._t_s))
        steps = steps[steps <= max(_GAP_S, _GAP_TIMES * float(np.median(steps)))]
        self.fps = steps.size / float(steps.sum()) if steps.size else None

    def restart(self) -> None:
        """Forget everything: the source was lost."""
        self._t_s.clear()
        self.fps = None
