"""The magnified video: the aligned mouth as filmed and, beside it, with its measured motion enlarged.

Both pictures come from the same frame, held upright and still by the registration's own placement of the
face. The right one is warped by the motion that was measured, so it shows nothing that the numbers do not
say; where nothing was measured above the noise, the two are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from twitchcam.analysis.amplify import steady_factors, worth_showing
from twitchcam.edges.overlay.drawing import COLOURS, INK, PAPER, colour_of, describe, fit_text, glow, write
from twitchcam.edges.overlay.trace import Traces
from twitchcam.edges.overlay.video_out import write_video
from twitchcam.front.canonical import EYE_LINE, WIDTH
from twitchcam.front.swell import STEEPEST, Swelling, look_back
from twitchcam.regions import INDEX, LIPS, LOWER_FACE, REGIONS, side_of
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray, FloatArray, Frame, Image, Recording

PANEL: Final = 640
"""Side of each of the two pictures, pixels."""
ACROSS: Final = 1.75
"""What a picture shows, in eye distances (11 cm): from the lower lids to the chin, cheek to cheek."""
RAISED: Final = 0.06
"""Its middle lies this far above the middle of the mouth."""
_STEP: Final = 4
"""The warp is made on every fourth pixel and interpolated; it is smooth."""
_HEADER: Final = 36
_CAPTION: Final = 40
_GAP: Final = 4
_EDGE: Final = 8
_RING: Final = 30
_AMBER: Final = (255, 208, 96)
_AS_WANTED: Final = 0.995
"""From this part of the wanted factor on nobody sees a difference."""
_SAME_TIME_S: Final = 1e-3
SHOWN: Final = LOWER_FACE
"""The regions in the picture of the mouth whose motion is enlarged."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the face that fills a picture."""

    shown: tuple[str, ...]
    """The regions whose motion is enlarged."""
    around: tuple[str, ...]
    """Those in its middle."""


_LIDS: Final = tuple(name for name in REGIONS if "eyelid" in name)
MOUTH: Final = Part(SHOWN, LIPS)
EYES: Final = Part((*_LIDS, *(name for name in REGIONS if name.startswith(("brow", "cheek")))), _LIDS)


@dataclass(frozen=True)
class Magnification:
    """Everything known before the first picture is drawn. Lengths in eye distances."""

    wanted: float
    t_s: FloatArray
    to_picture: FloatArray
    """(n, 2, 3) from the face's own frame (eye distances) to the picture, NaN where no face was seen."""
    moved: FloatArray
    """(n, r, 2) what is enlarged of the shown regions' motion, right and down."""
    factor: FloatArray
    """(n,)"""
    corner: FloatArray
    """(2,) where the upper left of the picture lies."""
    swelling: Swelling

    @property
    def limited(self) -> bool:
        """Whether some movement was too large to be enlarged as often as wanted."""
        moving = np.abs(self.moved).max(axis=(1, 2), initial=0.0) > 0
        return bool((moving & (self.factor < _AS_WANTED * self.wanted)).any())


def plan(
    recording: Recording, measured: Measured, to_picture: FloatArray, wanted: float, part: Part = MOUTH
) -> Magnification:
    """Decide what is enlarged, how often, and where the picture is cut.

    `to_picture` (n, 2, 3) is `Recorder.placements`; `wanted` is the number of times.
    """
    columns = [INDEX[name] for name in part.shown]
    if to_picture.shape != (recording.t_s.size, 2, 3):
        raise ValueError(
            f"to_picture must be ({recording.t_s.size}, 2, 3), as from Recorder.placements; "
            f"got {to_picture.shape}"
        )
    mm = eye_distance_mm(recording)
    flip = np.array([1.0, -1.0])
    places = _resting_places(recording, mm) * flip + [WIDTH / 2, EYE_LINE]
    moved = worth_showing(recording, measured, AnalysisSettings())[:, columns] * flip / mm
    swelling = Swelling.at(places[columns])
    corner = places[[INDEX[name] for name in part.around]].mean(axis=0) - [ACROSS / 2, ACROSS / 2 + RAISED]
    k = (np.arange(36) + 0.5) / 36 * ACROSS
    grid = np.stack(np.meshgrid(k, k), axis=2).reshape(-1, 2) + corner
    slopes = swelling.slopes(grid, moved)
    factor = steady_factors(recording.t_s, slopes, measured.events, wanted=wanted, steepest=STEEPEST)
    return Magnification(wanted, recording.t_s, to_picture, moved, factor, corner, swelling)


