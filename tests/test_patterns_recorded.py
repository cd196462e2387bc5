"""Patterns of artificial recordings, typical and atypical, and of what looks like them; what always holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from ailments import AILMENTS, ailment
from hypothesis import given, settings
from hypothesis import strategies as st
from recordings import mirrored
from test_triage_patterns import (
    blinks,
    event,
    hfs,
    irregular_times,
    measured,
    one_sided_run,
    pattern,
    tremor,
)

from twitchcam.analysis import analyse
from twitchcam.regions import MIRROR, mirror_of
from twitchcam.summary import Asymmetry, Measured, Pair, RestAsymmetry, TaskMeasure
from twitchcam.triage.answers import QUESTIONS, parse_answers
from twitchcam.triage.patterns import find_patterns

SWAP = {"left": "right", "right": "left"}
SHOWS: dict[str, tuple[str, ...]] = {
    "hfs": ("hfs_like",), "hfs_small": ("hfs_like",), "hfs_tonic": ("hfs_like",),
    "myokymia": ("facial_myokymia_like",), "synkinesis": ("synkinesis_like",),
    "benign_busy": ("benign_twitch",), "two_twitches": ("benign_twitch",),
    "clonic": ("clonic_run_like",), "clonic_slow": ("clonic_run_like",), "tic": ("tic_like",),
    "rest_tremor": ("rest_tremor_like",), "rabbit": ("rest_tremor_like", "rabbit_like"),
    "myorhythmia": ("myorhythmia_like",), "dyskinesia": ("dyskinesia_like",),
    "functional": ("functional_like",), "blepharospasm": ("blepharospasm_like",),
    "meige": ("blepharospasm_like", "meige_like"), "droop": ("facial_weakness_like",),
}  # fmt: skip
NOT_FLAGGED = ("fast_blinker", "sleepy", "still", "talking", "meal", "smiles", "smirks", "winks")
SHARES_FLAGS = {"rabbit": {"rest_tremor_like"}, "meige": {"blepharospasm_like"}, "tic": {"benign_twitch"}}
"""Patterns that may be flagged besides the one that is meant."""


@cache
def filmed(name: str, seconds: float = 61.0) -> Measured:
    seed = sorted(AILMENTS).index(name)
    side = ("left", "right")[seed % 2]
    return analyse(ailment(name, seed=seed + 100, side=side, seconds=seconds).recording())


def statuses(m: Measured, answers: dict[str, Any] | None = None) -> dict[str, str]:
    return {p.id: p.status for p in find_patterns(m, parse_answers(answers or {}))}


@pytest.mark.parametrize("name", sorted(SHOWS))
def test_what_is_described_is_seen_and_nothing_else_is_flagged(name: str) -> None:
    found = statuses(filmed(name))
    for wanted in SHOWS[name]:
        assert found[wanted] in ("flagged", "possible"), wanted
    flagged = {key for key, status in found.items() if status == "flagged"}
    assert flagged <= set(SHOWS[name]) | SHARES_FLAGS.get(name, set())
    if name.startswith("hfs"):
        assert found["hfs_like"] == "flagged"


@pytest.mark.parametrize("name", NOT_FLAGGED)
def test_nothing_but_a_twitch_is_flagged_on_everyday_faces(name: str) -> None:
    told = {"medicines": ["antipsychotic"], "bells_palsy_history": True, "urge_suppressible": True}
    for answers in ({}, told):
        found = statuses(filmed(name), answers)
        assert {key for key, status in found.items() if status == "flagged"} <= {"benign_twitch"}


# --- invariance


def mirror_image(m: Measured) -> Measured:
    """The measurement as if the person had been the mirror image."""
    events = tuple(
        replace(
            e,
            side=SWAP.get(e.side, e.side),  # type: ignore[arg-type]
            region=mirror_of(e.region),
            regions=tuple(mirror_of(r) for r in e.regions),
            direction_deg=float((180.0 - e.direction_deg + 180.0) % 360.0 - 180.0),
        )
        for e in m.events
    )
    index, rest = m.lips.asymmetry.index, m.rest_asymmetry
    drop, ratio = rest.commissure_mm, rest.eye_opening_ratio
    swapped = RestAsymmetry(
        None if drop is None else -drop, None if not ratio else 1 / ratio, rest.brow_mm, rest.assessable
    )
    pairs = ("excursion_mm", "closure", "mouth_pull_mm", "eye_narrowing")
    tasks = tuple(
        replace(t, **{p: Pair(getattr(t, p).right, getattr(t, p).left) for p in pairs}) for t in m.tasks
    )
    lips = replace(
        m.lips,
        side=SWAP.get(m.lips.side or "", m.lips.side),  # type: ignore[arg-type]
        asymmetry=Asymmetry(None if index is None else -index, None),
    )
    return replace(
        m, events=events, lips=lips, tasks=tasks, rest_asymmetry=swapped,
        synchrony={"left": m.synchrony["right"], "right": m.synchrony["left"]},
        band_mm=m.band_mm[:, list(MIRROR)] * [-1.0, 1.0],
    )  # fmt: skip


def swapped(text: str) -> str:
    return text.replace("left", "@").replace("right", "left").replace("@", "right")


@pytest.mark.parametrize("name", ["hfs", "clonic", "synkinesis", "functional", "droop", "meige", "myokymia"])
def test_a_mirror_image_has_the_same_statuses_and_the_other_side_in_the_text(name: str) -> None:
    for p, q in zip(
        find_patterns(filmed(name), parse_answers({})),
        find_patterns(mirror_image(filmed(name)), parse_answers({})),
        strict=True,
    ):
        assert p.status == q.status, p.id
        assert tuple(swapped(text) for text in p.evidence) == q.evidence


def test_a_mirrored_recording_has_the_same_statuses() -> None:
    recording = ailment("hfs", seed=4, side="left", seconds=61.0).recording()
    there, back = (statuses(analyse(r)) for r in (recording, mirrored(recording)))
    assert there == back


def shortened(m: Measured, seconds: float) -> Measured:
    """The first part of a measurement; what was found in it stays as it was."""
    keep = m.t_s < seconds
    part = float(keep.mean())
    return replace(
        m,
        quality=replace(m.quality, usable_s=m.quality.usable_s * part),
        events=tuple(e for e in m.events if e.offset_s < seconds),
        tasks=tuple(t for t in m.tasks if t.end_s <= seconds),
        t_s=m.t_s[keep],
        band_mm=m.band_mm[keep],
        gates={reason: mask[keep] for reason, mask in m.gates.items()},
    )


@pytest.mark.parametrize("name", ["still", "hfs", "talking", "myorhythmia", "blepharospasm", "smiles"])
@pytest.mark.parametrize("seconds", [48.0, 25.0, 5.0])
def test_what_a_long_recording_cannot_tell_a_short_one_cannot_either(name: str, seconds: float) -> None:
    long, short = statuses(filmed(name)), statuses(shortened(filmed(name), seconds))
    for key, status in short.items():
        assert status != "not_seen", key
        assert not (long[key] == "not_assessable" and status == "not_seen"), key


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        key: st.booleans()
        if question.kind == "yes_no"
        else st.floats(question.low, question.high)
        if question.kind == "number"
        else st.sampled_from(question.options)
        if question.kind == "choice"
        else st.lists(st.sampled_from(question.options), unique=True)
        for key, question in QUESTIONS.items()
    },
)


@given(answers=ANSWERS, which=st.sampled_from(["hfs", "tremor", "run", "still"]))
@settings(max_examples=30, deadline=None)
def test_any_answers_are_understood_and_no_text_says_you_have(answers: dict[str, Any], which: str) -> None:
    for p in find_patterns(scene(which), parse_answers(answers)):
        assert p.sources
        assert p.evidence or p.against
        for text in (*p.evidence, *p.against):
            assert "you have" not in text.lower()
            assert text[-1] in ".?"


@cache
def scene(which: str) -> Measured:
    make = {"hfs": hfs, "tremor": tremor, "run": lambda: one_sided_run(2.0, 20.0), "still": measured}
    return make[which]()


# --- guided tasks


def task(name: str, start: float, **values: Any) -> TaskMeasure:
    return TaskMeasure(name, start, start + 6.0, True, "", **values)  # type: ignore[arg-type]


def even_tasks(**changes: dict[str, Any]) -> tuple[TaskMeasure, ...]:
    """A healthy person's protocol; `changes` by task."""
    plain: dict[str, dict[str, Any]] = {
        "rest": {"tremor_mm": 0.0, "blinks_per_min": 15.0},
        "eyes_gentle": {"closure": Pair(0.8, 0.75), "mouth_pull_mm": Pair(0.3, 0.2)},
        "eyes_firm": {"closure": Pair(0.8, 0.8), "mouth_pull_mm": Pair(0.4, 0.4)},
        "brow_raise": {"excursion_mm": Pair(2.5, 2.4), "mouth_pull_mm": Pair(0.2, 0.3)},
        "smile": {"excursion_mm": Pair(9.0, 8.5), "eye_narrowing": Pair(0.04, 0.05), "tremor_mm": 0.0},
        "pucker": {"excursion_mm": Pair(4.0, 4.2), "eye_narrowing": Pair(0.02, 0.01), "tremor_mm": 0.0},
        "sentence": {"blinks_per_min": 20.0},
    }
    names = list(plain)
    return tuple(task(n, 60.0 + 6 * i, **plain[n] | changes.get(n, {})) for i, n in enumerate(names))


