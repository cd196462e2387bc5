"""Plots of a course over time, as SVG: how often, how far, which side, where; treatments as lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Final

from twitchcam.course import Course, Interval

WIDTH: Final = 760
LEFT: Final = 64
RIGHT: Final = 20
PANEL: Final = 150
GAP: Final = 58
TOP: Final = 40
_STEPS: Final = (1, 2, 7, 14, 30, 61, 91, 182, 365, 730, 3650, 36500, 182_500, 730_000)
"""Days from one date on the axis to the next. A mark may have any year: the last suits the whole calendar."""
Value = tuple[float | None, Interval | None]
_STYLE: Final = """
svg{--ink:#1d2733;--soft:#5b6876;--grid:#d9dfe6;--mark:#b3541e;--back:#fff;font:13px system-ui,sans-serif;
 --c0:#0b62a8;--c1:#b8382f;--c2:#2f7d32;--c3:#7b3fa0;--c4:#8a6d00;--c5:#00727a;--c6:#a03472;--c7:#5a5a5a;
 --c8:#3d5afe;--c9:#6d4c41}
@media (prefers-color-scheme:dark){svg{
 --ink:#e6ebf0;--soft:#a5b0bc;--grid:#38424d;--mark:#f0a36b;--back:#151b21;
 --c0:#6db7f2;--c1:#ff9087;--c2:#7fcf83;--c3:#cfa0ee;--c4:#e6c84f;--c5:#5fd0d8;--c6:#f29ac8;--c7:#bdbdbd;
 --c8:#9fb0ff;--c9:#c9a799}}
text{fill:var(--ink)}.soft{fill:var(--soft);font-size:12px}.title{font-weight:600}
.grid{stroke:var(--grid)}.mark{stroke:var(--mark);stroke-dasharray:5 4;stroke-width:1.5}
.marked{fill:var(--mark);font-size:12px;paint-order:stroke;stroke:var(--back);stroke-width:4px}
"""


@dataclass(frozen=True)
class _Line:
    """One line of a panel."""

    name: str
    values: Sequence[Value]
    colour: int = 0


@dataclass(frozen=True)
class _Panel:
    title: str
    lines: Sequence[_Line]
    low: float | None = None
    high: float | None = None
    zero: str = ""
    """What the two ends of an axis round zero mean."""


def draw(course: Course, regions: Mapping[str, Sequence[Value]]) -> str:
    """Return the plots as SVG."""
    points = course.points
    days = [date.fromisoformat(point.date).toordinal() for point in points]
    marks = [(date.fromisoformat(mark.date).toordinal(), mark.text) for mark in course.marks]
    axis = _Axis.over([*days, *(day for day, _ in marks)])
    rates = _Line("", [(p.rate_per_min, p.rate_ci) for p in points])
    sizes = _Line("", [(p.amplitude_mm, p.amplitude_ci) for p in points])
    sides = _Line("", [(p.asymmetry, p.asymmetry_ci) for p in points])
    panels = [
        _Panel("How often: twitches of the lips a minute", [rates], low=0.0),
        _Panel("How far: median amplitude, mm", [sizes], low=0.0),
        _Panel("Which side: asymmetry index", [sides], -1.0, 1.0, "+ left, - right"),
    ]
    if regions:
        lines = [_Line(name, values, i % 10) for i, (name, values) in enumerate(regions.items())]
        panels.append(_Panel("Where: twitches a minute of each part", lines, low=0.0))
    hollow = [not point.comparable for point in points]
    height = TOP + len(panels) * (PANEL + GAP) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="Course from {points[0].date} to {points[-1].date}"><style>{_STYLE}</style>',
        f'<rect width="{WIDTH}" height="{height}" fill="var(--back)"/>',
    ]
    for i, panel in enumerate(panels):
        top = TOP + i * (PANEL + GAP)
        parts.append(_panel(panel, axis, days, hollow, top))
        parts += [_mark(axis.x(day), top, text if i == 0 else "") for day, text in marks]
    return "\n".join([*parts, "</svg>"])


@dataclass(frozen=True)
class _Axis:
    first: float
    last: float

    @classmethod
    def over(cls, days: Sequence[int]) -> _Axis:
        edge = max(1.0, 0.03 * (max(days) - min(days)))
        return cls(min(days) - edge, max(days) + edge)

    def x(self, day: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self.first) / (self.last - self.first)

    def ticks(self) -> list[int]:
        """Return up to seven days at even steps, none beyond the calendar."""
        span = self.last - self.first
        step = next((s for s in _STEPS if span / s <= 7), _STEPS[-1])
        begin = max(math.ceil(self.first), date.min.toordinal())
        end = min(math.floor(self.last), date.max.toordinal())
        return list(range(begin + int(step > 1), end + 1, step))


def _panel(panel: _Panel, axis: _Axis, days: Sequence[int], hollow: Sequence[bool], top: float) -> str:
    low, high = _range(panel)

    def y(value: float) -> float:
        return top + PANEL * (1.0 - (min(max(value, low), high) - low) / (high - low))

    parts = [_text(LEFT, top - 8, panel.title, "title")]
    if panel.zero:
        parts.append(_text(WIDTH - RIGHT, top - 8, panel.zero, "soft", "end"))
    for value in _ticks(low, high):
        parts.append(_rule((LEFT, y(value)), (WIDTH - RIGHT, y(value)), 'class="grid"'))
        parts.append(_text(LEFT - 8, y(value) + 4, f"{value:g}", "soft", "end"))
    for day in axis.ticks():
        parts.append(
            _text(axis.x(day), top + PANEL + 17, date.fromordinal(day).isoformat(), "soft", "middle")
        )
    for line in panel.lines:
        parts += _line(line, [axis.x(day) for day in days], y, hollow)
    for i, line in enumerate(line for line in panel.lines if line.name):
        x, down = LEFT + (i % 5) * 135, top + PANEL + 35 + 14 * (i // 5)
        parts.append(_dot(x + 4, down - 4, f"var(--c{line.colour})"))
        parts.append(_text(x + 13, down, line.name, "soft"))
    return "\n".join(parts)


def _line(line: _Line, xs: Sequence[float], y: Callable[[float], float], hollow: Sequence[bool]) -> list[str]:
    colour = f"var(--c{line.colour})"
    shown = [(x, v, ci, h) for x, (v, ci), h in zip(xs, line.values, hollow, strict=True) if v is not None]
    solid = " ".join(f"{x:.1f},{y(v):.1f}" for x, v, _, h in shown if not h)
    parts = [f'<polyline points="{solid}" fill="none" stroke="{colour}" stroke-opacity=".45"/>']
    for x, value, ci, empty in shown:
        if ci is not None and not line.name:
            parts.append(_rule((x, y(ci[0])), (x, y(ci[1])), f'stroke="{colour}"'))
        parts.append(_dot(x, y(value), colour, "var(--back)" if empty else colour))
    return parts


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _rule(a: tuple[float, float], b: tuple[float, float], look: str) -> str:
    return f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" {look}/>'


def _dot(x: float, y: float, colour: str, fill: str = "") -> str:
    look = f'fill="{fill or colour}" stroke="{colour}" stroke-width="1.5"'
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {look}/>'


def _range(panel: _Panel) -> tuple[float, float]:
    if panel.low is not None and panel.high is not None:
        return panel.low, panel.high
    values = [v for line in panel.lines for v, _ in line.values if v is not None]
    ends = [ci[1] for line in panel.lines if not line.name for _, ci in line.values if ci is not None]
    top = max([*values, *ends], default=1.0)
    return 0.0, 1.08 * top if top > 0 else 1.0


def _ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * f for f in (1, 2, 2.5, 5, 10) if size * f >= rough)
    return [round(i * step, 10) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _mark(x: float, top: float, text: str) -> str:
    line = _rule((x, top), (x, top + PANEL), 'class="mark"')
    if not text:
        return line
    words = " ".join(text.split())
    short = words if len(words) <= 40 else words[:39] + "…"
    anchor, at = ("end", x - 5) if x > WIDTH / 2 else ("start", x + 5)
    return line + _text(at, top + 12, short, "marked", anchor)
