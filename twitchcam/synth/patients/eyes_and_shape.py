"""Movements led by the eyes, long pulls, and tics.

Sources: blepharospasm more than 27 blinks a minute at rest [S62], both sides alike [S39], the brow sinks
[bg]; closures brief or prolonged [bg], one second is where the Jankovic scale draws its line [S23].
Meige: eyes shut and the lips pursed or pulled for seconds [S88]. Tics: abrupt, stereotyped, in clusters,
no rhythm [S66, S67], 0.1-1 s each [bg]. Functional spasm: tonic, for seconds to minutes, the mouth corner
pulled down, now on one side, now on the other [S14b]. Sizes are our own choice.
"""

from __future__ import annotations

import numpy as np

from twitchcam.synth.acts import Acts, Gesture
from twitchcam.synth.patients.course import (
    EDGE_S,
    SIDES,
    Course,
    Muscle,
    drive,
    irregular_times,
    log_uniform,
    one_of,
    other,
)
from twitchcam.synth.spec import Blink, Twitch


def blepharospasm(rng: np.random.Generator, duration_s: float) -> Course:
    """Both eyes blink often, some closures last for seconds, and the brows go down with them."""
    blinks = _forced_blinks(rng, duration_s, float(rng.uniform(30.0, 50.0)), long_share=0.15)
    brow = float(rng.uniform(0.3, 1.5))
    twitches = tuple(t for blink in blinks for t in _brows_sink(blink, brow))
    answers = {
        "duration_days": round(log_uniform(rng, 60, 3000)), "sides": "both", "onset": "gradual",
        "started_at": "eyelid", "both_eyes_close": True, "age": float(rng.integers(40, 80)),
    }  # fmt: skip
    return Course(twitches=twitches, blinks=blinks, blinks_per_min=0.0, answers=answers)


def meige(rng: np.random.Generator, duration_s: float) -> Course:
    """Eyes shut and mouth drawn together or apart for seconds, both sides, over frequent blinking."""
    blinks = list(_forced_blinks(rng, duration_s, float(rng.uniform(30.0, 42.0)), long_share=0.05))
    size, purse = log_uniform(rng, 1.5, 4.0), bool(rng.random() < 0.5)
    pulls, twitches = [], [t for b in blinks for t in _brows_sink(b, 0.6)]
    for t in irregular_times(rng, duration_s - 5.0, float(rng.uniform(5.0, 9.0)), least=3, gap_s=5.0):
        held = float(rng.uniform(1.2, 4.0))
        blinks.append(Blink(t, "both", 0.4, 1.0, held))
        if purse:
            pulls.append(Gesture("pucker", t, t + held + 0.5, size))
        else:
            parts = (Muscle("commissure", size, 20.0, 12.0), Muscle("chin", 0.4 * size, 90.0, 10.0))
            twitches += [x for s in SIDES for x in drive(s, parts, t, width_s=held + 0.5, waveform="hold")]
    answers = {
        "duration_days": round(log_uniform(rng, 100, 3000)), "sides": "both", "spread": ["eye", "jaw"],
        "both_eyes_close": True, "comes_with": ["talking_or_chewing"], "age": float(rng.integers(45, 80)),
    }  # fmt: skip
    return Course(
        twitches=tuple(twitches), blinks=tuple(sorted(blinks, key=lambda b: b.t_s)),
        acts=Acts(gestures=tuple(pulls)), blinks_per_min=0.0, answers=answers,
    )  # fmt: skip


def tic(rng: np.random.Generator, duration_s: float) -> Course:
    """The same abrupt grimace again and again, in clusters: a hard blink with a pull of the mouth."""
    variant = one_of(rng, "blink and one corner", "grimace", "wink and corner", weights=(6, 2, 2))
    side = one_of(rng, *SIDES)
    mm, width = float(rng.uniform(1.5, 5.0)), float(rng.uniform(0.2, 0.6))
    parts = (Muscle("commissure", mm, 30.0, 11.0), Muscle("cheek", 0.5 * mm, 90.0, 10.0))
    sides = SIDES if variant == "grimace" else (side,)
    eyes = side if variant == "wink and corner" else "both"
    twitches: list[Twitch] = []
    blinks: list[Blink] = []
    for bout in irregular_times(rng, duration_s - 4.0, float(rng.uniform(3.0, 7.0)), least=2, gap_s=4.5):
        for k in range(int(rng.integers(1, 5))):
            t = round(bout + k * (width + float(rng.uniform(0.25, 0.5))), 3)
            size = float(rng.normal(1.0, 0.08))
            twitches += [x for s in sides for x in drive(s, parts, t, width_s=width, size=size)]
            blinks.append(Blink(t, eyes, width))  # type: ignore[arg-type]  # one of SIDES or 'both'
    answers = {
        "duration_days": round(log_uniform(rng, 300, 5000)), "onset": "gradual", "urge_suppressible": True,
        "vocal_tics": bool(rng.random() < 0.3), "age": float(rng.integers(8, 45)),
    }  # fmt: skip
    return Course(
        twitches=tuple(twitches), blinks=tuple(blinks), side="" if variant == "grimace" else side,
        variant=variant, answers=answers,
    )  # fmt: skip


def functional(rng: np.random.Generator, duration_s: float) -> Course:
    """Long pulls of a mouth corner downwards that change sides; the brow may go down with them."""
    side = one_of(rng, *SIDES)
    mm = log_uniform(rng, 1.5, 4.0)
    twitches: list[Twitch] = []
    t = EDGE_S + float(rng.uniform(0.0, 2.0))
    while True:
        held = float(rng.uniform(2.5, 6.0))
        if t + held > duration_s - EDGE_S:
            break
        parts = [Muscle("commissure", mm, -70.0, 11.0), Muscle("lower_lip", 0.5 * mm, -80.0, 9.0)]
        if rng.random() < 0.5:
            parts.append(Muscle("brow", 0.8, -90.0, 12.0))
        twitches += drive(
            side, tuple(parts), t, width_s=held, waveform="hold", size=float(rng.uniform(0.7, 1.2))
        )
        t += held + float(rng.uniform(1.5, 4.0))
        side = other(side) if rng.random() < 0.7 else side
    answers = {
        "duration_days": round(log_uniform(rng, 5, 400)),
        "onset": "sudden",
        "sides": "alternating",
        "age": float(rng.integers(18, 50)),
    }
    return Course(twitches=tuple(twitches), answers=answers)


def _forced_blinks(
    rng: np.random.Generator, duration_s: float, per_min: float, *, long_share: float
) -> tuple[Blink, ...]:
    blinks = []
    free = 0.0
    for t in irregular_times(
        rng, duration_s, per_min, least=round(0.8 * per_min * duration_s / 60), gap_s=0.7
    ):
        held = float(rng.uniform(0.5, 2.5)) if rng.random() < long_share else float(rng.uniform(0.0, 0.25))
        if t < free or t + held > duration_s - 0.6:
            continue
        blinks.append(Blink(t, "both", round(float(rng.uniform(0.22, 0.35)), 3), 1.0, round(held, 3)))
        free = blinks[-1].stop_s + 0.25
    return tuple(blinks)


def _brows_sink(blink: Blink, mm: float) -> tuple[Twitch, ...]:
    parts = (Muscle("brow", mm, -90.0, 13.0),)
    width = blink.duration_s + blink.held_s
    waveform = "hold" if blink.held_s > 0.4 else "raised_cosine"
    return tuple(
        t
        for side in SIDES
        for t in drive(side, parts, blink.t_s, width_s=width, waveform=waveform)  # type: ignore[arg-type]
    )
