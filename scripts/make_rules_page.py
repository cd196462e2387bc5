"""Write docs/rules.md: every triage rule, pattern, threshold and source, from the rules file and the code.

    python scripts/make_rules_page.py [--check]

With --check nothing is written; exit 1 when the page is not what this script makes.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType

import twitchcam.triage
from twitchcam.triage.answers import QUESTIONS
from twitchcam.triage.checks import Plan
from twitchcam.triage.conditions import facts_used, in_words, parts_of
from twitchcam.triage.engine import MOST_REASONS
from twitchcam.triage.observed import PATTERN_IDS
from twitchcam.triage.patterns import PATTERNS
from twitchcam.triage.rules import LEVELS, Rule, RuleBook, load_rules

PAGE = Path(__file__).resolve().parents[1] / "docs" / "rules.md"
LEVEL_TITLES = {
    "emergency": "Emergency: call now",
    "urgent": "Urgent: today",
    "see_doctor": "See a doctor: ordinary appointment",
    "self_care": "Self-care",
    "no_finding": "No finding",
    "unable": "Unable to say",
}
DERIVED = (
    "`answered`: how many questions about the complaint were answered",
    "`weakness_told`: a hanging or weak face, or its time, was told",
    "`weak_since_age`, `age_at_start`: the age when the weakness and the twitching began",
    "`history_...`: from the person's earlier recordings, where they are kept (docs/history.md)",
    "`video_usable`, `usable_s`, `lip_events`, `lip_side`, `pattern_...`: from the video's summary",
)


def main() -> int:
    """Write the page, or say whether it is up to date."""
    parser = argparse.ArgumentParser(description="Write docs/rules.md from the rules and the code.")
    parser.add_argument("--check", action="store_true", help="only compare")
    if parser.parse_args().check:
        return 0 if PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
    return 0


def page() -> str:
    """Return the whole page."""
    book = load_rules()
    parts = [
        _top(book),
        _levels(book),
        *(_rules_of(book, level) for level in LEVELS),
        _unfitting(book),
        _missing(book),
        _advice(book),
        _patterns(book),
        _thresholds(),
        _conditions(book),
        _sources(book),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def _top(book: RuleBook) -> str:
    return f"""
# The triage rules

<!-- Written by scripts/make_rules_page.py from twitchcam/triage; change those, not this page. -->

**No patient data has validated these rules or the patterns' thresholds.** They put published advice and
descriptions into a form that can be read, tested and argued with. They do not diagnose, and they replace no
doctor. When in doubt, ask one; with any sign of a stroke call the emergency number at once.

{book.note}

{len(book.rules)} rules, {len(book.contradictions)} contradictions, {len(book.sources)} sources. They are in
`twitchcam/triage/rules.toml`; `twitchcam triage --answers FILE --explain` shows
which of them held and why.

- The level of a result is that of the most pressing rule that holds. The video never lowers what the answers
  say.
- No rule looks for a "no": one more "yes", one more place, medicine, twitch or stronger pattern never lowers
  the level. A question that is not answered is unknown, never a "no"; unanswered warning signs are named.
- What does not fit together is named, and the more serious of the two is used.
- A result tells at most {MOST_REASONS} reasons (and what does not fit together), the deciding ones first.
  What one rule says already is not told twice, everyday causes are told in one sentence, and an emergency
  tells nothing else.
- *Own choice* marks what the sources do not give: limits and combinations that we chose, and background
  knowledge for which our list has no source. That a condition can be treated is background knowledge
  wherever a reason says so.
- Names in backquotes are answers (docs of the questionnaire), facts of the video, or worked out:
{_list("  " + line for line in DERIVED).replace("-   ", "  - ")}

Answers that may lower a level, and why (nothing else does; tests keep it so):

{_list(f"`{key}`: {why}" for key, why in book.may_lower.items())}
"""


def _levels(book: RuleBook) -> str:
    rows = [
        f"| {LEVEL_TITLES[level]} | `{level}` | {_count(book, level)} | {book.lead[level]} |"
        for level in LEVELS
    ]
    return "## Levels\n\n| level | in the result | rules | first advice |\n|---|---|---|---|\n" + "\n".join(
        rows
    )


def _count(book: RuleBook, level: str) -> int:
    return sum(rule.level == level for rule in book.rules)


def _rules_of(book: RuleBook, level: str) -> str:
    rules = [rule for rule in book.rules if rule.level == level]
    return f"## {LEVEL_TITLES[level]}\n\n" + "\n".join(_rule(book, rule) for rule in rules)


def _rule(book: RuleBook, rule: Rule) -> str:
    lines = [
        f"When {in_words(rule.when)}.",
        f"Says: {_shown(rule.reason)}",
    ]
    lines += [f"Advice: {' '.join(book.advice[name] for name in rule.advice)}"] if rule.advice else []
    lines += [f"Sources: {_cited(book, rule.sources)}."] if rule.sources else []
    lines += [f"*Own choice: {rule.own_choice}*"] if rule.own_choice else []
    lines += ["Told only when it decides."] if rule.only_when_deciding else []
    return f"### {rule.id}\n\nAbout: {', '.join(rule.about)}.\n\n{_list(lines)}\n"


def _shown(text: str) -> str:
    """Return a reason with its blanks as words in angle quotes."""
    return re.sub(r"\{(\w+)\}", lambda blank: f"‹{blank[1].replace('_', ' ')}›", text)


def _cited(book: RuleBook, tags: Sequence[str]) -> str:
    return "; ".join(f"{book.sources[tag]} [{tag}]" for tag in tags)


def _unfitting(book: RuleBook) -> str:
    rows = [f"When {in_words(entry.when)}: {_shown(entry.text)}" for entry in book.contradictions]
    return (
        "## What does not fit together\n\nNamed at the end of the reasons; in an emergency only those "
        f"between answers.\n\n{_list(rows)}"
    )


def _missing(book: RuleBook) -> str:
    return f"""
