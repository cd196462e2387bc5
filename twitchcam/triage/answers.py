"""The answers: what the person said, typed and checked. The questions stand in `questions.toml`.

An answer that is None was not given. Nothing is assumed for it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from twitchcam.errors import InputRefused, shown
from twitchcam.triage.questions import QUESTIONS as QUESTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the person said. None: not answered. An empty tuple: answered, none of them.

    The fields are the keys of an answers file and of `QUESTIONS`, which says what each means.
    """

    drooping: bool | None = None
    face_weakness: bool | None = None
    face_weakness_since_hours: float | None = None
    forehead_spared: bool | None = None
    arm_or_leg_weakness: bool | None = None
    speech_difficulty: bool | None = None
    vision_loss: bool | None = None
    balance_loss: bool | None = None
    severe_headache: bool | None = None
    seizure: bool | None = None
    awareness_loss: bool | None = None
    noisy_breathing: bool | None = None

    duration_days: float | None = None
    onset: str | None = None
    started_at: str | None = None
    sides: str | None = None
    spread: tuple[str, ...] | None = None
    worsening: bool | None = None
    constant: bool | None = None
    during_sleep: bool | None = None
    comes_with: tuple[str, ...] | None = None
    urge_suppressible: bool | None = None
    vocal_tics: bool | None = None

    cannot_close_eye: bool | None = None
    both_eyes_close: bool | None = None
    numbness: bool | None = None
    pain: bool | None = None
    ear_rash: bool | None = None
    hearing_change: bool | None = None

    hand_tremor: bool | None = None
    slowness: bool | None = None
    tingling_fingers: bool | None = None
    cramps: bool | None = None
    palpitations: bool | None = None
    memory_change: bool | None = None

    medicines: tuple[str, ...] | None = None
    new_medicine_days: float | None = None
    illicit_drugs: bool | None = None
    withdrawal: bool | None = None

    age: float | None = None
    bells_palsy_history: bool | None = None
    face_injury: bool | None = None
    cancer_history: bool | None = None
    ms_history: bool | None = None
    thyroid_surgery: bool | None = None
    congenital_heart_or_cleft: bool | None = None
    family_tremor: bool | None = None

    caffeine_mg_per_day: float | None = None
    alcohol_excess: bool | None = None
    sleep_hours: float | None = None
    fatigue: bool | None = None
    stress: bool | None = None
    strong_emotion: bool | None = None
    dehydration: bool | None = None
    low_minerals: bool | None = None
    cold_exposure: bool | None = None

    impact_reading: float | None = None
    impact_driving_or_work: float | None = None
    impact_eating_or_talking: float | None = None
    impact_meeting_people: float | None = None
    impact_mood: float | None = None
    impact_worry: float | None = None
    impact_sleep: float | None = None

    def given(self) -> dict[str, Any]:
        """Return the answers that were given."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: value for key, value in values.items() if value is not None}


def parse_answers(values: Mapping[str, object]) -> Answers:
    """Check plain values, as read from TOML or JSON, and return them as `Answers`.

    None (null) and the word "unknown" mean: not answered.

    Raises
    ------
    InputRefused
        If a key is unknown (the nearest known one is named), or a value has the wrong type or range.
    """
    if not isinstance(values, Mapping):
        raise InputRefused(f"answers: expected key = value pairs, got {type(values).__name__}.")
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in QUESTIONS:
            nearest = difflib.get_close_matches(str(key), QUESTIONS, n=1, cutoff=0.0)[0]
            raise InputRefused(f"answers: unknown key {_show(key)}; the nearest known one is {nearest!r}.")
        if value is not None and value != "unknown":
            checked[key] = _check(key, value)
    return Answers(**checked)


def _check(key: str, value: object) -> Any:
    question = QUESTIONS[key]
    if question.kind == "yes_no" and isinstance(value, bool):
        return value
    if question.kind == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        # compared before float(): an integer of any length may come in
        if question.low <= value <= question.high and not math.isnan(value):
            return float(value)
    elif question.kind == "choice" and value in question.options:
        return value
    elif question.kind == "choices" and isinstance(value, (list, tuple)):
        if all(isinstance(item, str) and item in question.options for item in value):
            return tuple(dict.fromkeys(value))
        value = next(item for item in value if not isinstance(item, str) or item not in question.options)
    raise InputRefused(
        f"answers: {key} = {_show(value)} is not allowed; give {question.allowed}, or leave it out."
    )


def _show(value: object) -> str:
    return shown(value) if not isinstance(value, bool) else str(value).lower()
