"""Movements of both sides that repeat: tremors, myorhythmia, dyskinesia.

Sources: lip, jaw and chin tremor of Parkinson's disease 4-6 Hz at rest [S58], slight to moderate in most
[S59]; rabbit syndrome about 5 Hz, regular, vertical [S15, S16], upper and lower lip against each other
[bg]; 0.5-5 mm [bg], here 0.3-3; myorhythmia 1-3 Hz [S64], with the eyes 0.8-1.2 Hz [S63]; tardive
dyskinesia irregular, of variable size and low frequency [S84], gestures of 0.3-2 s [bg], lips, jaw and
cheeks of both sides [S84]. Waxing and waning: our own choice.
"""

from __future__ import annotations

import numpy as np

from twitchcam.synth.acts import Acts, Gesture
from twitchcam.synth.patients.course import EDGE_S, Course, irregular_times, log_uniform, one_of, whole
from twitchcam.synth.spec import Twitch

Share = tuple[float, float, float]
"""Part of the whole amplitude, direction in degrees, spread in mm."""
LOWER: dict[str, Share] = {
    "lower_lip_left": (0.75, 90.0, 9.0),
    "lower_lip_mid": (1.0, 90.0, 9.0),
    "lower_lip_right": (0.75, 90.0, 9.0),
    "chin_mid": (0.8, 90.0, 12.0),
}
RABBIT: dict[str, Share] = {
    "lower_lip_left": (0.7, 90.0, 5.0),
    "lower_lip_mid": (1.0, 90.0, 6.0),
    "lower_lip_right": (0.7, 90.0, 5.0),
    "upper_lip_left": (0.5, -90.0, 5.0),
    "upper_lip_mid": (0.7, -90.0, 6.0),
    "upper_lip_right": (0.5, -90.0, 5.0),
}
JAW: dict[str, Share] = {
    "lower_lip_mid": (0.8, 90.0, 14.0),
    "chin_mid": (1.0, 90.0, 16.0),
    "upper_lip_mid": (0.3, -90.0, 8.0),
}


def rest_tremor(rng: np.random.Generator, duration_s: float) -> Course:
    """Lower lip and chin, both sides, waxing and waning, with pauses."""
    stretches = _waxing(rng, duration_s, LOWER, log_uniform(rng, 0.4, 3.0), float(rng.uniform(4.0, 6.0)))
    answers = {
        "duration_days": round(log_uniform(rng, 60, 3000)), "sides": "both", "onset": "gradual",
        "slowness": bool(rng.random() < 0.7), "hand_tremor": bool(rng.random() < 0.7), "medicines": [],
        "comes_with": ["rest"], "age": float(rng.integers(50, 85)),
    }  # fmt: skip
    return Course(twitches=stretches, answers=answers)


def rabbit(rng: np.random.Generator, duration_s: float) -> Course:
    """Both lips up and down against each other in someone who takes a dopamine-blocking medicine."""
    stretches = _waxing(rng, duration_s, RABBIT, log_uniform(rng, 0.5, 3.0), float(rng.uniform(4.5, 5.5)))
    answers = {
        "duration_days": round(log_uniform(rng, 20, 800)), "sides": "both", "onset": "gradual",
        "medicines": [one_of(rng, "antipsychotic", "antipsychotic", "metoclopramide")],
        "new_medicine_days": float(rng.integers(60, 400)), "age": float(rng.integers(35, 80)),
    }  # fmt: skip
    return Course(twitches=stretches, answers=answers)


def myorhythmia(rng: np.random.Generator, duration_s: float) -> Course:
    """Jaw and lips at about one a second, very even, almost without a pause."""
    hz, mm = float(rng.uniform(0.8, 1.2)), log_uniform(rng, 0.6, 3.0)
    answers = {
        "duration_days": round(log_uniform(rng, 20, 400)), "sides": "both", "during_sleep": True,
        "age": float(rng.integers(40, 75)),
    }  # fmt: skip
    length = duration_s - 2 * EDGE_S
    return Course(twitches=_together(JAW, EDGE_S, length, hz, mm, 0.03, whole(rng)), answers=answers)


