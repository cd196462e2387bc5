"""What an open shutter takes from fast movements, and how it is given back where the shutter time is known.

A picture shows the mean over the time T that the shutter was open. A sine of frequency f keeps sinc(f T) of
its amplitude (sinc x = sin(pi x) / (pi x)). A single raised-cosine pulse of length D stands on its resting
level and keeps (1 + sinc(T / D)) / 2 of its height while T < D. Cycles that follow each other without rest
are sines.

The shutter time is hardly ever in a video file. Without it nothing is corrected, but the most that could be
missing, T = the time between two pictures, is told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from twitchcam.analysis.movements import Movement
from twitchcam.phrases import phrase
from twitchcam.summary import Event

TOUCHING: Final = 0.75
"""Cycles that fill this part of their interval follow each other without rest."""
LEAST_KEPT: Final = 0.5
"""No more than a doubling is given back: below that the noise is raised with the movement."""
WORTH_TELLING: Final = 0.1
SLACK: Final = 1.05
"""Shutter times over picture intervals that are still believed; frame rates are rounded."""

Pair = tuple[Event, Movement | None]


def sine_kept(hz: float, exposure_s: float) -> float:
    """Return the part of a sine's amplitude that a shutter leaves, 0 to 1."""
    return float(np.sinc(hz * exposure_s)) if hz * exposure_s < 1 else 0.0


def pulse_kept(length_s: float, exposure_s: float) -> float:
    """Return the part of a single raised-cosine pulse's height that a shutter leaves.

    A shutter that is open for longer than the pulse sees its mean: half its height times D / T.
    """
    if exposure_s <= 0:
        return 1.0
    if length_s <= exposure_s:
        return 0.5 * length_s / exposure_s
    return 0.5 * (1.0 + float(np.sinc(exposure_s / length_s)))


def usable_exposure(exposure_s: float | None, rate_hz: float) -> float | None:
    """Return the shutter time when it fits between two pictures, else None."""
    if exposure_s is None or not np.isfinite(rate_hz) or exposure_s * rate_hz > SLACK:
        return None
    return exposure_s


def restore_amplitudes(found: list[Pair], exposure_s: float | None) -> list[Pair]:
    """Return events and movements with what the shutter took given back; onset, offset and SNR stay.

    Whether a movement was found is a question of what was seen, so this comes last. Blinks and tonic pulls,
    which last, are left alone.
    """
    if not exposure_s:
        return found
    peaks: dict[int, list[float]] = {}
    for event, _ in found:
        if event.run is not None:
            peaks.setdefault(event.run, []).append(event.peak_s)
    out: list[Pair] = []
    for event, movement in found:
        if movement is None or event.trial_type != "twitch":
            out.append((event, movement))
            continue
        more = 1.0 / max(LEAST_KEPT, kept_of(event, peaks.get(event.run or 0, []), exposure_s))
        grown = replace(movement, size_mm=movement.size_mm * more, vector_mm=movement.vector_mm * more)
        out.append((replace(event, amplitude_mm=event.amplitude_mm * more), grown))
    return out


def kept_of(event: Event, run_peaks_s: list[float], exposure_s: float) -> float:
    """Return the part of one event's amplitude that the shutter left: by its own length, or in a train
    without rest by the time to its neighbours.

    The blur has lengthened a single pulse by about half the shutter time at each end.
    """
    length_s = event.offset_s - event.onset_s
    steps = np.abs(np.array([p for p in run_peaks_s if p != event.peak_s]) - event.peak_s)
    if steps.size:
        interval_s = float(np.sort(steps)[: min(2, steps.size)].mean())
        if length_s >= TOUCHING * interval_s:
            return sine_kept(1.0 / interval_s, exposure_s)
    return pulse_kept(max(length_s - exposure_s, exposure_s), exposure_s)


def told_exposure(
    events: list[Event], dominant_hz: float | None, exposure_s: float | None, rate_hz: float
) -> tuple[str, ...]:
    """Return a sentence on what the shutter took, or none where it cannot matter (under 10 %)."""
    if not np.isfinite(rate_hz):
        return ()
    interval_ms = 1000.0 / rate_hz
    if exposure_s is not None:
        if usable_exposure(exposure_s, rate_hz) is None:
            return (
                phrase(
                    "A shutter time of {shutter:.3g} ms is longer than a picture ({ms:.3g} ms): it was not "
                    "used.",
                    shutter=1000 * exposure_s,
                    ms=interval_ms,
                ),
            )
        return (phrase("Sizes are corrected for the shutter time of {ms:.3g} ms.", ms=1000 * exposure_s),)
    lengths = [e.offset_s - e.onset_s for e in events if e.trial_type == "twitch" and not e.gated]
    if not lengths:
        return ()
    pulse = 1.0 - pulse_kept(float(np.median(lengths)), 1.0 / rate_hz)
    lost = max(pulse, 1.0 - sine_kept(dominant_hz, 1.0 / rate_hz)) if dominant_hz else pulse
    if lost < WORTH_TELLING:
        return ()
    shortest = phrase("the shortest movements")
    return (
        phrase(
            "The shutter time is not known. Had it been open all the time between two pictures ({ms:.3g} "
            "ms), {what} would read up to {part:.0f} % small; --exposure-ms corrects it.",
            ms=interval_ms,
            what=phrase("a movement of {hz:.1f} Hz", hz=dominant_hz) if dominant_hz else shortest,
            part=100 * lost,
        ),
    )
