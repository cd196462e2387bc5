"""Twins: pairs of results that must be the same but for what was changed on purpose."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from twitchcam.edges.outputs import summary_to_dict
from twitchcam.regions import REGIONS, mirror_of
from twitchcam.summary import Event, Measured, Summary

SIDES = {"left": "right", "right": "left"}
FREE = ("source", "answers", "scales", "patterns", "triage")
"""Sentences name sides and times; they are compared by what they conclude."""


def numbers_of(summary: Summary) -> dict[str, Any]:
    """Return what is measured, without sentences, and what is concluded."""
    document = summary_to_dict(summary)
    found = {key: value for key, value in document.items() if key not in FREE}
    found["quality"] = {k: v for k, v in found["quality"].items() if k != "reasons"}
    found["tasks"] = [{k: v for k, v in task.items() if k != "reason"} for task in found["tasks"]]
    found["statuses"] = {p["id"]: p["status"] for p in document["patterns"]}
    found["level"] = document["triage"]["level"]
    found["values"] = {s["id"]: s["value"] for s in document["scales"] if not isinstance(s["value"], str)}
    return found


def turned_over(found: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers as those of the mirror image."""
    out = dict(found)
    out["regions"] = {name: found["regions"][mirror_of(name)] for name in REGIONS}
    quality = found["quality"]
    by_region = {name: quality["by_region"][mirror_of(name)] for name in REGIONS}
    out["quality"] = {**quality, "by_region": by_region}
    lips = dict(found["lips"])
    lips["side"] = SIDES.get(lips["side"], lips["side"])
    index, ci = lips["asymmetry"]["index"], lips["asymmetry"]["ci"]
    lips["asymmetry"] = {
        "index": None if index is None else -index, "ci": None if ci is None else [-ci[1], -ci[0]],
    }  # fmt: skip
    lips["regions"] = sorted(mirror_of(name) for name in lips["regions"])
    out["lips"] = lips
    out["synchrony"] = {SIDES[side]: value for side, value in found["synchrony"].items()}
    rest = dict(found["rest_asymmetry"])
    for key in ("commissure_mm", "brow_mm"):
        rest[key] = None if rest[key] is None else -rest[key]
    rest["eye_opening_ratio"] = None if rest["eye_opening_ratio"] is None else 1 / rest["eye_opening_ratio"]
    out["rest_asymmetry"] = rest
    out["tasks"] = [_turned_task(task) for task in found["tasks"]]
    return out


def _turned_task(task: dict[str, Any]) -> dict[str, Any]:
    out = dict(task)
    for key, value in task.items():
        if isinstance(value, dict):
            out[key] = {SIDES[side]: number for side, number in value.items()}
    index, ci = task["excursion_index"], task["excursion_index_ci"]
    out["excursion_index"] = None if index is None else -index
    out["excursion_index_ci"] = None if ci is None else [-ci[1], -ci[0]]
    return out


def with_sorted_regions(found: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers with the lips' regions in an order that does not depend on names."""
    return {**found, "lips": {**found["lips"], "regions": sorted(found["lips"]["regions"])}}


def differences(a: Any, b: Any, close: float, path: str = "$") -> Iterator[str]:
    """Yield where two results differ by more than `close` (relative, or absolute below 1)."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            if (key in a) != (key in b):
                yield f"{path}.{key} is in one only"
            else:
                yield from differences(a[key], b[key], close, f"{path}.{key}")
    elif isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)) and len(a) == len(b):
        for k, (one, other) in enumerate(zip(a, b, strict=True)):
            yield from differences(one, other, close, f"{path}[{k}]")
    elif isinstance(a, (int, float)) and isinstance(b, (int, float)) and not isinstance(a, bool):
        if not math.isclose(a, b, rel_tol=close, abs_tol=close):
            yield f"{path}: {a} and {b}"
    elif a != b:
        yield f"{path}: {a!r} and {b!r}"


def event_numbers(m: Measured, *, mirrored: bool = False, later_s: float = 0.0) -> list[tuple[Any, ...]]:
    """Return the events as comparable rows; as those of the mirror image, or of a recording begun later."""
    return [_row(e, mirrored, later_s) for e in m.events]


def _row(e: Event, mirrored: bool, later_s: float) -> tuple[Any, ...]:
    name = mirror_of if mirrored else str
    side = SIDES.get(e.side, e.side) if mirrored else e.side
    times = (e.onset_s + later_s, e.peak_s + later_s, e.offset_s + later_s)
    rest = (e.trial_type, side, name(e.region), sorted(name(r) for r in e.regions), e.gated, e.run or 0)
    return (*times, e.amplitude_mm, e.snr, *rest)
