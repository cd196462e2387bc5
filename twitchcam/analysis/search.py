"""Search: from the signals to the movements that were found, with their gates, runs and frequencies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from twitchcam.analysis import noise
from twitchcam.analysis.blinks import Blink, find_blinks
from twitchcam.analysis.compression import without_made
from twitchcam.analysis.detector import run_detector
from twitchcam.analysis.events import (
    blink_event,
    is_blink_like,
    is_lip_event,
    make_event,
    overlaps,
    split_by_blinks,
    without_doubtful,
    without_echoes,
)
from twitchcam.analysis.exposure import restore_amplitudes
from twitchcam.analysis.filters.smooth import column_median
from twitchcam.analysis.gates import Gates, find_brow_lifts, find_gates, gate_of, mark_event, usable
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits, slow_limits
from twitchcam.analysis.movements import Movement, find_movements
from twitchcam.analysis.rhythm import rest_line, run_line
from twitchcam.analysis.runs import events_of_runs, number_runs
from twitchcam.analysis.signals import Signals
from twitchcam.analysis.spectrum import Line
from twitchcam.analysis.tasks.guided import at_rest, mark_tasks, task_gates, with_tasks
from twitchcam.analysis.time_quality import TimeQuality, look_at_time
from twitchcam.analysis.tonic import find_tonic, without_flanks
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Event
from twitchcam.types import BoolArray, FloatArray

Found = list[tuple[Event, Movement | None]]


@dataclass(frozen=True)
class Answer:
    """What was found in a recording, with what it was found by."""

    signals: Signals
    settings: AnalysisSettings
    limits: Limits
    gates: Gates
    watched: BoolArray
    resting: BoolArray
    """(m,) no task of a guided protocol is done."""
    found: Found
    lines: dict[int, Line | None]
    time: TimeQuality
    blinks: list[Blink]
    least_mm: FloatArray
    """(19,) the single twitch that is found 95 times in 100."""
    set_aside: BoolArray | None = None
    """(m,) what a reviewer says was no movement: watched, but no rest either."""

    @property
    def events(self) -> list[Event]:
        return [e for e, _ in self.found]

    @property
    def quiet(self) -> BoolArray:
        """(m,) watched time in which nothing is known to disturb the rest of the face."""
        quiet = self.watched & ~self.gates["blink"]
        return quiet if self.set_aside is None else quiet & ~self.set_aside

    @property
    def usable_s(self) -> float:
        return float(self.watched.sum()) / self.signals.fs

    @property
    def asked_s(self) -> float:
        """Time that a guided protocol gives to tasks, with their margins."""
        return float((~self.resting).sum()) / self.signals.fs

    @cached_property
    def lip_events(self) -> list[Event]:
        """The counted events in which the lips take part."""
        return [e for e in self.events if is_lip_event(e)]

    @cached_property
    def lip_runs(self) -> list[int]:
        """Numbers of the runs of the lips, ascending."""
        return sorted({e.run for e in self.lip_events if e.run is not None})

    @cached_property
    def lip_line(self) -> Line | None:
        """The frequency of the lips: that of the run with most movement; without events that at rest."""
        weight = {
            n: sum(e.amplitude_mm for e in self.lip_events if e.run == n)
            for n in self.lip_runs
            if self.lines.get(n)
        }
        if weight:
            return self.lines[max(weight, key=lambda n: (weight[n], -n))]
        if self.lip_events:
            return None
        line = rest_line(self.signals, self.quiet, self.settings)
        return self.time.claim_anywhere(line, self.settings)


def search(signals: Signals, settings: AnalysisSettings) -> Answer:
    """Find the movements of a recording, with their gates, runs and frequencies."""
    limits = _limits(signals, settings)
    blinks = find_blinks(signals.opening_mm, signals.fs, settings)
    tasks = task_gates(signals.grid.t_s, signals.recording.segments)
    gates = with_tasks(find_gates(signals, blinks, settings), tasks)
    resting = at_rest(tasks, signals.grid.t_s)
    watched = usable(gates) & resting
    detector = run_detector(signals, limits.density, settings, watched & ~gates["blink"])
    least = noise.min_detectable_mm(detector.threshold_mm, detector.sd_mm)
    tonic = find_tonic(signals, limits, settings)
    held = [m for m in tonic if not gate_of(gates, round(m.onset), round(m.offset))]
    moved = without_flanks(find_movements(signals, limits, detector, settings, watched), held, signals)
    moved = split_by_blinks(moved + tonic, blinks, signals.fs, settings)
    lifts = find_brow_lifts(signals, settings)
    found: Found = [
        (blink_event(b, signals.grid, limits, signals.bandwidth_hz, settings), None) for b in blinks
    ]
    for m in moved:
        event = make_event(m, signals.grid, limits, signals.bandwidth_hz, settings)
        if event is not None and is_blink_like(event):
            if not any(overlaps(b, m, signals.fs) for b in blinks):
                found.append((replace(event, trial_type="blink", gated="blink"), m))
        elif event is not None:
            found.append((mark_event(event, m, gates, lifts, signals.fs), m))
    found = [(mark_tasks(e, tasks, signals.grid.t_s), m) for e, m in found]
    found = without_doubtful(without_echoes(found), least)
    found = without_made(found, signals.recording, least)
    time = look_at_time(signals.recording, signals.repeats)
    found, lines = _in_runs(found, signals, time, settings)
    found = restore_amplitudes(found, time.exposure_s)
    return Answer(
        signals, settings, limits, gates, watched, resting, found, lines, time, blinks,
        noise.stated_mm(least),
    )  # fmt: skip


def with_found(answer: Answer, found: Found) -> Answer:
    """Return the answer with other movements in place of its own (after a person's review): its runs and
    their frequencies are told anew, sizes stay.
    """
    fresh: Found = [(replace(e, run=None), m) for e, m in found]
    fresh, lines = _in_runs(fresh, answer.signals, answer.time, answer.settings)
    return replace(answer, found=fresh, lines=lines)


def _in_runs(
    found: Found, signals: Signals, time: TimeQuality, settings: AnalysisSettings
) -> tuple[Found, dict[int, Line | None]]:
    """Return the movements in time order with the numbers of their runs, and each run's frequency."""
    found = sorted(found, key=lambda pair: (pair[0].onset_s, pair[0].peak_s, pair[0].region))
    events = number_runs([e for e, _ in found], settings)
    lines = {}
    for n, es in events_of_runs(events).items():
        quick = time.in_fastest_part(es)
        lines[n] = time.claim(run_line(quick, signals, _strongest(es), settings), quick, settings)
    return [(e, m) for e, (_, m) in zip(events, found, strict=True)], lines


def _limits(signals: Signals, settings: AnalysisSettings) -> Limits:
    predicted = np.nan_to_num(column_median(signals.recording.region_sd_mm[signals.grid.rows]))
    # Between slower frames nothing varies fast: such time would make the rest look noisy.
    work = np.where(signals.grid.full_rate()[:, None, None], signals.work_mm, np.nan)
    density = noise.noise_density(work, signals.fs, settings, predicted)
    sd = noise.noise_sd(density, signals.bandwidth_hz)
    smooth_sd = noise.smoothed_sd(density, signals.bandwidth_hz, SMOOTH_SD_S)
    tails = noise.tail_factor(signals.fast_mm)
    stiff = noise.stiffening(tails, settings)
    threshold = noise.thresholds_mm(sd, stiff * settings.detect_sigma, settings)
    return Limits(
        threshold=threshold,
        smooth_threshold=noise.thresholds_mm(smooth_sd, stiff * settings.detect_sigma_smooth, settings),
        spike=threshold * tails,
        sd=sd,
        smooth_sd=smooth_sd,
        density=density,
        slow=slow_limits(signals),
    )


def _strongest(events: Iterable[Event]) -> str:
    """Return the region that is most often, and most, the strongest."""
    weight: dict[str, float] = {}
    for e in events:
        weight[e.region] = weight.get(e.region, 0.0) + e.amplitude_mm
    return max(sorted(weight), key=lambda name: weight[name])
