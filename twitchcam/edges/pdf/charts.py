"""Charts: the drawings without a time axis (spectrum, asymmetry, face map) and the bars of guided tasks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from twitchcam.edges.pdf.drawing import (
    ACCENT,
    GRID,
    INK,
    LEFT,
    LEVELS,
    LINE,
    RIGHT,
    SHADE,
    SOFT,
    Anchor,
    Drawing,
    polyline,
)
from twitchcam.edges.report.axes import round_ticks
from twitchcam.edges.report.figures import SHOWN_HZ, build_face_map
from twitchcam.edges.report.speech import decimal, general, t
from twitchcam.summary import Asymmetry, Lips, Measured
from twitchcam.types import FloatArray

OUTLINES = (
    "M90 6C38 6 16 46 18 98C20 158 52 214 90 214C128 214 160 158 162 98C164 46 142 6 90 6Z",
    "M90 84C88 102 80 116 82 124C84 130 96 130 98 124",
    "M39 83Q57 70 75 83Q57 95 39 83ZM105 83Q123 70 141 83Q123 95 105 83Z"
    "M59 155Q76 140 90 146Q104 140 121 155Q104 174 90 171Q76 174 59 155ZM59 155Q90 159 121 155",
)
"""The face of the report's map, 180 by 220."""


@dataclass(frozen=True, slots=True)
class Axes:
    """Where frequencies and decades of size lie in the spectrum's field."""

    high_hz: float
    bottom: int
    top: int
    """Decadic logarithms of mm/sqrt(Hz)."""
    left_pt: float
    right_pt: float
    up_pt: float
    low_pt: float

    def x(self, hz: FloatArray | float) -> FloatArray:
        """Return where frequencies lie."""
        return np.asarray(self.left_pt + (self.right_pt - self.left_pt) * np.asarray(hz) / self.high_hz)

    def y(self, log: FloatArray | float) -> FloatArray:
        """Return where logarithms of sizes lie."""
        share = (self.top - np.asarray(log)) / (self.top - self.bottom)
        return np.asarray(self.up_pt + (self.low_pt - self.up_pt) * share)


def draw_spectrum(measured: Measured, width_pt: float, height_pt: float) -> Drawing | None:
    """Return the spectrum of both halves of the lips over the noise, or None without one.

    Up: decadic logarithm of mm/sqrt(Hz); across: 0 to 15 Hz.
    """
    spectrum = measured.spectrum
    if spectrum is None or spectrum.frequency_hz.size < 2:
        return None
    shown = (spectrum.frequency_hz > 0) & (spectrum.frequency_hz <= SHOWN_HZ)
    f = spectrum.frequency_hz[shown]
    both = np.concatenate([spectrum.amplitude_mm_rthz[shown], spectrum.noise_mm_rthz[shown][:, None]], axis=1)
    good = np.isfinite(both) & (both > 0)
    if f.size < 2 or not good.any():
        return None
    heights = np.where(good, np.log10(np.where(good, both, 1.0)), np.nan)
    bottom, top = math.floor(np.nanmin(heights) - 0.05), math.ceil(np.nanmax(heights) + 0.05)
    axes = Axes(float(f[-1]), bottom, top, 27.0, width_pt - 2.0, 3.0, height_pt - 18.0)
    drawing = Drawing(width_pt, height_pt)
    _draw_axes(drawing, axes)
    _draw_peak(drawing, measured.lips, axes)
    for column, colour, dash in ((2, SOFT, "1 1.5"), (1, RIGHT, "4 2"), (0, LEFT, "")):
        drawing.path(polyline(axes.x(f), axes.y(heights[:, column])), stroke=colour, width=0.8, dash=dash)
    return drawing


def _draw_axes(drawing: Drawing, axes: Axes) -> None:
    every = max(1, math.ceil((axes.top - axes.bottom) / 5))
    for log in range(axes.bottom, axes.top + 1, every):
        down = float(axes.y(log))
        drawing.path(f"M{axes.left_pt:.2f} {down:.2f}H{axes.right_pt:.2f}", stroke=GRID, width=0.5)
        drawing.text(axes.left_pt - 3, down + 2, general(10.0**log), size=5.6, fill=SOFT, anchor="end")
    for hz in round_ticks(0.0, axes.high_hz, 6):
        across = min(float(axes.x(hz)), axes.right_pt - 3)
        drawing.text(across, axes.low_pt + 7.5, general(hz), size=5.6, fill=SOFT, anchor="middle")
    drawing.text(axes.left_pt, drawing.height - 2.5, t("Across: Hz. Up: mm/√Hz."), size=5.6, fill=SOFT)


