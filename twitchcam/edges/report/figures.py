"""The face map: where on the face it moved, and how often."""

from __future__ import annotations

import math
from dataclasses import dataclass

from twitchcam.edges.report.speech import t
from twitchcam.edges.report.wording import per_minute, region_name, unknown
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured

SHOWN_HZ = 15.0
"""Spectra are drawn up to here: facial tremors and clonic trains lie below."""
HALF_FACE: dict[str, tuple[float, float, float, float]] = {
    "brow": (33, 52, 17, 6),
    "upper_eyelid": (33, 74, 15, 6),
    "lower_eyelid": (33, 91, 15, 6),
    "cheek": (45, 122, 13, 14),
    "upper_lip": (14, 146, 7, 6.5),
    "lower_lip": (14, 164, 7, 6.5),
    "commissure": (31, 155, 7.5, 7.5),
    "chin": (19, 188, 9, 8),
}
"""Distance from the midline, height, and two radii of each region on the map of 180 by 220."""
MAP_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Spot:
    """One region on the face map."""

    x: float
    y: float
    rx: float
    ry: float
    level: int | None
    """0 nothing counted, 1 to 4 the busier the higher, None not measurable."""
    text: str
    title: str


def build_face_map(measured: Measured) -> list[Spot]:
    """Return the regions as spots, coloured by how often each took part; their left is on our right."""
    busiest = busiest_per_min(measured)
    return [_spot(measured, name, _rate(measured, name), busiest) for name in REGIONS]


def map_steps(measured: Measured) -> list[float]:
    """Return the ends of the map's levels, from 0 to the busiest region's rate; empty without events."""
    busiest = busiest_per_min(measured)
    return [busiest * k / MAP_LEVELS for k in range(MAP_LEVELS + 1)] if busiest > 0 else []


def busiest_per_min(measured: Measured) -> float:
    """Return the rate of the region that took part most often."""
    rates = (_rate(measured, name) for name in REGIONS)
    return max((r for r in rates if r is not None and math.isfinite(r)), default=0.0)


def _rate(measured: Measured, region: str) -> float | None:
    return measured.regions[region].rate_per_min if region in measured.regions else None


def _spot(measured: Measured, region: str, rate: float | None, busiest: float) -> Spot:
    stem, side = region.rsplit("_", 1)
    off, y, rx, ry = HALF_FACE[stem]
    x = {"left": 90 + off, "right": 90 - off, "mid": 90.0}[side]
    name = region_name(region)
    if rate is None or not math.isfinite(rate):
        return Spot(x, y, rx, ry, None, "?", t("{region}: {value}", region=name, value=unknown()))
    level = math.ceil(MAP_LEVELS * rate / busiest - 1e-9) if rate > 0 else 0
    events = measured.regions[region].events
    title = t("{region}: {value}", region=name, value=per_minute(rate))
    return Spot(x, y, rx, ry, level, str(events) if events else "", title)
