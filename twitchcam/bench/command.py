"""What `twitchcam bench` does: choose the clip, run everything in turns, print."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from twitchcam.bench.clip import ClipFacts, fit_length, read_facts, sample_clip
from twitchcam.bench.figures import ratios, speeds, stage_speeds
from twitchcam.bench.machine import Machine, this_machine
from twitchcam.bench.runs import Round, run_rounds
from twitchcam.bench.tables import (
    clip_line,
    machine_lines,
    plain,
    ratio_table,
    speed_table,
    stage_table,
)
from twitchcam.bench.works import ANALYZE, WORKS, Work
from twitchcam.errors import InputRefused

LONGEST_S: Final = 30.0
"""Longer clips are cut to this when no length is asked for: the numbers do not change any more."""
QUICK_S: Final = 4.0
SECONDS: Final = (1.0, 7200.0)
MOST_REPEATS: Final = 50
SCHEMA: Final = "twitchcam.bench/1"


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What is measured, and how often."""

    clip: Path | None = None
    seconds: float | None = None
    repeat: int | None = None
    quick: bool = False
    as_json: bool = False

    def __post_init__(self) -> None:
        if self.seconds is not None and not SECONDS[0] <= self.seconds <= SECONDS[1]:
            raise InputRefused(f"--seconds {self.seconds:g}: give a length from 1 to 7200 seconds")
        if self.repeat is not None and not 1 <= self.repeat <= MOST_REPEATS:
            raise InputRefused(f"--repeat {self.repeat}: give a number of rounds from 1 to {MOST_REPEATS}")

    @property
    def rounds(self) -> int:
        """How often everything is run."""
        return self.repeat or (1 if self.quick else 3)

    def length_s(self, duration_s: float | None) -> float | None:
        """Return the length to measure of a clip of `duration_s`; None for all of it."""
        if self.seconds is not None:
            return self.seconds
        most = QUICK_S if self.quick else LONGEST_S
        return most if duration_s is not None and duration_s > most else None


@dataclass(frozen=True, slots=True)
class Bench:
    """One clip measured."""

    machine: Machine
    clip: ClipFacts
    rounds: list[Round]

    @property
    def frames(self) -> int:
        """Pictures in the clip as it was measured."""
        return self.rounds[0].runs[ANALYZE].frames


def run_bench(options: BenchOptions) -> None:
    """Measure and print.

    Raises
    ------
    InputRefused
        If the clip cannot be measured, or an option is out of its range.
    """
    bench = measure(options, RunLines(quiet=options.as_json))
    if options.as_json:
        print(json.dumps(as_dict(bench), allow_nan=False))
    else:
        print("\n".join(as_lines(bench)))


def measure(options: BenchOptions, told: RunLines, works: Sequence[Work] = WORKS) -> Bench:
    """Run everything on the clip that the options name."""
    clip = options.clip or sample_clip()
    facts, machine = read_facts(clip), this_machine()
    with tempfile.TemporaryDirectory() as folder:
        length_s = options.length_s(facts.duration_s)
        laid = clip if length_s is None else fit_length(clip, length_s, Path(folder))
        return Bench(machine, facts, run_rounds(laid, works, options.rounds, told))


def as_lines(bench: Bench) -> list[str]:
    """Return what is printed."""
    count = len(bench.rounds)
    how = "one round" if count == 1 else f"median (range) of {count} rounds, everything in turns"
    return [
        *machine_lines(bench.machine),
        clip_line(bench.clip, bench.frames),
        "",
        *plain(speed_table(speeds(bench.rounds))),
        "",
        *plain(stage_table(stage_speeds(bench.rounds), bench.frames)),
        "",
        *plain(ratio_table(ratios(bench.rounds))),
        "",
        f"Each in a process of its own; {how}. Frames a second and throughput include start-up, the other "
        "columns do not. Processor time is that of all cores together.",
    ]


def as_dict(bench: Bench) -> dict[str, Any]:
    """Return the measurement as plain values for JSON."""
    return {
        "schema": SCHEMA,
        "machine": {**asdict(bench.machine), "busy": bench.machine.busy},
        "clip": {**asdict(bench.clip), "frames": bench.frames},
        "rounds": len(bench.rounds),
        "speeds": [asdict(row) for row in speeds(bench.rounds)],
        "stages": [asdict(row) for row in stage_speeds(bench.rounds)],
        "ratios": [asdict(row) for row in ratios(bench.rounds)],
    }


class RunLines:
    """Tells on standard error which run is on, a line for each."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._began = time.monotonic()

    def __call__(self, title: str, done: int, total: int) -> None:
        if self._quiet:
            return
        spent = time.monotonic() - self._began
        left = f", about {spent / done * (total - done):.0f} s left" if done else ""
        print(f"bench: run {done + 1} of {total}: {title}{left}", file=sys.stderr, flush=True)
