"""Asymmetry: the index with its interval, and the rate of each region on the left and on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twitchcam.edges.figures.style import (
    FAINT,
    MARKS,
    SIDES,
    SMALL,
    plain,
    region_words,
    say,
    why_not,
)
from twitchcam.regions import REGIONS, mirror_of, side_of
from twitchcam.summary import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_index(axes: Axes, measured: Measured) -> None:
    """Draw the index of the lips on its scale from right only to left only, with its 95 % interval."""
    title = "Asymmetry of the lips"
    found = measured.lips.asymmetry
    if found.index is None:
        say(axes, title, why_not(measured))
        return
    axes.axvline(0, color=FAINT, linewidth=0.7)
    side = "left" if found.index > 0 else "right"
    if found.ci is not None:
        axes.plot(list(found.ci), [0, 0], color=SIDES[side], linewidth=2.0, solid_capstyle="butt", zorder=2)
    axes.plot([found.index], [0], MARKS[side], color=SIDES[side], markersize=6, zorder=3)
    words = f"{title}: {found.index:+.2f}"
    if found.ci is not None:
        words += f" [{found.ci[0]:+.2f}, {found.ci[1]:+.2f}]"
    # The subject faces us: their right is on our left.
    axes.set_xlim(-1.08, 1.08)
    axes.set_ylim(-1, 1)
    plain(axes, words, "(L \u2212 R)/(L + R)")
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xticks(
        [-1, -0.5, 0, 0.5, 1],
        ["\u22121\nright only", "\u22120.5", "0\neven", "0.5", "1\nleft only"],
        fontsize=SMALL,
    )


def draw_pairs(axes: Axes, measured: Measured) -> None:
    """Draw for every pair of regions the rate on the right and on the left, joined by a line."""
    title = "Rate by side"
    pairs = [(name, mirror_of(name)) for name in REGIONS if side_of(name) == "left"]
    rates = [(measured.regions[a].rate_per_min, measured.regions[b].rate_per_min) for a, b in pairs]
    if all(value is None for pair in rates for value in pair):
        say(axes, title, why_not(measured))
        return
    for row, (left, right) in enumerate(rates):
        if left is not None and right is not None:
            axes.plot([left, right], [row, row], color=FAINT, linewidth=0.8, zorder=1)
        for value, side in ((left, "left"), (right, "right")):
            if value is None:
                axes.text(0.0, row, " ? ", fontsize=SMALL, color=FAINT, va="center")
            else:
                axes.plot([value], [row], MARKS[side], color=SIDES[side], markersize=4.5, zorder=2)
    for side in ("left", "right"):
        axes.plot([], [], MARKS[side], color=SIDES[side], markersize=4.5, label=side)
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.set_xlim(left=-0.5)
    plain(axes, title, "Twitches per minute")
    axes.set_yticks(range(len(pairs)), [region_words(a)[:-2] for a, _ in pairs], fontsize=SMALL)
    axes.legend(fontsize=SMALL, frameon=False, loc="lower right")
