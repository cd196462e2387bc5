"""Which face mesh for what: four of them against points placed by hand, and against known motion.

    python scripts/landmarks.py --photos FOLDER [--part hand|motion|all] [--out results/landmarks]

FOLDER holds frontal portraits (jpg), each with 189 points placed by hand (.tem, as in the Face Research Lab
London Set). The meshes are the refined FaceMesh (attention on lips and eyes), the plain FaceMesh, and Tasks
FaceLandmarker on single pictures and in its smoothed video mode (needs models/face_landmarker.task or
TWITCHCAM_MODEL_DIR). Prints Markdown tables.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from accuracy import motion_gain
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt
from study.baselines import landmark_motion
from study.tables import spread, table

from twitchcam.edges.decode import open_video
from twitchcam.edges.facemesh import FaceMeshTracker, _Mesh
from twitchcam.edges.mediapipe_quiet import Hushed
from twitchcam.edges.pictures import ArrayPicture
from twitchcam.edges.tasks import TasksTracker
from twitchcam.front.anatomy import EYES, IRIS, MOUTH_CORNERS, STABLE, eye_centres
from twitchcam.front.box_tracker import BoxTracker
from twitchcam.front.canonical import apply, fit_similarity_robust
from twitchcam.front.mesh_shape import measure_mesh
from twitchcam.front.recorder import Recorder
from twitchcam.regions import LIP_INDEX
from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Encoding,
    Speech,
    Sway,
    Twitch,
    read_portrait,
    truth,
    write_clip,
)
from twitchcam.synth.truth import Truth
from twitchcam.types import BoolArray, FaceLandmarks, FloatArray, Frame, Image, Recording, TrackerInfo

EYE_DISTANCES_PX = (40, 60, 80, 110, 150, 200)
MESHES = ("refined", "plain", "tasks", "tasks_video")
SETTLE = 6
"""A still picture is shown so many times: boxes and filters settle."""
PUPILS = {0: 468, 1: 473}
EYE_CORNERS = {18: 33, 22: 133, 23: 362, 27: 263}
CORNERS = {87: 61, 93: 291}
LIP_MIDLINE = {90: 0, 106: 17}
LIP_MEETING = {96: 13, 101: 14}
NOSE_BASE = {55: 2}
CHIN = {129: 152}
POINT_GROUPS = {
    "pupils": PUPILS, "eye corners": EYE_CORNERS, "mouth corners": CORNERS, "outer lip midline": LIP_MIDLINE,
    "inner lip midline": LIP_MEETING, "nose base": NOSE_BASE, "chin": CHIN,
}  # fmt: skip
"""Hand-placed point to mesh point, both of which mark the same spot."""
CURVE_GROUPS: dict[str, tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]] = {
    "upper lid edge": (
        ((18, 19, 20, 21, 22), (160, 159, 158)),
        ((23, 24, 25, 26, 27), (385, 386, 387)),
    ),
    "lower lid edge": (
        ((18, 28, 29, 30, 22), (144, 145, 153)),
        ((23, 31, 32, 33, 27), (380, 374, 373)),
    ),
    "upper lip edge": (((87, 88, 89, 90, 91, 92, 93), (40, 39, 37, 0, 267, 269, 270)),),
    "lower lip edge": (((87, 104, 105, 106, 107, 108, 93), (91, 181, 84, 17, 314, 405, 321)),),
    "line between the lips": (
        ((87, 94, 95, 96, 97, 98, 93), (80, 81, 82, 13, 312, 311, 310)),
        ((87, 99, 100, 101, 102, 103, 93), (88, 178, 87, 14, 317, 402, 318)),
    ),
    "jaw": (((126, 127, 128, 129, 130, 131, 132), (150, 149, 176, 148, 152, 377, 400, 378, 379)),),
}
"""Hand-placed points along an edge, and mesh points that should lie on it: only the distance from the curve
counts, because where along it a point lies is a matter of definition."""


SUMMARIES = {
    "Points of the lips (corners, midlines, edges)": (
        "mouth corners", "outer lip midline", "inner lip midline", "upper lip edge", "lower lip edge",
        "line between the lips",
    ),
    "Points that hold the face still (eye corners, nose base)": ("eye corners", "nose base"),
    "Eyes (pupils, iris, lids)": ("pupils", "iris width", "upper lid edge", "lower lid edge", "lid gap"),
}  # fmt: skip


class _Padded:
    """The plain mesh with irises of usual size in the middle of the eyes, because it has none."""

    def __init__(self) -> None:
        self._mesh = _Mesh(max_num_faces=1, refine_landmarks=False)

    def __call__(self, rgb: Image) -> list[FloatArray]:
        faces = self._mesh(rgb)
        return [np.vstack([face, *(self._iris(face, side) for side in (1, 0))]) for face in faces]

    @staticmethod
    def _iris(face: FloatArray, side: int) -> FloatArray:
        centres = eye_centres(np.vstack([face, np.zeros((10, 3))]))
        radius = 0.093 * float(np.linalg.norm(centres[0, :2] - centres[1, :2]))
        ring = np.array([[0, 0, 0], [1, 0, 0], [0, -1, 0], [-1, 0, 0], [0, 1, 0]])
        return np.asarray(face[list(EYES[side])].mean(axis=0) + radius * ring)

    def close(self) -> None:
        self._mesh.close()


class PlainTracker:
    """FaceMesh without refinement, in the program's own box tracker."""

    def __init__(self) -> None:
        self._one = Hushed(_Padded)
        self._several = Hushed(lambda: _Mesh(static_image_mode=True, max_num_faces=5, refine_landmarks=False))
        self._tracker = BoxTracker(self._one, self._several)

    def track(self, frame: Frame) -> FaceLandmarks | None:
        return self._tracker.track(frame)

    def close(self) -> None:
        self._one.close()
        self._several.close()


