"""Time stamps: from the container's ticks to media time in seconds, with every oddity counted and told.

Zero is the first picture that a player would present, so that times in the results are times into the visible
clip whatever the container's own clock starts at. A time is never made from a frame number and a frame rate.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from twitchcam.types import FloatArray

_STEADY = 3
"""Pictures in a row that must agree on a new clock before it is believed: one wild stamp is no new clock."""
_JUMP_BACK_S = 0.5
"""Shorter steps back are stray stamps; longer ones are joined recordings or a clock that wrapped round."""
_JUMP_AHEAD_S = 3600.0
"""No camera pauses for an hour within a take; such a step is a broken stamp or a changed clock."""

_GAP_S, _GAP_TIMES = 0.2, 3.0
"""Gaps worth a word: a 5 Hz twitch fits into 0.2 s, and three intervals are more than one late picture."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What the accepted time stamps say about the recording."""

    fps: float | None
    """Typical frame rate; None with fewer than two pictures."""
    vfr: bool
    duration_s: float
    """Last minus first, plus the last interval."""


class MediaClock:
    """Turns stamps into strictly increasing media time, in the order of presentation."""

    def __init__(self, time_base: Fraction, nominal_fps: float | None) -> None:
        if time_base <= 0:
            raise ValueError(f"a time base must be positive, got {time_base}")
        self._tick = time_base
        self._interval_s = 1.0 / nominal_fps if nominal_fps else None
        self._first: int | None = None
        self._shift_s = 0.0
        self._strays: list[float] = []
        self._last_duration_s = 0.0
        self.times_s: array[float] = array("d")
        self.missing = 0
        """Pictures without any time stamp, placed one interval after the one before."""
        self.from_dts = 0
        """Pictures without a presentation stamp, placed by their decoding stamp."""
        self.dropped = 0
        """Pictures left out because their stamp repeated the one before or ran backwards."""
        self.jumps: list[tuple[float, float]] = []
        """(media time, size) of the clock's jumps, in seconds, that were closed."""

    def place(self, pts: int | None, dts: int | None = None, duration: int | None = None) -> float | None:
        """Return the media time of the next picture in s, or None if it has to be left out."""
        stamp = pts if pts is not None else dts
        if stamp is None:
            t = self._guess()
            self.missing += t is not None
            if t is None:
                self.dropped += 1
                return None
        else:
            self.from_dts += pts is None
            if self._first is None:
                self._first, self._shift_s = stamp, self._guess() or 0.0
            t = float((stamp - self._first) * self._tick) + self._shift_s
        return self._accept(t, float((duration or 0) * self._tick))

    def _guess(self) -> float | None:
        if not self.times_s:
            return 0.0
        step = self._last_duration_s or self._interval_s
        return None if step is None else self.times_s[-1] + step

    def _accept(self, t: float, duration_s: float) -> float | None:
        if self.times_s:
            step = t - self.times_s[-1]
            if not 0.0 < step < _JUMP_AHEAD_S:
                moved = self._new_clock(t)
                if moved is None:
                    self.dropped += 1
                    return None
                t = moved
        self._strays.clear()
        self.times_s.append(t)
        self._last_duration_s = duration_s
        return t

    def _new_clock(self, t: float) -> float | None:
        """Believe a changed clock once `_STEADY` pictures in a row run forward on it; None for a stray."""
        last = self.times_s[-1]
        if self._strays and not 0.0 < t - self._strays[-1] < _JUMP_AHEAD_S:
            self._strays.clear()
        self._strays.append(t)
        if len(self._strays) < _STEADY or -_JUMP_BACK_S < self._strays[0] - last <= 0.0:
            return None
        step = self._interval_s or (t - self._strays[0]) / (_STEADY - 1)
        shift = last + step - self._strays[0]
        self.jumps.append((last, -shift))
        self._shift_s += shift
        return t + shift

    def timing(self) -> Timing:
        """Return rate, evenness and length of what was accepted so far."""
        return measure_timing(self._times(), float(self._tick), self._last_duration_s)

    def _times(self) -> FloatArray:
        """Return a copy of the times. By way of a list: NumPy would let go of Python's lock while it copies,
        and the thread that decodes a live session's clip could not append meanwhile.
        """
        return np.array(self.times_s.tolist(), float)

    def notes(self, *, told_by_dts: bool = False) -> list[str]:
        """Return a sentence for each kind of repair; `told_by_dts` where decoding times are the rule."""
        said = []
        if self.dropped:
            said.append(f"{_pictures(self.dropped)} left out: the time stamp repeated or ran backwards.")
        if self.from_dts and not told_by_dts:
            said.append(f"{_pictures(self.from_dts)} had no presentation time and took the decoding time.")
        if self.missing == len(self.times_s) > 0:
            rate = f"{1.0 / self._interval_s:.4g} pictures a second" if self._interval_s else "one picture"
            said.append(f"The file has no time stamps at all; times assume {rate}.")
        elif self.missing and not told_by_dts:
            said.append(f"{_pictures(self.missing)} without a time stamp placed one interval after the last.")
        if gaps := self._gaps():
            longest_s, at_s = max(gaps)
            said.append(f"Gaps between pictures: {len(gaps)}, the longest {longest_s:.2f} s at {at_s:.1f} s.")
        if self.jumps:
            at_s, size_s = self.jumps[0]
            more = f" ({len(self.jumps)} such jumps)" if len(self.jumps) > 1 else ""
            said.append(
                f"The file's clock jumped by {size_s:+.1f} s at {at_s:.1f} s and was set right{more}."
            )
        return said

    def _gaps(self) -> list[tuple[float, float]]:
        """Return (length, start) in s of each interval that is long in itself and for this recording."""
        t_s = self._times()
        steps = np.diff(t_s)
        if not steps.size:
            return []
        long = np.flatnonzero(steps > max(_GAP_S, _GAP_TIMES * float(np.median(steps))))
        return [(float(steps[i]), float(t_s[i])) for i in long]


def _pictures(n: int) -> str:
    return "1 picture" if n == 1 else f"{n} pictures"


def measure_timing(t_s: FloatArray, tick_s: float, last_duration_s: float = 0.0) -> Timing:
    """Return the timing of strictly increasing stamps that were rounded to `tick_s`.

    Rounding moves a stamp by up to half a tick, and rewrapped files were rounded twice: intervals of an even
    stream lie within two ticks of each other, and anything wider is a variable rate. The typical interval is
    the mean of those within two ticks of the median: 33, 33, 34 ms make 30 and not 30.3 frames a second.
    """
    if t_s.size < 2:
        return Timing(None, False, last_duration_s if t_s.size else 0.0)
    steps = np.diff(t_s)
    room = 2.0 * tick_s * (1.0 + 1e-6) + 1e-9
    middle = np.sort(steps)[steps.size // 2]
    typical = float(np.mean(steps[np.abs(steps - middle) <= room]))
    vfr = bool(np.ptp(steps) > room)
    return Timing(round(1.0 / typical, 6), vfr, round(float(t_s[-1] - t_s[0] + steps[-1]), 9))
