"""Numbers cannot lie: whatever is analysed, nothing untrue, impossible or unexplained comes out.

A short run over arbitrary recordings; `scripts/lie_search.py` does thousands.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path

import edfio
import numpy as np
import pytest
from arbitrary import Case, calm, cases, make, settings_of
from hypothesis import HealthCheck, given, settings
from recordings import StillFace
from truths import lies_in, not_json
from twins import differences, event_numbers, numbers_of, turned_over, with_sorted_regions

from twitchcam.analysis import analyse
from twitchcam.analysis.believable import LARGEST, believable
from twitchcam.analysis.timegrid import FASTEST_HZ, MOST_EMPTY, make_grid
from twitchcam.batch.columns import flatten, measured_columns
from twitchcam.edges.exports.fhir import fhir_bundle
from twitchcam.edges.recordings import as_stored
from twitchcam.errors import InputRefused
from twitchcam.exporting.writing import write_export
from twitchcam.front.recorder import mirror
from twitchcam.protocol import moved
from twitchcam.review import Review, review_recording
from twitchcam.session import write_outputs
from twitchcam.summary import Summary
from twitchcam.triage.answers import Answers
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import observe
from twitchcam.triage.patterns import conclude
from twitchcam.types import PER_FRAME, Recording, Scale, Source

SAME = 1e-5
"""The JSON's numbers have six digits."""


def result_of(case: Case, recording: Recording | None = None) -> Summary:
    recording = make(case) if recording is None else recording
    return conclude(analyse(recording, settings_of(case)), case.answers)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(cases())
def test_no_result_lies(case: Case) -> None:
    recording = make(case)
    lies = list(lies_in(recording, result_of(case, recording), case.answers, settings_of(case)))
    assert not lies, lies[:5]


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(calm())
def test_the_mirror_image_flips_every_side_and_nothing_else(case: Case) -> None:
    recording = make(case)
    one, other = result_of(case, recording), result_of(case, mirror(recording))
    a, b = with_sorted_regions(numbers_of(one)), turned_over(numbers_of(other))
    assert not list(differences(a, b, SAME))
    rows = event_numbers(one.measured), event_numbers(other.measured, mirrored=True)
    assert not list(differences(*rows, SAME))


@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(calm())
def test_a_later_beginning_changes_nothing_but_times(case: Case) -> None:
    recording = make(case)
    later = replace(recording, t_s=recording.t_s + 64.0, segments=moved(recording.segments, 64.0))
    one, other = result_of(case, recording), result_of(case, later)
    a, b = numbers_of(one), numbers_of(other)
    for x in (a, b):
        for task in x["tasks"]:
            del task["start_s"], task["end_s"]
    assert not list(differences(a, b, SAME))
    rows = event_numbers(one.measured, later_s=64.0), event_numbers(other.measured)
    assert not list(differences(*rows, SAME))


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(cases())
def test_no_file_holds_a_number_that_is_none(tmp_path_factory: pytest.TempPathFactory, case: Case) -> None:
    """The five files, batch columns and exports of arbitrary recordings, as far as a file can hold them."""
    stored = as_stored(believable(make(case)))
    summary = result_of(case, stored)
    folder = tmp_path_factory.mktemp("lies")
    write_outputs(stored, summary, folder)
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"), parse_constant=_refuse)
    assert not list(not_json(document))
    row = flatten(document)
    assert set(row) == {column.name for column in measured_columns()}
    assert not [name for name, cell in row.items() if isinstance(cell, float) and not math.isfinite(cell)]
    for text in re.findall(
        r"<script[^>]*application/json[^>]*>(.*?)</script>", (folder / "report.html").read_text(), re.S
    ):
        json.loads(text, parse_constant=_refuse)
    assert not re.search(r">\s*(nan|NaN|inf|None)\b", (folder / "report.html").read_text())
    assert not re.search(r"\b(nan|inf)\b", (folder / "events.tsv").read_text())
    json.dumps(fhir_bundle(document), allow_nan=False)
    _check_edf(folder / "a.edf", summary, stored)


def _refuse(word: str) -> None:
    raise AssertionError(f"{word} in a file")


