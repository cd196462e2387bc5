"""Fuzz the video input: damaged copies of small real files through decoding, and some through the whole job.

    scripts/fuzz_videos.py                       4000 mutants through probing and decoding (two minutes)
    scripts/fuzz_videos.py --mutants 50000 --seed 7
    scripts/fuzz_videos.py --whole 200           so many more through `analyze` as a batch worker runs it
    scripts/fuzz_videos.py --keep found          where mutants that broke something are kept

Every file must end in an answer or in a refusal of one line. Workers are the processes of `twitchcam batch`:
one that crashes, hangs or eats the memory is ended, counted and replaced. Exit code 1 on any traceback, hang,
excess of memory or, while decoding, refusal that is not one line with advice (told as a traceback); crashes
of native code are contained by the program and are counted. Same seed, same mutants.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ["SVT_LOG"] = "0"

import av
import numpy as np
from fuzzing.video_mutants import mutate

from twitchcam.batch.jobs import Job
from twitchcam.batch.lane import TASK, Lane
from twitchcam.batch.outcome import Limits, Order, Outcome
from twitchcam.edges.decode import open_video
from twitchcam.errors import InputRefused
from twitchcam.session import Options
from twitchcam.synth.scheduling import usual_scheduling

DECODE: Final = "fuzz_videos:decode_order"
FAULTS: Final = ("bug", "timeout", "memory")
SIZE, FRAMES = (64, 48), 10


@dataclass(frozen=True)
class Kind:
    """One kind of file that is made: container, encoder, pixel format."""

    suffix: str
    codec: str
    form: str = "yuv420p"
    mux: dict[str, str] = field(default_factory=dict)
    rotation: int = 0
    encode: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the table names it."""
        more = "" if self.form in ("yuv420p", "yuvj420p") else f" {self.form}"
        more += " fragmented" if "frag_keyframe" in self.mux.get("movflags", "") else ""
        return f"{self.suffix} {self.codec}{more}"


_QUICK: Final = {"preset": "ultrafast", "g": "5"}
_X265: Final = {"preset": "ultrafast", "x265-params": "log-level=none:keyint=5"}
KINDS: Final = (
    Kind("mp4", "libx264", mux={"movflags": "faststart"}, encode=_QUICK, rotation=90),
    Kind("mp4", "libx264", mux={"movflags": "frag_keyframe+empty_moov"}, encode=_QUICK),
    Kind("mp4", "libx264", "yuv420p10le", encode=_QUICK),
    Kind("mp4", "libx265", encode=_X265),
    Kind("mov", "libx265", "yuv420p10le", mux={"movflags": "faststart"}, encode=_X265),
    Kind("mp4", "libsvtav1", encode={"preset": "13", "svtav1-params": "lp=1"}),
    Kind("mov", "mjpeg", "yuvj420p"),
    Kind("mov", "png", "rgba"),
    Kind("mov", "qtrle", "argb"),
    Kind("mov", "prores_ks", "yuv422p10le"),
    Kind("3gp", "h263"),
    Kind("mkv", "libx264", encode={**_QUICK, "bf": "2"}),
    Kind("mkv", "ffv1", "bgr0"),
    Kind("webm", "libvpx", encode={"deadline": "realtime", "cpu-used": "8"}),
    Kind("webm", "libvpx-vp9", encode={"deadline": "realtime", "cpu-used": "8"}),
    Kind("webm", "libvpx-vp9", "yuva420p", encode={"deadline": "realtime", "cpu-used": "8"}),
    Kind("webm", "libsvtav1", encode={"preset": "13", "svtav1-params": "lp=1"}),
    Kind("avi", "mpeg4", encode={"g": "5"}),
    Kind("avi", "mjpeg", "yuvj420p"),
    Kind("avi", "msmpeg4", encode={"g": "5"}),
    Kind("mpg", "mpeg1video", encode={"g": "5"}),
    Kind("mpg", "mpeg2video", encode={"g": "5"}),
    Kind("ts", "libx264", encode=_QUICK),
    Kind("flv", "flv", encode={"g": "5"}),
    Kind("wmv", "wmv2", encode={"g": "5"}),
    Kind("gif", "gif", "rgb8"),
)


