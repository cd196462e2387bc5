"""Raster: every movement as a mark at its time, in the row of its strongest region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from twitchcam.edges.figures.style import (
    FAINT,
    MARKS,
    SIDES,
    SMALL,
    counted,
    plain,
    region_words,
    say,
    why_not,
)  # fmt: skip
from twitchcam.edges.figures.traces import shade_gates
from twitchcam.regions import REGIONS, side_of
from twitchcam.summary import Event, Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_raster(axes: Axes, measured: Measured) -> None:
    """Draw the events; the larger the movement the larger its mark, hollow where it is not counted."""
    title = "Movements by region"
    if measured.t_s.size < 2:
        say(axes, title, why_not(measured))
        return
    if not measured.events:
        say(axes, title, why_not(measured) if measured.lips.events is None else "No movement was found.")
        return
    with_events = {e.region for e in measured.events}
    rows = [name for name in REGIONS if name in with_events]
    largest = max((e.amplitude_mm for e in measured.events if e.trial_type != "blink"), default=0.0)
    _mark_all(axes, measured.events, rows, largest)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(float(measured.t_s[0]), float(measured.t_s[-1]))
    plain(axes, title, "Time (s)")
    axes.set_yticks(range(len(rows)), [region_words(name) for name in rows], fontsize=SMALL)
    axes.grid(axis="y", color="#EEEEEE", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    shade_gates(axes, measured, words=False)
    _legend(axes, largest)


def _mark_all(axes: Axes, events: Sequence[Event], rows: list[str], largest: float) -> None:
    """Draw the marks, all of one look at once: thousands of them one by one take half a minute."""
    looks: dict[tuple[str, bool, bool], list[Event]] = {}
    for event in events:
        look = (side_of(event.region), counted(event), event.trial_type == "blink")
        looks.setdefault(look, []).append(event)
    # What counts is drawn last, over what does not.
    for (side, is_counted, blink), alike in sorted(looks.items(), key=lambda look: look[0][1]):
        colour = SIDES[side] if is_counted else FAINT
        filled: dict[str, Any] = {"color": colour}
        if not blink:
            filled = {"edgecolors": colour, "facecolors": colour if is_counted else "none"}
        axes.scatter(
            [e.peak_s for e in alike], [rows.index(e.region) for e in alike], zorder=3, linewidths=0.7,
            s=[_size(e.amplitude_mm, largest) for e in alike], marker="|" if blink else MARKS[side], **filled,
        )  # fmt: skip
        held = [e for e in alike if e.trial_type == "tonic"]
        at = [rows.index(e.region) for e in held]
        axes.hlines(at, [e.onset_s for e in held], [e.offset_s for e in held], colors=colour, linewidths=2.0)


def _size(amplitude_mm: float, largest: float) -> float:
    return 5.0 + 30.0 * min(1.0, amplitude_mm / largest if largest > 0 else 0.0)


def _legend(axes: Axes, largest: float) -> None:
    from matplotlib.lines import Line2D

    def dot(marker: str, colour: str, filled: bool, words: str, size: float = 12.0) -> Line2D:
        return Line2D(
            [], [], linestyle="none", marker=marker, color=colour, label=words, markersize=size**0.5,
            markerfacecolor=colour if filled else "none", markeredgewidth=0.7,
        )  # fmt: skip

    handles = [
        dot(MARKS["left"], SIDES["left"], True, "left"),
        dot(MARKS["right"], SIDES["right"], True, "right"),
        dot(MARKS["mid"], SIDES["mid"], True, "middle"),
        dot("o", FAINT, False, "not counted"),
        dot("|", FAINT, False, "blink"),
    ]
    if largest > 0:
        handles.append(dot("o", FAINT, True, f"{largest:.2g} mm", _size(largest, largest)))
    axes.legend(
        handles=handles, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=6, fontsize=SMALL, frameon=False,
        borderaxespad=0.1, handletextpad=0.2, columnspacing=0.9,
    )  # fmt: skip
