"""The mesh on some frames only: between two that are close, landmarks are interpolated.

Registration measures the motion in every frame; the mesh only tells it where to begin, and gives openings and
pose, which change slowly. Blinks last 100-150 ms and more, so a mesh every 67 ms still meets each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from twitchcam.types import FaceLandmarks, Frame

EVERY_S: Final = 0.066
"""Longest time between two meshes in a row of frames that are closer: every second frame at 30 a second,
every fourth at 60."""
CLOSE_S: Final = 0.036
"""Frames further apart than this (below 28 a second) all get their own mesh."""

Track = Callable[[Frame], FaceLandmarks | None]
Tracked = tuple[Frame, FaceLandmarks | None]


def track_sparsely(frames: Iterable[Frame], track: Track) -> Iterator[Tracked]:
    """Yield every frame with its landmarks, in order; `track` is called on as few frames as `EVERY_S` allows.

    After a frame without a face every frame is tracked until there is one again.
    """
    known: tuple[float, FaceLandmarks] | None = None
    waiting: list[Frame] = []
    latest = -1.0
    for frame in frames:
        close, latest = frame.t_s - latest <= CLOSE_S, frame.t_s
        if known is not None and close and frame.t_s - known[0] < EVERY_S - CLOSE_S / 8:
            waiting.append(frame)
            continue
        found = track(frame)
        for earlier in waiting:
            yield earlier, between(known, (frame.t_s, found), earlier.t_s)
        waiting.clear()
        yield frame, found
        known = None if found is None else (frame.t_s, found)
    for frame in waiting:
        yield frame, track(frame)


def between(
    before: tuple[float, FaceLandmarks] | None, after: tuple[float, FaceLandmarks | None], t_s: float
) -> FaceLandmarks | None:
    """Return the landmarks at `t_s` between two meshes, None when either is missing."""
    if before is None or after[1] is None:
        return None
    share = (t_s - before[0]) / (after[0] - before[0])
    return FaceLandmarks((1 - share) * before[1].points_px + share * after[1].points_px)
