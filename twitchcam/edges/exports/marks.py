"""Marks: events, gates, tasks and gaps as (onset, duration, text), for formats that carry annotations.

The texts are few and fixed, so that a reader can pick by them: `twitch/left/commissure_left`, the same with
`/gated/blink` behind it where it is not counted, `gate/speech`, `task/smile`, and `BAD_gap` where nothing was
measured (MNE leaves out what is marked BAD). Amplitudes stand in the table of events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twitchcam.protocol import Segment
from twitchcam.regions import REGIONS
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Mark:
    """One annotation; the onset counts from the first sample of the uniform signals."""

    onset_s: float
    duration_s: float
    text: str


def marks_of(
    measured: Measured, segments: Iterable[Segment], motion_mm: FloatArray, t0_s: float, fs: float
) -> list[Mark]:
    """Return every mark in time order.

    Parameters
    ----------
    measured : Measured
        Its events and gates.
    segments : iterable of Segment
        The tasks.
    motion_mm : (m, 19, 2) array
        The uniform motion, NaN in gaps.
    t0_s, fs : float
        Media time of its first sample, and its rate in Hz.
    """
    found = [Mark(e.onset_s - t0_s, e.offset_s - e.onset_s, event_text(e)) for e in measured.events]
    found += [Mark(s.start_s - t0_s, s.end_s - s.start_s, f"task/{s.task}") for s in segments]
    if measured.t_s.size:
        moved = float(measured.t_s[0]) - t0_s
        for reason, held in measured.gates.items():
            found += [Mark(a + moved, d, f"gate/{reason}") for a, d in _spans(held, fs)]
    found += _gaps(motion_mm, fs)
    return sorted(found, key=lambda mark: (mark.onset_s, mark.text))


def event_text(event: Event) -> str:
    """Return such as 'twitch/left/commissure_left/gated/speech'."""
    text = f"{event.trial_type}/{event.side}/{event.region}"
    return f"{text}/gated/{event.gated}" if event.gated else text


def _gaps(motion_mm: FloatArray, fs: float) -> list[Mark]:
    missing = ~np.isfinite(motion_mm).all(axis=2)
    nothing = missing.all(axis=1)
    found = [Mark(a, d, "BAD_gap") for a, d in _spans(nothing, fs)]
    for i, region in enumerate(REGIONS):
        found += [Mark(a, d, f"BAD_gap/{region}") for a, d in _spans(missing[:, i] & ~nothing, fs)]
    return found


def _spans(held: BoolArray, fs: float) -> list[tuple[float, float]]:
    """Return (onset, duration) in seconds of the stretches of True; one sample lasts 1/fs."""
    edges = np.diff(np.concatenate(([0], held.astype(np.int8), [0])))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(float(a / fs), float((b - a) / fs)) for a, b in zip(starts, stops, strict=True)]
