"""Which gate an event falls under."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twitchcam.analysis.gates.masks import Gates
from twitchcam.analysis.movements import Movement
from twitchcam.regions import LIPS
from twitchcam.summary import Event
from twitchcam.types import BoolArray

ENDS_S = 0.15
"""A pull that lasts begins and ends within this of its onset and offset."""
EDGE_S = 0.2
DEEP_S = 0.4
"""No twitch lasts longer: what reaches so far into a gate is the act's own coming or going."""


def mark_event(event: Event, movement: Movement, gates: Gates, brow_lifts: BoolArray, fs: float) -> Event:
    """Return the event with its gate, and as 'voluntary' when it is an expression of the face.

    It is gated when half of it lies in the gate, or its peak, or more of it than a twitch lasts, or when it
    reaches over the gate's edge from close by: an act's first or last movement.
    What moves outside of the lips while both brows are raised together is an expression too; it leaves the
    mouth free to be watched, so `brow_lifts` is no gate.
    """
    last = brow_lifts.size - 1
    a, peak, b = (int(np.clip(round(k), 0, last)) for k in (movement.onset, movement.peak, movement.offset))
    reason = gate_of(gates, a, b, ends=round(ENDS_S * fs) if movement.tonic else 0)
    reason = reason or gate_of(gates, peak, peak) or _deep_in(gates, a, b, round(DEEP_S * fs))
    reason = reason or _at_edge(gates, a, peak, b, round(EDGE_S * fs))
    if not reason and event.region not in LIPS and np.mean(brow_lifts[a : b + 1]) >= 0.5:
        reason = "smile"
    expressed = movement.tonic and reason == "smile"
    return replace(event, gated=reason, trial_type="voluntary" if expressed else event.trial_type)


def _deep_in(gates: Gates, first: int, last: int, least: int) -> str:
    shares = {r: int(mask[first : last + 1].sum()) for r, mask in gates.items() if r != "blink"}
    reason = max(shares, key=lambda r: shares[r])
    return reason if shares[reason] >= least else ""


def _at_edge(gates: Gates, first: int, peak: int, last: int, reach: int) -> str:
    for reason, mask in gates.items():
        close = mask[max(0, peak - reach) : peak + reach + 1].any()
        if reason != "blink" and close and mask[first : last + 1].any():
            return reason
    return ""


def gate_of(gates: Gates, first: int, last: int, *, ends: int = 0) -> str:
    """Return the reason that covers at least half of the samples first..last, or ''. Blinks are handled on
    their own.

    With `ends` (samples) a pull that begins or ends within a gate, so far around its first and last sample,
    is that gate's too: it is what the act left behind in the signal.
    """
    best, most, first = "", 0.5, max(0, first)
    for reason, mask in gates.items():
        if reason == "blink" or last < first:
            continue
        share = float(np.mean(mask[first : last + 1]))
        if ends:
            at = [mask[max(0, k - ends) : k + ends + 1] for k in (first, last)]
            share = max(share, *(float(np.mean(a)) for a in at))
        if share >= most:
            best, most = reason, share + 1e-9
    return best