def _check_edf(path: Path, summary: Summary, recording: Recording) -> None:
    try:
        write_export("edf", path, summary, recording)
    except InputRefused:
        return
    for signal in edfio.read_edf(path).signals:
        assert np.isfinite(signal.data).all()
        assert math.isfinite(signal.sampling_frequency)


def train(fps: float, mm: float, hz: float, seed: int) -> Recording:
    face = StillFace(duration_s=9, fps=fps, seed=seed)
    face.train(2, 5, hz, "commissure_left", mm)
    return face.recording()


@pytest.mark.parametrize("times", [0.8, 1.5])
def test_twice_the_millimetres_are_twice_the_amplitude(times: float) -> None:
    recording = train(30.0, 1.2, 5.0, 3)
    names = ("motion_mm", "mesh_mm", "head_mm", "eye_opening_mm", "mouth_opening_mm", "mouth_width_mm")
    arrays = {name: getattr(recording, name) * times for name in (*names, "region_sd_mm", "coded_step_mm")}
    larger = replace(recording, **arrays, scale=Scale(0.57 * times, "iris+eye_distance", 0.04))
    a, b = analyse(recording), analyse(larger)
    assert a.lips.amplitude_mm.median is not None
    assert b.lips.amplitude_mm.median == pytest.approx(times * a.lips.amplitude_mm.median, rel=1e-3)
    assert b.lips.dominant_hz == pytest.approx(a.lips.dominant_hz, rel=1e-6)
    assert b.lips.events == a.lips.events
    assert b.quality.mm_per_px == pytest.approx(times * (a.quality.mm_per_px or 0))


@pytest.mark.parametrize(("hz", "seed"), [(3.0, 1), (5.0, 2), (7.3, 3)])
def test_half_the_pictures_keep_the_frequency(hz: float, seed: int) -> None:
    full = train(60.0, 1.0, hz, seed)
    rows = np.arange(0, full.t_s.size, 2)
    half = replace(full, **{name: getattr(full, name)[rows] for name in PER_FRAME})
    a, b = analyse(full).lips, analyse(half).lips
    for one, other in ((a, b), (b, a)):
        assert one.dominant_hz is not None
        assert one.dominant_hz_ci is not None
        low, high = one.dominant_hz_ci
        assert low <= hz <= high
        assert other.dominant_hz == pytest.approx(one.dominant_hz, abs=high - low)


# --- faults that were found


def test_numbers_that_no_face_makes_are_gaps() -> None:
    recording = StillFace(duration_s=4).recording()
    motion = recording.motion_mm.copy()
    motion[10], motion[20], motion[30, 3] = np.inf, -np.inf, 3e38
    eyes = recording.eye_distance_px.copy()
    eyes[40] = -5.0
    clean = believable(replace(recording, motion_mm=motion, eye_distance_px=eyes))
    assert np.isnan(clean.motion_mm[[10, 20]]).all()
    assert np.isnan(clean.motion_mm[30, 3]).all()
    assert np.isnan(clean.eye_distance_px[40])
    assert np.nanmax(np.abs(clean.motion_mm)) <= LARGEST
    assert believable(recording) is recording


def test_a_review_takes_the_same_numbers_as_gaps() -> None:
    face = StillFace(duration_s=8, seed=4)
    face.train(2, 3, 5.0, "commissure_left", 1.0)
    recording = face.recording()
    motion, pose = recording.motion_mm.copy(), recording.pose_deg.copy()
    motion[40], pose[50] = 1e9, 1e9
    wild = replace(recording, motion_mm=motion, pose_deg=pose)
    reviewed = replace(review_recording(wild, Review()), review=None)
    assert numbers_of(conclude(reviewed, Answers())) == numbers_of(conclude(analyse(wild), Answers()))
    assert reviewed.lips.events


@pytest.mark.parametrize(
    "values", [(0.0, 0.04), (-1.0, 0.04), (math.nan, 0.04), (math.inf, None), (0.5, -1.0)]
)
def test_a_scale_of_nothing_is_refused(values: tuple[float, float | None]) -> None:
    with pytest.raises(ValueError, match="Scale"):
        Scale(values[0], "iris", values[1])


@pytest.mark.parametrize(("duration_s", "fps"), [(math.nan, 30.0), (-1.0, 30.0), (1.0, 0.0), (1.0, math.inf)])
def test_a_source_of_no_time_is_refused(duration_s: float, fps: float) -> None:
    with pytest.raises(ValueError, match="Source"):
        Source("a", None, 1, 1, 1, duration_s, fps, False, 0, False)


