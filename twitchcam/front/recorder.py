"""The front as a whole: frames and landmarks go in one at a time, a Recording comes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam.front import canonical, look
from twitchcam.front.bidirectional import give_back
from twitchcam.front.coding import CodingWatch
from twitchcam.front.cover import MouthWatch
from twitchcam.front.mesh_shape import MeshShape, head_angles, measure_mesh, part_in_picture
from twitchcam.front.plausible import plausibility
from twitchcam.front.registrar import Registered, Registrar, Seen
from twitchcam.front.scale import millimetres
from twitchcam.regions import LOWER_INDEX, MIRROR, REGIONS
from twitchcam.types import (
    BARE_MOUTH,
    FaceLandmarks,
    FloatArray,
    Frame,
    Luma,
    Recording,
    Scale,
    Source,
    TrackerInfo,
)

SCALE_YAW_DEG: Final = 15.0
"""Eyes are measured for the scale only while the head is turned by less."""
WARM_FRAMES: Final = 36
"""The reference is learnt from so many frames before the first is measured (about a second)."""
WARM_BYTES: Final = 100e6
"""Fewer when the pictures are so large that these would take more memory."""
CODED_SPAN: Final = 219.0
"""Grey levels between black and white in 8-bit video; deeper and full-range pictures are brought to it."""
JUDGE_EVERY_S: Final = 0.5
"""How often it is asked whether this is a human face; the answer stands until the next."""
BARE_FRAMES: Final = 8
"""With fewer frames of a bare mouth among the first, the reference is learnt from a covered one."""
BARE_S: Final = 0.6
"""It is learnt anew when the mouth has then been bare for so long: a hand needs 0.3-0.5 s to leave."""
OPEN: Final = 0.08
"""Lid gap, in eye distances (5 mm), above which the iris can be read."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What one frame's picture of the face shows before it is registered; needs no other frame."""

    in_frame: float
    brightness: float
    clipped: float
    detail: float


NO_GLANCE: Final = Glance(np.nan, np.nan, np.nan, np.nan)


def glance(frame: Frame, landmarks: FaceLandmarks) -> Glance:
    """Look at one frame's face. Apart from the recorder so that another thread can do it ahead."""
    picture, points = frame.picture, landmarks.points_px
    face = face_part(picture.luma, points)
    brightness, clipped = look.light(face, picture.black, picture.white)
    in_frame = part_in_picture(points, picture.width, picture.height)
    return Glance(in_frame, brightness, clipped, look.detail(face))


@dataclass
class _Row:
    """One frame, before millimetres are known. Lengths in eye distances."""

    t_s: float
    mesh: MeshShape | None = None
    registered: Registered | None = None
    head_px: FloatArray | None = None
    glance: Glance = NO_GLANCE
    plausible: float = np.nan
    mouth_seen: float = np.nan
    repeated: bool = False
    b_picture: bool = False
    coded_step: FloatArray | None = None
    changed: float = np.nan


