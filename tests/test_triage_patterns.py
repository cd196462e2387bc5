"""Patterns: known answers on hand-made event lists, look-alikes, and what a short clip may say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jsonschema
import numpy as np
import pytest

from twitchcam.edges.outputs import summary_to_dict
from twitchcam.regions import REGIONS
from twitchcam.schema import load_schema
from twitchcam.summary import (
    Amplitude,
    Asymmetry,
    Event,
    Lips,
    Measured,
    Pattern,
    Quality,
    RegionSummary,
    RestAsymmetry,
    Synchrony,
)
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.clues import gather_clues, interval_cv, interval_spread
from twitchcam.triage.observed import PATTERN_IDS, observe, observed_from_summary
from twitchcam.triage.patterns import conclude, find_patterns
from twitchcam.triage.rules import load_rules
from twitchcam.types import Scale, Source, TrackerInfo

LEFT_SPASM = ("commissure_left", "lower_eyelid_left", "cheek_left")
TREMOR = ("lower_lip_mid", "lower_lip_left", "lower_lip_right", "upper_lip_mid", "chin_mid")


def event(t: float, regions: tuple[str, ...], side: str, **changes: Any) -> Event:
    base = Event(t, t + 0.06, t + 0.15, "twitch", side, regions[0], regions, 1.0, 90.0, 20.0, None, "")  # type: ignore[arg-type]
    return replace(base, **changes)


def blinks(times: Any) -> list[Event]:
    lids = ("upper_eyelid_left", "upper_eyelid_right")
    return [event(t, lids, "bilateral", trial_type="blink", gated="blink") for t in times]


def measured(
    events: list[Event] = [],  # noqa: B006 - never changed
    *,
    seconds: float = 90.0,
    usable_s: float | None = None,
    side: str | None = None,
    rhythmic: bool | None = False,
    hz: float | None = None,
    index: float | None = None,
    sync: dict[str, Synchrony] | None = None,
    rest: RestAsymmetry | None = None,
    verdict: str = "ok",
    fps: float = 30.0,
) -> Measured:
    t = np.arange(0.0, seconds, 1.0 / fps)
    counted = [e for e in events if e.trial_type in ("twitch", "tonic") and not e.gated]
    usable = seconds if usable_s is None else usable_s
    quality = Quality(
        verdict, (), usable, usable / seconds, fps / 2, 100.0, 0.6, Scale(0.6, "iris", 0.04), {}, {},  # type: ignore[arg-type]
    )  # fmt: skip
    lips = Lips(
        len(counted), 60 * len(counted) / max(usable, 1), 0, hz, None, rhythmic, Amplitude(1.0, 1.0, 1.0),
        side or ("none" if not counted else "left"), Asymmetry(index, None), (),  # type: ignore[arg-type]
    )  # fmt: skip
    quiet = Synchrony(0, None, None, 0)
    return Measured(
        Source("x.mp4", None, 1280, 720, t.size, seconds, fps, False, 0, False),
        TrackerInfo("facemesh", "0.10.21", "0"), quality, lips,
        {name: RegionSummary(0, 0.0, None, None) for name in REGIONS},
        {"left": quiet, "right": quiet} | (sync or {}),
        rest or RestAsymmetry(0.2, 1.0, 0.1, True), tuple(sorted(events, key=lambda e: e.onset_s)),
        t, np.zeros((t.size, 19, 2)), {},
    )  # fmt: skip


def irregular_times(n: int, seconds: float, seed: int = 1) -> np.ndarray:
    return np.sort(np.random.default_rng(seed).uniform(0.5, seconds - 0.5, n))


def hfs(seconds: float = 90.0, n: int = 24, **changes: Any) -> Measured:
    events = [event(t, LEFT_SPASM, "left") for t in irregular_times(n, seconds)]
    options: dict[str, Any] = {
        "seconds": seconds, "side": "left", "index": 0.9, "sync": {"left": Synchrony(n, 1.0, 0.002, 4)},
    }  # fmt: skip
    return measured(events, **options | changes)


def tremor(seconds: float = 90.0, hz: float = 5.0, **changes: Any) -> Measured:
    times = np.arange(2.0, seconds - 2.0, 1.0 / hz)
    events = [event(t, TREMOR, "bilateral", run=1, offset_s=t + 0.12) for t in times]
    return measured(events, **{"seconds": seconds, "side": "bilateral", "rhythmic": True, "hz": hz} | changes)


def one_sided_run(hz: float, length_s: float, seconds: float = 90.0) -> Measured:
    times = 3.0 + np.arange(0.0, length_s, 1.0 / hz)
    events = [event(t, ("commissure_left",), "left", run=1) for t in times]
    return measured(events, seconds=seconds, side="left", rhythmic=True, hz=hz, index=1.0)


def pattern(m: Measured, name: str, answers: dict[str, Any] | None = None) -> Pattern:
    found = {p.id: p for p in find_patterns(m, parse_answers(answers or {}))}
    return found[name]


# --- what every pattern obeys


def scenes() -> list[Measured]:
    return [
        measured(), hfs(), tremor(), one_sided_run(4.0, 20.0), measured(verdict="unusable"),
        measured(blinks(np.arange(1, 60, 1.5)), seconds=60.0), hfs(20.0), tremor(12.0), measured(fps=12.0),
        measured(seconds=1.0, usable_s=0.0), hfs(side=None, index=None),
    ]  # fmt: skip


@pytest.mark.parametrize("scene", scenes())
@pytest.mark.parametrize("answers", [{}, {"medicines": ["antipsychotic"], "urge_suppressible": True}])
def test_all_patterns_in_order_with_known_sources_and_valid_json(
    scene: Measured, answers: dict[str, Any]
) -> None:
    summary = conclude(scene, parse_answers(answers))
    assert tuple(p.id for p in summary.patterns) == PATTERN_IDS
    for found in summary.patterns:
        assert found.sources
        assert set(found.sources) <= set(load_rules().sources), found.id
        for text in (*found.evidence, *found.against):
            assert text
            assert text.endswith(".") or text.endswith("?"), text
            assert "you have" not in text.lower()
            assert "None" not in text
            assert "nan" not in text.split()
        if found.status in ("not_seen", "not_assessable"):
            assert found.against, f"{found.id} must say why"
            assert not found.evidence
        else:
            assert found.evidence, f"{found.id} must say why"
    document = summary_to_dict(summary)
    jsonschema.Draft202012Validator(load_schema()).validate(document)
    assert observed_from_summary(document) == observe(scene, summary.patterns)


@pytest.mark.parametrize("seconds", [3.0, 10.0, 20.0, 45.0])
@pytest.mark.parametrize("make", [measured, hfs, tremor])
def test_a_short_clip_never_says_not_seen(seconds: float, make: Any) -> None:
    for answers in ({}, {"medicines": [], "urge_suppressible": False, "bells_palsy_history": False}):
        for found in find_patterns(make(seconds=seconds), parse_answers(answers)):
            assert found.status != "not_seen", found


def test_an_unusable_recording_assesses_nothing() -> None:
    found = find_patterns(replace(hfs(), quality=replace(hfs().quality, verdict="unusable")), Answers())
    assert {p.status for p in found} == {"not_assessable"}


def test_a_still_face_shows_nothing() -> None:
    statuses = {p.id: p.status for p in find_patterns(measured(blinks(np.arange(2, 88, 4.0))), Answers())}
    assert set(statuses.values()) == {"not_seen", "not_assessable"}
    assert statuses["hfs_like"] == statuses["benign_twitch"] == statuses["rest_tremor_like"] == "not_seen"
    assert statuses["facial_weakness_like"] == "not_assessable", "strength is never judged from rest"


# --- hemifacial spasm and its look-alikes


def test_hfs_typical() -> None:
    found = pattern(hfs(), "hfs_like")
    assert found.status == "flagged"
    assert any("left side moved together 24 times" in text for text in found.evidence)
    assert any("brow rose" in text for text in found.evidence)
    assert conclude(hfs(), Answers()).triage.level == "see_doctor"


def test_hfs_does_not_depend_on_the_side() -> None:
    events = [
        event(t, ("commissure_right", "lower_eyelid_right"), "right") for t in irregular_times(20, 90.0)
    ]
    sync = {"right": Synchrony(20, 0.9, 0.002, 0)}
    found = pattern(measured(events, side="right", index=-0.9, sync=sync), "hfs_like")
    assert found.status == "flagged"
    assert any("right side" in text for text in found.evidence)


def test_hfs_in_a_short_clip_is_at_most_possible() -> None:
    found = pattern(hfs(20.0, 8), "hfs_like")
    assert found.status == "possible"
    assert "Needs 50 s" in found.against[0]


@pytest.mark.parametrize(
    ("sync", "status"),
    [
        (Synchrony(20, 0.9, 0.02, 0), "not_seen"),
        (Synchrony(20, 0.9, None, 0), "not_seen"),
        (Synchrony(2, 1.0, 0.002, 0), "not_seen"),
        (Synchrony(3, 0.5, 0.009, 0), "possible"),
        (Synchrony(5, 0.5, 0.009, 0), "flagged"),
    ],
)
def test_hfs_thresholds(sync: Synchrony, status: str) -> None:
    assert pattern(hfs(sync={"left": sync}), "hfs_like").status == status


def test_half_of_the_eyes_or_of_the_mouths_movements_must_be_joint() -> None:
    together = [event(t, LEFT_SPASM, "left") for t in irregular_times(20, 90.0)]
    eye = [event(t, ("lower_eyelid_left",), "left") for t in irregular_times(21, 90.0, seed=2)]
    mouth = [event(t, ("commissure_left",), "left") for t in irregular_times(21, 90.0, seed=3)]
    sync = {"left": Synchrony(20, 0.49, 0.002, 0)}
    often = measured(together + eye + mouth, side="left", index=0.9, sync=sync)
    assert pattern(often, "hfs_like").status == "not_seen"
    assert (
        pattern(measured(together + eye, side="left", index=0.9, sync=sync), "hfs_like").status == "flagged"
    )


def test_hfs_on_both_sides_or_in_an_even_rhythm_is_only_possible() -> None:
    assert pattern(hfs(side="bilateral", index=0.1), "hfs_like").status == "possible"
    even = [event(t, LEFT_SPASM, "left", run=1) for t in np.arange(5.0, 15.0, 0.25)]
    sync = {"left": Synchrony(40, 1.0, 0.002, 0)}
    assert pattern(measured(even, side="left", index=0.9, sync=sync), "hfs_like").status == "possible"


def test_uneven_bursts_with_a_prevailing_rate_are_irregular() -> None:
    steps = np.random.default_rng(5).uniform(0.1, 0.4, 40)
    bursts = [event(t, LEFT_SPASM, "left", run=1) for t in 5.0 + np.cumsum(steps)]
    sync = {"left": Synchrony(40, 1.0, 0.002, 0)}
    m = measured(bursts, side="left", index=0.9, sync=sync, rhythmic=True, hz=4.0)
    assert pattern(m, "hfs_like").status == "flagged"


def test_weak_movements_do_not_bridge_the_pauses_of_a_run() -> None:
    strong = [event(t, ("commissure_left",), "left", run=1) for t in (5.0, 5.3, 5.6, 5.9, 6.2, 12.0, 12.3)]
    weak = [event(t, ("chin_mid",), "left", run=1, amplitude_mm=0.1) for t in np.arange(7.0, 12.0, 1.0)]
    (run,) = gather_clues(measured(strong + weak, side="left"), Answers()).runs
    assert (run.events, run.length_s) == (5, pytest.approx(1.2))


def test_small_extra_movements_do_not_spoil_a_run() -> None:
    strong = [event(t, ("commissure_left",), "left", run=1) for t in np.arange(5.0, 20.0, 0.25)]
    weak = [event(t, ("chin_mid",), "bilateral", run=1, amplitude_mm=0.1) for t in irregular_times(40, 20.0)]
    (run,) = gather_clues(measured(strong, side="left"), Answers()).runs
    (same,) = gather_clues(measured(strong + weak, side="left"), Answers()).runs
    assert run == same
    assert run.hz == pytest.approx(4.0)
    assert run.side == "left"


def test_synkinesis_takes_the_flag_from_hfs() -> None:
    times = irregular_times(20, 90.0, seed=3)
    events = [event(t, LEFT_SPASM, "left") for t in times] + blinks(times)
    m = measured(events, side="left", index=0.9, sync={"left": Synchrony(20, 1.0, 0.002, 0)})
    told = {"bells_palsy_history": True}
    assert pattern(m, "synkinesis_like", told).status == "flagged"
    assert pattern(m, "synkinesis_like").status == "possible"
    assert pattern(m, "hfs_like", told).status == "possible"


def test_blinks_that_meet_a_busy_mouth_by_chance_are_no_synkinesis() -> None:
    run = one_sided_run(5.0, 60.0)
    m = replace(run, events=(*run.events, *blinks(np.arange(2, 88, 4.1))))
    assert pattern(m, "synkinesis_like", {"bells_palsy_history": True}).status == "not_seen"


# --- everyday twitch, myokymia


def test_benign_twitch() -> None:
    events = [event(t, ("lower_lip_left",), "left") for t in irregular_times(6, 90.0)]
    m = measured(events, side="left", index=1.0)
    assert pattern(m, "benign_twitch").status == "flagged"
    assert pattern(m, "hfs_like").status == "not_seen"
    assert conclude(m, Answers()).triage.level == "self_care"
    assert pattern(hfs(), "benign_twitch").status == "not_seen"


def test_myokymia_needs_movement_nearly_all_the_time() -> None:
    times = 1.0 + np.cumsum(np.random.default_rng(2).uniform(0.2, 1.0, 140))
    events = [event(t, ("lower_lip_left",), "left", offset_s=t + 0.5) for t in times]
    m = measured(events, side="left", index=1.0)
    assert pattern(m, "facial_myokymia_like").status == "possible"
    assert pattern(m, "facial_myokymia_like", {"constant": True}).status == "flagged"
    assert pattern(hfs(), "facial_myokymia_like").status == "not_seen"


# --- rhythms


@pytest.mark.parametrize(
    ("hz", "status"),
    [
        (3.5, "possible"),
        (4.0, "flagged"),
        (5.2, "flagged"),
        (6.0, "flagged"),
        (7.0, "possible"),
        (9.0, "not_seen"),
    ],
)
def test_rest_tremor_band(hz: float, status: str) -> None:
    assert pattern(tremor(hz=hz), "rest_tremor_like").status == status


def test_rest_tremor_is_seen_in_ten_seconds() -> None:
    assert pattern(tremor(12.0), "rest_tremor_like").status == "flagged"
    assert pattern(tremor(8.0), "rest_tremor_like").status == "possible"


def test_one_sided_or_irregular_is_no_rest_tremor() -> None:
    assert pattern(tremor(side="left"), "rest_tremor_like").status == "not_seen"
    assert pattern(tremor(rhythmic=False), "rest_tremor_like").status == "not_seen"


def test_a_slow_camera_cannot_exclude_a_tremor() -> None:
    assert pattern(measured(fps=15.0), "rest_tremor_like").status == "not_assessable"
    assert pattern(tremor(rhythmic=None), "rest_tremor_like").status == "not_assessable"


@pytest.mark.parametrize(
    ("medicines", "status"),
    [
        (["antipsychotic"], "flagged"),
        (["metoclopramide"], "flagged"),
        (["lithium"], "not_seen"),
        (None, "possible"),
    ],
)
def test_rabbit_depends_on_the_medicine(medicines: list[str] | None, status: str) -> None:
    answers = {} if medicines is None else {"medicines": medicines}
    assert pattern(tremor(), "rabbit_like", answers).status == status


def test_rabbit_is_vertical() -> None:
    sideways = tremor()
    sideways = replace(sideways, events=tuple(replace(e, direction_deg=0.0) for e in sideways.events))
    assert pattern(sideways, "rabbit_like", {"medicines": ["antipsychotic"]}).status == "not_seen"


def test_myorhythmia_is_slow() -> None:
    slow = tremor(hz=1.0)
    slow = replace(slow, events=tuple(replace(e, offset_s=e.onset_s + 0.7) for e in slow.events))
    assert pattern(slow, "myorhythmia_like").status == "flagged"
    assert pattern(tremor(), "myorhythmia_like").status == "not_seen"


def test_clonic_runs() -> None:
    assert pattern(one_sided_run(2.0, 20.0), "clonic_run_like").status == "flagged"
    assert pattern(one_sided_run(5.0, 6.0), "clonic_run_like").status == "possible"
    assert pattern(one_sided_run(9.0, 20.0), "clonic_run_like").status == "not_seen"
    assert pattern(tremor(), "clonic_run_like").status == "not_seen", "both sides"
    assert conclude(one_sided_run(2.0, 20.0), Answers()).triage.level == "urgent"


# --- eyes, shape, and what the person tells


def test_blink_rate() -> None:
    assert pattern(measured(blinks(np.arange(1, 89, 1.8))), "blepharospasm_like").status == "possible"
    assert pattern(measured(blinks(np.arange(1, 89, 3.5))), "blepharospasm_like").status == "not_seen"


def test_blinks_while_speaking_do_not_count() -> None:
    m = measured(blinks(np.arange(1, 89, 1.0)), usable_s=60.0)
    talking = m.t_s < 75.0
    m = replace(m, gates={"speech": talking, "blink": np.ones_like(talking)})
    assert gather_clues(m, Answers()).eyes.per_min == pytest.approx(14.0)


def test_tics_need_the_urge() -> None:
    events = [event(t, ("upper_lip_left",), "left") for t in irregular_times(10, 90.0)]
    m = measured(events, side="left", index=1.0)
    assert pattern(m, "tic_like", {"urge_suppressible": True}).status == "flagged"
    assert pattern(m, "tic_like", {"urge_suppressible": False}).status == "not_seen"
    assert pattern(m, "tic_like").status == "not_assessable"


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (RestAsymmetry(-3.2, 1.0, 0.0, True), "left mouth corner rests 3.2 mm lower"),
        (RestAsymmetry(3.2, 1.0, 0.0, True), "right mouth corner"),
        (RestAsymmetry(0.0, 0.7, 0.0, True), "left eye is open to 70%"),
        (RestAsymmetry(0.0, 1.4, 0.0, True), "right eye is open to 71%"),
    ],
)
def test_droop_at_rest_is_possible_and_asks_whether_it_is_new(rest: RestAsymmetry, said: str) -> None:
    found = pattern(measured(rest=rest), "facial_weakness_like")
    assert found.status == "possible"
    assert said in found.evidence[0]
    summary = conclude(measured(rest=rest), Answers())
    assert summary.triage.level == "see_doctor"
    assert any("Is the difference new?" in text for text in summary.triage.advice)


@pytest.mark.parametrize(
    "rest",
    [
        RestAsymmetry(2.9, 0.85, 1.0, True),
        RestAsymmetry(None, None, None, False),
        RestAsymmetry(None, None, None, True),
    ],
)
def test_no_droop_is_never_called_not_seen(rest: RestAsymmetry) -> None:
    assert pattern(measured(rest=rest), "facial_weakness_like").status == "not_assessable"


def test_interval_cv_by_hand() -> None:
    assert interval_cv(np.array([0.0, 1.0, 2.0, 3.0])) == 0.0
    assert interval_cv(np.array([0.0, 1.0, 2.0])) is None
    assert interval_spread(np.array([0.0, 1.0, 2.0, 9.0, 10.0])) == 0.0, "pauses do not count"
    assert np.isnan(interval_spread(np.array([0.0, 1.0, 2.0])))
    assert interval_cv(np.array([0.0, 1.0, 4.0, 5.0])) == pytest.approx(np.std([1, 3, 1]) / (5 / 3))


def test_the_mirror_image_has_the_same_patterns() -> None:
    """Known answer by symmetry: left and right swapped changes no status."""
    from twitchcam.regions import mirror_of

    swap = {"left": "right", "right": "left"}

    def mirrored(m: Measured) -> Measured:
        events = tuple(
            replace(
                e,
                side=swap.get(e.side, e.side),
                region=mirror_of(e.region),
                regions=tuple(mirror_of(r) for r in e.regions),
                direction_deg=float((180.0 - e.direction_deg + 180.0) % 360.0 - 180.0),
            )
            for e in m.events
        )
        index = m.lips.asymmetry.index
        lips = replace(
            m.lips,
            side=swap.get(m.lips.side or "", m.lips.side),
            asymmetry=Asymmetry(None if index is None else -index, None),
        )
        sync = {"left": m.synchrony["right"], "right": m.synchrony["left"]}
        return replace(m, events=events, lips=lips, synchrony=sync)

    for m in (hfs(), tremor(), one_sided_run(3.0, 15.0)):
        there = [p.status for p in find_patterns(m, Answers())]
        back = [p.status for p in find_patterns(mirrored(m), Answers())]
        assert there == back
