"""Effective frame rate: how many new pictures a second there really are, and what can be claimed with them.

The file's own rate says little: repeated pictures bring nothing new, and cameras slow down in the dark, often
half way through a clip. Movement faster than half the effective rate is not seen as what it is: it shows up
slower (aliasing), and no analysis can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from twitchcam.analysis.repeats import Repeats
from twitchcam.phrases import phrase
from twitchcam.types import BoolArray, FloatArray, IntArray

WINDOW_S: Final = 2.0
PIECE_S: Final = 1.5
"""Shortest time over which a rate is told; shorter slow-downs are dropped pictures."""
PAUSE_S: Final = 0.25
"""Longer pauses are gaps (no face, lost video), not a frame rate."""
IRREGULAR: Final = 0.75
"""Pictures lost at random leave the interval of the others: a quarter may be missing before the rate counts
as lower. In a regular beat (24 in 30) the mean rate is the rate."""
SUSTAINED: Final = 0.1
"""The strictest rate is the one that a tenth of the recording falls to."""
LEAST_PART_S: Final = 2.0
SLOWER: Final = 0.8
"""A part is slower than the rest from here on."""
FEW: Final = 4
MOST_WINDOWS: Final = 100_000
"""A day; a clock that jumps further between pictures is looked at here and there."""


@dataclass(frozen=True)
class Rates:
    """New pictures a second over the recording."""

    t_s: FloatArray
    """(k,) times of the new pictures."""
    beat: IntArray
    """(k,) cycle of regular repeats at each, 0 for none."""
    window_s: FloatArray
    """(w,) centres of windows of `WINDOW_S`."""
    window_hz: FloatArray
    """(w,) the rate in each, NaN where too few pictures are."""

    def between(self, start_s: float, stop_s: float) -> float:
        """Return the lowest rate that holds for `PIECE_S` between two times; NaN with few pictures."""
        pieces = max(1, int((stop_s - start_s) / PIECE_S))
        edges = np.linspace(start_s, stop_s, pieces + 1)
        found = [
            _rate(self.t_s[first:stop], self.beat[first:stop])
            for a, b in pairwise(edges)
            for first in [np.searchsorted(self.t_s, a - 1e-9)]
            for stop in [np.searchsorted(self.t_s, b + 1e-9, side="right")]
            if stop > first
        ]
        known = [hz for hz in found if np.isfinite(hz)]
        return min(known) if known else float("nan")

    @property
    def usual_hz(self) -> float:
        """The rate of most of the recording; NaN when there are few pictures."""
        known = self.window_hz[np.isfinite(self.window_hz)]
        return float(np.median(known)) if known.size else float("nan")

    @property
    def strict_hz(self) -> float:
        """The rate that the recording falls to for a tenth of its time, and for `LEAST_PART_S` at least."""
        known = np.sort(self.window_hz[np.isfinite(self.window_hz)])
        if not known.size:
            return float("nan")
        hop_s = float(self.window_s[1] - self.window_s[0]) if self.window_s.size > 1 else WINDOW_S
        at = max(int(SUSTAINED * known.size), int(LEAST_PART_S / hop_s))
        return float(known[min(at, known.size - 1, max(0, known.size // 2))])


def effective_rates(t_s: FloatArray, fresh: BoolArray, repeats: Repeats) -> Rates:
    """Return the rates of a recording with times `t_s` (n,), of which the `fresh` rows show a new picture."""
    t, beat = t_s[fresh], repeats.beat[fresh]
    if t.size < FEW:
        return Rates(t, beat, np.zeros(0), np.zeros(0))
    length = float(t[-1] - t[0])
    count = int(min(MOST_WINDOWS, max(1, round(2 * length / WINDOW_S) - 1)))
    half = min(0.5 * WINDOW_S, 0.5 * length)
    centres = np.linspace(t[0] + half, t[-1] - half, count)
    first, last = np.searchsorted(t, centres - half - 1e-9), np.searchsorted(t, centres + half + 1e-9)
    hz = [_rate(t[a:b], beat[a:b]) for a, b in zip(first, last, strict=True)]
    return Rates(t, beat, centres, np.array(hz))


def _rate(t_s: FloatArray, beat: IntArray) -> float:
    steps = np.diff(t_s)
    steps = steps[steps <= PAUSE_S]
    if steps.size < FEW - 1:
        return float("nan")
    mean = 1.0 / float(np.mean(steps))
    if np.median(beat) > 0:
        return mean
    return min(1.0 / float(np.median(steps)), mean / IRREGULAR)


BEAT: Final = (
    "{which} repeats the one before: {hz} new pictures a second, not {written}, and nothing above {limit} Hz "
    "can be seen. Use more light, or the original file."
)
BEAT_PART: Final = (
    "{which} repeats the one before for {part:.0f} % of the time: {hz} new pictures a second, not {written}, "
    "and nothing above {limit} Hz can be seen then. Use more light, or the original file."
)


def told_rates(rates: Rates, repeats: Repeats, written_hz: float | None) -> tuple[str, ...]:
    """Return sentences on repeated pictures and on parts with fewer pictures, with figures; none when all is
    well.

    `written_hz` is the file's own rate.
    """
    said = []
    in_beat = repeats.beat > 0
    if in_beat.mean() >= SUSTAINED and np.isfinite(rates.strict_hz):
        cycle = int(np.bincount(repeats.beat[in_beat]).argmax())
        at = repeats.beat == cycle
        copies = round(cycle * float(repeats.rows[at].mean()))
        part = float(in_beat.mean())
        hz = _rate_in_beat(rates)
        told = {
            "which": _every(copies, cycle),
            "hz": _number(hz),
            "written": _number(written_hz or rates.usual_hz),
            "limit": _number(hz / 2),
        }
        said.append(phrase(BEAT, **told) if part > 0.9 else phrase(BEAT_PART, **told, part=100 * part))
    return (*said, *_slower_part(rates)) if not said else tuple(said)


def _rate_in_beat(rates: Rates) -> float:
    at = rates.beat > 0
    steps = np.diff(rates.t_s)[at[1:] & at[:-1]]
    steps = steps[steps <= PAUSE_S]
    return 1.0 / float(np.mean(steps)) if steps.size else rates.strict_hz


def _slower_part(rates: Rates) -> tuple[str, ...]:
    known = np.isfinite(rates.window_hz)
    if known.sum() < 3:
        return ()
    fast = float(np.quantile(rates.window_hz[known], 0.9))
    slow = known & (rates.window_hz < SLOWER * fast)
    hop_s = float(rates.window_s[1] - rates.window_s[0])
    if slow.sum() * hop_s < LEAST_PART_S or slow.sum() < SUSTAINED * known.sum():
        return ()
    hz = float(np.median(rates.window_hz[slow]))
    slow_s = float(slow.sum() / known.sum() * (rates.t_s[-1] - rates.t_s[0]))
    return (
        phrase(
            "For {s:.0f} s only {hz} pictures a second were taken, against {fast} in the rest: nothing above "
            "{limit} Hz can be seen then. Use more light; cameras slow down in the dark.",
            s=slow_s,
            hz=_number(hz),
            fast=_number(fast),
            limit=_number(hz / 2),
        ),
    )


_ORDER: Final = {
    2: phrase("second"), 3: phrase("third"), 4: phrase("fourth"), 5: phrase("fifth"), 6: phrase("sixth"),
}  # fmt: skip


def _every(copies: int, cycle: int) -> str:
    if copies <= 1:
        return phrase("Every {second} picture", second=_ORDER[cycle])
    return phrase("{copies:d} of {cycle:d} pictures", copies=copies, cycle=cycle)


def _number(hz: float) -> str:
    return f"{hz:.1f}".removesuffix(".0")
