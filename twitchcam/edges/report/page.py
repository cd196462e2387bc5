"""The page: the Summary put into the templates, one for each section."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

import twitchcam
from twitchcam.edges.report import estimates, names, wording
from twitchcam.edges.report.figures import build_face_map, build_spectrum
from twitchcam.edges.report.findings import filming_tips, findings, smallest_visible
from twitchcam.edges.report.guided import build_bands, build_tasks
from twitchcam.edges.report.traces import Traces, build_traces
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured, Summary
from twitchcam.triage.rules import load_rules
from twitchcam.triage.scales import SCALE_SOURCES

TEMPLATES = Path(__file__).parent / "templates"
NOT_ANSWERED = re.compile(r"(Also )?not answered: ", re.IGNORECASE)
LISTED_EVENTS = 100
"""Events in the page's list; all of them are in events.tsv."""


def write_report(summary: Summary, path: str | Path) -> None:
    """Write the report of one recording as one HTML file.

    Parameters
    ----------
    summary : Summary
        What was measured and what follows from it; any number in it may be None.
    path : path
        File to write; its folder must exist.
    """
    # A file name may hold bytes that are no text (lone surrogates); they are shown, not raised.
    Path(path).write_text(render_report(summary), encoding="utf-8", errors="backslashreplace")


def render_report(summary: Summary) -> str:
    """Return the report's HTML."""
    measured = summary.measured
    traces = build_traces(measured)
    return _template().render(
        s=summary,
        m=measured,
        findings=findings(summary),
        advice=_advice(summary.triage.advice),
        traces=traces,
        trace_data=_trace_data(traces),
        spectrum=build_spectrum(measured),
        spots=build_face_map(measured),
        regions=REGIONS,
        events=_listed_events(measured),
        patterns=sorted(summary.patterns, key=lambda p: names.STATUS_ORDER.index(p.status)),
        tasks=build_tasks(measured.tasks),
        bands=build_bands(measured.tasks, traces.start_s, traces.stop_s) if traces else [],
        estimates=estimates.made(summary.scales),
        without_estimate=estimates.not_made(summary.scales),
        lips_limit=smallest_visible(measured.quality),
        cite=_cite,
        version=twitchcam.__version__,
    )


def _cite(tags: tuple[str, ...]) -> list[str]:
    """Return the sources behind their tags; a text that is no tag stands as it is."""
    known = {**SCALE_SOURCES, **load_rules().sources}
    return [f"{tag}: {known[tag]}" if tag in known else tag for tag in tags]


def _advice(advice: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Part what to do from what was not answered."""
    unanswered = [text for text in advice if NOT_ANSWERED.match(text)]
    shown = [NOT_ANSWERED.sub("", text) for text in unanswered]
    return [text for text in advice if text not in unanswered], [
        text[:1].upper() + text[1:] for text in shown
    ]


def _listed_events(measured: Measured) -> list[Any]:
    """Return the events to list: the counted ones first when there are too many, then in time order."""
    ranked = sorted(measured.events, key=lambda e: bool(e.gated))[:LISTED_EVENTS]
    return sorted(ranked, key=lambda e: e.onset_s)


def _trace_data(traces: Traces | None) -> dict[str, Any] | None:
    if traces is None:
        return None
    return {
        "start": traces.start_s,
        "stop": traces.stop_s,
        "steps": [lane.step_s for lane in traces.lanes],
        "lanes": [lane.samples for lane in traces.lanes],
        "names": [f"{lane.group}, {wording.side_name(lane.side)}" for lane in traces.lanes],
        "groups": [lane.group for lane in traces.lanes],
        "events": [
            [*(round(x, 3) for x in times), text, int(counts)] for *times, text, counts in traces.events
        ],
    }


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    env.globals.update(
        w=wording,
        names=names,
        filming_tips=filming_tips,
        value_text=estimates.value_text,
        script=script,
        script_hash=f"sha256-{digest}",
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
    )
    return env.get_template("report.html")
