"""How the skin moves: the true displacement of every face point, and its inverse.

Everything here is in face millimetres (x to the subject's left, y up), relative to the head. A rest point
first follows
the lids and the jaw (`Slit`s, which can open a hole), then the smooth bumps. The kernels are raised cosines
with compact
support, on purpose not the bell curves that the measurement uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twitchcam.synth.motion import Bump, LidPush, State
from twitchcam.synth.portrait import BROW_EDGE, MARGINS, Portrait
from twitchcam.types import BoolArray, FloatArray

Displacement = Callable[[FloatArray, FloatArray], FloatArray]
"""(x, distance from the margin) -> vertical displacement, all in mm."""

LID_MEET = 0.08
"""Part of the gap by which the lower lid comes up to meet the upper one."""
JAW_SHARE = 0.85
"""Part of the mouth's opening that the lower lip and the chin make."""
RIM_MM = 0.4
"""The mesh puts the lid margins a little inside the eye; the rim of the lid is this much further out."""
OPEN_MOUTH_MM = 1.8
"""A resting gap between the inner lips above this shows teeth; below it the mouth counts as closed."""


def kernel(r: FloatArray) -> FloatArray:
    """Raised cosine of the relative distance: 1 at 0, 1/2 at 1/2, 0 from 1 on."""
    return np.asarray(0.5 * (1 + np.cos(np.pi * np.minimum(r, 1.0))))


