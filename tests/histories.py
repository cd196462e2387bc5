"""Made-up sessions for the tests of the history: summaries with given numbers, and visits."""

from __future__ import annotations

from typing import Any

import numpy as np

from twitchcam.edges.store import Entry
from twitchcam.history.figures import Figures, RegionFigure, Visit, figures_of, regions_of
from twitchcam.regions import LIPS, REGIONS

Rng = np.random.Generator
USABLE_S = 60.0


def onsets_of(rate: float, rng: Rng, *, train: float = 4.0, unrest: float = 0.3) -> list[float]:
    """Onsets in a minute: trains of `train` twitches on average, more on some days than on others."""
    day = float(np.exp(rng.normal(-(unrest**2) / 2, unrest)))
    sizes = rng.geometric(1 / train, rng.poisson(rate * day / train))
    return sorted(float(t) for n in sizes for t in rng.uniform(0, USABLE_S - 2) + 0.2 * np.arange(n))


def summary_of(
    events: int,
    *,
    sha: str | None = "0" * 64,
    amplitude_mm: float = 0.4,
    fps: float = 30.0,
    eyes_px: float = 100.0,
    least_mm: float = 0.15,
    backend: str = "facemesh",
    verdict: str = "ok",
    tasks: tuple[str, ...] = (),
    areas: dict[str, int] | None = None,
) -> dict[str, Any]:
    """Return a summary.json's content as far as the history looks at it; `areas` are events by region."""
    usable = verdict != "unusable"
    regions = {name: {"events": 0 if usable else None, "rate_per_min": 0.0} for name in REGIONS}
    for name, count in {"commissure_left": events, **(areas or {})}.items():
        regions[name] |= {"events": count, "rate_per_min": float(count), "amplitude_mm": amplitude_mm}
    size = {"median": amplitude_mm, "median_ci": [0.9 * amplitude_mm, 1.1 * amplitude_mm]}
    return {
        "schema": "twitchcam.summary/1",
        "source": {"file": "me.mp4", "sha256": sha, "duration_s": 64.0, "fps": fps},
        "tracker": {"backend": backend, "version": "0.10.21", "model_sha256": "cd" * 32},
        "quality": {
            "verdict": verdict,
            "reasons": [],
            "usable_s": USABLE_S if usable else 0.0,
            "eye_distance_px": eyes_px,
            "by_region": {name: {"noise_um_rthz": 5.0, "min_detectable_mm": least_mm} for name in LIPS},
        },
        "lips": {
            "events": events if usable else None,
            "rate_per_min": float(events) if usable else None,
            "runs": 0,
            "amplitude_mm": size if events and usable else {"median": None},
            "asymmetry": {"index": 0.8, "ci": [0.7, 0.9]},
            "side": "left",
            "dominant_hz": None,
        },
        "regions": regions,
        "tasks": [{"task": name, "start_s": 10.0 * i, "end_s": 10.0 * i + 6} for i, name in enumerate(tasks)],
        "patterns": [],
        "triage": {"level": "self_care", "reasons": [], "advice": [], "rules_version": "2"},
    }


def event_rows(onsets_s: list[float]) -> tuple[dict[str, Any], ...]:
    """Return rows of events.tsv of the left mouth corner."""
    rest = {
        "duration": 0.2, "trial_type": "twitch", "side": "left", "region": "commissure_left",
        "regions": ("commissure_left",), "amplitude_mm": 0.4, "peak": 0.1, "snr": 9.0,
        "run": None, "gated": "",
    }  # fmt: skip
    return tuple({**rest, "onset": onset} for onset in onsets_s)


def entry_of(number: int, day: str = "2026-01-05", events: int = 5, **changes: Any) -> Entry:
    """Return a session to be kept, each number another clip."""
    sha = f"{number:064x}"
    rows = event_rows([float(i) for i in range(events)])
    return Entry(day, "given", sha, summary_of(events, sha=sha, **changes), {"pain": False}, rows)


def visit_on(day: int, events: int, onsets_s: list[float] | None = None, **changes: Any) -> Visit:
    """Return a visit on a numbered day."""
    summary = summary_of(events, **changes)
    figures: Figures = figures_of(summary)
    regions: dict[str, RegionFigure] = regions_of(summary)
    onsets = tuple(onsets_s if onsets_s is not None else map(float, range(events)))
    return Visit(day, day, f"day {day}", figures, regions, onsets)
