"""The PDF report, read back with an independent reader (pypdf)."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pypdf
import pytest
import summaries
from hypothesis import given, settings
from hypothesis import strategies as st

from twitchcam.course import Course, CourseMark, CoursePoint
from twitchcam.edges.pdf import check_paper, document, glyphs, paper_of, render_pdf, write_pdf
from twitchcam.edges.pdf.blocks import texts
from twitchcam.edges.pdf.course import review_blocks
from twitchcam.edges.pdf.document import TEMPLATE
from twitchcam.edges.pdf.drawing import boxes, marks, polyline
from twitchcam.edges.recordings import load_recording, save_recording
from twitchcam.edges.report.speech import speaking
from twitchcam.edges.review_file import write_review
from twitchcam.errors import InputRefused
from twitchcam.regions import REGIONS
from twitchcam.report_command import rebuild
from twitchcam.review import Review
from twitchcam.review_command import ReviewOptions, run_review
from twitchcam.session import Options, Result, analyse_recording, filmed_day
from twitchcam.summary import Pattern, Reviewed, ReviewMark, Summary, Triage
from twitchcam.triage.answers import parse_answers

NAMES = ("twitching", "quiet", "unusable", "nothing_known", "guided")
A4, LETTER = (595.276, 841.89), (612.0, 792.0)


@lru_cache(maxsize=16)
def made(name: str) -> tuple[Summary, bytes]:
    summary: Summary = getattr(summaries, name)()
    return summary, render_pdf(summary)


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def words(pdf: bytes) -> str:
    """Return all text in one line, as a person who copies it gets it."""
    text = " ".join(page.extract_text() for page in read(pdf).pages)
    return " ".join(text.replace("\N{ZERO WIDTH SPACE}", "").replace("\N{NO-BREAK SPACE}", " ").split())


def objects(pdf: bytes) -> Iterator[Any]:
    reader = read(pdf)
    for number in range(1, reader.trailer["/Size"]):
        yield reader.get_object(number)


def dictionaries(pdf: bytes) -> Iterator[Any]:
    """Yield every dictionary of the file, at any depth."""
    todo = list(objects(pdf))
    while todo:
        thing = todo.pop()
        if isinstance(thing, pypdf.generic.DictionaryObject):
            yield thing
            todo += [thing.raw_get(key) for key in thing]
        elif isinstance(thing, pypdf.generic.ArrayObject):
            todo += list(thing)


def outside(pdf: bytes) -> list[str]:
    """Return the texts that begin or lie beyond the page's margins."""
    found = []
    for page in read(pdf).pages:
        wide, high = (float(x) for x in page.mediabox[2:])

        def see(
            text: str, _cm: Any, tm: Any, _font: Any, _size: Any, w: float = wide, h: float = high
        ) -> None:
            if text.strip() and not (30 < _cm[4] + tm[4] < w - 30 and 15 < _cm[5] + tm[5] < h - 15):
                found.append(text)

        page.extract_text(visitor_text=see)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_is_a_whole_tagged_document_with_its_fonts_and_nothing_active(name: str) -> None:
    summary, pdf = made(name)
    reader = read(pdf)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == f"twitchcam report: {summary.measured.source.file}"
    assert len(reader.outline) >= 1
    keys = {key for thing in dictionaries(pdf) for key in thing}
    assert not keys & {"/JS", "/JavaScript", "/Launch", "/URI", "/EmbeddedFiles", "/OpenAction", "/AA"}
    assert b"pdfuaid" in reader.xmp_metadata.stream.get_data()  # type: ignore[union-attr]
    fonts = [thing for thing in dictionaries(pdf) if thing.get("/Type") == "/FontDescriptor"]
    assert fonts
    assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    assert all("DejaVuSans" in font["/FontName"] for font in fonts)
    for page in reader.pages:
        assert not page.get("/Annots")
        assert [float(x) for x in page.mediabox[2:]] == pytest.approx(A4, abs=0.1)
    assert not outside(pdf)


def test_figures_are_drawn_as_vectors_and_described() -> None:
    _, pdf = made("twitching")
    described = [thing for thing in dictionaries(pdf) if thing.get("/S") == "/Figure"]
    assert len(described) == 4
    assert all(len(thing["/Alt"]) > 25 for thing in described)
    assert not [thing for thing in dictionaries(pdf) if thing.get("/Subtype") == "/Image"]
    heads = [thing for thing in dictionaries(pdf) if thing.get("/S") == "/TH"]
    assert len(heads) >= 10 + 3


