"""Realistic `Summary` objects for tests of the outputs: no video and no analysis needed to make one.

Every builder is seeded. The numbers agree with each other (events with traces, rates with usable time), so
that a page made from them can be judged by eye.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from twitchcam.protocol import TaskName
from twitchcam.regions import INDEX, REGIONS, side_of
from twitchcam.summary import (
    GATES,
    Amplitude,
    Asymmetry,
    Event,
    Lips,
    Measured,
    Pair,
    Pattern,
    Quality,
    RegionQuality,
    RegionSummary,
    RestAsymmetry,
    Spectrum,
    Summary,
    Synchrony,
    TaskMeasure,
    Triage,
)
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.patterns import conclude
from twitchcam.types import BoolArray, FloatArray, Scale, Source, TrackerInfo

SHA = "3f" * 32
NO_VALUES = RegionSummary(None, None, None, None)


def twitching(
    duration_s: float = 20.0,
    *,
    fs: float = 30.0,
    hz: float = 5.0,
    amplitude_mm: float = 0.5,
    trains: tuple[tuple[float, float], ...] = ((4.0, 10.0),),
    file: str = "left_twitch_5hz.mp4",
    seed: int = 1,
) -> Summary:
    """A twitch of the left mouth corner in trains (start, stop); blinks, a smile, the cheek moves along."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, duration_s, 1.0 / fs)
    band = _noise(rng, t)
    beats = np.concatenate([np.arange(a, b, 1.0 / hz) for a, b in trains])
    runs = np.concatenate([np.full(np.arange(a, b, 1.0 / hz).size, i) for i, (a, b) in enumerate(trains)])
    sizes = amplitude_mm * rng.normal(1.0, 0.08, beats.size)
    for onset, size in zip(beats, sizes, strict=True):
        _add_twitch(band, t, onset, 0.6 / hz, size)
    blinks = np.arange(1.7, duration_s, 4.3)
    smile = (0.66 * duration_s, 0.74 * duration_s)
    gates = _gates(t, blinks, smile)
    for onset in blinks:
        _add_blink(band, t, onset)
    _add_smile(band, t, smile)
    events = _twitch_events(beats, sizes, runs, 0.6 / hz, gates, t) + _blink_events(blinks)
    measured = _measured(t, band, gates, tuple(sorted(events, key=lambda e: e.onset_s)), file)
    usable = measured.quality.usable_s
    counted = [e for e in events if e.trial_type == "twitch" and not e.gated]
    values = np.array([e.amplitude_mm for e in counted])
    lips = Lips(
        events=len(counted),
        rate_per_min=60.0 * len(counted) / usable,
        runs=len(trains),
        dominant_hz=hz + 0.02,
        dominant_hz_ci=(hz - 0.06, hz + 0.09),
        rhythmic=True,
        amplitude_mm=Amplitude(
            float(np.median(values)), float(np.percentile(values, 95)), float(values.max())
        ),
        side="left",
        asymmetry=Asymmetry(0.91, (0.86, 0.95)),
        regions=("commissure_left", "lower_lip_left", "upper_lip_left"),
    )
    regions = {name: _region_summary(name, counted, usable, hz) for name in REGIONS}
    measured = replace(measured, lips=lips, regions=regions, spectrum=_spectrum(hz, amplitude_mm))
    return Summary(measured=measured, patterns=_patterns(), triage=_see_doctor(len(counted)))


def guided(duration_s: float = 130.0) -> Summary:
    """A standard protocol done by a face whose right side is weak and whose right eye goes with the mouth.

    The pucker could not be assessed. Patterns, triage and scales are what the rules make of it.
    """
    measured = twitching(duration_s, trains=((10.0, 12.0), (40.0, 41.0)), file="guided.mp4").measured
    measured = replace(measured, tasks=_guided_tasks(), rest_asymmetry=RestAsymmetry(3.4, 1.3, 0.2, True))
    return conclude(
        measured, parse_answers({"impact_mood": 2, "impact_worry": 4, "bells_palsy_history": True})
    )


