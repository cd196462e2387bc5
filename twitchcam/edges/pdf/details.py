"""Details: the blocks of the second page, each section by itself."""

from __future__ import annotations

from twitchcam.edges.pdf.blocks import (
    Block,
    Bullets,
    Columns,
    Figure,
    Heading,
    Paragraph,
    Table,
    Value,
    Values,
)
from twitchcam.edges.pdf.charts import draw_asymmetry, draw_face, draw_spectrum
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.findings import filming_tips
from twitchcam.edges.report.guided import build_tasks
from twitchcam.edges.report.names import VERDICTS
from twitchcam.edges.report.speech import decimal, t
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured, RestAsymmetry

GUTTER_PT = 16.0
MAP_SHARE = 0.22
SPECTRUM_PT = 92.0
"""Height of the spectrum."""


def side_blocks(measured: Measured, width_pt: float, size: float = 1.0) -> list[Block]:
    """Return spectrum and asymmetry, side by side."""
    half = (width_pt - GUTTER_PT) / 2
    return [Columns(tuple(_spectrum(measured, half, size)), tuple(_sides(measured, half)))]


def _spectrum(measured: Measured, width_pt: float, size: float) -> list[Block]:
    blocks: list[Block] = [Heading(t("Spectrum of the lips at rest"))]
    drawing = draw_spectrum(measured, width_pt, size * SPECTRUM_PT)
    if drawing is None:
        return [
            *blocks,
            Paragraph(t("There is no spectrum: it needs a few seconds of rest in one piece."), "aside"),
        ]
    hz = measured.lips.dominant_hz
    alt = t("Spectrum of the left and the right half of the lips over the noise, up to 15 Hz.")
    if hz is not None and w.known(hz):
        alt += " " + t("The strongest peak lies at {hz} Hz.", hz=decimal(hz, 2))
    caption = t("Blue: left. Orange, dashed: right. Dotted: noise.")
    if hz is not None and w.known(hz):
        caption += " " + t("Upright line: dominant frequency, shaded its 95 % interval.")
    return [*blocks, Figure(drawing.svg, alt, caption)]


def _sides(measured: Measured, width_pt: float) -> list[Block]:
    asymmetry = measured.lips.asymmetry
    drawing = draw_asymmetry(asymmetry, width_pt)
    blocks: list[Block] = [Heading(t("Left against right"))]
    if drawing is None or asymmetry.index is None:
        blocks.append(Paragraph(t("No asymmetry: it needs movement that rises out of the noise."), "aside"))
    else:
        index, ci = decimal(asymmetry.index, 2, signed=True), w.interval(asymmetry.ci, 2, signed=True)
        told = t("Asymmetry index {index}", index=index)
        if ci:
            told = t("Asymmetry index {index} (95 % interval {interval})", index=index, interval=ci)
        blocks.append(Figure(drawing.svg, told, told))
    rows = tuple(
        (label, *(w.synchrony(measured.synchrony.get(side), name) for side in ("left", "right")))
        for label, name in (
            (t("Events of eye and mouth at once"), "eye_mouth_events"),
            (t("Share of the eye's movements"), "coincident_fraction"),
            (t("Chance (p)"), "p_value"),
            (t("With brow lift"), "brow_lift_events"),
        )
    )
    head = (t("Eye and mouth together"), t("Left"), t("Right"))
    return [*blocks, Table(head, rows, (1.0, 0.0, 0.0), numeric=(1, 2)), _at_rest(measured.rest_asymmetry)]


def _at_rest(rest: RestAsymmetry) -> Paragraph:
    if not rest.assessable:
        return Paragraph(t("The resting shape could not be judged."), "aside")
    return Paragraph(
        t(
            "At rest: left mouth corner {corner}; left brow {brow}; eye opening left to right {ratio}.",
            corner=w.higher(rest.commissure_mm),
            brow=w.higher(rest.brow_mm),
            ratio=w.number(rest.eye_opening_ratio, 2),
        ),
        "aside",
    )


