"""Figures: the handful of numbers of one recording that a course is made of, and the recording as a visit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import numpy as np

from twitchcam.course import Area, CourseSide, Interval
from twitchcam.history.chance import beyond_chance, rate_interval
from twitchcam.regions import LIPS, REGIONS

FREE: Final = "free"
"""Protocol of a recording in which nothing was asked for."""
AREAS: Final[dict[Area, tuple[str, ...]]] = {
    "mouth": ("upper_lip", "lower_lip", "commissure"),
    "eye": ("lower_eyelid", "upper_eyelid"),
    "cheek": ("cheek",),
    "brow": ("brow",),
    "chin": ("chin",),
}
"""The parts of one side of the face, and the regions that each is seen by."""
SIDES: Final[tuple[CourseSide, ...]] = ("left", "right")
PART_S: Final = 20.0
"""Length of the parts into which a recording is cut to see how much its rate scatters: several trains long,
and three of them in the usual minute. Our own choice."""


@dataclass(frozen=True, slots=True)
class RegionFigure:
    """One region in one recording."""

    events: int | None
    rate_per_min: float | None
    amplitude_mm: float | None
    min_detectable_mm: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one recording; None where it cannot answer."""

    verdict: str
    usable_s: float
    duration_s: float
    protocol: str
    backend: str
    fps: float | None
    eye_distance_px: float | None
    min_detectable_mm: float | None
    """Median over the lips."""
    events: int | None
    rate_per_min: float | None
    rate_ci: Interval | None
    runs: int | None
    amplitude_mm: float | None
    amplitude_ci: Interval | None
    asymmetry: float | None
    asymmetry_ci: Interval | None
    side: str | None
    dominant_hz: float | None
    level: str | None


@dataclass(frozen=True)
class Visit:
    """One recording of a person."""

    id: int
    """Its number in the history; 0 for the present one that is not kept yet."""
    day: int
    """Number of the day on which it was filmed (proleptic Gregorian ordinal)."""
    date: str
    """The same as an ISO day."""
    figures: Figures
    regions: dict[str, RegionFigure] = field(default_factory=dict)
    onsets_s: tuple[float, ...] = ()
    """When the counted twitches of the lips began; empty where only their number is known."""
    present: bool = False

    def area_events(self, area: Area, side: CourseSide) -> int | None:
        """Return the twitches in which a part of a side moved; None where none could have been seen."""
        names = [f"{stem}_{side}" for stem in AREAS[area]]
        known = [self.regions[n].events for n in names if n in self.regions]
        counts = [count for count in known if count is not None]
        return max(counts) if counts else None

    def area_seen(self, area: Area, side: CourseSide) -> bool | None:
        """Tell whether a part of a side twitched more than a still face does by chance."""
        count = self.area_events(area, side)
        return None if count is None or not self.assessable else beyond_chance(count, self.figures.usable_s)

    @property
    def assessable(self) -> bool:
        """Whether twitches of the lips could have been counted."""
        return self.figures.events is not None and self.figures.rate_per_min is not None

    @property
    def seen(self) -> bool | None:
        """Whether the lips twitched more than a still face's by chance."""
        if not self.assessable or self.figures.events is None:
            return None
        return beyond_chance(self.figures.events, self.figures.usable_s)

    def parts(self) -> list[tuple[int, float]]:
        """Return (events, usable seconds) of each part of `PART_S`; the whole where onsets are not known.

        Usable time is shared out evenly: which seconds were gated is not kept.
        """
        events, usable_s = self.figures.events or 0, self.figures.usable_s
        n = round(self.figures.duration_s / PART_S)
        if n < 2 or len(self.onsets_s) != events:
            return [(events, usable_s)]
        edges = np.linspace(0.0, self.figures.duration_s, n + 1)
        edges[0], edges[-1] = -np.inf, np.inf
        counts = np.histogram(self.onsets_s, edges)[0]
        return [(int(count), usable_s / n) for count in counts]