def make_mesh(name: str) -> Any:
    """Return a fresh tracker of a mesh."""
    makers: dict[str, Callable[[], Any]] = {
        "refined": FaceMeshTracker,
        "plain": PlainTracker,
        "tasks": TasksTracker,
        "tasks_video": lambda: TasksTracker(smoothed=True),
    }
    return makers[name]()


# --- points placed by hand ---------------------------------------------------------------------------------


def read_points(path: Path) -> FloatArray:
    """Return the (189, 2) points of a .tem file."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return np.array([[float(v) for v in line.split()] for line in lines[1 : int(lines[0]) + 1]])


def off_curve(curve: FloatArray, points: FloatArray) -> FloatArray:
    """Return (p,) signed distance of points (p, 2) from a smooth curve through (c, 2); positive below it."""
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))]
    fine = CubicSpline(along, curve)(np.linspace(0, along[-1], 400))
    apart = points[:, None] - fine[None]
    nearest = np.argmin((apart**2).sum(axis=2), axis=1)
    away = apart[np.arange(len(points)), nearest]
    return np.asarray(np.linalg.norm(away, axis=1) * np.where(away[:, 1] >= 0, 1, -1))


def on_picture(mesh: str, image: Image) -> FloatArray | None:
    """Return a mesh's landmarks on a still picture."""
    tracker = make_mesh(mesh)
    found = None
    try:
        for k in range(SETTLE):
            found = tracker.track(Frame(k, k / 30, ArrayPicture(image)))
    finally:
        tracker.close()
    return None if found is None else np.asarray(found.points_px)


def hand_errors(job: tuple[Path, str, float]) -> list[dict[str, Any]]:
    """Return rows of errors in percent of the eye distance, for one person, mesh and picture size."""
    photo, mesh, eyes_px = job
    hand = read_points(photo.with_suffix(".tem"))
    eyes = float(np.linalg.norm(hand[0] - hand[1]))
    scale = eyes_px / eyes
    image = cv2.cvtColor(cv2.imread(str(photo)), cv2.COLOR_BGR2RGB)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    points = on_picture(mesh, small)
    base = {"person": photo.stem, "mesh": mesh, "px": eyes_px}
    if points is None:
        return [base | {"group": "all", "error": np.full((1, 2), np.nan)}]
    # Pixel centres: a resized picture's pixel k lies at (k + 0.5) / scale - 0.5 of the large one; MediaPipe
    # counts from the picture's edge, as do the hand-placed points.
    at = points[:, :2] / scale
    rows = []
    for group, pairs in POINT_GROUPS.items():
        if group == "pupils" and mesh == "plain":
            continue
        error = at[list(pairs.values())] - hand[list(pairs)]
        rows.append(base | {"group": group, "error": 100 * error / eyes})
    for group, curves in CURVE_GROUPS.items():
        away = [off_curve(hand[list(c)], at[list(m)]) for c, m in curves]
        rows.append(base | {"group": group, "error": 100 * np.concatenate(away)[:, None] / eyes})
    width = np.linalg.norm(at[MOUTH_CORNERS[0]] - at[MOUTH_CORNERS[1]]) - np.linalg.norm(hand[93] - hand[87])
    rows.append(base | {"group": "mouth width", "error": np.array([[100 * width / eyes]])})
    if mesh != "plain":
        iris = [np.linalg.norm(at[ring[1]] - at[ring[3]]) for ring in IRIS]
        true = [np.linalg.norm(hand[12] - hand[16]), np.linalg.norm(hand[4] - hand[8])]
        rows.append(base | {"group": "iris width", "error": 100 * (np.array(iris) - true)[:, None] / eyes})
    gaps = [at[374] - at[386], at[145] - at[159]]
    true_gaps = [hand[32] - hand[25], hand[29] - hand[20]]
    wide = [np.linalg.norm(g) - np.linalg.norm(t) for g, t in zip(gaps, true_gaps, strict=True)]
    rows.append(base | {"group": "lid gap", "error": 100 * np.array(wide)[:, None] / eyes})
    return rows


