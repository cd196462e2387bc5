"""Time: what the pictures' times allow to be said, and the sentences on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.blinks import Blink
from twitchcam.analysis.exposure import told_exposure, usable_exposure
from twitchcam.analysis.rates import PIECE_S, SLOWER, Rates, effective_rates, told_rates
from twitchcam.analysis.repeats import Repeats, find_repeats
from twitchcam.analysis.spectrum import Line
from twitchcam.analysis.timegrid import contiguous
from twitchcam.front.real_time import about_time
from twitchcam.front.stopped import about_stop
from twitchcam.phrases import phrase
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event
from twitchcam.types import Recording

SLOW_BLINK_S = 0.8
"""Blinks take 0.1-0.4 s (0.25 s closing to opening at half height); slow motion stretches them four times and
more."""
FEW_BLINKS = 2


@dataclass(frozen=True)
class TimeQuality:
    """How often there was a new picture, and how long the shutter was open."""

    recording: Recording
    repeats: Repeats
    rates: Rates

    @property
    def exposure_s(self) -> float | None:
        """The shutter time, where it is known and can be true."""
        return usable_exposure(self.recording.source.exposure_s, self.rates.usual_hz)

    def in_fastest_part(self, events: list[Event]) -> list[Event]:
        """Return those events of a run that lie where its pictures came fastest: all, unless the rate changed
        on the way; then the longest series.
        """
        half = 0.5 * PIECE_S
        hz = np.array([self.rates.between(e.peak_s - half, e.peak_s + half) for e in events])
        quick = np.isfinite(hz) & (hz >= SLOWER * np.max(hz, initial=0.0, where=np.isfinite(hz)))
        if quick.all() or not quick.any():
            return events
        first, last = max(contiguous(quick), key=lambda span: span[1] - span[0])
        return events[first:last]

    def claim(self, line: Line | None, events: list[Event], settings: AnalysisSettings) -> Line | None:
        """Return a run's frequency if the pictures came fast enough where the run was, else None."""
        return within_rate(line, self._rate_at(events), settings)

    def claim_anywhere(self, line: Line | None, settings: AnalysisSettings) -> Line | None:
        """Return a frequency whose place is not known: the strictest rate of the recording counts."""
        return within_rate(line, self.rates.strict_hz, settings)

    def _rate_at(self, events: list[Event]) -> float:
        return self.rates.between(events[0].onset_s, events[-1].offset_s)

    def too_slow(self, settings: AnalysisSettings) -> bool:
        """Tell whether the strictest rate allows no frequency at all."""
        return bool(self.rates.strict_hz < settings.min_fps_hz)

    def nyquist_hz(self, claimed: Iterable[tuple[Line | None, list[Event]]]) -> float | None:
        """Return half the strictest rate; where a faster part gave a frequency, half of that part's."""
        if not np.isfinite(self.rates.strict_hz):
            return None
        limit = 0.5 * self.rates.strict_hz
        for line, events in claimed:
            if line is not None and line.hz > limit and events:
                limit = max(limit, 0.5 * self._rate_at(self.in_fastest_part(events)))
        return float(limit)


def look_at_time(recording: Recording, repeats: Repeats) -> TimeQuality:
    """Return the time quality of a recording whose repeated pictures are known."""
    fresh = recording.face & ~repeats.rows
    return TimeQuality(recording, repeats, effective_rates(recording.t_s, fresh, repeats))


def look_again(recording: Recording) -> TimeQuality:
    """Return the time quality of a recording by itself."""
    return look_at_time(recording, find_repeats(recording))


def within_rate(line: Line | None, rate_hz: float, settings: AnalysisSettings) -> Line | None:
    """Return the line if `rate_hz` new pictures a second carry it: 20 at least, and twice its frequency."""
    if line is None or not rate_hz >= settings.min_fps_hz or line.hz > 0.5 * rate_hz:
        return None
    return line


def limits_of_time(time: TimeQuality) -> tuple[str, ...]:
    """Return the sentences that make the recording answer only in part."""
    return told_rates(time.rates, time.repeats, time.recording.source.fps)


def notes_on_time(
    time: TimeQuality, events: list[Event], dominant_hz: float | None, blinks: list[Blink], fs: float
) -> tuple[str, ...]:
    """Return the sentences that only tell: how time was taken, what the shutter may hide, slow motion that
    the file does not name.
    """
    source = time.recording.source
    said = list(about_time(source.notes))
    said += _slow_blinks(blinks, fs) if not said and source.time_scale == 1.0 else ()
    said += told_exposure(events, dominant_hz, source.exposure_s, time.rates.usual_hz)
    return (*about_stop(source.notes), *said)


def _slow_blinks(blinks: list[Blink], fs: float) -> tuple[str, ...]:
    lengths = np.array([(b.stop - b.start) / fs for b in blinks])
    if lengths.size < FEW_BLINKS or np.median(lengths) < SLOW_BLINK_S:
        return ()
    return (
        phrase(
            "This may be slow motion: blinks last {s:.1f} s, where 0.1 to 0.4 s are usual. Times are the "
            "file's own; if it is, give --real-fps with the rate that the camera used.",
            s=float(np.median(lengths)),
        ),
    )
