"""Verdict: can this recording answer, and if not, what would make the next one better?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Verdict
from twitchcam.types import FloatArray, Recording

LIMITED_FRACTION = 0.5
UNUSABLE_FRACTION = 0.1
COARSE_MM = 0.5
"""A recording that cannot see a twitch of half a millimetre misses most of them."""
SMALL_FACE_PX = 60.0
CLIPPED = 0.25
REPEATED = 0.05
HALF_IN_FRAME = 0.8


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdict is based on."""

    duration_s: float
    usable_s: float
    face_fraction: float
    fps: float | None
    eye_distance_px: float | None
    min_detectable_mm: float | None
    gated_s: dict[str, float]
    repeated: float
    clipped: float
    in_frame: float
    plausible: float
    yaw_deg: float


def gather_facts(
    recording: Recording,
    *,
    usable_s: float,
    fps: float | None,
    min_detectable_mm: float | None,
    gated_s: dict[str, float],
) -> Facts:
    """Collect the recording's medians; NaN-free."""
    face = recording.face
    n = face.size

    def middle(x: FloatArray, empty: float) -> float:
        good = x[face & np.isfinite(x)]
        return float(np.median(good)) if good.size else empty

    return Facts(
        duration_s=float(recording.t_s[-1] - recording.t_s[0]) if n > 1 else 0.0,
        usable_s=usable_s,
        face_fraction=float(np.mean(face)) if n else 0.0,
        fps=fps,
        eye_distance_px=middle(recording.eye_distance_px, np.nan) if face.any() else None,
        min_detectable_mm=min_detectable_mm,
        gated_s=gated_s,
        repeated=float(np.mean(recording.repeated)) if n else 0.0,
        clipped=middle(recording.clipped, 0.0),
        in_frame=middle(recording.in_frame, 0.0),
        plausible=middle(recording.plausible, 0.0),
        yaw_deg=abs(middle(recording.pose_deg[:, 0], 0.0)),
    )


def judge(facts: Facts, settings: AnalysisSettings) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and its reasons, each a plain sentence with what to do about it."""
    stop = list(_unusable(facts, settings))
    if stop:
        return "unusable", tuple(stop)
    limits = list(_limits(facts, settings))
    return ("limited" if limits else "ok"), tuple(limits)


def _unusable(f: Facts, s: AnalysisSettings) -> list[str]:
    if f.face_fraction == 0:
        return ["No face was found. Film the whole face from the front, in even light."]
    out = []
    if f.plausible < s.plausible_low:
        out.append("This does not look like a camera picture of a human face, so nothing is reported from it.")
    if f.repeated > 0.9:
        out.append("The picture hardly ever changes: this is a still picture or a frozen video.")
    if f.eye_distance_px is not None and f.eye_distance_px < 0.6 * s.min_eye_distance_px:
        out.append(f"The face is far too small ({f.eye_distance_px:.0f} px between the eyes). Come closer or film in a higher resolution.")
    if f.usable_s < s.min_usable_s:
        out.append(
            f"Only {f.usable_s:.1f} s could be watched{_why(f)}. Film at least 60 s with the face at rest and in view."
        )
    return out


def _limits(f: Facts, s: AnalysisSettings) -> list[str]:
    out = []
    if f.usable_s < s.rule_out_s:
        out.append(
            f"Only {f.usable_s:.0f} s could be watched{_why(f)}: twitches come and go, so film at least 60 s before taking quiet for an answer."
        )
    elif f.usable_s < LIMITED_FRACTION * f.duration_s:
        out.append(f"Less than half of the recording could be used{_why(f)}.")
    if f.fps is not None and f.fps < s.min_fps_hz:
        out.append(
            f"Only {f.fps:.0f} new pictures a second: no frequency is given. Use more light and 30 pictures a second or more."
        )
    if f.eye_distance_px is not None and f.eye_distance_px < s.min_eye_distance_px:
        out.append(f"The face is small ({f.eye_distance_px:.0f} px between the eyes). Come closer or film in a higher resolution.")
    if f.min_detectable_mm is not None and f.min_detectable_mm > COARSE_MM:
        out.append(
            f"Lip twitches below {f.min_detectable_mm:.1f} mm cannot be seen in this recording. Use more light, come closer, film in a higher quality."
        )
    if f.in_frame < HALF_IN_FRAME:
        out.append("Part of the mouth lies outside the picture. Keep the whole face in view.")
    if f.yaw_deg > s.yaw_limit_deg:
        out.append(f"The head is turned by {f.yaw_deg:.0f} degrees, so left and right cannot be compared. Face the camera.")
    if f.repeated > REPEATED:
        out.append(f"{100 * f.repeated:.0f} % of the pictures are repeats of the one before. Use the camera's original file.")
    if f.clipped > CLIPPED:
        out.append("Large parts of the face are pure white or black. Use softer, even light.")
    return out


def _why(f: Facts) -> str:
    """Name the gate that took most time, when it matters."""
    names = {
        "speech": "speech", "smile": "smiling", "chew": "chewing", "head_motion": "head movement",
        "occluded": "a covered mouth", "lost_face": "the face out of view", "blur": "blur", "dark": "darkness",
    }  # fmt: skip
    worst = max((r for r in f.gated_s if r in names), key=lambda r: f.gated_s[r], default=None)
    if worst is None or f.gated_s[worst] < 0.1 * f.duration_s:
        return ""
    return f" ({f.gated_s[worst]:.0f} s lost to {names[worst]})"