def rms(rows: list[dict[str, Any]], *, without_mean: bool = False) -> float:
    """Return the root mean square error over people and points; `without_mean`: around each point's mean over
    the people, which takes out that mesh and hand define a spot differently.
    """
    errors = [r["error"] for r in rows if np.isfinite(r["error"]).all()]
    if not errors:
        return float("nan")
    stack = np.stack(errors)
    if without_mean and len(errors) > 1:
        stack = (stack - stack.mean(axis=0)) * np.sqrt(len(errors) / (len(errors) - 1))
    return float(np.sqrt((stack**2).sum(axis=2).mean()))


def print_hand(rows: list[dict[str, Any]]) -> None:
    """Print the tables of the points placed by hand."""
    groups = [*POINT_GROUPS, *CURVE_GROUPS, "mouth width", "iris width", "lid gap"]
    print("\nRoot mean square distance from the points placed by hand, % of the eye distance (1 % = 0.6 mm);")
    print("in brackets without the mean over the people. Eye distance 200 px.\n")

    def cell(mesh: str, group: str, px: float) -> str:
        mine = [r for r in rows if r["mesh"] == mesh and r["group"] == group and r["px"] == px]
        return f"{rms(mine):.1f} ({rms(mine, without_mean=True):.1f})" if mine else "-"

    print(table(groups, {"points": lambda g: g} | {m: (lambda g, m=m: cell(m, g, 200)) for m in MESHES}))
    for title, chosen in SUMMARIES.items():
        print(f"\n{title}: without the mean over the people, mean of the groups, by eye distance in px\n")

        def mean(mesh: str, px: float, chosen: tuple[str, ...] = chosen) -> str:
            found = [
                rms([r for r in rows if (r["mesh"], r["group"], r["px"]) == (mesh, g, px)], without_mean=True)
                for g in chosen
            ]
            return f"{np.nanmean(found):.2f}"

        print(
            table(
                MESHES,
                {"mesh": lambda m: m} | {str(p): (lambda m, p=p: mean(m, p)) for p in EYE_DISTANCES_PX},
            )
        )
    print("\nPer person, 110 px: root mean square over all point groups but chin and jaw, raw\n")
    people = sorted({r["person"] for r in rows})
    inner = [g for g in POINT_GROUPS if g not in ("chin", "pupils")] + [g for g in CURVE_GROUPS if g != "jaw"]

    def person(mesh: str, who: str) -> str:
        mine = [
            r
            for r in rows
            if r["mesh"] == mesh and r["person"] == who and r["px"] == 110 and r["group"] in inner
        ]
        return f"{np.sqrt(np.mean([(r['error'] ** 2).sum(axis=1).mean() for r in mine])):.2f}"

    print(table(people, {"person": lambda p: p} | {m: (lambda p, m=m: person(m, p)) for m in MESHES}))


# --- known motion ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MotionCase:
    """One clip of one person."""

    photo: str
    seed: int
    site: str
    direction_deg: float


SITES = (
    ("commissure_left", 60.0),
    ("commissure_right", 120.0),
    ("lower_lip_left", 90.0),
    ("upper_lip_right", 90.0),
)
QUIET_S, TRAIN_S, SPEECH_S = (1.4, 2.9), (3.0, 6.0), (6.3, 8.2)


def motion_clip(case: MotionCase) -> Clip:
    """A blink, a quiet stretch, a 5 Hz train of 0.5 mm and some speech, under sway, noise and 12 Mb/s."""
    train = Twitch(case.site, 0.5, TRAIN_S[0], duration_s=3.0, hz=5.0, direction_deg=case.direction_deg)
    return Clip(
        duration_s=8.5,
        twitches=(train,),
        blinks=(Blink(0.8),),
        speech=(Speech(*SPEECH_S),),
        sway=Sway(2.0, 1.5, seed=case.seed),
        camera=Camera(noise=1.0, seed=case.seed),
        encoding=Encoding(preset="medium", params="bframes=0"),
    )


