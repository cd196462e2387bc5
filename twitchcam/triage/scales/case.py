"""Case: what the estimates look at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from twitchcam.summary import Measured, Pattern, Status
from twitchcam.triage.answers import Answers
from twitchcam.triage.scales.rest import Rest, rest_of


@dataclass(frozen=True)
class Case:
    """One recording, what the person said, and the patterns that were compared with it."""

    measured: Measured
    answers: Answers
    patterns: tuple[Pattern, ...]

    @cached_property
    def rest(self) -> Rest | None:
        """Return the usable time without a task; None when the recording is of no use."""
        return rest_of(self.measured)

    def status(self, pattern: str) -> Status:
        """Return a pattern's status; one that is not there was not assessed."""
        return next((p.status for p in self.patterns if p.id == pattern), "not_assessable")

    def resembles(self, *patterns: str) -> bool:
        """Tell whether any of the patterns is flagged or possible."""
        return any(self.status(pattern) in ("flagged", "possible") for pattern in patterns)
