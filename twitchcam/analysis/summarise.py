"""Analyse: from a recording to what was measured."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from twitchcam.analysis.amplitude import NO_AMPLITUDE, describe
from twitchcam.analysis.asymmetry import asymmetry_index
from twitchcam.analysis.believable import believable
from twitchcam.analysis.compression import (
    hidden_mm,
    least_visible_mm,
    limits_of_coding,
    part_seen,
    stop_for_coding,
    usual_step_mm,
)
from twitchcam.analysis.events import lip_region
from twitchcam.analysis.peaks import size_noise_gain
from twitchcam.analysis.rest import rest_asymmetry
from twitchcam.analysis.rhythm import rest_spectrum
from twitchcam.analysis.runs import events_of_runs
from twitchcam.analysis.search import Answer, search
from twitchcam.analysis.signals import make_signals
from twitchcam.analysis.spans import mask_of
from twitchcam.analysis.synchrony import measure_synchrony
from twitchcam.analysis.tasks.measure import measure_tasks, not_measured
from twitchcam.analysis.time_quality import limits_of_time, look_again, notes_on_time
from twitchcam.analysis.timegrid import only_pauses
from twitchcam.analysis.verdict import gather_facts, judge
from twitchcam.phrases import phrase
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
from twitchcam.types import Recording


def analyse(recording: Recording, settings: AnalysisSettings | None = None) -> Measured:
    """Measure the movements of the lips and the rest of the face in a recording.

    Pure and deterministic. Every number that the recording cannot answer is None, and the quality's reasons
    say why. A recording without a face gives a result without numbers, no error.
    """
    settings = settings or AnalysisSettings()
    signals = make_signals(recording, settings) if recording.t_s.size else None
    if signals is None:
        return _nothing(believable(recording), settings)
    return measured_of(search(signals, settings))


def measured_of(answer: Answer) -> Measured:
    """Return what the movements of an answer come to. A person's review changes them and asks again."""
    signals, recording = answer.signals, answer.signals.recording
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
        spectrum=rest_spectrum(signals, answer.quiet, answer.limits.density),
        tasks=measure_tasks(answer),
        settings=asdict(answer.settings),
        front=dict(recording.settings),
    )


