"""Hemifacial spasm.

Numbers and sources (tags of the project's clinical reference; [bg] is background knowledge): 0.3-24.7 visible
spasms a minute [S41], clonic clusters of irregular bursts at 5-20 a second [bg], jerks of 50-200 ms [bg],
tonic holds of 1-5 s [bg]; lids first, then cheek and mouth [S1], all muscles of the side at once [S2c]; the
brow rises while the eye closes in 68-86 % [S11, S12]; starts in the lower face in 2-3 % [S2]; the mouth
corner goes 1-5 mm [bg]; left in 56 % [S1]; age 48.5 +- 14.1 [S1]. Lids' millimetres, and how mild a mild one
is, are our own choice.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twitchcam.synth.patients.course import (
    Course,
    Muscle,
    drive,
    irregular_times,
    log_uniform,
    one_of,
    whole,
)
from twitchcam.synth.spec import Twitch
from twitchcam.synth.timing import twitch_pulses

BROW_LIFT_SHARE = 0.75
LEFT_SHARE = 0.56
ENOUGH = 5
"""Movements of eye and mouth together that `hfs` and `hfs_atypical` hold at least; `hfs_rare` may hold
none."""


def hfs(rng: np.random.Generator, duration_s: float) -> Course:
    """Typical hemifacial spasm: lids and mouth of one side, clonic and tonic."""
    return _enough(_typical, rng, duration_s)


def hfs_atypical(rng: np.random.Generator, duration_s: float) -> Course:
    """Mild, nearly all clonic, nearly all tonic, or lips first with an eye that hardly joins in."""
    return _enough(_atypical, rng, duration_s)


def joint_movements(twitches: tuple[Twitch, ...]) -> int:
    """Return in how many movements the mouth corner of one side goes together with its lids."""
    lids = {t.group for t in twitches if "eyelid" in t.site}
    corners = [t for t in twitches if t.site.startswith("commissure") and t.group in lids]
    return sum(len(twitch_pulses(t)) for t in corners)


def _enough(
    draw: Callable[[np.random.Generator, float], Course], rng: np.random.Generator, duration_s: float
) -> Course:
    """Draw until a clip holds the five joint movements that a judgement asks for (reference E6)."""
    course = draw(rng, duration_s)
    while joint_movements(course.twitches) < ENOUGH:
        course = draw(rng, duration_s)
    return course


def _typical(rng: np.random.Generator, duration_s: float) -> Course:
    muscles = face_of_spasm(rng, eye_mm=rng.uniform(2.0, 6.0), mouth_mm=log_uniform(rng, 1.0, 5.0))
    per_min, tonic = log_uniform(rng, 2.0, 24.7), rng.uniform(0.0, 0.4)
    return spasms(rng, duration_s, muscles, per_min=per_min, tonic=tonic, least=2, eye_alone=0.15)


def _atypical(rng: np.random.Generator, duration_s: float) -> Course:
    variant = one_of(rng, "mild", "clonic", "tonic", "lips first")
    eye, mouth, tonic, alone, mouth_alone = 3.0, 2.0, 0.15, 0.1, 0.0
    if variant == "mild":
        eye, mouth = rng.uniform(0.8, 1.6), rng.uniform(0.4, 1.2)
    elif variant == "clonic":
        eye, mouth, tonic = rng.uniform(1.5, 4.0), rng.uniform(0.8, 3.0), 0.0
    elif variant == "tonic":
        eye, mouth, tonic = rng.uniform(2.0, 6.0), rng.uniform(1.5, 5.0), 0.9
    else:
        eye, mouth, mouth_alone, alone = rng.uniform(0.8, 1.6), rng.uniform(1.0, 3.0), 0.35, 0.0
    muscles = face_of_spasm(rng, eye_mm=eye, mouth_mm=mouth)
    per_min = log_uniform(rng, 6.0 if variant == "tonic" else 3.0, 20.0)
    return spasms(
        rng, duration_s, muscles, per_min=per_min, tonic=tonic, least=2, eye_alone=alone,
        mouth_alone=mouth_alone, variant=variant,
    )  # fmt: skip


def hfs_rare(rng: np.random.Generator, duration_s: float) -> Course:
    """The lower end of the published rates: 0.3-2 spasms a minute, so that a short clip may hold none."""
    muscles = face_of_spasm(rng, eye_mm=rng.uniform(2.0, 5.0), mouth_mm=log_uniform(rng, 1.0, 4.0))
    per_min = log_uniform(rng, 0.3, 2.0)
    return spasms(rng, duration_s, muscles, per_min=per_min, tonic=0.2, least=0, eye_alone=0.1)


def face_of_spasm(rng: np.random.Generator, *, eye_mm: float, mouth_mm: float) -> tuple[Muscle, ...]:
    """Return how far each muscle of a person's spasms goes; the first two are the lids."""
    muscles = [
        Muscle("upper_eyelid", eye_mm, -90.0, 8.0),
        Muscle("lower_eyelid", eye_mm * rng.uniform(0.3, 0.5), 90.0, 8.0),
        Muscle("commissure", mouth_mm, rng.uniform(15.0, 50.0), rng.uniform(8.0, 11.0)),
        Muscle("cheek", mouth_mm * rng.uniform(0.5, 0.9), 90.0, 10.0),
    ]
    if rng.random() < BROW_LIFT_SHARE:
        muscles.append(Muscle("brow", rng.uniform(0.15, 0.4) * eye_mm, 90.0, 12.0))
    if rng.random() < 0.4:
        muscles.append(Muscle("chin", mouth_mm * rng.uniform(0.2, 0.5), 90.0, 9.0))
    if rng.random() < 0.3:
        muscles.append(Muscle("lower_lip", mouth_mm * rng.uniform(0.2, 0.5), -30.0, 7.0))
    return tuple(muscles)


