"""Analyse: from a recording to what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from twitchcam.analysis import noise
from twitchcam.analysis.amplitude import NO_AMPLITUDE, describe, size_sd_mm
from twitchcam.analysis.asymmetry import asymmetry_index
from twitchcam.analysis.blinks import Blink, find_blinks
from twitchcam.analysis.compression import (
    hidden_mm,
    least_visible_mm,
    limits_of_coding,
    part_seen,
    stop_for_coding,
    usual_step_mm,
    without_made,
)
from twitchcam.analysis.detector import run_detector
from twitchcam.analysis.events import (
    blink_event,
    is_blink_like,
    is_lip_event,
    lip_region,
    make_event,
    overlaps,
    split_by_blinks,
    without_doubtful,
    without_echoes,
)
from twitchcam.analysis.exposure import restore_amplitudes
from twitchcam.analysis.gates import Gates, find_brow_lifts, find_gates, gate_of, mark_event, usable
from twitchcam.analysis.limits import SMOOTH_SD_S, Limits, slow_limits
from twitchcam.analysis.movements import Movement, find_movements
from twitchcam.analysis.rest import rest_asymmetry
from twitchcam.analysis.rhythm import rest_line, rest_spectrum, run_line
from twitchcam.analysis.runs import events_of_runs, number_runs
from twitchcam.analysis.signals import Signals, make_signals
from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.spectrum import Line
from twitchcam.analysis.synchrony import measure_synchrony
from twitchcam.analysis.time_quality import (
    TimeQuality,
    limits_of_time,
    look_again,
    look_at_time,
    notes_on_time,
)
from twitchcam.analysis.tonic import find_tonic, without_flanks
from twitchcam.analysis.verdict import gather_facts, judge
from twitchcam.regions import INDEX, LIP_INDEX, LIPS, REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import (
    GATES,
    Amplitude,
    Asymmetry,
    Event,
    Lips,
    LipSide,
    Measured,
    Quality,
    RegionQuality,
    RegionSummary,
    RestAsymmetry,
    Synchrony,
)
from twitchcam.types import BoolArray, FloatArray, Recording

Found = list[tuple[Event, Movement | None]]


@dataclass(frozen=True)
class _Answer:
    """What the summary's parts are made from."""

    signals: Signals
    settings: AnalysisSettings
    limits: Limits
    gates: Gates
    watched: BoolArray
    found: Found
    lines: dict[int, Line | None]
    time: TimeQuality
    blinks: list[Blink]
    least_mm: FloatArray
    """(19,) the single twitch that is found 95 times in 100."""

    @property
    def events(self) -> list[Event]:
        return [e for e, _ in self.found]

    @property
    def usable_s(self) -> float:
        return float(self.watched.sum()) / self.signals.fs


def analyse(recording: Recording, settings: AnalysisSettings | None = None) -> Measured:
    """Measure the movements of the lips and the rest of the face in a recording.

    Pure and deterministic. Every number that the recording cannot answer is None, and the quality's reasons
    say why. A recording without a face gives a result without numbers, no error.
    """
    settings = settings or AnalysisSettings()
    signals = make_signals(recording, settings) if recording.t_s.size else None
    if signals is None:
        return _nothing(recording, settings)
    answer = _search(signals, settings)
    quality = _quality(answer)
    if quality.verdict == "unusable":
        return _unusable(answer, quality)
    return Measured(
        source=recording.source,
        tracker=recording.tracker,
        quality=quality,
        lips=_lips(answer),
        regions={name: _region(answer, name) for name in REGIONS},
        synchrony=_synchrony(answer),
        rest_asymmetry=_rest(answer),
        events=tuple(answer.events),
        t_s=signals.grid.t_s,
        band_mm=signals.band_mm,
        gates=dict(answer.gates),
        spectrum=rest_spectrum(signals, answer.watched & ~answer.gates["blink"], answer.limits.density),
    )


