"""What a session is made with, and where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol as TypingProtocol

from twitchcam.protocol import Protocol
from twitchcam.protocols import protocol_names, read_protocol
from twitchcam.triage.answers import Answers
from twitchcam.types import Tracker


class State(str, Enum):
    """Where a session stands."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHING = "finishing"
    FINISHED = "finished"


class LiveTracker(Tracker, TypingProtocol):
    """A tracker that can start anew without loading its networks again."""

    def forget(self) -> None:
        """Take the next face as a new one."""
        ...


def all_protocols() -> dict[str, Protocol]:
    """Return the protocols that come with the program by their names."""
    return {name: read_protocol(name) for name in ("standard", *protocol_names())}


@dataclass(frozen=True)
class SessionOptions:
    """How sessions are measured."""

    out: Path = Path("twitchcam_results")
    data_dir: Path | None = None
    """Folder of the history; None: the user's own."""
    pd_mm: float | None = None
    exposure_ms: float | None = None
    limit_s: float | None = None
    """Free recordings end by themselves after so long; None: when they are stopped."""
    answers: Answers = field(default_factory=Answers)
    protocols: Mapping[str, Protocol] = field(default_factory=all_protocols)
