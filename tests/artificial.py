"""A synthetic clip as the front would measure it, without drawing a picture: hundreds of patients in minutes.

    recording = measure(patient("hfs", 3).clip, some_portrait, seed=3)

The movement is the clip's exact truth on one face. What the front makes of it is set from what it was
seen to do with rendered clips of two people (640x480; the development people of docs/patients.md): skin
is followed at 0.9-1.05 of its path, the lower lid at 0.5-0.85, the upper lid at only 0.1-0.65 because the
eye under it opens and closes; the mesh sees a half-closed eye as hardly closed; what looks like a bend of
the whole face goes half into the head's motion; blinks leak a tenth of a millimetre or two into cheeks,
brows and lips; noise 6-11 um/sqrt(Hz) on the lips at 105 px between the eyes, 1.5 to 3 times that on
cheeks and chin. Every one of these numbers is drawn anew for each patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from recordings import StillFace

from twitchcam.regions import INDEX, REGIONS
from twitchcam.synth import timing
from twitchcam.synth.motion import LIDS, Bump, LidPush, Script, State
from twitchcam.synth.portrait import Portrait
from twitchcam.synth.skin import Skin, find_slits
from twitchcam.synth.spec import Clip
from twitchcam.synth.timing import frame_times
from twitchcam.types import FloatArray, Recording

BEND = 0.5
SIDES = ("left", "right")
LID_INDEX = [INDEX[n] for n in LIDS]
QUIET = tuple(INDEX[n] for n in REGIONS if "lip" in n or n.startswith("commissure"))
ROUGH = [i for i, n in enumerate(REGIONS) if n.startswith(("cheek", "chin"))]
_GRID = np.stack(np.meshgrid(np.arange(-60.0, 61.0, 15.0), np.arange(-105.0, 56.0, 15.0)), -1).reshape(-1, 2)


def varied(portrait: Portrait, rng: np.random.Generator) -> Portrait:
    """Return the portrait with a longer or shorter face; only its geometry is used here."""
    points = portrait.points_px.copy()
    points[:, 1] = portrait.origin_px[1] + rng.uniform(0.93, 1.07) * (points[:, 1] - portrait.origin_px[1])
    return replace(portrait, points_px=points)


def measure(clip: Clip, portrait: Portrait, *, seed: int = 0) -> Recording:
    """Return an artificial recording of the clip on the portrait's face."""
    rng = np.random.default_rng([seed, 43])
    face = varied(portrait, rng)
    fps = clip.camera.fps
    still = StillFace(
        duration_s=clip.duration_s, fps=fps, seed=seed, drift_mm=0.2,
        noise_um_rthz=float(rng.uniform(6.0, 11.0)) * 105.0 / clip.eye_distance_px * np.sqrt(30.0 / fps),
        sway_leak_mm=0.015 * clip.sway.mm,
    )  # fmt: skip
    motion, closed, opening = _seen(clip, face, still.t, rng)
    still.motion += motion
    still.opening = _lid_gap(closed, rng)
    still.mouth += np.maximum(opening - 1.0, 0.0)
    still.match[:, QUIET] -= np.clip(opening / 16.0, 0.0, 0.8)[:, None]
    still.match[:, [INDEX[f"chin_{s}"] for s in ("left", "mid", "right")]] -= np.clip(
        opening / 16.0, 0.0, 0.8
    )[:, None]
    script = Script(clip, face)
    turned = np.array([script.acting.turn_deg(float(t)) for t in still.t]).reshape(-1, 3)
    still.pose += turned
    recording = still.recording()
    lopsided = np.zeros((len(REGIONS), 2))
    lopsided[INDEX["commissure_left"], 1] = rng.normal(0.0, 0.8)
    rough = np.ones(len(REGIONS))
    rough[ROUGH] = rng.uniform(1.5, 3.0)
    sd = recording.region_sd_mm
    more = np.sqrt(rough**2 - 1)[:, None] * sd[..., None] * rng.standard_normal(recording.motion_mm.shape)
    return replace(
        recording,
        mesh_mm=recording.mesh_mm + lopsided,
        motion_mm=recording.motion_mm + more,
        region_sd_mm=sd * rough,
    )


