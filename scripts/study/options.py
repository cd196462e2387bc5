"""What all study scripts share: their options, the pool, and where the rows and tables go."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from study.case import Case
from study.cases import all_cases
from study.store import Store, render

Row = dict[str, Any]
Score = Callable[[Store, Case], list[Row]]


def parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options that every study script has."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    made.add_argument("--out", type=Path, default=Path("results/study"), help="clips and figures stay here")
    made.add_argument("--workers", type=int, default=2)
    made.add_argument("--quick", action="store_true", help="two people only")
    made.add_argument("--only", default="", help="only clips whose name contains this")
    made.add_argument("--render-only", action="store_true", help="draw the clips and stop")
    made.add_argument("--skip-unrendered", action="store_true", help="leave out clips not drawn yet")
    made.add_argument("--fresh-recordings", action="store_true", help="measure the clips again")
    return made


def chosen_cases(args: argparse.Namespace, parts: Sequence[str]) -> list[Case]:
    """Return the clips that the options ask for; leave when there is no photo."""
    photos = sorted(args.photos.glob("*.jpg"))
    if not photos:
        sys.exit(f"{args.photos}: no .jpg portraits here")
    cases = [c for c in all_cases([str(p) for p in photos], quick=args.quick) if c.part in parts]
    cases = [c for c in cases if args.only in c.name]
    store = Store(args.out)
    return [c for c in cases if store.is_rendered(c)] if args.skip_unrendered else cases


@dataclass(frozen=True)
class _Work:
    """One case's work in a process of its own."""

    store: Store
    score: Score | None
    render_only: bool

    def __call__(self, case: Case) -> list[Row]:
        if self.render_only:
            if not self.store.is_rendered(case):
                render(self.store, case)
            return []
        assert self.score is not None
        return self.score(self.store, case)


def run(args: argparse.Namespace, cases: list[Case], score: Score) -> list[Row]:
    """Render, measure and score the cases; a case that fails is named and left out."""
    store = Store(args.out)
    if args.fresh_recordings:
        store.forget_recordings()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    work = _Work(store, score, args.render_only)
    rows: list[Row] = []
    began = time.monotonic()
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(work, case): case for case in cases}
        for done, job in enumerate(as_completed(jobs), 1):
            name, spent = jobs[job].name, time.monotonic() - began
            error = job.exception()
            print(f"{done}/{len(jobs)} {spent:.0f} s {name} {error or ''}", file=sys.stderr, flush=True)
            if error is None:
                rows += job.result()
    return sorted(rows, key=lambda r: (r["part"], r["case"]))


def keep(args: argparse.Namespace, name: str, rows: list[Row], tables: str) -> None:
    """Print the tables; write them and the rows into the output folder."""
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{name}.json").write_text(json.dumps(rows, indent=1, default=float))
    (args.out / f"{name}.md").write_text(tables + "\n")
    print(tables)
