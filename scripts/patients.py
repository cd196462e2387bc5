"""Synthetic patients through the program: which patterns does it see in whom?

    python scripts/patients.py artificial --seeds 100-129 [--out results/patients]
    python scripts/patients.py rendered --photos FOLDER --people 4 --seeds 100 [--size 640x480]

`artificial` measures recordings made without pictures (tests/artificial.py); `rendered` films each
patient, runs the whole program on the video and throws the video away. Finished ones are kept under --out
and not made again unless the patient has changed (--again: artificial ones, after a change of the
analysis); the patterns are always drawn anew. Prints Markdown tables. What the patients are:
twitchcam.synth.patients and docs/patients.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from study.patient_tables import print_tables

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from artificial import measure  # noqa: E402

from twitchcam.analysis import analyse  # noqa: E402
from twitchcam.edges.recordings import load_recording, save_recording  # noqa: E402
from twitchcam.session import Options, record  # noqa: E402
from twitchcam.summary import Measured, Summary  # noqa: E402
from twitchcam.synth import astronaut, read_portrait, write_clip  # noqa: E402
from twitchcam.synth.patients import KINDS, Patient, patient, smaller  # noqa: E402
from twitchcam.synth.patients.spasm import joint_movements  # noqa: E402
from twitchcam.synth.portrait import Portrait  # noqa: E402
from twitchcam.triage.answers import Answers, parse_answers  # noqa: E402
from twitchcam.triage.patterns import conclude  # noqa: E402


@dataclass(frozen=True)
class Row:
    """What the program said of one patient."""

    kind: str
    seed: int
    person: str
    variant: str
    side: str
    patterns: dict[str, str]
    """Status of every pattern, with the patient's answers."""
    hfs_unasked: str
    """Status of hfs_like when nothing was answered."""
    level: str
    verdict: str
    usable_s: float
    lip_events: int | None
    lip_side: str | None
    eye_mouth: int
    """True movements of lids and mouth corner of one side together."""
    found_eye_mouth: int
    """Most joint movements of eye and mouth that were found on one side."""


def seeds_of(text: str) -> list[int]:
    """Return the seeds of a text such as 0-19 or 3,5,100-104."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def digest(*parts: Any) -> str:
    """Return a short name for what a result depends on."""
    return hashlib.sha256(json.dumps(parts, default=str, sort_keys=True).encode()).hexdigest()[:12]


@cache
def face() -> Portrait:
    """The artificial patients' face, varied from one to the next."""
    return astronaut()


def artificial(made: Patient, out: Path, *, again: bool = False) -> Measured:
    """Return a patient's measurement without pictures."""
    name = f"{made.kind}-{made.seed}-{digest(asdict(made.clip))}.pickle"
    kept = out / "artificial" / name
    if kept.exists() and not again:
        with kept.open("rb") as file:
            loaded: Measured = pickle.load(file)
            return loaded
    found = analyse(measure(made.clip, face(), seed=made.seed))
    found = replace(found, band_mm=found.band_mm.astype(np.float32), spectrum=None)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(pickle.dumps(found))
    return found


def rendered(made: Patient, photo: Path, size: tuple[int, int], out: Path) -> Measured:
    """Return a patient's measurement from a video of a person's photo that moves."""
    clip = smaller(made.clip, size)
    clip = replace(clip, camera=replace(clip.camera, exposure_fraction=0.0))
    name = f"{made.kind}-{made.seed}-{photo.stem}-{digest(asdict(clip))}.npz"
    kept = out / "rendered" / name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as folder:
            video = Path(folder) / "clip.mp4"
            write_clip(video, clip, read_portrait(photo))
            save_recording(record(video, Options()), kept)
    return analyse(load_recording(kept))


def row_of(made: Patient, person: str, measured: Measured) -> Row:
    """Compare one measurement with every pattern."""
    summary: Summary = conclude(measured, parse_answers(made.answers))
    patterns = {p.id: p.status for p in summary.patterns}
    bare = {p.id: p.status for p in conclude(measured, Answers()).patterns}
    lips, quality = measured.lips, measured.quality
    return Row(
        made.kind,
        made.seed,
        person,
        made.variant,
        made.side,
        dict(patterns),
        bare["hfs_like"],
        summary.triage.level,
        quality.verdict,
        round(quality.usable_s, 1),
        lips.events,
        lips.side,
        joint_movements(made.clip.twitches),
        max(s.eye_mouth_events or 0 for s in measured.synchrony.values()),
    )


def jobs(args: argparse.Namespace) -> Iterator[tuple[Patient, Path | None]]:
    """Yield who is to be looked at; one seed of every kind and person after the other."""
    people: list[Path | None] = [None]
    if args.way == "rendered":
        photos = sorted(args.photos.glob("*.jpg"))
        wanted = args.people.split(",")
        people = [p for p in photos if any(w in p.stem for w in wanted)]
        if not people:
            sys.exit(f"{args.photos}: no .jpg portraits of {args.people} here")
    for seed in seeds_of(args.seeds):
        for number, person in enumerate(people):
            for kind in args.kinds.split(",") if args.kinds else KINDS:
                # every person is another patient, not the same one with another face
                yield patient(kind, seed + 1000 * number, duration_s=args.seconds), person


def main() -> None:
    """Run the suite."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("way", choices=("artificial", "rendered"))
    parser.add_argument("--seeds", default="100-119", help="such as 100-129 or 3,5")
    parser.add_argument("--kinds", default="", help=f"some of {','.join(KINDS)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the clips")
    parser.add_argument("--photos", type=Path, default=Path("photos"), help="folder of frontal portraits")
    parser.add_argument("--people", default="", help="parts of the photos' names, such as 021,037")
    parser.add_argument("--size", default="640x480", help="of the rendered pictures")
    parser.add_argument("--again", action="store_true", help="measure artificial recordings anew")
    parser.add_argument("--out", type=Path, default=Path("results/patients"))
    args = parser.parse_args()
    width, height = (int(x) for x in args.size.split("x"))
    size = (width, height)

    def look_at(made: Patient, person: Path | None, again: bool = False) -> Measured:
        if person is None:
            return artificial(made, args.out, again=again)
        return rendered(made, person, size, args.out)

    for made, person in jobs(args):
        started = time.perf_counter()
        look_at(made, person, args.again)
        name = "" if person is None else person.stem
        print(
            f"{made.kind} {made.seed} {name} {time.perf_counter() - started:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    rows = [row_of(m, "artificial" if p is None else p.stem, look_at(m, p)) for m, p in jobs(args)]
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / f"{args.way}.json").write_text(json.dumps([asdict(r) for r in rows], indent=1))
    print_tables([asdict(r) for r in rows])


if __name__ == "__main__":
    main()
