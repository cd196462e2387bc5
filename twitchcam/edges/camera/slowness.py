"""Slowness: a rate that falls well below what was promised, told from its likely cause.

Webcams on automatic exposure keep the shutter open longer in dim light, and then send half the pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SLOW: Final = 0.75
"""Below this part of the promised rate: halving gives 0.5, a third lost 0.67; jitter stays above 0.95."""
LASTING_S: Final = 2.0
"""For so long before it is said, and over for so long before it is taken back."""
DARK: Final = 0.35
"""Mean of the picture, 0 black to 1 white. Automatic exposure aims at 0.45; it stays below this once it has
reached its longest shutter time. Our own choice."""
_SHUTTER_FILLS: Final = 0.6
"""An exposure of this part of the interval or more, as read back, is what holds the pictures up."""


@dataclass
class SlownessWatch:
    """Sees one feed's rate and brightness, and says what is wrong as one sentence."""

    sentence: str | None = None
    """What stands now; None when the rate is as promised."""
    _best_fps: float = 0.0
    _since_s: float | None = None

    def look(
        self,
        t_s: float,
        fps: float | None,
        *,
        promised_fps: float | None,
        brightness: float,
        exposure_s: float | None = None,
    ) -> str | None:
        """Take the state at media time `t_s`; return the sentence that stands now.

        `promised_fps` None: the best rate seen so far counts. `exposure_s` as the camera reads it back.
        """
        if fps is None:
            self._since_s = None
            return self.sentence
        self._best_fps = max(self._best_fps, fps)
        promised = promised_fps or self._best_fps
        slow = fps < SLOW * promised
        if slow == (self.sentence is not None):
            self._since_s = None
        elif self._since_s is None:
            self._since_s = t_s
        elif t_s - self._since_s >= LASTING_S:
            self._since_s = None
            self.sentence = explain(fps, promised, brightness, exposure_s) if slow else None
        return self.sentence


def explain(fps: float, promised_fps: float, brightness: float, exposure_s: float | None) -> str:
    """Return one sentence on why only `fps` of `promised_fps` pictures a second come, and what helps."""
    fills = exposure_s is not None and _SHUTTER_FILLS <= exposure_s * fps <= 1.2
    rates = f"{fps:.0f} instead of {promised_fps:.0f} pictures a second"
    if brightness < DARK or fills:
        return (
            f"The light is dim, so the camera keeps its shutter open longer and sends only {rates}: put a "
            "lamp in front of you or face a window."
        )
    return (
        f"The camera sends only {rates}, though the picture is bright enough: close other programs that use "
        "the camera, plug it straight into the computer, or ask for a smaller picture."
    )
