"""How well repeated pictures are found after coding: synthetic faces, nine encoders, seven patterns.

    python scripts/repeats.py --photos FOLDER [--people 3] [--seconds 5]

Faces of 100 px between the eyes in 480x480 pictures at 30 a second, with 2 mm of sway, a twitch, a blink and
camera noise; bit rates as for 1280x720. Prints, for each encoder and pattern, the part of new pictures that
is taken for copies and the part of copies that is found, the worst of all people.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from twitchcam.analysis.repeats import find_repeats
from twitchcam.edges.decode import open_video
from twitchcam.front.look import changed_part
from twitchcam.synth import Blink, Camera, Clip, Encoding, Sway, Twitch, encode, read_portrait, render
from twitchcam.types import BoolArray, FloatArray, IntArray

FPS = 30
ENCODERS = {
    "H.264 12 Mb/s, no B": Encoding(bit_rate_bps=3.5e6, preset="medium", params="bframes=0"),
    "H.264 12 Mb/s": Encoding(bit_rate_bps=3.5e6, preset="medium"),
    "H.264 12 Mb/s, key every 30": Encoding(bit_rate_bps=3.5e6, params="bframes=0:keyint=30"),
    "H.264 4 Mb/s": Encoding(bit_rate_bps=1.2e6, preset="medium"),
    "H.264 1 Mb/s, no B": Encoding(bit_rate_bps=3e5, preset="medium", params="bframes=0"),
    "H.264 1 Mb/s": Encoding(bit_rate_bps=3e5, preset="medium"),
    "HEVC 4 Mb/s": Encoding(codec="hevc", bit_rate_bps=1.2e6, preset="fast"),
    "VP9 2 Mb/s": Encoding(codec="vp9", bit_rate_bps=6e5),
    "MJPEG": Encoding(codec="mjpeg", bit_rate_bps=4e7),
}
PATTERNS: dict[str, Callable[[IntArray], IntArray]] = {
    "none": lambda k: k,
    "15 in 30": lambda k: k // 2 * 2,
    "24 in 30": lambda k: k - k // 5,
    "10 in 30": lambda k: k // 3 * 3,
    "20 in 30": lambda k: k * 2 // 3,
    "15 in 30 from half way": lambda k: np.where(k < k.size // 2, k, k // 2 * 2),
    "frozen for 0.5 s": lambda k: np.where((k > 40) & (k < 55), 40, k),
}


@dataclass(frozen=True)
class Look:
    """What the search for repeats needs of a recording."""

    t_s: FloatArray
    changed: FloatArray
    repeated: BoolArray
    b_picture: BoolArray


def look_at(path: Path) -> Look:
    """Read a clip as the recorder does, the face taken from the middle."""
    t, changed, same, b = [], [np.nan], [False], []
    last = None
    with open_video(path) as video:
        for frame in video:
            luma = frame.picture.luma
            h, w = luma.shape
            if last is not None:
                part = (slice(h // 2 - 150, h // 2 + 150), slice(w // 2 - 120, w // 2 + 120))
                span = frame.picture.white - frame.picture.black
                changed.append(changed_part(last[part], luma[part], span))
                same.append(bool(np.array_equal(last, luma)))
            last = luma
            t.append(frame.t_s)
            b.append(frame.b_picture)
    return Look(np.array(t), np.array(changed), np.array(same), np.array(b))


def cell(scores: list[tuple[float, float]]) -> str:
    """Return the worst of the people, in per cent."""
    wrong, hit = 100 * np.array(scores).T
    return f"{wrong.max():.0f}" if np.isnan(hit).any() else f"{wrong.max():.0f} / {hit.min():.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    scores: dict[tuple[str, str], list[tuple[float, float]]] = {}
    photos = sorted(options.photos.glob("*.jpg"))[: options.people]
    with tempfile.TemporaryDirectory() as folder:
        for seed, photo in enumerate(photos, 1):
            twitch = Twitch("commissure_left", 0.6, 1.0, duration_s=2.0, hz=4.0, direction_deg=60)
            camera = Camera(size=(480, 480), fps=FPS, noise=1.5, seed=seed)
            clip = Clip(
                options.seconds, (twitch,), (Blink(3.6),), sway=Sway(2.0, 1.5, seed=seed), camera=camera,
                eye_distance_px=100,
            )  # fmt: skip
            pictures = [picture for _, picture in render(clip, read_portrait(photo))]
            for name, encoding in ENCODERS.items():
                path = Path(folder) / ("c.webm" if encoding.codec == "vp9" else "c.mkv")
                for pattern, rows_of in PATTERNS.items():
                    rows = rows_of(np.arange(len(pictures)))
                    encode(path, ((k / FPS, pictures[r]) for k, r in enumerate(rows)), encoding, FPS)
                    found = find_repeats(look_at(path)).rows  # type: ignore[arg-type]
                    copy = np.r_[False, np.diff(rows) == 0]
                    hit = float(found[copy].mean()) if copy.any() else np.nan
                    scores.setdefault((name, pattern), []).append((float(found[~copy].mean()), hit))
    print("| encoder | " + " | ".join(PATTERNS) + " |\n|" + "---|" * (len(PATTERNS) + 1))
    for name in ENCODERS:
        print(f"| {name} | " + " | ".join(cell(scores[name, pattern]) for pattern in PATTERNS) + " |")
    print("Worst of the people: % of new pictures taken for copies / % of copies found.")


if __name__ == "__main__":
    main()