@dataclass
class Recorder:
    """Measures frame by frame and keeps the numbers, never the pictures."""

    registrar: Registrar = field(default_factory=Registrar)
    _rows: list[_Row] = field(default_factory=list)
    _last_luma: Luma | None = None
    _judged_s: float = -np.inf
    _judgement: float = 1.0
    _mouth: MouthWatch = field(default_factory=MouthWatch)
    _coding: CodingWatch = field(default_factory=CodingWatch)
    _learnt_covered: bool = False
    _warming: list[tuple[_Row, Frame, FloatArray]] | None = field(default_factory=list)

    def add(self, frame: Frame, landmarks: FaceLandmarks | None, seen: Glance | None = None) -> None:
        """Take one frame, with its landmarks or None where no face was found.

        `seen` is the frame's `glance` when it was made ahead.
        """
        luma, last = frame.picture.luma, self._last_luma
        row = _Row(frame.t_s, repeated=self._is_repeat(luma), b_picture=frame.b_picture)
        if landmarks is not None and last is not None and last.shape == luma.shape:
            span = frame.picture.white - frame.picture.black
            points = landmarks.points_px
            row.changed = look.changed_part(face_part(last, points), face_part(luma, points), span)
        self._rows.append(row)
        if landmarks is None:
            if self._warming is None:
                self.registrar.lost()
            return
        row.glance = seen or glance(frame, landmarks)
        row.mouth_seen = self._mouth.look(frame, landmarks.points_px)
        if self._learnt_covered and self._mouth.bare_s >= BARE_S:
            self._begin_again()
        if self._warming is None:
            self._measure(row, frame, landmarks.points_px)
            return
        self._warming.append((row, frame, landmarks.points_px))
        if len(self._warming) >= WARM_FRAMES or len(self._warming) * luma.nbytes > WARM_BYTES:
            self._finish_warming()

    def _finish_warming(self) -> None:
        """Learn from the first frames, then measure them with what was learnt."""
        waiting, self._warming = self._warming or [], None
        if waiting:
            bare = [one for one in waiting if one[0].mouth_seen >= BARE_MOUTH]
            self._learnt_covered = len(bare) < min(BARE_FRAMES, len(waiting))
            shown = waiting if self._learnt_covered else bare
            self.registrar.learn([_seen(frame, points) for _, frame, points in shown])
        for row, frame, points in waiting:
            self._measure(row, frame, points)

    def _begin_again(self) -> None:
        """Forget a reference that shows something in front of the mouth, and learn the face that has come."""
        self.registrar, self._warming, self._learnt_covered = Registrar(), [], False
        since = self._rows[-1].t_s - BARE_S - 0.1
        for row in self._rows:
            if row.registered is not None:
                # Against the hand's picture no lip was measured, and no place goes on into the new reference.
                motion = row.registered.motion.copy()
                motion[list(LOWER_INDEX) if row.t_s < since else slice(None)] = np.nan
                row.registered = replace(row.registered, motion=motion)

    def _is_repeat(self, luma: Luma) -> bool:
        last, self._last_luma = self._last_luma, luma
        if last is None or last.shape != luma.shape or not np.array_equal(last[8::64], luma[8::64]):
            return False
        return bool(np.array_equal(last, luma))

    def _measure(self, row: _Row, frame: Frame, points: FloatArray) -> None:
        seen = _seen(frame, points)
        registered = self.registrar.register(seen.luma, points, seen.angles_deg, seen.grey_scale)
        if registered is None:
            row.glance = replace(NO_GLANCE, in_frame=row.glance.in_frame)
            return
        row.registered = registered
        row.mesh = measure_mesh(points, registered.to_picture, registered.crop_eye_distance_px)
        size = float(registered.crop_eye_distance_px)
        centre = np.array([canonical.WIDTH / 2, canonical.EYE_LINE + 0.5]) * size
        row.head_px = canonical.apply(registered.to_picture, centre)
        row.plausible = self._judge(frame, points)
        step_px = self._coding.look(frame.picture, frame.t_s, points, seen.grey_scale)
        row.coded_step = None if step_px is None else step_px / row.mesh.eye_distance_px

    def _judge(self, frame: Frame, points: FloatArray) -> float:
        if frame.t_s - self._judged_s >= JUDGE_EVERY_S:
            picture = frame.picture
            self._judgement = plausibility(picture.luma, points, picture.black, picture.white)
            self._judged_s = frame.t_s
        return self._judgement

    def recording(self, source: Source, tracker: TrackerInfo, *, pd_mm: float | None = None) -> Recording:
        """Return what was recorded so far.

        `pd_mm`: the user's own pupillary distance, millimetres.
        """
        if self._warming is not None:
            self._finish_warming()
        mm, scale = self._scale(pd_mm)
        found: dict[str, Any] = dict(_arrays(self._rows, mm))
        recording = Recording(
            **found,
            source=source,
            tracker=tracker,
            scale=scale,
            settings={"measured_by": "registration", **({} if pd_mm is None else {"pd_mm": pd_mm})},
        )
        return give_back(recording)

    def placements(self) -> FloatArray:
        """Return (n, 2, 3) maps from the face's own frame (the crop, in eye distances) to the picture.

        NaN where no face was measured. For showing the face held still; call it after `recording`.
        """
        maps = np.full((len(self._rows), 2, 3), np.nan)
        for to_picture, row in zip(maps, self._rows, strict=True):
            if row.registered is not None:
                to_picture[:] = row.registered.to_picture
                to_picture[:, :2] *= row.registered.crop_eye_distance_px
        return maps

    def _scale(self, pd_mm: float | None) -> tuple[float, Scale]:
        shapes = [row.mesh for row in self._rows if row.mesh is not None]
        frontal = [m for m in shapes if abs(m.angles_deg[0]) < SCALE_YAW_DEG]
        good = [m for m in frontal if m.eye_opening.min() > OPEN] or shapes
        if not good:
            return np.nan, Scale(None, "none", None)
        pupils, iris = np.array([[m.pupils, m.iris] for m in good]).T
        return millimetres(pupils, iris, np.array([m.eye_distance_px for m in shapes]), pd_mm)


