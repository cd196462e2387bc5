"""Amplitude: gain from 0.15 to 5 mm by site, direction and person, and whether the stated interval holds.

    python scripts/amplitude.py --photos FOLDER [--quick] [--out results/study]

Single twitches of 150-200 ms at mouth corners, lips, cheeks, chin and brows, 720p with 110 px between the
pupils and 1080p with 165; runs of 6 s at 1-12 Hz; movements narrower and wider than usual. Sway, H.264 at 12
Mb/s. `motion gain` is measured over true motion by regression, `event gain` the event's amplitude over the
true one, both without the millimetre scale's own error, which all numbers of a recording share.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from study import options
from study.case import Case
from study.measures import false_events, true_scale, twitch_rows
from study.store import Store
from study.tables import Row, as_table, kinds, middle, pick, share, values
from study.trains import run_rows

from twitchcam.analysis import analyse

PARTS = ("single", "spread", "train")
LOW, HIGH = 0.95, 1.05
CLEAR_MM = 0.3


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each twitch or run of a clip."""
    if case.part == "train":
        return run_rows(store, case)
    facts, recording = store.facts(case), store.recording(case, case.versions[0])
    measured = analyse(recording)
    common: Row = {
        "part": case.part,
        "case": case.name,
        "person": case.person,
        "size": case.tags.get("size", "720p"),
        "scale_off": 1 / true_scale(recording, facts),
        "false_events": false_events(measured, facts),
    }
    rows = twitch_rows(recording, measured, facts, common)
    if case.part == "spread":
        for row, k in zip(rows, np.argsort([t.start_s for t in case.clip.twitches]), strict=True):
            row["spread_mm"] = case.clip.twitches[int(k)].spread_mm
    return rows


def _line(name: str, what: Any, rows: list[Row]) -> Row:
    gains = np.array([g for g in values(rows, "gain") if np.isfinite(g)])
    return {
        name: what,
        "twitches": len(rows),
        "motion gain": middle(gains.tolist()),
        f"within {LOW}-{HIGH}": share(((gains >= LOW) & (gains <= HIGH)).tolist()),
        "found": share(values(rows, "found")),
        "event gain": middle([r.get("event_gain") for r in rows if r.get("event_gain") is not None]),
    }


def _events_line(size: str, rows: list[Row]) -> Row:
    clear = [r for r in rows if r["mm"] >= CLEAR_MM]
    hit, false = sum(values(clear, "found")), sum({r["case"]: r["false_events"] for r in rows}.values())
    f1 = 2 * hit / max(1, hit + len(clear) + false)
    return {
        "clips": size,
        "found": share(values(clear, "found")),
        "gated": sum(bool(r["gated"]) for r in clear),
        "events without a movement": false,
        "F1": f"{f1:.3f}",
    }


def tables(rows: list[Row]) -> str:
    """Return the study's tables of the amplitude."""
    single, trains, spreads = (pick(rows, part=p) for p in ("single", "train", "spread"))
    lines = ["\n### Amplitude\n", "Median (10 % to 90 %). Single twitches of 150-200 ms.\n"]
    for size in kinds(single, "size"):
        mine = pick(single, size=size)
        lines += [f"\n{size}\n", as_table([_line("mm", mm, pick(mine, mm=mm)) for mm in kinds(mine, "mm")])]
    usual = [r for r in pick(single, size="720p") if r["mm"] >= CLEAR_MM]
    for key in ("site", "axis", "person"):
        by_key = [_line(key, k, pick(usual, **{key: k})) for k in kinds(usual, key)]
        lines += [f"\n720p, 0.3 mm and more, by {key}\n", as_table(by_key)]
    by_size = [_events_line(size, pick(single, size=size)) for size in kinds(single, "size")]
    lines += [f"\nEvents, twitches of {CLEAR_MM:g} mm and more\n", as_table(by_size)]
    by_spread = [_line("half at, mm", k, pick(spreads, spread_mm=k)) for k in kinds(spreads, "spread_mm")]
    lines += ["\nNarrower and wider movements of 1 mm (usual: half at 8 mm)\n", as_table(by_spread)]
    by_size = [_line_of_runs(mm, pick(trains, mm=mm)) for mm in kinds(trains, "mm")]
    lines += [
        "\nRuns of 6 s at 1-12 Hz\n",
        as_table([*by_size, _line_of_runs("all", trains)] if trains else []),
    ]
    scales = [(r["person"], r["scale_off"]) for r in single]
    lines += ["\nMillimetres as stated over true ones (all pupils 63 mm apart), by person: "]
    lines += [
        ", ".join(f"{p} {np.median([s for q, s in scales if q == p]):.3f}" for p in kinds(single, "person"))
    ]
    return "\n".join(lines)


def _line_of_runs(what: Any, rows: list[Row]) -> Row:
    covered = [v for v in values(rows, "size_covers_people") if v is not None]
    return {
        "mm": what,
        "runs": len(rows),
        "motion gain": middle(values(rows, "gain")),
        "event gain": middle(values(rows, "event_gain")),
        "F1": middle(values(rows, "f1")),
        "side right": share(values(rows, "side_right")),
        "interval holds": share(values(rows, "size_covers")),
        "with people's own eyes": f"{np.mean(covered):.2f}" if covered else "-",
        "half width, relative": middle(values(rows, "size_half")),
    }


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "amplitude", rows, tables(rows))


if __name__ == "__main__":
    main()
