"""Movements put into the recording of a still face: many sizes and frequencies for the price of one
rendering.

The recording comes from the real program and a real codec, so noise, sway and blinks are as they are. What is
added moves all regions as a rendered movement of the same site does in that person's recording.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from study.case import Case
from study.cases import sway_case
from study.measures import at_times, cut, true_scale
from study.store import Store
from twitchcam.regions import LIP_INDEX
from twitchcam.summary import Measured
from twitchcam.synth import Twitch
from twitchcam.synth.timing import pulse_value, twitch_pulses
from twitchcam.types import FloatArray, Recording

WEBCAM = 1
"""Which version of the swaying clip is as strongly compressed as the still one."""
CLEAR_S = 0.45
"""Nothing is put so near to a gated stretch, a blink or an end."""


def responses(store: Store, case: Case) -> dict[int, FloatArray]:
    """Return by lip region the (19, 2) displacements, true millimetres, that one millimetre there gives."""
    source = sway_case(case.photo, case.number)
    facts, whole = store.facts(source), store.recording(source, source.versions[WEBCAM])
    found = {}
    for region in LIP_INDEX:
        mine = np.flatnonzero(facts["region"] == region)
        start, stop = float(facts["onset_s"][mine].min()) - 0.2, float(facts["offset_s"][mine].max()) + 0.2
        part = cut(whole, start, stop)
        true = at_times(facts, part)[:, region]
        along = true @ _unit(float(facts["direction_deg"][mine[0]]))
        nuisance = np.column_stack([np.ones(len(true)), part.t_s - part.t_s.mean()])
        along = along - nuisance @ np.linalg.lstsq(nuisance, along, rcond=None)[0]
        moved = np.nan_to_num(part.motion_mm) * true_scale(whole, facts)
        found[region] = np.einsum("n,nrd->rd", along, moved) / (along @ along)
    return found


def _unit(direction_deg: float) -> FloatArray:
    angle = np.radians(direction_deg)
    return np.array([np.cos(angle), np.sin(angle)])


def add(recording: Recording, twitch: Twitch, response: FloatArray, scale: float) -> Recording:
    """Return the recording with a movement in it; `scale` as `true_scale` gives it."""
    curve = pulse_value(twitch_pulses(twitch), twitch.waveform, recording.t_s)
    moved = recording.motion_mm + curve[:, None, None] * response / scale
    return replace(recording, motion_mm=moved)


def free_times(measured: Measured, rng: np.random.Generator, every_s: tuple[float, float]) -> list[float]:
    """Return times well away from gates, blinks and ends, at random distances within `every_s`."""
    t = measured.t_s
    busy = t[np.any(list(measured.gates.values()), axis=0)]
    busy = np.r_[t[0], busy, t[-1]]
    free: list[float] = []
    at = float(t[0]) + 1.0
    while at < t[-1] - 1.0:
        if np.abs(busy - at).min() > CLEAR_S:
            free.append(at)
            at += float(rng.uniform(*every_s))
        else:
            at += 0.1
    return free
