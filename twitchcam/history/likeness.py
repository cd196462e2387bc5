"""Likeness: which recordings were filmed and measured alike, so that their numbers may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from twitchcam.history.figures import FREE, Figures, Visit
from twitchcam.phrases import phrase

DISTANCE_RATIO: Final = 1.5
"""Of the eye distances in pixels: beyond it one face is filmed much larger. Our own choice."""
RATE_RATIO: Final = 1.5
"""Of the frame rates: 24, 25 and 30 are alike, 30 and 60 are not. Our own choice."""
LEAST_RATIO: Final = 1.5
"""Of the smallest twitches that could be found: beyond it one recording misses what the other counts. Our own
choice; the rate of small twitches rises steeply towards the limit."""


def differences(a: Figures, b: Figures) -> tuple[str, ...]:
    """Say in sentences why the recordings `a` and `b` must not be compared; empty when they may be."""
    found: list[str] = []
    for figures in (a, b):
        if figures.events is None or figures.rate_per_min is None:
            unusable = figures.verdict == "unusable"
            found.append(
                "One recording is unusable." if unusable else "Twitches could not be counted in one."
            )
    if a.protocol != b.protocol:
        told = {"a": _asked(a.protocol), "b": _asked(b.protocol)}
        found.append(phrase("What was done differs: {a} against {b}.", **told))
    if a.backend != b.backend:
        names = {"a": a.backend or "unknown", "b": b.backend or "unknown"}
        found.append(phrase("The face trackers differ: {a:s} against {b:s}.", **names))
    if _apart(a.eye_distance_px, b.eye_distance_px, DISTANCE_RATIO):
        found.append(
            phrase(
                "The distance from the camera differs: the eyes are {a:.0f} and {b:.0f} pixels apart.",
                a=a.eye_distance_px,
                b=b.eye_distance_px,
            )
        )
    if _apart(a.fps, b.fps, RATE_RATIO):
        found.append(
            phrase("The frame rates differ: {a:.0f} and {b:.0f} pictures a second.", a=a.fps, b=b.fps)
        )
    if _apart(a.min_detectable_mm, b.min_detectable_mm, LEAST_RATIO):
        found.append(
            phrase(
                "The smallest twitch that could be seen differs: {a:.2f} and {b:.2f} mm.",
                a=a.min_detectable_mm,
                b=b.min_detectable_mm,
            )
        )
    return tuple(dict.fromkeys(found))


def _asked(protocol: str) -> str:
    return "a free recording" if protocol == FREE else phrase("a guided one ({tasks:s})", tasks=protocol)


def _apart(a: float | None, b: float | None, ratio: float) -> bool:
    return a is not None and b is not None and min(a, b) > 0 and max(a, b) > ratio * min(a, b)


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