def figures_of(summary: Mapping[str, Any]) -> Figures:
    """Return the figures of a summary.json's content; what is missing or no number is None."""
    quality, lips, source = (table(summary, name) for name in ("quality", "lips", "source"))
    amplitude, asymmetry = table(lips, "amplitude_mm"), table(lips, "asymmetry")
    usable_s, events = number(quality.get("usable_s")) or 0.0, whole(lips.get("events"))
    rate = number(lips.get("rate_per_min"))
    return Figures(
        verdict=text(quality.get("verdict")) or "unusable",
        usable_s=usable_s,
        duration_s=number(source.get("duration_s")) or 0.0,
        protocol=protocol_of(summary),
        backend=text(table(summary, "tracker").get("backend")) or "",
        fps=number(source.get("fps")),
        eye_distance_px=number(quality.get("eye_distance_px")),
        min_detectable_mm=_least(table(quality, "by_region")),
        events=events,
        rate_per_min=rate,
        rate_ci=rate_interval(events, usable_s) if rate is not None else None,
        runs=whole(lips.get("runs")),
        amplitude_mm=number(amplitude.get("median")),
        amplitude_ci=interval(amplitude.get("median_ci")),
        asymmetry=number(asymmetry.get("index")),
        asymmetry_ci=interval(asymmetry.get("ci")),
        side=text(lips.get("side")),
        dominant_hz=number(lips.get("dominant_hz")),
        level=text(table(summary, "triage").get("level")),
    )


def regions_of(summary: Mapping[str, Any]) -> dict[str, RegionFigure]:
    """Return what a summary.json's content says of each region."""
    regions, least = table(summary, "regions"), table(table(summary, "quality"), "by_region")
    found = {}
    for name in REGIONS:
        told = table(regions, name)
        found[name] = RegionFigure(
            events=whole(told.get("events")),
            rate_per_min=number(told.get("rate_per_min")),
            amplitude_mm=number(told.get("amplitude_mm")),
            min_detectable_mm=number(table(least, name).get("min_detectable_mm")),
        )
    return found


def protocol_of(summary: Mapping[str, Any]) -> str:
    """Return what was asked for, such as 'rest 20 s, smile 6 s'; 'free' when nothing was."""
    asked = []
    for task in summary.get("tasks") or ():
        start, end = number(task.get("start_s")), number(task.get("end_s"))
        if start is not None and end is not None:
            asked.append(f"{task.get('task')} {end - start:.0f} s")
    return ", ".join(asked) or FREE


def counted_onsets(events: Iterable[Mapping[str, Any]], wanted: int | None) -> tuple[float, ...]:
    """Return the onsets of the counted twitches of the lips; empty when they are not `wanted` many.

    Parameters
    ----------
    events : mappings
        Rows of events.tsv with `onset`, `trial_type`, `regions` (tuple) and `gated`.
    wanted : int or None
        How many the summary counted.
    """
    found = tuple(
        float(row["onset"])
        for row in events
        if row["trial_type"] in ("twitch", "tonic") and not row["gated"] and set(row["regions"]) & set(LIPS)
    )
    return found if len(found) == wanted else ()


def table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the table of that name, empty when there is none."""
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def number(value: object) -> float | None:
    """Return a finite number, None for anything else."""
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(cast(float, value)) if plain and math.isfinite(cast(float, value)) else None


def whole(value: object) -> int | None:
    """Return a count, None for anything else."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == int(found) else None


def text(value: object) -> str | None:
    """Return a text, None for anything else."""
    return value if isinstance(value, str) else None


def interval(value: object) -> Interval | None:
    """Return (low, high), None for anything else."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        return None
    low, high = number(value[0]), number(value[1])
    return None if low is None or high is None else (low, high)


def _least(by_region: Mapping[str, Any]) -> float | None:
    known = [number(table(by_region, name).get("min_detectable_mm")) for name in LIPS]
    finite = [value for value in known if value is not None]
    return float(np.median(finite)) if finite else None
