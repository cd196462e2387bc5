"""One clip from file to folder: decode, track, register, analyse, conclude, write.

Decoding, tracking and registering run in three threads that hand frames on: their work is in native code, so
two cores share it. Each stage sees the frames in order, and no result depends on the threads' timing.

A recording that was saved is analysed again without its video, to the same numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from twitchcam.analysis import analyse
from twitchcam.course import Course
from twitchcam.edges.decode import VideoFile, open_video, prefetch
from twitchcam.edges.exports.landmarks import logged
from twitchcam.edges.filming_time import creation_time
from twitchcam.edges.outputs import (
    write_events_tsv,
    write_reviewed_tsv,
    write_signals_csv,
    write_summary_json,
)
from twitchcam.edges.overlay import (
    N_MARKS,
    Moment,
    cut_moments,
    pick_marks,
    write_magnified,
    write_overlay,
)
from twitchcam.edges.pdf import check_paper, write_pdf
from twitchcam.edges.recordings import as_stored, load_recording, save_recording
from twitchcam.edges.report import EventPicture, write_report
from twitchcam.edges.report.pictures import FILE as PICTURES
from twitchcam.edges.report.pictures import SLOWER, make_strip, read_pictures, write_pictures
from twitchcam.edges.timestamps import measure_timing
from twitchcam.errors import InputRefused
from twitchcam.files import make_folder, remove_leftovers
from twitchcam.front.real_time import check_real_fps, with_exposure, with_real_fps
from twitchcam.front.recorder import Glance, Recorder, glance, mirror
from twitchcam.front.sparse import Tracked, track_sparsely
from twitchcam.front.stopped import about_stop, as_stopped
from twitchcam.languages import language_of
from twitchcam.protocol import Segment
from twitchcam.result_files import (
    EVENTS,
    LANDMARKS,
    MAGNIFIED,
    OVERLAY,
    PDF,
    RECORDING,
    REPORT,
    REVIEWED,
    SIGNALS,
    SUMMARY,
)
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude, with_course
from twitchcam.types import FaceLandmarks, FloatArray, Frame, Recording, Source, Tracker

BACKENDS: Final[tuple[str, ...]] = ("facemesh", "tasks")
BACKEND: Final[str] = BACKENDS[0]
SHOWN_MOMENTS: Final = 3
TICK_S: Final = 1e-6
"""To which the times of a stopped clip's frames are known."""
Progress = Callable[[str, int, int | None], None]
"""Called with (stage, frames done, frames expected or None)."""


Stop = Callable[[], bool]
"""Asked between frames: whether to conclude now, with what was measured so far."""


def _silent(_stage: str, _done: int, _expected: int | None) -> None:
    return None


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Options:
    """How a clip is to be analysed."""

    mirrored: bool = False
    pd_mm: float | None = None
    real_fps: float | None = None
    """Rate at which the camera took the pictures, where the file does not tell (slow motion)."""
    exposure_ms: float | None = None
    """How long the shutter was open for each picture."""
    overlay: bool = False
    landmarks: bool = False
    """Also write the mesh's points, for the frames that the mesh was run on."""
    magnify: float | None = None
    """How many times the motion is enlarged in a video of the mouth; None for no such video."""
    pictures: bool = False
    """Put loops of the strongest twitches into the report: pictures of the face, in its file."""
    backend: str = BACKEND
    paper: str | None = None
    """Paper of report.pdf: a4 or letter; None for no such file."""
    language: str = "en"
    """Of what people read: the report and its PDF. The files for machines are always English."""
    answers: Answers = field(default_factory=Answers)
    segments: tuple[Segment, ...] = ()
    """What the person was asked to do, and when; empty: what the recording itself says."""
    course: Callable[[Recording, Summary], Course | None] | None = None
    """Gives what a result shows together with earlier ones; None: it stands by itself."""

    def __post_init__(self) -> None:
        if self.pd_mm is not None and not 40 <= self.pd_mm <= 80:
            raise InputRefused(
                f"--pd-mm {self.pd_mm:g}: a pupillary distance lies between 40 and 80 mm; "
                "give the distance between the pupils in millimetres, as on a glasses prescription"
            )
        check_real_fps(self.real_fps)
        if self.exposure_ms is not None and not 0.01 <= self.exposure_ms <= 500:
            raise InputRefused(
                f"--exposure-ms {self.exposure_ms:g}: give the shutter time in milliseconds, 0.01 to 500 "
                "(1/50 s is 20)"
            )
        if self.magnify is not None and not 2 <= self.magnify <= 50:
            raise InputRefused(
                f"--magnify {self.magnify:g}: motion can be shown 2 to 50 times as large; 10 is a good start"
            )
        if self.paper is not None:
            check_paper(self.paper)
        language_of(self.language)
        if self.backend not in BACKENDS:
            raise InputRefused(f"--backend {self.backend}: no such face tracker; use {' or '.join(BACKENDS)}")


