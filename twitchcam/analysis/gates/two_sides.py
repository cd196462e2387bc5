"""Both sides together against one side alone: the split that tells acts from spasms.

What people do with their mouth on purpose (speak, chew, smile, press the lips) moves both halves alike; the
facial nerve serves one half. A movement is the sum of a mirror-symmetric part and the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.ordered import masked_quantile
from twitchcam.regions import INDEX, LIPS, MIRROR
from twitchcam.types import FloatArray, IntArray

MOUTH = tuple(INDEX[n] for n in (*LIPS, "chin_left", "chin_mid", "chin_right"))
_MOUTH = np.array(MOUTH)
_MIRROR = np.array(MIRROR)
UPPER, LOWER = (
    np.array([INDEX[f"{lip}_lip_{s}"] for s in ("left", "mid", "right")]) for lip in ("upper", "lower")
)
CHIN, CHIN_SIDE = INDEX["chin_mid"], INDEX["chin_left"]
CORNER = INDEX["commissure_left"]
NOISES = 6.0
"""Smoothed noise reaches half of this many standard deviations within a syllable."""
MOST_MM = 3.0
"""Speech opens the mouth by more in any recording; its own unrest must not raise the threshold further."""


@dataclass(frozen=True)
class Sides:
    """Movement split in two; (m, 19, 2) mm, gaps held at the last value."""

    together: FloatArray
    """What both sides do alike (mirrored)."""
    apart: FloatArray
    """What is left: 0 when both sides do the same, as large as `together` when one side moves alone."""


def split_sides(motion_mm: FloatArray) -> Sides:
    """Split (m, 19, 2) motion into what both sides do alike and the rest."""
    x = hold(motion_mm)
    together = x[:, _MIRROR]
    together[..., 0] *= -1.0
    together += x
    together *= 0.5
    x -= together
    return Sides(together, x)


def together_of(motion_mm: FloatArray, regions: IntArray) -> FloatArray:
    """Return (m, k, 2) what both sides do alike in some regions; `motion_mm` (m, k, 2) is theirs.

    `regions` (k,) hold with each region its mirror image.
    """
    x = hold(motion_mm)
    place = {int(r): i for i, r in enumerate(regions)}
    together = x[:, [place[int(_MIRROR[r])] for r in regions]]
    together[..., 0] *= -1.0
    together += x
    together *= 0.5
    return together


def unevenness(sides: Sides, start: int, stop: int) -> float:
    """Return the size of what the sides do apart over that of what they do together, mouth and chin, around
    their means: 0 alike, 1 one-sided; a side that moves a third as far as the other gives a half.

    The chin's way to the side does not count: in chewing the jaw goes to the working side as a whole.
    """
    together, apart = (x[start:stop, _MOUTH] for x in (sides.together, sides.apart))
    apart[:, len(LIPS) :, 0] = 0.0
    return _spread(apart) / max(_spread(together), 1e-9)


def _spread(x: FloatArray) -> float:
    return float(np.sqrt(np.mean((x - x.mean(axis=0)) ** 2))) if x.size else 0.0


@dataclass(frozen=True)
class Mouth:
    """What the mouth does, both sides together; (m,) mm."""

    gap: FloatArray
    """The lips' distance, by the larger of registration (zero anywhere) and mesh: the mesh does not see small
    openings, registration may lose the lips in wide ones."""
    lower: FloatArray
    """Height of the lower lip."""
    chin: FloatArray
    """Height of the chin's middle."""
    chin_side: FloatArray
    """Height of the chin beside it. Where the jaw goes far, the head terms of the registration take up part
    of the way, more in one place than in the other and differently from face to face."""
    width: FloatArray
    """Half the distance of the corners."""
    lift: FloatArray
    """Height of the corners."""
    spread: FloatArray
    """Distance of the corners by the mesh."""

    @property
    def columns(self) -> FloatArray:
        """(m, 6) all of them but the mesh's."""
        return np.column_stack([self.gap, self.lower, self.chin, self.chin_side, self.width, self.lift])


def mouth_of(motion_mm: FloatArray, mesh_gap_mm: FloatArray, mesh_width_mm: FloatArray) -> Mouth:
    """Return the mouth's doings from (m, 19, 2) motion without gaps and the mesh's own gap and width (m,)."""
    y, m = motion_mm[..., 1], _MIRROR
    upper, lower = y[:, UPPER].mean(axis=1), y[:, LOWER].mean(axis=1)
    seen = upper - lower
    mesh = hold(mesh_gap_mm)
    gap = np.maximum(seen - np.quantile(seen, 0.2), mesh - np.quantile(mesh, 0.2)) if seen.size else seen
    return Mouth(
        gap=gap,
        lower=lower,
        chin=0.5 * (y[:, CHIN] + y[:, m[CHIN]]),
        chin_side=0.5 * (y[:, CHIN_SIDE] + y[:, m[CHIN_SIDE]]),
        width=0.5 * (motion_mm[:, CORNER, 0] - motion_mm[:, m[CORNER], 0]),
        lift=0.5 * (y[:, CORNER] + y[:, m[CORNER]]),
        spread=hold(mesh_width_mm),
    )


def tremble_mm(motion_mm: FloatArray) -> float:
    """Return the noise of one frame: robust standard deviation of (m, 19, 2) motion around its neighbours,
    median over the mouth.
    """
    mouth = np.ascontiguousarray(motion_mm[:, _MOUTH].reshape(motion_mm.shape[0], -1).T)
    if mouth.shape[1] < 3:
        return 0.0
    around = np.abs(mouth[:, 1:-1] - 0.5 * (mouth[:, :-2] + mouth[:, 2:]))
    sd = 1.4826 * masked_quantile(around, np.isfinite(around), 0.5)
    known = sd[np.isfinite(sd)]
    return float(np.median(known)) / np.sqrt(1.5) if known.size else 0.0


def above_noise(least_mm: float, motion_mm: FloatArray) -> float:
    """Return a threshold that also stands out of the noise of (m, 19, 2) motion, up to `MOST_MM`."""
    return max(least_mm, min(NOISES * tremble_mm(motion_mm), MOST_MM))
