"""What the codec takes: twitches of known size through many encoders, and whether the program says so.

    python scripts/compression.py --photos FOLDER [--people 062 037] [--out results/compression]

Each person is rendered three times for 8 s (1280x720, 30 a second, sway of 2 mm and 1.5 degrees): single
twitches of 0.07-1 mm, of 0.3-4 mm, and none. Each rendering goes through every encoder and is measured as
`analyze` does. Clips and recordings are kept in the folder, so that a second run only counts. Prints Markdown
tables:

- by encoder: bit rate, quantiser step as a displacement, limit stated, verdict, and how many movements of the
  lips were found that never were (with the coding unknown and known to the back)
- what is left of a twitch by its size over the step, against the formula of `analysis.compression`
- how often a twitch is found by its size over the stated limit
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from twitchcam.analysis import analyse
from twitchcam.analysis.compression import kept_part, usual_step_mm
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.regions import INDEX, LIP_INDEX, LIPS
from twitchcam.session import Options, record
from twitchcam.summary import Event, Measured
from twitchcam.synth import Camera, Clip, Encoding, Renderer, Sway, Twitch, encode, read_portrait, truth
from twitchcam.types import FloatArray, Recording

SIZES_MM = {
    "small": (0.07, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0),
    "large": (0.3, 0.45, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0),
    "still": (),
}
WIDTH_S = 0.18
SITE_PAIRS = (
    (("commissure_left", 60.0), ("lower_lip_right", 90.0)),
    (("commissure_right", 120.0), ("upper_lip_left", 90.0)),
    (("lower_lip_left", 90.0), ("commissure_right", 150.0)),
    (("upper_lip_right", 90.0), ("commissure_left", 40.0)),
)
NO_B = "bframes=0"
ENCODERS = {
    "x264 veryfast 12 Mb/s": Encoding("h264", 12e6, params=NO_B),
    "x264 veryfast 1 Mb/s": Encoding("h264", 1e6, params=NO_B),
    "x264 veryfast 0.25 Mb/s": Encoding("h264", 0.25e6, params=NO_B),
    "x264 veryfast crf 28": Encoding("h264", None, crf=28, params=NO_B),
    "x264 veryfast crf 34": Encoding("h264", None, crf=34, params=NO_B),
    "x264 medium, B, 4 Mb/s": Encoding("h264", 4e6, preset="medium"),
    "x264 medium, B, crf 28": Encoding("h264", None, crf=28, preset="medium"),
    "x265 superfast 4 Mb/s": Encoding("hevc", 4e6, preset="superfast"),
    "x265 superfast crf 24": Encoding("hevc", None, crf=24, preset="superfast"),
    "x265 superfast crf 30": Encoding("hevc", None, crf=30, preset="superfast"),
    "VP9 crf 30": Encoding("vp9", None, crf=30),
    "VP9 crf 42": Encoding("vp9", None, crf=42),
    "MJPEG 8 Mb/s": Encoding("mjpeg", 8e6),
}


@dataclass(frozen=True)
class Seen:
    """One clip and what came of it."""

    encoder: str
    clip: Clip
    recording: Recording
    measured: Measured
    unaware: Measured
    """The same analysed without what is known of the coding."""
    true_motion: FloatArray
    true_mm: float
    """True over measured millimetres."""


def make_clip(person: int, kind: str) -> Clip:
    """Return the clip of a person: twitches at two sites in turn, in random order of size."""
    rng = np.random.default_rng([person, len(SIZES_MM[kind]), 7])
    twitches = [
        Twitch(site, float(mm), 1.7 + 0.74 * j + 0.37 * k, width_s=WIDTH_S, direction_deg=degrees)
        for k, (site, degrees) in enumerate(SITE_PAIRS[person % len(SITE_PAIRS)])
        for j, mm in enumerate(rng.permutation(SIZES_MM[kind]))
    ]
    seed = 10 * person + list(SIZES_MM).index(kind)
    camera = Camera(noise=(1.0, 1.5, 0.7)[person % 3], seed=seed)
    return Clip(duration_s=8.0, twitches=tuple(twitches), sway=Sway(2.0, 1.5, seed=seed), camera=camera)


def measure(photo: Path, person: int, kind: str, out: Path) -> Iterable[Seen]:
    """Render one clip, code it with every encoder, and measure each."""
    clip, portrait = make_clip(person, kind), read_portrait(photo)
    true = truth(clip, portrait)
    frames: list[Any] = []
    for name, encoding in ENCODERS.items():
        stem = f"{photo.stem}.{kind}." + name.replace("/", "p").replace(" ", "_").replace(",", "")
        stored = out / f"{stem}.npz"
        if not stored.exists():
            video = out / f"{stem}.{'mkv' if encoding.codec in ('vp9', 'mjpeg') else 'mp4'}"
            frames = frames or list(Renderer(clip, portrait).frames())
            encode(video, frames, encoding, clip.camera.fps)
            save_recording(record(video, Options()), stored)
            print(stem, file=sys.stderr, flush=True)
        recording = load_recording(stored)
        blank = replace(recording, coded_step_mm=np.full_like(recording.coded_step_mm, np.nan))
        scale = true.mm_per_px / (recording.scale.mm_per_px or np.nan)
        yield Seen(name, clip, recording, analyse(recording), analyse(blank), true.motion_mm, scale)


def made_up(seen: Seen, measured: Measured) -> int:
    """Count the events of the lips that no twitch explains."""
    peaks = np.array([t.start_s + WIDTH_S / 2 for t in seen.clip.twitches] or [-9.0])
    return sum(e.region in LIPS and np.abs(peaks - e.peak_s).min() > 0.2 for e in counted(measured))


def counted(measured: Measured) -> list[Event]:
    """Return the events that count."""
    return [e for e in measured.events if not e.gated and e.trial_type in ("twitch", "tonic")]


def twitch_rows(seen: Seen) -> Iterable[tuple[float, float, float, float, bool]]:
    """Yield (size, step, stated limit, part measured, found) of each twitch, true millimetres."""
    step = usual_step_mm(seen.recording)
    for t in seen.clip.twitches:
        i, peak = INDEX[t.site], t.start_s + WIDTH_S / 2
        limit = seen.measured.quality.by_region[t.site].min_detectable_mm or np.nan
        found = any(abs(e.peak_s - peak) < 0.1 for e in counted(seen.measured))
        yield (
            t.amplitude_mm, step[i] * seen.true_mm, limit * seen.true_mm, part_left(seen, t, peak), found,
        )  # fmt: skip


def part_left(seen: Seen, t: Twitch, peak: float) -> float:
    """Return measured over true size of one twitch, by regression on its true course, level and slope."""
    rows = np.flatnonzero(np.abs(seen.recording.t_s - peak) < WIDTH_S / 2 + 0.12)
    along = np.array([np.cos(np.radians(t.direction_deg)), np.sin(np.radians(t.direction_deg))])
    course = seen.true_motion[rows, INDEX[t.site]] @ along
    design = np.column_stack([course, np.ones(rows.size), rows - rows.mean()])
    motion = seen.recording.motion_mm[rows, INDEX[t.site]] @ along * seen.true_mm
    return float(np.linalg.lstsq(design, np.nan_to_num(motion), rcond=None)[0][0])


def by_encoder(all_seen: list[Seen]) -> list[list[str]]:
    """Return the rows of the first table."""
    rows = []
    for name in ENCODERS:
        mine = [s for s in all_seen if s.encoder == name]
        rate = np.median([(s.recording.source.bit_rate_bps or np.nan) / 1e6 for s in mine])
        step = np.median([usual_step_mm(s.recording)[list(LIP_INDEX)] for s in mine])
        limits = [np.median([s.measured.quality.by_region[n].min_detectable_mm or np.nan for n in LIPS])
                  for s in mine]  # fmt: skip
        verdicts = [s.measured.quality.verdict for s in mine]
        said = sum(any("compress" in r for r in s.measured.quality.reasons) for s in mine)
        minutes = sum(s.clip.duration_s for s in mine) / 60
        unaware = sum(made_up(s, s.unaware) for s in mine) / minutes
        aware = sum(made_up(s, s.measured) for s in mine) / minutes
        rows.append([
            name, f"{rate:.2f}", f"{step:.3f}" if step else "unknown", f"{np.nanmedian(limits):.2f}",
            f"{said}/{len(mine)}", f"{verdicts.count('unusable')}", f"{unaware:.1f}", f"{aware:.1f}",
        ])  # fmt: skip
    return rows


def by_ratio(
    rows: Sequence[tuple[float, ...]],
    of: int,
    edges: tuple[float, ...],
    show: Callable[[Any, float], list[str]],
) -> list[list[str]]:
    """Return table rows of twitches sorted by their size over column `of`."""
    out = []
    for low, high in pairwise(edges):
        mine = np.array([r for r in rows if r[of] > 0 and low <= r[0] / r[of] < high])
        if len(mine):
            middle = float(np.median(mine[:, 0] / mine[:, of]))
            out.append([f"{low:g} to {high:g}", str(len(mine)), *show(mine, middle)])
    return out


def table(head: str, rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    columns = head.split(" | ")
    return "\n".join("| " + " | ".join(r) + " |" for r in [columns, ["---"] * len(columns), *rows])


def main() -> None:
    """Run the study."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of frontal portraits (jpg)")
    parser.add_argument("--people", nargs="*", default=[], help="parts of the names of the photos to use")
    parser.add_argument("--kinds", nargs="*", default=list(SIZES_MM), choices=list(SIZES_MM))
    parser.add_argument("--out", type=Path, default=Path("results/compression"), help="clips are kept here")
    args = parser.parse_args()
    photos = sorted(args.photos.glob("*.jpg"))
    if not photos:
        parser.error(f"no .jpg in {args.photos}")
    args.out.mkdir(parents=True, exist_ok=True)
    wanted = args.people or [""]
    chosen = [(k, p) for k, p in enumerate(photos) if any(part in p.stem for part in wanted)]
    all_seen = [s for k, p in chosen for kind in args.kinds for s in measure(p, k, kind, args.out)]
    print(f"{len(chosen)} people, {len(all_seen)} clips\n")
    head = "coded by | Mb/s | step, mm | limit, mm | says so | unusable | made up a minute, unaware | aware"
    print(table(head, by_encoder(all_seen)), "\n")
    rows = [r for s in all_seen for r in twitch_rows(s)]
    print(table(
        "size over step | twitches | left, median | lower to upper quartile | formula",
        by_ratio(rows, 1, (0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 100), lambda m, middle: [
            f"{np.median(m[:, 3]):.2f}", "{:.2f} to {:.2f}".format(*np.quantile(m[:, 3], (0.25, 0.75))),
            f"{float(kept_part(middle, 1.0)):.2f}",
        ]),
    ), "\n")  # fmt: skip
    print(table(
        "size over stated limit | twitches | found",
        by_ratio(
            rows, 2, (0, 0.3, 0.5, 0.75, 1, 1.25, 1.6, 100), lambda m, _: [f"{m[:, 4].mean():.2f}"]
        ),
    ))  # fmt: skip


if __name__ == "__main__":
    main()
