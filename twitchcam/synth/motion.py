"""What moves at a time t, as the few numbers that the warp needs: bumps, lids, mouth, head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.regions import INDEX
from twitchcam.synth import timing
from twitchcam.synth.acting import Acting
from twitchcam.synth.bump import Bump as Bump
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.spec import Clip, Twitch
from twitchcam.types import FloatArray

LIDS = ("upper_eyelid_left", "upper_eyelid_right", "lower_eyelid_left", "lower_eyelid_right")
EYES = ("left", "right")


@dataclass(frozen=True, slots=True)
class LidPush:
    """A vertical movement of the skin of one lid that leaves the eyeball and the other lid alone."""

    x_mm: float
    y_mm: float
    radius_mm: float
    dy_mm: float


@dataclass(frozen=True, slots=True)
class State:
    """The scene at one time; lengths relative to the head at rest."""

    bumps: tuple[Bump, ...]
    closure: dict[str, float]
    """By eye: 0 open to 1 closed by a blink."""
    upper_lid: dict[str, tuple[LidPush, ...]]
    lower_lid: dict[str, tuple[LidPush, ...]]
    opening_mm: float
    """Of the mouth, from the jaw."""
    head_mm: tuple[float, float, float]
    turn_deg: tuple[float, float, float]
    shake_mm: tuple[float, float]


class Script:
    """A clip's movements on one portrait. `state(t)` depends on nothing but t."""

    def __init__(self, clip: Clip, portrait: Portrait) -> None:
        self.clip = clip
        self.sites_mm = portrait.sites_mm()
        self.pulses = tuple(timing.twitch_pulses(t) for t in clip.twitches)
        self._from_to_s = np.array([(p[0].onset_s, p[-1].offset_s) for p in self.pulses if p]).reshape(-1, 2)
        self._driven = [i for i, p in enumerate(self.pulses) if p]
        self.syllables = tuple(s for speech in clip.speech for s in timing.speech_syllables(speech))
        self.acting = Acting(clip.acts, self.sites_mm)
        self._sway = timing.slow_noise(clip.duration_s, 6, clip.sway.seed)
        self._shake = timing.slow_noise(clip.duration_s, 2, clip.camera.seed + 1)

    def head(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (position (n, 3) mm, turn (n, 3) degrees) of the head."""
        value = self._sway(t_s)
        turned = np.array([self.acting.turn_deg(float(t)) for t in t_s]).reshape(-1, 3)
        place = value[:, :3] * self.clip.sway.mm * np.array([1.0, 1.0, 0.5])
        return place, value[:, 3:] * self.clip.sway.deg + turned

    def state(self, t_s: float) -> State:
        """Return the scene at media time `t_s`."""
        t = np.array([t_s])
        bumps: list[Bump] = []
        pushes: dict[str, list[LidPush]] = {name: [] for name in LIDS}
        # a clip of a minute has hundreds of twitches, of which few move at any one time
        for k in np.flatnonzero((self._from_to_s[:, 0] <= t_s) & (t_s <= self._from_to_s[:, 1])):
            twitch, pulses = self.clip.twitches[self._driven[k]], self.pulses[self._driven[k]]
            value = float(timing.pulse_value(pulses, twitch.waveform, t)[0])
            if value != 0.0:
                self._add_twitch(twitch, value, bumps, pushes)
        opening, widening = (float(v[0]) for v in timing.speech_level(self.syllables, t))
        bumps += self._corners((widening, widening), 0.0, 22.0)
        bumps += self._smile(*(float(timing.smile_level(self.clip.smiles, t, side)[0]) for side in EYES))
        bumps += self.acting.bumps(t_s)
        lids = self.acting.lids(t_s)
        head_mm, turn = self.head(t)
        shake = self._shake(t)[0] * self.clip.camera.shake_mm
        return State(
            bumps=tuple(bumps),
            closure={
                side: max(lids, float(timing.blink_closure(self.clip.blinks, side, t)[0])) for side in EYES
            },
            upper_lid={side: tuple(pushes[f"upper_eyelid_{side}"]) for side in EYES},
            lower_lid={side: tuple(pushes[f"lower_eyelid_{side}"]) for side in EYES},
            opening_mm=opening + self.acting.opening_mm(t_s),
            head_mm=(float(head_mm[0, 0]), float(head_mm[0, 1]), float(head_mm[0, 2])),
            turn_deg=(float(turn[0, 0]), float(turn[0, 1]), float(turn[0, 2])),
            shake_mm=(float(shake[0]), float(shake[1])),
        )

    def _add_twitch(
        self, twitch: Twitch, value: float, bumps: list[Bump], pushes: dict[str, list[LidPush]]
    ) -> None:
        x, y = (float(v) for v in self.sites_mm[INDEX[twitch.site]])
        angle, radius = np.deg2rad(twitch.direction_deg), 2 * twitch.spread_mm
        dx, dy = value * float(np.cos(angle)), value * float(np.sin(angle))
        if twitch.site in pushes:
            pushes[twitch.site].append(LidPush(x, y, radius, dy))
            dy = 0.0
        if abs(dx) > 1e-9 or abs(dy) > 1e-9:
            bumps.append(Bump(x, y, radius, dx, dy))

    def _corners(self, out_mm: tuple[float, float], up: float, radius_mm: float) -> list[Bump]:
        """Move the left and the right corner outwards by these lengths, and up by `up` times as much."""
        bumps: list[Bump] = []
        for side, sign, out in zip(EYES, (1.0, -1.0), out_mm, strict=True):
            if out != 0.0:
                x, y = self.sites_mm[INDEX[f"commissure_{side}"]]
                bumps.append(Bump(float(x), float(y), radius_mm, sign * out, up * out))
        return bumps

    def _smile(self, left_mm: float, right_mm: float) -> list[Bump]:
        """Corners along 47 degrees (Schmidt and others 2003), cheeks after them."""
        bumps = self._corners((0.68 * left_mm, 0.68 * right_mm), 0.73 / 0.68, 34.0)
        for side, sign, level in zip(EYES, (1.0, -1.0), (left_mm, right_mm), strict=True):
            if level != 0.0:
                x, y = self.sites_mm[INDEX[f"cheek_{side}"]]
                bumps.append(Bump(float(x), float(y), 30.0, sign * 0.12 * level, 0.2 * level))
        return bumps
