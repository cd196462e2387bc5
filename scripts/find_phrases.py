"""Find every English text that people read, and what a language's catalogues lack of it or keep in vain.

    python scripts/find_phrases.py de           # what is missing, to paste into twitchcam/languages/de/*.po
    python scripts/find_phrases.py de --stale   # what no source has any more

Texts are found in four ways: arguments of `phrase`, `t`, `tn` and `marked` in the source; sentences that
stand as plain constants in the modules of `SENTENCES`; the same calls in the report's templates; the fields
of the data files (rules, questions, protocols).
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import jinja2
from jinja2 import nodes

from twitchcam.languages import LANGUAGES, language_of
from twitchcam.phrases import PLACE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = Path(__file__).resolve().parents[1] / "twitchcam"
CALLS = {"phrase": (0,), "t": (0,), "tn": (1, 2), "marked": (0,), "Line": (1,)}
"""Which arguments of these calls are English texts."""
SENTENCES = (
    "analysis", "triage", "front/real_time.py", "course.py", "history/", "edges/report/names.py",
    "edges/report/wording.py", "edges/report/estimates.py", "edges/report/findings.py",
)  # fmt: skip
"""Where plain constants that read like a sentence, or like words in one, are told to people."""
WORDS = ("edges/report/names.py",)
"""Where the values of tables are words for people, single ones too."""
TEMPLATES = ("edges/report/templates", "edges/pdf")
NOT_TOLD = json.loads((Path(__file__).with_suffix(".json")).read_text(encoding="utf-8"))
"""Constants that look like sentences but reach nobody, or only machines."""
RULE_TEXTS = ("reason", "short")
QUESTION_TEXTS = ("title", "text", "help", "unit")


def all_texts() -> dict[str, str]:
    """Return every English text with the place where it was found first, relative to the package."""
    found: dict[str, str] = {}
    for place, text in (*_in_source(), *_in_templates(), *_in_data()):
        if text.strip() and text not in NOT_TOLD:
            found.setdefault(text, place)
    return found


def _in_source() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith(("synth/", "languages/")):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from ((place, text) for text in _called(tree))
        if place.startswith(SENTENCES):
            yield from ((place, text) for text in _constants(tree))
        if place in WORDS:
            yield from ((place, text) for text in _words(tree))


def _called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            for at in CALLS[node.func.id]:
                if at < len(node.args):
                    yield from _strings(node.args[at])


def _strings(node: ast.AST) -> Iterator[str]:
    """Yield a constant, or both of a choice between constants."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)


def _constants(tree: ast.AST) -> Iterator[str]:
    """Yield constants that read like a sentence, outside of docstrings, errors and f-strings."""
    hidden: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Raise, ast.JoinedStr)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            hidden.update(id(inner) for inner in ast.walk(node))
    for node in ast.walk(tree):
        if id(node) not in hidden:
            yield from (
                text for text in _strings(node) if re.search(r"[A-Za-z]{2}.* \S|^[A-Z][a-z]+\.$", text)
            )


def _words(tree: ast.AST) -> Iterator[str]:
    """Yield the values of tables; of a pair the first one."""
    for node in ast.walk(tree):
        for value in node.values if isinstance(node, ast.Dict) else ():
            first = value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value
            yield from _strings(first)


def _in_templates() -> Iterator[tuple[str, str]]:
    environment = jinja2.Environment(autoescape=True)
    for folder in TEMPLATES:
        for path in sorted((PACKAGE / folder).rglob("*.html")):
            place = path.relative_to(PACKAGE).as_posix()
            tree = environment.parse(path.read_text(encoding="utf-8"))
            for call in tree.find_all(nodes.Call):
                if isinstance(call.node, nodes.Name) and call.node.name in CALLS:
                    for at in CALLS[call.node.name]:
                        yield from ((place, text) for text in _jinja_strings(call.args[at : at + 1]))


def _jinja_strings(found: list[nodes.Expr]) -> Iterator[str]:
    for node in found:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, nodes.CondExpr):
            yield from _jinja_strings([node.expr1, *([node.expr2] if node.expr2 else [])])


def _in_data() -> Iterator[tuple[str, str]]:
    yield from (("triage/rules.toml", text) for text in _of_rules(_toml("triage/rules.toml")))
    yield from (("triage/questions.toml", text) for text in _of_questions(_toml("triage/questions.toml")))
    for path in sorted((PACKAGE / "protocols").glob("*.toml")):
        place = path.relative_to(PACKAGE).as_posix()
        data = _toml(place)
        for holder in (data, *data.get("step", [])):
            yield from ((place, holder[key]) for key in ("title", "about", "text", "say") if key in holder)


def _toml(place: str) -> dict[str, object]:
    return tomllib.loads((PACKAGE / place).read_text(encoding="utf-8"))


def _of_rules(data: dict) -> Iterator[str]:
    for rule in data["rule"]:
        yield from (rule[key] for key in RULE_TEXTS if key in rule)
    for table in ("lead", "groups", "red_flags", "questions"):
        yield from data[table].values()
    for advice in data["advice"].values():
        yield advice if isinstance(advice, str) else advice["text"]
    yield from (entry["text"] for entry in data["contradiction"])


def _of_questions(data: dict) -> Iterator[str]:
    for section in data["section"]:
        yield from (section["title"], section["intro"])
        yield from (section.get("every", {}).get("labels", {})).values()
        yield from (value for key, value in section.get("every", {}).items() if key == "unit")
    for question in data["question"].values():
        yield from (question[key] for key in QUESTION_TEXTS if key in question)
        for key in ("options", "labels"):
            yield from question.get(key, {}).values()
        if question.get("kind") == "choices":
            yield from (name.replace("_", " ") for name in question["options"])  # as reasons name them


def needs(code: str) -> dict[str, str]:
    """Return the texts that a language lacks, with their places."""
    language = language_of(code)
    return {text: place for text, place in all_texts().items() if ("", text) not in language.catalogue}


def stale(code: str) -> list[str]:
    """Return the entries of a language that no source has any more; single words may serve as values."""
    kept = all_texts()
    return [e for context, e in language_of(code).catalogue if not context and e not in kept]


def main() -> None:
    """Print what is missing or stale."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("language", choices=[code for code in LANGUAGES if code != "en"])
    parser.add_argument("--stale", action="store_true")
    asked = parser.parse_args()
    if asked.stale:
        print("\n".join(stale(asked.language)))
        return
    for text, place in needs(asked.language).items():
        print(f'#: twitchcam/{place}\nmsgid {json.dumps(text, ensure_ascii=False)}\nmsgstr ""\n')


def places_of(text: str) -> set[str]:
    """Return the names of a text's places."""
    return {place[1] for place in PLACE.finditer(text)}


if __name__ == "__main__":
    main()
