"""Applies the rules to the answers and the video. The most pressing rule that holds decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from twitchcam.phrases import formats_of, listing, phrase
from twitchcam.summary import Level, Triage
from twitchcam.triage.answers import QUESTIONS, Answers
from twitchcam.triage.conditions import facts_used, holds, lacking
from twitchcam.triage.observed import NO_VIDEO, Observed
from twitchcam.triage.rules import LEVELS, Rule, RuleBook, load_rules

ABOUT_THE_PERSON: Final = frozenset(key for key, question in QUESTIONS.items() if not question.weighs)
"""Answers that say nothing about the complaint's cause (age, impact)."""
MOST_REASONS: Final = 6
"""More are told in a few words each: a page of reasons helps nobody. Our own choice."""
WATCHED_S: Final = 50.0
"""A shorter video without a twitch says nothing; as in the rules `video_clear` and `video_too_short`."""
DAYS_A_YEAR: Final = 365.25
TROUBLES: Final = 3
"""Steps of an impact question from which it is said that this alone is reason enough to ask a doctor."""
_TOLD_DOWN_TO: Final[dict[Level, Level]] = {"urgent": "see_doctor", "see_doctor": "self_care"}


@dataclass(frozen=True, slots=True)
class Trace:
    """One rule's outcome: what it looked at, whether it held, and if not, why not."""

    rule: str
    level: Level
    held: bool
    facts: dict[str, Any]
    lacking: tuple[str, ...]
    """The unknown facts that it waits for; empty when it held or a known fact rules it out."""
    against: tuple[str, ...]
    """Of a rule that a known fact rules out, the known facts it looked at."""


def triage(answers: Answers, video: Observed | None) -> Triage:
    """Return how soon someone should look at it, why, and what to do.

    The level is the most pressing one among the rules that hold, so neither the video nor a further answer
    that makes a rule hold can lower it. Emergencies list only what is pressing. What does not fit together is
    named last.
    """
    book = load_rules()
    facts = facts_of(answers, video)
    held = [rule for rule in book.rules if holds(rule.when, facts)]
    level = most_pressing(held)
    shown = _shown(held, level)
    reasons = _reasons(book, shown, level, facts)
    if level not in ("emergency", "unable"):
        reasons += _about_the_video(facts)
    reasons += _contradictions(book, level, facts)
    return Triage(level, _once(reasons), _advice(book, level, shown, facts), book.version)


def explain(answers: Answers, video: Observed | None) -> tuple[Trace, ...]:
    """Return for every rule whether it held and the facts it looked at, in the order of the rules file."""
    facts = facts_of(answers, video)
    return tuple(_trace(rule, facts) for rule in load_rules().rules)


def facts_of(answers: Answers, video: Observed | None) -> dict[str, Any]:
    """Return every fact that a rule may name; None where it is not known."""
    hours, days = answers.face_weakness_since_hours, answers.duration_days
    weak_since_age = _age_before(answers.age, None if hours is None else hours / 24.0)
    before_birth = weak_since_age is not None and weak_since_age < -1.0  # ages come in whole years
    return {
        **asdict(answers),
        # a slip of the pen must not make a new weakness an old one
        "face_weakness_since_hours": None if before_birth else hours,
        "answered": sum(key not in ABOUT_THE_PERSON for key in answers.given()),
        "weakness_told": bool(answers.drooping or answers.face_weakness or hours is not None) or None,
        "weak_since_age": weak_since_age,
        "weak_for": None if hours is None else _span(hours / 24.0),
        "age_at_start": _age_before(answers.age, days),
        "lasted": None if days is None else _span(days),
        **(video.facts() if video else NO_VIDEO),
    }


def _age_before(age: float | None, days: float | None) -> float | None:
    return None if age is None or days is None else age - days / DAYS_A_YEAR


def _span(days: float) -> str:
    """Say a time in the unit that a person would use."""
    unit, many = (
        ("hour", days * 24.0) if days < 3 else ("day", days) if days <= 730 else ("year", days / DAYS_A_YEAR)
    )
    n = f"{many:.0f}"
    if unit == "hour":
        return phrase("{n} hour{n||s}", n=n)
    return phrase("{n} day{n||s}", n=n) if unit == "day" else phrase("{n} year{n||s}", n=n)


def most_pressing(held: Iterable[Rule]) -> Level:
    """Return the most pressing level among the rules that hold; 'unable' when none does."""
    return min((rule.level for rule in held), key=LEVELS.index, default="unable")


def _trace(rule: Rule, facts: dict[str, Any]) -> Trace:
    used = {name: facts[name] for name in facts_used(rule.when)}
    waits = lacking(rule.when, facts)
    against = tuple(name for name, fact in used.items() if fact is not None) if waits is None else ()
    return Trace(rule.id, rule.level, waits == (), used, waits or (), against)


def _shown(held: Sequence[Rule], level: Level) -> list[Rule]:
    """Return the rules worth telling, the most pressing first, without those that another one covers.

    With an emergency only the emergencies, so that nothing distracts from them; reassuring rules only when
    they decide.
    """
    lowest = LEVELS.index(_TOLD_DOWN_TO.get(level, level))
    told: list[Rule] = []
    covered: set[str] = set()
    for rule in sorted(held, key=lambda rule: LEVELS.index(rule.level)):
        fits = LEVELS.index(rule.level) <= lowest and (rule.level == level or not rule.only_when_deciding)
        if fits and rule.id not in covered:
            told.append(rule)
            covered.update(rule.covers)
    return [rule for rule in told if rule.id not in covered]