@pytest.mark.parametrize("name", ["twitching", "quiet", "unusable"])
def test_two_pages_numbered(name: str) -> None:
    _, pdf = made(name)
    pages = [page.extract_text() for page in read(pdf).pages]
    assert len(pages) == 2
    for number, text in enumerate(pages, 1):
        assert f"{number}/2" in text
        assert "An observation aid, not a diagnosis" in text


def test_a_measured_sample_fills_two_pages_with_every_figure(measured: Result) -> None:
    pdf = render_pdf(measured.summary)
    assert len(read(pdf).pages) == 2
    text = words(pdf)
    lips, quality = measured.summary.measured.lips, measured.summary.measured.quality
    assert lips.rate_per_min is not None
    assert lips.asymmetry.ci is not None
    assert f"{lips.asymmetry.index:+.2f}" in text
    assert f"{lips.asymmetry.ci[0]:+.2f} to {lips.asymmetry.ci[1]:+.2f}" in text
    assert f"{lips.dominant_hz:.2f} Hz" in text
    assert f"{lips.amplitude_mm.median:.2f} mm" in text
    assert f"{quality.mm_per_px:.3f} mm/px" in text
    assert measured.summary.measured.source.sha256 is not None
    assert measured.summary.measured.source.sha256 in text.replace(" ", "")
    for reason in (*measured.summary.triage.reasons, *quality.reasons):
        assert reason in text
    assert (len(pdf), len(read(pdf).pages)) < (400_000, 3)


def test_says_what_the_summary_says() -> None:
    summary, pdf = made("twitching")
    text = words(pdf)
    for part in (
        "Worth showing to a doctor", *summary.triage.reasons, *summary.triage.advice,
        "left_twitch_5hz.mp4", "date of filming not recorded", "20.0 s", "1280 × 720",
        "Twitches counted 28", "98.8 a minute",
        "95 %: 65.7 to 143, as if each came independently", "5.02 Hz", "4.94 to 5.09 Hz; rhythmic", "0.52 mm",
        "+0.91", "+0.86 to +0.95", "0.06 to 0.11 mm", "blinking 1.7 s",
        "Like harmless twitching", "possible", *summary.patterns[0].evidence, *summary.patterns[0].against,
        "Like hemifacial spasm: 18 s of usable rest; 60 s are needed.", "Quality of the recording",
        "rules 1", "twitchcam.summary/1", "facemesh 0.10.21", "Across: Hz. Up: mm/√Hz.",
    ):  # fmt: skip
        assert part in text, part
    for region in REGIONS:
        stem, side = region.rsplit("_", 1)
        part = {"commissure": "mouth corner"}.get(stem, stem.replace("_", " "))
        assert f"{part}, {'middle' if side == 'mid' else side}" in text


def test_an_unusable_recording_and_an_empty_one_invent_nothing() -> None:
    text = words(made("unusable")[1])
    assert "This recording cannot say whether the lips twitched" in text
    assert "Something covered the mouth for 3.0 s" in text
    nothing = words(made("nothing_known")[1])
    assert "not measurable" in nothing
    assert "nan" not in nothing.lower().replace("explanation", "")
    assert "None" not in nothing


def test_an_emergency_by_answers_stands_first(measured: Result) -> None:
    answers = parse_answers(
        {"face_weakness": True, "face_weakness_since_hours": 2, "speech_difficulty": True, "seizure": True}
    )
    assert measured.folder is not None
    again = analyse_recording(measured.folder / "recording.npz", None, Options(answers=answers))
    text = read(render_pdf(again.summary)).pages[0].extract_text()
    assert "Emergency: call the emergency number now" in text
    assert text.index("Emergency") < text.index("What was found")
    assert all(" ".join(reason.split()) in " ".join(text.split()) for reason in again.summary.triage.reasons)


def test_guided_tasks_and_scales() -> None:
    summary, pdf = made("guided")
    text = words(pdf)
    for part in ("1. Rest", "5. Smile", "left 13.4 mm", "right 6.2 mm", "+0.34 to +0.40", "12 %", "44 %"):
        assert part in text, part
    assert "Could not be assessed: The face was turned away for most of it." in text
    assert "Estimates after clinical scales" in text
    assert all(scale.title in text for scale in summary.scales)


