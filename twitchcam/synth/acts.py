"""Voluntary acts of a synthetic face besides speech and smiles: chewing, yawning, gestures of the lips, turns
of the head.

Lengths are millimetres on the face, times seconds, as in `twitchcam.synth.spec`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from twitchcam.synth.refuse import require

Lips = Literal["closed", "open"]
GestureKind = Literal["pucker", "press", "brows", "snarl", "squeeze", "pull"]
SHARES = "left and right are shares of the way, 0-1"
WIDEST_MM = 25.0
"""The skin between chin and neck can be drawn together so far without folding."""
LARGEST_TURN_DEG = 45.0


@dataclass(frozen=True, slots=True)
class Chewing:
    """The jaw goes down and up in cycles, a little to the working side; the cheek of that side bulges."""

    start_s: float
    stop_s: float
    opening_mm: float = 7.0
    """How far the chin goes down."""
    hz: float = 1.5
    """Cycles a second: people chew at 0.9-2.2 Hz (Po and others 2011)."""
    lips: Lips = "closed"
    """'closed': the lips stay together and are stretched; 'open': they part with the jaw."""
    seed: int = 0
    """Of the cycles' lengths (12 % scatter), sizes (25 %) and sides."""

    def __post_init__(self) -> None:
        where = f"chewing at {self.start_s:g} s"
        require(0.5 <= self.hz <= 4, where, f"hz must be 0.5-4, got {self.hz:g}")
        require(self.stop_s - self.start_s >= 1 / self.hz, where, "must last at least one cycle")
        require(0 < self.opening_mm <= 15, where, "opening_mm must be 0-15 mm")
        require(self.lips in ("closed", "open"), where, "lips must be closed or open")


@dataclass(frozen=True, slots=True)
class Yawn:
    """The mouth opens wide and slowly, stays, and closes; the eyes narrow with it."""

    start_s: float
    stop_s: float
    opening_mm: float = 22.0

    def __post_init__(self) -> None:
        where = f"yawn at {self.start_s:g} s"
        require(self.stop_s - self.start_s >= 2, where, "must last at least 2 s (people's: 4-7 s)")
        require(0 < self.opening_mm <= WIDEST_MM, where, f"opening_mm must be 0-{WIDEST_MM:g} mm")


@dataclass(frozen=True, slots=True)
class Gesture:
    """Lips, brows or cheeks do one thing, 0.35 s there and back; a weak side has a smaller share."""

    kind: GestureKind
    """'pucker': the corners go to the middle; 'press': the lips are pressed together and the chin rises;
    'brows': both brows go up; 'snarl': the upper lip and the cheek beside the nose go up; 'squeeze': what the
    rest of the face does when the eyes are shut firmly: brows down, cheeks up; 'pull': the corners go out and
    up (with a share of 0 on one side: a mouth that moves along with the eyes)."""
    start_s: float
    stop_s: float
    amplitude_mm: float = 4.0
    left: float = 1.0
    """Share of the way that the left side goes: below 1 on a weak side."""
    right: float = 1.0

    def __post_init__(self) -> None:
        where = f"gesture at {self.start_s:g} s"
        require(self.kind in get_args(GestureKind), where, f"kind: {', '.join(get_args(GestureKind))}")
        require(min(self.left, self.right) >= 0 and max(self.left, self.right) <= 1, where, SHARES)
        require(self.stop_s - self.start_s >= 0.7, where, "must last at least 0.7 s (there and back)")
        require(0 < self.amplitude_mm <= 8, where, "amplitude_mm must be 0-8 mm")


@dataclass(frozen=True, slots=True)
class Turn:
    """The head turns somewhere, stays, and turns back."""

    start_s: float
    stop_s: float
    yaw_deg: float = 15.0
    """Positive: the nose goes to the subject's left."""
    pitch_deg: float = 0.0
    """Positive: up."""
    roll_deg: float = 0.0
    ramp_s: float = 0.5
    """Time of the way there, and of the way back."""

    def __post_init__(self) -> None:
        where = f"turn at {self.start_s:g} s"
        require(self.ramp_s > 0, where, "ramp_s must be positive")
        require(self.stop_s - self.start_s >= 2 * self.ramp_s, where, "must last at least two ramps")
        require(self.largest_deg <= LARGEST_TURN_DEG, where, f"up to {LARGEST_TURN_DEG:g} degrees")

    @property
    def largest_deg(self) -> float:
        """The largest of the three angles."""
        return max(abs(self.yaw_deg), abs(self.pitch_deg), abs(self.roll_deg))


@dataclass(frozen=True, slots=True)
class Acts:
    """All of a clip's acts of these kinds."""

    chewing: tuple[Chewing, ...] = ()
    yawns: tuple[Yawn, ...] = ()
    gestures: tuple[Gesture, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def largest_turn_deg(self) -> float:
        """The largest angle of any turn."""
        return max((t.largest_deg for t in self.turns), default=0.0)


NO_ACTS = Acts()
