"""Content: the summary as blocks, in the order in which a doctor reads them.

Page one answers: how pressing, why, what was found, how it looked. Page two holds what it rests on.
"""

from __future__ import annotations

import twitchcam
from twitchcam.edges.pdf.blocks import (
    Block,
    Bullets,
    Card,
    Document,
    Figure,
    Heading,
    Paragraph,
    Tone,
    Values,
)
from twitchcam.edges.pdf.course import course_blocks, filmed_on, review_blocks, review_mark
from twitchcam.edges.pdf.details import (
    quality_blocks,
    side_blocks,
    task_blocks,
    where_blocks,
)
from twitchcam.edges.pdf.glyphs import coded
from twitchcam.edges.pdf.judged import pattern_blocks, scale_blocks
from twitchcam.edges.pdf.lips import key_figures
from twitchcam.edges.pdf.traces import draw_traces
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.advice import part_advice
from twitchcam.edges.report.findings import findings
from twitchcam.edges.report.names import LEVELS
from twitchcam.edges.report.speech import decimal, t
from twitchcam.summary import Measured, Summary, Triage

TONES: dict[str, Tone] = {
    "emergency": "alarm", "urgent": "alarm", "see_doctor": "watch", "self_care": "calm",
}  # fmt: skip
LONGEST_HEAD = 64
"""Characters of the file's name in the head of a page."""


def build(summary: Summary, width_pt: float, *, filmed: str = "", size: float = 1.0) -> Document:
    """Return the document of a summary.

    Parameters
    ----------
    summary : Summary
        Any number in it may be None.
    width_pt : float
        Width of the text on the page, for the figures.
    filmed : str
        ISO day on which the clip was filmed, where the history does not tell; empty: not known.
    size : float
        Part of the usual height that curves have.
    """
    measured = summary.measured
    file = measured.source.file.replace("\n", " ")
    blocks: list[Block] = [
        Paragraph(t("File: {file:s}", file=file), "lead"),
        _facts(summary, filmed),
        *review_mark(measured),
        _triage(summary.triage),
        Heading(t("What was found")),
        *(Paragraph(sentence) for sentence in findings(summary)),
        Heading(t("Key figures of the lips")),
        Values(key_figures(measured)),
        Heading(t("Movement over time")),
        *_traces(measured, width_pt, size),
        *side_blocks(measured, width_pt, size),
        *where_blocks(measured, width_pt),
        *task_blocks(measured),
        *course_blocks(summary, width_pt),
        *pattern_blocks(summary),
        *quality_blocks(measured),
        *scale_blocks(summary),
        *review_blocks(measured),
        *_method(summary),
    ]
    return Document(
        title=t("twitchcam report: {file:s}", file=file),
        brand=t("twitchcam report"),
        file=_short(file),
        footer=t("An observation aid, not a diagnosis. Left and right are always the person's own."),
        blocks=tuple(blocks),
    )


def _short(name: str) -> str:
    """Return a name for the head of a page: the middle of a long one is left out, with an ellipsis."""
    file = coded(name)
    return file if len(file) <= LONGEST_HEAD else f"{file[: LONGEST_HEAD - 16]}…{file[-15:]}"


def _facts(summary: Summary, filmed: str) -> Paragraph:
    """Say which recording this is: when filmed where that is known, how long, how it was made."""
    source = summary.measured.source
    when = filmed_on(summary, filmed)
    return Paragraph(
        w.join(
            " · ",
            t("filmed {when}", when=when) if when else t("date of filming not recorded"),
            w.length(source.duration_s),
            t("{width} × {height} pixels", width=source.width, height=source.height),
            t("{fps} pictures a second", fps=decimal(source.fps, 1))
            if source.fps is not None and w.known(source.fps)
            else "",
            t("said to be mirrored, sides swapped back") if source.mirrored else "",
        ),
        "aside",
    )


def _triage(triage: Triage) -> Card:
    level, _ = LEVELS[triage.level]
    to_do, unanswered = part_advice(triage.advice)
    body: list[Block] = []
    for title, items in (
        (t("Why"), tuple(t(reason) for reason in triage.reasons)),
        (t("What to do"), tuple(t(text) for text in to_do)),
        (t("What was not answered"), tuple(unanswered)),
    ):
        if items:
            body += [Heading(title), Bullets(items)]
    body.append(
        Paragraph(
            t(
                "Whatever this page says: a face that suddenly droops, an arm or a leg that turns weak, or "
                "speech that slurs is an emergency. A quiet video never cancels such a sign."
            ),
            "aside",
        )
    )
    return Card(t(level), TONES.get(triage.level, "neutral"), tuple(body))


def _traces(measured: Measured, width_pt: float, size: float) -> list[Block]:
    drawing = draw_traces(measured, width_pt, size)
    if drawing is None:
        return [Paragraph(t("There is no trace: no time in this recording could be measured."), "aside")]
    counted = sum(not e.gated for e in measured.events)
    return [
        Figure(
            drawing.svg,
            t(
                "Curves of the movement of lips, eyelids and brows over time, left and right, in mm; "
                "{counted} counted events are marked, {gated} are not counted.",
                counted=counted,
                gated=len(measured.events) - counted,
            ),
            t(
                "Each lane shows the part that twitched most, along its main direction, in mm relative to "
                "the head; left and right share one scale, and what goes beyond it is cut at the edge. Blue: "
                "counted events, a dark tick at each peak. Dotted ticks: events that are not counted. Grey: "
                "time that is not counted, its reasons in the rows below."
            ),
        )
    ]


def _method(summary: Summary) -> list[Block]:
    measured = summary.measured
    missing = t("not recorded")
    return [
        Heading(t("Method")),
        Paragraph(
            t(
                "A face mesh found the face, image registration of the face's pixels measured the movement "
                "relative to the head. A twitch's size is peak to peak along its main direction."
            ),
            "aside",
        ),
        Paragraph(
            t(
                "twitchcam {version}, {schema}, rules {rules}; tracker {tracker}, model SHA-256 {model}; "
                "file SHA-256 {file}.",
                version=twitchcam.__version__,
                schema=summary.schema,
                rules=summary.triage.rules_version,
                tracker=f"{measured.tracker.backend} {measured.tracker.version}",
                model=measured.tracker.model_sha256 or missing,
                file=measured.source.sha256 or missing,
            ),
            "aside",
        ),
    ]