def eye_distance_mm(recording: Recording) -> float:
    """Return the millimetres of an eye distance in this recording; 63 when no face gave a scale."""
    px = recording.eye_distance_px[np.isfinite(recording.eye_distance_px)]
    scale = recording.scale.mm_per_px
    return 63.0 if scale is None or not px.size else scale * float(np.median(px))


def _resting_places(recording: Recording, mm: float) -> FloatArray:
    """(19, 2) where the regions lie from the middle of the eyes, subject's left and up, eye distances."""
    seen = np.isfinite(recording.mesh_mm).all(axis=(1, 2))
    if not seen.any():
        return _USUAL
    return np.asarray(np.median(recording.mesh_mm[seen], axis=0) / mm)


_USUAL: Final = np.column_stack([np.linspace(-0.6, 0.6, len(REGIONS)), np.full(len(REGIONS), -1.0)])
"""Some places for recordings that show no face; nothing is drawn from them."""


def write_magnified(
    frames: Iterable[Frame],
    out_path: str | Path,
    recording: Recording,
    measured: Measured,
    *,
    to_picture: FloatArray,
    times: float,
    on_frame: Callable[[int], None] | None = None,
) -> Magnification:
    """Write the magnified video as H.264 in MP4, without sound, with the clip's own times.

    Parameters
    ----------
    frames
        The clip once more, opened the same way (`mirrored` too) as for the measurement.
    out_path
        Where to write; the file appears only when complete.
    recording, measured
        What the clip gave, and what `analyse` made of it.
    to_picture
        (n, 2, 3) the recorder's `placements`.
    times
        How many times the motion is enlarged where it can be.
    on_frame
        Called with the number of pictures written so far.
    """
    magnification = plan(recording, measured, to_picture, times)
    painter = Painter.of(magnification, measured)
    count = 0
    with write_video(Path(out_path), painter.size, measured.source.fps) as out:
        for count, frame in enumerate(frames, 1):
            out.add(painter.paint(frame), frame.t_s)
            if on_frame is not None:
                on_frame(count)
        if not count:
            raise ValueError("there are no frames to draw on; was the video read before? open it again")
    return magnification


