"""Measures one clip and prints what came out, down to the last bit: run by test_determinism as a program.

`python determined.py CLIP threaded|plain`; TEST_CV_THREADS sets OpenCV's threads.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import closing
from dataclasses import replace

import cv2
import numpy as np

from twitchcam.analysis import analyse
from twitchcam.edges.decode import open_video
from twitchcam.edges.outputs import summary_to_dict
from twitchcam.edges.recordings import as_stored
from twitchcam.front.recorder import Recorder, glance
from twitchcam.front.sparse import track_sparsely
from twitchcam.session import Options, make_tracker, record
from twitchcam.triage.answers import Answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import PER_FRAME, Recording


def plain(path: str) -> Recording:
    """Measure frame after frame, without any thread of the program's own."""
    recorder, tracker = Recorder(), make_tracker()
    with open_video(path) as video, closing(tracker):
        for frame, landmarks in track_sparsely(iter(video), tracker.track):
            seen = None if landmarks is None else glance(frame, landmarks)
            recorder.add(frame, landmarks, seen)
        return as_stored(recorder.recording(video.source, tracker.info))


def main() -> None:
    path, way = sys.argv[1:3]
    cv2.setNumThreads(int(os.environ.get("TEST_CV_THREADS", "1")))
    recording = record(path, Options()) if way == "threaded" else plain(path)
    recording = replace(recording, source=replace(recording.source, file="clip.mp4", filmed=""))
    arrays = {name: np.ascontiguousarray(getattr(recording, name)) for name in PER_FRAME}
    digests = {name: hashlib.sha256(array.tobytes()).hexdigest()[:16] for name, array in arrays.items()}
    sums = {name: float(np.nansum(np.abs(array.astype(float)))) for name, array in arrays.items()}
    measured = analyse(recording)
    peaks = [[e.onset_s, e.peak_s, e.offset_s, e.amplitude_mm, e.region] for e in measured.events]
    document = summary_to_dict(conclude(measured, Answers()))
    print(json.dumps({"arrays": digests, "sums": sums, "events": peaks, "summary": document}))


if __name__ == "__main__":
    main()
