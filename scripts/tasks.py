"""How truthfully the guided tasks are measured: rendered people go through a compact protocol.

    python scripts/tasks.py --photos FOLDER [--people 6] [--workers 2] [--out results/tasks] [--only even]

Every clip is 640x480 at 30 fps (75 px between the pupils), H.264 at 6 Mb/s, with 2 mm and 1.5 degrees of head
sway, blinks and camera noise. The acts differ in size, in the weak side's share, in what moves along and in
tremor. Each recording is also measured with the mesh in place of the registered motion. Prints Markdown
tables. Rendered skin is not a living face: lids are drawn without lashes and creases of their own, brows move
on smooth skin.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from study.tables import as_table, spread

from twitchcam.analysis import analyse
from twitchcam.analysis.tasks.excursion import FEATURE
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.protocol import Protocol, Segment, Step
from twitchcam.regions import INDEX
from twitchcam.session import Options, record
from twitchcam.summary import Measured, Pair, TaskMeasure
from twitchcam.synth import Camera, Clip, Encoding, Pose, Sway, read_portrait, truth, write_clip
from twitchcam.synth.performer import Person, perform
from twitchcam.types import FloatArray, Recording

COMPACT = (
    ("rest", 8), ("eyes_gentle", 4), ("brow_raise", 4), ("smile", 4), ("pucker", 4), ("eyes_firm", 4),
    ("snarl", 4), ("sentence", 4), ("rest", 9),
)  # fmt: skip
HELD = (("rest", 10), ("eyes_gentle", 7), ("pucker", 7), ("smile", 7), ("rest", 10))
KINDS: dict[str, dict[str, Any]] = {
    "even": {"smile_mm": 6, "pucker_mm": 4, "snarl_mm": 4, "brow_mm": 4},
    "mild": {
        "strength": 0.75, "brow": 0.75, "lid": 0.8, "smile_mm": 3.5, "pucker_mm": 3, "snarl_mm": 3,
        "brow_mm": 2.5,
    },
    "half": {
        "strength": 0.5, "brow": 0.5, "lid": 0.5, "smile_mm": 10, "brow_mm": 6, "pull_mm": 2,
        "narrowing": 0.3,
    },
    "none": {
        "strength": 0, "brow": 0, "lid": 0.2, "smile_mm": 15, "pucker_mm": 6, "brow_mm": 8, "pull_mm": 4,
        "narrowing": 0.5,
    },
    "idle": {"idle": ("smile", "brow_raise", "pucker", "snarl", "eyes_gentle", "eyes_firm")},
    "turned": {"smile_mm": 6, "pucker_mm": 4, "snarl_mm": 4, "brow_mm": 4},
    "action": {"tremor_mm": 0.6, "tremor_hz": 6.5, "pucker_mm": 4},
    "rest": {"rest_tremor_mm": 0.6, "tremor_hz": 4.8, "pucker_mm": 4},
}  # fmt: skip
TURN_DEG = 12.0
REACTED_S = 1.2
"""The truth of a task is the median from so long after its prompt on: reaction and ramp are over."""
METHODS = ("registration", "mesh")


@dataclass(frozen=True)
class Case:
    """One clip: who does what."""

    name: str
    photo: str
    kind: str
    number: int
    weak: str = field(default="left")

    @property
    def seed(self) -> int:
        return 500 + 10 * self.number + list(KINDS).index(self.kind)

    @property
    def segments(self) -> tuple[Segment, ...]:
        steps = HELD if self.kind in ("action", "rest") else COMPACT
        laid = tuple(Step(t, s, "") for t, s in steps)  # type: ignore[arg-type]
        return Protocol(self.kind, "", laid).segments()

    @property
    def clip(self) -> Clip:
        person = Person(weak=self.weak, seed=self.seed, **KINDS[self.kind])  # type: ignore[arg-type]
        yaw = TURN_DEG * (1 if self.number % 2 else -1) if self.kind == "turned" else 0.0
        return perform(
            self.segments,
            person,
            sway=Sway(2.0, 1.5, seed=self.seed),
            pose=Pose(yaw_deg=yaw),
            eye_distance_px=75.0,
            camera=Camera(size=(640, 480), noise=1.0, seed=self.seed),
            encoding=Encoding(preset="veryfast", params="bframes=0", bit_rate_bps=6_000_000),
        )


def cases(photos: list[Path]) -> Iterator[Case]:
    """All clips of the study, one person after the other; the weak side takes turns."""
    for number, photo in enumerate(photos):
        for k, kind in enumerate(KINDS):
            weak = "left" if (number + k) % 2 else "right"
            yield Case(f"{photo.stem}_{kind}", str(photo), kind, number, weak)


def recording_of(case: Case, out: Path) -> tuple[Recording, FloatArray, FloatArray]:
    """Return the clip's recording, true motion (n, 19, 2) and true closure (n, 2); kept in `out`."""
    video, kept = out / f"{case.name}.mp4", out / f"{case.name}.npz"
    portrait = read_portrait(case.photo)
    if not kept.exists():
        if not video.exists():
            write_clip(str(video), case.clip, portrait)
        save_recording(record(video, Options()), kept)
    recording = replace(load_recording(kept), segments=case.segments)
    true = truth(case.clip, portrait, recording.t_s)
    return recording, true.motion_mm, true.closure


