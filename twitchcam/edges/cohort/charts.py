"""Charts of the cohort page: bins and quartiles as numbers, drawn by the template as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twitchcam.types import FloatArray

MOST_BINS = 24


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram."""

    low: float
    high: float
    count: int
    height: float
    """0 to 100."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How one number is spread over the clips."""

    title: str
    unit: str
    bins: tuple[Bin, ...]
    known: int
    unknown: int
    """Clips that cannot tell."""
    beyond: int
    """Clips above the last bin."""
    quartiles: tuple[float, float, float] | None

    @property
    def ticks(self) -> list[tuple[float, float]]:
        """(value, place in percent) of the labels below: the ends and the middle."""
        if not self.bins:
            return []
        low, high = self.bins[0].low, self.bins[-1].high
        return [(low, 0.0), ((low + high) / 2, 50.0), (high, 100.0)]


def histogram(
    title: str, unit: str, values: FloatArray, clips: int, *, span: tuple[float, float] | None = None
) -> Histogram:
    """Count values in round bins.

    Parameters
    ----------
    title, unit
        What they are.
    values : (k,) array
        One for each clip that can tell.
    clips
        How many clips there are.
    span
        The ends, where they are given by the meaning; otherwise from 0 to the 99th percentile, so that one
        outlier does not press all others into one bar.
    """
    values = values[np.isfinite(values)]
    if not values.size:
        return Histogram(title, unit, (), 0, clips, 0, None)
    low, high = span or (0.0, max(float(np.percentile(values, 99)), 1e-6))
    step = _round_step((high - low) / min(MOST_BINS, max(6, 2 * math.isqrt(values.size))))
    edges = low + step * np.arange(math.ceil((high - low) / step - 1e-9) + 1)
    beyond = int(np.count_nonzero(values > edges[-1]))
    counts, _ = np.histogram(values, edges)
    tallest = max(1, int(counts.max()))
    bins = tuple(
        Bin(float(a), float(b), int(n), round(100.0 * int(n) / tallest, 2))
        for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    return Histogram(title, unit, bins, int(values.size), clips - int(values.size), beyond, quartiles(values))


def quartiles(values: FloatArray) -> tuple[float, float, float] | None:
    """Return the 25th, 50th and 75th percentile; None of nothing."""
    values = values[np.isfinite(values)]
    if not values.size:
        return None
    low, middle, high = np.percentile(values, (25, 50, 75))
    return float(low), float(middle), float(high)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(rough, 1e-9)))
    return float(next(m * power for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * power >= rough * 0.999))


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a stacked bar."""

    key: str
    name: str
    count: int
    start: float
    width: float
    """Percent."""


def stacked(parts: list[tuple[str, str, int]]) -> tuple[Part, ...]:
    """Return (key, name, count) as parts of one bar of 100 percent; nothing of nothing."""
    total = sum(count for *_, count in parts)
    done, at = [], 0.0
    for key, name, count in parts if total else []:
        width = 100.0 * count / total
        done.append(Part(key, name, count, round(at, 3), round(width, 3)))
        at += width
    return tuple(done)
