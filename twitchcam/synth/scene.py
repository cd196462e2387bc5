"""The portrait placed in the picture: textures, depth, and the way between picture pixels and face
millimetres.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.ndimage import spline_filter

from twitchcam.synth.portrait import Portrait
from twitchcam.synth.pose import FADE, HEAD_MM, Grid, PosedFace, head_weight, pose_face
from twitchcam.synth.skin import Slit, find_slits
from twitchcam.synth.spec import Clip
from twitchcam.types import FloatArray

Texture = NDArray[np.float32]

OVERSAMPLE = 2.0
"""Texture pixels for one picture pixel."""
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""BT.601, as the encoder makes it."""
FACE_MM = (72.0, 62.0, 100.0)
"""Half width, height above and depth below the eyes of the part whose luma is resampled with full
precision."""
DEPTH_STEP_MM = 3.0


def depth_grid(portrait: Portrait) -> Grid:
    """Return the face's depth z in mm (towards the camera); beyond the mesh it falls back to the ears and
    the hair.
    """
    points = portrait.landmarks_mm()[:468]
    x = np.arange(-150.0, 151.0, DEPTH_STEP_MM)
    y = np.arange(-200.0, 201.0, DEPTH_STEP_MM)
    gx, gy = np.meshgrid(x, y)
    z = LinearNDInterpolator(points[:, :2], points[:, 2], fill_value=np.nan)(gx, gy)
    hidden = np.isnan(z)
    z[hidden] = np.clip(points[:, 2].min(), -90.0, -40.0)
    smooth = cv2.GaussianBlur(z.astype(np.float32), (0, 0), 10.0 / DEPTH_STEP_MM)
    fine = cv2.GaussianBlur(z.astype(np.float32), (0, 0), 3.0 / DEPTH_STEP_MM)
    inside = cv2.GaussianBlur((~hidden).astype(np.float32), (0, 0), 6.0 / DEPTH_STEP_MM)
    mix = np.clip(2 * inside - 1, 0, 1)
    return Grid(float(x[0]), float(y[0]), DEPTH_STEP_MM, (mix * fine + (1 - mix) * smooth).astype(np.float32))


