"""How the whole pipeline holds under other poses, distances, cameras and light than the best.

    python scripts/conditions.py --photos FOLDER [--people 4] [--only pose ...] [--out results/conditions]

For every condition and person a clip of 10 s is rendered (once; clips are kept) and measured: a train of 5 s
of 0.5 mm at 5 Hz at one mouth corner, the same movement of both corners for the poses, or nothing at all,
while the head sways and the eyes blink. Pictures are 848x480 with 80 px between the pupils unless the
condition says otherwise, H.264 at 6 Mb/s without B pictures. Prints a Markdown table for each kind of clip.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam.analysis import analyse
from twitchcam.analysis.asymmetry import asymmetry_index
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.front.foreshorten import to_face_frame
from twitchcam.front.mesh_shape import head_angles
from twitchcam.regions import INDEX, REGIONS
from twitchcam.scoring import match_events
from twitchcam.session import Options, record
from twitchcam.summary import Measured
from twitchcam.synth import (
    Blink,
    Breathing,
    Camera,
    Clip,
    Encoding,
    Exposure,
    Portrait,
    Pose,
    Sway,
    Twitch,
    read_portrait,
    true_events,
    truth,
    write_clip,
)
from twitchcam.types import FloatArray, Recording

MM, HZ, START_S, LENGTH_S = 0.5, 5.0, 2.5, 5.0
TOLERANCE_S = 0.07
WIDE = (848, 480)
FOCAL_PX = 914.0
"""Of a webcam that sees 70 degrees across 1280 pixels."""
Change = Callable[[Clip], Clip]


@dataclass(frozen=True)
class Condition:
    """One way of filming, and what moves meanwhile."""

    name: str
    group: str
    change: Change
    kind: str = "twitch"
    """'twitch' (one corner), 'both' (both corners alike) or 'still'."""
    mirrored: bool = False
    """The clip is analysed with --mirrored."""


def filmed(**camera: Any) -> Change:
    """Return the change of a clip's camera."""
    return lambda clip: replace(clip, camera=replace(clip.camera, **camera))


def posed(yaw: float = 0.0, pitch: float = 0.0) -> Change:
    """Return the change of the head's pose."""
    return lambda clip: replace(clip, pose=Pose(yaw, pitch))


def away(mm: float) -> Change:
    """Return the change to a 720p webcam at a distance: size and perspective."""
    return lambda clip: replace(
        clip,
        camera=replace(clip.camera, size=(1280, 720), distance_mm=mm),
        encoding=replace(clip.encoding, bit_rate_bps=12e6),
        eye_distance_px=FOCAL_PX * 63.0 / mm,
    )


def stored(**encoding: Any) -> Change:
    """Return the change of a clip's file."""
    return lambda clip: replace(clip, encoding=replace(clip.encoding, **encoding))


def larger(mm: float) -> Change:
    """Return the change to another size of twitch."""
    return lambda clip: replace(clip, twitches=tuple(replace(t, amplitude_mm=mm) for t in clip.twitches))


def chain(*changes: Change) -> Change:
    """Return several changes, one after the other."""

    def all_of(clip: Clip) -> Clip:
        for change in changes:
            clip = change(clip)
        return clip

    return all_of


