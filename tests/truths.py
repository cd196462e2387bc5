"""What must hold of every result, whatever was analysed: each function yields a sentence for each lie.

Rates, counts and usable time are computed anew from the events and gates, not by the program's functions.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import numpy as np

from twitchcam.edges.outputs import summary_to_dict
from twitchcam.regions import LIPS, REGIONS
from twitchcam.schema import load_schema
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import GATES, Event, Measured, Summary
from twitchcam.triage.answers import Answers
from twitchcam.types import Recording

VALIDATOR = jsonschema.Draft202012Validator(load_schema())
CLOSE = 1e-5
"""Numbers in the JSON have six digits."""


def lies_in(
    recording: Recording, summary: Summary, answers: Answers, settings: AnalysisSettings
) -> Iterator[str]:
    """Yield every lie in a result."""
    document = summary_to_dict(summary)
    yield from not_json(document)
    yield from of_schema(document)
    m = summary.measured
    yield from of_events(m)
    yield from of_time(m, recording, settings)
    yield from of_counts(m)
    yield from of_rates(m, settings)
    yield from of_intervals(document)
    yield from of_sizes(m)
    yield from of_nulls(m, settings)
    yield from of_tasks(document)
    yield from of_verdict(summary, recording, answers)
    yield from of_conclusions(document)


def of_schema(document: dict[str, Any]) -> Iterator[str]:
    """The shipped schema holds."""
    for error in VALIDATOR.iter_errors(document):
        yield f"schema: {error.json_path}: {error.message[:80]}"


def not_json(value: Any, path: str = "$") -> Iterator[str]:
    """Nothing but what JSON knows, and no NaN or infinity."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from not_json(item, f"{path}.{key}")
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from not_json(item, f"{path}[{k}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{path} is {value}"
    elif isinstance(value, str) and re.search(r"\b(nan|inf|None|null)\b", value):
        yield f"{path} says {value!r}"
    elif value is not None and not isinstance(value, (bool, int, float, str)):
        yield f"{path} is a {type(value).__name__}"
    if path == "$":
        json.dumps(value, allow_nan=False)


def of_events(m: Measured) -> Iterator[str]:
    """Events lie in the recording, in order, with a peak inside, a positive length and a positive size."""
    if not m.events:
        return
    onsets = [e.onset_s for e in m.events]
    if onsets != sorted(onsets):
        yield "events are not in time order"
    step = float(m.t_s[1] - m.t_s[0])
    first, last = float(m.t_s[0]) - 0.51 * step, float(m.t_s[-1]) + 0.51 * step
    for e in m.events:
        at = f"event at {e.peak_s:.3f}"
        if not first <= e.onset_s <= e.peak_s <= e.offset_s <= last:
            yield f"{at}: {e.onset_s} {e.peak_s} {e.offset_s} not in order within {first} to {last}"
        if not e.offset_s > e.onset_s:
            yield f"{at}: lasts {e.offset_s - e.onset_s} s"
        if not (0 < e.amplitude_mm < math.inf and 0 < e.snr < math.inf):
            yield f"{at}: {e.amplitude_mm} mm, snr {e.snr}"
        if not -180 <= e.direction_deg <= 180:
            yield f"{at}: direction {e.direction_deg}"
        if not e.regions or e.region != e.regions[0] or len(set(e.regions)) != len(e.regions):
            yield f"{at}: region {e.region} of {e.regions}"
        if e.side == "none":
            yield f"{at}: has no side"
        if not e.gated and e.trial_type in ("blink", "voluntary"):
            yield f"{at}: a {e.trial_type} counts"
        if not e.gated and (why := gate_at(m, e.peak_s)):
            yield f"{at}: counts in time that is gated ({why})"
    runs = {n: [e for e in m.events if e.run == n] for n in {e.run for e in m.events} - {None}}
    if sorted(runs) != list(range(1, len(runs) + 1)):
        yield f"runs are numbered {sorted(runs)}"
    for n, events in runs.items():
        if any(e.gated for e in events) or len(events) < 2:
            yield f"run {n} has {len(events)} events, some gated"


def gate_at(m: Measured, at_s: float) -> str:
    """Return the gate (no blink) that holds at a time."""
    k = int(np.clip(round((at_s - float(m.t_s[0])) / float(m.t_s[1] - m.t_s[0])), 0, m.t_s.size - 1))
    return next((r for r, mask in m.gates.items() if r != "blink" and mask[k]), "")


def open_s(m: Measured) -> float:
    """Return the time in which no gate but a blink holds."""
    if m.t_s.size < 2:
        return 0.0
    shut = np.zeros(m.t_s.size, bool)
    for reason, mask in m.gates.items():
        if reason != "blink":
            shut |= mask
    return float(np.count_nonzero(~shut)) * float(m.t_s[1] - m.t_s[0])


def of_time(m: Measured, recording: Recording, settings: AnalysisSettings) -> Iterator[str]:
    """Usable time is what no gate took; none of it is longer than the recording."""
    q = m.quality
    length = float(recording.t_s[-1] - recording.t_s[0]) if recording.t_s.size > 1 else 0.0
    room = 2.0 * float(m.t_s[1] - m.t_s[0]) if m.t_s.size > 1 else 1.0
    if not 0 <= q.usable_s <= length + room:
        yield f"usable {q.usable_s} s of {length}"
    if not 0 <= q.usable_fraction <= 1:
        yield f"usable fraction {q.usable_fraction}"
    if length and abs(q.usable_fraction - q.usable_s / length) > 0.02 + 2 * room / length:
        yield f"usable fraction {q.usable_fraction} of {q.usable_s} s in {length}"
    if q.usable_s > open_s(m) + 1e-6:
        yield f"usable {q.usable_s} s, but only {open_s(m)} s are not gated"
    if not recording.segments and q.verdict != "unusable" and abs(q.usable_s - open_s(m)) > 1e-6:
        yield f"usable {q.usable_s} s, {open_s(m)} s not gated"
    for reason, s in q.gated_s.items():
        if reason not in GATES or not 0 < s <= length + room + 1e-3:
            yield f"gated {reason} {s} s of {length}"
    if q.nyquist_hz is not None and not 0 < q.nyquist_hz <= 1100:
        yield f"nyquist {q.nyquist_hz}"


def counted(m: Measured) -> list[Event]:
    """Return the events that count."""
    return [e for e in m.events if not e.gated]


def of_counts(m: Measured) -> Iterator[str]:
    """The counts are those of the list."""
    lips = [e for e in counted(m) if set(e.regions) & set(LIPS)]
    if m.quality.verdict == "unusable":
        if m.lips.events is not None or m.events:
            yield "an unusable recording has events"
        return
    if m.lips.events != len(lips):
        yield f"lips: {m.lips.events} events, {len(lips)} in the list"
    if m.lips.runs != len({e.run for e in lips} - {None}):
        yield f"lips: {m.lips.runs} runs"
    for name, region in m.regions.items():
        mine = sum(name in e.regions for e in counted(m))
        if region.events is not None and region.events != mine:
            yield f"{name}: {region.events} events, {mine} in the list"
        if region.events is None and mine:
            yield f"{name}: not assessable with {mine} events"
    if (m.lips.side == "none") != (not lips) and m.lips.side is not None:
        yield f"side {m.lips.side} with {len(lips)} events"
    if not set(m.lips.regions) <= {r for e in lips for r in e.regions}:
        yield f"regions {m.lips.regions} without events"
    for side, s in m.synchrony.items():
        if s.eye_mouth_events is not None and s.eye_mouth_events > len(counted(m)):
            yield f"synchrony {side}: {s.eye_mouth_events} of {len(counted(m))}"
        if s.coincident_fraction is not None and not 0 <= s.coincident_fraction <= 1:
            yield f"synchrony {side}: {s.coincident_fraction}"
        if s.p_value is not None and not 0 < s.p_value <= 1:
            yield f"synchrony {side}: p {s.p_value}"


def of_rates(m: Measured, settings: AnalysisSettings) -> Iterator[str]:
    """Rates are counts over usable time, and only where there is enough of it."""
    if m.quality.verdict == "unusable":
        return
    enough = m.quality.usable_s >= settings.min_rate_s
    lips = sum(bool(set(e.regions) & set(LIPS)) for e in counted(m))
    rates = [("lips", lips, m.lips.rate_per_min)]
    rates += [
        (n, sum(n in e.regions for e in counted(m)), r.rate_per_min)
        for n, r in m.regions.items()
        if r.events is not None
    ]
    for name, count, rate in rates:
        if (rate is not None) != enough:
            yield f"{name}: rate {rate} with {m.quality.usable_s} usable seconds"
        elif rate is not None and not math.isclose(rate, 60.0 * count / m.quality.usable_s, rel_tol=1e-9):
            yield f"{name}: rate {rate} of {count} events in {m.quality.usable_s} s"
        if rate is not None and count and rate < 60.0 * count / (open_s(m) + 1e-6) * (1 - 1e-9):
            yield f"{name}: rate {rate} counts gated time"


def of_intervals(document: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Every `x_ci` (or `ci`) is ordered and holds its `x` (or the number beside it)."""
    for key, value in document.items():
        if isinstance(value, dict):
            yield from of_intervals(value, f"{path}.{key}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for k, item in enumerate(value):
                yield from of_intervals(item, f"{path}.{key}[{k}]")
        elif key == "ci" or key.endswith("_ci"):
            name = key.removesuffix("_ci") if key != "ci" else "index" if "index" in document else ""
            estimate = document.get(name)
            if value is None:
                continue
            low, high = value
            if not low <= high or estimate is None or not low <= estimate <= high:
                yield f"{path}.{key} is {value} for {estimate}"


def of_sizes(m: Measured) -> Iterator[str]:
    """Amplitudes and noise are positive, quantiles are ordered, frequencies can be seen."""
    a = m.lips.amplitude_mm
    known = (a.median, a.p95, a.max)
    if any(x is None for x in known) != all(x is None for x in known):
        yield f"amplitude {known}"
    if a.median is not None and not 0 < a.median <= (a.p95 or 0) <= (a.max or 0):
        yield f"amplitude {known}"
    if (a.median is None) != (not m.lips.events):
        yield f"amplitude {a.median} of {m.lips.events} events"
    for name, region in m.regions.items():
        if region.amplitude_mm is not None and not region.amplitude_mm > 0:
            yield f"{name}: {region.amplitude_mm} mm"
        if (region.amplitude_mm is None) != (not region.events):
            yield f"{name}: {region.amplitude_mm} mm of {region.events} events"
    for name, q in m.quality.by_region.items():
        if q.noise_um_rthz is not None and not q.noise_um_rthz > 0:
            yield f"{name}: noise {q.noise_um_rthz}"
        if q.min_detectable_mm is not None and not q.min_detectable_mm > 0:
            yield f"{name}: detects {q.min_detectable_mm}"
    limit = m.quality.nyquist_hz
    for hz in (m.lips.dominant_hz, *(r.dominant_hz for r in m.regions.values())):
        if hz is not None and not (limit and 0 < hz <= limit * (1 + 1e-9)):
            yield f"{hz} Hz with a limit of {limit}"
    if m.lips.dominant_hz is not None and m.lips.dominant_hz_ci is None:
        yield "a frequency without an interval"
    if m.lips.rhythmic and m.lips.dominant_hz is None:
        yield "rhythmic without a frequency"
    index = m.lips.asymmetry
    if (index.index is None) != (index.ci is None):
        yield f"asymmetry {index}"


def of_nulls(m: Measured, settings: AnalysisSettings) -> Iterator[str]:
    """What is null has a reason: in the verdict's sentences, or in the number that it depends on."""
    q, said = m.quality, " ".join(m.quality.reasons)
    if q.verdict != "ok" and not q.reasons:
        yield f"{q.verdict} without a reason"
    if q.verdict == "unusable":
        return
    if m.lips.events is None or m.lips.runs is None:
        yield "lips without a count"
    if m.lips.rate_per_min is None and "watched" not in said and "task" not in said:
        yield f"no rate, and no reason in {q.reasons}"
    if m.lips.rhythmic is None and "a second" not in said:
        yield f"rhythm not assessable, and no reason in {q.reasons}"
    if m.lips.side is None and "turned" not in said:
        yield f"no side, and no reason in {q.reasons}"
    for name, region in m.regions.items():
        if (region.events is None) != (q.by_region[name].min_detectable_mm is None):
            yield f"{name}: {region.events} events, detects {q.by_region[name].min_detectable_mm}"
        if region.events is None and "not be measured" not in said:
            yield f"{name}: not assessable, and no reason in {q.reasons}"
    r = m.rest_asymmetry
    values = (r.commissure_mm, r.eye_opening_ratio, r.brow_mm)
    if not r.assessable and any(v is not None for v in values):
        yield f"rest asymmetry {r}"
    if r.assessable and (r.commissure_mm is None or r.brow_mm is None):
        yield f"rest asymmetry {r}"


def of_tasks(document: dict[str, Any]) -> Iterator[str]:
    """A task that cannot be assessed says why and has no number; the others' numbers are in their bounds."""
    for task in document["tasks"]:
        at = f"task {task['task']} at {task['start_s']}"
        if not task["end_s"] > task["start_s"]:
            yield f"{at} ends at {task['end_s']}"
        numbers = [
            v for k in ("excursion_mm", "closure", "mouth_pull_mm", "eye_narrowing") for v in task[k].values()
        ]
        numbers += [
            task[k] for k in ("excursion_index", "twitches", "tremor_hz", "tremor_mm", "blinks_per_min")
        ]
        if not task["assessable"] and (not task["reason"] or any(v is not None for v in numbers)):
            yield f"{at} is not assessable: {task['reason']!r}, {numbers}"
        if any(v is not None and v < 0 for k in ("excursion_mm", "mouth_pull_mm") for v in task[k].values()):
            yield f"{at}: {task['excursion_mm']} {task['mouth_pull_mm']}"
        parts = [v for k in ("closure", "eye_narrowing") for v in task[k].values()]
        if any(v is not None and not 0 <= v <= 1 for v in parts):
            yield f"{at}: {parts}"
        index = task["excursion_index"]
        if index is not None and not -1 <= index <= 1:
            yield f"{at}: index {index}"
        positive = ("twitches", "tremor_hz", "tremor_mm", "blinks_per_min")
        if any(task[k] is not None and task[k] < 0 for k in positive):
            yield f"{at}: {[task[k] for k in positive]}"


def of_verdict(summary: Summary, recording: Recording, answers: Answers) -> Iterator[str]:
    """Nothing reassuring comes from a recording without a usable face."""
    m = summary.measured
    face = np.isfinite(recording.eye_distance_px) & (recording.eye_distance_px > 0)
    moved = np.isfinite(recording.motion_mm).any(axis=(1, 2))
    unseen = np.count_nonzero(face & moved) < 3
    if unseen and m.quality.verdict != "unusable":
        yield f"{m.quality.verdict} without a face"
    if m.quality.verdict == "ok" and (m.quality.usable_s < 5 or m.quality.usable_fraction < 0.25):
        yield f"ok with {m.quality.usable_s} s"
    if m.quality.verdict == "unusable":
        if m.quality.usable_s and not m.quality.reasons:
            yield "unusable without a reason"
        if any(p.status != "not_assessable" for p in summary.patterns):
            yield "a pattern from an unusable recording"
        if not answers.given() and summary.triage.level != "unable":
            yield f"{summary.triage.level} from nothing"
        told = any("could not be used" in reason for reason in summary.triage.reasons)
        if summary.triage.level in ("no_finding", "self_care") and not (answers.given() and told):
            yield f"{summary.triage.level} from an unusable recording"


def of_conclusions(document: dict[str, Any]) -> Iterator[str]:
    """Every conclusion says why."""
    for pattern in document["patterns"]:
        if pattern["status"] == "not_assessable" and not pattern["against"]:
            yield f"{pattern['id']} is not assessable without a reason"
        if pattern["status"] in ("flagged", "possible") and not pattern["evidence"]:
            yield f"{pattern['id']} is {pattern['status']} without evidence"
    for scale in document["scales"]:
        if scale["value"] is None and not scale["missing"]:
            yield f"{scale['id']} has no value and says not why"
    if not document["triage"]["reasons"] or not document["triage"]["advice"]:
        yield f"triage {document['triage']['level']} without reasons or advice"
    if set(document["regions"]) != set(REGIONS):
        yield "regions are missing"
