"""Pictures: the strongest twitches as short loops, as the page carries them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventPicture:
    """One twitch as a strip of frames, one below the other: as filmed on the left, enlarged on the right."""

    region: str
    peak_s: float
    amplitude_mm: float
    times_larger: float
    """How many times the movement is enlarged at the peak."""
    limited: bool
    """It is less than was wanted, for more would fold the picture."""
    slower: float
    """How many times slower than real it is played."""
    times_s: tuple[float, ...]
    """When each frame was taken, from the first one on."""
    peak_frame: int
    width: int
    """Of one frame, pixels."""
    height: int
    data: str
    """The strip as a data: address."""

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.times_s)
