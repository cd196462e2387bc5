"""The scene: what is being watched - the source's feed, what measures it, and whether all is well there."""

from __future__ import annotations

from collections.abc import Callable

from twitchcam.edges.camera import Feed, FeedStatus
from twitchcam.errors import InputRefused
from twitchcam.live.lamps import Lamp, Lamps
from twitchcam.live.measuring import Measuring, Shot
from twitchcam.live.options import LiveTracker
from twitchcam.live.sources import LiveSource

AGAIN = "Start twitchcam live again."


class Scene:
    """One source and one tracker as long as the program runs; feeds and measurements follow each other."""

    def __init__(
        self,
        source: LiveSource,
        tracker: LiveTracker,
        show: Callable[[Shot], None],
        measure: type[Measuring] = Measuring,
    ) -> None:
        """Take over source and tracker; `show` is called with each frame, in the thread that measures."""
        self.source = source
        self.feed: Feed | None = None
        self.lamps: list[Lamp] = []
        self._tracker, self._show, self._measure = tracker, show, measure
        self._watch = Lamps()
        self._measuring: Measuring | None = None
        self._dropped_before = 0

    def preview(self) -> None:
        """Watch before or after a recording; raises InputRefused when the source gives nothing."""
        self._attach(self.source.preview())
        self.measuring.run()

    def check(self) -> None:
        """Raise InputRefused if nothing can be recorded any more."""
        if self.measuring.failed is not None:
            raise InputRefused(f"{self.trouble} {AGAIN}")
        if self.measuring.ended and not self.source.ends:
            raise InputRefused(f"No more pictures come from the camera. {AGAIN}")

    def record(self, take: int, *, at_face: bool) -> None:
        """Record take number `take`; a clip starts from its beginning, and is refused if it has gone."""
        self._dropped_before = 0
        if self.source.ends:
            self._attach(self.source.record())
            self.measuring.begin(take, at_face=at_face)
            self.measuring.run()
        else:
            self._dropped_before = self.dropped
            self.measuring.begin(take, at_face=at_face)

    def _attach(self, feed: Feed) -> None:
        if self._measuring is not None:
            self._measuring.close()
            self._tracker.forget()
        self.feed = feed
        self._measuring = self._measure(feed, self._tracker, self._show)
        self._watch = Lamps()

    @property
    def measuring(self) -> Measuring:
        """What measures the present feed."""
        assert self._measuring is not None, "nothing is watched before `preview`"
        return self._measuring

    @property
    def dropped(self) -> int:
        """How many pictures of the present recording were left out."""
        status = self.status()
        return 0 if status is None else status.counts.dropped - self._dropped_before

    @property
    def trouble(self) -> str | None:
        """A sentence on what ended the measuring before its time; None when nothing has."""
        error = self.measuring.failed
        if error is None or isinstance(error, InputRefused):
            return None if error is None else str(error)
        said = " ".join(str(error).split())[:200]
        return (
            f"The measuring has stopped ({type(error).__name__}{': ' if said else ''}{said}); what was "
            "recorded until then is kept."
        )

    def status(self) -> FeedStatus | None:
        """Return how the feed is."""
        return None if self.feed is None else self.feed.status()

    def look(self, shot: Shot | None, gates: tuple[str, ...], *, working: bool) -> None:
        """Look at the lamps anew."""
        self.lamps = self._watch.look(shot, self.status(), gates, working=working)

    def close(self) -> None:
        """End it; the source is let go, the tracker stays open."""
        if self._measuring is not None:
            self._measuring.close()
        self.source.close()