def _search(signals: Signals, settings: AnalysisSettings) -> _Answer:
    limits = _limits(signals, settings)
    blinks = find_blinks(signals.opening_mm, signals.fs, settings)
    gates = find_gates(signals, blinks, settings)
    detector = run_detector(signals, limits.density, settings, usable(gates) & ~gates["blink"])
    least = noise.min_detectable_mm(detector.threshold_mm, detector.sd_mm)
    tonic = find_tonic(signals, limits, settings)
    held = [m for m in tonic if not gate_of(gates, round(m.onset), round(m.offset))]
    moved = without_flanks(find_movements(signals, limits, detector, settings, usable(gates)), held, signals)
    moved = moved + tonic
    moved = split_by_blinks(moved, blinks, signals.fs, settings)
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
    found = without_doubtful(without_echoes(found), least)
    found = without_made(found, signals.recording, least)
    found.sort(key=lambda pair: (pair[0].onset_s, pair[0].peak_s, pair[0].region))
    events = number_runs([e for e, _ in found], settings)
    found = [(e, m) for e, (_, m) in zip(events, found, strict=True)]
    time = look_at_time(signals.recording, signals.repeats)
    lines = {}
    for n, es in events_of_runs(events).items():
        quick = time.in_fastest_part(es)
        lines[n] = time.claim(run_line(quick, signals, _strongest(es), settings), quick, settings)
    found = restore_amplitudes(found, time.exposure_s)
    return _Answer(
        signals, settings, limits, gates, usable(gates), found, lines, time, blinks, noise.stated_mm(least)
    )


def _limits(signals: Signals, settings: AnalysisSettings) -> Limits:
    with np.errstate(all="ignore"):
        some = signals.recording.region_sd_mm[signals.grid.rows]
        predicted = np.array([np.median(c[np.isfinite(c)]) if np.isfinite(c).any() else 0.0 for c in some.T])
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


def _quality(a: _Answer) -> Quality:
    rec, fs, settings = a.signals.recording, a.signals.fs, a.settings
    gated_s = {r: round(float(a.gates[r].sum()) / fs, 3) for r in GATES if a.gates[r].any()}
    step = usual_step_mm(rec)
    least = least_visible_mm(a.least_mm, step)
    lips = least[list(LIP_INDEX)]
    lip_least = float(np.median(lips[np.isfinite(lips)])) if np.isfinite(lips).any() else None
    counted = [e for e in a.events if not e.gated]
    facts = gather_facts(
        rec,
        usable_s=a.usable_s,
        events=len(counted),
        fps=fs,
        min_detectable_mm=lip_least,
        gated_s=gated_s,
        blinks=sum(e.trial_type == "blink" for e in a.events),
        repeated=a.signals.repeats.rows,
        coding_stop=stop_for_coding(lip_least, hidden_mm(step)),
        coding_limits=limits_of_coding(
            lip_least, hidden_mm(step), events=len(counted), kept=part_seen(counted, step)
        ),
        time_limits=limits_of_time(a.time),
        time_notes=_time_notes(a),
    )
    verdict, reasons = judge(facts, settings)
    noise_um = 1000.0 * np.sqrt(np.mean(a.limits.density**2, axis=1))
    return Quality(
        verdict=verdict,
        reasons=reasons,
        usable_s=a.usable_s,
        usable_fraction=min(1.0, a.usable_s * fs / max(1, a.watched.size)),
        nyquist_hz=_nyquist(a),
        eye_distance_px=facts.eye_distance_px,
        mm_per_px=rec.scale.mm_per_px,
        scale=rec.scale,
        gated_s=gated_s,
        by_region={n: RegionQuality(_number(noise_um[i]), _number(least[i])) for n, i in INDEX.items()},
    )


def _nyquist(a: _Answer) -> float | None:
    runs = events_of_runs(a.events)
    return a.time.nyquist_hz((line, runs[n]) for n, line in a.lines.items())


def _time_notes(a: _Answer) -> tuple[str, ...]:
    events = [e for e in a.events if is_lip_event(e)]
    line = _best_line(a, events, sorted({e.run for e in events if e.run is not None}))
    return notes_on_time(a.time, events, line.hz if line else None, a.blinks, a.signals.fs)


