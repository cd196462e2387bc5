"""Arbitrary recordings, answers, marks and settings: whatever the back can be handed, and more.

A `Case` is small, printable data; `make` builds the recording from it. Cases start from a still face with
movements, so that the searches have something to find, and are then wounded: numbers that are none, spikes,
frozen rows, a lost face, times with gaps and near-duplicates, a scale that says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from recordings import StillFace

from twitchcam.protocol import TASKS, Segment
from twitchcam.regions import REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.triage.answers import QUESTIONS, Answers, parse_answers
from twitchcam.types import PER_FRAME, FloatArray, Recording, Scale

MOST_ROWS = 800
"""Keeps a case at a fraction of a second: fast cameras are given shorter recordings."""
VALUES: dict[str, float] = {
    "nan": np.nan, "inf": np.inf, "minus_inf": -np.inf, "huge": 3e38, "vast": -1e150, "tiny": 1e-310,
    "zero": 0.0, "one": 1.0, "minus": -1.0, "thousand": 1000.0,
}  # fmt: skip
WAYS = (*VALUES, "spike", "alternate", "quantised", "noisy", "square")
NUMERIC = tuple(name for name in PER_FRAME if name not in ("t_s", "keyframe", "repeated", "b_picture"))
ACTS = (
    "twitch",
    "train",
    "sine",
    "tonic",
    "blink",
    "close_eye",
    "spasm",
    "speak",
    "smile",
    "turn_head",
    "lose_face",
)


@dataclass(frozen=True)
class Act:
    """One thing that the face does."""

    kind: str
    at: float
    """Part of the recording, 0-1."""
    length_s: float
    hz: float
    mm: float
    region: str


@dataclass(frozen=True)
class Wound:
    """One thing done to an array over a part of its rows."""

    array: str
    way: str
    start: float
    length: float
    """Parts of the recording, 0-1."""
    columns: int
    """Every so many columns; 1: all."""


@dataclass(frozen=True)
class Case:
    """Everything that makes up one arbitrary analysis."""

    seed: int
    fps: float
    seconds: float
    start_s: float
    jitter: float
    times: str
    noise_um: float
    acts: tuple[Act, ...]
    wounds: tuple[Wound, ...]
    repeated: str
    scale: tuple[float | None, str, float | None]
    segments: tuple[tuple[str, float, float], ...]
    answers: Answers
    settings: tuple[tuple[str, float], ...]


def make(case: Case) -> Recording:
    """Build the recording of a case."""
    seconds = min(case.seconds, MOST_ROWS / case.fps)
    face = StillFace(
        duration_s=seconds, fps=case.fps, seed=case.seed, jitter=case.jitter, noise_um_rthz=case.noise_um
    )
    if face.n == 0:
        return _rows(StillFace(duration_s=1.0, fps=30.0).recording(), np.zeros(0, dtype=int))
    for act in case.acts:
        _do(face, act, seconds)
    recording = face.recording()
    rng = np.random.default_rng(case.seed)
    recording = _with_times(recording, case, rng)
    arrays = {name: np.array(getattr(recording, name)) for name in NUMERIC}
    for wound in case.wounds:
        _hurt(arrays[wound.array], wound, rng)
    repeated = {
        "never": np.zeros(recording.t_s.size, bool),
        "always": np.ones(recording.t_s.size, bool),
        "alternate": np.arange(recording.t_s.size) % 2 == 1,
        "chance": rng.uniform(size=recording.t_s.size) < 0.3,
    }[case.repeated]
    return replace(
        recording,
        **arrays,
        repeated=repeated,
        scale=Scale(*case.scale),  # type: ignore[arg-type]
        segments=segments_of(case, recording),
    )


def settings_of(case: Case) -> AnalysisSettings:
    """Return the analysis settings of a case: some of them multiplied."""
    usual = AnalysisSettings()
    changed = {name: getattr(usual, name) * factor for name, factor in case.settings}
    if "blink_conjugate" in changed:
        changed["blink_conjugate"] = min(1.0, changed["blink_conjugate"])
    if "noise_quantile" in changed:
        changed["noise_quantile"] = min(0.95, changed["noise_quantile"])
    if "span_low_sigma" in changed:
        changed["span_low_sigma"] = min(
            changed["span_low_sigma"], changed.get("span_sigma", usual.span_sigma)
        )
    if "span_sigma" in changed:
        changed["span_sigma"] = max(changed["span_sigma"], usual.span_low_sigma)
    changed = {
        name: max(1, round(v)) if isinstance(getattr(usual, name), int) else v for name, v in changed.items()
    }
    return replace(usual, **changed)


def segments_of(case: Case, recording: Recording) -> tuple[Segment, ...]:
    """Return the marks of a case in time order, without overlap, from the recording's first second on."""
    at = max(0.0, float(recording.t_s[0])) if recording.t_s.size else 0.0
    out = []
    for task, wait_s, length_s in case.segments:
        at += wait_s
        if at + length_s > at:
            out.append(Segment(task, at, at + length_s))  # type: ignore[arg-type]
        at += length_s
    return tuple(out)


