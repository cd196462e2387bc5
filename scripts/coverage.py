"""Intervals: how often those of frequency and amplitude hold the truth, on many runs.

    python scripts/coverage.py --photos FOLDER [--quick] [--out results/study]

Runs of 6 s at 1-12 Hz and 0.15-1.5 mm are put into the recordings of still faces (`study.inject`), each with
the rest around it a recording of its own: enough of them to tell 95 % from 90 %.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import beta
from study import options
from study.case import Case
from study.inject import add, responses
from study.measures import cut, true_scale
from study.store import Store
from study.tables import DEVELOPED_ON, Row, as_table, middle, values
from study.trains import run_row

from twitchcam.analysis import analyse
from twitchcam.regions import LIP_INDEX, REGIONS
from twitchcam.synth import Twitch
from twitchcam.synth.timing import twitch_pulses

PARTS = ("still",)
LENGTH_S, RUN_S, LEAD_S = 11.0, 6.0, 2.5
DRAWS = 3
HZ, MM = (1.0, 12.0), (0.15, 1.5)
PULSE_S = (0.1, 0.2)
"""Half of the runs are twitches of this length with rests between, half fill the whole period."""
GROUPS: tuple[tuple[str, Callable[[Row], bool]], ...] = (
    ("1-2 Hz, waves", lambda r: r["hz_true"] < 2 and r["shape"] == "waves"),
    ("1-2 Hz, pulses", lambda r: r["hz_true"] < 2 and r["shape"] == "pulses"),
    ("2-6 Hz", lambda r: 2 <= r["hz_true"] < 6),
    ("6-12 Hz", lambda r: r["hz_true"] >= 6),
    ("0.15-0.3 mm", lambda r: r["mm"] < 0.3),
    ("0.3-1.5 mm", lambda r: r["mm"] >= 0.3),
    ("all", lambda r: DEVELOPED_ON not in r["person"]),
    (f"all of {DEVELOPED_ON}", lambda r: DEVELOPED_ON in r["person"]),
)


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each run that was put into a still recording."""
    if case.tags["size"] != "720p":
        return []
    facts, moved = store.facts(case), responses(store, case)
    rows: list[Row] = []
    for number, version in enumerate(case.versions):
        whole = store.recording(case, version)
        scale = true_scale(whole, facts)
        rng = np.random.default_rng([case.clip.camera.seed, number, 77])
        starts = np.arange(0.0, whole.t_s[-1] - LENGTH_S, LENGTH_S)
        for start in np.repeat(starts, DRAWS).tolist():
            region = int(rng.choice(LIP_INDEX))
            hz = float(np.exp(rng.uniform(*np.log(HZ))))
            mm = float(np.exp(rng.uniform(*np.log(MM))))
            at = start + LEAD_S + float(rng.uniform(-0.3, 0.3))
            width = float(rng.uniform(*PULSE_S)) if rng.random() < 0.5 else None
            run = Twitch(REGIONS[region], mm, at, duration_s=RUN_S, hz=hz, width_s=width)
            recording = add(cut(whole, start, start + LENGTH_S), run, moved[region], scale)
            pulses = twitch_pulses(run)
            truth = {
                "mm_per_px": facts["mm_per_px"],
                "peak_s": np.array([p.peak_s for p in pulses]),
                "amplitude_mm": np.array([p.amplitude_mm for p in pulses]),
                "mine": np.ones(len(pulses), bool),
            }
            row = run_row(recording, analyse(recording), truth, run.site, hz)
            common: Row = {"part": "coverage", "case": case.name, "person": case.person}
            rows.append(common | row | {"shape": "waves" if width is None else "pulses"})
    return rows


def _rate(flags: list[bool | None]) -> str:
    """Return 'share (95 % interval), n' (Clopper-Pearson)."""
    asked = [bool(f) for f in flags if f is not None]
    n, k = len(asked), sum(asked)
    if not n:
        return "-"
    low, high = beta.ppf(0.025, k, n - k + 1) if k else 0.0, beta.ppf(0.975, k + 1, n - k) if k < n else 1.0
    return f"{k / n:.3f} ({low:.2f} to {high:.2f}), {n}"


def tables(rows: list[Row]) -> str:
    """Return the study's table of the intervals."""
    lines = []
    for name, wanted in GROUPS:
        mine = [r for r in rows if wanted(r)]
        errors = np.array([abs(e) for e in values(mine, "hz_error") if e is not None])
        covered = [v for v in values(mine, "size_covers_people") if v is not None]
        lines.append(
            {
                "runs": name,
                "frequency interval holds": _rate(values(mine, "hz_covers")),
                "mean absolute error, Hz": f"{errors.mean():.3f}" if errors.size else "none",
                "95 % within, Hz": f"{np.quantile(errors, 0.95):.3f}" if errors.size else "none",
                "given": f"{errors.size}/{len(mine)}",
                "amplitude interval holds": _rate(values(mine, "size_covers")),
                "with people's own eyes": f"{np.mean(covered):.3f}" if covered else "-",
                "event gain": middle(values(mine, "event_gain")),
                "F1": middle(values(mine, "f1")),
            }
        )
    return "\n".join(["\n### Stated intervals, runs of 6 s in still recordings\n", as_table(lines)])


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "coverage", rows, tables(rows))


if __name__ == "__main__":
    main()
