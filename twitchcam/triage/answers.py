"""The questionnaire: every question, its type and its wording in one place.

An answer that is None was not given. Nothing is assumed for it.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final

from twitchcam.errors import InputRefused

PLACES: Final = ("eye", "cheek", "brow", "chin", "jaw", "tongue", "neck", "other_side", "arm", "leg")
STARTS: Final = ("lip", "eyelid", "cheek", "brow", "chin", "jaw", "neck", "elsewhere")
COMPANIONS: Final = ("rest", "action", "talking_or_chewing", "blinking", "emotion")
MEDICINES: Final = (
    "antipsychotic", "metoclopramide", "antidepressant", "lithium", "corticosteroid", "stimulant",
    "valproate", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """How one answer is asked for and what it may be."""

    text: str
    kind: str
    """'yes_no', 'number', 'choice' or 'choices'."""
    options: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 0.0
    unit: str = ""

    @property
    def allowed(self) -> str:
        """Say in words what an answer may be."""
        if self.kind == "yes_no":
            return "true or false"
        if self.kind == "number":
            return f"a number of {self.unit} from {self.low:g} to {self.high:g}"
        names = ", ".join(self.options)
        return f"one of {names}" if self.kind == "choice" else f"a list of any of {names}"


def _yes_no(text: str) -> Any:
    return field(default=None, metadata={"question": Question(text, "yes_no")})


def _number(text: str, low: float, high: float, unit: str) -> Any:
    return field(default=None, metadata={"question": Question(text, "number", (), low, high, unit)})


def _choice(text: str, *options: str) -> Any:
    return field(default=None, metadata={"question": Question(text, "choice", options)})


def _choices(text: str, *options: str) -> Any:
    return field(default=None, metadata={"question": Question(text, "choices", options)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the person said. None: not answered. An empty tuple: answered, none of them."""

    duration_days: float | None = _number("For how many days have you had the twitching?", 0, 36500, "days")
    onset: str | None = _choice("How did it start?", "sudden", "gradual")
    sides: str | None = _choice("Which sides of the face twitch?", "one", "both", "alternating")
    spread: tuple[str, ...] | None = _choices("Where else has it spread to, besides the lips?", *PLACES)
    started_at: str | None = _choice("Where did it start?", *STARTS)
    worsening: bool | None = _yes_no("Is it getting worse: stronger, or more often?")
    during_sleep: bool | None = _yes_no("Has someone seen it continue while you sleep?")
    constant: bool | None = _yes_no("Does it go on almost without a pause?")
    face_weakness: bool | None = _yes_no("Is one side of the face weak, for example when you smile?")
    face_weakness_since_hours: float | None = _number(
        "How many hours ago did the weakness start?", 0, 876000, "hours"
    )
    forehead_spared: bool | None = _yes_no(
        "If one side is weak: can you still raise that eyebrow and wrinkle that side of the forehead?"
    )
    drooping: bool | None = _yes_no("Does one side of the face, or a mouth corner, hang down?")
    cannot_close_eye: bool | None = _yes_no("Is there an eye that you cannot close fully?")
    speech_difficulty: bool | None = _yes_no("Is your speech slurred, or are words hard to find?")
    arm_or_leg_weakness: bool | None = _yes_no("Is an arm or a leg weak, numb or clumsy?")
    vision_loss: bool | None = _yes_no("Have you suddenly lost vision, or do you see double?")
    balance_loss: bool | None = _yes_no("Have you suddenly lost your balance, or is everything spinning?")
    severe_headache: bool | None = _yes_no("Do you have a sudden, very severe headache?")
    numbness: bool | None = _yes_no("Is part of the face numb?")
    pain: bool | None = _yes_no("Does the face hurt where it twitches?")
    seizure: bool | None = _yes_no("Have you had a fit (a seizure), or has the twitching turned into one?")
    awareness_loss: bool | None = _yes_no("Were you confused, absent or unconscious during the twitching?")
    noisy_breathing: bool | None = _yes_no("Is breathing in noisy, or does the throat feel tight?")
    hearing_change: bool | None = _yes_no("Do you hear less on that side, or hear ringing or clicks?")
    slowness: bool | None = _yes_no("Have your movements become slower or smaller?")
    hand_tremor: bool | None = _yes_no("Do your hands shake?")
    medicines: tuple[str, ...] | None = _choices("Which of these medicines do you take?", *MEDICINES)
    new_medicine_days: float | None = _number(
        "If you started a new medicine: how many days ago?", 0, 36500, "days"
    )
    bells_palsy_history: bool | None = _yes_no("Have you ever had a facial palsy (Bell's palsy)?")
    face_injury: bool | None = _yes_no("Have you had an injury, operation or tumour of the face or ear?")
    thyroid_surgery: bool | None = _yes_no("Have you had an operation on the thyroid or the neck?")
    tingling_fingers: bool | None = _yes_no("Do your fingertips, or the skin around the mouth, tingle?")
    cramps: bool | None = _yes_no("Do you get muscle cramps, for example in the hands or calves?")
    ms_history: bool | None = _yes_no("Have you been told that you have multiple sclerosis?")
    urge_suppressible: bool | None = _yes_no("Do you feel an urge before it, and can you hold it back?")
    vocal_tics: bool | None = _yes_no("Do you also make sounds that you do not intend?")
    age: float | None = _number("How old are you?", 0, 120, "years")
    caffeine_mg_per_day: float | None = _number(
        "How much caffeine a day? (a cup of coffee is about 100 mg)", 0, 5000, "mg a day"
    )
    alcohol_excess: bool | None = _yes_no("Have you been drinking a lot of alcohol?")
    withdrawal: bool | None = _yes_no("Have you lately stopped alcohol, a drug or a sedative that you used?")
    sleep_hours: float | None = _number("How many hours do you sleep a night?", 0, 24, "hours")
    stress: bool | None = _yes_no("Are you under stress, anxious, or in strong emotion?")
    fatigue: bool | None = _yes_no("Are you very tired?")
    dehydration: bool | None = _yes_no("Do you drink little, or have you lost much fluid?")
    cold_exposure: bool | None = _yes_no("Was the face in the cold or in cold wind?")
    congenital_heart_or_cleft: bool | None = _yes_no("Were you born with a heart defect or a cleft palate?")
    comes_with: tuple[str, ...] | None = _choices("When does it come?", *COMPANIONS)
    memory_change: bool | None = _yes_no("Have memory or thinking become worse in the last weeks?")
    ear_rash: bool | None = _yes_no("Are there blisters or a rash in or around an ear?")
    cancer_history: bool | None = _yes_no("Have you been treated for cancer?")
    palpitations: bool | None = _yes_no("Does your heart race, or beat irregularly?")
    strong_emotion: bool | None = _yes_no("Does it come in fear, anger, grief or joy?")
    illicit_drugs: bool | None = _yes_no("Have you lately used drugs such as cocaine or amphetamine?")
    family_tremor: bool | None = _yes_no("Do parents, brothers, sisters or children have a tremor?")
    both_eyes_close: bool | None = _yes_no("Do both eyes blink far more than they used to, or squeeze shut?")
    low_minerals: bool | None = _yes_no("Could you lack minerals: poor diet, vomiting, water tablets?")
    impact_reading: float | None = _number("How often does it disturb reading?", 0, 4, "0-4")
    impact_driving_or_work: float | None = _number("How often does it disturb driving or work?", 0, 4, "0-4")
    impact_eating_or_talking: float | None = _number("How often does it disturb meals or talk?", 0, 4, "0-4")
    impact_meeting_people: float | None = _number("How often do you avoid people for it?", 0, 4, "0-4")
    impact_mood: float | None = _number("How often does it weigh on your mood?", 0, 4, "0-4")
    impact_worry: float | None = _number("How often do you worry about it?", 0, 4, "0-4")
    impact_sleep: float | None = _number("How often does it cost you sleep?", 0, 4, "0-4")

    def given(self) -> dict[str, Any]:
        """Return the answers that were given."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {key: value for key, value in values.items() if value is not None}


def _question(item: Field[Any]) -> Question:
    question: Question = item.metadata["question"]
    return question


QUESTIONS: Final[dict[str, Question]] = {item.name: _question(item) for item in fields(Answers)}
"""Every key of an answers file with its question, in the order in which they are asked."""


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
    try:
        text = repr(value) if not isinstance(value, bool) else str(value).lower()
    except ValueError:  # Python prints no integer of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
