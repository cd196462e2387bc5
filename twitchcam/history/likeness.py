"""Likeness: which recordings were filmed and measured alike, so that their numbers may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twitchcam.history.figures import FREE, Figures, Visit

DISTANCE_RATIO: Final = 1.5
"""Of the eye distances in pixels: beyond it one face is filmed much larger. Our own choice."""
RATE_RATIO: Final = 1.5
"""Of the frame rates: 24, 25 and 30 are alike, 30 and 60 are not. Our own choice."""
LEAST_RATIO: Final = 1.5
"""Of the smallest twitches that could be found: beyond it one recording misses what the other counts. Our own
choice; the rate of small twitches rises steeply towards the limit."""


def differences(a: Figures, b: Figures) -> tuple[str, ...]:
    """Say in sentences why the recordings `a` and `b` must not be compared; empty when they may be."""
    found = []
    for figures in (a, b):
        if figures.events is None or figures.rate_per_min is None:
            why = "is unusable" if figures.verdict == "unusable" else "did not let twitches be counted"
            found.append(f"One recording {why}.")
    if a.protocol != b.protocol:
        found.append(f"What was done differs: {_asked(a.protocol)} against {_asked(b.protocol)}.")
    if a.backend != b.backend:
        found.append(f"The face trackers differ: {a.backend or 'unknown'} against {b.backend or 'unknown'}.")
    found += _apart(
        a.eye_distance_px, b.eye_distance_px, DISTANCE_RATIO,
        "The distance from the camera differs: the eyes are {:.0f} and {:.0f} pixels apart.",
    )  # fmt: skip
    found += _apart(a.fps, b.fps, RATE_RATIO, "The frame rates differ: {:.0f} and {:.0f} pictures a second.")
    found += _apart(
        a.min_detectable_mm, b.min_detectable_mm, LEAST_RATIO,
        "The smallest twitch that could be seen differs: {:.2f} and {:.2f} mm.",
    )  # fmt: skip
    return tuple(dict.fromkeys(found))


def _asked(protocol: str) -> str:
    return "a free recording" if protocol == FREE else f"a guided one ({protocol})"


def _apart(a: float | None, b: float | None, ratio: float, sentence: str) -> list[str]:
    if a is None or b is None or min(a, b) <= 0:
        return []
    return [sentence.format(a, b)] if max(a, b) > ratio * min(a, b) else []


def alike(visits: Sequence[Visit], to: Visit) -> list[Visit]:
    """Return the visits that may be compared with `to`, itself too if it can be measured, in time order."""
    return [visit for visit in visits if not differences(visit.figures, to.figures)]


def reference(before: Sequence[Visit], after: Sequence[Visit]) -> Visit | None:
    """Return the visit that most others on both sides are like; None when none is like one of the other side.

    Of equals the latest.
    """
    best, most = None, 0
    for visit in (*before, *after):
        both = len(alike(before, visit)), len(alike(after, visit))
        worth = sum(both) if min(both) else 0
        if worth and worth >= most:
            best, most = visit, worth
    return best
