"""What becomes of clips whose mouth is covered, and of faces with beards, glasses and lipstick.

    python scripts/study_cover.py --photos FOLDER [--people 6] [--workers 2] [--out results/cover]

Each clip lasts 8 s at 30 fps (480x360, eyes 72 pixels apart, H.264) with head sway, two blinks and a 4 Hz
train of 1 mm at the left corner of the mouth from 3.5 to 7 s. A hidden mouth must give no measurement:
verdict unusable, or every event gated. A bare one must be measured. Prints a Markdown table: condition by
person.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from twitchcam.analysis import analyse
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.regions import LIP_INDEX, REGIONS
from twitchcam.session import Options, record
from twitchcam.summary import Measured
from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Cover,
    Encoding,
    Exposure,
    Sway,
    Twitch,
    read_portrait,
    write_clip,
)
from twitchcam.types import BARE_MOUTH

LIPS = {REGIONS[i] for i in LIP_INDEX}
TRAIN = Twitch("commissure_left", 1.0, 3.5, duration_s=3.5, hz=4.0, direction_deg=60.0)
CONDITIONS: dict[str, tuple[Cover, ...]] = {
    "bare": (),
    "glasses": (Cover("glasses", seed=1),),
    "beard": (Cover("beard", seed=2),),
    "moustache": (Cover("moustache", seed=3),),
    "stubble and glasses": (Cover("stubble", seed=4), Cover("glasses", seed=4)),
    "lipstick": (Cover("lipstick", seed=5),),
    "chin in the hand": (Cover("chin_rest", seed=6),),
    "infrared": (),
    "dark": (),
    "mask": (Cover("mask", seed=7),),
    "another mask": (Cover("mask", seed=11),),
    "mask, infrared": (Cover("mask", seed=8),),
    "scarf": (Cover("scarf", seed=9),),
    "hand throughout": (Cover("hand", seed=10),),
    "hand, infrared": (Cover("hand", seed=15),),
    "cup throughout": (Cover("cup", seed=12),),
    "food throughout": (Cover("food", seed=13),),
    "telephone throughout": (Cover("phone", seed=14),),
    "hand to 2.5 s": (Cover("hand", 0.0, 2.5, seed=16),),
    "hand 3 to 6 s": (Cover("hand", 3.0, 6.0, seed=17),),
}
HIDDEN = tuple(list(CONDITIONS)[9:18])
PARTLY = ("hand to 2.5 s", "hand 3 to 6 s")


@dataclass(frozen=True)
class Job:
    """One clip."""

    photo: Path
    condition: str
    out: Path

    @property
    def stem(self) -> Path:
        return self.out / f"{self.photo.stem}_{self.condition.replace(' ', '_').replace(',', '')}"


def make_clip(job: Job) -> Clip:
    """Return the clip of a job."""
    seed = sum(job.photo.stem.encode()) % 97
    infrared = "infrared" in job.condition
    light = 0.3 if job.condition == "dark" else 1.0
    camera = Camera(
        size=(480, 360), noise=1.5, seed=seed, infrared=infrared, exposures=(Exposure(0.0, light),)
    )
    return Clip(
        duration_s=8.0,
        twitches=(TRAIN,),
        blinks=(Blink(1.0), Blink(7.3)),
        covers=CONDITIONS[job.condition],
        sway=Sway(2.0, 1.5, seed=seed),
        camera=camera,
        encoding=Encoding(bit_rate_bps=3e6, params="bframes=0"),
        eye_distance_px=72.0,
    )


def run(job: Job) -> tuple[str, str, str]:
    """Render (once), record (once) and judge one clip."""
    stored = job.stem.with_suffix(".npz")
    if not stored.exists():
        video = job.stem.with_suffix(".mp4")
        write_clip(video, make_clip(job), read_portrait(job.photo))
        save_recording(record(video, Options()), stored)
        video.unlink()
    recording = load_recording(stored)
    covered = 100 * float(np.mean(recording.mouth_seen < BARE_MOUTH))
    return job.photo.stem, job.condition, f"{told(analyse(recording), job.condition)} ({covered:.0f} %)"


def told(measured: Measured, condition: str) -> str:
    """Say in a word or two what came out."""
    if measured.quality.verdict == "unusable":
        why = "covered" if "covered" in " ".join(measured.quality.reasons) else "other reason"
        return f"refused, {why}"
    counted = [e for e in measured.events if not e.gated and e.region in LIPS]
    gated = measured.quality.gated_s.get("occluded", 0.0)
    if condition == "hand 3 to 6 s":
        early = [e for e in counted if 3.4 <= e.peak_s < 5.6]
        return (
            f"gated {gated:.1f} s, {len(early)} events under the hand, {len(counted) - len(early)} beside it"
        )
    return f"measured, {len(counted)} of 14 events, {gated:.1f} s gated"


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/cover"), help="recordings are kept here")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    photos = sorted(args.photos.glob("*.jpg"))[: args.people]
    jobs = [Job(photo, condition, args.out) for photo in photos for condition in CONDITIONS]
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        cells = {(person, condition): text for person, condition, text in pool.map(run, jobs)}
    print("| condition | " + " | ".join(p.stem for p in photos) + " |")
    print("|" + " --- |" * (len(photos) + 1))
    for condition in CONDITIONS:
        print(f"| {condition} | " + " | ".join(cells[p.stem, condition] for p in photos) + " |")


if __name__ == "__main__":
    main()
