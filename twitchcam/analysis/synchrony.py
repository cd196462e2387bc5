"""Synchrony: does the eye of one side close together with that side's mouth, and does its brow rise with it?

Same-side, zero-lag, one-eyed closing with the mouth is the sign of hemifacial spasm that a camera can see
(clinical reference, sections 0.2 and A4).
"""

from __future__ import annotations

import numpy as np

from twitchcam.analysis.movements import Movement
from twitchcam.analysis.timegrid import near
from twitchcam.regions import INDEX, LIPS, mirror_of, side_of
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, Synchrony
from twitchcam.types import FloatArray

Pair = tuple[Event, Movement]
SEED = 314


def measure_synchrony(
    found: list[Pair], duration_s: float, settings: AnalysisSettings
) -> dict[str, Synchrony]:
    """Return for both sides how often eye and mouth move together. `found`: counted movements, no blinks."""
    return {side: _of_side(side, found, duration_s, settings) for side in ("left", "right")}


def _of_side(side: str, found: list[Pair], duration_s: float, settings: AnalysisSettings) -> Synchrony:
    lids = {f"upper_eyelid_{side}", f"lower_eyelid_{side}"}
    far = {mirror_of(n) for n in lids}
    mouth = {n for n in (*LIPS, f"cheek_{side}", f"chin_{side}") if side_of(n) == side}
    eye = [(e, m) for e, m in found if lids & set(e.regions) and not far & set(e.regions)]
    eye_s = np.array([e.peak_s for e, _ in eye])
    mouth_s = np.array([e.peak_s for e, _ in found if mouth & set(e.regions)])
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
    p = surrogate_p(eye_s, mouth_s, duration_s, settings) if count >= 2 else None
    return Synchrony(count, count / eye_s.size, p, int(lifts))


def surrogate_p(
    eye_s: FloatArray, mouth_s: FloatArray, duration_s: float, settings: AnalysisSettings
) -> float:
    """Return the chance of so many coincidences when one train is shifted in a circle by random times."""
    rng = np.random.default_rng(SEED)
    observed = int(near(eye_s, mouth_s, settings.coincidence_s).sum())
    start = float(min(eye_s[0], mouth_s[0]))
    shifts = rng.uniform(0.5, max(duration_s - 0.5, 0.6), settings.surrogates)
    shifted = (np.sort(start + (mouth_s - start + s) % duration_s) for s in shifts)
    as_many = sum(int(near(eye_s, m, settings.coincidence_s).sum()) >= observed for m in shifted)
    return (1 + as_many) / (1 + settings.surrogates)
