"""Along: small movements of one side that go with its other movements, seen in the average over many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from twitchcam.analysis.locked import Locked, find_locked
from twitchcam.regions import INDEX, LIPS, side_of
from twitchcam.summary import Event, Measured
from twitchcam.triage.clues.guided import Guided
from twitchcam.triage.clues.mouth import watched_mouth
from twitchcam.types import FloatArray

BLINK_PULL_MM = 0.3
"""Average pull of a corner with the blinks, beyond the other one's: what blinks leak into the corners differs
by up to 0.26 mm between the sides in our own synthetic patients; our own choice."""
LID_MM = 0.15
"""Average narrowing of an eye with that side's mouth: benign twitches came out at up to 0.13 mm, mild spasms
at 0.18 mm and more (synthetic patients); our own choice."""
OTHER = {"left": "right", "right": "left"}


def corner_with_blinks(
    measured: Measured, guided: Guided, blinks: Sequence[Event]
) -> tuple[str, Locked] | None:
    """Return the side whose mouth corner goes with the blinks of both eyes, and how far beyond the other one.

    None with too few blinks.
    """
    times, seen = _times(blinks), watched_mouth(measured, guided)
    left, right = (_outwards(measured, side) for side in ("left", "right"))
    found = find_locked(left - right, measured.t_s, times, seen, least_mm=BLINK_PULL_MM)
    each = [find_locked(x, measured.t_s, times, seen, least_mm=np.inf) for x in (left, right)]
    if found is None or each[0] is None or each[1] is None:
        return None
    return ("left" if each[0].size_mm >= each[1].size_mm else "right"), found


def lids_with_mouth(measured: Measured, guided: Guided, events: Sequence[Event], side: str) -> Locked | None:
    """Return by how much the eye of a side narrows, beyond the other one, with that side's brief movements of
    the mouth (opening is negative). None with too few.
    """
    mouth = [
        event
        for event in events
        if event.trial_type == "twitch"
        and event.side == side
        and any(name in LIPS and side_of(name) == side for name in event.regions)
    ]
    narrowing = _narrowing(measured, side) - _narrowing(measured, OTHER[side])
    seen = watched_mouth(measured, guided)
    return find_locked(narrowing[:, None], measured.t_s, _times(mouth), seen, least_mm=LID_MM)


def _times(events: Sequence[Event]) -> FloatArray:
    return np.sort([event.peak_s for event in events])


def _narrowing(measured: Measured, side: str) -> FloatArray:
    y = measured.band_mm[..., 1]
    return np.asarray(y[:, INDEX[f"lower_eyelid_{side}"]] - y[:, INDEX[f"upper_eyelid_{side}"]])


def _outwards(measured: Measured, side: str) -> FloatArray:
    """Return (m, 2) the corner's motion, outwards and up positive on either side."""
    way = np.array([1.0 if side == "left" else -1.0, 1.0])
    return np.asarray(measured.band_mm[:, INDEX[f"commissure_{side}"]] * way)