def _lips(a: _Answer) -> Lips:
    events = [e for e in a.events if is_lip_event(e)]
    numbers = sorted({e.run for e in events if e.run is not None})
    line = _best_line(a, events, numbers)
    index = _asymmetry(a, events)
    return Lips(
        events=len(events),
        rate_per_min=_rate(a, len(events)),
        runs=len(numbers),
        dominant_hz=line.hz if line else None,
        dominant_hz_ci=line.ci if line else None,
        rhythmic=None
        if a.signals.fs < a.settings.min_fps_hz or (line is None and a.time.too_slow(a.settings))
        else bool(line and line.p < a.settings.rhythm_p),
        amplitude_mm=_amplitude(a, events),
        side=_side(a, events),
        asymmetry=index,
        regions=_regions_of(events),
    )


def _best_line(a: _Answer, events: list[Event], numbers: list[int]) -> Line | None:
    """The line of the run with most movement; without one, that of the lips at rest."""
    weight = {n: sum(e.amplitude_mm for e in events if e.run == n) for n in numbers if a.lines.get(n)}
    if weight:
        return a.lines[max(weight, key=lambda n: (weight[n], -n))]
    if events:
        return None
    line = rest_line(a.signals, a.watched & ~a.gates["blink"], a.settings)
    return a.time.claim_anywhere(line, a.settings)


def _lip_size(a: _Answer, event: Event) -> float:
    m = next(m for e, m in a.found if e is event)
    return float(m.size_mm[INDEX[lip_region(event)]]) if m is not None else event.amplitude_mm


def _amplitude(a: _Answer, events: list[Event]) -> Amplitude:
    sizes = np.array([e.amplitude_mm if e.region in LIPS else _lip_size(a, e) for e in events])
    noise_mm = np.array([a.limits.sd[INDEX[lip_region(e)]] for e in events])
    length_s = np.array([e.offset_s - e.onset_s for e in events])
    sd = size_sd_mm(noise_mm, a.signals.bandwidth_hz, length_s)
    return describe(sizes, sd, a.signals.recording.scale.rel_sd)


def _side(a: _Answer, events: list[Event]) -> LipSide | None:
    if _yaw(a) > a.settings.yaw_side_limit_deg:
        return None
    if not events:
        return "none"
    weight = {s: sum(_weight(e) for e in events if e.side == s) for s in ("left", "right", "bilateral")}
    left, right = weight["left"] + 0.5 * weight["bilateral"], weight["right"] + 0.5 * weight["bilateral"]
    if right < a.settings.side_ratio * left:
        return "left"
    if left < a.settings.side_ratio * right:
        return "right"
    return "bilateral"


def _weight(e: Event) -> float:
    """A tonic pull counts as the movement it is, not by its length."""
    return e.amplitude_mm


def _asymmetry(a: _Answer, events: list[Event]) -> Asymmetry:
    if _yaw(a) > a.settings.yaw_limit_deg:
        return Asymmetry(None, None)
    fs, t0, m = a.signals.fs, a.signals.grid.t_s[0], a.watched.size
    if events:
        ends = [((e.onset_s - t0 - 0.05) * fs, (e.offset_s - t0 + 0.05) * fs + 1) for e in events]
        blocks = [(int(np.clip(p, 0, m)), int(np.clip(q, 0, m))) for p, q in ends]
    else:
        blocks = [(k, min(m, k + round(fs))) for k in range(0, m, max(1, round(fs)))]
    fast = np.where(
        (a.watched & (~a.gates["blink"] | bool(events)))[:, None, None], a.signals.fast_mm, np.nan
    )
    var = a.limits.density**2 * max(1.0, a.signals.bandwidth_hz - a.settings.drop_below_hz)
    return asymmetry_index(fast, blocks, var, a.signals.bandwidth_hz, fs, yaw_deg=_yaw(a))


def _yaw(a: _Answer) -> float:
    yaw = a.signals.recording.pose_deg[:, 0]
    return abs(float(np.median(yaw[np.isfinite(yaw)]))) if np.isfinite(yaw).any() else 0.0