def _seen(frame: Frame, points: FloatArray) -> Seen:
    picture = frame.picture
    grey_scale = CODED_SPAN / (picture.white - picture.black)
    return Seen(picture.luma, points, head_angles(points)[:2], grey_scale)


def face_part(luma: Luma, points: FloatArray) -> Luma:
    """Return the part of the luma plane that holds the face."""
    low = np.maximum(points[:, :2].min(axis=0), 0).astype(int)
    high = np.minimum(points[:, :2].max(axis=0) + 1, [luma.shape[1], luma.shape[0]]).astype(int)
    return luma[low[1] : max(high[1], low[1] + 1), low[0] : max(high[0], low[0] + 1)]


def _arrays(rows: list[_Row], mm: float) -> dict[str, NDArray[Any]]:
    n, k = len(rows), len(REGIONS)
    empty = np.full((k, 2), np.nan)
    flip = np.array([1.0, -1.0])

    def from_mesh(get: str, size: tuple[int, ...], unit: float = 1.0) -> FloatArray:
        blank = np.full(size, np.nan)
        values = np.array([blank if r.mesh is None else getattr(r.mesh, get) for r in rows])
        return values.reshape(n, *size) * unit

    def from_fit(get: str, blank: FloatArray | float, unit: float = 1.0) -> FloatArray:
        return np.array([blank if r.registered is None else getattr(r.registered, get) for r in rows]) * unit

    eye_px = from_mesh("eye_distance_px", ())
    head = np.array([[np.nan, np.nan] if r.head_px is None else r.head_px for r in rows]).reshape(n, 2)
    seen = head[np.isfinite(head[:, 0])]
    first, mm_per_px = (seen[0], mm / np.nanmedian(eye_px)) if len(seen) else (0.0, np.nan)
    keyframes = [-1 if r.registered is None else r.registered.keyframe for r in rows]
    detail = np.array([r.glance.detail for r in rows])
    sharpest = np.nanquantile(detail, 0.9) if np.isfinite(detail).any() else np.nan
    return {
        "t_s": np.array([r.t_s for r in rows]),
        "motion_mm": from_fit("motion", empty, mm).reshape(n, k, 2) * flip,
        "mesh_mm": from_mesh("regions", (k, 2), mm),
        "pose_deg": from_mesh("angles_deg", (3,)),
        "head_mm": (head - first) * flip * mm_per_px,
        "eye_opening_mm": from_mesh("eye_opening", (2,), mm),
        "mouth_opening_mm": from_mesh("mouth_opening", (), mm),
        "mouth_width_mm": from_mesh("mouth_width", (), mm),
        "eye_distance_px": eye_px,
        "residual": from_fit("residual", np.nan),
        "region_match": from_fit("match", empty[:, 0]).reshape(n, k),
        "region_sd_mm": from_fit("sd", empty[:, 0], mm).reshape(n, k),
        "sharpness": np.minimum(np.sqrt(detail / sharpest), 1.0) if sharpest else detail,
        "brightness": np.array([r.glance.brightness for r in rows]),
        "clipped": np.array([r.glance.clipped for r in rows]),
        "keyframe": np.array(keyframes, dtype=np.int32),
        "repeated": np.array([r.repeated for r in rows], dtype=bool),
        "b_picture": np.array([r.b_picture for r in rows], dtype=bool),
        "coded_step_mm": np.array(
            [empty[:, 0] if r.coded_step is None else r.coded_step for r in rows]
        ).reshape(n, k)
        * mm,
        "changed": np.array([r.changed for r in rows], dtype=float),
        "in_frame": np.array([r.glance.in_frame for r in rows]),
        "plausible": np.array([r.plausible for r in rows]),
        "mouth_seen": np.array([r.mouth_seen for r in rows]),
    }


def mirror(recording: Recording) -> Recording:
    """Return the recording as its mirror image would have been: sides swapped, x, yaw and roll negated."""
    swap = list(MIRROR)
    across = np.array([-1.0, 1.0])
    return replace(
        recording,
        motion_mm=recording.motion_mm[:, swap] * across,
        mesh_mm=recording.mesh_mm[:, swap] * across,
        pose_deg=recording.pose_deg * [-1.0, 1.0, -1.0],
        head_mm=recording.head_mm * across,
        eye_opening_mm=recording.eye_opening_mm[:, ::-1],
        region_match=recording.region_match[:, swap],
        region_sd_mm=recording.region_sd_mm[:, swap],
        coded_step_mm=recording.coded_step_mm[:, swap],
    )
