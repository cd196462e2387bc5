"""The outcome: the whole recording, analysed once and exactly as a file would be."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field, replace

from twitchcam.edges.recordings import as_stored
from twitchcam.errors import InputRefused
from twitchcam.front.real_time import with_exposure
from twitchcam.live.back import Back
from twitchcam.live.reviewing import ReviewBook
from twitchcam.protocol import Segment
from twitchcam.review import Review
from twitchcam.summary import Event, Measured, Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import Recording


@dataclass(frozen=True)
class Outcome:
    """A finished session."""

    recording: Recording
    summary: Summary
    automatic: tuple[Event, ...] = ()
    """The events as they were found, whatever a review says."""
    book: ReviewBook = field(default_factory=ReviewBook)
    """What the person says about them."""
    review: Review | None = None

    @property
    def measured(self) -> Measured:
        """What was measured, with the review."""
        return self.summary.measured

    def reviewed(self, book: ReviewBook, back: Back, answers: Answers) -> Outcome:
        """Return it recomputed with other decisions about its events. Waits for the back.

        Raises
        ------
        InputRefused
            If an added event cannot be measured.
        """
        review = None if book.empty else book.review(self.automatic, self.recording.source.sha256)
        asked = back.analyse(self.recording) if review is None else back.review(self.recording, review)
        try:
            measured = asked.result()
        except BrokenExecutor as error:
            raise InputRefused("The analysis was ended from outside; please try once more.") from error
        summary = conclude(measured, answers, self.summary.history)
        return replace(self, summary=summary, book=book, review=review)

    def answered(self, answers: Answers) -> Outcome:
        """Return it concluded with other answers."""
        return replace(self, summary=conclude(self.measured, answers, self.summary.history))


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
        return Outcome(self._recording, conclude(measured, answers), measured.events)

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