def course() -> Course:
    points = tuple(
        CoursePoint(
            f"2026-{month:02d}-03", "ok", 60.0, 5, 4.0 + month, (1.5, 9.0), 0.42, (0.3, 0.5), 0.8, (0.7, 0.9),
            True, month != 2, ("filmed from further away",) if month == 2 else (), month == 4,
        )
        for month in (1, 2, 3, 4)
    )  # fmt: skip
    mark = CourseMark("2026-02-20", "botulinum toxin, left eye")
    sentence = "Twitches of the lips were seen in 4 of 4 weeks."
    return Course(
        4, 4, "2026-01-03", "2026-04-03", 90, 4, 4, True, (), (), None, (mark,), points, (sentence,)
    )


def test_the_history_is_shown_with_intervals_and_what_does_not_compare() -> None:
    text = words(render_pdf(replace(made("twitching")[0], history=course())))
    assert "filmed 3 April 2026" in text
    for part in ("Earlier recordings", "seen in 4 of 4 weeks", "5.0 (1.5 to 9.0)", "0.42 (0.30 to 0.50)",
                 "+0.80 (+0.70 to +0.90)", "not comparable: filmed from further away",
                 "20 February 2026: botulinum toxin, left eye", "this recording"):  # fmt: skip
        assert part in text, part
    long = replace(course(), points=course().points * 10)
    assert "28 earlier recordings are not listed." in words(
        render_pdf(replace(made("twitching")[0], history=long))
    )


def test_a_review_is_marked_on_the_first_page() -> None:
    summary = made("twitching")[0]
    first, second = summary.measured.events[:2]
    entries = (
        ReviewMark("reject", None, first, "a swallow"),
        ReviewMark("add", second, None),
        ReviewMark("keep", second, second),
    )
    review = Reviewed("Dr. Müller", "2026-11-20T10:11:00", entries, unmatched=1)
    pdf = render_pdf(replace(summary, measured=replace(summary.measured, review=review)))
    first_page = " ".join(read(pdf).pages[0].extract_text().split())
    assert "Reviewed by a person (Dr. Müller, 20 November 2026)." in first_page
    text = words(pdf)
    assert "1 stand, 1 were rejected and 0 changed; 1 were added" in text
    assert "a swallow" in text
    assert "1 decision is about an event that this analysis does not find." in text


def test_a_changed_event_is_told_in_the_words_of_the_page_and_of_the_language() -> None:
    measured = made("twitching")[0].measured
    event = measured.events[0]
    entries = (ReviewMark("relabel", replace(event, trial_type="tonic"), event),)
    changed = replace(measured, review=Reviewed("AB", "", entries))
    told = "blink, upper eyelid, left; now long pull, upper eyelid, left"
    assert texts(review_blocks(changed))[-3:] == ["relabelled", told, ""]
    with speaking("de"):
        german = " ".join(texts(review_blocks(changed)))
    assert not any(word in german for word in ("tonic", "blink", "pull", "changed", "relabelled"))


def test_german_with_decimal_commas() -> None:
    summary = made("twitching")[0]
    pdf = render_pdf(summary, language="de")
    assert read(pdf).trailer["/Root"]["/Lang"] == "de"
    text = words(pdf)
    assert "0,52" in text
    assert "5,02 Hz" in text
    assert "0.52" not in text
    assert "Eine Beobachtungshilfe, keine Diagnose" in text
    with pytest.raises(InputRefused):
        render_pdf(summary, language="xx")


def test_letter_paper() -> None:
    for page in read(render_pdf(made("twitching")[0], paper="Letter")).pages:
        assert [float(x) for x in page.mediabox[2:]] == pytest.approx(LETTER, abs=0.1)
    with pytest.raises(InputRefused, match=r"--paper legal: no such paper; use a4 or letter"):
        check_paper("legal")