def test_a_clock_that_jumps_by_days_does_not_fill_the_memory() -> None:
    recording = StillFace(duration_s=4).recording()
    t = recording.t_s.copy()
    t[60:] += 1e9
    m = analyse(replace(recording, t_s=t))
    assert m.quality.verdict == "unusable"
    assert "Nearly all of the recording is pauses" in m.quality.reasons[0]
    assert m.t_s.size == t.size
    grid = make_grid(t, np.ones(t.size, bool), gap_intervals=1.6)
    assert grid is None
    an_hour = np.r_[np.arange(100) / 30, 3600 + np.arange(100) / 30]
    grid = make_grid(an_hour, np.ones(200, bool), gap_intervals=1.6)
    assert grid is not None
    assert grid.t_s.size < MOST_EMPTY


def test_one_picture_with_two_stamps_is_no_rate_of_a_thousand_million() -> None:
    t = np.sort(np.r_[np.arange(90) / 30, np.arange(90) / 30 + 1e-9])
    grid = make_grid(t, np.ones(t.size, bool), gap_intervals=1.6)
    assert grid is not None
    assert grid.fs == pytest.approx(30.0)
    assert grid.rows.size == 90
    assert FASTEST_HZ >= 1000


def test_lips_without_an_unbroken_stretch_are_not_said_to_be_still() -> None:
    recording = StillFace(duration_s=6, fps=120).recording()
    motion = recording.motion_mm.copy()
    motion[np.arange(motion.shape[0]) % 6 >= 2] = np.nan
    quality = analyse(replace(recording, motion_mm=motion)).quality
    assert quality.verdict == "unusable"
    assert quality.reasons


def test_a_signal_that_never_changes_is_not_a_face_at_rest() -> None:
    recording = StillFace(duration_s=12).recording()
    frozen = replace(
        recording,
        motion_mm=np.zeros_like(recording.motion_mm),
        region_sd_mm=np.zeros_like(recording.region_sd_mm),
    )
    m = analyse(frozen)
    assert m.quality.verdict == "unusable"
    assert "could not be measured" in m.quality.reasons[0]
    assert m.lips.events is None


def test_parts_that_were_not_measured_are_named() -> None:
    recording = StillFace(duration_s=12, seed=2).recording()
    motion = recording.motion_mm.copy()
    motion[:, [0, 14]] = np.nan
    m = analyse(replace(recording, motion_mm=motion))
    assert m.regions["upper_lip_left"].events is None
    assert any("1 of the 8 places on the lips could not be measured" in r for r in m.quality.reasons)
    assert any("1 of the 11 places" in r for r in m.quality.reasons)


def test_the_shortest_movement_lasts_a_sample() -> None:
    face = StillFace(duration_s=8, fps=10, seed=5)
    face.close_eye(4.0, left=1.0, right=1.0, length_s=0.05)
    face.close_eye(0.0, left=1.0, right=1.0, length_s=0.05)
    face.close_eye(7.9, left=1.0, right=1.0, length_s=0.05)
    events = analyse(face.recording()).events
    assert events
    assert all(e.offset_s > e.onset_s for e in events)


def test_less_seen_is_never_surer() -> None:
    """Taking pictures away may change what is found, never from 'cannot tell' to 'nothing there'."""
    face = StillFace(duration_s=12, seed=8)
    face.train(2, 6, 5.0, "commissure_right", 1.0)
    recording = face.recording()
    for lost in (0.3, 0.6, 0.9, 1.0):
        part = {
            name: np.array(getattr(recording, name), dtype=float) for name in ("motion_mm", "eye_distance_px")
        }
        for values in part.values():
            values[: int(lost * values.shape[0])] = np.nan
        m = analyse(replace(recording, **part))
        summary = conclude(m, Answers())
        assert summary.triage.level != "no_finding"
        assert summary.triage.level != "self_care" or m.lips.events
        assert m.quality.usable_s <= (1 - lost) * 12 + 0.2
        if m.quality.usable_s < 2:
            assert m.lips.events is None
            assert triage(Answers(), observe(m, summary.patterns)).level == "unable"
