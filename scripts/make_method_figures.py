"""Draw the figures of docs/method.md: a twitch as the pixels and as the mesh see it, and the study's results.

    python scripts/make_method_figures.py [--study OUT]

The first figure comes from sample_videos/left-twitch.mp4. The second needs the folder of
`scripts/full_study.py` (its amplitude.json and power.json).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
import numpy as np
from study.baselines import landmark_motion, track_all

from twitchcam.regions import INDEX
from twitchcam.session import Options, record

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
DIRECTION = np.array([np.cos(np.radians(30)), np.sin(np.radians(30))])
"""In which the sample's corner moves."""
BLUE, ORANGE, GREY = "#0a6aa1", "#c4560a", "#8a8f98"


def draw_traces(path: Path) -> None:
    """One mouth corner by registration and by refined FaceMesh, the other corner by registration."""
    clip = ROOT / "sample_videos" / "left-twitch.mp4"
    recording = record(clip, Options())
    mesh = landmark_motion(track_all(clip, "facemesh"), recording.scale.mm_per_px or 1.0)
    rows = (
        ("left mouth corner, from the pixels", recording.motion_mm[:, INDEX["commissure_left"]], BLUE),
        ("left mouth corner, mesh landmark", mesh[:, INDEX["commissure_left"]], GREY),
        ("right mouth corner, from the pixels", recording.motion_mm[:, INDEX["commissure_right"]], ORANGE),
    )
    figure, axes = plt.subplots(3, 1, sharex=True, sharey=True, figsize=(8, 4.6))
    for axis, (name, motion, colour) in zip(axes, rows, strict=True):
        along = motion @ DIRECTION
        axis.plot(recording.t_s, along - np.nanmedian(along), color=colour, linewidth=1)
        axis.set_title(name, loc="left", fontsize=9)
        axis.set_ylabel("mm")
        axis.spines[["top", "right"]].set_visible(False)
    axes[-1].set_xlabel("time, s")
    save(figure, path)


def draw_study(folder: Path, path: Path) -> None:
    """Measured over true size, and the part found, of single twitches of known size."""
    amplitude = [r for r in read(folder / "amplitude.json") if r["part"] == "single" and r.get("event_gain")]
    power = [r for r in read(folder / "power.json") if r["part"] == "power"]
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4))
    true = np.array([r["mm"] for r in amplitude])
    spread = np.exp(np.random.default_rng(0).normal(0, 0.03, true.size))
    left.semilogx(true * spread, [r["event_gain"] for r in amplitude], ".", color=BLUE, alpha=0.5)
    sizes = sorted(set(true.tolist()))
    left.set_xticks(sizes, [f"{mm:g}" for mm in sizes])
    left.minorticks_off()
    left.axhspan(0.95, 1.05, color=GREY, alpha=0.25, linewidth=0)
    left.set(xlabel="true size, mm", ylabel="measured / true size", ylim=(0.5, 1.5))
    shares = sorted({r["share"] for r in power})
    found = [np.mean([r["found"] for r in power if r["share"] == s]) for s in shares]
    right.plot(shares, found, "o-", color=BLUE)
    right.axhline(0.95, color=GREY, linewidth=0.8)
    right.axvline(1.0, color=GREY, linewidth=0.8)
    right.set(xlabel="size / stated smallest size", ylabel="part found", ylim=(0, 1.02))
    for axis in (left, right):
        axis.spines[["top", "right"]].set_visible(False)
    save(figure, path)


def read(path: Path) -> list[dict[str, Any]]:
    """Return a part's rows."""
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    return rows


def save(figure: plt.Figure, path: Path) -> None:
    """Write a figure without a date, so that the same numbers give the same file."""
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    print(path)


def main() -> None:
    """Draw what there is data for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", type=Path, help="folder of full_study.py")
    study = parser.parse_args().study
    matplotlib.rcParams.update({"font.size": 9, "svg.hashsalt": "twitchcam", "svg.fonttype": "none"})
    draw_traces(DOCS / "traces.svg")
    if study is not None:
        draw_study(study, DOCS / "study.svg")


if __name__ == "__main__":
    main()
