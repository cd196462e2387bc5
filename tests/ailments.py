"""Artificial recordings of what the patterns describe, typical and atypical, and of what looks like it.

    recording = ailment("hfs", seed=3, side="left").recording()

Every one has ordinary blinks, head sway, drift and noise. Sizes and rates follow the clinical reference
(A1-A5, D6) and vary with the seed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from acts import perform
from recordings import StillFace

from twitchcam.regions import INDEX
from twitchcam.synth.acts import Acts, Chewing
from twitchcam.synth.spec import Smile, Speech
from twitchcam.types import FloatArray

OTHER = {"left": "right", "right": "left"}
Ailment = Callable[[StillFace, str], None]


def ailment(name: str, *, seed: int = 0, side: str = "left", seconds: float = 75.0) -> StillFace:
    """Return a face that does what `AILMENTS[name]` says, mostly on `side`."""
    noise = float(np.random.default_rng(seed).uniform(5, 12))
    face = StillFace(duration_s=seconds, fps=(30.0, 25.0)[seed % 2], seed=seed, noise_um_rthz=noise)
    AILMENTS[name](face, side)
    return face


def sporadic(face: StillFace, per_min: float, start_s: float = 1.0, *, apart_s: float = 0.4) -> FloatArray:
    """Return times drawn at random, `apart_s` or more from each other."""
    n = max(3, int(face.rng.poisson(per_min * face.duration_s / 60)))
    times = np.sort(face.rng.uniform(start_s, face.duration_s - 1.0, n))
    return times[np.diff(times, prepend=-9.0) >= apart_s]


def out(side: str, deg: float) -> float:
    """Return the direction `deg` above 'outwards' of a side."""
    return deg if side == "left" else 180.0 - deg


def still(face: StillFace, side: str) -> None:
    blinks(face, 14)


def blinks(face: StillFace, per_min: float, but: FloatArray | None = None) -> FloatArray:
    times = sporadic(face, per_min, apart_s=1.0)
    if but is not None and but.size:
        times = times[np.min(np.abs(times[:, None] - but[None]), axis=1) > 0.6]
    for at in times:
        face.blink(float(at), leak_mm=float(face.rng.uniform(0.05, 0.2)))
    return times


# --- the facial nerve


def hfs(face: StillFace, side: str, *, per_min: float = 14.0, brow: float = 0.7, tonic: float = 0.2) -> None:
    """Clusters of clonic jerks of eye and mouth, some with a tonic tail, some with a rising brow."""
    rng, took = face.rng, []
    for at in sporadic(face, per_min / 2, apart_s=2.5):
        when = float(at)
        for _ in range(int(rng.integers(1, 5))):
            spasm(face, when, side, lift=rng.uniform() < brow)
            took.append(when)
            when += float(rng.uniform(0.15, 0.7))
        if rng.uniform() < tonic and when < face.duration_s - 2:
            hold(face, when, float(rng.uniform(0.7, 1.6)), side)
    blinks(face, 14, np.array(took))


def spasm(face: StillFace, at: float, side: str, *, lift: bool, mm: float | None = None) -> None:
    rng = face.rng
    size = float(rng.uniform(0.6, 2.5)) if mm is None else mm
    length = float(rng.uniform(0.1, 0.2))
    face.close_eye(at, **{side: float(rng.uniform(0.25, 0.7))}, length_s=1.6 * length, leak_mm=0.1)
    lag = float(rng.uniform(-0.02, 0.02))
    face.twitch(at + lag, f"commissure_{side}", size, length_s=length, direction_deg=out(side, 40))
    face.twitch(at + lag, f"cheek_{side}", 0.5 * size, length_s=length, direction_deg=90)
    if lift:
        face.twitch(at, f"brow_{side}", float(rng.uniform(0.5, 1.2)), length_s=1.3 * length, direction_deg=90)


def hold(face: StillFace, at: float, length: float, side: str) -> None:
    x = np.clip(np.minimum(face.t - at, at + length - face.t) / 0.1, 0, 1)
    face.opening[:, int(side == "right")] -= 5.0 * x
    face.motion[:, INDEX[f"upper_eyelid_{side}"], 1] -= 4.0 * x
    face.motion[:, INDEX[f"lower_eyelid_{side}"], 1] += 0.8 * x
    face.tonic(at, length, f"commissure_{side}", 2.0, attack_s=0.1, direction_deg=out(side, 40))


def hfs_sparse(face: StillFace, side: str) -> None:
    """Few single spasms, no tonic tail, no rising brow."""
    times = sporadic(face, 7, apart_s=2.0)
    for at in times:
        spasm(face, float(at), side, lift=False)
    blinks(face, 12, times)


def hfs_small(face: StillFace, side: str) -> None:
    """Spasms of half a millimetre; the lids only flutter."""
    times = sporadic(face, 16)
    for at in times:
        size = float(face.rng.uniform(0.35, 0.7))
        face.close_eye(float(at), **{side: float(face.rng.uniform(0.15, 0.3))}, length_s=0.25, leak_mm=0.05)
        face.twitch(float(at), f"commissure_{side}", size, direction_deg=out(side, 40))
    blinks(face, 14, times)


def hfs_bursts(face: StillFace, side: str) -> None:
    """Bursts of many quick jerks."""
    took = []
    for at in sporadic(face, 6, apart_s=4.0):
        when = float(at)
        for _ in range(int(face.rng.integers(6, 14))):
            spasm(face, when, side, lift=False)
            took.append(when)
            when += float(face.rng.uniform(0.12, 0.4))
    blinks(face, 14, np.array(took))


def hfs_tonic(face: StillFace, side: str) -> None:
    """Mostly long contractions, with a few jerks before them."""
    took = []
    for at in sporadic(face, 8, apart_s=4.0):
        spasm(face, float(at), side, lift=False)
        hold(face, float(at) + 0.3, float(face.rng.uniform(0.7, 2.0)), side)
        took += [float(at) + k for k in (0.0, 1.0, 2.0)]
    blinks(face, 14, np.array(took))


def myokymia(face: StillFace, side: str) -> None:
    """Rippling from place to place on one side, 3-6 ripples a second, pauses of up to a second."""
    at, places = 1.0, ("lower_lip", "chin", "commissure", "upper_lip", "cheek")
    while at < face.duration_s - 1:
        place = places[int(face.rng.integers(len(places)))]
        mm = float(face.rng.uniform(0.2, 0.5))
        face.twitch(at, f"{place}_{side}", mm, length_s=float(face.rng.uniform(0.15, 0.35)),
                    direction_deg=float(face.rng.uniform(-180, 180)))  # fmt: skip
        pause = face.rng.uniform() < 0.06
        at += float(face.rng.uniform(0.5, 1.0)) if pause else float(face.rng.uniform(0.12, 0.4))
    blinks(face, 14)


def synkinesis(face: StillFace, side: str, *, share: float = 0.9) -> None:
    """The mouth corner goes along with the blinks of both eyes."""
    for at in blinks(face, 16):
        if face.rng.uniform() < share:
            mm = float(face.rng.uniform(0.7, 1.6))
            face.twitch(float(at) + 0.02, f"commissure_{side}", mm, length_s=0.3, direction_deg=out(side, 30))


# --- jerks


def benign(face: StillFace, side: str, *, per_min: float = 9.0) -> None:
    """A flick of one place of the lip now and then."""
    place = ("lower_lip", "upper_lip", "commissure")[int(face.rng.integers(3))]
    for at in sporadic(face, per_min):
        mm, length = float(face.rng.uniform(0.25, 0.7)), float(face.rng.uniform(0.12, 0.28))
        face.twitch(float(at), f"{place}_{side}", mm, length_s=length, direction_deg=80)
    blinks(face, 14)


def benign_busy(face: StillFace, side: str) -> None:
    """Twenty-five flicks a minute."""
    benign(face, side, per_min=25.0)


def benign_runs(face: StillFace, side: str) -> None:
    """Short uneven runs of one place."""
    for at in sporadic(face, 5, apart_s=3.0):
        when = float(at)
        for _ in range(int(face.rng.integers(2, 7))):
            face.twitch(when, f"lower_lip_{side}", float(face.rng.uniform(0.25, 0.6)), direction_deg=80)
            when += float(face.rng.uniform(0.2, 0.9))
    blinks(face, 14)


def two_twitches(face: StillFace, side: str) -> None:
    """The lower lid and the lip of one side twitch, each for itself."""
    for at in sporadic(face, 12):
        face.twitch(float(at), f"lower_lip_{side}", float(face.rng.uniform(0.3, 0.7)), direction_deg=80)
    for at in sporadic(face, 12):
        face.close_eye(float(at), **{side: 0.25}, length_s=0.25, leak_mm=0.05)
    blinks(face, 12)


def clonic(face: StillFace, side: str, *, hz: float | None = None) -> None:
    """Even jerks of one mouth corner for half a minute or more."""
    rate = float(face.rng.uniform(0.8, 4.5)) if hz is None else hz
    face.train(8.0, max(30.0, 12 / rate), rate, f"commissure_{side}", float(face.rng.uniform(0.6, 2.0)),
               irregular=0.06, pulse_s=min(0.12, 0.6 / rate), direction_deg=out(side, 30))  # fmt: skip
    blinks(face, 14)


def clonic_slow(face: StillFace, side: str) -> None:
    """Even jerks two to four seconds apart, for a minute."""
    rate, mm = float(face.rng.uniform(0.25, 0.5)), float(face.rng.uniform(0.6, 2.0))
    face.train(3.0, face.duration_s - 5, rate, f"commissure_{side}", mm, irregular=0.06, pulse_s=0.12,
               direction_deg=out(side, 30))  # fmt: skip
    blinks(face, 14)


def tic(face: StillFace, side: str) -> None:
    """The same quick grimace, in clusters."""
    for at in sporadic(face, 5, apart_s=5.0):
        when = float(at)
        for _ in range(int(face.rng.integers(2, 6))):
            face.twitch(when, f"commissure_{side}", float(face.rng.uniform(2.0, 2.6)), length_s=0.3,
                        direction_deg=out(side, 40))  # fmt: skip
            face.twitch(when, f"upper_lip_{side}", 1.5, length_s=0.3, direction_deg=80)
            when += float(face.rng.uniform(0.45, 0.8))
    blinks(face, 14)


# --- rhythms


def rest_tremor(face: StillFace, side: str) -> None:
    """Lower lip and chin tremble up and down at 4-6 Hz, in bouts or all the time."""
    hz, mm = float(face.rng.uniform(4.2, 5.8)), float(face.rng.uniform(0.5, 1.5))
    for start, length in ((0.0, face.duration_s),) if face.seed % 3 == 0 else ((5.0, 15.0), (30.0, 25.0)):
        face.sine(start, length, hz, "lower_lip_mid", mm)
        face.sine(start, length, hz, "chin_mid", 0.8 * mm)
    blinks(face, 14)


def rabbit(face: StillFace, side: str) -> None:
    """Both lips tremble against each other, up and down, at about 5 Hz."""
    hz, mm = float(face.rng.uniform(4.5, 5.5)), float(face.rng.uniform(0.6, 1.5))
    for start, length in ((4.0, 20.0), (35.0, 25.0)):
        face.sine(start, length, hz, "lower_lip_mid", mm)
        face.sine(start, length, hz, "upper_lip_mid", 0.7 * mm, direction_deg=-90)
    blinks(face, 14)


def myorhythmia(face: StillFace, side: str) -> None:
    """The jaw and the lips go up and down about once a second, very evenly, all the time."""
    hz, mm = float(face.rng.uniform(0.85, 1.2)), float(face.rng.uniform(1.5, 4.0))
    face.sine(2.0, face.duration_s - 4, hz, "lower_lip_mid", mm)
    face.sine(2.0, face.duration_s - 4, hz, "chin_mid", mm)
    blinks(face, 14)


# --- slow movements


def dyskinesia(face: StillFace, side: str) -> None:
    """The lips purse, stretch and smack, slowly and without a rhythm."""
    at = 2.0
    while at < face.duration_s - 3:
        length, mm = float(face.rng.uniform(0.4, 1.4)), float(face.rng.uniform(0.8, 3.0))
        what = int(face.rng.integers(3))
        for one in ("left", "right"):
            if what == 0:
                face.twitch(at, f"commissure_{one}", mm, length_s=length, direction_deg=180 - out(one, 0))
            elif what == 1:
                face.twitch(at, f"commissure_{one}", mm, length_s=length, direction_deg=out(one, 0))
        if what == 2:
            face.twitch(at, "lower_lip_mid", mm, length_s=length, direction_deg=-90)
            face.twitch(at, "chin_mid", 0.7 * mm, length_s=length, direction_deg=-90)
        at += length + float(face.rng.uniform(0.2, 1.5))
    blinks(face, 14)


def functional(face: StillFace, side: str) -> None:
    """Long pulls downwards of the mouth, now on one side, now on the other."""
    at, one = 3.0, side
    while at < face.duration_s - 6:
        length = float(face.rng.uniform(1.5, 4.0))
        deg = out(one, float(face.rng.uniform(-85, -55)))
        face.tonic(at, length, f"commissure_{one}", float(face.rng.uniform(2, 4)), direction_deg=deg)
        at += length + float(face.rng.uniform(2.0, 5.0))
        one = OTHER[one] if face.rng.uniform() < 0.6 else one
    blinks(face, 14)


# --- the eyes


def squeeze(face: StillFace, at: float, length: float, *, mouth_mm: float = 0.0) -> None:
    """Both eyes are squeezed shut and the brows sink; the mouth may be drawn together with them."""
    x = np.clip(np.minimum(face.t - at, at + length - face.t) / 0.15, 0, 1)
    x = 0.5 - 0.5 * np.cos(np.pi * x)
    for i, side in enumerate(("left", "right")):
        face.opening[:, i] -= 8.5 * x
        face.motion[:, INDEX[f"upper_eyelid_{side}"], 1] -= 7.5 * x
        face.motion[:, INDEX[f"lower_eyelid_{side}"], 1] += 1.5 * x
        face.motion[:, INDEX[f"brow_{side}"], 1] -= 2.0 * x
        face.motion[:, INDEX[f"cheek_{side}"], 1] += 0.5 * x
        if mouth_mm:
            face.add(mouth_mm * x, f"commissure_{side}", 180 - out(side, 0))


def blepharospasm(face: StillFace, side: str, *, mouth_mm: float = 0.0) -> None:
    """Blinks by the dozen, and eyes squeezed shut for a second or two; the brows go down."""
    at = 1.5
    while at < face.duration_s - 4:
        if face.rng.uniform() < 0.2:
            length = float(face.rng.uniform(1.1, 2.5))
            squeeze(face, at, length, mouth_mm=mouth_mm)
            at += length
        else:
            squeeze(face, at, float(face.rng.uniform(0.3, 0.5)))
        at += float(face.rng.uniform(0.7, 1.7))


def meige(face: StillFace, side: str) -> None:
    """The same, and the mouth is drawn together with the long ones."""
    blepharospasm(face, side, mouth_mm=float(face.rng.uniform(2.0, 4.0)))


def fast_blinker(face: StillFace, side: str) -> None:
    """Plain blinks, thirty-five a minute."""
    blinks(face, 45)


def sleepy(face: StillFace, side: str) -> None:
    """The eyes are closed once, for ten seconds."""
    x = np.clip(np.minimum(face.t - 20.0, 30.0 - face.t) / 0.4, 0, 1)
    face.opening -= 8.5 * x[:, None]
    for one in ("left", "right"):
        face.motion[:, INDEX[f"upper_eyelid_{one}"], 1] -= 7.5 * x
    blinks(face, 14, np.arange(18.0, 32.0, 0.5))


# --- everyday acts


def talking(face: StillFace, side: str) -> None:
    """Speech with pauses, half of the time."""
    parts = [Speech(a, a + 6.0, opening_mm=float(face.rng.uniform(4, 8)), seed=face.seed + int(a))
             for a in np.arange(3.0, face.duration_s - 8, 11.0)]  # fmt: skip
    perform(face, speech=tuple(parts))
    blinks(face, 20)


def meal(face: StillFace, side: str) -> None:
    """Bouts of chewing."""
    lips = "closed" if face.seed % 2 else "open"
    hz = float(face.rng.uniform(1.0, 2.0))
    parts = [Chewing(a, a + 12.0, float(face.rng.uniform(4, 8)), hz, lips, face.seed + int(a))  # type: ignore[arg-type]
             for a in np.arange(3.0, face.duration_s - 14, 17.0)]  # fmt: skip
    perform(face, acts=Acts(chewing=tuple(parts)))
    blinks(face, 14)


def smiles(face: StillFace, side: str) -> None:
    """Smiles, a little larger on one side."""
    less = float(face.rng.uniform(0.75, 1.0))
    parts = [Smile(a, a + 3.0, float(face.rng.uniform(6, 11)), **{OTHER[side]: less})
             for a in np.arange(4.0, face.duration_s - 6, 9.0)]  # fmt: skip
    perform(face, smiles=tuple(parts))
    blinks(face, 14)


def smirks(face: StillFace, side: str) -> None:
    """One corner is drawn out now and then, without the eye."""
    for at in sporadic(face, 5, apart_s=5.0):
        face.tonic(float(at), 1.5, f"commissure_{side}", 3.0, attack_s=0.35, direction_deg=out(side, 40))
    blinks(face, 14)


def winks(face: StillFace, side: str) -> None:
    """One eye is closed now and then; the mouth stays still."""
    times = sporadic(face, 8, apart_s=2.0)
    for at in times:
        face.close_eye(float(at), **{side: 1.0}, length_s=0.45, leak_mm=0.2)
    blinks(face, 14, times)


def droop(face: StillFace, side: str) -> None:
    """One mouth corner rests 5 mm lower, one lid gap is a quarter narrower."""
    face.rest_mm[INDEX[f"commissure_{side}"], 1] -= 5.0
    face.opening[:, int(side == "right")] *= 0.7
    blinks(face, 14)


AILMENTS: dict[str, Ailment] = {f.__name__: f for f in (
    hfs, hfs_sparse, hfs_small, hfs_bursts, hfs_tonic, myokymia, synkinesis, benign, benign_busy, benign_runs,
    two_twitches, clonic, clonic_slow, tic, rest_tremor, rabbit, myorhythmia, dyskinesia, functional,
    blepharospasm, meige, fast_blinker, sleepy, still, talking, meal, smiles, smirks, winks, droop,
)}  # fmt: skip
