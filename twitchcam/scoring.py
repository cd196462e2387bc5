"""Scoring: how well found events, frequencies, amplitudes and sides agree with the truth.

Conventions: times are seconds of media time; truth comes first; a measure that has nothing to judge is NaN,
never 0 or 1.
Events are matched one to one so that as many as possible are paired and, among those pairings, the sum of
the time differences is smallest (bipartite matching, as mir_eval does for onsets).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from twitchcam.types import FloatArray, IntArray

SIDES: tuple[str, ...] = ("left", "right", "bilateral", "none")
LONGEST_S = 14 * 24 * 3600.0
"""No recording is longer; larger times are probably frame numbers or milliseconds."""


@dataclass(frozen=True, slots=True)
class Matching:
    """Pairs of truth and finding, and what was left over."""

    truth_index: IntArray
    """(m,) into the truth."""
    found_index: IntArray
    """(m,) into the findings."""
    n_truth: int
    n_found: int
    errors_s: FloatArray
    """(m,) found minus true time."""

    @property
    def recall(self) -> float:
        """Part of the true events that was found; NaN without true events."""
        return self.truth_index.size / self.n_truth if self.n_truth else float("nan")

    @property
    def precision(self) -> float:
        """Part of the found events that is true; NaN without findings."""
        return self.found_index.size / self.n_found if self.n_found else float("nan")

    @property
    def f1(self) -> float:
        """2 * matches / (true + found): 0 when one of the two is empty, NaN when both are."""
        total = self.n_truth + self.n_found
        return 2 * self.truth_index.size / total if total else float("nan")

    @property
    def median_error_s(self) -> float:
        """Median of found minus true time; NaN without matches."""
        return float(np.median(self.errors_s)) if self.errors_s.size else float("nan")


@dataclass(frozen=True, slots=True)
class AmplitudeScore:
    """Measured against true amplitudes of matched events."""

    gain: float
    """Median of measured / true; 1 is perfect."""
    lowest: float
    highest: float
    n: int


def validate_times(times_s: FloatArray, name: str) -> FloatArray:
    """Return event times as a float array, or say what is wrong with them.

    Raises
    ------
    ValueError
        If they are not a one-dimensional list of finite, non-negative seconds in ascending order.
    """
    times = np.asarray(times_s, dtype=float)
    if times.ndim != 1:
        hint = "; did you pass (onset, offset) pairs? Give one time per event" if times.ndim == 2 else ""
        raise ValueError(f"{name}: event times must be one-dimensional, got shape {times.shape}{hint}")
    if not np.all(np.isfinite(times)):
        raise ValueError(f"{name}: event times hold NaN or infinity; leave out events that were not timed")
    if times.size and times.min() < 0:
        raise ValueError(
            f"{name}: negative time {times.min():g}; media time starts at 0; was an offset subtracted?"
        )
    if times.size and times.max() > LONGEST_S:
        raise ValueError(
            f"{name}: time {times.max():g} s is past two weeks; are these frames or milliseconds?"
        )
    if np.any(np.diff(times) < 0):
        raise ValueError(f"{name}: event times must ascend; sort the events by time first")
    return times


def match_events(truth_s: FloatArray, found_s: FloatArray, tolerance_s: float) -> Matching:
    """Pair true and found events that lie at most `tolerance_s` apart, each at most once.

    Parameters
    ----------
    truth_s, found_s : (n,) and (k,) arrays
        Times of the events (peaks or onsets, but the same in both), seconds, ascending.
    tolerance_s : float
        Largest difference of a pair. Half the interval of the fastest train is a sensible upper limit.

    Raises
    ------
    ValueError
        If the times are not valid or the tolerance is not a positive number of seconds.
    """
    truth, found = validate_times(truth_s, "truth"), validate_times(found_s, "found")
    if not 0 < tolerance_s < 60:
        raise ValueError(f"tolerance_s must be 0-60 s, got {tolerance_s:g}; did you give milliseconds?")
    distance = np.abs(truth[:, None] - found[None, :])
    # Rounding of decimal times must not decide: 0.25 s apart is within 0.25 s.
    allowed = distance <= tolerance_s + 1e-9
    # One forbidden pair costs more than all allowed ones together: the number of allowed pairs comes first.
    forbidden = (min(truth.size, found.size) + 1) * (tolerance_s + 1.0)
    rows, cols = linear_sum_assignment(np.where(allowed, distance, forbidden))
    keep = allowed[rows, cols]
    rows, cols = rows[keep], cols[keep]
    return Matching(rows, cols, truth.size, found.size, found[cols] - truth[rows])


def score_amplitudes(truth_mm: FloatArray, found_mm: FloatArray) -> AmplitudeScore:
    """Compare the amplitudes of matched events, pair by pair.

    Raises
    ------
    ValueError
        If the two differ in length, or a true amplitude is not positive.
    """
    truth, found = np.asarray(truth_mm, dtype=float), np.asarray(found_mm, dtype=float)
    if truth.shape != found.shape or truth.ndim != 1:
        raise ValueError(
            f"amplitudes must be given pair by pair, got shapes {truth.shape} and {found.shape}; "
            "index both with the Matching first"
        )
    if truth.size == 0:
        return AmplitudeScore(float("nan"), float("nan"), float("nan"), 0)
    if not np.all(truth > 0):
        raise ValueError("true amplitudes must be positive millimetres (peak-to-peak)")
    ratio = found / truth
    return AmplitudeScore(float(np.median(ratio)), float(ratio.min()), float(ratio.max()), int(truth.size))


def signal_gain(truth_mm: FloatArray, found_mm: FloatArray) -> float:
    """Return the least-squares factor of a measured signal on the true one.

    Parameters
    ----------
    truth_mm, found_mm : (n,) or (n, 2) arrays
        Displacements at the same times; each column is centred first. Rows with NaN in either are left out.

    Returns
    -------
    float
        1 is perfect, 0 no relation, negative opposite direction (x or y pointing the wrong way). NaN when
        nothing moved.
    """
    truth, found = np.asarray(truth_mm, dtype=float), np.asarray(found_mm, dtype=float)
    if truth.shape != found.shape:
        raise ValueError(f"signals must have one shape, got {truth.shape} and {found.shape}; resample first")
    truth, found = truth.reshape(len(truth), -1), found.reshape(len(found), -1)
    good = np.isfinite(truth).all(axis=1) & np.isfinite(found).all(axis=1)
    if not good.any():
        return float("nan")
    truth, found = truth[good] - truth[good].mean(axis=0), found[good] - found[good].mean(axis=0)
    power = float((truth * truth).sum())
    return float((truth * found).sum()) / power if power > 0 else float("nan")


def frequency_error_hz(truth_hz: float, found_hz: float | None) -> float:
    """Return found minus true frequency; NaN when no frequency was found.

    Raises
    ------
    ValueError
        If a frequency is not positive; a period in seconds was probably given.
    """
    if found_hz is None or np.isnan(found_hz):
        return float("nan")
    if truth_hz <= 0 or found_hz <= 0:
        raise ValueError(f"frequencies must be positive hertz, got {truth_hz:g} and {found_hz:g}")
    return found_hz - truth_hz


def side_confusion(truth: Sequence[str], found: Sequence[str | None]) -> IntArray:
    """Return the (4, 5) table of true side (rows) by found side (columns: `SIDES`, then not assessable).

    Raises
    ------
    ValueError
        If the lists differ in length or hold another word than the four of `SIDES` (or None for a finding).
    """
    if len(truth) != len(found):
        raise ValueError(f"one found side for each true side, got {len(truth)} and {len(found)}")
    table = np.zeros((len(SIDES), len(SIDES) + 1), dtype=int)
    for t, f in zip(truth, found, strict=True):
        for word in (t, f):
            if word is not None and word not in SIDES:
                raise ValueError(
                    f"side {word!r} is not one of {', '.join(SIDES)} (left and right of the subject)"
                )
        table[SIDES.index(t), len(SIDES) if f is None else SIDES.index(f)] += 1
    return table


def side_accuracy(table: IntArray) -> float:
    """Return the part of a `side_confusion` table that is right; NaN for an empty one."""
    total = int(table.sum())
    return int(np.trace(table[:, : len(SIDES)])) / total if total else float("nan")