def spasms(
    rng: np.random.Generator, duration_s: float, muscles: tuple[Muscle, ...], *, per_min: float,
    tonic: float, least: int, eye_alone: float = 0.0, mouth_alone: float = 0.0, variant: str = "",
) -> Course:  # fmt: skip
    """Return a clip of spasms of one side. `tonic`, `eye_alone`, `mouth_alone`: shares of the spasms."""
    side = "left" if rng.random() < LEFT_SHARE else "right"
    hz = log_uniform(rng, 5.0, 16.0)
    twitches: list[Twitch] = []
    free_s = 0.0
    for t in irregular_times(rng, duration_s, per_min, least=least, gap_s=0.7):
        which, size = rng.random(), float(rng.uniform(0.6, 1.2))
        parts = muscles[:2] if which < eye_alone else muscles[2:] if which > 1 - mouth_alone else muscles
        if t < free_s:
            continue
        if rng.random() < tonic:
            made, free_s = _tonic(rng, side, parts, t, size)
        else:
            made, free_s = _clonic(rng, side, parts, t, hz, size)
        if free_s < duration_s - 0.3:
            twitches += made
    started = "lip" if variant == "lips first" else one_of(rng, "eyelid", "eyelid", "cheek")
    answers = {
        "duration_days": round(log_uniform(rng, 60, 4000)), "onset": "gradual", "sides": "one",
        "started_at": started, "spread": ["eye", "cheek"], "worsening": bool(rng.random() < 0.6),
        "during_sleep": bool(rng.random() < 0.5), "stress": bool(rng.random() < 0.45),
        "age": float(np.clip(round(rng.normal(48.5, 14.1)), 18, 90)),
    }  # fmt: skip
    return Course(twitches=tuple(twitches), side=side, variant=variant, answers=answers)


def _clonic(
    rng: np.random.Generator, side: str, parts: tuple[Muscle, ...], t: float, hz: float, size: float
) -> tuple[tuple[Twitch, ...], float]:
    """One cluster of jerks, sometimes a single one."""
    jerks = int(rng.integers(1, 16)) if rng.random() > 0.2 else 1
    rate = float(np.clip(hz * rng.uniform(0.8, 1.25), 4.0, 20.0))
    width = float(rng.uniform(0.06, 0.2))
    if jerks == 1:
        return drive(side, parts, t, width_s=width, size=size), t + width + 0.3
    length = (jerks + 1.2) / rate
    made = drive(
        side, parts, t, length_s=length, hz=rate, width_s=width, jitter=0.4, amplitude_cv=0.35,
        seed=whole(rng), size=size,
    )  # fmt: skip
    return made, t + length + 0.3


def _tonic(
    rng: np.random.Generator, side: str, parts: tuple[Muscle, ...], t: float, size: float
) -> tuple[tuple[Twitch, ...], float]:
    """A pull that is held, in half of the cases with jerks on top at its start."""
    length = float(rng.uniform(1.0, 5.0))
    made = drive(side, parts, t, width_s=length, waveform="hold", size=size)
    if rng.random() < 0.5:
        made += drive(
            side, parts, t + 0.15, length_s=0.8, hz=6.0, width_s=0.1, jitter=0.4, amplitude_cv=0.3,
            seed=whole(rng), size=0.4 * size,
        )  # fmt: skip
    return made, t + length + 0.4
