"""Decisions: what a reviewer says about one event, checked, and the review they make together."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, get_args

from twitchcam.errors import InputRefused, shown
from twitchcam.regions import REGIONS, side_of
from twitchcam.summary import Event, LipSide, ReviewAction, TrialType

ACTIONS: Final[tuple[ReviewAction, ...]] = get_args(ReviewAction)
TYPES: Final[tuple[TrialType, ...]] = get_args(TrialType)
SIDES: Final[tuple[LipSide, ...]] = ("left", "right", "bilateral")
MOST_DECISIONS: Final = 50_000
"""An hour of a 12 Hz tremor has 43,000 events."""
LONGEST_TEXT: Final = 500
LONGEST_EVENT_S: Final = 60.0
TIME_DECIMALS: Final = 4
"""0.1 ms, far below a frame."""
LATEST_S: Final = 14 * 24 * 3600.0
_WHEN: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_ABOUT: Final = ("reviewer", "when", "sha256", "event")
"""The keys of a review file."""
_KEYS: Final = (
    "action", "onset", "peak", "offset", "region", "new_type", "new_side", "new_region", "note",
)  # fmt: skip
"""The keys of one event in a review file."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the reviewer says about one event. Times are media time, seconds.

    An event that was found is named by its peak and its strongest region. An added one has an onset and an
    offset; its peak and its size are measured between them.
    """

    action: ReviewAction
    onset_s: float | None = None
    peak_s: float | None = None
    offset_s: float | None = None
    region: str | None = None
    """Of the event as it was found; of an added one the strongest, None for the one that moved most."""
    new_type: TrialType | None = None
    """The kind of a relabelled or added event; a twitch or a tonic pull is counted, whatever gated it."""
    new_side: LipSide | None = None
    new_region: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        _one_of("action", self.action, ACTIONS)
        for name, known in (
            ("region", REGIONS),
            ("new_region", REGIONS),
            ("new_type", TYPES),
            ("new_side", SIDES),
        ):
            if getattr(self, name) is not None:
                _one_of(name, getattr(self, name), known)
        for name in ("onset_s", "peak_s", "offset_s"):
            value = getattr(self, name)
            _check_time(name[:-2], value)
            if value is not None:  # as a file keeps it, so that both give the same result
                object.__setattr__(self, name, round(float(value), TIME_DECIMALS))
        if self.action == "add":
            self._check_added()
        elif self.peak_s is None and self.onset_s is None:
            raise InputRefused(f"{self.action}: give the event's peak or onset, in seconds.")
        if self.action == "relabel" and (self.new_type, self.new_side, self.new_region) == (None, None, None):
            raise InputRefused("relabel: say what it is with new_type, new_side or new_region.")
        _check_place(self.new_side, self.new_region)

    def _check_added(self) -> None:
        if self.onset_s is None or self.offset_s is None:
            raise InputRefused("add: give onset and offset, in seconds.")
        if not 0 < self.offset_s - self.onset_s <= LONGEST_EVENT_S:
            raise InputRefused(
                f"add: an event goes from its onset to a later offset, at most {LONGEST_EVENT_S:.0f} s; got "
                f"{self.onset_s:g} to {self.offset_s:g} s."
            )
        _check_place(self.new_side, self.region)

    def plain(self) -> dict[str, Any]:
        """Return it as in a review file."""
        values = {f.name.removesuffix("_s"): getattr(self, f.name) for f in fields(self)}
        return {key: values[key] for key in _KEYS if values[key] not in (None, "")}


@dataclass(frozen=True, slots=True)
class Review:
    """Who decided what about one recording's events."""

    reviewer: str = ""
    """A label that the reviewer chose: initials, a code. Empty when none was given."""
    when: str = ""
    """ISO date and time of the review."""
    decisions: tuple[Decision, ...] = ()
    sha256: str | None = None
    """Of the clip that it was made for, so that it is not applied to another one."""

    def __post_init__(self) -> None:
        for name in ("reviewer", "when"):
            _check_text(name, getattr(self, name), 120)
        if self.when and not _WHEN.fullmatch(self.when):
            raise InputRefused(
                f"when = {self.when!r:.40}: give a date such as 2026-01-31 or 2026-01-31T14:05."
            )
        if self.sha256 is not None and not _SHA256.fullmatch(self.sha256):
            raise InputRefused(
                "sha256: give the 64 hexadecimal digits that summary.json has, or leave it out."
            )
        if len(self.decisions) > MOST_DECISIONS:
            raise InputRefused(f"{len(self.decisions)} decisions; at most {MOST_DECISIONS} are read.")

    def plain(self) -> dict[str, Any]:
        """Return it as plain values, as in a review file."""
        about: dict[str, Any] = {"reviewer": self.reviewer, "when": self.when, "sha256": self.sha256}
        kept = {key: value for key, value in about.items() if value}
        return {**kept, "event": [d.plain() for d in self.decisions]}


