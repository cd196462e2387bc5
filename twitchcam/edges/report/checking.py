"""Checking: the events of the page as a person may mark them, for `twitchcam review` to apply."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from twitchcam.summary import Event, Measured, ReviewMark

MOST: Final = 200
"""Events that are listed to be marked; more are for a spreadsheet."""


@dataclass(frozen=True, slots=True)
class Check:
    """One event to be marked."""

    event: Event
    """As it was found, or as a reviewer added it."""
    added: bool
    now: str
    """What is chosen in its list: keep, reject, or the kind that a reviewer gave it."""


def build_checks(measured: Measured) -> list[Check]:
    """Return the events that can be marked, in time order; what a review has said already is chosen."""
    marks = (
        measured.review.marks
        if measured.review is not None
        else [ReviewMark("keep", event, event) for event in measured.events]
    )
    return [_check(mark) for mark in marks[:MOST]]


def _check(mark: ReviewMark) -> Check:
    event = mark.automatic or mark.event
    assert event is not None
    if mark.action == "relabel" and mark.event is not None and mark.event.trial_type != event.trial_type:
        return Check(event, False, mark.event.trial_type)
    return Check(event, mark.action == "add", "reject" if mark.action == "reject" else "keep")


def check_data(measured: Measured, checks: list[Check]) -> dict[str, Any]:
    """Return what the page's script needs to write a review file."""
    name = PurePath(measured.source.file).stem or "recording"
    return {
        "file": f"{name}.review.json",
        "sha256": measured.source.sha256,
        "reviewer": measured.review.reviewer if measured.review is not None else "",
        "events": [
            {
                "onset": round(check.event.onset_s, 4),
                "peak": round(check.event.peak_s, 4),
                "offset": round(check.event.offset_s, 4),
                "region": check.event.region,
                "type": check.event.trial_type,
                "added": check.added,
            }
            for check in checks
        ],
    }
