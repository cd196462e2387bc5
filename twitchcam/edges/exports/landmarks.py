"""Landmarks: the mesh's points in the pictures, as a table, while a clip is measured.

One row for every picture that the mesh was run on, about every 66 ms: what the front interpolates in
between (`front.sparse`) is not written. Pixels of the upright picture, x to the right, y down, z likewise
(smaller is nearer), not rounded to whole ones, not smoothed; with `--mirrored` of the picture mirrored back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from twitchcam.files import replacing
from twitchcam.types import FaceLandmarks, Frame, Tracker, TrackerInfo

N_POINTS: Final = 478
DECIMALS: Final = 2
"""A hundredth of a pixel; the mesh itself scatters by a tenth and more."""
HEADER: Final = ",".join(["t", "frame", *(f"{axis}{i}" for i in range(N_POINTS) for axis in "xyz")])
_NOTHING: Final = "," * (3 * N_POINTS - 1)
_ROW: Final = ",".join([f"%.{DECIMALS}f"] * (3 * N_POINTS))


class LandmarkLog:
    """A tracker that writes down what the tracker inside it sees."""

    def __init__(self, tracker: Tracker, handle: IO[bytes]) -> None:
        self._tracker, self._handle = tracker, handle
        handle.write(f"{HEADER}\n".encode())

    @property
    def info(self) -> TrackerInfo:
        return self._tracker.info

    def track(self, frame: Frame) -> FaceLandmarks | None:
        """Return the face's landmarks; a frame without a face becomes a row without numbers."""
        found = self._tracker.track(frame)
        cells = _NOTHING if found is None else _ROW % tuple(found.points_px.ravel().tolist())
        self._handle.write(f"{frame.t_s:.6f},{frame.index},{cells}\n".encode())
        return found

    def close(self) -> None:
        """Close the tracker inside."""
        self._tracker.close()


@contextmanager
def logged(tracker: Tracker, path: Path | None, keep: Callable[[], bool]) -> Iterator[Tracker]:
    """Give a tracker whose landmarks go to `path` when the block ends without an error, None for no file.

    `keep` is asked then; where it says no, the file that is there stays.

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    if path is None:
        yield tracker
        return
    with suppress(_Left), replacing(path) as handle:
        yield LandmarkLog(tracker, handle)
        if not keep():
            raise _Left


class _Left(Exception):
    """What was written is not to be kept."""