def _guided_tasks() -> tuple[TaskMeasure, ...]:
    def task(name: TaskName, start: float, end: float, **values: Any) -> TaskMeasure:
        return TaskMeasure(name, start, end, True, "", **values)

    return (
        task("rest", 0.0, 60.0, twitches=16, tremor_mm=0.0, blinks_per_min=14.0),
        task("eyes_gentle", 62.0, 66.0, closure=Pair(0.97, 0.71), mouth_pull_mm=Pair(0.2, 2.1)),
        task("eyes_firm", 68.0, 72.0, closure=Pair(1.0, 0.93), mouth_pull_mm=Pair(0.9, 4.4)),
        task(
            "brow_raise", 74.0, 78.0, excursion_mm=Pair(7.2, 3.1), excursion_index=0.40,
            excursion_index_ci=(0.33, 0.46), mouth_pull_mm=Pair(0.1, 0.3),
        ),
        task(
            "smile", 80.0, 85.0, excursion_mm=Pair(13.4, 6.2), excursion_index=0.37,
            excursion_index_ci=(0.34, 0.40), eye_narrowing=Pair(0.12, 0.44),
        ),
        TaskMeasure("pucker", 87.0, 92.0, False, "The face was turned away for most of it."),
        task("sentence", 94.0, 99.0, blinks_per_min=24.0),
        task("rest", 100.0, 130.0, twitches=0, tremor_hz=5.1, tremor_mm=0.31, blinks_per_min=12.0),
    )  # fmt: skip


def quiet(duration_s: float = 20.0, *, fs: float = 30.0, seed: int = 2) -> Summary:
    """A still face with blinks: usable, nothing found."""
    rng = np.random.default_rng(seed)
    t = np.arange(0.0, duration_s, 1.0 / fs)
    band = _noise(rng, t)
    blinks = np.arange(2.1, duration_s, 3.9)
    for onset in blinks:
        _add_blink(band, t, onset)
    gates = _gates(t, blinks, None)
    measured = _measured(t, band, gates, tuple(_blink_events(blinks)), "still_blinks.mp4")
    none = RegionSummary(0, 0.0, None, None)
    lips = Lips(0, 0.0, 0, None, None, False, Amplitude(None, None, None), "none", Asymmetry(None, None), ())
    measured = replace(
        measured, lips=lips, regions=dict.fromkeys(REGIONS, none), spectrum=_spectrum(None, 0.0)
    )
    triage = Triage("no_finding", ("No twitch of the lips was found in this recording.",), (), "1")
    return Summary(measured=measured, patterns=_patterns(possible=False), triage=triage)


