"""The page: the Summary put into the template."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

import twitchcam
from twitchcam.edges.report import wording
from twitchcam.edges.report.figures import build_face_map, build_spectrum
from twitchcam.edges.report.traces import Traces, build_traces
from twitchcam.regions import REGIONS
from twitchcam.summary import Measured, Summary
from twitchcam.triage.rules import load_rules

TEMPLATES = Path(__file__).parent / "templates"
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
        findings=wording.findings(summary),
        traces=traces,
        trace_data=_trace_data(traces),
        spectrum=build_spectrum(measured),
        spots=build_face_map(measured),
        regions=REGIONS,
        events=_listed_events(measured),
        patterns=sorted(summary.patterns, key=lambda p: wording.STATUS_ORDER.index(p.status)),
        lips_limit=wording.smallest_visible(measured.quality),
        cite=_cite,
        version=twitchcam.__version__,
    )


def _cite(tags: tuple[str, ...]) -> list[str]:
    """Return the sources behind their tags; a text that is no tag stands as it is."""
    known = load_rules().sources
    return [f"{tag}: {known[tag]}" if tag in known else tag for tag in tags]


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
        script=script,
        script_hash=f"sha256-{digest}",
        style=(TEMPLATES / "report.css").read_text(encoding="utf-8"),
    )
    return env.get_template("report.html")
