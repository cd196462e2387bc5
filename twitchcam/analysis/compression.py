"""What the encoder took: which twitches it may have dropped, and which it may have made.

`Recording.coded_step_mm` is the displacement d worth one step of the encoder's quantiser. On synthetic clips
of several people, coded by x264, x265 and libvpx from 0.03 to 12 Mb/s (`scripts/compression.py`), a single
twitch of size A keeps the part `A^2 / (A^2 + d^2)`: half at A = d, 0.94 at 4 d. Below about d the skin stands
still in the file and then catches up, which looks like a twitch where there was none: such movements reach
2 d.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

import numpy as np

from twitchcam.phrases import phrase
from twitchcam.regions import INDEX, LIP_INDEX
from twitchcam.summary import Event
from twitchcam.types import FloatArray, Recording

B_PICTURE: Final = 1.5
"""Pictures predicted from both sides lose as others do at a step this much larger (fitted)."""
MADE: Final = 2.0
"""Movements that the encoder made reach so many steps at the lips (measured on still faces that sway)."""
SPREAD: Final = 0.8
"""Standard deviation, in steps, of what a twitch of some steps keeps (measured)."""
POWER_95: Final = 1.645
MATTERS: Final = 0.4
"""Coding matters where what it hides alone reaches this part of what is hidden in all: its errors are then no
even noise, and reach further than their spectrum says."""
SURE: Final = 0.6
"""There, what is smaller than this part of the stated limit is not believed. A twitch as large as the limit
keeps more."""
WORSE: Final = 2.0
"""A stretch coded this many times more coarsely than usual (the first second of a stream, a sudden lack of
bits) changes the look of the face, too: what the encoder makes is twice as large there."""
MARGIN_S: Final = 0.1
LARGEST_MM: Final = 20.0
"""No larger limit is stated: nothing on a face moves further."""
COARSE_MM: Final = 0.5
"""As in `verdict`: a recording that cannot see half a millimetre misses most twitches."""
QUIET_MM: Final = 0.2
"""Where nothing was found, a limit from here on is worth saying (twitches are 0.1-1 mm)."""
BLIND_MM: Final = 3.0
"""Lips that could move this far unseen are not seen at all."""
READS_SMALL: Final = 0.85
BETTER_FILE: Final = "Use the original file, or film at a higher bit rate."
_T = TypeVar("_T")


def kept_part(size_mm: FloatArray | float, step_mm: FloatArray | float) -> FloatArray:
    """Return which part of a single twitch of `size_mm` survives a quantiser step worth `step_mm`, 0 to 1."""
    size, step = np.asarray(size_mm, float), np.asarray(step_mm, float)
    return np.asarray(size**2 / np.maximum(size**2 + step**2, 1e-12))


def steps_mm(recording: Recording) -> FloatArray:
    """Return (n, 19) the displacement worth a step in each frame, B pictures counted as `B_PICTURE` times.

    0 where the codec does not say.
    """
    step = recording.coded_step_mm * np.where(recording.b_picture, B_PICTURE, 1.0)[:, None]
    return np.asarray(np.nan_to_num(step))


def usual_step_mm(recording: Recording) -> FloatArray:
    """Return (19,) the median step of the frames in which it is known; 0 where it is known in none."""
    step = np.where(np.isfinite(recording.coded_step_mm), steps_mm(recording), np.nan)
    out = np.zeros(step.shape[1])
    known = np.isfinite(step).any(axis=0)
    if known.any():
        out[known] = np.nanmedian(step[:, known], axis=0)
    return out


def least_visible_mm(least_mm: FloatArray, step_mm: FloatArray) -> FloatArray:
    """Return (19,) the single twitch that is found 95 times in 100 after coding.

    `least_mm` (19,) is that of the noise alone. What is left of the twitch must reach it, and must be clearly
    more than what the encoder itself makes.
    """
    wanted = np.fmax(least_mm, (MADE + POWER_95 * SPREAD) * step_mm)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isfinite(least_mm), before_coding(wanted, step_mm), least_mm))


def hidden_mm(step_mm: FloatArray) -> float:
    """Return below which size the encoder alone hides twitches of the lips (median over their regions)."""
    return float(np.median(least_visible_mm(np.zeros_like(step_mm), step_mm)[list(LIP_INDEX)]))


def before_coding(left_mm: FloatArray, step_mm: FloatArray) -> FloatArray:
    """Return the size of which `left_mm` is left: the one root of `A^3 / (A^2 + d^2) = left`, at most
    `LARGEST_MM`.
    """
    size = np.fmax(left_mm, step_mm)
    for _ in range(30):
        # Newton's method: the function rises and bends upwards, so from above it comes down without a turn.
        rest = size**2 + step_mm**2
        miss = size**3 - left_mm * rest
        size = size - miss / np.maximum(3 * size**2 - 2 * left_mm * size, 1e-9)
    return np.minimum(size, LARGEST_MM)


def without_made(
    found: Sequence[tuple[Event, _T]], recording: Recording, least_mm: FloatArray
) -> list[tuple[Event, _T]]:
    """Return the events without those that the encoder may have made.

    `least_mm` (19,) is the limit that the noise sets. Blinks stay: they are far larger.
    """
    steps = steps_mm(recording)
    if not steps.any():
        return list(found)
    usual = usual_step_mm(recording)
    limit = least_visible_mm(least_mm, usual)
    matters = least_visible_mm(np.zeros_like(usual), usual) >= MATTERS * limit
    wanted = np.where(matters, SURE * limit, 0.0)
    return [
        (e, m)
        for e, m in found
        if e.trial_type == "blink"
        or e.amplitude_mm >= max(wanted[INDEX[e.region]], _made_mm(e, recording.t_s, steps, usual))
    ]


def _made_mm(event: Event, t_s: FloatArray, steps: FloatArray, usual: FloatArray) -> float:
    """Return how far the encoder alone may move the event's region at its time."""
    region = INDEX[event.region]
    near = (t_s >= event.onset_s - MARGIN_S) & (t_s <= event.offset_s + MARGIN_S)
    here = float(steps[near, region].mean()) if near.any() else 0.0
    return MADE * here * (2.0 if here > WORSE * usual[region] else 1.0)


