"""Rows: a session as the tables hold it, and back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from twitchcam.edges.store.entries import Entry, Kept
from twitchcam.history.figures import (
    Figures,
    RegionFigure,
    counted_onsets,
    figures_of,
    regions_of,
    table,
    text,
)

PLAIN: Final = tuple(
    f.name
    for f in fields(Figures)
    if f.name not in ("protocol", "backend", "rate_ci", "amplitude_ci", "asymmetry_ci")
)
"""Figures that are a column of their own name."""
INTERVALS: Final = {"rate_ci": "rate", "amplitude_ci": "amplitude", "asymmetry_ci": "asymmetry"}
EVENT: Final = (
    "onset", "duration", "trial_type", "side", "region", "regions",
    "amplitude_mm", "peak", "snr", "run", "gated",
)  # fmt: skip


def session_row(entry: Entry, version: str, added_at: str) -> dict[str, Any]:
    """Return the columns of `session`, without the person."""
    figures, tracker = figures_of(entry.summary), table(entry.summary, "tracker")
    return {
        "fingerprint": entry.fingerprint,
        "filmed_at": entry.filmed_at,
        "filmed_from": entry.filmed_from,
        "added_at": added_at,
        "protocol": figures.protocol,
        "backend": figures.backend,
        "backend_version": text(tracker.get("version")) or "",
        "model_sha256": text(tracker.get("model_sha256")) or "",
        "program_version": version,
        "rules_version": text(table(entry.summary, "triage").get("rules_version")) or "",
        "reviewed": int(entry.reviewed),
    }


def result_row(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of `result`, without the session."""
    figures = figures_of(summary)
    row: dict[str, Any] = {"summary": to_json(summary)}
    row |= {name: getattr(figures, name) for name in PLAIN}
    for name, stem in INTERVALS.items():
        row[f"{stem}_low"], row[f"{stem}_high"] = getattr(figures, name) or (None, None)
    return row


def region_rows(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of `region`, without the session."""
    return [
        {
            "name": name,
            "events": r.events,
            "rate_per_min": r.rate_per_min,
            "amplitude_mm": r.amplitude_mm,
            "min_detectable_mm": r.min_detectable_mm,
        }
        for name, r in regions_of(summary).items()
    ]


def event_rows(events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of `event`, without the session."""
    return [
        {"number": i, **{name: event[name] for name in EVENT}, "regions": ",".join(event["regions"])}
        for i, event in enumerate(events)
    ]


def kept_of(row: sqlite3.Row, regions: Iterable[sqlite3.Row], events: Iterable[sqlite3.Row]) -> Kept:
    """Return a session from its joined row and its regions and events."""
    values = {name: row[name] for name in PLAIN}
    for name, stem in INTERVALS.items():
        low, high = row[f"{stem}_low"], row[f"{stem}_high"]
        values[name] = None if low is None or high is None else (low, high)
    figures = Figures(protocol=row["protocol"], backend=row["backend"], **values)
    return Kept(
        id=row["id"],
        person=row["person"],
        filmed_at=row["filmed_at"],
        filmed_from=row["filmed_from"],
        added_at=row["added_at"],
        fingerprint=row["fingerprint"],
        program_version=row["program_version"],
        rules_version=row["rules_version"],
        reviewed=bool(row["reviewed"]),
        figures=figures,
        regions={
            r["name"]: RegionFigure(r["events"], r["rate_per_min"], r["amplitude_mm"], r["min_detectable_mm"])
            for r in regions
        },
        onsets_s=counted_onsets(map(event_of, events), figures.events),
    )


def event_of(row: sqlite3.Row) -> dict[str, Any]:
    """Return an event as a row of events.tsv has it."""
    return {**{name: row[name] for name in EVENT}, "regions": tuple(filter(None, row["regions"].split(",")))}


def to_json(content: Mapping[str, Any]) -> str:
    """Return plain values as compact JSON."""
    # lone surrogates (file names that are no text) have no place in a database's text
    plain = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return plain.encode("utf-8", "replace").decode("utf-8")
