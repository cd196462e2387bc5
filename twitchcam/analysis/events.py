"""Events: movements of the face with their side, regions and kind, as they are reported."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.limits import Limits
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.noise import region_floor_mm
from twitchcam.analysis.timegrid import Grid
from twitchcam.regions import INDEX, LEFT, LIP_INDEX, LOWER_INDEX, REGIONS, RIGHT
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event, LipSide
from twitchcam.types import BoolArray, FloatArray, IntArray

LIDS: IntArray = np.array([i for i, n in enumerate(REGIONS) if "eyelid" in n])
BROWS: IntArray = np.array([i for i, n in enumerate(REGIONS) if "brow" in n])
LOWER: IntArray = np.array(LOWER_INDEX)
"""Lids, brows, and the lower face: within each the strongest region sets what 'takes part' means."""
CLEAR_OF_NOISE = 1.0
"""A movement that is smaller than what noise alone reaches in its time is not sure, whoever found it."""
ECHO = 0.5
"""Movements of one region that share this part of the shorter one's time are one."""
VOUCH_S = 0.7
VOUCHING = 4
"""So many cycles of like size within `VOUCH_S`, itself among them, vouch for each other: a train."""
CROSS_TALK = 0.08
"""The overlap of the spatial basis carries this part of a movement into distant regions."""
LID_MOVES_S = 0.3
"""Closing or opening the eyes takes no longer."""
_LEFT, _RIGHT = np.array(LEFT), np.array(RIGHT)


def taking_part(size_mm: FloatArray, limits: Limits, settings: AnalysisSettings) -> IntArray:
    """Return the regions that moved in an event, strongest first (weighed against their thresholds)."""
    score = size_mm - 0.5 * limits.threshold
    least = np.maximum(0.7 * limits.smooth_threshold, CROSS_TALK * size_mm.max())
    for part in (LIDS, BROWS, LOWER):
        least[part] = np.maximum(least[part], settings.region_fraction * size_mm[part].max())
    members = np.flatnonzero(np.nan_to_num(size_mm - least, nan=-1.0) >= 0)
    return members[np.argsort(-score[members], kind="stable")]


def side_of_event(size_mm: FloatArray, limits: Limits, settings: AnalysisSettings) -> LipSide:
    """Return the side that moved: one side when the other moved less than half as far.

    Sizes count in units of the region's threshold, so that a noisy lid does not outweigh a lip.
    """
    weight = np.where(np.isfinite(limits.threshold), size_mm / limits.threshold, 0.0)
    left, right = float(np.sqrt(np.sum(weight[_LEFT] ** 2))), float(np.sqrt(np.sum(weight[_RIGHT] ** 2)))
    if right < settings.side_ratio * left:
        return "left"
    if left < settings.side_ratio * right:
        return "right"
    return "bilateral"


def make_event(
    m: Movement, grid: Grid, limits: Limits, bandwidth_hz: float, settings: AnalysisSettings
) -> Event | None:
    """Return a movement as an event, or None when no region rises above its threshold."""
    members = taking_part(m.size_mm, limits, settings)
    if members.size == 0 and m.sure:
        members = np.array([m.leader])
    if members.size == 0:
        return None
    top = int(members[0])
    noise = noise_range_mm(limits.sd[top], bandwidth_hz, (m.offset - m.onset) / grid.fs)
    least = max(0.9 * limits.smooth_threshold[top], settings.min_snr * noise)
    if m.size_mm[top] < (region_floor_mm(settings)[top] if m.sure else least):
        return None
    onset, peak, offset = _times(grid, m.onset, m.peak, m.offset)
    return Event(
        onset_s=onset,
        peak_s=peak,
        offset_s=offset,
        trial_type="tonic" if m.tonic else "twitch",
        side=side_of_event(m.size_mm, limits, settings),
        region=REGIONS[top],
        regions=tuple(REGIONS[r] for r in members),
        amplitude_mm=float(m.size_mm[top]),
        direction_deg=float(np.degrees(np.arctan2(m.vector_mm[top, 1], m.vector_mm[top, 0]))),
        snr=float(m.size_mm[top] / noise),
        run=None,
        gated="",
    )


