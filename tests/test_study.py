"""The study's tools against known answers, and its short form: one clip with floors for noise and gain."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recordings import StillFace

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

from power import size_with_power  # noqa: E402
from study import tables  # noqa: E402
from study.bound import Bound, cramer_rao  # noqa: E402
from study.case import FIRST_SEED, LOSSLESS, Case, Version, plain  # noqa: E402
from study.cases import all_cases  # noqa: E402
from study.inject import add, free_times  # noqa: E402
from study.measures import covers, cut, noise_density_um, quiet_density_um, twitch_rows  # noqa: E402
from study.store import Facts, Store, face_mask  # noqa: E402
from study.trains import people_scales  # noqa: E402

from twitchcam.analysis import analyse  # noqa: E402
from twitchcam.regions import INDEX, LIP_INDEX, REGIONS  # noqa: E402
from twitchcam.synth import Camera, Clip, Twitch, astronaut  # noqa: E402

PEOPLE = [f"person{k}.jpg" for k in range(6)]
SITES = ("commissure_left", "commissure_right", "chin_mid")


def test_every_clip_has_its_own_name_and_a_seed_that_development_did_not_use() -> None:
    cases = all_cases(PEOPLE)
    assert len({c.name for c in cases}) == len(cases)
    assert min(c.clip.camera.seed for c in cases) >= FIRST_SEED
    assert min(c.clip.sway.seed for c in cases if c.clip.sway.mm) >= FIRST_SEED
    assert cases == all_cases(PEOPLE)


def test_the_quick_study_is_part_of_the_full_one() -> None:
    full = {c.name: c for c in all_cases(PEOPLE)}
    quick = all_cases(PEOPLE, quick=True)
    assert {c.person for c in quick} == {"person3", "person5"}
    assert all(full[c.name] == c for c in quick)


def test_twitches_of_a_clip_never_overlap() -> None:
    for case in all_cases(PEOPLE):
        spans = sorted((t.start_s, t.start_s + max(t.duration_s, t.width_s or 0)) for t in case.clip.twitches)
        assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(spans)), case.name
        assert not spans or spans[-1][1] < case.clip.duration_s


def test_size_with_power_finds_the_size_that_was_put_in() -> None:
    rng = np.random.default_rng(3)
    sizes = np.exp(rng.uniform(np.log(0.03), np.log(0.3), 4000))
    found = np.log(sizes / 0.1) + 0.15 * rng.standard_normal(4000) > 0
    assert size_with_power(sizes, found) == pytest.approx(0.1 * np.exp(1.645 * 0.15), rel=0.03)
    assert np.isnan(size_with_power(sizes, np.ones(4000, bool)))


def test_noise_density_of_white_noise_is_what_was_put_in() -> None:
    face = StillFace(duration_s=30, seed=5, sway_leak_mm=0.0, drift_mm=0.0, noise_um_rthz=8.0)
    recording = face.recording()
    facts: Facts = {"mm_per_px": 2 * (recording.scale.mm_per_px or 0)}
    found = noise_density_um(recording, facts, 0.0, 30.0)
    assert np.median(found) == pytest.approx(2 * 8.0, rel=0.08)


def test_a_cut_keeps_its_frames_and_their_times() -> None:
    recording = StillFace(duration_s=10, seed=1).recording()
    part = cut(recording, 2.0, 5.0)
    assert part.t_s[0] >= 2.0
    assert part.t_s[-1] < 5.0
    assert part.source.frames == part.t_s.size == 90
    inside = (recording.t_s >= 2.0) & (recording.t_s < 5.0)
    np.testing.assert_array_equal(part.motion_mm, recording.motion_mm[inside])


def test_what_is_put_into_a_recording_is_found_again() -> None:
    face = StillFace(duration_s=20, seed=2)
    face.blink(8.0)
    recording = face.recording()
    free = free_times(analyse(recording), np.random.default_rng(0), (2.0, 2.5))
    assert len(free) >= 6
    assert min(abs(t - 8.1) for t in free) > 0.4
    response = np.zeros((len(REGIONS), 2))
    response[INDEX["commissure_left"]] = [0.6, 0.8]
    for at in free:
        recording = add(recording, Twitch("commissure_left", 1.0, at - 0.1, width_s=0.2), response, 1.0)
    peaks = np.array([e.peak_s for e in analyse(recording).events if e.trial_type == "twitch"])
    assert all(np.abs(peaks - at).min() < 0.04 for at in free)


def test_tables() -> None:
    rows = [{"a": 1, "b": 0.5}, {"a": 2, "b": None}]
    assert tables.as_table(rows).splitlines() == ["| a | b |", "| --- | --- |", "| 1 | 0.5 |", "| 2 | None |"]
    assert tables.as_table([]) == "no figures"
    assert tables.spread([1.0, 3.0, None]) == "2.00 (1.00 to 3.00), 1 not given"
    assert tables.middle([2.0, None]) == "2.00 (2.00 to 2.00)"
    assert tables.share([True, False, None]) == "1/2"
    assert covers((1.0, 2.0), 1.5)
    assert covers(None, 1.5) is None


def test_other_people_have_other_eyes() -> None:
    scales = people_scales()
    assert scales.mean() == pytest.approx(1.0, abs=0.005)
    assert scales.std() == pytest.approx(0.037, abs=0.004)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Store, Facts]:
    """Return a clip of 4 s, a still head with white noise and three twitches, drawn and recorded."""
    import cv2

    folder = tmp_path_factory.mktemp("study")
    cv2.imwrite(str(folder / "face.png"), astronaut().image[..., ::-1])
    moves = tuple(
        Twitch(site, 1.0, 2.35 + 0.55 * k, width_s=0.2, direction_deg=90.0) for k, site in enumerate(SITES)
    )
    clip = Clip(
        duration_s=4.2,
        twitches=moves,
        camera=Camera(size=(400, 448), noise=2.0, seed=FIRST_SEED),
        eye_distance_px=100.0,
    )
    case = Case("p0_short", str(folder / "face.png"), "noise", clip, plain(LOSSLESS), listen=True)
    store = Store(folder)
    return case, store, store.facts(case)


def test_noise_lies_between_the_bound_and_twice_the_bound(short: tuple[Case, Store, Facts]) -> None:
    case, store, facts = short
    bound, recording = _bound(facts), store.recording(case, case.versions[0])
    least = bound.density_um(float(facts["noise_sd_"]), float(facts["mm_per_px"]), 30.0)
    ratio = (noise_density_um(recording, facts, 0.0, 2.3) / least)[list(LIP_INDEX)]
    assert 0.8 < np.median(ratio) < 2.0
    np.testing.assert_allclose(
        quiet_density_um(recording, facts), noise_density_um(recording, facts, 0, 2.34)
    )


def test_twitches_are_measured_at_their_size(short: tuple[Case, Store, Facts]) -> None:
    case, store, facts = short
    recording = store.recording(case, case.versions[0])
    rows = twitch_rows(recording, analyse(recording), facts, {})
    assert [r["region"] for r in rows] == list(SITES)
    for row in rows:
        assert row["found"], row
        assert 0.88 < row["gain"] < 1.12, row
        assert 0.8 < row["event_gain"] < 1.2, row
        assert abs(row["peak_frames"]) < 1.0, row
    assert 0.93 < np.median([r["gain"] for r in rows]) < 1.07


def test_stored_noise_is_the_cameras(short: tuple[Case, Store, Facts]) -> None:
    _, _, facts = short
    # Two grey levels in each colour, seen as luma, and three roundings.
    luma = 2.0 * np.sqrt(0.299**2 + 0.587**2 + 0.114**2) * 219 / 255
    assert float(facts["noise_sd_"]) == pytest.approx(np.sqrt(luma**2 + 1 / 12 + 0.33 / 12), rel=0.03)
    white = float(facts["noise_sd_"]) * np.sqrt(2 / 30)
    assert float(facts["noise_band_"]) == pytest.approx(white, rel=0.05)


def test_bound_follows_noise_contrast_and_pixels(short: tuple[Case, Store, Facts]) -> None:
    _, _, facts = short
    bound = _bound(facts)
    assert bound.condition < 1e6
    np.testing.assert_allclose(bound.density_um(2.0, 0.5, 30.0), 2 * bound.density_um(1.0, 0.5, 30.0))
    np.testing.assert_allclose(bound.density_um(1.0, 0.5, 120.0), 0.5 * bound.density_um(1.0, 0.5, 30.0))
    bold = _bound(facts | {"clean": 2 * facts["clean"] - 100})
    np.testing.assert_allclose(bold.sd_px, 0.5 * bound.sd_px, rtol=1e-6)
    mask = face_mask(facts["points_px"], facts["clean"].shape, float(facts["mm_per_px"]))
    fewer = mask & (np.arange(mask.shape[1]) % 2 == 0)
    assert np.all(cramer_rao(facts["clean"], facts["points_px"], fewer).sd_px > bound.sd_px)


def _bound(facts: Facts) -> Bound:
    mask = face_mask(facts["points_px"], facts["clean"].shape, float(facts["mm_per_px"]))
    return cramer_rao(facts["clean"], facts["points_px"], mask)


def test_versions_share_one_drawing(short: tuple[Case, Store, Facts], tmp_path: Path) -> None:
    case = short[0]
    clip = replace(case.clip, duration_s=0.2, twitches=())
    takes = tuple(Version(f"take{k}", LOSSLESS, noise_seed=FIRST_SEED + k) for k in range(2))
    one: Any = replace(case, clip=clip, versions=takes, listen=False)
    store = Store(tmp_path)
    store.facts(one)
    first, second = (store.clip_path(one, v).read_bytes() for v in takes)
    assert first != second
    assert store.is_rendered(one)
