"""Drawing the pictures: backward warp of the portrait, one precise resampling, then light and noise."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from twitchcam.synth import timing
from twitchcam.synth.filming import Filming, View
from twitchcam.synth.motion import Bump, Script, State
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.pose import PHOTO_MM, move_head
from twitchcam.synth.scene import FACE_MM, LUMA, Scene, Texture, build_scene, wander_px
from twitchcam.synth.sensor import Sensor, infrared
from twitchcam.synth.skin import Skin, SlitMotion, kernel
from twitchcam.synth.spec import Clip
from twitchcam.types import FloatArray, Image

COARSE_PX = 6
"""The head's motion is smooth and is worked out on every sixth pixel."""
SUB_FRAMES = 4
EVENLY = np.linspace(-1, 1, 9)
TOLERANCE_MM = 0.003
"""The backward map is iterated until it changes by less."""


class Renderer:
    """Draws a clip's pictures; any order, same result."""

    def __init__(self, clip: Clip, portrait: Portrait) -> None:
        if clip.camera.infrared:
            portrait = infrared(portrait)
        self.clip = clip
        self.scene: Scene = build_scene(clip, portrait)
        self.script = Script(clip, portrait)
        self.skin = Skin(self.scene.slits)
        self.filming = Filming(clip.camera, clip.duration_s)
        self.sensor = Sensor(clip.camera)
        self.distance_mm = clip.camera.distance_mm or PHOTO_MM
        half, up, down = FACE_MM
        self._face = self._patch(0.0, (up - down) / 2, half, (up + down) / 2)
        x0, y0, x1, y1 = self.scene.box
        self._nodes = tuple(
            (np.arange(int(np.ceil(n / COARSE_PX))) + 0.5) * COARSE_PX - 0.5 + o
            for n, o in ((x1 - x0, x0), (y1 - y0, y0))
        )

    def frames(self) -> Iterator[tuple[float, Image]]:
        """Yield (media time in s, (h, w, 3) uint8 RGB) of every frame that the camera keeps."""
        times, numbers = timing.frame_times(self.clip.camera, self.clip.duration_s)
        for t, number in zip(times, numbers, strict=True):
            yield float(t), self.picture(float(t), int(number))

    def picture(self, t_s: float, number: int) -> Image:
        """Return the picture of frame `number` at `t_s` as the camera stores it."""
        taken = self.filming.taken(number)
        t_s -= (number - taken) / self.clip.camera.fps
        light = self.light(t_s)
        gain = self.filming.light(t_s)
        if (gain != 1.0).any():
            light = light * gain
        out = self.sensor.expose(light, taken)
        return np.ascontiguousarray(out[:, ::-1]) if self.clip.mirrored else out

    def light(self, t_s: float) -> Texture:
        """Return the noiseless picture (h, w, 3) float32 at `t_s`, motion-blurred when the shutter is
        slow.
        """
        shutter_s = self.filming.shutter_s(t_s)
        if shutter_s == 0:
            return self._still(t_s)
        offsets = (np.arange(SUB_FRAMES) + 0.5) / SUB_FRAMES - 0.5
        times = t_s + offsets * shutter_s
        return np.asarray(sum(self._still(float(t)) for t in times) / SUB_FRAMES, dtype=np.float32)

    def _still(self, t_s: float) -> Texture:
        state = self.script.state(t_s)
        x0, y0, x1, y1 = self.scene.box
        shake = np.array(state.shake_mm) @ self.scene.portrait.axes / self.clip.mm_per_px
        view = self.filming.view(t_s, shake)
        frame = self._moved_background(view)
        frame[y0:y1, x0:x1] = self._head_box(state, view)
        blur = self.filming.blur_px(t_s)
        return cv2.GaussianBlur(frame, (0, 0), blur) if blur > 0.2 else frame  # type: ignore[return-value]

    def _moved_background(self, view: View) -> Texture:
        background = self.scene.background
        if view.still:
            return background.copy()
        h, w = background.shape[:2]
        return cv2.warpAffine(  # type: ignore[return-value]
            background, view.matrix, (w, h), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    def _head_box(self, state: State, view: View) -> Texture:
        hx, hy = self._behind_head(state, view.shift_px, view)
        sx, sy = self._behind_bumps(state.bumps, hx, hy)
        holes = []
        for motion in self.skin.slit_motions(state):
            hole = self._behind_slit(motion, sx, sy)
            if hole is not None:
                holes.append((motion, *hole))
        picture = _read_texture(self.scene, sx, sy, self._face)
        for motion, part, alpha, shade in holes:
            tx, ty = self.scene.to_texture(hx[part], hy[part])
            inner = cv2.remap(
                self.scene.hidden[motion.slit.name], tx.astype(np.float32), ty.astype(np.float32),
                cv2.INTER_LANCZOS4,
                borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            picture[part] = (
                picture[part] * shade[..., None] * (1 - alpha[..., None]) + inner * alpha[..., None]
            )
        return picture

    def _behind_head(
        self, state: State, shake_px: FloatArray, view: View | None = None
    ) -> tuple[Texture, Texture]:
        """Rest place (mm, head motion taken away) of every pixel of the box."""
        view, seen_mm = view or View((0.0, 0.0), shake_px), self.distance_mm
        x1, y1 = self.scene.to_mm(*view.back(*np.meshgrid(*self._nodes)))
        x, y = x1, y1
        for _ in range(8):
            weight, z = self.scene.weight(x, y), self.scene.depth(x, y)
            gx, gy, _z = move_head(state.turn_deg, state.head_mm, (x, y, z), from_mm=seen_mm, to_mm=seen_mm)
            x, y = x1 - weight * (gx - x), y1 - weight * (gy - y)
        bx0, by0, bx1, by1 = self.scene.box
        size = (len(self._nodes[0]) * COARSE_PX, len(self._nodes[1]) * COARSE_PX)
        full = [
            cv2.resize((a - b).astype(np.float32), size)[: by1 - by0, : bx1 - bx0]
            for a, b in ((x, x1), (y, y1))
        ]
        px, py = np.meshgrid(np.arange(bx0, bx1), np.arange(by0, by1))
        hx, hy = (a + b for a, b in zip(self.scene.to_mm(*view.back(px, py)), full, strict=True))
        if self.scene.posed is not None:
            hx, hy = self.scene.posed.to_rest(hx, hy)
        return hx.astype(np.float32), hy.astype(np.float32)

    def _patch(
        self, x_mm: float, y_mm: float, half_w_mm: float, half_h_mm: float
    ) -> tuple[slice, slice] | None:
        """The part of the box (rows, columns) that a rectangle of the face can come to lie in."""
        slack = 6.0 + 2 * self.clip.sway.mm + 3 * (self.clip.sway.deg + self.clip.acts.largest_turn_deg)
        wander = wander_px(self.clip) * self.clip.mm_per_px
        reach = max(half_w_mm, half_h_mm) * 0.1 + slack + wander
        x, y = np.meshgrid(x_mm + half_w_mm * EVENLY, y_mm + half_h_mm * EVENLY)
        if self.scene.posed is not None:
            x, y = self.scene.posed.forward(x, y)
        cx, cy = self.scene.to_px(x, y)
        r = reach / self.clip.mm_per_px
        bx0, by0, bx1, by1 = self.scene.box
        left, right = max(bx0, int(cx.min() - r)), min(bx1, int(cx.max() + r) + 1)
        top, bottom = max(by0, int(cy.min() - r)), min(by1, int(cy.max() + r) + 1)
        if left >= right or top >= bottom:
            return None
        return slice(top - by0, bottom - by0), slice(left - bx0, right - bx0)

    def _behind_bumps(self, bumps: tuple[Bump, ...], hx: Texture, hy: Texture) -> tuple[Texture, Texture]:
        """Take the bumps away: solve y + u(y) = h by fixed-point iteration."""
        ux, uy = np.zeros_like(hx), np.zeros_like(hy)
        parts = [
            (b, self._patch(b.x_mm, b.y_mm, b.radius_mm + abs(b.dx_mm), b.radius_mm + abs(b.dy_mm)))
            for b in bumps
        ]
        steepest = sum(float(np.hypot(b.dx_mm, b.dy_mm)) * np.pi / (2 * b.radius_mm) for b in bumps)
        longest = sum(float(np.hypot(b.dx_mm, b.dy_mm)) for b in bumps)
        if longest == 0:
            return hx.copy(), hy.copy()
        rounds = 1 + int(
            np.ceil(np.log(TOLERANCE_MM / max(longest, TOLERANCE_MM)) / np.log(min(steepest, 0.75)))
        )
        for _ in range(max(2, rounds)):
            nx, ny = np.zeros_like(hx), np.zeros_like(hy)
            for b, part in parts:
                if part is None:
                    continue
                dx, dy = hx[part] - ux[part] - np.float32(b.x_mm), hy[part] - uy[part] - np.float32(b.y_mm)
                k = kernel(cv2.magnitude(dx, dy) / np.float32(b.radius_mm))
                nx[part] += np.float32(b.dx_mm) * k
                ny[part] += np.float32(b.dy_mm) * k
            ux, uy = nx, ny
        return hx - ux, hy - uy

    def _behind_slit(
        self, motion: SlitMotion, sx: Texture, sy: Texture
    ) -> tuple[tuple[slice, slice], Texture, Texture] | None:
        """Take a slit's movement away, in place. Returns where, how much of the hole shows, and the lashes'
        shade.
        """
        slit = motion.slit
        top, bottom = (
            float(slit.upper_mm.max()) + slit.reach_up_mm,
            float(slit.lower_mm.min()) - slit.reach_down_mm,
        )
        if not motion.moving and not slit.gap(slit.x_mm).any():
            return None
        part = self._patch(slit.centre_mm, (top + bottom) / 2, slit.reach_side_mm, (top - bottom) / 2)
        if part is None:
            return None
        x, y = sx[part], sy[part]
        near = np.abs(x - slit.centre_mm) <= slit.reach_side_mm
        hole = motion.hole(x, y, self.clip.mm_per_px) * near
        shade = 1 - 0.6 * motion.lashes(x, y)
        if motion.moving:
            sy[part] = np.where(near, motion.backward(x, y), y)
        return part, hole.astype(np.float32), shade.astype(np.float32)


def _read_texture(scene: Scene, x: Texture, y: Texture, precise: tuple[slice, slice] | None) -> Texture:
    """Read the texture at face millimetres; in the part `precise` with the exact luma.

    OpenCV's remap rounds coordinates to 1/32 pixel, and the slope of its bicubic kernel is up to 1.5 times
    too steep: a
    movement of 0.16 pixel came out 15 % too large. The quintic spline draws it to within 0.1 %.
    """
    tx, ty = scene.to_texture(x, y)
    picture = cv2.remap(
        scene.texture,
        tx.astype(np.float32),
        ty.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if precise is not None:
        part = np.asarray(picture[precise], dtype=np.float32)
        luma = map_coordinates(
            scene.luma_spline, (ty[precise], tx[precise]), order=5, prefilter=False, output=np.float32
        )
        picture[precise] = part + (luma - part @ LUMA)[..., None]
    return np.asarray(picture)