def test_the_same_summary_gives_the_same_bytes_in_every_process_and_zone(tmp_path: Path) -> None:
    code = (
        "import sys, summaries; from twitchcam.edges.pdf import write_pdf;"
        "write_pdf(summaries.twitching(), sys.argv[1])"
    )
    target = tmp_path / "report.pdf"
    env = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7",
                        "PYTHONPATH": str(Path(__file__).parent)}  # fmt: skip
    subprocess.run([sys.executable, "-c", code, str(target)], check=True, env=env, timeout=120)
    assert target.read_bytes() == made("twitching")[1]


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot write here"):
        write_pdf(made("quiet")[0], tmp_path / "missing" / "report.pdf")
    with pytest.raises(InputRefused, match="--paper"):
        write_pdf(made("quiet")[0], tmp_path / "report.pdf", paper="b5")
    assert not list(tmp_path.iterdir())


def test_what_nearly_fits_is_set_a_little_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    summary = made("twitching")[0]
    reasons = tuple(f"Reason number {i}, which takes a line of the first page." for i in range(40))
    nearly = replace(summary, triage=replace(summary.triage, reasons=reasons))
    smaller = render_pdf(nearly)
    monkeypatch.setattr(document, "SIZES", (1.0,))
    assert (len(read(smaller).pages), len(read(render_pdf(nearly)).pages)) == (2, 3)
    text = words(smaller)
    assert all(reason in text for reason in reasons)


def test_far_too_much_flows_onto_further_pages_and_nothing_is_lost() -> None:
    sentence = "What was seen here goes on and on and has to be told in full. "
    reasons = tuple(f"Reason number {i}. {sentence * 4}" for i in range(40))
    patterns = tuple(
        Pattern(f"pattern_{i}_like", ("flagged", "possible", "not_seen", "not_assessable")[i % 4],  # type: ignore[arg-type]
                (sentence * 4, f"Evidence {i}."), (f"Objection {i}.",), ("x" * 300,))
        for i in range(40)
    )  # fmt: skip
    summary = replace(
        made("twitching")[0], triage=Triage("urgent", reasons, reasons[:5], "1"), patterns=patterns
    )
    pdf = render_pdf(summary)
    pages = read(pdf).pages
    assert 4 < len(pages) < 20
    assert f"{len(pages)}/{len(pages)}" in pages[-1].extract_text()
    text = words(pdf)
    assert all(f"Reason number {i}." in text for i in range(40))
    assert all(f"Evidence {i}." in text and f"Objection {i}." in text for i in range(40))
    assert not outside(pdf)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 255 + ".mp4", "x" * 255 + ".mp4"),
        ("лицо-πρόσωπο.mp4", "лицо-πρόσωπο.mp4"),
        ("猫.mp4", "[U+732B].mp4"),
        ("a\u202egpj.exe.mp4", "a[U+202E]gpj.exe.mp4"),
        ("bell\x07.mp4", "bell[U+0007].mp4"),
        ("lone\ud800.mp4", "lone[U+D800].mp4"),
        ("#evil[x] $y$ *b* <s>&amp; \\ `r` @z // c.mp4", "#evil[x] $y$ *b* <s>&amp; \\ `r` @z // c.mp4"),
        ("🧠👨‍👩‍👧.mp4", "[U+1F9E0][U+1F468]"),
    ],
)
def test_any_file_name_is_shown_whole(name: str, shown: str) -> None:
    pdf = render_pdf(summaries.renamed(made("nothing_known")[0], name))
    text = words(pdf)
    assert shown.replace(" ", "") in text.replace(" ", "")
    assert ("written as their Unicode number" in text) == ("[U+" in shown)
    assert not outside(pdf)


@given(st.text(max_size=60))
@settings(max_examples=12)
def test_any_text_compiles(text: str) -> None:
    summary = summaries.nothing_known(text)
    triage = Triage("unable", (text,), (text,), text)
    pattern = Pattern(text, "possible", (text,), (text,), (text,))
    pdf = render_pdf(replace(summary, triage=triage, patterns=(pattern,)))
    assert pdf.startswith(b"%PDF-1.7")


@given(st.text(max_size=200))
def test_safe_text_has_glyphs_and_no_long_word(text: str) -> None:
    shown = glyphs.safe(text)
    assert all(ord(letter) in glyphs.covered() for letter in shown)
    pieces = shown.replace(glyphs.BREAK, " ").split()
    assert all(len(piece) <= glyphs.LONGEST_WORD + 60 for piece in pieces)


