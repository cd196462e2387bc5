"""Content: the summary as blocks, in the order in which a doctor reads them.

Page one answers: how pressing, why, what was found, how it looked. Page two holds what it rests on.
"""

from __future__ import annotations

import re

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
    Value,
    Values,
)
from twitchcam.edges.pdf.course import course_blocks, filmed_on, review_blocks, review_mark
from twitchcam.edges.pdf.details import (
    pattern_blocks,
    quality_blocks,
    scale_blocks,
    side_blocks,
    task_blocks,
    where_blocks,
)
from twitchcam.edges.pdf.glyphs import coded
from twitchcam.edges.pdf.traces import draw_traces
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.findings import findings, smallest_visible
from twitchcam.edges.report.names import LEVELS
from twitchcam.edges.report.speech import decimal, t
from twitchcam.summary import Lips, Measured, Summary, Triage

TONES: dict[str, Tone] = {
    "emergency": "alarm", "urgent": "alarm", "see_doctor": "watch", "self_care": "calm",
}  # fmt: skip
NOT_ANSWERED = re.compile(r"(Also )?not answered[:,] ", re.IGNORECASE)
PLAINLY = re.compile(r"(Also )?not answered: ", re.IGNORECASE)
LONGEST_HEAD = 64
"""Characters of the file's name in the head of a page."""
SIDES = {"left": "left", "right": "right", "bilateral": "both", "none": "none"}


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
        *_key_figures(measured),
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
    to_do = tuple(t(text) for text in triage.advice if not NOT_ANSWERED.match(text))
    unanswered = tuple(_unanswered(text) for text in triage.advice if NOT_ANSWERED.match(text))
    body: list[Block] = []
    for title, items in (
        (t("Why"), tuple(t(reason) for reason in triage.reasons)),
        (t("What to do"), to_do),
        (t("What was not answered"), unanswered),
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


def _unanswered(advice: str) -> str:
    """Return the part of an advice that stands below its own heading."""
    told = t(advice)
    rest = (told.partition(": ")[2] if PLAINLY.match(advice) else "") or told
    return rest[:1].upper() + rest[1:]


def _key_figures(measured: Measured) -> list[Block]:
    lips, quality = measured.lips, measured.quality
    none = t("none") if lips.events == 0 else None
    index = lips.asymmetry.index
    items = (
        Value(
            t("Twitches counted"),
            w.number(None) if lips.events is None else str(lips.events),
            t("in {time} usable", time=w.length(quality.usable_s)),
        ),
        Value(t("Rate"), w.per_minute(lips.rate_per_min)),
        Value(t("Rhythm"), none or _frequency(lips), _rhythm_note(lips)),
        Value(
            t("Size, median"),
            none or w.mm(lips.amplitude_mm.median),
            w.join("; ", w.ci_note(lips.amplitude_mm.median_ci, 2, " mm"), t("peak to peak")),
        ),
        Value(
            t("Size, largest"),
            none or w.mm(lips.amplitude_mm.max),
            "" if none else t("95th percentile {size}", size=w.mm(lips.amplitude_mm.p95)),
        ),
        Value(
            t("Runs"),
            w.number(None) if lips.runs is None else str(lips.runs),
            t("trains of twitches in a row"),
        ),
        Value(t("Side"), t(SIDES[lips.side]) if lips.side in SIDES else w.number(None), _where(lips)),
        Value(
            t("Asymmetry index"),
            decimal(index, 2, signed=True)
            if index is not None and w.known(index)
            else none or w.number(None),
            w.join("; ", _signed_ci(lips), t("−1 right only, +1 left only")),
        ),
        Value(
            t("Smallest visible twitch"),
            smallest_visible(quality) or w.number(None),
            t("of the lips, in this recording"),
        ),
    )
    return [Values(items)]


def _frequency(lips: Lips) -> str:
    hz = lips.dominant_hz
    return f"{decimal(hz, 2)}{w.NB}Hz" if hz is not None and w.known(hz) else w.number(None)


def _rhythm_note(lips: Lips) -> str:
    return w.join("; ", w.ci_note(lips.dominant_hz_ci, 2, " Hz"), w.rhythm_note(lips.rhythmic))


def _signed_ci(lips: Lips) -> str:
    text = w.interval(lips.asymmetry.ci, 2, signed=True)
    return t("95 %: {interval}", interval=text) if text else ""


def _where(lips: Lips) -> str:
    return "; ".join(w.region_name(region) for region in lips.regions[:3])


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
