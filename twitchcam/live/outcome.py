"""The outcome: the whole recording, analysed once and exactly as a file would be."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, replace

from twitchcam.edges.recordings import as_stored
from twitchcam.front.real_time import with_exposure
from twitchcam.live.back import Back
from twitchcam.protocol import Segment
from twitchcam.summary import Measured, Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording


@dataclass(frozen=True)
class Outcome:
    """A finished session."""

    recording: Recording
    measured: Measured
    summary: Summary

    def answered(self, answers: Answers) -> Outcome:
        """Return it concluded with other answers."""
        return replace(self, summary=conclude(self.measured, answers))


class WholeAnalysis:
    """A recording on its way to its outcome."""

    def __init__(self, recording: Recording, back: Back) -> None:
        """Begin."""
        self._recording, self._back = recording, back
        self._future: Future[Measured] = back.analyse(recording)

    def take(self, answers: Answers) -> Outcome | None:
        """Return the outcome; None while it is not there. An error of the analysis is raised."""
        if not self._future.done():
            return None
        try:
            measured = self._future.result()
        except BrokenExecutor:  # the process was ended from outside
            self._future = self._back.analyse(self._recording)
            return None
        return Outcome(self._recording, measured, conclude(measured, answers))

    def cancel(self) -> None:
        """Leave it, if it has not begun."""
        self._future.cancel()


def complete(
    recording: Recording, *, segments: tuple[Segment, ...], exposure_ms: float | None, notes: Sequence[str]
) -> Recording:
    """Return what the measuring gave as it will be saved and analysed."""
    whole = with_exposure(as_stored(recording), exposure_ms)
    source = replace(whole.source, notes=(*whole.source.notes, *notes))
    return replace(whole, source=source, segments=segments)
