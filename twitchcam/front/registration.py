"""Regional registration: how far each region of the face has moved relative to the head, from the pixels.

Landmarks only say roughly where the face is. The picture is then registered against a reference of the same
face: head and skin move as in `basis`, the lighting may change, and Gauss-Newton with re-warping finds the
displacement that explains the grey levels. Head motion and landmark jitter end in the head's terms and leave
the regions' signals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np

from twitchcam.front import canonical
from twitchcam.front.basis import AFFINE, HEAD, ILLUMINATION
from twitchcam.front.canonical import EYE_LINE, WIDTH, Geometry
from twitchcam.front.layout import Layout
from twitchcam.front.reference import ROW_PIXELS, Reference
from twitchcam.front.robust import middle
from twitchcam.regions import REGIONS
from twitchcam.types import FloatArray, Luma

MAX_ROUNDS: Final = 8
SETTLED_PX: Final = 0.2
"""Stop when an update moves nothing by more. Gauss-Newton leaves less than a tenth of its last step
(measured: 0.08 and 0.2 give the same gains and noise, the latter in a quarter less time)."""
SETTLED_SD: Final = 1.5
"""Regions with little texture may move by this many standard deviations of their own noise."""
LID_ROUNDS: Final = 4
"""The lids are given so many rounds and no more: in a blink they never settle, for the picture itself
changes."""
WATCHED: Final = [i for i, name in enumerate(REGIONS) if "eyelid" not in name]
CLIPS: Final = (60.0, 30.0, 10.0)
"""Grey levels beyond which a residual is cut, round by round; the last one stays (Huber's winsorised
residuals: Huber 1981, Robust Statistics, 7.8). Early rounds must not cut what is merely not yet aligned."""
CLIP_SD: Final = 4.0


@dataclass(frozen=True)
class Pose:
    """Where the crop lies in the picture and how it is deformed."""

    to_picture: FloatArray
    """(2, 3) from crop to picture."""
    curved: FloatArray
    """(2, 4) coefficients of the head's curved terms, crop pixels."""
    local: FloatArray
    """(2, K) coefficients of the bumps, crop pixels."""
    light: FloatArray
    """(L,) coefficients of the lighting terms."""

    @staticmethod
    def start(to_picture: FloatArray, layout: Layout) -> Pose:
        k = layout.nodes.shape[0]
        return Pose(to_picture, np.zeros((2, 4)), np.zeros((2, k)), np.zeros(ILLUMINATION))


@dataclass(frozen=True)
class Fit:
    """The outcome for one frame."""

    pose: Pose
    error: FloatArray
    """(N,) what remains at the reference's pixels, lighting removed."""
    settled: bool

    def region_px(self, reference: Reference) -> FloatArray:
        """(19, 2) displacement of the regions in crop pixels, x right and y down in the picture's sense."""
        return np.asarray((reference.read_out @ self.pose.local.ravel()).T)


@dataclass
class Warper:
    """Warps a picture onto the crop of one layout; keeps its buffers between frames."""

    layout: Layout
    _x: FloatArray = field(init=False)
    _y: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        width, height = self.layout.geometry.size
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        self._x, self._y = x, y

    def __call__(self, luma: FloatArray, offset: tuple[int, int], pose: Pose) -> FloatArray:
        """Return the (h, w) crop of `luma`, whose upper left pixel is the picture's pixel `offset`."""
        layout, size = self.layout, self.layout.geometry.size
        field_px = layout.coarse_curved @ pose.curved.T.astype(np.float32)
        field_px += layout.coarse_local @ pose.local.T.astype(np.float32)
        flow = cv2.resize(field_px.reshape(*layout.coarse_shape, 2), size, interpolation=cv2.INTER_CUBIC)
        return _look_up(luma, offset, pose.to_picture, self._x + flow[..., 0], self._y + flow[..., 1])


def sample(reference: Reference, luma: FloatArray, offset: tuple[int, int], pose: Pose) -> FloatArray:
    """Return the (N,) grey levels of `luma` where the reference's pixels are by `pose`."""
    # Row by row: BLAS takes four times as long for both in one product, whose left side is so low.
    flow = np.hstack([pose.curved, pose.local]).astype(np.float32)
    x, y = (
        (one @ reference.terms + place).reshape(-1, ROW_PIXELS)
        for one, place in zip(flow, reference.places, strict=True)
    )
    return _look_up(luma, offset, pose.to_picture, x, y).ravel()


