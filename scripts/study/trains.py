"""The runs of 6 s: each with the rests around it is a recording of its own."""

from __future__ import annotations

import numpy as np

from study.case import Case
from study.measures import TOLERANCE_S, Row, covers, cut, movements, run_gain, true_scale
from study.store import Facts, Store
from twitchcam.analysis import analyse
from twitchcam.front.scale import IRIS_SD, PUPILS_SD
from twitchcam.regions import REGIONS, side_of
from twitchcam.scoring import match_events
from twitchcam.summary import Measured
from twitchcam.types import FloatArray, Recording

DRAWS = 400
EYES_SHARE = 0.5
"""The program's scale rests on iris and pupils about half each."""


def people_scales() -> FloatArray:
    """Return by how much the millimetres of people come out too large, whose pupils and irises differ from
    the mean as those of a population do: the studied faces were all given pupils 63 mm apart.
    """
    rng = np.random.default_rng(1999)
    iris, pupils = rng.normal(0, IRIS_SD, DRAWS), rng.normal(0, PUPILS_SD, DRAWS)
    return np.asarray(1 - EYES_SHARE * iris - (1 - EYES_SHARE) * pupils)


def covers_people(interval: tuple[float, float] | None, truth: float) -> float | None:
    """Return how often a stated interval of millimetres would hold the truth with other people's eyes."""
    if interval is None:
        return None
    scales = people_scales()
    return float(np.mean((interval[0] * scales <= truth) & (truth <= interval[1] * scales)))


def run_rows(store: Store, case: Case) -> list[Row]:
    """Return a row for each run of a clip."""
    facts, rows = store.facts(case), []
    whole = store.recording(case, case.versions[0])
    for twitch in case.clip.twitches:
        stop = twitch.start_s + twitch.duration_s
        mine = (facts["onset_s"] >= twitch.start_s - 1e-6) & (facts["offset_s"] <= stop + 1e-6)
        rest = case.tags["rest_s"] - 0.12
        recording = cut(whole, twitch.start_s - rest, stop + rest)
        row = run_row(recording, analyse(recording), {**facts, "mine": mine}, twitch.site, twitch.hz)
        row |= {"part": "train", "case": case.name, "person": case.person}
        row["gain"] = run_gain(whole, facts, REGIONS.index(twitch.site), twitch.start_s, stop)
        rows.append(row)
    return rows


def run_row(recording: Recording, measured: Measured, facts: Facts, site: str, hz: float) -> Row:
    """Return what was said of one run; `facts["mine"]` marks its movements."""
    mine, lips, scale = facts["mine"], measured.lips, true_scale(recording, facts)
    true_mm = float(np.median(facts["amplitude_mm"][mine]))
    counted = [e for e in movements(measured) if not e.gated]
    peaks = np.sort(facts["peak_s"][mine])
    pairs = match_events(peaks, np.array([e.peak_s for e in counted]), min(TOLERANCE_S, 0.45 / hz))
    interval = getattr(lips.amplitude_mm, "median_ci", None)
    size = lips.amplitude_mm.median
    return {
        "region": site,
        "site": site.rsplit("_", 1)[0],
        "mm": round(true_mm, 3),
        "hz_true": hz,
        "f1": pairs.f1,
        "side_right": lips.side == ("bilateral" if side_of(site) == "mid" else side_of(site)),
        "event_gain": None if size is None else size * scale / true_mm,
        "size_covers": covers(interval, true_mm),
        "size_covers_people": covers_people(interval, true_mm),
        "size_half": None if interval is None else 0.5 * (interval[1] - interval[0]) / true_mm,
        "hz": lips.dominant_hz,
        "hz_error": None if lips.dominant_hz is None else lips.dominant_hz - hz,
        "hz_covers": covers(lips.dominant_hz_ci, hz),
        "hz_half": None if lips.dominant_hz_ci is None else float(np.ptp(lips.dominant_hz_ci)) / 2,
    }
