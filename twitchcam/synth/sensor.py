"""What the sensor and the phone make of the light: noise, its reduction, the grey of a night camera."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.front.anatomy import EYES, OVAL
from twitchcam.synth.camera import Camera
from twitchcam.synth.portrait import LEFT_IRIS, RIGHT_IRIS, Portrait
from twitchcam.types import Image

Texture = NDArray[np.float32]
SMEAR_PX = 1.6
"""Reach of the noise reduction (Gaussian sd)."""
PALE, CONTRAST = 168.0, 0.5
"""Grey of the skin in near infrared, where melanin hardly absorbs, and what is left of its contrast."""
PUPIL = 0.45
"""Radius of the pupil over the iris's, in the dark."""


class Sensor:
    """Adds a camera's noise to pictures without any; the same number gives the same noise."""

    def __init__(self, camera: Camera) -> None:
        self.camera = camera
        self._bank = _noise_bank(camera)

    def expose(self, light: Texture, number: int) -> Image:
        """Return the (h, w, 3) uint8 picture of (h, w, 3) `light` in grey levels."""
        if self.camera.infrared:
            light = np.repeat(light.mean(axis=2, keepdims=True), 3, axis=2)
        out = self._with_noise(light, number)
        if self.camera.smear == 0:
            return out
        smear = self.camera.smear
        return np.asarray(cv2.bilateralFilter(out, 7, smear, SMEAR_PX), np.uint8)

    def _with_noise(self, light: Texture, number: int) -> Image:
        """Add the frame's own cut of the noise bank and round to 8 bits."""
        if self._bank is None:
            return cv2.convertScaleAbs(np.maximum(light, 0))  # type: ignore[return-value]
        h, w = light.shape[:2]
        camera = self.camera
        dy, dx = np.random.default_rng([camera.seed, 23, number]).integers(0, 256, 2)
        noise = self._bank[dy : dy + h, dx : dx + w]
        if camera.shot > 0:
            # Electrons arrive as Poisson counts: their variance grows with the light.
            noise = noise * np.sqrt(camera.noise**2 + camera.shot * np.maximum(light, 0))
        return cv2.add(light, noise, dtype=cv2.CV_8U)  # type: ignore[return-value]


def _noise_bank(camera: Camera) -> Texture | None:
    """Noise of the camera's own size, of unit size where it depends on the light."""
    if camera.noise == 0 and camera.shot == 0:
        return None
    w, h = camera.size
    rng = np.random.default_rng([camera.seed, 19])
    bank = rng.standard_normal((h + 255, w + 255, 3), dtype=np.float32)
    if camera.infrared:
        bank = np.repeat(bank[..., :1], 3, axis=2)
    return bank if camera.shot > 0 else bank * np.float32(camera.noise)


def infrared(portrait: Portrait) -> Portrait:
    """Return the portrait as a night camera shows it: grey, pale skin, dark pupils, little contrast."""
    grey = portrait.image.astype(np.float32) @ np.array([0.7, 0.3, 0.0], np.float32)
    face = np.zeros(grey.shape, np.uint8)
    cv2.fillConvexPoly(face, portrait.points_px[list(OVAL), :2].astype(np.int32), (1.0,))
    pale = PALE + CONTRAST * (grey - float(np.median(grey[face > 0])))
    eyes = np.zeros(grey.shape, np.uint8)
    for outline in EYES:
        cv2.fillConvexPoly(eyes, portrait.points_px[list(outline), :2].astype(np.int32), (1.0,))
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]].astype(np.float32)
    for first in (LEFT_IRIS, RIGHT_IRIS):
        centre = portrait.points_px[first, :2]
        rim = portrait.points_px[first + 1 : first + 5, :2]
        radius = PUPIL * float(np.linalg.norm(rim - centre, axis=1).mean())
        shade = np.clip(radius - np.hypot(x - centre[0], y - centre[1]) + 0.5, 0, 1) * eyes
        pale = pale * (1 - shade) + 25.0 * shade
    image = np.repeat(np.clip(pale, 12, 245).astype(np.uint8)[..., None], 3, axis=2)
    return replace(portrait, image=np.ascontiguousarray(image))
