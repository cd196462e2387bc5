"""Synchrony: does the eye of one side close together with that side's mouth, and does its brow rise with it?

Same-side, zero-lag, one-eyed closing with the mouth is the sign of hemifacial spasm that a camera can see
(clinical reference, sections 0.2, A4 and D7).
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.movements import Movement
from twitchcam.analysis.timegrid import near
from twitchcam.regions import INDEX, LIPS, mirror_of, side_of
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Synchrony
from twitchcam.types import BoolArray, FloatArray, IntArray

Pair = tuple[Event, Movement]
SEED = 314
NEAREST_SHIFT_S = 0.5
"""A smaller shift would leave part of what really goes together together."""
MOST_AT_ONCE = 500_000
"""Numbers compared in one go."""
ENOUGH = 2
"""From so many coincidences on their chance is asked for."""


def measure_synchrony(
    found: list[Pair], t_s: FloatArray, watched: BoolArray, settings: AnalysisSettings
) -> dict[str, Synchrony]:
    """Return for both sides how often eye and mouth move together.

    `found`: counted movements, no blinks; one that moved lids and mouth of a side is a coincidence by itself.
    `t_s` and `watched` (m,): the grid, and where movements count; chance can place them only there.
    """
    return {side: _of_side(side, found, t_s, watched, settings) for side in ("left", "right")}


def _of_side(
    side: str, found: list[Pair], t_s: FloatArray, watched: BoolArray, settings: AnalysisSettings
) -> Synchrony:
    eye = [(e, m) for e, m in found if takes_part(e, side)[0]]
    eye_s = np.array([e.peak_s for e, _ in eye])
    mouth_s = np.sort([e.peak_s for e, _ in found if takes_part(e, side)[1]])
    if eye_s.size == 0 or mouth_s.size == 0:
        return Synchrony(0, 0.0 if eye_s.size + mouth_s.size else None, None, 0)
    together = near(eye_s, mouth_s, settings.coincidence_s)
    count = int(together.sum())
    brow = INDEX[f"brow_{side}"]
    lifts = sum(
        f"brow_{side}" in e.regions and m.vector_mm[brow, 1] > 0
        for (e, m), t in zip(eye, together, strict=True)
        if t
    )
    p = None
    if count >= ENOUGH:
        clock = usable_clock(t_s, watched)
        p = surrogate_p(
            np.interp(eye_s, t_s, clock), np.interp(mouth_s, t_s, clock), float(clock[-1]), settings
        )
    return Synchrony(count, count / eye_s.size, p, int(lifts))


def takes_part(event: Event, side: str) -> tuple[bool, bool]:
    """Tell whether a side's eye, and it alone, and whether that side's mouth takes part in an event."""
    regions = set(event.regions)
    lids = {f"upper_eyelid_{side}", f"lower_eyelid_{side}"}
    far = {mirror_of(n) for n in lids}
    mouth = {n for n in (*LIPS, f"cheek_{side}", f"chin_{side}") if side_of(n) == side}
    return bool(lids & regions) and not far & regions, bool(mouth & regions)


def usable_clock(t_s: FloatArray, watched: BoolArray) -> FloatArray:
    """Return (m,) the seconds of watched time that have passed at each time of the grid.

    Shifted in plain time, movements would land where none is ever counted (speech, a lost face), and real
    ones would look less like chance than they are.
    """
    step = np.diff(t_s, prepend=t_s[:1]) * watched
    return np.cumsum(step)


def surrogate_p(
    eye_s: FloatArray, mouth_s: FloatArray, duration_s: float, settings: AnalysisSettings
) -> float:
    """Return the chance of so many coincidences when one train is shifted in a circle by random times.

    A shift keeps each train as it is, bursts and all; only how the two lie to each other changes. Both trains
    lie within 0 and `duration_s`.
    """
    rng = np.random.default_rng(SEED)
    observed = int(near(eye_s, mouth_s, settings.coincidence_s).sum())
    last = max(duration_s - NEAREST_SHIFT_S, NEAREST_SHIFT_S + 0.1)
    shifts = rng.uniform(NEAREST_SHIFT_S, last, settings.surrogates)
    around = max(duration_s, last)
    rows = max(1, MOST_AT_ONCE // (eye_s.size + mouth_s.size + 1))
    as_many = 0
    for first in range(0, shifts.size, rows):
        some = shifts[first : first + rows, None]
        shifted = np.sort((mouth_s + some) % around, axis=1)
        as_many += int((_near_in_rows(eye_s, shifted, settings.coincidence_s) >= observed).sum())
    return (1 + as_many) / (1 + settings.surrogates)


def _near_in_rows(a: FloatArray, rows: FloatArray, within: float) -> IntArray:
    """Return for each ascending row of (n, m) how many values of `a` have one of it within `within`."""
    n, m = rows.shape
    if m == 0:
        return np.zeros(n, np.int64)
    # One search for all: the rows one after the other, too far apart to be mixed up. Only places are looked
    # up there; distances are taken from the values themselves.
    apart = 2.0 * float(max(rows.max(), np.abs(a).max(initial=0.0)) + within + 1.0)
    offset = apart * np.arange(n)[:, None]
    at = np.searchsorted((rows + offset).ravel(), (a + offset).ravel()).reshape(n, -1)
    at -= m * np.arange(n)[:, None]
    left = np.abs(a - np.take_along_axis(rows, np.clip(at - 1, 0, m - 1), axis=1))
    right = np.abs(a - np.take_along_axis(rows, np.clip(at, 0, m - 1), axis=1))
    return np.asarray((np.minimum(left, right) <= within + 1e-9).sum(axis=1))
