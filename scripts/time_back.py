"""The back timed: seconds of processor time for an hour of several kinds of recordings, by stage, and for the
20 s windows of a live session.

    python scripts/time_back.py                      all kinds, 2 minutes of each (the hours in full: --full)
    python scripts/time_back.py --earlier PATH       against an earlier version's checkout, in turns

Machines and their load differ, so every time is also told as a multiple of a fixed piece of NumPy work that
runs just before and after it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
STAGES = {
    "signals": "summarise.make_signals", "noise": "search._limits", "gates": "search.find_gates",
    "detector": "search.run_detector", "tonic": "search.find_tonic", "movements": "search.find_movements",
}  # fmt: skip
KINDS = ("busy", "typical", "still", "gated", "noisy", "240 fps")
PIECE_S = 20.0
SITES = (
    "commissure_left",
    "lower_lip_right",
    "upper_lip_left",
    "lower_eyelid_left",
    "brow_right",
    "chin_mid",
)


def reference_s() -> float:
    """Return the processor time of the fixed work, s (about 10 ms)."""
    x = np.random.default_rng(0).standard_normal((400, 600))
    began = time.process_time()
    for _ in range(3):
        np.sort(x, axis=0)
        np.fft.rfft(x, axis=1)
        np.where(x > 0, x, 0.0).cumsum(axis=0)
    return time.process_time() - began


def make(kind: str, duration_s: float):  # type: ignore[no-untyped-def]
    """Return an artificial recording, put together from pieces (each event is drawn over a whole face)."""
    from recordings import StillFace

    fps = 240.0 if kind == "240 fps" else 30.0
    noise = 30.0 if kind == "noisy" else 8.0
    whole = StillFace(duration_s=duration_s, fps=fps, seed=1, noise_um_rthz=noise)
    rng = np.random.default_rng(KINDS.index(kind))
    piece_s = PIECE_S
    for k in range(int(duration_s / piece_s)):
        piece = StillFace(duration_s=piece_s, fps=fps, seed=k)
        act(piece, kind, piece_s, rng)
        rows = slice(k * piece.n, (k + 1) * piece.n)
        for name in ("motion", "opening", "mouth", "match", "head", "pose", "lost"):
            getattr(whole, name)[rows] = getattr(piece, name)
    return whole.recording()


def act(face, kind: str, piece_s: float, rng: np.random.Generator) -> None:  # type: ignore[no-untyped-def]
    """Let something happen: the kinds differ in how often, and in what."""
    if kind == "still":
        return
    every_s = {"busy": 0.3, "typical": 3.0}.get(kind, 1.0)
    at = 1.0
    while at < piece_s - 5.0:
        site, mm = str(rng.choice(SITES)), float(rng.uniform(0.3, 1.5))
        what = rng.choice(["twitch", "train", "blink", "speech"], p=[0.55, 0.15, 0.2, 0.1])
        if what == "train":
            face.train(at, 2.0, float(rng.uniform(2, 8)), site, mm)
        elif what == "blink":
            face.blink(at)
        elif what == "speech" and kind == "gated":
            face.speak(at, 3.0)
        else:
            face.twitch(at, site, mm, length_s=float(rng.uniform(0.1, 0.3)))
        at += {"train": 2.4, "blink": 0.6, "speech": 3.4}.get(str(what), 0.4) + every_s * float(
            rng.exponential()
        )


def by_stage(work: Callable[[], object]) -> tuple[float, dict[str, float]]:
    """Return the processor time of `work` and of the stages in it, s."""
    import importlib

    spent = dict.fromkeys(STAGES, 0.0)
    kept = []
    for stage, place in STAGES.items():
        module_name, name = place.split(".")
        module = importlib.import_module(f"twitchcam.analysis.{module_name}")
        if not hasattr(module, name):
            continue
        kept.append((module, name, getattr(module, name)))
        setattr(module, name, timed(getattr(module, name), spent, stage))
    began = time.process_time()
    work()
    total = time.process_time() - began
    for module, name, function in kept:
        setattr(module, name, function)
    return total, spent


def timed(function: Callable[..., object], spent: dict[str, float], stage: str) -> Callable[..., object]:
    """Return the function, adding what it takes to its stage."""

    def wrapped(*args: object, **kwargs: object) -> object:
        began = time.process_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[stage] += time.process_time() - began

    return wrapped


def measure(full: bool, memory: bool) -> list[dict[str, object]]:
    """Return a row for each kind, and for windows."""
    from twitchcam.analysis import analyse
    from twitchcam.live.back import look

    rows: list[dict[str, object]] = []
    for kind in KINDS:
        duration_s = 3600.0 if full and kind in ("busy", "typical", "still") else 120.0
        recording = make(kind, duration_s)
        analyse(make("busy", 20.0))  # what is made once
        before = reference_s()
        total, spent = by_stage(partial(analyse, recording))
        unit = 0.5 * (before + reference_s())
        note = f"{most_mb(partial(analyse, recording)):.0f} MB" if memory else ""
        rows.append(row(kind, duration_s, total, unit, spent, note))
    for kind in ("busy", "typical", "still"):
        window = make(kind, 20.0)
        look(window)
        before = reference_s()
        took = [by_stage(partial(look, window)) for _ in range(5)]
        total, spent = min(took, key=lambda one: one[0])
        rows.append(row(f"{kind}, a 20 s window", 0.0, total, 0.5 * (before + reference_s()), spent, ""))
    return rows


def most_mb(work: Callable[[], object]) -> float:
    """Return the most memory that `work` takes, MB."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return most


def row(
    kind: str, duration_s: float, total: float, unit: float, spent: dict[str, float], note: str
) -> dict[str, object]:
    hour = 3600.0 / duration_s if duration_s else 1.0
    stages = {name: round(hour * s, 3) for name, s in spent.items()}
    stages["rest"] = round(hour * (total - sum(spent.values())), 3)
    return {
        "kind": kind,
        "s": round(hour * total, 3),
        "ratio": round(hour * total / unit),
        "note": note,
        **stages,
    }


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="whole hours where they matter")
    parser.add_argument("--memory", action="store_true", help="the most memory that each takes (slow)")
    parser.add_argument("--earlier", type=Path, help="folder of another version")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.path[:0] = [str(given.root), str(ROOT / "tests")]
    if given.root != ROOT:
        print(json.dumps(measure(given.full, given.memory)))
        return
    rows = measure(given.full, given.memory)
    earlier: dict[str, object] = {}
    if given.earlier:
        command = [sys.executable, __file__, "--root", str(given.earlier), *["--full"] * given.full]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        earlier = {str(r["kind"]): r["ratio"] for r in json.loads(told)}
    print("| kind | s for an hour | ratio | earlier ratio | " + " | ".join([*STAGES, "rest"]) + " | |")
    print("| --- " * (len(STAGES) + 6) + "|")
    for r in rows:
        cells = [
            r["kind"],
            r["s"],
            r["ratio"],
            earlier.get(str(r["kind"]), ""),
            *(r[n] for n in [*STAGES, "rest"]),
        ]
        print("| " + " | ".join(str(c) for c in cells) + f" | {r['note']} |")


if __name__ == "__main__":
    main()