def track_clip(mesh: str, clip: Path) -> list[FloatArray | None]:
    """Return a mesh's landmarks of every frame."""
    tracker = make_mesh(mesh)
    try:
        with open_video(clip) as video:
            found = [tracker.track(frame) for frame in video]
    finally:
        tracker.close()
    return [None if f is None else f.points_px for f in found]


def register_clip(points: list[FloatArray | None], clip: Path) -> Recording:
    """Return the program's own measurement of a clip when its landmarks are these."""
    recorder = Recorder()
    with open_video(clip) as video:
        for frame, p in zip(video, points, strict=True):
            recorder.add(frame, None if p is None else FaceLandmarks(p))
        return recorder.recording(video.source, TrackerInfo("given", "", ""))


def band(values: FloatArray, fps: float = 30.0) -> FloatArray:
    """Return the part of (n, ...) between 2 and 12 Hz."""
    return np.asarray(sosfiltfilt(butter(2, [2.0, 12.0], btype="band", fs=fps, output="sos"), values, axis=0))


def head_jitter_mm(points: list[FloatArray], inside: BoolArray, mm_per_px: float) -> float:
    """Return the root mean square trembling (2-12 Hz) of the face's place as the stable points give it."""
    home = points[0][list(STABLE), :2]
    middle = home.mean(axis=0)
    place = np.array([apply(fit_similarity_robust(home, p[list(STABLE), :2]), middle) for p in points])
    return float(np.sqrt((band(place)[inside] ** 2).sum(axis=1).mean())) * mm_per_px


def slope_and_rest(x: FloatArray, y: FloatArray) -> tuple[float, float]:
    """Return the slope of y against x, and the root mean square of what a line leaves."""
    slope, level = np.polyfit(x, y, 1)
    return float(slope), float(np.sqrt(np.mean((y - slope * x - level) ** 2)))


def motion_row(case: MotionCase, mesh: str, clip: Path, true: Truth) -> dict[str, Any]:
    """Return what one mesh gives on one clip, as landmarks and as the start of the registration."""
    tracked = track_clip(mesh, clip)
    points = [p for p in tracked if p is not None]
    row: dict[str, Any] = {"person": Path(case.photo).stem, "mesh": mesh, "lost": len(tracked) - len(points)}
    if row["lost"]:
        return row
    t_s = true.t_s
    quiet = (t_s > QUIET_S[0]) & (t_s < QUIET_S[1])
    speech = (t_s > SPEECH_S[0]) & (t_s < SPEECH_S[1])
    calm = t_s < SPEECH_S[0] - 0.2
    shapes = [measure_mesh(p, align(p, points[0]), 1.0) for p in points]
    yaw = np.array([s.angles_deg[0] for s in shapes]) - true.turn_deg[:, 0]
    gap = np.array([s.eye_opening.mean() for s in shapes])
    eyes_mm = float(np.median([s.eye_distance_px for s in shapes])) * true.mm_per_px
    mouth_mm = np.array([s.mouth_opening for s in shapes]) * eyes_mm
    by_mesh = as_if_recorded(landmark_motion(tracked, true.mm_per_px)[calm], true.mm_per_px)
    recording = register_clip(tracked, clip)
    by_registration = as_if_recorded(recording.motion_mm[calm], recording.scale.mm_per_px or np.nan)
    moved = true.motion_mm[calm]
    open_gap = float(np.median(gap[quiet]))
    row |= {
        "head jitter": 1e3 * head_jitter_mm(points, quiet, true.mm_per_px),
        "yaw sd": float(np.std(yaw[calm])),
        "gap noise": 100 * float(np.std(band(gap)[quiet])) / open_gap,
        "blink": 1 - float(gap[t_s < 1.3].min()) / open_gap,
        "opening": slope_and_rest(true.opening_mm[speech], mouth_mm[speech]),
    }
    for name, got in (("mesh", by_mesh), ("registration", by_registration)):
        gain = motion_gain(got, moved, case.site, true.mm_per_px)
        row |= {f"{name} gain": gain, f"{name} noise": 1e3 * quiet_noise_mm(got, quiet[calm], true.mm_per_px)}
    row["worst match"] = float(np.nanquantile(recording.region_match[calm][:, list(LIP_INDEX)], 0.01))
    row["poor frames"] = int((recording.keyframe[calm] < 0).sum())
    return row


def align(points_px: FloatArray, first: FloatArray) -> FloatArray:
    """Return the (2, 3) map from the first frame to this one by the stable points."""
    return fit_similarity_robust(first[list(STABLE), :2], points_px[list(STABLE), :2])


