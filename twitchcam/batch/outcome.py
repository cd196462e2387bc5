"""What became of a clip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from twitchcam.batch.fingerprint import Stat
from twitchcam.batch.jobs import Job

Reason = Literal[
    "", "refused", "missing", "changed", "version", "timeout", "memory", "crashed", "no_room", "bug"
]
"""`no_room`, a full disk, ends the run and is never in a row: it is not the clip's fault."""


@dataclass(frozen=True, slots=True)
class Order:
    """A job as it is sent to a worker."""

    job: Job
    out: str
    """The results folder, absolute."""
    program: str = ""
    """Key of the program that asks (see `fingerprint.program_key`); a worker of another one refuses."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a worker says."""

    reason: Reason = ""
    """Empty when the clip was answered."""
    error: str = ""
    trace: str = ""
    """Of a bug: where it happened."""
    seconds: float = 0.0
    stat: Stat | None = None
    """The file as it was measured."""
    sha256: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """The measured columns."""

    @property
    def answered(self) -> bool:
        """Whether there is a result."""
        return not self.reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one clip may take; None for no limit."""

    timeout_s: float | None = None
    memory_mb: float | None = None
    stall_s: float | None = 900.0
    """Without any sign of progress. A decoder that hangs says nothing; the slowest stage of the longest clips
    that were tried says something every few seconds."""
