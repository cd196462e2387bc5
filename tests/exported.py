"""Recordings for the tests of the exports, and what a reader must find in them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from recordings import StillFace

from twitchcam.analysis import analyse
from twitchcam.exporting import write_export
from twitchcam.protocol import Segment
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import PER_FRAME, Recording


@cache
def busy(fps: float = 30.0, *, jitter: float = 0.0, duration_s: float = 20.0) -> Recording:
    """A train at the left corner, a blink, a face that is lost for two seconds, two tasks."""
    face = StillFace(duration_s=duration_s, fps=fps, jitter=jitter)
    face.train(3, 5, 5, "commissure_left", 0.5)
    face.blink(10.5)
    face.lose_face(14, 2)
    segments = (Segment("rest", 0.0, 12.0), Segment("smile", 12.0, 18.0))
    return replace(face.recording(), segments=segments)


def without_face(recording: Recording) -> Recording:
    """The same frames, nothing measured in any of them."""
    arrays = {
        name: np.full_like(values, np.nan)
        for name in PER_FRAME
        if name != "t_s" and (values := getattr(recording, name)).dtype.kind == "f"
    }
    return replace(recording, **arrays)


def first_frames(recording: Recording, n: int) -> Recording:
    """The first frames of a recording."""
    cut = replace(recording.source, frames=n, fps=recording.source.fps if n > 1 else None)
    return replace(recording, source=cut, **{name: getattr(recording, name)[:n] for name in PER_FRAME})


_CONCLUDED: dict[int, tuple[Recording, Summary]] = {}
"""By the recording's identity; the recording is kept with it, so that no other can take its place."""


def concluded(recording: Recording) -> Summary:
    """What the recording shows, analysed once."""
    if id(recording) not in _CONCLUDED:
        _CONCLUDED[id(recording)] = recording, conclude(analyse(recording), Answers())
    return _CONCLUDED[id(recording)][1]


def export(recording: Recording, export_format: str, path: Path, **options: str) -> list[Path]:
    from twitchcam.exporting import ExportOptions

    return write_export(
        export_format, path, concluded(recording), recording, options=ExportOptions(**options)
    )