def _draw_peak(drawing: Drawing, lips: Lips, axes: Axes) -> None:
    hz, ci = lips.dominant_hz, lips.dominant_hz_ci
    if hz is None or not math.isfinite(hz) or not 0 < hz <= axes.high_hz:
        return
    if ci is not None and all(math.isfinite(end) for end in ci):
        a, b = axes.x(np.clip(np.array(ci), 0.0, axes.high_hz)).tolist()
        drawing.rect(a, axes.up_pt, max(b - a, 0.5), axes.low_pt - axes.up_pt, SHADE)
    across = float(axes.x(hz))
    drawing.path(f"M{across:.2f} {axes.up_pt:.2f}V{axes.low_pt:.2f}", stroke=ACCENT, width=0.7, dash="2 1.5")
    label = t("{hz} Hz", hz=decimal(hz, 1))
    if lips.rhythmic is False:
        label = t("{hz} Hz, no clear rhythm", hz=decimal(hz, 1))
    flip = hz > 0.6 * axes.high_hz
    anchor: Anchor = "end" if flip else "start"
    at = across - 2 if flip else across + 2
    drawing.text(at, axes.up_pt + 6, label, size=6, anchor=anchor, bold=True, halo=True)


def draw_asymmetry(asymmetry: Asymmetry, width_pt: float) -> Drawing | None:
    """Return the bar from -1, right only, to +1, left only, with the interval; None without an index.

    +1 stands at the right, as on the face map: the subject's left is on the reader's right.
    """
    index, ci = asymmetry.index, asymmetry.ci
    if index is None or not math.isfinite(index):
        return None
    drawing = Drawing(width_pt, 30.0)
    left, right = 8.0, width_pt - 8.0

    def x(value: float) -> float:
        return left + (right - left) * (min(max(value, -1.0), 1.0) + 1.0) / 2.0

    drawing.rect(left, 4, right - left, 8, SHADE)
    if ci is not None and all(math.isfinite(end) for end in ci):
        drawing.rect(x(ci[0]), 4, max(x(ci[1]) - x(ci[0]), 0.8), 8, "#8fb8d6")
    drawing.path(f"M{x(0):.2f} 2V14", stroke=SOFT, width=0.5)
    drawing.path(f"M{x(index):.2f} 1V15", stroke=INK, width=1.6)
    ends: tuple[tuple[float, Anchor, str, str], ...] = (
        (0.0, "start", "−1", t("right only")),
        (x(0.0), "middle", "0", t("even")),
        (width_pt, "end", "+1", t("left only")),
    )
    for at, anchor, figure, name in ends:
        drawing.text(at, 21, figure, size=5.8, fill=SOFT, anchor=anchor)
        drawing.text(at, 28, name, size=5.8, fill=SOFT, anchor=anchor)
    return drawing


def draw_face(measured: Measured, width_pt: float) -> Drawing:
    """Return the map of the face, regions coloured by how often each took part, as if they looked at you."""
    drawing = Drawing(180.0, 220.0)
    for outline in OUTLINES:
        drawing.path(outline, stroke=LINE, width=1.2)
    for spot in build_face_map(measured):
        if spot.level is None:
            drawing.ellipse(spot.x, spot.y, spot.rx, spot.ry, fill="#ffffff", stroke=SOFT)
            drawing.path(
                f"M{spot.x - 3:.2f} {spot.y + 3:.2f}l6 -6M{spot.x - 7:.2f} {spot.y + 2:.2f}l4 -4"
                f"M{spot.x + 3:.2f} {spot.y + 2:.2f}l4 -4",
                stroke=SOFT,
                width=0.6,
            )
            continue
        drawing.ellipse(spot.x, spot.y, spot.rx, spot.ry, fill=LEVELS[spot.level], stroke=ACCENT)
        if spot.text:
            size = 8.0 if len(spot.text) < 3 else 6.2 if len(spot.text) < 4 else 4.4
            fill = "#ffffff" if spot.level > 2 else INK
            drawing.text(spot.x, spot.y + 0.36 * size, spot.text, size=size, fill=fill, anchor="middle")
    drawing.text(2, 10, t("right"), size=9, fill=SOFT)
    drawing.text(178, 10, t("left"), size=9, fill=SOFT, anchor="end")
    return scaled(drawing, width_pt)


def scaled(drawing: Drawing, width_pt: float) -> Drawing:
    """Return the drawing at another width."""
    factor = width_pt / drawing.width
    small = Drawing(width_pt, drawing.height * factor)
    small.parts = [f'<g transform="scale({factor:.5f})">', *drawing.parts, "</g>"]
    return small
