"""The text vignettes: people's stories with the level that the references ask for, from tests/vignettes/.

The stories and their levels were written from the references before the rules were looked at, except those
of first_version.toml. A file holds the stories of one topic; the fields are those of `Vignette`. `the_rest`
names what the person answered to the questions that the story leaves open: a key of `THE_REST`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twitchcam.summary import Status, Triage, Verdict
from twitchcam.triage.answers import parse_answers
from twitchcam.triage.engine import triage
from twitchcam.triage.observed import PATTERN_IDS, Observed, Watched

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent / "vignettes"
LEVELS = ("emergency", "urgent", "see_doctor", "self_care", "no_finding", "unable")
KINDS = (
    "typical", "atypical", "look_alike", "hidden_red_flag", "old_problem", "boundary", "contradiction",
    "sparse", "age", "video", "first_version",
)  # fmt: skip
RED_FLAGS = (
    "face_weakness", "drooping", "cannot_close_eye", "speech_difficulty", "arm_or_leg_weakness",
    "vision_loss", "balance_loss", "severe_headache", "numbness", "pain", "seizure", "awareness_loss",
    "noisy_breathing",
)  # fmt: skip
OTHER_QUESTIONS = (
    "worsening", "during_sleep", "constant", "hearing_change", "slowness", "hand_tremor",
    "bells_palsy_history", "face_injury", "thyroid_surgery", "tingling_fingers", "cramps", "ms_history",
    "urge_suppressible", "vocal_tics", "alcohol_excess", "withdrawal", "stress", "fatigue", "dehydration",
    "cold_exposure", "congenital_heart_or_cleft",
)  # fmt: skip
NO_RED_FLAGS: dict[str, Any] = dict.fromkeys(RED_FLAGS, False)
CALM: dict[str, Any] = {
    **NO_RED_FLAGS,
    **dict.fromkeys(OTHER_QUESTIONS, False),
    **{"duration_days": 2, "onset": "gradual", "sides": "one", "spread": [], "medicines": [], "age": 30},
    **{"caffeine_mg_per_day": 150, "sleep_hours": 8},
}
TIRED = {**CALM, "stress": True, "fatigue": True, "sleep_hours": 5, "caffeine_mg_per_day": 600}
THE_REST: dict[str, dict[str, Any]] = {
    "open": {}, "no_red_flags": NO_RED_FLAGS, "calm": CALM, "tired": TIRED,
}  # fmt: skip
ENOUGH_S = 60.0
"""Usable seconds above which a pattern that a story does not name counts as not seen."""


@dataclass(frozen=True, slots=True)
class Vignette:
    """One story."""

    topic: str
    id: str
    condition: str
    kind: str
    story: str
    answers: dict[str, Any]
    video: Observed | None
    levels: tuple[str, ...]
    """The level, or two adjacent ones where the references leave room."""
    because: str
    mentions: tuple[str, ...]
    """Each must occur in the reasons or the advice; `a|b` means either."""
    omits: tuple[str, ...]
    """None may occur in the reasons or the advice."""
    reasons_omit: tuple[str, ...]
    sources: tuple[str, ...]
    note: str
    """What was changed after the first run, and why; empty for nearly all."""

    def result(self) -> Triage:
        """Return what the rules make of it."""
        return triage(parse_answers(self.answers), self.video)

    def disagreements(self, result: Triage) -> list[str]:
        """Say in words where a result is not what the story asks for."""
        reasons = " ".join(result.reasons).lower()
        text = reasons + " " + " ".join(result.advice).lower()
        found = []
        if result.level not in self.levels:
            found.append(f"level is {result.level}, expected {' or '.join(self.levels)}: {self.because}")
        found += [f"says nothing of {word!r}" for word in self.mentions if not _occurs(word, text)]
        found += [f"must not say {word!r}" for word in self.omits if word in text]
        found += [f"must not give {word!r} as a reason" for word in self.reasons_omit if word in reasons]
        return found


def read_vignettes() -> list[Vignette]:
    """Read every story of the folder.

    Raises
    ------
    KeyError, TypeError
        If a story lacks a field or has one too many.
    """
    return [one for path in sorted(FOLDER.glob("*.toml")) for one in _of_file(path)]


def _of_file(path: Path) -> Iterator[Vignette]:
    for told in tomllib.loads(path.read_text(encoding="utf-8"))["vignette"]:
        answers = THE_REST[told.pop("the_rest", "open")] | told.pop("answers")
        level = told.pop("level")
        yield Vignette(
            topic=path.stem,
            answers=answers,
            video=_video(told.pop("video", None)),
            levels=(level,) if isinstance(level, str) else tuple(level),
            mentions=tuple(told.pop("mentions", ())),
            omits=tuple(told.pop("omits", ())),
            reasons_omit=tuple(told.pop("reasons_omit", ())),
            sources=tuple(told.pop("sources")),
            note=told.pop("note", ""),
            **told,
        )


def _video(told: dict[str, Any] | None) -> Observed | None:
    if told is None:
        return None
    usable_s = float(told["usable_s"])
    verdict: Verdict = told["verdict"]
    rest: Status = "not_seen" if usable_s >= ENOUGH_S and verdict != "unusable" else "not_assessable"
    return Observed(
        verdict=verdict,
        reasons=tuple(told.get("reasons", ())),
        usable_s=usable_s,
        lip_events=None if told["lip_events"] == "unknown" else int(told["lip_events"]),
        patterns=dict.fromkeys(PATTERN_IDS, rest) | told.get("patterns", {}),
        watched=Watched(**told.get("history", {})),
    )


def _occurs(word: str, text: str) -> bool:
    return any(part in text for part in word.split("|"))
