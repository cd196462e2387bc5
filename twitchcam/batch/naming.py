"""What a clip's results folder is called: short where that is unique, and the same in every run."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from twitchcam.batch.jobs import Job
from twitchcam.session import name_of

RESERVED: Final = frozenset(("batch", "batch.csv", "batch.parquet", "events.tsv", "events.parquet",
                             "cohort.html", "con", "nul", "aux", "prn"))  # fmt: skip
LONGEST_BYTES: Final = 160
"""Of a name; file systems allow 255 for a file, and a path has to fit too."""
_UNFIT: Final = re.compile(r"[^\w+-]+")


def named(jobs: Iterable[Job], known: Mapping[str, str]) -> list[Job]:
    """Return the jobs with the names of their folders.

    The name is the clip's stem, with subject and session in front of it where there are any. Clips that
    would share one all get eight characters of a hash of path, subject and session at its end, so that
    neither their order nor which of them are given matters.

    Parameters
    ----------
    jobs
        All jobs of the batch, of every shard.
    known
        Names of earlier runs by `Job.identity`. They stay, and nobody else gets them.
    """
    jobs = list(jobs)
    taken = {name.casefold() for name in known.values()}
    wanted = {job.identity: _plain(job) for job in jobs}
    count = Counter(name.casefold() for name in wanted.values())
    done = []
    for job in jobs:
        name = known.get(job.identity)
        if name is None:
            name = wanted[job.identity]
            folded = name.casefold()
            if count[folded] > 1 or folded in taken or folded in RESERVED or _is_unfit(name):
                name = _marked(name, job)
        done.append(replace(job, name=name))
    return done


def _plain(job: Job) -> str:
    labels = job.labels
    parts = [("sub", labels.subject), ("ses", labels.session)]
    front = "".join(f"{key}-{_UNFIT.sub('-', value)}_" for key, value in parts if value)
    return front + name_of(job.path)


def _is_unfit(name: str) -> bool:
    return name.startswith(".") or len(name.encode("utf-8", "surrogateescape")) > LONGEST_BYTES


def _marked(name: str, job: Job) -> str:
    digest = hashlib.sha256(job.identity.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    short = name.encode("utf-8", "surrogateescape")[: LONGEST_BYTES - 9].decode("utf-8", "ignore")
    return f"{short.lstrip('.') or 'clip'}-{digest}"
