"""Real time: a file's seconds and those in front of the camera (slow motion, time lapse, wrong rates).

A slow-motion file that was taken at 240 pictures a second and plays at 30 stretches every second to eight.
All seconds and Hz of the results are real ones, so its time stamps are divided by eight before anything looks
at them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from twitchcam.errors import InputRefused
from twitchcam.phrases import phrase
from twitchcam.protocol import stretched
from twitchcam.types import Recording

SAME: Final = 0.1
"""A captured rate within this part of the file's own is the same: cameras miss theirs by some per cent."""
SLOW_FROM: Final = 3.0
"""The file plays at a third of the captured rate or less: slow motion. Cameras that lack light halve their
rate; no camera falls to a third of it and says so in every file."""
HIGH_SPEED_HZ: Final = 100.0
"""From this captured rate on (high-speed modes, whose rate the light does not lower) half is enough."""
SLOW_FROM_HIGH_SPEED: Final = 1.8
HIGH_SPEED_MODES_HZ: Final = (120.0, 240.0, 480.0, 960.0)
"""What encoders' headers are believed: many hold the time base (600, 1000, 90000) in place of a rate."""
LAPSE_BELOW: Final = 0.34
WHOLE: Final = 0.01
"""240 captured at 29.97 played is eight times: ratios are taken as whole numbers when within this."""
FASTEST_HZ: Final = 2000.0
SLOWEST_HZ: Final = 1.0
MOST_RATIO: Final = 64.0
"""1920 pictures a second played at 30 is the most that telephones offer."""
LEAST_RATIO: Final = 1 / 8
_KINDS: Final = ("Slow motion:", "Time lapse:", "This may be slow motion:", "The camera says")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a file's time becomes real time."""

    ratio: float = 1.0
    """Real rate over played rate: the file's seconds are divided by it."""
    capture_fps: float | None = None
    """Rate at which the camera took the pictures, as stated; None where nobody says."""
    notes: tuple[str, ...] = ()

    @property
    def time_scale(self) -> float:
        """Real seconds in one second of the file."""
        return 1.0 / self.ratio


