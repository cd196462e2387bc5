"""Acts of synthetic faces (speech, smiles, chewing, yawning, gestures, turns) put into artificial recordings.

    face = StillFace(duration_s=20)
    perform(face, acts=Acts(chewing=(Chewing(3, 7),)), smiles=(Smile(10, 12),))

The movement is that of `twitchcam.synth`, at the places of the regions; like the registration it loses to the
head terms what looks like a bend of the whole face.
"""

from __future__ import annotations

import numpy as np
from recordings import POSITIONS, StillFace

from twitchcam.regions import INDEX, REGIONS
from twitchcam.synth import timing
from twitchcam.synth.acting import Acting
from twitchcam.synth.acts import NO_ACTS, Acts
from twitchcam.synth.skin import kernel
from twitchcam.synth.spec import Smile, Speech
from twitchcam.types import FloatArray

JAW = {"upper_lip": 0.15, "lower_lip": -0.85, "chin": -0.85, "commissure": -0.2}
_GRID = np.stack(np.meshgrid(np.arange(-60.0, 61.0, 10.0), np.arange(-105.0, 56.0, 10.0)), -1).reshape(-1, 2)


def perform(
    face: StillFace,
    *,
    acts: Acts = NO_ACTS,
    speech: tuple[Speech, ...] = (),
    smiles: tuple[Smile, ...] = (),
    bend: float = 0.5,
) -> None:
    """Add the acts to a face. `bend`: how much of what looks like a bend of the whole face is lost, 0-1."""
    acting = Acting(acts, POSITIONS)
    syllables = tuple(s for part in speech for s in timing.speech_syllables(part))
    opening, widening = timing.speech_level(syllables, face.t)
    opening = opening + np.array([acting.opening_mm(float(t)) for t in face.t])
    corners = np.stack([timing.smile_level(smiles, face.t, side) for side in ("left", "right")], axis=1)
    for i, t in enumerate(face.t):
        bumps = [(b.x_mm, b.y_mm, b.radius_mm, b.dx_mm, b.dy_mm) for b in acting.bumps(float(t))]
        for side, sign, level in zip(("left", "right"), (1.0, -1.0), corners[i], strict=True):
            x, y = POSITIONS[INDEX[f"commissure_{side}"]]
            bumps.append((x, y, 34.0, sign * 0.68 * level, 0.73 * level))
            bumps.append((x, y, 22.0, sign * widening[i], 0.0))
        if opening[i] or any(b[3] or b[4] for b in bumps):
            face.motion[i] += _move(bumps, float(opening[i]), bend)
    face.mouth += np.maximum(opening - 1.0, 0.0)
    face.opening *= 1 - np.array([acting.lids(float(t)) for t in face.t])[:, None]
    turned = np.array([acting.turn_deg(float(t)) for t in face.t])
    face.pose += turned
    face.head[:, 0] += 80 * np.sin(np.radians(turned[:, 0]))
    face.motion += 0.06 * np.abs(turned[:, :1, None]) * face.rng.standard_normal((1, len(REGIONS), 2))
    lips = [i for i, n in enumerate(REGIONS) if "lip" in n or n.startswith(("commissure", "chin"))]
    face.match[:, lips] -= np.clip(opening / 16, 0, 0.8)[:, None]


def _move(bumps: list[tuple[float, ...]], opening_mm: float, bend: float) -> FloatArray:
    at = np.concatenate([POSITIONS, _GRID])
    moved = np.zeros_like(at)
    for x, y, radius, dx, dy in bumps:
        moved += kernel(np.hypot(at[:, 0] - x, at[:, 1] - y) / radius)[:, None] * [dx, dy]
    for i, n in enumerate(REGIONS):
        stem = n.rsplit("_", 1)[0]
        moved[i, 1] += opening_mm * JAW.get(stem, 0.0)
    below = (at[len(REGIONS) :, 1] < -66) & (np.abs(at[len(REGIONS) :, 0]) < 28)
    moved[len(REGIONS) :, 1] += np.where(below, -0.85 * opening_mm, 0.0)
    x, y = at[:, 0] / 60, at[:, 1] / 60
    terms = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    fit = np.linalg.lstsq(terms[len(REGIONS) :], moved[len(REGIONS) :], rcond=None)[0]
    return np.asarray(moved[: len(REGIONS)] - bend * terms[: len(REGIONS)] @ fit)
