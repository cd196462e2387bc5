"""The task: one clip is analysed and its files are written. It runs in a worker's process."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from twitchcam import session
from twitchcam.batch.columns import flatten
from twitchcam.batch.fingerprint import program_key, stat_of
from twitchcam.batch.outcome import Order, Outcome
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.errors import NoRoom, TwitchcamError
from twitchcam.result_files import (
    EVENTS,
    LANDMARKS,
    MAGNIFIED,
    OVERLAY,
    PDF,
    RECORDING,
    REPORT,
    SIGNALS,
    SUMMARY,
)
from twitchcam.session import Progress, Result

FILES: Final = (
    SUMMARY, EVENTS, SIGNALS, RECORDING, REPORT, PDF, LANDMARKS, OVERLAY, MAGNIFIED,
)  # fmt: skip
"""What a clip's folder may hold of ours. What a person decided in a review is theirs."""


def analyse_order(order: Order, progress: Progress) -> Outcome:
    """Analyse one clip exactly as `twitchcam analyze` does, and write its files. Errors are outcomes."""
    began = time.perf_counter()
    try:
        outcome = _analyse(order, progress)
    except NoRoom as error:
        outcome = Outcome("no_room", " ".join(str(error).split()))
    except TwitchcamError as error:
        outcome = Outcome("refused", " ".join(str(error).split()))
    except MemoryError:
        outcome = Outcome("memory", "the memory did not suffice; fewer --workers leave more for each")
    except Exception as error:
        short = " ".join(str(error).split())[:300]
        outcome = Outcome("bug", f"program error, {type(error).__name__}: {short}", traceback.format_exc())
    if outcome.reason in ("refused", "changed"):
        clear(Path(order.out) / order.job.name, order.job.path)
    return replace(outcome, seconds=round(time.perf_counter() - began, 3))


def _analyse(order: Order, progress: Progress) -> Outcome:
    job = order.job
    if order.program and order.program != program_key():
        return Outcome(
            "version",
            "the worker there has another version of twitchcam or of its libraries; install the same",
        )
    before = stat_of(job.path)
    if before is None:
        return Outcome("missing", f"{job.path} does not exist, or this machine does not see it")
    run = session.analyse_recording if session.is_recording(job.path) else session.analyse_clip
    result = run(job.path, Path(order.out), job.options, progress=progress, name=job.name)
    if stat_of(job.path) != before:
        return Outcome(
            "changed", f"{job.path} was written to while it was read; run again when it is complete"
        )
    return Outcome(stat=before, sha256=_content(job.path, result), values=_values(result))


def _content(path: str, result: Result) -> str | None:
    """A clip's hash was made while it was decoded; a recording carries that of its clip, not its own."""
    from twitchcam.batch.fingerprint import content_key

    return content_key(path) if session.is_recording(path) else result.recording.source.sha256


def _values(result: Result) -> dict[str, Any]:
    return flatten(summary_to_dict(result.summary))


def clear(folder: Path, clip: str) -> None:
    """Take our files of an earlier run away: they would pass for the result of a clip that has none now."""
    for name in FILES:
        try:
            if not os.path.samefile(folder / name, clip):
                os.unlink(folder / name)
        except OSError:
            continue
    try:
        folder.rmdir()
    except OSError:  # not there, or with files of the user
        return
