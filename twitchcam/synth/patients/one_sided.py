"""Movements of one side or one spot other than hemifacial spasm.

Numbers and sources (tags of the clinical reference; [bg] is background knowledge, [own] our choice):

- Everyday twitch: one spot of one lip [L0], 0.1-1 mm [bg], here 0.15-0.8; flicks of 0.1-0.3 s [bg], some in
  runs of 1-5 a second [bg].
- Facial myokymia: a flicker of one side without a pause, 2-8 a second [bg], that travels like a wave [S6d].
- Synkinesis: the mouth corner moves with closing of the eye in 85 % [S19], here with each ordinary blink by
  0.3-2 mm [own], 0-50 ms after the lid [own].
- Clonic run: one-sided jerks at 0.5-4 Hz (0.2-5 [S65d]) for 10-60 s, corner of the mouth first [S65c, S65d],
  then the upper face [S65d]: the lids in one of five [own].
"""

from __future__ import annotations

import numpy as np

from twitchcam.synth.patients.course import (
    EDGE_S,
    SIDES,
    Course,
    Muscle,
    drive,
    irregular_times,
    log_uniform,
    one_of,
    whole,
)
from twitchcam.synth.recipes import ordinary_blinks
from twitchcam.synth.spec import Twitch

SPOTS = ("upper_lip_left", "upper_lip_right", "lower_lip_left", "lower_lip_right", "lower_lip_mid")


def benign(rng: np.random.Generator, duration_s: float) -> Course:
    """An everyday twitch of one spot of a lip, single flicks or short runs."""
    spot = one_of(rng, *SPOTS)
    side = spot.rsplit("_", 1)[1]
    mm = log_uniform(rng, 0.15, 0.8)
    runs = float(rng.choice([0.0, 0.0, 0.5, 0.8]))
    angle, spread = float(rng.uniform(0, 360)), float(rng.uniform(4.0, 7.0))
    twitches: list[Twitch] = []
    for t in irregular_times(rng, duration_s, log_uniform(rng, 6.0, 30.0), least=4, gap_s=1.8):
        size, width = mm * float(rng.uniform(0.6, 1.3)), float(rng.uniform(0.1, 0.3))
        if rng.random() < runs:
            hz = float(rng.uniform(2.0, 6.0))
            length = float(rng.integers(2, 7)) / hz
            twitches.append(
                Twitch(spot, size, t, min(length, 1.6), hz, min(width, 0.9 / hz), "raised_cosine", 0.25, 0.3,
                       angle, spread, whole(rng))
            )  # fmt: skip
        else:
            twitches.append(Twitch(spot, size, t, width_s=width, direction_deg=angle, spread_mm=spread))
    answers = {
        "duration_days": round(log_uniform(rng, 1, 12)), "sides": "one", "started_at": "lip",
        "caffeine_mg_per_day": float(rng.integers(0, 7) * 100), "stress": bool(rng.random() < 0.5),
        "sleep_hours": float(rng.integers(5, 9)), "age": float(rng.integers(18, 70)),
    }  # fmt: skip
    return Course(twitches=tuple(twitches), side="" if side == "mid" else side, answers=answers)


def myokymia(rng: np.random.Generator, duration_s: float) -> Course:
    """A rippling of one side of the mouth and cheek that hardly ever stops and travels like a wave."""
    side = one_of(rng, *SIDES)
    mm, hz = float(rng.uniform(0.15, 0.5)), float(rng.uniform(2.0, 8.0))
    sites = ["commissure", "lower_lip", "upper_lip", "cheek", "chin"]
    twitches: list[Twitch] = []
    t = EDGE_S
    while t < duration_s - 3.0:
        length = min(float(rng.uniform(2.0, 8.0)), duration_s - 0.5 - t)
        rate = hz * float(rng.uniform(0.75, 1.3))
        order = rng.permutation(len(sites))[: int(rng.integers(3, 6))]
        seed, wave = whole(rng), float(rng.uniform(0.03, 0.12))
        for k, i in enumerate(order):
            twitches.append(
                Twitch(
                    f"{sites[i]}_{side}",
                    mm * float(rng.uniform(0.5, 1.2)),
                    round(t + k * wave, 3),
                    length,
                    rate,
                    None,
                    "raised_cosine",
                    0.3,
                    0.4,
                    float(rng.uniform(0, 360)),
                    7.0,
                    seed + k,
                )
            )
        t += length + float(rng.uniform(0.3, 1.2))
    answers = {
        "duration_days": round(log_uniform(rng, 5, 40)), "sides": "one", "constant": True,
        "during_sleep": True, "age": float(rng.integers(20, 55)),
    }  # fmt: skip
    return Course(twitches=tuple(twitches), side=side, answers=answers)


def synkinesis(rng: np.random.Generator, duration_s: float) -> Course:
    """After a palsy: one mouth corner moves with the blinks of both eyes, now and then without being seen."""
    side = one_of(rng, *SIDES)
    mm, lag = log_uniform(rng, 0.3, 2.0), float(rng.uniform(0.0, 0.05))
    blinks = ordinary_blinks(duration_s, per_min=float(rng.uniform(10.0, 21.0)), seed=whole(rng))
    angle = float(rng.uniform(20.0, 70.0))
    twitches: list[Twitch] = []
    for blink in blinks:
        if rng.random() < 0.92:
            size, width = float(rng.uniform(0.6, 1.3)), blink.duration_s * float(rng.uniform(0.9, 1.3))
            parts = (Muscle("commissure", mm, angle, 9.0), Muscle("cheek", 0.4 * mm, 90.0, 9.0))
            twitches += drive(side, parts, blink.t_s + lag, width_s=width, size=size)
    answers = {
        "duration_days": round(log_uniform(rng, 120, 2000)), "sides": "one", "bells_palsy_history": True,
        "onset": "gradual", "age": float(rng.integers(20, 75)),
    }  # fmt: skip
    return Course(twitches=tuple(twitches), blinks=blinks, blinks_per_min=0.0, side=side, answers=answers)


def clonic_run(rng: np.random.Generator, duration_s: float) -> Course:
    """Focal jerks: one long run of the mouth corner of one side; the lids join in in one of five."""
    side = one_of(rng, *SIDES)
    mm, hz = log_uniform(rng, 0.5, 3.0), log_uniform(rng, 0.5, 4.0)
    length = float(rng.uniform(10.0, 0.75 * duration_s)) if duration_s >= 20 else 0.7 * duration_s
    start = float(rng.uniform(EDGE_S, duration_s - length - EDGE_S))
    parts = [Muscle("commissure", mm, float(rng.uniform(0.0, 50.0)), 10.0)]
    if rng.random() < 0.5:
        parts.append(Muscle("chin", 0.5 * mm, -60.0, 9.0))
    variant = "with lids" if rng.random() < 0.2 else ""
    if variant:
        parts += [Muscle("lower_eyelid", 0.6 * mm, 90.0, 8.0), Muscle("upper_eyelid", 0.6 * mm, -90.0, 8.0)]
    twitches = drive(
        side,
        tuple(parts),
        start,
        length_s=length,
        hz=hz,
        width_s=min(0.9 / hz, float(rng.uniform(0.1, 0.25))),
        jitter=float(rng.uniform(0.03, 0.12)),
        amplitude_cv=0.2,
        seed=whole(rng),
    )
    answers = {
        "duration_days": round(log_uniform(rng, 0.5, 60)) or 1, "sides": "one", "onset": "sudden",
        "started_at": "lip", "age": float(rng.integers(8, 80)),
    }  # fmt: skip
    return Course(twitches=twitches, side=side, variant=variant, answers=answers)
