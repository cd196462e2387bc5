"""The course of a synthetic patient's clip: when things happen, and the muscles of one side as twitches.

All chance comes from the generator that is handed in. Directions are given for the left side and mirrored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twitchcam.synth.acts import NO_ACTS, Acts
from twitchcam.synth.spec import Blink, Smile, Speech, Twitch, Waveform

SIDES = ("left", "right")
EDGE_S = 1.0
"""Nothing but blinks happens this close to the clip's ends."""


@dataclass(frozen=True, slots=True)
class Muscle:
    """A part of the face that takes part in a movement of one side."""

    stem: str
    """Region without its side; regions of the midline are named whole."""
    mm: float
    direction_deg: float
    """For the left side: 0 outwards, 90 up."""
    spread_mm: float = 9.0


@dataclass(frozen=True, slots=True)
class Course:
    """What one person does in one clip, and what they would answer."""

    twitches: tuple[Twitch, ...] = ()
    blinks: tuple[Blink, ...] = ()
    """Besides the ordinary ones."""
    speech: tuple[Speech, ...] = ()
    smiles: tuple[Smile, ...] = ()
    acts: Acts = NO_ACTS
    blinks_per_min: float | None = None
    """None: as many as people usually have; 0: `blinks` are all there are."""
    side: str = ""
    """'left', 'right' or empty."""
    variant: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)


def drive(
    side: str,
    muscles: tuple[Muscle, ...],
    start_s: float,
    *,
    length_s: float = 0.0,
    hz: float = 0.0,
    width_s: float | None = None,
    waveform: Waveform = "raised_cosine",
    jitter: float = 0.0,
    amplitude_cv: float = 0.0,
    seed: int = 0,
    size: float = 1.0,
) -> tuple[Twitch, ...]:
    """Return the twitches of several muscles of one side that one nerve drives: same times, lag 0.

    `size` multiplies every muscle's path.
    """
    group = f"{side} {start_s:.3f} {seed}"
    return tuple(
        Twitch(
            site_of(muscle.stem, side), min(round(size * muscle.mm, 4), 20.0), round(start_s, 3), length_s,
            hz, width_s, waveform, jitter, amplitude_cv, mirrored_deg(side, muscle.direction_deg),
            muscle.spread_mm, seed, group,
        )
        for muscle in muscles
        if size * muscle.mm >= 0.01
    )  # fmt: skip


def site_of(stem: str, side: str) -> str:
    """Return the region of a stem on a side; midline regions are their own."""
    return stem if stem.endswith("_mid") else f"{stem}_{side}"


def mirrored_deg(side: str, direction_deg: float) -> float:
    """Return a direction that is given for the left side for the side asked for."""
    return direction_deg if side == "left" else (180.0 - direction_deg) % 360.0


def other(side: str) -> str:
    """Return the other side."""
    return "right" if side == "left" else "left"


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def one_of(rng: np.random.Generator, *choices: str, weights: tuple[float, ...] | None = None) -> str:
    """Draw one of some words; weights need not add up to 1."""
    p = None if weights is None else np.array(weights) / sum(weights)
    return str(choices[int(rng.choice(len(choices), p=p))])


def irregular_times(
    rng: np.random.Generator, duration_s: float, per_min: float, *, least: int = 0, gap_s: float = 0.5
) -> list[float]:
    """Draw times without any rhythm (a Poisson number of them, at least `least`), `gap_s` apart."""
    count = max(least, int(rng.poisson(per_min * duration_s / 60.0)))
    room = duration_s - 2 * EDGE_S - count * gap_s
    if count == 0 or room <= 0:
        return []
    at = np.sort(rng.uniform(0.0, room, count)) + gap_s * np.arange(count) + EDGE_S
    return [round(float(t), 3) for t in at]


def whole(rng: np.random.Generator) -> int:
    """Draw a seed for a part."""
    return int(rng.integers(1, 10**6))
