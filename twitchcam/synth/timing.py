"""Time courses: when each twitch, blink, syllable and sway happens and how far it has gone at time t."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.synth.camera import Camera
from twitchcam.synth.spec import Blink, Smile, Speech, Twitch
from twitchcam.types import FloatArray, IntArray

SMILE_RAMP_S = 0.5
CLOSING, HELD = 0.33, 0.10
"""Parts of a blink: closing takes about 80 ms of 250, opening about 140."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """One separable movement of a twitch."""

    onset_s: float
    peak_s: float
    offset_s: float
    amplitude_mm: float


def twitch_pulses(twitch: Twitch) -> tuple[Pulse, ...]:
    """Return the movements of a twitch in time order.

    In a train the intervals are `1 / hz` times `1 + jitter * N(0, 1)`, kept between 0.4 and 3 periods, and
    the train ends
    before `start_s + duration_s`. A pulse never lasts longer than its interval, so movements do not overlap.
    """
    rng = np.random.default_rng([twitch.seed, 7])
    if twitch.hz == 0:
        return (_pulse(twitch, twitch.start_s, twitch.width_s or 0.15, twitch.amplitude_mm),)
    pulses: list[Pulse] = []
    period, t = 1.0 / twitch.hz, twitch.start_s
    while True:
        interval = period * float(np.clip(1 + twitch.jitter * rng.standard_normal(), 0.4, 3.0))
        amplitude = twitch.amplitude_mm * float(
            np.clip(1 + twitch.amplitude_cv * rng.standard_normal(), 0.3, 2.0)
        )
        width = min(twitch.width_s or interval, interval)
        if t + width > twitch.start_s + twitch.duration_s + 1e-6 * period:
            return tuple(pulses)
        pulses.append(_pulse(twitch, t, width, amplitude))
        t += interval


def _pulse(twitch: Twitch, onset_s: float, width_s: float, amplitude_mm: float) -> Pulse:
    rise = 0.25 if twitch.waveform == "sine" else 0.5
    return Pulse(onset_s, onset_s + rise * width_s, onset_s + width_s, amplitude_mm)


def pulse_value(pulses: tuple[Pulse, ...], waveform: str, t_s: FloatArray) -> FloatArray:
    """Return the displacement (n,) in mm along the twitch's direction at the times `t_s`.

    'raised_cosine': 0 -> amplitude -> 0. 'sine': 0 -> +amplitude/2 -> -amplitude/2 -> 0. Both are
    peak-to-peak `amplitude`.
    """
    value = np.zeros_like(t_s, dtype=float)
    for p in pulses:
        phase = (t_s - p.onset_s) / (p.offset_s - p.onset_s)
        if waveform == "hold":
            shape = np.minimum(_smooth((t_s - p.onset_s) / 0.1), _smooth((p.offset_s - t_s) / 0.2))
        else:
            shape = (
                0.5 * np.sin(2 * np.pi * phase)
                if waveform == "sine"
                else 0.5 * (1 - np.cos(2 * np.pi * phase))
            )
        value += np.where((phase >= 0) & (phase <= 1), p.amplitude_mm * shape, 0.0)
    return value


def _smooth(x: FloatArray) -> FloatArray:
    """0 to 1 with zero slope at both ends."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(0.5 * (1 - np.cos(np.pi * x)))


def blink_closure(blinks: tuple[Blink, ...], side: str, t_s: FloatArray) -> FloatArray:
    """Return how far the lid of `side` is down, (n,) from 0 open to 1 closed."""
    closure = np.zeros_like(t_s, dtype=float)
    for blink in blinks:
        if blink.side not in ("both", side):
            continue
        phase = (t_s - blink.t_s) / blink.duration_s
        late = phase - blink.held_s / blink.duration_s
        down, up = _smooth(phase / CLOSING), _smooth((late - CLOSING - HELD) / (1 - CLOSING - HELD))
        closure = np.maximum(closure, blink.depth * (down - up))
    return closure


