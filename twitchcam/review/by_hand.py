"""By hand: a movement that a person points at, measured from the signals as the automatic ones are."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline

from twitchcam.analysis.blinks import Blink, closure
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.peaks import FIT, WITHIN, size_noise_gain
from twitchcam.analysis.search import Answer
from twitchcam.analysis.tonic import REST_S, mean_seen
from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX, REGIONS
from twitchcam.types import BoolArray, FloatArray

LEAST_KNOWN: Final = 0.5
"""Part of the stretch that must have been measured."""
PAD_S: Final = 0.45
"""Around the stretch, so that the interpolation does not end in it."""
FINE_HZ: Final = 240.0
"""Peaks are placed as finely; the motion itself ends at 20 Hz."""
LEAST_S: Final = 0.02
"""Shortest rise and fall."""
INNER: Final = 1 / 6
"""The first and last so much of a pull are its rise and fall (as in `analysis.tonic`)."""
LEAST_CLOSED: Final = 0.1
"""Part by which a lid must close: less is noise of the lid gap."""


def samples_of(answer: Answer, onset_s: float, offset_s: float) -> tuple[int, int]:
    """Return the first sample of the grid in a stretch of time, and the one behind its last.

    Raises
    ------
    InputRefused
        If it lies outside of the recording.
    """
    t = answer.signals.grid.t_s
    first = int(np.searchsorted(t, onset_s - 0.5 / answer.signals.fs))
    stop = int(np.searchsorted(t, offset_s + 0.5 / answer.signals.fs))
    if onset_s > t[-1] or stop - first < 2:
        raise InputRefused(
            f"nothing was recorded from {onset_s:.2f} to {offset_s:.2f} s; the recording goes from "
            f"{t[0]:.2f} to {t[-1]:.2f} s."
        )
    return first, stop


def measure_by_hand(
    answer: Answer, onset_s: float, offset_s: float, *, region: str | None = None, tonic: bool = False
) -> Movement:
    """Return the movement within a stretch of time, with its size in every region.

    `region` is the strongest one as the reviewer sees it; None: the one that moved most above its threshold.
    A twitch is the largest single displacement within the stretch, a tonic one what was held there.

    Raises
    ------
    InputRefused
        If the face was not measured there, or nothing moved by more than the noise.
    """
    first, stop = samples_of(answer, onset_s, offset_s)
    work = answer.signals.work_mm
    known = np.isfinite(work[first:stop]).all(axis=2).mean(axis=0) >= LEAST_KNOWN
    able = known & np.isfinite(answer.limits.threshold)
    if not able.any() or (region is not None and not able[INDEX[region]]):
        where = "the face" if region is None else region
        raise InputRefused(f"{where} was not measured from {onset_s:.2f} to {offset_s:.2f} s.")
    made = (_pull if tonic else _twitch)(answer, first, stop, region, able)
    if made.size_mm[made.leader] <= 0:
        name, noise_mm = REGIONS[made.leader], float(answer.limits.sd[made.leader])
        raise InputRefused(
            f"{name} did not move by more than its noise ({noise_mm:.3f} mm) from {onset_s:.2f} to "
            f"{offset_s:.2f} s; check the times and the region."
        )
    return made


def _twitch(answer: Answer, first: int, stop: int, region: str | None, able: BoolArray) -> Movement:
    signals, limits = answer.signals, answer.limits
    pad = round(PAD_S * signals.fs)
    rows = np.arange(max(0, first - pad), min(signals.work_mm.shape[0], stop + pad))
    curve = CubicSpline(rows, np.nan_to_num(hold(signals.work_mm[rows])), axis=0)
    fine = np.linspace(first, stop - 1, max(5, round((stop - 1 - first) * FINE_HZ / signals.fs)))
    away = _displaced(np.asarray(curve(fine)))
    reach = np.hypot(away[..., 0], away[..., 1])
    score = np.where(able, reach.max(axis=0) - 0.5 * np.where(able, limits.threshold, 0.0), -np.inf)
    leader = INDEX[region] if region is not None else int(np.argmax(score))
    at, before, after = _cycle(away[:, leader], fine, signals.fs)
    where = at + WITHIN * np.where(WITHIN < 0, before, after)
    fitted = np.einsum("k,krc->rc", FIT, curve(np.clip(where, rows[0], rows[-1])))
    vector = np.where(able[:, None], fitted, 0.0)
    gain = float(size_noise_gain(signals.bandwidth_hz, (before + after) / signals.fs))
    noise_mm = gain * np.where(able, limits.sd, 0.0)
    size = np.sqrt(np.maximum(np.sum(vector**2, axis=1) - noise_mm**2, 0.0))
    return Movement(at - before, at, at + after, leader, vector, size, sure=True)


def _displaced(part: FloatArray) -> FloatArray:
    """Return how far each column of (k, 19, 2) is from the line between its ends."""
    share = np.linspace(0.0, 1.0, part.shape[0])[:, None, None]
    return np.asarray(part - (1 - share) * part[0] - share * part[-1])


def _cycle(away: FloatArray, at: FloatArray, fs: float) -> tuple[float, float, float]:
    """Return the place of the largest displacement (k, 2), and how long before and after it the movement
    lasts, in samples of the grid; `at` (k,) are the places.
    """
    top = int(np.argmax(np.hypot(away[:, 0], away[:, 1])))
    s = away @ away[top] / max(float(np.hypot(*away[top])), 1e-9)
    step = float(at[1] - at[0])
    half = s >= 0.5 * s[top]
    first = top - int(np.argmin(half[top::-1])) if not half[: top + 1].all() else 0
    last = top + int(np.argmin(half[top:])) if not half[top:].all() else s.size - 1
    least = LEAST_S * fs
    # A raised cosine is half as wide at half its height.
    return float(at[top]), max(2 * (top - first) * step, least), max(2 * (last - top) * step, least)


def _pull(answer: Answer, first: int, stop: int, region: str | None, able: BoolArray) -> Movement:
    signals, limits = answer.signals, answer.limits
    work = np.where(able[:, None], signals.work_mm, 0.0)
    near, far = (round(s * signals.fs) for s in REST_S)
    around = np.r_[
        max(0, first - far) : max(0, first - near), min(stop + near, len(work)) : min(stop + far, len(work))
    ]
    inner = round(INNER * (stop - first))
    rest = mean_seen(work[around]) if around.size else np.zeros(work.shape[1:])
    vector = mean_seen(work[first + inner : max(stop - inner, first + inner + 1)]) - rest
    size = np.hypot(vector[:, 0], vector[:, 1])
    score = np.where(able, size - 0.5 * limits.threshold, -np.inf)
    leader = INDEX[region] if region is not None else int(np.argmax(score))
    size = np.where(size > limits.sd / np.sqrt(max(1.0, stop - first)), size, 0.0)
    return Movement(
        float(first), 0.5 * (first + stop - 1), float(stop - 1), leader, vector, size, tonic=True, sure=True
    )


def blink_by_hand(answer: Answer, onset_s: float, offset_s: float) -> Blink:
    """Return the closing of the eyes within a stretch of time.

    Raises
    ------
    InputRefused
        If the lids were not seen there or did not close.
    """
    first, stop = samples_of(answer, onset_s, offset_s)
    closed, level = closure(answer.signals.opening_mm, answer.signals.fs)
    part = closed[first:stop]
    most = part.max(axis=0)
    if not np.isfinite(level).any() or most.max() < LEAST_CLOSED:
        raise InputRefused(f"no lid closed from {onset_s:.2f} to {offset_s:.2f} s; check the times.")
    depth = np.nan_to_num(most * level)
    return Blink(first, first + int(np.argmax(part.sum(axis=1))), stop, (float(depth[0]), float(depth[1])))
