"""Power: how small a twitch is found, whether `min_detectable_mm` says so, and what still faces give.

    python scripts/power.py --photos FOLDER [--quick] [--out results/study]

Still faces with sway and blinks are rendered, stored at 12 Mb/s H.264 and recorded by the program; single
twitches of 150-200 ms at the lips are then put into the recordings at nine sizes around what the program
states (`study.inject`). A few sizes are truly rendered as a check. Twitches are counted as found when an
ungated event peaks within 70 ms.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.stats import chi2, norm
from study import options
from study.case import PULSE_S, Case
from study.inject import add, free_times, responses
from study.measures import TOLERANCE_S, false_events, limits_mm, movements, true_scale, twitch_rows
from study.store import Store
from study.tables import Row, as_table, kinds, pick, share, values

from twitchcam.analysis import analyse
from twitchcam.regions import LIP_INDEX, REGIONS
from twitchcam.scoring import match_events
from twitchcam.synth import Twitch
from twitchcam.types import FloatArray, Recording

PARTS = ("still", "small")
SHARES = (0.35, 0.5, 0.65, 0.75, 0.85, 0.95, 1.05, 1.2, 1.5)
"""Sizes, as shares of the stated limit of each region."""
EVERY_S = (1.6, 2.2)
"""Apart, so that none is taken for a train."""
POWER = 0.95


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each still recording and each twitch put into it, or each rendered small one."""
    if case.part == "small":
        return _rendered(store, case)
    facts, moved = store.facts(case), responses(store, case)
    rows: list[Row] = []
    for number, version in enumerate(case.versions):
        recording = store.recording(case, version)
        measured, scale = analyse(recording), true_scale(recording, facts)
        limits = limits_mm(measured) * scale
        common: Row = {
            "case": f"{case.name}.{version.tag}",
            "person": case.person,
            "size": case.tags["size"],
            "limit_mm": float(np.nanmedian(limits[list(LIP_INDEX)])),
        }
        counted = [e for e in movements(measured) if not e.gated]
        still: Row = {
            "part": "still",
            "events": false_events(measured, facts),
            "lip_events": sum(e.region in REGIONS[:8] for e in counted),
            "usable_s": measured.quality.usable_s,
        }
        rows.append(common | still)
        for step, part in enumerate(SHARES):
            rng = np.random.default_rng([case.clip.camera.seed, number, step])
            times = free_times(measured, rng, EVERY_S)
            found = _found(recording, times, part * limits, moved, scale, rng)
            rows += [common | row | {"part": "power", "share": part} for row in found]
    return rows


def _found(
    recording: Recording,
    times: list[float],
    sizes_mm: FloatArray,
    moved: dict[int, FloatArray],
    scale: float,
    rng: np.random.Generator,
) -> list[Row]:
    """Put a twitch of its region's size at each time and tell which were found."""
    known = [i for i in LIP_INDEX if np.isfinite(sizes_mm[i])]
    if not known:
        return []
    turns = rng.permutation(np.resize(known, len(times)))
    rows: list[Row] = []
    for at, region in zip(times, turns.tolist(), strict=True):
        width = float(rng.uniform(*PULSE_S))
        size = float(sizes_mm[region])
        twitch = Twitch(REGIONS[region], size, at - width / 2, width_s=width)
        recording = add(recording, twitch, moved[region], scale)
        rows.append({"region": REGIONS[region], "mm": size, "peak_s": at})
    events = [e for e in movements(analyse(recording)) if not e.gated]
    peaks = np.array([e.peak_s for e in events])
    pairs = match_events(np.array([r["peak_s"] for r in rows]), peaks, TOLERANCE_S)
    hit = set(pairs.truth_index.tolist())
    return [row | {"found": k in hit} for k, row in enumerate(rows)]


def _rendered(store: Store, case: Case) -> list[Row]:
    facts, recording = store.facts(case), store.recording(case, case.versions[0])
    measured = analyse(recording)
    limits = limits_mm(measured) * true_scale(recording, facts)
    common: Row = {"part": "small", "case": case.name, "person": case.person}
    rows = twitch_rows(recording, measured, facts, common)
    return [row | {"limit_mm": float(limits[REGIONS.index(row["region"])])} for row in rows]


def size_with_power(sizes_mm: FloatArray, found: FloatArray, power: float = POWER) -> float:
    """Return the size that is found with the given probability: a probit on the logarithm of the size, by
    maximum likelihood; NaN without both outcomes.
    """
    if not (found.any() and (~found).any()):
        return float("nan")
    x, y = np.log(sizes_mm), found.astype(float)

    def cost(q: FloatArray) -> float:
        p = np.clip(norm.cdf((x - q[0]) / np.exp(q[1])), 1e-4, 1 - 1e-4)
        return -float((y * np.log(p) + (1 - y) * np.log(1 - p)).sum())

    best = minimize(cost, np.array([x.mean(), np.log(0.2)]), method="Nelder-Mead").x
    return float(np.exp(best[0] + norm.ppf(power) * np.exp(best[1])))


def _power_line(name: str, what: str, rows: list[Row], stills: list[Row]) -> Row:
    limit = float(np.median([r["limit_mm"] for r in stills]))
    sizes, found = np.array(values(rows, "mm")), np.array(values(rows, "found"), bool)
    reached = size_with_power(sizes, found)
    relative = size_with_power(np.array(values(rows, "share")), found)
    minutes, events = sum(values(stills, "usable_s")) / 60, sum(values(stills, "events"))
    return {
        name: what,
        "stated, mm": f"{limit:.3f}",
        "95 % are found from, mm": f"{reached:.3f}",
        "of what is stated for the region": f"{relative:.2f}",
        "twitches": len(rows),
        "false events": f"{events} in {minutes:.1f} min",
        "a minute": f"{events / minutes:.2f} (below {chi2.ppf(0.95, 2 * events + 2) / 2 / minutes:.2f})",
    }


def tables(rows: list[Row]) -> str:
    """Return the study's tables of the power."""
    out = ["\n### Smallest twitch, 150-200 ms, lips; false events on still faces\n"]
    people = []
    for size in kinds(pick(rows, part="still"), "size"):
        stills, put = pick(rows, part="still", size=size), pick(rows, part="power", size=size)
        for person in kinds(stills, "person"):
            mine = pick(stills, person=person)
            people.append(_power_line("face", f"{size} {person}", pick(put, person=person), mine))
        people.append(_power_line("face", f"{size} all", put, stills))
    curve = [
        {"size, share of what is stated": part, "found": share(values(mine, "found"))}
        | {"part found": f"{np.mean(values(mine, 'found')):.3f}"}
        for part in kinds(pick(rows, part="power"), "share")
        for mine in [pick(rows, part="power", share=part)]
    ]
    small = pick(rows, part="small")
    drawn = [
        {
            "mm": mm,
            "found": share(values(mine, "found")),
            "mean share of what is stated": f"{np.mean([r['mm'] / r['limit_mm'] for r in mine]):.2f}",
        }
        for mm in kinds(small, "mm")
        for mine in [pick(small, mm=mm)]
    ]
    out += [
        as_table(people),
        "\nFound against size\n",
        as_table(curve),
        "\nTruly rendered\n",
        as_table(drawn),
    ]
    return "\n".join(out)


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "power", rows, tables(rows))


if __name__ == "__main__":
    main()