@dataclass(frozen=True)
class Scene:
    """Everything about a clip that does not change with time."""

    clip: Clip
    portrait: Portrait
    centre_px: FloatArray
    """Where the midpoint of the eyes lies in the picture."""
    background: Texture
    """(h, w, 3) the whole picture at rest."""
    box: tuple[int, int, int, int]
    """x0, y0, x1, y1 of the part that moves."""
    texture: Texture
    """The box and a margin around it, `OVERSAMPLE` times as fine."""
    luma_spline: Texture
    """Coefficients of the quintic spline through the texture's luma."""
    hidden: dict[str, Texture]
    """By slit: what lies behind the skin (eyeball, mouth), same layout as `texture`."""
    texture_origin_px: tuple[float, float]
    depth: Grid
    """Of the face as it is held."""
    posed: PosedFace | None
    """None when it is held as in the photo; then the posed plane is the rest plane."""
    slits: dict[str, Slit]

    def weight(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """How much the places of the posed plane take part in the head's motion."""
        return head_weight(x, y) if self.posed is None else self.posed.weight(x, y)

    def to_mm(self, qx: FloatArray, qy: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Picture pixels -> face millimetres."""
        (ax, ay), (bx, by) = self.portrait.axes * self.clip.mm_per_px
        dx, dy = qx - self.centre_px[0], qy - self.centre_px[1]
        return dx * ax + dy * ay, dx * bx + dy * by

    def to_px(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Face millimetres -> picture pixels."""
        (ax, ay), (bx, by) = self.portrait.axes / self.clip.mm_per_px
        return self.centre_px[0] + x * ax + y * bx, self.centre_px[1] + x * ay + y * by

    def to_texture(self, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Face millimetres -> texture pixels."""
        qx, qy = self.to_px(x, y)
        return (qx - self.texture_origin_px[0]) * OVERSAMPLE, (qy - self.texture_origin_px[1]) * OVERSAMPLE


def build_scene(clip: Clip, portrait: Portrait) -> Scene:
    """Place the portrait in the picture: eyes in the middle across, a little above the middle in height."""
    w, h = clip.camera.size
    k = clip.eye_distance_px / portrait.eye_distance_px
    photo_h = portrait.image.shape[0]
    centre = np.array([w / 2, 0.44 * h])
    below = (photo_h - portrait.origin_px[1]) * k
    centre[1] = min(max(centre[1], h - below), 0.55 * h)
    photo, shift = _extend(portrait, k, centre, (w, h))
    source = _soften(photo, clip.camera.blur_px / k)
    background = _resample(source, portrait.origin_px + shift, k, centre, (w, h))
    box = _moving_box(clip, centre)
    margin = 12.0 + wander_px(clip)
    origin = (box[0] - margin, box[1] - margin)
    size = tuple(
        round((hi - lo + 2 * margin) * OVERSAMPLE) for lo, hi in ((box[0], box[2]), (box[1], box[3]))
    )
    texture = _resample(
        source, portrait.origin_px + shift, k * OVERSAMPLE,
        (centre - origin) * OVERSAMPLE, (size[0], size[1]),
    )  # fmt: skip
    slits = find_slits(portrait)
    depth = depth_grid(portrait)
    posed = pose_face(clip, depth)
    scene = Scene(
        clip, portrait, centre, background, box, texture,
        spline_filter(texture @ LUMA, order=5, output=np.float32), {}, origin,
        depth if posed is None else posed.depth, posed, slits,
    )  # fmt: skip
    for name, slit in slits.items():
        scene.hidden[name] = _behind(scene, name, slit)
    return scene


def wander_px(clip: Clip) -> float:
    """Return how far the hand and the lens can carry the picture, in picture pixels."""
    camera = clip.camera
    about_middle = np.deg2rad(camera.shake_deg) + camera.breathing.magnify
    return float(camera.shake_mm / clip.mm_per_px + about_middle * np.hypot(*camera.size) / 2)


def _moving_box(clip: Clip, centre: FloatArray) -> tuple[int, int, int, int]:
    w, h = clip.camera.size
    rx, ry = (FADE * a / clip.mm_per_px + 2 for a in HEAD_MM)
    return (
        max(0, int(centre[0] - rx)), max(0, int(centre[1] - ry)),
        min(w, int(centre[0] + rx) + 1), min(h, int(centre[1] + ry) + 1),
    )  # fmt: skip


def _extend(
    portrait: Portrait, k: float, centre: FloatArray, size: tuple[int, int]
) -> tuple[Texture, FloatArray]:
    """Continue the photo beyond its edges so that it fills the picture; softer the further out.

    Returns the larger photo and the shift (x, y) of its coordinates.
    """
    photo_h, photo_w = portrait.image.shape[:2]
    ox, oy = portrait.origin_px
    slack = 24 / k
    left, top = (max(0, int(np.ceil(c / k - o + slack))) for c, o in ((centre[0], ox), (centre[1], oy)))
    right = max(0, int(np.ceil((size[0] - centre[0]) / k - (photo_w - ox) + slack)))
    bottom = max(0, int(np.ceil((size[1] - centre[1]) / k - (photo_h - oy) + slack)))
    big = cv2.copyMakeBorder(portrait.image, top, bottom, left, right, cv2.BORDER_REPLICATE).astype(
        np.float32
    )
    inside = np.zeros(big.shape[:2], np.uint8)
    inside[top : top + photo_h, left : left + photo_w] = 1
    away = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    for sigma in (6.0, 18.0, 50.0):
        small = cv2.resize(big, None, fx=2 / sigma, fy=2 / sigma, interpolation=cv2.INTER_AREA)
        blurred = cv2.resize(
            cv2.GaussianBlur(small, (0, 0), 2.0), big.shape[1::-1], interpolation=cv2.INTER_CUBIC
        )
        mix = np.clip(away / (2.5 * sigma), 0, 1)[..., None]
        big = big * (1 - mix) + blurred * mix
    return big.astype(np.float32), np.array([left, top], float)


def _soften(photo: Texture, sigma: float) -> Texture:
    return cv2.GaussianBlur(photo, (0, 0), sigma) if sigma > 0.3 else photo  # type: ignore[return-value]


def _resample(
    photo: Texture, origin_px: FloatArray, k: float, centre: FloatArray, size: tuple[int, int]
) -> Texture:
    """Scale the photo by k so that `origin_px` comes to lie on `centre`."""
    x = (np.arange(size[0]) - centre[0]) / k + origin_px[0]
    y = (np.arange(size[1]) - centre[1]) / k + origin_px[1]
    mx, my = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return cv2.remap(photo, mx, my, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def _behind(scene: Scene, name: str, slit: Slit) -> Texture:
    """What a slit shows: the photo's own eyeball or teeth, continued outwards; a dark cavity behind closed
    lips.
    """
    th, tw = scene.texture.shape[:2]
    tx, ty = np.meshgrid(np.arange(tw, dtype=float), np.arange(th, dtype=float))
    x, y = scene.to_mm(
        tx / OVERSAMPLE + scene.texture_origin_px[0], ty / OVERSAMPLE + scene.texture_origin_px[1]
    )
    inside = (
        (y < slit.upper(x) + 0.5)
        & (y > slit.lower(x) - 0.5)
        & (np.abs(x - slit.centre_mm) < slit.half_width_mm)
    )
    if name == "mouth":
        depth = np.clip((slit.upper(x) - y) / 12.0, 0, 1)[..., None]
        cavity = np.array([52.0, 22.0, 20.0]) * (1 - 0.35 * depth) + np.array([26.0, 8.0, 8.0]) * depth
        if not slit.gap(slit.x_mm).any():
            return np.asarray(cavity, dtype=np.float32)
        # Teeth end below the resting gap and before its corners; what opens beyond them is dark.
        beside = np.clip((np.abs(x - slit.centre_mm) - 0.9 * slit.half_width_mm) / 1.5, 0, 1) * ~inside
        shade = np.maximum(np.clip((slit.lower(x) + 0.3 - y) / 1.5, 0, 1), beside)[..., None]
        return np.asarray(_spread(scene.texture, inside) * (1 - shade) + cavity * shade, dtype=np.float32)
    return _spread(scene.texture, inside)


def _spread(texture: Texture, inside: NDArray[np.bool_]) -> Texture:
    """Fill everything outside of a mask with the nearest colour inside it."""
    if not inside.any():
        return texture
    _, label = cv2.distanceTransformWithLabels(
        (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colours = np.zeros((int(label.max()) + 1, 3), np.float32)
    colours[label[inside]] = texture[inside]
    return np.asarray(colours[label])
