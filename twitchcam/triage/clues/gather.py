"""Clues of one recording, gathered once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.analysis.locked import Locked
from twitchcam.regions import LIPS
from twitchcam.summary import Event, Measured
from twitchcam.triage.answers import Answers
from twitchcam.triage.clues.along import corner_with_blinks, lids_with_mouth
from twitchcam.triage.clues.events import alike_share, counts, one_place_share
from twitchcam.triage.clues.eyes import BlinkLock, EyeClues, blink_lock, eye_clues, free_blinks
from twitchcam.triage.clues.guided import Guided, guided_of
from twitchcam.triage.clues.mouth import (
    Gestures,
    Swing,
    find_gestures,
    find_squeezes,
    find_swing,
    watched_mouth,
)
from twitchcam.triage.clues.trains import Run, even_trains, interval_cv, runs_of

SIDES = ("left", "right")


@dataclass(frozen=True)
class Clues:
    """What the patterns look at, besides the measurement itself. 'At rest' leaves out guided tasks."""

    measured: Measured
    answers: Answers
    guided: Guided
    usable_s: float
    """Usable time at rest."""
    mouth_s: float
    """Time at rest in which the mouth was seen, speaking and chewing included."""
    face_events: tuple[Event, ...]
    """Counted twitches and tonic movements at rest, wherever in the face."""
    lip_events: tuple[Event, ...]
    """Those in which a lip takes part."""
    interval_cv: float | None
    """Of the lip events' onsets; None with fewer than four."""
    median_length_s: float | None
    one_place: float | None
    """Share of the lips' movement in which one region takes part, each event weighed by its amplitude."""
    alike: float
    """Share of the lip events that repeat the commonest of them."""
    runs: tuple[Run, ...]
    even: tuple[Run, ...]
    """The longest even train of brief one-sided jerks of each side."""
    eyes: EyeClues
    eyes_and_smiles: EyeClues
    """The same, with the time in which the mouth seems to smile or to be pursed."""
    smiles_s: float
    """Seconds of that time together with the usable ones."""
    blink_locks: dict[str, BlinkLock | None]
    """How the blinks of both eyes go with the mouth of each side; None below five blinks."""
    corner_lock: tuple[str, Locked] | None
    """The side whose mouth corner goes with them on the average, and how far beyond the other corner."""
    lid_locks: dict[str, Locked | None]
    """How the eye of each side narrows with that side's movements of the mouth on the average."""
    swing: Swing | None
    gestures: Gestures
    squeezes: tuple[Event, ...]

    @property
    def assessable(self) -> bool:
        """The lips were measured and the recording can be used."""
        return self.measured.quality.verdict != "unusable" and self.measured.lips.events is not None


def gather_clues(measured: Measured, answers: Answers) -> Clues:
    """Return the clues of one recording."""
    guided = guided_of(measured)
    face = tuple(e for e in guided.at_rest(measured.events) if counts(e))
    lip = tuple(e for e in face if set(e.regions) & set(LIPS))
    usable_s = rest_seconds(measured, guided)
    blinks = free_blinks(measured, guided)
    smiles_s = usable_s + _gated_s(measured, guided, "smile")
    return Clues(
        measured=measured,
        answers=answers,
        guided=guided,
        usable_s=usable_s,
        mouth_s=float(watched_mouth(measured, guided).sum()) * _step_s(measured),
        face_events=face,
        lip_events=lip,
        interval_cv=interval_cv(np.sort([event.onset_s for event in lip])),
        median_length_s=float(np.median([e.offset_s - e.onset_s for e in lip])) if lip else None,
        one_place=one_place_share(lip),
        alike=alike_share(lip),
        runs=runs_of(lip),
        even=even_trains(lip),
        eyes=eye_clues(measured, guided, usable_s),
        eyes_and_smiles=eye_clues(measured, guided, smiles_s, but=("blink", "smile")),
        smiles_s=smiles_s,
        blink_locks={side: blink_lock(measured, guided, side) for side in SIDES},
        corner_lock=corner_with_blinks(measured, guided, blinks),
        lid_locks={side: lids_with_mouth(measured, guided, lip, side) for side in SIDES},
        swing=find_swing(measured, guided),
        gestures=find_gestures(measured, guided),
        squeezes=find_squeezes(measured, guided),
    )


def rest_seconds(measured: Measured, guided: Guided) -> float:
    """Return the usable seconds that belong to no task but rest."""
    t = measured.t_s
    tasks = np.zeros(t.shape, dtype=bool)
    for task in guided.tasks:
        if task.task != "rest":
            tasks |= (t >= task.start_s) & (t < task.end_s)
    for mask in measured.gates.values():
        tasks &= ~mask
    return max(0.0, measured.quality.usable_s - float(tasks.sum()) * _step_s(measured))


def _gated_s(measured: Measured, guided: Guided, reason: str) -> float:
    """Return the seconds at rest that only this gate takes away."""
    only = watched_mouth(measured, guided) & measured.gates.get(reason, np.zeros(measured.t_s.shape, bool))
    for other, mask in measured.gates.items():
        if other not in (reason, "blink"):
            only &= ~mask
    return float(only.sum()) * _step_s(measured)


def _step_s(measured: Measured) -> float:
    return float(np.median(np.diff(measured.t_s))) if measured.t_s.size > 1 else 0.0