@dataclass(frozen=True, slots=True)
class Result:
    """What one clip gave."""

    recording: Recording
    summary: Summary
    folder: Path | None
    stopped: bool = False
    """The clip goes on behind what was measured."""


def make_tracker(backend: str = BACKEND) -> Tracker:
    """Return a fresh tracker; one serves one clip."""
    if backend == "facemesh":
        from twitchcam.edges.facemesh import FaceMeshTracker

        return FaceMeshTracker()
    from twitchcam.edges.tasks import TasksTracker

    return TasksTracker()


Glanced = tuple[Frame, FaceLandmarks | None, Glance | None]


def _glanced(tracked: Iterable[Tracked]) -> Iterator[Glanced]:
    for frame, landmarks in tracked:
        yield frame, landmarks, None if landmarks is None else glance(frame, landmarks)


def follow(video: VideoFile, tracker: Tracker) -> Generator[Glanced, None, None]:
    """Yield each frame with its landmarks and a glance at it, made ahead in two background threads."""
    with (
        closing(prefetch(video, prepare=lambda frame: frame.picture.luma)) as frames,
        closing(prefetch(_glanced(track_sparsely(frames, tracker.track)))) as tracked,
    ):
        yield from tracked


@dataclass
class _Marks:
    """What a second pass over the clip needs: landmarks for the overlay, where the face lies."""

    t_s: list[float] = field(default_factory=list)
    points: list[FloatArray] = field(default_factory=list)
    to_picture: FloatArray | None = None

    def add(self, frame: Frame, landmarks: FaceLandmarks | None) -> None:
        self.t_s.append(frame.t_s)
        blank = np.full((N_MARKS, 2), np.nan)
        self.points.append(blank if landmarks is None else pick_marks(landmarks.points_px))


def record(
    path: str | Path,
    options: Options,
    *,
    progress: Progress = _silent,
    stop: Stop = _never,
    marks: _Marks | None = None,
    landmarks_to: Path | None = None,
) -> Recording:
    """Measure every frame of a clip, or those before `stop` says so; the recording tells it then.

    The mesh's points go to `landmarks_to`, where that is given; those of a stopped clip only where no longer
    recording lies beside it.

    Raises
    ------
    InputRefused
        If the file is missing or holds no video.
    KeyboardInterrupt
        If it was stopped before the first frame.
    """
    progress("starting", 0, None)
    recorder, stopped = Recorder(), False

    def keep_landmarks() -> bool:
        return not stopped or not (landmarks_to and _holds_more(landmarks_to.parent, recorder.times_s.size))

    with open_video(path, mirrored=options.mirrored, real_fps=options.real_fps) as video:
        tracker = make_tracker(options.backend)
        try:
            with (
                logged(tracker, landmarks_to, keep_landmarks) as watching,
                closing(follow(video, watching)) as tracked,
            ):
                for done, (frame, landmarks, seen) in enumerate(tracked, 1):
                    if stopped := stop():
                        break
                    recorder.add(frame, landmarks, seen)
                    if marks is not None:
                        marks.add(frame, landmarks)
                    progress("measuring", done, video.expected_frames)
                if stopped and not recorder.times_s.size:
                    raise KeyboardInterrupt
        finally:
            tracker.close()
        source = _up_to(recorder.times_s, video.source) if stopped else video.source
        # The numbers of the file that is written are the numbers that are analysed.
        recording = as_stored(recorder.recording(source, tracker.info, pd_mm=options.pd_mm))
        recording = with_exposure(recording, options.exposure_ms)
        recording = replace(recording, source=replace(recording.source, filmed=_filmed(path)))
        if marks is not None:
            marks.to_picture = recorder.placements()
        return recording


def _up_to(times_s: FloatArray, source: Source) -> Source:
    """Return what a clip is up to the last frame that was measured, with a note that it goes on."""
    timing = measure_timing(times_s, TICK_S)
    return as_stopped(replace(source, frames=times_s.size, duration_s=timing.duration_s))


def is_recording(path: str | Path) -> bool:
    """Tell whether `path` names a saved recording instead of a video."""
    return Path(path).suffix.lower() == ".npz"


def name_of(path: str | Path) -> str:
    """Return the name of the folder that a clip's or a recording's results go to.

    That of a clip is its stem; `somewhere/phone/recording.npz` came from a clip named phone.
    """
    path = Path(path)
    if is_recording(path) and path.stem == "recording":
        return path.absolute().parent.name or path.stem
    return path.stem


