"""Together: how eye and mouth of one side lie to each other in time, against chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.lags import Lags, lag_histogram
from twitchcam.edges.report.axes import round_ticks
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Measured


@dataclass(frozen=True, slots=True)
class LagBar:
    """One bin of the histogram."""

    low_s: float
    high_s: float
    pairs: int
    chance: float
    chance_high: float
    middle: bool
    """The bin of coincidence."""


@dataclass(frozen=True, slots=True)
class LagFigure:
    """The histogram of one side."""

    side: str
    bars: list[LagBar]
    reach_s: float
    top: float
    ticks: list[float]
    chance: str
    """SVG path of the chance level's upper end, in steps."""
    eye: int
    mouth: int

    @property
    def middle(self) -> LagBar:
        """The bin of coincidence."""
        return next(bar for bar in self.bars if bar.middle)


def build_lags(measured: Measured) -> list[LagFigure]:
    """Return the sides whose eye and mouth both moved, left first."""
    settings = AnalysisSettings()
    found = [(side, lag_histogram(measured, side, settings)) for side in ("left", "right")]
    return [_figure(side, lags) for side, lags in found if lags is not None]


def _figure(side: str, lags: Lags) -> LagFigure:
    half = (lags.pairs.size - 1) // 2
    top = 1.15 * float(max(lags.pairs.max(), lags.chance_high.max(), 1.0))
    rows = zip(lags.edges_s[:-1], lags.edges_s[1:], lags.pairs, lags.chance, lags.chance_high, strict=True)
    bars = [
        LagBar(float(a), float(b), int(n), float(mean), float(high), k == half)
        for k, (a, b, n, mean, high) in enumerate(rows)
    ]
    ends = np.repeat(lags.edges_s, 2)[1:-1]
    steps = zip(ends.tolist(), np.repeat(lags.chance_high, 2).tolist(), strict=True)
    path = "".join(f"{'L' if k else 'M'}{x:.3f} {-y:.2f}" for k, (x, y) in enumerate(steps))
    ticks = [tick for tick in round_ticks(0.0, top, 4) if tick == int(tick)]
    return LagFigure(side, bars, float(lags.edges_s[-1]), top, ticks, path, lags.eye, lags.mouth)
