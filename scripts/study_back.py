"""Study of the back on artificial recordings: event F1, amplitude gain, frequency error and coverage, false
events.

Run `python scripts/study_back.py [--seeds N]`; prints one table for each question. Numbers of the settings
are chosen here.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from recordings import StillFace, TrueEvent  # noqa: E402

from twitchcam.analysis import analyse  # noqa: E402
from twitchcam.scoring import match_events  # noqa: E402
from twitchcam.summary import Event, Measured  # noqa: E402

TOLERANCE_S = 0.07
SITES = ("commissure_left", "lower_lip_right", "upper_lip_left", "commissure_right", "lower_lip_mid")


def match(
    truth: list[TrueEvent], found: list[Event], tolerance_s: float = TOLERANCE_S
) -> list[tuple[int, int]]:
    """Pair true and found events one to one by the peak's time."""
    i, j = np.argsort([t.peak_s for t in truth]), np.argsort([f.peak_s for f in found])
    times = (np.array([truth[k].peak_s for k in i]), np.array([found[k].peak_s for k in j]))
    pairs = match_events(times[0], times[1], tolerance_s)
    return [(int(i[a]), int(j[b])) for a, b in zip(pairs.truth_index, pairs.found_index, strict=True)]


def counted(m: Measured) -> list[Event]:
    return [e for e in m.events if not e.gated]


def moved(truth: list[TrueEvent], by_s: float) -> list[TrueEvent]:
    return [replace(t, peak_s=t.peak_s + by_s, onset_s=t.onset_s + by_s) for t in truth]


class Tally:
    """Sums over clips."""

    def __init__(self) -> None:
        self.phases = (0.0,)
        self.hit = self.missed = self.false = 0
        self.gain: list[float] = []
        self.onset: list[float] = []
        self.hz: list[float] = []
        self.inside: list[bool] = []
        self.half: list[float] = []
        self.rhythmic: list[bool] = []
        self.side: list[bool] = []

    def add(self, face: StillFace, m: Measured) -> None:
        truth = [t for t in face.truth if t.kind == "twitch"]
        found = counted(m)
        pairs = max((match(moved(truth, k), found) for k in self.phases), key=len)
        self.hit += len(pairs)
        self.missed += len(truth) - len(pairs)
        self.false += len(found) - len(pairs)
        self.gain += [found[j].amplitude_mm / truth[i].amplitude_mm for i, j in pairs]
        self.onset += [abs(found[j].onset_s - truth[i].onset_s) for i, j in pairs]

    def add_hz(self, m: Measured, hz: float) -> None:
        self.rhythmic.append(bool(m.lips.rhythmic))
        if m.lips.dominant_hz is None or m.lips.dominant_hz_ci is None:
            return
        self.hz.append(abs(m.lips.dominant_hz - hz))
        low, high = m.lips.dominant_hz_ci
        self.inside.append(low <= hz <= high)
        self.half.append((high - low) / 2)

    def row(self) -> str:
        f1 = 2 * self.hit / max(1, 2 * self.hit + self.missed + self.false)
        text = f"F1 {f1:5.3f} (missed {self.missed:3d} false {self.false:3d} of {self.hit + self.missed:4d})"
        if self.gain:
            g = np.array(self.gain)
            text += f"  gain {np.median(g):.3f} [{np.quantile(g, 0.1):.2f} {np.quantile(g, 0.9):.2f}]"
            text += (
                f"  onset {1000 * np.median(self.onset):3.0f}/{1000 * np.quantile(self.onset, 0.95):3.0f} ms"
            )
        if self.rhythmic:
            text += f"  rhythmic {np.mean(self.rhythmic):.2f} given {len(self.hz)}/{len(self.rhythmic)}"
        if self.hz:
            text += f" dHz {np.median(self.hz):.3f} max {np.max(self.hz):.3f}"
            text += f" cover {np.mean(self.inside):.2f} half {np.median(self.half):.3f}"
        if self.side:
            text += f"  side {np.mean(self.side):.2f}"
        return text