## Missing answers

Named first when they were not answered, except in an emergency, where nothing should distract:
{", ".join(book.red_flags.values())}. {book.advice["red_flag_unanswered"]}

Named when nobody is asked to see a doctor: {", ".join(book.questions.values())}.

Questions whose answers never change the level (age does so only where a rule names it):
{", ".join(f"`{key}`" for key, question in QUESTIONS.items() if not question.weighs)}.
"""


def _advice(book: RuleBook) -> str:
    rows = []
    for name, text in book.advice.items():
        users = [rule.id for rule in book.rules if name in rule.advice]
        given = ", ".join(users) if users else "the level"
        tags = ", ".join(book.advice_sources[name]) or "background knowledge, or how to use the program"
        rows.append(f"{text} *From: {tags}. Given by: {given}.*")
    return f"## Advice\n\n{_list(rows)}"


def _patterns(book: RuleBook) -> str:
    plans = {
        plan.id: plan for module in _modules() for plan in vars(module).values() if isinstance(plan, Plan)
    }
    parts = []
    for name, pattern in zip(PATTERN_IDS, PATTERNS, strict=True):
        plan = plans[name]
        lines = [
            _seconds(plan),
            f"Rules: {_users(book, name)}.",
            f"Sources: {_cited(book, plan.sources)}.",
        ]
        parts.append(f"### {name}\n\n{inspect.cleandoc(pattern.__doc__ or '')}\n\n{_list(lines)}")
    return (
        "## Patterns seen in a video\n\nA pattern says that a recording looks like, or does not look like, "
        "what is described for a condition: `flagged`, `possible`, `not_seen` or `not_assessable`. Each "
        "lists what speaks for it and against it. A recording that is too short for a pattern is "
        "`not_assessable`, never `not_seen`.\n\n" + "\n\n".join(parts)
    )


def _seconds(plan: Plan) -> str:
    if not plan.needs_s and not plan.flags_s:
        return "Needs no fixed number of seconds."
    return (
        f"Needs {plan.needs_s:g} s of {plan.of} before its absence means anything, "
        f"and {plan.flags_s:g} s to be flagged."
    )


def _users(book: RuleBook, name: str) -> str:
    fact = f"pattern_{name}"
    used = [f"{rule.id} ({_statuses(rule, fact)})" for rule in book.rules if fact in facts_used(rule.when)]
    return ", ".join(used) if used else "none"


def _statuses(rule: Rule, fact: str) -> str:
    wanted = [test for key, test in parts_of(rule.when) if key == fact]
    told = {status for test in wanted for status in (test["one_of"] if isinstance(test, dict) else [test])}
    return " or ".join(sorted(told, reverse=True))


def _thresholds() -> str:
    rows = []
    for module in _modules():
        if not any(isinstance(value, Plan) for value in vars(module).values()):
            continue
        area = module.__name__.removeprefix("twitchcam.triage.")
        rows += [f"| {area} | `{name}` | {value} | {why} |" for name, value, why in _constants(module)]
    return (
        "## Thresholds of the patterns\n\nTaken from the code, with the reason that stands there. "
        "'Reference' is the project's clinical reference; what it calls derived, proposed or background "
        "is no evidence.\n\n"
        "| where | name | value | reason |\n|---|---|---|---|\n" + "\n".join(rows)
    )


def _constants(module: ModuleType) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and docstring of the module's numbers that have one."""
    body = ast.parse(inspect.getsource(module)).body
    for line, after in itertools.pairwise(body):
        name = _assigned(line)
        said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        value = getattr(module, name, None)
        if name.isupper() and said and isinstance(value, (int, float, tuple)):
            why = " ".join(inspect.cleandoc(str(after.value.value)).split())  # type: ignore[attr-defined]
            yield name, _value(value), why.replace("|", "\\|")


def _assigned(line: ast.stmt) -> str:
    if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
        return line.target.id
    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
        return line.targets[0].id
    return ""


def _value(value: object) -> str:
    if isinstance(value, tuple):
        together = " to " if all(isinstance(item, (int, float)) for item in value) else ", "
        return together.join(str(item) for item in value)
    return str(value)


def _modules() -> list[ModuleType]:
    path, name = twitchcam.triage.__path__, twitchcam.triage.__name__ + "."
    return [importlib.import_module(entry.name) for entry in pkgutil.walk_packages(path, name)]


def _conditions(book: RuleBook) -> str:
    names = sorted({name for rule in book.rules for name in rule.about}, key=str.lower)
    rows = [f"| {name} | {', '.join(r.id for r in book.rules if name in r.about)} |" for name in names]
    return (
        "## By condition and cause\n\nWhich rules speak of it.\n\n| condition or cause | rules |\n|---|---|\n"
        + "\n".join(rows)
    )


def _sources(book: RuleBook) -> str:
    rows = [f"[{tag}] {text}" for tag, text in book.sources.items()]
    return (
        "## Sources\n\nMost were read as abstracts or excerpts. L are the lay articles that describe lip "
        f"twitching; S are as numbered in the project's clinical reference.\n\n{_list(rows)}"
    )


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
