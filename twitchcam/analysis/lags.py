"""Lags: how long after an eye's closing its side's mouth moves, against what chance would give.

The same surrogates as for the synchrony's p: one train is shifted in a circle, so each keeps its bursts and
only how the two lie to each other changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.synchrony import NEAREST_SHIFT_S, SEED, takes_part, usable_clock
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Measured
from twitchcam.types import BoolArray, FloatArray

BINS_A_SIDE = 10
WORK = 30_000_000
"""Look-ups that the chance level may cost: about a second. Hour-long recordings get fewer surrogates."""
FEWEST = 99


@dataclass(frozen=True, slots=True)
class Lags:
    """Pairs of an eye and a mouth movement, by their lag. The middle bin is the coincidence window."""

    edges_s: FloatArray
    """(k + 1,) lag of the mouth behind the eye."""
    pairs: FloatArray
    """(k,) counted."""
    chance: FloatArray
    """(k,) mean of the surrogates."""
    chance_high: FloatArray
    """(k,) which 95 of 100 surrogates stay at or below."""
    eye: int
    mouth: int


def lag_histogram(measured: Measured, side: str, settings: AnalysisSettings) -> Lags | None:
    """Return the lags of one side, or None where its eye or its mouth never moved (counted events only)."""
    counted = [e for e in measured.events if not e.gated]
    eye_s, mouth_s = _trains(counted, side)
    if not eye_s.size or not mouth_s.size or measured.t_s.size < 2:
        return None
    width = 2.0 * settings.coincidence_s
    edges = width * (np.arange(2 * BINS_A_SIDE + 2) - BINS_A_SIDE - 0.5)
    clock = usable_clock(measured.t_s, watched(measured))
    shifted = _surrogates(
        np.interp(eye_s, measured.t_s, clock),
        np.interp(mouth_s, measured.t_s, clock),
        float(clock[-1]),
        edges,
        settings.surrogates,
    )
    return Lags(
        edges_s=edges,
        pairs=_pairs(eye_s, mouth_s, edges),
        chance=shifted.mean(axis=0),
        chance_high=np.percentile(shifted, 95, axis=0, method="inverted_cdf"),
        eye=eye_s.size,
        mouth=mouth_s.size,
    )


def watched(measured: Measured) -> BoolArray:
    """Return (m,) where movements count: no gate but a blink, and no task but rest."""
    stopped = np.zeros(measured.t_s.size, dtype=bool)
    for reason, mask in measured.gates.items():
        if reason != "blink":
            stopped |= mask
    for task in measured.tasks:
        if task.task != "rest":
            stopped |= (measured.t_s >= task.start_s) & (measured.t_s < task.end_s)
    return ~stopped


def _trains(counted: list[Event], side: str) -> tuple[FloatArray, FloatArray]:
    parts = [(e.peak_s, *takes_part(e, side)) for e in counted]
    eye = np.sort([t for t, eye, _ in parts if eye])
    return np.asarray(eye, dtype=float), np.sort([t for t, _, mouth in parts if mouth]).astype(float)


def _pairs(eye_s: FloatArray, mouth_s: FloatArray, edges: FloatArray) -> FloatArray:
    """Return (k,) the number of pairs in each bin; `mouth_s` ascending."""
    below = np.searchsorted(mouth_s, eye_s[:, None] + edges[None, :]).sum(axis=0)
    return np.diff(below).astype(float)


def _surrogates(
    eye_s: FloatArray, mouth_s: FloatArray, duration_s: float, edges: FloatArray, count: int
) -> FloatArray:
    """Return (count, k) the same histogram for trains that are shifted against each other."""
    rng = np.random.default_rng(SEED)
    last = max(duration_s - NEAREST_SHIFT_S, NEAREST_SHIFT_S + 0.1)
    around = max(duration_s, last)
    count = int(np.clip(WORK // (eye_s.size * edges.size), FEWEST, count))
    shifts = rng.uniform(NEAREST_SHIFT_S, last, count)
    return np.stack([_pairs(eye_s, np.sort((mouth_s + s) % around), edges) for s in shifts])
