"""How the acts move the face: jaw opening, lids, smooth bumps of skin, and the turn of the head at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.regions import INDEX
from twitchcam.synth.acts import Acts, Chewing, Gesture, Turn, Yawn
from twitchcam.synth.bump import Bump
from twitchcam.types import FloatArray

YAWN_RISE, YAWN_FALL = 0.45, 0.3
"""Parts of a yawn: a slow opening, a short stay, a quicker closing."""
YAWN_LIDS = 0.65
"""How far the eyes close in a yawn."""
GESTURE_RAMP_S = 0.35
SIDES = (("left", 1.0), ("right", -1.0))
GESTURES: dict[str, tuple[tuple[str, float, float, float], ...]] = {
    "pucker": (
        ("commissure", 28.0, -1.0, 0.0), ("upper_lip_mid", 14.0, 0.0, 0.25),
        ("lower_lip_mid", 14.0, 0.0, -0.25),
    ),
    "press": (
        ("commissure", 22.0, 0.3, -0.1), ("upper_lip_mid", 22.0, 0.0, -0.4),
        ("lower_lip_mid", 22.0, 0.0, 0.4), ("chin_mid", 26.0, 0.0, 0.5),
    ),
    "brows": (("brow", 34.0, 0.0, 1.0),),
    "snarl": (("upper_lip", 18.0, 0.0, 0.6), ("commissure", 22.0, 0.1, 0.5), ("cheek", 26.0, 0.0, 0.4)),
    "squeeze": (("brow", 30.0, -0.1, -0.4), ("cheek", 30.0, 0.0, 0.6)),
    "pull": (("commissure", 28.0, 0.7, 0.7),),
}  # fmt: skip
"""What each gesture moves: region (of both sides unless in the middle), radius in mm, and the parts of the
amplitude that go outwards and up."""


@dataclass(frozen=True, slots=True)
class Bite:
    """One cycle of chewing."""

    start_s: float
    length_s: float
    opening_mm: float
    side: float
    """Working side: 1 the subject's left, -1 the right."""


def bites(chewing: Chewing) -> tuple[Bite, ...]:
    """Return the cycles of a stretch of chewing; the working side changes every few cycles."""
    rng = np.random.default_rng([chewing.seed, 37])
    out: list[Bite] = []
    t, side = chewing.start_s, 1.0 if rng.random() < 0.5 else -1.0
    while True:
        length = float(np.clip(1 + 0.12 * rng.standard_normal(), 0.7, 1.4)) / chewing.hz
        size = chewing.opening_mm * float(np.clip(1 + 0.25 * rng.standard_normal(), 0.5, 1.4))
        if t + length > chewing.stop_s + 1e-6:
            return tuple(out)
        out.append(Bite(t, length, size, side))
        t += length
        if rng.random() < 0.25:
            side = -side


def between(t_s: float, start_s: float, stop_s: float, rise_s: float, fall_s: float) -> float:
    """Return 0 to 1: a smooth way there from `start_s` on, a stay, and a smooth way back until `stop_s`."""
    x = np.clip(min((t_s - start_s) / rise_s, (stop_s - t_s) / fall_s), 0.0, 1.0)
    return float(0.5 * (1 - np.cos(np.pi * x)))


class Acting:
    """A clip's acts on one face, whose regions lie at `sites_mm` (19, 2)."""

    def __init__(self, acts: Acts, sites_mm: FloatArray) -> None:
        self.acts = acts
        self.sites_mm = sites_mm
        self.bites = tuple((chewing, bites(chewing)) for chewing in acts.chewing)

    def opening_mm(self, t_s: float) -> float:
        """Return how far the lips are parted by yawns and by chewing with open lips."""
        wide = sum(y.opening_mm * _yawn(y, t_s) for y in self.acts.yawns)
        return wide + sum(_jaw(b, t_s) for c, cycles in self.bites if c.lips == "open" for b in cycles)

    def lids(self, t_s: float) -> float:
        """Return how far both eyes are closed, 0-1."""
        return YAWN_LIDS * max((_yawn(y, t_s) for y in self.acts.yawns), default=0.0)

    def turn_deg(self, t_s: float) -> FloatArray:
        """Return (yaw, pitch, roll)."""
        return np.asarray(sum((_turn(t, t_s) for t in self.acts.turns), start=np.zeros(3)))

    def bumps(self, t_s: float) -> list[Bump]:
        """Return the smooth movements of the skin."""
        out: list[Bump] = []
        for chewing, cycles in self.bites:
            for bite in cycles:
                out += self._bite(bite, _jaw(bite, t_s), chewing.lips == "closed")
        for yawn in self.acts.yawns:
            out += self._corners(-2.0 * _yawn(yawn, t_s), 0.0, 26.0)
        for gesture in self.acts.gestures:
            level = between(t_s, gesture.start_s, gesture.stop_s, GESTURE_RAMP_S, GESTURE_RAMP_S)
            out += self._gesture(gesture, gesture.amplitude_mm * level)
        return out

    def _bite(self, bite: Bite, jaw_mm: float, closed: bool) -> list[Bump]:
        """Chin and lower lip go down with the jaw and to the working side, whose cheek bulges."""
        if jaw_mm == 0.0:
            return []
        cheek = self._bump(
            "cheek_left" if bite.side > 0 else "cheek_right", 26.0, 0.3 * bite.side * jaw_mm, -0.1 * jaw_mm
        )
        aside = self._bump("chin_mid", 46.0, 0.25 * bite.side * jaw_mm, -jaw_mm if closed else 0.0)
        return [cheek, aside, *(self._corners(0.0, -0.15 * jaw_mm, 20.0) if closed else ())]

    def _gesture(self, gesture: Gesture, mm: float) -> list[Bump]:
        """A weak side goes its share of the way; what lies in the middle goes the mean of both."""
        if mm == 0.0:
            return []
        shares = {"left": gesture.left, "right": gesture.right, "mid": 0.5 * (gesture.left + gesture.right)}
        out = []
        for name, radius, dx, dy in GESTURES[gesture.kind]:
            middle = name.endswith("_mid")
            for side, sign in (("mid", 0.0),) if middle else SIDES:
                if way := shares[side] * mm:
                    region = name if middle else f"{name}_{side}"
                    out.append(self._bump(region, radius, sign * dx * way, dy * way))
        return out

    def _corners(self, out_mm: float, up_mm: float, radius_mm: float) -> list[Bump]:
        if out_mm == 0.0 and up_mm == 0.0:
            return []
        return [self._bump(f"commissure_{side}", radius_mm, sign * out_mm, up_mm) for side, sign in SIDES]

    def _bump(self, region: str, radius_mm: float, dx_mm: float, dy_mm: float) -> Bump:
        x, y = self.sites_mm[INDEX[region]]
        return Bump(float(x), float(y), radius_mm, dx_mm, dy_mm)


def _jaw(bite: Bite, t_s: float) -> float:
    phase = (t_s - bite.start_s) / bite.length_s
    return bite.opening_mm * float(np.sin(np.pi * phase) ** 2) if 0 < phase < 1 else 0.0


def _yawn(yawn: Yawn, t_s: float) -> float:
    length = yawn.stop_s - yawn.start_s
    return between(t_s, yawn.start_s, yawn.stop_s, YAWN_RISE * length, YAWN_FALL * length)


def _turn(turn: Turn, t_s: float) -> FloatArray:
    level = between(t_s, turn.start_s, turn.stop_s, turn.ramp_s, turn.ramp_s)
    return level * np.array([turn.yaw_deg, turn.pitch_deg, turn.roll_deg])
