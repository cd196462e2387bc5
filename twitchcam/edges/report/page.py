"""The page: the Summary put into the templates, one for each section."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import twitchcam
from twitchcam.edges.report import estimates, names, wording
from twitchcam.edges.report.advice import cite, part_advice
from twitchcam.edges.report.checking import MOST, build_checks, check_data
from twitchcam.edges.report.course import build_course, listed, told_trends
from twitchcam.edges.report.environment import page_template
from twitchcam.edges.report.figures import build_face_map, map_steps
from twitchcam.edges.report.findings import findings, smallest_visible
from twitchcam.edges.report.guided import build_bands, build_tasks
from twitchcam.edges.report.pictures import EventPicture
from twitchcam.edges.report.runs import LISTED_RUNS, build_runs
from twitchcam.edges.report.spectrum import SpectrogramFigure, build_spectrogram, build_spectrum
from twitchcam.edges.report.speech import decimal_mark, speaking, t
from twitchcam.edges.report.together import build_lags
from twitchcam.edges.report.traces import Traces, build_traces
from twitchcam.edges.report.views import choose_views
from twitchcam.files import replacing
from twitchcam.regions import REGIONS
from twitchcam.settings import AnalysisSettings
from twitchcam.summary import Measured, Summary

SHORT_TRIAGE = 1000
"""Characters of reasons and advice that leave room for all else on two printed pages; other languages than
English need more room for the same."""
LISTED_EVENTS = 100
"""Events in the page's list; all of them are in events.tsv."""


def write_report(
    summary: Summary, path: str | Path, *, pictures: Sequence[EventPicture] = (), language: str = "en"
) -> None:
    """Write the report of one recording as one HTML file, whole or not at all.

    Parameters
    ----------
    summary : Summary
        What was measured and what follows from it; any number in it may be None.
    path : path
        File to write; its folder must exist.
    pictures : sequence of EventPicture
        Loops of the strongest twitches, only when the person asked for pictures of the face.
    language : str
        Of what people read (en, de).

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    # A file name may hold bytes that are no text (lone surrogates); they are shown, not raised.
    page = render_report(summary, pictures=pictures, language=language)
    content = page.encode("utf-8", errors="backslashreplace")
    with replacing(Path(path), private=bool(pictures)) as handle:
        handle.write(content)


def render_report(summary: Summary, *, pictures: Sequence[EventPicture] = (), language: str = "en") -> str:
    """Return the report's HTML."""
    with speaking(language):
        return _render(summary, pictures, language)


def _render(summary: Summary, pictures: Sequence[EventPicture], language: str) -> str:
    measured = summary.measured
    traces = build_traces(measured)
    checks = build_checks(measured)
    return page_template().render(
        s=summary,
        m=measured,
        language=language,
        dense=_is_dense(summary, pictures, language),
        decimal_mark=decimal_mark(),
        findings=findings(summary),
        advice=part_advice(summary.triage.advice),
        lip_places="; ".join(wording.region_name(name) for name in measured.lips.regions),
        traces=traces,
        trace_data=_trace_data(traces),
        spectrum=build_spectrum(measured),
        spectrograms=_spectrograms(measured) if traces else [],
        runs=build_runs(measured.events),
        listed_runs=LISTED_RUNS,
        lags=build_lags(measured),
        spots=build_face_map(measured),
        map_steps=map_steps(measured),
        regions=REGIONS,
        pictures=pictures,
        course=build_course(summary.history) if summary.history else None,
        course_points=listed(summary.history) if summary.history else [],
        course_trends=told_trends(summary.history) if summary.history else [],
        events=_listed_events(measured),
        checks=checks,
        checks_most=MOST,
        check_data=check_data(measured, checks),
        patterns=sorted(summary.patterns, key=lambda p: names.STATUS_ORDER.index(p.status)),
        tasks=build_tasks(measured.tasks),
        bands=build_bands(measured.tasks, traces.start_s, traces.stop_s) if traces else [],
        estimates=estimates.made(summary.scales),
        without_estimate=estimates.not_made(summary.scales),
        lips_limit=smallest_visible(measured.quality),
        settings=_settings(measured),
        cite=cite,
        version=twitchcam.__version__,
    )


def _is_dense(summary: Summary, pictures: Sequence[EventPicture], language: str) -> bool:
    """Tell whether so much is to be told that the two printed pages need smaller type."""
    triage = summary.triage
    long = sum(map(len, (*triage.reasons, *triage.advice))) > SHORT_TRIAGE or language != "en"
    both = summary.measured.review is not None and summary.history is not None
    return long or both or bool(summary.measured.tasks) or bool(pictures)


def _spectrograms(measured: Measured) -> list[SpectrogramFigure]:
    """Return the spectrogram of the part of the lips that twitched most; of both sides if they did alike."""
    views = choose_views(measured, "Lips")
    counts = {
        side: sum(view.region == e.region for e in measured.events if not e.gated)
        for side, view in views.items()
    }
    both = measured.lips.side == "bilateral" and "mid" not in views and all(counts.values())
    sides = list(views) if both else [max(counts, key=lambda side: counts[side])]
    found = [build_spectrogram(measured, views[side], side) for side in sides]
    return [figure for figure in found if figure is not None]


def _settings(measured: Measured) -> str:
    """Tell which settings the numbers rest on: their fingerprint, and what the person set."""
    told = repr(sorted(asdict(AnalysisSettings()).items()))
    parts = [t("analysis {digest}", digest=hashlib.sha256(told.encode()).hexdigest()[:12])]
    source = measured.source
    if source.mirrored:
        parts.append(t("mirrored video"))
    if source.time_scale != 1.0:
        factor = wording.number(1.0 / source.time_scale, 1)
        parts.append(t("slow motion, {factor} times slower than real", factor=factor))
    if source.exposure_s is not None:
        parts.append(t("shutter {time} ms", time=wording.number(1000.0 * source.exposure_s, 1)))
    if measured.quality.scale.source == "user_pd":
        parts.append(t("pupillary distance given"))
    return "; ".join(parts)


def _listed_events(measured: Measured) -> list[Any]:
    """Return the events to list: the counted ones first when there are too many, then in time order."""
    ranked = sorted(measured.events, key=lambda e: bool(e.gated))[:LISTED_EVENTS]
    return sorted(ranked, key=lambda e: e.onset_s)


def _trace_data(traces: Traces | None) -> dict[str, Any] | None:
    if traces is None:
        return None
    lanes = traces.lanes
    return {
        "start": traces.start_s,
        "stop": traces.stop_s,
        "steps": [lane.step_s for lane in lanes],
        "lanes": [lane.samples for lane in lanes],
        "names": [f"{t(names.GROUP_NAMES[lane.group])}, {wording.side_name(lane.side)}" for lane in lanes],
        "groups": [lane.group for lane in lanes],
        "events": [
            [*(round(x, 3) for x in times), text, int(counts)] for *times, text, counts in traces.events
        ],
        "words": {"none": t("no value")},
    }
