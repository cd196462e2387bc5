"""Course: what earlier recordings showed, and what a person's review changed."""

from __future__ import annotations

from datetime import date

import numpy as np

from twitchcam.course import Course, CoursePoint, Interval
from twitchcam.edges.pdf.blocks import Block, Bullets, Figure, Heading, Paragraph, Table
from twitchcam.edges.pdf.drawing import ACCENT, GRID, INK, LINE, SOFT, Drawing, polyline
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.axes import round_ticks
from twitchcam.edges.report.course import told_day
from twitchcam.edges.report.names import REVIEW_ACTIONS, TRIAL_NAMES
from twitchcam.edges.report.speech import decimal, general, t, tn
from twitchcam.summary import Event, Measured, Reviewed, ReviewMark, Summary

LISTED_POINTS, LISTED_MARKS = 12, 40
"""Rows of the tables; how many are left out is said below them."""


def filmed_on(summary: Summary, filmed: str = "") -> str:
    """Return the day on which the recording was filmed, in words; empty when nothing tells."""
    points = summary.history.points if summary.history else ()
    told = next((point.date for point in points if point.present), "") or filmed
    return told_day(told) if told else ""


def course_blocks(summary: Summary, width_pt: float) -> list[Block]:
    """Return the history section; nothing where there are no earlier recordings."""
    course = summary.history
    if course is None or len(course.points) < 2:
        return []
    blocks: list[Block] = [Heading(t("Earlier recordings"))]
    if course.sentences:
        blocks.append(Bullets(tuple(t(sentence) for sentence in course.sentences)))
    drawing = draw_course(course, width_pt)
    if drawing is not None:
        alt = t("Twitches a minute over the dates of the recordings, each with its 95 % interval.")
        caption = t(
            "Twitches a minute by date, with 95 % intervals. Full dots: filmed and measured like the present "
            "recording. Open dots: otherwise, not to be compared. Dashed lines: what was done."
        )
        blocks.append(Figure(drawing.svg, alt, caption))
    shown = course.points[-LISTED_POINTS:]
    head = (t("Date"), t("Twitches a minute"), t("Size, mm"), t("Asymmetry index"), t("Remark"))
    blocks.append(Table(head, tuple(_point_row(p) for p in shown), (0.14, 0.21, 0.2, 0.21, 0.24)))
    left_out = len(course.points) - len(shown)
    if left_out:
        told = tn(left_out, "{n} earlier recording is not listed.", "{n} earlier recordings are not listed.")
        blocks.append(Paragraph(told, "aside"))
    if course.marks:
        told = "; ".join(f"{told_day(mark.date)}: {mark.text}" for mark in course.marks)
        blocks.append(Paragraph(t("What was done: {list}", list=told), "aside"))
    return blocks


def _point_row(point: CoursePoint) -> tuple[str, ...]:
    remarks = [t("this recording")] if point.present else []
    if not point.comparable and not point.present:
        remarks.append(w.join(": ", t("not comparable"), "; ".join(t(x) for x in point.why_not)))
    return (
        told_day(point.date),
        _with_interval(point.rate_per_min, point.rate_ci, 1),
        _with_interval(point.amplitude_mm, point.amplitude_ci, 2),
        _with_interval(point.asymmetry, point.asymmetry_ci, 2, signed=True),
        "; ".join(remarks),
    )


def _with_interval(value: float | None, ci: Interval | None, digits: int, *, signed: bool = False) -> str:
    if value is None or not w.known(value):
        return "–"
    told = w.interval(ci, digits, signed=signed)
    number = decimal(value, digits, signed=signed)
    return f"{number} ({told})" if told else number


