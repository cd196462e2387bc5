"""From frame to frame: keyframes, continuity, recovery.

A `Registrar` follows one face. It learns its reference from the first second or so of the face, makes further
keyframes when the head has turned, goes back to an earlier one when the head returns, and carries the signals
over without a step. The mesh only starts it, watches over it and helps it after a fast movement or a loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from twitchcam.front import canonical
from twitchcam.front.layout import Layout, lay_out
from twitchcam.front.mesh_shape import unrest
from twitchcam.front.reference import Reference, make_reference, shade
from twitchcam.front.registration import Fit, Pose, Warper, cut_out, fit
from twitchcam.front.robust import middle
from twitchcam.regions import LIP_INDEX, REGIONS
from twitchcam.types import FloatArray, IntArray, Luma

LEARN_AT: Final = (4, 12, 36)
"""Numbers of averaged crops at which a young keyframe's reference is made anew."""
CHOOSE_AT: Final = 12
"""The one of these at which its pixels are chosen anew: a single crop's noise has a say in the choice."""
LEARN_MATCH: Final = 0.8
"""Frames whose lips look less like the reference (speech, an open mouth) are not averaged into it."""
STRAY: Final = 0.08
"""Registered and mesh position may differ by this many eye distances before the mesh is believed."""
JUMP: Final = 0.02
"""A head step beyond this many eye distances off the prediction starts the fit from the mesh."""
TURN_DEG: Final = 8.0
"""A new keyframe is made when yaw or pitch is this far from every keyframe's: beyond it the curved terms no
longer carry the change of shading and perspective (own choice, from the synthetic clips)."""
BACK_DEG: Final = 3.0
"""An older keyframe is taken when it is nearer by this much."""
POOR: Final = 0.55
"""Correlation of the upper face below which a fit has failed."""
GIVE_UP: Final = 45
"""Failed frames in a row after which the reference is dropped and learnt anew."""
FARTHEST: Final = 0.35
"""No skin travels further than this many eye distances (22 mm) and is still recognised: a fit that says so
has run away, as it does under a hand, and the region is not measured."""
LIPS_GONE: Final = 0.8
"""Correlation of the lips, in the median, below which something else may be in their place."""
RETRY_EVERY: Final = 5
"""While they are gone, every fifth fit is tried from the resting face as well: what has run away under a hand
does not find back on its own."""
HOLD: Final = 150
"""While the lips are gone no other keyframe is made or taken, for so many frames at most: a hand bends the
mesh, which then reads as a turned head, and the hand would be learnt as part of the face."""
MAX_KEYFRAMES: Final = 12
RESIDUAL_CUT: Final = 40.0
"""Grey levels beyond which a residual counts no further: a hand or an open mouth is different, no more."""
REST_RATE: Final = 0.02
ANGLE_RATE: Final = 0.3
Cut = tuple[FloatArray, tuple[int, int]]
"""A part of the picture and where its upper left pixel lies."""
LIPS: Final = list(LIP_INDEX)
UPPER: Final = [i for i, name in enumerate(REGIONS) if name.startswith(("brow", "lower_eyelid", "cheek"))]


@dataclass(frozen=True)
class Seen:
    """What the registrar needs to know of one frame."""

    luma: Luma
    points_px: FloatArray
    angles_deg: FloatArray
    grey_scale: float


@dataclass(frozen=True)
class Registered:
    """What registration says of one frame. Displacements are in eye distances of the crop."""

    motion: FloatArray
    """(19, 2) right and down in the face's frame; NaN when the fit failed."""
    sd: FloatArray
    """(19,) predicted noise of `motion` in one frame, each direction."""
    match: FloatArray
    """(19,) noise-corrected correlation of each region's pixels with the reference."""
    residual: float
    """Residual over noise."""
    to_picture: FloatArray
    keyframe: int
    crop_eye_distance_px: int


@dataclass
class _Key:
    reference: Reference
    angles: FloatArray
    offset: FloatArray
    """(19, 2) added to this keyframe's displacements so that the signals go on without a step."""
    total: FloatArray
    """(h, w) sum of the crops that were averaged."""
    count: int = 1