MAINS_50 = {"flicker": 0.15, "flicker_hz": 100.0, "rolling_s": 0.025, "exposure_fraction": 0.12}
MAINS_60 = MAINS_50 | {"flicker_hz": 120.0}
DIM = {
    "noise": 3.0,
    "shot": 0.25,
    "smear": 14.0,
    "exposures": (Exposure(0.0, 0.6),),
    "exposure_fraction": 0.9,
}
FOCUS = {"breathing": Breathing(0.01, 1.2, 3.1)}
STEPS = {"exposures": (Exposure(2.0, 0.8), Exposure(4.1, 1.15), Exposure(6.3, 0.9), Exposure(8.0, 1.1))}
HAND = {"shake_mm": 3.0, "shake_deg": 1.0}
NIGHT = {"infrared": True, "noise": 1.5}
DARK_NIGHT = {"infrared": True, "noise": 3.0}
PORTRAIT = chain(filmed(size=(480, 848)), stored(rotation_deg=90))
LIGHT = (
    ("50 Hz mains at 30 fps", filmed(**MAINS_50)),
    ("50 Hz mains at 29.97 fps", filmed(**MAINS_50, fps=30000 / 1001)),
    ("60 Hz mains at 30 fps", filmed(**MAINS_60)),
    ("60 Hz mains at 29.97 fps", filmed(**MAINS_60, fps=30000 / 1001)),
    ("60 Hz mains at 25 fps", filmed(**MAINS_60, fps=25.0)),
    ("focus hunts", filmed(**FOCUS)),
    ("exposure steps", filmed(**STEPS)),
    ("held in the hand", filmed(**HAND)),
    ("dim room", filmed(**DIM)),
    ("infrared", filmed(**NIGHT)),
)
CONDITIONS: tuple[Condition, ...] = (
    Condition("as it should be", "shape", lambda clip: clip),
    Condition("mirrored", "shape", lambda clip: replace(clip, mirrored=True), mirrored=True),
    Condition("portrait phone, turned", "shape", PORTRAIT),
    Condition("4:3", "shape", filmed(size=(640, 480))),
    Condition("anamorphic 4:3 pixels", "shape", stored(pixel_aspect=4 / 3)),
    *(Condition(f"{cm} cm", "distance", away(10.0 * cm)) for cm in (40, 60, 80, 120)),
    *(Condition(name, "light", change) for name, change in LIGHT),
    Condition("dim room, 1 mm", "light", chain(filmed(**DIM), larger(1.0))),
    Condition("infrared, noisy, 1 mm", "light", chain(filmed(**DARK_NIGHT), larger(1.0))),
    Condition("half rate from 5 s", "rate", filmed(slow_from_s=5.0, exposure_fraction=0.5)),
    Condition("15 fps stored as 30", "rate", filmed(repeat=2)),
    *(Condition(f"yaw {yaw:+d}", "pose", posed(yaw)) for yaw in (-15, 15, 25)),
    *(Condition(f"pitch {pitch:+d}", "pose", posed(0, pitch)) for pitch in (-15, 15)),
    *(Condition(f"yaw {yaw:+d}", "pose", posed(yaw), "both") for yaw in (-25, -15, -8, 0, 8, 15, 25)),
    *(Condition(f"pitch {pitch:+d}", "pose", posed(0, pitch), "both") for pitch in (-15, 15)),
    Condition("40 cm", "pose", away(400.0), "both"),
    Condition("yaw +15 at 40 cm", "pose", chain(away(400.0), posed(15)), "both"),
    *(Condition(name, "light", change, "still") for name, change in LIGHT),
)


def base_clip(kind: str, person: int) -> Clip:
    """Return the clip that a condition changes."""
    side = ("left", "right")[person % 2]
    sides = {"twitch": (side,), "both": ("left", "right"), "still": ()}[kind]
    twitches = tuple(
        Twitch(
            f"commissure_{s}", MM, START_S, LENGTH_S, HZ,
            direction_deg=40.0 if s == "left" else 140.0, group="both" if kind == "both" else "",
        )
        for s in sides
    )  # fmt: skip
    return Clip(
        duration_s=10.0,
        twitches=twitches,
        blinks=(Blink(1.2), Blink(8.6)),
        sway=Sway(2.0, 1.5, seed=person),
        camera=Camera(size=WIDE, noise=1.0, seed=person),
        encoding=Encoding(bit_rate_bps=6e6, preset="medium", params="bframes=0"),
        eye_distance_px=80.0,
    )


def straightened(clip: Clip, portrait: Portrait) -> Clip:
    """Return the clip with its yaw counted from straight ahead: few people look straight in their photo."""
    own = float(head_angles(portrait.points_px)[0])
    return (
        replace(clip, pose=replace(clip.pose, yaw_deg=clip.pose.yaw_deg - own))
        if posed_at_all(clip)
        else clip
    )


def posed_at_all(clip: Clip) -> bool:
    """Tell whether both corners move or the head is held at an angle: only then a few degrees matter."""
    return not clip.pose.frontal or len(clip.twitches) > 1


