"""Judged: the patterns with what speaks for and against them, and the estimates after clinical scales."""

from __future__ import annotations

from collections.abc import Iterable

from twitchcam.edges.pdf.blocks import Block, Heading, Paragraph, Reasons, Table
from twitchcam.edges.report import estimates
from twitchcam.edges.report import wording as w
from twitchcam.edges.report.advice import cite
from twitchcam.edges.report.names import STATUS_ORDER, STATUSES
from twitchcam.edges.report.speech import t
from twitchcam.summary import Pattern, Summary


def pattern_blocks(summary: Summary) -> list[Block]:
    """Return the patterns: those that fit, with what speaks for and against them; the others by reason."""
    ranked = sorted(summary.patterns, key=lambda p: STATUS_ORDER.index(p.status))
    blocks: list[Block] = [
        Heading(t("Patterns")),
        Paragraph(t("What the movement resembles, not what causes it."), "aside"),
    ]
    fitting = [p for p in ranked if p.status in ("flagged", "possible")]
    if fitting:
        rows = tuple(_pattern_row(p) for p in fitting)
        head = (t("Pattern"), t("For"), t("Against"))
        blocks.append(Table(head, rows, (0.2, 0.45, 0.35)))
    else:
        none = t("No pattern fits what was seen.") if summary.patterns else t("No pattern was judged.")
        blocks.append(Paragraph(none, "aside"))
    for status, title in (
        ("not_seen", t("Not seen")),
        ("not_assessable", t("Cannot tell from this recording")),
    ):
        others = [p for p in ranked if p.status == status]
        if others:
            told = tuple(("; ".join(names), _told(reasons)) for names, reasons in w.by_reason(others))
            blocks.append(Reasons(title, told))
    cited = cite(tuple(dict.fromkeys(tag for p in fitting for tag in p.sources)))
    if cited:
        blocks.append(Paragraph(t("Sources: {list}", list="; ".join(cited)), "aside"))
    return blocks


def _pattern_row(pattern: Pattern) -> tuple[str, ...]:
    status, dot = STATUSES[pattern.status]
    name = f"{w.pattern_name(pattern.id)}\n{dot} {t(status)}"
    return (name, _told(pattern.evidence), _told(pattern.against))


def _told(items: Iterable[str]) -> str:
    return " ".join(t(item) for item in items)


def scale_blocks(summary: Summary) -> list[Block]:
    """Return the estimates after clinical scales; nothing where none was tried."""
    if not summary.scales:
        return []
    made, others = estimates.made(summary.scales), estimates.not_made(summary.scales)
    blocks: list[Block] = [
        Heading(t("Estimates after clinical scales")),
        Paragraph(
            t(
                "An estimate is never the scale itself, which a trained person scores with the patient in "
                "front of them. No patient data has validated these estimates."
            ),
            "aside",
        ),
    ]
    if made:
        head = (t("Scale"), t("Estimate"), t("Rests on"), t("Missing for the true scale"))
        rows = tuple(
            (
                f"{t(e.title)}\n{t(e.scale)}",
                estimates.value_text(e),
                _told(e.basis),
                _told(e.missing),
            )
            for e in made
        )
        blocks.append(Table(head, rows, (0.3, 0.09, 0.3, 0.31)))
    if others:
        told = tuple(("; ".join(t(x) for x in titles), _told(reasons)) for titles, reasons in others)
        blocks.append(Reasons(t("No estimate"), told))
    return blocks
