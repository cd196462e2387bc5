"""The form of an estimate: its name, its values in words, and what a camera alone never tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twitchcam.phrases import phrase
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
    return low if low == high else phrase("{low:g} to {high:g}", low=low, high=high)


def too_short(seconds: float, needed_s: float) -> str:
    """Say that the rest was too short."""
    return phrase(
        "Needs {needed:.0f} s of {what}; this recording has {had:.0f} s.",
        needed=needed_s,
        what="usable rest",
        had=seconds,
    )


def in_mm(value: float) -> str:
    """Format millimetres."""
    return phrase("{mm:.1f} mm", mm=value) if value >= 1 else phrase("{mm:.2f} mm", mm=value)


def percent(share: float) -> str:
    """Format a part of one."""
    return phrase("{part:.0f} %", part=100 * share)