def _times(grid: Grid, onset: float, peak: float, offset: float) -> tuple[float, float, float]:
    """Return the media times of three samples, in order, within the grid; none lasts less than a sample."""
    low, high = float(grid.t_s[0]), float(grid.t_s[-1])
    a, at, b = np.clip(grid.true_time(np.array([onset, peak, offset], dtype=float)), low, high)
    half = 0.5 / grid.fs
    if max(b, at) - min(a, at) < half:
        return max(low, float(at) - half), float(at), min(high, float(at) + half)
    return float(min(a, at)), float(at), float(max(b, at))


def noise_range_mm(sd_mm: float, bandwidth_hz: float, length_s: float) -> float:
    """Return the peak-to-peak that noise alone is expected to reach within `length_s`."""
    n = max(2.0, 2.0 * bandwidth_hz * length_s)
    return float(max(2.0 * sd_mm * np.sqrt(2.0 * np.log(n)), 1e-6))


def blink_event(
    blink: Blink, grid: Grid, limits: Limits, bandwidth_hz: float, settings: AnalysisSettings
) -> Event:
    """Return a blink as an event; its amplitude is the narrowing of the lid gap.

    Eyes that stay closed are no blink: they are listed as tonic, whether closed on purpose or by a spasm of
    both lids, and not counted.
    """
    onset, peak, offset = _times(grid, blink.start, blink.peak, blink.stop - 1)
    left, right = blink.closed_mm
    order = ("left", "right") if left >= right else ("right", "left")
    sd = limits.sd[INDEX[f"upper_eyelid_{order[0]}"]]
    size = float(max(left, right))
    return Event(
        onset_s=onset,
        peak_s=peak,
        offset_s=offset,
        trial_type="tonic" if is_long(blink, grid.fs, settings) else "blink",
        side="bilateral",
        region=f"upper_eyelid_{order[0]}",
        regions=tuple(f"upper_eyelid_{s}" for s in order),
        amplitude_mm=size,
        direction_deg=-90.0,
        snr=size / noise_range_mm(float(sd) if np.isfinite(sd) else 0.1, bandwidth_hz, offset - onset),
        run=None,
        gated="blink",
    )


def split_by_blinks(
    found: list[Movement], blinks: list[Blink], fs: float, settings: AnalysisSettings
) -> list[Movement]:
    """Return the movements without those that are part of a blink.

    A movement of the lower face during a blink is kept, without its lids and brows, when it is larger than
    what a blink leaks into its neighbours.
    """
    if not blinks:
        return found
    ends = [(a, b, max(blink.closed_mm)) for blink in blinks for a, b in moving_ends(blink, fs, settings)]
    starts, stops, closed = np.array(ends).T
    out = []
    for m in found:
        inside = _during(m, starts, stops, settings.blink_settle_s * fs)
        if not inside.any():
            out.append(m)
            continue
        leak = max(settings.blink_leak_mm, settings.blink_leak_fraction * float(closed[inside].max()))
        if m.size_mm[LOWER].max() >= leak:
            close = _during(m, starts, stops, settings.gate_margin_s * fs).any()
            out.append(_only(m, LOWER) if close else m)
    return out


def moving_ends(blink: Blink, fs: float, settings: AnalysisSettings) -> list[tuple[int, int]]:
    """Return the samples in which the lids move: all of a blink, or the closing and the opening of eyes that
    stay closed.
    """
    reach = round(LID_MOVES_S * fs)
    if not is_long(blink, fs, settings):
        return [(blink.start, blink.stop)]
    return [(blink.start, blink.start + reach), (blink.stop - reach, blink.stop)]


def is_long(blink: Blink, fs: float, settings: AnalysisSettings) -> bool:
    """Tell whether the eyes stay closed for longer than any blink."""
    return blink.stop - blink.start > settings.blink_max_s * fs


