"""When a video was filmed, as far as its file says so."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from twitchcam.edges.probe import open_container

EARLIEST: Final = 2005
"""Clocks that were never set say 1904 or 1970; some cameras begin at 2000."""


def creation_time(path: Path) -> datetime | None:
    """Return the local time at which the video's own data say it was made; None where they say nothing.

    Phones and most cameras write it in UTC. What lies in the future, or before digital films, is no time.

    Raises
    ------
    InputRefused
        If the file is no video.
    """
    with open_container(path) as container:
        told = [container.metadata, *(stream.metadata for stream in container.streams.video)]
    for metadata in told:
        moment = parse_time(metadata.get("creation_time", ""))
        if moment is not None:
            return moment
    return None


def parse_time(text: str) -> datetime | None:
    """Return an ISO time, UTC unless it says otherwise, in local time; None when it is no likely one."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)
    if moment.year < EARLIEST or moment > datetime.now(timezone.utc):
        return None
    return moment.astimezone().replace(tzinfo=None)