def run_case(job: tuple[Case, str]) -> list[dict[str, Any]]:
    """Measure one clip by each method; one row for each task."""
    case, out = job[0], Path(job[1])
    recording, motion, closure = recording_of(case, out)
    rows = []
    for method in METHODS:
        seen = recording if method == METHODS[0] else replace(recording, motion_mm=recording.mesh_mm)
        measured = analyse(seen)
        for task in measured.tasks:
            rows.append(row_of(case, method, task, measured, recording.t_s, motion, closure))
    return rows


def row_of(
    case: Case,
    method: str,
    task: TaskMeasure,
    measured: Measured,
    t_s: FloatArray,
    motion: FloatArray,
    closure: FloatArray,
) -> dict[str, Any]:
    """Return what was true and what was measured of one task."""
    inside = (t_s >= task.start_s + REACTED_S) & (t_s < task.end_s)
    stem = FEATURE[task.task][0] if task.task in FEATURE else "commissure"
    feature, corner = true_pair(motion, inside, stem), true_pair(motion, inside, "commissure")
    shut = np.median(closure[inside], axis=0) if inside.any() else np.zeros(2)
    return {
        "case": case.name, "person": Path(case.photo).stem, "kind": case.kind, "weak": case.weak,
        "method": method, "task": task.task, "assessable": task.assessable, "reason": task.reason,
        "true_mm": feature, "mm": pair(task.excursion_mm), "index": task.excursion_index,
        "ci": task.excursion_index_ci, "true_closure": [float(v) for v in shut],
        "closure": pair(task.closure), "true_pull": corner, "pull": pair(task.mouth_pull_mm),
        "narrowing": pair(task.eye_narrowing), "hz": task.tremor_hz, "tremor_mm": task.tremor_mm,
        "twitches": task.twitches, "blinks": task.blinks_per_min, "usable_s": measured.quality.usable_s,
    }  # fmt: skip


def true_pair(motion: FloatArray, inside: FloatArray, stem: str) -> list[float]:
    """Return how far the left and the right feature truly are from rest, mm."""
    if not inside.any():
        return [0.0, 0.0]
    place = [np.median(motion[inside, INDEX[f"{stem}_{s}"]], axis=0) for s in ("left", "right")]
    return [float(np.hypot(*p)) for p in place]


def pair(value: Pair) -> list[float | None]:
    return [value.left, value.right]


def index(sides: list[float]) -> float:
    """(L - R)/(L + R)."""
    return (sides[0] - sides[1]) / max(sides[0] + sides[1], 1e-9)


def print_tables(rows: list[dict[str, Any]]) -> None:
    """Print the Markdown tables."""
    print("\nExcursions: gain of the stronger side, error of the index\n")
    print(as_table([line for line in _excursions(rows) if line]))
    ours = [r for r in rows if r["method"] == METHODS[0]]
    print("\nClosure: what is read where the truth is known (registration does not take part)\n")
    print(as_table(list(_closures(ours))))
    print(
        "\nAlong with it: mouth pull with closed eyes and raised brows, narrowing with smile, pucker, snarl\n"
    )
    print(as_table(list(_along(ours))))
    print("\nTremor: 0.6 mm at the lower lip, in held positions (6.5 Hz) or at rest (4.8 Hz)\n")
    print(as_table(list(_tremors(ours))))
    idle = [r for r in ours if r["kind"] == "idle" and r["task"] not in ("rest", "sentence")]
    rest = [r for r in ours if r["task"] == "rest" and r["kind"] != "rest"]
    print(f"\nNot performed: {sum(not r['assessable'] for r in idle)} of {len(idle)} tasks said so.")
    after = [r["twitches"] for r in rest]
    print(f"Rest before and after the tasks: {sum(after)} false movements in {len(after)} stretches.")


