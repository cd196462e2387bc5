"""What is worn on the face: masks, a scarf, beards, glasses, lipstick."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.special import expit

from twitchcam.front.anatomy import EYES, MOUTH_INTERIOR, OUTER_LIPS
from twitchcam.synth.covers.layer import (
    LEFT_MM,
    SHAPE,
    STEP_MM,
    TOP_MM,
    Layer,
    Texture,
    filled,
    grid_mm,
    line,
    painted,
    rough,
    shade,
    soften,
    with_shadow,
)
from twitchcam.synth.portrait import Portrait
from twitchcam.types import FloatArray

CLOTHS = (
    (232, 236, 240), (150, 195, 220), (28, 28, 32), (60, 75, 110), (214, 170, 148), (178, 60, 66),
    (120, 130, 90), (205, 190, 165), (240, 180, 190), (90, 62, 48),
)  # fmt: skip
"""White, surgical blue, black, navy, skin-coloured, red, olive, sand, pink, brown."""
HAIRS = ((24, 20, 18), (52, 36, 26), (96, 68, 44), (140, 84, 46), (150, 146, 142), (212, 208, 202))
"""Black, dark brown, brown, red, grey, white."""
BELOW_OVAL = (132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361)
"""The jaw from the subject's right ear to the left."""
CHEEK_EDGE = {"right": (234, 116, 117, 118), "left": (347, 346, 345, 454)}
"""From the ear to the nose, below the eye, and back on the other side."""