def _look_up(
    luma: FloatArray, offset: tuple[int, int], to_picture: FloatArray, x: FloatArray, y: FloatArray
) -> FloatArray:
    """Return the picture's grey levels at crop places (x, y), arrays of one shape.

    Lanczos interpolation: cv2's bicubic kernel does not reproduce a ramp and would bend a shift of a quarter
    pixel by 0.05 px; bilinear sampling costs a quarter more noise. Both measured.
    """
    m = to_picture.astype(np.float32)
    map_x = m[0, 0] * x + m[0, 1] * y + (m[0, 2] - offset[0])
    map_y = m[1, 0] * x + m[1, 1] * y + (m[1, 2] - offset[1])
    seen = cv2.remap(luma, map_x, map_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.float32)


def cut_out(
    luma: Luma, to_picture: FloatArray, geometry: Geometry
) -> tuple[FloatArray, tuple[int, int]] | None:
    """Return the part of the picture that the crop needs, as float32, with its offset; None when it is
    outside.
    """
    width, height = geometry.size
    corners = canonical.apply(to_picture, np.array([[0, 0], [width, 0], [0, height], [width, height]], float))
    margin = 0.15 * float(np.ptp(corners[:, 0]))
    x0, y0 = np.maximum(np.floor(corners.min(axis=0) - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(corners.max(axis=0) + margin), [luma.shape[1], luma.shape[0]]).astype(int)
    if x1 - x0 < 16 or y1 - y0 < 16:
        return None
    part: FloatArray = luma[y0:y1, x0:x1].astype(np.float32)
    scale = canonical.scale_of(to_picture)
    if scale > 1.2:
        # The picture is finer than the crop: average over the crop's pixel instead of sampling single ones.
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.45 * np.sqrt(scale * scale - 1)), np.float32)
    return part, (int(x0), int(y0))


def _fold(to_picture: FloatArray, affine: FloatArray, geometry: Geometry) -> FloatArray:
    """Put an affine displacement (2, 3) in normalised coordinates into the map from crop to picture."""
    e = geometry.eye_distance_px
    centre = np.array([WIDTH / 2 * e, (EYE_LINE + 0.5) * e])
    linear = affine[:, 1:] / e
    step = np.hstack([np.eye(2) + linear, (affine[:, 0] - linear @ centre)[:, None]])
    return canonical.compose(to_picture, step)


def _spread(values: FloatArray) -> float:
    return 1.4826 * middle(np.abs(values[::13]))


def fit(
    reference: Reference,
    part: FloatArray,
    offset: tuple[int, int],
    start: Pose,
    *,
    noise_sd: float,
    rounds: int = MAX_ROUNDS,
) -> Fit:
    """Register a picture's part (see `cut_out`) against `reference`, beginning at `start`.

    The error that comes back belongs to the pose before the last update, which is smaller than `SETTLED_PX`
    when the fit has settled.
    """
    layout, pose = reference.layout, start
    allowed = np.maximum(SETTLED_PX, SETTLED_SD * noise_sd * reference.region_gain)
    k = layout.nodes.shape[0]
    for n in range(rounds):
        excess = sample(reference, part, offset, pose) - reference.values
        shade = pose.light.astype(np.float32) @ reference.light
        error = excess - shade
        limit = max(CLIPS[min(n, len(CLIPS) - 1)], CLIP_SD * _spread(error))
        q = reference.solver @ (shade + np.clip(error, -limit, limit)) + reference.pull @ pose.local.ravel()
        affine = q[:AFFINE].reshape(2, 3).astype(float)
        local = q[HEAD : HEAD + 2 * k].reshape(2, k).astype(float)
        pose = Pose(
            to_picture=_fold(pose.to_picture, -affine, layout.geometry),
            curved=pose.curved - q[AFFINE:HEAD].reshape(2, 4),
            local=pose.local - local,
            light=q[HEAD + 2 * k :].astype(float),
        )
        calm = np.abs(local @ layout.at_regions.T).max(axis=0) < allowed
        settled = bool(calm[WATCHED].all() and np.abs(affine).max() < SETTLED_PX)
        if settled and (calm.all() or n + 1 >= LID_ROUNDS):
            break
    return Fit(pose, error, settled)
