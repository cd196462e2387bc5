"""Guided tasks: what was asked when, and how far each side went, as bars and short notes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twitchcam.edges.report.names import TASK_FEATURES, TASK_NAMES
from twitchcam.edges.report.speech import decimal, general, t, tn
from twitchcam.edges.report.wording import NB, interval, known, mm, number, percent, unit
from twitchcam.summary import Pair, TaskMeasure


@dataclass(frozen=True, slots=True)
class Bar:
    """One side's bar."""

    side: str
    share: float | None
    """0-1 of the longest; None where it was not measured."""
    text: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One segment of the protocol."""

    number: int
    name: str
    when: str
    peak_s: float
    """Its middle, for the traces."""
    feature: str
    """What the bars show; empty where there are none."""
    bars: tuple[Bar, ...]
    notes: tuple[str, ...]
    reason: str
    """Why it could not be assessed."""


@dataclass(frozen=True, slots=True)
class Band:
    """A segment on the time axis."""

    number: int
    name: str
    start_s: float
    stop_s: float
    rest: bool


def build_tasks(tasks: Sequence[TaskMeasure]) -> list[TaskRow]:
    """Return a row for each task, in time order; excursions of all tasks share one scale of millimetres."""
    sizes = [x for task in tasks for x in (task.excursion_mm.left, task.excursion_mm.right) if known(x)]
    longest = max((x for x in sizes if x is not None), default=0.0)
    return [_row(number, task, longest) for number, task in enumerate(tasks, 1)]


def build_bands(tasks: Sequence[TaskMeasure], start_s: float, stop_s: float) -> list[Band]:
    """Return the tasks that lie between two times, cut there."""
    return [
        Band(
            number,
            task_name(task),
            max(task.start_s, start_s),
            min(task.end_s, stop_s),
            task.task == "rest",
        )
        for number, task in enumerate(tasks, 1)
        if task.start_s < stop_s and task.end_s > start_s
    ]


def furthest_apart(tasks: Sequence[TaskMeasure]) -> str:
    """Return the task whose index is furthest from even, beyond its interval, in words; empty without one."""
    uneven = [task for task in tasks if task.assessable and _is_uneven(task)]
    if not uneven:
        return ""
    task = max(uneven, key=lambda found: abs(found.excursion_index or 0.0))
    return f"{task_name(task)} ({_sides(task.excursion_mm, _far)})"


def task_name(task: TaskMeasure) -> str:
    """Return what the person was asked to do, in words."""
    return t(TASK_NAMES[task.task]) if task.task in TASK_NAMES else task.task


def _is_uneven(task: TaskMeasure) -> bool:
    ci = task.excursion_index_ci
    return task.excursion_index is not None and ci is not None and not ci[0] <= 0.0 <= ci[1]


def _row(number_: int, task: TaskMeasure, longest_mm: float) -> TaskRow:
    bars, notes = (_bars(task, longest_mm), _notes(task)) if task.assessable else ((), ())
    feature = TASK_FEATURES.get(task.task, "") if bars else ""
    name = task_name(task)
    return TaskRow(
        number=number_,
        name=name[:1].upper() + name[1:],
        when=_when(task.start_s, task.end_s),
        peak_s=0.5 * (task.start_s + task.end_s),
        feature=t(feature) if feature else "",
        bars=bars,
        notes=notes,
        reason="" if task.assessable else t(task.reason or "It could not be assessed."),
    )


def _bars(task: TaskMeasure, longest_mm: float) -> tuple[Bar, ...]:
    if _any(task.closure):
        sides = (("left", task.closure.left), ("right", task.closure.right))
        return tuple(Bar(side, _part(x, 1.0), percent(x)) for side, x in sides)
    if _any(task.excursion_mm):
        sides = (("left", task.excursion_mm.left), ("right", task.excursion_mm.right))
        return tuple(Bar(side, _part(x, longest_mm), _far(x)) for side, x in sides)
    return ()


def _notes(task: TaskMeasure) -> tuple[str, ...]:
    found = []
    if task.excursion_index is not None and math.isfinite(task.excursion_index):
        ci = interval(task.excursion_index_ci, 2, signed=True)
        text = t("asymmetry index {index}", index=decimal(task.excursion_index, 2, signed=True))
        found.append(text + (f" ({t('95 % interval {ci}', ci=ci)})" if ci else ""))
    if _any(task.mouth_pull_mm):
        found.append(t("mouth corners moved along: {sides}", sides=_sides(task.mouth_pull_mm, _far)))
    if _any(task.eye_narrowing):
        found.append(t("eyes narrowed along: {sides}", sides=_sides(task.eye_narrowing, percent)))
    if task.twitches is not None:
        found.append(tn(task.twitches, "{n} twitch", "{n} twitches"))
    found += _tremor(task)
    if known(task.blinks_per_min):
        found.append(t("{n} blinks a minute", n=number(task.blinks_per_min, 0)))
    return (*found, t(task.reason)) if task.reason else tuple(found)


def _tremor(task: TaskMeasure) -> list[str]:
    if known(task.tremor_hz):
        text = t("rhythm of {rate}", rate=unit(task.tremor_hz, 1, "Hz"))
        size = t("{size} peak to peak", size=mm(task.tremor_mm)) if known(task.tremor_mm) else ""
        return [f"{text}, {size}" if size else text]
    return [t("no rhythm")] if task.tremor_mm == 0 else []


def _sides(pair: Pair, say: Callable[[float | None], str]) -> str:
    return t("left {left}, right {right}", left=say(pair.left), right=say(pair.right))


def _when(start_s: float, end_s: float) -> str:
    if end_s < 120.0:
        return t("{low} to {high}", low=general(start_s, 4), high=f"{general(end_s, 4)}{NB}s")
    low, high = (f"{int(x // 60)}:{decimal(x % 60, 1):0>4}" for x in (round(start_s, 1), round(end_s, 1)))
    return t("{low} to {high}", low=low, high=high)


def _far(x: float | None) -> str:
    """Format the millimetres of a task, which repeat to about one."""
    return unit(x, 1, "mm")


def _any(pair: Pair) -> bool:
    return known(pair.left) or known(pair.right)


def _part(x: float | None, longest: float) -> float | None:
    if x is None or not math.isfinite(x):
        return None
    return min(max(x / longest, 0.0), 1.0) if longest > 0 else 0.0
