"""The head held at an angle or seen from another distance: where each point of the rest face comes to lie.

The portrait is a height field over face millimetres (`scene.depth_grid`). A fixed pose carries it to a second
plane, the *posed* one, of which only the nearest sheet is seen: what the nose hides stays hidden, what a
frontal photo never showed is stretched. The posed face then sways as the frontal one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, map_coordinates, spline_filter

from twitchcam.synth.spec import Clip
from twitchcam.types import FloatArray

PHOTO_MM = 600.0
"""Distance from which the portrait counts as taken, and from which clips are filmed unless they say so."""
PIVOT_MM = (0.0, -70.0, -85.0)
"""The point around which the head turns (top of the neck)."""
HEAD_MM = (95.0, 132.0)
"""Half axes of the ellipse around the eyes that moves with the head entirely."""
FADE = 1.36
"""At this multiple of the ellipse nothing moves."""
STEP_MM = 1.0
"""Of the posed grid."""
SEED_MM = 0.5
"""Of the rest points that say which sheet is nearest."""
ROUNDS = 8
CLOSE_MM = 0.02
Numbers = tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Grid:
    """Values on a regular grid in face millimetres, read between the nodes."""

    x0_mm: float
    y0_mm: float
    step_mm: float
    values: NDArray[np.float32]

    def __call__(self, x: FloatArray, y: FloatArray) -> FloatArray:
        col = np.asarray((x - self.x0_mm) / self.step_mm, dtype=np.float32)
        row = np.asarray((y - self.y0_mm) / self.step_mm, dtype=np.float32)
        return np.asarray(cv2.remap(self.values, col, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def head_weight(x: FloatArray, y: FloatArray) -> FloatArray:
    """How much a point takes part in the head's motion: 1 on the head, 0 in the background."""
    r = np.hypot(x / HEAD_MM[0], y / HEAD_MM[1])
    u = np.clip((FADE - r) / (FADE - 1.0), 0.0, 1.0)
    return np.asarray(u * u * (3 - 2 * u))


