"""What the rules may know of a video: a handful of facts, from a measurement or from a summary.json."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from twitchcam.errors import InputRefused
from twitchcam.summary import LipSide, Measured, Pattern, Status, Verdict

PATTERN_IDS: Final[tuple[str, ...]] = (
    "hfs_like", "benign_twitch", "facial_myokymia_like", "rest_tremor_like", "rabbit_like",
    "action_tremor_like", "dyskinesia_like", "blepharospasm_like", "meige_like", "tic_like",
    "synkinesis_like", "facial_weakness_like", "clonic_run_like", "myorhythmia_like", "functional_like",
)  # fmt: skip
"""Every pattern, in the order in which they are listed."""


STATUSES: Final[tuple[Status, ...]] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Observed:
    """A video as the triage rules see it."""

    verdict: Verdict
    reasons: tuple[str, ...]
    usable_s: float
    lip_events: int | None
    patterns: dict[str, Status]
    lip_side: LipSide | None = None

    def facts(self) -> dict[str, Any]:
        """Return the facts that rules may name, `pattern_<id>` for each pattern."""
        return {
            "video_usable": self.verdict != "unusable",
            "video_reasons": " ".join(self.reasons),
            "usable_s": self.usable_s,
            "lip_events": self.lip_events,
            "lip_side": self.lip_side,
            **{f"pattern_{name}": self.patterns.get(name) for name in PATTERN_IDS},
        }


NO_VIDEO: Final[dict[str, Any]] = dict.fromkeys(Observed("ok", (), 0.0, 0, {}).facts())
"""The same facts when there is no video: all unknown."""


def observe(measured: Measured, patterns: Iterable[Pattern]) -> Observed:
    """Return what the rules may know of a measured recording."""
    return Observed(
        verdict=measured.quality.verdict,
        reasons=measured.quality.reasons,
        usable_s=measured.quality.usable_s,
        lip_events=measured.lips.events,
        patterns={pattern.id: pattern.status for pattern in patterns},
        lip_side=measured.lips.side,
    )


def observed_from_summary(document: Mapping[str, Any]) -> Observed:
    """Return what the rules may know of a recording from its summary.json.

    Raises
    ------
    InputRefused
        If it is not a summary of version 1, or a value that is needed is missing or of a wrong type.
    """
    if document.get("schema") != "twitchcam.summary/1":
        found = repr(document.get("schema"))[:40]
        raise InputRefused(f"summary: schema is {found}, expected 'twitchcam.summary/1' (from analyze).")
    quality = _part(document, "quality", dict)
    verdict = _part(quality, "verdict", str, "quality.")
    if verdict not in get_args(Verdict):
        raise InputRefused(f"summary: quality.verdict is {verdict!r:.40}, expected ok, limited or unusable.")
    usable_s = float(_part(quality, "usable_s", (int, float), "quality."))
    if not math.isfinite(usable_s):
        raise InputRefused(f"summary: quality.usable_s is {usable_s}, expected seconds.")
    lips = _part(document, "lips", dict)
    events = _part(lips, "events", (int, type(None)), "lips.")
    side = lips.get("side")
    if side is not None and side not in get_args(LipSide):
        raise InputRefused(f"summary: lips.side is {side!r:.40}, expected left, right, bilateral or none.")
    return Observed(
        verdict=verdict,
        reasons=tuple(str(reason) for reason in _part(quality, "reasons", list, "quality.")),
        usable_s=usable_s,
        lip_events=events,
        patterns=dict(_pattern(entry) for entry in _part(document, "patterns", list)),
        lip_side=side,
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
    raise InputRefused(f"summary: {entry!r:.60} is not a pattern with a known id and status.")