def guided(events: Any = (), **changes: dict[str, Any]) -> Measured:
    return replace(measured(list(events), seconds=120.0, usable_s=110.0), tasks=even_tasks(**changes))


def test_a_healthy_protocol_lets_the_patterns_of_tasks_be_not_seen() -> None:
    found = statuses(guided(blinks(np.arange(2, 58, 4.0))))
    for name in ("action_tremor_like", "synkinesis_like", "facial_weakness_like"):
        assert found[name] == "not_seen", name


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_weak_side_is_flagged_and_the_forehead_is_told(side: str) -> None:
    def pair(weak: float, good: float) -> Pair:
        return Pair(weak, good) if side == "left" else Pair(good, weak)

    smile, brow = {"excursion_mm": pair(2.0, 9.0)}, {"excursion_mm": pair(0.4, 2.5)}
    nerve = pattern(guided(smile=smile, brow_raise=brow), "facial_weakness_like")
    assert nerve.status == "flagged"
    assert any(f"the {side} side went 2.0 mm" in text for text in nerve.evidence)
    assert any("forehead of that side is weak too" in text for text in nerve.evidence)
    spared = pattern(guided(smile=smile, pucker={"excursion_mm": pair(1.0, 4.0)}), "facial_weakness_like")
    assert spared.status == "flagged"
    assert any("spared forehead" in text for text in spared.evidence)
    assert pattern(guided(smile=smile), "facial_weakness_like").status == "possible", "a single sign"


