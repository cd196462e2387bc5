"""A layer of paint over the face: colour and opacity on a grid of face millimetres, and tools to make one."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from twitchcam.synth.portrait import Portrait
from twitchcam.types import FloatArray

Texture = NDArray[np.float32]

LEFT_MM, TOP_MM, STEP_MM = -130.0, 90.0, 0.4
"""Upper left corner and pitch of the grid: finer than a pixel at 720p (0.6 mm)."""
SHAPE = (800, 650)
"""Rows, columns: 320 mm down, 260 mm across."""
AMBIENT = 0.55
CHEEKS = (50, 280, 205, 425)
"""Mesh points whose surroundings give the colour of the skin."""


@dataclass(frozen=True)
class Layer:
    """What is painted, at rest."""

    colour: Texture
    """(h, w, 3) RGB, 0-255."""
    opaque: Texture
    """(h, w) 0-1."""

    def over(self, picture: Texture, x_mm: FloatArray, y_mm: FloatArray) -> Texture:
        """Return the picture (h, w, 3) with this layer over it; (x_mm, y_mm) say which place each pixel
        shows.
        """
        # Ready-mixed, so that the colour of transparent places never shows at the edges.
        read = read_grid(np.dstack([self.colour * self.opaque[..., None], self.opaque]), x_mm, y_mm)
        return np.asarray(picture * (1 - read[..., 3:]) + read[..., :3], np.float32)


def read_grid(values: Texture, x_mm: FloatArray, y_mm: FloatArray) -> Texture:
    """Read a field on the grid at face millimetres; 0 beyond it."""
    col = ((x_mm - LEFT_MM) / STEP_MM).astype(np.float32)
    row = ((TOP_MM - y_mm) / STEP_MM).astype(np.float32)
    return np.asarray(
        cv2.remap(values, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32
    )


def grid_mm() -> tuple[Texture, Texture]:
    """Return the (x, y) places of the grid's nodes."""
    x, y = np.meshgrid(
        LEFT_MM + STEP_MM * np.arange(SHAPE[1], dtype=np.float32),
        TOP_MM - STEP_MM * np.arange(SHAPE[0], dtype=np.float32),
    )
    return x, y


def filled(outline_mm: FloatArray, soft_mm: float = 0.5) -> Texture:
    """Return 1 inside an outline (n, 2), 0 outside, with an edge `soft_mm` wide."""
    mask = np.zeros(SHAPE, np.float32)
    cv2.fillPoly(mask, [_to_grid(outline_mm)], (1.0,), cv2.LINE_AA, shift=4)
    return soften(mask, soft_mm)


def line(points_mm: FloatArray, width_mm: float, soft_mm: float = 0.3) -> Texture:
    """Return 1 along an open line (n, 2)."""
    mask = np.zeros(SHAPE, np.float32)
    thick = max(1, round(width_mm / STEP_MM))
    cv2.polylines(mask, [_to_grid(points_mm)], False, (1.0,), thick, cv2.LINE_AA, shift=4)
    return soften(mask, soft_mm)


def soften(values: Texture, sd_mm: float) -> Texture:
    """Return values blurred by a Gaussian of `sd_mm`."""
    return np.asarray(cv2.GaussianBlur(values, (0, 0), max(sd_mm / STEP_MM, 0.3)), np.float32)


def _to_grid(points_mm: FloatArray) -> NDArray[np.int32]:
    col, row = (points_mm[:, 0] - LEFT_MM) / STEP_MM, (TOP_MM - points_mm[:, 1]) / STEP_MM
    return np.asarray(np.round(np.column_stack([col, row]) * 16).astype(np.int32))


def rough(rng: np.random.Generator, size_mm: float, *, across: float = 1.0) -> Texture:
    """Return smooth noise of standard deviation 1 with features of `size_mm`, `across` times as wide."""
    h, w = SHAPE
    small = rng.standard_normal((max(4, round(h * STEP_MM / size_mm)),
                                 max(4, round(w * STEP_MM / (size_mm * across)))))  # fmt: skip
    big = cv2.resize(small.astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    return np.asarray(big / max(float(big.std()), 1e-6), np.float32)


def shade(height_mm: Texture, side: float = 0.2) -> Texture:
    """Return the brightness of a matt surface of this height, lit from above and in front; 1 = facing it."""
    across = cv2.Sobel(height_mm, cv2.CV_32F, 1, 0, scale=1 / 8) / STEP_MM
    down = cv2.Sobel(height_mm, cv2.CV_32F, 0, 1, scale=1 / 8) / STEP_MM
    light = np.array([side, 0.45, 0.85]) / np.linalg.norm([side, 0.45, 0.85])
    facing = (-across * light[0] + down * light[1] + light[2]) / np.sqrt(across**2 + down**2 + 1)
    return np.asarray(AMBIENT + (1 - AMBIENT) * np.clip(facing, 0, None) / light[2], np.float32)


def skin_colour(portrait: Portrait) -> FloatArray:
    """Return the (3,) median colour of the cheeks."""
    reach = max(2, round(0.05 * portrait.eye_distance_px))
    patches = []
    for x, y in portrait.points_px[list(CHEEKS), :2].round().astype(int):
        patches.append(portrait.image[y - reach : y + reach, x - reach : x + reach].reshape(-1, 3))
    return np.asarray(np.median(np.concatenate(patches), axis=0), float)


def painted(colour: FloatArray, brightness: Texture, opaque: Texture) -> Layer:
    """Return a layer of one colour (3,) or a field of colours (h, w, 3) under a brightness."""
    field = np.broadcast_to(colour, (*SHAPE, 3)) * brightness[..., None]
    return Layer(np.clip(field, 0, 255).astype(np.float32), np.clip(opaque, 0, 1).astype(np.float32))


def with_shadow(layer: Layer, drop_mm: float = 2.5, depth: float = 0.4) -> Layer:
    """Return the layer with the shadow that it casts on the face around and below it."""
    rows = max(1, round(drop_mm / STEP_MM))
    around = np.zeros_like(layer.opaque)
    around[rows:] = soften(layer.opaque, 1.4 * drop_mm)[:-rows]
    dark = depth * np.clip(around, 0, 1) * (1 - layer.opaque)
    total = layer.opaque + dark
    colour = layer.colour * (layer.opaque / np.maximum(total, 1e-6))[..., None]
    return Layer(np.asarray(colour, np.float32), np.asarray(total, np.float32))
