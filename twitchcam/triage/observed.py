"""What the rules may know of a video: a handful of facts, from a measurement or from a summary.json."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from twitchcam.course import Course
from twitchcam.errors import InputRefused, shown
from twitchcam.summary import LipSide, Measured, Pattern, Status, Verdict

PATTERN_IDS: Final[tuple[str, ...]] = (
    "hfs_like", "benign_twitch", "facial_myokymia_like", "rest_tremor_like", "rabbit_like",
    "action_tremor_like", "dyskinesia_like", "blepharospasm_like", "meige_like", "tic_like",
    "synkinesis_like", "facial_weakness_like", "clonic_run_like", "myorhythmia_like", "functional_like",
)  # fmt: skip
"""Every pattern, in the order in which they are listed."""


STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Watched:
    """Earlier recordings as the triage rules see them: only what can raise a level."""

    lasting_days: int | None = None
    """Over which twitches were seen again and again up to now."""
    seen_sessions: int | None = None
    worsening: bool | None = None
    new_areas: tuple[str, ...] | None = None
    """Parts of the face that did not twitch in the first recordings."""
    eye_and_mouth: LipSide | None = None
    """Side on which eye and mouth twitch, one of them newly."""

    def facts(self) -> dict[str, Any]:
        """Return the facts that rules may name."""
        return {
            "history_lasting_days": self.lasting_days,
            "history_seen_sessions": self.seen_sessions,
            "history_worsening": self.worsening,
            "history_new_areas": self.new_areas,
            "history_eye_and_mouth": self.eye_and_mouth,
        }


@dataclass(frozen=True, slots=True)
class Observed:
    """A video as the triage rules see it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    usable_s: float
    lip_events: int | None
    patterns: dict[str, Status]
    lip_side: LipSide | None = None
    watched: Watched = Watched()
    """Nothing known unless the history was asked for."""

    def facts(self) -> dict[str, Any]:
        """Return the facts that rules may name, `pattern_<id>` for each pattern."""
        return {
            "video_usable": self.verdict != "unusable",
            "video_reasons": " ".join(self.reasons),
            "usable_s": self.usable_s,
            "lip_events": self.lip_events,
            "lip_side": self.lip_side,
            **{f"pattern_{name}": self.patterns.get(name) for name in PATTERN_IDS},
            **self.watched.facts(),
        }


NO_VIDEO: Final[dict[str, Any]] = dict.fromkeys(Observed("ok", (), 0.0, 0, {}).facts())
"""The same facts when there is no video: all unknown."""


def watched_in(course: Course) -> Watched:
    """Return what the rules may know of a course."""
    return Watched(
        lasting_days=course.lasting_days,
        seen_sessions=course.seen_sessions,
        worsening=course.worsening,
        new_areas=tuple(dict.fromkeys(new.area for new in course.new_areas)),
        eye_and_mouth=course.eye_and_mouth,
    )


def observe(measured: Measured, patterns: Iterable[Pattern], course: Course | None = None) -> Observed:
    """Return what the rules may know of a measured recording, and of those before it."""
    return Observed(
        verdict=measured.quality.verdict,
        reasons=measured.quality.reasons,
        usable_s=measured.quality.usable_s,
        lip_events=measured.lips.events,
        patterns={pattern.id: pattern.status for pattern in patterns},
        lip_side=measured.lips.side,
        watched=Watched() if course is None else watched_in(course),
    )


def observed_from_summary(document: Mapping[str, Any]) -> Observed:
    """Return what the rules may know of a recording from its summary.json.

    Raises
    ------
    InputRefused
        If it is not a summary of version 1, or a value that is needed is missing or of a wrong type.
    """
    if document.get("schema") != "twitchcam.summary/1":
        found = shown(document.get("schema"), 40)
        raise InputRefused(f"summary: schema is {found}, expected 'twitchcam.summary/1' (from analyze).")
    quality = _part(document, "quality", dict)
    verdict = _part(quality, "verdict", str, "quality.")
    if verdict not in get_args(Verdict):
        raise InputRefused(
            f"summary: quality.verdict is {shown(verdict, 40)}, expected ok, limited or unusable."
        )
    usable_s = float(_part(quality, "usable_s", (int, float), "quality."))
    if not math.isfinite(usable_s):
        raise InputRefused(f"summary: quality.usable_s is {usable_s}, expected seconds.")
    lips = _part(document, "lips", dict)
    events = _part(lips, "events", (int, type(None)), "lips.")
    side = lips.get("side")
    if side is not None and side not in get_args(LipSide):
        raise InputRefused(
            f"summary: lips.side is {shown(side, 40)}, expected left, right, bilateral or none."
        )
    return Observed(
        verdict=verdict,
        reasons=tuple(str(reason) for reason in _part(quality, "reasons", list, "quality.")),
        usable_s=usable_s,
        lip_events=events,
        patterns=dict(_pattern(entry) for entry in _part(document, "patterns", list)),
        lip_side=side,
        watched=_watched(document),
    )


def _watched(document: Mapping[str, Any]) -> Watched:
    """Return what the summary's history tells; what is missing or odd is unknown."""
    told = document.get("history")
    if not isinstance(told, Mapping):
        return Watched()
    counts = [told.get(name) for name in ("lasting_days", "seen_sessions")]
    days, sessions = (x if isinstance(x, int) and not isinstance(x, bool) else None for x in counts)
    entries = told.get("new_areas")
    areas = entries if isinstance(entries, list) else []
    worse, side = told.get("worsening"), told.get("eye_and_mouth")
    return Watched(
        lasting_days=days,
        seen_sessions=sessions,
        worsening=worse if isinstance(worse, bool) else None,
        new_areas=tuple(str(entry.get("area")) for entry in areas if isinstance(entry, Mapping)),
        eye_and_mouth=side if side in ("left", "right") else None,
    )


def _part(parent: Mapping[str, Any], key: str, kind: type | tuple[type, ...], where: str = "") -> Any:
    value = parent.get(key)
    if key not in parent or not isinstance(value, kind) or isinstance(value, bool):
        raise InputRefused(f"summary: {where}{key} is missing or wrong; give the summary.json of analyze.")
    return value


def _pattern(entry: object) -> tuple[str, Status]:
    if isinstance(entry, Mapping):
        name, status = entry.get("id"), entry.get("status")
        for known in STATUSES:
            if name in PATTERN_IDS and status == known:
                return str(name), known
    raise InputRefused(f"summary: {shown(entry)} is not a pattern with a known id and status.")
