"""The examination: every group of checks in turn, whatever one of them runs into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twitchcam.doctor.cameras import GROUP as CAMERAS
from twitchcam.doctor.cameras import check_cameras
from twitchcam.doctor.finding import NOTE, Finding, hide_person
from twitchcam.doctor.libraries import GROUP as LIBRARIES
from twitchcam.doctor.libraries import check_libraries
from twitchcam.doctor.machine import GROUP as MACHINE
from twitchcam.doctor.machine import check_machine
from twitchcam.doctor.pages import GROUP as PAGES
from twitchcam.doctor.pages import check_pages
from twitchcam.doctor.places import GROUP as PLACES
from twitchcam.doctor.places import check_places
from twitchcam.doctor.program import GROUP as PROGRAM
from twitchcam.doctor.program import check_program
from twitchcam.doctor.tracker import GROUP as MEASURING
from twitchcam.doctor.tracker import check_tracker
from twitchcam.doctor.video import GROUP as CODECS
from twitchcam.doctor.video import check_codecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Check = Callable[[], Iterable[Finding]]


def examine(camera: str | None = None) -> Iterator[Finding]:
    """Yield the findings as they come, without anything personal in them."""
    checks: tuple[tuple[str, Check], ...] = (
        (PROGRAM, check_program),
        (LIBRARIES, check_libraries),
        (MEASURING, check_tracker),
        (CODECS, check_codecs),
        (CAMERAS, lambda: check_cameras(camera)),
        (PAGES, check_pages),
        (PLACES, check_places),
        (MACHINE, check_machine),
    )
    for group, check in checks:
        for finding in guarded(group, check):
            yield finding._replace(text=hide_person(finding.text), mend=hide_person(finding.mend))


def guarded(group: str, check: Check) -> Iterator[Finding]:
    """Yield a group's findings; what goes wrong in a check itself becomes one, and other groups follow."""
    try:
        yield from check()
    except Exception as error:  # a broken machine may break anything, and the doctor must go on
        text = f"this check could not be finished ({type(error).__name__}: {error})"
        yield Finding(group, "check", NOTE, " ".join(text.split())[:300], "please report this line")