def where_blocks(measured: Measured, width_pt: float) -> list[Block]:
    """Return the face map and the table of all regions."""
    drawing = draw_face(measured, MAP_SHARE * (width_pt - GUTTER_PT))
    figure = Figure(
        drawing.svg,
        t("Map of the face with the number of events in each region; the table has the same numbers."),
    )
    # Two regions a row keep the table as low as the map.
    half = (len(REGIONS) + 1) // 2
    rows = tuple(
        (
            *_region(measured, REGIONS[i]),
            *(_region(measured, REGIONS[i + half]) if i + half < len(REGIONS) else ("",) * 5),
        )
        for i in range(half)
    )
    head = (t("Region"), t("Events"), "mm", "Hz", t("visible from")) * 2
    table = Table(head, rows, (1.16, 0.42, 0.36, 0.3, 0.44) * 2, numeric=(1, 2, 3, 4, 6, 7, 8, 9))
    note = Paragraph(
        t(
            "The map is drawn as if the person looked at you. Events: those in which the region took part; "
            "on the map the stronger the colour, the more, and hatched is not measurable. mm: median size, "
            "peak to peak. Visible from: the smallest movement in mm that this recording could have shown "
            "there. A dash: not measurable."
        ),
        "aside",
    )
    return [Columns((Heading(t("Where on the face")), figure), (table, note), MAP_SHARE)]


def _region(measured: Measured, name: str) -> tuple[str, ...]:
    found, limit = measured.regions.get(name), measured.quality.by_region.get(name)
    return (
        w.region_name(name),
        w.cell(found.events if found else None, 0),
        w.cell(found.amplitude_mm if found else None, 2),
        w.cell(found.dominant_hz if found else None, 1),
        w.cell(limit.min_detectable_mm if limit else None, 3),
    )


def task_blocks(measured: Measured) -> list[Block]:
    """Return the guided tasks; nothing where none were done."""
    if not measured.tasks:
        return []
    rows = []
    for row in build_tasks(measured.tasks):
        sizes = "; ".join(f"{t(bar.side)} {bar.text}" for bar in row.bars)
        found = t("{feature}: {sizes}", feature=row.feature, sizes=sizes) if sizes else ""
        told = t("Could not be assessed: {reason}", reason=t(row.reason)) if row.reason else found
        rows.append((f"{row.number}. {row.name}", row.when, told, "; ".join(row.notes)))
    head = (t("Task"), t("When"), t("Left against right"), t("Also"))
    return [
        Heading(t("Guided tasks")),
        Paragraph(
            t(
                "How far each side went, from where it rests, relative to the head. An index of 0 is even, "
                "+1 left only, −1 right only; healthy faces are uneven too."
            ),
            "aside",
        ),
        Table(head, tuple(rows), (0.19, 0.13, 0.3, 0.38)),
    ]


def quality_blocks(measured: Measured) -> list[Block]:
    """Return the quality of the recording and what could not have been seen in it."""
    quality, source = measured.quality, measured.source
    fps = source.fps
    items = (
        Value(
            t("Usable"),
            w.length(quality.usable_s),
            t(
                "of {length}, {share} %",
                length=w.length(source.duration_s),
                share=decimal(100 * quality.usable_fraction, 0),
            ),
        ),
        Value(
            t("Frame rate"),
            f"{decimal(fps, 1)}{w.NB}/s" if fps is not None and w.known(fps) else w.number(None),
            w.join("; ", t("variable") if source.vfr else "", _nyquist(quality.nyquist_hz)),
        ),
        Value(
            t("Eye distance"),
            f"{w.number(quality.eye_distance_px, 0)}{w.NB}px"
            if w.known(quality.eye_distance_px)
            else w.number(None),
            t("the larger, the finer"),
        ),
        Value(
            t("Picture scale"),
            f"{w.number(quality.mm_per_px, 3)}{w.NB}mm/px" if w.known(quality.mm_per_px) else w.number(None),
            w.scale_note(quality.scale),
        ),
    )
    lost = sorted(((s, name) for name, s in quality.gated_s.items() if s), reverse=True)
    blocks: list[Block] = [
        Heading(t("Quality of the recording")),
        Values((Value(t("Verdict"), t(VERDICTS[quality.verdict])), *items), 5),
    ]
    sentences = [t(reason) for reason in quality.reasons]
    if lost:
        parts = "; ".join(f"{w.gate_name(name)} {w.length(s)}" for s, name in lost)
        sentences.append(t("Not counted: {parts}.", parts=parts))
    sentences += [t(note) for note in source.notes]
    if quality.verdict != "ok":
        sentences += [t(tip) for tip in filming_tips(quality)]
    return [*blocks, Bullets(tuple(sentences))] if sentences else blocks


def _nyquist(hz: float | None) -> str:
    return t("sees up to {hz} Hz", hz=decimal(hz, 1)) if hz is not None and w.known(hz) else ""
