"""What is held before the mouth: hands, cups, food, telephones, a microphone."""

from __future__ import annotations

import numpy as np

from twitchcam.synth.covers.layer import (
    SHAPE,
    Layer,
    Texture,
    filled,
    grid_mm,
    line,
    painted,
    rough,
    shade,
    skin_colour,
    soften,
    with_shadow,
)
from twitchcam.synth.portrait import Portrait
from twitchcam.types import FloatArray

Rod = tuple[FloatArray, FloatArray, float]
"""Two ends (2,) and a radius, mm."""


def _by(right_mm: float, up_mm: float) -> FloatArray:
    return np.array([right_mm, up_mm])


def rods_height(rods: list[Rod]) -> tuple[Texture, Texture]:
    """Return the height and the coverage of round rods lying side by side; later ones are not higher."""
    x, y = grid_mm()
    height, cover = np.zeros(SHAPE, np.float32), np.zeros(SHAPE, np.float32)
    for a, b, r in rods:
        along = b - a
        length2 = float(along @ along)
        u = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(length2, 1e-6), 0, 1)
        d = np.hypot(x - a[0] - u * along[0], y - a[1] - u * along[1])
        height = np.maximum(height, np.sqrt(np.clip(r * r - d * d, 0, None)))
        cover = np.maximum(cover, np.clip((r - d) / 0.6 + 0.5, 0, 1))
    return height.astype(np.float32), cover.astype(np.float32)


def _skin(
    portrait: Portrait, rng: np.random.Generator, height: Texture, cover: Texture, marks: Texture
) -> Layer:
    """Skin of the person's own colour over a height; `marks` (creases) darken it."""
    colour = skin_colour(portrait) * rng.uniform(0.82, 1.12) * rng.normal(1, 0.03, 3)
    tone = 1 + 0.05 * soften(rough(rng, 8.0), 1.0) + 0.025 * rough(rng, 1.2)
    light = shade(soften(height, 0.8), float(rng.uniform(-0.5, 0.5)))
    return with_shadow(painted(colour, light * tone * (1 - 0.35 * marks), cover), 3.0, 0.45)


def _fingers(
    knuckles: FloatArray, tips: FloatArray, radius: float, rng: np.random.Generator
) -> tuple[list[Rod], Texture]:
    """Rods from knuckles (n, 2) to tips (n, 2), and creases at the joints."""
    rods: list[Rod] = []
    marks = np.zeros(SHAPE, np.float32)
    for a, b in zip(knuckles, tips, strict=True):
        bend = a + (b - a) * 0.5 + rng.normal(0, 1.0, 2)
        r = radius * float(rng.uniform(0.92, 1.06))
        rods += [(a, bend, r), (bend, b, 0.93 * r)]
        across = np.array([-(b - a)[1], (b - a)[0]]) / np.linalg.norm(b - a)
        for share in (0.48, 0.52, 0.78):
            at = a + (b - a) * share
            marks = np.maximum(
                marks, line(np.array([at - across * 0.6 * r, at + across * 0.6 * r]), 0.8, 0.5)
            )
    return rods, marks


