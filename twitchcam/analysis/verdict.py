"""Verdict: can this recording answer, and if not, what would make the next one better?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.compression import COARSE_MM, QUIET_MM
from twitchcam.analysis.flicker import Beat
from twitchcam.phrases import listing, phrase
from twitchcam.regions import LIPS, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Verdict
from twitchcam.types import BARE_MOUTH, BoolArray, FloatArray, Recording

LIMITED_FRACTION = 0.5
STILL = 0.9
TOO_SMALL = 0.6
CLOSER = "Come closer or film in a higher resolution."
CLIPPED = 0.25
REPEATED = 0.05
HALF_IN_FRAME = 0.8
COVERED = 0.85
"""Part of the time without a bare mouth above which the rest is likely a mistake: a mask is taken for a mouth
in 1 of 200 looks (scripts/fit_cover.py)."""
PARTLY_COVERED = 0.5
BLINKLESS_S = 60.0
"""People blink 4 (reading) to 20 times a minute; a watched minute without a blink is rare in life, and what a
photo, a statue or a doll gives."""
LOST_TO = {
    "speech": phrase("speech"), "smile": phrase("smiling"), "chew": phrase("chewing"), "blur": phrase("blur"),
    "head_motion": phrase("head movement"), "occluded": phrase("a covered mouth"),
    "lost_face": phrase("the face out of view"), "dark": phrase("darkness"),
}  # fmt: skip
COVERED_TEXT = (
    "The mouth is covered (by a mask, a hand, a cup, ...), so the lips cannot be seen and nothing is said "
    "about them. Film the bare mouth."
)

GAPS_TEXT = (
    "The lips could not be measured: their movement is not there for long enough without a break, or never "
    "changes at all. Use the original file, without dropped pictures."
)
TOO_LONG_TEXT = (
    "Nearly all of the recording is pauses between its pictures, so nothing can be said about the time "
    "between movements. Use the original file, or cut it into its parts."
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the verdict is based on."""

    duration_s: float
    usable_s: float
    events: int
    face_fraction: float
    fps: float | None
    eye_distance_px: float | None
    min_detectable_mm: float | None
    gated_s: dict[str, float]
    repeated: float
    clipped: float
    in_frame: float
    plausible: float
    covered: float
    """Part of the time with a face in which no bare mouth was seen."""
    yaw_deg: float
    blinks: int | None = None
    """None when nobody looked for them."""
    coding_stop: tuple[str, ...] = ()
    """Why its compression allows nothing, and why less (`compression`)."""
    coding_limits: tuple[str, ...] = ()
    flicker_hz: tuple[float, ...] = ()
    """Rates at which the light beats with the shutter."""
    time_limits: tuple[str, ...] = ()
    """Why its time allows less: repeated pictures, parts with fewer of them."""
    time_notes: tuple[str, ...] = ()
    """How its time was taken; no limit by itself."""
    asked_s: float = 0.0
    """Time that a guided protocol gave to its tasks: no rest, but not lost either."""
    too_long: bool = False
    """Nearly all of the time is pauses between the pictures: no rate can be told."""
    rhythm_unknown: bool = False
    """Pictures came too slowly for too much of the time to tell a rhythm."""
    lips_unknown: int = 0
    others_unknown: int = 0
    """Regions of the lips, and of the rest of the face, whose noise is not known: nothing is said of them."""


