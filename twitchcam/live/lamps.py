"""Lamps: whether the picture and the person are fit for measuring right now, and what to do when not."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from twitchcam.edges.camera import FeedState, FeedStatus
from twitchcam.front import look
from twitchcam.front.anatomy import eye_centres
from twitchcam.front.mesh_shape import head_angles, part_in_picture
from twitchcam.front.recorder import face_part
from twitchcam.live.measuring import Shot
from twitchcam.live.traces import USUAL_EYES_MM
from twitchcam.settings import AnalysisSettings
from twitchcam.types import FloatArray

Level = Literal["ok", "warn", "bad", "unknown"]
SEEN_S: Final = 0.6
"""Without a face for so long it is said."""
GOOD_EYES_PX: Final = 80.0
"""Between the eyes: below it more than half of the lips' noise is the picture's size (scripts/noise.py)."""
WIDEST: Final = 0.3
"""Of the picture's width between the eyes: nearer, the chin leaves the picture."""
DIM: Final = 0.25
"""Brightness of the face, 0-1, below which the camera's noise grows quickly; our own choice."""
DROPPED: Final = 0.1
"""Part of the pictures left out above which it is said."""
WATCH_S: Final = 5.0
_S: Final = AnalysisSettings()


@dataclass(frozen=True, slots=True)
class Lamp:
    """One thing that must be right."""

    id: str
    level: Level
    text: str
    """What is so, or what to do."""


class Lamps:
    """Looks at shots and at the feed's status now and then, a few times a second."""

    def __init__(self) -> None:
        self._places: deque[tuple[float, FloatArray]] = deque(maxlen=8)
        self._counts: deque[tuple[float, int, int]] = deque()
        self._seen_s = -np.inf

    def look(
        self, shot: Shot | None, status: FeedStatus | None, gates: tuple[str, ...], *, working: bool
    ) -> list[Lamp]:
        """Return every lamp.

        `gates` names what the newest window's end is gated by; `working`: the person is asked to move.
        """
        points = shot.points_px if shot is not None else None
        if shot is not None and points is not None:
            self._seen_s = shot.frame.t_s
        missing = shot is None or shot.frame.t_s - self._seen_s > SEEN_S
        lost = status is not None and status.state is not FeedState.RUNNING
        face = Lamp("face", "ok", "Your face is seen.")
        if missing or lost:
            face = Lamp(
                "face", "bad", "No face is seen: look into the camera, the whole face in the picture."
            )
        camera = self._camera(status)
        if shot is None or points is None or lost:
            waiting = ("light", "distance", "straight", "still", "quiet")
            return [face, *(Lamp(name, "unknown", "Waits for a face.") for name in waiting), camera]
        return [
            face,
            _light(shot, points),
            _distance(shot, points),
            _straight(points),
            self._still(shot, points, gates),
            _quiet(gates, working),
            camera,
        ]

    def _still(self, shot: Shot, points: FloatArray, gates: tuple[str, ...]) -> Lamp:
        eyes = eye_centres(points[:, :2])
        place = eyes.mean(axis=0) / np.linalg.norm(eyes[0] - eyes[1]) * USUAL_EYES_MM
        self._places.append((shot.frame.t_s, place))
        near = [(t, p) for t, p in self._places if shot.frame.t_s - t <= 1.0]
        span_s = near[-1][0] - near[0][0]
        speed = float(np.linalg.norm(near[-1][1] - near[0][1])) / span_s if span_s > 0.2 else 0.0
        if speed > _S.head_speed_mm_s or "head_motion" in gates:
            return Lamp("still", "bad", "Hold your head still; lean it against something.")
        if "blur" in gates:
            return Lamp("still", "warn", "The picture is blurred: hold still, and wipe the lens.")
        return Lamp("still", "ok", "Your head is still.")

    def _camera(self, status: FeedStatus | None) -> Lamp:
        if status is None or status.state is FeedState.STARTING:
            return Lamp("camera", "unknown", "The camera is starting.")
        if status.state is FeedState.ENDED:
            return Lamp("camera", "bad", "No more pictures come: the source has ended.")
        if status.state is FeedState.LOST:
            return Lamp("camera", "bad", status.trouble or "The camera sends no pictures any more.")
        if status.trouble:
            return Lamp("camera", "warn", status.trouble)
        if status.fps is not None and status.fps < _S.min_fps_hz:
            text = f"Only {status.fps:.0f} pictures a second: no frequency can be given. Use more light."
            return Lamp("camera", "warn", text)
        part = self._dropped(status)
        if part > DROPPED:
            text = (
                f"This computer is too slow for every picture, {100 * part:.0f} % are left out"
                f"{' (evenly)' if status.counts.drops_even else ''}: close other programs, or use a smaller "
                "picture (--size 640x480)."
            )
            return Lamp("camera", "warn", text)
        rate = f"{status.fps:.0f} pictures a second." if status.fps is not None else "The camera runs."
        return Lamp("camera", "ok", rate)

    def _dropped(self, status: FeedStatus) -> float:
        """Return the part of the pictures of the last seconds that were left out."""
        counts = status.counts
        self._counts.append((status.t_s, counts.handed_out, counts.dropped))
        while self._counts[0][0] < status.t_s - WATCH_S or self._counts[0][1] > counts.handed_out:
            self._counts.popleft()
        _, handed, dropped = self._counts[0]
        lost = counts.dropped - dropped
        return lost / max(lost + counts.handed_out - handed, 1)


