"""The full comparison of speed: makes the tables of docs/speed.md and of docs/scale.md.

    python scripts/bench.py --photos PHOTOS            all parts, on a machine that does nothing else
    python scripts/bench.py --short                    one person, one round, shorter clips
    python scripts/bench.py --only memory --hour       one part again, with the hour-long film
    python scripts/bench.py --pages                    write the pages from what was measured before
    python scripts/bench.py --record                   record the ratios that the tests guard

The clips are drawn once into results/bench (slow; --draw does only that). Figures are kept in
results/bench/speed.json, part by part. For a machine's own table: twitchcam bench.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from speed import back, page, parts
from speed.clips import COMPARED, KINDS, Kind, clip_path, make_clip
from speed.floors import record_floors

from twitchcam.bench.clip import fit_length, read_facts
from twitchcam.bench.figures import ratios, speeds, stage_speeds
from twitchcam.bench.machine import Machine, this_machine
from twitchcam.bench.runs import Round, run_rounds
from twitchcam.bench.works import WORKS
from twitchcam.files import replacing

FOLDER = Path(__file__).resolve().parents[1] / "results" / "bench"
PARTS = ("compare", "startup", "memory", "workers", "back", "cost")
MINUTES_S = (60.0, 600.0)
HOUR_S = 3600.0


class Comparison:
    """The parts, each a method; what they give is plain values."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.machine = args, this_machine()
        self.short: bool = args.short
        self.repeat: int = args.repeat or (1 if args.short else 2)

    def clips(self, kind: Kind) -> list[Path]:
        """Return a kind's clips, drawn where they are missing; one person where it is to be short."""
        people = range(1 if self.short else kind.people)
        there = [p for p in people if clip_path(FOLDER, kind, p).exists()]
        wanted = there if self.args.drawn_only else people
        return [make_clip(FOLDER, kind, person, self.args.photos) for person in wanted]

    def kind(self, name: str) -> Kind:
        """Return a kind of clip by its name."""
        return next(kind for kind in KINDS if kind.name == name)

    def compare(self) -> dict[str, Any]:
        """Run everything in turns on each kind's clips."""
        found = dict(read_kept().get("compare", {}).get("rows", {}))
        for name in self.args.kinds:
            if self.clips(self.kind(name)):
                found[name] = self._compare(self.kind(name))
                keep("compare", {kind: found[kind] for kind in COMPARED if kind in found}, self.machine)
        return {kind: found[kind] for kind in COMPARED if kind in found}

    def _compare(self, kind: Kind) -> dict[str, Any]:
        length_s = kind.length_s / (3 if self.short else 1.5)
        rounds: list[Round] = []
        clips = self.clips(kind)
        for clip in clips:
            with tempfile.TemporaryDirectory() as folder:
                laid = fit_length(clip, length_s, Path(folder))
                facts = asdict(read_facts(laid))
                rounds += run_rounds(laid, WORKS, self.repeat, self._told(clip.stem))
        return {
            "clip": facts,
            "people": len(clips),
            "rounds": len(rounds),
            "frames": rounds[0].runs["analyze"].frames,
            "speeds": [asdict(row) for row in speeds(rounds)],
            "stages": [asdict(row) for row in stage_speeds(rounds)],
            "ratios": [asdict(row) for row in ratios(rounds)],
        }

    def _told(self, name: str) -> Callable[[str, int, int], None]:
        return lambda title, done, total: parts.say(f"{name}, {done + 1} of {total}: {title}")

    def startup(self) -> dict[str, Any]:
        """Time the start."""
        return parts.startup(self.clips(self.kind("720p30"))[0], 3 if self.short else 7)

    def memory(self) -> list[dict[str, Any]]:
        """Measure films of a minute, ten minutes, an hour; an hour measured earlier stays."""
        lengths = MINUTES_S[: 1 if self.short else None] + ((HOUR_S,) if self.args.hour else ())
        rows = parts.memory(self.clips(self.kind("720p30"))[0], lengths)
        before = read_kept().get("memory", {}).get("rows", [])
        return rows + [row for row in before if row["length_s"] > rows[-1]["length_s"]]

    def workers(self) -> list[dict[str, Any]]:
        """Measure one worker against two."""
        clips = self.clips(self.kind("720p30"))
        return parts.workers(clips, *((4, 6.0, 1) if self.short else (6, 20.0, 2)))

    def back(self) -> list[dict[str, Any]]:
        """Measure the back alone."""
        return back.hours(600.0 if self.short else 3600.0)

    def cost(self) -> list[dict[str, Any]]:
        """Measure the cost of a minute of each kind."""
        clips = {kind.name: self.clips(kind) for kind in KINDS}
        return parts.cost(
            {name: found[0] for name, found in clips.items() if found}, 0.1 if self.short else 1.0
        )


def read_kept() -> dict[str, Any]:
    """Return what was measured before, by part."""
    kept = FOLDER / "speed.json"
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    return found


def keep(part: str, rows: Any, machine: Machine) -> None:
    """Write what a part gave, and the machine as it was before: the measuring itself is no load."""
    kept = read_kept()
    kept[part] = {"machine": {**asdict(machine), "busy": machine.busy}, "rows": rows}
    with replacing(FOLDER / "speed.json") as handle:
        handle.write(json.dumps(kept, indent=1).encode())


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="folder of portraits (jpg); without it one person")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--kinds", nargs="+", choices=COMPARED, default=COMPARED, help="of clips compared")
    parser.add_argument("--repeat", type=int, help="rounds for each clip (2)")
    parser.add_argument("--short", action="store_true", help="one person, one round, shorter clips")
    parser.add_argument("--hour", action="store_true", help="also the memory of a film of an hour")
    parser.add_argument("--draw", action="store_true", help="draw the clips and stop")
    parser.add_argument("--drawn-only", action="store_true", help="leave out clips that are not drawn yet")
    parser.add_argument("--pages", action="store_true", help="write the pages and stop")
    parser.add_argument("--record", action="store_true", help="record the ratios that the tests guard")
    return parser.parse_args()


def main() -> None:
    """Measure, keep, write."""
    args = options()
    comparison = Comparison(args)
    if args.record:
        print(json.dumps(record_floors(), indent=2))
        return
    if args.draw:
        for kind in KINDS:
            comparison.clips(kind)
        return
    for part in () if args.pages else args.only:
        keep(part, getattr(comparison, part)(), comparison.machine)
    page.write_pages(read_kept())


if __name__ == "__main__":
    main()
