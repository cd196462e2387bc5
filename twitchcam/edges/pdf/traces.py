"""Traces: left and right over time as a drawing, with events marked and what was not counted shaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from twitchcam.edges.pdf.drawing import (
    ACCENT,
    EXTENT,
    GRID,
    INK,
    LEFT,
    LINE,
    RIGHT,
    SHADE,
    SOFT,
    Drawing,
    boxes,
    clipped,
    marks,
    polyline,
)
from twitchcam.edges.pdf.glyphs import width_of
from twitchcam.edges.report.axes import round_ticks, spans, thin, time_ticks
from twitchcam.edges.report.guided import build_bands
from twitchcam.edges.report.speech import general, t
from twitchcam.edges.report.views import GROUPS, View, choose_views, is_in, shown_gates, shown_range
from twitchcam.edges.report.wording import gate_name, region_part, side_name, tick_time
from twitchcam.summary import Measured
from twitchcam.types import BoolArray, FloatArray

DRAWN_SAMPLES = 1400
"""Points a curve: three for each point of the page's width, so that peaks stay whole."""
EDGE_PT = 24.0
"""Room for the scales beside the lanes."""
HEIGHTS_PT = {"Lips": 44.0}
LOW_PT = 20.0
NAME_PT, GATE_PT, AXIS_PT, BAND_PT = 8.0, 8.0, 11.0, 10.0


@dataclass(frozen=True, slots=True)
class Clock:
    """The time axis: seconds to points."""

    start_s: float
    stop_s: float
    width_pt: float

    def at(self, seconds: FloatArray | float) -> FloatArray:
        """Return where times lie."""
        share = (np.asarray(seconds, float) - self.start_s) / (self.stop_s - self.start_s)
        return np.asarray(EDGE_PT + np.clip(share, 0.0, 1.0) * (self.width_pt - EDGE_PT))


@dataclass(frozen=True, slots=True)
class Lane:
    """One curve: a region of one side."""

    group: str
    side: str
    view: View
    low_mm: float
    high_mm: float
    values_mm: FloatArray
    top_pt: float
    height_pt: float

    def at(self, value_mm: FloatArray | float) -> FloatArray:
        """Return where millimetres lie; what leaves the lane is cut at its edge."""
        share = (self.high_mm - np.asarray(value_mm, float)) / (self.high_mm - self.low_mm)
        return np.asarray(self.top_pt + clipped(share, 0.0, 1.0) * self.height_pt)


def draw_traces(measured: Measured, width_pt: float, size: float = 1.0) -> Drawing | None:
    """Return the drawing of all lanes, gates and tasks over time; None when there is no time to draw.

    `size` is the part of the usual height that the lanes have.
    """
    t_s = measured.t_s
    if t_s.size < 2:
        return None
    step = float(t_s[1] - t_s[0])
    clock = Clock(float(t_s[0]), float(t_s[0]) + step * t_s.size, width_pt)
    gates, free = shown_gates(measured)
    bands = build_bands(measured.tasks, clock.start_s, clock.stop_s)
    lanes = _lay_lanes(measured, free, BAND_PT if bands else 0.0, size)
    below = lanes[-1].top_pt + lanes[-1].height_pt + 2.0
    drawing = Drawing(width_pt, below + GATE_PT * len(gates) + AXIS_PT)
    for lane in lanes:
        shade = boxes(_edges(~free, clock, step), lane.top_pt, lane.top_pt + lane.height_pt)
        drawing.path(shade, fill=SHADE)
    for band in bands:
        _draw_band(drawing, band.number, band.name, clock, (band.start_s, band.stop_s), below - 2.0)
    for lane in lanes:
        _draw_lane(drawing, measured, lane, clock, step)
    for row, (name, mask) in enumerate(gates.items()):
        _draw_gate(
            drawing, gate_name(name), boxes(_edges(mask, clock, step), *_gate_ends(below, row)), below, row
        )
    _draw_axis(drawing, clock, below + GATE_PT * len(gates))
    return drawing


def _lay_lanes(measured: Measured, free: BoolArray, top: float, size: float) -> list[Lane]:
    lanes = []
    for group in GROUPS:
        views = choose_views(measured, group)
        values = {side: view.project(measured.band_mm) for side, view in views.items()}
        low, high = shown_range(measured, views, values, free)
        for side, view in views.items():
            tall = size * HEIGHTS_PT.get(group, LOW_PT)
            top += NAME_PT
            lanes.append(Lane(group, side, view, low, high, values[side], top, tall))
            top += tall
    return lanes


def _edges(mask: BoolArray, clock: Clock, step_s: float) -> list[tuple[float, float]]:
    rows = np.array(spans(mask), float).reshape(-1, 2)
    return [(float(a), float(b)) for a, b in clock.at(clock.start_s + step_s * rows)]


