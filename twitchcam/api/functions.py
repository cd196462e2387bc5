"""Functions: analyse a clip, open a result again, apply the rules to answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from twitchcam.api.inputs import AnswersLike, answers_of
from twitchcam.api.result import Analysis
from twitchcam.edges.answers_file import read_summary
from twitchcam.errors import InputRefused
from twitchcam.progress import ProgressDisplay
from twitchcam.protocol import Segment, in_order
from twitchcam.protocols import parse_segments, read_protocol
from twitchcam.results import open_results
from twitchcam.session import (
    BACKEND,
    Options,
    Progress,
    Result,
    analyse_clip,
    analyse_recording,
    is_recording,
    name_of,
)
from twitchcam.summary import Triage
from twitchcam.triage.engine import triage as apply_rules
from twitchcam.triage.observed import observe, observed_from_summary

SegmentsLike = str | Iterable[Segment | tuple[str, float, float]] | None
ProgressLike = Callable[[str, int, int | None], None] | bool | None


def analyze(
    clip: str | Path,
    *,
    answers: AnswersLike = None,
    protocol: str | Path | None = None,
    segments: SegmentsLike = None,
    mirrored: bool = False,
    pd_mm: float | None = None,
    real_fps: float | None = None,
    exposure_ms: float | None = None,
    backend: str = BACKEND,
    out: str | Path | None = None,
    overlay: bool = False,
    magnify: float | None = None,
    progress: ProgressLike = None,
) -> Analysis:
    """Measure a clip, or a recording.npz of an earlier run; the same numbers as `twitchcam analyze` gives.

    Parameters
    ----------
    clip : path
        A video, or a recording.npz.
    answers : dict, path or Answers, optional
        The questionnaire: keys and values as in an answers file, or such a file (TOML, JSON).
    protocol : str or path, optional
        Name or file of the guided protocol that was followed from the clip's start.
    segments : str or list of (task, start_s, end_s), optional
        What was done when; goes before `protocol`. As text: "rest:0-60,smile:60-66".
    mirrored : bool
        The video is a mirror image: left and right are swapped back.
    pd_mm : float, optional
        The person's pupillary distance, for a better scale.
    real_fps, exposure_ms : float, optional
        Rate at which the camera took the pictures (slow motion) and its shutter time, where the file does not
        tell.
    backend : str
        Face tracker: "facemesh" or "tasks".
    out : path, optional
        Results are written to `out`/<clip name>/; nothing is written without it.
    overlay, magnify
        Also write videos, as --overlay and --magnify do; they need `out`.
    progress : callable or True, optional
        Called with (stage, frames done, frames expected or None); True shows a bar on standard error.

    Raises
    ------
    InputRefused
        If something cannot be used: one line that says what, where and what to do.
    """
    if (overlay or magnify is not None) and out is None:
        raise InputRefused("overlay and magnify write videos: say with out= where they go")
    options = Options(
        mirrored=mirrored,
        pd_mm=pd_mm,
        real_fps=real_fps,
        exposure_ms=exposure_ms,
        overlay=overlay,
        magnify=magnify,
        backend=backend,
        answers=answers_of(answers),
        segments=_segments_of(protocol, segments),
    )
    folder = None if out is None else Path(out)
    result = _run(clip, folder, options, progress)
    return Analysis(name_of(clip), result.recording, result.summary, options.answers, None, result.folder)


def load(results: str | Path, *, answers: AnswersLike = None) -> Analysis:
    """Open a results folder (or a recording.npz) again, with the answers, review and course that it rests on.

    The recording is analysed anew, which takes seconds for a minute of video. `answers` go before those of
    the folder. Raises InputRefused when there is no recording.
    """
    opened = open_results(results, answers=None if answers is None else answers_of(answers))
    return Analysis(
        opened.name, opened.recording, opened.summary, opened.answers, opened.review, opened.folder
    )


def triage(
    answers: AnswersLike = None, *, summary: Analysis | Mapping[str, Any] | str | Path | None = None
) -> Triage:
    """Apply the rules to answers, and to what a recording showed if one is given.

    `summary` is an `Analysis`, its `to_dict()`, or a summary.json. Raises InputRefused as `analyze` does.
    """
    given = answers_of(answers)
    if summary is None:
        return apply_rules(given, None)
    if isinstance(summary, Analysis):
        return apply_rules(given, observe(summary.measured, summary.patterns, summary.summary.history))
    document = summary if isinstance(summary, Mapping) else read_summary(Path(summary))
    return apply_rules(given, observed_from_summary(document))


def _segments_of(protocol: str | Path | None, segments: SegmentsLike) -> tuple[Segment, ...]:
    if segments is None:
        return read_protocol(str(protocol)).segments() if protocol is not None else ()
    if isinstance(segments, str):
        return parse_segments(segments)
    try:
        return in_order(s if isinstance(s, Segment) else Segment(*s) for s in segments)  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise InputRefused(
            f"segments: {error}; give (task, start_s, end_s), such as ('rest', 0, 60)"
        ) from error


def _run(clip: str | Path, out: Path | None, options: Options, progress: ProgressLike) -> Result:
    def run(report: Progress) -> Result:
        work = analyse_recording if is_recording(clip) else analyse_clip
        return work(clip, out, options, progress=report)

    if progress is True:
        with ProgressDisplay(Path(clip).name) as display:
            return run(display)
    return run(progress if callable(progress) else _silent)


def _silent(_stage: str, _done: int, _expected: int | None) -> None:
    return None
