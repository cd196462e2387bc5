"""Make the clips of sample_videos/ again: known motion on the NASA portrait of Eileen Collins.

    .venv/bin/python scripts/make_samples.py [--out sample_videos] [--only left-twitch]

Needs scikit-image for the portrait. The clips come out the same up to the version of the encoder.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from twitchcam.synth import (
    Blink,
    Camera,
    Clip,
    Encoding,
    Portrait,
    Smile,
    Sway,
    astronaut,
    recipes,
    write_clip,
)
from twitchcam.synth.portrait import ASTRONAUT_CREDIT

MAX_BYTES = 1_500_000
# The portrait's face is small (44 px between the pupils), so it is shown at twice its size and no more.
BASE = Clip(
    camera=Camera(size=(640, 480), fps=30.0, noise=0.5),
    eye_distance_px=84.0,
    # 'grain' and no macroblock tree: otherwise x264 saves its bits just where the lip moves. See
    # sample_videos/README.md.
    encoding=Encoding(codec="h264", crf=15.0, preset="medium", tune="grain", params="mbtree=0"),
    sway=Sway(1.2, 0.8, seed=4),
)


def sample_clips() -> dict[str, Clip]:
    """Return the four clips by name."""
    return {
        "left-twitch": replace(
            BASE,
            duration_s=12.0,
            twitches=recipes.focal_twitch("commissure_left", 3.0, 6.0, hz=5.0, amplitude_mm=0.8),
            blinks=(Blink(1.6), Blink(6.3), Blink(10.6)),
        ),
        "spasm-left": replace(
            BASE,
            duration_s=14.0,
            twitches=(
                *recipes.spasm_burst(2.2, side="left", jerks=5, seed=3),
                *recipes.spasm_burst(6.0, side="left", jerks=8, hz=5.5, seed=8),
                *recipes.spasm_burst(10.4, side="left", jerks=4, seed=12),
            ),
            blinks=(Blink(1.0), Blink(4.7), Blink(9.2), Blink(12.8)),
        ),
        "rest-tremor": replace(
            BASE,
            duration_s=12.0,
            twitches=recipes.lip_tremor(2.5, 7.5, hz=5.0, amplitude_mm=1.0),
            blinks=(Blink(1.6), Blink(6.2), Blink(10.8)),
        ),
        "still": replace(
            BASE,
            duration_s=14.0,
            blinks=(Blink(1.2), Blink(3.9), Blink(7.0), Blink(12.6)),
            smiles=(Smile(8.6, 10.9, 6.0),),
        ),
    }


def make_sample(name: str, clip: Clip, portrait: Portrait, out: Path) -> None:
    """Write one clip with its sidecar and refuse one that is too large for the repository."""
    path = out / f"{name}.mp4"
    frames = write_clip(path, clip, portrait, credit=ASTRONAUT_CREDIT)
    size = path.stat().st_size
    print(f"{path}: {frames} frames, {size / 1e6:.2f} MB, {8e-3 * size / clip.duration_s:.0f} kbit/s")
    if size > MAX_BYTES:
        raise SystemExit(f"{path}: {size} bytes, more than {MAX_BYTES}; raise crf or shorten the clip")


def main() -> None:
    """Make all samples, or one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "sample_videos")
    parser.add_argument("--only", choices=list(sample_clips()), help="make this clip only")
    options = parser.parse_args()
    portrait = astronaut()
    for name, clip in sample_clips().items():
        if options.only in (None, name):
            make_sample(name, clip, portrait, options.out)


if __name__ == "__main__":
    main()
