"""The clips of the study, drawn from fixed seeds.

Rendering is the cost, so a clip holds many movements in turn, and one rendering is stored in several versions
(another camera noise, another bit rate) where only those differ. Movements that would disturb each other's
measurement never share a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from study.case import (
    LOSSLESS,
    WEBCAM,
    Case,
    Version,
    axis,
    base_clip,
    blinks,
    in_turn,
    length_of,
    plain,
    seed_of,
    turned,
)
from twitchcam.regions import LIPS
from twitchcam.synth import Blink, Camera, Exposure, Twitch

HD_PX = 165.0
STILL_NOISE = (0.5, 1.0, 2.0, 4.0)
AMPLITUDES_MM = (0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0)
HD_AMPLITUDES_MM = (0.1, 0.15, 0.3, 1.0)
SPREADS_MM = (4.0, 6.0, 12.0, 16.0)
SMALL_MM = (0.08, 0.1, 0.13)
SITES = ("commissure", "upper_lip", "lower_lip", "cheek", "chin", "brow")
FREQUENCIES_HZ = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0)
FASTEST_MM_S = 40.0
"""Trains move no faster than this amplitude times frequency: 5 mm at 8 Hz."""
RATES = (24.0, 30.0, 60.0, 120.0)
FASTEST_FPS = 240.0
DISTANCES_PX = (45.0, 70.0, 110.0, 160.0)
DARK = ((0.45, 3.0), (0.25, 6.0))
"""(brightness, noise in grey levels) of dim and of dark rooms."""
BIT_RATES = (1e6, 2e6, 4e6, 8e6, 12e6)
GAP_S = 0.15
"""Between the peaks of two neighbours that must not be joined."""


def sway_case(photo: str, person: int) -> Case:
    """Return the clip in which each lip region of a person moves in turn."""
    return next(case for case in noise_cases(photo, person) if case.name.endswith("sway_lips"))


def noise_cases(photo: str, person: int) -> Iterator[Case]:
    """A still head at four noise levels; then sway with each lip region moving in turn, stored twice."""
    for k, noise in enumerate(STILL_NOISE):
        clip = base_clip(seed_of(person, k), moving=False, noise=noise, duration_s=5.0)
        tags = {"noise": noise}
        yield Case(f"p{person}_still_noise{noise:g}", photo, "noise", clip, plain(LOSSLESS), True, tags)
    moves = tuple(
        Twitch(region, 1.0, 5.5 + 1.15 * k, duration_s=0.8, hz=5.0, direction_deg=60.0 if k % 2 else 120.0)
        for k, region in enumerate(LIPS)
    )
    clip = base_clip(seed_of(person, 5), twitches=moves, duration_s=length_of(moves))
    both = (Version("lossless", LOSSLESS), Version("webcam", WEBCAM))
    yield Case(f"p{person}_sway_lips", photo, "noise", clip, both, True, {"rest_s": 5.4})


def single_cases(photo: str, person: int) -> Iterator[Case]:
    """Twitches of all sizes at all sites; small and large ones in clips of their own."""
    for k, sizes in enumerate((AMPLITUDES_MM[:4], AMPLITUDES_MM[4:])):
        rng = np.random.default_rng(seed_of(person, 10 + k))
        wanted = [
            (turned(site, person + i + j), mm, axis(person + i + j + k, rng))
            for i, site in enumerate(SITES)
            for j, mm in enumerate(sizes)
        ]
        moves = in_turn(wanted, rng)
        clip = base_clip(seed_of(person, 10 + k), twitches=moves, duration_s=length_of(moves))
        name = f"p{person}_single_{'small' if k == 0 else 'large'}"
        yield Case(name, photo, "single", clip, plain(WEBCAM), tags={"size": "720p"})


def hd_cases(photo: str, person: int) -> Iterator[Case]:
    """The smaller twitches at 1920x1080, and a still face."""
    rng = np.random.default_rng(seed_of(person, 20))
    camera = Camera(size=(1920, 1080), noise=1.0, seed=seed_of(person, 20))
    wanted = [
        (turned(site, person + i + j), mm, axis(person + i + j, rng))
        for i, site in enumerate(SITES)
        for j, mm in enumerate(HD_AMPLITUDES_MM)
    ]
    moves = in_turn(wanted, rng)
    common: dict[str, Any] = {"camera": camera, "eye_distance_px": HD_PX}
    clip = base_clip(seed_of(person, 20), twitches=moves, duration_s=length_of(moves), **common)
    yield Case(f"p{person}_single_hd", photo, "single", clip, plain(WEBCAM), tags={"size": "1080p"})
    still = base_clip(seed_of(person, 21), blinks=blinks(30.0, rng), duration_s=30.0, **common)
    yield Case(f"p{person}_still_hd", photo, "still", still, plain(WEBCAM), tags={"size": "1080p"})


def spread_cases(photo: str, person: int) -> Iterator[Case]:
    """Narrower and wider movements than the usual one of 8 mm."""
    rng = np.random.default_rng(seed_of(person, 25))
    moves: tuple[Twitch, ...] = ()
    for k, spread in enumerate(SPREADS_MM):
        wanted = [(turned(s, person + k), 1.0, axis(k + i, rng)) for i, s in enumerate((*SITES[:3], "chin"))]
        first = 1.5 if not moves else length_of(moves, 0.5)
        moves += in_turn(wanted, rng, first_s=first, spread_mm=spread)
    clip = base_clip(seed_of(person, 25), twitches=moves, duration_s=length_of(moves))
    yield Case(f"p{person}_spread", photo, "spread", clip, plain(WEBCAM))


def train_cases(photo: str, person: int, *, rest_s: float = 2.5, run_s: float = 6.0) -> Iterator[Case]:
    """Runs of 6 s with rests between them; frequency, size and site differ from run to run."""
    for half in range(2):
        seed = seed_of(person, 30 + half)
        rng = np.random.default_rng(seed)
        moves: list[Twitch] = []
        for k in range(3):
            number = 6 * person + 3 * half + k
            hz = FREQUENCIES_HZ[number % 10] + float(rng.uniform(-0.2, 0.2))
            hz = float(np.clip(hz, 1.0, 12.0))
            sizes = [mm for mm in AMPLITUDES_MM if mm * hz <= FASTEST_MM_S]
            mm = sizes[(5 * number + number // 8) % len(sizes)]
            start = rest_s + k * (run_s + rest_s) + float(rng.uniform(0, 0.1))
            region = LIPS[(3 * number) % len(LIPS)]
            turn = float(rng.uniform(-180, 180))
            moves.append(Twitch(region, mm, start, duration_s=run_s, hz=hz, direction_deg=turn))
        length = moves[-1].start_s + run_s + rest_s
        lids = tuple(Blink(m.start_s - 1.4) for m in moves[1:])
        clip = base_clip(seed, twitches=tuple(moves), blinks=lids, duration_s=length)
        tags = {"rest_s": rest_s}
        yield Case(f"p{person}_trains_{half}", photo, "train", clip, plain(WEBCAM), tags=tags)


def still_cases(photo: str, person: int, *, duration_s: float = 45.0) -> Iterator[Case]:
    """A still face with sway and blinks, filmed three times over with other camera noise."""
    seed = seed_of(person, 40)
    rng = np.random.default_rng(seed)
    clip = base_clip(seed, blinks=blinks(duration_s, rng), duration_s=duration_s)
    takes = tuple(Version(f"take{k}", WEBCAM, noise_seed=seed + k) for k in range(3))
    yield Case(f"p{person}_still", photo, "still", clip, takes, tags={"size": "720p"})


def small_cases(photo: str, person: int) -> Iterator[Case]:
    """Twitches about as small as can be found, at all lip regions."""
    seed = seed_of(person, 45)
    rng = np.random.default_rng(seed)
    wanted = [(region, mm, float(rng.uniform(-180, 180))) for mm in SMALL_MM for region in LIPS]
    moves = in_turn(wanted, rng, step_s=1.0)
    clip = base_clip(seed, twitches=moves, duration_s=length_of(moves))
    yield Case(f"p{person}_small", photo, "small", clip, plain(WEBCAM))


def timing_cases(photo: str, person: int, *, fastest: bool = False) -> Iterator[Case]:
    """Single twitches of 0.1 to 0.3 s at several frame rates, and neighbours 150 ms apart at 60."""
    for k, fps in enumerate(RATES):
        yield _timing(photo, person, 50 + k, fps, 8)
    if fastest:
        yield _timing(photo, person, 56, FASTEST_FPS, 3)
    seed = seed_of(person, 55)
    rng = np.random.default_rng(seed)
    moves = []
    for k in range(5):
        region, size = turned(SITES[k % 3], k), (0.4, 1.0)[k % 2]
        start = 1.5 + 1.1 * k + float(rng.uniform(0, 0.1))
        direction = float(rng.uniform(-180, 180))
        for j in range(2):
            at = start + j * GAP_S
            moves.append(Twitch(region, size, at, width_s=GAP_S, direction_deg=direction))
    clip = base_clip(
        seed,
        twitches=tuple(moves),
        duration_s=length_of(tuple(moves)),
        camera=Camera(fps=60.0, noise=1.0, seed=seed),
    )
    yield Case(f"p{person}_pairs", photo, "pairs", clip, plain(WEBCAM), tags={"fps": 60.0})


def _timing(photo: str, person: int, number: int, fps: float, count: int) -> Case:
    seed = seed_of(person, number)
    rng = np.random.default_rng(seed)
    wanted = [(turned(SITES[k % 3], k // 3), 0.5, float(rng.uniform(-180, 180))) for k in range(count)]
    moves = in_turn(wanted, rng, step_s=0.75, widths_s=(0.1, 0.3))
    camera = Camera(fps=fps, noise=1.0, seed=seed)
    clip = base_clip(seed, twitches=moves, duration_s=length_of(moves), camera=camera)
    return Case(f"p{person}_timing{fps:g}", photo, "timing", clip, plain(WEBCAM), tags={"fps": fps})


def reach_cases(photo: str, person: int) -> Iterator[Case]:
    """Distances, dark rooms and bit rates: a twitch of half a millimetre at each lip region."""
    settings: list[tuple[str, float | str, dict[str, Any], float, tuple[Version, ...]]] = []
    for px in DISTANCES_PX:
        settings.append(("eye distance, px", px, {"eye_distance_px": px}, 1.0, plain(WEBCAM)))
    for light, noise in DARK:
        settings.append(("brightness", light, {"exposures": (Exposure(0.0, light),)}, noise, plain(WEBCAM)))
    rates = tuple(Version(f"{b / 1e6:g}", replace(WEBCAM, bit_rate_bps=b)) for b in BIT_RATES)
    settings.append(("bit rate, Mb/s", "", {}, 1.0, rates))
    for k, (what, value, more, noise, versions) in enumerate(settings):
        seed = seed_of(person, 60 + k)
        rng = np.random.default_rng(seed)
        wanted = [(region, 0.5, float(rng.uniform(-180, 180))) for region in LIPS]
        moves = in_turn(wanted, rng, first_s=2.5)
        light_steps = more.pop("exposures", ())
        camera = Camera(noise=noise, seed=seed, exposures=light_steps)
        clip = base_clip(seed, twitches=moves, duration_s=length_of(moves), camera=camera, **more)
        tags = {"what": what, "value": value}
        yield Case(f"p{person}_reach{k}", photo, "reach", clip, versions, tags=tags)


def all_cases(photos: list[str], *, quick: bool = False) -> list[Case]:
    """Return every clip of the study, the most wanted first: all parts with two people, then the others.

    `quick` stops after these two and leaves out what is slow to draw.
    """
    people = list(enumerate(photos))
    two = people[1::2][-2:] if len(people) > 3 else people[-2:]
    more = people[1::2][:-2] if len(people) > 3 else []
    rest = [one for one in people if one not in two]
    plan = [made(photo, p) for made in MAIN for p, photo in two]
    plan += [timing_cases(photo, p, fastest=k == 0 and not quick) for k, (p, photo) in enumerate(two)]
    plan += [made(photo, p) for made in SIDE for p, photo in two]
    if not quick:
        plan += [made(photo, p) for made in MAIN for p, photo in rest]
        plan += [made(photo, p) for made in (small_cases, spread_cases) for p, photo in more]
        plan += [hd_cases(photo, p) for p, photo in two]
    return [case for cases in plan for case in cases]


MAIN = (noise_cases, single_cases, train_cases, still_cases)
SIDE = (reach_cases, small_cases, spread_cases)