def _regions_of(events: list[Event]) -> tuple[str, ...]:
    """Lip regions that take part in at least a third of the events, most frequent first."""
    count = {n: sum(n in e.regions for e in events) for n in LIPS}
    often = [n for n in LIPS if events and count[n] >= len(events) / 3]
    return tuple(sorted(often, key=lambda n: -count[n]))


def _region(a: _Answer, name: str) -> RegionSummary:
    i = INDEX[name]
    if not np.isfinite(a.limits.threshold[i]):
        return RegionSummary(None, None, None, None)
    mine = [(e, m) for e, m in a.found if m is not None and not e.gated and name in e.regions]
    sizes = [float(m.size_mm[i]) for _, m in mine]
    runs = [e.run for e, _ in mine if e.run is not None and a.lines.get(e.run)]
    best = max(sorted(set(runs)), key=runs.count) if runs else None
    line = a.lines[best] if best is not None else None
    return RegionSummary(
        events=len(mine),
        rate_per_min=_rate(a, len(mine)),
        amplitude_mm=float(np.median(sizes)) if sizes else None,
        dominant_hz=line.hz if line else None,
    )


def _rate(a: _Answer, count: int) -> float | None:
    return 60.0 * count / a.usable_s if a.usable_s >= a.settings.min_rate_s else None


def _synchrony(a: _Answer) -> dict[str, Synchrony]:
    counted = [(e, m) for e, m in a.found if m is not None and not e.gated]
    length = float(a.signals.grid.t_s[-1] - a.signals.grid.t_s[0])
    return measure_synchrony(counted, length, a.settings)


def _rest(a: _Answer) -> RestAsymmetry:
    s = a.signals
    at = [
        (int(max(0, (e.onset_s - s.grid.t_s[0]) * s.fs - 2)), int((e.offset_s - s.grid.t_s[0]) * s.fs + 3))
        for e in a.events
    ]
    quiet = a.watched & ~a.gates["blink"] & ~mask_of(at, a.watched.size)
    grid, rec = s.grid, s.recording
    return rest_asymmetry(grid.resample(rec.mesh_mm), s.opening_mm, grid.resample(rec.pose_deg), quiet, s.fs)


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


def _unusable(a: _Answer, quality: Quality) -> Measured:
    empty = _nothing(a.signals.recording, a.settings)
    return replace(
        empty, quality=quality, t_s=a.signals.grid.t_s, band_mm=a.signals.band_mm, gates=dict(a.gates)
    )


def _nothing(recording: Recording, settings: AnalysisSettings) -> Measured:
    """The answer when nothing can be measured."""
    n = recording.t_s.size
    lost = float(recording.t_s[-1] - recording.t_s[0]) if n > 1 else 0.0
    gated_s = {"lost_face": lost} if lost else {}
    facts = gather_facts(
        recording,
        usable_s=0.0,
        events=0,
        fps=None,
        min_detectable_mm=None,
        gated_s=gated_s,
        time_notes=notes_on_time(look_again(recording), [], None, [], 1.0),
    )
    verdict, reasons = judge(facts, settings)
    missing = ~recording.face
    gates = {r: missing.copy() if r == "lost_face" else np.zeros(n, dtype=bool) for r in GATES}
    return Measured(
        source=recording.source,
        tracker=recording.tracker,
        quality=Quality(
            verdict, reasons, 0.0, 0.0, None, facts.eye_distance_px, recording.scale.mm_per_px,
            recording.scale, gated_s, {name: RegionQuality(None, None) for name in REGIONS},
        ),
        lips=Lips(None, None, None, None, None, None, NO_AMPLITUDE, None, Asymmetry(None, None), ()),
        regions={name: RegionSummary(None, None, None, None) for name in REGIONS},
        synchrony={side: Synchrony(None, None, None, None) for side in ("left", "right")},
        rest_asymmetry=RestAsymmetry(None, None, None, False),
        events=(),
        t_s=recording.t_s,
        band_mm=np.full_like(recording.motion_mm, np.nan),
        gates=gates,
    )  # fmt: skip
