"""Scale estimates: known answers by hand, order kept, mirror image, and no number without a basis."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import jsonschema
import numpy as np
import pytest
import summaries
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.edges.outputs import summary_to_dict
from twitchcam.regions import mirror_of
from twitchcam.schema import load_schema
from twitchcam.summary import (
    Event,
    Measured,
    Pair,
    Pattern,
    RestAsymmetry,
    ScaleEstimate,
    Synchrony,
    TaskMeasure,
)
from twitchcam.triage.answers import Answers, parse_answers
from twitchcam.triage.patterns import conclude
from twitchcam.triage.rules import load_rules
from twitchcam.triage.scales import SCALE_SOURCES, estimate_scales
from twitchcam.triage.scales.rest import rest_of

IDS = (
    "jankovic_severity", "jankovic_frequency", "smc_grade", "mds_updrs_3_17_lip_jaw", "ftm_face_rest",
    "mds_updrs_3_18_constancy", "house_brackmann", "sunnybrook_rest", "sunnybrook_voluntary",
    "sunnybrook_synkinesis", "sunnybrook_composite", "impact",
)  # fmt: skip
GRADES = ("I", "II", "III", "IV", "V", "VI")
SWAP = {"left": "right", "right": "left", "bilateral": "bilateral", "none": "none", None: None}
NOTHING = Answers()
ALONE = Synchrony(0, 0.0, None, 0)


def event(t: float, length: float, *regions: str, side: Any = "left", **changes: Any) -> Event:
    base = Event(
        t, t + length / 2, t + length, "twitch", side, regions[0], regions, 1.0, 90.0, 20.0, None, ""
    )
    return replace(base, **changes)


def blink(t: float, length: float = 0.25, kind: str = "blink") -> Event:
    lids = ("upper_eyelid_left", "upper_eyelid_right")
    return event(t, length, *lids, side="bilateral", trial_type=kind, gated="blink")


def wink(t: float, length: float, side: str = "left", *others: str) -> Event:
    regions = (f"upper_eyelid_{side}", *(f"{name}_{side}" for name in others))
    return event(t, length, *regions, side=side, trial_type="tonic" if length > 0.45 else "twitch")


@cache
def _quiet(seconds: float) -> Measured:
    return summaries.quiet(seconds).measured


def still(
    *events: Event, seconds: float = 100.0, tasks: tuple[TaskMeasure, ...] = (), **lips: Any
) -> Measured:
    """A face at rest for `seconds` with these events, all of it usable."""
    measured = _quiet(seconds)
    gates = {name: np.zeros_like(mask) for name, mask in measured.gates.items()}
    return replace(
        measured, events=tuple(sorted(events, key=lambda e: e.onset_s)), gates=gates, tasks=tasks,
        quality=replace(measured.quality, usable_s=seconds, usable_fraction=1.0),
        lips=replace(measured.lips, **{"events": len(events), **lips}),
        rest_asymmetry=RestAsymmetry(0.0, 1.0, 0.0, True), synchrony={"left": ALONE, "right": ALONE},
    )  # fmt: skip


def task(name: Any, at: float = 0.0, **values: Any) -> TaskMeasure:
    return TaskMeasure(name, at, at + 6.0, True, "", **values)


def face(
    brow: float = 1.0,
    mouth: float = 1.0,
    *,
    gentle: float | None = 1.0,
    firm: float | None = 1.0,
    pull: float = 0.0,
) -> tuple[TaskMeasure, ...]:
    """Guided tasks of a face whose right side goes as far as these parts of the left."""
    along = Pair(0.2, 0.2 + pull)
    found = [
        task("brow_raise", 60.0, excursion_mm=Pair(6.0, 6.0 * brow), mouth_pull_mm=along),
        task("smile", 70.0, excursion_mm=Pair(12.0, 12.0 * mouth), eye_narrowing=Pair(0.2, 0.2)),
        task("pucker", 80.0, excursion_mm=Pair(5.0, 5.0 * mouth), eye_narrowing=Pair(0.1, 0.1)),
    ]
    if gentle is not None:
        found.append(task("eyes_gentle", 90.0, closure=Pair(1.0, gentle), mouth_pull_mm=along))
    if firm is not None:
        found.append(task("eyes_firm", 100.0, closure=Pair(1.0, firm), mouth_pull_mm=along))
    return tuple(found)


def pattern(name: str, status: Any = "flagged") -> tuple[Pattern, ...]:
    return (Pattern(name, status, (), (), ()),)


def estimate(
    which: str, measured: Measured, answers: Answers = NOTHING, patterns: tuple[Pattern, ...] = ()
) -> ScaleEstimate:
    return next(e for e in estimate_scales(measured, answers, patterns) if e.id == which)


def value(which: str, measured: Measured, answers: Answers = NOTHING, patterns: Any = ()) -> Any:
    return estimate(which, measured, answers, patterns).value


def ends(value: Any) -> tuple[float, ...]:
    """The lowest and the highest value of a range, or the value twice."""
    low, _, high = str(value).partition(" to ")
    return float(low), float(high or low)


def mirrored(measured: Measured) -> Measured:
    """The same recording of the mirror image of the person."""

    def turned(pair: Pair) -> Pair:
        return Pair(pair.right, pair.left)

    def other(e: Event) -> Event:
        regions = tuple(map(mirror_of, e.regions))
        return replace(e, side=SWAP[e.side], region=mirror_of(e.region), regions=regions)  # type: ignore[arg-type]

    shape = measured.rest_asymmetry
    return replace(
        measured,
        events=tuple(map(other, measured.events)),
        synchrony={"left": measured.synchrony["right"], "right": measured.synchrony["left"]},
        lips=replace(measured.lips, side=SWAP[measured.lips.side]),  # type: ignore[arg-type]
        rest_asymmetry=replace(
            shape,
            commissure_mm=None if shape.commissure_mm is None else -shape.commissure_mm,
            eye_opening_ratio=None if not shape.eye_opening_ratio else 1.0 / shape.eye_opening_ratio,
        ),
        tasks=tuple(
            replace(
                t, excursion_mm=turned(t.excursion_mm), closure=turned(t.closure),
                mouth_pull_mm=turned(t.mouth_pull_mm), eye_narrowing=turned(t.eye_narrowing),
            )
            for t in measured.tasks
        ),
    )  # fmt: skip


# --- What holds for every estimate -------------------------------------------------------------------------


CASES: dict[str, tuple[Measured, Answers, tuple[Pattern, ...]]] = {
    "quiet": (still(), NOTHING, ()),
    "spasm": (
        still(*(wink(t, 1.5, "left", "commissure") for t in range(0, 90, 20))),
        Answers(impact_mood=3),
        pattern("hfs_like"),
    ),
    "tremor": (
        still(*(event(t / 5, 0.15, "chin_mid", run=1) for t in range(200)), rhythmic=True, dominant_hz=5.0),
        NOTHING,
        pattern("rest_tremor_like"),
    ),
    "weak": (still(tasks=face(0.4, 0.5, gentle=0.6, firm=0.9, pull=4.0)), NOTHING, ()),
    "short": (still(seconds=8.0), NOTHING, ()),
    "twitching": (summaries.twitching(90.0).measured, NOTHING, ()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_estimate_says_what_it_rests_on_or_why_there_is_none(name: str) -> None:
    found = estimate_scales(*CASES[name])
    assert tuple(e.id for e in found) == IDS
    known = {**load_rules().sources, **SCALE_SOURCES}
    for e in found:
        assert (e.value is None) == (not e.basis), e
        assert e.value is not None or e.missing, e
        assert set(e.sources) <= set(known)
        for text in (*e.basis, *e.missing):
            assert not re.search(r"\b(None|nan|inf)\b", text), text
            assert "you have" not in text.lower()
            assert text[-1] in ".)", text


@pytest.mark.parametrize("name", CASES)
def test_the_mirror_image_has_the_same_values(name: str) -> None:
    measured, answers, patterns = CASES[name]
    there, back = (estimate_scales(m, answers, patterns) for m in (measured, mirrored(measured)))
    assert [e.value for e in there] == [e.value for e in back]
    turn = {"left": "right", "right": "left"}
    plain = [
        re.sub(r"\b(left|right)\b(?! [\d.]+ (?:mm|%))", lambda m: turn[m[0]], " ".join(e.basis))
        for e in there
    ]
    swapped = [
        re.sub(r"left ([\d.]+ (?:mm|%)), right ([\d.]+ (?:mm|%))", r"left \2, right \1", text)
        for text in plain
    ]
    assert swapped == [" ".join(e.basis) for e in back]


def test_an_unusable_recording_gives_no_number_but_the_answers_still_count() -> None:
    measured = replace(summaries.unusable(90.0).measured, tasks=face(0.5))
    found = estimate_scales(measured, Answers(impact_worry=4), pattern("hfs_like"))
    assert {e.id for e in found if e.value is not None} == {"impact"}
    assert all(e.missing for e in found)


def test_a_recording_of_which_nothing_is_known_gives_no_number() -> None:
    assert all(e.value is None for e in estimate_scales(summaries.nothing_known().measured, NOTHING, ()))


def test_the_estimates_reach_a_summary_that_its_schema_accepts() -> None:
    summary = conclude(still(tasks=face(0.4, 0.5)), Answers(impact_reading=1))
    document = summary_to_dict(summary)
    jsonschema.validate(document, load_schema())
    assert [entry["id"] for entry in document["scales"]] == list(IDS)


# --- Rest -----------------------------------------------------------------------------------------------


def test_what_a_task_asks_for_is_no_sign() -> None:
    """Thirty blinks and a long closing inside guided tasks leave the rest as it was."""
    asked = (task("eyes_firm", 10.0), task("smile", 20.0), task("rest", 30.0))
    inside = [blink(10.0 + 0.19 * k, 0.1) for k in range(30)] + [wink(22.0, 3.0)]
    rest = rest_of(still(*inside, *(blink(t) for t in (2.0, 33.0, 80.0)), tasks=asked))
    assert rest is not None
    assert (rest.blinks, rest.closures, rest.events) == (3, (), ())
    assert rest.seconds == pytest.approx(88.0, abs=0.1)


# --- Jankovic-like --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "step"),
    [
        ([blink(t) for t in np.arange(1, 99, 4.0)], 0),
        ([blink(t) for t in np.arange(1, 99, 2.0)], 1),
        ([wink(5, 0.3)], 0),
        ([wink(5, 0.3), wink(9, 0.3, "right")], 2),
        ([wink(5, 1.2)], 3),
        ([wink(5, 48.0)], 3),
        ([wink(5, 52.0)], 4),
    ],
)
def test_frequency_of_the_closings(events: list[Event], step: int) -> None:
    assert value("jankovic_frequency", still(*events)) == step
    severity = value("jankovic_severity", still(*events))
    assert severity == (step if step < 3 else "3 or 4")


def test_between_severity_3_and_4_the_answers_decide() -> None:
    spasm = still(wink(5, 2.0))
    assert value("jankovic_severity", spasm, Answers(impact_reading=1, impact_driving_or_work=2)) == 3
    assert value("jankovic_severity", spasm, Answers(impact_driving_or_work=3)) == 4
    half = estimate("jankovic_severity", spasm, Answers(impact_reading=0))
    assert half.value == "3 or 4"
    assert "driving or work (not answered)" in half.missing[0]


def test_answers_alone_make_no_spasm() -> None:
    assert value("jankovic_severity", still(), Answers(impact_reading=4, impact_driving_or_work=4)) == 0


def test_eyes_shut_on_purpose_are_told_apart_from_a_spasm_of_both_eyes() -> None:
    shut = still(blink(5, 60.0, "tonic"))
    calm = estimate("jankovic_frequency", shut)
    assert calm.value == 0
    assert "60 s in all" in calm.missing[0]
    assert value("jankovic_frequency", shut, Answers(both_eyes_close=True)) == 4
    assert value("jankovic_frequency", shut, NOTHING, pattern("blepharospasm_like", "possible")) == 4


def test_a_short_rest_gives_no_frequency() -> None:
    short = estimate("jankovic_frequency", still(seconds=59.0))
    assert short.value is None
    assert short.missing == ("Needs 60 s of usable rest; this recording has 59 s.",)


@given(st.lists(st.floats(0.0, 95.0), max_size=60), st.lists(st.floats(0.0, 95.0), min_size=1, max_size=20))
def test_more_blinks_never_lower_frequency_or_severity(before: list[float], more: list[float]) -> None:
    some, all_ = still(*map(blink, before)), still(*map(blink, [*before, *more]))
    for which in ("jankovic_frequency", "jankovic_severity"):
        assert value(which, all_) >= value(which, some)


@given(st.lists(st.tuples(st.floats(0.0, 90.0), st.floats(0.1, 5.0)), max_size=12), st.floats(0.1, 60.0))
def test_one_more_closing_never_lowers_the_frequency(
    before: list[tuple[float, float]], length: float
) -> None:
    some = [wink(t, s) for t, s in before]
    assert value("jankovic_frequency", still(*some, wink(3.0, length))) >= value(
        "jankovic_frequency", still(*some)
    )


# --- SMC-like -------------------------------------------------------------------------------------------

HFS = pattern("hfs_like")


def test_grades_of_a_hemifacial_spasm() -> None:
    local = [wink(t, 0.3) for t in (5, 20, 40)]
    spread = [wink(t, 0.3, "left", "commissure") for t in (5, 20, 40)]
    tonic = [wink(t, 1.4, "left", "commissure") for t in (5, 20, 40)]
    assert value("smc_grade", still(*local), NOTHING, HFS) == "I"
    assert value("smc_grade", still(*local), Answers(spread=("cheek",)), HFS) == "II"
    assert value("smc_grade", still(*spread), NOTHING, HFS) == "II"
    assert value("smc_grade", still(*tonic), NOTHING, HFS) == "III"
    pulled = replace(still(*tonic), rest_asymmetry=RestAsymmetry(3.5, 0.95, 0.0, True))
    assert value("smc_grade", pulled, NOTHING, HFS) == "IV"
    drooped = replace(pulled, rest_asymmetry=RestAsymmetry(-3.5, 0.95, 0.0, True))
    assert value("smc_grade", drooped, NOTHING, HFS) == "III"


def test_a_lip_alone_does_not_fit_grade_one() -> None:
    lips = still(*(event(t, 0.2, "commissure_left") for t in (5, 20)), side="left")
    assert value("smc_grade", lips, NOTHING, HFS) == "II-equivalent, no periocular"


def test_the_sign_of_the_synchrony_counts_as_spread() -> None:
    sync = {"left": Synchrony(6, 0.8, 0.001, 0), "right": Synchrony(0, 0.0, None, 0)}
    apart = replace(still(*(wink(t, 0.2) for t in (5, 20))), synchrony=sync)
    assert value("smc_grade", apart, NOTHING, HFS) == "II"


@pytest.mark.parametrize("status", ["not_seen", "not_assessable"])
def test_without_a_likeness_there_is_nothing_to_grade(status: str) -> None:
    found = estimate("smc_grade", still(wink(5, 2.0)), NOTHING, pattern("hfs_like", status))
    assert found.value is None
    assert found.missing


# --- Tremor ---------------------------------------------------------------------------------------------

TREMOR = pattern("rest_tremor_like")


def trembling(mm: float, share: float = 0.3) -> Measured:
    """A lower lip that trembles at 5 Hz for a share of 100 s."""
    beats = [
        event(k / 5, 0.2, "lower_lip_mid", "chin_mid", side="bilateral", amplitude_mm=mm, run=1)
        for k in range(round(500 * share))
    ]
    return still(*beats, rhythmic=True, dominant_hz=5.0, side="bilateral")


@pytest.mark.parametrize(
    ("mm", "updrs", "ftm"), [(0.4, 1, 1), (5.5, 1, 2), (12.0, 2, 3), (21.0, 3, 4), (31.0, 4, 4)]
)
def test_the_size_of_a_tremor(mm: float, updrs: int, ftm: int) -> None:
    assert value("mds_updrs_3_17_lip_jaw", trembling(mm), NOTHING, TREMOR) == updrs
    assert value("ftm_face_rest", trembling(mm), NOTHING, TREMOR) == ftm


@pytest.mark.parametrize(("share", "step"), [(0.2, 1), (0.4, 2), (0.7, 3), (0.9, 4)])
def test_how_constant_a_tremor_is(share: float, step: int) -> None:
    found = estimate("mds_updrs_3_18_constancy", trembling(1.0, share), NOTHING, TREMOR)
    assert found.value == step
    assert any("Hands" in text for text in found.missing)


def test_no_tremor_is_none_only_when_it_could_have_been_seen() -> None:
    assert value("mds_updrs_3_17_lip_jaw", still()) == 0
    assert value("mds_updrs_3_17_lip_jaw", still(seconds=9.0)) is None
    slow = still()
    slow = replace(slow, quality=replace(slow.quality, nyquist_hz=7.5))
    assert value("mds_updrs_3_17_lip_jaw", slow) is None
    assert value("mds_updrs_3_17_lip_jaw", still(wink(3, 0.2), rhythmic=None)) is None
    assert value("mds_updrs_3_17_lip_jaw", still(rhythmic=True, dominant_hz=5.0)) is None


def test_the_guided_rest_gives_the_size_where_there_is_one() -> None:
    guided = replace(trembling(12.0), tasks=(task("rest", tremor_hz=5.0, tremor_mm=4.0),))
    assert value("ftm_face_rest", guided, NOTHING, TREMOR) == 1


# --- House-Brackmann ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "firm", "grade"),
    [
        (1.0, 1.0, "I"), (0.95, 1.0, "I"), (0.9, 1.0, "II"), (0.7, 1.0, "III"), (0.7, 0.55, "IV"),
        (0.7, 0.7, "III"), (0.4, 0.6, "IV"), (0.4, 1.0, "III"), (0.4, 0.7, "IV"), (0.4, None, "IV"),
        (0.2, 0.3, "V"), (0.0, 0.0, "VI"),
    ],
)  # fmt: skip
def test_grade_by_the_part_of_the_healthy_side(part: float, firm: float | None, grade: str) -> None:
    assert value("house_brackmann", still(tasks=face(part, part, gentle=firm, firm=firm))) == grade


def test_an_eye_that_needs_effort_to_close_is_three_at_best() -> None:
    assert value("house_brackmann", still(tasks=face(0.9, 0.9, gentle=0.5, firm=1.0))) == "III"


def test_the_grade_needs_both_brow_and_mouth_and_says_what_lacks() -> None:
    assert estimate("house_brackmann", still()).missing == ("Needs guided tasks: brow raise and smile.",)
    tasks = tuple(t for t in face() if t.task != "brow_raise")
    assert "brow raise was not done" in estimate("house_brackmann", still(tasks=tasks)).missing[0]
    gone = replace(face()[0], assessable=False, reason="The head was turned away.")
    assert estimate("house_brackmann", still(tasks=(gone, *tasks))).missing == (
        "Brow raise: The head was turned away.",
    )
    faint = replace(face()[0], excursion_mm=Pair(0.8, 0.4))
    assert "too small" in estimate("house_brackmann", still(tasks=(faint, *tasks))).missing[0]
    no_smile = tuple(t for t in face(0.7, 0.7) if t.task != "smile")
    assert value("house_brackmann", still(tasks=no_smile)) == "III"


def test_the_best_of_two_tries_counts() -> None:
    poor = replace(face()[1], excursion_mm=Pair(3.0, 1.0))
    assert value("house_brackmann", still(tasks=(*face(), poor))) == "I"


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from([0, 1, 2, 3]),
    st.floats(0, 1),
)
def test_a_weaker_side_never_gets_a_better_grade(
    brow: float, mouth: float, gentle: float, firm: float, which: int, less: float
) -> None:
    parts = [brow, mouth, gentle, firm]
    weaker = [part * less if k == which else part for k, part in enumerate(parts)]
    before, after = (
        value("house_brackmann", still(tasks=face(p[0], p[1], gentle=p[2], firm=p[3])))
        for p in (parts, weaker)
    )
    assert GRADES.index(after) >= GRADES.index(before)


# --- Sunnybrook-like ------------------------------------------------------------------------------------

WHOLE = (*face(), task("snarl", 110.0, excursion_mm=Pair(5.0, 5.0), eye_narrowing=Pair(0.2, 0.2)))


def test_an_even_face_has_the_best_score_but_for_what_is_not_seen() -> None:
    even = still(tasks=WHOLE)
    assert value("sunnybrook_rest", even) == "0 to 10"
    assert value("sunnybrook_voluntary", even) == 100
    assert value("sunnybrook_synkinesis", even) == 0
    assert value("sunnybrook_composite", even) == "90 to 100"


def test_a_task_that_was_not_done_leaves_a_range() -> None:
    even = still(tasks=face())
    assert value("sunnybrook_voluntary", even) == "84 to 100"
    assert value("sunnybrook_synkinesis", even) == "0 to 3"
    assert value("sunnybrook_composite", even) == "71 to 100"
    fewer = estimate("sunnybrook_composite", still(tasks=face()[:3]))
    assert fewer.value is None
    assert "say too little" in fewer.missing[0]


def test_a_weak_face_with_synkinesis_by_hand() -> None:
    """Brow 40 % (3), smile and pucker 50 % (3), eye 60 % (3 to 5), snarl even (5): 17 to 19 x 4. Mouth pulled
    4 mm with brow and eye: 2 + 2. A corner 4 mm lower: 5.
    """
    weak = (*face(0.4, 0.5, gentle=0.6, pull=4.0), WHOLE[-1])
    measured = replace(still(tasks=weak), rest_asymmetry=RestAsymmetry(4.0, 1.0, 0.0, True))
    assert value("sunnybrook_voluntary", measured) == "68 to 76"
    assert value("sunnybrook_synkinesis", measured) == 4
    assert value("sunnybrook_rest", measured) == "5 to 15"
    assert value("sunnybrook_composite", measured) == "49 to 67"


def test_synkinesis_counts_on_the_side_that_moves_along_even_where_it_is_as_strong() -> None:
    assert value("sunnybrook_synkinesis", still(tasks=(*face(1.0, 1.05, pull=7.0), WHOLE[-1]))) == 6


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_weaker_side_never_gets_a_better_score(
    brow: float, mouth: float, gentle: float, less: float
) -> None:
    before = value("sunnybrook_voluntary", still(tasks=(*face(brow, mouth, gentle=gentle), WHOLE[-1])))
    after = value(
        "sunnybrook_voluntary",
        still(tasks=(*face(brow * less, mouth * less, gentle=gentle * less), WHOLE[-1])),
    )
    assert ends(after) <= ends(before)


# --- Impact ---------------------------------------------------------------------------------------------

KEYS = [name for name in Answers.__dataclass_fields__ if name.startswith("impact_")]


def test_the_impact_is_a_sum_and_says_how_much_was_answered() -> None:
    assert len(KEYS) == 7
    most = estimate("impact", still(), parse_answers(dict.fromkeys(KEYS, 4)))
    assert (most.value, most.sources) == (28, ())
    part = estimate("impact", still(), Answers(impact_mood=3, impact_sleep=0))
    assert part.value == 3
    assert part.basis[0].startswith("2 of 7 questions answered")
    assert "Up to 20 points more" in part.missing[0]
    assert estimate("impact", still()).value is None


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 4)))
def test_the_impact_never_changes_level_or_patterns(told: dict[str, int]) -> None:
    plain, impaired = (
        conclude(still(wink(5, 0.3)), NOTHING),
        conclude(still(wink(5, 0.3)), parse_answers(told)),
    )
    assert plain.patterns == impaired.patterns
    if plain.triage.level != "unable":
        assert impaired.triage.level == plain.triage.level