def hand(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A hand over the mouth: fingers across it, a palm against it, a fist before it, or fingertips on it."""
    mouth = portrait.landmarks_mm()[[13, 14], :2].mean(axis=0) + rng.normal(0, [3.0, 2.5])
    side = float(rng.choice([-1.0, 1.0]))
    pose = str(rng.choice(["across", "palm", "fist", "tips"]))
    radius = float(rng.uniform(7.0, 9.0))
    span = np.array([1.5, 0.5, -0.5, -1.5])
    if pose == "across":
        tilt = rng.uniform(-0.35, 0.35)
        along = np.array([np.cos(tilt) * side, np.sin(tilt)])
        over = np.array([-along[1] * side, along[0] * side])
        rows = mouth + span[:, None] * 1.92 * radius * over
        tips = rows - along * (24 + rng.uniform(-3, 7, (4, 1)))
        knuckles = rows + along * 62
        palm = [(mouth + along * 74 + over * 8, mouth + along * 74 - over * 18, 26.0)]
        arm = [(mouth + along * 80 - over * 10, mouth + np.array([side * 95.0, -150.0]), 27.0)]
    elif pose == "palm":
        over = np.array([1.0, 0.0])
        rows = mouth + span[:, None] * 2.0 * radius * over + _by(side * 6.0, 0.0)
        knuckles, tips = rows + _by(0.0, -8.0), rows + np.column_stack([span * 3, [22.0, 28, 30, 24]])
        palm = [(mouth + _by(-10.0, -16.0), mouth + _by(12.0, -18.0), 25.0)]
        arm = [(mouth + _by(0.0, -40.0), mouth + _by(side * 30.0, -190.0), 24.0)]
    elif pose == "fist":
        rows = mouth + span[:, None] * 2.0 * radius * np.array([1.0, 0.12 * side])
        knuckles, tips = rows + _by(0.0, 11.0), rows + _by(0.0, -16.0)
        palm = [(mouth + _by(-8.0, -22.0), mouth + _by(10.0, -22.0), 20.0)]
        arm = [(mouth + _by(0.0, -40.0), mouth + _by(side * 50.0, -190.0), 24.0)]
    else:
        rows = mouth + span[:, None] * 1.95 * radius * np.array([1.0, 0.1 * side])
        knuckles, tips = rows + _by(side * 10.0, -62.0), rows + np.column_stack([0 * span, [8.0, 14, 15, 10]])
        palm = [(mouth + _by(side * 8.0, -85.0), mouth + _by(side * 18.0, -88.0), 28.0)]
        arm = [(mouth + _by(side * 12.0, -100.0), mouth + _by(side * 40.0, -190.0), 25.0)]
    rods, marks = _fingers(knuckles, tips, radius, rng)
    flat = [(a, b, 0.9 * r) for a, b, r in palm]
    height, cover = rods_height([*arm, *flat, *rods])
    return _skin(portrait, rng, height, cover, marks)


def chin_rest(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A hand that holds chin and cheek and leaves the mouth free."""
    points = portrait.landmarks_mm()[:, :2]
    side = float(rng.choice([-1.0, 1.0]))
    chin = points[152] + [0.0, -6.0]
    cheek = points[280 if side > 0 else 50] + [side * 14.0, -2.0]
    knuckle = chin + _by(side * 44.0, -16.0)
    rods: list[Rod] = [(knuckle, cheek, 8.0), (knuckle, chin + _by(-side * 14.0, -2.0), 9.0)]
    arm: list[Rod] = [(knuckle + _by(0.0, -18.0), knuckle + _by(side * 20.0, -130.0), 26.0)]
    height, cover = rods_height(arm + rods)
    return _skin(portrait, rng, height, cover, np.zeros(SHAPE, np.float32))


def cup(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """A cup or glass at the lips, with the fingers that hold it."""
    points = portrait.landmarks_mm()[:, :2]
    middle, top = points[[13, 14]].mean(axis=0), points[2, 1] - rng.uniform(0, 9)
    half, tall = rng.uniform(30, 42), rng.uniform(70, 100)
    x, y = grid_mm()
    u = (x - middle[0]) / half
    rim = top - 4.0 * np.sqrt(np.clip(1 - u * u, 0, 1))
    inside = (np.abs(u) < 1) & (y < rim) & (y > top - tall)
    height = np.where(np.abs(u) < 1, 0.9 * half * np.sqrt(np.clip(1 - u * u, 0, 1)), 0)
    colours = ((235, 232, 226), (40, 70, 120), (150, 40, 40), (30, 30, 30), (190, 150, 110), (120, 150, 140))
    light = shade(height.astype(np.float32), float(rng.uniform(-0.6, 0.6)))
    light = light + 0.25 * np.exp(-(((u - rng.uniform(-0.6, 0.6)) / 0.1) ** 2)).astype(np.float32)
    band = 1 - 0.3 * soften(((y - top + tall * 0.5) % 40 < 8).astype(np.float32), 0.4) * (rng.random() < 0.4)
    body = painted(np.array(colours[int(rng.integers(6))], float), light * band,
                   soften(inside.astype(np.float32), 0.4))  # fmt: skip
    side = float(rng.choice([-1.0, 1.0]))
    rows = np.array([[middle[0], top - 26 - 16 * k] for k in range(3)])
    rods, marks = _fingers(rows + _by(side * (half + 22), 0.0), rows - _by(side * 4.0, 0.0), 8.0, rng)
    fingers = _skin(portrait, rng, *rods_height(rods), marks)
    return with_shadow(_stack(body, fingers), 3.0, 0.4)


def food(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """Something to eat in front of the mouth, held by fingertips from below."""
    middle = portrait.landmarks_mm()[[13, 14], :2].mean(axis=0) + rng.normal(0, 2, 2) + _by(0.0, -3.0)
    x, y = grid_mm()
    edge = 1 + 0.12 * soften(rough(rng, 14.0), 2.0)
    r2 = ((x - middle[0]) / rng.uniform(32, 48)) ** 2 + ((y - middle[1]) / rng.uniform(18, 30)) ** 2
    inside = np.clip((edge - np.sqrt(r2)) * 25, 0, 1)
    height = 18 * np.sqrt(np.clip(1.05 - r2, 0, None)) + 0.8 * rough(rng, 3.0) + 0.5 * rough(rng, 1.5)
    colours = ((170, 115, 60), (205, 165, 105), (120, 70, 40), (190, 60, 40), (90, 140, 60))
    tone = 1 + 0.12 * rough(rng, 2.5) + 0.10 * rough(rng, 6.0)
    light = shade(soften(height.astype(np.float32), 0.6))
    body = painted(np.array(colours[int(rng.integers(5))], float), light * tone, inside.astype(np.float32))
    rows = middle + np.array([[-20.0, -18], [-4, -22], [14, -21]])
    rods, marks = _fingers(rows + _by(0.0, -50.0), rows, 8.0, rng)
    return with_shadow(_stack(_skin(portrait, rng, *rods_height(rods), marks), body), 2.5, 0.4)


def phone(portrait: Portrait, rng: np.random.Generator) -> Layer:
    """The back of a telephone, or a microphone's head, before the mouth."""
    middle = portrait.landmarks_mm()[[13, 14], :2].mean(axis=0) + rng.normal(0, 3, 2)
    x, y = grid_mm()
    if rng.random() < 0.4:
        d = np.hypot(x - middle[0], y - middle[1] + 4) / rng.uniform(27, 36)
        height = 30 * np.sqrt(np.clip(1 - d * d, 0, None)).astype(np.float32)
        mesh = 1 + 0.35 * np.sin(x * 2.2) * np.sin(y * 2.2)
        stick = filled(middle + np.array([[-14.0, -20], [14, -20], [11, -160], [-11, -160]]))
        cover = np.maximum(np.clip((1 - d) * 40, 0, 1), stick).astype(np.float32)
        return with_shadow(painted(np.array([62.0, 62, 66]), shade(height) * mesh.astype(np.float32), cover))
    turn = rng.uniform(-0.5, 0.5)
    u = (x - middle[0]) * np.cos(turn) + (y - middle[1]) * np.sin(turn)
    v = -(x - middle[0]) * np.sin(turn) + (y - middle[1]) * np.cos(turn)
    half, tall = rng.uniform(32, 38), rng.uniform(30, 70)
    gap = np.minimum(half - np.abs(u), np.where(v > 0, 26 - v, tall + v))
    cover = np.clip(gap / 0.5 + 0.5, 0, 1).astype(np.float32)
    lens = np.exp(-((np.hypot(u + 18, v - 8) / 6.0) ** 8))
    glow = 1 + 0.15 * (u + v) / 60 - 0.5 * lens
    colours = ((26, 26, 30), (200, 200, 205), (60, 70, 95), (170, 120, 110))
    return with_shadow(
        painted(np.array(colours[int(rng.integers(4))], float), glow.astype(np.float32), cover)
    )


def _stack(below: Layer, above: Layer) -> Layer:
    over = above.opaque[..., None]
    total = above.opaque + below.opaque * (1 - above.opaque)
    colour = above.colour * over + below.colour * (below.opaque * (1 - above.opaque))[..., None]
    return Layer(np.asarray(colour / np.maximum(total, 1e-6)[..., None], np.float32), total)
