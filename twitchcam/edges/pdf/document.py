"""Document: blocks and template compiled to PDF, whole or not at all, the same bytes for the same input."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.pdf.blocks import Document, Paragraph, texts, to_plain
from twitchcam.edges.pdf.content import build
from twitchcam.edges.pdf.glyphs import fonts, plain, safe, was_coded
from twitchcam.edges.report.speech import speaking, t
from twitchcam.errors import InputRefused
from twitchcam.files import replacing
from twitchcam.summary import Summary

TEMPLATE: Final = Path(__file__).parent / "templates" / "report.typ"
PAPERS: Final[dict[str, tuple[str, float]]] = {"a4": ("a4", 595.276), "letter": ("us-letter", 612.0)}
"""Name of a paper: typst's name of it, and its width in points."""
MARGIN_PT: Final = 42.0
SIZES: Final = (1.0, 0.95, 0.9)
"""Sizes of the letters that are tried, until the document fills no more than two pages; what does not fit
then is set in the first size and flows on."""
FULL_PAGES: Final = 2
_LETTER: Final = re.compile(rb"/MediaBox ?\[ ?0 0 612 792 ?\]")
DRAWN: Final = frozenset({"svg"})
HYPHENATED: Final = frozenset({"de"})
"""Languages with long words. English stays unbroken, so that what is copied or searched reads as written."""


def check_paper(paper: str) -> str:
    """Return the paper's name as it is used here.

    Raises
    ------
    InputRefused
        If it is neither A4 nor US Letter.
    """
    if paper.lower() not in PAPERS:
        raise InputRefused(f"--paper {paper}: no such paper; use {' or '.join(PAPERS)}")
    return paper.lower()


def paper_of(path: Path) -> str | None:
    """Return the paper of a PDF that was written here; None when there is no such file."""
    if not path.is_file():
        return None
    return "letter" if _LETTER.search(path.read_bytes()) else "a4"


def render_pdf(summary: Summary, *, paper: str = "a4", language: str = "en", filmed: str = "") -> bytes:
    """Return the PDF of one recording.

    Parameters
    ----------
    summary : Summary
        What was measured and what follows from it; any number in it may be None.
    paper : {'a4', 'letter'}
        Size of the page.
    language : str
        Code of a language in `twitchcam.languages`.
    filmed : str
        ISO day on which the clip was filmed, where the history does not tell; empty: not known.

    Raises
    ------
    InputRefused
        If the paper or the language is unknown.
    """
    name, width_pt = PAPERS[check_paper(paper)]
    made = b""
    for size in SIZES:
        with speaking(language):
            document = with_note(build(summary, width_pt - 2 * MARGIN_PT, filmed=filmed, size=size))
        pages, pdf = _compile(_data(document, name, language, size))
        if not made or pages <= FULL_PAGES:
            made = pdf
        # What fills more than three pages will not fit on two.
        if pages != FULL_PAGES + 1:
            break
    return made


def _data(document: Document, paper: str, language: str, size: float) -> dict[str, Any]:
    """Return what the template is given."""
    hyphenated = language in HYPHENATED
    return {
        "paper": paper,
        "margin": MARGIN_PT,
        "size": size,
        "lang": language,
        "hyphenate": hyphenated,
        "properties": plain(document.title),
        "document": _safe(to_plain(document), hyphenated=hyphenated),
    }


def _compile(data: dict[str, Any]) -> tuple[int, bytes]:
    """Return the number of pages and the PDF."""
    import typst

    compiler = typst.Compiler(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, allow_nan=False)},
    )
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=0)
    assert isinstance(made, bytes)
    return int(json.loads(compiler.query("<pages>", field="value", one=True))), made


def write_pdf(
    summary: Summary, path: str | Path, *, paper: str = "a4", language: str = "en", filmed: str = ""
) -> None:
    """Write the PDF of one recording to `path`, whole or not at all.

    Raises
    ------
    InputRefused
        If the paper or the language is unknown or the file cannot be written.
    """
    made = render_pdf(summary, paper=paper, language=language, filmed=filmed)
    with replacing(Path(path)) as handle:
        handle.write(made)


def with_note(document: Document) -> Document:
    """Return the document with a word on letters that are written as codes, where there are any."""
    if not any(was_coded(text) for text in texts(document)):
        return document
    note = Paragraph(
        t("Letters that this document's font lacks are written as their Unicode number, such as [U+732B]."),
        "aside",
    )
    first, *rest = document.blocks
    return replace(document, blocks=(first, note, *rest))


def _safe(thing: Any, *, hyphenated: bool) -> Any:
    """Make every text of the plain data fit to be shown; drawings stay."""
    if isinstance(thing, dict):
        return {
            name: value if name in DRAWN else _safe(value, hyphenated=hyphenated)
            for name, value in thing.items()
        }
    if isinstance(thing, list):
        return [_safe(value, hyphenated=hyphenated) for value in thing]
    if not isinstance(thing, str):
        return thing
    return "\n".join(safe(line, hyphenated=hyphenated) for line in thing.split("\n"))
