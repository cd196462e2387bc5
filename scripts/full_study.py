"""The whole study in one run: noise, amplitude, time, reach, power and intervals, with all tables.

    python scripts/full_study.py --photos FOLDER --out results/study --render-only      # once; takes long
    python scripts/full_study.py --photos FOLDER --out results/study --fresh-recordings

Clips are drawn once and kept with their truth; the recordings are made again by the program as it is,
whenever `--fresh-recordings` asks for it. `--skip-unrendered` leaves out what has not been drawn. Tables go
to study.md and the rows of every part to its own JSON file in the output folder.
"""

from __future__ import annotations

import time

import amplitude
import coverage
import noise
import power
import reach
import timing
from study import options
from study.case import Case
from study.store import Store
from study.tables import Row

SCRIPTS = (noise, amplitude, timing, reach, power, coverage)


def score(store: Store, case: Case) -> list[Row]:
    """Return the rows of every script that asks for this clip."""
    rows: list[Row] = []
    for script in SCRIPTS:
        if case.part in script.PARTS:
            rows += [row | {"script": script.__name__} for row in script.score(store, case)]
    return rows


def main() -> None:
    """Run everything."""
    args = options.parser(__doc__).parse_args()
    began = time.monotonic()
    parts = sorted({part for script in SCRIPTS for part in script.PARTS})
    cases = options.chosen_cases(args, parts)
    rows = options.run(args, cases, score)
    if args.render_only:
        return
    tables = []
    for script in SCRIPTS:
        mine = [row for row in rows if row["script"] == script.__name__]
        if mine:
            tables.append(script.tables(mine))
            options.keep(args, script.__name__, mine, tables[-1])
    people = sorted({row["person"] for row in rows})
    head = f"{len(cases)} clips of {len(people)} people; {time.monotonic() - began:.0f} s.\n"
    (args.out / "study.md").write_text(head + "\n".join(tables) + "\n")


if __name__ == "__main__":
    main()
