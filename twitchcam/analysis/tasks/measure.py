"""Measure: each segment of a guided protocol, as one `TaskMeasure`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from twitchcam.analysis.search import Answer
from twitchcam.analysis.tasks.assess import outside, why_not
from twitchcam.analysis.tasks.excursion import FEATURE, find_held, index_of, pull_along
from twitchcam.analysis.tasks.lids import blink_rate, find_shut, narrowing
from twitchcam.analysis.tasks.stage import Rest, Stage, set_stage
from twitchcam.analysis.tasks.tremor import find_tremor, while_held
from twitchcam.phrases import phrase
from twitchcam.protocol import Segment
from twitchcam.summary import Pair, TaskMeasure
from twitchcam.types import IntArray

LATE_S = 1.2
"""Of a task that follows another one: people end the one before so late (reaction 0.5-1 s and the way back;
see `guided.AFTER_S`). Our own choice."""
LATE_SHARE = 0.4
"""At most this part of the segment is left to the task before."""
IN_SPEECH = "A tremor cannot be told from the movements of speech."
TOO_BRIEF = "No stretch without a break was long enough to tell a tremor (3 s)."
NOT_SEEN = "{act} was not performed, or is too small to be seen on either side."
ACT = {
    "smile": phrase("A smile"), "pucker": phrase("A pucker"), "snarl": phrase("A snarl"),
    "brow_raise": phrase("A raised brow"), "eyes_gentle": phrase("Closing the eyes"),
    "eyes_firm": phrase("Closing the eyes"),
}  # fmt: skip


def measure_tasks(answer: Answer) -> tuple[TaskMeasure, ...]:
    """Return one measure for every segment of the recording, in time order."""
    segments = answer.signals.recording.segments
    if not segments:
        return ()
    stage = set_stage(answer)
    return tuple(_measure(stage, segment) for segment in segments)


def not_measured(segments: Iterable[Segment], reason: str) -> tuple[TaskMeasure, ...]:
    """Return measures that say only why there are none."""
    return tuple(TaskMeasure(s.task, s.start_s, s.end_s, False, reason) for s in segments)


def _measure(stage: Stage, segment: Segment) -> TaskMeasure:
    length_s = float(stage.t_s[-1]) + 1.0 / stage.fs
    cut = outside(segment, length_s)
    if segment.start_s >= length_s:
        return not_measured([segment], cut)[0]
    inside = Segment(segment.task, segment.start_s, min(segment.end_s, max(length_s, segment.start_s + 1e-3)))
    rows = stage.rows(inside.start_s, inside.end_s)
    rest = stage.rest_around(inside)
    reason = why_not(stage, inside, rows, rest)
    if reason:
        return not_measured([inside], f"{reason} {cut}".strip())[0]
    blank = TaskMeasure(inside.task, inside.start_s, inside.end_s, True, cut)
    if inside.task == "rest":
        return _rest(stage, rows, blank)
    if inside.task == "sentence":
        note = f"{IN_SPEECH} {cut}".strip()
        return replace(blank, blinks_per_min=blink_rate(stage, inside), reason=note)
    assert rest is not None
    rows = rows[_late(stage, inside) :]
    act = _eyes if inside.task in ("eyes_gentle", "eyes_firm") else _act
    return act(stage, rows, rest, blank)


def _late(stage: Stage, segment: Segment) -> int:
    """Return how many samples at a task's begin may still belong to the task before."""
    others = stage.answer.signals.recording.segments
    follows = any(s.task != "rest" and abs(s.end_s - segment.start_s) < LATE_S for s in others)
    late_s = min(LATE_S, LATE_SHARE * (segment.end_s - segment.start_s)) if follows else 0.0
    return round(late_s * stage.fs)


def _rest(stage: Stage, rows: IntArray, blank: TaskMeasure) -> TaskMeasure:
    keep = stage.resting.copy()
    keep[: rows[0]] = False
    keep[rows[-1] + 1 :] = False
    counted = [e for e in stage.answer.events if not e.gated and blank.start_s <= e.peak_s < blank.end_s]
    segment = Segment("rest", blank.start_s, blank.end_s)
    done = replace(blank, twitches=len(counted), blinks_per_min=blink_rate(stage, segment))
    return _shaking(done, find_tremor(stage, keep))


def _eyes(stage: Stage, rows: IntArray, rest: Rest, blank: TaskMeasure) -> TaskMeasure:
    shut = find_shut(stage, rows, rest)
    if shut is None or not shut.strong:
        return _missing(blank, "The lids were not seen." if shut is None else "")
    done = replace(blank, closure=shut.closure, mouth_pull_mm=pull_along(stage, shut.rows, rest))
    return _shaking(done, find_tremor(stage, while_held(stage, shut.rows)))


def _act(stage: Stage, rows: IntArray, rest: Rest, blank: TaskMeasure) -> TaskMeasure:
    assert blank.task in FEATURE
    held = find_held(stage, rows, rest, blank.task)
    if held is None or not held.strong:
        return _missing(blank)
    index, ci = index_of(held)
    left, right = (float(v) for v in held.size_mm)
    done = replace(
        blank,
        excursion_mm=Pair(left, right),
        excursion_index=index,
        excursion_index_ci=ci,
    )
    done = _shaking(done, find_tremor(stage, while_held(stage, held.rows)))
    if blank.task == "brow_raise":
        return replace(done, mouth_pull_mm=pull_along(stage, held.rows, rest))
    return replace(done, eye_narrowing=narrowing(stage, held.rows, rest))


def _shaking(blank: TaskMeasure, found: tuple[float | None, float | None]) -> TaskMeasure:
    """Return the measure with a tremor, or why none can be told."""
    hz, mm = found
    note = f"{TOO_BRIEF} {blank.reason}".strip() if mm is None else blank.reason
    return replace(blank, tremor_hz=hz, tremor_mm=mm, reason=note)


def _missing(blank: TaskMeasure, why: str = "") -> TaskMeasure:
    why = why or phrase(NOT_SEEN, act=ACT[blank.task])
    return replace(blank, assessable=False, reason=f"{why} {blank.reason}".strip())
