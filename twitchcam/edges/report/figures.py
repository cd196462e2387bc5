"""Figures without a time axis: the spectrum, the asymmetry bar and the face map."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.report.axes import curve, round_ticks
from twitchcam.edges.report.wording import known, region_name
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured

SHOWN_HZ = 15.0
"""The spectrum is drawn up to here: facial tremors and clonic trains lie below."""
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
class SpectrumFigure:
    """Curves over frequency; heights are decadic logarithms of mm/sqrt(Hz)."""

    high_hz: float
    bottom: float
    top: float
    left: str
    right: str
    noise: str
    ticks_hz: list[float]
    ticks_log: list[int]
    dominant_hz: float | None
    dominant_ci: tuple[float, float] | None


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


def build_spectrum(measured: Measured) -> SpectrumFigure | None:
    """Return the spectrum's curves, or None when there is none to draw."""
    spectrum = measured.spectrum
    if spectrum is None or spectrum.frequency_hz.size < 2:
        return None
    shown = (spectrum.frequency_hz > 0) & (spectrum.frequency_hz <= SHOWN_HZ)
    f = spectrum.frequency_hz[shown]
    both = np.concatenate([spectrum.amplitude_mm_rthz[shown], spectrum.noise_mm_rthz[shown][:, None]], axis=1)
    heights = np.where(both > 0, np.log10(np.where(both > 0, both, 1.0)), np.nan)
    if f.size < 2 or not np.isfinite(heights).any():
        return None
    bottom, top = math.floor(np.nanmin(heights) - 0.05), math.ceil(np.nanmax(heights) + 0.05)
    lips = measured.lips
    return SpectrumFigure(
        high_hz=float(f[-1]),
        bottom=bottom,
        top=top,
        left=curve(f, heights[:, 0]),
        right=curve(f, heights[:, 1]),
        noise=curve(f, heights[:, 2]),
        ticks_hz=round_ticks(0.0, float(f[-1]), 6),
        ticks_log=list(range(bottom, top + 1)),
        dominant_hz=lips.dominant_hz if known(lips.dominant_hz) else None,
        dominant_ci=lips.dominant_hz_ci,
    )


def build_face_map(measured: Measured) -> list[Spot]:
    """Return the regions as spots, coloured by how often each took part; their left is on our right."""
    rates = {name: measured.regions[name].rate_per_min for name in REGIONS if name in measured.regions}
    busiest = max((r for r in rates.values() if r is not None and math.isfinite(r)), default=0.0)
    return [_spot(measured, name, rates.get(name), busiest) for name in REGIONS]


def _spot(measured: Measured, region: str, rate: float | None, busiest: float) -> Spot:
    stem, side = region.rsplit("_", 1)
    off, y, rx, ry = HALF_FACE[stem]
    x = {"left": 90 + off, "right": 90 - off, "mid": 90.0}[side]
    if rate is None or not math.isfinite(rate):
        return Spot(x, y, rx, ry, None, "?", f"{region_name(region)}: not measurable")
    level = math.ceil(MAP_LEVELS * rate / busiest) if rate > 0 else 0
    events = measured.regions[region].events
    title = f"{region_name(region)}: {rate:.1f} a minute"
    return Spot(x, y, rx, ry, level, str(events) if events else "", title)
