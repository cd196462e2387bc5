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
from study.bound import Bound, cramer_rao
from study.case import Case, Version
from study.measures import noise_density_um, run_gain
from study.store import REGISTRATION, Facts, Store, face_mask
from study.tables import Row, as_table, kinds, middle, pick, values

from twitchcam.regions import LIP_INDEX, LIPS
from twitchcam.types import FloatArray

PARTS = ("noise",)
BASELINE = "facemesh"
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
    """Return a row for each lip region and version of a clip."""
    facts, fps = store.facts(case), case.clip.camera.fps
    bound, rest_s = bound_of(facts), case.tags.get("rest_s", case.clip.duration_s)
    rows: list[Row] = []
    for version in case.versions:
        sway = case.clip.sway.mm > 0
        found = store.recording(case, version)
        noise = noise_density_um(found, facts, 0.0, rest_s)[list(LIP_INDEX)]
        gains = lip_gains(store, case, version, REGISTRATION, facts) if sway else np.full(8, np.nan)
        sd, band = float(facts[f"noise_sd_{version.tag}"]), float(facts[f"noise_band_{version.tag}"])
        sensor = float(facts.get("noise_sd_lossless", sd))
        baseline = _baseline(store, case, version, facts, rest_s) if version.tag == "webcam" else {}
        for k, region in enumerate(LIPS):
            i = LIP_INDEX[k]
            mm = float(facts["mm_per_px"])
            rows.append(
                {
                    "part": "noise",
                    "case": case.name,
                    "person": case.person,
                    "condition": _condition(case, version),
                    "region": region,
                    "sensor_noise": case.clip.camera.noise,
                    "stored_noise": sd,
                    "noise_um": float(noise[k]),
                    "gain": float(gains[k]),
                    "bound_um": float(bound.density_um(sensor, mm, fps)[i]),
                    "bound_stored_um": float(bound.density_um(band / np.sqrt(2.0 / fps), mm, fps)[i]),
                }
                | {key: float(value[k]) for key, value in baseline.items()}
            )
    return rows


def _baseline(
    store: Store, case: Case, version: Version, facts: Facts, rest_s: float
) -> dict[str, FloatArray]:
    recording = store.recording(case, version, BASELINE)
    noise = noise_density_um(recording, facts, 0.0, rest_s)[list(LIP_INDEX)]
    return {"mesh_um": noise, "mesh_gain": lip_gains(store, case, version, BASELINE, facts)}


def _condition(case: Case, version: Version) -> str:
    if case.clip.sway.mm == 0:
        return f"still, noise {case.clip.camera.noise:g}"
    return "sway, lossless" if version.tag == "lossless" else "sway, H.264 12 Mb/s"


def finish(rows: list[Row]) -> list[Row]:
    """Give every row its person's gain (of the lossless clip where its own has none) and the ratios."""
    for row in rows:
        gain = row["gain"]
        if not np.isfinite(gain):
            same = pick(rows, person=row["person"], region=row["region"], condition="sway, lossless")
            gain = same[0]["gain"] if same else 1.0
        row["unit_um"] = row["noise_um"] / gain
        row["ratio"] = row["unit_um"] / row["bound_um"]
        row["ratio_stored"] = row["unit_um"] / row["bound_stored_um"]
        if "mesh_um" in row:
            row["mesh_unit_um"] = row["mesh_um"] / max(row["mesh_gain"], SMALLEST_GAIN)
            row["better"] = row["mesh_unit_um"] / row["unit_um"]
    return rows


def tables(rows: list[Row]) -> str:
    """Return the study's tables of the noise."""
    rows = finish(rows)
    conditions = kinds(rows, "condition")
    by_condition = [
        {
            "condition": c,
            "people": len(kinds(mine, "person")),
            "noise of a pixel": middle(values(mine, "stored_noise")),
            "lip noise, um/sqrt(Hz)": middle(values(mine, "noise_um")),
            "at unit gain": middle(values(mine, "unit_um")),
            "bound": middle(values(mine, "bound_um")),
            "times the bound": middle(values(mine, "ratio")),
            "times that of the stored noise": middle(values(mine, "ratio_stored")),
        }
        for c in conditions
        for mine in [pick(rows, condition=c)]
    ]
    by_region = [
        {"region": region}
        | {c: middle(values(pick(rows, region=region, condition=c), "ratio")) for c in conditions}
        for region in LIPS
    ]
    coded = pick(rows, condition="sway, H.264 12 Mb/s")
    against = [
        {
            "person": person,
            "registration gain": middle(values(mine, "gain")),
            "registration noise": middle(values(mine, "noise_um"), 1),
            "FaceMesh gain": middle(values(mine, "mesh_gain")),
            "FaceMesh noise": middle(values(mine, "mesh_um"), 1),
            "signal to noise, times FaceMesh's": middle(values(mine, "better"), 1),
        }
        for person in kinds(coded, "person")
        for mine in [pick(coded, person=person)]
    ]
    return "\n".join(
        [
            "\n### Noise floor of the lip regions against the Cramer-Rao bound\n",
            "Median (10 % to 90 %) over regions and people; 2-12 Hz.\n",
            as_table(by_condition),
            "\nTimes the bound, region by region:\n",
            as_table(by_region),
            "\n### Against refined FaceMesh, sway and H.264 at 12 Mb/s, um/sqrt(Hz)\n",
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
