"""Synthetic patients: seeded people whose faces move as it is described in the literature, filmed in
ordinary ways.

    made = patient("hfs", seed=3, duration_s=60)
    write_clip("hfs-3.mp4", made.clip, read_portrait("face.jpg"))
    summary = conclude(analyse(record("hfs-3.mp4", Options())), parse_answers(made.answers))

They test whether the program tells apart what the descriptions tell apart; nobody's movements were
recorded for them, and no figure from them says how well it does on people. Each kind's module names its
sources; what no source gives (above all millimetres on the lips) is marked there as background knowledge
or our own choice.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from twitchcam.errors import InputRefused
from twitchcam.synth.camera import Camera, Encoding
from twitchcam.synth.patients import everyday, eyes_and_shape, one_sided, rhythmic, spasm
from twitchcam.synth.patients.course import Course, log_uniform, whole
from twitchcam.synth.recipes import ordinary_blinks
from twitchcam.synth.spec import Blink, Clip, Sway

KINDS: Final[dict[str, Callable[[np.random.Generator, float], Course]]] = {
    "hfs": spasm.hfs,
    "hfs_atypical": spasm.hfs_atypical,
    "hfs_rare": spasm.hfs_rare,
    "benign": one_sided.benign,
    "myokymia": one_sided.myokymia,
    "rest_tremor": rhythmic.rest_tremor,
    "rabbit": rhythmic.rabbit,
    "synkinesis": one_sided.synkinesis,
    "blepharospasm": eyes_and_shape.blepharospasm,
    "meige": eyes_and_shape.meige,
    "tic": eyes_and_shape.tic,
    "clonic_run": one_sided.clonic_run,
    "dyskinesia": rhythmic.dyskinesia,
    "myorhythmia": rhythmic.myorhythmia,
    "functional": eyes_and_shape.functional,
    "speech": everyday.speech,
    "smile": everyday.smile,
    "meal": everyday.meal,
    "wink": everyday.wink,
    "asymmetric": everyday.asymmetric,
    "still": everyday.still,
}
"""Every kind of synthetic patient, and what such a person does in a clip."""
EXPECTED: Final[dict[str, str]] = {
    "hfs": "hfs_like",
    "hfs_atypical": "hfs_like",
    "hfs_rare": "hfs_like",
    "benign": "benign_twitch",
    "myokymia": "facial_myokymia_like",
    "rest_tremor": "rest_tremor_like",
    "rabbit": "rabbit_like",
    "synkinesis": "synkinesis_like",
    "blepharospasm": "blepharospasm_like",
    "meige": "meige_like",
    "tic": "tic_like",
    "clonic_run": "clonic_run_like",
    "dyskinesia": "dyskinesia_like",
    "myorhythmia": "myorhythmia_like",
    "functional": "functional_like",
}
"""The pattern that a kind should show; everyday kinds should show none."""


@dataclass(frozen=True, slots=True)
class Patient:
    """One synthetic person in one clip."""

    kind: str
    seed: int
    variant: str
    side: str
    """Of the movement: 'left', 'right', or empty when it is of both or of the middle."""
    clip: Clip
    answers: Mapping[str, Any]
    """What the person would answer, as in an answers file."""


def patient(kind: str, seed: int, *, duration_s: float = 60.0) -> Patient:
    """Return a synthetic patient; the same kind, seed and length give the same one.

    Raises
    ------
    InputRefused
        If there is no such kind, or the clip is shorter than 20 s (too short for what is described).
    """
    if kind not in KINDS:
        raise InputRefused(f"patient {kind!r}: no such kind; choose one of {', '.join(KINDS)}")
    if not 20 <= duration_s <= 3600:
        raise InputRefused(f"patient: a clip of {duration_s:g} s; give 20 to 3600 seconds")
    rng = np.random.default_rng([seed, zlib.crc32(kind.encode()), 41])
    course = KINDS[kind](rng, duration_s)
    rate = rng.uniform(8.0, 21.0) if course.blinks_per_min is None else course.blinks_per_min
    blinks = ordinary_blinks(duration_s, per_min=float(rate), seed=whole(rng)) if rate else ()
    clip = Clip(
        duration_s=duration_s,
        twitches=course.twitches,
        blinks=_without_overlap(course.blinks, blinks),
        speech=course.speech,
        smiles=course.smiles,
        acts=course.acts,
    )
    return Patient(kind, seed, course.variant, course.side, _filmed(rng, clip), course.answers)


def smaller(clip: Clip, size: tuple[int, int], *, most_fps: float = 30.0) -> Clip:
    """Return the clip filmed by a smaller camera, at most so fast, the face as large in its picture.

    Joined pixels have less noise. The bit rate falls with the picture's width: a
    face keeps about as many bits.
    """
    camera, encoding = clip.camera, clip.encoding
    shrink, fps = size[1] / camera.size[1], min(camera.fps, most_fps)
    rate = None if encoding.bit_rate_bps is None else encoding.bit_rate_bps * shrink * fps / camera.fps
    return replace(
        clip,
        camera=replace(camera, size=size, fps=fps, noise=camera.noise * min(shrink, 1.0)),
        encoding=replace(encoding, bit_rate_bps=rate),
        eye_distance_px=clip.eye_distance_px * shrink,
    )


def _without_overlap(own: tuple[Blink, ...], ordinary: tuple[Blink, ...]) -> tuple[Blink, ...]:
    """Put a course's own blinks and the ordinary ones that keep clear of them in order of time."""
    kept = [b for b in ordinary if all(b.stop_s + 0.2 < o.t_s or b.t_s > o.stop_s + 0.2 for o in own)]
    return tuple(sorted([*own, *kept], key=lambda b: b.t_s))


def _filmed(rng: np.random.Generator, clip: Clip) -> Clip:
    """Film it as people do: 720p, 24-60 pictures a second, ordinary light, distance, sway and compression."""
    fps = float(rng.choice([24.0, 25.0, 30.0, 30.0, 30.0, 60.0]))
    camera = Camera(
        size=(1280, 720), fps=fps, noise=float(rng.uniform(0.8, 2.2)), shot=float(rng.uniform(0.01, 0.06)),
        blur_px=float(rng.uniform(0.5, 0.9)), flicker=float(rng.choice([0.0, 0.0, 0.01])),
        exposure_fraction=float(rng.uniform(0.1, 0.5)), seed=whole(rng),
    )  # fmt: skip
    bits = log_uniform(rng, 0.1, 0.4)
    encoding = Encoding(
        bit_rate_bps=bits * 1280 * 720 * fps, preset="veryfast",
        params="" if rng.random() < 0.3 else "bframes=0",
    )  # fmt: skip
    return replace(
        clip,
        sway=Sway(float(rng.uniform(0.5, 3.0)), float(rng.uniform(0.4, 2.0)), whole(rng)),
        camera=camera,
        encoding=encoding,
        eye_distance_px=float(rng.uniform(85.0, 135.0)),
    )
