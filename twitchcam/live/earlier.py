"""Earlier sessions: what the results folder already holds, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from twitchcam.edges.answers_file import read_summary
from twitchcam.edges.report.names import LEVELS
from twitchcam.errors import InputRefused
from twitchcam.result_files import SUMMARY

MOST: Final = 30


def earlier_sessions(out: Path) -> list[dict[str, Any]]:
    """Return name, time, level, title, events, rate and verdict of up to `MOST` results below `out`.

    What is no readable summary is left out.
    """
    try:
        files = [(path.stat().st_mtime, path) for path in out.glob(f"*/{SUMMARY}") if _is_shown(path)]
    except OSError:
        return []
    found = [_entry(time_s, path) for time_s, path in sorted(files, reverse=True)[:MOST]]
    return [entry for entry in found if entry is not None]


def _is_shown(path: Path) -> bool:
    return not path.parent.name.startswith(".")


def _entry(time_s: float, path: Path) -> dict[str, Any] | None:
    try:
        summary = read_summary(path)
    except InputRefused:
        return None
    lips, quality, triage = (_table(summary, name) for name in ("lips", "quality", "triage"))
    level = triage.get("level")
    return {
        "name": path.parent.name,
        "when": datetime.fromtimestamp(time_s).isoformat(timespec="minutes"),
        "level": level if level in LEVELS else None,
        "title": LEVELS[level][0] if level in LEVELS else None,
        "events": _number(lips.get("events")),
        "rate_per_min": _number(lips.get("rate_per_min")),
        "usable_s": _number(quality.get("usable_s")),
        "verdict": quality.get("verdict") if isinstance(quality.get("verdict"), str) else None,
    }


def _table(summary: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = summary.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