def analyse_clip(
    path: str | Path,
    out: Path | None,
    options: Options,
    *,
    progress: Progress = _silent,
    stop: Stop = _never,
    name: str | None = None,
) -> Result:
    """Measure a clip, conclude, and write the five files into `out`/<clip stem>/ (none without `out`).

    `name` stands in the place of the clip's stem, where two clips have the same. When `stop` says so, what
    was measured so far is concluded and written, unless the folder holds more of the clip already; overlay
    and pictures are left out then.

    Raises
    ------
    InputRefused
        If the file is missing or holds no video, or the folder cannot be written to.
    KeyboardInterrupt
        If it was stopped before the first frame.
    """
    folder = None if out is None else out / (name or name_of(path))
    check_folder(folder)
    drawn = options.overlay or options.pictures or options.magnify is not None
    marks = _Marks() if drawn and folder is not None else None
    landmarks_to = _place_for_landmarks(folder) if folder is not None and options.landmarks else None
    recording = record(path, options, progress=progress, stop=stop, marks=marks, landmarks_to=landmarks_to)
    stopped = bool(about_stop(recording.source.notes))
    if stopped:
        options = replace(options, course=None)
        folder = None if folder is not None and _holds_more(folder, recording.t_s.size) else folder
    result = replace(_finish(recording, folder, options, progress), stopped=stopped)
    if folder is not None and landmarks_to is None:
        (folder / LANDMARKS).unlink(missing_ok=True)  # of an earlier run
    _print(result, options)
    if stop():
        return result
    if marks is not None and folder is not None and options.overlay:
        _draw(path, folder, marks, result.summary, options, progress)
    if marks is not None and folder is not None and options.magnify is not None:
        _magnify(path, folder, marks, result, options, progress)
    if marks is not None and folder is not None and options.pictures:
        _take_pictures(path, folder, marks, result, options, progress)
    return result


def _holds_more(folder: Path, frames: int) -> bool:
    """Tell whether a folder holds a longer recording already, which a part must not take the place of."""
    try:
        return load_recording(folder / RECORDING).t_s.size > frames
    except (InputRefused, OSError):  # none, or none that anybody could use
        return False


def _place_for_landmarks(folder: Path) -> Path:
    try:
        make_folder(folder)
    except OSError as error:
        raise InputRefused(f"{folder}: cannot write here ({error.strerror}); choose another --out") from error
    return folder / LANDMARKS


def analyse_recording(
    path: str | Path,
    out: Path | None,
    options: Options,
    *,
    progress: Progress = _silent,
    name: str | None = None,
) -> Result:
    """Analyse a saved recording again, as `analyse_clip` does the clip: same options, same numbers.

    Raises
    ------
    InputRefused
        If the file is no recording, the folder cannot be written to, or an option needs the pictures.
    """
    folder = None if out is None else out / (name or name_of(path))
    check_folder(folder)
    _refuse_what_needs_pictures(path, options)
    recording = with_exposure(load_recording(Path(path)), options.exposure_ms)
    if options.real_fps is not None:
        recording = with_real_fps(recording, options.real_fps)
    if options.mirrored and not recording.source.mirrored:
        source = replace(recording.source, mirrored=True)
        recording = as_stored(replace(mirror(recording), source=source))
    result = _finish(recording, folder, options, progress)
    _print(result, options)
    return result


def _refuse_what_needs_pictures(path: str | Path, options: Options) -> None:
    asked = {
        "--overlay": options.overlay,
        "--landmarks": options.landmarks,
        "--magnify": options.magnify is not None,
        "--pictures": options.pictures,
        "--pd-mm": options.pd_mm is not None,
        "--backend": options.backend != BACKEND,
    }
    for option, given in asked.items():
        if given:
            raise InputRefused(f"{path}: a recording holds no pictures, which {option} needs; give the video")


def _finish(recording: Recording, folder: Path | None, options: Options, progress: Progress) -> Result:
    progress("analysing", 0, None)
    if options.segments:
        recording = replace(recording, segments=options.segments)
    summary = conclude(analyse(recording), options.answers)
    if options.course is not None:
        course = options.course(recording, summary)
        summary = summary if course is None else with_course(summary, options.answers, course)
    if folder is not None:
        write_outputs(recording, summary, folder, options.language)
    return Result(recording, summary, folder)


def _print(result: Result, options: Options) -> None:
    """Write report.pdf where it is asked for."""
    if options.paper is not None and result.folder is not None:
        write_printed(
            result.recording,
            result.summary,
            result.folder / PDF,
            paper=options.paper,
            language=options.language,
        )


def write_printed(
    recording: Recording, summary: Summary, path: Path, *, paper: str = "a4", language: str = "en"
) -> None:
    """Write the report as a PDF that says on which day the clip was filmed, where that is known."""
    write_pdf(summary, path, paper=paper, language=language, filmed=filmed_day(recording.source))