def smile_level(smiles: tuple[Smile, ...], t_s: FloatArray, side: str = "left") -> FloatArray:
    """Return the path of the mouth corner of `side` (n,) in mm."""
    level = np.zeros_like(t_s, dtype=float)
    for smile in smiles:
        up, down = (t_s - smile.start_s) / SMILE_RAMP_S, (smile.stop_s - t_s) / SMILE_RAMP_S
        path = smile.amplitude_mm * (smile.left if side == "left" else smile.right)
        level = np.maximum(level, path * np.minimum(_smooth(up), _smooth(down)))
    return level


@dataclass(frozen=True, slots=True)
class Syllable:
    start_s: float
    length_s: float
    opening_mm: float
    widening_mm: float
    """Movement of each mouth corner outwards (negative: rounding)."""


def speech_syllables(speech: Speech) -> tuple[Syllable, ...]:
    """Return the syllables of a stretch of speech: 3-8 a second, with pauses between phrases."""
    rng = np.random.default_rng([speech.seed, 11])
    syllables: list[Syllable] = []
    t = speech.start_s
    while True:
        length = 1.0 / rng.uniform(3.0, 8.0)
        if t + length > speech.stop_s:
            return tuple(syllables)
        syllables.append(
            Syllable(t, length, speech.opening_mm * rng.uniform(0.25, 1.0), float(rng.uniform(-2.5, 1.5)))
        )
        t += length * rng.uniform(0.75, 1.0)
        if rng.random() < 0.08:
            t += rng.uniform(0.2, 0.5)


def speech_level(syllables: tuple[Syllable, ...], t_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (opening, widening of each corner), both (n,) in mm."""
    opening, widening = np.zeros_like(t_s, dtype=float), np.zeros_like(t_s, dtype=float)
    for s in syllables:
        phase = (t_s - s.start_s) / s.length_s
        shape = np.where((phase > 0) & (phase < 1), np.sin(np.pi * np.clip(phase, 0, 1)) ** 2, 0.0)
        opening += s.opening_mm * shape
        widening += s.widening_mm * shape
    return opening, widening


@dataclass(frozen=True)
class SlowNoise:
    """Sums of sines between 0.05 and 0.8 Hz with random phases, scaled to a largest excursion of 1 in the
    clip.
    """

    frequency_hz: FloatArray
    """(channels, m)"""
    phase: FloatArray
    weight: FloatArray

    def __call__(self, t_s: FloatArray) -> FloatArray:
        """Return (n, channels)."""
        angle = 2 * np.pi * self.frequency_hz[None] * np.asarray(t_s)[:, None, None] + self.phase[None]
        return np.asarray((self.weight[None] * np.sin(angle)).sum(axis=2))


def slow_noise(duration_s: float, channels: int, seed: int) -> SlowNoise:
    """Draw a `SlowNoise`; amplitudes fall with frequency as those of a sitting person's head."""
    rng = np.random.default_rng([seed, 13])
    f = np.exp(rng.uniform(np.log(0.05), np.log(0.8), (channels, 12)))
    noise = SlowNoise(f, rng.uniform(0, 2 * np.pi, f.shape), rng.uniform(0.5, 1.0, f.shape) / np.sqrt(f))
    peak = np.abs(noise(np.linspace(0, duration_s, 2048))).max(axis=0)
    return SlowNoise(f, noise.phase, noise.weight / peak[:, None])


def frame_times(camera: Camera, duration_s: float) -> tuple[FloatArray, IntArray]:
    """Return (media times (n,) in s, frame numbers (n,) on the nominal grid) of the frames that are kept."""
    number = np.arange(max(1, round(duration_s * camera.fps)))
    keep = np.random.default_rng([camera.seed, 17]).random(number.size) >= camera.drop
    if camera.slow_from_s is not None:
        keep &= (number / camera.fps < camera.slow_from_s) | (number % 2 == 0)
    keep[0] = True
    return number[keep] / camera.fps, number[keep]


def brightness(camera: Camera, t_s: float) -> float:
    """Return the factor on the picture's grey levels at a time."""
    gain = 1.0
    for step in camera.exposures:
        if t_s >= step.t_s:
            gain = step.gain
    return gain * (1 + camera.flicker * float(np.sin(2 * np.pi * camera.flicker_hz * t_s)))
