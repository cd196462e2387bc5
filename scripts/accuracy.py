"""Accuracy of the main job on synthetic clips of several people, against two baselines in the same run.

    python scripts/accuracy.py --photos FOLDER [--people 4] [--workers 2] [--out results/accuracy]

Every clip is 1280x720 at 30 fps, H.264 at 12 Mb/s, with 2 mm and 1.5 degrees of head sway, blinks and camera
noise. Each is measured three times by the same back: from the registration, from refined FaceMesh landmarks,
and from Tasks FaceLandmarker landmarks in VIDEO mode (where models/face_landmarker.task is present). Prints
Markdown tables.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from study.baselines import with_landmarks
from study.tables import spread, table

from twitchcam.analysis import analyse
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.regions import INDEX, LIP_INDEX
from twitchcam.scoring import match_events
from twitchcam.session import Options, record
from twitchcam.summary import Measured
from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Encoding,
    Sway,
    Twitch,
    read_portrait,
    true_events,
    truth,
    write_clip,
)
from twitchcam.types import FloatArray, Recording

AMPLITUDES_MM = (0.2, 0.3, 1.0, 3.0)
B_AMPLITUDES_MM = (0.3, 1.0)
FREQUENCIES_HZ = (2.0, 3.0, 5.0, 8.0, 12.0)
SITES = (
    ("commissure_left", 60.0),
    ("commissure_right", 120.0),
    ("lower_lip_left", 90.0),
    ("upper_lip_right", 90.0),
)
TOLERANCE_S = 0.07
METHODS = ("registration", "facemesh", "tasks_video")


@dataclass(frozen=True)
class Case:
    """One clip: who, and what moves."""

    name: str
    photo: str
    kind: str
    """'amplitude', 'frequency', 'single' or 'still'."""
    site: str
    amplitude_mm: float
    hz: float
    b_frames: bool
    seed: int


def encoding(case: Case) -> Encoding:
    """Webcams and phones write no B pictures; x264's own default writes three in a row."""
    return Encoding(preset="medium", params="" if case.b_frames else "bframes=0")


def make_clip(case: Case) -> Clip:
    """Return the clip of a case."""
    direction = dict(SITES).get(case.site, 90.0)
    camera = Camera(noise=1.0, seed=case.seed)
    common: dict[str, Any] = {
        "sway": Sway(2.0, 1.5, seed=case.seed),
        "camera": camera,
        "encoding": encoding(case),
    }
    if case.kind == "still":
        blinks = tuple(Blink(2.0 + 3.7 * k + 0.5 * (k % 3)) for k in range(15))
        return Clip(duration_s=60.0, blinks=blinks, **common)
    if case.kind == "single":
        starts = [2.0 + 1.3 * k + 0.21 * (k % 4) for k in range(8)]
        twitches = tuple(
            Twitch(case.site, case.amplitude_mm, s, width_s=0.2, direction_deg=direction) for s in starts
        )
        return Clip(duration_s=14.0, twitches=twitches, blinks=(Blink(1.0), Blink(13.2)), **common)
    train = Twitch(case.site, case.amplitude_mm, 2.5, duration_s=6.0, hz=case.hz, direction_deg=direction)
    return Clip(duration_s=11.0, twitches=(train,), blinks=(Blink(1.2), Blink(9.6)), **common)


def cases(photos: list[Path]) -> Iterator[Case]:
    """All clips of the study."""
    for person, photo in enumerate(photos):
        site = SITES[person % len(SITES)][0]
        for b_frames in (False, True):
            tag = f"{photo.stem}{'_b' if b_frames else ''}"
            for a in B_AMPLITUDES_MM if b_frames else AMPLITUDES_MM:
                yield Case(f"{tag}_a{a:g}", str(photo), "amplitude", site, a, 5.0, b_frames, person)
            if b_frames:
                continue
            for hz in FREQUENCIES_HZ:
                yield Case(f"{tag}_f{hz:g}", str(photo), "frequency", site, 0.5, hz, b_frames, person + 10)
            yield Case(f"{tag}_s0.5", str(photo), "single", site, 0.5, 0.0, b_frames, person + 20)
            yield Case(f"{tag}_still", str(photo), "still", "", 0.0, 0.0, b_frames, person + 30)