def _seen(
    clip: Clip, face: Portrait, t_s: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (motion (n, 19, 2), how far each eye is closed (n, 2), mouth opening (n,)), averaged over the
    shutter."""
    assert t_s.size == frame_times(clip.camera, clip.duration_s)[0].size
    half = 0.5 * clip.camera.exposure_fraction / clip.camera.fps / np.sqrt(3.0)
    moves = Moves(clip, face)
    parts = [moves.at(np.maximum(t_s + offset, 0.0)) for offset in (-half, half)]
    path, closed, opening = (np.asarray((a + b) / 2) for a, b in zip(*parts, strict=True))
    gain = rng.normal(0.98, 0.03, len(REGIONS))
    for side in SIDES:
        gain[INDEX[f"upper_eyelid_{side}"]] = rng.uniform(0.1, 0.65)
        gain[INDEX[f"lower_eyelid_{side}"]] = rng.uniform(0.5, 0.85)
    leak = rng.normal(0.0, 0.05, (2, len(REGIONS), 2))
    for name, size in (("cheek", -0.15), ("brow", 0.1)):
        for i, side in enumerate(SIDES):
            leak[i, INDEX[f"{name}_{side}"], 1] += size
    return path * gain[:, None] + np.einsum("ns,skd->nkd", closed, leak), closed, opening


class Moves:
    """A clip's movements on one face, as fields of displacement times their courses in time."""

    def __init__(self, clip: Clip, face: Portrait) -> None:
        self.clip, self.face = clip, face
        self.sites = face.sites_mm()
        self.skin = Skin(find_slits(face))
        self.script = Script(clip, face)
        terms = _terms(np.concatenate([self.sites, _GRID]) / 60.0)
        self.absorb = BEND * terms[: len(REGIONS)] @ np.linalg.pinv(terms[len(REGIONS) :])

    def at(self, t_s: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return (motion (n, 19, 2), closure of the eyes (n, 2), opening of the mouth (n,)) at times."""
        acting, clip = self.script.acting, self.clip
        opening, widening = timing.speech_level(self.script.syllables, t_s)
        opening = opening + np.array([acting.opening_mm(float(t)) for t in t_s])
        blinks = [timing.blink_closure(clip.blinks, side, t_s) for side in SIDES]
        motion = np.einsum("n,kd->nkd", opening, self.field(opening_mm=1.0)) if opening.any() else 0.0
        motion = motion + sum(
            np.einsum("n,kd->nkd", b, self.field(eye=s)) for s, b in zip(SIDES, blinks, strict=True)
        )
        wide = self.field(bumps=self.script._corners((1.0, 1.0), 0.0, 22.0))
        motion = motion + np.einsum("n,kd->nkd", widening, wide)
        for side in SIDES:
            level = timing.smile_level(clip.smiles, t_s, side)
            unit = self.script._smile(*(float(s == side) for s in SIDES))
            motion = motion + np.einsum("n,kd->nkd", level, self.field(bumps=unit))
        closed = np.array(blinks).T
        self._twitch(t_s, motion, closed)
        for i, t in enumerate(t_s):
            bumps = acting.bumps(float(t))
            if bumps:
                motion[i] += self.field(bumps=bumps)
        return motion, np.clip(closed, 0.0, 1.0), opening

    def _twitch(self, t_s: FloatArray, motion: FloatArray, closed: FloatArray) -> None:
        gaps = _gaps(self.skin)
        for twitch, pulses in zip(self.clip.twitches, self.script.pulses, strict=True):
            if not pulses:
                continue
            near = slice(*np.searchsorted(t_s, (pulses[0].onset_s, pulses[-1].offset_s)))
            value = timing.pulse_value(pulses, twitch.waveform, t_s[near])
            bumps: list[Bump] = []
            pushes: dict[str, list[LidPush]] = {name: [] for name in LIDS}
            self.script._add_twitch(twitch, 1.0, bumps, pushes)
            motion[near] += np.einsum("n,kd->nkd", value, self.field(bumps=bumps, pushes=pushes))
            for i, side in enumerate(SIDES):
                drop = sum(p.dy_mm for p in pushes[f"lower_eyelid_{side}"])
                drop -= sum(p.dy_mm for p in pushes[f"upper_eyelid_{side}"])
                closed[near, i] += value * drop / gaps[side]

    def field(
        self,
        *,
        bumps: Sequence[Bump] = (),
        pushes: Mapping[str, Sequence[LidPush]] | None = None,
        eye: str = "",
        opening_mm: float = 0.0,
    ) -> FloatArray:
        """Return (19, 2) what the front follows of a small movement, half of its bend of the face lost."""
        pushes = pushes or {}
        state = State(
            bumps=tuple(bumps), closure={s: float(s == eye) for s in SIDES},
            upper_lid={s: tuple(pushes.get(f"upper_eyelid_{s}", ())) for s in SIDES},
            lower_lid={s: tuple(pushes.get(f"lower_eyelid_{s}", ())) for s in SIDES},
            opening_mm=opening_mm, head_mm=(0, 0, 0), turn_deg=(0, 0, 0), shake_mm=(0, 0),
        )  # fmt: skip
        moved = self.skin.displacement_mm(state, np.concatenate([self.sites, _GRID]))
        # lids are masked out of what the head is fitted to
        eyes = (np.abs(_GRID[:, 1]) < 20.0) & (np.abs(_GRID[:, 0]) < 55.0)
        lost = self.absorb @ np.where(eyes[:, None], 0.0, moved[len(REGIONS) :])
        lost[LID_INDEX] = 0.0
        return np.asarray(moved[: len(REGIONS)] - lost)


def _terms(at: FloatArray) -> FloatArray:
    x, y = at.T
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _gaps(skin: Skin) -> dict[str, float]:
    slits = {side: skin.slits[f"eye_{side}"] for side in SIDES}
    return {side: float(slit.gap(slit.x_mm).max()) for side, slit in slits.items()}


def _lid_gap(closed: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return (n, 2) what the mesh says of the lid gaps: a half-closed eye looks nearly open to it."""
    gap = rng.uniform(8.0, 10.5) * np.array([1.0, rng.normal(1.0, 0.03)])
    seen = closed * (0.15 + 0.7 * closed) * rng.uniform(0.8, 1.05, 2)
    return np.asarray(gap * (1.0 - np.clip(seen, 0.0, 0.9)))
