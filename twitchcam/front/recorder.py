"""The front as a whole: frames and landmarks go in one at a time, a Recording comes out."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
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
from twitchcam.front.rows import Rows
from twitchcam.front.scale import millimetres
from twitchcam.regions import LOWER_INDEX, MIRROR
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


Row = Any
"""One row of `Rows`: a view that is written to by field name."""
NO_GLANCE: Final = Glance(np.nan, np.nan, np.nan, np.nan)


def glance(frame: Frame, landmarks: FaceLandmarks) -> Glance:
    """Look at one frame's face. Apart from the recorder so that another thread can do it ahead."""
    picture, points = frame.picture, landmarks.points_px
    face = face_part(picture.luma, points)
    brightness, clipped = look.light(face, picture.black, picture.white)
    in_frame = part_in_picture(points, picture.width, picture.height)
    return Glance(in_frame, brightness, clipped, look.detail(face))


@dataclass
class Recorder:
    """Measures frame by frame and keeps the numbers, never the pictures."""

    registrar: Registrar = field(default_factory=Registrar)
    _rows: Rows = field(default_factory=Rows)
    _last_luma: Luma | None = None
    _judged_s: float = -np.inf
    _judgement: float = 1.0
    _mouth: MouthWatch = field(default_factory=MouthWatch)
    _coding: CodingWatch = field(default_factory=CodingWatch)
    _learnt_covered: bool = False
    _warming: list[tuple[Row, Frame, FloatArray]] | None = field(default_factory=list)

    def add(self, frame: Frame, landmarks: FaceLandmarks | None, seen: Glance | None = None) -> None:
        """Take one frame, with its landmarks or None where no face was found.

        `seen` is the frame's `glance` when it was made ahead.
        """
        luma, last = frame.picture.luma, self._last_luma
        row = self._rows.new(frame.t_s)
        row["repeated"], row["b_picture"] = self._is_repeat(luma), frame.b_picture
        if landmarks is not None and last is not None and last.shape == luma.shape:
            span = frame.picture.white - frame.picture.black
            face = face_box(luma, landmarks.points_px)
            row["changed"] = look.changed_part(last[face], luma[face], span)
        if landmarks is None:
            if self._warming is None:
                self.registrar.lost()
            return
        _put(row, seen or glance(frame, landmarks))
        row["mouth_seen"] = self._mouth.look(frame, landmarks.points_px)
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
            bare = [one for one in waiting if one[0]["mouth_seen"] >= BARE_MOUTH]
            self._learnt_covered = len(bare) < min(BARE_FRAMES, len(waiting))
            shown = waiting if self._learnt_covered else bare
            self.registrar.learn([_seen(frame, points) for _, frame, points in shown])
        for row, frame, points in waiting:
            self._measure(row, frame, points)

    def _begin_again(self) -> None:
        """Forget a reference that shows something in front of the mouth, and learn the face that has come."""
        self.registrar, self._warming, self._learnt_covered = Registrar(), [], False
        t_s, measured = self._rows.column("t_s"), self._rows.column("measured")
        before = t_s < t_s[-1] - BARE_S - 0.1
        # Against the hand's picture no lip was measured, and no place goes on into the new reference.
        self._rows.put("motion", measured & before, np.nan, list(LOWER_INDEX))
        self._rows.put("motion", measured & ~before, np.nan)

    def _is_repeat(self, luma: Luma) -> bool:
        last, self._last_luma = self._last_luma, luma
        if last is None or last.shape != luma.shape or not np.array_equal(last[8::64], luma[8::64]):
            return False
        return bool(np.array_equal(last, luma))

    def _measure(self, row: Row, frame: Frame, points: FloatArray) -> None:
        seen = _seen(frame, points)
        registered = self.registrar.register(seen.luma, points, seen.angles_deg, seen.grey_scale)
        if registered is None:
            _put(row, replace(NO_GLANCE, in_frame=float(row["in_frame"])))
            return
        row["measured"] = True
        _put(row, registered)
        mesh = measure_mesh(points, registered.to_picture, registered.crop_eye_distance_px)
        _put(row, mesh)
        size = float(registered.crop_eye_distance_px)
        centre = np.array([canonical.WIDTH / 2, canonical.EYE_LINE + 0.5]) * size
        row["head_px"] = canonical.apply(registered.to_picture, centre)
        row["plausible"] = self._judge(frame, points)
        step_px = self._coding.look(frame.picture, frame.t_s, points, seen.grey_scale)
        if step_px is not None:
            row["coded_step"] = step_px / mesh.eye_distance_px

    def _judge(self, frame: Frame, points: FloatArray) -> float:
        if frame.t_s - self._judged_s >= JUDGE_EVERY_S:
            picture = frame.picture
            self._judgement = plausibility(picture.luma, points, picture.black, picture.white)
            self._judged_s = frame.t_s
        return self._judgement

    def recording(
        self, source: Source, tracker: TrackerInfo, *, pd_mm: float | None = None, since_s: float = 0.0
    ) -> Recording:
        """Return what was recorded so far, or only the part from `since_s` on.

        `pd_mm`: the user's own pupillary distance, millimetres. Without `since_s` the first frames, kept back
        to learn from, are measured before their time when no more will come.
        """
        if self._warming is not None and not since_s:
            self._finish_warming()
        mm, scale = self._scale(pd_mm)
        found: dict[str, Any] = dict(_arrays(self._rows, mm, self._rows.since(since_s) if since_s else 0))
        recording = Recording(
            **found,
            source=source,
            tracker=tracker,
            scale=scale,
            settings={"measured_by": "registration", **({} if pd_mm is None else {"pd_mm": pd_mm})},
        )
        return give_back(recording)

    @property
    def times_s(self) -> FloatArray:
        """(n,) media time of the frames so far."""
        return np.asarray(self._rows.column("t_s"))

    @property
    def warming(self) -> bool:
        """Whether the first frames are still kept back to learn from; measuring them all takes a moment."""
        return self._warming is not None

    @property
    def latest(self) -> Row:
        """The newest frame's numbers. Nothing but its time is known while the first frames are kept back."""
        return self._rows.last

    def placements(self) -> FloatArray:
        """Return (n, 2, 3) maps from the face's own frame (the crop, in eye distances) to the picture.

        NaN where no face was measured. For showing the face held still; call it after `recording`.
        """
        maps = self._rows.column("to_picture")
        maps[:, :, :2] *= self._rows.column("crop_eye_distance_px")[:, None, None]
        return maps

    def _scale(self, pd_mm: float | None) -> tuple[float, Scale]:
        known = self._rows.column("measured")
        if not known.any():
            return np.nan, Scale(None, "none", None)
        frontal = known & (np.abs(self._rows.column("angles_deg")[:, 0]) < SCALE_YAW_DEG)
        good = frontal & (self._rows.column("eye_opening").min(axis=1) > OPEN)
        used = good if good.any() else known
        pupils, iris = self._rows.column("pupils")[used], self._rows.column("iris")[used]
        return millimetres(pupils, iris, self._rows.column("eye_distance_px")[known], pd_mm)


