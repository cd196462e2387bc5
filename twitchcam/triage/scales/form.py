"""The form of an estimate: its name, its values in words, and what a camera alone never tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twitchcam.summary import ScaleEstimate


@dataclass(frozen=True, slots=True)
class Form:
    """What every estimate after one scale has in common."""

    id: str
    title: str
    scale: str
    sources: tuple[str, ...]
    never_seen: tuple[str, ...]
    """Missing in every estimate, whatever the recording is like."""

    def value(self, value: float | str, basis: Sequence[str], missing: Sequence[str] = ()) -> ScaleEstimate:
        """Return the estimate. Without a basis there is none.

        Raises
        ------
        ValueError
            If `basis` is empty.
        """
        if not basis:
            raise ValueError(f"{self.id}: a value needs something that it rests on")
        return self._estimate(value, tuple(basis), (*missing, *self.never_seen))

    def unknown(self, *reasons: str) -> ScaleEstimate:
        """Return that it cannot be told, and why."""
        return self._estimate(None, (), tuple(reasons))

    def _estimate(
        self, value: float | str | None, basis: tuple[str, ...], missing: tuple[str, ...]
    ) -> ScaleEstimate:
        return ScaleEstimate(self.id, self.title, value, self.scale, basis, missing, self.sources)


def from_to(low: float, high: float) -> float | str:
    """Return the number where both ends agree, else the range in words."""
    return low if low == high else f"{low:g} to {high:g}"


def times(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def too_short(seconds: float, needed_s: float) -> str:
    """Say that the rest was too short."""
    return f"Needs {needed_s:.0f} s of usable rest; this recording has {seconds:.0f} s."


def in_mm(value: float) -> str:
    """Format millimetres."""
    return f"{value:.1f} mm" if value >= 1 else f"{value:.2f} mm"


def percent(share: float) -> str:
    """Format a part of one."""
    return f"{100 * share:.0f} %"