def test_strength_that_was_not_tested_is_never_not_seen() -> None:
    m = guided()
    some = replace(m, tasks=tuple(t for t in m.tasks if t.task != "brow_raise"))
    found = pattern(some, "facial_weakness_like")
    assert found.status == "not_assessable"
    assert "raised brows" in found.against[0]


def test_synkinesis_in_the_tasks() -> None:
    pull = {"mouth_pull_mm": Pair(2.5, 0.3)}
    narrow = {"eye_narrowing": Pair(0.4, 0.05)}
    assert pattern(guided(eyes_firm=pull), "synkinesis_like").status == "possible"
    assert (
        pattern(guided(eyes_firm=pull), "synkinesis_like", {"bells_palsy_history": True}).status == "flagged"
    )
    both = pattern(guided(eyes_firm=pull, pucker=narrow), "synkinesis_like")
    assert both.status == "flagged"
    assert any("left eye narrowed by 40%" in text for text in both.evidence)
    even = {"mouth_pull_mm": Pair(2.0, 1.8)}
    assert (
        pattern(guided(blinks(np.arange(2, 58, 4.0)), eyes_firm=even), "synkinesis_like").status == "not_seen"
    )


def test_action_tremor_needs_held_positions_and_quiet_rest() -> None:
    shaking = {"tremor_hz": 6.5, "tremor_mm": 0.8}
    assert pattern(measured(), "action_tremor_like").status == "not_assessable"
    assert pattern(guided(smile=shaking), "action_tremor_like").status == "possible"
    found = pattern(guided(smile=shaking, pucker=shaking), "action_tremor_like")
    assert found.status == "flagged"
    resting = guided(smile=shaking, pucker=shaking, rest={"tremor_mm": 0.8, "tremor_hz": 5.0})
    assert pattern(resting, "action_tremor_like").status == "possible"


def test_talking_that_slows_the_blinks_makes_blepharospasm() -> None:
    often = blinks(np.arange(1, 59, 1.5)) + blinks(np.arange(108, 119, 1.5))
    rest, talk = {"blinks_per_min": 40.0}, {"blinks_per_min": 15.0}
    m = guided(often, rest=rest, sentence=talk)
    m = replace(m, quality=replace(m.quality, usable_s=72.0 + 42.0))
    assert pattern(m, "blepharospasm_like").status == "flagged"
    faster = guided(often, rest=rest, sentence={"blinks_per_min": 60.0})
    assert pattern(faster, "blepharospasm_like").status == "possible"


def test_slow_movements_where_rest_was_asked_for_count_for_more() -> None:
    lips = ("commissure_left", "commissure_right", "lower_lip_mid")
    times = irregular_times(14, 60.0)
    slow = [event(t, lips, "bilateral", offset_s=t + 0.8, gated="speech") for t in times]
    told = {"medicines": ["antipsychotic"]}
    free = measured(slow, side="bilateral")
    assert pattern(free, "dyskinesia_like").status == "not_assessable"
    assert pattern(free, "dyskinesia_like", told).status == "possible"
    asked = replace(free, tasks=(TaskMeasure("rest", 0.0, 90.0, True, ""),))
    assert pattern(asked, "dyskinesia_like").status == "possible"
    assert pattern(asked, "dyskinesia_like", told).status == "flagged"


def test_meige_at_asked_for_rest() -> None:
    lids, mouth = ("upper_eyelid_left", "upper_eyelid_right"), ("commissure_left", "commissure_right")
    squeezes = []
    for t in np.arange(5.0, 85.0, 10.0):
        squeezes.append(event(t, lids, "bilateral", trial_type="tonic", gated="blink", offset_s=t + 1.5))
        squeezes.append(
            event(t + 0.1, mouth, "bilateral", trial_type="voluntary", gated="smile", offset_s=t + 1.2)
        )
    free = measured(squeezes)
    found = pattern(free, "meige_like")
    assert found.status == "possible"
    assert any("on purpose" in text for text in found.against)
    asked = replace(free, tasks=(TaskMeasure("rest", 0.0, 90.0, True, ""),))
    assert pattern(asked, "meige_like").status == "flagged"


def test_an_everyday_twitch_stands_behind_a_weightier_pattern() -> None:
    found = statuses(filmed("clonic_slow"))
    assert found["clonic_run_like"] in ("flagged", "possible")
    assert found["benign_twitch"] != "flagged"
