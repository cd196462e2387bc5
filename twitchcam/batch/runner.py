"""The run: orders out, rows in, one retry for a crash, and an end in good order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from twitchcam.batch.executors import Executor, Finished
from twitchcam.batch.fingerprint import settings_key
from twitchcam.batch.jobs import Job
from twitchcam.batch.journal import FOLDER, Journal, Row, now_utc, this_host
from twitchcam.batch.outcome import Order, Outcome
from twitchcam.errors import InputRefused
from twitchcam.files import make_folder, replacing

MOST_ATTEMPTS: Final = 2
"""A crash may have come from outside (a machine short of memory): the clip is tried once more."""


class Stop(Protocol):
    """Asked between clips."""

    @property
    def asked(self) -> bool:
        """Whether to begin no further clip."""
        ...


@dataclass
class Tally:
    """What the run came to."""

    answered: int = 0
    failed: int = 0
    standing: int = 0
    left: int = 0
    """Not begun, or not finished: stopped before."""

    @property
    def clips(self) -> int:
        """All of this run."""
        return self.answered + self.failed + self.standing + self.left


class Audience(Protocol):
    """Is told what happens."""

    def finished(self, job: Job, outcome: Outcome, *, again: bool) -> None:
        """Hear of a clip that ended; `again`: it crashed and is tried once more."""
        ...


@dataclass
class Runner:
    """Keeps an executor busy until every job has its row."""

    executor: Executor
    journal: Journal
    out: Path
    audience: Audience
    stop: Stop
    fail_fast: bool = False
    tally: Tally = field(default_factory=Tally)
    _attempts: dict[str, int] = field(default_factory=dict)

    def run(self, jobs: Iterable[Job]) -> Tally:
        """Have all jobs done; ends early when it is asked to stop, or at the first failure if so wished."""
        waiting = list(jobs)
        self.tally.left = len(waiting)
        orders = iter(waiting)
        self._feed(orders, self.executor.width)
        for finished in self.executor.as_completed():
            again = self._take(finished)
            if self.fail_fast and self.tally.failed:
                break
            if self.stop.asked:
                self.executor.cancel()
            elif not again:
                self._feed(orders, 1)
        return self.tally

    def _feed(self, orders: Iterator[Job], count: int) -> None:
        for _, job in zip(range(count), orders, strict=False):
            self._attempts[job.identity] = 0
            self._submit(job)

    def _submit(self, job: Job) -> None:
        self._attempts[job.identity] += 1
        self.executor.submit(Order(job, str(self.out)))

    def _take(self, finished: Finished) -> bool:
        """Write a finished clip down; True when it is tried again instead."""
        job, outcome = finished.order.job, finished.outcome
        again = outcome.reason == "crashed" and self._attempts[job.identity] < MOST_ATTEMPTS
        if again and self.stop.asked:
            return False
        if not again:
            self._write(job, outcome)
        self.audience.finished(job, outcome, again=again)
        if again:
            self._submit(job)
        return again

    def _write(self, job: Job, outcome: Outcome) -> None:
        if outcome.reason == "no_room":  # as would be said of every clip that follows
            raise InputRefused(f"{outcome.error} What is finished stays: run the same command again then.")
        if outcome.trace:
            self._keep_trace(job, outcome.trace)
        self.journal.add(row_of(job, outcome, self._attempts.pop(job.identity)), outcome.values)
        self.tally.left -= 1
        if outcome.answered:
            self.tally.answered += 1
        else:
            self.tally.failed += 1

    def _keep_trace(self, job: Job, trace: str) -> None:
        folder = self.out / FOLDER / "errors"
        with suppress(OSError, InputRefused):  # for whoever mends the program; the run goes on without it
            make_folder(folder)
            with replacing(folder / f"{job.name}.txt") as handle:
                handle.write(trace.encode("utf-8", errors="backslashreplace"))


def row_of(job: Job, outcome: Outcome, attempts: int) -> Row:
    """Return the row of a clip that ended."""
    stat, labels = outcome.stat, job.labels
    return Row(
        identity=job.identity,
        name=job.name,
        path=job.path,
        subject=labels.subject,
        session=labels.session,
        side_treated=labels.side_treated,
        status="answered" if outcome.answered else "failed",
        reason=outcome.reason,
        error=outcome.error,
        seconds=outcome.seconds,
        attempts=attempts,
        finished=now_utc(),
        host=this_host(),
        size=stat.size if stat else 0,
        mtime_ns=stat.mtime_ns if stat else 0,
        inode=stat.inode if stat else 0,
        sha256=outcome.sha256,
        settings=settings_key(job.options),
        others=dict(labels.others),
    )