@dataclass
class Registrar:
    """Registers the frames of one face, in time order."""

    _layout: Layout | None = None
    _warper: Warper | None = None
    _keys: list[_Key] = field(default_factory=list)
    _current: int = 0
    _made: int = 0
    _pose: Pose | None = None
    _step: FloatArray | None = None
    _mesh: FloatArray | None = None
    _noise: float = 2.0
    _heard: int = 0
    _last_error: tuple[IntArray, FloatArray] | None = None
    _failed: int = 0
    _angles: FloatArray | None = None
    _rest: FloatArray | None = None
    _gone: int = 0

    def lost(self) -> None:
        """Tell that a frame shows no face."""
        self._pose = self._step = self._mesh = self._last_error = None

    def learn(self, seen: Sequence[Seen]) -> None:
        """Learn the reference from the first frames of a face, so that even the first meets a good one.

        The calmest of them (mouth closed, eyes open) defines the crop.
        """
        calmest = min(seen, key=lambda one: unrest(one.points_px))
        self.register(calmest.luma, calmest.points_px, calmest.angles_deg, calmest.grey_scale)
        for one in seen:
            self.register(one.luma, one.points_px, one.angles_deg, one.grey_scale)
        self.lost()
        self._rest = None

    def register(
        self, luma: Luma, points_px: FloatArray, angles_deg: FloatArray, grey_scale: float = 1.0
    ) -> Registered | None:
        """Register one frame: luma (H, W), landmarks (478, 3), (yaw, pitch).

        `grey_scale` carries luma codes to 8-bit ones. Returns None when the face lies outside the picture.
        """
        if self._layout is None or self._warper is None:
            self._layout = lay_out(canonical.define(points_px)[0])
            self._warper = Warper(self._layout)
        layout, warper = self._layout, self._warper
        mesh = canonical.align(layout.geometry, points_px)
        cut = cut_out(luma, mesh, layout.geometry)
        if cut is None:
            self.lost()
            return None
        part, offset = cut[0] * np.float32(grey_scale), cut[1]
        start = self._start(layout, mesh)
        if not self._keys:
            self._add_key(layout, warper(part, offset, start), angles_deg, np.zeros((len(REGIONS), 2)))
        key = self._keys[self._current]
        result = self._fit(layout, (part, offset), start, mesh)
        match = _match(key.reference, result, self._noise)
        if self._retries(layout, result, match):
            again = fit(key.reference, part, offset, Pose.start(mesh, layout), noise_sd=self._noise)
            if _ran_away(layout, result) or _cost(again) < _cost(result):
                result, match = again, _match(key.reference, again, self._noise)
        sound = middle(match[UPPER]) >= POOR
        motion = result.region_px(key.reference) + key.offset if sound else np.full((len(REGIONS), 2), np.nan)
        self._listen(key.reference, result)
        if sound:
            self._keep_up(layout, warper, (part, offset), key, result, match)
            self._choose(layout, warper, (part, offset), result, angles_deg, motion)
            self._pose, self._mesh, self._failed = result.pose, mesh, 0
            if _ran_away(layout, result):
                self._pose = Pose.start(mesh, layout)
                moved = np.linalg.norm(result.region_px(key.reference), axis=1)
                motion[moved > FARTHEST * layout.geometry.eye_distance_px] = np.nan
        else:
            self._fail()
        turned = layout.to_face[: len(REGIONS)]
        stretch = np.sqrt((turned**2).sum(axis=-1).mean(axis=-1))
        return Registered(
            motion=(turned @ motion[..., None])[..., 0] / layout.geometry.eye_distance_px,
            sd=stretch * key.reference.region_gain * self._noise / layout.geometry.eye_distance_px,
            match=match,
            residual=float(np.sqrt(np.mean(np.minimum(result.error**2, RESIDUAL_CUT**2)))) / self._noise,
            to_picture=result.pose.to_picture if sound else mesh,
            keyframe=key.reference.number if sound else -1,
            crop_eye_distance_px=layout.geometry.eye_distance_px,
        )

    def _retries(self, layout: Layout, result: Fit, match: FloatArray) -> bool:
        """Count the frames without lips; tell whether this one is to be tried from the resting face."""
        gone = middle(match[LIPS]) < LIPS_GONE or _ran_away(layout, result)
        self._gone = self._gone + 1 if gone else 0
        return self._gone % RETRY_EVERY == 1

    def _fail(self) -> None:
        self.lost()
        self._failed += 1
        if self._failed >= GIVE_UP:
            # What was learnt does not show this face any more: begin again at the next frame.
            self._layout, self._warper, self._rest, self._failed = None, None, None, 0
            self._keys.clear()
            self._current = 0

    def _listen(self, reference: Reference, result: Fit) -> None:
        """Follow the camera noise: what differs from frame to frame where nothing moved."""
        last, self._last_error = self._last_error, (reference.pixels, result.error)
        if last is not None and last[0] is reference.pixels:
            step = 1.4826 * middle(np.abs(result.error[::13] - last[1][::13])) / np.sqrt(2)
            rate = 0.3 if self._heard < 10 else 0.03
            self._noise += rate * (max(step, 0.3) - self._noise)
            self._heard += 1

    def _start(self, layout: Layout, mesh: FloatArray) -> Pose:
        """Where the fit of the next frame begins: carried on, or where the mesh says after a fast move."""
        if self._pose is None or self._mesh is None:
            fresh = Pose.start(mesh, layout)
            return fresh if self._rest is None else replace(fresh, local=self._rest)
        last = self._pose.to_picture
        predicted = last if self._step is None else canonical.compose(self._step, last)
        by_mesh = canonical.compose(canonical.compose(mesh, canonical.invert(self._mesh)), last)
        if _apart(layout, predicted, by_mesh) > JUMP:
            predicted = by_mesh
        if _apart(layout, predicted, mesh) > STRAY:
            predicted = mesh
        return replace(self._pose, to_picture=predicted)

    def _fit(self, layout: Layout, seen: Cut, start: Pose, mesh: FloatArray) -> Fit:
        reference = self._keys[self._current].reference
        result = fit(reference, *seen, start, noise_sd=self._noise)
        if result.settled and _apart(layout, result.pose.to_picture, mesh) < STRAY:
            return result
        again = fit(reference, *seen, replace(start, to_picture=mesh), noise_sd=self._noise)
        return again if _cost(again) < _cost(result) else result

    def _keep_up(
        self, layout: Layout, warper: Warper, seen: Cut, key: _Key, result: Fit, match: FloatArray
    ) -> None:
        """Remember the head's step and the skin's resting place, and learn the reference."""
        if self._pose is not None:
            self._step = canonical.compose(result.pose.to_picture, canonical.invert(self._pose.to_picture))
        local = result.pose.local
        if not _ran_away(layout, result):
            self._rest = local if self._rest is None else (1 - REST_RATE) * self._rest + REST_RATE * local
        calm = middle(match[LIPS]) > LEARN_MATCH or key.count < LEARN_AT[0]
        if key.count < LEARN_AT[-1] and calm:
            key.total += warper(*seen, result.pose) - shade(key.reference, result.pose.light)
            key.count += 1
            if key.count in LEARN_AT:
                mean, noise = key.total / key.count, self._noise / np.sqrt(key.count)
                known = None if key.count == CHOOSE_AT else key.reference.pixels
                key.reference = make_reference(layout, mean, key.reference.number, noise, known)

    def _add_key(self, layout: Layout, picture: FloatArray, angles: FloatArray, offset: FloatArray) -> None:
        if len(self._keys) >= MAX_KEYFRAMES:
            del self._keys[0]
        reference = make_reference(layout, picture, self._made, self._noise)
        self._made += 1
        self._keys.append(_Key(reference, angles, offset, picture.copy()))
        self._current = len(self._keys) - 1

    def _choose(
        self,
        layout: Layout,
        warper: Warper,
        seen: Cut,
        result: Fit,
        angles: FloatArray,
        motion: FloatArray,
    ) -> None:
        """Go to another keyframe, or make one, when the head has turned."""
        if self._angles is None:
            self._angles = angles
        self._angles = self._angles + ANGLE_RATE * (angles - self._angles)
        if 0 < self._gone < HOLD:
            return
        apart = [float(np.abs(self._angles - key.angles).max()) for key in self._keys]
        nearest = int(np.argmin(apart))
        if apart[nearest] > TURN_DEG:
            here = self._keys[self._current]
            picture = warper(*seen, result.pose) - shade(here.reference, result.pose.light)
            self._add_key(layout, picture, self._angles, here.offset)
        elif nearest != self._current and apart[nearest] < apart[self._current] - BACK_DEG:
            key = self._keys[nearest]
            other = fit(key.reference, *seen, result.pose, noise_sd=self._noise)
            key.offset = motion - other.region_px(key.reference)
            self._current = nearest


def _ran_away(layout: Layout, result: Fit) -> bool:
    """Tell whether a place moved further than skin can."""
    farthest = np.linalg.norm(result.pose.local, axis=0).max()
    return bool(farthest > FARTHEST * layout.geometry.eye_distance_px)


def _cost(result: Fit) -> float:
    return float(np.mean(np.minimum(np.abs(result.error), RESIDUAL_CUT)))


def _apart(layout: Layout, a: FloatArray, b: FloatArray) -> float:
    """Distance between two placements of the face, in eye distances."""
    scale = canonical.scale_of(a) * layout.geometry.eye_distance_px
    return float(np.hypot(*canonical.apply(a - b, layout.stable_middle)) / scale)


def _match(reference: Reference, result: Fit, noise: float) -> FloatArray:
    """(19,) correlation of each region's pixels with the reference, corrected for the noise in the frame."""
    values = result.error + reference.values
    mean = reference.zone @ values
    variance = np.maximum(reference.zone @ (values * values) - mean * mean - noise * noise, 1e-3)
    shared = reference.zone @ (values * reference.values) - mean * reference.zone_mean
    return np.asarray(np.clip(shared / (np.sqrt(variance) * reference.zone_sd), -1.0, 1.0))