def as_if_recorded(motion_mm: FloatArray, mm_per_px: float) -> Any:
    """Return what the functions of scripts/accuracy.py want to know of a recording."""
    return SimpleNamespace(motion_mm=motion_mm, scale=SimpleNamespace(mm_per_px=mm_per_px))


def quiet_noise_mm(got: Any, quiet: BoolArray, mm_true: float) -> float:
    """Return the lips' noise density, mm/sqrt(Hz) within 2-12 Hz, in the quiet stretch."""
    x = got.motion_mm[:, list(LIP_INDEX)] * mm_true / got.scale.mm_per_px
    density = np.sqrt((band(np.nan_to_num(x))[quiet] ** 2).mean(axis=0) / 10.0)
    return float(np.median(density))


def run_case(job: tuple[MotionCase, Path]) -> list[dict[str, Any]]:
    """Render one clip (once), and return the rows of all meshes."""
    case, folder = job
    clip, portrait = motion_clip(case), read_portrait(case.photo)
    path = folder / f"{Path(case.photo).stem}.mp4"
    if not path.exists():
        write_clip(path, clip, portrait)
    true = truth(clip, portrait)
    return [motion_row(case, mesh, path, true) for mesh in MESHES]


def print_motion(rows: list[dict[str, Any]]) -> None:
    """Print the tables of the known motion."""

    def of(mesh: str, name: str, digits: int = 2) -> str:
        return spread([r.get(name) for r in rows if r["mesh"] == mesh], digits)

    def opening(mesh: str, which: int) -> str:
        return spread([r["opening"][which] for r in rows if r["mesh"] == mesh and "opening" in r])

    print("\nAs landmarks: a 0.5 mm, 5 Hz train; median (lowest to highest) over the people\n")
    columns: dict[str, Any] = {
        "mesh": lambda m: m,
        "gain": lambda m: of(m, "mesh gain"),
        "lip noise, um/sqrt(Hz)": lambda m: of(m, "mesh noise", 1),
        "head jitter 2-12 Hz, um": lambda m: of(m, "head jitter", 0),
        "yaw error sd, deg": lambda m: of(m, "yaw sd"),
    }
    print(table(MESHES, columns))
    print("\nOpenings: a full blink, speech\n")
    columns = {
        "mesh": lambda m: m,
        "closed at the blink": lambda m: of(m, "blink"),
        "lid gap noise, %": lambda m: of(m, "gap noise", 1),
        "mouth opening, slope": lambda m: opening(m, 0),
        "rest, mm": lambda m: opening(m, 1),
    }
    print(table(MESHES, columns))
    print("\nAs the start of the registration\n")
    columns = {
        "mesh": lambda m: m,
        "gain": lambda m: of(m, "registration gain", 3),
        "lip noise, um/sqrt(Hz)": lambda m: of(m, "registration noise", 2),
        "worst match of a lip": lambda m: of(m, "worst match"),
        "frames not registered": lambda m: sum(r.get("poor frames", 0) for r in rows if r["mesh"] == m),
        "face lost in": lambda m: sum(r["lost"] for r in rows if r["mesh"] == m),
    }
    print(table(MESHES, columns))


def jobs(photos: list[Path], folder: Path) -> Iterator[tuple[MotionCase, Path]]:
    """One clip of each person."""
    for i, photo in enumerate(photos):
        yield MotionCase(str(photo), i + 40, *SITES[i % len(SITES)]), folder


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--photos", type=Path, required=True, help="folder of portraits (jpg) with .tem files"
    )
    parser.add_argument("--part", choices=("hand", "motion", "all"), default="all")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("results/landmarks"), help="clips are kept here")
    args = parser.parse_args()
    photos = sorted(args.photos.glob("*.jpg"))
    if not photos:
        sys.exit(f"{args.photos}: no .jpg portraits here")
    args.out.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        if args.part != "motion":
            marked = [p for p in photos if p.with_suffix(".tem").exists()]
            still = [(p, m, px) for p in marked for m in MESHES for px in EYE_DISTANCES_PX]
            print_hand(gather(pool.map(hand_errors, still), len(still)))
        if args.part != "hand":
            print_motion(gather(pool.map(run_case, jobs(photos, args.out)), len(photos)))


def gather(found: Iterable[list[dict[str, Any]]], expected: int) -> list[dict[str, Any]]:
    """Return all rows, telling on standard error how far it is."""
    rows: list[dict[str, Any]] = []
    for done, part in enumerate(found, 1):
        rows += part
        print(f"{done}/{expected}", file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    main()
