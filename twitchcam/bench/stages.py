"""The program's own work on a clip: whole, or stage by stage with one stage running at a time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from twitchcam.analysis import analyse
from twitchcam.bench.stopwatch import Lap, Stopwatch
from twitchcam.edges.decode import open_video
from twitchcam.edges.recordings import as_stored
from twitchcam.front.recorder import Recorder
from twitchcam.front.sparse import track_sparsely
from twitchcam.session import Options, analyse_clip, make_tracker, write_outputs
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude


def analyse_whole(clip: Path, begin: Callable[[], None]) -> int:
    """Do what `twitchcam analyze` does, its five files included; return the number of pictures."""
    make_tracker().close()  # imports the networks' library; they are loaded at the first picture
    begin()
    with tempfile.TemporaryDirectory() as out:
        return int(analyse_clip(clip, Path(out), Options()).recording.t_s.size)


def decode_alone(clip: Path, begin: Callable[[], None]) -> int:
    """Decode as the program does, luma only, in one thread; return the number of pictures."""
    begin()
    with open_video(clip, ahead=False) as video:
        return sum(min(frame.picture.luma.size, 1) for frame in video)


def run_stages(clip: Path, begin: Callable[[], None], *, watch: Stopwatch | None = None) -> dict[str, Lap]:
    """Do the same in one thread and return what each of the stages took.

    The sum is more than `analyze` takes, which runs decoding, mesh and registration side by side.
    """
    watch = watch or Stopwatch()
    tracker, recorder = make_tracker(), Recorder()
    begin()
    try:
        with tempfile.TemporaryDirectory() as out, open_video(clip, ahead=False) as video:
            frames = watch.each("decode", video, lambda frame: frame.picture.luma)
            for frame, landmarks in track_sparsely(frames, watch.around("mesh", tracker.track)):
                with watch.lap("registration"):
                    recorder.add(frame, landmarks)
            source = video.source
            with watch.lap("registration"):
                recording = recorder.recording(source, tracker.info)
            with watch.lap("back"):
                recording = as_stored(recording)
                summary = conclude(analyse(recording), Answers())
            with watch.lap("writing"):
                write_outputs(recording, summary, Path(out) / "results")
    finally:
        tracker.close()
    return watch.laps