@dataclass(frozen=True)
class Painter:
    """Paints frames; holds only what stays the same from one to the next."""

    plan: Magnification
    events: tuple[Event, ...]
    traces: Traces
    basis: FloatArray
    """(h * w, r) the field of each region on the coarse pixels of a picture."""
    grid_s: FloatArray
    gates: dict[str, BoolArray]
    """As in `Measured`."""

    @classmethod
    def of(cls, magnification: Magnification, measured: Measured) -> Painter:
        """Return the painter of what was planned and measured."""
        size = PANEL // _STEP
        k = ((np.arange(size) + 0.5) * _STEP - 0.5) * ACROSS / PANEL
        places = np.stack(np.meshgrid(k, k), axis=2).reshape(-1, 2) + magnification.corner
        basis = magnification.swelling.basis(places).astype(np.float32)
        traces = Traces.of(2 * PANEL + _GAP, measured.t_s, measured.band_mm, measured.events, SHOWN)
        return cls(magnification, measured.events, traces, basis, measured.t_s, measured.gates)

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) of the video."""
        return 2 * PANEL + _GAP, _HEADER + PANEL + _CAPTION + self.traces.height

    def paint(self, frame: Frame) -> Image:
        """Return the picture of one frame."""
        width, height = self.size
        image = np.full((height, width, 3), INK, np.uint8)
        pictures, below = image[_HEADER : _HEADER + PANEL], image[_HEADER + PANEL :]
        filmed, larger = pictures[:, :PANEL], pictures[:, PANEL + _GAP :]
        k = int(np.searchsorted(self.plan.t_s, frame.t_s - _SAME_TIME_S))
        known = k < self.plan.t_s.size and abs(self.plan.t_s[k] - frame.t_s) <= _SAME_TIME_S
        seen = known and bool(np.isfinite(self.plan.to_picture[k]).all())
        if seen:
            filmed[:], larger[:] = self.pictures(frame, k)
        shown = [e for e in self.events if e.onset_s <= frame.t_s and glow(e, frame.t_s) > 0]
        for panel in (filmed, larger):
            write(panel, "R", (24, PANEL - 22), 0.8, COLOURS["right"], centred=True)
            write(panel, "L", (PANEL - 24, PANEL - 22), 0.8, COLOURS["left"], centred=True)
            if not seen:
                write(panel, "no face", (PANEL // 2, PANEL // 2), 1.0, PAPER, centred=True)
        self._label(image[:_HEADER], k if seen else None)
        self._mark(filmed, larger, shown if seen else [], frame.t_s)
        self._caption(below[:_CAPTION], shown, frame.t_s)
        self.traces.put(below[_CAPTION:], frame.t_s)
        return image

    def pictures(self, frame: Frame, k: int) -> tuple[Image, Image]:
        """Return the (PANEL, PANEL, 3) pictures of a frame that is row `k`: as filmed, and enlarged."""
        plan = self.plan
        size = ACROSS / PANEL
        to_face = np.array([[size, 0, plan.corner[0]], [0, size, plan.corner[1]], [0, 0, 1]])
        part, to_part = _cut_out(frame, plan.to_picture[k] @ to_face)
        if part is None:
            return (blank := np.full((PANEL, PANEL, 3), INK, np.uint8)), blank
        shift = self.shift_px(k)
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        filmed = np.asarray(
            cv2.warpAffine(part, to_part, (PANEL, PANEL), flags=how, borderValue=INK), np.uint8
        )
        return filmed, filmed if shift is None else _look_aside(part, to_part, shift)

    def shift_px(self, k: int) -> FloatArray | None:
        """Return (h, w, 2) on the coarse pixels how far, in full pixels, the enlarged picture looks aside;
        None where it is the picture as filmed.
        """
        moved, factor = self.plan.moved[k], float(self.plan.factor[k])
        if factor <= 1.0 or not moved.any():
            return None
        size = PANEL // _STEP
        field = (self.basis @ moved.astype(np.float32)).reshape(size, size, 2) * (size / ACROSS)
        return np.asarray(look_back(field, factor) * _STEP, np.float32)

    def _label(self, area: Image, k: int | None) -> None:
        """Write above the pictures what they are, and when the motion was too large for the wanted factor."""
        right = PANEL + _GAP + 14
        write(area, "as filmed, head held still", (14, 25), 0.58, PAPER)
        write(area, f"measured motion x{self.plan.wanted:g}, not a real picture", (right, 25), 0.58, PAPER)
        note = "" if k is None else self._note(k)
        write(area, note, (right + 408, 25), fit_text(note, PANEL - 428, 0.55), _AMBER)

    def _note(self, k: int) -> str:
        """Say when the motion of a frame is not enlarged as often as wanted, and why."""
        if self.plan.moved[k].any():
            limited = self.plan.factor[k] < _AS_WANTED * self.plan.wanted
            return f"here limited to x{self.plan.factor[k]:.1f}" if limited else ""
        at = int(np.searchsorted(self.grid_s, self.plan.t_s[k]).clip(0, max(self.grid_s.size - 1, 0)))
        why = [name.replace("_", " ") for name, on in self.gates.items() if on.size and on[at]]
        return f"here not enlarged: {', '.join(why)}" if why else ""

    def _mark(self, filmed: Image, larger: Image, shown: Sequence[Event], t_s: float) -> None:
        """Light the edge of both pictures on the side of an event while it lasts, and ring its place."""
        for event in sorted(shown, key=lambda e: not e.gated):
            if event.region not in SHOWN:
                continue
            colour = tuple(round(c * (0.3 + 0.7 * glow(event, t_s))) for c in colour_of(event))
            side = side_of(event.region)
            for panel in (filmed, larger):
                if side in ("right", "mid"):
                    panel[:, :_EDGE] = colour
                if side in ("left", "mid"):
                    panel[:, -_EDGE:] = colour
            place = self.plan.swelling.places[SHOWN.index(event.region)] - self.plan.corner
            x, y = (round(float(v) * PANEL / ACROSS) for v in place)
            cv2.circle(filmed, (x, y), _RING, INK, 3, cv2.LINE_AA)
            cv2.circle(filmed, (x, y), _RING, colour, 2, cv2.LINE_AA)

    def _caption(self, area: Image, shown: Sequence[Event], t_s: float) -> None:
        """Write the time, and the latest event of each region."""
        write(area, f"{t_s:.2f} s", (14, 27), 0.7, PAPER)
        latest = {event.region: event for event in sorted(shown, key=lambda e: e.onset_s)}
        strongest = sorted(latest.values(), key=lambda e: (bool(e.gated), -e.amplitude_mm))[:2]
        room = (area.shape[1] - 160) / 2
        for place, event in enumerate(strongest):
            text = f"{describe(event)} at {event.peak_s:.2f} s"
            at = (150 + round(place * room), 27)
            write(area, text, at, fit_text(text, room - 20, 0.62), colour_of(event))


def _cut_out(frame: Frame, to_picture: FloatArray) -> tuple[Image | None, FloatArray]:
    """Return the part of a frame that a panel shows, and the (2, 3) map from the panel's pixels to it.

    Where the picture is much finer than the panel it is reduced first, averaging over area.
    """
    corners = to_picture @ np.array([[-9, PANEL + 9, -9, PANEL + 9], [-9, -9, PANEL + 9, PANEL + 9], [1] * 4])
    low = np.maximum(np.floor(corners.min(axis=1)) - 4, 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=1)) + 5, [frame.picture.width, frame.picture.height]).astype(
        int
    )
    if (high - low < 2).any():
        return None, to_picture
    fine = float(np.sqrt(abs(np.linalg.det(to_picture[:, :2]))))
    size = np.maximum((high - low) / max(fine, 1.0), 2).round().astype(int)
    part = frame.picture.rgb((*low.tolist(), *high.tolist()), (int(size[0]), int(size[1])))
    ratio = size / (high - low)
    shift = np.column_stack([to_picture[:, :2], to_picture[:, 2] - low + 0.5]) * ratio[:, None]
    shift[:, 2] -= 0.5
    return part, shift


def _look_aside(part: Image, to_part: FloatArray, shift: FloatArray) -> Image:
    """Return the picture whose pixels look aside by `shift` (h, w, 2), given on coarse pixels."""
    a = to_part.astype(np.float32)
    full = np.asarray(cv2.resize(shift, (PANEL, PANEL), interpolation=cv2.INTER_CUBIC), np.float32)
    at = np.arange(PANEL, dtype=np.float32)
    x, y = full[..., 0] + at, full[..., 1] + at[:, None]
    u = a[0, 0] * x + a[0, 1] * y + a[0, 2]
    v = a[1, 0] * x + a[1, 1] * y + a[1, 2]
    return np.asarray(cv2.remap(part, u, v, cv2.INTER_CUBIC, borderValue=INK), np.uint8)