def gather_facts(
    recording: Recording,
    *,
    usable_s: float,
    events: int,
    fps: float | None,
    min_detectable_mm: float | None,
    gated_s: dict[str, float],
    blinks: int | None = None,
    repeated: BoolArray | None = None,
    beats: tuple[Beat, ...] = (),
    coding_stop: tuple[str, ...] = (),
    coding_limits: tuple[str, ...] = (),
    time_limits: tuple[str, ...] = (),
    time_notes: tuple[str, ...] = (),
    asked_s: float = 0.0,
    too_long: bool = False,
    rhythm_unknown: bool = False,
    lips_unknown: int = 0,
    others_unknown: int = 0,
) -> Facts:
    """Collect the recording's medians; NaN-free. `repeated` (n,): pictures without news."""
    face = recording.face
    n = face.size

    def middle(x: FloatArray, empty: float) -> float:
        good = x[face & np.isfinite(x)]
        return float(np.median(good)) if good.size else empty

    return Facts(
        duration_s=float(recording.t_s[-1] - recording.t_s[0]) if n > 1 else 0.0,
        usable_s=usable_s,
        events=events,
        face_fraction=float(np.mean(face)) if n else 0.0,
        fps=fps,
        eye_distance_px=middle(recording.eye_distance_px, np.nan) if face.any() else None,
        min_detectable_mm=min_detectable_mm,
        gated_s=gated_s,
        repeated=float(np.mean(recording.repeated if repeated is None else repeated)) if n else 0.0,
        clipped=middle(recording.clipped, 0.0),
        in_frame=middle(recording.in_frame, 0.0),
        plausible=middle(recording.plausible, 0.0),
        covered=float(np.mean(recording.mouth_seen[face] < BARE_MOUTH)) if face.any() else 0.0,
        yaw_deg=abs(middle(recording.pose_deg[:, 0], 0.0)),
        blinks=blinks,
        coding_stop=coding_stop,
        coding_limits=coding_limits,
        flicker_hz=tuple(beat.hz for beat in beats),
        time_limits=time_limits,
        time_notes=time_notes,
        asked_s=asked_s,
        too_long=too_long,
        rhythm_unknown=rhythm_unknown,
        lips_unknown=lips_unknown,
        others_unknown=others_unknown,
    )


def judge(facts: Facts, settings: AnalysisSettings) -> tuple[Verdict, tuple[str, ...]]:
    """Return the verdict and its reasons, each a plain sentence with what to do about it."""
    stop = [*_unusable(facts, settings), *facts.coding_stop]
    if stop:
        told = facts.time_limits if facts.lips_unknown else ()
        return "unusable", (*stop, *told, *facts.time_notes)
    limits = (*_limits(facts, settings), *facts.coding_limits, *facts.time_limits)
    return ("limited" if limits else "ok"), (*limits, *_unknown(facts), *_life(facts), *facts.time_notes)


def _unknown(f: Facts) -> list[str]:
    """Say that parts of the face beside the lips have no numbers."""
    if not f.others_unknown:
        return []
    said = phrase(
        "{n:d} of the {all:d} places on eyes, brows, cheeks and chin could not be measured, so nothing is "
        "said of them.",
        n=f.others_unknown,
        all=len(REGIONS) - len(LIPS),
    )
    return [said]


def _life(f: Facts) -> list[str]:
    """A hint, no limit by itself: it may be a photo, a statue or a doll that is held before the camera."""
    if f.blinks != 0 or f.usable_s < BLINKLESS_S:
        return []
    return [
        phrase(
            "No blink was seen in {s:.0f} s. Check that this is a living face, with the eyes in view.",
            s=f.usable_s,
        )
    ]


def _unusable(f: Facts, s: AnalysisSettings) -> list[str]:
    if f.face_fraction == 0:
        return ["No face was found. Film the whole face from the front, in even light."]
    if f.too_long:
        return [TOO_LONG_TEXT]
    eyes = f.eye_distance_px
    small = phrase(
        "The face is far too small ({px:.0f} px between the eyes). {closer}", px=eyes or 0, closer=CLOSER
    )
    short = phrase(
        "Only {s:.1f} s could be watched{why}. Film at least 60 s with the face in view.",
        s=f.usable_s,
        why=_why(f),
    )
    rare = phrase(
        "Only {hz:.1f} new pictures a second: a twitch falls between two of them. Film at 30 a second, in "
        "more light.",
        hz=f.fps or 0,
    )
    covered = f.covered > (COVERED if f.usable_s >= s.min_usable_s else PARTLY_COVERED)
    cases = (
        (f.plausible < s.plausible_low, "This does not look like a camera picture of a human face."),
        (f.repeated > STILL, "The picture hardly ever changes: this is a still picture or a frozen video."),
        (eyes is not None and eyes < TOO_SMALL * s.min_eye_distance_px, small),
        (covered, COVERED_TEXT),
        (f.fps is not None and f.fps < s.least_fps_hz, rare),
        (f.usable_s < s.min_usable_s and not covered, short),
        (f.usable_s >= s.min_usable_s and f.lips_unknown == len(LIPS), GAPS_TEXT),
    )
    return [sentence for true, sentence in cases if true]