def overlaps(blink: Blink, m: Movement, fs: float) -> bool:
    """Tell whether a movement of the lids belongs to a closing of the eyes."""
    reach = LID_MOVES_S * fs
    return blink.start - reach <= m.peak <= blink.stop + reach or abs(blink.peak - m.peak) < 2 * reach


def _during(m: Movement, starts: FloatArray, stops: FloatArray, margin: float) -> BoolArray:
    return np.asarray((m.peak >= starts - margin) & (m.peak <= stops + margin))


def _only(m: Movement, regions: IntArray) -> Movement:
    keep = np.zeros(len(REGIONS), dtype=bool)
    keep[regions] = True
    size = np.where(keep, m.size_mm, 0.0)
    return Movement(
        m.onset,
        m.peak,
        m.offset,
        int(np.argmax(size)),
        np.where(keep[:, None], m.vector_mm, 0.0),
        size,
        m.tonic,
    )


def without_doubtful(
    found: list[tuple[Event, Movement | None]], least_mm: FloatArray
) -> list[tuple[Event, Movement | None]]:
    """Return the events without the twitches that stand alone, are smaller than what could surely be seen,
    and that the detector did not find.

    In a train, cycles vouch for each other.
    """
    twitches = [e for e, _ in found if e.trial_type == "twitch"]
    peaks = np.array([e.peak_s for e in twitches])
    sizes = np.array([e.amplitude_mm for e in twitches])
    kept = []
    for e, m in found:
        sure = m is not None and m.sure and e.snr >= CLEAR_OF_NOISE
        if e.trial_type == "twitch" and not sure and e.amplitude_mm < least_mm[INDEX[e.region]]:
            alike = (sizes >= 0.6 * e.amplitude_mm) & (sizes <= 1.7 * e.amplitude_mm)
            alike &= np.abs(peaks - e.peak_s) <= VOUCH_S
            if np.count_nonzero(alike) < VOUCHING:
                continue
        kept.append((e, m))
    return kept


def without_echoes(found: list[tuple[Event, Movement | None]]) -> list[tuple[Event, Movement | None]]:
    """Return the events without the echoes of larger ones: same strongest region, half of the shorter one's
    time in common.
    """
    by_region: dict[str, list[Event]] = {}
    for e in sorted((e for e, _ in found if e.trial_type == "twitch"), key=lambda e: e.onset_s):
        by_region.setdefault(e.region, []).append(e)
    echoes = {id(e) for events in by_region.values() for e in _echoes(events)}
    return [(e, m) for e, m in found if id(e) not in echoes]


def _echoes(events: list[Event]) -> Iterator[Event]:
    """Yield the smaller of each two that coincide; `events` of one region, by onset."""
    for k, e in enumerate(events):
        for j in range(k + 1, len(events)):
            other = events[j]
            if other.onset_s >= e.offset_s:
                break
            shared = min(e.offset_s, other.offset_s) - other.onset_s
            shorter = min(e.offset_s - e.onset_s, other.offset_s - other.onset_s)
            if shared >= ECHO * shorter and e.amplitude_mm != other.amplitude_mm:
                yield min(e, other, key=lambda one: one.amplitude_mm)


def is_blink_like(event: Event) -> bool:
    """True when the lids of both eyes move and nothing else does: a blink that the lid gaps did not show."""
    lids = [r for r in event.regions if "eyelid" in r]
    return len(lids) == len(event.regions) and {r.rsplit("_", 1)[1] for r in lids} == {"left", "right"}


def is_lip_event(event: Event) -> bool:
    """True for a counted movement in which a lip region takes part."""
    lips = {REGIONS[i] for i in LIP_INDEX}
    return (
        not event.gated and event.trial_type in ("twitch", "tonic") and any(r in lips for r in event.regions)
    )


def lip_region(event: Event) -> str:
    """Return the event's strongest lip region."""
    lips = {REGIONS[i] for i in LIP_INDEX}
    return next(r for r in event.regions if r in lips)
