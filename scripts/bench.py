"""Speed of `twitchcam analyze` against a bare loop that decodes with OpenCV and runs refined FaceMesh on
every frame.

    python scripts/bench.py [CLIP] [--repeats 3]

Without CLIP a 30 s 1280x720 clip at 30 fps (H.264, 12 Mb/s) is made once and kept in results/bench. Both run
as whole processes, in turns, start-up and report included; machines are noisy, so read the ratio of the
minima. Then the cost of each stage alone, and of time to first result.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

BARE_LOOP = """
import sys, cv2, mediapipe as mp
mesh = mp.solutions.face_mesh.FaceMesh(refine_landmarks=True, max_num_faces=1)
video = cv2.VideoCapture(sys.argv[1])
while True:
    good, picture = video.read()
    if not good:
        break
    mesh.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
"""


def standard_clip(folder: Path, seconds: float = 30.0) -> Path:
    """Return the bench's own clip, made when it is not there yet."""
    from twitchcam.synth import Blink, Camera, Clip, Encoding, Sway, Twitch, astronaut, write_clip

    path = folder / f"bench-720p30-{seconds:g}s.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        clip = Clip(
            duration_s=seconds,
            twitches=(Twitch("commissure_left", 0.5, 5, duration_s=15, hz=5, direction_deg=60),),
            blinks=tuple(Blink(t) for t in np.arange(2.0, seconds - 1, 3.7).tolist()),
            sway=Sway(2.0, 1.5),
            camera=Camera(noise=1.0),
            encoding=Encoding(preset="medium", params="bframes=0"),
            eye_distance_px=110,
        )
        write_clip(path, clip, astronaut())
    return path


def timed(command: list[str]) -> tuple[float, float]:
    """Run a command; return (wall seconds, CPU seconds)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def whole_runs(clip: Path, repeats: int) -> None:
    """Time both programs in turns and print the table."""
    with tempfile.TemporaryDirectory() as out:
        commands = {
            "bare loop": [sys.executable, "-c", BARE_LOOP, str(clip)],
            "analyze": [sys.executable, "-m", "twitchcam", "analyze", str(clip), "--out", out],
        }
        rows: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(repeats):
            for name, command in commands.items():
                rows[name].append(timed(command))
    print("| | wall s (min) | wall s (median) | CPU s (min) |\n| --- | --- | --- | --- |")
    for name, values in rows.items():
        wall, cpu = np.array(values).T
        print(f"| {name} | {wall.min():.2f} | {np.median(wall):.2f} | {cpu.min():.2f} |")
    ratio = min(w for w, _ in rows["analyze"]) / min(w for w, _ in rows["bare loop"])
    print(f"\nanalyze takes {ratio:.2f} times the bare loop's time ({os.cpu_count()} cores)")


def stages(clip: Path) -> None:
    """Time each stage alone on one thread of control and print milliseconds a frame."""
    from twitchcam.analysis import analyse
    from twitchcam.edges.decode import open_video
    from twitchcam.edges.recordings import as_stored
    from twitchcam.front.recorder import Recorder
    from twitchcam.session import make_tracker, write_outputs
    from twitchcam.triage.answers import Answers
    from twitchcam.triage.patterns import conclude

    def lap(name: str, work: Callable[[], object], frames: int) -> object:
        start = time.perf_counter()
        result = work()
        spent = time.perf_counter() - start
        print(f"| {name} | {1e3 * spent / frames:.2f} | {spent:.2f} |")
        return result

    with open_video(clip) as video:
        start = time.perf_counter()
        frames = [frame for frame in video if frame.picture.luma is not None]
        decode_s = time.perf_counter() - start
        source = video.source
    n = len(frames)
    print("\n| stage, alone | ms a frame | s |\n| --- | --- | --- |")
    print(f"| decode, luma | {1e3 * decode_s / n:.2f} | {decode_s:.2f} |")
    tracker = make_tracker()
    found = [tracker.track(frames[0])]
    rest = lap("face mesh", lambda: [tracker.track(f) for f in frames[1:]], n)
    assert isinstance(rest, list)
    found += rest
    recorder = Recorder()
    lap("registration", lambda: [recorder.add(f, m) for f, m in zip(frames, found, strict=True)], n)
    recording = as_stored(recorder.recording(source, tracker.info))
    tracker.close()
    lap("back and triage", lambda: conclude(analyse(recording), Answers()), n)
    summary = conclude(analyse(recording), Answers())
    with tempfile.TemporaryDirectory() as out:
        lap("writing the five files", lambda: write_outputs(recording, summary, Path(out) / "x"), n)


def main() -> None:
    """Run the bench."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    clip = args.clip or standard_clip(Path("results/bench"))
    whole_runs(clip, args.repeats)
    stages(clip)


if __name__ == "__main__":
    main()
