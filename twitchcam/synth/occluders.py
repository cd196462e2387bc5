"""What hides the mouth or sits on the face: worn things move with the head, held things come and go.

    clip = Clip(covers=(Cover("mask"), ), ...)                     # worn from the first to the last frame
    clip = Clip(covers=(Cover("hand", 3.0, 7.0, seed=2),), ...)    # comes at 3 s, is gone at 7 s

The seed chooses shape, colour and texture. A mask gives way a little to the jaw; what is held has its own
small movement. The truth of the lips beneath stays what it is: whoever measures must say that it cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np

from twitchcam.synth.covers import held, worn
from twitchcam.synth.covers.layer import Layer, Texture, read_grid
from twitchcam.synth.motion import State
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.render import Renderer
from twitchcam.synth.scene import LUMA
from twitchcam.synth.spec import Clip, Cover

Maker = Callable[[Portrait, np.random.Generator], Layer]
MAKERS: Final[dict[str, Maker]] = {
    "mask": worn.mask,
    "scarf": worn.scarf,
    "beard": worn.beard,
    "moustache": worn.moustache,
    "stubble": worn.stubble,
    "glasses": worn.glasses,
    "lipstick": worn.lipstick,
    "hand": held.hand,
    "chin_rest": held.chin_rest,
    "cup": held.cup,
    "food": held.food,
    "phone": held.phone,
}
HELD: Final = ("hand", "chin_rest", "cup", "food", "phone")
HIDING: Final = ("mask", "scarf", "hand", "cup", "food", "phone")
"""What hides the mouth while it is there."""
COME_S: Final = 0.4
FROM_MM: Final = 190.0
"""Held things come from so far below."""
WANDER_MM: Final = 1.2
JAW_SHARE: Final = {"mask": 0.25, "beard": 0.5, "stubble": 0.5, "lipstick": 0.5, "moustache": 0.0}
"""How far a worn thing follows the opening mouth."""


def _chance(cover: Cover) -> np.random.Generator:
    return np.random.default_rng([cover.seed, 41, len(cover.kind)])


def make_layer(cover: Cover, portrait: Portrait) -> Layer:
    """Return what a cover looks like on this person, at rest."""
    return MAKERS[cover.kind](portrait, _chance(cover))


def offset_mm(cover: Cover, state: State, t_s: float) -> tuple[float, float] | None:
    """Return where a cover is, relative to its place (x, y); None while it is away."""
    if cover.kind not in HELD:
        return 0.0, -JAW_SHARE.get(cover.kind, 0.0) * state.opening_mm
    there = 1.0
    if cover.start_s > 0:
        there = min(there, (t_s - cover.start_s) / COME_S)
    if cover.stop_s is not None:
        there = min(there, (cover.stop_s - t_s) / COME_S)
    if there <= 0:
        return None
    away = 1 - min(there, 1.0)
    phase = np.random.default_rng([cover.seed, 43]).uniform(0, 2 * np.pi, 6)
    wander = [
        WANDER_MM
        * sum(np.sin(2 * np.pi * hz * t_s + phase[3 * d + k]) / 2 for k, hz in enumerate((0.17, 0.43, 1.1)))
        for d in (0, 1)
    ]
    return float(wander[0]), float(wander[1] - FROM_MM * away * away * (3 - 2 * away))


class CoveredRenderer(Renderer):
    """Draws a clip's pictures with its covers, before the camera adds its noise."""

    def __init__(self, clip: Clip, portrait: Portrait) -> None:
        super().__init__(clip, portrait)
        layers = (make_layer(cover, self.scene.portrait) for cover in clip.covers)
        self.layers = tuple(_grey(layer) if clip.camera.infrared else layer for layer in layers)
        worn_glasses = [cover for cover in clip.covers if cover.kind == "glasses"]
        self.mirrored = [worn.mirrored_window(portrait, _chance(cover)) for cover in worn_glasses]

    @cached_property
    def _everywhere(self) -> tuple[Texture, Texture]:
        """Face millimetres of every pixel at rest."""
        width, height = self.clip.camera.size
        px, py = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        x, y = self.scene.to_mm(px, py)
        return x.astype(np.float32), y.astype(np.float32)

    def _still(self, t_s: float) -> Texture:
        picture = super()._still(t_s)
        state = self.script.state(t_s)
        offsets = [offset_mm(cover, state, t_s) for cover in self.clip.covers]
        if all(offset is None for offset in offsets):
            return picture
        x, y = self.places(state, t_s)
        for layer, offset in zip(self.layers, offsets, strict=True):
            if offset is not None:
                picture = layer.over(picture, x - np.float32(offset[0]), y - np.float32(offset[1]))
        for lenses, window in self.mirrored:
            shine = (read_grid(lenses, x, y) * read_grid(window, *self._everywhere))[..., None]
            picture = np.asarray(picture * (1 - shine) + 245 * shine, np.float32)
        return picture

    def places(self, state: State, t_s: float) -> tuple[Texture, Texture]:
        """Face millimetres, the head's motion taken away, of every pixel."""
        shake = np.array(state.shake_mm) @ self.scene.portrait.axes / self.clip.mm_per_px
        x, y = (a.copy() for a in self._everywhere)
        x0, y0, x1, y1 = self.scene.box
        at = slice(y0, y1), slice(x0, x1)
        x[at], y[at] = self._behind_head(state, shake, self.filming.view(t_s, shake))
        return x, y


def _grey(layer: Layer) -> Layer:
    """What a night camera makes of a layer: no colour."""
    return Layer(np.repeat((layer.colour @ LUMA)[..., None], 3, axis=2), layer.opaque)


def renderer(clip: Clip, portrait: Portrait) -> Renderer:
    """Return what draws this clip."""
    return CoveredRenderer(clip, portrait) if clip.covers else Renderer(clip, portrait)
