"""What is there still to do: clips whose results stand are not analysed again."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from twitchcam.batch.fingerprint import Stat, content_key, settings_key, stat_of
from twitchcam.batch.jobs import Job, Shard
from twitchcam.batch.journal import Journal, Row
from twitchcam.batch.ledger import Entry, with_values
from twitchcam.result_files import SUMMARY

WHOLE: Final = Shard()


@dataclass
class Plan:
    """The jobs of this run, parted."""

    todo: list[Job] = field(default_factory=list)
    """Largest first: the last clip to finish should not be the longest."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of each clip in `todo`, by identity."""
    standing: int = 0
    """Clips whose results stand."""


@dataclass(frozen=True)
class Planner:
    """Compares jobs with what earlier runs left in the results folder."""

    out: Path
    entries: Mapping[str, Entry]
    journal: Journal
    verify: bool = False
    """Read every clip again, instead of trusting size, time and number of the file."""

    def plan(self, jobs: list[Job], shard: Shard = WHOLE) -> Plan:
        """Part the jobs of a shard; rows of clips that were renamed or labelled anew are carried on."""
        claimed = {job.identity for job in jobs}
        self._forget_lost(claimed)
        spare = self._spare(claimed)
        plan = Plan()
        for job in filter(shard.holds, jobs):
            stat = stat_of(job.path)
            if self._stands(job, stat) or self._adopted(job, stat, spare):
                plan.standing += 1
            else:
                plan.todo.append(job)
                plan.sizes[job.identity] = stat.size if stat else 0
        plan.todo.sort(key=lambda job: -plan.sizes[job.identity])
        return plan

    def _forget_lost(self, claimed: set[str]) -> None:
        """End the rows of clips that could not be read, are not asked for any more, and are not there."""
        for key, entry in self.entries.items():
            row = entry.row
            if row.status == "failed" and key not in claimed and not os.path.lexists(row.path):
                self.journal.add(replace(row, gone=True))

    def _spare(self, claimed: set[str]) -> dict[str, list[Entry]]:
        """Return answered rows that no job of this run claims, by their settings."""
        found = defaultdict(list)
        for key, entry in self.entries.items():
            if key not in claimed and entry.row.status == "answered":
                found[entry.row.settings].append(entry)
        return found

    def _stands(self, job: Job, stat: Stat | None) -> bool:
        entry = self.entries.get(job.identity)
        if entry is None or not self._good(entry.row, job):
            return False
        if stat is None:  # the clip was taken away, its results are there
            return True
        if not self._same(entry.row, job.path, stat):
            return False
        if entry.row.labelled(job, stat) != entry.row:
            self._carry(entry, job, stat)
        return True

    def _good(self, row: Row, job: Job) -> bool:
        return (
            row.status == "answered"
            and row.settings == settings_key(job.options)
            and (self.out / row.name / SUMMARY).is_file()
        )

    def _same(self, row: Row, path: str, stat: Stat) -> bool:
        if stat == row.stat and not self.verify:
            return True
        return stat.size == row.size and row.sha256 is not None and content_key(path) == row.sha256

    def _adopted(self, job: Job, stat: Stat | None, spare: dict[str, list[Entry]]) -> bool:
        """Take over the results of a clip that was renamed, moved, or given another subject or session; their
        folder keeps its name.
        """
        if stat is None or job.identity in self.entries:
            return False
        for entry in spare.get(settings_key(job.options), ()):
            row = entry.row
            moved = row.size == stat.size and (row.path == job.path or not os.path.lexists(row.path))
            if moved and self._good(row, job) and self._same(row, job.path, stat):
                self.journal.add(replace(row, gone=True))
                self._carry(entry, replace(job, name=row.name), stat)
                spare[row.settings].remove(entry)
                return True
        return False

    def _carry(self, entry: Entry, job: Job, stat: Stat) -> None:
        for row, values in with_values([entry]):
            self.journal.add(row.labelled(job, stat), values)
