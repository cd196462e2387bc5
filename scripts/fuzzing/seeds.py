"""Good files, from which the hostile ones are made: a small recording, its results, a history."""

from __future__ import annotations

import json
import random
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from twitchcam.regions import INDEX, REGIONS
from twitchcam.types import PER_FRAME, Recording, Scale, Source, TrackerInfo

FPS: Final = 30.0
ANSWERS: Final[dict[str, Any]] = {
    "duration_days": 40, "onset": "gradual", "sides": "one", "spread": ["eye", "cheek"], "pain": False,
    "medicines": ["antidepressant"], "age": 51, "sleep_hours": 6.5, "worsening": True, "started_at": "eyelid",
}  # fmt: skip
PROTOCOL: Final[dict[str, Any]] = {
    "name": "mine", "title": "a test", "start_s": 0.5,
    "step": [{"task": "rest", "seconds": 3, "prompt": "Rest."},
             {"task": "smile", "seconds": 2.5, "prompt": "Smile.", "voice": "Smile."},
             {"task": "eyes_firm", "start_s": 6.5, "end_s": 7.5, "prompt": "Close."}],
}  # fmt: skip
CLIP: Final[dict[str, Any]] = {
    "duration_s": 2.0, "mirrored": True,
    "twitches": [{"site": "commissure_left", "start_s": 0.5, "duration_s": 1.0, "amplitude_mm": 0.5}],
    "blinks": [{"t_s": 0.4, "side": "both"}], "camera": {"fps": 20.0, "noise": 1.0, "size": [320, 240]},
    "encoding": {"codec": "mjpeg"},
}  # fmt: skip
CLIP_NAME: Final = "2026-03-05 me"


@dataclass(frozen=True)
class Seeds:
    """The good files, as bytes by their names."""

    results: dict[str, bytes]
    """A results folder: summary.json, events.tsv, recording.npz, review.toml, pictures.json, ..."""
    history: bytes
    exported: dict[str, Any]
    batch: dict[str, bytes]
    """A batch's results folder, by path inside it."""


def small_recording(seed: int = 1, duration_s: float = 8.0) -> Recording:
    """Return a face at rest whose left mouth corner twitches, as the front would give it."""
    rng = np.random.default_rng(seed)
    n = round(duration_s * FPS)
    t = np.arange(n) / FPS
    motion = rng.normal(0, 0.02, (n, len(REGIONS), 2))
    for at in np.arange(1.0, duration_s - 1, 1.2):
        motion[:, INDEX["commissure_left"], 1] += 0.8 * np.exp(-(((t - at) / 0.05) ** 2))
    one, two, many = np.ones(n), np.ones((n, 2)), np.ones((n, len(REGIONS)))
    arrays: dict[str, Any] = {
        "t_s": t, "motion_mm": motion, "mesh_mm": rng.normal(0, 5, (1, len(REGIONS), 2)) + 0 * motion,
        "pose_deg": rng.normal(0, 0.2, (n, 3)), "head_mm": 0.2 * two, "eye_opening_mm": 9.5 * two,
        "mouth_opening_mm": 0.3 * one, "mouth_width_mm": 50 * one, "eye_distance_px": 110 * one,
        "residual": one, "region_match": 0.97 * many, "region_sd_mm": 0.02 * many, "sharpness": one,
        "brightness": 0.5 * one, "clipped": 0 * one, "keyframe": np.zeros(n, np.int32),
        "repeated": np.zeros(n, bool), "b_picture": np.zeros(n, bool), "coded_step_mm": np.nan * many,
        "changed": one, "in_frame": one, "plausible": one, "mouth_seen": one,
    }  # fmt: skip
    assert set(arrays) == set(PER_FRAME)
    return Recording(
        **arrays,
        source=Source(
            f"{CLIP_NAME}.mp4", "ab" * 32, 1280, 720, n, duration_s, FPS, False, 0, False, filmed="2026-03-05"
        ),
        tracker=TrackerInfo("facemesh", "0.10.21", "cd" * 32),
        scale=Scale(0.57, "iris+eye_distance", 0.04),
    )


