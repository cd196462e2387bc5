"""By hand: a movement that a person points at, measured from the signals as the automatic ones are."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.signal import find_peaks, peak_widths

from twitchcam.analysis import peaks as pk
from twitchcam.analysis.blinks import Blink, closure
from twitchcam.analysis.filters.smooth import hold
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.search import Answer
from twitchcam.analysis.traces import LEAST_KNOWN, PAD_S
from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX, REGIONS
from twitchcam.types import FloatArray

INNER: Final = 1 / 6
"""The first and last so much of a pull are its rise and fall (as in `analysis.tonic`)."""
REST_S: Final = (0.12, 0.5)
"""A pull's resting place is taken so long before its onset and after its offset (as in `analysis.tonic`)."""


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
        noise_mm = float(answer.limits.sd[made.leader])
        raise InputRefused(
            f"nothing moved by more than the noise ({noise_mm:.3f} mm) from {onset_s:.2f} to "
            f"{offset_s:.2f} s; check the times."
        )
    return made


def _twitch(answer: Answer, first: int, stop: int, region: str | None, able: np.ndarray) -> Movement:  # type: ignore[type-arg]
    signals, limits = answer.signals, answer.limits
    fs, pad = signals.fs, round(PAD_S * signals.fs)
    a, b = max(0, first - pad), min(signals.work_mm.shape[0], stop + pad)
    factor = max(1, int(np.ceil(pk.UPSAMPLED_HZ / fs)))
    held = np.nan_to_num(hold(signals.work_mm[a:b]))
    fine = pk.upsample(held.reshape(b - a, -1), factor)
    inside = slice((first - a) * factor, min((stop - 1 - a) * factor + 1, fine.shape[0]))
    away = _displaced(fine, inside).reshape(-1, len(REGIONS), 2)
    reach = np.where(able, np.hypot(away[..., 0], away[..., 1]).max(axis=0), -np.inf)
    score = reach - 0.5 * np.where(able, limits.threshold, 0.0)
    leader = INDEX[region] if region is not None else int(np.argmax(score))
    cycle = _cycle(fine[:, 2 * leader : 2 * leader + 2], away[:, leader], inside, fs * factor)
    fitted = pk.fit_sizes(fine, cycle).reshape(len(REGIONS), 2)
    vector = np.where(able[:, None], fitted, 0.0)
    length_s = float(cycle.rise[0] + cycle.fall[0]) / (fs * factor)
    var = (pk.size_noise_gain(signals.bandwidth_hz, length_s) * np.where(able, limits.sd, 0.0)) ** 2
    size = np.sqrt(np.maximum(np.sum(vector**2, axis=1) - np.where(able, var, 0.0), 0.0))
    at = a + float(cycle.at[0]) / factor
    before, after = float(cycle.rise[0]) / factor, float(cycle.fall[0]) / factor
    return Movement(at - before, at, at + after, leader, vector, size, sure=True)


def _displaced(fine: FloatArray, inside: slice) -> FloatArray:
    """Return (L, c) how far each column of `inside` is from the line between its ends."""
    part = fine[inside]
    share = np.linspace(0.0, 1.0, part.shape[0])[:, None]
    return np.asarray(part - (1 - share) * part[0] - share * part[-1])


def _cycle(fine: FloatArray, away: FloatArray, inside: slice, fs: float) -> pk.Peaks:
    """Return the largest cycle of one region's (L, 2) motion inside a slice, as a peak with its length."""
    top = int(np.argmax(np.hypot(away[:, 0], away[:, 1])))
    axis = away[top] / max(float(np.hypot(*away[top])), 1e-9)
    s = np.asarray(fine @ axis)
    width = inside.stop - inside.start
    at, found = find_peaks(s, prominence=1e-9, wlen=max(3, 2 * width + 1))
    within = (at >= inside.start) & (at < inside.stop)
    if not within.any():
        middle = float(inside.start + top)
        half = np.array([max(0.5 * width, 1.0)])
        return pk.Peaks(np.array([middle]), half, half, np.array([0.0]))
    k = int(np.flatnonzero(within)[np.argmax(found["prominences"][within])])
    data = tuple(found[name][k : k + 1] for name in ("prominences", "left_bases", "right_bases"))
    _, _, left, right = peak_widths(s, at[k : k + 1], rel_height=0.5, prominence_data=data)
    least = 0.02 * fs
    rise, fall = np.maximum(2 * (at[k] - left), least), np.maximum(2 * (right - at[k]), least)
    return pk.Peaks(at[k : k + 1].astype(float), rise, fall, data[0])


def _pull(answer: Answer, first: int, stop: int, region: str | None, able: np.ndarray) -> Movement:  # type: ignore[type-arg]
    signals, limits = answer.signals, answer.limits
    work = np.where(able[:, None], signals.work_mm, 0.0)
    near, far = (round(s * signals.fs) for s in REST_S)
    around = np.r_[
        max(0, first - far) : max(0, first - near), min(stop + near, len(work)) : min(stop + far, len(work))
    ]
    inner = round(INNER * (stop - first))
    rest = np.nan_to_num(_mean(work[around])) if around.size else np.zeros(work.shape[1:])
    vector = np.nan_to_num(_mean(work[first + inner : max(stop - inner, first + inner + 1)])) - rest
    size = np.hypot(vector[:, 0], vector[:, 1])
    score = np.where(able, size - 0.5 * limits.threshold, -np.inf)
    leader = INDEX[region] if region is not None else int(np.argmax(score))
    size = np.where(size > limits.sd / np.sqrt(max(1.0, stop - first)), size, 0.0)
    return Movement(
        float(first), 0.5 * (first + stop - 1), float(stop - 1), leader, vector, size, tonic=True, sure=True
    )


def _mean(x: FloatArray) -> FloatArray:
    good = np.isfinite(x)
    return np.asarray(np.where(good, x, 0.0).sum(axis=0) / np.maximum(good.sum(axis=0), 1))


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
    if not np.isfinite(level).any() or most.max() <= 0:
        raise InputRefused(f"no lid closed from {onset_s:.2f} to {offset_s:.2f} s; check the times.")
    depth = np.nan_to_num(most * level)
    return Blink(first, first + int(np.argmax(part.sum(axis=1))), stop, (float(depth[0]), float(depth[1])))
