"""People without a movement disorder: talking, smiling, eating, winking, an uneven face, sitting still.

Sources: speech 3-8 syllables a second [S69]; smiles take about 0.5 s to rise [S35], 7-14 mm [bg], the two
sides differ by -4 to +3 mm [S35b]; chewing 0.9-2.2 Hz in bouts of 3-35 s [S69b]; blinks 8-21 a minute at
rest, 10-32 in conversation [S60]; winks 0.2-2 s [bg].
"""

from __future__ import annotations

import numpy as np

from twitchcam.synth.acts import Acts, Chewing, Gesture
from twitchcam.synth.patients.course import SIDES, Course, Muscle, drive, irregular_times, one_of, whole
from twitchcam.synth.spec import Blink, Smile, Speech, Twitch


def speech(rng: np.random.Generator, duration_s: float) -> Course:
    """Somebody talks in phrases of 3-15 s, for a quarter to three quarters of the clip."""
    quiet = float(rng.uniform(2.0, 8.0))
    parts, t = [], float(rng.uniform(1.0, 6.0))
    while t < duration_s - 4.0:
        length = min(float(rng.uniform(3.0, 15.0)), duration_s - 0.8 - t)
        parts.append(Speech(round(t, 3), round(t + length, 3), float(rng.uniform(4.0, 9.0)), whole(rng)))
        t += length + quiet * float(rng.uniform(0.5, 1.5))
    return Course(speech=tuple(parts), blinks_per_min=float(rng.uniform(10.5, 32.5)))


def smile(rng: np.random.Generator, duration_s: float) -> Course:
    """Smiles of both sides, wide ones and small ones, none quite even."""
    smiles = []
    for t in irregular_times(rng, duration_s - 5.0, float(rng.uniform(4.0, 8.0)), least=3, gap_s=5.0):
        left, right = (1.0, float(rng.uniform(0.75, 1.0)))[:: int(rng.choice([-1, 1]))]
        length = float(rng.uniform(1.2, 4.0))
        smiles.append(Smile(t, t + length, float(rng.uniform(3.0, 13.0)), left, right))
    return Course(smiles=tuple(smiles))


def meal(rng: np.random.Generator, duration_s: float) -> Course:
    """Bouts of chewing with closed or open lips."""
    bouts, t = [], float(rng.uniform(1.0, 8.0))
    lips = one_of(rng, "closed", "open", weights=(3, 1))
    while t < duration_s - 5.0:
        length = min(float(rng.uniform(4.0, 20.0)), duration_s - 0.8 - t)
        hz, opening = float(rng.uniform(0.95, 2.15)), float(rng.uniform(4.0, 10.0))
        bouts.append(Chewing(round(t, 3), round(t + length, 3), opening, hz, lips, whole(rng)))  # type: ignore[arg-type]
        t += length + float(rng.uniform(2.0, 8.0))
    return Course(acts=Acts(chewing=tuple(bouts)))


def wink(rng: np.random.Generator, duration_s: float) -> Course:
    """Winks on purpose, one to six in the clip: the eye shuts fully, cheek and mouth corner go up with it."""
    side = one_of(rng, *SIDES)
    mm = float(rng.uniform(0.5, 3.0))
    parts = (
        Muscle("cheek", mm, 90.0, 12.0),
        Muscle("commissure", 0.7 * mm, 60.0, 11.0),
        Muscle("brow", 0.5, -90.0, 12.0),
    )
    twitches: list[Twitch] = []
    blinks: list[Blink] = []
    count = int(rng.integers(1, 7))
    for t in irregular_times(rng, duration_s - 3.0, 0.0, least=count, gap_s=3.0):
        held = float(rng.uniform(0.1, 0.8))
        blinks.append(Blink(t, side, 0.4, 1.0, held))  # type: ignore[arg-type]  # one of SIDES
        twitches += drive(
            side, parts, t, width_s=0.4 + held, waveform="hold", size=float(rng.uniform(0.7, 1.2))
        )
    return Course(twitches=tuple(twitches), blinks=tuple(blinks), side=side)


def asymmetric(rng: np.random.Generator, duration_s: float) -> Course:
    """An ordinary uneven face: one-sided smiles, the lips pressed now and then, brows raised."""
    smiles, gestures = [], []
    strong = one_of(rng, *SIDES)
    for t in irregular_times(rng, duration_s - 4.0, float(rng.uniform(3.0, 8.0)), least=3, gap_s=4.0):
        weak = float(rng.uniform(0.3, 0.7))
        left, right = (1.0, weak) if strong == "left" else (weak, 1.0)
        what = one_of(rng, "smile", "press", "brows", weights=(3, 1, 1))
        if what == "smile":
            smiles.append(
                Smile(t, t + float(rng.uniform(1.2, 3.0)), float(rng.uniform(2.0, 8.0)), left, right)
            )
        else:
            length = float(rng.uniform(0.8, 2.0))
            gestures.append(Gesture(what, t, t + length, float(rng.uniform(1.5, 4.0))))  # type: ignore[arg-type]
    return Course(smiles=tuple(smiles), acts=Acts(gestures=tuple(gestures)), side=strong)


def still(rng: np.random.Generator, _duration_s: float) -> Course:
    """Nothing but blinks and a head that sways."""
    return Course(blinks_per_min=float(rng.uniform(8.0, 21.0)))