def write_seed(path: Path, kind: Kind) -> Path:
    """Write a clip of a moving gradient."""
    w, h = (128, 96) if kind.codec == "h263" else SIZE
    rate = 10 if kind.codec == "gif" else 25
    with av.open(str(path), "w", options=dict(kind.mux)) as out:
        stream: Any = out.add_stream(kind.codec, rate=rate, options=dict(kind.encode))
        stream.width, stream.height, stream.pix_fmt = w, h, kind.form
        stream.codec_context.thread_count = 1
        if kind.rotation:
            stream.set_display_rotation(kind.rotation)
        for k in range(FRAMES):
            rows, columns = np.mgrid[0:h, 0:w]
            grey = (rows * 3 + columns * 2 + 9 * k) % 256
            image = np.stack([grey, 255 - grey, np.full_like(grey, 16 * k)], axis=2).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=kind.form, width=w, height=h)
            frame.pts, frame.time_base = k, Fraction(1, rate)
            with usual_scheduling():
                out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def decode_order(order: Order, _progress: Any) -> Outcome:
    """Read a file as `analyze` does, up to the face tracker. Runs in the worker."""
    began = time.perf_counter()
    try:
        with open_video(order.job.path) as video:
            for frame in video:
                picture = frame.picture
                assert picture.luma.shape == (video.height, video.width)
                picture.rgb((0, 0, max(1, video.width // 2), max(1, video.height // 2)), (16, 16))
                _ = picture.quantiser_steps
            source = video.source
        assert np.isfinite(source.duration_s)
        outcome = Outcome(sha256=source.sha256)
    except InputRefused as error:
        plain = "\n" not in str(error) and ";" in str(error)
        outcome = Outcome("refused" if plain else "bug", str(error))
    except BaseException as error:  # what the program would die of
        outcome = Outcome("bug", f"{type(error).__name__}: {error}", traceback.format_exc())
    took = round(time.perf_counter() - began, 3)
    return Outcome(outcome.reason, outcome.error, outcome.trace, max(took, 0.001))


@dataclass
class Tally:
    """What became of the mutants, by kind of file."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0.0

    def add(self, kind: str, outcome: Outcome) -> None:
        """Count one."""
        self.counts.setdefault(kind, Counter())[outcome.reason or "answered"] += 1
        self.slowest_s = max(self.slowest_s, outcome.seconds)

    @property
    def total(self) -> Counter[str]:
        """Of all kinds."""
        return sum(self.counts.values(), Counter())

    def table(self) -> str:
        """Return the counts as a Markdown table."""
        heads = ("answered", "refused", "crashed", "timeout", "memory", "bug")
        names = ("answered", "refused", "crashed (contained)", "hung", "memory", "traceback")
        lines = ["| file | mutants | " + " | ".join(names) + " |", "|---|" + "---|" * (len(heads) + 1)]
        for name, counts in [*self.counts.items(), ("all", self.total)]:
            cells = [sum(counts.values()), *(counts[head] for head in heads)]
            lines.append(f"| {name} | " + " | ".join(map(str, cells)) + " |")
        return "\n".join(lines)


@dataclass
class Fuzzer:
    """Makes mutants of the seeds and has them tried."""

    folder: Path
    seed: int
    keep: Path | None
    limits: Limits
    tally: Tally = field(default_factory=Tally)

    def seeds(self, extra: list[Path]) -> dict[str, bytes]:
        """Return the files to begin with."""
        made = {
            kind.name: write_seed(self.folder / f"seed{i}.{kind.suffix}", kind).read_bytes()
            for i, kind in enumerate(KINDS)
        }
        return made | {path.name: path.read_bytes() for path in extra}

    def mutants(self, seeds: dict[str, bytes], count: int) -> Iterator[tuple[str, bytes, int]]:
        """Yield (kind, bytes, number), one kind after the other."""
        names, files = list(seeds), list(seeds.values())
        for number in range(count):
            rng = np.random.default_rng((self.seed, number))
            name = names[number % len(names)]
            other = files[int(rng.integers(len(files)))]
            yield name, mutate(seeds[name], other, rng), number

    def run(self, seeds: dict[str, bytes], count: int, task: str, *, said: bool = False) -> None:
        """Try so many mutants with a batch task."""
        lane = Lane(task, self.limits)
        try:
            for name, data, number in self.mutants(seeds, count):
                suffix = name.split()[0].rpartition(".")[2]
                path = self.folder / f"mutant.{suffix}"
                path.write_bytes(data)
                outcome = lane.run(
                    Order(Job(str(path), Options()), str(self.folder / "out")), lambda *_: None
                )
                self.tally.add(name, outcome)
                if outcome.reason in (*FAULTS, "crashed"):
                    self._note(name, number, suffix, data, outcome)
                if said and number % 500 == 499:
                    print(f"{number + 1}: {dict(self.tally.total)}", file=sys.stderr, flush=True)
        finally:
            lane.close()

    def _note(self, name: str, number: int, suffix: str, data: bytes, outcome: Outcome) -> None:
        self.tally.faults.append(f"{name}, mutant {number}: {outcome.reason}: {outcome.error}")
        print(self.tally.faults[-1], outcome.trace, sep="\n", file=sys.stderr, flush=True)
        if self.keep is not None:
            self.keep.mkdir(parents=True, exist_ok=True)
            (self.keep / f"{outcome.reason}-{self.seed}-{number}.{suffix}").write_bytes(data)


def main() -> int:
    """Run as asked; 1 when anything ended in another way than it should."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mutants", type=int, default=4000, help="through probing and decoding")
    parser.add_argument("--whole", type=int, default=0, help="through the complete analysis")
    parser.add_argument("--clip", type=Path, action="append", default=[], help="a clip to mutate besides")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for mutants that broke something")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one file")
    parser.add_argument("--memory-mb", type=float, default=2500.0)
    asked = parser.parse_args()
    broken = False
    for count, task, title in ((asked.mutants, DECODE, "decoding"), (asked.whole, TASK, "whole analysis")):
        if not count:
            continue
        with tempfile.TemporaryDirectory() as folder:
            limits = Limits(asked.timeout, asked.memory_mb)
            fuzzer = Fuzzer(Path(folder), asked.seed, asked.keep, limits)
            began = time.monotonic()
            fuzzer.run(fuzzer.seeds(asked.clip), count, task, said=True)
        tally = fuzzer.tally
        print(f"\n{title}: {count} mutants, seed {asked.seed}, {time.monotonic() - began:.0f} s; ", end="")
        print(f"slowest {tally.slowest_s:.1f} s\n\n{tally.table()}")
        broken |= any(tally.total[reason] for reason in FAULTS)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
