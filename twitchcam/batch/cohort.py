"""What the cohort page needs, gathered row by row: numbers as arrays, a few clips by name."""

from __future__ import annotations

import heapq
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from twitchcam.batch.journal import Row
from twitchcam.edges.cohort import ClipLine, Cohort, Group, PatternCount
from twitchcam.edges.cohort.content import FAILED_LISTED, LISTED, SLOWEST
from twitchcam.result_files import REPORT
from twitchcam.summary import GATES
from twitchcam.triage.patterns import PATTERNS
from twitchcam.types import FloatArray

_SPREAD: Final = {
    "rate_per_min": "lips.rate_per_min",
    "amplitude_mm": "lips.amplitude_mm.median",
    "asymmetry_index": "lips.asymmetry.index",
    "usable_fraction": "quality.usable_fraction",
}
_SIDES: Final = {
    "left": "left",
    "right": "right",
    "bilateral": "both sides",
    "none": "no twitch",
    "": "cannot tell",
}
_TREATED: Final = {"left": "left", "right": "right", "both": "both", "none": "none"}
_VERDICTS: Final = ("ok", "limited", "unusable")
_Numbers = defaultdict[str, "array[float]"]


def _numbers() -> _Numbers:
    return defaultdict(lambda: array("d"))


@dataclass
class CohortBuilder:
    """Takes rows one by one; memory grows by a few numbers a clip."""

    out: Path
    _count: Counter[str] = field(default_factory=Counter)
    _sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _spread: _Numbers = field(default_factory=_numbers)
    _subjects: set[str] = field(default_factory=set)
    _failures: list[ClipLine] = field(default_factory=list)
    _slowest: list[tuple[float, int, ClipLine]] = field(default_factory=list)
    _active: list[tuple[float, int, ClipLine]] = field(default_factory=list)

    def add(self, row: Row, values: dict[str, Any]) -> None:
        """Take the row of a clip; `values` is empty where it failed."""
        self._count["clips"] += 1
        self._subjects.update(filter(None, [row.subject]))
        line = ClipLine(row.name, row.path, subject=row.subject, session=row.session, seconds=row.seconds)
        if row.status == "failed":
            self._count["failed"] += 1
            if len(self._failures) < FAILED_LISTED:
                self._failures.append(replace(line, error=row.error))
            return
        self._count_values(row, values)
        self._keep(replace(
            line,
            report=f"{quote(row.name, errors='surrogateescape')}/{REPORT}",
            verdict=values.get("quality.verdict") or "",
            rate_per_min=values.get(_SPREAD["rate_per_min"]),
            amplitude_mm=values.get(_SPREAD["amplitude_mm"]),
            side=values.get("lips.side") or "",
            level=values.get("triage.level") or "",
            duration_s=values.get("source.duration_s"),
        ))  # fmt: skip

    def _count_values(self, row: Row, values: dict[str, Any]) -> None:
        side = values.get("lips.side") or ""
        self._count[f"verdict {values.get('quality.verdict')}"] += 1
        self._count[f"level {values.get('triage.level')}"] += 1
        self._count[f"side {side}"] += 1
        self._count[f"treated {row.side_treated}"] += 1
        for pattern in PATTERNS:
            self._count[f"{pattern.__name__} {values.get(f'patterns.{pattern.__name__}.status')}"] += 1
        for name in ("source.duration_s", "quality.usable_s", *(f"quality.gated_s.{gate}" for gate in GATES)):
            self._sums[name] += values.get(name) or 0.0
        for key, column in _SPREAD.items():
            value = values.get(column)
            if value is not None:
                for group in ("all", f"side {side}", f"treated {row.side_treated}"):
                    self._spread[f"{group} {key}"].append(value)
        if values.get("lips.rhythmic") and values.get("lips.dominant_hz") is not None:
            self._spread["all dominant_hz"].append(values["lips.dominant_hz"])

    def _keep(self, line: ClipLine) -> None:
        """Remember the slowest and the most active clips, by heaps of bounded size."""
        turn = self._count["clips"]  # earlier clips first where numbers are equal
        for heap, value, most in (
            (self._slowest, line.seconds, SLOWEST),
            (self._active, -1.0 if line.rate_per_min is None else line.rate_per_min, LISTED),
        ):
            add = heapq.heappush if len(heap) < most else heapq.heappushpop
            add(heap, (value or 0.0, -turn, line))

    def cohort(self) -> Cohort:
        """Return what was gathered."""
        answered = self._count["clips"] - self._count["failed"]
        return Cohort(
            clips=self._count["clips"],
            answered=answered,
            failed=self._count["failed"],
            subjects=len(self._subjects),
            total_s=self._sums["source.duration_s"],
            usable_s=self._sums["quality.usable_s"],
            verdicts={name: self._count[f"verdict {name}"] for name in _VERDICTS},
            levels={k.removeprefix("level "): n for k, n in self._count.items() if k.startswith("level ")},
            rate_per_min=self._array("all rate_per_min"),
            amplitude_mm=self._array("all amplitude_mm"),
            asymmetry_index=self._array("all asymmetry_index"),
            dominant_hz=self._array("all dominant_hz"),
            usable_fraction=self._array("all usable_fraction"),
            sides=self._groups("side", _SIDES),
            treated=self._groups("treated", _TREATED),
            patterns=tuple(self._pattern(pattern.__name__) for pattern in PATTERNS) if answered else (),
            gated_s={gate: self._sums[f"quality.gated_s.{gate}"] for gate in GATES},
            slowest=_in_order(self._slowest),
            failures=tuple(self._failures),
            listed=self._listed(),
        )

    def _array(self, key: str) -> FloatArray:
        return np.array(self._spread[key], dtype=float)

    def _groups(self, kind: str, names: dict[str, str]) -> tuple[Group, ...]:
        return tuple(
            Group(name, self._count[f"{kind} {key}"], self._array(f"{kind} {key} rate_per_min"),
                  self._array(f"{kind} {key} amplitude_mm"))
            for key, name in names.items()
            if self._count[f"{kind} {key}"]
        )  # fmt: skip

    def _pattern(self, name: str) -> PatternCount:
        statuses = ("flagged", "possible", "not_seen", "not_assessable")
        return PatternCount(name, *(self._count[f"{name} {status}"] for status in statuses))

    def _listed(self) -> tuple[ClipLine, ...]:
        lines = _in_order(self._active)
        few = self._count["clips"] - self._count["failed"] <= LISTED
        return tuple(sorted(lines, key=lambda line: line.name)) if few else lines


def _in_order(heap: list[tuple[float, int, ClipLine]]) -> tuple[ClipLine, ...]:
    return tuple(line for *_, line in sorted(heap, key=lambda item: item[:2], reverse=True))
