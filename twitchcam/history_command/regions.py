"""The parts of the face over time, for the plots."""

from __future__ import annotations

from collections.abc import Sequence

from twitchcam.course import Interval
from twitchcam.edges.store import Kept
from twitchcam.history.chance import rate_interval
from twitchcam.history.figures import AREAS, SIDES
from twitchcam.history_command.remember import visit_of

Series = dict[str, list[tuple[float | None, Interval | None]]]


def region_series(sessions: Sequence[Kept]) -> Series:
    """Return for each part of each side its twitches a minute in every session, with exact Poisson intervals.

    Keys such as 'left eye'; parts that never twitched are left out.
    """
    series: Series = {}
    for side in SIDES:
        for area in AREAS:
            values: list[tuple[float | None, Interval | None]] = []
            for kept in sessions:
                count, usable_s = visit_of(kept).area_events(area, side), kept.figures.usable_s
                known = count is not None and usable_s > 0
                rate = 60.0 * count / usable_s if known and count is not None else None
                values.append((rate, rate_interval(count, usable_s)))
            if any(rate for rate, _ in values):
                series[f"{side} {area}"] = values
    return series