def singles(seeds: int, fps: float, mm: float, length_s: float, noise: float) -> Tally:
    tally = Tally()
    for seed in range(seeds):
        face = StillFace(duration_s=40, fps=fps, seed=seed, noise_um_rthz=noise)
        site = SITES[seed % 5]
        for at in np.cumsum(1.4 + face.rng.exponential(0.8, 16)):
            face.twitch(float(at), site, mm, length_s=length_s, direction_deg=float(face.rng.uniform(0, 360)))
        face.blink(39.0)
        m = analyse(face.recording())
        tally.add(face, m)
        wanted = "left" if site.endswith("left") else "right" if site.endswith("right") else "bilateral"
        tally.side.append(m.lips.side == wanted)
    return tally


def trains(seeds: int, fps: float, mm: float, hz: float, noise: float, shape: str, irregular: float) -> Tally:
    tally = Tally()
    for seed in range(seeds):
        face = StillFace(duration_s=16, fps=fps, seed=seed, noise_um_rthz=noise)
        f = hz + float(face.rng.uniform(-0.2, 0.2))
        site = SITES[seed % 4]
        if shape == "sine":
            tally.phases = (0.0, 0.5 / f)  # a sine has no resting side: either half of it may be the event
            face.sine(5, 6, f, site, mm)
        else:
            face.train(
                5,
                6,
                f,
                site,
                mm,
                irregular=irregular,
                pulse_s=min(1 / f, 0.15) if shape == "pulses" else None,
            )
        face.blink(3.0)
        face.blink(8.2)
        m = analyse(face.recording())
        tally.add(face, m)
        tally.add_hz(m, f)
        tally.side.append(m.lips.side == site.rsplit("_", 1)[1])
    return tally


def quiet(seeds: int, fps: float, **kinds: float) -> str:
    count, seconds = 0, 0.0
    for seed in range(seeds):
        face = StillFace(duration_s=60, fps=fps, seed=500 + seed, **kinds)
        for at in np.arange(3, 59, 4.3):
            face.blink(float(at + 0.5 * np.sin(7 * at)))
        m = analyse(face.recording())
        count += len(counted(m))
        seconds += m.quality.usable_s
    return f"{60 * count / seconds:.2f} a minute ({count} in {seconds:.0f} s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    n = args.seeds
    if "s" in (args.only or "s"):
        print("single twitches, 8 um/sqrt(Hz)")
        for fps in (24, 30, 60, 120):
            for mm, length in (
                (0.2, 0.15),
                (0.3, 0.15),
                (0.5, 0.08),
                (0.5, 0.15),
                (0.5, 0.4),
                (1, 0.15),
                (3, 0.2),
            ):
                row = singles(n, fps, mm, length, 8.0).row()
                print(f"  {fps:3d} fps {mm:4.1f} mm {1000 * length:3.0f} ms  {row}")
    if "t" in (args.only or "t"):
        print("trains of 6 s, 8 um/sqrt(Hz)")
        for fps in (30, 60):
            for shape, irregular in (("cosine", 0.0), ("pulses", 0.0), ("pulses", 0.1), ("sine", 0.0)):
                for hz in (1.5, 2.5, 5, 8, 11.5):
                    for mm in (0.3, 1.0):
                        print(f"  {fps:3d} fps {shape:6s} {irregular:.1f} {hz:4.1f} Hz {mm:.1f} mm  "
                              f"{trains(n, fps, mm, hz, 8.0, shape, irregular).row()}")  # fmt: skip
    if "q" in (args.only or "q"):
        print("still faces with sway and blinks: events that were counted")
        for fps in (24, 30, 60, 120):
            print(f"  {fps:3d} fps  noise 8: {quiet(n, fps)};"
                  f"  20: {quiet(n, fps, noise_um_rthz=20.0)};  heavy tails: "
                  f"{quiet(n, fps, tail_dof=5.0)};  keyframes: {quiet(n, fps, keyframe_s=3.1)};  "
                  f"sway 0.08: {quiet(n, fps, sway_leak_mm=0.08)}")  # fmt: skip


if __name__ == "__main__":
    main()