def _reasons(book: RuleBook, shown: Sequence[Rule], level: Level, facts: dict[str, Any]) -> list[str]:
    """Return the reasons in the order of their rules: groups in one sentence, the last ones in few words."""
    groups: dict[str, list[Rule]] = {}
    for rule in shown:
        groups.setdefault(rule.group or rule.id, []).append(rule)
    blocks = list(groups.values())
    full = blocks if len(blocks) <= MOST_REASONS else blocks[: MOST_REASONS - 1]
    reasons = [_block(book, block, level, facts) for block in full]
    rest = [rule for block in blocks[len(full) :] for rule in block]
    if rest:
        shorts = _listed((rule.short for rule in rest), facts)
        reasons.append(phrase("Also noted: {these}.", these=shorts))
    return reasons


def _block(book: RuleBook, rules: Sequence[Rule], level: Level, facts: dict[str, Any]) -> str:
    """Return a rule's reason or its group's sentence; it may have another one for when it decides nothing."""
    first = rules[0]
    beside = f"{first.group}_beside"
    shorts = (rule.short for rule in rules)
    if beside in book.groups and first.level != level:
        return phrase(book.groups[beside], these=_listed(shorts, facts))
    if len(rules) == 1:
        return _fill(first.reason, facts)
    return phrase(book.groups[first.group], these=_listed(shorts, facts))


def _listed(parts: Iterable[str], facts: dict[str, Any]) -> str:
    return listing((_fill(part, facts) for part in parts), last="; ", comma="; ")


def _about_the_video(facts: dict[str, Any]) -> list[str]:
    """Say that a video adds nothing, where it adds nothing, and why."""
    if facts["video_usable"] is False:
        return [_fill("The video could not be used; this rests on the answers. {video_reasons}", facts)]
    if facts["video_usable"] and facts["lip_events"] is None:
        return [_fill("The lips could not be measured in the video. {video_reasons}", facts)]
    if facts["video_usable"] and not facts["lip_events"] and facts["usable_s"] < WATCHED_S:
        return [
            _fill("The video ({usable_s} usable seconds) is too short to add anything to the answers.", facts)
        ]
    return []


def _contradictions(book: RuleBook, level: Level, facts: dict[str, Any]) -> list[str]:
    """Name what does not fit together; in an emergency nothing of the video: it would raise doubts."""
    found = [entry for entry in book.contradictions if holds(entry.when, facts)]
    if level == "emergency":
        found = [entry for entry in found if not set(facts_used(entry.when)) & set(NO_VIDEO)]
    return [_fill(entry.text, facts) for entry in found]


def _advice(book: RuleBook, level: Level, shown: Sequence[Rule], facts: dict[str, Any]) -> tuple[str, ...]:
    """Return what to do: the level's own sentence first, then what fits the rules that were told."""
    names = list(dict.fromkeys(name for rule in shown for name in rule.advice))
    lead = book.lead[level]
    rules = [book.advice[name] for name in names if name not in book.measures]
    measures = [book.advice[name] for name in names if name in book.measures]
    if level == "emergency":
        return _once([lead, *rules])
    missing = _unanswered(book, level, facts)
    if level == "urgent":
        return _once([lead, *rules, *missing])
    if level == "see_doctor":
        until = [phrase("Until then: {measures}", measures=" ".join(measures))] if measures else []
        return _once([lead, *rules, book.advice["go_sooner"], *until, *missing])
    return _once([lead, *rules, *measures, *_at_home(book, level, names, facts), *missing])


def _at_home(book: RuleBook, level: Level, names: Sequence[str], facts: dict[str, Any]) -> list[str]:
    """Return the general advice for those who need nobody now."""
    said = []
    if "calm_measures" in names and None in (facts["caffeine_mg_per_day"], facts["sleep_hours"]):
        said.append("everyday_measures")
    said += ["when_to_look_again"] if level == "self_care" else []
    said += ["record_better"] if _about_the_video(facts) else []
    if any((facts[key] or 0) >= TROUBLES for key in QUESTIONS if key.startswith("impact_")):
        said.append("troubles")
    return [book.advice[name] for name in said]


def _unanswered(book: RuleBook, level: Level, facts: dict[str, Any]) -> list[str]:
    """Name the answers that were not given and could change the level."""
    signs = [name for key, name in book.red_flags.items() if facts[key] is None]
    said: list[str] = []
    if signs:
        named = phrase("Not answered: {signs}.", signs=listing(signs))
        said.append(f"{named} {book.advice['red_flag_unanswered']}")
    others = [name for key, name in book.questions.items() if facts[key] is None]
    if others and level in ("self_care", "no_finding"):
        why = "" if level == "self_care" else book.advice["question_unanswered"]
        could = phrase("Also not answered, and able to change the result: {others}.", others=listing(others))
        said.append(f"{could} {why}".rstrip())
    return said


def _fill(text: str, facts: dict[str, Any]) -> str:
    named = {name: _in_words(facts[name]) for name in formats_of(text)}
    told = phrase(text, **named)
    return told if told == told.strip() else told.strip()


def _in_words(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return listing(str(item).replace("_", " ") for item in value)
    if isinstance(value, float):
        return f"{value:.0f}" if value == round(value) else f"{value:.1f}"
    return value if isinstance(value, str) else str(value)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
