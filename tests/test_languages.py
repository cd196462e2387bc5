"""Phrases, catalogues, numbers and dates: what is told in another language, and how it is found there."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import re
import string
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitchcam.errors import InputRefused
from twitchcam.languages import LANGUAGES, Language, language_of, translate
from twitchcam.languages.match import Template
from twitchcam.languages.po import read_entries
from twitchcam.languages.style import ENGLISH, GERMAN, NO_BREAK
from twitchcam.phrases import PLACE, Phrase, fill, formats_of, listing, number_in, phrase

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
import find_phrases  # noqa: E402

OTHERS = [code for code in LANGUAGES if code != "en"]
DE = language_of("de")


# --- phrases ---------------------------------------------------------------------------------------------


def test_a_phrase_is_its_english_sentence() -> None:
    told = phrase("{n} closing{n||s} of the {side} eye, {s:.1f} s", n=2, side="left", s=1.25)
    assert told == "2 closings of the left eye, 1.2 s"
    assert json.dumps({"a": told}) == '{"a": "2 closings of the left eye, 1.2 s"}'
    assert told.values == {"n": "2", "side": "left", "s": "1.2"}
    assert phrase("{n} closing{n||s} of it", n=1) == "1 closing of it"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_phrase_keeps_its_values_when_it_is_handed_on(again: object) -> None:
    told = again(phrase("{n} days, {name}", n=3, name=phrase("the {side} eye alone", side="left")))  # type: ignore[operator]
    assert isinstance(told, Phrase)
    assert told == "3 days, the left eye alone"
    assert (told.template, dict(told.values)) == (
        "{n} days, {name}",
        {"n": "3", "name": "the left eye alone"},
    )


@pytest.mark.parametrize("values", [{}, {"n": 1, "m": 2}, {"m": 1}])
def test_values_and_places_must_agree(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="do not agree"):
        phrase("{n} days", **values)


def test_a_listing_is_its_items_in_one_string() -> None:
    assert listing([]) == ""
    assert listing(["a"]) == "a"
    assert listing(["a", "b", "c"], last=" and ") == "a, b and c"


# --- numbers and dates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "german"),
    [
        ("0.5", "0,5"), ("-1.25", "-1,25"), ("12", "12"), ("1234", "1234"), ("1e-05", "1e-05"),
        ("12345.6", f"12{NO_BREAK}345,6"), ("80%", f"80{NO_BREAK}%"),
        ("1234567", f"1{NO_BREAK}234{NO_BREAK}567"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_germans_do(told: str, german: str) -> None:
    assert GERMAN.write_number(told) == german


def test_english_numbers_stay() -> None:
    assert ENGLISH.write_number("1234.5") == "1234.5"
    assert language_of("en").number(0.8, ".0%") == "80%"
    assert DE.number(0.123, ".2f") == "0,12"


def test_dates() -> None:
    assert DE.date(date(2026, 3, 5)) == "5. März 2026"
    assert language_of("en").date(date(2026, 3, 5)) == "5 March 2026"
    assert DE.moment(datetime(2026, 11, 3, 9, 5)) == "3. November 2026, 09:05 Uhr"
    assert GERMAN.write_text("2026-12-31") == "31. Dezember 2026"
    assert GERMAN.write_text("< 0.001") == "< 0,001"
    assert GERMAN.write_text("phone_2026-12-31.mp4") == "phone_2026-12-31.mp4"


# --- catalogue files -------------------------------------------------------------------------------------


def test_a_catalogue_is_read() -> None:
    lines = ['# x', 'msgid ""', 'msgstr "Language: de"', "", 'msgctxt "e"', 'msgid "left"', 'msgstr "linke"',
             'msgid "two "', '"lines"', 'msgstr ""', '"zwei \\"Zeilen\\""']  # fmt: skip
    entries = [tuple(entry) for entry in read_entries(lines, "x.po")]
    assert entries == [("e", "left", "linke"), ("", "two lines", 'zwei "Zeilen"')]


@pytest.mark.parametrize("line", ["nonsense", '"text of nothing"', "msgid text"])
def test_a_damaged_catalogue_is_named_with_its_line(line: str) -> None:
    with pytest.raises(ValueError, match=r"x\.po, line 2"):
        list(read_entries(["", line], "x.po"))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputRefused, match="'xx' is not one of en, de"):
        language_of("xx")


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_missing(code: str) -> None:
    missing = find_phrases.needs(code)
    told = "\n".join(f"{place}: {text}" for text, place in missing.items())
    assert not missing, f"run scripts/find_phrases.py {code} for entries to fill in:\n{told}"


@pytest.mark.parametrize("code", OTHERS)
def test_nothing_is_kept_in_vain(code: str) -> None:
    assert not find_phrases.stale(code), f"scripts/find_phrases.py {code} --stale"


@pytest.mark.parametrize("code", OTHERS)
def test_an_entry_has_the_places_of_its_english(code: str) -> None:
    for (context, english), other in language_of(code).catalogue.items():
        if context != "typed":
            assert find_phrases.places_of(english) == find_phrases.places_of(other), english
            assert not re.search(r"[{}]", PLACE.sub("", other)), other


@pytest.mark.parametrize("code", OTHERS)
def test_an_entry_begins_and_ends_as_its_english(code: str) -> None:
    for (context, english), other in language_of(code).catalogue.items():
        if context in ("typed", "list"):
            continue
        assert (english[0] == " ", english[-1] == " ") == (other[0] == " ", other[-1] == " "), english
        for mark in ".?:":
            assert english.rstrip().endswith(mark) == other.rstrip().endswith(mark), f"{english} | {other}"


@pytest.mark.parametrize("code", OTHERS)
def test_every_entry_is_written_once(code: str) -> None:
    folder = ROOT / "twitchcam" / "languages" / code
    seen: dict[tuple[str, str], str] = {}
    for path in sorted(folder.glob("*.po")):
        for entry in read_entries(path.read_text(encoding="utf-8").splitlines(), path.name):
            key = (entry.context, entry.english)
            assert key not in seen, f"{entry.english!r} stands in {seen[key]} and {path.name}"
            assert entry.other, f"{path.name}: {entry.english!r} is empty"
            seen[key] = path.name


def test_german_never_tells_people_what_they_have() -> None:
    claims = re.compile(r"\b[Ss]ie (haben|leiden|sind krank)\b(?! (geantwortet|angegeben|zur Stirn))")
    for english, other in ((e, o) for (context, e), o in DE.catalogue.items() if context != "typed"):
        if not english.endswith("?") and not re.search(r"\byou(r)? (have|had|ever)\b|Have you", english):
            assert not claims.search(other), other
        assert not re.search(r"\b(du|dein|deine|dich|dir)\b", other), other


NOT_SENTENCES = {
    "triage/conditions.py",  # the rules page, English
    "triage/questions.py",  # what an answers file may hold, in refusals
    "triage/answers.py",
    "triage/result_lines.py",  # the trace of --explain: rule ids, facts
}


def test_sentences_with_values_are_phrases() -> None:
    loose = []
    for path in sorted((ROOT / "twitchcam").rglob("*.py")):
        place = path.relative_to(ROOT / "twitchcam").as_posix()
        if not place.startswith(("analysis/", "triage/", "history/")) or place in NOT_SENTENCES:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        raised = {id(n) for r in ast.walk(tree) if isinstance(r, ast.Raise) for n in ast.walk(r)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and id(node) not in raised:
                fixed = "".join(v.value for v in node.values if isinstance(v, ast.Constant))
                if re.search(r"[A-Za-z]{2,} |[A-Za-z]{2,}\.", fixed):
                    loose.append(f"{place}:{node.lineno}: {fixed}")
    assert not loose, "\n".join(["use phrase(...) instead of f-strings:", *loose])


# --- finding a sentence again ----------------------------------------------------------------------------


KEPT = ("analysis/", "triage/", "front/", "history/", "course.py")
"""Places of the sentences that a summary.json keeps, and that are read back from there."""
TEMPLATES = sorted(
    text for text, place in find_phrases.all_texts().items() if place.startswith(KEPT) and PLACE.search(text)
)


def samples_of(template: str, turn: int) -> dict[str, object]:
    """Return values that the places of a template may have; words with forms (linke, linken) are sides."""
    formed = {place[1] for place in PLACE.finditer(DE.catalogue[("", template)]) if place[2]}
    return {
        name: ("left", "right")[turn % 2] if name in formed else sample_of(spec, turn)
        for name, spec in formats_of(template).items()
    }


def sample_of(spec: str, turn: int) -> object:
    if spec.endswith(("f", "%", "g")):
        return (0.0, 1.0, 12.375, 1234.5)[turn]
    if spec == "d":
        return turn
    return "IMG_0001 (2).mp4" if spec == "s" else ("left", "cheek", "7", "right, cheek and left")[turn]


@pytest.mark.parametrize("turn", range(4))
def test_a_sentence_that_lost_its_values_is_told_the_same(turn: int) -> None:
    for template in TEMPLATES:
        made = phrase(template, **samples_of(template, turn))
        known = DE.find(made)
        assert known is not None, template
        assert DE.find(str(made)) == known, template


@given(
    st.sampled_from(
        [t for t in TEMPLATES if all(s.endswith(("f", "%", "g")) for s in formats_of(t).values())]
    ),
    st.floats(-999, 99_999, allow_nan=False),
)
def test_every_number_comes_through(template: str, value: float) -> None:
    made = phrase(template, **dict.fromkeys(formats_of(template), value))
    assert DE.find(str(made)) == DE.find(made)


@given(st.text(string.printable, max_size=80))
def test_a_text_of_no_catalogue_comes_back(text: str) -> None:
    told = DE(text)
    assert isinstance(told, str)
    if DE.find(text) is None:
        assert told == text


def test_hostile_names_stay_as_they_are() -> None:
    for name in ("{n} days.mp4", "a {x|y|z}", "%s", "\\1", "<b>", "left, right; and ' or '.mp4"):
        assert DE("File: {file:s}", file=name) == f"Datei: {name}"


def small(**entries: str) -> Language:
    """Return a language of a few entries; `a__b` stands for context a, English b."""
    keys = {tuple(key.split("__")) if "__" in key else ("", key): other for key, other in entries.items()}
    return Language("xx", "Xx", GERMAN, {("list", " and "): " und ", **keys})  # type: ignore[dict-item]


def test_plural_forms_and_word_forms() -> None:
    own = small(**{"left": "links", "en__left": "linken", "{n} day{n||s} left of the {side} side":
                   "{n} {n|Tag|Tage} auf der {side:en} Seite"})  # fmt: skip
    for n, german in ((1, "1 Tag"), (2, "2 Tage"), (0, "0 Tage")):
        made = phrase("{n} day{n||s} left of the {side} side", n=n, side="left")
        assert own(made) == own(str(made)) == f"{german} auf der linken Seite"


def test_sentences_and_lists_in_one_string_are_told_one_by_one() -> None:
    own = small(
        **{"It is late.": "Es ist spät.", "eye": "Auge", "a, b or c": "Ä", "Seen: {what}.": "Da: {what}."}
    )
    assert own("It is late. It is late.") == "Es ist spät. Es ist spät."
    assert own("eye, a, b or c and eye") == "Auge, Ä und Auge"
    assert own("Seen: eye and eye. It is late.") == "Da: Auge und Auge. Es ist spät."
    assert own("Eye") == "Auge"
    assert own("It is late. It is early.") == "It is late. It is early."


def test_values_of_a_call_may_be_told_already() -> None:
    own = small(**{"Level: {level}.": "Stufe: {level}."})
    assert own("Level: {level}.", level="hoch") == "Stufe: hoch."
    assert own("Level: high.") == "Level: high."


def test_the_more_particular_template_wins() -> None:
    own = small(
        **{"{a}: {b}": "{a}: {b}", "eye: {b} left": "Auge: noch {b}", "eye": "Auge", "7 left": "sieben"}
    )
    assert own("eye: 7 left") == "Auge: noch 7"


def test_a_last_value_may_be_empty() -> None:
    own = small(**{"It cannot be used. {why}": "Geht nicht. {why}", "It is dark.": "Dunkel."})
    assert own("It cannot be used.") == "Geht nicht."
    assert own("It cannot be used. It is dark.") == "Geht nicht. Dunkel."


def test_english_is_the_text_itself() -> None:
    text = "Only 5.0 s could be watched. Film at least 60 s with the face in view."
    assert translate(text, "en") == text
    assert translate("{n} day{n||s}", "en", n=1) == "1 day"


def test_a_pattern_matches_what_its_template_makes() -> None:
    template = Template("{part:.0%} of {n} day{n||s}, {mm:.2g} mm")
    told = fill(template.text, {"part": "80%", "n": "2", "mm": "1e-05"})
    assert template.match(told) == {"part": "80%", "n": "2", "mm": "1e-05"}
    assert template.match("80% of 2 days, much mm") is None
    assert number_in("80%") == 80.0
    assert number_in("much") is None
