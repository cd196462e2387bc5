"""Drawing: vector figures as small SVG, in points of the page, y downwards."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Literal

import numpy as np

from twitchcam.edges.pdf.glyphs import width_of
from twitchcam.types import FloatArray

FONT = "DejaVu Sans"
INK, SOFT, LINE, GRID = "#1b2330", "#566072", "#c3cad5", "#e6e9ef"
LEFT, RIGHT, SHADE, EXTENT, ACCENT = "#00609c", "#b34700", "#e1e4ea", "#c6def0", "#1d5f86"
LEVELS = ("#ffffff", "#d5e5f0", "#94bfdc", "#3f8abb", "#0b4f80")
Anchor = Literal["start", "middle", "end"]
MARK_STEP_PT = 0.4
"""Marks closer than this fall on one another and are drawn once."""


class Drawing:
    """A figure of a fixed size, filled part by part."""

    def __init__(self, width_pt: float, height_pt: float) -> None:
        self.width, self.height = width_pt, height_pt
        self.parts: list[str] = []

    def rect(self, x: float, y: float, w: float, h: float, fill: str, *, opacity: float = 1.0) -> None:
        """Fill a rectangle."""
        faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" fill="{fill}"{faint}/>'
        )

    def path(
        self, d: str, *, stroke: str = "none", width: float = 0.8, fill: str = "none", dash: str = ""
    ) -> None:
        """Draw an SVG path; an empty one draws nothing."""
        if not d:
            return
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        line = (
            f' stroke="{stroke}" stroke-width="{width:g}" stroke-linejoin="round"' if stroke != "none" else ""
        )
        self.parts.append(f'<path d="{d}" fill="{fill}"{line}{dashed}/>')

    def ellipse(self, x: float, y: float, rx: float, ry: float, *, fill: str, stroke: str) -> None:
        """Draw an ellipse."""
        self.parts.append(
            f'<ellipse cx="{_n(x)}" cy="{_n(y)}" rx="{_n(rx)}" ry="{_n(ry)}" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="0.6"/>'
        )

    def text(
        self, x: float, y: float, text: str, *, size: float = 6.5, fill: str = INK, anchor: Anchor = "start",
        bold: bool = False, halo: bool = False,
    ) -> None:  # fmt: skip
        """Write a short text on its base line; a halo keeps it readable on curves."""
        weight = ' font-weight="bold"' if bold else ""
        if halo:
            wide = width_of(text, size, bold=bold)
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
            self.rect(left - 1, y - 0.85 * size, wide + 2, 1.15 * size, "#ffffff", opacity=0.8)
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-family="{FONT}" font-size="{size:g}" fill="{fill}" '
            f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
        )

    @property
    def svg(self) -> str:
        """The figure as an SVG document."""
        size = f'width="{_n(self.width)}pt" height="{_n(self.height)}pt"'
        box = f'viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{"".join(self.parts)}</svg>'


def polyline(x: FloatArray, y: FloatArray) -> str:
    """Return the path through points, broken where y is NaN."""
    parts: list[str] = []
    pen_down = False
    for across, down in zip(x.tolist(), y.tolist(), strict=True):
        if not math.isfinite(down):
            pen_down = False
            continue
        parts.append(f"{'L' if pen_down else 'M'}{_n(across)} {_n(down)}")
        pen_down = True
    return "".join(parts)


def marks(x: Iterable[float], top: float, bottom: float) -> str:
    """Return upright strokes at these places; those that would fall on one another once."""
    kept = sorted({round(at / MARK_STEP_PT) for at in x})
    return "".join(f"M{_n(at * MARK_STEP_PT)} {_n(top)}V{_n(bottom)}" for at in kept)


def boxes(edges: Iterable[tuple[float, float]], top: float, bottom: float) -> str:
    """Return boxes between pairs of places; those that touch become one."""
    merged: list[list[float]] = []
    for a, b in sorted((round(a, 2), round(b, 2)) for a, b in edges):
        if merged and a <= merged[-1][1] + 0.02:
            merged[-1][1] = max(merged[-1][1], b)
        else:
            merged.append([a, b])
    return "".join(f"M{_n(a)} {_n(top)}H{_n(b)}V{_n(bottom)}H{_n(a)}Z" for a, b in merged)


def clipped(values: FloatArray, low: float, high: float) -> FloatArray:
    """Return values cut to a range, NaN kept."""
    return np.asarray(np.clip(values, low, high))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
