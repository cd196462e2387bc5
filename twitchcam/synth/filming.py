"""How the picture is filmed at a time: the hand that holds the camera, the lens that hunts, the light by
row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from twitchcam.synth import timing
from twitchcam.synth.camera import Camera
from twitchcam.types import FloatArray


@dataclass(frozen=True)
class View:
    """Where the rest picture lies in the frame: turned and scaled about its middle, then shifted."""

    middle_px: tuple[float, float]
    shift_px: FloatArray
    turn_deg: float = 0.0
    scale: float = 1.0

    @property
    def still(self) -> bool:
        """Tell whether the picture lies where it lies at rest."""
        return not self.shift_px.any() and self.turn_deg == 0 and self.scale == 1

    @property
    def matrix(self) -> FloatArray:
        """(2, 3) from the rest picture to the frame."""
        angle = np.deg2rad(self.turn_deg)
        c, s = self.scale * np.cos(angle), self.scale * np.sin(angle)
        linear = np.array([[c, -s], [s, c]])
        middle = np.array(self.middle_px)
        return np.hstack([linear, (middle + self.shift_px - linear @ middle)[:, None]])

    def back(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the places in the rest picture of places in the frame."""
        if self.turn_deg == 0 and self.scale == 1:
            return x - self.shift_px[0], y - self.shift_px[1]
        m = self.matrix
        linear = np.linalg.inv(m[:, :2])
        dx, dy = x - m[0, 2], y - m[1, 2]
        return linear[0, 0] * dx + linear[0, 1] * dy, linear[1, 0] * dx + linear[1, 1] * dy


class Filming:
    """A clip's camera over time. Depends on nothing but the time asked for."""

    def __init__(self, camera: Camera, duration_s: float) -> None:
        self.camera = camera
        self._steady = replace(camera, flicker=0.0)
        self._roll = timing.slow_noise(duration_s, 1, camera.seed + 2)
        w, h = camera.size
        self._middle = ((w - 1) / 2, (h - 1) / 2)

    def view(self, t_s: float, shift_px: FloatArray) -> View:
        """Return how the frame at `t_s` shows the scene; the hand's shift is given."""
        camera, swing = self.camera, self._swing(t_s)
        roll = float(self._roll(np.array([t_s]))[0, 0]) * camera.shake_deg if camera.shake_deg else 0.0
        return View(self._middle, shift_px, roll, 1 + camera.breathing.magnify * swing)

    def blur_px(self, t_s: float) -> float:
        """Return the blur (Gaussian sd) that the hunting lens adds."""
        return self.camera.breathing.blur_px * self._swing(t_s) ** 2

    def _swing(self, t_s: float) -> float:
        return float(np.sin(2 * np.pi * t_s / self.camera.breathing.period_s))

    def shutter_s(self, t_s: float) -> float:
        """Return how long the shutter is open."""
        camera = self.camera
        slow = camera.slow_from_s is not None and t_s >= camera.slow_from_s
        return (2 if slow else 1) * camera.exposure_fraction / camera.fps

    def light(self, t_s: float) -> FloatArray:
        """Return the factors (h, 1, 1) on the rows' grey levels; (1, 1, 1) when all rows have the same.

        Lamps on alternating current swing at twice the mains frequency; the shutter averages over its time,
        and a rolling one meets each row at another phase.
        """
        camera = self.camera
        steady = timing.brightness(self._steady, t_s)
        rows = camera.size[1] if camera.rolling_s > 0 and camera.flicker > 0 else 1
        at = t_s + camera.rolling_s * (np.arange(rows) / max(1, rows - 1) - 0.5 * (rows > 1))
        depth = camera.flicker * np.sinc(camera.flicker_hz * self.shutter_s(t_s))
        gain = steady * (1 + depth * np.sin(2 * np.pi * camera.flicker_hz * at))
        return np.asarray(gain[:, None, None], np.float32)

    def taken(self, number: int) -> int:
        """Return the number of the picture that frame `number` shows: a slower camera's are repeated."""
        return number - number % self.camera.repeat