def review_of_rows(values: Mapping[str, object]) -> Review:
    """Return a review from plain values, as read from TOML or JSON.

    Raises
    ------
    InputRefused
        If a key is unknown (the nearest known one is named), or a value has the wrong type or range.
    """
    _check_keys("review", values, _ABOUT)
    rows = values.get("event", [])
    if not isinstance(rows, (list, tuple)):
        raise InputRefused("event: expected a list of events ([[event]] in TOML).")
    about = {key: _text(key, values[key]) for key in _ABOUT[:3] if values.get(key) is not None}
    return Review(decisions=tuple(_numbered(k, row) for k, row in enumerate(rows, 1)), **about)


def _numbered(number: int, row: object) -> Decision:
    try:
        return decision_of_row(row)
    except InputRefused as error:
        raise InputRefused(f"event {number}: {error}") from error


def decision_of_row(row: object) -> Decision:
    """Return one decision from plain values; refused as in `review_of_rows`."""
    if not isinstance(row, Mapping):
        raise InputRefused(f"expected key = value pairs, got {type(row).__name__}.")
    _check_keys("event", row, _KEYS)
    given = {key: value for key, value in row.items() if value is not None and value != ""}
    if "action" not in given:
        raise InputRefused(f"no action; give one of {', '.join(ACTIONS)}.")
    values: dict[str, Any] = {}
    for key, value in given.items():
        values[key if key not in ("onset", "peak", "offset") else f"{key}_s"] = (
            _seconds(key, value) if key in ("onset", "peak", "offset") else _text(key, value)
        )
    return Decision(**values)


def decision_about(event: Event, action: ReviewAction, **changes: Any) -> Decision:
    """Return a decision about an event that was found."""
    return Decision(action, event.onset_s, event.peak_s, event.offset_s, event.region, **changes)


def _check_keys(what: str, row: Mapping[str, object], known: tuple[str, ...]) -> None:
    for key in row:
        if key not in known:
            nearest = difflib.get_close_matches(str(key), known, n=1, cutoff=0.0)[0]
            raise InputRefused(
                f"{what}: unknown key {str(key)[:40]!r}; the nearest known one is {nearest!r}."
            )


def _one_of(name: str, value: object, known: Iterable[str]) -> None:
    known = tuple(known)
    if value not in known:
        nearest = difflib.get_close_matches(str(value), known, n=1, cutoff=0.0)[0]
        raise InputRefused(f"{name} = {shown(value, 40)} is not known; the nearest known one is {nearest!r}.")


def _check_time(name: str, value: float | None) -> None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= LATEST_S):
        raise InputRefused(f"{name} = {value:g}: give seconds from the recording's begin, 0 or more.")


def _check_place(side: str | None, region: str | None) -> None:
    if side in ("left", "right") and region is not None and side_of(region) not in (side, "mid"):
        raise InputRefused(
            f"new_side {side} does not fit region {region}; left and right are the subject's own."
        )


def _check_text(name: str, value: object, longest: int) -> None:
    if not isinstance(value, str) or len(value) > longest or any(ord(c) < 32 for c in value):
        raise InputRefused(f"{name}: give one line of text, at most {longest} characters.")


def _text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise InputRefused(f"{key} = {shown(value, 40)}: expected text in quotes.")
    _check_text(key, value, LONGEST_TEXT)
    return value


def _seconds(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:
        raise InputRefused(f"{key} = {shown(value, 40)}: expected seconds as a number.")
    return float(value)
