"""The whole of `twitchcam batch`: find, plan, run, write the tables, say what came out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from twitchcam.batch.executors import MOST_WORKERS, Executor, LanePool, Watch
from twitchcam.batch.finding import find_clips
from twitchcam.batch.interrupt import Interrupt
from twitchcam.batch.jobs import Job, Shard, without_repeats
from twitchcam.batch.journal import Journal
from twitchcam.batch.lane import TASK
from twitchcam.batch.ledger import newest_with_gone, present
from twitchcam.batch.locking import locked_run
from twitchcam.batch.manifest import read_manifest
from twitchcam.batch.memory import fair_share_mb
from twitchcam.batch.naming import named
from twitchcam.batch.outcome import Limits
from twitchcam.batch.planning import Plan, Planner
from twitchcam.batch.runner import Runner, Tally
from twitchcam.batch.showing import Showing, make_showing
from twitchcam.batch.tables import PAGE, TABLE, make_tables, tables_are_current
from twitchcam.errors import InputRefused
from twitchcam.session import Options, check_folder

SOME_FAILED: Final = 3
LEAST_MEMORY_MB: Final = 100


@dataclass(frozen=True)
class BatchOptions:
    """What the user asked for."""

    paths: Sequence[str]
    out: Path
    manifests: Sequence[Path] = ()
    options: Options = field(default_factory=Options)
    workers: int | None = None
    scheduler: str | None = None
    shard: Shard = field(default_factory=Shard)
    fail_fast: bool = False
    timeout_s: float | None = None
    memory_mb: float | None = None
    verify: bool = False
    progress: str = "auto"
    task: str = TASK
    """What a worker does with an order, `module:function`."""

    def __post_init__(self) -> None:
        if self.workers is not None and not 1 <= self.workers <= MOST_WORKERS:
            raise InputRefused(f"--workers {self.workers}: give a number from 1 to {MOST_WORKERS}")
        if self.timeout_s is not None and not self.timeout_s > 0:
            raise InputRefused(f"--timeout {self.timeout_s:g}: give the longest time for one clip in seconds")
        if self.memory_mb is not None and not self.memory_mb >= LEAST_MEMORY_MB:
            raise InputRefused(
                f"--memory-mb {self.memory_mb:g}: a worker needs {LEAST_MEMORY_MB} MB at least, "
                "most clips take 400"
            )


def run_batch(asked: BatchOptions) -> int:
    """Measure all clips that are not measured yet; return the exit status.

    Raises
    ------
    InputRefused
        If nothing is found, a manifest is wrong, or the results folder cannot be used.
    """
    showing = make_showing(asked.progress)
    jobs, left_out = find_jobs(asked)
    check_folder(asked.out)
    with locked_run(asked.out, asked.shard), Interrupt() as stop:
        known = newest_with_gone(asked.out)
        entries = present(known)
        jobs = named(jobs, {key: entry.row.name for key, entry in entries.items()})
        check_places(jobs, asked.out)
        label = "run" if asked.shard.whole else f"shard-{asked.shard.index}-of-{asked.shard.count}"
        newest_ns = max((entry.row.written_ns for entry in known.values()), default=0)
        journal = Journal(asked.out.absolute(), label, after_ns=newest_ns)
        try:
            plan = Planner(asked.out, entries, journal, asked.verify).plan(jobs, asked.shard)
            tally = _run(asked, plan, journal, showing, stop)
        finally:
            journal.close()
        # the times of files do not tell when the clock was set back
        if journal.rows or not tables_are_current(asked.out):
            make_tables(asked.out)
    print_tally(tally, asked)
    if left_out:
        print(f"Left out: {left_out} recording.npz beside videos; name them to analyse them again")
    if stop.asked:
        return stop.status
    return SOME_FAILED if tally.failed else 0


def find_jobs(asked: BatchOptions) -> tuple[list[Job], int]:
    """Return every job that is named, each once, and how many saved recordings were left out."""
    found = find_clips(asked.paths, out=asked.out)
    manifests = [*asked.manifests, *found.manifests]
    jobs = [job for manifest in manifests for job in read_manifest(Path(manifest), asked.options)]
    jobs += [Job(str(path), asked.options) for path in found.clips]
    if not jobs:
        raise InputRefused("no clips are named; give videos, folders, patterns or a manifest (CSV)")
    return without_repeats(jobs), found.left_out


def check_places(jobs: Sequence[Job], out: Path) -> None:
    """Refuse a clip or recording that its own results would be written over.

    Raises
    ------
    InputRefused
        If one lies where its results go.
    """
    base = os.path.realpath(out)
    for job in jobs:
        if os.path.realpath(os.path.dirname(job.path)) == os.path.join(base, job.name):
            raise InputRefused(f"{job.path}: its results would be written over it; choose another --out")


def _run(asked: BatchOptions, plan: Plan, journal: Journal, showing: Showing, stop: Interrupt) -> Tally:
    tally = Tally(standing=plan.standing)
    showing.start(plan.standing + len(plan.todo), plan.standing, plan.sizes)
    try:
        if not plan.todo:
            return tally
        executor = make_executor(asked, len(plan.todo), showing.watch)
        now = True
        try:
            out = asked.out.absolute()
            runner = Runner(executor, journal, out, showing, stop, asked.fail_fast, tally)
            runner.run(plan.todo)
            now = asked.fail_fast and tally.failed > 0
        finally:
            executor.shutdown(now=now)
    finally:
        showing.end()
    return tally


def make_executor(asked: BatchOptions, clips: int, watch: Watch) -> Executor:
    """Return the workers: on a cluster where a scheduler is named, otherwise here."""
    if asked.scheduler is not None:
        from twitchcam.batch.cluster import DaskPool

        return DaskPool(asked.scheduler, limits=Limits(asked.timeout_s, asked.memory_mb), task=asked.task)
    cores = available_cores()
    workers = min(asked.workers or cores, clips)
    memory = asked.memory_mb or fair_share_mb(workers)
    return LanePool(
        workers,
        limits=Limits(asked.timeout_s, memory),
        watch=watch,
        task=asked.task,
        threads=max(1, cores // workers),
    )


def available_cores() -> int:
    """Return the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def print_tally(tally: Tally, asked: BatchOptions) -> None:
    """Say on standard output what came out, and where it is."""
    parts = [f"{tally.answered} answered"]
    parts += [f"{tally.standing} answered before"] if tally.standing else []
    parts += [f"{tally.failed} could not be read (the column error says why)"] if tally.failed else []
    parts += [f"{tally.left} left to do"] if tally.left else []
    print(f"{tally.clips} clip{'' if tally.clips == 1 else 's'}: {', '.join(parts)}")
    print(f"Table: {asked.out / f'{TABLE}.csv'}")
    print(f"Overview: {asked.out / PAGE}", flush=True)