def _do(face: StillFace, act: Act, seconds: float) -> None:
    at = act.at * seconds
    if act.kind == "twitch":
        face.twitch(at, act.region, act.mm, length_s=act.length_s)
    elif act.kind in ("train", "sine"):
        getattr(face, act.kind)(at, act.length_s * 3, act.hz, act.region, act.mm)
    elif act.kind == "tonic":
        face.tonic(at, act.length_s * 2, act.region, act.mm)
    elif act.kind == "blink":
        face.blink(at, length_s=act.length_s)
    elif act.kind == "close_eye":
        face.close_eye(at, left=min(1.0, act.mm), right=min(1.0, act.hz / 20), length_s=act.length_s)
    elif act.kind == "spasm":
        face.spasm(at, "left" if act.hz > 6 else "right", act.mm, length_s=act.length_s, brow_mm=act.mm / 2)
    else:
        getattr(face, act.kind)(at, 3 * act.length_s)


def _with_times(recording: Recording, case: Case, rng: np.random.Generator) -> Recording:
    n = recording.t_s.size
    t = np.array(recording.t_s) + case.start_s
    if case.times == "gaps":
        t = t + np.cumsum(np.where(rng.uniform(size=n) < 0.03, rng.uniform(0, 1.5, n), 0.0))
    elif case.times == "near_duplicates":
        t = np.sort(np.where(rng.uniform(size=n) < 0.3, np.roll(t, 1) + 1e-9, t))
    elif case.times == "random":
        t = case.start_s + np.sort(rng.uniform(0, max(1e-3, case.seconds), n))
    elif case.times == "two_rates":
        t = case.start_s + np.cumsum(np.where(np.arange(n) < n // 2, 1.0, 3.0)) / case.fps
    elif case.times == "milliseconds":
        t = np.round(t, 3)
    elif case.times == "dropped":
        return _rows(recording, np.flatnonzero(rng.uniform(size=n) < 0.6))
    fresh = np.r_[True, np.diff(np.maximum.accumulate(t)) > 0] if n else np.zeros(0, bool)
    return _rows(replace(recording, t_s=_rising(t)) if n else recording, np.flatnonzero(fresh))


def _rising(t: FloatArray) -> FloatArray:
    """Push equal times apart, so that the carrier takes them; the pushed rows are left out afterwards."""
    out = t.copy()
    for i in range(1, t.size):
        if out[i] <= out[i - 1]:
            out[i] = np.nextafter(out[i - 1], np.inf)
    return out


def _rows(recording: Recording, rows: Any) -> Recording:
    return replace(recording, **{name: getattr(recording, name)[rows] for name in PER_FRAME})


def _hurt(array: FloatArray, wound: Wound, rng: np.random.Generator) -> None:
    n = array.shape[0]
    a = int(wound.start * n)
    rows = slice(a, max(a + 1, int((wound.start + wound.length) * n)))
    flat = array.reshape(n, -1)[:, :: wound.columns]
    part = flat[rows]
    if not part.size:
        return
    if wound.way in VALUES:
        flat[rows] = VALUES[wound.way]
    elif wound.way == "spike":
        flat[a] += 50.0
    elif wound.way == "alternate":
        part[::2] = np.nan
    elif wound.way == "quantised":
        flat[rows] = np.round(part)
    elif wound.way == "noisy":
        flat[rows] = part + rng.standard_normal(part.shape) * rng.choice([0.01, 1.0, 30.0])
    elif wound.way == "square":
        flat[rows] = part + 2.0 * (np.arange(part.shape[0])[:, None] // 4 % 2)


def acts() -> st.SearchStrategy[Act]:
    """One act."""
    return st.builds(
        Act,
        kind=st.sampled_from(ACTS),
        at=st.floats(0, 1),
        length_s=st.sampled_from([0.08, 0.15, 0.15, 0.3, 0.8, 0.02]),
        hz=st.floats(0.5, 25),
        mm=st.sampled_from([0.3, 0.8, 0.8, 1.5, 3.0, 20.0, 0.05, 0.0]),
        region=st.sampled_from(REGIONS),
    )


def wounds(*, short: bool = False) -> st.SearchStrategy[Wound]:
    """One wound; a short one touches a tenth of the rows at most."""
    return st.builds(
        Wound,
        array=st.sampled_from(NUMERIC) | st.just("motion_mm"),
        way=st.sampled_from(WAYS),
        start=st.floats(0, 0.99) if short else st.just(0.0) | st.floats(0, 0.99),
        length=st.sampled_from([0.1, 0.02, 0.0] if short else [1.0, 0.5, 0.1, 0.0]),
        columns=st.sampled_from([1, 1, 2, 3, 7]),
    )


def _answer(key: str) -> st.SearchStrategy[Any]:
    question = QUESTIONS[key]
    if question.kind == "yes_no":
        return st.booleans()
    if question.kind == "number":
        return st.floats(question.low, question.high)
    one = st.sampled_from(question.options)
    return one if question.kind == "choice" else st.lists(one, max_size=4)


def some_answers() -> st.SearchStrategy[Answers]:
    """Any answers: mostly few."""
    some = st.fixed_dictionaries({}, optional={key: _answer(key) for key in QUESTIONS})
    return st.just(Answers()) | some.map(parse_answers)


SETTINGS = tuple(f.name for f in fields(AnalysisSettings) if f.name != "surrogates")


EVEN = ("even", "even", "even", "gaps", "milliseconds", "two_rates", "dropped")
UNEVEN = (*EVEN, "near_duplicates", "random")
SCALES = [(0.57, "iris+eye_distance", 0.04)] * 4 + [
    (None, "none", None), (0.5, "iris", 0.0), (0.5, "user_pd", 1.0), (1e-9, "iris", 30.0),
]  # fmt: skip


def cases() -> st.SearchStrategy[Case]:
    """Any case: half of them such that something can be found."""
    return calm() | wild()


def wild() -> st.SearchStrategy[Case]:
    """Cases of any rate, length and number of wounds."""
    return _cases(
        fps=st.sampled_from([30.0, 60.0, 120.0, 10.0, 6.5, 3.0, 1.0, 240.0, 1000.0]) | st.floats(1, 1000),
        seconds=st.sampled_from([5.0, 5.0, 4.0, 3.0, 2.2, 1.0, 0.2, 0.0]) | st.floats(0, 5),
        start_s=st.sampled_from([0.0, 0.0, 0.04, 12.5, 3600.0, -3.0]),
        jitter=st.sampled_from([0.0, 0.1, 0.3]),
        times=st.sampled_from(UNEVEN),
        noise_um=st.sampled_from([0.0, 1.0, 8.0, 40.0, 300.0]),
        wounds=st.lists(wounds(), max_size=4).map(tuple),
        repeated=st.sampled_from(["never"] * 3 + ["always", "alternate", "chance"]),
        settings=st.just(()) | _changed_settings(),
    )


def calm() -> st.SearchStrategy[Case]:
    """Cases of a camera's rate, four seconds and more, with at most two short wounds."""
    return _cases(
        fps=st.sampled_from([30.0, 25.0, 60.0, 29.97, 120.0, 22.0]),
        seconds=st.sampled_from([5.0, 6.0, 6.5, 13.0]),
        start_s=st.sampled_from([0.0, 0.0, 12.5]),
        jitter=st.sampled_from([0.0, 0.0, 0.1]),
        times=st.sampled_from(EVEN),
        noise_um=st.sampled_from([2.0, 8.0, 20.0]),
        wounds=st.just(()) | st.lists(wounds(short=True), max_size=2).map(tuple),
        repeated=st.sampled_from(["never"] * 6 + ["alternate", "chance"]),
        settings=st.just(()) | st.just(()) | _changed_settings(),
    )


def _changed_settings() -> st.SearchStrategy[Any]:
    one = st.tuples(st.sampled_from(SETTINGS), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
    return st.lists(one, max_size=3, unique_by=lambda pair: pair[0]).map(tuple)


def _cases(**how: st.SearchStrategy[Any]) -> st.SearchStrategy[Case]:
    marks = st.tuples(
        st.sampled_from(TASKS), st.sampled_from([0.0, 0.3, 2.0]), st.sampled_from([0.01, 0.4, 1.5, 9.0])
    )
    return st.builds(
        Case,
        seed=st.integers(0, 2**31 - 1),
        acts=st.lists(acts(), min_size=1, max_size=5).map(tuple),
        scale=st.sampled_from(SCALES),
        segments=st.just(()) | st.just(()) | st.lists(marks, max_size=4).map(tuple),
        answers=some_answers(),
        **how,
    )