def _quality(a: Answer) -> Quality:
    rec, fs, settings = a.signals.recording, a.signals.fs, a.settings
    gated_s = {r: round(float(a.gates[r].sum()) / fs, 3) for r in GATES if a.gates[r].any()}
    step = usual_step_mm(rec)
    hidden = hidden_mm(step)
    least = least_visible_mm(a.least_mm, step)
    lips = least[list(LIP_INDEX)]
    lip_least = float(np.median(lips[np.isfinite(lips)])) if np.isfinite(lips).any() else None
    counted = [e for e in a.events if not e.gated]
    unknown = ~np.isfinite(a.limits.threshold)
    lips_unknown = int(unknown[list(LIP_INDEX)].sum())
    facts = gather_facts(
        rec,
        usable_s=a.usable_s,
        asked_s=a.asked_s,
        events=len(counted),
        fps=fs,
        min_detectable_mm=lip_least,
        gated_s=gated_s,
        blinks=sum(e.trial_type == "blink" for e in a.events),
        repeated=a.signals.repeats.rows,
        beats=a.signals.beats,
        coding_stop=stop_for_coding(lip_least, hidden),
        coding_limits=limits_of_coding(lip_least, hidden, events=len(counted), kept=part_seen(counted, step)),
        time_limits=limits_of_time(a.time),
        time_notes=notes_on_time(
            a.time, a.lip_events, a.lip_line.hz if a.lip_line else None, a.blinks, a.signals.fs
        ),
        rhythm_unknown=_rhythm_unknown(a),
        lips_unknown=lips_unknown,
        others_unknown=int(unknown.sum()) - lips_unknown,
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


def _nyquist(a: Answer) -> float | None:
    runs = events_of_runs(a.events)
    return a.time.nyquist_hz((line, runs[n]) for n, line in a.lines.items())


def _lips(a: Answer) -> Lips:
    events, line = a.lip_events, a.lip_line
    return Lips(
        events=len(events),
        rate_per_min=_rate(a, len(events)),
        runs=len(a.lip_runs),
        dominant_hz=line.hz if line else None,
        dominant_hz_ci=line.ci if line else None,
        rhythmic=None if _rhythm_unknown(a) else bool(line and line.p < a.settings.rhythm_p),
        amplitude_mm=_amplitude(a, events),
        side=_side(a, events),
        asymmetry=_asymmetry(a, events),
        regions=_regions_of(events),
    )


def _rhythm_unknown(a: Answer) -> bool:
    """Tell whether pictures came too slowly to say anything about a rhythm of the lips."""
    slow = a.lip_line is None and a.time.too_slow(a.settings)
    return slow or a.signals.fs < a.settings.min_fps_hz


def _lip_size(a: Answer, event: Event) -> float:
    m = next(m for e, m in a.found if e is event)
    return float(m.size_mm[INDEX[lip_region(event)]]) if m is not None else event.amplitude_mm


def _amplitude(a: Answer, events: list[Event]) -> Amplitude:
    sizes = np.array([e.amplitude_mm if e.region in LIPS else _lip_size(a, e) for e in events])
    noise_mm = np.array([a.limits.sd[INDEX[lip_region(e)]] for e in events])
    length_s = np.array([e.offset_s - e.onset_s for e in events])
    sd = size_noise_gain(a.signals.bandwidth_hz, length_s) * noise_mm
    return describe(sizes, sd, a.signals.recording.scale.rel_sd)


def _side(a: Answer, events: list[Event]) -> LipSide | None:
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


def _asymmetry(a: Answer, events: list[Event]) -> Asymmetry:
    if _yaw(a) > a.settings.yaw_limit_deg:
        return Asymmetry(None, None)
    fs, t0, m = a.signals.fs, a.signals.grid.t_s[0], a.watched.size
    if events:
        ends = [((e.onset_s - t0 - 0.05) * fs, (e.offset_s - t0 + 0.05) * fs + 1) for e in events]
        # Rounded to a thousandth of a sample, so that the last bit of a time decides nothing.
        blocks = [(int(np.clip(round(p, 3), 0, m)), int(np.clip(round(q, 3), 0, m))) for p, q in ends]
    else:
        blocks = [(k, min(m, k + round(fs))) for k in range(0, m, max(1, round(fs)))]
    fast = np.where((a.watched if events else a.quiet)[:, None, None], a.signals.fast_mm, np.nan)
    var = a.limits.density**2 * max(1.0, a.signals.bandwidth_hz - a.settings.drop_below_hz)
    return asymmetry_index(fast, blocks, var, a.signals.bandwidth_hz, fs, yaw_deg=_yaw(a))


def _yaw(a: Answer) -> float:
    yaw = a.signals.recording.pose_deg[:, 0]
    return abs(float(np.median(yaw[np.isfinite(yaw)]))) if np.isfinite(yaw).any() else 0.0


def _regions_of(events: list[Event]) -> tuple[str, ...]:
    """Lip regions that take part in at least a third of the events, most frequent first."""
    count = {n: sum(n in e.regions for e in events) for n in LIPS}
    often = [n for n in LIPS if events and count[n] >= len(events) / 3]
    return tuple(sorted(often, key=lambda n: -count[n]))


def _region(a: Answer, name: str) -> RegionSummary:
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


def _rate(a: Answer, count: int) -> float | None:
    return 60.0 * count / a.usable_s if a.usable_s >= a.settings.min_rate_s else None


def _synchrony(a: Answer) -> dict[str, Synchrony]:
    counted = [(e, m) for e, m in a.found if m is not None and not e.gated]
    return measure_synchrony(counted, a.signals.grid.t_s, a.watched, a.settings)


def _rest(a: Answer) -> RestAsymmetry:
    s = a.signals
    t0 = s.grid.t_s[0]
    at = [
        (int(max(0, round((e.onset_s - t0) * s.fs, 3) - 2)), int(round((e.offset_s - t0) * s.fs, 3) + 3))
        for e in a.events
    ]
    quiet = a.watched & ~a.gates["blink"] & ~mask_of(at, a.watched.size)
    grid, rec = s.grid, s.recording
    return rest_asymmetry(grid.resample(rec.mesh_mm), s.opening_mm, grid.resample(rec.pose_deg), quiet, s.fs)


def _number(x: float) -> float | None:
    return float(x) if np.isfinite(x) else None


def _unusable(a: Answer, quality: Quality) -> Measured:
    empty = _nothing(a.signals.recording, a.settings)
    why = phrase("The recording is unusable: {why}", why=" ".join(quality.reasons[:1]))
    return replace(
        empty,
        quality=quality,
        t_s=a.signals.grid.t_s,
        band_mm=a.signals.band_mm,
        gates=dict(a.gates),
        tasks=not_measured(a.signals.recording.segments, why),
    )


def _nothing(recording: Recording, settings: AnalysisSettings) -> Measured:
    """The answer when nothing can be measured."""
    n = recording.t_s.size
    pauses = only_pauses(recording.t_s, recording.face, settings.gap_intervals)
    lost = float(recording.t_s[-1] - recording.t_s[0]) if n > 1 and not pauses else 0.0
    gated_s = {"lost_face": lost} if lost else {}
    facts = gather_facts(
        recording,
        usable_s=0.0,
        events=0,
        fps=None,
        min_detectable_mm=None,
        gated_s=gated_s,
        time_notes=notes_on_time(look_again(recording), [], None, [], 1.0),
        too_long=pauses,
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
        tasks=not_measured(
            recording.segments, phrase("The recording is unusable: {why}", why=" ".join(reasons[:1]))
        ),
        settings=asdict(settings),
        front=dict(recording.settings),
    )  # fmt: skip
