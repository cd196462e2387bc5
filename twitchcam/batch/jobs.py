"""One clip to be analysed, with what is known about it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twitchcam.errors import InputRefused

if TYPE_CHECKING:  # loading it takes a second, which a worker without it need not wait for
    from twitchcam.session import Options


@dataclass(frozen=True, slots=True)
class Labels:
    """What the user says about a clip; nothing is computed from it."""

    subject: str = ""
    session: str = ""
    side_treated: str = ""
    others: tuple[tuple[str, str], ...] = ()
    """Further columns of the manifest, by name."""


@dataclass(frozen=True, slots=True)
class Job:
    """One clip or saved recording, and how it is to be analysed."""

    path: str
    """Absolute."""
    options: Options
    labels: Labels = Labels()
    name: str = ""
    """Of the folder of its results; given by `naming`."""

    @property
    def identity(self) -> str:
        """What makes it the same clip in the next run: its place and whose it is."""
        return "\n".join((self.path, self.labels.subject, self.labels.session))


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `index` (1 to `count`) of a batch that several machines share."""

    index: int = 1
    count: int = 1

    @property
    def whole(self) -> bool:
        """Whether it is all there is."""
        return self.count == 1

    def holds(self, job: Job) -> bool:
        """Tell whether the job is in this part. It depends on the job alone, so that a part stays the same
        when clips are added.
        """
        digest = hashlib.sha256(job.identity.encode("utf-8", "surrogateescape")).digest()
        return int.from_bytes(digest[:8], "big") % self.count == self.index - 1


def parse_shard(text: str | None) -> Shard:
    """Return the part that `i/n` names.

    Raises
    ------
    InputRefused
        If it is not 1/n to n/n.
    """
    if text is None:
        return Shard()
    index, _, count = text.partition("/")
    if index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count) <= 1_000_000:
        return Shard(int(index), int(count))
    raise InputRefused(f"--shard {text}: give the part and their number, such as 1/4 (the first of four)")


def without_repeats(jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs by path, each once; of equal ones the first (a manifest's before a folder's)."""
    seen: dict[str, Job] = {}
    for job in jobs:
        seen.setdefault(job.identity, job)
    labelled = {job.path for job in seen.values() if job.labels != Labels()}
    kept = [job for job in seen.values() if job.labels != Labels() or job.path not in labelled]
    return sorted(kept, key=lambda job: job.identity)
