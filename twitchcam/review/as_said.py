"""As said: the event that a reviewer's decision makes, measured as an automatic one would be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.events import blink_event, make_event, noise_range_mm, side_of_event
from twitchcam.analysis.movements import Movement
from twitchcam.analysis.search import Answer
from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX, REGIONS, mirror_of, side_of
from twitchcam.review.by_hand import blink_by_hand, measure_by_hand
from twitchcam.review.decisions import Decision
from twitchcam.summary import Event, LipSide, TrialType

ON_PURPOSE: Final = "smile"
"""The gate of what a reviewer calls voluntary: the contract's word for every expression of the face."""


@dataclass(frozen=True)
class Made:
    """An event with what it was measured by."""

    event: Event
    movement: Movement | None
    blink: Blink | None = None
    """A closing of the eyes that only the reviewer calls one."""


def relabelled(answer: Answer, event: Event, m: Movement | None, decision: Decision) -> Made:
    """Return an event that was found as the reviewer says it is, at its own time."""
    kind = decision.new_type or event.trial_type
    if kind == "blink":
        return _as_blink(answer, event)
    side = decision.new_side
    region = decision.new_region or _on_side(event.region, side)
    if m is None or m.size_mm[INDEX[region]] <= 0 or (kind == "tonic") != m.tonic:
        asked = region if m is not None or decision.new_region else None
        m = measure_by_hand(answer, event.onset_s, event.offset_s, region=asked, tonic=kind == "tonic")
        region = asked or REGIONS[m.leader]
    made = _event_of(answer, m, kind, region, side)
    if side is None and decision.new_region is None and event.trial_type != "blink":
        made = replace(made, side=event.side, regions=event.regions)
    gated = event.gated if decision.new_type is None else ""
    return Made(
        replace(
            made,
            onset_s=event.onset_s,
            peak_s=event.peak_s,
            offset_s=event.offset_s,
            gated=(gated or ON_PURPOSE) if kind == "voluntary" else gated,
        ),
        m,
    )


def added(answer: Answer, decision: Decision) -> Made:
    """Return an event that only the reviewer saw.

    Raises
    ------
    InputRefused
        If it cannot be measured there.
    """
    assert decision.onset_s is not None
    assert decision.offset_s is not None
    kind = decision.new_type or "twitch"
    span = (decision.onset_s, decision.offset_s)
    if kind == "blink":
        blink = blink_by_hand(answer, *span)
        return Made(_blink_event(answer, blink), None, blink)
    region = decision.new_region or decision.region
    m = measure_by_hand(answer, *span, region=region, tonic=kind == "tonic")
    made = _event_of(answer, m, kind, region, decision.new_side)
    return Made(
        replace(
            made,
            onset_s=min(decision.onset_s, made.peak_s),
            offset_s=max(decision.offset_s, made.peak_s),
            gated=ON_PURPOSE if kind == "voluntary" else "",
        ),
        m,
    )


def without_blink(blinks: list[Blink], event: Event, answer: Answer) -> list[Blink]:
    """Return the closings of the eyes without the one that an event is made of."""
    grid = answer.signals.grid
    peaks = grid.true_time(np.array([float(b.peak) for b in blinks]))
    return [b for b, peak_s in zip(blinks, peaks, strict=True) if abs(peak_s - event.peak_s) > 1e-6]


def _as_blink(answer: Answer, event: Event) -> Made:
    """Return an event as a blink: with the lids' closing where they closed."""
    try:
        blink = blink_by_hand(answer, event.onset_s, event.offset_s)
    except InputRefused:
        return Made(replace(event, trial_type="blink", gated="blink", side="bilateral", run=None), None)
    times = {"onset_s": event.onset_s, "peak_s": event.peak_s, "offset_s": event.offset_s}
    return Made(_at(_blink_event(answer, blink), **times), None, blink)


def _at(event: Event, onset_s: float, peak_s: float, offset_s: float) -> Event:
    return replace(event, onset_s=onset_s, peak_s=peak_s, offset_s=offset_s)


def _blink_event(answer: Answer, blink: Blink) -> Event:
    signals = answer.signals
    made = blink_event(blink, signals.grid, answer.limits, signals.bandwidth_hz, answer.settings)
    return replace(made, trial_type="blink", gated="blink")


def _event_of(
    answer: Answer, m: Movement, kind: TrialType, region: str | None, side: LipSide | None
) -> Event:
    """Return a movement as the event that the reviewer says it is."""
    grid, limits, bandwidth_hz = answer.signals.grid, answer.limits, answer.signals.bandwidth_hz
    made = make_event(m, grid, limits, bandwidth_hz, answer.settings) or _small(answer, m)
    if side is None and region is not None and made.side != "bilateral" and side_of(region) != "mid":
        side = "left" if side_of(region) == "left" else "right"
    if side is not None:
        regions = tuple(n for n in made.regions if side == "bilateral" or side_of(n) in (side, "mid"))
        made = replace(made, side=side, regions=regions or (_on_side(made.region, side),))
    region = region or made.regions[0]
    k = INDEX[region]
    noise_mm = noise_range_mm(float(limits.sd[k]), bandwidth_hz, (m.offset - m.onset) / grid.fs)
    return replace(
        made,
        trial_type=kind,
        region=region,
        regions=(region, *(n for n in made.regions if n != region)),
        amplitude_mm=float(m.size_mm[k]),
        direction_deg=float(np.degrees(np.arctan2(m.vector_mm[k, 1], m.vector_mm[k, 0]))),
        snr=float(m.size_mm[k]) / noise_mm,
        run=None,
    )


def _small(answer: Answer, m: Movement) -> Event:
    """Return the event of a movement that is too small for the program to call it one; the reviewer does."""
    grid = answer.signals.grid
    times = np.clip(grid.true_time(np.array([m.onset, m.peak, m.offset])), grid.t_s[0], grid.t_s[-1])
    onset_s, peak_s, offset_s = (float(t) for t in times)
    return Event(
        onset_s=min(onset_s, peak_s),
        peak_s=peak_s,
        offset_s=max(offset_s, peak_s),
        trial_type="twitch",
        side=side_of_event(m.size_mm, answer.limits, answer.settings),
        region=REGIONS[m.leader],
        regions=(REGIONS[m.leader],),
        amplitude_mm=float(m.size_mm[m.leader]),
        direction_deg=0.0,
        snr=0.0,
        run=None,
        gated="",
    )


def _on_side(region: str, side: str | None) -> str:
    """Return the region, or its mirror image when it lies on the other side than `side`."""
    own = side_of(region)
    return mirror_of(region) if side in ("left", "right") and own not in (side, "mid") else region
