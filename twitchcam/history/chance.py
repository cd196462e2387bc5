"""Counts and chance: intervals of rates, and tests of their change.

Twitches come in trains, so counts scatter more than a Poisson count does. Intervals of one rate are exact
Poisson ones and say so; whatever compares rates takes the scatter from the recordings themselves
(quasi-Poisson) or shuffles whole sessions or minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import bdtr, bdtrc, gammaincinv, pdtrc, stdtrit

from twitchcam.types import FloatArray

LEVEL: Final = 0.95
POWER: Final = 0.8
FALSE_PER_MIN: Final = 1.0 / 6.8
"""Events that a still face shows by chance, a minute of usable time (docs/accuracy.md, 720p)."""
SEEN_P: Final = 0.01
"""Chance below which events are taken as seen: two in a minute, four in five minutes. Our own choice."""
SHUFFLES: Final = 4999


def poisson_interval(events: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact (Garwood) interval of a Poisson mean from one count."""
    if events < 0:
        raise ValueError(f"events must be a count, got {events}")
    tail = (1.0 - level) / 2.0
    low = float(gammaincinv(events, tail)) if events else 0.0
    return low, float(gammaincinv(events + 1, 1.0 - tail))


def rate_interval(events: int | None, usable_s: float) -> tuple[float, float] | None:
    """Return the interval of a rate per minute; None without events known or time."""
    if events is None or usable_s <= 0:
        return None
    low, high = poisson_interval(events)
    return 60.0 * low / usable_s, 60.0 * high / usable_s


def beyond_chance(events: int, usable_s: float) -> bool:
    """Tell whether so many events are more than a still face shows."""
    return events > 0 and float(pdtrc(events - 1, FALSE_PER_MIN * usable_s / 60.0)) < SEEN_P


def same_rate_p(a: int, a_s: float, b: int, b_s: float) -> float:
    """Return the exact conditional p that two Poisson counts in the times a_s and b_s have one rate.

    Two-sided, twice the smaller tail. It takes the events as independent: for clustered events too small.
    """
    n, share = a + b, b_s / (a_s + b_s)
    if n == 0:
        return 1.0
    below = float(bdtr(b, n, share))
    above = float(bdtrc(b - 1, n, share)) if b > 0 else 1.0
    return min(1.0, 2.0 * min(below, above))


@dataclass(frozen=True, slots=True)
class Fit:
    """A log-linear fit of counts."""

    slope: float
    """Natural logarithm of the factor for one unit of x."""
    sd: float
    dispersion: float
    """Variance of the counts over that of a Poisson count; at least 1."""
    df: int

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the slope (Student's t)."""
        half = float(stdtrit(self.df, 0.5 + LEVEL / 2.0)) * self.sd
        return self.slope - half, self.slope + half

    @property
    def smallest(self) -> float:
        """The slope that would have been found 80 times in 100."""
        return float(stdtrit(self.df, 0.5 + LEVEL / 2.0) + stdtrit(self.df, POWER)) * self.sd


def fit_counts(counts: FloatArray, exposure: FloatArray, x: FloatArray) -> Fit | None:
    """Fit counts = exposure * exp(a + slope * x), quasi-Poisson (IRLS; dispersion after Pearson).

    Parameters
    ----------
    counts, exposure, x : (n,) arrays
        Events, the time in which they were counted (> 0), and what they may depend on.

    Returns
    -------
    Fit or None
        None with fewer than three counts, no events at all, or an x that does not vary.
    """
    n = counts.size
    if n < 3 or float(counts.sum()) <= 0 or float(np.ptp(x)) == 0:
        return None
    # Half an event more, shared out by time, keeps the fit finite when one end has none.
    y = counts + 0.5 * exposure / exposure.mean()
    centred = x - np.average(x, weights=exposure)
    scale = float(np.abs(centred).max())
    design = np.stack([np.ones(n), centred / scale], axis=1)
    beta = np.array([np.log(y.sum() / exposure.sum()), 0.0])
    for _ in range(50):
        mean = exposure * np.exp(np.clip(design @ beta, -30.0, 30.0))
        information = design.T @ (mean[:, None] * design)
        step = np.linalg.solve(information, design.T @ (y - mean))
        beta = beta + np.clip(step, -2.0, 2.0)
        if float(np.abs(step).max()) < 1e-10:
            break
    mean = exposure * np.exp(design @ beta)
    df = n - 2
    dispersion = max(1.0, float(((y - mean) ** 2 / mean).sum()) / df)
    variance = np.linalg.inv(design.T @ (mean[:, None] * design))[1, 1] * dispersion
    return Fit(float(beta[1]) / scale, float(np.sqrt(variance)) / scale, dispersion, df)


def fit_line(y: FloatArray, x: FloatArray) -> Fit | None:
    """Fit y = a + slope * x by least squares; None with fewer than three points or an even x."""
    n = y.size
    if n < 3 or float(np.ptp(x)) == 0:
        return None
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    rest = y - y.mean() - slope * centred
    variance = float(rest @ rest) / (n - 2) / float(centred @ centred)
    return Fit(slope, float(np.sqrt(variance)), 1.0, n - 2)


def shuffled_p(
    counts: FloatArray, exposure: FloatArray, second: FloatArray, rng: np.random.Generator
) -> float:
    """Return how often a shuffling of the units differs in rate at least as much as the two groups do.

    Parameters
    ----------
    counts, exposure : (n,) arrays
        Events and usable time of each unit (a session, a minute).
    second : (n,) bool array
        Units of the second group.
    rng : Generator
        Draws the shufflings.
    """
    masks = np.vstack([second, rng.permuted(np.tile(second, (SHUFFLES, 1)), axis=1)]).astype(float)
    events, time = masks @ counts, masks @ exposure
    # half an event on each side, so that none on one side is no infinite ratio
    ratio = np.log((events + 0.5) / time) - np.log((counts.sum() - events + 0.5) / (exposure.sum() - time))
    as_far = int((np.abs(ratio[1:]) >= abs(ratio[0]) - 1e-12).sum())
    return (as_far + 1) / (SHUFFLES + 1)