def stop_for_coding(least_mm: float | None, coded_mm: float) -> tuple[str, ...]:
    """Return why the coding makes a recording unusable, or nothing; arguments as in `limits_of_coding`."""
    if least_mm is None or least_mm <= BLIND_MM or coded_mm < MATTERS * least_mm:
        return ()
    return (
        phrase(
            "The video is compressed so strongly that even lip twitches of {mm:.0f} mm could not have been "
            "seen. {advice}",
            mm=least_mm,
            advice=BETTER_FILE,
        ),
    )


def limits_of_coding(
    least_mm: float | None, coded_mm: float, *, events: int, kept: float = 1.0
) -> tuple[str, ...]:
    """Return why the coding allows less: plain sentences.

    Parameters
    ----------
    least_mm
        The lip twitch that would have been found 95 times in 100; None when it is unknown.
    coded_mm
        The same for the coding alone (`hidden_mm`).
    events
        How many were found. That none was found says nothing about smaller ones.
    kept
        Part of their size that they show (`part_seen`).
    """
    said = []
    if least_mm is not None and coded_mm >= MATTERS * least_mm:
        if not events and least_mm > QUIET_MM:
            said.append(
                phrase(
                    "No twitch was found, but the video is compressed: a single lip twitch below {mm:.2g} mm "
                    "could not have been seen. {advice}",
                    mm=least_mm,
                    advice=BETTER_FILE,
                )
            )
        elif least_mm > COARSE_MM:
            said.append(
                phrase(
                    "The video is compressed so strongly that single lip twitches below {mm:.2g} mm could "
                    "not have been seen. {advice}",
                    mm=least_mm,
                    advice=BETTER_FILE,
                )
            )
    if events and kept < READS_SMALL:
        said.append(
            phrase(
                "Compression takes a part of every quick movement: single twitches may read {part:.0f} % "
                "smaller than they were. {advice}",
                part=100 * (1 - kept),
                advice=BETTER_FILE,
            )
        )
    return tuple(said)


def part_seen(events: Sequence[Event], step_mm: FloatArray) -> float:
    """Return which part of their size the events, in the median, show after coding; 1 without events."""
    if not events:
        return 1.0
    left = np.array([e.amplitude_mm for e in events])
    step = np.array([step_mm[INDEX[e.region]] for e in events])
    return float(np.median(left / np.maximum(before_coding(left, step), 1e-9)))