def lips_noise_mm(recording: Recording, true_motion: FloatArray, gain: float) -> float:
    """Return the noise density (mm/sqrt(Hz), 2-12 Hz, median over the lips) at unit gain."""
    from scipy.signal import welch

    quiet = np.abs(true_motion).max(axis=(1, 2)) < 1e-6
    edges = np.flatnonzero(np.diff(np.r_[0, quiet.view(np.int8), 0]))
    start, stop = max(edges.reshape(-1, 2).tolist(), key=lambda span: span[1] - span[0])
    x = recording.motion_mm[start:stop, list(LIP_INDEX)]
    f, p = welch(np.nan_to_num(x), 30.0, nperseg=min(64, stop - start), axis=0, detrend="linear")
    band = (f >= 2) & (f <= 12)
    return float(np.sqrt(np.median(p[band]))) / gain


def motion_gain(recording: Recording, true_motion: FloatArray, site: str, mm_true: float) -> float:
    """Return measured over true motion at the site, the scale's own error taken out."""
    from scipy.signal import butter, sosfiltfilt

    sos = butter(2, 0.8, btype="high", fs=30.0, output="sos")
    scale = mm_true / (recording.scale.mm_per_px or np.nan)
    found = sosfiltfilt(sos, np.nan_to_num(recording.motion_mm[:, INDEX[site]]) * scale, axis=0)
    true = sosfiltfilt(sos, true_motion[:, INDEX[site]], axis=0)
    return float((found * true).sum() / (true * true).sum())


def score(
    case: Case, method: str, recording: Recording, measured: Measured, facts: dict[str, Any]
) -> dict[str, Any]:
    """Return one row of figures."""
    lips = measured.lips
    counted = [e for e in measured.events if not e.gated and e.trial_type in ("twitch", "tonic")]
    row: dict[str, Any] = asdict(case) | {
        "hz_true": case.hz,
        "method": method,
        "lip_events": lips.events,
        "events": len(counted),
    }
    row["verdict"], row["usable_s"] = measured.quality.verdict, measured.quality.usable_s
    row["min_detectable_mm"] = np.nanmedian(
        [
            q.min_detectable_mm or np.nan
            for n, q in measured.quality.by_region.items()
            if INDEX[n] in LIP_INDEX
        ]
    )
    motion = facts["motion"]
    scale = facts["mm_per_px"] / (recording.scale.mm_per_px or np.nan)
    if case.kind == "still":
        row["noise_um"] = 1e3 * scale * lips_noise_mm(recording, motion, 1.0)
        return row
    row["gain"] = motion_gain(recording, motion, case.site, facts["mm_per_px"])
    matching = match_events(
        np.array(facts["peaks"]), np.array(sorted(e.peak_s for e in counted)), TOLERANCE_S
    )
    row |= {"f1": matching.f1, "recall": matching.recall, "precision": matching.precision}
    row["median_mm"] = None if lips.amplitude_mm.median is None else lips.amplitude_mm.median * scale
    row["event_gain"] = None if row["median_mm"] is None else row["median_mm"] / facts["amplitude_mm"]
    row["side"], row["true_side"] = lips.side, "left" if case.site.endswith("left") else "right"
    row["hz"], row["hz_ci"], row["rhythmic"] = lips.dominant_hz, lips.dominant_hz_ci, lips.rhythmic
    return row


def run_case(job: tuple[Case, str, bool]) -> list[dict[str, Any]]:
    """Render (once), measure and score one clip by every method."""
    case, folder, baselines = job
    out = Path(folder)
    clip_path, facts_path = out / f"{case.name}.mp4", out / f"{case.name}.facts.npz"
    portrait = read_portrait(case.photo)
    clip = make_clip(case)
    if not facts_path.exists():
        write_clip(clip_path, clip, portrait)
        true = truth(clip, portrait)
        events = [e for e in true_events(clip, portrait)[0] if e.trial_type == "twitch"]
        np.savez(
            facts_path,
            motion=true.motion_mm,
            peaks=[e.peak for e in events],
            onsets=[e.onset for e in events],
            offsets=[e.offset for e in events],
            amplitude_mm=np.median([e.amplitude_mm for e in events]) if events else 0.0,
            mm_per_px=true.mm_per_px,
        )
    with np.load(facts_path) as archive:
        facts = dict(archive)
    rows = []
    for method in METHODS if baselines else METHODS[:1]:
        stored = out / f"{case.name}.{method}.npz"
        if not stored.exists():
            base = (
                record(clip_path, Options())
                if method == METHODS[0]
                else load_recording(out / f"{case.name}.{METHODS[0]}.npz")
            )
            save_recording(base if method == METHODS[0] else with_landmarks(base, clip_path, method), stored)
        recording = load_recording(stored)
        rows.append(score(case, method, recording, analyse(recording), facts))
    return rows