@cache
def make_seeds() -> Seeds:
    """Make every good file, with the program itself."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        results = _results(folder)
        return Seeds(results, *_history(folder), _batch(folder, results))


def _results(folder: Path) -> dict[str, bytes]:
    from twitchcam.analysis import analyse
    from twitchcam.edges.recordings import as_stored
    from twitchcam.review_command import ReviewOptions, run_review
    from twitchcam.session import write_outputs
    from twitchcam.triage.answers import parse_answers
    from twitchcam.triage.patterns import conclude

    recording = as_stored(small_recording())
    summary = conclude(analyse(recording), parse_answers(ANSWERS))
    mine = write_outputs(recording, summary, folder / CLIP_NAME)
    events = summary.measured.events
    assert events, "the seed recording must twitch"
    first = f'peak = {events[0].peak_s:.4f}\nregion = "{events[0].region}"\n'
    text = f'reviewer = "AB"\n[[event]]\naction = "reject"\n{first}'
    (folder / "r.toml").write_text(text)
    with redirect_stdout(StringIO()):
        run_review(mine, ReviewOptions(folder / "r.toml"))
    (mine / "pictures.json").write_bytes(_pictures())
    return {path.name: path.read_bytes() for path in mine.iterdir() if path.suffix not in (".html", ".csv")}


def _pictures() -> bytes:
    picture = {
        "region": "commissure_left", "peak_s": 1.0, "amplitude_mm": 0.8, "times_larger": 10.0,
        "limited": False, "slower": 4.0, "times_s": [0.0, 0.03], "peak_frame": 1, "width": 4, "height": 4,
        "data": "data:image/webp;base64,UklGRg==",
    }  # fmt: skip
    return json.dumps({"format": "twitchcam.pictures/1", "pictures": [picture]}).encode()


def _history(folder: Path) -> tuple[bytes, dict[str, Any]]:
    from twitchcam.edges.store import FILE, open_store
    from twitchcam.history_command.adding import read_results

    entry = read_results(folder / CLIP_NAME, None)
    with open_store(folder / "data") as store:
        for k in range(4):
            store.add("me", replace(entry, filmed_at=f"2026-0{k + 1}-05", fingerprint=f"{k:064x}"))
        store.add("anna", entry)
        store.add_note("me", "2026-02-01", "slept badly", 1)
        store.add_mark("me", "2026-02-20", "botulinum toxin")
        tables = store.dump()
    content = (folder / "data" / FILE).read_bytes()
    return content, {"format": "twitchcam.history/1", "program": "twitchcam", "tables": tables}


def _batch(folder: Path, results: dict[str, bytes]) -> dict[str, bytes]:
    from twitchcam.batch.columns import flatten
    from twitchcam.batch.fingerprint import settings_key, stat_of
    from twitchcam.batch.jobs import Job, Labels
    from twitchcam.batch.journal import Journal, Row, now_utc
    from twitchcam.session import Options

    out = folder / "batch"
    clip = folder / "clip.mp4"
    clip.write_bytes(b"no video")
    summary = json.loads(results["summary.json"])
    journal = Journal(out)
    for k in range(3):
        job = Job(str(clip), Options(), Labels(subject=f"s{k}", others=(("dose", "5"),)), f"clip{k}")
        stat = stat_of(clip)
        assert stat is not None
        row = Row(
            job.identity, job.name, job.path, "", "", "", "answered", "", "", 1.5, 1, now_utc(), "here",
            0, 0, 0, "ab" * 32, settings_key(job.options),
        )  # fmt: skip
        journal.add(row.labelled(job, stat), flatten(summary))
        (out / job.name).mkdir()
        for name in ("summary.json", "events.tsv"):
            (out / job.name / name).write_bytes(results[name])
    journal.close()
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def manifest_text(rng: random.Random) -> str:
    """Return a manifest with a few clips and options."""
    mark = rng.choice(",;\t")
    head = [
        "path",
        "subject",
        "session",
        "side_treated",
        "pd_mm",
        "mirrored",
        "answers",
        "protocol",
        "segments",
        "x_dose",
    ]
    rows = [
        [f"clip{k}.mp4", f"s{k}", "1", "left", "62", "yes", "answers.toml", "short", "", "=1+1"]
        for k in range(4)
    ]
    return "\n".join(mark.join(row) for row in (head, *rows)) + "\n"


def review_table(events: bytes, rng: random.Random) -> str:
    """Return events.tsv with a column review, as a spreadsheet would leave it."""
    lines = events.decode().splitlines()
    words = ("keep", "reject", "add", "relabel", "blink", "", "tonic", "x", "maybe")
    table = [lines[0] + "\treview\tnote", *(f"{line}\t{rng.choice(words)}\t=note" for line in lines[1:])]
    mark = rng.choice("\t;,")
    return "\n".join(table).replace("\t", mark if mark != "," else "\t") + "\n"