def _excursions(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    groups = (("smile, pucker, snarl", ("smile", "pucker", "snarl")), ("brow raise", ("brow_raise",)))
    for name, tasks in groups:
        for kind in ("even", "mild", "half", "none", "turned"):
            for method in METHODS:
                got = [
                    r for r in rows
                    if r["task"] in tasks and r["kind"] == kind and r["method"] == method and r["assessable"]
                ]  # fmt: skip
                if not got:
                    continue
                strong = [int(np.argmax(r["true_mm"])) for r in got]
                gains = [r["mm"][s] / r["true_mm"][s] for r, s in zip(got, strong, strict=True)]
                errors = [r["index"] - index(r["true_mm"]) for r in got]
                inside = sum(r["ci"][0] <= index(r["true_mm"]) <= r["ci"][1] for r in got)
                yield {
                    "task": name, "people": kind, "measured by": method, "n": len(got),
                    "true mm": spread([max(r["true_mm"]) for r in got], 1), "gain": spread(gains),
                    "index error": spread(errors), "largest": f"{max(map(abs, errors)):.2f}",
                    "interval covers": f"{inside}/{len(got)}",
                }  # fmt: skip


def _closures(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for depth in (1.0, 0.8, 0.5, 0.2):
        got = [
            value
            for r in rows
            if r["task"] in ("eyes_gentle", "eyes_firm") and r["assessable"]
            for value, true in zip(r["closure"], r["true_closure"], strict=True)
            if abs(true - depth) < 0.02
        ]
        yield {"true closure": depth, "n": len(got), "read": spread(got)}


def _along(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    eyes = [r for r in rows if r["task"] in ("eyes_gentle", "eyes_firm", "brow_raise") and r["assessable"]]
    for low, high in ((0.0, 0.5), (0.5, 2.5), (2.5, 6.0)):
        got = [
            (v, t) for r in eyes for v, t in zip(r["pull"], r["true_pull"], strict=True) if low <= t < high
        ]
        yield {
            "what": f"mouth pull, truly {low:g}-{high:g} mm",
            "n": len(got),
            "error": spread([v - t for v, t in got]),
        }
    mouth = [r for r in rows if r["task"] in ("smile", "pucker", "snarl") and r["assessable"]]
    for depth in (0.0, 0.3, 0.5):
        found = [
            v - t
            for r in mouth
            for v, t in zip(r["narrowing"], r["true_closure"], strict=True)
            if v is not None and abs(t - depth) < 0.02
        ]
        yield {"what": f"narrowing, truly {depth:g}", "n": len(found), "error": spread(found)}


def _tremors(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for kind in ("action", "rest"):
        for task in ("rest", "eyes_gentle", "pucker", "smile"):
            got = [r for r in rows if r["kind"] == kind and r["task"] == task and r["assessable"]]
            trembles = (task == "rest") == (kind == "rest")
            yield {
                "tremor": "while held" if kind == "action" else "at rest", "task": task, "n": len(got),
                "there": "yes" if trembles else "no",
                "found": sum(r["hz"] is not None for r in got),
                "too short to tell": sum(r["tremor_mm"] is None for r in got),
                "Hz": spread([r["hz"] for r in got if r["hz"]]),
                "mm": spread([r["tremor_mm"] for r in got if r["hz"]]),
            }  # fmt: skip


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/tasks"), help="clips are kept here")
    parser.add_argument("--only", default="", help="run only cases whose name contains one of these (a,b)")
    args = parser.parse_args()
    photos = sorted(args.photos.glob("*.jpg"))[: args.people]
    if not photos:
        sys.exit(f"{args.photos}: no .jpg portraits here")
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = args.only.split(",")
    jobs = [(c, str(args.out)) for c in cases(photos) if any(w in c.name for w in wanted)]
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        for done, found in enumerate(pool.map(run_case, jobs), 1):
            rows += found
            print(f"{done}/{len(jobs)} {found[0]['case']}", file=sys.stderr, flush=True)
    (args.out / "rows.json").write_text(json.dumps(rows, indent=1, default=float))
    print_tables(rows)


if __name__ == "__main__":
    main()
