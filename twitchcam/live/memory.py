"""Memory: a finished session set beside the person's earlier ones, and kept with them when they want it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from twitchcam.errors import InputRefused
from twitchcam.history_command.filmed import Filmed
from twitchcam.history_command.remember import Remembering
from twitchcam.live.outcome import Outcome
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import with_course


@dataclass(frozen=True, slots=True)
class Memory:
    """Whose history a session goes to, and when it was filmed."""

    remembering: Remembering
    filmed: Filmed

    def beside_earlier(self, outcome: Outcome, answers: Answers) -> Outcome:
        """Return the outcome with what earlier sessions add.

        Raises
        ------
        InputRefused
            If the history cannot be read.
        """
        course = self.remembering.course(outcome.recording, outcome.summary, self.filmed)
        return replace(outcome, summary=with_course(outcome.summary, answers, course))

    def keep(self, outcome: Outcome, folder: Path) -> str:
        """Keep the session, whose files lie in `folder` by now; return where, in words.

        Raises
        ------
        InputRefused
            If that fails.
        """
        try:
            number, _ = self.remembering.keep(outcome.recording, outcome.summary, self.filmed)
        except InputRefused as error:
            raise InputRefused(f"Saved in {folder}, but not kept in the history: {error}") from error
        return f"session {number} in the history of {self.remembering.person}"
