"""Reach: how far away, how dark and how strongly compressed a face may be.

    python scripts/reach.py --photos FOLDER [--quick] [--out results/study]

Single twitches of half a millimetre at each lip region, 720p at 30 frames a second; distance as pixels
between the pupils, brightness with the camera noise that goes with it, bit rate of H.264 without B pictures.
"""

from __future__ import annotations

import numpy as np
from study import options
from study.case import Case
from study.measures import false_events, limits_mm, quiet_density_um, true_scale, twitch_rows
from study.store import Store
from study.tables import Row, as_table, kinds, middle, pick, share, values

from twitchcam.analysis import analyse
from twitchcam.regions import LIP_INDEX

PARTS = ("reach",)


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each twitch of a clip and version."""
    facts, lips = store.facts(case), list(LIP_INDEX)
    rows: list[Row] = []
    for version in case.versions:
        recording = store.recording(case, version)
        measured = analyse(recording)
        value = float(version.tag) if case.tags["value"] == "" else case.tags["value"]
        common: Row = {
            "part": "reach",
            "case": f"{case.name}.{version.tag}",
            "person": case.person,
            "what": case.tags["what"],
            "value": float(value),
            "verdict": measured.quality.verdict,
            "noise_um": float(np.nanmedian(quiet_density_um(recording, facts)[lips])),
            "min_detectable_mm": float(np.nanmedian(limits_mm(measured)[lips]))
            * true_scale(recording, facts),
            "false_events": false_events(measured, facts),
        }
        rows += twitch_rows(recording, measured, facts, common)
    return rows


def tables(rows: list[Row]) -> str:
    """Return the study's tables of the reach."""
    out = ["\n### Reach: single twitches of 0.5 mm at the lips\n"]
    for what in kinds(rows, "what"):
        lines = [
            {
                what: f"{value:g}",
                "verdict": ", ".join(kinds(mine, "verdict")),
                "found": share(values(mine, "found")),
                "motion gain": middle(values(mine, "gain")),
                "event gain": middle([r.get("event_gain") for r in mine if r.get("event_gain")]),
                "lip noise, um/sqrt(Hz)": middle(values(mine, "noise_um"), 1),
                "min detectable, mm": middle(values(mine, "min_detectable_mm")),
                "false events": sum(r["false_events"] for r in {r["case"]: r for r in mine}.values()),
            }
            for value in kinds(pick(rows, what=what), "value")
            for mine in [pick(rows, what=what, value=value)]
        ]
        out += ["", as_table(lines)]
    return "\n".join(out)


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "reach", rows, tables(rows))


if __name__ == "__main__":
    main()