def in_face_frame(motion: FloatArray, portrait: Portrait) -> FloatArray:
    """Return motion (n, 19, 2) in the photo's plane as motion in the face's own frame."""
    down = np.array([1.0, -1.0])
    matrices = to_face_frame(portrait.points_px, portrait.eye_distance_px)
    return np.asarray(np.einsum("kij,nkj->nki", matrices, motion * down) * down)


def true_index(motion: FloatArray, fs: float) -> float | None:
    """Return the asymmetry index of the true motion, by the back's own definition without noise."""
    rows = (int(START_S * fs), int((START_S + LENGTH_S) * fs))
    moved = motion - motion[: rows[0]].mean(axis=0)
    return asymmetry_index(moved, [rows], np.zeros((len(REGIONS), 2)), fs / 2, fs).index


def motion_gain(recording: Recording, facts: dict[str, Any], sites: Iterable[str]) -> float:
    """Return measured over true motion at the sites above 0.8 Hz, the scale's own error taken out."""
    from scipy.signal import butter, sosfiltfilt

    fs = 1 / float(np.median(np.diff(recording.t_s)))
    sos = butter(2, 0.8, btype="high", fs=fs, output="sos")
    scale = facts["mm_per_px"] / (recording.scale.mm_per_px or np.nan)
    true = np.stack(
        [
            np.interp(recording.t_s, facts["t_s"], facts["motion"][:, INDEX[s], d])
            for s in sites
            for d in (0, 1)
        ]
    )
    seen = np.stack([recording.motion_mm[:, INDEX[s], d] * scale for s in sites for d in (0, 1)])
    true, seen = (sosfiltfilt(sos, np.nan_to_num(v), axis=1) for v in (true, seen))
    return float((seen * true).sum() / (true * true).sum())


def score(
    condition: Condition, person: int, recording: Recording, measured: Measured, facts: dict[str, Any]
) -> dict[str, Any]:
    """Return one row of figures."""
    lips, quality = measured.lips, measured.quality
    counted = [e for e in measured.events if not e.gated and e.trial_type in ("twitch", "tonic")]
    matching = match_events(
        np.array(facts["peaks"]), np.array(sorted(e.peak_s for e in counted)), TOLERANCE_S
    )
    row: dict[str, Any] = {
        "condition": condition.name, "kind": condition.kind, "person": person, "verdict": quality.verdict,
        "reasons": list(quality.reasons), "events": len(counted), "side": lips.side, "hz": lips.dominant_hz,
        "index": lips.asymmetry.index, "ci": lips.asymmetry.ci, "gated_s": quality.gated_s,
        "false": len(counted) - (round(matching.recall * len(facts["peaks"])) if len(facts["peaks"]) else 0),
        "yaw": float(np.nanmedian(recording.pose_deg[:, 0])),
    }  # fmt: skip
    if condition.kind == "still":
        return row
    sides = ("left", "right") if condition.kind == "both" else (("left", "right")[person % 2],)
    gains = [motion_gain(recording, facts, [f"commissure_{s}"]) for s in sides]
    wanted = "bilateral" if condition.kind == "both" else sides[0]
    true = facts["index"].item()
    return row | {
        "gain": gains[0] if len(gains) == 1 else gains,
        "f1": matching.f1,
        "side_right": lips.side == wanted,
        "true_index": true,
    }


def measure(condition: Condition, photo: Path, person: int, out: Path, *, again: bool) -> dict[str, Any]:
    """Render (once), record (once, or again) and analyse one clip."""
    signed = f"{condition.kind} {condition.name} {photo.stem}".replace("+", "p").replace("-", "m")
    name = "".join(c if c.isalnum() else "_" for c in signed)
    path = out / f"{name}.mp4"
    facts_path, stored_path = path.with_suffix(".facts.npz"), path.with_suffix(".recording.npz")
    if not facts_path.exists():
        portrait = read_portrait(photo)
        clip = straightened(condition.change(base_clip(condition.kind, person)), portrait)
        write_clip(path, clip, portrait)
        true = truth(clip, portrait)
        peaks = [e.peak for e in true_events(clip, portrait)[0] if e.trial_type == "twitch"]
        even = truth(clip, portrait, np.arange(0, clip.duration_s, 1 / 120)).motion_mm
        index = true_index(in_face_frame(even, portrait), 120.0) if peaks else None
        np.savez(
            facts_path,
            t_s=true.t_s,
            motion=in_face_frame(true.motion_mm, portrait),
            peaks=peaks,
            mm_per_px=true.mm_per_px,
            index=np.nan if index is None else index,
        )
    if again or not stored_path.exists():
        save_recording(record(path, Options(mirrored=condition.mirrored)), stored_path)
    recording = load_recording(stored_path)
    with np.load(facts_path) as facts:
        return score(condition, person, recording, analyse(recording), dict(facts)) | {"photo": photo.stem}