def print_tables(rows: list[dict[str, Any]]) -> None:
    """Print the study's tables."""
    methods = [m for m in METHODS if any(r["method"] == m for r in rows)]

    def pick(**want: Any) -> list[dict[str, Any]]:
        return [r for r in rows if all(r[k] == v for k, v in want.items())]

    for b in (False, True):
        print(
            f"\nAmplitude, 5 Hz trains of 6 s, {'x264 default with B pictures' if b else 'no B pictures'}\n"
        )
        lines = []
        for a in B_AMPLITUDES_MM if b else AMPLITUDES_MM:
            for m in methods:
                got = pick(kind="amplitude", amplitude_mm=a, method=m, b_frames=b)
                lines.append(
                    {
                        "mm": a,
                        "measured by": m,
                        "motion gain": spread([r["gain"] for r in got]),
                        "event gain": spread([r["event_gain"] for r in got]),
                        "F1": spread([r["f1"] for r in got]),
                        "side right": f"{sum(r['side'] == r['true_side'] for r in got)}/{len(got)}",
                        "Hz": spread([r["hz"] for r in got]),
                    }
                )
        print(table(lines, {k: (lambda r, k=k: r[k]) for k in lines[0]}))
    print("\nFrequency, 0.5 mm trains of 6 s\n")
    lines = []
    for hz in FREQUENCIES_HZ:
        for m in methods:
            got = pick(kind="frequency", hz_true=hz, method=m)
            inside = sum(r["hz_ci"] is not None and r["hz_ci"][0] <= hz <= r["hz_ci"][1] for r in got)
            lines.append(
                {
                    "Hz": hz,
                    "measured by": m,
                    "error, Hz": spread([None if r["hz"] is None else r["hz"] - hz for r in got], 3),
                    "interval covers": f"{inside}/{len(got)}",
                    "motion gain": spread([r["gain"] for r in got]),
                    "F1": spread([r["f1"] for r in got]),
                    "side right": f"{sum(r['side'] == r['true_side'] for r in got)}/{len(got)}",
                }
            )
    print(table(lines, {k: (lambda r, k=k: r[k]) for k in lines[0]}))
    print("\nSingle twitches (0.5 mm, 0.2 s) and still faces (60 s, sway, blinks)\n")
    lines = []
    for m in methods:
        single, still = pick(kind="single", method=m), pick(kind="still", method=m)
        gains = [r["gain"] for r in pick(kind="frequency", hz_true=5.0, method=m)]
        lines.append(
            {
                "measured by": m,
                "single F1": spread([r["f1"] for r in single]),
                "single event gain": spread([r["event_gain"] for r in single]),
                "events a minute, still": spread([60 * r["events"] / max(r["usable_s"], 1) for r in still]),
                "lip noise, um/sqrt(Hz)": spread([r["noise_um"] for r in still], 1),
                "noise at unit gain": spread([r["noise_um"] / float(np.median(gains)) for r in still], 1),
                "min detectable, mm": spread([r["min_detectable_mm"] for r in still]),
            }
        )
    print(table(lines, {k: (lambda r, k=k: r[k]) for k in lines[0]}))


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, default=Path("results/accuracy"), help="clips and figures are kept here"
    )
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--only", default="", help="run only cases whose name contains this")
    args = parser.parse_args()
    found_photos = sorted(args.photos.glob("*.jpg"))
    if not found_photos:
        sys.exit(f"{args.photos}: no .jpg portraits here")
    chosen = np.unique(np.linspace(0, len(found_photos) - 1, args.people).round().astype(int))
    photos = [found_photos[i] for i in chosen]
    args.out.mkdir(parents=True, exist_ok=True)
    jobs = [(c, str(args.out), not args.no_baselines) for c in cases(photos) if args.only in c.name]
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        for done, found in enumerate(pool.map(run_case, jobs), 1):
            rows += found
            print(f"{done}/{len(jobs)} {found[0]['name']}", file=sys.stderr, flush=True)
    (args.out / "rows.json").write_text(json.dumps(rows, indent=1, default=float))
    print_tables(rows)


if __name__ == "__main__":
    main()
