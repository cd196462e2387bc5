"""Tables: events and signals as a person at a notebook wants them; pandas is loaded only when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from twitchcam.edges.exports.columns import events_columns, signals_columns
from twitchcam.errors import InputRefused
from twitchcam.regions import INDEX, REGIONS
from twitchcam.summary import Event, Measured
from twitchcam.types import FloatArray, Recording

if TYPE_CHECKING:
    import pandas


class Events(Sequence[Event]):
    """The events of a recording, in time order: a sequence that also makes tables."""

    def __init__(self, events: Sequence[Event]) -> None:
        """Take them over."""
        self._events = tuple(events)

    @overload
    def __getitem__(self, at: int) -> Event: ...
    @overload
    def __getitem__(self, at: slice) -> Events: ...
    def __getitem__(self, at: int | slice) -> Event | Events:
        """Return one event, or some."""
        return Events(self._events[at]) if isinstance(at, slice) else self._events[at]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._events)

    def __eq__(self, other: object) -> bool:
        """Tell whether they are the same events."""
        return tuple(self) == tuple(other) if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        """Return the hash of the events."""
        return hash(self._events)

    def __repr__(self) -> str:
        """Return how many there are, and how many count."""
        return f"<{len(self)} events, {len(self.counted)} counted>"

    @property
    def counted(self) -> Events:
        """Those that no gate keeps from being counted."""
        return Events([event for event in self._events if not event.gated])

    def to_columns(self) -> dict[str, Any]:
        """Return one row an event as {name: values}, the columns of events.tsv among them."""
        return events_columns(self._events)

    def to_dataframe(self) -> pandas.DataFrame:
        """Return one row an event as a pandas data frame."""
        return frame_of(self.to_columns())


@dataclass(frozen=True, eq=False)
class Signals:
    """How each region moved, picture by picture."""

    recording: Recording
    measured: Measured

    @property
    def t_s(self) -> FloatArray:
        """(n,) media time, s."""
        return self.recording.t_s

    @property
    def mm(self) -> FloatArray:
        """(n, 19, 2) displacement in mm, x towards the subject's left, y up; NaN in gaps."""
        return self.recording.motion_mm

    def __getitem__(self, region: str) -> FloatArray:
        """Return (n, 2) displacement of one region, mm."""
        if region not in INDEX:
            raise KeyError(f"{region}: no such region; they are {', '.join(REGIONS)}")
        return np.asarray(self.recording.motion_mm[:, INDEX[region]])

    def __iter__(self) -> Iterator[str]:
        """Yield the regions' names."""
        return iter(REGIONS)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return int(self.recording.t_s.size)

    def __repr__(self) -> str:
        """Return its size."""
        return f"<signals of {len(REGIONS)} regions, {len(self)} pictures, mm>"

    def to_columns(self) -> dict[str, Any]:
        """Return one row a picture as {name: values}: t, the regions, pose, openings, gates."""
        return signals_columns(self.recording, self.measured)

    def to_dataframe(self) -> pandas.DataFrame:
        """Return one row a picture as a pandas data frame."""
        return frame_of(self.to_columns())


def frame_of(columns: dict[str, Any]) -> pandas.DataFrame:
    """Return columns as a pandas data frame.

    Raises
    ------
    InputRefused
        If pandas is not installed: nothing else here needs it.
    """
    try:
        import pandas
    except ImportError as error:
        raise InputRefused(
            "to_dataframe() needs pandas: pip install pandas 'numpy<2'. to_columns() gives the same as plain "
            "columns, which polars and others take."
        ) from error
    return pandas.DataFrame({name: _plain(values) for name, values in columns.items()})


def _plain(values: Any) -> Any:
    if not isinstance(values, np.ma.MaskedArray):
        return values
    if values.dtype.kind in "iu":
        import pandas

        return pandas.array([None if v is np.ma.masked else int(v) for v in values], dtype="Int64")
    return [None if v is np.ma.masked else v for v in values]
