"""What a clip of the study is: who, what moves when, how it is filmed and stored. Plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam.synth import Blink, Camera, Clip, Encoding, Sway, Twitch

FIRST_SEED = 1000
"""Development used small seeds; those of the study begin here, a hundred for each person."""
WEBCAM = Encoding(preset="veryfast", params="bframes=0")
"""12 Mb/s without B pictures, as webcams and phones mostly write."""
LOSSLESS = Encoding(codec="ffv1")
NEAR_PX = 110.0
PULSE_S = (0.15, 0.2)


@dataclass(frozen=True)
class Version:
    """One stored form of a rendered clip."""

    tag: str
    encoding: Encoding
    noise_seed: int | None = None
    """Another camera noise than the clip's own."""

    @property
    def suffix(self) -> str:
        return ".mkv" if self.encoding.codec == "ffv1" else ".mp4"


@dataclass(frozen=True)
class Case:
    """One rendered clip and what is asked of it."""

    name: str
    photo: str
    part: str
    """Which table it belongs to."""
    clip: Clip
    versions: tuple[Version, ...]
    listen: bool = False
    """Measure the stored pictures' noise against the noiseless ones while rendering."""
    tags: dict[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> str:
        return Path(self.photo).stem

    @property
    def number(self) -> int:
        """The person's number."""
        return int(self.name[1 : self.name.index("_")])

    @property
    def frames(self) -> int:
        return round(self.clip.duration_s * self.clip.camera.fps)


def seed_of(person: int, number: int) -> int:
    return FIRST_SEED + 100 * person + number


def plain(encoding: Encoding) -> tuple[Version, ...]:
    return (Version("", encoding),)


def base_clip(seed: int, *, moving: bool = True, noise: float = 1.0, **more: Any) -> Clip:
    """Return 720p at 30 fps, 110 px between the pupils, 2 mm and 1.5 degrees of sway."""
    sway = Sway(2.0, 1.5, seed=seed) if moving else Sway()
    common: dict[str, Any] = {"eye_distance_px": NEAR_PX, "camera": Camera(noise=noise, seed=seed)}
    return Clip(sway=sway, **(common | more))


def turned(stem: str, turn: int) -> str:
    """Return the region of a site, sides in turn."""
    return f"{stem}_{'left' if turn % 2 == 0 else 'right'}"


def in_turn(
    wanted: list[tuple[str, float, float]],
    rng: np.random.Generator,
    *,
    first_s: float = 1.5,
    step_s: float = 0.7,
    widths_s: tuple[float, ...] = PULSE_S,
    spread_mm: float = 8.0,
) -> tuple[Twitch, ...]:
    """Return single twitches one after another: (region, mm, direction) each, at odd times, mixed."""
    order = rng.permutation(len(wanted))
    starts = first_s + step_s * np.arange(len(wanted)) + rng.uniform(0, 0.12, len(wanted))
    return tuple(
        Twitch(
            wanted[k][0],
            wanted[k][1],
            float(t),
            width_s=float(rng.uniform(min(widths_s), max(widths_s))),
            direction_deg=wanted[k][2],
            spread_mm=spread_mm,
        )
        for k, t in zip(order, starts, strict=True)
    )


def length_of(twitches: tuple[Twitch, ...], after_s: float = 0.8) -> float:
    return max(t.start_s + max(t.duration_s, t.width_s or 0.2) for t in twitches) + after_s


def axis(number: int, rng: np.random.Generator) -> float:
    """Return a horizontal (even numbers) or vertical direction, degrees."""
    return float(rng.choice((0.0, 180.0) if number % 2 == 0 else (90.0, -90.0)))


def blinks(duration_s: float, rng: np.random.Generator) -> tuple[Blink, ...]:
    """Return blinks 2-6 s apart."""
    times = np.cumsum(rng.uniform(2.0, 6.0, int(duration_s)))
    return tuple(
        Blink(float(t), duration_s=float(rng.uniform(0.2, 0.3))) for t in times if t < duration_s - 1
    )
