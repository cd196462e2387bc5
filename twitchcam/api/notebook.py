"""Notebook: an analysis in a few lines, as text and as HTML."""

from __future__ import annotations

from html import escape
from typing import Any

from twitchcam.edges.report.findings import findings_and_level
from twitchcam.summary import Summary

DASH = "–"


def rows_of(summary: Summary) -> list[tuple[str, str]]:
    """Return the main numbers with their units; a dash where the recording cannot answer."""
    lips, quality = summary.measured.lips, summary.measured.quality
    ci, index = lips.asymmetry.ci, lips.asymmetry.index
    return [
        ("twitches of the lips", DASH if lips.events is None else str(lips.events)),
        ("rate", _number(lips.rate_per_min, ".1f", " a minute")),
        ("rhythm", _number(lips.dominant_hz, ".2f", " Hz", lips.dominant_hz_ci)),
        ("size, median", _number(lips.amplitude_mm.median, ".2f", " mm", lips.amplitude_mm.median_ci)),
        ("side", lips.side or DASH),
        ("asymmetry (+1 left only)", _number(index, "+.2f", "", ci)),
        ("usable", f"{quality.usable_s:.1f} s, {quality.verdict}"),
        ("triage", summary.triage.level.replace("_", " ")),
    ]


def text_of(name: str, summary: Summary) -> str:
    """Return one line: the clip, its numbers, the triage level."""
    lips = summary.measured.lips
    parts = [f"{lips.events} twitches" if lips.events is not None else "lips not measured"]
    parts += [_number(lips.rate_per_min, ".1f", "/min")] if lips.rate_per_min is not None else []
    parts += [f"side {lips.side}"] if lips.side not in (None, "none") else []
    reviewed = ", reviewed" if summary.measured.review is not None else ""
    parts += [f"{summary.measured.quality.verdict}{reviewed}", f"triage {summary.triage.level}"]
    return f"<twitchcam {name}: {', '.join(parts)}>"


def html_of(name: str, summary: Summary) -> str:
    """Return a small table and the findings in plain sentences, without style of its own."""
    rows = "".join(
        f'<tr><th style="text-align:left">{escape(label)}</th><td>{escape(value)}</td></tr>'
        for label, value in rows_of(summary)
    )
    review = summary.measured.review
    note = (
        ""
        if review is None
        else f"<p>Reviewed{escape(' by ' + review.reviewer if review.reviewer else '')}.</p>"
    )
    words = escape(" ".join(findings_and_level(summary)))
    return (
        f"<div><strong>{escape(name)}</strong>{note}<table>{rows}</table><p>{words}</p>"
        "<p><small>An observation, not a diagnosis.</small></p></div>"
    )


def _number(value: float | None, form: str, unit: str, ci: tuple[float, float] | None = None) -> str:
    if value is None:
        return DASH
    text: Any = f"{value:{form}}{unit}"
    return f"{text} (95 %: {ci[0]:{form}} to {ci[1]:{form}})" if ci is not None else str(text)
