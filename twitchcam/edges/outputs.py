"""What one analysed clip leaves on disk: summary.json, events.tsv, signals.csv, each whole or not at all.

Numbers in the JSON carry six significant digits; one that is not finite becomes null (JSON has no NaN).
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from twitchcam import __version__
from twitchcam.files import replacing
from twitchcam.plain import cell
from twitchcam.regions import REGIONS
from twitchcam.summary import Event, Pattern, Quality, Reviewed, Summary, Triage
from twitchcam.types import FloatArray, Source

EVENT_COLUMNS: Final[tuple[str, ...]] = (
    "onset", "duration", "trial_type", "side", "region", "regions",
    "amplitude_mm", "peak", "snr", "run", "gated",
)  # fmt: skip
SIGNAL_COLUMNS: Final[tuple[str, ...]] = (
    "t", *(f"{region}_{axis}" for region in REGIONS for axis in ("dx", "dy")),
)  # fmt: skip
MM_DECIMALS: Final = 4
"""Of signals.csv: 0.1 um, well below the noise of any camera."""
T_DECIMALS: Final = 6
"""Microseconds, so that the frame rate can be read back from `t`."""
_LARGEST_MM: Final = 1e5
_LIBRARIES: Final[dict[str, tuple[str, ...]]] = {
    "numpy": ("numpy",),
    "scipy": ("scipy",),
    "opencv": ("opencv-contrib-python-headless", "opencv-contrib-python", "opencv-python-headless"),
    "av": ("av",),
    "mediapipe": ("mediapipe",),
}
"""Each with the names under which it is installed."""
_CHUNK_ROWS: Final = 8192


def summary_to_dict(summary: Summary) -> dict[str, Any]:
    """Return `summary` as plain JSON values, in the order of the contract, valid by the shipped schema."""
    measured = summary.measured
    document = {
        "schema": summary.schema,
        "source": _source(measured.source),
        "tracker": asdict(measured.tracker),
        "quality": _quality(measured.quality),
        "lips": asdict(measured.lips),
        "regions": {name: asdict(measured.regions[name]) for name in REGIONS if name in measured.regions},
        "synchrony": {side: asdict(measured.synchrony[side]) for side in ("left", "right")},
        "rest_asymmetry": asdict(measured.rest_asymmetry),
        "tasks": [asdict(task) for task in measured.tasks],
        "scales": [asdict(scale) for scale in summary.scales],
        "patterns": [pattern_to_dict(pattern) for pattern in summary.patterns],
        "triage": triage_to_dict(summary.triage),
        "made_by": {
            "program": "twitchcam",
            "version": __version__,
            "libraries": dict(versions()),
            "settings": measured.settings,
            "front": measured.front,
        },
        **({"review": review_to_dict(measured.review)} if measured.review is not None else {}),
        **({"answers": summary.answers} if summary.answers else {}),
        **({"history": asdict(summary.history)} if summary.history is not None else {}),
    }
    plain: dict[str, Any] = to_plain(document)
    return plain


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """Return (name, version) of Python and of those libraries that the numbers rest on."""
    found = [("python", platform.python_version())]
    for name, packages in _LIBRARIES.items():
        for package in packages:
            with suppress(metadata.PackageNotFoundError):
                found.append((name, metadata.version(package)))
                break
    return tuple(found)


def triage_to_dict(triage: Triage) -> dict[str, Any]:
    """Return the triage object of the contract as plain JSON values."""
    return {
        "level": triage.level,
        "reasons": list(triage.reasons),
        "advice": list(triage.advice),
        "rules_version": triage.rules_version,
    }


def review_to_dict(review: Reviewed) -> dict[str, Any]:
    """Return who reviewed the events, what came of it, and how far the automatic ones agree."""
    counts = {
        name: getattr(review, name) for name in ("kept", "rejected", "relabelled", "added", "unmatched")
    }
    agreement = {name: getattr(review, name) for name in ("precision", "recall", "f1")}
    return {"reviewer": review.reviewer, "when": review.when, **counts, "agreement": agreement}


def pattern_to_dict(pattern: Pattern) -> dict[str, Any]:
    """Return one pattern as plain JSON values."""
    return {
        "id": pattern.id,
        "status": pattern.status,
        "evidence": list(pattern.evidence),
        "against": list(pattern.against),
        "sources": list(pattern.sources),
    }


def write_summary_json(path: Path, summary: Summary) -> None:
    """Write summary.json (schema twitchcam.summary/1, UTF-8, two spaces).

    Raises
    ------
    InputRefused
        If the file cannot be written.
    """
    write_json(path, summary_to_dict(summary))


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write plain values as UTF-8 JSON; NaN or infinity raise ValueError, for they would not be JSON."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replacing(path) as handle:
        handle.write(text.encode("utf-8", errors="replace"))


def write_events_tsv(path: Path, events: Iterable[Event]) -> None:
    """Write one line an event, in time order: BIDS events, tab separated, seconds.

    `regions` is joined by commas, strongest first. `run` and `gated` are empty where there is none; a number
    that could not be measured is `n/a`, as BIDS writes it.
    """
    rows = ["\t".join(EVENT_COLUMNS)]
    rows += ["\t".join(_event_cells(event)) for event in sorted(events, key=lambda event: event.onset_s)]
    with replacing(path) as handle:
        handle.write(("\n".join(rows) + "\n").encode("utf-8"))


def write_reviewed_tsv(path: Path, review: Reviewed) -> None:
    """Write the events as a person left them: the columns of events.tsv, then `review` (kept, relabelled or
    added) and `note`. Rejected ones stand in events.tsv only.
    """
    words = {"keep": "kept", "relabel": "relabelled", "add": "added"}
    rows = ["\t".join((*EVENT_COLUMNS, "review", "note"))]
    rows += [
        "\t".join((*_event_cells(mark.event), words[mark.action], cell(" ".join(mark.note.split()))))
        for mark in review.marks
        if mark.event is not None
    ]
    with replacing(path) as handle:
        handle.write(("\n".join(rows) + "\n").encode("utf-8", errors="replace"))


def write_signals_csv(path: Path, t_s: FloatArray, motion_mm: FloatArray) -> None:
    """Write `t` and each region's dx and dy.

    Parameters
    ----------
    path : Path
        The file to write.
    t_s : (n,) array
        Media time in seconds.
    motion_mm : (n, 19, 2) array
        Displacement in millimetres, x towards the subject's left, y up; NaN in gaps, written as `NaN`.

    Raises
    ------
    ValueError
        If the shapes do not fit, a time is not finite, or a displacement is beyond 100 m.
    """
    n = t_s.shape[0]
    if motion_mm.shape != (n, len(REGIONS), 2):
        raise ValueError(f"motion_mm must have shape ({n}, {len(REGIONS)}, 2), got {motion_mm.shape}")
    if not bool(np.all(np.isfinite(t_s))):
        raise ValueError("t_s must be finite; drop frames without a time stamp first")
    if n and bool(np.any(np.abs(motion_mm) > _LARGEST_MM)):
        raise ValueError("motion_mm holds numbers beyond 100 m; are these millimetres?")
    with replacing(path) as handle:
        handle.write((",".join(SIGNAL_COLUMNS) + "\n").encode())
        for start in range(0, n, _CHUNK_ROWS):
            rows = slice(start, start + _CHUNK_ROWS)
            part = motion_mm[rows].reshape(-1, 2 * len(REGIONS))
            cells = np.hstack([decimal_cells(t_s[rows, None], T_DECIMALS), decimal_cells(part, MM_DECIMALS)])
            cells[:, -1] = ord("\n")
            handle.write(cells[cells != 0].tobytes())


def decimal_cells(values: FloatArray, decimals: int) -> NDArray[np.uint8]:
    """Return (n, m) numbers as (n, m * width) characters, each number followed by a comma, NaN as `NaN`.

    All numbers are laid out at one width, unused bytes zero; dropping the zeros leaves the text. This is many
    times faster than formatting number by number (an hour of signals has four million).
    """
    n, m = values.shape
    missing = ~np.isfinite(values)
    units = np.round(np.abs(np.where(missing, 0.0, values)) * 10.0**decimals).astype(np.int64)
    places = max(decimals + 1, len(str(int(units.max(initial=0)))))
    cells = np.zeros((n, m, places + 3), np.uint8)  # sign, digits with the point among them, comma
    cells[..., 0] = np.where((values < 0) & (units > 0), ord("-"), 0)
    rest = units.astype(np.uint32) if places <= 9 else units
    for place in range(places):
        digit = (rest % 10 + ord("0")).astype(np.uint8)
        column = places + 1 - place - (place >= decimals)
        cells[..., column] = digit if place <= decimals else np.where(rest > 0, digit, 0)
        rest = rest // 10
    cells[..., places + 1 - decimals] = ord(".")
    cells[missing] = 0
    cells[missing, :3] = np.frombuffer(b"NaN", np.uint8)
    cells[..., -1] = ord(",")
    return cells.reshape(n, -1)


def to_plain(value: Any) -> Any:
    """Return `value` with tuples as lists, NumPy scalars as Python's, floats rounded, NaN as None."""
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def _source(source: Source) -> dict[str, Any]:
    names = (
        "file", "sha256", "width", "height", "frames", "duration_s", "fps", "vfr", "rotation_deg", "mirrored",
    )  # fmt: skip
    return {name: getattr(source, name) for name in names}


def _quality(quality: Quality) -> dict[str, Any]:
    return {
        "verdict": quality.verdict,
        "reasons": quality.reasons,
        "usable_s": quality.usable_s,
        "usable_fraction": quality.usable_fraction,
        "nyquist_hz": quality.nyquist_hz,
        "eye_distance_px": quality.eye_distance_px,
        "mm_per_px": quality.mm_per_px,
        "scale": {"source": quality.scale.source, "rel_sd": quality.scale.rel_sd},
        "gated_s": dict(quality.gated_s),
        "by_region": {name: asdict(quality.by_region[name]) for name in REGIONS if name in quality.by_region},
    }


def _event_cells(event: Event) -> Iterator[str]:
    yield _number(event.onset_s, 4)
    yield _number(event.offset_s - event.onset_s, 4)
    yield event.trial_type
    yield event.side
    yield event.region
    yield ",".join(event.regions)
    yield _number(event.amplitude_mm, 4)
    yield _number(event.peak_s, 4)
    yield _number(event.snr, 2)
    yield "" if event.run is None else str(event.run)
    yield event.gated


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}" if math.isfinite(value) else "n/a"