def mask(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A face mask from the bridge of the nose to below the chin: pleated, cloth or moulded."""
    points = portrait.landmarks_mm()
    outline = _mask_outline(points[:, :2], rng)
    opaque = filled(outline, 0.5)
    kind = str(rng.choice(["pleated", "cloth", "moulded"]))
    x, y = grid_mm()
    middle = points[[2, 17], :2].mean(axis=0)
    height = _dome(x, y, middle, 66.0, 62.0, 26.0 if kind != "moulded" else 36.0)
    height += soften(rough(rng, 9.0), 2.0) * (1.2 if kind == "cloth" else 0.5)
    if kind == "pleated":
        height += _pleats(y, middle, rng)
    if kind == "cloth" and rng.random() < 0.6:
        height -= 1.4 * np.exp(-(((x - middle[0]) / 0.9) ** 2))
    nose = points[[6, 197, 195, 5, 4, 1], :2]
    height += 5.0 * soften(line(nose, 10.0), 4.0)
    weave = 1 + 0.025 * rough(rng, 0.8) + 0.02 * rough(rng, 3.0)
    colours = _pattern(np.array(CLOTHS[int(rng.integers(len(CLOTHS)))], float), rng)
    layer = painted(colours, shade(height, float(rng.uniform(-0.4, 0.4))) * weave, opaque)
    return with_shadow(_with_loops(layer, points, outline), 1.8, 0.35)


def _mask_outline(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Closed outline (n, 2) of a mask, larger or smaller by chance."""
    top_nose = points[6] * 0.4 + points[197] * 0.6 - [0.0, rng.uniform(0, 10)]
    slack = rng.uniform(-7, 2)
    right = points[list(CHEEK_EDGE["right"])] + [0.0, slack - 8]
    left = points[list(CHEEK_EDGE["left"])] + [0.0, slack - 8]
    inward = rng.uniform(0.80, 0.97)
    right[:2, 0] *= inward
    left[-2:, 0] *= inward
    jaw = points[list(BELOW_OVAL)]
    centre = points[[2, 17]].mean(axis=0)
    jaw = centre + (jaw - centre) * [rng.uniform(0.93, 1.03), rng.uniform(1.0, 1.12)]
    return np.concatenate([right, top_nose[None], left, jaw[::-1]])


def _dome(x: Texture, y: Texture, at: FloatArray, rx: float, ry: float, height: float) -> Texture:
    r2 = ((x - at[0]) / rx) ** 2 + ((y - at[1]) / ry) ** 2
    return np.asarray(height * np.sqrt(np.clip(1.3 - r2, 0.02, None)), np.float32)


def _pleats(y: Texture, middle: FloatArray, rng: np.random.Generator) -> Texture:
    """Three folds across, each a step that falls towards the chin."""
    out = np.zeros_like(y)
    for k in range(3):
        at = middle[1] + 14 - 14 * k + rng.uniform(-3, 3) + 0.8 * rough(rng, 25.0)
        out += rng.uniform(0.8, 1.8) * expit((y - at) / rng.uniform(0.4, 0.9))
    return np.asarray(out, np.float32)


def _pattern(base: FloatArray, rng: np.random.Generator) -> FloatArray:
    x, y = grid_mm()
    draw = rng.random()
    other = np.array(CLOTHS[int(rng.integers(len(CLOTHS)))], float)
    if draw < 0.6:
        return base
    if draw < 0.75:
        mix = 0.5 + 0.5 * np.sign(np.sin((x * np.cos(draw * 40) + y * np.sin(draw * 40)) / 1.6))
    elif draw < 0.88:
        mix = (np.hypot((x + 200) % 9 - 4.5, (y + 200) % 9 - 4.5) < 2.0).astype(np.float32)
    else:
        mix = (rough(rng, 7.0) > 0.4).astype(np.float32)
    mix = soften(np.asarray(mix, np.float32), 0.4)[..., None]
    return np.asarray(base * (1 - mix) + other * mix)


def _with_loops(layer: Layer, points: FloatArray, outline: FloatArray) -> Layer:
    """The bands that run from the mask's corners to the ears."""
    bands = np.zeros(SHAPE, np.float32)
    for corner, ear in ((outline[0], points[127, :2]), (outline[8], points[356, :2])):
        bands = np.maximum(bands, line(np.array([corner, ear * [1.04, 1.0]]), 2.4))
    free = bands * (1 - layer.opaque)
    total = layer.opaque + free
    colour = (layer.colour * layer.opaque[..., None] + 215 * free[..., None]) / np.maximum(total, 1e-6)[
        ..., None
    ]
    return Layer(np.asarray(colour, np.float32), total)


def scarf(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A woollen scarf pulled up over mouth and chin."""
    points = portrait.landmarks_mm()[:, :2]
    x, y = grid_mm()
    top = points[2, 1] - 3 + rng.uniform(-2, 10) + 5 * (x / 60) ** 2 + 1.5 * rough(rng, 18.0)
    opaque = expit((top - y) / 0.6)
    tilt = rng.uniform(-0.5, 0.5)
    folds = 4.0 * soften(rough(rng, 9.0, across=6.0), 1.5) + 1.5 * np.sin((y + tilt * x) / rng.uniform(3, 6))
    wool = 1 + 0.10 * rough(rng, 0.9) + 0.05 * rough(rng, 2.0)
    colours = _pattern(np.array(CLOTHS[int(rng.integers(len(CLOTHS)))], float), rng)
    height = _dome(x, y, points[17], 95.0, 110.0, 40.0) + np.asarray(folds, np.float32)
    return with_shadow(painted(colours, shade(height, float(rng.uniform(-0.4, 0.4))) * wool,
                               np.asarray(opaque, np.float32)), 2.0, 0.4)  # fmt: skip


def beard(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A full beard with moustache; the lips stay free but for some hairs."""
    points = portrait.landmarks_mm()[:, :2]
    jaw = points[list(BELOW_OVAL)]
    centre = points[[2, 17]].mean(axis=0)
    lower = centre + (jaw - centre) * [1.0, rng.uniform(1.05, 1.35)]
    cheeks = points[[361, 411, 425, 327, 2, 98, 205, 187, 132]] * [1.0, 1.0]
    cheeks[[1, 2, 6, 7]] -= [0.0, rng.uniform(6, 14)]
    cheeks[[3, 4, 5]] -= [0.0, rng.uniform(2, 5)]
    where = filled(np.concatenate([lower, cheeks]), 3.0)
    return _hair(where * _free_of_lips(points, rng), points, rng, float(rng.uniform(5, 12)), 0.6)


def moustache(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A moustache that may hang over the upper lip."""
    points = portrait.landmarks_mm()[:, :2]
    drop = rng.uniform(0.0, 4.0)
    upper = points[[61, 40, 37, 0, 267, 270, 291]] - [0.0, drop]
    upper[[0, -1]] += [[-5.0, -2.0], [5.0, -2.0]]
    under_nose = points[[426, 327, 2, 98, 206]] - [0.0, 3.0]
    where = filled(np.concatenate([upper, under_nose]), 1.5)
    return _hair(where, points, rng, float(rng.uniform(4, 9)), 0.6)


def stubble(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """Some days without shaving."""
    points = portrait.landmarks_mm()[:, :2]
    cheeks = points[[361, 411, 425, 327, 2, 98, 205, 187, 132]] - [0.0, 4.0]
    where = filled(np.concatenate([points[list(BELOW_OVAL)] * [1.0, 1.04], cheeks]), 5.0)
    return _hair(where * _free_of_lips(points, rng), points, rng, 1.4, 0.25)


def _free_of_lips(points: FloatArray, rng: np.random.Generator) -> Texture:
    grow = rng.uniform(0.98, 1.08)
    lips = points[list(OUTER_LIPS)]
    middle = lips.mean(axis=0)
    return np.asarray(1 - 0.93 * filled(middle + (lips - middle) * grow, 0.8), np.float32)


def _hair(
    where: Texture, points: FloatArray, rng: np.random.Generator, length_mm: float, ground: float
) -> Layer:
    """Strands that fall away from the middle of the mouth, drawn one by one on a darkened ground."""
    base = np.array(HAIRS[int(rng.integers(len(HAIRS)))], float)
    rows, cols = np.nonzero(where > 0.25)
    count = min(len(rows), int(len(rows) * 0.05))
    pick = rng.choice(len(rows), count, replace=False)
    x, y = LEFT_MM + STEP_MM * cols[pick], TOP_MM - STEP_MM * rows[pick]
    middle = points[[13, 14]].mean(axis=0)
    angle = np.arctan2(-28.0 - 0.2 * np.abs(y - middle[1]), 0.9 * (x - middle[0])) + rng.normal(
        0, 0.25, count
    )
    reach = length_mm * rng.uniform(0.5, 1.0, count)
    ends = np.column_stack([x + reach * np.cos(angle), y + reach * np.sin(angle)])
    tone = base[None] * rng.uniform(0.55, 1.5, count)[:, None]
    colour = np.full((*SHAPE, 3), base, np.float32)
    drawn = np.zeros(SHAPE, np.float32)
    starts = np.column_stack([cols[pick], rows[pick]])
    stops = np.column_stack([(ends[:, 0] - LEFT_MM) / STEP_MM, (TOP_MM - ends[:, 1]) / STEP_MM])
    for a, b, c in zip(starts.tolist(), stops.tolist(), tone.tolist(), strict=True):
        ends_px = (round(a[0] * 8), round(a[1] * 8)), (round(b[0] * 8), round(b[1] * 8))
        cv2.line(colour, *ends_px, c, 1, cv2.LINE_AA, 3)
        cv2.line(drawn, *ends_px, (1.0,), 1, cv2.LINE_AA, 3)
    reached = np.clip(1.6 * soften(where, 1.0), 0, 1)
    opaque = np.clip(np.maximum(drawn * reached, ground * where), 0, 0.96)
    return Layer(np.clip(colour, 0, 255), np.asarray(opaque, np.float32))


def _lenses(portrait: Portrait, rng: np.random.Generator) -> list[FloatArray]:
    """Outlines (80, 2) of both lenses, left first: round to nearly square."""
    square, half = rng.uniform(2.0, 5.0), np.array([rng.uniform(23, 28), rng.uniform(14, 22)])
    angle = np.linspace(0, 2 * np.pi, 80)
    round_ = np.column_stack([np.cos(angle), np.sin(angle)])
    shape = np.sign(round_) * np.abs(round_) ** (2 / square) * half
    points = portrait.landmarks_mm()[:, :2]
    return [shape + points[list(eye)].mean(axis=0) - [0.0, 2.0] for eye in EYES]


def glasses(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A frame, thin or thick, with lightly tinted lenses."""
    points = portrait.landmarks_mm()[:, :2]
    curves = _lenses(portrait, rng)
    thick = float(rng.uniform(1.0, 6.0))
    frame, tint = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    for curve in curves:
        frame = np.maximum(frame, line(curve, thick))
        tint = np.maximum(tint, filled(curve))
    (lx, ly), (rx, ry) = (curve[:-1].mean(axis=0) for curve in curves)
    half = float(np.ptp(curves[0][:, 0])) / 2
    bars = [np.array([[rx + half, ry + 3], [(lx + rx) / 2, (ly + ry) / 2 + 6], [lx - half, ly + 3]])]
    for x, y, ear, side in ((lx, ly, points[356], 1), (rx, ry, points[127], -1)):
        bars.append(np.array([[x + side * half, y + 4], [ear[0] + 4 * side, y + 3]]))
    for bar in bars:
        frame = np.maximum(frame, line(bar, max(thick, 2.0)))
    colour = np.array(
        [(18, 18, 20), (90, 60, 35), (170, 172, 176), (120, 20, 30)][int(rng.integers(4))], float
    )
    tinted = tint * rng.uniform(0.0, 0.12) * (1 - frame)
    layer = painted(colour, 1 + 0.05 * rough(rng, 6.0), frame + tinted)
    return with_shadow(layer, 1.2, 0.2)


def mirrored_window(portrait: Portrait, rng: np.random.Generator) -> tuple[Texture, Texture]:
    """Return where the lenses of `glasses` with the same `rng` are, and the bright window that they mirror
    (it stays in its place while the head moves).
    """
    lenses, window = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    curves = _lenses(portrait, rng)
    size, turn = rng.uniform(5, 11, 2), rng.uniform(-0.4, 0.4)
    at = rng.uniform([-10, -5], [10, 8])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size
    corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    for curve in curves:
        lenses = np.maximum(lenses, filled(curve))
        window = np.maximum(window, filled(curve[:-1].mean(axis=0) + at + corners, 0.8))
    return lenses, np.asarray(window * rng.uniform(0.35, 0.8), np.float32)


def lipstick(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """Painted lips, from pale to nearly black."""
    points = portrait.landmarks_mm()[:, :2]
    lips = filled(points[list(OUTER_LIPS)], 0.5) - filled(points[list(MOUTH_INTERIOR)], 0.4)
    shades = ((170, 20, 40), (120, 10, 50), (200, 110, 110), (60, 10, 30), (215, 165, 150))
    colour = np.array(shades[int(rng.integers(len(shades)))], float)
    return painted(colour, 1 + 0.08 * rough(rng, 1.5), np.clip(lips, 0, 1) * rng.uniform(0.5, 0.85))
