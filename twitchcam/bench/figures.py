"""Medians, spreads and ratios of the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from twitchcam.bench.runs import Round, Run
from twitchcam.bench.works import ANALYZE, BY_NAME, COMMAND, IN_STAGES, STAGES, WORKS


@dataclass(frozen=True, slots=True)
class Spread:
    """A number that was measured several times."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Return the spread of at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Speed:
    """What one work takes; None where it could not be measured, with the reason."""

    work: str
    title: str
    reason: str
    frames: int | None = None
    frames_per_s: Spread | None = None
    """Whole process, start-up included."""
    wall_ms: Spread | None = None
    """A frame, without start-up."""
    cpu_ms: Spread | None = None
    """A frame, processor time of all threads, without start-up."""
    startup_s: Spread | None = None
    peak_mb: Spread | None = None


@dataclass(frozen=True, slots=True)
class StageSpeed:
    """What one stage takes by itself, a frame of the clip."""

    stage: str
    wall_ms: Spread
    cpu_ms: Spread
    calls: int
    """How often it ran: the mesh runs on some frames only."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the throughput of a baseline `analyze` has, and how it compares otherwise."""

    against: str
    title: str
    throughput: Spread
    """Of the command, and of whole processes."""
    without_startup: Spread
    cpu: Spread
    """Processor time of the baseline over that of `analyze`, without start-up."""


def speeds(rounds: Sequence[Round]) -> list[Speed]:
    """Return a row for each work."""
    asked = {name for r in rounds for name in (*r.runs, *r.missing)}
    return [_speed(work.name, rounds) for work in WORKS if work.name in asked and work.name != IN_STAGES]


def _speed(name: str, rounds: Sequence[Round]) -> Speed:
    runs = [r.runs[name] for r in rounds if name in r.runs]
    title = BY_NAME[name].title
    if not runs:
        return Speed(name, title, next(r.missing[name] for r in rounds if name in r.missing))
    peaks = [run.peak_mb for run in runs if run.peak_mb is not None]
    return Speed(
        work=name,
        title=title,
        reason="",
        frames=runs[0].frames,
        frames_per_s=Spread.of([run.frames / run.whole_s for run in runs]),
        wall_ms=Spread.of([1e3 * run.wall_s / run.frames for run in runs]),
        cpu_ms=Spread.of([1e3 * run.cpu_s / run.frames for run in runs]),
        startup_s=None if name == COMMAND else Spread.of([run.whole_s - run.wall_s for run in runs]),
        peak_mb=Spread.of(peaks) if peaks else None,
    )


def stage_speeds(rounds: Sequence[Round]) -> list[StageSpeed]:
    """Return a row for each stage; none where the stages were not measured."""
    runs = [r.runs[IN_STAGES] for r in rounds if IN_STAGES in r.runs]
    found = []
    for stage in STAGES if runs else ():
        wall = [1e3 * run.laps[stage].wall_s / run.frames for run in runs]
        cpu = [1e3 * run.laps[stage].cpu_s / run.frames for run in runs]
        found.append(StageSpeed(stage, Spread.of(wall), Spread.of(cpu), runs[0].laps[stage].calls))
    return found


def ratios(rounds: Sequence[Round]) -> list[Ratio]:
    """Return how `analyze` compares with each baseline: the runs of one round with each other."""
    found = []
    for work in WORKS:
        if work.name in (COMMAND, ANALYZE, IN_STAGES):
            continue
        whole, inside = _pairs(rounds, COMMAND, work.name), _pairs(rounds, ANALYZE, work.name)
        if whole and inside:
            found.append(
                Ratio(
                    work.name,
                    work.title,
                    throughput=_over(whole, lambda run: run.whole_s),
                    without_startup=_over(inside, lambda run: run.wall_s),
                    cpu=_over(inside, lambda run: run.cpu_s),
                )
            )
    return found


def _pairs(rounds: Sequence[Round], ours: str, other: str) -> list[tuple[Run, Run]]:
    return [(r.runs[ours], r.runs[other]) for r in rounds if {ours, other} <= set(r.runs)]


def _over(both: Sequence[tuple[Run, Run]], value: Callable[[Run], float]) -> Spread:
    return Spread.of([value(other) / value(ours) for ours, other in both])