def _filmed(path: str | Path) -> str:
    """Return the ISO day on which a clip's own data say that it was filmed; empty when they say nothing."""
    try:
        moment = creation_time(Path(path))
    except InputRefused:  # gone, or broken by now: what was measured stays
        return ""
    return "" if moment is None else moment.date().isoformat()


def filmed_day(source: Source) -> str:
    """Return the ISO day on which a clip was filmed, by its own data or its name; empty without either."""
    from twitchcam.history_command.filmed import in_name

    return source.filmed or (in_name(Path(source.file).stem) or "")[:10]


def check_folder(folder: Path | None) -> None:
    """Refuse a results folder that cannot be made or written to, before the time for measuring is spent."""
    if folder is None:
        return
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place))
    if not there.is_dir():
        raise InputRefused(f"{there}: is not a folder, so no results fit in it; choose another with --out")
    if not os.access(there, os.W_OK | os.X_OK):
        raise InputRefused(f"{there}: cannot write here; choose another folder with --out")


def write_outputs(recording: Recording, summary: Summary, folder: Path, language: str = "en") -> Path:
    """Write the five files of the contract; return the folder. What an earlier run left besides goes away."""
    try:
        make_folder(folder)
        remove_leftovers(folder)
        for name in (OVERLAY, MAGNIFIED, PDF, PICTURES):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputRefused(
            f"{folder}: cannot write here ({error.strerror}); choose another folder with --out"
        ) from error
    save_recording(recording, folder / RECORDING)
    write_signals_csv(folder / SIGNALS, recording.t_s, recording.motion_mm)
    write_results(summary, folder, language)
    return folder


def write_results(summary: Summary, folder: Path, language: str = "en") -> None:
    """Write what depends on the events; those that a person reviewed go beside the automatic ones.

    Pictures that the folder keeps stand in the report.
    """
    review = summary.measured.review
    write_summary_json(folder / SUMMARY, summary)
    write_events_tsv(folder / EVENTS, summary.measured.events if review is None else review.automatic)
    if review is None:
        (folder / REVIEWED).unlink(missing_ok=True)
    else:
        write_reviewed_tsv(folder / REVIEWED, review)
    write_report(summary, folder / REPORT, pictures=read_pictures(folder / PICTURES), language=language)


@contextmanager
def _frames_again(path: str | Path, options: Options) -> Iterator[Iterable[Frame]]:
    """Read the clip a second time, the same way."""
    with (
        open_video(path, mirrored=options.mirrored, real_fps=options.real_fps) as video,
        closing(prefetch(video)) as frames,
    ):
        yield frames


def _draw(
    path: str | Path, folder: Path, marks: _Marks, summary: Summary, options: Options, progress: Progress
) -> None:
    total = len(marks.t_s)
    with _frames_again(path, options) as frames:
        write_overlay(
            frames,
            folder / OVERLAY,
            t_s=np.array(marks.t_s),
            marks_px=np.array(marks.points),
            events=summary.measured.events,
            fps=summary.measured.source.fps,
            on_frame=lambda done: progress("drawing the overlay", done, total),
        )


def _magnify(
    path: str | Path, folder: Path, marks: _Marks, result: Result, options: Options, progress: Progress
) -> None:
    assert marks.to_picture is not None
    assert options.magnify is not None
    total = len(marks.t_s)
    with _frames_again(path, options) as frames:
        write_magnified(
            frames,
            folder / MAGNIFIED,
            result.recording,
            result.summary.measured,
            to_picture=marks.to_picture,
            times=options.magnify,
            on_frame=lambda done: progress("magnifying", done, total),
        )


def _take_pictures(
    path: str | Path, folder: Path, marks: _Marks, result: Result, options: Options, progress: Progress
) -> None:
    assert marks.to_picture is not None
    progress("taking pictures", 0, None)
    with _frames_again(path, options) as frames:
        moments = cut_moments(
            frames, result.recording, result.summary.measured, marks.to_picture, SHOWN_MOMENTS
        )
    if moments:
        pictures = [_picture_of(moment) for moment in moments]
        write_pictures(folder / PICTURES, pictures)
        write_report(result.summary, folder / REPORT, pictures=pictures, language=options.language)


def _picture_of(moment: Moment) -> EventPicture:
    event, times = moment.event, np.array(moment.times_s)
    height, width = moment.frames[0].shape[:2]
    return EventPicture(
        region=event.region,
        peak_s=event.peak_s,
        amplitude_mm=event.amplitude_mm,
        times_larger=moment.times_larger,
        limited=moment.limited,
        slower=SLOWER,
        times_s=tuple(round(float(t), 4) for t in times - times[0]),
        peak_frame=int(np.argmin(np.abs(times - event.peak_s))),
        width=width,
        height=height,
        data=make_strip(moment.frames),
    )