def text(value: Any, digits: int = 2) -> str:
    """Return a number, a list of numbers or nothing as a cell."""
    if value is None:
        return "-"
    if isinstance(value, (list, tuple)):
        return " / ".join(text(v, digits) for v in value)
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


COLUMNS: dict[str, dict[str, Callable[[dict[str, Any]], str]]] = {
    "twitch": {
        "gain": lambda r: text(r["gain"]),
        "F1": lambda r: text(r["f1"]),
        "false": lambda r: text(r["false"]),
        "side": lambda r: f"{r['side']}{'' if r['side_right'] else ' (wrong)'}",
        "index": lambda r: text(r["index"]),
        "true": lambda r: text(r["true_index"]),
        "Hz error": lambda r: text(None if r["hz"] is None else r["hz"] - HZ, 3),
    },
    "both": {
        "gain left / right": lambda r: text(r["gain"]),
        "F1": lambda r: text(r["f1"]),
        "side": lambda r: f"{r['side']}{'' if r['side_right'] else ' (wrong)'}",
        "index": lambda r: text(r["index"]),
        "interval": lambda r: text(r["ci"]),
        "true": lambda r: text(r["true_index"]),
        "yaw seen": lambda r: text(r["yaw"], 0),
    },
    "still": {
        "ungated events": lambda r: text(r["events"]),
        "gated": lambda r: text(", ".join(r["gated_s"])),
    },
}


def print_table(rows: list[dict[str, Any]], kind: str, title: str) -> None:
    """Print one kind's rows."""
    mine = [r for r in rows if r["kind"] == kind]
    if not mine:
        return
    columns = COLUMNS[kind]
    print(f"\n{title}\n\n| condition | who | {' | '.join(columns)} | verdict |")
    print("|" + " --- |" * (len(columns) + 3))
    for r in mine:
        cells = [r["condition"], r["photo"], *(get(r) for get in columns.values())]
        print("| " + " | ".join([*cells, " ".join([r["verdict"], *r["reasons"]])]) + " |")


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--people", type=int, default=4, help="how many of them")
    parser.add_argument("--first", type=int, default=0, help="number of the first one")
    parser.add_argument("--only", nargs="*", help="groups: shape distance light rate pose")
    parser.add_argument("--kind", nargs="*", help="kinds: twitch both still")
    parser.add_argument("--names", nargs="*", help="conditions by name")
    parser.add_argument("--again", action="store_true", help="measure kept clips anew")
    parser.add_argument("--out", type=Path, default=Path("results/conditions"))
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    photos = sorted(args.photos.glob("*.jpg"))[args.first : args.first + args.people]
    rows: list[dict[str, Any]] = []
    for condition in CONDITIONS:
        asked = ((args.only, condition.group), (args.kind, condition.kind), (args.names, condition.name))
        if any(wanted and have not in wanted for wanted, have in asked):
            continue
        for k, photo in enumerate(photos, start=args.first):
            rows.append(measure(condition, photo, k, args.out, again=args.again))
            print(json.dumps(rows[-1]), flush=True)
    (args.out / "rows.json").write_text(json.dumps(rows, indent=1))
    print_table(rows, "twitch", f"{MM} mm at {HZ:g} Hz at one mouth corner")
    print_table(rows, "both", f"{MM} mm at {HZ:g} Hz at both mouth corners")
    print_table(rows, "still", "Nothing moves but the head and the lids")


if __name__ == "__main__":
    main()