def _draw_lane(drawing: Drawing, measured: Measured, lane: Lane, clock: Clock, step_s: float) -> None:
    top, bottom = lane.top_pt, lane.top_pt + lane.height_pt
    colour = {"left": LEFT, "right": RIGHT}.get(lane.side, INK)
    events = [e for e in measured.events if any(is_in(name, lane.group, lane.side) for name in e.regions)]
    counted = [e for e in events if not e.gated]
    ends = clock.at(np.array([(e.onset_s, e.offset_s) for e in counted]).reshape(-1, 2))
    drawing.path(boxes([(float(a), float(b)) for a, b in ends], top, bottom), fill=EXTENT)
    zero = float(lane.at(0.0))
    drawing.path(f"M{EDGE_PT} {zero:.2f}H{clock.width_pt:.2f}", stroke=LINE, width=0.4)
    values, stride = thin(lane.values_mm, DRAWN_SAMPLES)
    times = clock.start_s + step_s * stride * np.arange(values.size)
    drawing.path(polyline(clock.at(times), lane.at(values)), stroke=colour, width=0.6)
    not_counted = [float(clock.at(e.peak_s)) for e in events if e.gated]
    drawing.path(marks(not_counted, bottom - 4, bottom), stroke=SOFT, width=0.5, dash="1 1")
    drawing.path(
        marks([float(clock.at(e.peak_s)) for e in counted], bottom - 4, bottom), stroke=INK, width=0.9
    )
    drawing.path(f"M{EDGE_PT} {top:.2f}V{bottom:.2f}", stroke=LINE, width=0.6)
    for tick in _scale(lane):
        at = float(lane.at(tick))
        drawing.path(f"M{EDGE_PT - 2} {at:.2f}H{EDGE_PT}", stroke=LINE, width=0.6)
        drawing.text(EDGE_PT - 3, at + 2, general(tick), size=5.5, fill=SOFT, anchor="end")
    drawing.text(EDGE_PT, top - 2, lane_name(lane), size=6.2, fill=colour, bold=True)


def lane_name(lane: Lane) -> str:
    """Return what a lane shows: 'Lips, left: mouth corner, moving out and up'."""
    return t(
        "{group}, {side}: {region}, moving {direction}",
        group=t(lane.group),
        side=side_name(lane.side),
        region=region_part(lane.view.region),
        direction=t(lane.view.direction),
    )


def _scale(lane: Lane) -> list[float]:
    """Return the lane's ticks, none at its edges, where those of its neighbours stand."""
    edge = 0.1 * (lane.high_mm - lane.low_mm)
    wanted = 3 if lane.height_pt < 30 else 4
    ticks = round_ticks(lane.low_mm + edge, lane.high_mm - edge, wanted)
    if len(ticks) < 3:
        ticks = round_ticks(lane.low_mm + edge, lane.high_mm - edge, wanted + 3)
    return ticks[:: 2 if len(ticks) > wanted + 1 else 1]


def _gate_ends(below: float, row: int) -> tuple[float, float]:
    return below + GATE_PT * row + 1.0, below + GATE_PT * (row + 1) - 1.0


def _draw_gate(drawing: Drawing, name: str, path: str, below: float, row: int) -> None:
    drawing.path(path, fill="#9aa4b3")
    drawing.text(EDGE_PT + 3, below + GATE_PT * row + 6, name, size=5.6, fill=INK, halo=True)
    drawing.path(f"M{EDGE_PT} {below + GATE_PT * (row + 1):.2f}H{drawing.width:.2f}", stroke=GRID, width=0.4)


def _draw_band(
    drawing: Drawing, number: int, name: str, clock: Clock, ends_s: tuple[float, float], bottom: float
) -> None:
    a, b = (float(x) for x in clock.at(np.array(ends_s)))
    drawing.rect(a, 0.5, b - a, BAND_PT - 2, EXTENT)
    drawing.path(f"M{a:.2f} 0.5V{bottom:.2f}M{b:.2f} 0.5V{bottom:.2f}", stroke=ACCENT, width=0.4, dash="2 2")
    # The name only where it fits; the number tells the row of the table.
    whole = f"{number} {name}"
    label = whole if width_of(whole, 5.6) < b - a - 4 else str(number)
    if width_of(label, 5.6) < b - a - 3:
        drawing.text(a + 2, BAND_PT - 4, label, size=5.6)


def _draw_axis(drawing: Drawing, clock: Clock, bottom: float) -> None:
    drawing.path(f"M{EDGE_PT} {bottom:.2f}H{clock.width_pt:.2f}", stroke=LINE, width=0.6)
    for tick in time_ticks(clock.start_s, clock.stop_s, 8):
        x = float(clock.at(tick))
        drawing.path(f"M{x:.2f} {bottom:.2f}v2", stroke=LINE, width=0.6)
        near_end = x > clock.width_pt - 18
        at = clock.width_pt if near_end else x
        drawing.text(
            at, bottom + 8.5, tick_time(tick, clock.stop_s), size=5.8, fill=SOFT,
            anchor="end" if near_end else "middle",
        )  # fmt: skip
    drawing.text(0, bottom + 8.5, "mm", size=5.8, fill=SOFT)
