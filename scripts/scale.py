"""Simulates a large batch without videos: where do journal, planning, tables and the scheduler get slow?

    python scripts/scale.py --rows 100000 --summary results/me/summary.json --events results/me/events.tsv
    python scripts/scale.py --tasks 20000        # empty tasks through worker processes and Dask
    python scripts/scale.py --history 100000 --summary ... --events ...    # the history's store

Every row carries the values of a real summary. Prints one line a step: seconds, rows a second, bytes, memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from twitchcam.batch.columns import flatten
from twitchcam.batch.executors import Executor, LanePool
from twitchcam.batch.fingerprint import settings_key, stat_of
from twitchcam.batch.jobs import Job
from twitchcam.batch.journal import FOLDER, Journal
from twitchcam.batch.ledger import newest_entries
from twitchcam.batch.naming import named
from twitchcam.batch.outcome import Limits, Order, Outcome
from twitchcam.batch.planning import Planner
from twitchcam.batch.runner import row_of
from twitchcam.batch.tables import MADE, make_tables
from twitchcam.edges.event_table import read_events_tsv
from twitchcam.edges.store import FILE as HISTORY_FILE
from twitchcam.edges.store import Entry, Store, check_integrity, open_store
from twitchcam.history_command.remember import course_of
from twitchcam.session import Options

MOST_FILES = 20_000
"""Clips up to which real files are made; beyond, planning and the table of events are left out."""
SESSIONS_EACH = 100
"""Recordings of a person in the history's simulation."""
LONG_COURSES = (1000, 5000)
"""Recordings of those who film themselves every day."""
FSYNCED = 2000
"""Rows written as a run does, each on the disk before the next; the others faster, by one sync at the end."""


def nothing(_order: Order, _progress: object) -> Outcome:
    """Do nothing, as a task."""
    return Outcome(seconds=0.001)


@contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    """Print how long a step took, and the most memory that was used so far."""
    began, cpu = time.perf_counter(), time.process_time()
    yield
    took, used = time.perf_counter() - began, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rate = count / max(took, 1e-9)
    print(f"{what:44} {took:8.1f} s {used:8.1f} s CPU {rate:10.0f} a second {peak_mb:8.0f} MB", flush=True)


def simulate_rows(count: int, summary: Path, events: Path, folder: Path) -> None:
    """Take `count` clips through journal, planning and tables."""
    out, clips = folder / "out", folder / "clips"
    values = flatten(json.loads(summary.read_text(encoding="utf-8")))
    options = Options()
    clips.mkdir(parents=True)
    clip = clips / "c.mp4"
    clip.write_bytes(b"x")
    files = count if count <= MOST_FILES else 0
    with timed("(making files)", files):
        for k in range(files):
            (clips / f"c{k:06d}.mp4").write_bytes(b"x")
            place = out / f"c{k:06d}"
            place.mkdir(parents=True)
            (place / "summary.json").write_bytes(b"{}")
            os.link(events, place / "events.tsv") if k % 1000 else shutil.copy(events, place / "events.tsv")
    jobs = [Job(str(clips / f"c{k:06d}.mp4"), options) for k in range(count)]
    with timed("naming", count):
        jobs = named(jobs, {})
    settings_key(options)
    journal = Journal(out)
    with timed("journal, each row synced", min(FSYNCED, count)):
        for job in jobs[:FSYNCED]:
            journal.add(
                row_of(
                    job, Outcome(stat=stat_of(job.path) or stat_of(clip), sha256="0" * 64, seconds=9.0), 1
                ),
                values,
            )
    sync, os.fsync = os.fsync, lambda _handle: None
    with timed("journal, not synced", max(0, count - FSYNCED)):
        for job in jobs[FSYNCED:]:
            journal.add(
                row_of(
                    job, Outcome(stat=stat_of(job.path) or stat_of(clip), sha256="0" * 64, seconds=9.0), 1
                ),
                values,
            )
    os.fsync = sync
    journal.close()
    print(
        f"{'journal':44} {sum(p.stat().st_size for p in (out / FOLDER).iterdir()) / count:8.0f} bytes a row"
    )
    with timed("reading the journals", count):
        entries = newest_entries(out)
    with timed("planning", count):
        plan = Planner(out, entries, journal, verify=False).plan(jobs)
    print(f"{'(clips that stand)':44} {plan.standing}")
    with timed("tables", count):
        make_tables(out)
    for name in MADE:
        print(f"{name:44} {(out / name).stat().st_size / count:8.0f} bytes a row")