def test_safe_text_known_answers() -> None:
    assert glyphs.safe("Plain words · −0.2 √Hz ● ◐") == "Plain words · −0.2 √Hz ● ◐"
    assert glyphs.safe("14 s, 3 of 4 so") == "14\N{NO-BREAK SPACE}s, 3 of 4 so"
    assert glyphs.safe("tab\there") == "tab here"
    long = "Bewegungsgeschwindigkeiten"
    assert glyphs.BREAK in glyphs.safe(long)
    assert glyphs.safe(long, hyphenated=True) == long
    assert glyphs.BREAK in glyphs.safe("a" * 41, hyphenated=True)
    assert glyphs.width_of("mm", 10.0) == pytest.approx(19.48, abs=0.01)


def test_an_hour_stays_small() -> None:
    trains = tuple((float(a), a + 3.0) for a in range(5, 3590, 11))
    pdf = render_pdf(summaries.twitching(3600.0, trains=trains))
    assert len(pdf) < 500_000
    assert len(read(pdf).pages) == 2


def test_the_template_asks_for_nothing_from_outside() -> None:
    for path in TEMPLATE.parent.iterdir():
        source = path.read_text(encoding="utf-8")
        assert "import" not in source
        assert "@" not in source
        assert "://" not in source


def test_analyze_writes_it_when_asked_and_takes_an_old_one_away(measured: Result, tmp_path: Path) -> None:
    assert measured.folder is not None
    recording = measured.folder / "recording.npz"
    assert not (measured.folder / "report.pdf").exists()
    done = analyse_recording(recording, tmp_path, Options(paper="a4"))
    assert done.folder is not None
    pdf = done.folder / "report.pdf"
    assert pdf.read_bytes() == render_pdf(done.summary)
    analyse_recording(recording, tmp_path, Options())
    assert not pdf.exists()
    assert json.loads((done.folder / "summary.json").read_text())["schema"] == "twitchcam.summary/1"


def test_the_day_of_filming_comes_from_the_clip_or_its_name(measured: Result) -> None:
    source = measured.recording.source
    assert filmed_day(source) == ""
    assert filmed_day(replace(source, file="VID_20260305_140533.mp4")) == "2026-03-05"
    assert filmed_day(replace(source, file="VID_20260305_140533.mp4", filmed="2026-03-04")) == "2026-03-04"
    text = words(render_pdf(made("nothing_known")[0], filmed="2026-03-05"))
    assert "filmed 5 March 2026" in text


def test_report_writes_it_and_keeps_it_up_to_date(measured: Result, tmp_path: Path) -> None:
    assert measured.folder is not None
    folder = shutil.copytree(measured.folder, tmp_path / "phone")
    assert rebuild(folder).pdf is None
    first = rebuild(folder, paper="letter")
    assert first.pdf == folder / "report.pdf"
    assert paper_of(folder / "report.pdf") == "letter"
    (folder / "report.pdf").write_bytes((folder / "report.pdf").read_bytes() + b" ")
    again = rebuild(folder)
    assert again.pdf is not None
    assert again.pdf.read_bytes() == render_pdf(again.summary, paper="letter")
    beside = rebuild(folder, out=tmp_path / "for-my-doctor.html", paper="a4")
    assert beside.pdf == tmp_path / "for-my-doctor.pdf"
    assert paper_of(tmp_path / "for-my-doctor.pdf") == "a4"


def test_a_review_keeps_the_paper_and_the_day(measured: Result, tmp_path: Path) -> None:
    assert measured.folder is not None
    folder = shutil.copytree(measured.folder, tmp_path / "VID_20260305_140533")
    recording = load_recording(folder / "recording.npz")
    source = replace(recording.source, file="VID_20260305_140533.mp4")
    save_recording(replace(recording, source=source), folder / "recording.npz")
    rebuild(folder, paper="letter")
    write_review(folder / "review.toml", Review("AB", "2026-03-06", ()))
    run_review(folder, ReviewOptions())
    assert paper_of(folder / "report.pdf") == "letter"
    assert "filmed 5 March 2026" in words((folder / "report.pdf").read_bytes())


def test_drawing_known_answers() -> None:
    assert polyline(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, np.nan, 2.0, 2.5])) == "M0 1M2 2L3 2.5"
    assert boxes([(3.0, 4.0), (0.0, 1.0), (1.0, 2.0)], 0.0, 1.0) == "M0 0H2V1H0ZM3 0H4V1H3Z"
    assert marks([0.8, 0.81, 4.0], 0.0, 2.0) == "M0.8 0V2M4 0V2"