def dyskinesia(rng: np.random.Generator, duration_s: float) -> Course:
    """Slow irregular movements of lips, jaw and cheeks, never the same twice, with puckering."""
    twitches: list[Twitch] = []
    size = log_uniform(rng, 1.0, 4.0)
    for t in irregular_times(rng, duration_s, float(rng.uniform(25.0, 45.0)), least=10, gap_s=0.5):
        width = float(rng.uniform(0.4, 1.5))
        mm = size * float(rng.uniform(0.4, 1.3))
        if t + width > duration_s - 0.4:
            continue
        for site, angle in _gesture_sites(rng):
            twitches.append(
                Twitch(
                    site,
                    mm * float(rng.uniform(0.7, 1.1)),
                    t,
                    width_s=width,
                    direction_deg=angle,
                    spread_mm=11.0,
                    group=f"gesture {t:g}",
                )
            )
    puckers = tuple(
        Gesture("pucker", t, t + float(rng.uniform(0.8, 1.8)), min(size, 4.0))
        for t in irregular_times(rng, duration_s - 3.0, 6.0, gap_s=2.5)
    )
    answers = {
        "duration_days": round(log_uniform(rng, 100, 3000)), "sides": "both", "onset": "gradual",
        "medicines": [one_of(rng, "antipsychotic", "metoclopramide")], "age": float(rng.integers(40, 85)),
    }  # fmt: skip
    return Course(twitches=tuple(twitches), acts=Acts(gestures=puckers), answers=answers)


def _gesture_sites(rng: np.random.Generator) -> list[tuple[str, float]]:
    """Draw which part of the mouth a dyskinetic gesture moves; both sides take part."""
    kind = one_of(rng, "lower", "jaw", "corners", "upper", weights=(3, 3, 2, 1))
    if kind == "lower":
        angle = float(rng.choice([90.0, -90.0]))
        return [(f"lower_lip_{s}", angle) for s in ("left", "mid", "right")]
    if kind == "jaw":
        angle = float(rng.uniform(-130, -50))
        return [("chin_mid", angle), ("lower_lip_mid", angle)]
    if kind == "corners":
        out = float(rng.choice([0.0, 180.0])) + float(rng.uniform(-30, 30))
        return [("commissure_left", out), ("commissure_right", 180.0 - out)]
    return [(f"upper_lip_{s}", 90.0) for s in ("left", "mid", "right")]


def _waxing(
    rng: np.random.Generator, duration_s: float, shares: dict[str, Share], mm: float, hz: float
) -> tuple[Twitch, ...]:
    """Return stretches of tremor of 4-15 s, each of its own size, with or without pauses between them."""
    twitches: list[Twitch] = []
    t, pauses = EDGE_S, float(rng.choice([0.2, 1.0, 4.0]))
    while t < duration_s - 4.0:
        length = min(float(rng.uniform(4.0, 15.0)), duration_s - 0.6 - t)
        rate = hz * float(rng.normal(1.0, 0.015))
        twitches += _together(shares, t, length, rate, mm * float(rng.uniform(0.6, 1.0)), 0.03, whole(rng))
        t += length + pauses * float(rng.uniform(0.3, 1.7))
    return tuple(twitches)


def _together(
    shares: dict[str, Share], start_s: float, length_s: float, hz: float, mm: float, jitter: float, seed: int
) -> tuple[Twitch, ...]:
    return tuple(
        Twitch(
            site,
            max(mm * part, 0.02),
            round(start_s, 3),
            length_s,
            hz,
            None,
            "sine",
            jitter,
            0.15,
            angle,
            spread,
            seed,
            f"tremor {start_s:.3f}",
        )
        for site, (part, angle, spread) in shares.items()
    )