def simulate_tasks(count: int, workers: int) -> None:
    """Send empty tasks through the executors."""
    from distributed import LocalCluster

    from twitchcam.batch.cluster import DaskPool

    order = Order(Job("/nowhere.mp4", Options(), name="c"), "/nowhere")
    task = "scale:nothing"
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)
    sys.path.insert(0, str(Path(__file__).parent))
    pool = LanePool(workers, limits=Limits(), task=task)
    _drive(pool, order, workers, "(worker processes start)")
    _drive(pool, order, count, f"orders through {workers} worker processes")
    pool.shutdown()
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1", silence_logs=50
    ) as cluster:
        dask = DaskPool(cluster.scheduler_address, limits=Limits(), task=task)
        _drive(dask, order, workers, "(Dask's worker processes start)")
        _drive(dask, order, count, f"orders through a Dask cluster of {workers}")
        dask.shutdown()


def simulate_history(count: int, summary: Path, events: Path, folder: Path) -> None:
    """Keep `count` recordings of many people, then look things up, follow a course, delete, hand over."""
    entry = Entry(
        filmed_at="2026-01-01",
        filmed_from="given",
        fingerprint="",
        summary=json.loads(summary.read_text(encoding="utf-8")),
        events=read_events_tsv(events),
    )
    # Most people film themselves for a while; three of them every day for years.
    people = [f"p{k}" for k in range(max(1, count // SESSIONS_EACH))]
    with open_store(folder) as store:
        with timed("history: recordings kept", count):
            for k in range(count):
                store.add(people[k % len(people)], _entry(entry, k, k // len(people)))
        for many in LONG_COURSES:
            with timed(f"history: {many} recordings of one person kept", many):
                for k in range(many):
                    store.add(f"daily{many}", _entry(entry, count + 7 * many + k, k))
        size = store.path.stat().st_size
        print(
            f"{'history':44} {size / (count + sum(LONG_COURSES)):8.0f} bytes a recording, {size / 1e6:.0f} MB"
        )
        with timed("history: list of people", 1):
            store.people()
        with timed("history: single summaries looked up", 200):
            for k in range(200):
                store.summary(1 + k * count // 200)
        for name in (people[0], *(f"daily{many}" for many in LONG_COURSES)):
            with timed(f"history: recordings of {name} read", 1):
                kept = store.sessions(name)
            with timed(f"history: course of {len(kept)} recordings", 1):
                course_of(kept, [])
        with timed("history: a recording kept, in the end", 1):
            store.add(people[0], _entry(entry, 10**9, 5000))
        with timed("history: a person handed over", 1):
            store.dump(people[0])
        with timed("history: one recording deleted, file rewritten", 1):
            store.delete(people[0], sessions=[kept_number(store, people[0])])
    with timed("history: opened", 1), open_store(folder):
        pass
    with timed("history: checked whole", 1):
        check_integrity(folder / HISTORY_FILE)


def kept_number(store: Store, person: str) -> int:
    """Return the number of a person's first recording."""
    return store.sessions(person)[0].id


def _entry(entry: Entry, number: int, day: int) -> Entry:
    filmed = date(2000, 1, 1) + timedelta(days=day)
    return replace(entry, filmed_at=filmed.isoformat(), fingerprint=f"{number:064x}")


def _drive(pool: Executor, order: Order, count: int, what: str) -> None:
    left = count
    with timed(what, count):
        for _ in range(min(pool.width, count)):
            pool.submit(order)
            left -= 1
        for _ in pool.as_completed():
            if left:
                pool.submit(order)
                left -= 1


def main() -> None:
    """Read the options and simulate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--tasks", type=int, default=0)
    parser.add_argument("--history", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--summary", type=Path)
    parser.add_argument("--events", type=Path)
    asked = parser.parse_args()
    if (asked.rows or asked.history) and not (asked.summary and asked.events):
        parser.error("--rows and --history need --summary and --events, the files of a real result")
    if asked.rows:
        with tempfile.TemporaryDirectory() as folder:
            simulate_rows(asked.rows, asked.summary, asked.events, Path(folder))
    if asked.history:
        with tempfile.TemporaryDirectory() as folder:
            simulate_history(asked.history, asked.summary, asked.events, Path(folder))
    if asked.tasks:
        simulate_tasks(asked.tasks, asked.workers)


if __name__ == "__main__":
    main()
