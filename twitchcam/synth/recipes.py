"""Movements as they are seen in people, put together from twitches. Sources: see the docs on patterns."""

from __future__ import annotations

import numpy as np

from twitchcam.synth.acts import Acts, Chewing, Yawn
from twitchcam.synth.spec import Blink, Twitch, Waveform


def lip_tremor(
    start_s: float, duration_s: float, *, hz: float = 5.0, amplitude_mm: float = 0.8
) -> tuple[Twitch, ...]:
    """Rest tremor: lower lip and chin up and down, both sides in phase, regular (4-6 Hz in Parkinson's
    disease).
    """
    shares = {"lower_lip_left": 0.7, "lower_lip_mid": 1.0, "lower_lip_right": 0.7, "chin_mid": 0.7}
    return tuple(
        Twitch(
            site, amplitude_mm * share, start_s, duration_s, hz, waveform="sine", direction_deg=90.0,
            spread_mm=9.0,
            group="tremor",
        )
        for site, share in shares.items()
    )  # fmt: skip


def spasm_burst(
    start_s: float,
    *,
    side: str = "left",
    jerks: int = 6,
    hz: float = 5.0,
    amplitude_mm: float = 1.5,
    lid_mm: float = 3.0,
    seed: int = 0,
) -> tuple[Twitch, ...]:
    """One burst of a hemifacial spasm: lid, mouth corner and cheek of one side jerk together, irregularly.

    The lag between eye and mouth is 0 (the nerve fires them as one). The lid comes down by `lid_mm`, the
    corner is pulled
    out and up, the cheek up. Intervals vary by 40 %, amplitudes by 30 %.
    """
    out = 25.0 if side == "left" else 155.0
    parts = (
        (f"upper_eyelid_{side}", lid_mm, -90.0, 8.0),
        (f"lower_eyelid_{side}", 0.35 * lid_mm, 90.0, 8.0),
        (f"commissure_{side}", amplitude_mm, out, 9.0),
        (f"cheek_{side}", 0.7 * amplitude_mm, 90.0, 10.0),
    )
    return tuple(
        Twitch(
            site, mm, start_s, (jerks + 1.5) / hz, hz, width_s=0.13, jitter=0.4, amplitude_cv=0.3,
            direction_deg=angle,
            spread_mm=spread, seed=seed, group=f"spasm {start_s:g}",
        )
        for site, mm, angle, spread in parts
    )  # fmt: skip


def hemifacial_spasm(
    duration_s: float,
    *,
    side: str = "left",
    bursts_per_min: float = 20.0,
    amplitude_mm: float = 1.5,
    seed: int = 0,
) -> tuple[Twitch, ...]:
    """Irregular bursts of 3-12 jerks over a clip."""
    rng = np.random.default_rng([seed, 29])
    twitches: list[Twitch] = []
    t = float(rng.uniform(0.8, 1.6))
    while True:
        jerks = int(rng.integers(3, 13))
        hz = float(rng.uniform(3.5, 6.0))
        if t + (jerks + 1.5) / hz > duration_s - 0.3:
            return tuple(twitches)
        twitches += spasm_burst(
            round(t, 3),
            side=side,
            jerks=jerks,
            hz=hz,
            amplitude_mm=amplitude_mm,
            seed=int(rng.integers(1, 10**6)),
        )
        t += (jerks + 1.5) / hz + float(rng.exponential(60.0 / bursts_per_min - 1.0)) + 0.5


def focal_twitch(
    site: str, start_s: float, duration_s: float, *, hz: float = 5.0, amplitude_mm: float = 0.5,
    direction_deg: float | None = None, waveform: Waveform = "sine",
) -> tuple[Twitch, ...]:  # fmt: skip
    """A regular local twitch; outwards and up when no direction is given."""
    if direction_deg is None:
        direction_deg = 150.0 if site.endswith("right") else 30.0
    return (
        Twitch(site, amplitude_mm, start_s, duration_s, hz, waveform=waveform, direction_deg=direction_deg),
    )


def meal(start_s: float, duration_s: float, *, seed: int = 0) -> Acts:
    """Return chewing with closed lips from `start_s` on, and a yawn in the last third if there is room."""
    late = 2 * duration_s / 3
    yawns = (Yawn(late + 0.5, late + 4.5),) if duration_s - late >= 5 else ()
    stop = max(start_s + 2.0, late)
    return Acts(chewing=(Chewing(start_s, stop, seed=seed),), yawns=yawns)


def ordinary_blinks(duration_s: float, *, per_min: float = 17.0, seed: int = 0) -> tuple[Blink, ...]:
    """Blinks of both eyes at irregular times, none in the first 0.6 s or the last 0.4 s."""
    rng = np.random.default_rng([seed, 31])
    blinks: list[Blink] = []
    t = 0.6 + float(rng.gamma(3.0, 60.0 / per_min / 3.0)) / 2
    while t < duration_s - 0.4:
        length = float(rng.uniform(0.2, 0.32))
        blinks.append(Blink(round(t, 3), "both", round(length, 3)))
        t += length + max(0.5, float(rng.gamma(3.0, 60.0 / per_min / 3.0)))
    return tuple(blinks)