def bump_at(bumps: tuple[Bump, ...], x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sum of the bumps' displacements at points, in mm."""
    ux, uy = np.zeros_like(x), np.zeros_like(y)
    for b in bumps:
        k = kernel(np.hypot(x - b.x_mm, y - b.y_mm) / b.radius_mm)
        ux += b.dx_mm * k
        uy += b.dy_mm * k
    return ux, uy


def invert(displacement: Displacement, x: FloatArray, moved: FloatArray, iterations: int = 8) -> FloatArray:
    """Return the s with `s + displacement(x, s) = moved` (Newton; the displacement must not fold the
    skin).
    """
    s = np.asarray(moved - displacement(x, np.maximum(moved, 0.0)))
    for _ in range(iterations):
        s = np.maximum(s, 0.0)
        d = displacement(x, s)
        slope = 1 + (displacement(x, s + 0.05) - d) / 0.05
        s = s - np.clip((s + d - moved) / np.maximum(slope, 0.3), -6.0, 6.0)
    return np.asarray(np.maximum(s, 0.0))


@dataclass(frozen=True)
class Slit:
    """A gap in the skin (an eye, the mouth): its two margins at rest and how far around it the skin
    follows.
    """

    name: str
    x_mm: FloatArray
    upper_mm: FloatArray
    lower_mm: FloatArray
    reach_up_mm: float
    reach_down_mm: float
    reach_side_mm: float

    def upper(self, x: FloatArray) -> FloatArray:
        """Height of the upper margin at rest."""
        return np.interp(x, self.x_mm, self.upper_mm)

    def lower(self, x: FloatArray) -> FloatArray:
        """Height of the lower margin at rest."""
        return np.interp(x, self.x_mm, self.lower_mm)

    def gap(self, x: FloatArray) -> FloatArray:
        """Resting gap, 0 beyond the corners."""
        return np.asarray(np.maximum(self.upper(x) - self.lower(x), 0.0))

    @property
    def centre_mm(self) -> float:
        """X midway between the corners."""
        return float(self.x_mm[0] + self.x_mm[-1]) / 2

    @property
    def half_width_mm(self) -> float:
        """Half the distance between the corners."""
        return float(self.x_mm[-1] - self.x_mm[0]) / 2


@dataclass(frozen=True)
class SlitMotion:
    """A slit with the displacements of its two sides at one time; distances grow away from the gap."""

    slit: Slit
    above: Displacement
    below: Displacement
    moving: bool
    """False when both sides are at rest."""
    closure: float = 0.0
    """Of an eye, for the shade of the lashes."""

    def edges(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Heights of the displaced (upper, lower) margin."""
        zero = np.zeros_like(x)
        return self.slit.upper(x) + self.above(x, zero), self.slit.lower(x) + self.below(x, zero)

    def forward(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the vertical displacement of the rest points (x, y); inside the gap 0 (eyeball, teeth)."""
        over, under = y - self.slit.upper(x), self.slit.lower(x) - y
        up = self.above(x, np.maximum(over, 0.0))
        down = self.below(x, np.maximum(under, 0.0))
        return np.where(over >= 0, up, np.where(under >= 0, down, 0.0))

    def backward(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the rest height of the skin that is seen at (x, y); inside the gap that of the nearer
        margin.
        """
        top, bottom = self.edges(x)
        is_above = np.where(top > bottom, y >= 0.5 * (top + bottom), y >= top)
        upper, lower = self.slit.upper(x), self.slit.lower(x)
        rest = np.where(
            is_above,
            upper + invert(self.above, x, y - upper),
            lower - invert(lambda a, s: -self.below(a, s), x, lower - y),
        )
        return np.asarray(rest)

    def hole(self, x: FloatArray, y: FloatArray, mm_per_px: float) -> FloatArray:
        """Return how much of each pixel lies in the gap, 0-1."""
        top, bottom = self.edges(x)
        depth = np.clip(0.5 + np.minimum(top - y, y - bottom) / mm_per_px, 0, 1)
        return np.asarray(depth * np.clip((top - bottom) / mm_per_px, 0, 1))

    def lashes(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return the darkness, 0-1, of the line of lashes along a lid that is coming down."""
        top, _ = self.edges(x)
        thick = np.clip(self.slit.gap(x) / 3.0, 0, 1)
        return np.asarray(self.closure * thick * np.exp(-(((y - top - 0.2) / 0.75) ** 2)))


def eye_motion(
    slit: Slit, closure: float, upper: tuple[LidPush, ...], lower: tuple[LidPush, ...]
) -> SlitMotion:
    """Return the lids' movement: a blink's closure plus the twitches of each lid."""

    def profile(x: FloatArray, push: LidPush) -> FloatArray:
        middle = float(slit.gap(np.array([push.x_mm]))[0]) or 1.0
        return np.minimum(slit.gap(x) / middle, 1.0)

    def pushed(x: FloatArray, s: FloatArray, push: LidPush, at: float, reach: float) -> FloatArray:
        # Full from the margin to the site, then falling; never as far as the brow.
        down = np.maximum(s - at, 0.0) / min(push.radius_mm, max(reach - at, 4.0))
        return push.dy_mm * kernel(np.hypot((x - push.x_mm) / push.radius_mm, down)) * profile(x, push)

    def above(x: FloatArray, s: FloatArray) -> FloatArray:
        d = -closure * (1 - LID_MEET) * slit.gap(x) * kernel(s / slit.reach_up_mm)
        for p in upper:
            d = d + pushed(x, s, p, p.y_mm - float(slit.upper(np.array([p.x_mm]))[0]), slit.reach_up_mm)
        return np.asarray(d)

    def below(x: FloatArray, s: FloatArray) -> FloatArray:
        d = closure * LID_MEET * slit.gap(x) * kernel(s / slit.reach_down_mm)
        for p in lower:
            d = d + pushed(x, s, p, float(slit.lower(np.array([p.x_mm]))[0]) - p.y_mm, p.radius_mm + 10.0)
        return np.asarray(d)

    return SlitMotion(slit, above, below, closure > 0 or bool(upper) or bool(lower), closure)


def mouth_motion(slit: Slit, opening_mm: float) -> SlitMotion:
    """Return the jaw's movement: the lower lip and the chin go down, the upper lip up a little."""
    half, plateau = 0.94 * slit.half_width_mm, 34.0

    def across(x: FloatArray, s: FloatArray) -> FloatArray:
        u = (x - slit.centre_mm) / (half + 0.9 * np.minimum(s, 36.0))
        return np.asarray(np.maximum(1 - u * u, 0.0))

    def above(x: FloatArray, s: FloatArray) -> FloatArray:
        return np.asarray((1 - JAW_SHARE) * opening_mm * across(x, 0 * s) * kernel(s / slit.reach_up_mm))

    def below(x: FloatArray, s: FloatArray) -> FloatArray:
        fall = kernel(np.maximum(s - plateau, 0.0) / (slit.reach_down_mm - plateau))
        return np.asarray(-JAW_SHARE * opening_mm * across(x, s) * fall)

    return SlitMotion(slit, above, below, opening_mm != 0)


def find_slits(portrait: Portrait) -> dict[str, Slit]:
    """Return the portrait's slits: 'eye_left', 'eye_right', 'mouth'."""
    points = portrait.landmarks_mm()[:, :2]
    sites = dict(zip(MARGINS, (_margins(points, *MARGINS[name]) for name in MARGINS), strict=True))
    slits = {}
    for name, (x, upper, lower) in sites.items():
        if name == "mouth":
            if float((upper - lower).max()) < OPEN_MOUTH_MM:
                upper = lower = 0.5 * (upper + lower)
            slits[name] = Slit(name, x, upper, lower, 16.0, 74.0, 62.0)
        else:
            # A blink does not move the brow: the skin gives way between the margin and the brow's lower edge.
            brow = points[list(BROW_EDGE[name]), 1].min() - 1.0
            lens = (upper - lower) / float((upper - lower).max())
            upper, lower = upper + RIM_MM * lens, lower - RIM_MM * lens
            slits[name] = Slit(name, x, upper, lower, max(6.0, float(brow - upper.max())), 12.0, 18.0)
    return slits


def _margins(
    points: FloatArray, upper: tuple[int, ...], lower: tuple[int, ...]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Resample the two margins to common x, smoothly."""
    from scipy.interpolate import PchipInterpolator

    x = np.linspace(points[upper[0], 0], points[upper[-1], 0], 61)
    curves = []
    for chain in (upper, lower):
        px, py = points[list(chain)].T
        order = np.argsort(px)
        keep = np.concatenate([[True], np.diff(px[order]) > 0.05])
        curves.append(PchipInterpolator(px[order][keep], py[order][keep], extrapolate=True)(x))
    return x, np.maximum(curves[0], curves[1]), np.minimum(curves[0], curves[1])


@dataclass(frozen=True)
class Skin:
    """The portrait's skin in motion: forward for the truth, backward for the picture."""

    slits: dict[str, Slit]

    def slit_motions(self, state: State) -> tuple[SlitMotion, ...]:
        """Return the movement of both eyes and the mouth."""
        eyes = tuple(
            eye_motion(self.slits[f"eye_{s}"], state.closure[s], state.upper_lid[s], state.lower_lid[s])
            for s in ("left", "right")
        )
        return (*eyes, mouth_motion(self.slits["mouth"], state.opening_mm))

    def displacement_mm(self, state: State, points_mm: FloatArray) -> FloatArray:
        """Return the true displacement (n, 2) of rest points (n, 2), relative to the head, in mm."""
        x, y = points_mm[:, 0].astype(float), points_mm[:, 1].astype(float)
        moving = [m for m in self.slit_motions(state) if m.moving]
        down = sum((_within(m.slit, x, y) * m.forward(x, y) for m in moving), start=np.zeros_like(x))
        ux, uy = bump_at(state.bumps, x, y + down)
        return np.column_stack([ux, uy + down])


def _within(slit: Slit, x: FloatArray, y: FloatArray) -> BoolArray:
    """Points that a slit can move (its displacement is 0 at the limits)."""
    near = np.abs(x - slit.centre_mm) <= slit.reach_side_mm
    return np.asarray(
        near & (y < slit.upper(x) + slit.reach_up_mm + 20) & (y > slit.lower(x) - slit.reach_down_mm - 20)
    )
