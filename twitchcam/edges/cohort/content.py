"""What the cohort page shows, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from twitchcam.types import FloatArray

LISTED: int = 300
"""Clips in the page's list; all of them are in batch.csv."""
FAILED_LISTED: int = 100
SLOWEST: int = 10


def nothing() -> FloatArray:
    """Return an empty array."""
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class ClipLine:
    """One clip in a list."""

    name: str
    file: str
    report: str = ""
    """Address of its own report, relative to the page; empty where there is none."""
    subject: str = ""
    session: str = ""
    verdict: str = ""
    rate_per_min: float | None = None
    amplitude_mm: float | None = None
    side: str = ""
    level: str = ""
    seconds: float | None = None
    duration_s: float | None = None
    error: str = ""


@dataclass(frozen=True)
class Group:
    """The clips of one side."""

    name: str
    clips: int
    rate_per_min: FloatArray
    """(k,) of the clips that can tell."""
    amplitude_mm: FloatArray


@dataclass(frozen=True, slots=True)
class PatternCount:
    """In how many clips a pattern was what."""

    id: str
    flagged: int
    possible: int
    not_seen: int
    not_assessable: int


@dataclass(frozen=True)
class Cohort:
    """All clips of a results folder. Arrays hold one number for each clip that can tell."""

    clips: int = 0
    answered: int = 0
    failed: int = 0
    subjects: int = 0
    total_s: float = 0.0
    usable_s: float = 0.0
    verdicts: dict[str, int] = field(default_factory=dict)
    levels: dict[str, int] = field(default_factory=dict)
    rate_per_min: FloatArray = field(default_factory=nothing)
    amplitude_mm: FloatArray = field(default_factory=nothing)
    asymmetry_index: FloatArray = field(default_factory=nothing)
    dominant_hz: FloatArray = field(default_factory=nothing)
    """Of the clips with a rhythm."""
    usable_fraction: FloatArray = field(default_factory=nothing)
    sides: tuple[Group, ...] = ()
    """By the side on which the lips moved."""
    treated: tuple[Group, ...] = ()
    """By the side that was treated, where the manifest says."""
    patterns: tuple[PatternCount, ...] = ()
    gated_s: dict[str, float] = field(default_factory=dict)
    slowest: tuple[ClipLine, ...] = ()
    failures: tuple[ClipLine, ...] = ()
    listed: tuple[ClipLine, ...] = ()
    """The most active ones where there are more than `LISTED`."""
