"""Face: every region where it lies, the darker the more often it twitched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twitchcam.edges.figures.style import FAINT, INK, SMALL, TEXT, TITLE, say, why_not
from twitchcam.regions import REGIONS, side_of
from twitchcam.summary import Measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES: Final[dict[str, tuple[float, float]]] = {
    "brow": (29, 28),
    "upper_eyelid": (30, 11),
    "lower_eyelid": (30, -8),
    "cheek": (41, -40),
    "upper_lip": (13, -57),
    "lower_lip": (13, -74),
    "commissure": (29, -65.5),
    "chin": (17, -96),
}
"""Millimetres from the midline and from the line of the eyes, about those of a grown-up's face; lids and lips
are moved apart a little, so that their marks do not touch."""
RADIUS: Final = 6.4
DARKEST_FROM: Final = 0.55
"""Part of the colour range from which numbers are written in white."""


def draw_face(axes: Axes, measured: Measured) -> None:
    """Draw the map as one sees the person, their right on our left, with each region's events as a number."""
    title = "Events by region"
    rates = {name: measured.regions[name].rate_per_min for name in REGIONS}
    if all(rate is None for rate in rates.values()):
        say(axes, title, why_not(measured))
        return
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    top = max(1.0, *(rate for rate in rates.values() if rate is not None))
    scale, colours = Normalize(0, top), colormaps["cividis_r"]
    _outline(axes)
    for name in REGIONS:
        _spot(axes, measured, name, rates[name], scale, colours)
    axes.set_aspect("equal")
    axes.set_xlim(-72, 72)
    axes.set_ylim(-122, 62)
    axes.axis("off")
    axes.set_title(title, loc="left", fontsize=TITLE, color=INK)
    for x, words in ((-70, "right"), (70, "left")):
        axes.text(x, 52, words, fontsize=TEXT, color=FAINT, ha="left" if x < 0 else "right")
    _bar(axes, scale, colours)


def _spot(axes: Axes, measured: Measured, name: str, rate: float | None, scale: Any, colours: Any) -> None:
    from matplotlib.patches import Circle

    off, y = PLACES[name.rsplit("_", 1)[0]]
    x = {"left": off, "right": -off, "mid": 0.0}[side_of(name)]
    if rate is None:
        axes.add_patch(
            Circle((x, y), RADIUS, facecolor="white", edgecolor=FAINT, linewidth=0.7, hatch="////")
        )
        return
    level = scale(rate)
    events = measured.regions[name].events
    axes.add_patch(
        Circle((x, y), RADIUS, facecolor=colours(level) if rate else "white", edgecolor=INK, linewidth=0.5)
    )
    axes.text(
        x, y, "" if events is None else str(events), ha="center", va="center_baseline",
        fontsize=6.0 if (events or 0) < 1000 else 4.5, color="white" if level > DARKEST_FROM else INK,
    )  # fmt: skip


def _outline(axes: Axes) -> None:
    from matplotlib.patches import Ellipse

    style: dict[str, Any] = {"facecolor": "none", "edgecolor": "#B0B0B0", "linewidth": 0.9, "zorder": 0}
    axes.add_patch(Ellipse((0, -28), 126, 176, **style))
    axes.plot([-3, -7, 0, 7, 3], [-8, -36, -39, -36, -8], color="#B0B0B0", linewidth=0.9, zorder=0)


def _bar(axes: Axes, scale: Any, colours: Any) -> None:
    from matplotlib.cm import ScalarMappable

    bar = axes.figure.colorbar(
        ScalarMappable(norm=scale, cmap=colours),
        ax=axes,
        shrink=0.6,
        pad=0.02,
        aspect=18,
    )
    bar.set_label("per minute", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK, width=0.6, length=2)
    bar.outline.set_linewidth(0.5)
