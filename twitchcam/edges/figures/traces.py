"""Traces: how the lips of each side moved over time, events marked, gates shaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from twitchcam.edges.figures.style import (
    FAINT,
    GATE_WORDS,
    INK,
    MARKS,
    SHADE,
    SIDES,
    SMALL,
    counted,
    plain,
    region_words,
    say,
    why_not,
)  # fmt: skip
from twitchcam.regions import INDEX, LIPS, side_of
from twitchcam.summary import Measured
from twitchcam.types import BoolArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS: Final = 4000
"""Longer traces are drawn as the least and greatest of each stretch: nothing is lost to the eye."""
HATCHES: Final = ("", "////", "\\\\\\\\", "....", "xxxx")


def draw_traces(left: Axes, right: Axes, measured: Measured) -> None:
    """Draw each side's busiest lip region along its main axis, both at one scale."""
    if measured.t_s.size < 2 or not np.isfinite(measured.band_mm).any():
        say(left, "Left side of the lips", why_not(measured))
        say(right, "Right side of the lips", why_not(measured))
        return
    low, top = -0.05, 0.05
    for axes, side in ((left, "left"), (right, "right")):
        region = busiest(measured, side)
        values = along_main_axis(measured.band_mm[:, INDEX[region]], open_time(measured))
        quiet = np.where(open_time(measured), values, np.nan)
        if np.isfinite(quiet).any():
            low, top = min(low, 1.2 * float(np.nanmin(quiet))), max(top, 1.2 * float(np.nanmax(quiet)))
        t, v = thinned(measured.t_s, values)
        axes.plot(t, v, color=SIDES[side], linewidth=0.7, solid_joinstyle="round", zorder=3)
        plain(axes, f"{side.capitalize()}: {region_words(region)[:-2]}", y="mm")
    for axes, side in ((left, "left"), (right, "right")):
        axes.set_ylim(low, top + 0.22 * (top - low))
        axes.set_xlim(float(measured.t_s[0]), float(measured.t_s[-1]))
        shade_gates(axes, measured, words=side == "left")
        _mark_events(axes, measured, side, top + 0.12 * (top - low))
    left.tick_params(labelbottom=False)
    right.set_xlabel("Time (s)", fontsize=8, color=INK)


def busiest(measured: Measured, side: str) -> str:
    """Return the lip region of a side with most counted events; the mouth corner where there are none."""
    mine = [name for name in LIPS if side_of(name) == side]
    count = {name: sum(counted(e) and name == e.region for e in measured.events) for name in mine}
    best = max(mine, key=lambda name: count[name])
    return best if count[best] else f"commissure_{side}"


def open_time(measured: Measured) -> BoolArray:
    """Return (m,) where nothing is gated."""
    closed = np.zeros(measured.t_s.size, dtype=bool)
    for held in measured.gates.values():
        closed |= held
    return ~closed if (~closed).any() else np.ones_like(closed)


def along_main_axis(motion_mm: FloatArray, use: BoolArray) -> FloatArray:
    """Return (m,) the motion (m, 2) along the axis of its largest spread where `use` holds, up positive."""
    there = np.isfinite(motion_mm).all(axis=1) & use
    if there.sum() < 3:
        return np.asarray(motion_mm[:, 1], dtype=float)
    spread: FloatArray = np.cov(motion_mm[there].T)
    axis = np.linalg.eigh(spread)[1][:, -1]
    axis = axis if axis[1] >= 0 else -axis
    return np.asarray(motion_mm @ axis, dtype=float)


def thinned(t_s: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return few enough points to draw: as they are, or the least and greatest of each stretch."""
    n = t_s.size
    size = -(-n // (MOST_POINTS // 2))
    if n <= MOST_POINTS:
        return t_s, values
    short = -n % size
    v = np.append(values, np.full(short, np.nan)).reshape(-1, size)
    empty = ~np.isfinite(v).any(axis=1)
    low = np.where(empty, np.nan, np.min(np.where(np.isfinite(v), v, np.inf), axis=1))
    high = np.where(empty, np.nan, np.max(np.where(np.isfinite(v), v, -np.inf), axis=1))
    t = np.repeat(np.append(t_s, np.full(short, t_s[-1])).reshape(-1, size).mean(axis=1), 2)
    return t, np.stack([low, high], axis=1).reshape(-1)


def shade_gates(axes: Axes, measured: Measured, *, words: bool) -> None:
    """Shade the gates, each reason with its own hatching, named in a legend."""
    from matplotlib.patches import Patch

    if measured.t_s.size < 2:
        return
    step = float(measured.t_s[1] - measured.t_s[0])
    named: list[Any] = []
    held = [(reason, gate) for reason, gate in measured.gates.items() if gate.any()]
    for number, (reason, gate) in enumerate(held):
        edges = np.diff(np.concatenate(([0], gate.astype(np.int8), [0])))
        starts = measured.t_s[0] + step * np.flatnonzero(edges == 1)
        lengths = step * np.flatnonzero(edges == -1) - (starts - measured.t_s[0])
        named.append(
            axes.broken_barh(
                list(zip(starts.tolist(), lengths.tolist(), strict=True)),
                (0.0, 1.0),
                transform=axes.get_xaxis_transform(),
                facecolor=SHADE,
                edgecolor="#A8A8A8",
                hatch=HATCHES[number % len(HATCHES)],
                linewidth=0.0,
                zorder=1,
                label=GATE_WORDS.get(reason, reason),
            )
        )
    if words and named:
        heading = Patch(alpha=0.0, label="shaded:")
        axes.legend(
            handles=[heading, *named], fontsize=SMALL, ncols=7, frameon=False, loc="lower right",
            bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1, handlelength=1.6, columnspacing=1.0,
        )  # fmt: skip


def _mark_events(axes: Axes, measured: Measured, side: str, at: float) -> None:
    mine = [
        e for e in measured.events if e.side in (side, "bilateral") and e.trial_type in ("twitch", "tonic")
    ]
    for is_counted in (False, True):
        x = [e.peak_s for e in mine if counted(e) == is_counted]
        colour = SIDES[side] if is_counted else FAINT
        axes.scatter(
            x, [at] * len(x), s=9, marker=MARKS[side], zorder=4, linewidths=0.6, edgecolors=colour,
            facecolors=colour if is_counted else "none",
        )  # fmt: skip