def _put(row: Row, values: Glance | Registered | MeshShape) -> None:
    """Write a carrier's numbers into the fields of the same names."""
    for name in _NAMES[type(values)]:
        row[name] = getattr(values, name)


_NAMES: Final = {kind: tuple(part.name for part in fields(kind)) for kind in (Glance, Registered, MeshShape)}


def _seen(frame: Frame, points: FloatArray) -> Seen:
    picture = frame.picture
    grey_scale = CODED_SPAN / (picture.white - picture.black)
    return Seen(picture.luma, points, head_angles(points)[:2], grey_scale)


def face_part(luma: Luma, points: FloatArray) -> Luma:
    """Return the part of the luma plane that holds the face."""
    return luma[face_box(luma, points)]


def face_box(luma: Luma, points: FloatArray) -> tuple[slice, slice]:
    """Return the rows and columns of the luma plane that hold the face."""
    left, top = np.maximum(points[:, :2].min(axis=0), 0).astype(int).tolist()
    right, bottom = (
        np.minimum(points[:, :2].max(axis=0) + 1, [luma.shape[1], luma.shape[0]]).astype(int).tolist()
    )
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def _arrays(rows: Rows, mm: float, first: int = 0) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `Recording` from row `first` on; `mm` is millimetres per eye distance."""

    def column(name: str, unit: float = 1.0) -> NDArray[Any]:
        values = rows.column(name, first)
        return values * unit if unit != 1.0 else values

    flip = np.array([1.0, -1.0])
    eye_px, head, detail = column("eye_distance_px"), column("head_px"), column("detail")
    seen = head[np.isfinite(head[:, 0])]
    origin, mm_per_px = (seen[0], mm / np.nanmedian(eye_px)) if len(seen) else (0.0, np.nan)
    sharpest = np.nanquantile(detail, 0.9) if np.isfinite(detail).any() else np.nan
    same = ("t_s", "residual", "brightness", "clipped", "keyframe", "repeated", "b_picture", "changed")
    return {
        **{name: column(name) for name in (*same, "in_frame", "plausible", "mouth_seen")},
        "motion_mm": column("motion", mm) * flip,
        "mesh_mm": column("regions", mm),
        "pose_deg": column("angles_deg"),
        "head_mm": (head - origin) * flip * mm_per_px,
        "eye_opening_mm": column("eye_opening", mm),
        "mouth_opening_mm": column("mouth_opening", mm),
        "mouth_width_mm": column("mouth_width", mm),
        "eye_distance_px": eye_px,
        "region_match": column("match"),
        "region_sd_mm": column("sd", mm),
        "sharpness": np.minimum(np.sqrt(detail / sharpest), 1.0) if sharpest else detail,
        "coded_step_mm": column("coded_step", mm),
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