def about_time(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of a source's notes that say how its time was taken; a result must repeat them."""
    return tuple(note for note in notes if note.startswith(_KINDS))


def check_real_fps(real_fps: float | None) -> None:
    """Refuse a rate that no camera has.

    Raises
    ------
    InputRefused
        Unless it is None or lies between 1 and 2000 pictures a second.
    """
    if real_fps is not None and not SLOWEST_HZ <= real_fps <= FASTEST_HZ:
        raise InputRefused(
            f"--real-fps {real_fps:g}: give the pictures a second that the camera really took, "
            f"{SLOWEST_HZ:g} to {FASTEST_HZ:g} (120 or 240 for most slow motion)"
        )


def pace_as_stated(real_fps: float, played_fps: float | None) -> Pace:
    """Return the pace of a file that plays at `played_fps` when the user states the real rate.

    Raises
    ------
    InputRefused
        If the file has no rate to compare with, or the two cannot belong together.
    """
    check_real_fps(real_fps)
    if not played_fps:
        raise InputRefused(f"--real-fps {real_fps:g}: the file has no frame rate that it could replace")
    ratio = _whole(real_fps / played_fps)
    if not LEAST_RATIO <= ratio <= MOST_RATIO:
        raise InputRefused(
            f"--real-fps {real_fps:g}: the file plays at {played_fps:.4g} pictures a second, and no camera "
            f"takes {ratio:.3g} times as many; check the number"
        )
    told = () if ratio == 1.0 else (_told(real_fps, played_fps, ratio),)
    notes = tuple(phrase("{told} (as stated by --real-fps).", told=one) for one in told)
    return Pace(ratio, real_fps, notes)


def pace_from_metadata(capture_fps: float, played_fps: float | None, said_by: str) -> Pace:
    """Return the pace of a file whose metadata (`said_by`) names the captured rate.

    Only what cannot be anything else is taken as slow motion or time lapse. A camera of 60 pictures a second
    that writes 30 may have run out of light: that is told and left alone.
    """
    if not played_fps or not 0 < capture_fps <= FASTEST_HZ:
        return Pace()
    ratio = _whole(capture_fps / played_fps)
    if abs(ratio - 1.0) <= SAME:
        return Pace(1.0, capture_fps)
    high_speed = capture_fps >= HIGH_SPEED_HZ
    if ratio >= (SLOW_FROM_HIGH_SPEED if high_speed else SLOW_FROM) or ratio <= LAPSE_BELOW:
        told = phrase(
            "{told} (says {said_by:s}).", told=_told(capture_fps, played_fps, ratio), said_by=said_by
        )
        return Pace(ratio, capture_fps, (told,))
    note = phrase(
        "The camera says {fps:.4g} pictures a second ({said_by:s}), the file has {played:.4g}: taken as "
        "real time. If it is slow motion, give --real-fps {option:s}.",
        fps=capture_fps,
        said_by=said_by,
        played=played_fps,
        option=f"{capture_fps:.4g}",
    )
    return Pace(1.0, None, (note,))


def suspicion(encoder_fps: float | None, played_fps: float | None) -> str:
    """Return a sentence when the encoder ran at a much higher rate than the file plays, else no text."""
    if not encoder_fps or not played_fps or encoder_fps < SLOW_FROM_HIGH_SPEED * played_fps:
        return ""
    if all(abs(encoder_fps - hz) > 0.002 * hz for hz in HIGH_SPEED_MODES_HZ):
        return ""
    return phrase(
        "This may be slow motion: the encoder was set to {fps:.4g} pictures a second and the file plays at "
        "{played:.4g}. Times are the file's own; if it is, give --real-fps {option:s}.",
        fps=encoder_fps,
        played=played_fps,
        option=f"{encoder_fps:.4g}",
    )


def _whole(ratio: float) -> float:
    """A ratio near a whole number, or near one over a whole number, is that."""
    if ratio >= 1.0:
        near = float(round(ratio))
        return near if abs(ratio - near) <= WHOLE * near else ratio
    return 1.0 / _whole(1.0 / ratio) if ratio > 0 else ratio


def _told(capture_fps: float, played_fps: float, ratio: float) -> str:
    if ratio > 1:
        return phrase(
            "Slow motion: taken at {fps:.4g} pictures a second and played at {played:.4g}; all times are "
            "real ones, the player's divided by {times:.4g}",
            fps=capture_fps,
            played=played_fps,
            times=ratio,
        )
    return phrase(
        "Time lapse: taken at {fps:.4g} pictures a second and played at {played:.4g}; all times are real "
        "ones, the player's multiplied by {times:.4g}",
        fps=capture_fps,
        played=played_fps,
        times=1 / ratio,
    )


def with_real_fps(recording: Recording, real_fps: float) -> Recording:
    """Return a saved recording with its times as `--real-fps` states them.

    The recording knows the scale that it was made with, so the statement counts from the file's own rate, as
    it does for the video.

    Raises
    ------
    InputRefused
        If the recording has no frame rate, or the two rates cannot belong together.
    """
    source = recording.source
    played = source.fps * source.time_scale if source.fps else None
    pace = pace_as_stated(real_fps, played)
    change = pace.time_scale / source.time_scale
    if math.isclose(change, 1.0, rel_tol=1e-9):
        return replace(recording, source=replace(source, capture_fps=real_fps))
    assert source.fps is not None
    kept = tuple(note for note in source.notes if not note.startswith(_KINDS))
    changed = replace(
        source,
        fps=round(source.fps / change, 6),
        duration_s=round(source.duration_s * change, 9),
        capture_fps=real_fps,
        time_scale=pace.time_scale,
        notes=(*kept, *pace.notes),
    )
    segments = stretched(recording.segments, change)
    return replace(recording, t_s=recording.t_s * change, source=changed, segments=segments)


def with_exposure(recording: Recording, exposure_ms: float | None) -> Recording:
    """Return the recording with its shutter time as stated; as it is without a statement."""
    if exposure_ms is None:
        return recording
    return replace(recording, source=replace(recording.source, exposure_s=exposure_ms / 1000.0))