def _light(shot: Shot, points: FloatArray) -> Lamp:
    picture = shot.frame.picture
    bright, clipped = look.light(face_part(picture.luma, points), picture.black, picture.white)
    if bright < _S.brightness_low:
        return Lamp("light", "bad", "Too dark: face a window, or put a lamp in front of you.")
    if bright < DIM:
        return Lamp("light", "warn", "A little dark: more light from the front would help.")
    if clipped > 0.25:
        return Lamp("light", "warn", "Parts of the face are pure white or black: use softer, even light.")
    return Lamp("light", "ok", "The light is good.")


def _distance(shot: Shot, points: FloatArray) -> Lamp:
    picture = shot.frame.picture
    eyes = eye_centres(points[:, :2])
    apart = float(np.linalg.norm(eyes[0] - eyes[1]))
    if part_in_picture(points, picture.width, picture.height) < 0.8:
        return Lamp("distance", "bad", "Part of the mouth is outside the picture: move into its middle.")
    if apart < _S.min_eye_distance_px:
        return Lamp("distance", "bad", "Come closer.")
    if apart > WIDEST * picture.width:
        return Lamp("distance", "warn", "Move back a little, so that the whole face stays in the picture.")
    if apart < GOOD_EYES_PX:
        return Lamp("distance", "warn", "Come a little closer: smaller twitches can be seen then.")
    return Lamp("distance", "ok", "The distance is good.")


def _straight(points: FloatArray) -> Lamp:
    yaw, _, roll = np.abs(head_angles(points))
    if yaw > _S.yaw_limit_deg:
        return Lamp("straight", "bad", "Look straight into the camera.")
    if yaw > 0.65 * _S.yaw_limit_deg or roll > 20:
        return Lamp("straight", "warn", "Turn a little towards the camera, with the head upright.")
    return Lamp("straight", "ok", "You look straight ahead.")


def _quiet(gates: tuple[str, ...], working: bool) -> Lamp:
    if working:
        return Lamp("quiet", "ok", "Do what is asked; twitches are counted in the rests.")
    if "occluded" in gates:
        return Lamp("quiet", "bad", "Something is in front of the mouth: keep hands and cups away.")
    for gate, text in (("speech", "Don't talk."), ("chew", "Don't chew."), ("smile", "Let the face rest.")):
        if gate in gates:
            return Lamp("quiet", "bad", f"{text} Nothing is counted meanwhile.")
    return Lamp("quiet", "ok", "Your mouth is at rest.")