def unusable(duration_s: float = 6.0, *, fs: float = 30.0) -> Summary:
    """A dark clip with a hand over the mouth: an answer, but not one about twitches."""
    t = np.arange(0.0, duration_s, 1.0 / fs)
    band = np.full((t.size, len(REGIONS), 2), np.nan)
    band[: t.size // 2] = _noise(np.random.default_rng(3), t[: t.size // 2])
    gates = {name: np.zeros(t.size, bool) for name in GATES}
    gates["occluded"][: t.size // 2] = True
    gates["lost_face"][t.size // 2 :] = True
    measured = _measured(t, band, gates, (), "hand_over_mouth.mp4")
    reasons = (
        "Something covered the mouth for 3.0 s of 6.0 s.",
        "The face was not seen for 3.0 s of 6.0 s.",
    )
    quality = replace(
        measured.quality, verdict="unusable", reasons=reasons, usable_s=0.0, usable_fraction=0.0
    )
    return Summary(
        measured=replace(measured, quality=quality),
        patterns=(
            Pattern("hfs_like", "not_assessable", (), ("0.0 s of usable rest; 60 s are needed.",), ()),
        ),
        triage=Triage(
            "unable", ("The recording has no usable second.",), ("Film again: at least 30 s.",), "1"
        ),
    )


def nothing_known(file: str = "empty.mp4") -> Summary:
    """Every field that may be None is None and every list is empty."""
    empty = np.zeros(0)
    measured = Measured(
        source=Source(file, None, 640, 480, 1, 0.0, None, False, 0, False),
        tracker=TrackerInfo("facemesh", "0.10.21", ""),
        quality=Quality(
            "unusable", (), 0.0, 0.0, None, None, None, Scale(None, "none", None), {},
            {name: RegionQuality(None, None) for name in REGIONS},
        ),
        lips=_no_lips(),
        regions=dict.fromkeys(REGIONS, NO_VALUES),
        synchrony={side: Synchrony(None, None, None, None) for side in ("left", "right")},
        rest_asymmetry=RestAsymmetry(None, None, None, False),
        events=(),
        t_s=empty,
        band_mm=np.zeros((0, len(REGIONS), 2)),
        gates={name: np.zeros(0, bool) for name in GATES},
    )  # fmt: skip
    return Summary(measured=measured, patterns=(), triage=Triage("unable", (), (), "1"))


def renamed(summary: Summary, file: str) -> Summary:
    """The same summary of a file with another name."""
    source = replace(summary.measured.source, file=file)
    return replace(summary, measured=replace(summary.measured, source=source))


def _noise(rng: np.random.Generator, t: FloatArray, sd_mm: float = 0.012) -> FloatArray:
    return rng.normal(0.0, sd_mm, (t.size, len(REGIONS), 2))


def _bump(t: FloatArray, onset_s: float, length_s: float) -> FloatArray:
    phase = np.clip((t - onset_s) / length_s, 0.0, 1.0)
    return np.asarray(np.sin(np.pi * phase) ** 2)


def _rows(t: FloatArray, onset_s: float, length_s: float) -> slice:
    first, last = np.searchsorted(t, (onset_s, onset_s + length_s))
    return slice(int(first), int(last) + 1)


def _add_twitch(band: FloatArray, t: FloatArray, onset_s: float, length_s: float, size_mm: float) -> None:
    rows = _rows(t, onset_s, length_s)
    pull = size_mm * _bump(t[rows], onset_s, length_s)[:, None] * np.array([0.6, 0.8])
    for region, share in (
        ("commissure_left", 1.0), ("lower_lip_left", 0.55), ("upper_lip_left", 0.6), ("cheek_left", 0.35),
        ("commissure_right", 0.04),
    ):  # fmt: skip
        band[rows, INDEX[region]] += share * pull


def _add_blink(band: FloatArray, t: FloatArray, onset_s: float) -> None:
    rows = _rows(t, onset_s, 0.25)
    for side in ("left", "right"):
        band[rows, INDEX[f"upper_eyelid_{side}"], 1] -= 7.0 * _bump(t[rows], onset_s, 0.25)
        band[rows, INDEX[f"lower_eyelid_{side}"], 1] += 0.8 * _bump(t[rows], onset_s, 0.25)


def _add_smile(band: FloatArray, t: FloatArray, smile: tuple[float, float]) -> None:
    pull = _bump(t, smile[0], smile[1] - smile[0])
    for side, sign in (("left", 1.0), ("right", -1.0)):
        band[:, INDEX[f"commissure_{side}"]] += pull[:, None] * np.array([sign * 4.0, 3.0])
        band[:, INDEX[f"cheek_{side}"]] += pull[:, None] * np.array([sign * 1.5, 1.5])


def _gates(t: FloatArray, blinks: FloatArray, smile: tuple[float, float] | None) -> dict[str, BoolArray]:
    gates = {name: np.zeros(t.size, bool) for name in GATES}
    for onset in blinks:
        first, stop = np.searchsorted(t, (onset - 0.05, onset + 0.3))
        gates["blink"][first:stop] = True
    if smile is not None:
        gates["smile"] |= (t >= smile[0]) & (t < smile[1])
    return gates


def _twitch_events(
    beats: FloatArray, sizes: FloatArray, runs: FloatArray, length_s: float,
    gates: dict[str, BoolArray], t: FloatArray,
) -> list[Event]:  # fmt: skip
    events = []
    for onset, size, run in zip(beats, sizes, runs, strict=True):
        row = min(int(np.searchsorted(t, onset + length_s / 2)), t.size - 1)
        gated = next((name for name in ("smile", "blink") if gates[name][row]), "")
        events.append(
            Event(
                float(onset),
                float(onset + length_s / 2),
                float(onset + length_s),
                "twitch",
                "left",
                "commissure_left",
                ("commissure_left", "upper_lip_left", "lower_lip_left", "cheek_left"),
                float(size),
                53.0,
                float(size / 0.05),
                int(run) + 1,
                gated,
            )
        )
    return events


def _blink_events(blinks: FloatArray) -> list[Event]:
    lids = ("upper_eyelid_left", "upper_eyelid_right", "lower_eyelid_left", "lower_eyelid_right")
    return [
        Event(
            float(b), float(b) + 0.12, float(b) + 0.25, "blink", "bilateral", lids[0], lids,
            7.0, -90.0, 90.0, None, "blink",
        )
        for b in blinks
    ]  # fmt: skip


def _measured(
    t: FloatArray, band: FloatArray, gates: dict[str, BoolArray], events: tuple[Event, ...], file: str
) -> Measured:
    duration = float(t[-1]) + float(t[1] - t[0])
    fs = 1.0 / float(t[1] - t[0])
    gated = {name: float(rows.sum() / fs) for name, rows in gates.items() if rows.any()}
    usable = float((~np.any(list(gates.values()), axis=0)).sum() / fs)
    by_region = {
        name: RegionQuality(4.6 + 0.9 * (i % 5), 0.06 + 0.012 * (i % 5)) for i, name in enumerate(REGIONS)
    }
    return Measured(
        source=Source(file, SHA, 1280, 720, t.size, duration, fs, False, 0, False, "h264", "yuv420p", 12e6),
        tracker=TrackerInfo("facemesh", "0.10.21", "ab" * 32),
        quality=Quality(
            "ok", (), usable, usable / duration, fs / 2, 103.4, 0.609,
            Scale(0.609, "iris+eye_distance", 0.036), gated, by_region,
        ),
        lips=_no_lips(),
        regions=dict.fromkeys(REGIONS, NO_VALUES),
        synchrony={"left": Synchrony(3, 0.1, 0.42, 0), "right": Synchrony(0, None, None, 0)},
        rest_asymmetry=RestAsymmetry(-0.4, 1.03, 0.2, True),
        events=events,
        t_s=t,
        band_mm=band,
        gates=gates,
    )  # fmt: skip


def _no_lips() -> Lips:
    return Lips(
        None, None, None, None, None, None, Amplitude(None, None, None), None, Asymmetry(None, None), ()
    )


def _region_summary(name: str, events: list[Event], usable_s: float, hz: float) -> RegionSummary:
    mine = [e for e in events if name in e.regions]
    if not mine:
        return RegionSummary(0, 0.0, None, None)
    size = float(np.median([e.amplitude_mm for e in mine])) * (1.0 if side_of(name) == "left" else 0.5)
    return RegionSummary(len(mine), 60.0 * len(mine) / usable_s, size, hz)


def _spectrum(hz: float | None, amplitude_mm: float) -> Spectrum:
    f = np.arange(0.25, 15.01, 0.05)
    noise = 0.0047 * (1.0 + 0.6 / f)
    ripple = 1.0 + 0.15 * np.sin(9.0 * f)
    left, right = noise * ripple, noise * (2.0 - ripple)
    if hz is not None:
        for harmonic, share in ((1, 1.0), (2, 0.3)):
            peak = share * 0.5 * amplitude_mm * np.exp(-0.5 * ((f - harmonic * hz) / 0.12) ** 2)
            left, right = left + peak, right + 0.05 * peak
    return Spectrum(f, np.stack([left, right], axis=1), noise)


def _patterns(*, possible: bool = True) -> tuple[Pattern, ...]:
    return (
        Pattern(
            "benign_twitch", "possible" if possible else "not_seen",
            ("30 brief twitches of one place, the left corner of the mouth.",) if possible else (),
            ("They come rhythmically; harmless twitching is mostly irregular.",) if possible else (),
            ("NHS, Twitching eyes and muscles (nhs.uk)", "Jankovic 2009"),
        ),
        Pattern(
            "hfs_like", "not_assessable", (), ("18 s of usable rest; 60 s are needed.",),
            ("Wang and Jankovic 1998, Muscle & Nerve 21:1740",),
        ),
        Pattern("rest_tremor_like", "not_seen", (), ("One side only: index +0.91.",), ("MDS-UPDRS 3.17",)),
    )  # fmt: skip


def _see_doctor(events: int) -> Triage:
    return Triage(
        "see_doctor",
        (f"The left corner of the mouth twitched {events} times, in trains at 5.0 Hz.",),
        (
            "Show this report to your doctor if it lasts longer than two weeks, spreads or gets worse.",
            "Film at least 60 s of rest next time, so that more patterns can be judged.",
        ),
        "1",
    )