def _limits(f: Facts, s: AnalysisSettings) -> list[str]:
    eyes, least, fps = f.eye_distance_px, f.min_detectable_mm, f.fps
    watched = {"s": f.usable_s, "why": _why(f)}
    cases = (
        (
            f.usable_s < s.short_s,
            phrase("Only {s:.0f} s could be watched{why}. Film at least 60 s.", **watched),
        ),
        (
            s.short_s <= f.usable_s < s.rule_out_s and f.events == 0,
            phrase(
                "Only {s:.0f} s could be watched{why}, and twitches come and go: a quiet minute or more says "
                "much more than this.",
                **watched,
            ),
        ),
        (
            f.usable_s < LIMITED_FRACTION * (f.duration_s - f.asked_s),
            "Less than half of the recording outside of its tasks was usable."
            if f.asked_s
            else phrase("Less than half of the recording was usable{why}.", why=_why(f)),
        ),
        (
            fps is not None and fps < s.min_fps_hz,
            phrase(
                "Only {hz:.0f} new pictures a second, so no frequency is given. Use more light.", hz=fps or 0
            ),
        ),
        (
            eyes is not None and eyes < s.min_eye_distance_px,
            phrase("The face is small ({px:.0f} px between the eyes). {closer}", px=eyes or 0, closer=CLOSER),
        ),
        (
            least is not None and least > COARSE_MM and not f.coding_limits,
            phrase(
                "Lip twitches below {mm:.1f} mm cannot be seen here. Use more light, come closer, film in a "
                "higher quality.",
                mm=least or 0,
            ),
        ),
        (
            least is not None and QUIET_MM < least <= COARSE_MM and f.events == 0 and not f.coding_limits,
            phrase(
                "No twitch was found, but a single lip twitch below {mm:.2g} mm could not have been seen "
                "here. Use more light, come closer, film in a higher quality.",
                mm=least or 0,
            ),
        ),
        (
            f.in_frame < HALF_IN_FRAME,
            "Part of the mouth is outside the picture. Keep the whole face in view.",
        ),
        (
            bool(f.flicker_hz),
            phrase(
                "The light flickers at {hz} Hz in the video: a twitch of that rate cannot be told from it. "
                "Film in daylight, or set the camera's anti-flicker to the mains frequency.",
                hz=listing((f"{hz:.1f}" for hz in f.flicker_hz), last=" and ", comma=" and "),
            ),
        ),
        (
            f.yaw_deg > s.yaw_limit_deg,
            phrase(
                "The head is turned by {deg:.0f} degrees: left and right cannot be compared. Face the "
                "camera.",
                deg=f.yaw_deg,
            ),
        ),
        (
            f.repeated > REPEATED and not f.time_limits,
            phrase(
                "{part:.0f} % of the pictures repeat the one before. Use the original file.",
                part=100 * f.repeated,
            ),
        ),
        (
            f.rhythm_unknown and not f.time_limits and not (fps is not None and fps < s.min_fps_hz),
            "For part of the time there were fewer than 20 new pictures a second, so it cannot be told "
            "whether the lips move in a rhythm. Use more light.",
        ),
        (
            f.lips_unknown > 0,
            phrase(
                "{n:d} of the {all:d} places on the lips could not be measured, so nothing is said of them. "
                "Keep the whole mouth in view.",
                n=f.lips_unknown,
                all=len(LIPS),
            ),
        ),
        (f.clipped > CLIPPED, "Large parts of the face are pure white or black. Use softer, even light."),
    )
    return [sentence for true, sentence in cases if true]


def _why(f: Facts) -> str:
    """Name the gate that took most time, when it matters; a guided task is not lost."""
    if f.asked_s >= 0.1 * f.duration_s:
        return phrase(" ({s:.0f} s were given to the tasks)", s=f.asked_s)
    worst = max((r for r in f.gated_s if r in LOST_TO), key=lambda r: f.gated_s[r], default=None)
    if worst is None or f.gated_s[worst] < 0.1 * f.duration_s:
        return ""
    return phrase(" ({s:.0f} s lost to {what})", s=f.gated_s[worst], what=LOST_TO[worst])
