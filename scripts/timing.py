"""Time: frequency and its interval on runs of 6 s, onset and duration of single twitches, close neighbours.

    python scripts/timing.py --photos FOLDER [--quick] [--out results/study]

Runs at 1-12 Hz, 30 frames a second; single twitches of 0.1-0.3 s at 24 to 240; pairs 150 ms apart at 60.
Sway, H.264 at 12 Mb/s. Errors of onset and duration are in frames of the clip.
"""

from __future__ import annotations

import numpy as np
from study import options
from study.case import Case
from study.measures import false_events, limits_mm, movements, quiet_density_um, true_scale, twitch_rows
from study.store import Store
from study.tables import Row, as_table, by_development, kinds, middle, pick, share, values
from study.trains import run_rows

from twitchcam.analysis import analyse
from twitchcam.regions import LIP_INDEX

PARTS = ("train", "timing", "pairs")
BANDS_HZ = ((0.9, 1.75), (1.75, 4.5), (4.5, 7.0), (7.0, 12.3))
SMALLEST_MM = 0.3
"""Frequencies are judged on runs of this size and more; the smaller ones are listed apart."""


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each twitch or run of a clip."""
    if case.part == "train":
        return run_rows(store, case)
    facts, recording = store.facts(case), store.recording(case, case.versions[0])
    measured, lips = analyse(recording), list(LIP_INDEX)
    scale = true_scale(recording, facts)
    common: Row = {
        "part": case.part,
        "case": case.name,
        "person": case.person,
        "fps": case.tags["fps"],
        "noise_um": float(np.nanmedian(quiet_density_um(recording, facts)[lips])),
        "min_detectable_mm": float(np.nanmedian(limits_mm(measured)[lips])) * scale,
        "false_events": false_events(measured, facts),
        "events": sum(not e.gated for e in movements(measured)),
    }
    return twitch_rows(recording, measured, facts, common)


def _within(rows: list[Row], key: str, frames: float = 1.0) -> str:
    known = [r[key] for r in rows if r.get(key) is not None]
    return share([abs(v) <= frames for v in known])


def _line_of_rate(fps: float, rows: list[Row]) -> Row:
    found = [r for r in rows if "onset_frames" in r]
    return {
        "frames a second": f"{fps:g}",
        "found": share(values(rows, "found")),
        "motion gain": middle(values(rows, "gain")),
        "event gain": middle(values(found, "event_gain")),
        "onset error, frames": middle(values(found, "onset_frames")),
        "onset within 1": _within(found, "onset_frames"),
        "duration error, frames": middle(values(found, "length_frames")),
        "duration within 1": _within(found, "length_frames"),
        "lip noise, um/sqrt(Hz)": middle(values(rows, "noise_um"), 1),
        "min detectable, mm": middle(values(rows, "min_detectable_mm")),
    }


def _line_of_runs(name: str, rows: list[Row]) -> Row:
    errors = [abs(e) for e in values(rows, "hz_error") if e is not None]
    return {
        "runs": name,
        "n": len(rows),
        "given": share([e is not None for e in values(rows, "hz_error")]),
        "mean absolute error, Hz": f"{np.mean(errors):.3f}" if errors else "none",
        "largest": f"{max(errors):.3f}" if errors else "none",
        "interval holds": share(values(rows, "hz_covers")),
        "half width, Hz": middle(values(rows, "hz_half"), 3),
        "F1": middle(values(rows, "f1")),
    }


def tables(rows: list[Row]) -> str:
    """Return the study's tables of time."""
    trains, timing, pairs = (pick(rows, part=p) for p in ("train", "timing", "pairs"))
    clear = [r for r in trains if r["mm"] >= SMALLEST_MM]
    lines = [
        _line_of_runs(f"{low:g}-{high:g} Hz", [r for r in clear if low <= r["hz_true"] < high])
        for low, high in BANDS_HZ
    ]
    lines += [
        _line_of_runs(f"all of {SMALLEST_MM:g} mm and more, {who}", mine)
        for who, mine in by_development(clear)
    ]
    lines.append(_line_of_runs("smaller", [r for r in trains if r["mm"] < SMALLEST_MM]))
    rates = [_line_of_rate(fps, pick(timing, fps=fps)) for fps in kinds(timing, "fps")]
    joined = [
        {
            "mm": mm,
            "twitches": len(mine),
            "found apart": share(values(mine, "found")),
            "event gain": middle([r.get("event_gain") for r in mine if r.get("event_gain")]),
        }
        for mm in kinds(pairs, "mm")
        for mine in [pick(pairs, mm=mm)]
    ]
    return "\n".join(
        [
            "\n### Frequency, runs of 6 s\n",
            as_table(lines),
            "\n### Single twitches of 0.5 mm, 0.1-0.3 s, by frame rate\n",
            as_table(rates),
            "\n### Neighbours 150 ms apart at 60 frames a second\n",
            as_table(joined),
        ]
    )


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "timing", rows, tables(rows))


if __name__ == "__main__":
    main()
