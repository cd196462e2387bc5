"""The noise floor of every lip region against the Cramer-Rao bound, and against refined FaceMesh.

    python scripts/noise.py --photos FOLDER [--quick] [--out results/study]

Three conditions at 720p, 110 px between the pupils: a still head with white noise of four strengths
(lossless); sway (lossless); sway at 12 Mb/s H.264. The bound (`study.bound`) is worked out from the same
noiseless picture, the same noise and the same regions. Noise is divided by the gain that each region shows in
the same clip, as FaceMesh's is by its own, so that nobody gains by damping.
"""

from __future__ import annotations

import numpy as np
from study import options
from study.baselines import has_tasks_model
from study.bound import Bound, cramer_rao
from study.case import Case, Version
from study.measures import noise_density_um, run_gain
from study.store import METHODS, Facts, Store, face_mask
from study.tables import Row, as_table, by_development, kinds, middle, pick, values

from twitchcam.regions import LIP_INDEX, LIPS
from twitchcam.types import FloatArray

PARTS = ("noise",)
CODED = "sway, H.264 12 Mb/s"
SMALLEST_GAIN = 0.05
"""A baseline with less gain shows nothing at all; its ratio would be chance."""


def bound_of(facts: Facts) -> Bound:
    """Return the bound of a clip's resting picture."""
    mask = face_mask(facts["points_px"], facts["clean"].shape, float(facts["mm_per_px"]))
    return cramer_rao(facts["clean"], facts["points_px"], mask)


def lip_gains(store: Store, case: Case, version: Version, method: str, facts: Facts) -> FloatArray:
    """Return (8,) each lip region's gain in its own second of the clip."""
    recording = store.recording(case, version, method)
    gains = []
    for region in LIP_INDEX:
        mine = np.flatnonzero(facts["region"] == region)
        start, stop = float(facts["onset_s"][mine].min()) - 0.1, float(facts["offset_s"][mine].max()) + 0.1
        gains.append(run_gain(recording, facts, region, start, stop))
    return np.array(gains)


def score(store: Store, case: Case) -> list[Row]:
    """Return a row for each lip region, version and method of a clip."""
    facts, fps, mm = store.facts(case), case.clip.camera.fps, case.clip.mm_per_px
    bound, rest_s = bound_of(facts), case.tags.get("rest_s", case.clip.duration_s)
    rows: list[Row] = []
    for version in case.versions:
        sd, band = float(facts[f"noise_sd_{version.tag}"]), float(facts[f"noise_band_{version.tag}"])
        sensor = float(facts.get("noise_sd_lossless", sd))
        least = bound.density_um(sensor, mm, fps)
        stored = bound.density_um(band / np.sqrt(2.0 / fps), mm, fps)
        for method in _methods(version):
            recording = store.recording(case, version, method)
            noise = noise_density_um(recording, facts, 0.0, rest_s)
            moving = len(case.clip.twitches) > 0
            gains = lip_gains(store, case, version, method, facts) if moving else np.full(len(LIPS), np.nan)
            rows += [
                {
                    "part": "noise",
                    "case": case.name,
                    "person": case.person,
                    "method": method,
                    "condition": _condition(case, version),
                    "region": region,
                    "sensor_noise": case.clip.camera.noise,
                    "stored_noise": sd,
                    "noise_um": float(noise[i]),
                    "gain": float(gain),
                    "bound_um": float(least[i]),
                    "bound_stored_um": float(stored[i]),
                }
                for region, i, gain in zip(LIPS, LIP_INDEX, gains, strict=True)
            ]
    return rows


def _methods(version: Version) -> tuple[str, ...]:
    """Baselines are measured on what a webcam stores."""
    if version.tag != "webcam":
        return METHODS[:1]
    return METHODS if has_tasks_model() else METHODS[:2]


def _condition(case: Case, version: Version) -> str:
    if case.clip.sway.mm == 0:
        return f"still, noise {case.clip.camera.noise:g}"
    return "sway, lossless" if version.tag == "lossless" else CODED


def finish(rows: list[Row]) -> list[Row]:
    """Return the rows with the noise at unit gain and its ratios to the bounds and to the registration's.

    A still clip has no gain of its own; it takes its person's and region's from the swaying lossless one.
    """
    done = []
    for row in rows:
        same = [r for r in rows if all(r[k] == row[k] for k in ("person", "region"))]
        gain = row["gain"]
        if not np.isfinite(gain):
            moving = pick(same, condition="sway, lossless")
            gain = moving[0]["gain"] if moving else 1.0
        unit = row["noise_um"] / max(gain, SMALLEST_GAIN)
        done.append(
            row
            | {
                "unit_um": unit,
                "ratio": unit / row["bound_um"],
                "ratio_as_is": row["noise_um"] / row["bound_um"],
                "ratio_stored": unit / row["bound_stored_um"],
            }
        )
    for row in done:
        same = {key: row[key] for key in ("case", "region", "condition")}
        row["worse"] = row["unit_um"] / pick(done, method=METHODS[0], **same)[0]["unit_um"]
    return done


def _line(condition: str, who: str, rows: list[Row]) -> Row:
    return {
        "condition": condition,
        "people": who,
        "noise of a pixel": middle(values(rows, "stored_noise")),
        "lip noise, um/sqrt(Hz)": middle(values(rows, "noise_um")),
        "noise at unit gain": middle(values(rows, "unit_um")),
        "bound": middle(values(rows, "bound_um")),
        "times the bound": middle(values(rows, "ratio_as_is")),
        "at unit gain": middle(values(rows, "ratio")),
        "times that of the stored noise": middle(values(rows, "ratio_stored")),
    }


def tables(rows: list[Row]) -> str:
    """Return the study's tables of the noise."""
    rows = finish(rows)
    ours = pick(rows, method=METHODS[0])
    conditions = kinds(ours, "condition")
    by_condition = [
        _line(c, who, mine) for c in conditions for who, mine in by_development(pick(ours, condition=c))
    ]
    by_region = [
        {"region": region}
        | {c: middle(values(pick(ours, region=region, condition=c), "ratio")) for c in conditions}
        for region in LIPS
    ]
    against = [
        {
            "person": person,
            "measured by": method,
            "gain": middle(values(mine, "gain")),
            "noise": middle(values(mine, "noise_um"), 1),
            "noise at unit gain": middle(values(mine, "unit_um"), 1),
            "registration's signal to noise, times this": middle(values(mine, "worse"), 1),
        }
        for person in (*kinds(pick(rows, condition=CODED), "person"), "all")
        for method in METHODS
        for mine in [
            [r for r in pick(rows, condition=CODED, method=method) if person in (r["person"], "all")]
        ]
        if mine
    ]
    return "\n".join(
        [
            "\n### Noise floor of the lip regions against the Cramer-Rao bound\n",
            "Median (10 % to 90 %) over regions and people; 2-12 Hz. The bound takes the camera's noise, the",
            "last column the noise that the stored pictures have between 2 and 12 Hz, codec and all.\n",
            as_table(by_condition),
            "\nNoise at unit gain, times the bound, region by region:\n",
            as_table(by_region),
            "\n### Against landmarks by the same back, sway and H.264 at 12 Mb/s, um/sqrt(Hz)\n",
            as_table(against),
        ]
    )


def main() -> None:
    """Run this part of the study."""
    args = options.parser(__doc__).parse_args()
    rows = options.run(args, options.chosen_cases(args, PARTS), score)
    if not args.render_only:
        options.keep(args, "noise", rows, tables(rows))


if __name__ == "__main__":
    main()