def move_head(
    turn_deg: FloatArray | tuple[float, ...],
    head_mm: FloatArray | tuple[float, ...],
    point: tuple[FloatArray, FloatArray, FloatArray],
    *,
    from_mm: float = PHOTO_MM,
    to_mm: float = PHOTO_MM,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return where a camera at `to_mm` sees points after the head has turned (yaw, pitch, roll) and moved.

    `point` is (x, y, z): place in the picture plane of a camera at `from_mm`, and depth. Returned is the
    place in the picture plane of the second camera, in mm at the eyes' depth, and the new depth.
    """
    x, y, z = point
    yaw, pitch, roll = np.deg2rad(turn_deg)
    near = 1 - z / from_mm
    px, py, pz = x * near - PIVOT_MM[0], y * near - PIVOT_MM[1], z - PIVOT_MM[2]
    px, pz = px * np.cos(yaw) + pz * np.sin(yaw), pz * np.cos(yaw) - px * np.sin(yaw)
    py, pz = py * np.cos(pitch) + pz * np.sin(pitch), pz * np.cos(pitch) - py * np.sin(pitch)
    px, py = px * np.cos(roll) + py * np.sin(roll), py * np.cos(roll) - px * np.sin(roll)
    px, py, pz = (p + a + b for p, a, b in zip((px, py, pz), PIVOT_MM, head_mm, strict=True))
    scale = 1 / (1 - pz / to_mm)
    return px * scale, py * scale, pz


@dataclass(frozen=True)
class PosedFace:
    """A face at a fixed pose: posed plane <-> rest plane."""

    forward: Callable[[FloatArray, FloatArray], Numbers]
    """Rest place -> posed place."""
    x_mm: FloatArray
    y_mm: FloatArray
    """(rows, columns) rest places of the posed grid's nodes."""
    depth: Grid
    weight: Grid

    def to_rest(self, x: FloatArray, y: FloatArray) -> Numbers:
        """Return the rest places that are seen at posed places."""
        at = ((y - self.depth.y0_mm) / STEP_MM, (x - self.depth.x0_mm) / STEP_MM)
        rest = (map_coordinates(v, at, order=1, mode="nearest", output=np.float32) for v in self._shifts)
        dx, dy = rest
        return x + dx, y + dy

    @property
    def _shifts(self) -> Numbers:
        rows, columns = self.x_mm.shape
        x = self.depth.x0_mm + STEP_MM * np.arange(columns)
        y = self.depth.y0_mm + STEP_MM * np.arange(rows)
        return self.x_mm - x[None, :], self.y_mm - y[:, None]


def pose_face(clip: Clip, depth: Grid) -> PosedFace | None:
    """Return the face in the clip's pose and at its distance; None when both are the photo's own."""
    if clip.pose.frontal and clip.camera.distance_mm is None:
        return None
    distance = clip.camera.distance_mm or PHOTO_MM
    turn = (clip.pose.yaw_deg, clip.pose.pitch_deg, clip.pose.roll_deg)
    spline = spline_filter(depth.values.astype(float), order=3)

    def relief(x: FloatArray, y: FloatArray) -> FloatArray:
        at = ((y - depth.y0_mm) / depth.step_mm, (x - depth.x0_mm) / depth.step_mm)
        return np.asarray(map_coordinates(spline, at, order=3, prefilter=False, mode="nearest"))

    def carry(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        z = relief(x, y)
        gx, gy, gz = move_head(turn, (0.0, 0.0, 0.0), (x, y, z), to_mm=distance)
        w = head_weight(x, y)
        return x + w * (gx - x), y + w * (gy - y), z + w * (gz - z)

    def forward(x: FloatArray, y: FloatArray) -> Numbers:
        return carry(x, y)[:2]

    half_w, half_h = (np.ceil(FADE * a) + 6 for a in HEAD_MM)
    tx, ty = np.meshgrid(
        np.arange(-half_w, half_w + STEP_MM, STEP_MM), np.arange(-half_h, half_h + STEP_MM, STEP_MM)
    )
    x, y = _invert(forward, *_nearest_sheet(carry, tx, ty), tx, ty)
    z = cv2.GaussianBlur(carry(x, y)[2].astype(np.float32), (0, 0), 1.5 / STEP_MM)

    def grid(values: FloatArray) -> Grid:
        return Grid(float(tx[0, 0]), float(ty[0, 0]), STEP_MM, np.asarray(values, np.float32))

    return PosedFace(forward, x, y, grid(np.asarray(z)), grid(head_weight(x, y)))


def _nearest_sheet(
    carry: Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray, FloatArray]],
    tx: FloatArray,
    ty: FloatArray,
) -> Numbers:
    """Return about which rest place is seen at each node: of all that come to lie there, the nearest."""
    rows, columns = tx.shape
    x, y = (
        a.ravel()
        for a in np.meshgrid(
            np.arange(tx[0, 0], tx[0, -1] + SEED_MM, SEED_MM),
            np.arange(ty[0, 0], ty[-1, 0] + SEED_MM, SEED_MM),
        )
    )
    gx, gy, gz = carry(x, y)
    col, row = (np.rint((g - t[0, 0]) / STEP_MM).astype(int) for g, t in ((gx, tx), (gy, ty)))
    inside = np.flatnonzero((col >= 0) & (col < columns) & (row >= 0) & (row < rows))
    order = inside[np.argsort(gz[inside], kind="stable")]
    winner = np.full(tx.shape, -1)
    winner[row[order], col[order]] = order
    near = distance_transform_edt(winner < 0, return_distances=False, return_indices=True)
    winner = winner[tuple(near)]
    return x[winner], y[winner]


def _invert(
    forward: Callable[[FloatArray, FloatArray], Numbers],
    x: FloatArray,
    y: FloatArray,
    tx: FloatArray,
    ty: FloatArray,
) -> Numbers:
    """Refine rest places until they come to lie on the nodes exactly (Newton); a few at hidden edges stay."""
    first, step = (x, y), 0.05
    for _ in range(ROUNDS):
        gx, gy = forward(x, y)
        ax, ay = forward(x + step, y)
        bx, by = forward(x, y + step)
        a, b, c, d = (ax - gx) / step, (bx - gx) / step, (ay - gy) / step, (by - gy) / step
        det = a * d - b * c
        good = det > 0.05
        det = np.where(good, det, 1.0)
        rx, ry = tx - gx, ty - gy
        x = x + np.where(good, np.clip((d * rx - b * ry) / det, -1.5, 1.5), 0.0)
        y = y + np.where(good, np.clip((a * ry - c * rx) / det, -1.5, 1.5), 0.0)
    gx, gy = forward(x, y)
    there = np.hypot(tx - gx, ty - gy) < CLOSE_MM
    return np.where(there, x, first[0]), np.where(there, y, first[1])