def draw_course(course: Course, width_pt: float, height_pt: float = 78.0) -> Drawing | None:
    """Return the rates over the dates with their intervals; None when fewer than two can be drawn."""
    points = [(_ordinal(p.date), p) for p in course.points if w.known(p.rate_per_min)]
    known = [(at, p) for at, p in points if at is not None]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return None
    days = np.array([at for at, _ in known], float)
    rates = np.array([p.rate_per_min or 0.0 for _, p in known])
    tops = [p.rate_ci[1] if p.rate_ci else p.rate_per_min or 0.0 for _, p in known]
    highest = max(min(max(tops), 3.0 * float(rates.max()) + 1.0), 1.0)
    left, right, up, low = 26.0, width_pt - 8.0, 4.0, height_pt - 11.0
    x = left + 6 + (right - left - 12) * (days - days[0]) / (days[-1] - days[0])
    y = _down(rates, highest, up, low)
    drawing = Drawing(width_pt, height_pt)
    for tick in round_ticks(0.0, highest, 4):
        at = float(_down(np.array([tick]), highest, up, low)[0])
        drawing.path(f"M{left} {at:.2f}H{right:.2f}", stroke=GRID, width=0.5)
        drawing.text(left - 3, at + 2, general(tick), size=5.6, fill=SOFT, anchor="end")
    for mark in course.marks:
        on = _ordinal(mark.date)
        if on is not None and days[0] <= on <= days[-1]:
            at = left + 6 + (right - left - 12) * (on - days[0]) / (days[-1] - days[0])
            drawing.path(f"M{at:.2f} {up}V{low:.2f}", stroke=ACCENT, width=0.7, dash="2 2")
    alike = np.array([p.comparable or p.present for _, p in known])
    drawing.path(polyline(x[alike], y[alike]), stroke=LINE, width=0.8)
    for across, down, (_, point) in zip(x.tolist(), y.tolist(), known, strict=True):
        if point.rate_ci is not None:
            a, b = _down(np.array(point.rate_ci), highest, up, low).tolist()
            drawing.path(f"M{across:.2f} {a:.2f}V{b:.2f}", stroke=SOFT, width=0.6)
        full = point.comparable or point.present
        drawing.ellipse(across, down, 2.2, 2.2, fill=INK if full else "#ffffff", stroke=INK)
    drawing.text(left, height_pt - 2, told_day(known[0][1].date), size=5.8, fill=SOFT)
    drawing.text(right, height_pt - 2, told_day(known[-1][1].date), size=5.8, fill=SOFT, anchor="end")
    return drawing


def _down(
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], highest: float, up: float, low: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(low - (low - up) * np.clip(values / highest, 0.0, 1.0))


def _ordinal(iso: str) -> int | None:
    try:
        return date.fromisoformat(iso[:10]).toordinal()
    except ValueError:
        return None


def review_mark(measured: Measured) -> list[Block]:
    """Return the line that says that a person went through the events; nothing where nobody did."""
    review = measured.review
    if review is None:
        return []
    who = w.join(", ", review.reviewer, told_day(review.when) if review.when else "")
    told = t("Reviewed by a person ({who}).", who=who) if who else t("Reviewed by a person.")
    counts = t(
        "Of the events found automatically {kept} stand, {rejected} were rejected and {changed} changed; "
        "{added} were added. All numbers rest on the reviewed events.",
        kept=review.kept,
        rejected=review.rejected,
        changed=review.relabelled,
        added=review.added,
    )
    return [Paragraph(f"{told} {counts}", "lead")]


def review_blocks(measured: Measured) -> list[Block]:
    """Return the list of what the review changed; nothing where it changed nothing."""
    review = measured.review
    changes = [mark for mark in review.marks if mark.action != "keep"] if review else []
    if review is None or not changes:
        return []
    head = (t("Time"), t("What was done"), t("Event"), t("Note"))
    rows = tuple(_mark_row(mark) for mark in changes[:LISTED_MARKS])
    blocks: list[Block] = [Heading(t("Review of the events")), Table(head, rows, (0.12, 0.16, 0.36, 0.36))]
    remarks = []
    if len(changes) > LISTED_MARKS:
        n = len(changes) - LISTED_MARKS
        remarks.append(tn(n, "{n} further change is not listed.", "{n} further changes are not listed."))
    remarks += _remarks(review)
    return [*blocks, Paragraph(" ".join(remarks), "aside")] if remarks else blocks


def _remarks(review: Reviewed) -> list[str]:
    if not review.unmatched:
        return []
    one = "{n} decision is about an event that this analysis does not find."
    many = "{n} decisions are about events that this analysis does not find."
    return [tn(review.unmatched, one, many)]


def _mark_row(mark: ReviewMark) -> tuple[str, ...]:
    event = mark.event or mark.automatic
    told = _event(event)
    if mark.action == "relabel" and mark.automatic is not None and mark.event is not None:
        told = t("{before}; now {after}", before=_event(mark.automatic), after=_event(mark.event))
    return (w.clock(event.onset_s) if event else "–", t(REVIEW_ACTIONS[mark.action]), told, mark.note)


def _event(event: Event | None) -> str:
    return (
        "–"
        if event is None
        else f"{t(TRIAL_NAMES.get(event.trial_type, event.trial_type))}, {w.region_name(event.region)}"
    )
