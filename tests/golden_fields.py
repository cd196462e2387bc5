"""Golden results: the numbers of the sample clips that matter, and how far another machine may be off.

Other processors and versions of NumPy, OpenCV or the decoder add in another order, and a movement at the edge
of a threshold may be found or not; anything more is a change of the method, which is made on purpose
(`scripts/make_golden.py --write`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from twitchcam.summary import Summary

FOLDER: Final = Path(__file__).resolve().parent / "golden"
CLIPS: Final = ("left-twitch", "rest-tremor", "spasm-left", "still")

# The field's path; absolute and relative tolerance (0, 0: must be the same).
FIELDS: Final[dict[str, tuple[float, float]]] = {
    "quality.verdict": (0, 0),
    "quality.usable_s": (0.3, 0),
    "quality.usable_fraction": (0.02, 0),
    "quality.nyquist_hz": (0.05, 0),
    "quality.eye_distance_px": (0, 0.005),
    "quality.mm_per_px": (0, 0.005),
    "quality.scale.rel_sd": (0, 0.02),
    "quality.noise_um_rthz": (0, 0.08),
    "quality.min_detectable_mm": (0, 0.08),
    "lips.events": (1, 0.04),
    "lips.rate_per_min": (4, 0.05),
    "lips.runs": (1, 0),
    "lips.dominant_hz": (0.03, 0),
    "lips.rhythmic": (0, 0),
    "lips.side": (0, 0),
    "lips.amplitude_mm.median": (0.01, 0.03),
    "lips.amplitude_mm.p95": (0.01, 0.06),
    "lips.asymmetry.index": (0.04, 0),
    "synchrony.left.eye_mouth_events": (1, 0),
    "synchrony.right.eye_mouth_events": (1, 0),
    "rest_asymmetry.commissure_mm": (0.06, 0),
    "rest_asymmetry.brow_mm": (0.06, 0),
    "rest_asymmetry.eye_opening_ratio": (0.02, 0),
    "blinks": (1, 0),
    "gated_smile_s": (0.3, 0),
    "gated_speech_s": (0.3, 0),
    "peaks_s": (0.03, 0),
    "patterns": (0, 0),
    "level": (0, 0),
}
MAY_MISS: Final = 0.05
"""Part of the counted movements, and one, that may have no partner within the tolerance of `peaks_s`."""


def golden_of(summary: Summary) -> dict[str, Any]:
    """Return the fields of a result, rounded to five digits."""
    from twitchcam.edges.outputs import summary_to_dict

    document = summary_to_dict(summary)
    lips = [
        q for name, q in document["quality"]["by_region"].items() if "lip" in name or "commissure" in name
    ]
    events = summary.measured.events
    made: dict[str, Any] = {
        "quality.noise_um_rthz": _mean(q["noise_um_rthz"] for q in lips),
        "quality.min_detectable_mm": _mean(q["min_detectable_mm"] for q in lips),
        "blinks": sum(e.trial_type == "blink" for e in events),
        "gated_smile_s": document["quality"]["gated_s"].get("smile", 0.0),
        "gated_speech_s": document["quality"]["gated_s"].get("speech", 0.0),
        "peaks_s": [round(e.peak_s, 3) for e in events if not e.gated],
        "patterns": {p["id"]: p["status"] for p in document["patterns"]},
        "level": document["triage"]["level"],
    }
    return {field: made[field] if field in made else _rounded(_at(document, field)) for field in FIELDS}


def changes(golden: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each field that is off by more than its tolerance."""
    for field, (absolute, relative) in FIELDS.items():
        was, now = golden.get(field), found[field]
        if field == "peaks_s":
            yield from _lost(field, was or [], now, absolute)
        elif isinstance(was, dict) and isinstance(now, dict):
            for key in sorted({*was, *now}):
                if was.get(key) != now.get(key):
                    yield f"{field}.{key}: {was.get(key)} -> {now.get(key)}"
        elif _number(was) and _number(now):
            if not math.isclose(was, now, rel_tol=relative, abs_tol=absolute):
                yield f"{field}: {was} -> {now} (tolerance {absolute} or {relative:.1%})"
        elif was != now:
            yield f"{field}: {was} -> {now}"


def _lost(field: str, was: list[float], now: list[float], close: float) -> Iterator[str]:
    lone = [t for t in was if not any(abs(t - x) <= close for x in now)]
    new = [t for t in now if not any(abs(t - x) <= close for x in was)]
    if max(len(lone), len(new)) > 1 + MAY_MISS * len(was):
        yield f"{field}: {len(was)} -> {len(now)}; gone {lone[:8]}, new {new[:8]}"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _at(document: dict[str, Any], path: str) -> Any:
    found: Any = document
    for key in path.split("."):
        found = found[key]
    return found


def _rounded(value: Any) -> Any:
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _mean(values: Iterator[float | None]) -> float | None:
    known = [v for v in values if v is not None]
    return _rounded(sum(known) / len(known)) if known else None
